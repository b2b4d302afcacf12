/* What of a body counts as read: decoded bytes that nobody understands do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hits.h"
#include "model/limits.h"

static const char sheet[] = "identifiers: {imei: [358240051111110]}\n";

#define JSON_HEADER "{\"alg\":\"RS256\",\"typ\":\"JWT\"}"
#define JSON_CLAIMS "{\"sub\":\"user\",\"iat\":1415959200,\"aud\":[\"api.cloud.example\"]}"

/* ---- writing ---- */

static void put(struct tt_buf *text, const char *more)
{
    assert_int_equal(tt_buf_append_str(text, more), TT_OK);
}

static void put_base64(struct tt_buf *text, struct tt_span bytes, const char *last)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t len = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < len ? bytes.data[i + k] : 0U);
        for (size_t k = 0; k <= len; k++) {
            uint32_t value = group >> (18 - 6 * k) & 63;
            char letter[] = {value < 62 ? letters[value] : last[value - 62], '\0'};
            put(text, letter[0] == '%' ? "%2B" : letter);
        }
    }
}

static void put_text(struct tt_buf *text, const char *plain)
{
    put_base64(text, tt_span_str(plain), "+/");
}

/* Bytes that look random, the same in each run. */
static struct tt_span noise(size_t len)
{
    static uint8_t bytes[4096];
    uint32_t state = 20141114;
    assert_true(len <= sizeof(bytes));
    for (size_t i = 0; i < len; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        bytes[i] = (uint8_t)(state >> 11);
    }
    return tt_span_of(bytes, len);
}

static void put_noise(struct tt_buf *text, size_t len)
{
    put_base64(text, noise(len), "+/");
}

/* ---- counting ---- */

static uint64_t sum(const struct hits *hits)
{
    uint64_t all = 0;
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        all += hits->counted[i];
    return all;
}

/* However it is cut, so many bytes are opaque, and none is lost or counted twice. */
static void expect_as(enum tt_format format, const struct tt_buf *text, uint64_t least,
                      uint64_t most)
{
    static const size_t cuts[] = {SIZE_MAX, 1, 7, 97, 512};
    for (size_t i = 0; i < TT_ARRAY_LEN(cuts); i++) {
        struct hits hits;
        hits_begin(&hits, sheet);
        (void)hits_in(&hits, format, "http.request.body", tt_buf_span(text), cuts[i], cuts[i]);
        uint64_t opaque = hits.counted[TT_BUCKET_OPAQUE];
        if (opaque < least || opaque > most)
            fail_msg("%" PRIu64 " opaque bytes with pieces of %zu in %.*s", opaque, cuts[i],
                     (int)text->len, (const char *)text->data);
        assert_int_equal(sum(&hits), text->len);
        hits_end(&hits);
    }
}

static void expect(const struct tt_buf *text, uint64_t opaque)
{
    expect_as(TT_FORMAT_UNKNOWN, text, opaque, opaque);
}

/* ---- what nobody understands ---- */

static void test_encrypted_fields(void **state)
{
    (void)state;
    struct tt_buf text = tt_buf_make(TEXT_MAX);
    put(&text, "{\"v\":1,\"payload\":\"");
    put_noise(&text, 600);
    put(&text, "\",\"w\":2}");
    expect(&text, 800);
    tt_buf_clear(&text);
    put(&text, "d=");
    for (size_t i = 0; i < 600; i++)
        assert_int_equal(tt_buf_printf(&text, "%02x", noise(600).data[i]), TT_OK);
    put(&text, "&e=1");
    expect(&text, 1200);
    tt_buf_free(&text);
}

/* Of a value with escapes all is decoded; the stretches between them, seen before, are the same
 * bytes. */
static void test_escaped_fields(void **state)
{
    (void)state;
    struct tt_buf text = tt_buf_make(TEXT_MAX);
    put(&text, "a=1&d=");
    put_base64(&text, noise(900), "%/");
    size_t len = text.len - strlen("a=1&d=");
    put(&text, "&e=1");
    expect_as(TT_FORMAT_UNKNOWN, &text, len * 9 / 10, len);
    tt_buf_free(&text);
}

static void test_inside_others(void **state)
{
    (void)state;
    struct tt_buf inner = tt_buf_make(TEXT_MAX);
    struct tt_buf text = tt_buf_make(TEXT_MAX);
    put(&inner, "{\"v\":1,\"p\":\"");
    put_noise(&inner, 600);
    put(&inner, "\"}");
    put(&text, "{\"outer\":\"");
    put_base64(&text, tt_buf_span(&inner), "+/");
    put(&text, "\"}");
    expect_as(TT_FORMAT_UNKNOWN, &text, 800 * 4 / 3 - 8, 800 * 4 / 3 + 8);
    tt_buf_clear(&text);
    put(&text, "--bnd\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n");
    assert_int_equal(tt_buf_append(&text, noise(600)), TT_OK);
    put(&text, "\r\n--bnd--\r\n");
    expect(&text, 600);
    tt_buf_free(&inner);
    tt_buf_free(&text);
}

