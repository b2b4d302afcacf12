/* Inside content/: BSON documents (https://bsonspec.org, version 1.1), also several one behind the
 * other. By the media type, or by content: a length that fits, and elements in order.
 *
 * Places as JSON has them: "bson:$.a[2]"; the name of an element stands at the place of the
 * document that holds it. */
#ifndef TT_CONTENT_BSON_H
#define TT_CONTENT_BSON_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_bson;

#endif
