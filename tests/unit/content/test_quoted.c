#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/quoted.h"
#include "recorder.h"

static const struct tt_body body = {.codings = "quoted-printable", .media_type = "text/plain"};

static void decoded(void **state)
{
    (void)state;
    /* RFC 2045, section 6.7: the example of a soft line break, and escapes. */
    struct tt_span input = tt_span_str(
        "Now's the time =\r\nfor all folk to come=\n to the aid of =41sha=3D=c3=A9 =zz =");
    assert_says(&tt_decoder_quoted, &body, input,
                "coding quoted-printable at 0 type=text/plain\n"
                "  [Now's the time for all folk to come to the aid of Asha=\\xc3\\xa9 =zz =]\n"
                "  complete at 76\ntaken 76\n");
    assert_cut_anywhere(&tt_decoder_quoted, &body, input);
    assert_survives_damage(&tt_decoder_quoted, &body, input);
}

static void cut_short(void **state)
{
    (void)state;
    assert_cut_short(&tt_decoder_quoted, &body, tt_span_str("imei 358240051111110 is sent"));
}

static void stops_when_told(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, tt_span_str("some=20text=20that=20is=20long=20enough"));
    rec.stop_after = 3;
    rec_run(&rec, &tt_decoder_quoted, &body, single_bytes, TT_BODY_COMPLETE, false);
    assert_true(rec.taken < rec.input.len);
    rec_free(&rec);
}

static void picked(void **state)
{
    (void)state;
    assert_ptr_equal(tt_decoder_pick(&body, tt_span_str("a=20b"), true), &tt_decoder_quoted);
    assert_null(tt_decoder_pick(&body, tt_span_of("\0\1\2", 3), true));
}

static bool shows(const char *text)
{
    static const struct tt_body undeclared = {.media_type = "text/plain"};
    return tt_decoder_quoted.claims(&undeclared, tt_span_str(text), true);
}

static void told_by_its_text(void **state)
{
    (void)state;
    assert_true(shows("Your id: =33=35=36 is"));
    assert_true(shows("id==33=35=36"));
    assert_true(shows("To: a@a.example\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\nx"));
    assert_false(shows("a=33&b=35&c=36"));
    assert_false(shows("a=33=35 b=36"));
    assert_false(shows("=33=35=3"));
    assert_false(shows("{\"a\":\"=33=35=36\"}"));
    assert_false(shows("BEGIN:VCARD\r\nN;ENCODING=QUOTED-PRINTABLE:=C3=A4=C3=B6"));
    assert_false(shows("Content-Transfer-Encoding: base64\r\n\r\nYQ=="));
    assert_false(shows(""));
    static const struct tt_body undone = {.step = "quoted-printable"};
    assert_false(tt_decoder_quoted.claims(&undone, tt_span_str("id: =33=35=36"), true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoded),          cmocka_unit_test(cut_short),
        cmocka_unit_test(stops_when_told),  cmocka_unit_test(picked),
        cmocka_unit_test(told_by_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
