#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/token_part.h"
#include "support/flush.h"

static size_t parts_of(const char *text, struct tt_token_part *parts)
{
    struct flush flush = flush_make(tt_span_str(text));
    size_t count = tt_token_parts(flush.span, parts);
    flush_free(&flush);
    return count;
}

static void assert_part(const char *text, const char *part)
{
    struct tt_token_part parts[TT_TOKEN_PARTS_MAX];
    assert_int_equal(parts_of(text, parts), 1);
    assert_int_equal(parts[0].at, strstr(text, part) - text);
    assert_int_equal(parts[0].len, strlen(part));
}

static void found(void **state)
{
    (void)state;
    /* SHA-1, MD5 and SHA-256 of invented values. */
    assert_part("v1/seen/Q1/icIvaqXUgOKVtbL6ChAsKQYw", "Q1/icIvaqXUgOKVtbL6ChAsKQYw");
    assert_part("v1/Q1/icIvaqXUgOKVtbL6ChAsKQYw/next", "Q1/icIvaqXUgOKVtbL6ChAsKQYw");
    assert_part("rFfqRr2/XMVegfGe9OD7mw/next", "rFfqRr2/XMVegfGe9OD7mw");
    assert_part("my_app/LLuuuTlPJUHL/Q8FVUNk8pn0Rmz0C76ZxESJ+l8NHqw",
                "LLuuuTlPJUHL/Q8FVUNk8pn0Rmz0C76ZxESJ+l8NHqw");
}

static void not_found(void **state)
{
    (void)state;
    struct tt_token_part parts[TT_TOKEN_PARTS_MAX];
    static const char *const none[] = {
        "",
        "Q1/icIvaqXUgOKVtbL6ChAsKQYw",           /* the whole run */
        "v1/seen/FdgrunwCnTfDNw1RMkmjxBFC1W4",   /* no separator of its own */
        "v1/seen/q1/icivaqxugokvtbl6chaskqyw",   /* no digest has small letters only */
        "v1/Q1/ic/va/XUg/KVtbL/ChAsKQYw/x",      /* too many separators */
        "v1/seen/Q1/icIvaqXUgOKVtbL6ChAsKQYwabc" /* another length */
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_int_equal(parts_of(none[i], parts), 0);
}

static void limit(void **state)
{
    (void)state;
    static char text[2 * TT_TOKEN_PART_RUN_MAX + 1];
    struct tt_token_part parts[TT_TOKEN_PARTS_MAX];
    /* Each two pieces between separators are as long as a SHA-1. */
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        text[i] = i % 14 == 13 ? '/' : i % 2 == 0 ? 'A' : 'g';
    assert_int_equal(parts_of(text, parts), TT_TOKEN_PARTS_MAX);
    for (size_t i = 0; i < TT_TOKEN_PARTS_MAX; i++) {
        assert_int_equal(parts[i].at, 14 * i);
        assert_int_equal(parts[i].len, 27);
    }
    /* Behind what is looked at there is nothing. */
    memset(text, 'A', TT_TOKEN_PART_RUN_MAX);
    assert_int_equal(parts_of(text, parts), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found),
        cmocka_unit_test(not_found),
        cmocka_unit_test(limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
