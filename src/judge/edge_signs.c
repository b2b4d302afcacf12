#include "judge/edge_signs.h"

#include "base/compiler.h"
#include "base/span.h"

/* By the numbers that the operators publish for their delivery networks. */
static const struct {
    const char *number;
    const char *name;
} networks[] = {
    {"AS13335", "Cloudflare"}, {"AS209242", "Cloudflare"}, {"AS54113", "Fastly"},
    {"AS20940", "Akamai"},     {"AS16625", "Akamai"},      {"AS12222", "Akamai"},
    {"AS32787", "Akamai"},     {"AS19551", "Imperva"},     {"AS60068", "CDN77"},
    {"AS30148", "Sucuri"},     {"AS15133", "Edgio"},       {"AS22822", "Edgio"},
    {"AS200325", "Bunny"},     {"AS199524", "Gcore"},      {"AS15169", "Google"},
    {"AS19281", "Quad9"},
};

static const char *const domains[] = {
    "akamaiedge.net",     "akamaized.net", "akamai.net",   "edgesuite.net", "edgekey.net",
    "cloudfront.net",     "fastly.net",    "fastlylb.net", "azureedge.net", "azurefd.net",
    "cdn.cloudflare.net", "cdn77.org",     "b-cdn.net",    "gcdn.co",       "kunlunca.com",
    "edgecastcdn.net",    "llnwd.net",     "incapdns.net", "akadns.net",    "t-msedge.net",
};

static const char *const labels[] = {"cdn", "edge"};

static const char *const any_proxy[] = {"Via", "X-Cache"};

const char *tt_edge_network(const char *network)
{
    for (size_t i = 0; network != NULL && i < TT_ARRAY_LEN(networks); i++) {
        size_t len = strlen(networks[i].number);
        if (strncmp(network, networks[i].number, len) == 0 &&
            (network[len] == '\0' || network[len] == ' '))
            return networks[i].name;
    }
    return NULL;
}

static bool is_under(struct tt_span host, const char *domain)
{
    size_t len = strlen(domain);
    if (host.len < len || !tt_span_eq(tt_span_from(host, host.len - len), tt_span_str(domain)))
        return false;
    return host.len == len || host.data[host.len - len - 1] == '.';
}

/* "cdn", "cdn3", "cdn-eu": not "edgar". */
static bool is_label(struct tt_span rest, const char *label)
{
    size_t len = strlen(label);
    if (rest.len < len || !tt_span_eq(tt_span_sub(rest, 0, len), tt_span_str(label)))
        return false;
    return rest.len == len || !tt_is_alpha(rest.data[len]);
}

bool tt_edge_name(const char *host)
{
    struct tt_span name = tt_span_str(host);
    for (size_t i = 0; i < TT_ARRAY_LEN(domains); i++)
        if (is_under(name, domains[i]))
            return true;
    for (size_t at = 0; at < name.len; at++) {
        if (at > 0 && name.data[at - 1] != '.')
            continue;
        for (size_t i = 0; i < TT_ARRAY_LEN(labels); i++)
            if (is_label(tt_span_from(name, at), labels[i]))
                return true;
    }
    return false;
}

bool tt_edge_any_proxy(const char *field)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(any_proxy); i++)
        if (strcmp(field, any_proxy[i]) == 0)
            return true;
    return false;
}
