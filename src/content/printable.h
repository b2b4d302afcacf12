/* Inside content/: does it look like text? */
#ifndef TT_CONTENT_PRINTABLE_H
#define TT_CONTENT_PRINTABLE_H

#include "base/span.h"

/* No control characters but tab, CR and LF. Bytes from 0x80 on count as text. */
static inline bool tt_is_printable(struct tt_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.data[i];
        if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\r' && c != '\n'))
            return false;
    }
    return true;
}

#endif
