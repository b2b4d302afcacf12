/* Builds capture files in memory, field by field, so that a test can lie in any of them. */
#ifndef TEST_CAPTURE_MAKER_H
#define TEST_CAPTURE_MAKER_H

#include "base/buf.h"

#include <stdlib.h>

struct maker {
    struct tt_buf out;
    bool big;
    size_t block; /* where the open block starts */
};

static inline struct maker maker_new(bool big)
{
    return (struct maker){.out = tt_buf_make(SIZE_MAX / 4), .big = big};
}

static inline struct tt_span maker_span(const struct maker *maker)
{
    return tt_buf_span(&maker->out);
}

static inline void maker_free(struct maker *maker)
{
    tt_buf_free(&maker->out);
}

static inline void put_bytes(struct maker *maker, const void *data, size_t len)
{
    if (tt_buf_append(&maker->out, tt_span_of(data, len)) != TT_OK)
        abort();
}

static inline void put_uint(struct maker *maker, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t shift = 8 * (maker->big ? len - 1 - i : i);
        uint8_t byte = (uint8_t)(value >> shift);
        put_bytes(maker, &byte, 1);
    }
}

static inline void put16(struct maker *maker, uint64_t value)
{
    put_uint(maker, value, 2);
}

static inline void put32(struct maker *maker, uint64_t value)
{
    put_uint(maker, value, 4);
}

static inline void put64(struct maker *maker, uint64_t value)
{
    put_uint(maker, value, 8);
}

/* `len` bytes that depend on `seed`. */
static inline void put_pattern(struct maker *maker, size_t len, unsigned seed)
{
    if (tt_buf_reserve(&maker->out, len) != TT_OK)
        abort();
    for (size_t i = 0; i < len; i++)
        maker->out.data[maker->out.len + i] = (uint8_t)(seed + i * 7 + (i >> 8));
    maker->out.len += len;
}

/* Overwrites four bytes that are there already. */
static inline void patch32(struct maker *maker, size_t at, uint32_t value)
{
    size_t len = maker->out.len;
    maker->out.len = at;
    put32(maker, value);
    maker->out.len = len;
}

/* pcap */

static inline void pcap_header(struct maker *maker, uint32_t magic, uint32_t snaplen, uint32_t link)
{
    put32(maker, magic);
    put16(maker, 2);
    put16(maker, 4);
    put64(maker, 0);
    put32(maker, snaplen);
    put32(maker, link);
}

static inline void pcap_record(struct maker *maker, uint32_t seconds, uint32_t fraction,
                               uint32_t captured, uint32_t original)
{
    put32(maker, seconds);
    put32(maker, fraction);
    put32(maker, captured);
    put32(maker, original);
    put_pattern(maker, captured, seconds + captured);
}

/* pcapng */

static inline void block_open(struct maker *maker, uint32_t type)
{
    maker->block = maker->out.len;
    put32(maker, type);
    put32(maker, 0);
}

static inline void pad4(struct maker *maker)
{
    put_bytes(maker, "\0\0\0", (size_t)-maker->out.len & 3U);
}

static inline void block_close(struct maker *maker)
{
    pad4(maker);
    uint32_t total = (uint32_t)(maker->out.len + 4 - maker->block);
    put32(maker, total);
    patch32(maker, maker->block + 4, total);
}

static inline void option(struct maker *maker, unsigned code, uint64_t value, size_t len)
{
    put16(maker, code);
    put16(maker, len);
    put_uint(maker, value, len);
    pad4(maker);
}

/* An option whose value is a text. */
static inline void option_text(struct maker *maker, unsigned code, const char *text)
{
    put16(maker, code);
    put16(maker, strlen(text));
    put_bytes(maker, text, strlen(text));
    pad4(maker);
}

/* The fields of an enhanced packet block of one byte; options may follow, then block_close. */
static inline void enhanced_open(struct maker *maker, uint32_t interface, uint64_t ticks)
{
    block_open(maker, 6);
    put32(maker, interface);
    put32(maker, ticks >> 32);
    put32(maker, (uint32_t)ticks);
    put32(maker, 1);
    put32(maker, 1);
    put_bytes(maker, "x\0\0\0", 4);
}

static inline void section(struct maker *maker, bool big)
{
    maker->big = big;
    block_open(maker, 0x0a0d0d0a);
    put32(maker, 0x1a2b3c4d);
    put16(maker, 1);
    put16(maker, 0);
    put64(maker, UINT64_MAX);
    block_close(maker);
}

/* `resolution` 6 and `offset` 0 are left out, as they are the default. */
static inline void interface_block(struct maker *maker, unsigned link, uint32_t snaplen,
                                   uint8_t resolution, int64_t offset)
{
    block_open(maker, 1);
    put16(maker, link);
    put16(maker, 0);
    put32(maker, snaplen);
    if (resolution != 6)
        option(maker, 9, resolution, 1);
    if (offset != 0)
        option(maker, 14, (uint64_t)offset, 8);
    if (resolution != 6 || offset != 0)
        option(maker, 0, 0, 0);
    block_close(maker);
}

static inline void enhanced(struct maker *maker, uint32_t interface, uint64_t ticks,
                            uint32_t captured, uint32_t original)
{
    block_open(maker, 6);
    put32(maker, interface);
    put32(maker, ticks >> 32);
    put32(maker, (uint32_t)ticks);
    put32(maker, captured);
    put32(maker, original);
    put_pattern(maker, captured, captured);
    pad4(maker);
    option(maker, 2, 1, 4); /* flags */
    option(maker, 0, 0, 0);
    block_close(maker);
}

static inline void obsolete(struct maker *maker, unsigned interface, uint64_t ticks,
                            uint32_t captured, uint32_t original)
{
    block_open(maker, 2);
    put16(maker, interface);
    put16(maker, 0xffff);
    put32(maker, ticks >> 32);
    put32(maker, (uint32_t)ticks);
    put32(maker, captured);
    put32(maker, original);
    put_pattern(maker, captured, captured);
    block_close(maker);
}

static inline void simple(struct maker *maker, uint32_t captured, uint32_t original)
{
    block_open(maker, 3);
    put32(maker, original);
    put_pattern(maker, captured, captured);
    block_close(maker);
}

static inline void statistics(struct maker *maker, uint32_t interface, uint64_t ifdrop)
{
    block_open(maker, 5);
    put32(maker, interface);
    put64(maker, 0);
    option(maker, 4, 1000, 8);
    option(maker, 5, ifdrop, 8);
    option(maker, 0, 0, 0);
    block_close(maker);
}

static inline void secrets(struct maker *maker, uint32_t type, const char *text)
{
    block_open(maker, 10);
    put32(maker, type);
    put32(maker, strlen(text));
    put_bytes(maker, text, strlen(text));
    block_close(maker);
}

#endif
