#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

enum { ALIGN = alignof(max_align_t) };

static void all_sizes(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(SIZE_MAX);
    uint8_t *before = NULL;
    size_t before_len = 0;
    for (size_t size = 0; size < 6000; size += 37) {
        uint8_t *memory = tt_arena_alloc(&arena, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % ALIGN, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xa5, size);
        for (size_t i = 0; i < before_len; i++)
            assert_int_equal(before[i], 0xa5); /* nobody wrote into the one before */
        before = memory;
        before_len = size;
    }
    tt_arena_free(&arena);
    assert_null(arena.blocks);
    assert_int_equal(arena.used, 0);
    assert_non_null(tt_arena_alloc(&arena, 1)); /* usable again */
    tt_arena_free(&arena);
    tt_arena_free(&arena);
    tt_arena_free(NULL);
    tt_arena_wipe(NULL);
}

/* Bytes stand side by side; what is given back is given out again, zeroed; structs stay aligned. */
static void bytes(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(SIZE_MAX);
    uint8_t *first = tt_arena_bytes(&arena, 100);
    assert_non_null(first);
    memset(first, 7, 100);
    tt_arena_trim(&arena, first, 3);
    assert_int_equal(arena.used, 3);
    char *second = tt_arena_dup(&arena, tt_span_str("abc"));
    assert_ptr_equal(second, first + 3);
    assert_string_equal(second, "abc");
    const uint8_t *third = tt_arena_bytes(&arena, 90);
    for (size_t i = 0; i < 90; i++)
        assert_int_equal(third[i], 0);
    tt_arena_trim(&arena, third, 0);
    assert_ptr_equal(tt_arena_bytes(&arena, 1), third);
    assert_int_equal((uintptr_t)tt_arena_alloc(&arena, 1) % ALIGN, 0);
    /* In a block of its own. */
    const uint8_t *large = tt_arena_bytes(&arena, 100000);
    tt_arena_trim(&arena, large, 5);
    assert_ptr_equal(tt_arena_bytes(&arena, 1), large + 5);
    tt_arena_free(&arena);
}

static void cap(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make((size_t)ALIGN * 4);
    assert_null(tt_arena_alloc(&arena, (size_t)ALIGN * 4 + 1));
    assert_non_null(tt_arena_alloc(&arena, (size_t)ALIGN * 3));
    assert_null(tt_arena_alloc(&arena, (size_t)ALIGN + 1));
    assert_int_equal(arena.used, ALIGN * 3);
    assert_non_null(tt_arena_alloc(&arena, 1)); /* takes a whole unit */
    assert_null(tt_arena_alloc(&arena, 1));
    assert_null(tt_arena_strdup(&arena, ""));
    tt_arena_wipe(&arena);
    assert_non_null(tt_arena_alloc(&arena, (size_t)ALIGN * 4)); /* the cap counts anew */
    tt_arena_free(&arena);
    arena = tt_arena_make(0);
    assert_null(tt_arena_alloc(&arena, 1));
    tt_arena_free(&arena);
    /* A cap that is no multiple of the unit is never passed. */
    arena = tt_arena_make(ALIGN + 3);
    assert_null(tt_arena_alloc(&arena, ALIGN + 1));
    assert_non_null(tt_arena_alloc(&arena, ALIGN));
    assert_null(tt_arena_alloc(&arena, 1));
    tt_arena_free(&arena);
}

/* Sizes near the end of the address space must not wrap into small blocks. */
static void absurd_sizes(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(SIZE_MAX);
    for (size_t below = 0; below < 32; below++)
        assert_null(tt_arena_alloc(&arena, SIZE_MAX - below));
    assert_null(tt_arena_dup(&arena, tt_span_of("", SIZE_MAX)));
    assert_int_equal(arena.used, 0);
    assert_non_null(tt_arena_alloc(&arena, 1));
    tt_arena_free(&arena);
}

static void copies(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make(1000);
    char *text = tt_arena_strdup(&arena, "value");
    assert_string_equal(text, "value");
    text = tt_arena_dup(&arena, tt_span_of("a\0b", 3));
    assert_memory_equal(text, "a\0b\0", 4);
    text = tt_arena_dup(&arena, tt_span_of(NULL, 0));
    assert_string_equal(text, "");
    tt_arena_wipe(&arena);
    assert_null(arena.blocks);
}

/* Many small ones and a few large ones between them. */
static void many(void **state)
{
    (void)state;
    struct tt_arena arena = tt_arena_make((size_t)1 << 24);
    enum { COUNT = 5000 };
    static uint32_t *kept[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        kept[i] = tt_arena_alloc(&arena, i % 100 == 0 ? 10000 : sizeof(uint32_t));
        assert_non_null(kept[i]);
        *kept[i] = i;
    }
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(*kept[i], i);
    tt_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes),    cmocka_unit_test(bytes),  cmocka_unit_test(cap),
        cmocka_unit_test(absurd_sizes), cmocka_unit_test(copies), cmocka_unit_test(many),
    };
    return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
