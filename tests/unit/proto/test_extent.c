/* Extents: bytes with the frames that brought them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/extent.h"

enum { MAX = 12 };

static void add(struct tt_gather *gather, const char *text, uint64_t offset, uint64_t frame)
{
    struct tt_chunk chunk = {.offset = offset,
                             .bytes = tt_span_str(text),
                             .first_frame = frame,
                             .last_frame = frame,
                             .time = frame * 10};
    assert_int_equal(tt_gather_add(gather, MAX * 100, NULL, &chunk, 0, chunk.bytes.len), TT_OK);
}

static void test_gather(void **state)
{
    (void)state;
    struct tt_gather gather = {.held = NULL};
    add(&gather, "abc", 100, 1);
    add(&gather, "", 103, 2);
    add(&gather, "d", 103, 3);
    add(&gather, "ef", 104, 3);
    add(&gather, "ghi", 106, 4);
    struct tt_extent extent = tt_gather_extent(&gather);
    assert_int_equal(extent.offset, 100);
    assert_int_equal(extent.bytes.len, 9);
    assert_int_equal(extent.part_count, 3);

    struct tt_extent_walk walk = tt_extent_walk(&extent, 2, 5, 50);
    struct tt_piece piece;
    assert_true(tt_extent_next(&walk, &piece));
    assert_memory_equal(piece.bytes.data, "c", piece.bytes.len);
    assert_int_equal(piece.at, 50);
    assert_int_equal(piece.origin.first_frame, 1);
    assert_true(tt_extent_next(&walk, &piece));
    assert_int_equal(piece.bytes.len, 3);
    assert_memory_equal(piece.bytes.data, "def", 3);
    assert_int_equal(piece.at, 51);
    assert_int_equal(piece.origin.first_frame, 3);
    assert_true(tt_extent_next(&walk, &piece));
    assert_int_equal(piece.bytes.len, 1);
    assert_memory_equal(piece.bytes.data, "g", 1);
    assert_int_equal(piece.origin.first_frame, 4);
    assert_false(tt_extent_next(&walk, &piece));

    walk = tt_extent_walk(&extent, 9, 5, 0);
    assert_false(tt_extent_next(&walk, &piece));
    walk = tt_extent_walk(&extent, 3, 0, 0);
    assert_false(tt_extent_next(&walk, &piece));

    struct tt_origin origin = tt_extent_origin(&extent, 0, 3);
    assert_int_equal(origin.first_frame, 1);
    assert_int_equal(origin.last_frame, 1);
    origin = tt_extent_origin(&extent, 2, 2);
    assert_int_equal(origin.last_frame, 3);
    assert_int_equal(origin.time, 30);
    origin = tt_extent_origin(&extent, 0, 9);
    assert_int_equal(origin.last_frame, 4);

    struct tt_chunk chunk = {.bytes = tt_span_str("wxyz"), .first_frame = 5, .last_frame = 5};
    assert_int_equal(tt_gather_add(&gather, MAX, NULL, &chunk, 0, 4), TT_ERR_LIMIT);
    assert_int_equal(tt_gather_len(&gather), 9);
    assert_int_equal(tt_gather_extent(&gather).part_count, 3);
    tt_gather_clear(&gather);
    add(&gather, "z", 200, 6);
    assert_int_equal(tt_gather_extent(&gather).offset, 200);
    assert_int_equal(tt_gather_extent(&gather).part_count, 1);
    tt_gather_clear(&gather);
}

/* A part that was sent again can stand before one with a lower number. */
static void test_frames_out_of_order(void **state)
{
    (void)state;
    struct tt_gather gather = {.held = NULL};
    add(&gather, "ab", 0, 9);
    add(&gather, "cd", 2, 4);
    struct tt_extent extent = tt_gather_extent(&gather);
    struct tt_origin origin = tt_extent_origin(&extent, 0, 4);
    assert_int_equal(origin.first_frame, 4);
    assert_int_equal(origin.last_frame, 9);
    assert_int_equal(origin.time, 90);
    tt_gather_clear(&gather);
}

