/* Inside content/: property lists in their binary form. Recognised by their magic. */
#ifndef TT_CONTENT_BPLIST_H
#define TT_CONTENT_BPLIST_H

#include "content/content.h"

/* The trailer at the end says where the objects are: a list of up to TT_PLIST_BYTES_MAX is kept
 * until then, while its bytes are searched as they stand. Then every value becomes an inner body:
 * a slice "plist:$.device.serial" (paths as RFC 9535 writes them) with the bytes of an ASCII
 * string, a number or data, or "utf-16be" with the text of another string. What a damaged list
 * does not lead to has no name.
 *
 * The format is described in Apple's published source of Core Foundation, CFBinaryPList.c. */
extern const struct tt_decoder tt_decoder_bplist;

#endif
