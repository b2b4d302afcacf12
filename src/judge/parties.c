#include "judge/parties.h"

#include "judge/policy_data.h"

#include <libpsl.h>

const char *tt_host_domain(const char *host)
{
    struct tt_addr addr;
    if (host == NULL || host[0] == '\0' || tt_addr_parse(host, &addr))
        return NULL;
    return psl_registrable_domain(psl_builtin(), host);
}

static bool is_under(const char *name, const char *host)
{
    size_t name_len = strlen(name);
    size_t host_len = strlen(host);
    return host_len > name_len && host[host_len - name_len - 1] == '.' &&
           tt_glob_match(name, host + (host_len - name_len));
}

bool tt_host_among(struct tt_words names, const char *host)
{
    if (tt_glob_any(names, host))
        return true;
    for (size_t i = 0; host != NULL && i < names.count; i++)
        if (strpbrk(names.items[i], "*?") == NULL && is_under(names.items[i], host))
            return true;
    return false;
}

/* The host, or its address written into `text`; NULL for neither. */
static const char *name_of(const char *host, struct tt_addr addr, char text[TT_ADDR_TEXT_MAX])
{
    if (host != NULL)
        return host;
    return tt_addr_len(addr) == 0 ? NULL : tt_addr_text(addr, text);
}

enum tt_party tt_party_of(const struct tt_policy *policy, const char *host, struct tt_addr addr)
{
    char text[TT_ADDR_TEXT_MAX];
    const char *name = name_of(host, addr, text);
    if (!policy->has_parties || name == NULL)
        return TT_PARTY_UNKNOWN;
    if (tt_host_among(policy->first, name))
        return TT_PARTY_FIRST;
    if (policy->third.count > 0)
        return tt_host_among(policy->third, name) ? TT_PARTY_THIRD : TT_PARTY_UNKNOWN;
    /* An address alone may well be one of the first party's hosts. */
    return host == NULL ? TT_PARTY_UNKNOWN : TT_PARTY_THIRD;
}

const char *tt_organisation_of(const struct tt_policy *policy, const char *host,
                               struct tt_addr addr, const char *holder, const char *network)
{
    char text[TT_ADDR_TEXT_MAX];
    const char *name = name_of(host, addr, text);
    for (size_t i = 0; name != NULL && i < policy->organisation_count; i++)
        if (tt_host_among(policy->organisations[i].hosts, name))
            return policy->organisations[i].name;
    if (holder != NULL)
        return holder;
    if (network == NULL)
        return NULL;
    const char *rest = network;
    size_t digits = strncmp(rest, "AS", 2) == 0 ? strspn(rest + 2, "0123456789") : 0;
    if (digits > 0) {
        rest += 2 + digits;
        rest += *rest == ' ';
    }
    return *rest == '\0' ? NULL : rest;
}
