/* Key logs: every label, any cut, lines that fit nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "decrypt/keylog.h"
#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define BYTES_16 "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define SECRET_32 BYTES_16 BYTES_16
#define SECRET_48 BYTES_16 BYTES_16 BYTES_16

static struct tt_keys *make_keys(void)
{
    struct tt_keys *keys = NULL;
    assert_int_equal(tt_keys_new(&keys), TT_OK);
    return keys;
}

static struct tt_keylog_counts read_text(struct tt_keys *keys, const char *text)
{
    struct tt_keylog_counts counts;
    assert_int_equal(tt_keylog_read(keys, TT_KEY_FROM_KEYLOG, tt_span_str(text), &counts), TT_OK);
    return counts;
}

static const uint8_t random_bytes[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                         11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                         22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

static void expect(const struct tt_keys *keys, enum tt_key_label label, unsigned generation,
                   size_t id_len, size_t len)
{
    const struct tt_key *key =
        tt_keys_find(keys, label, generation, tt_span_of(random_bytes, id_len));
    assert_non_null(key);
    assert_int_equal(key->len, len);
    assert_int_equal(key->secret[0], 0xa0);
    assert_int_equal(key->secret[len - 1], 0xaf);
}

static void test_labels(void **state)
{
    (void)state;
    struct tt_keys *keys = make_keys();
    struct tt_keylog_counts counts =
        read_text(keys, "# a comment\n"
                        "\n"
                        "CLIENT_RANDOM " RANDOM " " SECRET_48 "\n"
                        "PMS_CLIENT_RANDOM " RANDOM " " SECRET_48 "\n"
                        "RSA 0001020304050607 " SECRET_48 "\n"
                        "RSA Session-ID:00010203040506070809 Master-Key:" SECRET_48 "\n"
                        "CLIENT_EARLY_TRAFFIC_SECRET " RANDOM " " SECRET_32 "\n"
                        "CLIENT_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_32 "\n"
                        "QUIC_SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_48 "\n"
                        "CLIENT_TRAFFIC_SECRET_0 " RANDOM " " SECRET_32 "\n"
                        "SERVER_TRAFFIC_SECRET_12 " RANDOM " " SECRET_48 "\n"
                        "EXPORTER_SECRET " RANDOM " " SECRET_32 "\n"
                        "CLIENT_TRAFFIC_SECRET_N " RANDOM " " SECRET_32 "\n");
    assert_int_equal(counts.lines, 11);
    assert_int_equal(counts.taken, 9);
    assert_int_equal(counts.unneeded, 2);
    assert_int_equal(counts.bad, 0);
    assert_int_equal(counts.first_bad, 0);
    expect(keys, TT_KEY_MASTER, 0, 32, 48);
    expect(keys, TT_KEY_PREMASTER, 0, 32, 48);
    expect(keys, TT_KEY_RSA_PREMASTER, 0, 8, 48);
    expect(keys, TT_KEY_SESSION_MASTER, 0, 10, 48);
    expect(keys, TT_KEY_CLIENT_EARLY, 0, 32, 32);
    expect(keys, TT_KEY_CLIENT_HANDSHAKE, 0, 32, 32);
    expect(keys, TT_KEY_SERVER_HANDSHAKE, 0, 32, 48);
    expect(keys, TT_KEY_CLIENT_TRAFFIC, 0, 32, 32);
    expect(keys, TT_KEY_SERVER_TRAFFIC, 12, 32, 48);
    assert_null(tt_keys_find(keys, TT_KEY_SERVER_TRAFFIC, 0, tt_span_of(random_bytes, 32)));
    assert_null(tt_keys_find(keys, TT_KEY_MASTER, 0, tt_span_of(random_bytes, 31)));
    assert_null(tt_keys_find(keys, TT_KEY_MASTER, 0, (struct tt_span){0}));
    assert_true(tt_keys_has_premasters(keys));
    tt_keys_free(keys);
}

/* Of the whole encrypted secret the first 8 bytes count. */
static void test_long_rsa_id(void **state)
{
    (void)state;
    struct tt_keys *keys = make_keys();
    assert_int_equal(read_text(keys, "RSA " RANDOM RANDOM RANDOM RANDOM " " SECRET_48).taken, 1);
    expect(keys, TT_KEY_RSA_PREMASTER, 0, 8, 48);
    tt_keys_free(keys);
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "CLIENT_RANDOM",
        "CLIENT_RANDOM " RANDOM,
        "CLIENT_RANDOM " RANDOM " ",
        "CLIENT_RANDOM " RANDOM " " SECRET_32,
        "CLIENT_RANDOM " RANDOM " " SECRET_48 "0",
        "CLIENT_RANDOM " RANDOM " " SECRET_48 " more",
        "CLIENT_RANDOM " RANDOM "00 " SECRET_48,
        "CLIENT_RANDOM 0g" RANDOM " " SECRET_48,
        "client_random " RANDOM " " SECRET_48,
        "RSA 00010203 " SECRET_48,
        "RSA Session-ID: Master-Key:" SECRET_48,
        "RSA Session-ID:00 Master-Key:" SECRET_32,
        "RSA Session-ID:00 " SECRET_48,
        "CLIENT_TRAFFIC_SECRET_ " RANDOM " " SECRET_32,
        "CLIENT_TRAFFIC_SECRET_0x " RANDOM " " SECRET_32,
        "CLIENT_TRAFFIC_SECRET_99999 " RANDOM " " SECRET_32,
        "GET / HTTP/1.1",
        "\x01\x02\x03",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct tt_keys *keys = make_keys();
        char text[1024];
        (void)snprintf(text, sizeof(text), "# first\r\n\r\n%s\r\nCLIENT_RANDOM %s %s\r\n", lines[i],
                       RANDOM, SECRET_48);
        struct tt_keylog_counts counts = read_text(keys, text);
        assert_int_equal(counts.bad, 1);
        assert_int_equal(counts.first_bad, 3);
        assert_int_equal(counts.taken, 1);
        assert_int_equal(tt_keys_count(keys), 1);
        tt_keys_free(keys);
    }
}

