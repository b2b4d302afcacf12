/* Inside content/: do decoded bytes look like something that a program meant? For trials of codings
 * that have no magic number, where a wrong yes hides bytes from the search. */
#ifndef TT_CONTENT_PLAUSIBLE_H
#define TT_CONTENT_PLAUSIBLE_H

#include "base/span.h"

/* Text in ASCII or UTF-8 without controls, of which more than a third are letters and digits. A
 * character that the end cuts is overlooked. Empty is no text. */
bool tt_is_plausible_text(struct tt_span bytes);

/* tt_is_plausible_text that is not one character over and over either: what chance may make. */
bool tt_is_meant_text(struct tt_span bytes);

/* Text in ASCII or UTF-8 without controls. A character that the end cuts is overlooked. */
bool tt_is_text(struct tt_span bytes);

/* Only printable ASCII, tab, CR and LF. */
bool tt_is_ascii_text(struct tt_span bytes);

/* As long as a digest in common use: MD5, SHA-1, SHA-2, SHA-3. */
static inline bool tt_is_digest_len(size_t len)
{
    return len == 16 || len == 20 || len == 28 || len == 32 || len == 48 || len == 64;
}

/* The first bytes of what some coding recognises by a magic number: gzip, zlib, zstd, LZ4, zip. */
bool tt_has_magic(struct tt_span bytes);

#endif
