/* The wire reader: reads integers and spans off the front of a span, with a sticky failure.
 *
 * Past the end every read gives zero (or an empty span) and sets `failed`, and goes on failing; so
 * a header is read straight down and checked once, at its end. */
#ifndef TT_BASE_READER_H
#define TT_BASE_READER_H

#include "base/span.h"

struct tt_reader {
    struct tt_span in;
    size_t at;
    bool failed;
};

/* An empty text stands in for a span without data: C forbids adding even 0 to NULL. */
static inline struct tt_reader tt_reader_of(struct tt_span in)
{
    return (struct tt_reader){.in = in.data == NULL ? tt_span_str("") : in};
}

static inline size_t tt_reader_left(const struct tt_reader *reader)
{
    return reader->failed ? 0 : reader->in.len - reader->at;
}

/* `len` bytes, borrowed from the input. */
static inline struct tt_span tt_read_span(struct tt_reader *reader, size_t len)
{
    if (reader->failed || len > reader->in.len - reader->at) {
        reader->failed = true;
        return (struct tt_span){.data = reader->in.data, .len = 0};
    }
    struct tt_span span = {.data = reader->in.data + reader->at, .len = len};
    reader->at += len;
    return span;
}

/* What is left; empty after a failure. */
static inline struct tt_span tt_read_rest(struct tt_reader *reader)
{
    return tt_read_span(reader, tt_reader_left(reader));
}

static inline void tt_read_skip(struct tt_reader *reader, size_t len)
{
    (void)tt_read_span(reader, len);
}

/* An unsigned integer of `len` (1 to 8) bytes in network byte order (be) or the other (le). */
static inline uint64_t tt_read_be(struct tt_reader *reader, size_t len)
{
    struct tt_span span = tt_read_span(reader, len);
    uint64_t value = 0;
    for (size_t i = 0; i < span.len; i++)
        value = value << 8 | span.data[i];
    return value;
}

static inline uint64_t tt_read_le(struct tt_reader *reader, size_t len)
{
    struct tt_span span = tt_read_span(reader, len);
    uint64_t value = 0;
    for (size_t i = span.len; i > 0; i--)
        value = value << 8 | span.data[i - 1];
    return value;
}

static inline uint8_t tt_read_u8(struct tt_reader *reader)
{
    return (uint8_t)tt_read_be(reader, 1);
}

static inline uint16_t tt_read_u16(struct tt_reader *reader)
{
    return (uint16_t)tt_read_be(reader, 2);
}

static inline uint32_t tt_read_u24(struct tt_reader *reader)
{
    return (uint32_t)tt_read_be(reader, 3);
}

static inline uint32_t tt_read_u32(struct tt_reader *reader)
{
    return (uint32_t)tt_read_be(reader, 4);
}

static inline uint64_t tt_read_u64(struct tt_reader *reader)
{
    return tt_read_be(reader, 8);
}

#endif
