/* The hello messages of TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hello_maker.h"
#include "proto/tls_hello.h"
#include "support/flush.h"

static bool read_made(struct tt_buf *made, struct tt_tls_hello *ret_hello)
{
    struct flush flush = flush_make(tt_buf_span(made));
    bool read = tt_tls_hello_read(flush.span, ret_hello);
    ret_hello->alpn = (struct tt_span){0}; /* pointed into the flush */
    flush_free(&flush);
    tt_buf_free(made);
    return read;
}

static void test_client_hello(void **state)
{
    (void)state;
    struct tt_buf made = make_client_hello("API.Example.", 0x0303, true);
    struct tt_tls_hello hello;
    struct flush flush = flush_make(tt_buf_span(&made));
    assert_true(tt_tls_hello_read(flush.span, &hello));
    assert_false(hello.server);
    assert_string_equal(hello.name, "api.example");
    assert_int_equal(hello.version, TT_TLS_1_3);
    assert_int_equal(hello.alpn.len, 12);
    assert_memory_equal(hello.alpn.data, "\x02h2\x08http/1.1", 12);
    /* Cut anywhere it is no hello, and nothing is read behind the cut. */
    for (size_t len = 0; len < flush.span.len; len++) {
        struct flush part = flush_make(tt_span_sub(flush.span, 0, len));
        assert_false(tt_tls_hello_read(part.span, &hello));
        flush_free(&part);
    }
    flush_free(&flush);
    tt_buf_free(&made);
}

static void test_old_client_hello(void **state)
{
    (void)state;
    struct tt_buf made = make_client_hello(NULL, 0x0301, false);
    struct tt_tls_hello hello;
    assert_true(read_made(&made, &hello));
    assert_string_equal(hello.name, "");
    assert_int_equal(hello.version, 0x0301);
}

static void test_server_hello(void **state)
{
    (void)state;
    struct tt_tls_hello hello;
    struct tt_buf made = make_server_hello(0x0303, 0x1301, 0x0304);
    assert_true(read_made(&made, &hello));
    assert_true(hello.server);
    assert_int_equal(hello.version, TT_TLS_1_3);
    assert_int_equal(hello.suite, 0x1301);
    made = make_server_hello(0x0303, 0x0002, 0);
    assert_true(read_made(&made, &hello));
    assert_int_equal(hello.version, TT_TLS_1_2);
    assert_true(tt_tls_suite_is_null(hello.suite));
    made = make_server_hello(0x0303, 0x1301, 0x7f1c);
    assert_true(read_made(&made, &hello));
    assert_int_equal(hello.version, TT_TLS_1_3);
}

/* Names that are none. */
static void test_bad_names(void **state)
{
    (void)state;
    char longest[300];
    memset(longest, 'a', sizeof(longest));
    longest[256] = '\0';
    static const char *const names[] = {"", "a b", "a\x01", "\xc3\xa9.example"};
    struct tt_tls_hello hello;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct tt_buf made = make_client_hello(names[i], 0x0303, true);
        assert_true(read_made(&made, &hello));
        assert_string_equal(hello.name, "");
    }
    struct tt_buf made = make_client_hello(longest, 0x0303, true);
    assert_true(read_made(&made, &hello));
    assert_string_equal(hello.name, "");
    longest[255] = '\0';
    made = make_client_hello(longest, 0x0303, true);
    assert_true(read_made(&made, &hello));
    assert_int_equal(strlen(hello.name), 255);
}

/* Every byte of a hello set to every extreme: no harm. */
static void test_damaged(void **state)
{
    (void)state;
    struct tt_buf made = make_client_hello("api.example", 0x0303, true);
    for (size_t i = 0; i < made.len; i++) {
        static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
        for (size_t k = 0; k < sizeof(values); k++) {
            struct flush flush = flush_make(tt_buf_span(&made));
            ((uint8_t *)flush.map)[flush.span.data - (uint8_t *)flush.map + (ptrdiff_t)i] =
                values[k];
            struct tt_tls_hello hello;
            (void)tt_tls_hello_read(flush.span, &hello);
            flush_free(&flush);
        }
    }
    tt_buf_free(&made);
}

static void test_versions(void **state)
{
    (void)state;
    assert_string_equal(tt_tls_version_name(0x0300), "ssl3");
    assert_string_equal(tt_tls_version_name(0x0301), "tls1.0");
    assert_string_equal(tt_tls_version_name(0x0304), "tls1.3");
    assert_string_equal(tt_tls_version_name(0x0305), "tls");
    assert_string_equal(tt_tls_version_name(0), "tls");
    assert_string_equal(tt_tls_version_name(0xffff), "tls");
    assert_false(tt_tls_suite_is_null(0x1301));
    assert_true(tt_tls_suite_is_null(0x003b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_hello), cmocka_unit_test(test_old_client_hello),
        cmocka_unit_test(test_server_hello), cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_damaged),      cmocka_unit_test(test_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
