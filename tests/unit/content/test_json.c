#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/json.h"
#include "recorder.h"

static const struct tt_body body = {.media_type = "application/json"};
static const struct tt_body nothing = {0};

static const char sample[] =
    "{\"imei\":\"358240051111110\", \"contacts\" : [ {\"number\":\"+358401234567\"},\n"
    "{\"number\":\"+35840\\u003765\\n4321\", \"n\":[1,-2.5e3,[true,false,null]]} ],"
    "\"odd name\":{\"\":\"x\",\"q\\\"k\":\"\\ud83d\\ude00\\/\\u00e9\\ud83dZ\"}, \"last\":42}\n"
    "{\"second\":\"line\"} 7 \"top\\t\"";

static void escaped_strings_open(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(sample);
    char *text = rec_say(&tt_decoder_json, &body, input, whole_input);
    static const char *const expected[] = {
        "coding json-string at 81 <json:$.contacts[1].number@81>\n  [+3584076",
        "5\\x0a4321]\n  complete at ",
        "<json-key:$[\"odd name\"]@",
        "[q\"k]\n",
        "<json:$[\"odd name\"][\"q\\\"k\"]@",
        "[\\xf0\\x9f\\x98\\x80/\\xc3\\xa9\\xef\\xbf\\xbdZ]\n",
        "<json:$@",
        "[top\\x09]\n",
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        if (strstr(text, expected[i]) == NULL)
            fail_msg("no %s in %s", expected[i], text);
    free(text);
    assert_cut_anywhere(&tt_decoder_json, &body, input);
    assert_survives_damage(&tt_decoder_json, &body, input);
}

static void plain_json_opens_nothing(void **state)
{
    (void)state;
    assert_says(&tt_decoder_json, &body, tt_span_str("{\"a\":\"b\",\"c\":[1,2,{\"d\":null}]}"),
                "taken 30\n");
}

static void places(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(sample);
    const struct tt_decoder *json = &tt_decoder_json;
    assert_place(json, &body, input, "358240051111110", " <json:$.imei@9>");
    assert_place(json, &body, input, "imei", " <json-key:$@2>");
    assert_place(json, &body, input, "+358401234567", " <json:$.contacts[0].number@53>");
    assert_place(json, &body, input, "+35840\\u003765", " <json:$.contacts[1].number@81> claimed");
    assert_place(json, &body, input, "-2.5e3", " <json:$.contacts[1].n[1]@111>");
    assert_place(json, &body, input, "false", " <json:$.contacts[1].n[2][1]@124>");
    assert_place(json, &body, input, "42", " <json:$.last@205>");
    assert_place(json, &body, input, "line", " <json:$.second@220>");
    assert_places_cut_anywhere(json, &body, input);
}

static void sloppy_json(void **state)
{
    (void)state;
    assert_place(&tt_decoder_json, &body, tt_span_str("\xef\xbb\xbf{\"a\":[1,2,],}"), "2",
                 " <json:$.a[1]@11>");
    assert_place(&tt_decoder_json, &body, tt_span_str(")]}',\n{\"a\":\"secret\"}"), "secret",
                 " <json:$.a@12>");
    assert_place(&tt_decoder_json, &body, tt_span_str("{\"a\":\"new\nline\"}"), "line",
                 " <json:$.a@6>");
}

static void gives_up_where_it_ends(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t taken;
    } all[] = {{"{\"a\":1} <html>", 8}, {"{\"a\" 1}", 5}, {"{a:1}", 1}, {"[1}", 2},
               {"{\"a\":1]", 6},        {"[1 2]", 3},     {"]", 0},     {"{,}", 1},
               {"{\"a\":,}", 5},        {"{\"a\":1}}", 7}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct recorder rec;
        rec_init(&rec, tt_span_str(all[i].text));
        rec_run(&rec, &tt_decoder_json, &body, whole_input, TT_BODY_COMPLETE, true);
        if (i != 6)
            assert_int_equal(rec.taken, all[i].taken);
        for (size_t at = 0; at < rec.input.len; at++)
            assert_non_null(rec.places[at]);
        rec_free(&rec);
        assert_cut_anywhere(&tt_decoder_json, &body, tt_span_str(all[i].text));
    }
}

static void depth_is_capped(void **state)
{
    (void)state;
    char text[400];
    memset(text, '[', sizeof(text));
    struct recorder rec;
    rec_init(&rec, tt_span_of(text, sizeof(text)));
    rec_run(&rec, &tt_decoder_json, &body, whole_input, TT_BODY_COMPLETE, true);
    assert_int_equal(rec.taken, TT_JSON_DEPTH_MAX);
    assert_true(tt_span_eq(tt_buf_span(&rec.notes), tt_span_str("note content.json.depth\n")));
    rec_free(&rec);
}

