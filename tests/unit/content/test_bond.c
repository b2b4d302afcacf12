#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "binary_checks.h"
#include "content/bond.h"

static const struct tt_body body = {.media_type = "application/bond-compact-binary"};
static const struct tt_body nothing = {0};

/* Base class {0: u32 5}, then 1: struct {2: "358240051111110", 9: double}, 2: list of 2 strings,
 * 3: map {"key" -> 1}, 300: "grey owl", 5: blob of 16, 4: u"hi"; version 1. */
static const char first[] =
    "\x05\x05\x01"
    "\x2a\x49\x0f"
    "358240051111110"
    "\xc8\x09\x00\x00\x00\x00\x00\x00\xf0\x3f\x00"
    "\x4b\x09\x02\x05"
    "again\x03one"
    "\x6d\x09\x10\x01\x03key\x02"
    "\xe9\x2c\x01\x08grey owl"
    "\xab\x03\x10\xf0\x01\xf2\x03\xf4\x05\xf6\x07\xf8\x09\xfa\x0b\xfc\x0d\xfe\x0f"
    "\x92\x02h\x00i\x00"
    "\x00";

/* 1: struct {2: "358240051111110"}, 2: list of 2 strings; version 2: lengths, short counts. */
static const char second[] = "\x20\x2a\x12\x49\x0f"
                             "358240051111110"
                             "\x00"
                             "\x4b\x69\x05"
                             "again\x02it\x00";

static void version_1(void **state)
{
    (void)state;
    struct tt_span in = tt_span_of(first, sizeof(first) - 1);
    const struct tt_decoder *bond = &tt_decoder_bond_v1;
    assert_ptr_equal(pick_whole(in), bond);
    assert_ptr_equal(tt_decoder_pick(&body, in, false), bond);
    assert_step(bond, &body, in, "358240051111110", "bond:1.2");
    assert_step(bond, &body, in, "\xf0\x3f", "bond:1.9");
    assert_step(bond, &body, in, "again", "bond:2[0]");
    assert_step(bond, &body, in, "key", "bond:3[0]");
    assert_step(bond, &body, in, "grey owl", "bond:300");
    assert_step(bond, &body, in, "\x01\xf2", "bond:5");
    assert_places_cut_anywhere(bond, &body, in);
    assert_binary_cut_anywhere(bond, &body, in);
    assert_binary_survives_damage(bond, &body, in);
    char *text = say(bond, &body, in, whole_input);
    assert_non_null(strstr(text, " opaque <bond:5@"));
    assert_null(strstr(text, "note"));
    free(text);
}

static void version_2(void **state)
{
    (void)state;
    struct tt_span in = tt_span_of(second, sizeof(second) - 1);
    const struct tt_decoder *bond = &tt_decoder_bond_v2;
    assert_ptr_equal(pick_whole(in), bond);
    assert_ptr_equal(tt_decoder_pick(&body, in, true), bond);
    assert_step(bond, &body, in, "358240051111110", "bond:1.2");
    assert_step(bond, &body, in, "again", "bond:2[0]");
    assert_step(bond, &body, in, "it", "bond:2[1]");
    assert_places_cut_anywhere(bond, &body, in);
    assert_binary_cut_anywhere(bond, &body, in);
    assert_binary_survives_damage(bond, &body, in);
}

static void marshalled(void **state)
{
    (void)state;
    char bytes[4 + sizeof(first)] = "CB\x01";
    memcpy(bytes + 4, first, sizeof(first) - 1);
    struct tt_span in = tt_span_of(bytes, 4 + sizeof(first) - 1);
    assert_ptr_equal(pick_whole(in), &tt_decoder_bond_v1);
    assert_step(&tt_decoder_bond_v1, &nothing, in, "358240051111110", "bond:1.2");
    assert_binary_cut_anywhere(&tt_decoder_bond_v1, &nothing, in);
    char other[4 + sizeof(second)] = "CB\x02";
    memcpy(other + 4, second, sizeof(second) - 1);
    in = tt_span_of(other, 4 + sizeof(second) - 1);
    assert_ptr_equal(pick_whole(in), &tt_decoder_bond_v2);
    assert_step(&tt_decoder_bond_v2, &nothing, in, "358240051111110", "bond:1.2");
}

static void not_picked(void **state)
{
    (void)state;
    assert_null(tt_decoder_pick(&nothing, tt_span_of(first, sizeof(first) - 2), true));
    assert_null(tt_decoder_pick(&nothing, tt_span_of(second, sizeof(second) - 2), true));
    assert_null(tt_decoder_pick(&nothing, tt_span_of("\x05\x05\x25\x07\x00", 5), true));
    assert_null(tt_decoder_pick(&body, tt_span_of("\x1f\x1f\x1f\x1f\x00", 5), true));
}

static void depth_is_capped(void **state)
{
    (void)state;
    char text[200];
    memset(text, '\x2a', sizeof(text));
    struct recorder rec;
    rec_init(&rec, tt_span_of(text, sizeof(text)));
    rec_run(&rec, &tt_decoder_bond_v1, &body, whole_input, TT_BODY_COMPLETE, true);
    assert_true(tt_span_eq(tt_buf_span(&rec.notes), tt_span_str("note content.binary.depth\n")));
    rec_free(&rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_1),       cmocka_unit_test(version_2),
        cmocka_unit_test(marshalled),      cmocka_unit_test(not_picked),
        cmocka_unit_test(depth_is_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
