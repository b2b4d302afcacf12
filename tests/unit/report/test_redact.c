#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf.h"
#include "report/redact.h"

#include <stdio.h>
#include <stdlib.h>

#define MASK "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"
#define PAIR "\xe2\x80\xa2\xe2\x80\xa2"
#define CUT "\xe2\x80\xa6"
#define BAD "\xef\xbf\xbd"

struct example {
    enum tt_redact how;
    const char *text;
    const char *shown;
};

static void check(const struct example *examples, size_t count, bool reveal)
{
    struct tt_redactor redactor = tt_redactor_make(reveal);
    for (size_t i = 0; i < count; i++) {
        struct tt_span shown = tt_redact(&redactor, examples[i].text, examples[i].how);
        if (!tt_span_eq(shown, tt_span_str(examples[i].shown)))
            fail_msg("\"%s\" became \"%.*s\", not \"%s\"", examples[i].text, (int)shown.len,
                     (const char *)shown.data, examples[i].shown);
    }
    assert_int_equal(redactor.err, TT_OK);
    tt_redactor_free(&redactor);
}

static void test_values_are_masked(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TT_REDACT_TEXT, "json:$.contacts[3].number", "json:$.contacts[3].number"},
        {TT_REDACT_TEXT, "http.request.header:user-agent", "http.request.header:user-agent"},
        {TT_REDACT_TEXT, "imei=358240051111110", "imei=" MASK},
        {TT_REDACT_TEXT, "x358240051111110y", "x" MASK "y"},
        {TT_REDACT_TEXT, "123456", "123456"},
        {TT_REDACT_TEXT, "1234567", MASK},
        {TT_REDACT_TEXT, "+91 98123 45678!", "+" MASK "!"},
        {TT_REDACT_TEXT, "(040) 123-4567", "(" MASK},
        {TT_REDACT_TEXT, "64:09:80:01:02:03.", MASK "."},
        {TT_REDACT_TEXT, "64-09-80-0a-0b-0c", MASK},
        {TT_REDACT_TEXT, "k=deadbeef0123", "k=" MASK},
        {TT_REDACT_TEXT, "deadbeef012", "deadbeef012"},
        {TT_REDACT_TEXT, "550e8400-e29b-41d4-a716-446655440000/x", MASK "/x"},
        {TT_REDACT_TEXT, "mail asha.rao@mail.example now", "mail " MASK "@mail.example now"},
        {TT_REDACT_TEXT, "asha%40mail.example", MASK "%40mail.example"},
        {TT_REDACT_TEXT, "a-AbCdEfGhIjKlMnOpQr12", "a-" MASK},
        {TT_REDACT_TEXT, "content_disposition_header", "content_disposition_header"},
        {TT_REDACT_HOST, "api.example.com", "api.example.com"},
        {TT_REDACT_HOST, "358240051111110.tracker.example", MASK ".tracker.example"},
        {TT_REDACT_HOST, "d41d8cd98f00b204.cdn.example", MASK ".cdn.example"},
        {TT_REDACT_HOST, "ec2-198-51-100-7.example", "ec2-198-51-100-7.example"},
        {TT_REDACT_HOST, "198.51.100.7", "198.51.100.7"},
        {TT_REDACT_HOST, "2001:db8:1234:5678:9abc:def0:1234:5678",
         "2001:db8:1234:5678:9abc:def0:1234:5678"},
        {TT_REDACT_HOST, "02:00:5e:10:00:17", "02:00:5e:" PAIR ":" PAIR ":" PAIR},
        {TT_REDACT_HOST, "ff:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff"},
        {TT_REDACT_HOST, "01:00:5e:00:00:fb", "01:00:5e:00:00:fb"},
        {TT_REDACT_HOST, "fe80::5eff:fe10:17", "fe80::5eff:fe" PAIR ":" PAIR},
        {TT_REDACT_HOST, "2001:db8::200:5eff:fe10:0", "2001:db8::200:5eff:fe" PAIR ":" PAIR},
        {TT_REDACT_HOST, "", ""},
        {TT_REDACT_HOST, NULL, ""},
    };
    check(examples, TT_ARRAY_LEN(examples), false);
}

static void test_urls(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TT_REDACT_URL, "http://api.example.com/v1/register?m=1&imei=358240051111110",
         "http://api.example.com/v1/register?m=" CUT "&imei=" CUT},
        {TT_REDACT_URL, "http://u:secret@api.example.com:8080/",
         "http://" CUT "@api.example.com:8080/"},
        {TT_REDACT_URL, "http://[2001:db8::7]:80/a", "http://[2001:db8::7]:80/a"},
        {TT_REDACT_URL, "http://[2001:db8::7", "http://[2001:db8::7"},
        {TT_REDACT_URL, "http://198.51.100.7/u/358240051111110/x",
         "http://198.51.100.7/u/" MASK "/x"},
        {TT_REDACT_URL, "/users/Asha%20Rao/photo.jpg", "/users/" CUT "/photo.jpg"},
        {TT_REDACT_URL, "/a;jsessionid=ABC;b/c", "/a;jsessionid=" CUT ";" CUT "/c"},
        {TT_REDACT_URL, "/x=y/z", "/x=" CUT "/z"},
        {TT_REDACT_URL, "/a?whatever", "/a?" CUT},
        {TT_REDACT_URL, "/a?b=&c", "/a?b=&" CUT},
        {TT_REDACT_URL, "/a?&&", "/a?&&"},
        {TT_REDACT_URL, "/a?358240051111110=1", "/a?" MASK "=" CUT},
        {TT_REDACT_URL, "/a#token", "/a#" CUT},
        {TT_REDACT_URL, "/a#t?x=y", "/a#" CUT},
        {TT_REDACT_URL, "api.example.com:443", "api.example.com:443"},
        {TT_REDACT_URL, "*", "*"},
        {TT_REDACT_URL, "", ""},
        {TT_REDACT_URL, "http://", "http://"},
        {TT_REDACT_URL, "http://358240051111110.t.example/", "http://" MASK ".t.example/"},
    };
    check(examples, TT_ARRAY_LEN(examples), false);
}

