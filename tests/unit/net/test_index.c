#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/span.h"
#include "net/index.h"

enum { ITEMS = 3000 };

static void *find(const struct tt_index *index, uint64_t hash, const void *wanted)
{
    size_t at = 0;
    for (void *item = tt_index_find(index, hash, &at); item != NULL;
         item = tt_index_next(index, hash, &at))
        if (item == wanted)
            return item;
    return NULL;
}

static void test_an_empty_table_finds_nothing(void **state)
{
    (void)state;
    struct tt_index index = {.slots = NULL};
    size_t at = 0;
    assert_null(tt_index_find(&index, 7, &at));
    tt_index_free(&index);
}

/* Adds, removes and finds in all orders that a pseudo-random walk gives, against a plain list.
 * `bits` of the hash are used, so that few mean many collisions. */
static void walk(unsigned bits)
{
    static uint8_t items[ITEMS];
    static bool present[ITEMS];
    memset(present, 0, sizeof(present));
    struct tt_index index = {.slots = NULL};
    uint32_t random = 1;
    size_t count = 0;
    for (unsigned step = 0; step < 20000; step++) {
        random = random * 1664525 + 1013904223;
        size_t i = (random >> 8) % ITEMS;
        uint64_t hash = (i * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - bits);
        if (present[i]) {
            tt_index_remove(&index, hash, &items[i]);
            count--;
        } else {
            assert_int_equal(tt_index_add(&index, hash, &items[i]), TT_OK);
            count++;
        }
        present[i] = !present[i];
        assert_int_equal(index.count, count);
        size_t other = random % ITEMS;
        uint64_t other_hash = (other * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - bits);
        assert_true((find(&index, other_hash, &items[other]) != NULL) == present[other]);
    }
    tt_index_free(&index);
}

static void test_walk(void **state)
{
    (void)state;
    walk(64);
    walk(20);
}

static void test_walk_with_collisions(void **state)
{
    (void)state;
    walk(4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_table_finds_nothing),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_walk_with_collisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
