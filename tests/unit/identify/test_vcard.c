/* vCard files of versions 2.1, 3.0 and 4.0, as phones write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "identify/vcard.h"
#include "support/flush.h"

#include <string.h>

/* Writes each contact as "LINE NAME|NUMBER...|EMAIL...". */
static enum tt_err write_card(void *context, const struct tt_vcard *card)
{
    struct tt_buf *out = context;
    enum tt_err err = tt_buf_printf(out, "%u %.*s", card->line, (int)card->name.len,
                                    (const char *)card->name.data);
    for (size_t i = 0; i < card->number_count && err == TT_OK; i++)
        err = tt_buf_printf(out, "%s%.*s", i == 0 ? "|" : ",", (int)card->numbers[i].len,
                            (const char *)card->numbers[i].data);
    for (size_t i = 0; i < card->email_count && err == TT_OK; i++)
        err = tt_buf_printf(out, "%s%.*s", i == 0 ? "|@" : ",", (int)card->emails[i].len,
                            (const char *)card->emails[i].data);
    return err == TT_OK ? tt_buf_append_u8(out, '\n') : err;
}

static enum tt_err read_cards(struct tt_span text, struct tt_buf *out, size_t *skipped)
{
    struct tt_arena arena = tt_arena_make(1048576);
    struct flush copy = flush_make(text);
    enum tt_err err = tt_vcard_read(copy.span, &arena, write_card, out, skipped);
    flush_free(&copy);
    tt_arena_wipe(&arena);
    return err;
}

static void expect_skipping(const char *text, const char *expected, size_t skipped)
{
    struct tt_buf out = tt_buf_make(65536);
    size_t seen = SIZE_MAX;
    assert_int_equal(read_cards(tt_span_str(text), &out, &seen), TT_OK);
    assert_int_equal(tt_buf_append_u8(&out, 0), TT_OK);
    assert_string_equal((const char *)out.data, expected);
    assert_int_equal(seen, skipped);
    tt_buf_free(&out);
}

static void expect(const char *text, const char *expected)
{
    expect_skipping(text, expected, 0);
}

static void test_version_2_1(void **state)
{
    (void)state;
    expect("BEGIN:VCARD\r\nVERSION:2.1\r\n"
           "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4D=C3=BC=6C=6C=65=72;=4A=6F=73=C3=A9;;;\r\n"
           "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4A=6F=73=C3=A9=20=4D=C3=BC=\r\n"
           "=6C=6C=65=72\r\n"
           "TEL;CELL;PREF:+49 151 23456789\r\nTEL;HOME:030 1234567\r\n"
           "EMAIL;HOME:jose@mail.example\r\nEND:VCARD\r\n",
           "1 Jos\xc3\xa9 M\xc3\xbcller|+49 151 23456789,030 1234567|@jose@mail.example\n");
}

static void test_version_3_0(void **state)
{
    (void)state;
    expect("BEGIN:VCARD\nVERSION:3.0\nN:Rao;Asha;;Dr.;\n"
           "FN:Asha\\, the\n  one\nitem1.TEL;type=CELL;type=pref:+91 98123\n  45678\n"
           "item1.X-ABLabel:_$!<HomePage>!$_\n"
           "EMAIL;TYPE=INTERNET:asha@\n example.org\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\n SkZJ\n"
           "END:VCARD\n"
           "BEGIN:VCARD\nN:Virtanen;Mika;;;\nEND:VCARD\n",
           "1 Asha, the one|+91 98123 45678|@asha@example.org\n14 Mika Virtanen\n");
}

static void test_version_4_0(void **state)
{
    (void)state;
    expect("\xef\xbb\xbf"
           "BEGIN:VCARD\r\nVERSION:4.0\r\nFN;LANGUAGE=\"a:b;c\":Noor\r\n"
           "TEL;VALUE=uri;TYPE=\"voice,home\":tel:+358-40-123-4567;ext=12\r\n"
           "EMAIL:mailto:noor@mail.example\r\nEND:VCARD\r\n",
           "1 Noor|+358-40-123-4567|@noor@mail.example\n");
}

