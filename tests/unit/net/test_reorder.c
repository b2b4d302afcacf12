#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/reorder.h"

#include <stdlib.h>

static struct tt_reorder_result put(struct tt_reorder *reorder, uint64_t at, const char *text,
                                    uint64_t frame)
{
    struct tt_reorder_piece piece = {
        .at = at, .bytes = tt_span_str(text), .first_frame = frame, .last_frame = frame};
    struct tt_reorder_result result = {.stored = 99};
    assert_int_equal(tt_reorder_put(reorder, &piece, &result), TT_OK);
    return result;
}

/* The first piece is this; forgets it. */
static void assert_first(struct tt_reorder *reorder, uint64_t at, const char *text, uint64_t frame)
{
    const struct tt_reorder_piece *first = tt_reorder_first(reorder);
    assert_non_null(first);
    assert_int_equal(first->at, at);
    assert_int_equal(first->last_frame, frame);
    assert_true(tt_span_eq(first->bytes, tt_span_str(text)));
    tt_reorder_pop(reorder);
}

static void test_pieces_come_in_order(void **state)
{
    (void)state;
    struct tt_reorder_pool pool = {.max = 1000};
    struct tt_reorder *reorder = tt_reorder_new(&pool, NULL, 0);
    assert_null(tt_reorder_first(reorder));
    put(reorder, 30, "ddd", 1);
    put(reorder, 10, "bbb", 2);
    put(reorder, 20, "ccc", 3);
    put(reorder, 0, "aaa", 4);
    assert_int_equal(tt_reorder_count(reorder), 4);
    assert_int_equal(reorder->bytes, 12);
    assert_first(reorder, 0, "aaa", 4);
    assert_first(reorder, 10, "bbb", 2);
    assert_first(reorder, 20, "ccc", 3);
    assert_first(reorder, 30, "ddd", 1);
    assert_int_equal(reorder->bytes, 0);
    tt_reorder_free(reorder);
    assert_int_equal(pool.used, 0);
}

static void test_first_copy_wins(void **state)
{
    (void)state;
    struct tt_reorder_pool pool = {.max = 1000};
    struct tt_reorder *reorder = tt_reorder_new(&pool, NULL, 0);
    put(reorder, 5, "fgh", 1);
    put(reorder, 10, "klm", 2);
    struct tt_reorder_result result = put(reorder, 3, "defghijklmno", 3);
    assert_int_equal(result.stored, 6);
    assert_int_equal(result.repeated, 6);
    assert_false(result.conflict);
    result = put(reorder, 4, "eXghij", 4);
    assert_int_equal(result.stored, 0);
    assert_int_equal(result.repeated, 6);
    assert_true(result.conflict);
    assert_first(reorder, 3, "de", 3);
    assert_first(reorder, 5, "fgh", 1);
    assert_first(reorder, 8, "ij", 3);
    assert_first(reorder, 10, "klm", 2);
    assert_first(reorder, 13, "no", 3);
    tt_reorder_free(reorder);
}

static void test_what_is_missing_stays_at_the_end(void **state)
{
    (void)state;
    struct tt_reorder_pool pool = {.max = 1000};
    struct tt_reorder *reorder = tt_reorder_new(&pool, NULL, 0);
    put(reorder, 2, "c", 1);
    struct tt_reorder_piece piece = {.at = 0, .bytes = tt_span_str("abcde"), .missing = 7};
    struct tt_reorder_result result;
    assert_int_equal(tt_reorder_put(reorder, &piece, &result), TT_OK);
    assert_int_equal(tt_reorder_first(reorder)->missing, 0);
    tt_reorder_pop(reorder);
    tt_reorder_pop(reorder);
    assert_int_equal(tt_reorder_first(reorder)->missing, 7);
    tt_reorder_free(reorder);
}

