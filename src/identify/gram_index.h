/* Very many literals, found in streams of bytes: the second engine of the search, for address
 * books.
 *
 * Vectorscan takes minutes to compile a hundred thousand literals. Here building is a few hash
 * tables, and scanning costs about the same for a thousand literals as for a million:
 *
 *   - Each literal is anchored by one or two *grams*: 8 of its bytes, chosen where the fewest other
 *     literals have the same ones (not the "@mail.example" that many share), within the last
 *     TT_GRAM_REACH bytes. Shorter literals have grams of 7, 5 or 3 bytes.
 *   - A gram is hashed with the case of letters folded. Two bits a gram stand in a filter that fits
 *     into a core's cache; what passes it is looked up in a table, and the literal is compared.
 *   - A literal of 9 bytes and more has two neighbouring grams, so that every second place of the
 *     stream need be looked at: one of the two stands at an even offset.
 *   - Grams of ASCII (and of ASCII in UTF-16) are not looked for where no eight such bytes stand
 *     side by side: in pictures, video and what is compressed.
 *   - Short literals that count as whole words only (weak names) are looked up where a word begins.
 *
 * There is no state: what is still incomplete at the end of a piece is found again from the last
 * bytes of the past, which the caller keeps anyway. So a stream can be set aside at any place.
 *
 * matcher.c builds it and decides what goes there, scan.c asks it. Read-only after building: may be
 * shared by threads. */
#ifndef TT_IDENTIFY_GRAM_INDEX_H
#define TT_IDENTIFY_GRAM_INDEX_H

#include "base/err.h"
#include "base/span.h"

enum {
    TT_GRAM_REACH = 40,       /* bytes from a gram's first to its literal's last, at most */
    TT_GRAM_LITERAL_MIN = 3,  /* shorter literals cannot be found */
    TT_GRAM_LITERAL_LONG = 9, /* from here on a literal has two grams: such ones cost least */
};

struct tt_gram_literal {
    struct tt_span bytes; /* borrowed as long as the index lives */
    bool caseless;        /* ASCII letters match in both cases */
    /* The caller drops matches with a letter, digit, hyphen or underscore right before them, unless
     * that is the end of an escape ("%2F"). */
    bool word;
};

/* Is it one of those that cost little to look for: a long text, or a word? Of the others each kind
 * costs every byte of the stream, however few they are. */
bool tt_gram_is_cheap(const struct tt_gram_literal *literal);

struct tt_gram_index;

/* `literals` is not needed afterwards, the bytes are. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_gram_index_new(const struct tt_gram_literal *literals, size_t count,
                                          struct tt_gram_index **ret_index);

/* Takes NULL. */
void tt_gram_index_free(struct tt_gram_index *index);

/* A literal (its position in the list) that ends before offset `end` of the piece. */
typedef void tt_gram_fn(void *context, uint32_t literal, size_t end);

/* Tells every literal that ends within `piece`, in no order, each place once. `at` is the piece's
 * offset in its stream; `past` are the bytes right before it: all of them, or at least
 * TT_GRAM_REACH and as many as the longest literal has. Of literals with `word` only those where a
 * word begins. */
void tt_gram_index_scan(const struct tt_gram_index *index, uint64_t at, struct tt_span past,
                        struct tt_span piece, tt_gram_fn *found, void *context);

#endif
