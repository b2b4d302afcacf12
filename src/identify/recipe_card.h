/* Recipe cards: how a program hides what it sends, as data instead of code.
 *
 * A card is read from a file (recipe_read.h, docs/recipes.md) and is undone step by step, or is a
 * digest with a salt that is known. Cards stand in a book (recipe_book.h).
 *
 * Called by run/, for bytes that nothing else can read. One thread at a time: a card holds its
 * ciphers, ready to run. */
#ifndef TT_IDENTIFY_RECIPE_CARD_H
#define TT_IDENTIFY_RECIPE_CARD_H

#include "identify/recipe_cipher.h"
#include "model/limits.h"

enum tt_card_op {
    TT_CARD_ALPHABET, /* base64 with other characters; from text */
    TT_CARD_CIPHER,
    TT_CARD_REVERSE, /* the bytes, last first */
    TT_CARD_SKIP     /* bytes in front that say nothing */
};

/* Where a key or an initialization vector comes from. */
enum tt_card_from {
    TT_FROM_NOTHING, /* all zero */
    TT_FROM_CARD,    /* it stands in the card */
    TT_FROM_FIELD,   /* each field of the same message is tried */
    TT_FROM_KEY,     /* the first bytes of the key */
    TT_FROM_INPUT    /* the first block of what is decrypted */
};

struct tt_card_key {
    enum tt_card_from from;
    bool hex;           /* field: hexadecimal digits, which stand for the bytes */
    const char *digest; /* "md5" ... of it is the key; NULL: it is the key itself */
    bool digest_hex;    /* the digits of the digest are */
    size_t take;        /* so many bytes of it; 0: all */
    size_t len;
    uint8_t bytes[TT_CIPHER_KEY_MAX];
};

struct tt_card_step {
    enum tt_card_op op;
    size_t count;       /* TT_CARD_SKIP */
    int8_t values[256]; /* TT_CARD_ALPHABET: of each character, -1 for others */
    bool padded;        /* TT_CARD_CIPHER */
    struct tt_card_key key;
    struct tt_card_key iv;
    struct tt_cipher *cipher; /* has its key, unless that comes from a field */
};

/* What must come out. */
enum tt_card_gives {
    TT_GIVES_ANYTHING, /* text, or the first bytes of a format; or padding that is right */
    TT_GIVES_TEXT,
    TT_GIVES_GZIP, /* these two also behind a few bytes of length */
    TT_GIVES_ZLIB
};

enum tt_card_salt { TT_CARD_NO_SALT, TT_CARD_SALT_BEHIND, TT_CARD_SALT_BEFORE, TT_CARD_HMAC };

struct tt_card {
    const char *name;
    const char *source; /* the public reference */
    const char *step;   /* "recipe:NAME": in paths and transforms */
    const char *const *hosts;
    size_t host_count; /* 0: any */
    enum tt_card_gives gives;
    bool uses_field;
    struct tt_card_step *steps; /* none: a salted digest */
    size_t step_count;
    enum tt_card_salt salt_order;
    const char *salt_digest; /* "md5"; NULL: any that has the right length */
    struct tt_card_key salt;
};

/* The key's bytes; gives their number, 0 when there is none. `field` where it comes from one. */
size_t tt_card_key_make(const struct tt_card_key *key, struct tt_span field,
                        uint8_t ret_key[TT_CIPHER_KEY_MAX]);

/* Room to work in: two buffers of `room` bytes each. */
struct tt_card_room {
    uint8_t *buffers[2];
    size_t room;
};

/* What undoing a card gave: borrowed from the room. */
struct tt_card_result {
    struct tt_span bytes;
    bool padded; /* a padding was there, and was right */
};

/* Is the card for messages to that host? NULL: unknown. A card without hosts is for any. */
bool tt_card_is_for(const struct tt_card *card, const char *host);

/* Does the card begin with text (an alphabet)? Else with any bytes. */
bool tt_card_takes_text(const struct tt_card *card);

/* The value of a character in the card's first step; -1 when it is not in its alphabet. */
int tt_card_value(const struct tt_card *card, uint8_t c);

/* Undoes all steps of the card. `field`: the key where one comes from a field; else not looked at.
 * `whole`: nothing follows `in`; else its end is dropped where it is no whole block. False: it was
 * not made so. `in` is at most room->room bytes. */
bool tt_card_undo(struct tt_card *card, struct tt_span in, struct tt_span field, bool whole,
                  struct tt_card_room *room, struct tt_card_result *ret_result);

/* Does what came out look as the card says? For the first bytes of something longer too. */
bool tt_card_is_likely(const struct tt_card *card, const struct tt_card_result *result);

/* Frees what the steps hold. The card itself belongs to its book. */
void tt_card_clear(struct tt_card *card);

#endif
