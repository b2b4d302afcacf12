/* Inside content/: CBOR, also several items one behind the other (RFC 8742). By the media type, or
 * by content: a map or an array in whose head everything is in order.
 *
 * Places as JSON has them: "cbor:$.a[2]" for values, "cbor-key:$.a" for the names in that map; a
 * key that is a number is a name of digits. */
#ifndef TT_CONTENT_CBOR_H
#define TT_CONTENT_CBOR_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_cbor; /* RFC 8949 */

#endif
