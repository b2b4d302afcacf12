/* Proofs through WebSockets and MQTT. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/flush.h"
#include "verify/socket.h"
#include "verify/socks.h"

#define BYTES(text) tt_span_of((text), sizeof(text) - 1)
#define HANDSHAKE "GET / HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n"

/* RFC 7692, sections 7.2.3.1 and 7.2.3.2: the second message refers to the first. */
static void test_packed(void **state)
{
    (void)state;
    static const char stream[] = HANDSHAKE "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"
                                           "\x89\x01p"
                                           "\xc1\x05\xf2\x00\x11\x00\x00";
    size_t at = sizeof(HANDSHAKE) - 1;
    for (unsigned i = 0; i < 2; i++) {
        struct tt_buf out = tt_buf_make(1000);
        assert_int_equal(tt_verify_unframe_packed(BYTES(stream), i == 0 ? at : at + 12, &out),
                         TT_OK);
        assert_true(tt_span_eq(tt_buf_span(&out), tt_span_str("Hello")));
        tt_buf_free(&out);
    }
    /* Cut anywhere: no more than there is. */
    for (size_t len = 0; len < sizeof(stream); len++) {
        struct tt_buf out = tt_buf_make(1000);
        enum tt_err err =
            tt_verify_unframe_packed(tt_span_sub(BYTES(stream), 0, len), at + 12, &out);
        assert_true(err == TT_OK || err == TT_ERR_FORMAT);
        assert_true(out.len <= 5);
        tt_buf_free(&out);
    }
}

static void test_stream(void **state)
{
    (void)state;
    enum tt_err err = TT_OK;
    struct tt_buf out = tt_buf_make(1000);
    assert_true(tt_verify_unframe_stream(BYTES(HANDSHAKE "\x82\x02on\x89\x01p\x02\x01"
                                                         "e\x80\x01."),
                                         &out, &err));
    assert_int_equal(err, TT_OK);
    assert_true(tt_span_eq(tt_buf_span(&out), tt_span_str("one.")));
    assert_false(tt_verify_unframe_stream(BYTES("\x10\x04MQTT"), &out, &err));
    assert_false(tt_verify_unframe_stream(BYTES("GET / HTTP/1.1\r\n\r\n"), &out, &err));
    tt_buf_free(&out);
}

static void assert_stands(const char *step, struct tt_span stream, const char *text, bool fits)
{
    size_t at = tt_span_search(stream, tt_span_str(text));
    assert_true(at < stream.len);
    assert_int_equal(tt_verify_mqtt(step, stream, at),
                     fits ? TT_VERIFY_NAME_FITS : TT_VERIFY_NAME_WRONG);
}

static void test_mqtt(void **state)
{
    (void)state;
    static const char stream[] = "\x10\x32\0\4MQTT\5\xc6\0\x3c"
                                 "\x0b\x26\0\2k1\0\4val1"
                                 "\0\3cid\0\0\3w/t\0\3bye\0\3rao\0\5pw123"
                                 "\x32\x17\0\3a/b\0\7\x08\x03\0\5a/txt{\"n\":5}"
                                 "\x82\x09\0\1\0\0\3f/#\1"
                                 "\xe0\x09\x8b\x07\x1f\0\4done";
    struct tt_span all = BYTES(stream);
    assert_stands("mqtt.client_id", all, "cid", true);
    assert_stands("mqtt.username", all, "cid", false);
    assert_stands("mqtt.user_property_name", all, "k1", true);
    assert_stands("mqtt.user_property:k1", all, "val1", true);
    assert_stands("mqtt.user_property:k2", all, "val1", false);
    assert_stands("mqtt.will.topic", all, "w/t", true);
    assert_stands("mqtt.will.payload", all, "bye", true);
    assert_stands("mqtt.username", all, "rao", true);
    assert_stands("mqtt.password", all, "w123", true);
    assert_stands("mqtt.topic", all, "a/b", true);
    assert_stands("mqtt.property:content_type", all, "a/txt", true);
    assert_stands("mqtt.payload", all, "{\"n", true);
    assert_stands("mqtt.topic", all, "{\"n", false);
    assert_stands("mqtt.topic_filter", all, "f/#", true);
    assert_stands("mqtt.property:reason_string", all, "done", true);
    for (size_t len = 0; len < all.len; len++)
        for (size_t at = 0; at <= len; at++)
            (void)tt_verify_mqtt("mqtt.topic", tt_span_sub(all, 0, len), at);
    assert_int_equal(tt_verify_mqtt("mqtt.topic", tt_span_from(all, 2), 5), TT_VERIFY_NAME_OPEN);
}

static void assert_socks(const char *step, struct tt_span stream, const char *text,
                         enum tt_verify_named named)
{
    size_t at = tt_span_search(stream, tt_span_str(text));
    assert_true(at < stream.len);
    assert_int_equal(tt_verify_socks(step, stream, at), named);
}

static void test_socks(void **state)
{
    (void)state;
    const struct tt_span five = BYTES("\5\1\2\1\4asha\6secret\5\1\0\3\7a.examp\0P");
    const struct tt_span open = BYTES("\5\2\0\2\5\1\0\3\7a.examp\0P");
    const struct tt_span numbers = BYTES("\5\1\2\1\4asha\6secret\5\1\0\1\300\0\2\1\0P");
    const struct tt_span four = BYTES("\4\1\0P\300\0\2\1rao\0GET /");
    const struct tt_span named = BYTES("\4\1\0P\0\0\0\1rao\0a.examp\0GET /");
    assert_socks("socks.user", five, "asha", TT_VERIFY_NAME_FITS);
    assert_socks("socks.password", five, "asha", TT_VERIFY_NAME_WRONG);
    assert_socks("socks.password", five, "secret", TT_VERIFY_NAME_FITS);
    assert_socks("socks.host", five, "secret", TT_VERIFY_NAME_WRONG);
    assert_socks("socks.host", five, "a.examp", TT_VERIFY_NAME_FITS);
    assert_socks("socks.host", open, "a.examp", TT_VERIFY_NAME_FITS);
    assert_socks("socks.host", numbers, "P", TT_VERIFY_NAME_WRONG);
    assert_socks("socks.user", four, "rao", TT_VERIFY_NAME_FITS);
    assert_socks("socks.host", four, "GET", TT_VERIFY_NAME_WRONG);
    assert_socks("socks.host", named, "a.examp", TT_VERIFY_NAME_FITS);
    assert_socks("socks.user", named, "GET", TT_VERIFY_NAME_WRONG);
    assert_socks("socks.data", five, "asha", TT_VERIFY_NAME_OPEN);
    assert_socks("socks.user", BYTES("\6asha"), "asha", TT_VERIFY_NAME_OPEN);
    /* Cut anywhere: no more than there is. */
    const struct tt_span all[] = {five, open, numbers, four, named};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        for (size_t len = 0; len < all[i].len; len++) {
            struct flush flush = flush_make(tt_span_sub(all[i], 0, len));
            for (size_t at = 0; at <= len; at++)
                (void)tt_verify_socks("socks.host", flush.span, at);
            flush_free(&flush);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_mqtt),
        cmocka_unit_test(test_socks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
