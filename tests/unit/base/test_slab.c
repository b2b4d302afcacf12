/* Objects of one size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/slab.h"

enum { COUNT = 20000, SIZE = 37 };

static void test_many(void **state)
{
    (void)state;
    static uint8_t *objects[COUNT];
    struct tt_slab slab = tt_slab_make(SIZE);
    for (size_t i = 0; i < COUNT; i++) {
        objects[i] = tt_slab_take(&slab);
        assert_non_null(objects[i]);
        assert_int_equal((uintptr_t)objects[i] % sizeof(void *), 0);
        for (size_t at = 0; at < SIZE; at++)
            assert_int_equal(objects[i][at], 0);
        memset(objects[i], (int)(i % 255) + 1, SIZE);
    }
    /* Nobody's bytes are anybody else's. */
    for (size_t i = 0; i < COUNT; i++)
        for (size_t at = 0; at < SIZE; at++)
            assert_int_equal(objects[i][at], i % 255 + 1);
    tt_slab_free(&slab);
}

/* What is given back is taken again, zeroed; nothing grows. */
static void test_again(void **state)
{
    (void)state;
    struct tt_slab slab = tt_slab_make(SIZE);
    uint8_t *first = tt_slab_take(&slab);
    struct tt_slab_block *block = slab.open;
    for (size_t i = 0; i < COUNT; i++) {
        memset(first, 0xff, SIZE);
        tt_slab_give(&slab, first);
        uint8_t *again = tt_slab_take(&slab);
        assert_ptr_equal(again, first);
        assert_int_equal(again[0] | again[SIZE - 1], 0);
    }
    assert_ptr_equal(slab.open, block);
    assert_null(slab.close);
    tt_slab_give(&slab, NULL);
    tt_slab_free(&slab);
    assert_non_null(tt_slab_take(&slab));
    tt_slab_free(&slab);
}

/* Given back in another order, with new ones in between: blocks that are full and ones with room
 * change places, and empty ones go. */
static void test_blocks_come_and_go(void **state)
{
    (void)state;
    static uint8_t *objects[COUNT];
    struct tt_slab slab = tt_slab_make(SIZE);
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            objects[i] = tt_slab_take(&slab);
            memset(objects[i], (int)(i % 255) + 1, SIZE);
        }
        for (size_t i = 0; i < COUNT; i++) {
            size_t at = i * 7919 % COUNT;
            assert_int_equal(objects[at][SIZE - 1], at % 255 + 1);
            tt_slab_give(&slab, objects[at]);
            if (i % 3 != 0)
                continue;
            objects[at] = tt_slab_take(&slab);
            assert_int_equal(objects[at][0], 0);
            tt_slab_give(&slab, objects[at]);
        }
        assert_null(slab.close);
        void *last = tt_slab_take(&slab);
        struct tt_slab_block *block = slab.open;
        tt_slab_give(&slab, last);
        assert_ptr_equal(slab.open, block);
    }
    tt_slab_free(&slab);
}

static void test_sizes(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, sizeof(void *), 1000, TT_SLAB_OBJECT_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct tt_slab slab = tt_slab_make(sizes[i]);
        for (size_t n = 0; n < 100; n++) {
            uint8_t *object = tt_slab_take(&slab);
            assert_non_null(object);
            memset(object, 1, slab.size);
        }
        tt_slab_free(&slab);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_blocks_come_and_go),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