/* Random pieces of a known text, against a map of bytes. */
static void test_random_pieces(void **state)
{
    (void)state;
    enum { SIZE = 400 };
    uint8_t text[SIZE];
    for (size_t i = 0; i < SIZE; i++)
        text[i] = (uint8_t)(i * 7);
    uint32_t random = 5;
    for (unsigned round = 0; round < 200; round++) {
        struct tt_reorder_pool pool = {.max = SIZE_MAX};
        struct tt_reorder *reorder = tt_reorder_new(&pool, NULL, 0);
        bool there[SIZE] = {false};
        for (unsigned step = 0; step < 40; step++) {
            random = random * 1664525 + 1013904223;
            size_t at = (random >> 8) % SIZE;
            size_t len = 1 + (random >> 20) % 30;
            len = len < SIZE - at ? len : SIZE - at;
            struct tt_reorder_piece piece = {.at = at, .bytes = tt_span_of(text + at, len)};
            struct tt_reorder_result result;
            assert_int_equal(tt_reorder_put(reorder, &piece, &result), TT_OK);
            size_t fresh = 0;
            for (size_t i = at; i < at + len; i++) {
                fresh += there[i] ? 0 : 1;
                there[i] = true;
            }
            assert_int_equal(result.stored, fresh);
            assert_int_equal(result.repeated, len - fresh);
            assert_false(result.conflict);
            if (random % 5 == 0) {
                const struct tt_reorder_piece *first = tt_reorder_first(reorder);
                for (size_t i = 0; i < first->bytes.len; i++)
                    there[first->at + i] = false;
                tt_reorder_pop(reorder);
            }
        }
        uint64_t next = 0;
        const struct tt_reorder_piece *piece = NULL;
        while ((piece = tt_reorder_first(reorder)) != NULL) {
            for (; next < piece->at; next++)
                assert_false(there[next]);
            assert_memory_equal(piece->bytes.data, text + next, piece->bytes.len);
            for (size_t i = 0; i < piece->bytes.len; i++)
                assert_true(there[next++]);
            tt_reorder_pop(reorder);
        }
        for (; next < SIZE; next++)
            assert_false(there[next]);
        tt_reorder_free(reorder);
        assert_int_equal(pool.used, 0);
    }
}

/* Pieces go from any place; the others stay, and the pool counts. */
static void test_removal(void **state)
{
    (void)state;
    enum { COUNT = 6 };
    for (size_t from = 0; from <= COUNT; from++) {
        for (size_t to = from; to <= COUNT; to++) {
            struct tt_reorder_pool pool = {.max = SIZE_MAX};
            struct tt_reorder *reorder = tt_reorder_new(&pool, NULL, 0);
            size_t empty = pool.used;
            put(reorder, 0, "before", 1);
            tt_reorder_pop(reorder);
            for (size_t i = 0; i < COUNT; i++)
                put(reorder, 10 * i, "piece", 1);
            for (size_t i = 0; i < COUNT; i++) {
                size_t at = tt_reorder_search(reorder, 10 * i + 4);
                assert_int_equal(reorder->pieces[at].at, 10 * i);
                assert_int_equal(tt_reorder_search(reorder, 10 * i + 5), at + 1);
            }
            size_t first = reorder->first;
            tt_reorder_remove(reorder, first + from, first + to);
            size_t left = COUNT - (to - from);
            assert_int_equal(tt_reorder_count(reorder), left);
            assert_int_equal(reorder->bytes, left * 5);
            assert_int_equal(pool.used, empty + left * tt_reorder_cost(5));
            for (size_t i = 0; i < COUNT; i++) {
                if (i >= from && i < to)
                    continue;
                assert_int_equal(tt_reorder_first(reorder)->at, 10 * i);
                tt_reorder_pop(reorder);
            }
            tt_reorder_free(reorder);
        }
    }
}

static void test_the_pool_knows_the_oldest(void **state)
{
    (void)state;
    struct tt_reorder_pool pool = {.max = 1000};
    struct tt_reorder *first = tt_reorder_new(&pool, NULL, 0);
    struct tt_reorder *second = tt_reorder_new(&pool, NULL, 0);
    struct tt_reorder *third = tt_reorder_new(&pool, NULL, 0);
    size_t before = pool.used;
    put(second, 0, "abc", 1);
    assert_int_equal(pool.used - before, tt_reorder_cost(3));
    assert_ptr_equal(pool.oldest, first);
    tt_reorder_free(first);
    assert_ptr_equal(pool.oldest, second);
    tt_reorder_free(third);
    assert_ptr_equal(pool.newest, second);
    tt_reorder_free(second);
    assert_null(pool.oldest);
    assert_null(pool.newest);
    assert_int_equal(pool.used, 0);
    tt_reorder_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_come_in_order),
        cmocka_unit_test(test_first_copy_wins),
        cmocka_unit_test(test_what_is_missing_stays_at_the_end),
        cmocka_unit_test(test_random_pieces),
        cmocka_unit_test(test_removal),
        cmocka_unit_test(test_the_pool_knows_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
