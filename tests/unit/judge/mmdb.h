/* A small writer of MaxMind DB files (https://maxmind.github.io/MaxMind-DB/), so that the tests can
 * have any. */
#ifndef TEST_JUDGE_MMDB_H
#define TEST_JUDGE_MMDB_H

#include "base/addr.h"
#include "base/buf.h"

#include <stdlib.h>
#include <unistd.h>

static inline void mmdb_put_file(char *path, struct tt_span bytes)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.data, bytes.len), (ssize_t)bytes.len);
    (void)close(fd);
}

enum { MMDB_TEST_NODES_MAX = 4096, MMDB_TEST_NOTHING = 0, MMDB_TEST_DATA_GAP = 16 };

struct mmdb_writer {
    uint32_t nodes[MMDB_TEST_NODES_MAX][2]; /* 0: nothing; below 2^31: a node; else data offset */
    uint32_t count;
    struct tt_buf data;
};

#define MMDB_TEST_DATA_BIT 0x80000000U

static inline void mmdb_put(struct tt_buf *buf, const void *bytes, size_t len)
{
    assert_int_equal(tt_buf_append(buf, tt_span_of(bytes, len)), TT_OK);
}

static inline void mmdb_put_u8(struct tt_buf *buf, unsigned value)
{
    assert_int_equal(tt_buf_append_u8(buf, (uint8_t)value), TT_OK);
}

static inline void mmdb_put_text(struct tt_buf *buf, const char *text)
{
    assert_true(strlen(text) < 29);
    mmdb_put_u8(buf, 2U << 5 | (unsigned)strlen(text));
    mmdb_put(buf, text, strlen(text));
}

static inline void mmdb_put_map(struct tt_buf *buf, unsigned count)
{
    mmdb_put_u8(buf, 7U << 5 | count);
}

static inline void mmdb_put_u16(struct tt_buf *buf, unsigned value)
{
    mmdb_put_u8(buf, 5U << 5 | 2);
    mmdb_put_u8(buf, value >> 8);
    mmdb_put_u8(buf, value & 0xff);
}

static inline void mmdb_put_u32(struct tt_buf *buf, uint32_t value)
{
    mmdb_put_u8(buf, 6U << 5 | 4);
    for (int shift = 24; shift >= 0; shift -= 8)
        mmdb_put_u8(buf, value >> shift & 0xff);
}

static inline void mmdb_put_u64(struct tt_buf *buf, uint64_t value)
{
    mmdb_put_u8(buf, 8);
    mmdb_put_u8(buf, 2); /* extended type 9 */
    for (int shift = 56; shift >= 0; shift -= 8)
        mmdb_put_u8(buf, (unsigned)(value >> shift & 0xff));
}

/* The record that was just appended to the data, at `offset`, belongs to a prefix. */
static inline void mmdb_put_prefix(struct mmdb_writer *writer, const char *text, unsigned len,
                                   uint32_t offset)
{
    struct tt_addr at;
    assert_true(tt_addr_parse(text, &at));
    uint8_t bits[16] = {0};
    memcpy(bits + (at.family == TT_ADDR_IPV4 ? 12 : 0), at.bytes, tt_addr_len(at));
    len += at.family == TT_ADDR_IPV4 ? 96 : 0;
    uint32_t node = 0;
    for (unsigned i = 0; i < len; i++) {
        unsigned side = bits[i / 8] >> (7 - i % 8) & 1U;
        uint32_t *record = &writer->nodes[node][side];
        if (i + 1 == len) {
            *record = MMDB_TEST_DATA_BIT | offset;
            return;
        }
        if (*record == MMDB_TEST_NOTHING) {
            assert_true(writer->count < MMDB_TEST_NODES_MAX);
            *record = writer->count++;
        }
        node = *record;
    }
}

static inline void mmdb_put_tree(const struct mmdb_writer *writer, struct tt_buf *out)
{
    for (uint32_t i = 0; i < writer->count; i++) {
        for (int side = 0; side < 2; side++) {
            uint32_t record = writer->nodes[i][side];
            if (record == MMDB_TEST_NOTHING)
                record = writer->count;
            else if ((record & MMDB_TEST_DATA_BIT) != 0)
                record = writer->count + MMDB_TEST_DATA_GAP + (record & ~MMDB_TEST_DATA_BIT);
            for (int shift = 16; shift >= 0; shift -= 8)
                mmdb_put_u8(out, record >> shift & 0xff);
        }
    }
}

static inline void mmdb_put_metadata(const struct mmdb_writer *writer, const char *type,
                                     struct tt_buf *out)
{
    static const char marker[] = "\xab\xcd\xefMaxMind.com";
    mmdb_put(out, marker, sizeof(marker) - 1);
    mmdb_put_map(out, 9);
    mmdb_put_text(out, "binary_format_major_version");
    mmdb_put_u16(out, 2);
    mmdb_put_text(out, "binary_format_minor_version");
    mmdb_put_u16(out, 0);
    mmdb_put_text(out, "build_epoch");
    mmdb_put_u64(out, 1714521600); /* 2024-05-01 */
    mmdb_put_text(out, "database_type");
    mmdb_put_text(out, type);
    mmdb_put_text(out, "description");
    mmdb_put_map(out, 0);
    mmdb_put_text(out, "ip_version");
    mmdb_put_u16(out, 6);
    mmdb_put_text(out, "languages");
    mmdb_put_u8(out, 0);
    mmdb_put_u8(out, 4); /* extended type 11: an empty array */
    mmdb_put_text(out, "node_count");
    mmdb_put_u32(out, writer->count);
    mmdb_put_text(out, "record_size");
    mmdb_put_u16(out, 24);
}

static inline void mmdb_write(struct mmdb_writer *writer, const char *type, char *path)
{
    static const uint8_t gap[MMDB_TEST_DATA_GAP] = {0};
    struct tt_buf out = tt_buf_make(1 << 20);
    mmdb_put_tree(writer, &out);
    mmdb_put(&out, gap, sizeof(gap));
    mmdb_put(&out, writer->data.data, writer->data.len);
    mmdb_put_metadata(writer, type, &out);
    mmdb_put_file(path, tt_buf_span(&out));
    tt_buf_free(&out);
    tt_buf_free(&writer->data);
}

static inline struct mmdb_writer *mmdb_new(void)
{
    struct mmdb_writer *writer = calloc(1, sizeof(*writer));
    assert_non_null(writer);
    writer->count = 1;
    writer->data = tt_buf_make(1 << 16);
    return writer;
}

#endif
