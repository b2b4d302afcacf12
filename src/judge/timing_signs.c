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
        if (timed->least == 0)
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

static enum tt_err add_names(const struct tt_timed *timed, struct tt_buf *out, bool *strong)
{
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < timed->name_count && result == TT_OK; i++) {
        if (!tt_edge_name(timed->names[i]))
            continue;
        *strong = true;
        result = tt_buf_printf(out, "the name %s is one of a delivery network\n", timed->names[i]);
        break;
    }
    if (result == TT_OK && timed->name_count >= TT_NAMES_MANY)
        result = tt_buf_printf(out, "%zu names lead to this address\n", timed->name_count);
    return result;
}

/* A proxy that answers TCP itself, as mobile and satellite networks have them (RFC 3135). */
static bool is_split(const struct tt_timed *timed)
{
    return timed->least_tcp != 0 && timed->least_tls != 0 &&
           timed->least_tls > 2 * timed->least_tcp + TT_TIME_HELLO_LATE;
}

enum tt_err tt_timing_signs(const struct tt_timed *timed, const char *network, bool alike,
                            struct tt_buf *out, bool *ret_strong)
{
    const char *owner = tt_edge_network(network);
    bool strong = false;
    enum tt_err result = TT_OK;
    if (owner != NULL) {
        strong = true;
        result = tt_buf_printf(out, "the network is %s's, which answers from many places\n", owner);
    }
    if (result == TT_OK)
        result = add_names(timed, out, &strong);
    if (result == TT_OK && timed->least != 0 && timed->least < TT_TIME_LOCAL) {
        strong = true;
        result = tt_buf_printf(out,
                               "it answered within %.3f ms: something on the local network "
                               "did, such as a proxy\n",
                               (double)timed->least / 1e6);
    }
    if (result == TT_OK && is_split(timed)) {
        strong = true;
        result = tt_buf_printf(out,
                               "TCP was answered within %.3f ms, TLS within %.3f ms: something on "
                               "the way may answer TCP\n",
                               (double)timed->least_tcp / 1e6, (double)timed->least_tls / 1e6);
    }
    if (result == TT_OK && alike && timed->least != 0) {
        strong = true;
        result = tt_buf_append_str(out, "all destinations answer in about the same time: one proxy "
                                        "may answer for all\n");
    }
    if (result == TT_OK)
        *ret_strong = strong;
    return result;
}