/* What a shell script left at the end of the lines. */
static void test_continued_lines(void **state)
{
    (void)state;
    struct tt_keys *keys = make_keys();
    struct tt_keylog_counts counts = read_text(keys, "CLIENT_RANDOM " RANDOM " " SECRET_48 "\\\n");
    assert_int_equal(counts.taken, 1);
    expect(keys, TT_KEY_MASTER, 0, 32, 48);
    tt_keys_free(keys);
}

/* In any cut the same comes out; half a line waits. */
static void test_cuts(void **state)
{
    (void)state;
    static const char text[] = "# c\r\nnonsense\nCLIENT_RANDOM\t" RANDOM "  " SECRET_48
                               "\r\nCLIENT_TRAFFIC_SECRET_0 " RANDOM " " SECRET_32 "\r\n";
    for (size_t cut = 0; cut < sizeof(text); cut++) {
        struct tt_keys *keys = make_keys();
        struct tt_keylog *log = tt_keylog_new(keys, TT_KEY_FROM_CAPTURE);
        assert_non_null(log);
        struct tt_span all = tt_span_str(text);
        assert_int_equal(tt_keylog_feed(log, tt_span_sub(all, 0, cut)), TT_OK);
        assert_int_equal(tt_keylog_feed(log, tt_span_from(all, cut)), TT_OK);
        struct tt_keylog_counts counts = tt_keylog_counts(log);
        assert_int_equal(counts.lines, 3);
        assert_int_equal(counts.taken, 2);
        assert_int_equal(counts.first_bad, 2);
        assert_int_equal(tt_keys_find(keys, TT_KEY_MASTER, 0, tt_span_of(random_bytes, 32))->source,
                         TT_KEY_FROM_CAPTURE);
        tt_keylog_free(log);
        tt_keys_free(keys);
    }
}

