/* Recipe files: what is read, and what is refused with line and column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "identify/recipe_book.h"

static struct tt_recipe_book *new_book(void)
{
    struct tt_recipe_book *book = NULL;
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_recipe_book_new(&book, &error), TT_OK);
    return book;
}

static void test_whole(void **state)
{
    (void)state;
    static const char yaml[] = "recipes:\n"
                               "  - name: acme-2\n"
                               "    source: https://research.example/acme\n"
                               "    hosts: [\"*.acme.example\", log.example]\n"
                               "    gives: zlib\n"
                               "    steps:\n"
                               "      - skip: 4\n"
                               "      - aes-ctr: {key: {hex: 00112233445566778899aabbccddeeff},\n"
                               "                  iv: {text: abcdefghijklmnop}}\n"
                               "      - 3des-cbc: {key: {text: q, digest: md5-hex, take: 24},\n"
                               "                   iv: key, padding: none}\n"
                               "  - name: acme-salt\n"
                               "    source: the same\n"
                               "    salted: {digest: sha512, before: {hex: 00ff}}\n";
    struct tt_recipe_book *book = new_book();
    struct tt_error error = {.code = TT_OK};
    size_t before = tt_recipe_book_count(book);
    assert_int_equal(tt_recipe_book_add(book, tt_span_str(yaml), "a.yaml", &error), TT_OK);
    assert_int_equal(tt_recipe_book_count(book), before + 2);
    const struct tt_card *card = tt_recipe_book_card(book, before);
    assert_string_equal(card->name, "acme-2");
    assert_string_equal(card->step, "recipe:acme-2");
    assert_string_equal(card->source, "https://research.example/acme");
    assert_int_equal(card->gives, TT_GIVES_ZLIB);
    assert_int_equal(card->step_count, 3);
    assert_int_equal(card->steps[0].count, 4);
    assert_false(card->steps[1].padded);
    assert_int_equal(card->steps[2].iv.from, TT_FROM_KEY);
    assert_false(card->steps[2].padded);
    assert_true(tt_card_is_for(card, "API.acme.example"));
    assert_true(tt_card_is_for(card, "log.example"));
    assert_false(tt_card_is_for(card, "notacme.example"));
    assert_false(tt_card_is_for(card, NULL));
    card = tt_recipe_book_card(book, before + 1);
    assert_int_equal(card->salt_order, TT_CARD_SALT_BEFORE);
    assert_string_equal(card->salt_digest, "sha512");
    assert_int_equal(card->salt.len, 2);
    assert_true(tt_card_is_for(card, NULL));
    assert_null(tt_recipe_book_card(book, before + 2));
    tt_recipe_book_free(book);
}

#define HEAD "recipes:\n  - name: a\n    source: b\n"
#define STEPS HEAD "    steps:\n      - "

static const struct {
    const char *yaml;
    const char *expected;
} wrong[] = {
    {"", "t.yaml"},
    {"recipe: []\n", "t.yaml:1:1: unknown key \"recipe\"; did you mean \"recipes\"?"},
    {"recipes: {}\n", "t.yaml:1:10: expected"},
    {"recipes: [a]\n", "t.yaml:1:11: expected a map"},
    {"recipes:\n  - source: b\n", "t.yaml:2:5: \"name\" is missing"},
    {"recipes:\n  - name: a\n", "t.yaml:2:5: \"source\" is missing"},
    {"recipes:\n  - name: a\n    source:\n", "t.yaml:3:"},
    {"recipes:\n  - name: A b\n    source: c\n", "t.yaml:2:11: expected at most 32 small letters"},
    {HEAD, "t.yaml:2:5: \"steps\" is missing"},
    {HEAD "    sources: c\n", "t.yaml:4:5: unknown key \"sources\"; did you mean \"source\"?"},
    {HEAD "    gives: gzipped\n    steps: [{skip: 1}]\n", "t.yaml:4:12: unknown word"},
    {HEAD
     "    steps: [{skip: 1}, {skip: 1}, {skip: 1}, {skip: 1}, {skip: 1}, {skip: 1}, {skip: 1},\n"
     "            {skip: 1}, {skip: 1}]\n",
     "t.yaml:4:12: expected 1 to 8 steps"},
    {HEAD "    steps: []\n", "t.yaml:4:12: expected 1 to 8 steps"},
    {HEAD "    steps: [{skip: 1}]\n    salted: {behind: {text: a}}\n", "t.yaml:5:13: a recipe has"},
    {HEAD "    hosts: [\"a*b\"]\n    steps: [{skip: 1}]\n", "t.yaml:4:13: expected a host"},
    {HEAD "    hosts: [\"*\"]\n    steps: [{skip: 1}]\n", "t.yaml:4:13: expected a host"},
    {HEAD "    hosts: a.example\n    steps: [{skip: 1}]\n", "t.yaml:4:12: expected"},
    {STEPS "rc5: {text: a}\n", "t.yaml:5:9: unknown key \"rc5\"; did you mean \"rc4\"?"},
    {STEPS "{skip: 1, reverse: bytes}\n", "t.yaml:5:9: expected one operation"},
    {STEPS "skip: 0\n", "t.yaml:5:15: expected a number"},
    {STEPS "skip: 99999999999999999999999999\n", "t.yaml:5:15: expected a number"},
    {STEPS "skip: 1x\n", "t.yaml:5:15: expected a number"},
    {STEPS "reverse: bits\n", "t.yaml:5:18: unknown word"},
    {STEPS "alphabet: abc\n", "t.yaml:5:19: expected 64 characters, not 3"},
    {STEPS "alphabet: AACDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\n",
     "t.yaml:5:19: \"A\" stands in it twice"},
    {STEPS "alphabet: \"A CDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\"\n",
     "t.yaml:5:19: expected printable ASCII"},
    {STEPS "skip: 1\n      - alphabet: "
           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\n",
     "t.yaml:6:9: an alphabet is the first step"},
    {STEPS "rc4: secret\n", "t.yaml:5:14: expected a map"},
    {STEPS "rc4: {txt: a}\n", "t.yaml:5:15: unknown key \"txt\"; did you mean \"text\"?"},
    {STEPS "rc4: {text: a, hex: bb}\n", "t.yaml:5:14: expected one of text, hex and field"},
    {STEPS "rc4: {digest: md5}\n", "t.yaml:5:14: expected one of text, hex and field"},
    {STEPS "rc4: {hex: abc}\n", "t.yaml:5:20: expected pairs"},
    {STEPS "rc4: {hex: zz}\n", "t.yaml:5:20: expected hexadecimal digits"},
    {STEPS "rc4: {field: imei}\n", "t.yaml:5:22: unknown word \"imei\""},
    {STEPS "rc4: {text: a, digest: md4}\n", "t.yaml:5:32: unknown word \"md4\""},
    {STEPS "rc4: {text: a, take: 65}\n", "t.yaml:5:30: expected a number from 1 to 64"},
    {STEPS "aes-ecb: {text: a}\n", "t.yaml:5:19: unknown key \"text\""},
    {STEPS "aes-ecb: {padding: none}\n", "t.yaml:5:18: \"key\" is missing"},
    {STEPS "aes-ecb: {key: {text: short}}\n", "t.yaml:5:24: a key of 5 bytes does not fit aes-ecb"},
    {STEPS "des-ecb: {key: {text: 0123456789abcdef}}\n", "t.yaml:5:24: a key of 16 bytes"},
    {STEPS "3des-ecb: {key: {text: 01234567}}\n", "t.yaml:5:25: a key of 8 bytes"},
    {STEPS "aes-ecb: {key: {text: 0123456789abcdef}, iv: zero}\n",
     "t.yaml:5:50: unknown key \"iv\""},
    {STEPS "aes-cbc: {key: {text: 0123456789abcdef}}\n", "t.yaml:5:18: \"iv\" is missing"},
    {STEPS "aes-cbc: {key: {text: 0123456789abcdef}, iv: {text: abc}}\n",
     "t.yaml:5:54: this initialization vector has 16 bytes"},
    {STEPS "aes-cbc: {key: {text: 0123456789abcdef}, iv: first}\n", "t.yaml:5:54: unknown word"},
    {STEPS "aes-cbc: {key: {text: 0123456789abcdef}, iv: zero, padding: x}\n",
     "t.yaml:5:69: unknown"},
    {HEAD "    salted: {digest: md5}\n", "t.yaml:4:13: expected one of behind, before and hmac"},
    {HEAD "    salted: {behind: {text: a}, before: {text: b}}\n", "t.yaml:4:41: there is a salt"},
    {HEAD "    salted: {behind: {field: any}}\n", "t.yaml:4:22: expected text or hex"},
    {HEAD "    salted: {digest: crc32, behind: {text: a}}\n", "t.yaml:4:22: unknown word"},
    {HEAD "    steps: [{skip: 1}]\n  - name: a\n    source: b\n    steps: [{skip: 1}]\n",
     "t.yaml:5:5: there is a recipe \"a\" already"},
};

static void test_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct tt_recipe_book *book = new_book();
        struct tt_error error = {.code = TT_OK};
        assert_int_equal(tt_recipe_book_add(book, tt_span_str(wrong[i].yaml), "t.yaml", &error),
                         TT_ERR_FORMAT);
        if (strncmp(error.text, wrong[i].expected, strlen(wrong[i].expected)) != 0)
            fail_msg("expected: %s\nfound: %s", wrong[i].expected, error.text);
        tt_recipe_book_free(book);
    }
}

static void test_too_many(void **state)
{
    (void)state;
    enum { ROOM = 64 };
    struct tt_recipe_book *book = new_book();
    struct tt_error error = {.code = TT_OK};
    size_t count = tt_recipe_book_count(book);
    char *yaml = malloc((size_t)TT_RECIPES_MAX * ROOM);
    assert_non_null(yaml);
    size_t len = (size_t)snprintf(yaml, ROOM, "recipes:\n");
    for (size_t i = count; i < TT_RECIPES_MAX + 1; i++) {
        if (i == TT_RECIPES_MAX)
            assert_int_equal(tt_recipe_book_add(book, tt_span_of(yaml, len), "t.yaml", &error),
                             TT_OK);
        len += (size_t)snprintf(yaml + len, ROOM,
                                "  - {name: n%zu, source: s, steps: [{skip: 1}]}\n", i);
    }
    assert_int_equal(tt_recipe_book_count(book), TT_RECIPES_MAX);
    static const char more[] = "recipes: [{name: more, source: s, steps: [{rc4: {text: a}}]}]\n";
    assert_int_equal(tt_recipe_book_add(book, tt_span_str(more), "t.yaml", &error), TT_ERR_LIMIT);
    assert_string_equal(error.text, "t.yaml: more than 256 recipes");
    tt_recipe_book_free(book);
    free(yaml);
}

static void test_no_file(void **state)
{
    (void)state;
    struct tt_recipe_book *book = new_book();
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_recipe_book_load(book, "/nonexistent/recipes.yaml", &error), TT_ERR_IO);
    assert_non_null(strstr(error.text, "/nonexistent/recipes.yaml"));
    tt_recipe_book_free(book);
}

/* By which two tests tell whether they had the same recipe. */
static void test_origin(void **state)
{
    (void)state;
    static const char text[] = "recipes: [{name: acme, source: s, steps: [{rc4: {text: a}}]}]\n";
    char path[] = "/tmp/telltale-recipe-XXXXXX";
    struct tt_recipe_book *book = new_book();
    struct tt_error error = {.code = TT_OK};
    size_t builtin = tt_recipe_book_count(book);
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, sizeof(text) - 1), sizeof(text) - 1);
    assert_int_equal(close(file), 0);
    assert_int_equal(tt_recipe_book_load(book, path, &error), TT_OK);
    assert_int_equal(remove(path), 0);
    assert_int_equal(tt_recipe_book_count(book), builtin + 1);
    assert_string_equal(tt_recipe_book_origin(book, builtin - 1), "");
    assert_string_equal(tt_recipe_book_origin(book, builtin), "09f790058d58ee98");
    assert_string_equal(tt_recipe_book_origin(book, builtin + 1), "");
    tt_recipe_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),    cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_too_many), cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
