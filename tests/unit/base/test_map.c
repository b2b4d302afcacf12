#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int values[4]; /* of their addresses only */

static struct tt_span number_key(uint32_t number, char text[16])
{
    (void)snprintf(text, 16, "key %u", number);
    return tt_span_str(text);
}

static void empty(void **state)
{
    (void)state;
    struct tt_map *map = tt_map_new(10);
    assert_non_null(map);
    struct tt_span key = tt_span_str("untouched");
    assert_int_equal(tt_map_count(map), 0);
    assert_null(tt_map_get(map, tt_span_str("a")));
    assert_null(tt_map_get(map, tt_span_of(NULL, 0)));
    assert_null(tt_map_at(map, 0, &key));
    assert_true(tt_span_is(key, "untouched"));
    tt_map_free(map, free);
    tt_map_free(NULL, free);
    tt_map_free(NULL, NULL);
}

static void keys(void **state)
{
    (void)state;
    struct tt_map *map = tt_map_new(10);
    char text[] = "abc";
    assert_int_equal(tt_map_put(map, tt_span_str(text), &values[0]), TT_OK);
    text[0] = 'x'; /* the map has a copy */
    assert_ptr_equal(tt_map_get(map, tt_span_str("abc")), &values[0]);
    assert_null(tt_map_get(map, tt_span_str("xbc")));
    assert_int_equal(tt_map_put(map, tt_span_of("a\0b", 3), &values[1]), TT_OK);
    assert_int_equal(tt_map_put(map, tt_span_of("a\0c", 3), &values[2]), TT_OK);
    assert_int_equal(tt_map_put(map, tt_span_of(NULL, 0), &values[3]), TT_OK);
    assert_ptr_equal(tt_map_get(map, tt_span_of("a\0b", 3)), &values[1]);
    assert_ptr_equal(tt_map_get(map, tt_span_of("a\0c", 3)), &values[2]);
    assert_ptr_equal(tt_map_get(map, tt_span_str("")), &values[3]);
    assert_null(tt_map_get(map, tt_span_str("a")));
    assert_null(tt_map_get(map, tt_span_of("abc\0", 4)));
    assert_int_equal(tt_map_count(map), 4);
    tt_map_free(map, NULL);
}

static void replaces(void **state)
{
    (void)state;
    struct tt_map *map = tt_map_new(2);
    assert_int_equal(tt_map_put(map, tt_span_str("a"), &values[0]), TT_OK);
    assert_int_equal(tt_map_put(map, tt_span_str("b"), &values[1]), TT_OK);
    assert_int_equal(tt_map_put(map, tt_span_str("a"), &values[2]), TT_OK); /* full, but known */
    assert_int_equal(tt_map_count(map), 2);
    assert_ptr_equal(tt_map_get(map, tt_span_str("a")), &values[2]);
    struct tt_span key;
    assert_ptr_equal(tt_map_at(map, 0, &key), &values[2]); /* keeps its place */
    assert_true(tt_span_is(key, "a"));
    tt_map_free(map, NULL);
}

/* Each cap, those round the sizes at which the table grows among them. */
static void cap(void **state)
{
    (void)state;
    char text[16];
    for (uint32_t max = 0; max < 70; max++) {
        struct tt_map *map = tt_map_new(max);
        for (uint32_t i = 0; i < max; i++)
            assert_int_equal(tt_map_put(map, number_key(i, text), &values[i % 4]), TT_OK);
        for (uint32_t i = 0; i < 3; i++)
            assert_int_equal(tt_map_put(map, number_key(1000 + i, text), &values[0]), TT_ERR_LIMIT);
        assert_int_equal(tt_map_count(map), max);
        assert_null(tt_map_get(map, number_key(1000, text)));
        for (uint32_t i = 0; i < max; i++)
            assert_ptr_equal(tt_map_get(map, number_key(i, text)), &values[i % 4]);
        if (max > 0)
            assert_int_equal(tt_map_put(map, number_key(0, text), &values[3]), TT_OK);
        tt_map_free(map, NULL);
    }
}

/* Enough entries that many share a slot; every one is found, none that was not put, and the order
 * is that of insertion. */
static void many(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    static uint32_t numbers[COUNT];
    struct tt_map *map = tt_map_new(SIZE_MAX);
    char text[16];
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(tt_map_put(map, number_key(i * 7, text), &numbers[i]), TT_OK);
    assert_int_equal(tt_map_count(map), COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        struct tt_span key;
        assert_ptr_equal(tt_map_get(map, number_key(i * 7, text)), &numbers[i]);
        assert_null(tt_map_get(map, number_key(i * 7 + 1, text)));
        assert_ptr_equal(tt_map_at(map, i, &key), &numbers[i]);
        assert_true(tt_span_eq(key, number_key(i * 7, text)));
        assert_ptr_equal(tt_map_at(map, i, NULL), &numbers[i]);
    }
    assert_null(tt_map_at(map, COUNT, NULL));
    assert_null(tt_map_at(map, SIZE_MAX, NULL));
    tt_map_free(map, NULL);
}

static void frees_values(void **state)
{
    (void)state;
    struct tt_map *map = tt_map_new(100);
    char text[16];
    for (uint32_t i = 0; i < 50; i++)
        assert_int_equal(tt_map_put(map, number_key(i, text), malloc(10)), TT_OK);
    tt_map_free(map, free); /* the sanitizers see what is lost */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty), cmocka_unit_test(keys), cmocka_unit_test(replaces),
        cmocka_unit_test(cap),   cmocka_unit_test(many), cmocka_unit_test(frees_values),
    };
    return cmocka_run_group_tests_name("base/map", tests, NULL, NULL);
}
