/* Inside content/: JSON texts, also several behind each other (JSON Lines). By the media type with
 * a fitting start, or by content. */
#ifndef TT_CONTENT_JSON_H
#define TT_CONTENT_JSON_H

#include "content/content.h"

/* Places: "json:$.contacts[3].number" for values, "json-key:$.contacts[3]" for the names in that
 * object; paths as RFC 9535 writes them. Inner bodies: "json-string" for strings with escapes.
 *
 * Lenient where devices are sloppy: trailing commas, any whitespace, a byte order mark or a
 * guard like )]}' in front. Gives up at the first byte that cannot be JSON. */
extern const struct tt_decoder tt_decoder_json; /* RFC 8259 */

#endif
