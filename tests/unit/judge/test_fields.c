#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/fields.h"

#include <stdlib.h>

static void globs_fit_whole_texts(void **state)
{
    (void)state;
    assert_true(tt_glob_match("*.cloud.example", "a.cloud.example"));
    assert_true(tt_glob_match("*.cloud.example", "b.a.CLOUD.example"));
    assert_false(tt_glob_match("*.cloud.example", "cloud.example"));
    assert_false(tt_glob_match("*.cloud.example", "a.cloud.example.net"));
    assert_true(tt_glob_match("API.example", "api.EXAMPLE"));
    assert_false(tt_glob_match("api.example", "api.example2"));
    assert_false(tt_glob_match("api.example2", "api.example"));
    assert_true(tt_glob_match("*", ""));
    assert_true(tt_glob_match("", ""));
    assert_false(tt_glob_match("", "a"));
    assert_true(tt_glob_match("a?c", "abc"));
    assert_false(tt_glob_match("a?c", "ac"));
    assert_false(tt_glob_match("a?", "a"));
    assert_true(tt_glob_match("**a**", "bab"));
    /* An earlier star must be tried again when the rest does not fit at first. */
    assert_true(tt_glob_match("*ab*ab", "abxabab"));
    assert_true(tt_glob_match("*aab", "aaab"));
    assert_false(tt_glob_match("*ab*ac", "abab"));
}

static void stars_do_not_explode(void **state)
{
    (void)state;
    char text[4096];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_false(tt_glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

static void no_text_fits_nothing(void **state)
{
    (void)state;
    const char *const items[] = {"x", "*"};
    struct tt_words words = {.items = items, .count = 2};
    assert_false(tt_glob_any(words, NULL));
    assert_true(tt_glob_any(words, "anything"));
    words.count = 1;
    assert_false(tt_glob_any(words, "anything"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs_fit_whole_texts),
        cmocka_unit_test(stars_do_not_explode),
        cmocka_unit_test(no_text_fits_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
