#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/frames.h"
#include "model/limits.h"

static void add(struct tt_frames *frames, uint64_t frame)
{
    assert_int_equal(tt_frames_add(frames, frame), TT_OK);
}

static void each_frame_counts_once_in_order(void **state)
{
    (void)state;
    struct tt_frames frames = {0};
    static const uint64_t told[] = {7, 3, 7, 9, 3, 1, 9};
    for (size_t i = 0; i < 7; i++)
        add(&frames, told[i]);
    static const uint64_t wanted[] = {1, 3, 7, 9};
    assert_int_equal(frames.total, 4);
    assert_int_equal(tt_frames_listed(&frames), 4);
    assert_memory_equal(frames.items, wanted, sizeof(wanted));
    tt_frames_free(&frames);
}

static void first_ones_are_listed(const struct tt_frames *frames, uint64_t step)
{
    assert_int_equal(tt_frames_listed(frames), TT_FINDING_FRAMES_MAX);
    for (size_t i = 0; i < TT_FINDING_FRAMES_MAX; i++)
        assert_int_equal(frames->items[i], (i + 1) * step);
}

static void many_frames_are_counted_without_being_kept(void **state)
{
    (void)state;
    struct tt_frames frames = {0};
    const uint64_t many = (uint64_t)TT_FINDING_FRAMES_KEPT * 5;
    for (uint64_t i = 1; i <= many; i++) {
        add(&frames, i * 2);
        add(&frames, i * 2);
        if (i > 1)
            add(&frames, (i - 1) * 2); /* an old one comes back */
        add(&frames, 2);
    }
    assert_int_equal(frames.total, many);
    assert_int_equal(frames.count, TT_FINDING_FRAMES_KEPT);
    first_ones_are_listed(&frames, 2);
    tt_frames_free(&frames);
}

static void descending_frames_still_list_the_first(void **state)
{
    (void)state;
    struct tt_frames frames = {0};
    const uint64_t many = (uint64_t)TT_FINDING_FRAMES_KEPT * 2;
    for (uint64_t i = many; i > 0; i--)
        add(&frames, i);
    first_ones_are_listed(&frames, 1);
    /* Told in the worst order, the count may be too small, never too large. */
    assert_true(frames.total <= many);
    assert_true(frames.total >= TT_FINDING_FRAMES_KEPT);
    for (uint64_t i = many; i > 0; i--)
        add(&frames, i);
    assert_true(frames.total <= many);
    tt_frames_free(&frames);
}

static void let_go_frames_are_not_counted_again(void **state)
{
    (void)state;
    struct tt_frames frames = {0};
    for (uint64_t i = 0; i < TT_FINDING_FRAMES_KEPT; i++)
        add(&frames, 1000 + i);
    add(&frames, 1);    /* lets the last listed one go */
    add(&frames, 1063); /* that one again */
    add(&frames, 5000); /* lets the next one go */
    add(&frames, 1064);
    assert_int_equal(frames.total, TT_FINDING_FRAMES_KEPT + 2);
    tt_frames_free(&frames);
}

static void merging_is_a_union(void **state)
{
    (void)state;
    struct tt_frames a = {0};
    struct tt_frames b = {0};
    add(&a, 1);
    add(&a, 5);
    add(&b, 5);
    add(&b, 3);
    assert_int_equal(tt_frames_merge(&a, &b), TT_OK);
    static const uint64_t wanted[] = {1, 3, 5};
    assert_int_equal(a.total, 3);
    assert_memory_equal(a.items, wanted, sizeof(wanted));
    tt_frames_free(&a);
    tt_frames_free(&b);
}

static void merging_counts_what_was_not_kept(void **state)
{
    (void)state;
    struct tt_frames a = {0};
    struct tt_frames b = {0};
    const uint64_t many = (uint64_t)TT_FINDING_FRAMES_KEPT * 3;
    for (uint64_t i = 1; i <= many; i++)
        add(&b, i);
    add(&a, many + 7);
    assert_int_equal(tt_frames_merge(&a, &b), TT_OK);
    assert_int_equal(a.total, many + 1);
    first_ones_are_listed(&a, 1);
    tt_frames_free(&a);
    tt_frames_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_frame_counts_once_in_order),
        cmocka_unit_test(many_frames_are_counted_without_being_kept),
        cmocka_unit_test(descending_frames_still_list_the_first),
        cmocka_unit_test(let_go_frames_are_not_counted_again),
        cmocka_unit_test(merging_is_a_union),
        cmocka_unit_test(merging_counts_what_was_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