static void test_terminal_is_safe(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TT_REDACT_CLEAN, "a\033[2Jb", "a" BAD "[2Jb"},
        {TT_REDACT_CLEAN, "a\r\n\tb\x7f", "a" BAD BAD BAD "b" BAD},
        {TT_REDACT_CLEAN,
         "\xc2\x9b"
         "31m",
         BAD "31m"}, /* C1: CSI */
        {TT_REDACT_CLEAN,
         "moc.\xe2\x80\xae"
         "elpmaxe",
         "moc." BAD "elpmaxe"}, /* bidi override */
        {TT_REDACT_CLEAN,
         "a\xe2\x80\x8b"
         "b",
         "a" BAD "b"},                                  /* zero width */
        {TT_REDACT_CLEAN, "\xff\xfe\xc3", BAD BAD BAD}, /* not UTF-8 */
        {TT_REDACT_CLEAN, "b\xc3\xbcro", "b\xc3\xbcro"},
        {TT_REDACT_CLEAN, "358240051111110", "358240051111110"},
        {TT_REDACT_HOST, "a\033]0;x\007.example", "a" BAD "]0;x" BAD ".example"},
        {TT_REDACT_URL, "http://a\033.example/\033?\033=1#\033",
         "http://a" BAD ".example/" CUT "?" BAD "=" CUT "#" CUT},
    };
    check(examples, TT_ARRAY_LEN(examples), false);
}

static void test_reveal_keeps_values_and_drops_controls(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TT_REDACT_HOST, "358240051111110.tracker.example", "358240051111110.tracker.example"},
        {TT_REDACT_URL, "http://u:p@a.example/x%20y?imei=1#f",
         "http://u:p@a.example/x%20y?imei=1#f"},
        {TT_REDACT_TEXT, "asha@mail.example\033[m", "asha@mail.example" BAD "[m"},
    };
    check(examples, TT_ARRAY_LEN(examples), true);
}

/* Whatever the bytes are: the result is clean UTF-8, and comes. */
static void test_any_bytes(void **state)
{
    (void)state;
    static const char alphabet[] = "a1f9@%&=?#/;:[]-+._ \033\xc2\x9b\xe2\x80\xae\xff";
    uint64_t seed = 88172645463325252U;
    struct tt_redactor redactor = tt_redactor_make(false);
    char text[80];
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)(seed % (sizeof(text) - 1));
        for (size_t i = 0; i < len; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            text[i] = alphabet[seed % (sizeof(alphabet) - 1)];
        }
        text[len] = '\0';
        for (enum tt_redact how = TT_REDACT_CLEAN; how <= TT_REDACT_URL; how++) {
            struct tt_span shown = tt_redact(&redactor, text, how);
            assert_true(tt_utf8_valid(shown));
            for (size_t i = 0; i < shown.len; i++)
                assert_true(shown.data[i] >= ' ' && shown.data[i] != 0x7f);
            /* No run of seven digits is ever left in what is not our own. */
            size_t digits = 0;
            for (size_t i = 0; i < shown.len && how != TT_REDACT_CLEAN; i++) {
                digits = tt_is_digit(shown.data[i]) ? digits + 1 : 0;
                assert_true(digits < 7);
            }
        }
    }
    assert_int_equal(redactor.err, TT_OK);
    tt_redactor_free(&redactor);
}

/* The texts that grow most, and very long ones, are cut, not refused. */
static void test_long_texts(void **state)
{
    (void)state;
    static const char *const units[] = {"a@", "\xff", "&a", "1-", "%/", "aaaaaaaaaaa.", "=&"};
    enum { LEN = 300000 };
    char *text = malloc(LEN + 1);
    assert_non_null(text);
    for (size_t u = 0; u < TT_ARRAY_LEN(units); u++) {
        size_t unit = strlen(units[u]);
        for (size_t i = 0; i < LEN; i++)
            text[i] = units[u][i % unit];
        text[LEN] = '\0';
        for (enum tt_redact how = TT_REDACT_CLEAN; how <= TT_REDACT_URL; how++) {
            struct tt_redactor redactor = tt_redactor_make(false);
            struct tt_span shown = tt_redact(&redactor, text, how);
            assert_int_equal(redactor.err, TT_OK);
            assert_true(shown.len > 3 && shown.len < 800000);
            assert_memory_equal(shown.data + shown.len - 3, CUT, 3);
            tt_redactor_free(&redactor);
        }
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_masked),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_terminal_is_safe),
        cmocka_unit_test(test_reveal_keeps_values_and_drops_controls),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