/* More of them than are kept until it is sure that they are not understood. */
static void test_very_many(void **state)
{
    (void)state;
    enum { COUNT = 3 * 32 + 1 };
    struct tt_buf text = tt_buf_make(TEXT_MAX);
    put(&text, "{");
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(tt_buf_printf(&text, "%s\"k%zu\":\"", i > 0 ? "," : "", i), TT_OK);
        put_noise(&text, 96);
        put(&text, "\"");
    }
    put(&text, "}");
    expect(&text, COUNT * 128);
    tt_buf_free(&text);
}

/* ---- what is no secret ---- */

/* Names of sessions, digests, and what is no longer than they are. */
static void test_short_ones(void **state)
{
    (void)state;
    struct tt_buf text = tt_buf_make(TEXT_MAX);
    put(&text, "GET /a HTTP/1.1\r\nHost: api.cloud.example\r\nCookie: sid=");
    put_noise(&text, 64);
    put(&text, "\r\nX-Digest: ");
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(tt_buf_printf(&text, "%02x", noise(64).data[i]), TT_OK);
    put(&text, "\r\n\r\n");
    expect_as(TT_FORMAT_HTTP_HEAD, &text, 0, 0);
    tt_buf_clear(&text);
    put(&text, "GET /a HTTP/1.1\r\nHost: api.cloud.example\r\nCookie: sid=");
    put_noise(&text, 66);
    put(&text, "\r\n\r\n");
    expect_as(TT_FORMAT_HTTP_HEAD, &text, 88, 88);
    tt_buf_free(&text);
}

static void test_understood(void **state)
{
    (void)state;
    static const uint8_t picture[] = {0xff, 0xd8, 0xff, 0xda, 0x00, 0x08, 1, 1, 0, 0, 0x3f, 0};
    struct tt_buf bytes = tt_buf_make(TEXT_MAX);
    struct tt_buf text = tt_buf_make(TEXT_MAX);
    put(&text, "{\"t\":\"");
    for (size_t i = 0; i < 20; i++)
        put_text(&text, "a sentence that is not encrypted... ");
    put(&text, "\",\"j\":\"");
    put_text(&text, "{\"a\":\"Lorem ipsum dolor sit amet\",\"b\":[1,2,3,4,5,6,7,8,9,10,11,12]}");
    put(&text, "\",\"p\":\"");
    assert_int_equal(tt_buf_append(&bytes, tt_span_of(picture, sizeof(picture))), TT_OK);
    assert_int_equal(tt_buf_append(&bytes, noise(600)), TT_OK);
    put_base64(&text, tt_buf_span(&bytes), "+/");
    put(&text, "\"}");
    expect(&text, 0);
    tt_buf_free(&bytes);
    tt_buf_free(&text);
}

/* Letters that happen to be those of base64; and a token behind some of them. */
static void test_paths(void **state)
{
    (void)state;
    struct tt_buf text = tt_buf_make(TEXT_MAX);
    put(&text, "GET /Content/2014/Images/Summer/AtTheLakeside/WithFriends/FromAbove/Large/"
               "Version2/Original/Picture0017/Details/AndMoreOfThem HTTP/1.1\r\n"
               "Host: api.cloud.example\r\n\r\n");
    expect_as(TT_FORMAT_HTTP_HEAD, &text, 0, 0);
    tt_buf_clear(&text);
    put(&text, "GET /v2/Devices/Register/");
    put_text(&text, "{\"a\":\"Lorem ipsum dolor sit amet\",\"b\":[1,2,3,4,5,6,7,8,9,10,11,12]}");
    put(&text, " HTTP/1.1\r\nHost: api.cloud.example\r\n\r\n");
    expect_as(TT_FORMAT_HTTP_HEAD, &text, 0, 0);
    tt_buf_free(&text);
}

/* Two texts in JSON and their signature; not a key or ciphertext behind one. */
static void test_signatures(void **state)
{
    (void)state;
    struct tt_buf text = tt_buf_make(TEXT_MAX);
    put(&text, "GET /a HTTP/1.1\r\nAuthorization: Bearer ");
    put_text(&text, JSON_HEADER);
    put(&text, ".");
    put_text(&text, JSON_CLAIMS);
    put(&text, ".");
    put_base64(&text, noise(256), "-_");
    put(&text, "\r\n\r\n");
    expect_as(TT_FORMAT_HTTP_HEAD, &text, 0, 0);
    tt_buf_clear(&text);
    put(&text, "GET /a HTTP/1.1\r\nAuthorization: Bearer ");
    put_text(&text, JSON_HEADER);
    put(&text, ".");
    put_base64(&text, noise(255), "-_");
    put(&text, "\r\n\r\n");
    expect_as(TT_FORMAT_HTTP_HEAD, &text, 340, 340);
    tt_buf_clear(&text);
    put(&text, "GET /a HTTP/1.1\r\nAuthorization: Bearer ");
    put_text(&text, JSON_HEADER);
    put(&text, ".");
    put_text(&text, JSON_CLAIMS);
    put(&text, ".");
    put_base64(&text, noise(900), "-_");
    put(&text, "\r\n\r\n");
    expect_as(TT_FORMAT_HTTP_HEAD, &text, 1200, 1200);
    tt_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encrypted_fields),
        cmocka_unit_test(test_escaped_fields),
        cmocka_unit_test(test_inside_others),
        cmocka_unit_test(test_very_many),
        cmocka_unit_test(test_short_ones),
        cmocka_unit_test(test_understood),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_signatures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
