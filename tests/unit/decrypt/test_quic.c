/* QUIC connections of a real implementation, whole, damaged, disordered and without keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quic_vectors.h"

static const char *const connections[] = {
    "quic-aes128-gcm", "quic-aes256-gcm",     "quic-chacha20",   "quic-aes128-ccm",
    "quic-draft29",    "quic-v2-draft",       "quic-v2-upgrade", "quic-retry",
    "quic-early",      "quic-v2-draft-retry", "quic-key-update", "quic-negotiation",
    "quic-migration",  "quic-rebinding",      "quic-chromium",
};

static struct heard *hear(const struct vector *vector)
{
    struct heard *heard = heard_new(tt_buf_span(&vector->keylog));
    for (size_t i = 0; i < vector->count; i++)
        if (!heard_feed(heard, &vector->datagrams[i], i + 1))
            fail_msg("%s: datagram %zu was not taken", vector->name, i);
    heard_end(heard);
    return heard;
}

static void test_connections(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(connections) / sizeof(connections[0]); i++) {
        struct vector *vector = vector_read(connections[i]);
        struct heard *heard = hear(vector);
        if (!heard_says(heard, tt_buf_span(&vector->said)))
            fail_msg("%s: nothing said; %s", vector->name, heard->events);
        assert_int_equal(heard->version, vector->version);
        assert_string_equal(heard->suite, vector->suite);
        assert_string_equal(heard->server_name, "localhost");
        assert_true(heard->certificates == 1 || strcmp(vector->name, "quic-early") == 0);
        if (strstr(heard->events, vector->events) == NULL)
            fail_msg("%s: %s", vector->name, heard->events);
        uint64_t closed = 0;
        for (size_t r = 0; r < TT_CLOSED_NO_VERSION; r++)
            closed += heard->closed[r];
        if (closed != 0)
            fail_msg("%s: closed: %d %d %d", vector->name, (int)heard->closed[TT_CLOSED_NO_KEY],
                     (int)heard->closed[TT_CLOSED_BAD_KEY], (int)heard->closed[TT_CLOSED_NO_HELLO]);
        heard_free(heard);
        vector_free(vector);
    }
}

static void test_no_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(connections) / sizeof(connections[0]); i++) {
        struct vector *vector = vector_read(connections[i]);
        tt_buf_clear(&vector->keylog);
        struct heard *heard = heard_new((struct tt_span){0});
        /* New IDs are told under encryption: to where the connection went on is not known. */
        for (size_t at = 0; at < vector->count; at++)
            if (!heard_feed(heard, &vector->datagrams[at], at + 1))
                assert_true(vector->datagrams[at].flow > 0);
        heard_end(heard);
        assert_string_equal(heard->server_name, "localhost");
        assert_true(heard->hellos >= 2);
        assert_int_equal(heard->stream_count, 0);
        assert_true(heard->closed[TT_CLOSED_NO_KEY] > 0);
        assert_int_equal(heard->closed[TT_CLOSED_BAD_KEY], 0);
        heard_free(heard);
        vector_free(vector);
    }
}

static void test_wrong_key(void **state)
{
    (void)state;
    struct vector *vector = vector_read("quic-aes128-gcm");
    /* The last digit of each secret. */
    for (size_t i = 1; i < vector->keylog.len; i++)
        if (vector->keylog.data[i] == '\n')
            vector->keylog.data[i - 1] = vector->keylog.data[i - 1] == '0' ? '1' : '0';
    struct heard *heard = hear(vector);
    assert_int_equal(heard->stream_count, 0);
    assert_int_equal(heard->closed[TT_CLOSED_NO_KEY], 0);
    assert_true(heard->closed[TT_CLOSED_BAD_KEY] > 0);
    heard_free(heard);
    vector_free(vector);
}

/* The key log grows while the connection goes on: what comes later is opened. */
static void test_late_keys(void **state)
{
    (void)state;
    struct vector *vector = vector_read("quic-key-update");
    struct heard *heard = heard_new((struct tt_span){0});
    for (size_t i = 0; i < vector->count; i++) {
        if (i == 5)
            assert_int_equal(
                tt_keylog_read(heard->keys, TT_KEY_FROM_KEYLOG, tt_buf_span(&vector->keylog), NULL),
                TT_OK);
        assert_true(heard_feed(heard, &vector->datagrams[i], i + 1));
    }
    heard_end(heard);
    assert_true(heard_says(heard, tt_buf_span(&vector->said)));
    heard_free(heard);
    vector_free(vector);
}

