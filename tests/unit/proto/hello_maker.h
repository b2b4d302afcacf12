/* Makes TLS messages and records for tests. */
#ifndef TEST_PROTO_HELLO_MAKER_H
#define TEST_PROTO_HELLO_MAKER_H

#include "base/buf.h"

#include <string.h>

static inline void put_number(struct tt_buf *buf, uint64_t value, size_t len)
{
    while (len-- > 0)
        assert_int_equal(tt_buf_append_u8(buf, (uint8_t)(value >> (8 * len))), TT_OK);
}

static inline void put_bytes(struct tt_buf *buf, const void *bytes, size_t len)
{
    assert_int_equal(tt_buf_append(buf, tt_span_of(bytes, len)), TT_OK);
}

/* `inner` with its length before it; frees `inner`. */
static inline void put_vector(struct tt_buf *buf, struct tt_buf *inner, size_t len)
{
    put_number(buf, inner->len, len);
    put_bytes(buf, inner->data, inner->len);
    tt_buf_free(inner);
}

static inline struct tt_buf make_buf(void)
{
    return tt_buf_make(1U << 20);
}

static inline void put_extension(struct tt_buf *buf, unsigned type, const void *data, size_t len)
{
    put_number(buf, type, 2);
    put_number(buf, len, 2);
    put_bytes(buf, data, len);
}

static inline struct tt_buf make_handshake(unsigned type, struct tt_buf *content)
{
    struct tt_buf message = make_buf();
    put_number(&message, type, 1);
    put_vector(&message, content, 3);
    return message;
}

static inline void put_random(struct tt_buf *buf)
{
    for (unsigned i = 0; i < 32; i++)
        put_number(buf, 0xe0 + i % 16, 1);
}

/* With ALPN and, when `versions`, the versions of TLS 1.3 and a senseless one. Without both name
 * and versions it has no extensions at all. */
static inline struct tt_buf make_client_hello(const char *name, unsigned version, bool versions)
{
    struct tt_buf hello = make_buf();
    put_number(&hello, version, 2);
    put_random(&hello);
    put_number(&hello, 0, 1);
    put_bytes(&hello, "\x00\x04\x13\x01\x00\x2f\x01\x00", 8);
    if (name != NULL || versions) {
        struct tt_buf extensions = make_buf();
        if (name != NULL) {
            struct tt_buf list = make_buf();
            struct tt_buf entry = make_buf();
            put_number(&entry, 0, 1);
            put_number(&entry, strlen(name), 2);
            put_bytes(&entry, name, strlen(name));
            put_vector(&list, &entry, 2);
            put_extension(&extensions, 0, list.data, list.len);
            tt_buf_free(&list);
        }
        put_extension(&extensions, 16, "\x00\x0c\x02h2\x08http/1.1", 14);
        if (versions)
            put_extension(&extensions, 43, "\x06\x7a\x7a\x03\x04\x03\x03", 7);
        put_vector(&hello, &extensions, 2);
    }
    return make_handshake(1, &hello);
}

/* `chosen`: the version in the extension; 0 for none. */
static inline struct tt_buf make_server_hello(unsigned version, unsigned suite, unsigned chosen)
{
    struct tt_buf hello = make_buf();
    put_number(&hello, version, 2);
    put_random(&hello);
    put_number(&hello, 0, 1);
    put_number(&hello, suite, 2);
    put_number(&hello, 0, 1);
    if (chosen != 0) {
        uint8_t data[2] = {(uint8_t)(chosen >> 8), (uint8_t)chosen};
        struct tt_buf extensions = make_buf();
        put_extension(&extensions, 43, data, sizeof(data));
        put_vector(&hello, &extensions, 2);
    }
    return make_handshake(2, &hello);
}

static inline void put_record(struct tt_buf *buf, unsigned type, const void *data, size_t len)
{
    put_number(buf, type, 1);
    put_number(buf, 0x0303, 2);
    put_number(buf, len, 2);
    put_bytes(buf, data, len);
}

/* A record with a handshake message; frees the message. */
static inline void put_handshake_record(struct tt_buf *buf, struct tt_buf *message)
{
    put_record(buf, 22, message->data, message->len);
    tt_buf_free(message);
}

#endif
