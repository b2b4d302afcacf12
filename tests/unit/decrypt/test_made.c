/* Connections of what nothing at hand speaks any more, made here message by message: SSL 3.0,
 * export ciphers, compression, the hello of SSL 2.0, single DES. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conversation.h"
#include "decrypt/tls.h"
#include "sealer.h"
#include "support/flush.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdlib.h>
#include <zlib.h>

static const char *const said[2] = {"POST /register imei=358240051111110", "200 registered"};

struct plan {
    uint16_t version;
    uint16_t suite;
    uint8_t compression;
    bool ssl2_hello;
    bool private_key; /* opened with it; else with a key log */
};

/* A connection under way. */
struct made {
    const struct plan *plan;
    struct tt_crypto *crypto;
    EVP_PKEY *rsa;
    struct tt_buf bytes[2];
    uint8_t randoms[2][TT_RANDOM_LEN];
    uint8_t premaster[TT_PREMASTER_LEN];
    uint8_t master[TT_MASTER_LEN];
};

static void put(struct tt_buf *buf, uint64_t value, size_t len)
{
    while (len-- > 0)
        assert_int_equal(tt_buf_append_u8(buf, (uint8_t)(value >> (8 * len))), TT_OK);
}

static void put_span(struct tt_buf *buf, struct tt_span span)
{
    assert_int_equal(tt_buf_append(buf, span), TT_OK);
}

static void put_record(struct made *made, size_t side, uint8_t type, struct tt_span content)
{
    struct tt_buf *buf = &made->bytes[side];
    put(buf, type, 1);
    put(buf, made->plan->version, 2);
    put(buf, content.len, 2);
    put_span(buf, content);
}

/* A handshake message as a record; frees its content. */
static void put_message(struct made *made, size_t side, uint8_t type, struct tt_buf *content)
{
    struct tt_buf message = tt_buf_make(BYTES_MAX);
    put(&message, type, 1);
    put(&message, content->len, 3);
    put_span(&message, tt_buf_span(content));
    put_record(made, side, TT_TYPE_HANDSHAKE, tt_buf_span(&message));
    tt_buf_free(&message);
    tt_buf_free(content);
}

static void put_hellos(struct made *made)
{
    struct tt_buf hello = tt_buf_make(BYTES_MAX);
    if (made->plan->ssl2_hello) {
        /* A challenge of 16 bytes: the random begins with zeros. */
        memset(made->randoms[0], 0, 16);
        put(&made->bytes[0], 0x8000 | (9 + 3 + 16), 2);
        put(&made->bytes[0], 1, 1);
        put(&made->bytes[0], made->plan->version, 2);
        put(&made->bytes[0], 3, 2);
        put(&made->bytes[0], 0, 2);
        put(&made->bytes[0], 16, 2);
        put(&made->bytes[0], made->plan->suite, 3);
        put_span(&made->bytes[0], tt_span_of(made->randoms[0] + 16, 16));
    } else {
        put(&hello, made->plan->version, 2);
        put_span(&hello, tt_span_of(made->randoms[0], TT_RANDOM_LEN));
        put(&hello, 0, 1);
        put(&hello, 2, 2);
        put(&hello, made->plan->suite, 2);
        put(&hello, 0x020100, 3);
        put_message(made, 0, TT_CLIENT_HELLO, &hello);
    }
    hello = tt_buf_make(BYTES_MAX);
    put(&hello, made->plan->version, 2);
    put_span(&hello, tt_span_of(made->randoms[1], TT_RANDOM_LEN));
    put(&hello, 0, 1);
    put(&hello, made->plan->suite, 2);
    put(&hello, made->plan->compression, 1);
    put_message(made, 1, TT_SERVER_HELLO, &hello);
}

static void put_key_exchange(struct made *made)
{
    uint8_t encrypted[256];
    size_t len = sizeof(encrypted);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(made->rsa, NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), 1);
    assert_int_equal(EVP_PKEY_encrypt(context, encrypted, &len, made->premaster, TT_PREMASTER_LEN),
                     1);
    EVP_PKEY_CTX_free(context);
    struct tt_buf content = tt_buf_make(BYTES_MAX);
    if (made->plan->version != TT_SSL_3_0)
        put(&content, len, 2);
    put_span(&content, tt_span_of(encrypted, len));
    put_message(made, 0, TT_CLIENT_KEY_EXCHANGE, &content);
}

