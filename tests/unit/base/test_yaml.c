/* The YAML reader: trees with places, messages with a caret, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/yaml.h"
#include "support/flush.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct tt_yaml_config plain = {.name = "f.yaml", .nodes_max = 1000, .depth_max = 8};
static const struct tt_yaml_config secret = {
    .name = "f.yaml", .secret = true, .nodes_max = 1000, .depth_max = 8};

static struct tt_yaml *parse(const char *text)
{
    struct tt_yaml *doc = NULL;
    struct tt_error error = {.code = TT_OK};
    if (tt_yaml_parse(tt_span_str(text), &plain, &doc, &error) != TT_OK)
        fail_msg("%s", error.text);
    return doc;
}

static void expect_error(const char *text, enum tt_err code, const char *expected)
{
    struct tt_yaml *doc = NULL;
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_yaml_parse(tt_span_str(text), &plain, &doc, &error), code);
    assert_null(doc);
    assert_string_equal(error.text, expected);
}

static void marks_are_no_text(void **state)
{
    (void)state;
    struct tt_yaml *doc = parse("\xef\xbb\xbfname: Redmi\n");
    const struct tt_yaml_node *name = tt_yaml_get(tt_yaml_root(doc), "name");
    assert_string_equal(tt_yaml_text(name), "Redmi");
    assert_int_equal(name->column, 7);
    tt_yaml_free(doc);
    expect_error("\xef\xbb\xbf", TT_ERR_FORMAT, "f.yaml: the file is empty");
}

static void test_tree(void **state)
{
    (void)state;
    struct tt_yaml *doc = parse("name: Redmi\nlist:\n  - 1\n  - {a: \"\", b: 'x'}\nempty:\n");
    const struct tt_yaml_node *root = tt_yaml_root(doc);
    assert_int_equal(root->kind, TT_YAML_MAP);
    assert_int_equal(root->count, 3);
    const struct tt_yaml_node *name = root->first;
    assert_string_equal((const char *)name->key->text.data, "name");
    assert_string_equal(tt_yaml_text(name), "Redmi");
    assert_int_equal(name->line, 1);
    assert_int_equal(name->column, 7);
    assert_false(name->quoted);
    const struct tt_yaml_node *list = tt_yaml_get(root, "list");
    assert_ptr_equal(list, name->next);
    assert_int_equal(list->kind, TT_YAML_SEQUENCE);
    assert_int_equal(list->count, 2);
    assert_string_equal(tt_yaml_text(list), "");
    const struct tt_yaml_node *map = list->first->next;
    assert_int_equal(map->index, 1);
    assert_null(map->key);
    assert_null(map->next);
    assert_int_equal(map->line, 4);
    assert_false(tt_yaml_is_empty(tt_yaml_get(map, "a")));
    assert_true(tt_yaml_get(map, "b")->quoted);
    assert_true(tt_yaml_is_empty(tt_yaml_get(root, "empty")));
    assert_null(tt_yaml_get(root, "none"));
    assert_null(tt_yaml_get(list, "a"));
    assert_null(tt_yaml_get(NULL, "a"));
    tt_yaml_free(doc);
    tt_yaml_free(NULL);
}

static void test_scalars_stay_text(void **state)
{
    (void)state;
    struct tt_yaml *doc =
        parse("- 358240051111110\n- yes\n- 1e3\n- \"a\\tb\"\n- |-\n  x\n  y\n- ~\n");
    static const char *const expected[] = {"358240051111110", "yes", "1e3", "a\tb", "x\ny", "~"};
    const struct tt_yaml_node *node = tt_yaml_root(doc)->first;
    for (size_t i = 0; i < TT_ARRAY_LEN(expected); i++, node = node->next)
        assert_string_equal(tt_yaml_text(node), expected[i]);
    assert_null(node);
    tt_yaml_free(doc);
}

static void test_messages(void **state)
{
    (void)state;
    expect_error("a: [1, 2\nb: 3\n", TT_ERR_FORMAT,
                 "f.yaml:2:2: not valid YAML: while parsing a flow sequence: did not find expected "
                 "',' or ']'\n  b: 3\n   ^");
    expect_error("a: 1\na: 2\n", TT_ERR_FORMAT,
                 "f.yaml:2:1: the key \"a\" stands twice (first in line 1)\n  a: 2\n  ^");
    expect_error("? [a]\n: 1\n", TT_ERR_FORMAT, "f.yaml:1:3: a key must be a word\n  ? [a]\n    ^");
    expect_error("a: *b\n", TT_ERR_FORMAT,
                 "f.yaml:1:4: aliases (*) are not used here: write the value out\n  a: *b\n     ^");
    expect_error("a: !!binary eA==\n", TT_ERR_FORMAT,
                 "f.yaml:1:4: tags are not used here: write the value alone\n"
                 "  a: !!binary eA==\n     ^");
    expect_error("a: 1\n---\nb: 2\n", TT_ERR_FORMAT,
                 "f.yaml:2:1: a second document begins here; one is expected\n  ---\n  ^");
    expect_error("\xc3\xa4: \xff\n", TT_ERR_FORMAT,
                 "f.yaml:1:4: not UTF-8: save the file with that encoding\n  \xc3\xa4: ?\n     ^");
    expect_error("", TT_ERR_FORMAT, "f.yaml: the file is empty");
    expect_error("a: \x01\n", TT_ERR_FORMAT,
                 "f.yaml:1:4: not valid YAML: control characters are not allowed\n  a:  \n     ^");
}

static void test_limits(void **state)
{
    (void)state;
    expect_error("[[[[[[[[[1]]]]]]]]]", TT_ERR_LIMIT,
                 "f.yaml:1:9: too many levels inside each other\n  [[[[[[[[[1]]]]]]]]]\n"
                 "          ^");
    char many[4096] = "[";
    for (size_t i = 0; i < 1000; i++)
        memcpy(many + 1 + i * 2, "1,", 2);
    struct tt_yaml *doc = NULL;
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_yaml_parse(tt_span_str(many), &plain, &doc, &error), TT_ERR_LIMIT);
    assert_non_null(strstr(error.text, "too many entries"));
}

static void test_duplicate_in_a_large_map(void **state)
{
    (void)state;
    char text[2048];
    size_t len = 0;
    for (int i = 0; i < 100; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "key%d: 1\n", i);
    tt_yaml_free(parse(text));
    (void)snprintf(text + len, sizeof(text) - len, "key7: 2\n");
    expect_error(text, TT_ERR_FORMAT,
                 "f.yaml:101:1: the key \"key7\" stands twice (first in line 8)\n  key7: 2\n  ^");
}

static void test_long_lines(void **state)
{
    (void)state;
    char text[600];
    memset(text, 'x', sizeof(text));
    memcpy(text, "a: ", 3);
    memcpy(text + 500, " *b", 4);
    memcpy(text + 490, "\", b: *c", 9);
    text[3] = '"';
    memmove(text + 1, text, 520);
    text[0] = '{';
    struct tt_yaml *doc = NULL;
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_yaml_parse(tt_span_str(text), &plain, &doc, &error), TT_ERR_FORMAT);
    /* The caret stands below the star. */
    const char *shown = strchr(error.text, '\n') + 1;
    const char *below = strchr(shown, '\n') + 1;
    assert_true((size_t)(below - shown) < 80);
    assert_int_equal(shown[strlen(below) - 1], '*');
}

