/* How wide a text is on a terminal, and texts made to fit. */
#ifndef TT_REPORT_WIDTH_H
#define TT_REPORT_WIDTH_H

#include "base/span.h"

/* Columns of one code point: 0 for combining marks, 2 for East Asian wide characters (UAX 11) and
 * pictures, else 1. Independent of the locale. */
unsigned tt_code_width(uint32_t code);

/* Columns of a cleaned text. */
size_t tt_text_width(struct tt_span text);

/* The longest start of `text` that fits into `columns`; and the longest end. In bytes. */
size_t tt_text_head(struct tt_span text, size_t columns);
size_t tt_text_tail(struct tt_span text, size_t columns);

enum { TT_HUMAN_MAX = 32 };

/* "0 B", "999 B", "1.2 kB", "34 MB" (powers of 1000). At most 6 characters. Returns `text`. */
const char *tt_human_bytes(uint64_t bytes, char text[TT_HUMAN_MAX]);

/* "1,234,567". Returns `text`. */
const char *tt_human_count(uint64_t count, char text[TT_HUMAN_MAX]);

/* "100 %" only when part is all of it; "<1 %", and "-" of nothing. Returns `text`. */
const char *tt_human_share(uint64_t part, uint64_t all, char text[TT_HUMAN_MAX]);

/* "2014-08-07 09:10:02" (UTC), "no time" for 0. Returns `text`. */
const char *tt_human_time(uint64_t time, char text[TT_HUMAN_MAX]);

#endif