/* Compressed, where that was agreed upon. */
static void put_sealed(struct made *made, size_t side, struct sealer *sealer, z_stream *stream,
                       uint8_t type, struct tt_span content)
{
    uint8_t in[256];
    uint8_t out[512];
    if (made->plan->compression != 0) {
        memcpy(in, content.data, content.len);
        stream->next_in = in;
        stream->avail_in = (unsigned)content.len;
        stream->next_out = out;
        stream->avail_out = sizeof(out);
        assert_int_equal(deflate(stream, Z_SYNC_FLUSH), Z_OK);
        content = tt_span_of(out, sizeof(out) - stream->avail_out);
    }
    struct sealed sealed = seal_as(sealer, type, content);
    put_record(made, side, type, tt_span_of(sealed.bytes, sealed.len));
}

static void put_side(struct made *made, const struct tt_schedule *schedule, size_t side)
{
    static const uint8_t finished[16] = {TT_FINISHED, 0, 0, 12};
    struct sealer sealer = make_sealer_of(schedule, made->master, side, false);
    z_stream stream = {0};
    assert_int_equal(deflateInit(&stream, 9), Z_OK);
    put_record(made, side, TT_TYPE_CHANGE_CIPHER_SPEC, tt_span_of("\x01", 1));
    put_sealed(made, side, &sealer, &stream, TT_TYPE_HANDSHAKE, tt_span_of(finished, 16));
    struct tt_span text = tt_span_str(said[side]);
    for (size_t at = 0; at < text.len; at += 10)
        put_sealed(made, side, &sealer, &stream, TT_TYPE_APPLICATION_DATA,
                   tt_span_sub(text, at, 10));
    (void)deflateEnd(&stream);
    EVP_CIPHER_CTX_free(sealer.context);
}

static void make(struct made *made, const struct plan *plan)
{
    *made = (struct made){.plan = plan};
    assert_int_equal(tt_crypto_new(&made->crypto), TT_OK);
    made->rsa = EVP_RSA_gen(1024);
    made->bytes[0] = tt_buf_make(BYTES_MAX);
    made->bytes[1] = tt_buf_make(BYTES_MAX);
    memset(made->randoms[0], 0xc1, TT_RANDOM_LEN);
    memset(made->randoms[1], 0x5e, TT_RANDOM_LEN);
    memset(made->premaster, 0x77, TT_PREMASTER_LEN);
    made->premaster[0] = (uint8_t)(plan->version >> 8);
    made->premaster[1] = (uint8_t)plan->version;
    put_hellos(made);
    put_key_exchange(made);
    const struct tt_schedule schedule = {.crypto = made->crypto,
                                         .suite = tt_suite_find(plan->suite),
                                         .version = plan->version,
                                         .client = made->randoms[0],
                                         .server = made->randoms[1]};
    assert_true(tt_schedule_master(&schedule, tt_span_of(made->premaster, TT_PREMASTER_LEN),
                                   (struct tt_span){0}, made->master));
    put_side(made, &schedule, 0);
    put_side(made, &schedule, 1);
}

static struct tt_keys *keys_of(const struct made *made)
{
    struct tt_keys *keys = NULL;
    assert_int_equal(tt_keys_new(&keys), TT_OK);
    if (made->plan->private_key) {
        BIO *bio = BIO_new(BIO_s_mem());
        char *pem = NULL;
        assert_int_equal(PEM_write_bio_PrivateKey(bio, made->rsa, NULL, NULL, 0, NULL, NULL), 1);
        long len = BIO_get_mem_data(bio, &pem);
        assert_int_equal(tt_keys_add_private(keys, tt_span_of(pem, (size_t)len), NULL), TT_OK);
        BIO_free(bio);
    } else {
        assert_int_equal(tt_keys_add(keys, TT_KEY_MASTER, 0,
                                     tt_span_of(made->randoms[0], TT_RANDOM_LEN),
                                     tt_span_of(made->master, TT_MASTER_LEN), TT_KEY_FROM_KEYLOG),
                         TT_OK);
    }
    return keys;
}

