/* Inside content/: deflate (RFC 1951) in its three wrappings. */
#ifndef TT_CONTENT_INFLATE_H
#define TT_CONTENT_INFLATE_H

#include "content/content.h"

/* RFC 1952, with concatenated members. Recognised by its magic. */
extern const struct tt_decoder tt_decoder_gzip;

/* RFC 1950. Recognised where the header, and what the first bytes inflate to, hold together. */
extern const struct tt_decoder tt_decoder_zlib;

/* RFC 1951 bare: what some send for a declared "deflate". Undeclared where it inflates to
 * text. */
extern const struct tt_decoder tt_decoder_deflate;

#endif
