#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "binary_checks.h"
#include "content/cbor.h"

static const struct tt_body body = {.media_type = "application/cbor"};
static const struct tt_body nothing = {0};

/* {"imei": "358240051111110", "a": [1, -500, {2: "grey owl"}, 1.5], "raw": bytes of 16,
 *  "in": '{"mail":"asha@mail.example"}', "odd-name": (_ "cut ", "text"), "end": [_ true, "last"]}
 */
static const char sample[] =
    "\xa6"
    "\x64imei\x6f"
    "358240051111110"
    "\x61"
    "a\x84\x01\x39\x01\xf3\xa1\x02\x68grey owl\xf9\x3e\x00"
    "\x63raw\x50\xf0\x01\xf2\x03\xf4\x05\xf6\x07\xf8\x09\xfa\x0b\xfc\x0d\xfe\x0f"
    "\x62in\x58\x1c{\"mail\":\"asha@mail.example\"}"
    "\x68odd-name\x7f\x64"
    "cut \x64text\xff"
    "\x63"
    "end\x9f\xf5\x64last\xff";

static struct tt_span input(void)
{
    return tt_span_of(sample, sizeof(sample) - 1);
}

static void places(void **state)
{
    (void)state;
    assert_step(&tt_decoder_cbor, &body, input(), "358240051111110", "cbor:$.imei");
    assert_step(&tt_decoder_cbor, &body, input(), "imei", "cbor-key:$");
    assert_step(&tt_decoder_cbor, &body, input(), "\x39\x01\xf3", "cbor:$.a[1]");
    assert_step(&tt_decoder_cbor, &body, input(), "grey owl", "cbor:$.a[2][\"2\"]");
    assert_step(&tt_decoder_cbor, &body, input(), "\x01\xf2\x03", "cbor:$.raw");
    assert_step(&tt_decoder_cbor, &body, input(), "asha@", "cbor:$.in");
    assert_step(&tt_decoder_cbor, &body, input(), "text", "cbor:$[\"odd-name\"]");
    assert_step(&tt_decoder_cbor, &body, input(), "last", "cbor:$.end[1]");
    assert_places_cut_anywhere(&tt_decoder_cbor, &body, input());
}

static void inner_bodies(void **state)
{
    (void)state;
    char *text = say(&tt_decoder_cbor, &body, input(), whole_input);
    assert_non_null(strstr(text, " opaque <cbor:$.raw@"));
    assert_non_null(strstr(text, "<cbor:$.in@"));
    assert_non_null(strstr(text, "[{\"mail\":\"asha@mail.example\"}]\n  complete"));
    free(text);
    /* A type that looks like a letter in front of a word. */
    text = say(&tt_decoder_cbor, &body, tt_span_str("\xa1\x61k\x66secret"), whole_input);
    assert_non_null(strstr(text, "<cbor:$.k@"));
    assert_non_null(strstr(text, "[secret]"));
    free(text);
    assert_binary_cut_anywhere(&tt_decoder_cbor, &body, input());
    assert_binary_survives_damage(&tt_decoder_cbor, &body, input());
}

static void picked_by_content(void **state)
{
    (void)state;
    assert_ptr_equal(pick_whole(input()), &tt_decoder_cbor);
    assert_null(tt_decoder_pick(&nothing, tt_span_str("\xa1plain text"), true));
    assert_null(tt_decoder_pick(&nothing, tt_span_sub(input(), 0, input().len - 1), true));
    /* Self-described, and so small that nothing else shows it. */
    struct tt_span tagged = tt_span_of("\xd9\xd9\xf7\x81\x01", 5);
    assert_ptr_equal(tt_decoder_pick(&nothing, tagged, true), &tt_decoder_cbor);
    struct tt_span small = tt_span_of("\xa1\x01\x02", 3);
    assert_null(tt_decoder_pick(&nothing, small, true));
    assert_ptr_equal(tt_decoder_pick(&body, small, true), &tt_decoder_cbor);
    static const struct tt_body senml = {.media_type = "application/senml+cbor"};
    assert_ptr_equal(tt_decoder_pick(&senml, small, true), &tt_decoder_cbor);
}

static void gives_up(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        size_t taken;
    } all[] = {
        {"\x82\x01\xff", 3, 2},         /* a break that nothing waits for */
        {"\xbf\x61k\xff", 4, 3},        /* a name without a value */
        {"\x82\x01\x1c", 3, 2},         /* a reserved length */
        {"\x9f\x7f\x41\x00\xff", 5, 2}, /* bytes among chunks of text */
        {"\x80\x01", 2, 1},             /* a number that belongs to nothing */
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct recorder rec;
        rec_init(&rec, tt_span_of(all[i].bytes, all[i].len));
        rec_run(&rec, &tt_decoder_cbor, &body, whole_input, TT_BODY_COMPLETE, true);
        assert_int_equal(rec.taken, all[i].taken);
        assert_true(
            tt_span_eq(tt_buf_span(&rec.notes), tt_span_str("note content.binary.malformed\n")));
        rec_free(&rec);
    }
}

static void depth_is_capped(void **state)
{
    (void)state;
    char text[200];
    memset(text, '\x81', sizeof(text));
    struct recorder rec;
    rec_init(&rec, tt_span_of(text, sizeof(text)));
    rec_run(&rec, &tt_decoder_cbor, &body, whole_input, TT_BODY_COMPLETE, true);
    assert_int_equal(rec.taken, TT_BINARY_DEPTH_MAX);
    assert_true(tt_span_eq(tt_buf_span(&rec.notes), tt_span_str("note content.binary.depth\n")));
    rec_free(&rec);
}

/* A name longer than what is kept, and a value longer than what is looked at. */
static void long_strings(void **state)
{
    (void)state;
    static char text[3 + 1000 + 3 + 2000];
    memcpy(text, "\xa1\x79\x03\xe8", 4);
    memset(text + 4, 'n', 1000);
    memcpy(text + 1004, "\x79\x07\xce", 3);
    memset(text + 1007, ' ', sizeof(text) - 1007);
    memcpy(text + 1007, "{\"a\":\"secret\"", 13);
    text[sizeof(text) - 1] = '}';
    text[1005] = (char)((sizeof(text) - 1007) >> 8);
    text[1006] = (char)((sizeof(text) - 1007) & 0xff);
    struct tt_span in = tt_span_of(text, sizeof(text));
    static const struct cutting cuttings[] = {{1, 1}, {100, 3}, {1006, 2}, {77, 1448}};
    char *expected = say(&tt_decoder_cbor, &body, in, whole_input);
    assert_non_null(strstr(expected, "slice  at 1007 <cbor:$.nnn"));
    for (size_t i = 0; i < sizeof(cuttings) / sizeof(cuttings[0]); i++)
        assert_same(&tt_decoder_cbor, &body, in, cuttings[i], expected);
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(inner_bodies),
        cmocka_unit_test(picked_by_content),
        cmocka_unit_test(gives_up),
        cmocka_unit_test(depth_is_capped),
        cmocka_unit_test(long_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
