#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "binary_checks.h"
#include "content/thrift.h"

static const struct tt_body body = {.media_type = "application/vnd.apache.thrift.compact"};
static const struct tt_body nothing = {0};

/* 1: struct {1: i32 7, 2: "358240051111110", 3: true, 20: double}, 2: list of 2 strings,
 * 3: map {"key" -> i64 1, "kez" -> 2}, 4: list of 1 struct {1: "deep"}, 5: empty map, 6: byte */
#define FIELDS                                                                                     \
    "\x1c\x15\x0e\x18\x0f"                                                                         \
    "358240051111110"                                                                              \
    "\x11\x07\x28\x00\x00\x00\x00\x00\x00\xf0\x3f\x00"                                             \
    "\x19\x28\x08grey owl\x05"                                                                     \
    "again"                                                                                        \
    "\x1b\x02\x86\x03key\x02\x03kez\x04"                                                           \
    "\x19\x1c\x18\x04"                                                                             \
    "deep\x00"                                                                                     \
    "\x1b\x00\x13\x05"                                                                             \
    "\x00"

static const char bare[] = FIELDS;
static const char enveloped[] = "\x82\x21\x01\x08register" FIELDS;

static void places(void **state)
{
    (void)state;
    struct tt_span all[] = {tt_span_of(bare, sizeof(bare) - 1),
                            tt_span_of(enveloped, sizeof(enveloped) - 1)};
    for (size_t i = 0; i < 2; i++) {
        struct tt_span in = all[i];
        assert_step(&tt_decoder_thrift, &body, in, "358240051111110", "thrift:1.2");
        assert_step(&tt_decoder_thrift, &body, in, "\xf0\x3f", "thrift:1.20");
        assert_step(&tt_decoder_thrift, &body, in, "grey owl", "thrift:2[0]");
        assert_step(&tt_decoder_thrift, &body, in, "again", "thrift:2[1]");
        assert_step(&tt_decoder_thrift, &body, in, "key", "thrift:3[0]");
        assert_step(&tt_decoder_thrift, &body, in, "kez", "thrift:3[1]");
        assert_step(&tt_decoder_thrift, &body, in, "deep", "thrift:4[0].1");
        assert_places_cut_anywhere(&tt_decoder_thrift, &body, in);
        assert_binary_cut_anywhere(&tt_decoder_thrift, &body, in);
        assert_binary_survives_damage(&tt_decoder_thrift, &body, in);
        /* The number ends in a digit, and what stands behind it may look like one. */
        char *text = say(&tt_decoder_thrift, &body, in, whole_input);
        assert_non_null(strstr(text, "<thrift:1.2@"));
        assert_null(strchr(strchr(text, '\n') + 1, '<'));
        free(text);
    }
}

static void picked_by_content(void **state)
{
    (void)state;
    assert_ptr_equal(pick_whole(tt_span_of(bare, sizeof(bare) - 1)), &tt_decoder_thrift);
    assert_ptr_equal(pick_whole(tt_span_of(enveloped, sizeof(enveloped) - 1)), &tt_decoder_thrift);
    assert_null(tt_decoder_pick(&nothing, tt_span_of(bare, sizeof(bare) - 2), true));
    struct tt_span small = tt_span_of("\x82\x21\x01\x01z\x00", 6);
    assert_ptr_equal(tt_decoder_pick(&body, small, true), &tt_decoder_thrift);
    assert_null(tt_decoder_pick(&nothing, small, true));
}

static void inner_body(void **state)
{
    (void)state;
    static const char sample[] = "\x18\x1c{\"mail\":\"asha@mail.example\"}\x18\x10"
                                 "\xf0\x01\xf2\x03\xf4\x05\xf6\x07\xf8\x09\xfa\x0b\xfc\x0d\xfe\x0f"
                                 "\x00";
    struct tt_span in = tt_span_of(sample, sizeof(sample) - 1);
    char *text = say(&tt_decoder_thrift, &body, in, whole_input);
    assert_non_null(strstr(text, "slice  at 2 <thrift:1@1>\n  [{\"mail\":\"asha@mail.example\"}]"));
    assert_non_null(strstr(text, "slice  at 32 opaque <thrift:2@31>"));
    free(text);
    assert_binary_cut_anywhere(&tt_decoder_thrift, &body, in);
}

static void depth_is_capped(void **state)
{
    (void)state;
    char text[200];
    memset(text, '\x1c', sizeof(text));
    struct recorder rec;
    rec_init(&rec, tt_span_of(text, sizeof(text)));
    rec_run(&rec, &tt_decoder_thrift, &body, whole_input, TT_BODY_COMPLETE, true);
    assert_int_equal(rec.taken, TT_BINARY_DEPTH_MAX);
    assert_true(tt_span_eq(tt_buf_span(&rec.notes), tt_span_str("note content.binary.depth\n")));
    rec_free(&rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(picked_by_content),
        cmocka_unit_test(inner_body),
        cmocka_unit_test(depth_is_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
