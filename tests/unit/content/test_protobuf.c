#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "binary_checks.h"
#include "content/protobuf.h"

static const struct tt_body body = {.media_type = "application/x-protobuf"};
static const struct tt_body grpc = {.media_type = "application/grpc"};
static const struct tt_body nothing = {0};

/* 1: {1: 7, 3: {2: "358240051111110", 4: fixed 1.0}}, 2: "grey owl", 3: bytes of 16, 4: 150,
 * 5: '{"mail":"asha@mail.example"}', 16: group {1: "in group"}, 2: "again" */
static const char sample[] =
    "\x0a\x1e\x08\x07\x1a\x1a\x12\x0f"
    "358240051111110"
    "\x21\x00\x00\x00\x00\x00\x00\xf0\x3f"
    "\x12\x08grey owl"
    "\x1a\x10\xf0\x01\xf2\x03\xf4\x05\xf6\x07\xf8\x09\xfa\x0b\xfc\x0d\xfe\x0f"
    "\x20\x96\x01"
    "\x2a\x1c{\"mail\":\"asha@mail.example\"}"
    "\x83\x01\x0a\x08in group\x84\x01"
    "\x12\x05"
    "again";

static struct tt_span input(void)
{
    return tt_span_of(sample, sizeof(sample) - 1);
}

static void places(void **state)
{
    (void)state;
    const struct tt_decoder *protobuf = &tt_decoder_protobuf;
    assert_step(protobuf, &body, input(), "358240051111110", "protobuf:1.3.2");
    assert_step(protobuf, &body, input(), "\xf0\x3f", "protobuf:1.3.4");
    assert_step(protobuf, &body, input(), "grey owl", "protobuf:2");
    assert_step(protobuf, &body, input(), "\x01\xf2\x03", "protobuf:3");
    assert_step(protobuf, &body, input(), "\x96\x01", "protobuf:4");
    assert_step(protobuf, &body, input(), "asha@", "protobuf:5");
    assert_step(protobuf, &body, input(), "in group", "protobuf:16.1");
    assert_step(protobuf, &body, input(), "again", "protobuf:2");
}

/* However it is cut, a byte has the same place, or that of a field around it. */
static void places_cut_anywhere(void **state)
{
    (void)state;
    struct tt_span in = input();
    char **expected = rec_places(&tt_decoder_protobuf, &body, in, whole_input);
    for (size_t cut = 1; cut < in.len; cut++) {
        char **places = rec_places(&tt_decoder_protobuf, &body, in, cut_at(cut));
        for (size_t i = 0; i < in.len; i++) {
            size_t len = strcspn(places[i], "@");
            assert_memory_equal(places[i], expected[i], len);
            assert_true(expected[i][len] == '@' || expected[i][len] == '.' ||
                        expected[i][len] == '\0' || len == 0);
        }
        free_places(places, in.len);
    }
    free_places(expected, in.len);
}

static void inner_bodies(void **state)
{
    (void)state;
    char *text = say(&tt_decoder_protobuf, &body, input(), whole_input);
    assert_non_null(strstr(text, " opaque <protobuf:3@"));
    assert_non_null(strstr(text, "<protobuf:5@"));
    assert_non_null(strstr(text, "[{\"mail\":\"asha@mail.example\"}]\n  complete"));
    assert_null(strstr(text, "note"));
    free(text);
    assert_binary_cut_anywhere(&tt_decoder_protobuf, &body, input());
    assert_binary_survives_damage(&tt_decoder_protobuf, &body, input());
}

static void picked_by_content(void **state)
{
    (void)state;
    struct tt_span before_group =
        tt_span_sub(input(), 0, tt_span_search(input(), tt_span_str("\x83")));
    assert_ptr_equal(pick_whole(before_group), &tt_decoder_protobuf);
    assert_false(tt_decoder_protobuf.claims(&nothing, tt_span_sub(before_group, 0, 30), true));
    struct tt_span small = tt_span_of("\x08\x96\x01", 3);
    assert_null(tt_decoder_pick(&nothing, small, true));
    assert_ptr_equal(tt_decoder_pick(&body, small, true), &tt_decoder_protobuf);
    /* A message that is all text but for its tags, and text that is none. */
    struct tt_span id = tt_span_str("\n$6f1c2a34-5b6d-4e7f-8091-a2b3c4d5e6f7");
    assert_true(tt_protobuf_evidence(id, id.len) > 40);
    struct tt_span longer = tt_span_str("\n$6f1c2a34-5b6d-4e7f-8091-a2b3c4d5e6f7x");
    assert_int_equal(tt_protobuf_evidence(longer, longer.len), 0);
    assert_int_equal(tt_protobuf_evidence(tt_span_sub(id, 0, 20), 20), 0);
    assert_false(tt_decoder_protobuf.claims(&nothing, id, true));
}

