/* Country and network of an address, with the source of the claim. Any MaxMind DB file that the
 * user has; else the text files of Debian's tor-geoipdb, when they are installed. */
#ifndef TT_JUDGE_GEO_H
#define TT_JUDGE_GEO_H

#include "base/addr.h"
#include "base/err.h"

struct tt_geo;

/* `paths`: mmdb files in the order of trust (for each field the first that knows it is taken);
 * none: the tor-geoipdb files, when there are any. TT_ERR_IO or TT_ERR_FORMAT when a given file
 * cannot be used. */
TT_MUST_USE enum tt_err tt_geo_new(const char *const *paths, size_t count, struct tt_geo **ret_geo,
                                   struct tt_error *error);
void tt_geo_free(struct tt_geo *geo);

/* `country`: ISO 3166 code, where the address is said to be; `registered`: in which its network was
 * registered, by the registry (MaxMind's `registered_country`); `network`: "AS64500 Example"; ""
 * when not known. */
struct tt_geo_place {
    char country[3];
    char registered[3];
    char network[128];
};
void tt_geo_find(const struct tt_geo *geo, struct tt_addr addr, struct tt_geo_place *ret_place);

/* Source number `at`: "tor-geoipdb 2024-05-01"; NULL past the last. */
const char *tt_geo_source(const struct tt_geo *geo, size_t at);

#endif
