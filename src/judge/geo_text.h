/* The country files of Debian's tor-geoipdb: one range a line, sorted, comments behind '#'. IPv4
 * ranges are two decimal numbers ("16777216,16777471,AU"), IPv6 ranges two addresses
 * ("2001:200::,2001:200:134:ffff:ffff:ffff:ffff:ffff,JP"); "??" is "not known".
 * (https://gitlab.torproject.org/tpo/core/tor, src/lib/geoip.) */
#ifndef TT_JUDGE_GEO_TEXT_H
#define TT_JUDGE_GEO_TEXT_H

#include "base/addr.h"
#include "base/err.h"

struct tt_geo_text;

/* `*ret_text` stays NULL when neither file can be read. The ranges of a family are read at the
 * first question about it; both paths are copied. */
TT_MUST_USE enum tt_err tt_geo_text_new(const char *path_v4, const char *path_v6,
                                        struct tt_geo_text **ret_text);
void tt_geo_text_free(struct tt_geo_text *text);

/* False when the address is in no range. Threads may ask at the same time. */
bool tt_geo_text_find(struct tt_geo_text *text, struct tt_addr addr, char ret_country[3]);

/* "2024-05-01": what the older file says of itself, else when it was changed. */
const char *tt_geo_text_date(const struct tt_geo_text *text);

#endif
