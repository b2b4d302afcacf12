#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/utf16.h"
#include "recorder.h"

#define BYTES(text) tt_span_of((text), sizeof(text) - 1)

static void assert_decoded(struct tt_span input, enum tt_utf16_order order, const char *expected)
{
    struct recorder rec;
    rec_init(&rec, input);
    rec.fed = input.len;
    struct flush flush = flush_make(input);
    uint8_t room[8];
    struct tt_outlet out;
    const struct tt_body inner = {.kind = TT_STEP_CODING, .step = tt_utf16_name(order)};
    tt_outlet_init(&out, &rec.sink, room, sizeof(room));
    assert_true(tt_outlet_open(&out, &inner, NULL, 0));
    tt_utf16_put(&out, flush.span, order, 0);
    tt_outlet_close(&out, TT_BODY_COMPLETE, input.len);
    struct tt_span bytes = rec_bytes(&rec, 0);
    assert_int_equal(bytes.len, strlen(expected));
    assert_memory_equal(bytes.data, expected, bytes.len);
    flush_free(&flush);
    rec_free(&rec);
}

static void both_orders(void **state)
{
    (void)state;
    assert_string_equal(tt_utf16_name(TT_UTF16_LITTLE), "utf-16le");
    assert_string_equal(tt_utf16_name(TT_UTF16_BIG), "utf-16be");
    assert_decoded(BYTES("a\0s\0h\0a\0"), TT_UTF16_LITTLE, "asha");
    assert_decoded(BYTES("\0a\0s\0h\0a"), TT_UTF16_BIG, "asha");
    assert_decoded(BYTES("\xe9\0\xac\x20"), TT_UTF16_LITTLE, "\xc3\xa9\xe2\x82\xac");
    assert_decoded(BYTES("\x3d\xd8\x00\xde"), TT_UTF16_LITTLE, "\xf0\x9f\x98\x80");
    assert_decoded(BYTES("\xd8\x3d\xde\x00"), TT_UTF16_BIG, "\xf0\x9f\x98\x80");
}

static void damaged(void **state)
{
    (void)state;
    assert_decoded(BYTES("a\0b"), TT_UTF16_LITTLE, "a");
    /* Half of a pair: at the end, before another character, and the wrong half. */
    assert_decoded(BYTES("a\0\x3d\xd8"), TT_UTF16_LITTLE, "a\xef\xbf\xbd");
    assert_decoded(BYTES("\x3d\xd8"
                         "b\0"),
                   TT_UTF16_LITTLE,
                   "\xef\xbf\xbd"
                   "b");
    assert_decoded(BYTES("\x00\xde"
                         "b\0"),
                   TT_UTF16_LITTLE,
                   "\xef\xbf\xbd"
                   "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_orders), cmocka_unit_test(damaged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