/* `cut`: bytes of a chunk. */
static void play(const struct made *made, size_t cut, struct outcome *outcome)
{
    struct tt_keys *keys = keys_of(made);
    struct tt_opener *opener = NULL;
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    outcome_init(outcome);
    struct tt_tls *tls = tt_tls_new(opener, &outcome->sink, true);
    size_t at[2] = {0};
    /* As in life: the client's keys come after the server's hello, and before its Finished. */
    static const size_t turns[4] = {0, 1, 0, 1};
    size_t hello = TT_RECORD_HEADER + TT_HANDSHAKE_HEADER + 2 + TT_RANDOM_LEN + 1;
    const size_t ends[4] = {made->plan->ssl2_hello ? 2 + 9 + 3 + 16 : hello + 7, hello + 3,
                            made->bytes[0].len, made->bytes[1].len};
    for (size_t turn = 0; turn < 4; turn++) {
        size_t side = turns[turn];
        size_t end = ends[turn];
        while (at[side] < end) {
            size_t len = end - at[side] < cut ? end - at[side] : cut;
            struct flush flush =
                flush_make(tt_span_sub(tt_buf_span(&made->bytes[side]), at[side], len));
            const struct tt_chunk chunk = {.direction = (enum tt_direction)side,
                                           .offset = at[side],
                                           .bytes = flush.span,
                                           .first_frame = turn + 1,
                                           .last_frame = turn + 1};
            tt_tls_feed(tls, &chunk);
            flush_free(&flush);
            at[side] += len;
        }
    }
    tt_tls_free(tls);
    assert_int_equal(outcome->out[0], made->bytes[0].len);
    assert_int_equal(outcome->out[1], made->bytes[1].len);
    tt_opener_free(opener);
    tt_keys_free(keys);
}

static void check(const struct plan *plan)
{
    struct made made;
    make(&made, plan);
    static const size_t cuts[] = {1, 10, 100000};
    for (size_t i = 0; i < 3; i++) {
        struct outcome outcome;
        play(&made, cuts[i], &outcome);
        assert_int_equal(outcome.closed_count, 0);
        for (size_t side = 0; side < 2; side++)
            assert_true(tt_span_eq(tt_buf_span(&outcome.data[side]), tt_span_str(said[side])));
        assert_string_equal(outcome.version, tt_version_text(plan->version));
        assert_string_equal(outcome.suite, tt_suite_find(plan->suite)->name);
        assert_string_equal(outcome.source, plan->private_key ? "private_key" : "keylog");
        outcome_free(&outcome);
    }
    tt_buf_free(&made.bytes[0]);
    tt_buf_free(&made.bytes[1]);
    EVP_PKEY_free(made.rsa);
    tt_crypto_free(made.crypto);
}

static void test_ssl3(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0x0004, 0x0005, 0x0009, 0x000a,
                                      0x002f, 0x0003, 0x0006, 0x0008};
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        check(&(struct plan){.version = TT_SSL_3_0, .suite = suites[i]});
        check(&(struct plan){.version = TT_SSL_3_0, .suite = suites[i], .private_key = true});
    }
}

static void test_export(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0x0003, 0x0006, 0x0008, 0x0064};
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
        check(&(struct plan){.version = TT_TLS_1_0, .suite = suites[i]});
}

static void test_compression(void **state)
{
    (void)state;
    static const uint16_t suites[] = {0x0005, 0x002f, 0x003c, 0x009c};
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
        check(&(struct plan){.version = TT_TLS_1_2,
                             .suite = suites[i],
                             .compression = 1,
                             .private_key = i % 2 == 0});
}

static void test_ssl2_hello(void **state)
{
    (void)state;
    check(&(struct plan){.version = TT_SSL_3_0, .suite = 0x0005, .ssl2_hello = true});
    check(&(struct plan){
        .version = TT_TLS_1_0, .suite = 0x000a, .ssl2_hello = true, .private_key = true});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ssl3),
        cmocka_unit_test(test_export),
        cmocka_unit_test(test_compression),
        cmocka_unit_test(test_ssl2_hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
