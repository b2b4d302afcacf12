/* Makes HTTP/2 conversations for the tests: frames by hand, header blocks by nghttp2's encoder. */
#ifndef TEST_HTTP2_MAKER_H
#define TEST_HTTP2_MAKER_H

#include "proto/http2_frame.h"
#include "recorder.h"

#include <nghttp2/nghttp2.h>

enum { MAKER_TURNS_MAX = 128, MAKER_BYTES_MAX = 1 << 18 };

struct maker {
    struct turn turns[MAKER_TURNS_MAX];
    size_t count;
    uint8_t bytes[MAKER_BYTES_MAX];
    size_t len;
    nghttp2_hd_deflater *encoders[2];
};

/* A field of a header block. */
struct field {
    const char *name;
    const char *value;
};

static inline struct maker *make_new(void)
{
    struct maker *maker = calloc(1, sizeof(*maker));
    assert_non_null(maker);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(nghttp2_hd_deflate_new(&maker->encoders[i], 4096), 0);
    return maker;
}

static inline void make_free(struct maker *maker)
{
    for (size_t i = 0; i < 2; i++)
        nghttp2_hd_deflate_del(maker->encoders[i]);
    free(maker);
}

/* Bytes as they are. */
static inline void make_raw(struct maker *maker, enum tt_direction direction, const void *bytes,
                            size_t len)
{
    assert_true(maker->count < MAKER_TURNS_MAX && len <= MAKER_BYTES_MAX - maker->len);
    uint8_t *at = maker->bytes + maker->len;
    if (len > 0)
        memcpy(at, bytes, len);
    maker->len += len;
    maker->turns[maker->count++] =
        (struct turn){.direction = direction, .bytes = tt_span_of(at, len)};
}

static inline void make_frame(struct maker *maker, enum tt_direction direction, uint8_t type,
                              uint8_t flags, uint32_t stream, const void *payload, size_t len)
{
    uint8_t frame[TT_HTTP2_HEADER_LEN + 4096];
    assert_true(len <= 4096);
    const uint8_t header[TT_HTTP2_HEADER_LEN] = {(uint8_t)(len >> 16),
                                                 (uint8_t)(len >> 8),
                                                 (uint8_t)len,
                                                 type,
                                                 flags,
                                                 (uint8_t)(stream >> 24),
                                                 (uint8_t)(stream >> 16),
                                                 (uint8_t)(stream >> 8),
                                                 (uint8_t)stream};
    memcpy(frame, header, sizeof(header));
    if (len > 0)
        memcpy(frame + sizeof(header), payload, len);
    make_raw(maker, direction, frame, sizeof(header) + len);
}

static inline size_t make_block(struct maker *maker, enum tt_direction direction,
                                const struct field *fields, size_t count, uint8_t *room)
{
    nghttp2_nv list[32];
    assert_true(count <= 32);
    for (size_t i = 0; i < count; i++) {
        list[i] =
            (nghttp2_nv){.namelen = strlen(fields[i].name), .valuelen = strlen(fields[i].value)};
        /* The encoder reads them only. */
        memcpy(&list[i].name, &fields[i].name, sizeof(list[i].name));
        memcpy(&list[i].value, &fields[i].value, sizeof(list[i].value));
    }
    ssize_t len = nghttp2_hd_deflate_hd(maker->encoders[direction], room, 2048, list, count);
    assert_true(len >= 0);
    return (size_t)len;
}

/* HEADERS with END_HEADERS besides `flags`. */
static inline void make_headers(struct maker *maker, enum tt_direction direction, uint8_t flags,
                                uint32_t stream, const struct field *fields, size_t count)
{
    uint8_t block[4096];
    size_t len = make_block(maker, direction, fields, count, block);
    make_frame(maker, direction, TT_HTTP2_HEADERS, flags | TT_HTTP2_END_HEADERS, stream, block,
               len);
}

static inline void make_data(struct maker *maker, enum tt_direction direction, uint8_t flags,
                             uint32_t stream, const char *text)
{
    make_frame(maker, direction, TT_HTTP2_DATA, flags, stream, text, strlen(text));
}

/* Preface and SETTINGS of both sides. */
static inline void make_opening(struct maker *maker)
{
    make_raw(maker, TT_FROM_INITIATOR, tt_http2_preface, sizeof(tt_http2_preface));
    make_frame(maker, TT_FROM_INITIATOR, TT_HTTP2_SETTINGS, 0, 0, "\0\3\0\0\0\144", 6);
    make_frame(maker, TT_FROM_RESPONDER, TT_HTTP2_SETTINGS, 0, 0, "\0\4\0\1\0\0", 6);
    make_frame(maker, TT_FROM_RESPONDER, TT_HTTP2_SETTINGS, TT_HTTP2_ACK, 0, NULL, 0);
}

#define FIELDS(...)                                                                                \
    (const struct field[]){__VA_ARGS__},                                                           \
        sizeof((const struct field[]){__VA_ARGS__}) / sizeof(struct field)

#endif
