#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/form.h"
#include "recorder.h"

static const struct tt_body body = {.media_type = "application/x-www-form-urlencoded"};
static const struct tt_body nothing = {0};

static const char sample[] = "imei=358240051111110&name=Asha+Rao&d=%7B%22a%22%3A1%7D&e%6D=%2&x%&"
                             "=empty&last=%zz%41";

static void escaped_values_open(void **state)
{
    (void)state;
    assert_says(&tt_decoder_form, &body, tt_span_str(sample),
                "coding percent at 26 <form:name@26>\n  [Asha Rao]\n  complete at 34\n"
                "coding percent at 37 <form:d@37>\n  [{\"a\":1}]\n  complete at 54\n"
                "coding percent at 55 <form-name@55>\n  [em]\n  complete at 59\n"
                "coding percent at 78 <form:last@78>\n  [%zzA]\n  complete at 84\n"
                "taken 84\n");
    assert_cut_anywhere(&tt_decoder_form, &body, tt_span_str(sample));
    assert_survives_damage(&tt_decoder_form, &body, tt_span_str(sample));
}

static void plain_form_opens_nothing(void **state)
{
    (void)state;
    assert_says(&tt_decoder_form, &body, tt_span_str("a=1&b=2&c"), "taken 9\n");
}

static void places(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(sample);
    assert_place(&tt_decoder_form, &body, input, "358240051111110", " <form:imei@5>");
    assert_place(&tt_decoder_form, &body, input, "imei", " <form-name@0>");
    assert_place(&tt_decoder_form, &body, input, "Asha+Rao", " <form:name@26> claimed");
    assert_place(&tt_decoder_form, &body, input, "%7B%22a%22%3A1%7D", " <form:d@37> claimed");
    assert_place(&tt_decoder_form, &body, input, "%2&", " <form:em@60>");
    assert_place(&tt_decoder_form, &body, input, "empty", " <form:@67>");
    assert_place(&tt_decoder_form, &body, input, "%zz%41", " <form:last@78> claimed");
    assert_places_cut_anywhere(&tt_decoder_form, &body, input);
}

/* A value that the sink refuses is searched in place: nobody else has it. */
static void refused_is_not_claimed(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, tt_span_str("d=%41%42"));
    rec.refuse = true;
    rec_run(&rec, &tt_decoder_form, &body, whole_input, TT_BODY_COMPLETE, true);
    assert_string_equal(rec.places[3], " <form:d@2>");
    assert_int_equal(rec.taken, 8);
    rec_free(&rec);
}

static void stops_one_value_only(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, tt_span_str("d=%41%42%43%44&e=%41"));
    rec.stop_after = 2;
    rec_run(&rec, &tt_decoder_form, &body, single_bytes, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, rec.input.len);
    assert_int_equal(rec.inner_count, 2);
    assert_memory_equal(rec.inner[0].tail.data, "broken", 6);
    assert_memory_equal(rec.inner[1].tail.data, "complete", 8);
    rec_free(&rec);
}

/* What comes long before the first escape has been searched in place and is not repeated. */
static void long_values(void **state)
{
    (void)state;
    static char text[9000];
    memset(text, 'a', sizeof(text));
    memcpy(text, "k=", 2);
    memcpy(text + 5000, "%42", 3);
    struct tt_span input = tt_span_of(text, sizeof(text));
    char *whole = rec_say(&tt_decoder_form, &body, input, whole_input);
    assert_non_null(strstr(whole, "coding percent at 3978 <form:k@2>\n"));
    static const struct cutting cuttings[] = {
        {1, 1}, {4998, 2}, {5001, 700}, {3000, 100}, {7, 999}};
    for (size_t i = 0; i < sizeof(cuttings) / sizeof(cuttings[0]); i++) {
        char *text_cut = rec_say(&tt_decoder_form, &body, input, cuttings[i]);
        assert_string_equal(text_cut, whole);
        free(text_cut);
    }
    free(whole);
    /* Hits in the part that is not repeated stay. */
    char **told = rec_places(&tt_decoder_form, &body, input, whole_input);
    assert_string_equal(told[100], " <form:k@2>");
    assert_string_equal(told[4999], " <form:k@2>");
    assert_string_equal(told[5000], " <form:k@2> claimed");
    assert_string_equal(told[8999], " <form:k@2> claimed");
    free_places(told, input.len);
}

static void hostile_names(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str("a%1b%5B31m%E2%80%AE\xff=secret");
    assert_place(&tt_decoder_form, &body, input, "secret", " <form:a?[31m??@21>");
    static char text[3000];
    memset(text, 'n', sizeof(text));
    memcpy(text + 2000, "=v%41", 5);
    struct recorder rec;
    rec_init(&rec, tt_span_of(text, sizeof(text)));
    rec_run(&rec, &tt_decoder_form, &body, whole_input, TT_BODY_COMPLETE, true);
    assert_int_equal(strlen(rec.places[2001]), strlen(" <form:@2001> claimed") + 128);
    rec_free(&rec);
}

static bool is_form(const struct tt_body *of, const char *text, bool whole)
{
    return tt_decoder_pick(of, tt_span_str(text), whole) == &tt_decoder_form;
}

static void picked(void **state)
{
    (void)state;
    assert_true(is_form(&body, "a=1", true));
    assert_true(is_form(&body, "data={\"a\":1}", true));
    assert_false(is_form(&body, "{\"a\":1}", true));
    assert_false(is_form(&body, "%7B%22a%22%3A1%7D", true));
    assert_false(is_form(&body, "\x01\x02=\x03", true));
    static const char *const yes[] = {"a=1&b=2", "imei=358240051111110", "a=1&b", "a=&b=2",
                                      "user[name]=x&_t=2"};
    static const char *const no[] = {"",          "a",           "dGVzdA==", "dGVzdA=",   "a b=1",
                                     "x = 1",     "<a href=1>",  "a=1\n",    "1=2",       "a&b",
                                     "a=\"b\"&c", "if(a==b)&&c", "=a",       "a=1&b=\x01"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(is_form(&nothing, yes[i], true));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(is_form(&nothing, no[i], true));
    assert_true(is_form(&nothing, "a=1&bcdefgh", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escaped_values_open),
        cmocka_unit_test(plain_form_opens_nothing),
        cmocka_unit_test(places),
        cmocka_unit_test(refused_is_not_claimed),
        cmocka_unit_test(stops_one_value_only),
        cmocka_unit_test(long_values),
        cmocka_unit_test(hostile_names),
        cmocka_unit_test(picked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
