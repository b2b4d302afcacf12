#include "base/host.h"

#include "base/addr.h"
#include "base/compiler.h"
#include "base/span.h"

/* Is `name` the domain, or below it? */
static bool is_below(struct tt_span name, const char *domain)
{
    struct tt_span end = tt_span_str(domain);
    if (name.len < end.len)
        return false;
    size_t front = name.len - end.len;
    return tt_span_ieq(tt_span_from(name, front), end) &&
           (front == 0 || name.data[front - 1] == '.');
}

bool tt_host_is_beyond(const char *host)
{
    static const char *const local[] = {"local",     "localhost", "localdomain",  "lan",     "home",
                                        "home.arpa", "internal",  "intranet",     "private", "corp",
                                        "fritz.box", "router",    "in-addr.arpa", "ip6.arpa"};
    struct tt_addr addr;
    if (host == NULL)
        return false;
    if (tt_addr_parse(host, &addr))
        return tt_addr_scope(addr) == TT_ADDR_SCOPE_INTERNET;
    struct tt_span name = tt_span_str(host);
    if (name.len > 0 && name.data[name.len - 1] == '.')
        name.len--;
    if (tt_span_find(name, '.') == name.len)
        return false;
    for (size_t i = 0; i < TT_ARRAY_LEN(local); i++)
        if (is_below(name, local[i]))
            return false;
    return true;
}
