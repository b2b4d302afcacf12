#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/brotli.h"
#include "recorder.h"

/* Made by brotli 1.0.9 (-q 11) from the text below. */
static const uint8_t packed[] = {
    0x1f, 0x6d, 0x00, 0xe0, 0x1d, 0x07, 0xee, 0xbe, 0x2d, 0xc2, 0x1f, 0x18, 0x3d, 0x53,
    0x8d, 0x50, 0xe9, 0x10, 0x79, 0x4b, 0xf5, 0x77, 0xd5, 0x37, 0xeb, 0x42, 0x11, 0x9a,
    0x09, 0x66, 0x36, 0x1f, 0xbc, 0x42, 0x32, 0xde, 0x60, 0xeb, 0x1b, 0x0b, 0x51, 0x85,
    0x0e, 0x38, 0xe4, 0x04, 0xfc, 0x02, 0x07, 0x82, 0x40, 0x5b, 0x2c, 0xc5, 0xa9, 0x09,
    0x88, 0x0f, 0x4b, 0xf1, 0xb0, 0x35, 0x0c, 0x62, 0xdf, 0x21, 0x2b, 0x25, 0x94, 0xcf,
    0x0b, 0x85, 0x30, 0xfd, 0x50, 0x9e, 0x74, 0x0f, 0x9a, 0x74, 0xdb, 0x8c, 0x85, 0xaa,
    0xb4, 0x03, 0xc8, 0xd7, 0xfb, 0x94, 0x76, 0xc4, 0xf7, 0xf6, 0x24, 0xc0, 0x07};
static const char plain[] =
    "{\"imei\":\"358240051111110\",\"contacts\":[\"+358401234567\",\"+358407654321\"],"
    "\"text\":\"Lunch at noon? Lunch at noon?\"}";

static const struct tt_body body = {.codings = "br", .media_type = "application/json"};

static struct tt_span input(void)
{
    return tt_span_of(packed, sizeof(packed));
}

static void unpacked(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, input());
    rec_run(&rec, &tt_decoder_brotli, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, sizeof(packed));
    assert_true(tt_span_eq(rec_bytes(&rec, 0), tt_span_str(plain)));
    assert_memory_equal(rec.inner[0].head.data, "coding br at 0 type=application/json", 36);
    rec_free(&rec);
    assert_cut_anywhere(&tt_decoder_brotli, &body, input());
    assert_cut_short(&tt_decoder_brotli, &body, input());
    assert_survives_damage(&tt_decoder_brotli, &body, input());
}

/* RFC 7932 has no vectors of its own: the shortest streams follow from its section 9.1. */
static void shortest_streams(void **state)
{
    (void)state;
    /* An empty stream: window bits 16, then a last and empty meta-block. */
    assert_says(&tt_decoder_brotli, &body, tt_span_of("\x06", 1), "taken 1\n");
    /* An uncompressed meta-block with one byte, then the empty last one. */
    assert_says(&tt_decoder_brotli, &body, tt_span_of("\x0b\x00\x80X\x03", 5),
                "coding br at 0 type=application/json\n  [X]\n  complete at 5\ntaken 5\n");
}

static void what_follows_is_left(void **state)
{
    (void)state;
    uint8_t longer[sizeof(packed) + 4];
    memcpy(longer, packed, sizeof(packed));
    memcpy(longer + sizeof(packed), "rest", 4);
    struct recorder rec;
    rec_init(&rec, tt_span_of(longer, sizeof(longer)));
    rec_run(&rec, &tt_decoder_brotli, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, sizeof(packed));
    rec_free(&rec);
}

static void stops_when_told(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, input());
    rec.stop_after = 1;
    rec_run(&rec, &tt_decoder_brotli, &body, single_bytes, TT_BODY_COMPLETE, false);
    assert_true(rec.taken < sizeof(packed));
    assert_memory_equal(rec.inner[0].tail.data, "broken", 6);
    rec_free(&rec);
}

static void picked(void **state)
{
    (void)state;
    const struct tt_body nothing = {0};
    struct tt_span head = tt_span_sub(input(), 0, TT_BODY_PROBE_MAX);
    assert_ptr_equal(tt_decoder_pick(&body, head, false), &tt_decoder_brotli);
    /* Nobody declared it: all of it must be there, and be text; or a good piece. */
    assert_null(tt_decoder_pick(&nothing, head, false));
    assert_ptr_equal(tt_decoder_pick(&nothing, head, true), &tt_decoder_brotli);
    assert_null(tt_decoder_pick(&nothing, tt_span_sub(head, 0, head.len - 1), true));
    static const char *const lies[] = {"plain text that was never compressed by anyone",
                                       "<html><head><title>hello</title></head></html>", "no"};
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
        assert_ptr_not_equal(
            tt_decoder_pick(&(struct tt_body){.codings = "br"}, tt_span_str(lies[i]), true),
            &tt_decoder_brotli);
}

static void noise(void **state)
{
    (void)state;
    const struct tt_body nothing = {0};
    size_t taken = 0;
    uint32_t seed = 9;
    for (size_t round = 0; round < 100000; round++) {
        uint8_t bytes[TT_BODY_PROBE_MAX];
        size_t len = round % 7 == 0 ? sizeof(bytes) : round % 60 + 1;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (uint8_t)(seed >> 24);
        }
        bytes[0] = round % 3 == 0 ? 0x0b : bytes[0];
        taken += tt_decoder_brotli.claims(&nothing, tt_span_of(bytes, len), len < sizeof(bytes));
    }
    assert_int_equal(taken, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpacked),
        cmocka_unit_test(shortest_streams),
        cmocka_unit_test(what_follows_is_left),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(picked),
        cmocka_unit_test(noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