/* Each byte of many parts is found in its own. */
static void test_many_parts(void **state)
{
    (void)state;
    enum { PARTS = 300 };
    struct tt_gather gather = {.held = NULL};
    size_t at = 0;
    for (uint64_t i = 0; i < PARTS; i++) {
        add(&gather, i % 2 == 0 ? "x" : "yz", at, i + 1);
        at += i % 2 == 0 ? 1 : 2;
    }
    struct tt_extent extent = tt_gather_extent(&gather);
    for (size_t byte = 0; byte < extent.bytes.len; byte++) {
        uint64_t frame = byte / 3 * 2 + (byte % 3 == 0 ? 1 : 2);
        assert_int_equal(tt_extent_origin(&extent, byte, 1).first_frame, frame);
        assert_int_equal(tt_extent_origin(&extent, byte, 1).last_frame, frame);
    }
    tt_gather_clear(&gather);
}

/* ---- a pool ---- */

struct holder {
    struct tt_gather gather;
    unsigned gave_up;
};

static void give_up(void *owner)
{
    struct holder *holder = owner;
    holder->gave_up++;
    tt_gather_clear(&holder->gather);
}

/* Who was fed longest ago gives up, never the one that is fed; what cannot give up stays. */
static void test_pool(void **state)
{
    (void)state;
    struct tt_proto_pool pool = {.max = 1800};
    struct holder holders[4] = {{.gave_up = 0}};
    static uint8_t bytes[4000];
    for (uint64_t turn = 0; turn < 5; turn++) {
        /* Numbers 0, 1, 2, 3, then 1 again. */
        struct holder *holder = &holders[turn < 4 ? turn : 1];
        struct tt_gather_owner owner = {
            .pool = &pool, .give_up = turn == 0 ? NULL : give_up, .owner = holder};
        struct tt_chunk chunk = {.bytes = tt_span_of(bytes, turn < 4 ? 200 : 400),
                                 .offset = 0,
                                 .first_frame = turn + 1,
                                 .last_frame = turn + 1};
        assert_int_equal(tt_gather_add(&holder->gather, sizeof(bytes), &owner, &chunk, 0, 400),
                         TT_OK);
    }
    assert_int_equal(holders[0].gave_up, 0);
    assert_int_equal(holders[1].gave_up, 0);
    assert_int_equal(holders[2].gave_up, 1);
    assert_int_equal(holders[3].gave_up, 0);
    assert_true(pool.used <= pool.max);
    assert_int_equal(tt_gather_len(&holders[1].gather), 600);
    /* One alone may be larger than the pool: its own cap bounds it. */
    struct tt_gather_owner owner = {.pool = &pool, .give_up = give_up, .owner = &holders[1]};
    struct tt_chunk chunk = {.bytes = tt_span_of(bytes, 3000), .first_frame = 9, .last_frame = 9};
    assert_int_equal(tt_gather_add(&holders[1].gather, sizeof(bytes), &owner, &chunk, 0, 3000),
                     TT_OK);
    assert_int_equal(holders[3].gave_up, 1);
    assert_int_equal(tt_gather_len(&holders[1].gather), 3600);
    for (size_t i = 0; i < 4; i++)
        tt_gather_clear(&holders[i].gather);
    assert_int_equal(pool.used, 0);
    assert_null(pool.oldest);
}

static void test_part_of_a_chunk(void **state)
{
    (void)state;
    struct tt_chunk chunk = {
        .offset = 40, .bytes = tt_span_str("abcdef"), .first_frame = 3, .last_frame = 5};
    struct tt_part part;
    struct tt_extent extent = tt_extent_of_chunk(&chunk, 2, 3, &part);
    assert_int_equal(extent.offset, 42);
    assert_memory_equal(extent.bytes.data, "cde", 3);
    assert_int_equal(extent.bytes.len, 3);
    assert_int_equal(tt_extent_origin(&extent, 1, 1).first_frame, 3);
    assert_int_equal(tt_extent_origin(&extent, 1, 1).last_frame, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gather),          cmocka_unit_test(test_frames_out_of_order),
        cmocka_unit_test(test_many_parts),      cmocka_unit_test(test_pool),
        cmocka_unit_test(test_part_of_a_chunk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
