#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/escape.h"
#include "recorder.h"

static char *say(struct tt_span input, struct cutting cutting, unsigned undone)
{
    struct recorder rec;
    rec_init(&rec, input);
    struct tt_escapes *escapes = tt_escapes_new(&rec.sink);
    assert_non_null(escapes);
    for (size_t at = 0; at < input.len;) {
        struct flush flush =
            flush_make(tt_span_sub(input, at, at == 0 ? cutting.first : cutting.step));
        struct tt_piece piece = {.bytes = flush.span, .at = at};
        rec.fed = at + flush.span.len;
        tt_escapes_feed(escapes, &piece, undone);
        at += flush.span.len;
        flush_free(&flush);
    }
    tt_escapes_end(escapes);
    assert_null(tt_escapes_inner(escapes));
    tt_escapes_free(escapes);
    char *text = rec_text(&rec);
    rec_free(&rec);
    return text;
}

/* Whole, in single bytes and cut at every point. */
static void assert_same(struct tt_span input, const char *expected)
{
    char *text = say(input, single_bytes, 0);
    assert_string_equal(text, expected);
    free(text);
    for (size_t at = 1; at < input.len; at++) {
        text = say(input, cut_at(at), 0);
        assert_string_equal(text, expected);
        free(text);
    }
}

static void assert_escapes(const char *text, const char *expected)
{
    char *whole = say(tt_span_str(text), whole_input, 0);
    assert_string_equal(whole, expected);
    free(whole);
    assert_same(tt_span_str(text), expected);
}

static void percent_words(void **state)
{
    (void)state;
    assert_escapes("{\"a\":\"asha%40mail.example\",\"b\":1}",
                   "coding percent at 6\n  [asha@mail.example]\n  complete at 25\ntaken 0\n");
    assert_escapes("to asha%40mail.example now",
                   "coding percent at 3\n  [asha@mail.example]\n  complete at 22\ntaken 0\n");
    assert_escapes("%2540", "coding percent at 0\n  [%40]\n  complete at 5\ntaken 0\n");
    assert_escapes("%", "taken 0\n");
    assert_escapes("100%, 5%x %zz %4", "taken 0\n");
    assert_escapes("%%41%4", "coding percent at 0\n  [%A%4]\n  complete at 6\ntaken 0\n");
    assert_escapes("a%41 b%42", "coding percent at 0\n  [aA]\n  complete at 4\n"
                                "coding percent at 5\n  [bB]\n  complete at 9\ntaken 0\n");
}

/* What escape() of browsers writes. */
static void percent_units(void **state)
{
    (void)state;
    assert_escapes("n=R%u0101m%E9%20a b", "coding percent-u at 2\n  [R\\xc4\\x81m\\xc3\\xa9 a]\n"
                                          "  complete at 17\ntaken 0\n");
    assert_escapes("%ud83d%ude00%ud83dx", "coding percent-u at 0\n"
                                          "  [\\xf0\\x9f\\x98\\x80\\xef\\xbf\\xbdx]\n"
                                          "  complete at 19\ntaken 0\n");
    assert_escapes("%u0041%u00", "coding percent-u at 0\n  [A%u00]\n  complete at 10\ntaken 0\n");
    assert_escapes("50%up %u %u00g0", "taken 0\n");
    assert_escapes("%41%u0042", "coding percent at 0\n  [A%u0042]\n  complete at 9\ntaken 0\n");
    /* A form undoes the others. */
    struct tt_span input = tt_span_str("k=%41&n=%u0042");
    char *whole = say(input, whole_input, TT_ESCAPE_PERCENT);
    assert_string_equal(whole, "coding percent-u at 8\n  [B]\n  complete at 14\ntaken 0\n");
    for (size_t at = 1; at < input.len; at++) {
        char *cut = say(input, cut_at(at), TT_ESCAPE_PERCENT);
        assert_string_equal(cut, whole);
        free(cut);
    }
    free(whole);
}

static void character_references(void **state)
{
    (void)state;
    assert_escapes("<p>asha&#x40;mail&period;example and more</p>",
                   "coding char-ref at 3\n  [asha@mail.example and more]\n  complete at 41\n"
                   "taken 0\n");
    assert_escapes("data='{&quot;a&quot;:1}'",
                   "coding char-ref at 6\n  [{\"a\":1}]\n  complete at 23\ntaken 0\n");
    assert_escapes("Jos&eacute; &#50;&#0;&#1114112;",
                   "coding char-ref at 0\n  [Jos\\xc3\\xa9 2\\xef\\xbf\\xbd\\xef\\xbf\\xbd]\n"
                   "  complete at 31\ntaken 0\n");
    assert_escapes("a=1&b=2&amp", "taken 0\n");
    assert_escapes("&#; &#x; &#12345678; &unknown; &toolongname; &;", "taken 0\n");
    assert_escapes("&amp;#64;", "coding char-ref at 0\n  [&#64;]\n  complete at 9\ntaken 0\n");
}

static void backslashes(void **state)
{
    (void)state;
    assert_escapes("x = \"asha\\x40mail.example\";",
                   "coding backslash at 5\n  [asha@mail.example]\n  complete at 25\ntaken 0\n");
    assert_escapes(
        "\\u0041\\/\\\"\\n\\q\\x4",
        "coding backslash at 0\n  [A/\"\\x0a\\x5cq\\x5cx4]\n  complete at 17\ntaken 0\n");
    /* Those that stand in any source text do not begin a run. */
    assert_escapes("a\\nb\\\\x41\\/", "taken 0\n");
    assert_escapes("\\ud83d\\ude00", "coding backslash at 0\n  [\\xf0\\x9f\\x98\\x80]\n"
                                     "  complete at 12\ntaken 0\n");
    assert_escapes("\\ud83d\\u0041", "coding backslash at 0\n  [\\xef\\xbf\\xbdA]\n"
                                     "  complete at 12\ntaken 0\n");
    assert_escapes("\\ud83d\\x41\\ud83d", "coding backslash at 0\n  [\\xef\\xbf\\xbdA\\x5cud83d]\n"
                                          "  complete at 16\ntaken 0\n");
    assert_escapes("\\%41", "coding percent at 0\n  [\\x5cA]\n  complete at 4\ntaken 0\n");
}

