/* Inside content/: what a run of letters and digits may be written in beside base64 and
 * hexadecimal: base32, base64 in other orders (a table: one line each), base58.
 *
 * Nearly every run fits some of them. So one is believed only where the bytes say something: text,
 * a magic number, or the length of a digest. */
#ifndef TT_CONTENT_ALPHABET_H
#define TT_CONTENT_ALPHABET_H

#include "content/base64.h"

/* An alphabet whose size is a power of two. */
struct tt_alphabet {
    const char *step; /* path element: "base32", "base64:lower-first" */
    unsigned bits;    /* of one character: 5 or 6 */
    struct {
        char first;
        char last;
        uint8_t value; /* of the first */
    } ranges[8];       /* empty behind the last */
};

/* The alphabet in which `run` (characters of tt_token_classes) says something, or NULL. Looks at
 * the first characters only. `whole`: nothing follows the run. */
const struct tt_alphabet *tt_alphabet_pick(struct tt_span run, bool whole);

/* The number of characters at the front that belong to the alphabet. */
size_t tt_alphabet_len(const struct tt_alphabet *alphabet, struct tt_span in);

/* As tt_base64_decode; room for as many bytes as characters does. */
size_t tt_alphabet_decode(const struct tt_alphabet *alphabet, struct tt_base64 *state,
                          struct tt_span in, uint8_t *out);

/* Decodes a whole run as base58 (the alphabet of Bitcoin: no 0, O, I, l) where that says something.
 * Gives the number of bytes, 0 when it is none; never more than characters. At most TT_BASE58_MAX
 * characters: the work grows with the square. */
size_t tt_base58_decode(struct tt_span run, uint8_t *out);

#endif
