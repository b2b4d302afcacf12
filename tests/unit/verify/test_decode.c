/* The codings of proofs, against the examples of their specifications. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#include "verify/decode.h"

static void test_examples(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *in;
        const char *out;
    } examples[] = {
        {"base64", "Zm9vYg==", "foob"}, /* RFC 4648, section 10 */
        {"base64", "Zm9vYmFy", "foobar"},
        {"base64", "Zm9v\r\nYmFy", "foobar"},
        {"base64", "Zm9vYg", "foob"},
        {"base64", "Pz8_Pj4-", "?\?\?>>>"},
        {"base64:lower-first", "pZ5MBWrI", "?>fo\4b"},
        {"base64:lower-first", "--__", "\xfb\xef\xff"},
        {"base64:digits-first", "FpvcRmHY", "?>fo\4b"},
        {"base64:digits-lower-first", "fPVCrMhy", "?>fo\4b"},
        {"base64:rot13", "Cm5zojEv", "?>fo\4b"},
        {"base64:sorted", "EntaQkGX", "?>fo\4b"},
        {"base64:crypt", "DntaPkFW", "?>fo\4b"},
        {"base64:bcrypt", "Nx3kZuPg==", "?>fo\4b"},
        {"base32", "MZXW6YTBOI======", "foobar"},
        {"base32hex", "cpnmuoj1e8", "foobar"},
        {"hex", "666f6F", "foo"},
        {"hex", "0x666f6f", "foo"},
        {"hex", "66:6f 6F", "foo"},
        {"byte-list", "[102, 111,111]", "foo"},
        {"base58", "2NEpo7TZRRrLZSi2U", "Hello World!"}, /* draft-msporny-base58 */
        {"ascii85", "<~87cURD]i,\"Ebo80~>", "Hello World!"},
        {"base85", "NM&qnZ!92pZ*pv8Ap", "Hello, world!"},
        {"percent", "a%40b%zz+", "a@b%zz+"},
        {"percent-u", "%u0101%e9b%u00Z%ud83d%ude00%ud83d%u0041%u",
         "\xc4\x81\xc3\xa9"
         "b%u00Z\xf0\x9f\x98\x80\xef\xbf\xbd"
         "A%u"},
        {"json-string", "a\\u0040b\\n\\ud83d\\ude00", "a@b\n\xf0\x9f\x98\x80"},
        {"backslash", "a\\x40b", "a@b"},
        {"backslash", "\\u{e9}\\u{1f600}\\u0041\\101\\303\\251\\n\\9\\u{",
         "\xc3\xa9\xf0\x9f\x98\x80"
         "AA\xc3\xa9\n\\9\\u{"},
        {"char-ref", "a&#64;b&#x40;c&amp;&none;", "a@b@c&&none;"},
        {"char-ref", "&Ntilde;&iacute;&yuml;&nbsp;", "\xc3\x91\xc3\xad\xc3\xbf\xc2\xa0"},
        {"quoted-printable", "a=40b=\r\nc", "a@bc"},
        {"vcard-text", "a\r\n b\\,c", "ab,c"},
        {"chunked", "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"},
        {"chunked", "3\r\nabc\r\n5\r\nde", "abcde"},
        {"dns-name", "\4asha\3lan\0", "asha.lan"},
        {"dot-stuffing", "a\r\n..b\r\n.c\r\n.\r\nNOOP", "a\r\n.b\r\nc\r\n"},
        /* RFC 6455, section 5.7; two fragments with a ping between them; a ping */
        {"websocket", "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "Hello"},
        {"websocket", "\1\3Hel\x89\1p\x80\2lo\x81\1x", "Hello"},
        {"websocket", "\x89\1p\x80\2lo", "p"},
        {"event-stream", "{\ndata: \"k\":\r\ndata:1}", "{\n\"k\":\n1}"},
        {"reversed", "cba", "abc"},
        {"rot13", "Uryyb", "Hello"},
        {"xor:5a", "\x3b\x38", "ab"},
        {"xor-front:4", "abcd\x01\x03\x01\x01\x02", "`abec"},
        {"xor-front:counted", "\2ab\1\3\1", "`a`"},
    };
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct tt_buf out = tt_buf_make(1024);
        enum tt_err err = TT_OK;
        assert_true(tt_verify_decode(examples[i].name, tt_span_str(examples[i].in), &out, &err));
        assert_int_equal(err, TT_OK);
        if (!tt_span_eq(tt_buf_span(&out), tt_span_str(examples[i].out)))
            fail_msg("%s: %s gives %.*s", examples[i].name, examples[i].in, (int)out.len,
                     (const char *)out.data);
        tt_buf_free(&out);
    }
}

static void test_utf16(void **state)
{
    (void)state;
    struct tt_buf out = tt_buf_make(64);
    enum tt_err err = TT_OK;
    assert_true(tt_verify_decode("utf-16be", tt_span_of("\0a\xd8\x3d\xde\0", 6), &out, &err));
    assert_true(tt_span_eq(tt_buf_span(&out), tt_span_str("a\xf0\x9f\x98\x80")));
    tt_buf_clear(&out);
    assert_true(tt_verify_decode("utf-16le", tt_span_of("a\0b\0c", 5), &out, &err));
    assert_true(tt_span_eq(tt_buf_span(&out), tt_span_str("ab")));
    tt_buf_free(&out);
}

static void test_compressed(void **state)
{
    (void)state;
    uint8_t packed[256];
    uLongf len = sizeof(packed);
    static const char text[] = "lunch at noon, lunch at noon, lunch at noon";
    assert_int_equal(compress(packed, &len, (const Bytef *)text, sizeof(text) - 1), Z_OK);
    for (size_t cut = 0; cut <= len; cut++) { /* what is cut gives its beginning */
        struct tt_buf out = tt_buf_make(1024);
        enum tt_err err = TT_OK;
        assert_true(tt_verify_decode("zlib", tt_span_of(packed, cut), &out, &err));
        assert_int_equal(err, TT_OK);
        assert_true(tt_span_starts(tt_span_str(text), tt_buf_span(&out)));
        assert_true(cut < len || out.len == sizeof(text) - 1);
        tt_buf_free(&out);
    }
    struct tt_buf small = tt_buf_make(8); /* the cap of the caller */
    enum tt_err err = TT_OK;
    assert_true(tt_verify_decode("zlib", tt_span_of(packed, len), &small, &err));
    assert_int_equal(err, TT_ERR_LIMIT);
    tt_buf_free(&small);
}

static void test_garbage(void **state)
{
    (void)state;
    static const char *const names[] = {"gzip",        "zlib",    "deflate",          "br",
                                        "zstd",        "lz4",     "exif:GPSPosition", "chunked",
                                        "base58",      "ascii85", "char-ref",         "json-string",
                                        "dot-stuffing"};
    uint8_t bytes[300];
    uint32_t seed = 7;
    for (unsigned round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1103515245U + 12345U;
            bytes[i] = (uint8_t)(seed >> 16);
        }
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            struct tt_buf out = tt_buf_make(65536);
            enum tt_err err = TT_OK;
            assert_true(tt_verify_decode(names[i], tt_span_of(bytes, round + 100), &out, &err));
            tt_buf_free(&out);
        }
    }
}

static void test_unknown(void **state)
{
    (void)state;
    struct tt_buf out = tt_buf_make(64);
    enum tt_err err = TT_OK;
    assert_false(tt_verify_decode("json:$.a", tt_span_str("x"), &out, &err));
    assert_false(tt_verify_decode("", tt_span_str("x"), &out, &err));
    tt_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples), cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_compressed), cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_unknown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
