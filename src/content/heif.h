/* Inside content/: where the Exif item of a HEIF or AVIF file stands (ISO/IEC 23008-12 on top of
 * ISO/IEC 14496-12). Called by picture.c with the whole "meta" box. */
#ifndef TT_CONTENT_HEIF_H
#define TT_CONTENT_HEIF_H

#include "base/span.h"

struct tt_heif_item {
    uint64_t at; /* in the file */
    uint64_t len;
};

/* `meta`: what is in the box, behind its size and type. False when no Exif item of one piece is
 * told. */
bool tt_heif_find_exif(struct tt_span meta, struct tt_heif_item *ret_item);

#endif
