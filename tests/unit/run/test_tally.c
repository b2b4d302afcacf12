#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/tally.h"

static void told(struct tt_tally *tally, uint32_t capture, enum tt_bucket bucket, uint64_t bytes)
{
    const struct tt_account account = {.capture = capture, .bucket = bucket, .bytes = bytes};
    assert_int_equal(tt_tally_account(tally, &account), TT_OK);
}

static struct tt_case_input input_of(uint64_t captured, uint64_t overhead, uint64_t duplicate)
{
    return (struct tt_case_input){
        .captured_bytes = captured,
        .buckets = {[TT_BUCKET_OVERHEAD] = overhead, [TT_BUCKET_DUPLICATE] = duplicate}};
}

static void one_capture_adds_up(void **state)
{
    (void)state;
    struct tt_tally tally = {.captures = NULL};
    const struct tt_flow flow = {.lost = {3, 4}, .repeated = {1, 2}, .overhead = {40, 20}};
    told(&tally, 0, TT_BUCKET_DECODED, 100);
    told(&tally, 0, TT_BUCKET_ENCRYPTED, 7);
    told(&tally, 0, TT_BUCKET_DECODED, 30);
    assert_int_equal(tt_tally_flow(&tally, &flow), TT_OK);
    struct tt_case_input input = input_of(100 + 7 + 30 + 70 + 5, 70, 5);
    tt_tally_input(&tally, 0, &input);
    assert_int_equal(input.missing_bytes, 7);
    assert_int_equal(input.buckets[TT_BUCKET_DECODED], 130);
    assert_int_equal(input.buckets[TT_BUCKET_ENCRYPTED], 7);
    assert_int_equal(input.buckets[TT_BUCKET_LOST], 7);
    assert_int_equal(input.buckets[TT_BUCKET_OVERHEAD], 70);
    assert_int_equal(tt_tally_unattributed(&tally, TT_BUCKET_OVERHEAD), 10);
    assert_int_equal(tt_tally_unattributed(&tally, TT_BUCKET_DUPLICATE), 2);
    assert_int_equal(tt_tally_difference(&tally), 0);
    tt_tally_free(&tally);
}

/* What a protocol saw twice belongs to its flow. */
static void duplicates_of_a_protocol(void **state)
{
    (void)state;
    struct tt_tally tally = {.captures = NULL};
    told(&tally, 0, TT_BUCKET_DUPLICATE, 30);
    struct tt_case_input input = input_of(35, 0, 5);
    tt_tally_input(&tally, 0, &input);
    assert_int_equal(input.buckets[TT_BUCKET_DUPLICATE], 35);
    assert_int_equal(tt_tally_unattributed(&tally, TT_BUCKET_DUPLICATE), 5);
    assert_int_equal(tt_tally_difference(&tally), 0);
    tt_tally_free(&tally);
}

/* The byte that is told twice, or never, or by a flow alone. */
static void a_mistake_shows(void **state)
{
    (void)state;
    static const struct {
        uint64_t told;
        uint64_t overhead;
        uint32_t of_flow;
        uint64_t difference;
    } cases[] = {
        {60, 40, 40, 0}, {61, 40, 40, 1}, {59, 40, 40, 1}, {0, 40, 0, 60}, {60, 40, 41, 1}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct tt_tally tally = {.captures = NULL};
        const struct tt_flow flow = {.overhead = {cases[i].of_flow, 0}};
        told(&tally, 0, TT_BUCKET_OPAQUE, cases[i].told);
        assert_int_equal(tt_tally_flow(&tally, &flow), TT_OK);
        struct tt_case_input input = input_of(100, cases[i].overhead, 0);
        tt_tally_input(&tally, 0, &input);
        assert_int_equal(tt_tally_difference(&tally), cases[i].difference);
        tt_tally_free(&tally);
    }
}

static void captures_are_kept_apart(void **state)
{
    (void)state;
    struct tt_tally tally = {.captures = NULL};
    const struct tt_flow flow = {.capture = 1, .lost = {5, 0}};
    told(&tally, 2, TT_BUCKET_OPENED, 9);
    told(&tally, 0, TT_BUCKET_RAW_TEXT, 8);
    assert_int_equal(tt_tally_flow(&tally, &flow), TT_OK);
    static const uint64_t captured[] = {8, 0, 9, 1};
    for (uint32_t at = 0; at < 4; at++) {
        struct tt_case_input input = input_of(captured[at], at == 3 ? 1 : 0, 0);
        tt_tally_input(&tally, at, &input);
        assert_int_equal(input.missing_bytes, at == 1 ? 5 : 0);
        assert_int_equal(input.buckets[TT_BUCKET_OPENED], at == 2 ? 9 : 0);
        assert_int_equal(input.buckets[TT_BUCKET_RAW_TEXT], at == 0 ? 8 : 0);
    }
    assert_int_equal(tt_tally_difference(&tally), 0);
    tt_tally_free(&tally);
    tt_tally_free(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_capture_adds_up),
        cmocka_unit_test(duplicates_of_a_protocol),
        cmocka_unit_test(a_mistake_shows),
        cmocka_unit_test(captures_are_kept_apart),
    };
    return cmocka_run_group_tests_name("run/tally", tests, NULL, NULL);
}
