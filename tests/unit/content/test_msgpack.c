#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "binary_checks.h"
#include "content/msgpack.h"

static const struct tt_body body = {.media_type = "application/x-msgpack"};
static const struct tt_body nothing = {0};

/* {"imei": "358240051111110", "list": [1, -500, {7: "grey owl"}, nil, 1.5], "raw": bin of 16,
 *  "time": timestamp, "in": '{"mail":"asha@mail.example"}', "u": 2^32 - 1} */
static const char sample[] =
    "\x86"
    "\xa4imei\xaf"
    "358240051111110"
    "\xa4list\x95\x01\xd1\xfe\x0c\x81\x07\xa8grey owl\xc0\xca\x3f\xc0\x00\x00"
    "\xa3raw\xc4\x10\xf0\x01\xf2\x03\xf4\x05\xf6\x07\xf8\x09\xfa\x0b\xfc\x0d\xfe\x0f"
    "\xa4time\xd6\xff\x53\xe3\x40\x40"
    "\xa2in\xd9\x1c{\"mail\":\"asha@mail.example\"}"
    "\xa1u\xce\xff\xff\xff\xff";

static struct tt_span input(void)
{
    return tt_span_of(sample, sizeof(sample) - 1);
}

static void places(void **state)
{
    (void)state;
    assert_step(&tt_decoder_msgpack, &body, input(), "358240051111110", "msgpack:$.imei");
    assert_step(&tt_decoder_msgpack, &body, input(), "imei", "msgpack-key:$");
    assert_step(&tt_decoder_msgpack, &body, input(), "\xd1\xfe\x0c", "msgpack:$.list[1]");
    assert_step(&tt_decoder_msgpack, &body, input(), "grey owl", "msgpack:$.list[2][\"7\"]");
    assert_step(&tt_decoder_msgpack, &body, input(), "\x01\xf2\x03", "msgpack:$.raw");
    assert_step(&tt_decoder_msgpack, &body, input(), "\x53\xe3", "msgpack:$.time");
    assert_step(&tt_decoder_msgpack, &body, input(), "asha@", "msgpack:$.in");
    assert_step(&tt_decoder_msgpack, &body, input(), "\xff\xff\xff\xff", "msgpack:$.u");
    assert_places_cut_anywhere(&tt_decoder_msgpack, &body, input());
}

static void inner_bodies(void **state)
{
    (void)state;
    char *text = say(&tt_decoder_msgpack, &body, input(), whole_input);
    assert_non_null(strstr(text, " opaque <msgpack:$.raw@"));
    assert_non_null(strstr(text, "<msgpack:$.in@"));
    assert_non_null(strstr(text, "[{\"mail\":\"asha@mail.example\"}]\n  complete"));
    free(text);
    assert_binary_cut_anywhere(&tt_decoder_msgpack, &body, input());
    assert_binary_survives_damage(&tt_decoder_msgpack, &body, input());
}

static void picked_by_content(void **state)
{
    (void)state;
    assert_ptr_equal(pick_whole(input()), &tt_decoder_msgpack);
    struct tt_span small = tt_span_of("\x81\x01\x02", 3);
    assert_null(tt_decoder_pick(&nothing, small, true));
    assert_ptr_equal(tt_decoder_pick(&body, small, true), &tt_decoder_msgpack);
    assert_null(tt_decoder_pick(&nothing, tt_span_sub(input(), 0, input().len - 1), true));
}

static void names_that_are_numbers(void **state)
{
    (void)state;
    struct tt_span in = tt_span_of("\x83\xff\xa1"
                                   "a\xd3\x80\x00\x00\x00\x00\x00\x00\x00\xa1"
                                   "b\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xa1"
                                   "c",
                                   26);
    assert_step(&tt_decoder_msgpack, &body, in, "a", "msgpack:$[\"-1\"]");
    assert_step(&tt_decoder_msgpack, &body, in, "b", "msgpack:$[\"-9223372036854775808\"]");
    assert_step(&tt_decoder_msgpack, &body, in, "c", "msgpack:$[\"18446744073709551615\"]");
}

static void gives_up(void **state)
{
    (void)state;
    static const char *const all[] = {"\x92\x01\xc1", "\x91\x01\x01"};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct recorder rec;
        rec_init(&rec, tt_span_of(all[i], 3));
        rec_run(&rec, &tt_decoder_msgpack, &body, whole_input, TT_BODY_COMPLETE, true);
        assert_int_equal(rec.taken, 2);
        assert_true(
            tt_span_eq(tt_buf_span(&rec.notes), tt_span_str("note content.binary.malformed\n")));
        rec_free(&rec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(inner_bodies),
        cmocka_unit_test(gives_up),
        cmocka_unit_test(picked_by_content),
        cmocka_unit_test(names_that_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
