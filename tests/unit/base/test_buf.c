#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

#include <string.h>

static void starts_empty(void **state)
{
    (void)state;
    struct tt_buf buf = tt_buf_make(10);
    assert_int_equal(tt_buf_span(&buf).len, 0);
    assert_int_equal(tt_buf_append(&buf, tt_buf_span(&buf)), TT_OK);
    assert_null(buf.data);
    tt_buf_drop(&buf, 0);
    tt_buf_drop(&buf, 5);
    tt_buf_clear(&buf);
    tt_buf_wipe(&buf);
    tt_buf_free(&buf);
    tt_buf_free(NULL);
    tt_buf_wipe(NULL);
}

static void appends(void **state)
{
    (void)state;
    struct tt_buf buf = tt_buf_make(100);
    assert_int_equal(tt_buf_append(&buf, tt_span_of("a\0b", 3)), TT_OK);
    assert_int_equal(tt_buf_append_str(&buf, "cd"), TT_OK);
    assert_int_equal(tt_buf_append_u8(&buf, 0xff), TT_OK);
    assert_int_equal(tt_buf_printf(&buf, "%d-%s", 7, "x"), TT_OK);
    assert_true(tt_span_eq(tt_buf_span(&buf), tt_span_of("a\0bcd\xff"
                                                         "7-x",
                                                         9)));
    tt_buf_clear(&buf);
    assert_int_equal(buf.len, 0);
    assert_int_equal(tt_buf_append_str(&buf, "again"), TT_OK);
    assert_true(tt_span_eq(tt_buf_span(&buf), tt_span_str("again")));
    tt_buf_free(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.cap, 0);
    assert_int_equal(buf.max, 100);
    assert_int_equal(tt_buf_append_str(&buf, "and again"), TT_OK);
    tt_buf_free(&buf);
}

/* At every cap: the last byte fits, the next does not, and what did not fit changes nothing. */
static void cap(void **state)
{
    (void)state;
    for (size_t max = 0; max < 300; max++) {
        struct tt_buf buf = tt_buf_make(max);
        for (size_t i = 0; i < max; i++)
            assert_int_equal(tt_buf_append_u8(&buf, (uint8_t)i), TT_OK);
        assert_int_equal(tt_buf_append_u8(&buf, 'x'), TT_ERR_LIMIT);
        assert_int_equal(tt_buf_append_str(&buf, "xyz"), TT_ERR_LIMIT);
        assert_int_equal(tt_buf_printf(&buf, "%d", 1), TT_ERR_LIMIT);
        assert_int_equal(tt_buf_reserve(&buf, 1), TT_ERR_LIMIT);
        assert_int_equal(tt_buf_reserve(&buf, SIZE_MAX), TT_ERR_LIMIT);
        assert_int_equal(tt_buf_reserve(&buf, 0), TT_OK);
        assert_int_equal(tt_buf_append(&buf, tt_span_of(NULL, 0)), TT_OK);
        assert_int_equal(buf.len, max);
        for (size_t i = 0; i < max; i++)
            assert_int_equal(buf.data[i], (uint8_t)i);
        tt_buf_free(&buf);
    }
}

static void all_or_nothing(void **state)
{
    (void)state;
    struct tt_buf buf = tt_buf_make(8);
    assert_int_equal(tt_buf_append_str(&buf, "12345"), TT_OK);
    assert_int_equal(tt_buf_append_str(&buf, "6789"), TT_ERR_LIMIT);
    assert_int_equal(tt_buf_printf(&buf, "%s", "6789"), TT_ERR_LIMIT);
    assert_true(tt_span_eq(tt_buf_span(&buf), tt_span_str("12345")));
    assert_int_equal(tt_buf_append_str(&buf, "678"), TT_OK);
    tt_buf_free(&buf);
}

/* Texts of every length round the size of the small buffer in tt_buf_printf, into buffers that have
 * just enough room and one byte too little. */
static void printf_lengths(void **state)
{
    (void)state;
    char text[602];
    memset(text, 'p', sizeof(text));
    for (size_t len = 0; len <= 600; len++) {
        text[len] = '\0';
        struct tt_buf buf = tt_buf_make(len);
        assert_int_equal(tt_buf_printf(&buf, "%s", text), TT_OK);
        assert_true(tt_span_eq(tt_buf_span(&buf), tt_span_str(text)));
        tt_buf_free(&buf);
        if (len > 0) {
            buf = tt_buf_make(len - 1);
            assert_int_equal(tt_buf_printf(&buf, "%s", text), TT_ERR_LIMIT);
            assert_int_equal(buf.len, 0);
            tt_buf_free(&buf);
        }
        buf = tt_buf_make(len + 3);
        assert_int_equal(tt_buf_append_str(&buf, "ab"), TT_OK);
        assert_int_equal(tt_buf_printf(&buf, "%s.", text), TT_OK);
        assert_int_equal(buf.len, len + 3);
        assert_int_equal(buf.data[len + 2], '.');
        tt_buf_free(&buf);
        text[len] = 'p';
    }
}

static void reserves(void **state)
{
    (void)state;
    struct tt_buf buf = tt_buf_make(1000);
    assert_int_equal(tt_buf_append_str(&buf, "head"), TT_OK);
    assert_int_equal(tt_buf_reserve(&buf, 996), TT_OK);
    assert_int_equal(buf.len, 4);
    assert_true(buf.cap >= 1000);
    memset(buf.data + buf.len, 'r', 996);
    buf.len += 996;
    assert_memory_equal(buf.data, "headr", 5);
    assert_int_equal(tt_buf_append_u8(&buf, 'x'), TT_ERR_LIMIT);
    tt_buf_free(&buf);
    buf = tt_buf_make(SIZE_MAX);
    assert_int_equal(tt_buf_append_str(&buf, "x"), TT_OK);
    assert_int_equal(tt_buf_reserve(&buf, SIZE_MAX), TT_ERR_LIMIT);
    assert_true(tt_span_eq(tt_buf_span(&buf), tt_span_str("x")));
    tt_buf_free(&buf);
}

static void drops(void **state)
{
    (void)state;
    struct tt_buf buf = tt_buf_make(6);
    assert_int_equal(tt_buf_append_str(&buf, "abcdef"), TT_OK);
    tt_buf_drop(&buf, 0);
    assert_true(tt_span_eq(tt_buf_span(&buf), tt_span_str("abcdef")));
    tt_buf_drop(&buf, 2);
    assert_true(tt_span_eq(tt_buf_span(&buf), tt_span_str("cdef")));
    assert_int_equal(tt_buf_append_str(&buf, "gh"), TT_OK); /* the room is back */
    assert_true(tt_span_eq(tt_buf_span(&buf), tt_span_str("cdefgh")));
    tt_buf_drop(&buf, 6);
    assert_int_equal(buf.len, 0);
    assert_int_equal(tt_buf_append_str(&buf, "z"), TT_OK);
    tt_buf_drop(&buf, SIZE_MAX);
    assert_int_equal(buf.len, 0);
    tt_buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_empty),
        cmocka_unit_test(appends),
        cmocka_unit_test(cap),
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(printf_lengths),
        cmocka_unit_test(reserves),
        cmocka_unit_test(drops),
    };
    return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
