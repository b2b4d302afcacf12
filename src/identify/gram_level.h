/* Inside the index of literals (gram_index.h): its tables, between who builds and who reads them.
 *
 * A level holds the literals whose grams have one length. The hash of a gram is the key to all:
 * some of its bits select the bit of the filter, the slot of the table, and others tell the entries
 * of a slot apart. */
#ifndef TT_IDENTIFY_GRAM_LEVEL_H
#define TT_IDENTIFY_GRAM_LEVEL_H

#include "identify/gram_index.h"

enum tt_gram_level_id {
    TT_GRAM_TEXT,   /* 9 bytes and more, with grams of text: chance bytes are stepped over */
    TT_GRAM_LONG,   /* 9 bytes and more, without */
    TT_GRAM_MIDDLE, /* 5 to 8 */
    TT_GRAM_SHORT,  /* 3 and 4 */
    TT_GRAM_WORD_7, /* words of 7 and 8 */
    TT_GRAM_WORD_5, /* words of 5 and 6 */
    TT_GRAM_WORD_3, /* words of 3 and 4 */
    TT_GRAM_LEVELS
};

enum { TT_GRAM_LOAD = 8 }; /* bytes read for any gram */

struct tt_gram_entry {
    uint32_t literal;
    uint32_t key; /* 24 bits of the hash; below them the bytes from the gram's first to the end */
};

struct tt_gram_level {
    size_t count;     /* of entries: 0 leaves all else unused */
    size_t gram;      /* bytes */
    size_t reach;     /* the most of any entry */
    uint64_t mask;    /* which bytes of a load are the gram's */
    uint64_t *filter; /* two bits, in one word, for each gram */
    size_t filter_mask;
    uint32_t *slots; /* first entry of each slot, and one behind the last */
    size_t slot_mask;
    struct tt_gram_entry *entries; /* by slot */
};

struct tt_gram_known {
    const uint8_t *data;
    uint32_t len;
    bool caseless;
};

struct tt_gram_index {
    struct tt_gram_known *literals;
    struct tt_gram_level levels[TT_GRAM_LEVELS];
};

/* Bit 5 of every byte is set: letters of both cases are one, and so are a few other characters. */
static inline uint64_t tt_gram_load(const uint8_t *bytes, uint64_t mask)
{
    uint64_t gram = 0;
    memcpy(&gram, bytes, sizeof(gram));
    return (gram | UINT64_C(0x2020202020202020)) & mask;
}

/* Every bit of the upper half depends on every bit of the gram. */
static inline uint64_t tt_gram_hash(uint64_t gram)
{
    return (gram ^ gram >> 32) * UINT64_C(0x9e3779b97f4a7c15);
}

/* The place of the filter's bit, and of the slot, for a table of a power of two. */
static inline size_t tt_gram_place(uint64_t hash, size_t mask)
{
    return (size_t)(hash >> 32) & mask;
}

/* The first bit of the gram's in the filter: 0 or 1, so that nobody need branch. */
static inline unsigned tt_gram_first_bit(const uint64_t *filter, size_t filter_mask, uint64_t hash)
{
    size_t bit = tt_gram_place(hash, filter_mask);
    return (unsigned)(filter[bit / 64] >> bit % 64 & 1);
}

/* The second one, in the same word. */
static inline uint64_t tt_gram_second(uint64_t hash)
{
    return UINT64_C(1) << (hash >> 26 & 63);
}

/* The upper 24 bits of an entry's key. */
static inline uint32_t tt_gram_key(uint64_t hash)
{
    return (uint32_t)(hash >> 32) & 0xffffff00U;
}

/* ASCII, and the zeros of UTF-16: what all bytes of a gram of TT_GRAM_TEXT are. */
static inline bool tt_gram_is_text(uint8_t c)
{
    return c == 0 || (c >= 0x20 && c < 0x80);
}

/* Letters, digits, hyphen and underscore: as TT_EDGE_WORD has it for ASCII. */
static inline bool tt_gram_is_word(uint8_t c)
{
    return tt_is_alnum(c) || c == '-' || c == '_';
}

#endif
