/* Makes DNS messages for tests. */
#ifndef TEST_PROTO_DNS_MAKER_H
#define TEST_PROTO_DNS_MAKER_H

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

static inline void dns_u16(struct tt_buf *buf, unsigned value)
{
    assert_int_equal(tt_buf_append_u8(buf, (uint8_t)(value >> 8)), TT_OK);
    assert_int_equal(tt_buf_append_u8(buf, (uint8_t)value), TT_OK);
}

static inline void dns_bytes(struct tt_buf *buf, const void *bytes, size_t len)
{
    assert_int_equal(tt_buf_append(buf, tt_span_of(bytes, len)), TT_OK);
}

static inline struct tt_buf dns_message(unsigned flags, unsigned questions, unsigned answers,
                                        unsigned authorities, unsigned additionals)
{
    struct tt_buf buf = tt_buf_make(1U << 17);
    dns_u16(&buf, 0x1234);
    dns_u16(&buf, flags);
    dns_u16(&buf, questions);
    dns_u16(&buf, answers);
    dns_u16(&buf, authorities);
    dns_u16(&buf, additionals);
    return buf;
}

/* A dotted name; "@12" at its end (or alone) is a pointer to offset 12. */
static inline void dns_name(struct tt_buf *buf, const char *text)
{
    while (*text != '\0' && *text != '@') {
        size_t len = strcspn(text, ".@");
        assert_int_equal(tt_buf_append_u8(buf, (uint8_t)len), TT_OK);
        dns_bytes(buf, text, len);
        text += len;
        if (*text == '.')
            text++;
    }
    if (*text == '@')
        dns_u16(buf, 0xc000U | (unsigned)strtoul(text + 1, NULL, 10));
    else
        assert_int_equal(tt_buf_append_u8(buf, 0), TT_OK);
}

static inline void dns_question(struct tt_buf *buf, const char *name, unsigned type)
{
    dns_name(buf, name);
    dns_u16(buf, type);
    dns_u16(buf, 1);
}

static inline void dns_record(struct tt_buf *buf, const char *name, unsigned type,
                              const void *rdata, size_t len)
{
    dns_name(buf, name);
    dns_u16(buf, type);
    dns_u16(buf, 1);
    dns_u16(buf, 0);
    dns_u16(buf, 300);
    dns_u16(buf, (unsigned)len);
    dns_bytes(buf, rdata, len);
}

/* A record whose rdata is `len` bytes and a name. */
static inline void dns_record_name(struct tt_buf *buf, const char *name, unsigned type,
                                   const void *before, size_t len, const char *target)
{
    struct tt_buf rdata = tt_buf_make(1024);
    dns_bytes(&rdata, before, len);
    dns_name(&rdata, target);
    dns_record(buf, name, type, rdata.data, rdata.len);
    tt_buf_free(&rdata);
}

#endif
