/* tar archives (IEEE 1003.1, pax: ustar and pax; GNU long names; the older format without magic).
 *
 * Every byte goes to an inner body: headers and padding to "tar.header", each file to "tar:name".
 * A block whose checksum is wrong ends the archive: the rest is searched as it stands. */
#ifndef TT_CONTENT_TAR_H
#define TT_CONTENT_TAR_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_tar;

#endif