static void other_backslashes(void **state)
{
    (void)state;
    assert_escapes("\\u{e9}\\u{1F600}\\u{}\\u{1234567}\\u{110000}",
                   "coding backslash at 0\n  [\\xc3\\xa9\\xf0\\x9f\\x98\\x80\\x5cu{}\\x5cu{1234567}"
                   "\\xef\\xbf\\xbd]\n  complete at 40\ntaken 0\n");
    assert_escapes(
        "'\\101\\303\\251\\400\\18'",
        "coding backslash at 1\n  [A\\xc3\\xa9\\x5c400\\x5c18]\n  complete at 20\ntaken 0\n");
}

static void quoted_printable(void **state)
{
    (void)state;
    assert_escapes("X: =33=35=38 and =34",
                   "coding quoted-printable at 0\n  [X: 358 and 4]\n  complete at 20\ntaken 0\n");
    /* Two that are a letter beyond ASCII, as in the encoded words of RFC 2047. */
    assert_escapes("<Jos=C3=A9_A=2E>", "coding quoted-printable at 1\n  [Jos\\xc3\\xa9_A.]\n"
                                       "  complete at 15\ntaken 0\n");
    assert_escapes("a=12&b=34&c==41=4&d=C3=41=4g=41=42", "taken 0\n");
    /* Behind many bytes that are looked at together. */
    char text[200];
    memset(text, '=', sizeof(text));
    memset(text, ' ', 120);
    memcpy(text + 120, "=41=42=43", 10);
    assert_escapes(text + 3, "coding quoted-printable at 0\n  ["
                             "                                                            "
                             "                                                         "
                             "ABC]\n  complete at 126\ntaken 0\n");
}

static void left_to_others(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str("%41 %u0041 &#65; \\x41 =41=42=43");
    static const unsigned all[] = {TT_ESCAPE_PERCENT, TT_ESCAPE_REFERENCE, TT_ESCAPE_BACKSLASH,
                                   TT_ESCAPE_QUOTED, TT_ESCAPE_UNIT};
    static const char *const left[] = {"percent ", "char-ref", "backslash", "quoted-printable",
                                       "percent-u"};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        char *text = say(input, whole_input, all[i]);
        assert_null(strstr(text, left[i]));
        free(text);
    }
}

static void long_words(void **state)
{
    (void)state;
    static char text[6000];
    memset(text, 'a', sizeof(text));
    memcpy(text + 4000, "%42", 3);
    struct tt_span input = tt_span_of(text, sizeof(text));
    char *whole = say(input, whole_input, 0);
    assert_non_null(strstr(whole, "coding percent at 2976\n"));
    assert_non_null(strstr(whole, "complete at 6000\n"));
    static const struct cutting cuttings[] = {
        {1, 1}, {3998, 2}, {4001, 700}, {3000, 100}, {7, 999}};
    for (size_t i = 0; i < sizeof(cuttings) / sizeof(cuttings[0]); i++) {
        char *cut = say(input, cuttings[i], 0);
        assert_string_equal(cut, whole);
        free(cut);
    }
    free(whole);
}

/* Any bytes: the same however they are cut. */
static void damage(void **state)
{
    (void)state;
    static const char sample[] = "k=asha%40x&#64;y %u0040%41 \"b\\x40c\\ud83d\\ude00\" <i>&lt;%2e";
    static const uint8_t bytes[] = {'%', '&', '\\', '"', ' ', ';', 'u', '4', 0, 0x80};
    char text[sizeof(sample)];
    for (size_t at = 0; at < sizeof(sample) - 1; at++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            memcpy(text, sample, sizeof(sample));
            text[at] = (char)bytes[i];
            struct tt_span input = tt_span_of(text, sizeof(sample) - 1);
            char *whole = say(input, whole_input, 0);
            assert_same(input, whole);
            free(whole);
        }
    }
}

/* An object is used for one text after the other. */
static void used_again(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, tt_span_str("asha%4"));
    struct tt_escapes *escapes = tt_escapes_new(&rec.sink);
    struct tt_piece piece = {.bytes = rec.input, .at = 0};
    rec.fed = rec.input.len;
    tt_escapes_feed(escapes, &piece, 0);
    tt_escapes_end(escapes);
    struct tt_piece other = {.bytes = tt_span_str("0x%41"), .at = 0};
    rec.fed = other.bytes.len;
    tt_escapes_feed(escapes, &other, 0);
    tt_escapes_end(escapes);
    tt_escapes_free(escapes);
    char *text = rec_text(&rec);
    assert_string_equal(text, "coding percent at 0\n  [0xA]\n  complete at 5\ntaken 0\n");
    free(text);
    rec_free(&rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percent_words),
        cmocka_unit_test(percent_units),
        cmocka_unit_test(character_references),
        cmocka_unit_test(backslashes),
        cmocka_unit_test(other_backslashes),
        cmocka_unit_test(quoted_printable),
        cmocka_unit_test(left_to_others),
        cmocka_unit_test(long_words),
        cmocka_unit_test(damage),
        cmocka_unit_test(used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
