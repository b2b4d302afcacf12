/* What an X.509 certificate says of whom it was made for: RFC 5280. Nothing is verified: it tells
 * names, not trust. */
#ifndef TT_DECRYPT_CERTIFICATE_H
#define TT_DECRYPT_CERTIFICATE_H

#include "base/err.h"
#include "base/span.h"

enum { TT_CERTIFICATE_NAMES_MAX = 32, TT_CERTIFICATE_NAME_MAX = 255, TT_CERTIFICATE_DN_MAX = 511 };

struct tt_certificate {
    char subject[TT_CERTIFICATE_DN_MAX + 1]; /* RFC 2253, cut where it is longer */
    char issuer[TT_CERTIFICATE_DN_MAX + 1];
    char common_name[TT_CERTIFICATE_NAME_MAX + 1]; /* of the subject, or "" */
    /* Of the subject, too: the first of its kind in UTF-8, or "" (none, longer than that, or one
     * with control characters). */
    char organisation[TT_CERTIFICATE_NAME_MAX + 1];
    char country[3]; /* two capital letters, or "" */
    char state[TT_CERTIFICATE_NAME_MAX + 1];
    char locality[TT_CERTIFICATE_NAME_MAX + 1];
    /* DNS names of the subject (subjectAltName), in lower case and without the final dot; the first
     * TT_CERTIFICATE_NAMES_MAX. */
    char names[TT_CERTIFICATE_NAMES_MAX][TT_CERTIFICATE_NAME_MAX + 1];
    size_t name_count;
    size_t name_total;
    int64_t not_before; /* seconds since 1970 */
    int64_t not_after;
};

/* False when `der` is no certificate. The struct is large: about 10 KiB. */
TT_MUST_USE bool tt_certificate_read(struct tt_span der, struct tt_certificate *ret_certificate);

#endif