static void test_names(void **state)
{
    (void)state;
    expect("BEGIN:VCARD\nN:;Asha;;;\nEND:VCARD\n", "1 Asha\n");
    expect("BEGIN:VCARD\nN:Rao\\;x;As\\\\ha\nEND:VCARD\n", "1 As\\ha Rao;x\n");
    expect("BEGIN:VCARD\nFN:\nN:Rao;Asha\nEND:VCARD\n", "1 Asha Rao\n");
    expect("BEGIN:VCARD\nFN:First\nFN:Second\nN:Rao;Asha\nEND:VCARD\n", "1 First\n");
    /* Latin-1 that does not say so. */
    expect("BEGIN:VCARD\nFN:J\xf6rg\nEND:VCARD\n", "1 J\xc3\xb6rg\n");
}

static void test_hostile(void **state)
{
    (void)state;
    /* Cut, nested, without an end; words in any case; lines without a colon. */
    expect("begin:vcard\nfn:Asha\n", "1 Asha\n");
    expect("BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nEND:VCARD\nEND:VCARD\n", "1 A\n3 B\n");
    expect("FN:nobody\nBEGIN:VCARD\nnonsense\n\n:\n;;:x\nFN:A\nEND:VCARD\nFN:late\n", "2 A\n");
    expect("BEGIN:VCARD\nEND:VCARD\n", "");
    expect("BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE:A=4=ZZ=\nEND:VCARD", "1 A=4=ZZEND:VCARD\n");
    expect_skipping("BEGIN:VCARD\nFN:A\nTEL:\nTEL;ENCODING=BASE64:KzQ5\nEND:VCARD\n", "1 A\n", 2);
    struct tt_buf out = tt_buf_make(64);
    size_t skipped = 0;
    assert_int_equal(read_cards(tt_span_str("no card"), &out, &skipped), TT_ERR_FORMAT);
    assert_int_equal(read_cards(tt_span_str(""), &out, &skipped), TT_ERR_FORMAT);
    /* The error of the callback is passed on. */
    out.max = 1;
    assert_int_equal(read_cards(tt_span_str("BEGIN:VCARD\nFN:Asha\n"), &out, &skipped),
                     TT_ERR_LIMIT);
    tt_buf_free(&out);
}

static void test_too_many_numbers(void **state)
{
    (void)state;
    struct tt_buf text = tt_buf_make(65536);
    struct tt_buf out = tt_buf_make(65536);
    size_t skipped = 0;
    assert_int_equal(tt_buf_append_str(&text, "BEGIN:VCARD\n"), TT_OK);
    for (int i = 0; i < TT_VCARD_VALUES_MAX + 5; i++)
        assert_int_equal(tt_buf_printf(&text, "TEL:+91%d\n", i), TT_OK);
    assert_int_equal(read_cards(tt_buf_span(&text), &out, &skipped), TT_OK);
    assert_int_equal(skipped, 5);
    tt_buf_free(&text);
    tt_buf_free(&out);
}

/* Cut anywhere, it is read without harm. */
static void test_cut_everywhere(void **state)
{
    (void)state;
    static const char text[] =
        "BEGIN:VCARD\r\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=41=\r\n=C3=BC\r\n"
        "TEL;X=\"a:b\":tel:+91 9\r\n 8;ext=1\r\nN:a\\;b;c\\\r\nEMAIL:x@y\\,\r\nEND:VCARD\r\n";
    for (size_t len = 0; len < sizeof(text); len++) {
        struct tt_buf out = tt_buf_make(65536);
        size_t skipped = 0;
        enum tt_err err = read_cards(tt_span_of(text, len), &out, &skipped);
        assert_true(err == TT_OK || (err == TT_ERR_FORMAT && len < 11));
        tt_buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_2_1),    cmocka_unit_test(test_version_3_0),
        cmocka_unit_test(test_version_4_0),    cmocka_unit_test(test_names),
        cmocka_unit_test(test_hostile),        cmocka_unit_test(test_too_many_numbers),
        cmocka_unit_test(test_cut_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
