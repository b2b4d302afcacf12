#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/reader.h"
#include "support/flush.h"

static const uint8_t bytes[] = {0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88};

static void integers(void **state)
{
    (void)state;
    struct flush in = flush_make(tt_span_of(bytes, sizeof(bytes)));
    struct tt_reader r = tt_reader_of(in.span);
    assert_int_equal(tt_read_u8(&r), 0x01);
    assert_int_equal(tt_read_u16(&r), 0x8203);
    assert_int_equal(tt_read_u24(&r), 0x840586);
    assert_int_equal(tt_reader_left(&r), 2);
    r = tt_reader_of(in.span);
    assert_int_equal(tt_read_u32(&r), 0x01820384);
    assert_int_equal(tt_read_le(&r, 4), 0x88078605);
    r = tt_reader_of(in.span);
    assert_true(tt_read_u64(&r) == UINT64_C(0x0182038405860788));
    assert_false(r.failed);
    r = tt_reader_of(in.span);
    assert_true(tt_read_le(&r, 8) == UINT64_C(0x8807860584038201));
    assert_int_equal(tt_reader_left(&r), 0);
    assert_false(r.failed);
    flush_free(&in);
}

/* Each length, both ways, against a sum that is written out. */
static void lengths(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 8; len++) {
        struct flush in = flush_make(tt_span_of(bytes, len));
        uint64_t be = 0;
        uint64_t le = 0;
        for (size_t i = 0; i < len; i++) {
            be += (uint64_t)bytes[i] << 8 * (len - 1 - i);
            le += (uint64_t)bytes[i] << 8 * i;
        }
        struct tt_reader r = tt_reader_of(in.span);
        assert_true(tt_read_be(&r, len) == be);
        r = tt_reader_of(in.span);
        assert_true(tt_read_le(&r, len) == le);
        assert_false(r.failed);
        flush_free(&in);
    }
}

/* One byte short of every integer: zero, failed, and nothing more comes. */
static void too_short(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 8; len++) {
        struct flush in = flush_make(tt_span_of(bytes, len - 1));
        struct tt_reader r = tt_reader_of(in.span);
        assert_true(tt_read_be(&r, len) == 0);
        assert_true(r.failed);
        assert_int_equal(tt_reader_left(&r), 0);
        assert_int_equal(tt_read_u8(&r), 0);
        assert_int_equal(tt_read_rest(&r).len, 0);
        r = tt_reader_of(in.span);
        assert_true(tt_read_le(&r, len) == 0);
        assert_true(r.failed);
        flush_free(&in);
    }
}

static void spans(void **state)
{
    (void)state;
    struct flush in = flush_make(tt_span_str("abcdef"));
    struct tt_reader r = tt_reader_of(in.span);
    struct tt_span first = tt_read_span(&r, 2);
    assert_ptr_equal(first.data, in.span.data);
    assert_int_equal(first.len, 2);
    assert_int_equal(tt_read_span(&r, 0).len, 0);
    tt_read_skip(&r, 1);
    assert_true(tt_span_eq(tt_read_rest(&r), tt_span_str("def")));
    assert_false(r.failed);
    assert_int_equal(tt_read_rest(&r).len, 0);
    assert_int_equal(tt_read_span(&r, 0).len, 0);
    assert_false(r.failed);
    tt_read_skip(&r, 1);
    assert_true(r.failed);
    flush_free(&in);
}

/* Lengths from the wire may be anything. */
static void hostile_lengths(void **state)
{
    (void)state;
    static const size_t lengths_too_long[] = {7, 8, SIZE_MAX - 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof(lengths_too_long) / sizeof(lengths_too_long[0]); i++) {
        struct flush in = flush_make(tt_span_str("abcdef"));
        struct tt_reader r = tt_reader_of(in.span);
        assert_int_equal(tt_read_u8(&r), 'a');
        assert_int_equal(tt_read_span(&r, lengths_too_long[i]).len, 0);
        assert_true(r.failed);
        assert_int_equal(tt_read_span(&r, 0).len, 0);
        assert_true(r.failed);
        r = tt_reader_of(in.span);
        tt_read_skip(&r, lengths_too_long[i]);
        assert_true(r.failed);
        flush_free(&in);
    }
}

static void nothing(void **state)
{
    (void)state;
    struct tt_reader r = tt_reader_of((struct tt_span){.data = NULL, .len = 0});
    assert_int_equal(tt_reader_left(&r), 0);
    assert_int_equal(tt_read_span(&r, 0).len, 0);
    assert_int_equal(tt_read_rest(&r).len, 0);
    assert_false(r.failed);
    assert_int_equal(tt_read_u8(&r), 0);
    assert_true(r.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers), cmocka_unit_test(lengths),         cmocka_unit_test(too_short),
        cmocka_unit_test(spans),    cmocka_unit_test(hostile_lengths), cmocka_unit_test(nothing),
    };
    return cmocka_run_group_tests_name("base/reader", tests, NULL, NULL);
}
