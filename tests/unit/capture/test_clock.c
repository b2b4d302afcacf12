#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/clock.h"

static uint64_t time_of(uint8_t resolution, int64_t offset, uint64_t ticks)
{
    struct tt_clock clock = tt_clock_make(resolution, offset);
    uint64_t time = 1;
    assert_true(tt_clock_time(&clock, ticks, &time));
    return time;
}

static void test_decimal(void **state)
{
    (void)state;
    assert_int_equal(time_of(0, 0, 1407402602), 1407402602000000000);
    assert_int_equal(time_of(3, 0, 1407402602123), 1407402602123000000);
    assert_int_equal(time_of(6, 0, 1407402602123456), 1407402602123456000);
    assert_int_equal(time_of(9, 0, 1407402602123456789), 1407402602123456789);
    assert_int_equal(time_of(10, 0, 14074026021234567899U), 1407402602123456789);
    assert_int_equal(time_of(12, 0, 1999), 1);
    assert_int_equal(time_of(28, 0, UINT64_MAX), 1);
    assert_int_equal(time_of(29, 0, UINT64_MAX), 0);
    assert_int_equal(time_of(127, 0, UINT64_MAX), 0);
}

static void test_binary(void **state)
{
    (void)state;
    assert_int_equal(time_of(0x80, 0, 7), 7000000000);
    assert_int_equal(time_of(0x81, 0, 3), 1500000000);
    assert_int_equal(time_of(0x8a, 0, 1024 + 512), 1500000000);
    assert_int_equal(time_of(0xa0, 0, UINT64_C(0x53e34aaa80000000)), 1407404714500000000);
    assert_int_equal(time_of(0xbf, 0, UINT64_C(1) << 63), 1000000000);
    assert_int_equal(time_of(0xc0, 0, UINT64_C(1) << 63), 500000000);
    assert_int_equal(time_of(0xff, 0, UINT64_MAX), 0);
}

static void test_offset(void **state)
{
    (void)state;
    assert_int_equal(time_of(6, 1407402602, 123456), 1407402602123456000);
    assert_int_equal(time_of(6, -2, 3000000), 1000000000);
}

static void test_out_of_range(void **state)
{
    (void)state;
    uint64_t time = 1;
    struct tt_clock before = tt_clock_make(6, -4);
    assert_false(tt_clock_time(&before, 3000000, &time));
    assert_int_equal(time, 0);
    struct tt_clock after = tt_clock_make(6, 0);
    assert_false(tt_clock_time(&after, UINT64_MAX, &time));
    assert_true(time == UINT64_MAX);
    struct tt_clock far = tt_clock_make(0, INT64_MAX);
    assert_false(tt_clock_time(&far, UINT64_MAX, &time));
    assert_true(time == UINT64_MAX);
    struct tt_clock past = tt_clock_make(0xff, INT64_MIN);
    assert_false(tt_clock_time(&past, 0, &time));
    assert_int_equal(time, 0);
}

static void test_tick(void **state)
{
    (void)state;
    static const struct {
        uint8_t resolution;
        uint64_t ns;
    } ticks[] = {{0, 1000000000}, {3, 1000000},       {6, 1000},      {9, 1},    {12, 1},
                 {127, 1},        {0x80, 1000000000}, {0x8a, 976563}, {0xa0, 1}, {0xff, 1}};
    for (size_t i = 0; i < sizeof(ticks) / sizeof(*ticks); i++) {
        struct tt_clock clock = tt_clock_make(ticks[i].resolution, 0);
        assert_int_equal(tt_clock_tick(&clock), ticks[i].ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal), cmocka_unit_test(test_binary),
        cmocka_unit_test(test_offset),  cmocka_unit_test(test_out_of_range),
        cmocka_unit_test(test_tick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
