/* Inside content/: MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), also
 * several objects one behind the other. By the media type, or by content: a map or an array in
 * whose head everything is in order.
 *
 * Places as JSON has them: "msgpack:$.a[2]" for values, "msgpack-key:$.a" for the names in that
 * map; a key that is a number is a name of digits. */
#ifndef TT_CONTENT_MSGPACK_H
#define TT_CONTENT_MSGPACK_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_msgpack;

#endif
