/* What is seldom done to the owner's values: backwards, ROT13, bytes in letters. The expected
 * letters come from a script of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/forms.h"
#include "identify/letters.h"
#include "identify/samples.h"

static void test_letters(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"AAFBACFDZfY=", 12, "imei[0] tbcd+base64 0+11\n"},
        {"AAAUCABBINS7M===", 16, "imei[0] tbcd+base32 0+13\n"},
        {"aaaucabbins7m", 13, "imei[0] tbcd+base32 0+13\n"},
        {"13krEdB7o3", 10, "imei[0] tbcd+base58 0+10\n"},
        {"00BV&Awy;M", 10, "imei[0] tbcd+base85 0+10\n"},
        {"!!,@c+[]i7", 10, "imei[0] tbcd+ascii85 0+10\n"},
        {"00bv=aWY&m", 10, "imei[0] tbcd+z85 0+10\n"},
        {"xAAFBACFDZfY", 12, ""},
        {"13krEdB7o4", 10, ""},
    };
    RUN("identifiers: {imei: \"001014001234566\"}", samples);
}

/* Texts that are too short to be read by what they say. */
static void test_short_texts(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"MQKCVZUDXPySBUm", 15, "serial[0] text+base58 0+15\n"},
        {"QbssVH!x9HG)r0", 14, "serial[0] text+base85 0+14\n"},
        {";FWW@2_\\*21eV!", 14, "serial[0] text+ascii85 0+14\n"},
        {"xMQKCVZUDXPySBUm", 16, ""},
    };
    RUN("identifiers: {serial: RF8N70QX4KZ}", samples);
}

static void test_mirrored(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"6-654321-004101-00", 18, "imei[0] dashed+reversed 0+18\n"},
        {"665432100410100", 15, "imei[0] digits+reversed 0+15\n"},
        {"6-654321-004101-01", 18, ""},
    };
    RUN("identifiers: {imei: \"001014001234566\"}", samples);
}

/* Contacts have the usual forms only. */
static void test_owner_only(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"321009 0077 44+", 15, ""},
        {"RHQAcJASMg", 10, ""},
    };
    RUN("contacts: [{phone_number: \"+44 7700 900123\"}]", samples);
}

static void assert_letters(struct tt_span letters, const char *expected)
{
    assert_true(tt_span_eq(letters, tt_span_str(expected)));
}

static void test_encoders(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(SIZE_MAX);
    struct tt_span zeros = tt_span_of("\0\0\0\0", 4);
    uint8_t many[TT_LETTERS_OF + 1] = {0};
    struct tt_span too_long = tt_span_of(many, sizeof(many));
    /* RFC 4648, section 10. */
    assert_letters(tt_write_base32(&arena, tt_span_str("")), "");
    assert_letters(tt_write_base32(&arena, tt_span_str("f")), "MY");
    assert_letters(tt_write_base32(&arena, tt_span_str("foobar")), "MZXW6YTBOI");
    assert_letters(tt_write_base58(&arena, tt_span_str("Hello World!")), "2NEpo7TZRRrLZSi2U");
    assert_letters(tt_write_base58(&arena, tt_span_of("\0\0\1", 3)), "112");
    assert_letters(tt_write_base85(&arena, zeros, TT_BASE85_ASCII), "z");
    assert_letters(tt_write_base85(&arena, zeros, TT_BASE85_RFC1924), "00000");
    /* ZeroMQ RFC 32 */
    assert_letters(
        tt_write_base85(&arena, tt_span_of("\x86\x4f\xd2\x6f\xb5\x59\xf7\x5b", 8), TT_BASE85_Z),
        "HelloWorld");
    assert_letters(tt_write_base85(&arena, tt_span_str("abc"), TT_BASE85_Z), "");
    assert_letters(tt_write_base32(&arena, too_long), "");
    assert_letters(tt_write_base58(&arena, too_long), "");
    assert_letters(tt_write_base85(&arena, too_long, TT_BASE85_ASCII), "");
    tt_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters),  cmocka_unit_test(test_short_texts),
        cmocka_unit_test(test_mirrored), cmocka_unit_test(test_owner_only),
        cmocka_unit_test(test_encoders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
