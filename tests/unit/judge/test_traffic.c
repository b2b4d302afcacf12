#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "judge/traffic.h"

static struct tt_traffic seen_in(const char *text)
{
    struct tt_traffic traffic = {.bytes = strlen(text)};
    tt_traffic_look(&traffic, tt_span_str(text), 0);
    return traffic;
}

static void a_number_is_digits_and_single_signs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned digits;
        uint64_t count;
    } cases[] = {
        {"tel=0123456789&", 10, 1},
        {"+44 7700 900123", 12, 1},
        {"(202) 555-0142", 10, 1},
        {"2025550   142", 10, 0},
        {"\"1234567\",\"7654321\"", 7, 2},
        {"123456", 6, 0},
        {"12a34567890", 8, 1},
        {"1234567", 7, 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tt_traffic traffic = seen_in(cases[i].text);
        if (traffic.numbers[cases[i].digits] != cases[i].count)
            fail_msg("%s: %u", cases[i].text, (unsigned)traffic.numbers[cases[i].digits]);
        assert_int_equal(traffic.looked, strlen(cases[i].text));
    }
}

/* Long texts are looked at many bytes at a time. */
static void a_number_counts_wherever_it_stands(void **state)
{
    (void)state;
    enum { LEN = 200 };
    static const char number[] = "1 (2) 3--4.5/+6 7";
    for (size_t at = 0; at + sizeof(number) <= LEN; at++) {
        uint8_t text[LEN];
        struct tt_traffic traffic = {.looked = 0};
        memset(text, 'x', sizeof(text));
        memcpy(text + at, number, sizeof(number) - 1);
        tt_traffic_look(&traffic, tt_span_of(text, sizeof(text)), 0);
        assert_int_equal(traffic.numbers[TT_TRAFFIC_DIGITS_MIN], 1);
        text[at + 5] = 'x';
        tt_traffic_look(&traffic, tt_span_of(text, sizeof(text)), 0);
        assert_int_equal(traffic.numbers[TT_TRAFFIC_DIGITS_MIN], 1);
    }
}

/* 60 digits: two numbers of the most digits, and one of 12. */
static void a_long_row_is_several(void **state)
{
    (void)state;
    struct tt_traffic traffic =
        seen_in("123456789012345678901234567890123456789012345678901234567890");
    assert_int_equal(traffic.numbers[TT_TRAFFIC_DIGITS_MAX], 2);
    assert_int_equal(traffic.numbers[12], 1);
    /* Places for 12 digits: two in each long one, the short one, and the one that was found. */
    assert_true(tt_traffic_numbers(&traffic, 12) == 6);
    assert_true(tt_traffic_numbers(&traffic, 13) == 3);
}

/* The sample is the first bytes of every step of the stream; what it shows goes for all. */
static void only_a_sample_is_looked_at(void **state)
{
    (void)state;
    enum { LEN = 4 * TT_TRAFFIC_STEP };
    char *text = malloc(LEN);
    assert_non_null(text);
    for (size_t i = 0; i < LEN; i++)
        text[i] = i % 16 == 0 ? 'x' : '1';
    struct tt_traffic whole = {.bytes = LEN};
    struct tt_traffic halves = {.bytes = LEN};
    tt_traffic_look(&whole, tt_span_of(text, LEN), 0);
    tt_traffic_look(&halves, tt_span_of(text, 8000), 0);
    tt_traffic_look(&halves, tt_span_of(text + 8000, LEN - 8000), 8000);
    assert_int_equal(whole.looked, 4 * TT_TRAFFIC_LOOKED);
    assert_memory_equal(&whole, &halves, sizeof(whole));
    /* 32 in each sample, 2048 in all, and the one that was found, 16 times. */
    assert_int_equal(whole.numbers[15], 4 * TT_TRAFFIC_LOOKED / 16);
    assert_true(tt_traffic_numbers(&whole, 15) == 2048 + 16);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_digits_and_single_signs),
        cmocka_unit_test(a_number_counts_wherever_it_stands),
        cmocka_unit_test(a_long_row_is_several),
        cmocka_unit_test(only_a_sample_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