static void test_expect_and_keys(void **state)
{
    (void)state;
    static const char *const known[] = {"name", "from", "phone_number"};
    struct tt_yaml *doc = parse("nmae: x\nfrom:\n");
    const struct tt_yaml_node *root = tt_yaml_root(doc);
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_yaml_check_keys(doc, root, known, TT_ARRAY_LEN(known), &error),
                     TT_ERR_FORMAT);
    assert_string_equal(error.text, "f.yaml:1:1: unknown key \"nmae\"; did you mean \"name\"?\n"
                                    "  nmae: x\n  ^");
    error = (struct tt_error){.code = TT_OK};
    assert_int_equal(tt_yaml_expect(doc, root, TT_YAML_SEQUENCE, &error), TT_ERR_FORMAT);
    error = (struct tt_error){.code = TT_OK};
    assert_int_equal(tt_yaml_expect(doc, root->first->next, TT_YAML_SCALAR, &error), TT_ERR_FORMAT);
    assert_string_equal(error.text, "f.yaml:2:1: expected a single value, found nothing\n"
                                    "  from:\n  ^");
    assert_int_equal(tt_yaml_expect(doc, root->first, TT_YAML_SCALAR, &error), TT_OK);
    assert_int_equal(tt_yaml_check_keys(doc, root->first, known, 1, NULL), TT_ERR_FORMAT);
    tt_yaml_free(doc);
    assert_string_equal(tt_yaml_suggest(tt_span_str("number"), known, 3), "phone_number");
    assert_string_equal(tt_yaml_suggest(tt_span_str("Form"), known, 3), "from");
    assert_null(tt_yaml_suggest(tt_span_str("xyz"), known, 3));
    assert_null(tt_yaml_suggest(tt_span_str(""), known, 3));
}

/* No value of a secret document reaches a message, wherever the error is. */
static void test_secrets_stay_secret(void **state)
{
    (void)state;
    static const char text[] =
        "imei: \"7zq\\\"7z\" # 7zq7z\nlist: [7zq7z, {name: \"7zq7z 7zq7z\"}]\n"
        "text: |\n  7zq7z 7zq7z\n7zq7z: 7zq7z\nlong: 7zq7z 7zq7z\n  7zq7z\n"
        "{7zq7z: 7zq7z\n";
    /* Break the text at every offset in turn, so that the error stands everywhere. */
    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        static const char breakers[] = "\"}]:*&!%@\x01\xff";
        for (size_t i = 0; i < strlen(breakers); i++) {
            char copy[sizeof(text)];
            memcpy(copy, text, sizeof(text));
            copy[at] = breakers[i];
            struct tt_yaml *doc = NULL;
            struct tt_error error = {.code = TT_OK};
            struct flush flush = flush_make(tt_span_of(copy, sizeof(text) - 1));
            enum tt_err err = tt_yaml_parse(flush.span, &secret, &doc, &error);
            if (err == TT_OK)
                (void)tt_yaml_error(doc, tt_yaml_root(doc)->first, &error, "x");
            if (strstr(error.text, "zq") != NULL || strstr(error.text, "7z") != NULL)
                fail_msg("%s", error.text);
            tt_yaml_free(doc);
            flush_free(&flush);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(marks_are_no_text),
        cmocka_unit_test(test_scalars_stay_text),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_duplicate_in_a_large_map),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_expect_and_keys),
        cmocka_unit_test(test_secrets_stay_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