/* What looked like a message is none: the field around it goes on. */
static void wrong_guess(void **state)
{
    (void)state;
    static char text[2 + 1 + 300 + 2 + 8];
    memcpy(text, "\x0a\xac\x02", 3);
    for (size_t at = 0; at < 300; at += 4)
        memcpy(text + 3 + at, at < 200 ? "\x08\x01\x10\x02" : "\x0f\x0f\x0f\x0f", 4);
    memcpy(text + 303, "\x12\x08grey owl", 10);
    struct tt_span in = tt_span_of(text, 313);
    assert_step(&tt_decoder_protobuf, &body, in, "grey owl", "protobuf:2");
    assert_step(&tt_decoder_protobuf, &body, in, "\x0f\x0f\x0f", "protobuf:1");
    assert_binary_cut_anywhere(&tt_decoder_protobuf, &body, in);
}

static void frames(void **state)
{
    (void)state;
    static const char framed[] = "\x00\x00\x00\x00\x13\x0a\x11\x12\x0f"
                                 "358240051111110"
                                 "\x00\x00\x00\x00\x00"
                                 "\x00\x00\x00\x00\x0a\x12\x08grey owl"
                                 "\x01\x00\x00\x00\x0c\x1f\x8b\x08\x00zzzzzzzz"
                                 "\x80\x00\x00\x00\x0fgrpc-status:0\r\n";
    struct tt_span in = tt_span_of(framed, sizeof(framed) - 1);
    const struct tt_decoder *decoder = &tt_decoder_grpc;
    assert_ptr_equal(tt_decoder_pick(&grpc, in, true), decoder);
    assert_ptr_equal(pick_whole(in), decoder);
    assert_step(decoder, &grpc, in, "358240051111110", "grpc:[0] protobuf:1.2");
    assert_step(decoder, &grpc, in, "grey owl", "grpc:[2] protobuf:2");
    assert_step(decoder, &grpc, in, "zzzz", "grpc:[3]");
    assert_step(decoder, &grpc, in, "grpc-status", "grpc:[4]");
    char *text = say(decoder, &grpc, in, whole_input);
    assert_non_null(strstr(text, "slice  at 49 <grpc:[3]@49>\n  [\\x1f\\x8b\\x08\\x00zzzzzzzz]\n"));
    free(text);
    assert_binary_cut_anywhere(decoder, &grpc, in);
    assert_binary_survives_damage(decoder, &grpc, in);
}

/* What is declared and ends inside a message, or has a length that lies, is told. */
static void frames_without_end(void **state)
{
    (void)state;
    static const char lie[] = "\x00\xff\xff\xff\xff\x0a\xff\xff\xff\xff\x0f zzzz";
    static const char half[] = "\x00\x00\x00\x00\x0a\x12\x08grey";
    static const struct tt_span inputs[] = {{(const uint8_t *)lie, sizeof(lie) - 1},
                                            {(const uint8_t *)half, sizeof(half) - 1}};
    for (size_t i = 0; i < 2; i++) {
        assert_ptr_equal(tt_decoder_pick(&grpc, inputs[i], true), &tt_decoder_grpc);
        char *text = say(&tt_decoder_grpc, &grpc, inputs[i], whole_input);
        assert_non_null(strstr(text, "note content.grpc.cut"));
        free(text);
    }
    static const struct tt_body nobody = {0};
    assert_ptr_not_equal(tt_decoder_pick(&nobody, inputs[0], true), &tt_decoder_grpc);
}

static void depth_is_capped(void **state)
{
    (void)state;
    static uint8_t text[3 * 100];
    size_t len = sizeof(text);
    for (size_t at = 0; at + 3 <= len; at += 3) {
        size_t rest = len - at - 3;
        text[at] = 0x0a;
        text[at + 1] = (uint8_t)(0x80 | (rest & 0x7f));
        text[at + 2] = (uint8_t)(rest >> 7);
    }
    struct recorder rec;
    rec_init(&rec, tt_span_of(text, len));
    rec_run(&rec, &tt_decoder_protobuf, &body, whole_input, TT_BODY_COMPLETE, true);
    assert_true(tt_span_eq(tt_buf_span(&rec.notes), tt_span_str("note content.binary.depth\n")));
    rec_free(&rec);
    assert_true(tt_protobuf_evidence(tt_span_of(text, 128), len) <= 128);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(places_cut_anywhere),
        cmocka_unit_test(inner_bodies),
        cmocka_unit_test(picked_by_content),
        cmocka_unit_test(wrong_guess),
        cmocka_unit_test(frames),
        cmocka_unit_test(frames_without_end),
        cmocka_unit_test(depth_is_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
