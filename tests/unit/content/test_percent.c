#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/percent.h"
#include "recorder.h"

static const struct tt_body body = {0};

static void decoded(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str("%7B%22imei%22%3A%22358240051111110%22%7D+%zz%4");
    assert_says(&tt_decoder_percent, &body, input,
                "coding percent at 0\n  [{\"imei\":\"358240051111110\"}+%zz%4]\n"
                "  complete at 46\ntaken 46\n");
    assert_cut_anywhere(&tt_decoder_percent, &body, input);
    assert_survives_damage(&tt_decoder_percent, &body, input);
}

static void cut_short(void **state)
{
    (void)state;
    /* A cut escape stands for itself, so only inputs that end between escapes are fronts. */
    assert_cut_short(&tt_decoder_percent, &body, tt_span_str("abcdef-358240051111110"));
}

static void escapes_are_found(void **state)
{
    (void)state;
    assert_true(tt_percent_in(tt_span_str("100%25")));
    assert_true(tt_percent_in(tt_span_str("%%41")));
    assert_false(tt_percent_in(tt_span_str("100%")));
    assert_false(tt_percent_in(tt_span_str("%4")));
    assert_false(tt_percent_in(tt_span_str("%g1%1g")));
    assert_false(tt_percent_in(tt_span_str("")));
}

static void stops_when_told(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, tt_span_str("%41%41%41%41%41%41%41%41"));
    rec.stop_after = 3;
    rec_run(&rec, &tt_decoder_percent, &body, single_bytes, TT_BODY_COMPLETE, false);
    assert_true(rec.taken < rec.input.len);
    rec_free(&rec);
    rec_init(&rec, tt_span_str("%41%41"));
    rec.refuse = true;
    rec_run(&rec, &tt_decoder_percent, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, 0);
    rec_free(&rec);
}

static void picked(void **state)
{
    (void)state;
    static const char *const yes[] = {"%7B%22a%22%3A1%7D", "https%3A%2F%2Fhost.example%2F",
                                      "%E4%BD%A0%E5%A5"};
    static const char *const no[] = {"100%25", "a b %41%42", "{%41%42}", "%41%4g%42", "plain"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_ptr_equal(tt_decoder_pick(&body, tt_span_str(yes[i]), true), &tt_decoder_percent);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_null(tt_decoder_pick(&body, tt_span_str(no[i]), true));
    /* The head ends in an escape. */
    assert_ptr_equal(tt_decoder_pick(&body, tt_span_str("%41%42%4"), false), &tt_decoder_percent);
    assert_null(tt_decoder_pick(&body, tt_span_str("%41%42%4"), true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoded),
        cmocka_unit_test(cut_short),
        cmocka_unit_test(escapes_are_found),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(picked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
