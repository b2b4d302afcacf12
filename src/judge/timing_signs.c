#include "judge/timing_signs.h"

#include "judge/edge_signs.h"

enum { NETWORK_BYTES_IPV4 = 2, NETWORK_BYTES_IPV6 = 4 };

static bool is_of_same_network(const struct tt_timed *a, const struct tt_timed *b)
{
    size_t len = a->addr.family == TT_ADDR_IPV4 ? NETWORK_BYTES_IPV4 : NETWORK_BYTES_IPV6;
    return a->addr.family == b->addr.family && memcmp(a->addr.bytes, b->addr.bytes, len) == 0;
}

/* All of those that have a time. */
static bool is_one_country(const struct tt_timings *timings, const struct tt_geo *geo)
{
    struct tt_geo_place first = {.country = ""};
    bool any = false;
    for (size_t i = 0; i < tt_timings_count(timings); i++) {
        struct tt_geo_place place;
        if (tt_timings_at(timings, i)->least == 0)
            continue;
        tt_geo_find(geo, tt_timings_at(timings, i)->addr, &place);
        if (any && strcmp(place.country, first.country) != 0)
            return false;
        first = place;
        any = true;
    }
    return first.country[0] != '\0';
}

bool tt_timings_alike(const struct tt_timings *timings, const struct tt_geo *geo)
{
    const struct tt_timed *first = NULL;
    size_t addresses = 0;
    bool other_network = false;
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    for (size_t i = 0; i < tt_timings_count(timings); i++) {
        const struct tt_timed *timed = tt_timings_at(timings, i);
        if (timed->least == 0 || timed->port == 0)
            continue;
        if (first == NULL)
            first = timed;
        /* Ports of one address stand together but for their names, so a few count twice. */
        addresses += i == 0 || !tt_addr_eq(timed->addr, tt_timings_at(timings, i - 1)->addr);
        other_network = other_network || !is_of_same_network(first, timed);
        least = timed->least < least ? timed->least : least;
        most = timed->least > most ? timed->least : most;
    }
    return addresses >= TT_ALIKE_MIN && other_network &&
           most - least <= least / 10 + TT_TIME_LOCAL && !is_one_country(timings, geo);
}

static enum tt_err add_names(const struct tt_timed *timed, struct tt_buf *out, bool *edge)
{
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < timed->name_count && result == TT_OK; i++) {
        if (!tt_edge_name(timed->names[i]))
            continue;
        *edge = true;
        result = tt_buf_printf(out, "the name %s is one of a delivery network\n", timed->names[i]);
        break;
    }
    if (result == TT_OK && timed->name_count >= TT_NAMES_MANY)
        result = tt_buf_printf(out, "%zu names lead to this address\n", timed->name_count);
    return result;
}

static enum tt_err add_alias(const struct tt_hint *hint, struct tt_buf *out, bool *edge)
{
    if (!tt_edge_name(hint->text))
        return TT_OK;
    *edge = true;
    return tt_buf_printf(
        out, "DNS leads to it by the name %s, which is one of a delivery network\n", hint->text);
}

static enum tt_err add_via(const struct tt_hint *hint, struct tt_buf *out, bool *edge)
{
    if (tt_edge_any_proxy(hint->text))
        return tt_buf_printf(out, "a response has the field %s, as proxies and caches write it\n",
                             hint->text);
    *edge = true;
    return tt_buf_printf(out, "a response has the field %s, as a delivery network writes it\n",
                         hint->text);
}

static enum tt_err add_hints(const struct tt_timed *timed, const struct tt_hints *hints,
                             struct tt_buf *out, bool *edge)
{
    enum tt_err result = TT_OK;
    const struct tt_hint *hint = NULL;
    for (size_t i = 0; result == TT_OK && (hint = tt_hints_at(hints, timed->addr, i)) != NULL;
         i++) {
        if (hint->source == TT_NAME_ALIAS)
            result = add_alias(hint, out, edge);
        else if (hint->source == TT_NAME_VIA)
            result = add_via(hint, out, edge);
    }
    return result;
}

/* A proxy that answers TCP itself, as mobile and satellite networks have them (RFC 3135). */
static bool is_split(const struct tt_timed *timed)
{
    return timed->least_tcp != 0 && timed->least_tls != 0 &&
           timed->least_tls > 2 * timed->least_tcp + TT_TIME_HELLO_LATE;
}

static enum tt_err add_edge(const struct tt_timed *timed, const struct tt_hints *hints,
                            const char *network, struct tt_buf *out, bool *edge)
{
    const char *owner = tt_edge_network(network);
    enum tt_err result = TT_OK;
    if (owner != NULL) {
        *edge = true;
        result = tt_buf_printf(out, "the network is %s's, which answers from many places\n", owner);
    }
    if (result == TT_OK)
        result = add_names(timed, out, edge);
    return result == TT_OK ? add_hints(timed, hints, out, edge) : result;
}

static enum tt_err add_path(const struct tt_timed *timed, bool alike, struct tt_buf *out,
                            bool *path)
{
    enum tt_err result = TT_OK;
    if (timed->least != 0 && timed->least < TT_TIME_LOCAL) {
        *path = true;
        result = tt_buf_printf(out,
                               "it answered within %.3f ms: something on the local network "
                               "did, such as a proxy\n",
                               (double)timed->least / 1e6);
    }
    if (result == TT_OK && is_split(timed)) {
        *path = true;
        result = tt_buf_printf(out,
                               "TCP was answered within %.3f ms, TLS within %.3f ms: something on "
                               "the way may answer TCP\n",
                               (double)timed->least_tcp / 1e6, (double)timed->least_tls / 1e6);
    }
    if (result == TT_OK && alike && timed->least != 0) {
        *path = true;
        result = tt_buf_append_str(out, "all destinations answer in about the same time: one proxy "
                                        "may answer for all\n");
    }
    return result;
}

enum tt_err tt_timing_signs(const struct tt_timed *timed, const struct tt_hints *hints,
                            const char *network, bool alike, struct tt_buf *out,
                            struct tt_timing_doubts *ret_doubts)
{
    struct tt_timing_doubts doubts = {0};
    enum tt_err result = add_edge(timed, hints, network, out, &doubts.edge);
    if (result == TT_OK)
        result = add_path(timed, alike, out, &doubts.path);
    if (result == TT_OK)
        *ret_doubts = doubts;
    return result;
}
