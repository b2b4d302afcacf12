/* Work shared by threads: each thing is done once, whatever their number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/team.h"

struct sums {
    uint8_t *done;
    _Atomic(size_t) slices;
};

static void count_each(void *context, size_t first, size_t end)
{
    struct sums *sums = context;
    atomic_fetch_add(&sums->slices, 1);
    for (size_t i = first; i < end; i++)
        sums->done[i]++;
}

static void test_each_once(void **state)
{
    (void)state;
    static const size_t counts[] = {0,
                                    1,
                                    2,
                                    TT_TEAM_SLICE_MIN - 1,
                                    TT_TEAM_SLICE_MIN,
                                    2 * TT_TEAM_SLICE_MIN,
                                    3 * TT_TEAM_SLICE_MIN + 1,
                                    10 * TT_TEAM_SLICE_MIN + 3};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct sums sums = {.done = calloc(counts[i] + 1, 1)};
        assert_non_null(sums.done);
        tt_team_run(counts[i], count_each, &sums);
        for (size_t j = 0; j < counts[i]; j++)
            assert_int_equal(sums.done[j], 1);
        assert_int_equal(sums.done[counts[i]], 0);
        assert_true(atomic_load(&sums.slices) >= 1 && atomic_load(&sums.slices) <= TT_TEAM_MAX);
        if (counts[i] < 2 * (size_t)TT_TEAM_SLICE_MIN)
            assert_int_equal(atomic_load(&sums.slices), 1);
        free(sums.done);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
