#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf.h"
#include "content/step.h"

static void assert_text(const char *name, size_t len, const char *expected)
{
    struct tt_step_text text;
    tt_step_start(&text, "x:");
    tt_step_put(&text, tt_span_of(name, len));
    assert_string_equal(text.bytes, expected);
    assert_int_equal(text.len, strlen(expected));
}

static void strangers_are_cleaned(void **state)
{
    (void)state;
    assert_text("plain name", 10, "x:plain name");
    assert_text("", 0, "x:");
    assert_text("a\0b", 3, "x:a?b");
    assert_text("\x1b[31m\r\n\x7f", 8, "x:?[31m???");
    assert_text("\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80", 9,
                "x:\xc3\xa9\xe4\xbd\xa0\xf0\x9f\x98\x80");
    assert_text("\xff\xc3", 2, "x:??");
    /* C1 controls, a direction override, a zero-width space, a byte order mark. */
    assert_text("\xc2\x9b\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf", 11, "x:????");
}

static void long_texts_lose_their_middle(void **state)
{
    (void)state;
    for (size_t len = 0; len<3000; len += len> 490 && len < 530 ? 1 : 61) {
        for (unsigned width = 1; width <= 4; width++) {
            static const char *const letters[] = {"", "a", "\xc3\xa9", "\xe4\xbd\xa0",
                                                  "\xf0\x9f\x98\x80"};
            struct tt_step_text text;
            tt_step_start(&text, "prefix:");
            for (size_t i = 0; i < len; i++)
                tt_step_put(&text, tt_span_str(letters[width]));
            tt_step_put(&text, tt_span_str("END"));
            assert_true(text.len < TT_PATH_MAX);
            assert_int_equal(strlen(text.bytes), text.len);
            assert_true(tt_utf8_valid(tt_span_of(text.bytes, text.len)));
            assert_memory_equal(text.bytes, "prefix:", 7);
            assert_string_equal(text.bytes + text.len - 3, "END");
            bool fits = 7 + len * width + 3 < TT_PATH_MAX;
            assert_int_equal(strstr(text.bytes, "\xe2\x80\xa6") == NULL, fits);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_are_cleaned),
        cmocka_unit_test(long_texts_lose_their_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
