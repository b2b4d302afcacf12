/* Inside content/: what a camera tells of itself and its owner in a block of Exif (CIPA DC-008; a
 * TIFF 6.0 structure). Called by picture.c with the whole block. */
#ifndef TT_CONTENT_EXIF_H
#define TT_CONTENT_EXIF_H

#include "base/span.h"

enum { TT_EXIF_FIELDS = 24, TT_EXIF_POSITION = 32 };

struct tt_exif_field {
    const char *step; /* path element: "exif:BodySerialNumber" */
    size_t at;        /* of the text, in the block */
    size_t len;
};

struct tt_exif {
    struct tt_exif_field fields[TT_EXIF_FIELDS]; /* ascending, apart from each other */
    size_t count;
    char position[TT_EXIF_POSITION]; /* "28.6139,77.2090" in degrees; empty without one */
};

/* Reads a block that begins with its TIFF header. What is malformed is left out. */
void tt_exif_read(struct tt_span block, struct tt_exif *ret_exif);

#endif