/* Each datagram but the client's first ones missing in turn: never wrong bytes, and gaps are told
 * (heard_stream looks). */
static void test_losses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(connections) / sizeof(connections[0]); i++) {
        struct vector *vector = vector_read(connections[i]);
        struct heard *whole = hear(vector);
        for (size_t lost = 0; lost < vector->count; lost++) {
            struct heard *heard = heard_new(tt_buf_span(&vector->keylog));
            for (size_t at = 0; at < vector->count; at++)
                if (at != lost)
                    (void)heard_feed(heard, &vector->datagrams[at], at + 1);
            heard_end(heard);
            for (size_t s = 0; s < heard->stream_count; s++)
                if (heard->streams[s].gaps == 0) {
                    size_t w = 0;
                    while (w < whole->stream_count &&
                           (whole->streams[w].id != heard->streams[s].id ||
                            whole->streams[w].server != heard->streams[s].server))
                        w++;
                    assert_true(w < whole->stream_count);
                    assert_true(tt_span_starts(tt_buf_span(&whole->streams[w].bytes),
                                               tt_buf_span(&heard->streams[s].bytes)));
                }
            heard_free(heard);
        }
        heard_free(whole);
        vector_free(vector);
    }
}

/* Without the client's hello nothing tells which secrets are meant: they are tried. */
static void test_lost_hello(void **state)
{
    (void)state;
    /* Chromium's spans two packets. */
    static const struct {
        const char *name;
        size_t lost;
    } cases[] = {{"quic-aes128-gcm", 0}, {"quic-aes256-gcm", 0}, {"quic-chacha20", 0},
                 {"quic-draft29", 0},    {"quic-v2-draft", 0},   {"quic-chromium", 0},
                 {"quic-chromium", 1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vector *vector = vector_read(cases[i].name);
        struct heard *heard = heard_new(tt_buf_span(&vector->keylog));
        for (size_t at = 0; at < vector->count; at++)
            if (at != cases[i].lost)
                assert_true(heard_feed(heard, &vector->datagrams[at], at + 1));
        heard_end(heard);
        if (!heard_says(heard, tt_buf_span(&vector->said)))
            fail_msg("%s: nothing said", vector->name);
        assert_string_equal(heard->suite, vector->suite);
        heard_free(heard);
        vector_free(vector);
    }
}

/* Neighbours change their places, and each comes twice: the same is said. */
static void test_disorder(void **state)
{
    (void)state;
    struct vector *vector = vector_read("quic-aes128-gcm");
    for (size_t first = 1; first + 1 < vector->count; first++) {
        struct heard *heard = heard_new(tt_buf_span(&vector->keylog));
        for (size_t i = 0; i < vector->count; i++) {
            size_t at = i == first ? i + 1 : i == first + 1 ? i - 1 : i;
            (void)heard_feed(heard, &vector->datagrams[at], i + 1);
            (void)heard_feed(heard, &vector->datagrams[at], i + 1);
        }
        heard_end(heard);
        assert_true(heard_says(heard, tt_buf_span(&vector->said)));
        assert_int_equal(heard->hellos, 2);
        assert_true(heard->buckets[TT_BUCKET_DUPLICATE] > heard->told / 3);
        heard_free(heard);
    }
    vector_free(vector);
}

/* Every cut and every broken byte: each byte is told once (heard_feed looks), nothing wrong is. */
static void test_damage(void **state)
{
    (void)state;
    struct vector *vector = vector_read("quic-aes128-gcm");
    for (size_t victim = 0; victim < vector->count; victim++) {
        struct tt_buf *bytes = &vector->datagrams[victim].bytes;
        size_t len = bytes->len;
        for (size_t at = 0; at < len; at += at < 60 ? 1 : 97) {
            struct heard *heard = heard_new(tt_buf_span(&vector->keylog));
            bool cut = at % 2 == 0;
            if (cut)
                bytes->len = at;
            bytes->data[at] ^= 0x55;
            for (size_t i = 0; i < vector->count; i++)
                if (vector->datagrams[i].bytes.len > 0)
                    (void)heard_feed(heard, &vector->datagrams[i], i + 1);
            bytes->data[at] ^= 0x55;
            bytes->len = len;
            heard_end(heard);
            heard_free(heard);
        }
    }
    vector_free(vector);
}

/* ---- RFC 9001 and RFC 9369, appendix A ---- */

static void test_rfc(void **state)
{
    (void)state;
    static const char *const names[] = {"quic-rfc9001", "quic-rfc9369"};
    static const char *const retries[] = {
        "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba",
        "cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6"};
    for (size_t i = 0; i < 2; i++) {
        struct vector *vector = vector_read(names[i]);
        struct heard *heard = hear(vector);
        assert_string_equal(heard->server_name, "example.com");
        assert_int_equal(heard->hellos, 2);
        assert_int_equal(heard->buckets[TT_BUCKET_ENCRYPTED], 0);
        heard_free(heard);
        /* The retry in place of the server's answer; then the same with a wrong tag. */
        struct tt_buf *answer = &vector->datagrams[1].bytes;
        for (size_t wrong = 0; wrong < 2; wrong++) {
            tt_buf_free(answer);
            vector_hex(answer, retries[i]);
            answer->data[answer->len - 1] ^= (uint8_t)wrong;
            heard = hear(vector);
            assert_int_equal(heard->raw, wrong == 0 ? strlen("token") : answer->len);
            assert_true((strstr(heard->events, "quic.retry") != NULL) == (wrong == 0));
            heard_free(heard);
        }
        vector_free(vector);
    }
}

static void test_looks(void **state)
{
    (void)state;
    struct vector *vector = vector_read("quic-rfc9001");
    struct tt_span first = tt_buf_span(&vector->datagrams[0].bytes);
    assert_true(tt_quic_is(first));
    assert_false(tt_quic_is(tt_span_sub(first, 0, 6)));
    assert_false(tt_quic_is(tt_span_str("\x12\x34\x01\x00\x00\x01")));
    /* A version of Google's, and one of nobody's. */
    assert_true(tt_quic_is(tt_span_of("\xc3Q050\x08\x01\x02\x03\x04\x05\x06\x07\x08\x00", 15)));
    assert_false(
        tt_quic_is(tt_span_of("\xc3\x12\x34\x56\x78\x08\x01\x02\x03\x04\x05\x06\x07", 13)));
    vector_free(vector);
}

static void test_unknown_version(void **state)
{
    (void)state;
    struct heard *heard = heard_new((struct tt_span){0});
    struct datagram datagram = {.direction = TT_FROM_INITIATOR};
    vector_hex(&datagram.bytes, "c35130353008010203040506070800");
    assert_true(heard_feed(heard, &datagram, 1));
    assert_int_equal(heard->closed[TT_CLOSED_NO_VERSION], 1);
    heard_end(heard);
    heard_free(heard);
    tt_buf_free(&datagram.bytes);
}

/* What is not QUIC is left alone. */
static void test_others(void **state)
{
    (void)state;
    static const char *const datagrams[] = {"",
                                            "00",
                                            "80",
                                            "1234010000010000000000000377777707",
                                            "400102030405060708090a0b0c0d0e0f",
                                            "c0000000",
                                            "8065000100000000deadbeef0102030405060708"};
    struct heard *heard = heard_new((struct tt_span){0});
    for (size_t i = 0; i < sizeof(datagrams) / sizeof(datagrams[0]); i++) {
        struct datagram datagram = {.direction = TT_FROM_INITIATOR};
        vector_hex(&datagram.bytes, datagrams[i]);
        if (datagram.bytes.len > 0)
            assert_false(heard_feed(heard, &datagram, 1));
        tt_buf_free(&datagram.bytes);
    }
    assert_int_equal(heard->opened, 0);
    heard_free(heard);
}

static void test_size(void **state)
{
    (void)state;
    print_message("a silent QUIC connection: %zu bytes, with keys %zu\n", tt_quic_size(false),
                  tt_quic_size(true));
    /* 100,000 of them under 1 GB. */
    assert_true(tt_quic_size(true) < 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections),
        cmocka_unit_test(test_no_keys),
        cmocka_unit_test(test_wrong_key),
        cmocka_unit_test(test_late_keys),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_lost_hello),
        cmocka_unit_test(test_disorder),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_rfc),
        cmocka_unit_test(test_looks),
        cmocka_unit_test(test_unknown_version),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
