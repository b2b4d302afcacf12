/* Conversations in lines, as the protocols of mail and files have them (RFC 5321, RFC 9051, RFC
 * 1939, RFC 959): a direction is read line by line, and between lines there may be content that is
 * told by a count or ends at a line with nothing but a dot.
 *
 * Each byte goes one way: a line is handed to its protocol whole, which tells it (tt_line_tell);
 * content is a body; a line that is too long, or lacks a part, goes out unclaimed. */
#ifndef TT_PROTO_LINE_H
#define TT_PROTO_LINE_H

#include "proto/stream.h"

struct tt_line_side;

/* What the conversations of a protocol have in common. */
struct tt_line_kind {
    const char *protocol;
    const char *gap_code;   /* of notes: bytes are missing */
    const char *limit_code; /* of notes: a line is too long */
    const char *cut_code;   /* of notes: content ends before its end */
    const char *clear_code; /* of notes: TLS was offered, and not used */
    /* A line is there, taken from the stream; `line` has its line end. The callee says what its
     * bytes are, and may begin content in either direction. TT_NEXT_STAY: go on with what follows.
     */
    enum tt_next (*line)(void *owner, struct tt_line_side *side, const struct tt_extent *line);
    /* The content that was begun is over; may be NULL. */
    void (*content_end)(void *owner, struct tt_line_side *side);
    /* Bytes of content that ends at a dot, dots undone; may be NULL. */
    void (*content)(void *owner, const struct tt_line_side *side, struct tt_span bytes);
};

enum tt_line_mode {
    TT_LINE_TEXT,    /* in lines */
    TT_LINE_SKIP,    /* in a line that is not read: unclaimed up to its end */
    TT_LINE_COUNTED, /* in content of a known length */
    TT_LINE_DOTTED,  /* in content that ends at a line with nothing but a dot */
    TT_LINE_PACKED   /* in content that goes on to the end of the stream, in a coding */
};

struct tt_line_side {
    struct tt_stream stream;
    struct tt_gather gather; /* of a line that spans chunks */
    enum tt_line_mode mode;
    unsigned char dot; /* DOTTED: where in its line */
    bool open;         /* the body of the content was opened */
    bool rest;         /* bytes in front of it are missing */
    void *body;
    const char *step;       /* of the content; static */
    const char *media_type; /* of the content; static, or NULL */
    const char *coding;     /* PACKED: static */
    uint64_t left;          /* COUNTED: bytes to come */
    uint64_t at;            /* bytes that the body got */
    struct tt_origin begin; /* of the content's first byte */
};

struct tt_lines {
    const struct tt_line_kind *kind;
    void *owner;
    struct tt_line_side sides[2];
    bool awaits_tls; /* what follows may be TLS even where its announcement was not seen */
    bool offers_tls; /* the server said that it would, and nobody asked for it */
};

/* `kind` is static, `owner` is handed to its calls. The struct must not move afterwards. */
void tt_lines_init(struct tt_lines *lines, const struct tt_line_kind *kind, void *owner,
                   const struct tt_flow *flow, const struct tt_proto_sink *sink);

/* `feed` and `close` of struct tt_proto, for a state that begins with its struct tt_lines; close
 * gives it to free(). */
enum tt_next tt_lines_feed(void *state, const struct tt_chunk *chunk, size_t *ret_used);
void tt_lines_close(void *state);

/* Content follows in this direction; `step` and `media_type` are static. Nothing is opened before
 * its first byte. */
void tt_line_counted(struct tt_line_side *side, const char *step, const char *media_type,
                     uint64_t len);
void tt_line_dotted(struct tt_line_side *side, const char *step, const char *media_type);

/* Behind the line that `side` hands on now, both directions are compressed to their ends. */
void tt_lines_pack(struct tt_lines *lines, const struct tt_line_side *side, const char *step,
                   const char *coding);

/* The client says something that TLS would have kept from others: where the server offered it, that
 * is noted (once for each offer). */
void tt_lines_go_on(struct tt_lines *lines, const struct tt_line_side *side);

/* Content that was announced does not come: nothing happens once it has begun. */
void tt_line_cancel(struct tt_line_side *side);

/* ---- what a line says ---- */

/* The bytes in front of the line end (LF or CRLF). */
struct tt_span tt_line_text(const struct tt_extent *line);

/* Does `word` (in capitals) stand in it, in any case, with nothing of a word on either side? */
bool tt_line_says(struct tt_span text, const char *word);

/* A word off the front of `*text`, and the spaces behind it. */
struct tt_span tt_line_word(struct tt_span *text);

/* The value of the decimal number that `text` begins with; false when there is none, or it is
 * over 2^32. */
bool tt_line_number(struct tt_span text, uint64_t *ret_value, size_t *ret_len);

/* How a line is told. */
struct tt_line_telling {
    const char *kind;   /* "command" */
    const char *method; /* or NULL; static */
    int status;
    const char *other_step; /* of bytes that are in no field */
    const char *step;       /* of the field; NULL: there is none */
    const char *coding;     /* it is written in, or NULL */
    struct tt_span field;   /* a part of the line */
    bool secret;            /* the field does not name the message */
};

/* Tells a line: what stands in front of the field was read, what stands behind it was not. */
void tt_line_tell(const struct tt_line_side *side, const char *protocol,
                  const struct tt_extent *line, const struct tt_line_telling *telling);

/* ---- recognising ---- */

/* Does `head` begin with `word` (any case) and then a space or a line end? MORE: as far as it goes.
 */
enum tt_probe tt_line_begins(struct tt_span head, const char *word);

/* Does `head` begin with "220 " or "220-", as the greetings of SMTP and FTP? */
enum tt_probe tt_line_greets(struct tt_span head);

/* Is this port one of the two ends'? */
bool tt_line_port(const struct tt_flow *flow, const uint16_t *ports, size_t count);

/* The first answer of tt_line_begins over `words` (the last one is NULL) that is not NO. */
enum tt_probe tt_line_begins_any(struct tt_span head, const char *const *words);

#endif
