/* ZIP archives, read from the front as they are streamed (PKWARE APPNOTE 6.3.10; ISO/IEC 21320-1).
 *
 * Every byte goes to an inner body: the headers and the central directory to "zip.header", each
 * member as it stands to "zip:name" (its compression is declared to the next decoder). Members that
 * do not tell their length in front (bit 3) are measured: deflated ones by inflating them, within
 * TT_ZIP_MEASURE_RATIO_MAX; stored ones by the descriptor behind them. */
#ifndef TT_CONTENT_ZIP_H
#define TT_CONTENT_ZIP_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_zip;

#endif
