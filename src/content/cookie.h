/* Inside content/: the values of Cookie and Set-Cookie (RFC 6265, sections 4.1 and 4.2). */
#ifndef TT_CONTENT_COOKIE_H
#define TT_CONTENT_COOKIE_H

#include "content/query.h"

/* Reads one whole field value at `at`, answers the marks in it, and unless `decode` is false opens
 * inner bodies for escaped cookies. `set`: of a Set-Cookie field, whose attributes are no cookies.
 */
void tt_cookies_read(struct tt_pairs *pairs, struct tt_span value, uint64_t at, bool set,
                     bool decode, const struct tt_place_step *outer, size_t outer_count,
                     struct tt_marks *marks);

#endif
