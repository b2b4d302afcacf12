/* Inside content/: what the readers of binary formats (CBOR, protobuf, Thrift...) have in common.
 *
 * Such a format is a row of *atoms*: short runs of bytes (a tag, a length with the name in front of
 * it, a number) that are read as a whole, and of *payloads*: runs of a length known in front, which
 * pass by. The reader gathers an atom that pieces cut, keeps the open containers, answers marks and
 * opens an inner body for a payload that is itself something (gzip, JSON, a digest).
 *
 * Bytes stay searched as they stand, so that a wrong guess costs a name in a path and nothing else.
 * Yet guesses are careful: an undeclared format is claimed only when it reads well to the end of
 * the head, and when luck would have written that with a chance of 2^-24 or less. For that the same
 * reader runs without a sink and adds up *bits* of evidence. */
#ifndef TT_CONTENT_BINARY_H
#define TT_CONTENT_BINARY_H

#include "content/json_path.h"
#include "content/outlet.h"
#include "content/place.h"

enum {
    TT_BINARY_LOOK = 128,                   /* bytes of a payload looked at to tell what it is */
    TT_BINARY_HEAD = TT_JSON_NAME_MAX + 24, /* longest atom: a name with what stands around it */
    TT_BINARY_HELD = TT_BINARY_HEAD + TT_BINARY_LOOK,
    TT_BINARY_BITS = 24,       /* evidence that an undeclared format needs */
    TT_BINARY_MAGIC_BITS = 16, /* what the magic of a known content is worth */
    TT_BINARY_END_BITS = 4     /* what a structure is worth that ends where its length says */
};

#define TT_BINARY_OPEN_END UINT64_MAX

enum tt_atom {
    TT_ATOM_DONE, /* `*ret_used` bytes were read */
    TT_ATOM_CUT,  /* more bytes are needed to read it */
    TT_ATOM_BAD   /* it cannot stand here */
};

/* What a payload is said to be. */
enum tt_payload {
    TT_PAYLOAD_TEXT,  /* UTF-8 */
    TT_PAYLOAD_BYTES, /* anything */
    TT_PAYLOAD_PLAIN  /* a number, or nothing that needs a look */
};

/* An open container. */
struct tt_binary_level {
    uint64_t number; /* items read (lists, maps) or the number of the field (0: between fields) */
    uint64_t left;   /* items to come, or TT_BINARY_OPEN_END; of numbered fields: the last number */
    uint64_t end;    /* offset behind it, or TT_BINARY_OPEN_END */
    uint64_t at;     /* offset of its content */
    uint64_t atoms;  /* these three as they were when it was opened */
    uint64_t odd_atoms;
    unsigned bits;
    uint8_t kind;  /* of the format's own kinds */
    uint8_t type;  /* of its items */
    uint8_t key;   /* maps: type of the keys */
    bool numbered; /* its items are fields: ".3", not "[3]" */
    bool paired;   /* two items count as one: "[3]" is a key or its value */
};

struct tt_binary;

struct tt_binary_format {
    const char *name;
    bool plain_heads; /* its atoms may well begin with letters and digits */

    /* Reads the atom at the front of `in`, which is not empty and begins at bin->at. */
    enum tt_atom (*atom)(struct tt_binary *bin, struct tt_span in, size_t *ret_used);

    /* Writes the place of what is read next into bin->text; empty: none. */
    void (*place)(struct tt_binary *bin);

    /* A value is over: its payload has passed by. */
    void (*ended)(struct tt_binary *bin);

    /* Leaves the containers that end where reading stands. NULL: none end so. */
    void (*settle)(struct tt_binary *bin);

    /* An atom is bad. Leaves what was only guessed, and gives true when reading can go on behind
     * it. NULL: it never can. */
    bool (*recover)(struct tt_binary *bin);
};

struct tt_binary {
    const struct tt_binary_format *format;
    const struct tt_body *body;
    const struct tt_content_sink *sink; /* NULL: a trial */
    bool final;                         /* no more bytes will come: look at what there is */
    bool gave_up;
    uint64_t at;      /* of the next byte that is read */
    uint64_t item_at; /* of the atom in front of the payload */
    uint64_t left;    /* bytes of the payload to come */
    bool in_value;    /* the payload is a value */
    unsigned bits;
    uint64_t atoms;
    uint64_t odd_atoms; /* of them, behind the first: those that do not begin as text would */
    uint64_t count;     /* frames or blocks that are over; of maps: words that are names */
    uint64_t frame;

    /* The format's own. */
    uint8_t stage; /* 0: between fields or items, where a text may end */
    uint8_t type;  /* of the value that follows */
    uint8_t version;

    size_t floor; /* levels that are open when nothing has begun */
    size_t depth;
    struct tt_binary_level levels[TT_BINARY_DEPTH_MAX];
    struct tt_json_path path; /* formats with names: as deep as levels */

    bool framed;                /* a frame is open */
    struct tt_place_step outer; /* it */
    struct tt_step_text outer_text;

    struct tt_marks marks;
    struct tt_outlet out;
    struct tt_step_text text;
    size_t held_len;
    uint8_t held[TT_BINARY_HELD];
};

/* `sink` NULL: a trial. */
void tt_binary_init(struct tt_binary *bin, const struct tt_binary_format *format,
                    const struct tt_body *body, const struct tt_content_sink *sink);