static void test_growing(void **state)
{
    (void)state;
    struct tt_keys *keys = make_keys();
    struct tt_keylog *log = tt_keylog_new(keys, TT_KEY_FROM_KEYLOG);
    uint64_t news = tt_keys_news(keys);
    assert_int_equal(tt_keylog_feed(log, tt_span_str("CLIENT_RANDOM " RANDOM " " SECRET_48)),
                     TT_OK);
    assert_int_equal(tt_keys_news(keys), news);
    assert_int_equal(tt_keylog_end(log), TT_OK);
    assert_true(tt_keys_news(keys) > news);
    assert_int_equal(tt_keylog_counts(log).taken, 1);
    /* The end of nothing is no line. */
    assert_int_equal(tt_keylog_end(log), TT_OK);
    assert_int_equal(tt_keylog_counts(log).lines, 1);
    tt_keylog_free(log);
    tt_keylog_free(NULL);
    tt_keys_free(keys);
}

/* A line over the limit is bad, whatever its cut, and takes no more memory. */
static void test_overlong(void **state)
{
    (void)state;
    struct tt_buf text = tt_buf_make(1U << 20);
    for (size_t i = 0; i <= TT_KEYLOG_LINE_MAX; i++)
        assert_int_equal(tt_buf_append_u8(&text, 'A'), TT_OK);
    assert_int_equal(tt_buf_append_str(&text, "\nCLIENT_RANDOM " RANDOM " " SECRET_48 "\n"), TT_OK);
    for (size_t cut = 0; cut < text.len; cut += 97) {
        struct tt_keys *keys = make_keys();
        struct tt_keylog *log = tt_keylog_new(keys, TT_KEY_FROM_KEYLOG);
        assert_int_equal(tt_keylog_feed(log, tt_span_sub(tt_buf_span(&text), 0, cut)), TT_OK);
        assert_int_equal(tt_keylog_feed(log, tt_span_from(tt_buf_span(&text), cut)), TT_OK);
        assert_int_equal(tt_keylog_counts(log).bad, 1);
        assert_int_equal(tt_keylog_counts(log).taken, 1);
        tt_keylog_free(log);
        tt_keys_free(keys);
    }
    tt_buf_free(&text);
}

/* A file of keys is what its content says. */
static void test_files(void **state)
{
    (void)state;
    struct tt_keys *keys = make_keys();
    struct tt_error error = {0};
    struct tt_keylog_counts counts = {0};
    assert_int_equal(
        tt_keys_add_file(keys, tt_span_str("CLIENT_RANDOM " RANDOM " " SECRET_48), &counts, &error),
        TT_OK);
    assert_int_equal(counts.taken, 1);
    assert_int_equal(tt_keys_add_file(keys, (struct tt_span){0}, NULL, &error), TT_OK);
    assert_int_equal(tt_keys_add_file(keys, tt_span_str("# nothing yet\n"), NULL, &error), TT_OK);
    assert_int_equal(tt_keys_add_file(keys, tt_span_str("\nhello\n"), NULL, &error), TT_ERR_FORMAT);
    assert_non_null(strstr(error.text, "line 2"));
    /* Whoever wrote it was cut off. */
    assert_int_equal(tt_keys_add_file(keys, tt_span_str("CLIENT_RANDOM 12ab\n"), &counts, &error),
                     TT_OK);
    assert_int_equal(counts.bad, 1);
    assert_int_equal(counts.damaged, 1);
    error = (struct tt_error){0};
    assert_int_equal(
        tt_keys_add_file(keys, tt_span_str("-----BEGIN PRIVATE KEY-----\n"), NULL, &error),
        TT_ERR_FORMAT);
    assert_non_null(strstr(error.text, "no private key"));
    tt_keys_free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),    cmocka_unit_test(test_long_rsa_id),
        cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_continued_lines),
        cmocka_unit_test(test_cuts),      cmocka_unit_test(test_growing),
        cmocka_unit_test(test_overlong),  cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
