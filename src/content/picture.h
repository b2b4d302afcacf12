/* Pictures that tell who took them and where: JPEG (ITU-T T.81) and HEIF or AVIF (ISO/IEC 23008-12)
 * with Exif (CIPA DC-008) and XMP.
 *
 * Every byte goes to an inner body: texts of Exif to "exif:Model" and so on, XMP to "jpeg:xmp", all
 * else to "jpeg.data" or "heif.data". A position, which is written in fractions, is put into text
 * as "exif:GPSPosition". Blocks of Exif of more than TT_EXIF_MAX bytes are searched as they stand.
 */
#ifndef TT_CONTENT_PICTURE_H
#define TT_CONTENT_PICTURE_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_jpeg;
extern const struct tt_decoder tt_decoder_heif;

#endif
