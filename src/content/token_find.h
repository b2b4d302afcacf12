/* Inside content/: where in a text the next run of base64 characters begins. */
#ifndef TT_CONTENT_TOKEN_FIND_H
#define TT_CONTENT_TOKEN_FIND_H

#include "base/span.h"

/* What a character may be in a token. */
enum tt_token_class {
    TT_IN_RUN = 1,    /* of the standard or the URL alphabet, RFC 4648 */
    TT_NOT_HEX = 2,   /* of those: no hexadecimal digit */
    TT_STANDARD = 4,  /* only of the standard alphabet */
    TT_URL = 8,       /* only of the URL alphabet */
    TT_SEPARATOR = 16 /* also stands between words and path segments */
};

extern const uint8_t tt_token_classes[256];

/* The start of the next run of TT_TOKEN_MIN characters or more from `at` on; or, at the end of the
 * span, of what may yet become one; or the length. */
size_t tt_token_find(struct tt_span in, size_t at);

#endif
