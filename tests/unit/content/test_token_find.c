/* The quick search for runs of token characters gives what a plain one gives: at every length,
 * start and alignment, at the end of readable memory. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "content/token_find.h"
#include "model/limits.h"
#include "support/flush.h"

static bool is_char(uint8_t c)
{
    return (tt_token_classes[c] & TT_IN_RUN) != 0;
}

/* As the header says it, one byte at a time. */
static size_t find_slowly(struct tt_span in, size_t at)
{
    while (true) {
        while (at < in.len && !is_char(in.data[at]))
            at++;
        size_t end = at;
        while (end < in.len && is_char(in.data[end]))
            end++;
        if (end - at >= TT_TOKEN_MIN || end == in.len)
            return at;
        at = end;
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

/* Text in which runs are now rare, now long. */
static void fill(uint8_t *bytes, size_t len, uint32_t *seed)
{
    static const uint8_t some[] = {'a', 'Z', '0',  '_',  '+', '/', '-',
                                   ' ', '.', 0x80, 0xe1, '@', '['};
    unsigned share = 1 + next_random(seed) % 40;
    for (size_t i = 0; i < len; i++)
        bytes[i] = next_random(seed) % share == 0 ? some[next_random(seed) % sizeof(some)] : 'x';
}

static void test_gives_what_a_plain_search_gives(void **state)
{
    (void)state;
    uint32_t seed = 20141120;
    uint8_t bytes[300];
    for (size_t len = 0; len < sizeof(bytes); len++) {
        fill(bytes, len, &seed);
        struct flush flush = flush_make(tt_span_of(bytes, len));
        for (size_t at = 0; at <= len; at++)
            assert_int_equal(tt_token_find(flush.span, at), find_slowly(flush.span, at));
        flush_free(&flush);
    }
}

static void test_runs_over_the_border_of_blocks(void **state)
{
    (void)state;
    uint8_t bytes[256];
    for (size_t from = 0; from < 200; from++) {
        for (size_t len = TT_TOKEN_MIN - 1; len <= TT_TOKEN_MIN + 1; len++) {
            memset(bytes, ' ', sizeof(bytes));
            memset(bytes + from, 'k', len);
            size_t found = tt_token_find(tt_span_of(bytes, sizeof(bytes)), 0);
            assert_int_equal(found, len < TT_TOKEN_MIN ? sizeof(bytes) : from);
        }
    }
}

static void test_the_alphabet(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        bool expected = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                        (c >= 'A' && c <= 'Z') || c == '+' || c == '/' || c == '-' || c == '_';
        uint8_t bytes[128];
        memset(bytes, (int)c, sizeof(bytes));
        assert_int_equal(is_char((uint8_t)c), expected);
        assert_int_equal(tt_token_find(tt_span_of(bytes, sizeof(bytes)), 0),
                         expected ? 0 : sizeof(bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_what_a_plain_search_gives),
        cmocka_unit_test(test_runs_over_the_border_of_blocks),
        cmocka_unit_test(test_the_alphabet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
