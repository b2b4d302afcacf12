/* Inside content/: what the header fields of a part say (RFC 2045, RFC 2183, RFC 7578). */
#ifndef TT_CONTENT_PART_HEADER_H
#define TT_CONTENT_PART_HEADER_H

#include "base/span.h"

enum { TT_PART_WORD_MAX = 128, TT_BOUNDARY_MAX = 70 };

struct tt_part_header {
    size_t name_len;
    uint8_t name[TT_PART_WORD_MAX];         /* of the form field, as sent */
    char media_type[TT_PART_WORD_MAX];      /* lower case; "" when not told */
    char boundary[TT_BOUNDARY_MAX + 1];     /* "" when there is none */
    char codings[2 * TT_PART_WORD_MAX + 4]; /* content codings, then the transfer encoding */
};

/* Reads a block of header fields. What is too long is left out. */
void tt_part_header_read(struct tt_span block, struct tt_part_header *ret_header);

/* May these bytes be a boundary (RFC 2046, section 5.1.1)? */
bool tt_boundary_valid(struct tt_span boundary);

#endif