/* As tt_decoder.open: a new reader, or NULL without memory. */
struct tt_binary *tt_binary_open(const struct tt_binary_format *format, const struct tt_body *body,
                                 const struct tt_content_sink *sink);

/* tt_decoder.feed and close; `state` is a struct tt_binary. */
size_t tt_binary_feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                      size_t mark_count);
void tt_binary_close(void *state, enum tt_body_end end);

/* The result of a trial: reads `head`, after tt_binary_init and what the format sets up itself. */
struct tt_binary_trial {
    bool good;  /* nothing in it is wrong, and where it is whole, it ends as it should */
    bool plain; /* what stands between its texts looks like text as well */
    unsigned bits;
};

struct tt_binary_trial tt_binary_try(struct tt_binary *bin, struct tt_span head, bool whole);

/* May a trial of an undeclared format find evidence enough in `head`: texts, something packed, ends
 * of structures, an envelope? Quicker than the trials, and no for most of what is random. */
bool tt_binary_may_show(struct tt_span head);

/* Is the trial good enough for a claim? */
bool tt_binary_sure(const struct tt_binary_trial *trial, bool declared);

/* ---- for atoms ---- */

/* Opens a container. False past TT_BINARY_DEPTH_MAX. */
bool tt_binary_push(struct tt_binary *bin, uint8_t kind, uint64_t at, uint64_t left);
void tt_binary_pop(struct tt_binary *bin);

/* The innermost container; there must be one. */
static inline struct tt_binary_level *tt_binary_top(struct tt_binary *bin)
{
    return &bin->levels[bin->depth - 1];
}

/* Is enough of a payload of `len` bytes behind `used` bytes of `in` to be looked at? */
static inline bool tt_binary_sees(const struct tt_binary *bin, struct tt_span in, size_t used,
                                  uint64_t len)
{
    uint64_t want = len < TT_BINARY_LOOK ? len : TT_BINARY_LOOK;
    return bin->final || in.len - used >= want;
}

/* A payload of `len` bytes follows `used` bytes of `in`. Opens an inner body where it is something.
 * Once the state is such that `place` names it. False: it is not what it is said to be (trials
 * only). */
bool tt_binary_payload(struct tt_binary *bin, enum tt_payload sort, struct tt_span in, size_t used,
                       uint64_t len);

/* `len` bytes follow the atom that are a part of something and no value. */
void tt_binary_skip(struct tt_binary *bin, uint64_t len);

/* Are `bytes` text (UTF-8 without control characters)? Adds the evidence of that to `*bits`. `cut`:
 * more follow. */
bool tt_binary_is_text(struct tt_span bytes, bool cut, unsigned *bits);

/* May it be a name in a map? Evidence as above. What is no word is taken for none. */
bool tt_binary_is_name(struct tt_span bytes, bool cut, unsigned *bits);

/* Is it as long as a digest, and does it look as random? `look`: the first of `len` bytes. */
bool tt_binary_may_be_digest(struct tt_span look, uint64_t len);

/* Does it begin as something compressed or packed does? */
bool tt_binary_is_packed(struct tt_span bytes);

/* LEB128: 1 to 10 bytes, the least significant seven bits first. */
enum tt_atom tt_binary_varint(struct tt_span in, uint64_t *ret_value, size_t *ret_used);

/* Writes `prefix` and the numbers of the open levels into bin->text: "thrift:1.2[3]". Nothing when
 * there is no number yet. */
void tt_binary_place_numbers(struct tt_binary *bin, const char *prefix);

/* ---- formats with numbered fields, and a type in front of each value ---- */

enum { TT_BINARY_AT_FIELD, TT_BINARY_AT_VALUE }; /* stages */

/* A value is over (a format's `ended`): closes the lists that end with it, and readies type and
 * stage for what follows. */
void tt_binary_value_over(struct tt_binary *bin);

/* Opens a structure. */
bool tt_binary_enter_fields(struct tt_binary *bin, uint64_t at);

/* The structure ends, which is a value of what holds it. */
void tt_binary_leave_fields(struct tt_binary *bin);

/* Opens a list of `count` values of `type`, or a map if `key` is not 0. */
bool tt_binary_enter_list(struct tt_binary *bin, uint8_t key, uint8_t type, uint64_t at,
                          uint64_t count);

/* ---- formats with names: containers are objects (maps) or arrays ---- */

enum { TT_BINARY_ARRAY, TT_BINARY_MAP };

/* Opens one of `left` items (of maps: two a pair), or TT_BINARY_OPEN_END. Empty ones are over at
 * once. */
bool tt_binary_enter(struct tt_binary *bin, uint8_t kind, uint64_t at, uint64_t left);

/* Is what follows a name? */
bool tt_binary_at_name(struct tt_binary *bin);

/* A name was read. */
void tt_binary_name(struct tt_binary *bin, struct tt_span name);
void tt_binary_name_number(struct tt_binary *bin, bool negative, uint64_t magnitude);

/* A value (or a name) is over: closes the containers that end with it. */
void tt_binary_item(struct tt_binary *bin);

/* Writes the place of the next item: `prefix` for values, `key_prefix` for names. */
void tt_binary_place_names(struct tt_binary *bin, const char *prefix, const char *key_prefix);

#endif
