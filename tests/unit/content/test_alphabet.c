#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "content/alphabet.h"
#include "model/limits.h"
#include "support/flush.h"

static void assert_written(const char *run, const char *step, const char *text)
{
    struct flush flush = flush_make(tt_span_str(run));
    const struct tt_alphabet *alphabet = tt_alphabet_pick(flush.span, true);
    assert_non_null(alphabet);
    assert_string_equal(alphabet->step, step);
    uint8_t out[200];
    struct tt_base64 state = {0};
    size_t len = tt_alphabet_decode(alphabet, &state, flush.span, out);
    assert_true(tt_span_eq(tt_span_of(out, len), tt_span_str(text)));
    /* In two calls. */
    for (size_t cut = 0; cut < flush.span.len; cut++) {
        state = (struct tt_base64){0};
        len = tt_alphabet_decode(alphabet, &state, tt_span_sub(flush.span, 0, cut), out);
        len += tt_alphabet_decode(alphabet, &state, tt_span_from(flush.span, cut), out + len);
        assert_true(tt_span_eq(tt_span_of(out, len), tt_span_str(text)));
    }
    flush_free(&flush);
}

static const char plain[] = "{\"imei\":\"358240051111110\"}";

/* RFC 4648, sections 6 and 7; the other orders by exchanging the characters of base64. */
static void alphabets(void **state)
{
    (void)state;
    assert_written("PMRGS3LFNERDUIRTGU4DENBQGA2TCMJRGEYTCMBCPU", "base32", plain);
    assert_written("pmrgs3lfnerduirtgu4denbqga2tcmjrgeytcmbcpu", "base32", plain);
    assert_written("FCH6IRB5D4H3K8HJ6KS34D1G60QJ2C9H64OJ2C12FK", "base32hex", plain);
    assert_written("fch6irb5d4h3k8hj6ks34d1g60qj2c9h64oj2c12fk", "base32hex", plain);
    assert_written("EYjPBwvPiJOImZu4mJqWmduXmteXmteWiN0", "base64:lower-first", plain);
    assert_written("Uo9fRMLf8ZeYCpKuCZGmC3KnCJ4nCJ4m8dq", "base64:digits-first", plain);
    assert_written("uO9FrmlF8zEycPkUczgMc3kNcj4Ncj4M8DQ", "base64:digits-lower-first", plain);
    assert_written("rlWcoJIcVwbvZmH4ZwDjZQHkZGRkZGRjVa0", "base64:rot13", plain);
    assert_written("Tm8dQLKd7YcXBnJsBYFkB2JlBI3lBI3k7bo", "base64:sorted", plain);
    assert_written("Sm7dPKJd6XcWAnIsAXEkA1IlAH2lAH2k6bo", "base64:crypt", plain);
    assert_written("cwHnZUTnGhmgKxS2KhOuKBSvKRCvKRCuGly", "base64:bcrypt", plain);
}

/* What says nothing is not believed, whatever it fits. */
static void nothing_said(void **state)
{
    (void)state;
    static const char *const runs[] = {"documentElementClassName", "MzU4MjQwMDUxMTExMTEw",
                                       "ABCDEFGHIJKLMNOPQRSTUVWX", "358240051111110358240",
                                       "/v1/register/device/info", "----------------"};
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        assert_null(tt_alphabet_pick(tt_span_str(runs[i]), true));
        uint8_t out[TT_BASE58_MAX];
        assert_int_equal(tt_base58_decode(tt_span_str(runs[i]), out), 0);
    }
    /* The length of a digest: it may be one. */
    assert_non_null(tt_alphabet_pick(tt_span_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), true));
    assert_null(tt_alphabet_pick(tt_span_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), false));
    uint32_t seed = 3;
    size_t taken = 0;
    for (size_t round = 0; round < 100000; round++) {
        uint8_t run[24];
        for (size_t i = 0; i < sizeof(run); i++) {
            seed = seed * 1664525 + 1013904223;
            run[i] =
                (uint8_t) "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"[(seed >> 16) %
                                                                                      57];
        }
        uint8_t out[TT_BASE58_MAX];
        taken += tt_alphabet_pick(tt_span_of(run, sizeof(run)), true) != NULL;
        taken += tt_base58_decode(tt_span_of(run, sizeof(run)), out) > 0;
    }
    /* Chance: the two bytes of a zlib header, in one of the alphabets. */
    assert_true(taken < 150);
}

/* The examples of the base58 draft (draft-msporny-base58), and the cap. */
static void base58(void **state)
{
    (void)state;
    uint8_t out[TT_BASE58_MAX];
    static const struct {
        const char *run, *text;
    } samples[] = {
        {"2NEpo7TZRRrLZSi2U", "Hello World!"},
        {"USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
         "The quick brown fox jumps over the lazy dog."},
    };
    for (size_t i = 0; i < 2; i++) {
        struct flush flush = flush_make(tt_span_str(samples[i].run));
        size_t len = tt_base58_decode(flush.span, out);
        assert_true(tt_span_eq(tt_span_of(out, len), tt_span_str(samples[i].text)));
        flush_free(&flush);
    }
    static char longest[TT_BASE58_MAX + 1];
    memset(longest, 'z', sizeof(longest));
    assert_int_equal(tt_base58_decode(tt_span_of(longest, TT_BASE58_MAX), out), 0);
    assert_int_equal(tt_base58_decode(tt_span_of(longest, TT_BASE58_MAX + 1), out), 0);
    assert_int_equal(tt_base58_decode(tt_span_of(longest, 0), out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alphabets),
        cmocka_unit_test(nothing_said),
        cmocka_unit_test(base58),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
