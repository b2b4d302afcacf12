#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "net/ticker.h"

static bool move(struct tt_ticker *ticker, uint64_t second)
{
    return tt_ticker_move(ticker, second * TT_NS_PER_SECOND + 5);
}

static void test_seconds(void **state)
{
    (void)state;
    struct tt_ticker ticker = {.second = 0};
    assert_false(move(&ticker, 1000));
    assert_int_equal(ticker.second, 1000);
    assert_false(move(&ticker, 1000));
    assert_true(move(&ticker, 1001));
    assert_true(move(&ticker, 1601));
    assert_int_equal(ticker.second, 1601);
}

static void test_never_goes_back(void **state)
{
    (void)state;
    struct tt_ticker ticker = {.second = 0};
    (void)move(&ticker, 1000);
    assert_false(move(&ticker, 10));
    assert_int_equal(ticker.second, 1000);
    assert_false(tt_ticker_move(&ticker, 0));
    assert_int_equal(ticker.second, 1000);
}

static void test_a_jump_needs_two(void **state)
{
    (void)state;
    struct tt_ticker ticker = {.second = 0};
    (void)move(&ticker, 1000);
    assert_false(move(&ticker, 90000));
    assert_true(move(&ticker, 90000));
    assert_int_equal(ticker.second, 90000);
}

static void test_one_wrong_time_changes_nothing(void **state)
{
    (void)state;
    struct tt_ticker ticker = {.second = 0};
    (void)move(&ticker, 1000);
    assert_false(tt_ticker_move(&ticker, UINT64_MAX));
    assert_true(move(&ticker, 1001));
    assert_int_equal(ticker.second, 1001);
    assert_true(move(&ticker, 1002));
}

static void test_age(void **state)
{
    (void)state;
    struct tt_ticker ticker = {.second = 100};
    assert_false(tt_ticker_is_old(&ticker, 90, 10));
    assert_true(tt_ticker_is_old(&ticker, 89, 10));
    assert_false(tt_ticker_is_old(&ticker, 101, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_never_goes_back),
        cmocka_unit_test(test_a_jump_needs_two),
        cmocka_unit_test(test_one_wrong_time_changes_nothing),
        cmocka_unit_test(test_age),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
