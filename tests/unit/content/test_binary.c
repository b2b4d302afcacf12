#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "binary_checks.h"
#include "content/binary.h"
#include "content/blocks.h"
#include "content/cbor.h"
#include "content/protobuf.h"

static void varints(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        enum tt_atom atom;
        uint64_t value;
        size_t used;
    } all[] = {
        {"\x00", 1, TT_ATOM_DONE, 0, 1},
        {"\x96\x01", 2, TT_ATOM_DONE, 150, 2},
        {"\x96", 1, TT_ATOM_CUT, 0, 0},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, TT_ATOM_DONE, UINT64_MAX, 10},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, TT_ATOM_BAD, 0, 0},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10, TT_ATOM_BAD, 0, 0},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        uint64_t value = 0;
        size_t used = 0;
        struct flush flush = flush_make(tt_span_of(all[i].bytes, all[i].len));
        assert_int_equal(tt_binary_varint(flush.span, &value, &used), all[i].atom);
        assert_int_equal(value, all[i].value);
        assert_int_equal(used, all[i].used);
        flush_free(&flush);
    }
    uint64_t value = 0;
    size_t used = 0;
    assert_int_equal(tt_binary_varint(tt_span_of(NULL, 0), &value, &used), TT_ATOM_CUT);
}

static void text_or_not(void **state)
{
    (void)state;
    unsigned bits = 0;
    assert_true(tt_binary_is_text(tt_span_str("358240051111110"), false, &bits));
    assert_int_equal(bits, 21);
    assert_true(tt_binary_is_text(tt_span_str("gr\xc3\xbc\xc3\x9f\n"), false, &bits));
    assert_false(tt_binary_is_text(tt_span_str("gr\xc3"), false, &bits));
    assert_true(tt_binary_is_text(tt_span_str("gr\xc3"), true, &bits));
    assert_false(tt_binary_is_text(tt_span_str("gr\xc3zzzz"), true, &bits));
    assert_false(tt_binary_is_text(tt_span_of("a\0b", 3), false, &bits));
    assert_true(tt_binary_is_text(tt_span_of(NULL, 0), false, &bits));
}

static void packed_or_not(void **state)
{
    (void)state;
    assert_true(tt_binary_is_packed(tt_span_of("\x1f\x8b\x08\x00", 4)));
    assert_true(tt_binary_is_packed(tt_span_of("\x78\x9c\x00\x00\x00\x00\x00\x00", 8)));
    assert_false(tt_binary_is_packed(tt_span_of("\x78\x9d\x00\x00\x00\x00\x00\x00", 8)));
    assert_false(tt_binary_is_packed(tt_span_of("\x1f", 1)));
    assert_false(tt_binary_is_packed(tt_span_of(NULL, 0)));
}

/* Noise and text are no binary format, whatever they begin with: 75,000 texts with one byte in
 * front, and noise. */
static void noise_is_none(void **state)
{
    (void)state;
    static const char *const names[] = {"bson",   "cbor",    "msgpack", "grpc",  "protobuf",
                                        "thrift", "bond-v1", "bond-v2", "blocks"};
    static const uint8_t starts[] = {0xa1, 0x82, 0x83, 0x92, 0x0a, 0x08, 0x12, 0x18, 0xd9,
                                     0x09, 0x1a, 0x29, 0x01, 0x05, 0xde, 0xbf, 0x2c, 0x15};
    uint32_t seed = 5;
    size_t taken = 0;
    for (size_t round = 0; round < 300000; round++) {
        uint8_t bytes[TT_BODY_PROBE_MAX];
        size_t len = round % 3 == 0 ? sizeof(bytes) : round % 60 + 4;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = round % 4 == 0 ? (uint8_t)(' ' + (seed >> 24) % 95) : (uint8_t)(seed >> 24);
        }
        bytes[0] = round % 2 == 0 ? starts[round / 2 % sizeof(starts)] : bytes[0];
        static const struct tt_body nothing = {0};
        for (size_t i = 0; tt_decoder_at(i) != NULL; i++) {
            const struct tt_decoder *decoder = tt_decoder_at(i);
            for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
                if (strcmp(decoder->name, names[j]) == 0)
                    taken += decoder->claims(&nothing, tt_span_of(bytes, len), len < sizeof(bytes));
        }
    }
    assert_true(taken <= 4);
}

/* Blocks: 2 and 4 bytes, in either order. */
/* The first length of blocks and the brace behind it are no frame of gRPC, where the frame is not
 * seen to end. */
static void blocks_of_json(void **state)
{
    (void)state;
    char text[224] = "";
    memcpy(text, "\0\0\0\xc2{\"hello\":1,\"note\":\"", 23);
    for (size_t i = 23; i < 196; i++)
        text[i] = "north lorem seven "[i % 18];
    memcpy(text + 196, "\"}\0\0\0\x40{\"d\":\"358240051111110", 27);
    struct tt_span head = tt_span_of(text, 223);
    const struct tt_body inner = {.kind = TT_STEP_CODING};
    assert_string_equal(tt_decoder_pick(&inner, head, false)->name, "blocks");
}

static void blocks(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } all[] = {
        {"\x00\x00\x00\x0f"
         "358240051111110"
         "\x00\x00\x00\x10{\"mail\":\"a@b.c\"}",
         39},
        {"\x0f\x00\x00\x00"
         "358240051111110"
         "\x10\x00\x00\x00{\"mail\":\"a@b.c\"}",
         39},
        {"\x00\x0f"
         "358240051111110"
         "\x00\x10{\"mail\":\"a@b.c\"}",
         35},
        {"\x0f\x00"
         "358240051111110"
         "\x10\x00{\"mail\":\"a@b.c\"}",
         35},
    };
    static const struct tt_body body = {0};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct tt_span input = tt_span_of(all[i].bytes, all[i].len);
        assert_ptr_equal(tt_decoder_pick(&body, input, true), &tt_decoder_blocks);
        assert_step(&tt_decoder_blocks, &body, input, "358240051111110", "blocks:[0]");
        assert_step(&tt_decoder_blocks, &body, input, "a@b", "blocks:[1]");
        char *text = say(&tt_decoder_blocks, &body, input, whole_input);
        assert_non_null(strstr(text, "<blocks:[1]@"));
        assert_non_null(strstr(text, "[{\"mail\":\"a@b.c\"}]\n  complete"));
        free(text);
        assert_binary_cut_anywhere(&tt_decoder_blocks, &body, input);
        assert_binary_survives_damage(&tt_decoder_blocks, &body, input);
    }
}

static void blocks_must_tile(void **state)
{
    (void)state;
    static const struct tt_body body = {0};
    struct tt_span good = tt_span_of("\x00\x00\x00\x0f"
                                     "358240051111110",
                                     19);
    assert_true(tt_decoder_blocks.claims(&body, good, true));
    assert_false(tt_decoder_blocks.claims(&body, tt_span_sub(good, 0, 18), true));
    struct tt_span more = tt_span_of("\x00\x00\x00\x0e"
                                     "358240051111110",
                                     19);
    assert_false(tt_decoder_blocks.claims(&body, more, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(varints),          cmocka_unit_test(text_or_not),
        cmocka_unit_test(packed_or_not),    cmocka_unit_test(noise_is_none),
        cmocka_unit_test(blocks),           cmocka_unit_test(blocks_of_json),
        cmocka_unit_test(blocks_must_tile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
