/* A message told field by field, from its first byte to its last: for protocols whose messages are
 * rows of small fields, few of which are texts.
 *
 * Each byte goes one way: a named field is a body of its own, framing (headers that were read) is
 * accounted, and what is not read further goes out in bodies of one name, for all bytes of it that
 * hang together. */
#ifndef TT_PROTO_FIELDS_H
#define TT_PROTO_FIELDS_H

#include "base/reader.h"
#include "proto/stream.h"

enum { TT_FIELD_TEXT_MAX = 1024, TT_FIELD_STEP_MAX = 48 };

struct tt_fields {
    const struct tt_stream *stream;
    struct tt_extent extent; /* the whole message */
    struct tt_part part;     /* of the extent */
    struct tt_msg msg;       /* name is NULL, or points to `name` */
    const char *other_step;  /* static: what bytes that are not read further are called */
    size_t at;               /* the next byte */
    size_t other;            /* bytes in front of it that are not read further and not told yet */
    char name[TT_FIELD_TEXT_MAX];
};

/* Takes the stream's chunk, a datagram that is not empty. `protocol`, `kind` and `other_step` are
 * static; `fields` may be anything before. */
void tt_fields_begin(struct tt_fields *fields, struct tt_stream *stream, const char *protocol,
                     const char *kind, const char *other_step);

/* The same over a message that was gathered and taken before. `extent` and what it refers to are
 * borrowed until tt_fields_end. */
void tt_fields_over(struct tt_fields *fields, const struct tt_stream *stream,
                    const struct tt_extent *extent, const char *protocol, const char *kind,
                    const char *other_step);

/* What is left of the message. */
static inline struct tt_span tt_fields_rest(const struct tt_fields *fields)
{
    return tt_span_from(fields->extent.bytes, fields->at);
}

/* The next `len` bytes (no more than are left) are framing; are not read further; are the field
 * `step`, a text that lives as long as the call; are such a field, written in `coding`. */
void tt_fields_skip(struct tt_fields *fields, size_t len);
void tt_fields_leave(struct tt_fields *fields, size_t len);
void tt_fields_put(struct tt_fields *fields, const char *step, size_t len);
void tt_fields_put_coded(struct tt_fields *fields, const char *step, const char *coding,
                         size_t len);

/* Names the message by `text` unless it has a name: valid UTF-8 as it stands, the rest as \xhh. */
void tt_fields_name(struct tt_fields *fields, struct tt_span text);

/* The rest is malformed or cut (the note says which): it goes out unclaimed. */
void tt_fields_spoil(struct tt_fields *fields, const char *code, const char *text);

/* Tells what was left; nothing may be in front of it. Then the message is over. */
void tt_fields_end(struct tt_fields *fields);

/* The message itself, for the listing; after tt_fields_end. */
void tt_fields_tell(struct tt_fields *fields);

#endif