static void long_paths_lose_their_middle(void **state)
{
    (void)state;
    struct tt_buf text = tt_buf_make(1 << 20);
    for (int i = 0; i < 100; i++)
        assert_int_equal(tt_buf_printf(&text, "{\"name_of_level_%d_\xc3\xa9\":", i), TT_OK);
    rec_put(&text, "\"secret\"");
    struct tt_span input = tt_buf_span(&text);
    char **places = rec_places(&tt_decoder_json, &body, input, whole_input);
    size_t at = tt_span_search(input, tt_span_str("secret"));
    assert_true(strlen(places[at]) > 480 && strlen(places[at]) < TT_PATH_MAX + 20);
    assert_memory_equal(places[at], " <json:$[\"name_of_level_0_\xc3\xa9\"]", 30);
    assert_non_null(strstr(places[at], "\xe2\x80\xa6"));
    assert_non_null(strstr(places[at], "[\"name_of_level_99_\xc3\xa9\"]@"));
    assert_true(tt_span_search(tt_span_str(places[at]), tt_span_str("?")) == SIZE_MAX);
    char **cut = rec_places(&tt_decoder_json, &body, input, single_bytes);
    assert_string_equal(places[at], cut[at]);
    free_places(cut, input.len);
    free_places(places, input.len);
    tt_buf_free(&text);
}

static void long_names_and_strings(void **state)
{
    (void)state;
    static char text[12000];
    memset(text, 'v', sizeof(text));
    memcpy(text, "{\"", 2);
    memset(text + 2, 'n', 1000);
    memcpy(text + 1002, "\":\"", 3);
    memcpy(text + 9000, "\\n", 2);
    memcpy(text + sizeof(text) - 2, "\"}", 2);
    struct tt_span input = tt_span_of(text, sizeof(text));
    char *whole = rec_say(&tt_decoder_json, &body, input, whole_input);
    char start[64];
    (void)snprintf(start, sizeof(start), "coding json-string at %d <json:$.nnnn",
                   9000 - TT_FORM_MAX + 1); /* in step with the start of the value */
    assert_memory_equal(whole, start, strlen(start));
    static const struct cutting cuttings[] = {{1, 1}, {500, 3}, {8999, 2}, {9001, 700}, {77, 1448}};
    for (size_t i = 0; i < sizeof(cuttings) / sizeof(cuttings[0]); i++) {
        char *cut = rec_say(&tt_decoder_json, &body, input, cuttings[i]);
        assert_string_equal(cut, whole);
        free(cut);
    }
    free(whole);
}

static void refused_strings_are_not_claimed(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, tt_span_str("{\"a\":\"x\\ny\",\"b\":\"z\\n\"}"));
    rec.refuse = true;
    rec_run(&rec, &tt_decoder_json, &body, whole_input, TT_BODY_COMPLETE, true);
    assert_string_equal(rec.places[6], " <json:$.a@6>");
    assert_string_equal(rec.places[18], " <json:$.b@17>");
    rec_free(&rec);
}

static bool is_json(const struct tt_body *of, const char *text)
{
    return tt_decoder_pick(of, tt_span_str(text), true) == &tt_decoder_json;
}

static void picked(void **state)
{
    (void)state;
    static const char *const yes[] = {"{\"a\":1}",
                                      " \n{ \"a\" : 1}",
                                      "[{\"a\":1}]",
                                      "[\"a\"]",
                                      "[1,2]",
                                      "[-1.5e3]",
                                      "{}",
                                      "[[1]]",
                                      "[true]",
                                      "[]",
                                      "\xef\xbb\xbf{\"a\":1}",
                                      ")]}'\n{\"a\":1}"};
    static const char *const no[] = {"",      "{a:1}",          "[2014-08-07] log",
                                     "plain", "{ color: red }", "\"text\"",
                                     "123",   "[section]",      "<a>"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        if (!is_json(&nothing, yes[i]))
            fail_msg("%s", yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(is_json(&nothing, no[i]));
    assert_true(is_json(&body, "\"text\""));
    assert_true(is_json(&body, "123"));
    assert_false(is_json(&body, "<html>"));
    assert_true(is_json(&(struct tt_body){.media_type = "text/plain"}, "{\"a\":1}"));
    /* A JSON text under a declared coding that is not there is told. */
    assert_says(&tt_decoder_json, &(struct tt_body){.codings = "gzip"}, tt_span_str("{}"),
                "note content.lie\ntaken 2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escaped_strings_open),
        cmocka_unit_test(plain_json_opens_nothing),
        cmocka_unit_test(places),
        cmocka_unit_test(sloppy_json),
        cmocka_unit_test(gives_up_where_it_ends),
        cmocka_unit_test(depth_is_capped),
        cmocka_unit_test(long_paths_lose_their_middle),
        cmocka_unit_test(long_names_and_strings),
        cmocka_unit_test(refused_strings_are_not_claimed),
        cmocka_unit_test(picked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
