/* The protection of records, against records that are sealed here with libcrypto, step by step as
 * the specifications say: also those ciphers that no implementation at hand speaks any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "sealer.h"
#include "support/flush.h"

#include <stdlib.h>
#include <string.h>

static struct sealer make_sealer(struct tt_crypto *crypto, uint16_t number, uint16_t version,
                                 bool encrypt_then_mac)
{
    uint8_t randoms[2][TT_RANDOM_LEN];
    uint8_t master[TT_MASTER_LEN];
    memset(randoms[0], 1, TT_RANDOM_LEN);
    memset(randoms[1], 2, TT_RANDOM_LEN);
    memset(master, 3, TT_MASTER_LEN);
    const struct tt_schedule schedule = {.crypto = crypto,
                                         .suite = tt_suite_find(number),
                                         .version = version,
                                         .client = randoms[0],
                                         .server = randoms[1]};
    assert_non_null(schedule.suite);
    return make_sealer_of(&schedule, master, 1, encrypt_then_mac);
}

static struct tt_protection *make_protection(const struct sealer *sealer)
{
    struct tt_protection *protection = NULL;
    const struct tt_protection_setup setup = {.suite = sealer->suite,
                                              .version = sealer->version,
                                              .encrypt_then_mac = sealer->encrypt_then_mac,
                                              .keys = &sealer->keys};
    assert_int_equal(tt_protection_new(sealer->crypto, &setup, &protection), TT_OK);
    return protection;
}

static bool open_sealed(struct tt_protection *protection, const struct sealer *sealer,
                        const struct sealed *sealed, uint64_t first, uint64_t tries, uint8_t *out,
                        struct tt_opened *ret_opened)
{
    struct flush flush = flush_make(tt_span_of(sealed->bytes, sealed->len));
    const struct tt_record record = {
        .type = TT_TYPE_APPLICATION_DATA, .version = sealer->version, .bytes = flush.span};
    bool opened = tt_protection_open(protection, &record, first, tries, out, ret_opened);
    if (opened && ret_opened->bytes.data != out) {
        /* A null cipher: the text stands in the record. */
        memcpy(out, ret_opened->bytes.data, ret_opened->bytes.len);
        ret_opened->bytes.data = out;
    }
    flush_free(&flush);
    return opened;
}

static void expect_text(const struct tt_opened *opened, const char *text, uint64_t sequence)
{
    assert_true(tt_span_eq(opened->bytes, tt_span_str(text)));
    assert_int_equal(opened->sequence, sequence);
    assert_int_equal(opened->type, TT_TYPE_APPLICATION_DATA);
}

/* Three records in their order; one that was changed; one behind a hole. */
static void check(struct tt_crypto *crypto, uint16_t number, uint16_t version, bool etm)
{
    struct sealer sealer = make_sealer(crypto, number, version, etm);
    struct tt_protection *protection = make_protection(&sealer);
    uint8_t *out = malloc(TT_RECORD_OUT_MAX);
    static const char *const texts[] = {"GET /one", "", "imei=358240051111110 and so on"};
    struct tt_opened opened;
    for (size_t i = 0; i < 3; i++) {
        struct sealed sealed = seal(&sealer, texts[i]);
        if (!open_sealed(protection, &sealer, &sealed, i, 1, out, &opened))
            fail_msg("%s does not open", sealer.suite->name);
        expect_text(&opened, texts[i], i);
    }
    /* Whatever is changed, it does not open; whatever is cut, nothing is read behind it. */
    enum tt_tls_mode mode = facts_of(&sealer)->mode;
    if (mode != TT_TLS_MODE_STREAM) {
        struct sealed sealed = seal(&sealer, texts[2]);
        struct tt_protection *other = make_protection(&sealer);
        for (size_t at = 0; at < sealed.len; at++) {
            struct sealed bad = sealed;
            bad.bytes[at] ^= 1;
            assert_false(open_sealed(other, &sealer, &bad, 3, 1, out, &opened));
            bad.len = at;
            assert_false(open_sealed(other, &sealer, &bad, 3, 1, out, &opened));
        }
        tt_protection_free(other);
        assert_true(open_sealed(protection, &sealer, &sealed, 3, 1, out, &opened));
        /* Records 4 to 8 are not seen, but for the last bytes. */
        struct sealed lost = {.len = 0};
        for (size_t i = 0; i < 5; i++)
            lost = seal(&sealer, "lost");
        tt_protection_skip(protection, lost.len, tt_span_of(lost.bytes, lost.len));
        sealed = seal(&sealer, texts[0]);
        bool chained = mode == TT_TLS_MODE_CBC && tt_tls_version(version) <= TT_TLS_1_0;
        /* Without its number it opens only where a try hits it. */
        assert_false(open_sealed(protection, &sealer, &sealed, 4, 1, out, &opened));
        if (chained)
            tt_protection_skip(protection, lost.len, tt_span_of(lost.bytes, lost.len));
        assert_true(open_sealed(protection, &sealer, &sealed, 4, 10, out, &opened));
        expect_text(&opened, texts[0], 9);
        if (chained) {
            /* The end of the record before was not seen: the next one after it opens. */
            tt_protection_skip(protection, SIZE_MAX, (struct tt_span){0});
            assert_true(tt_protection_usable(protection));
            sealed = seal(&sealer, texts[0]);
            assert_false(open_sealed(protection, &sealer, &sealed, 10, 1, out, &opened));
            sealed = seal(&sealer, texts[2]);
            assert_true(open_sealed(protection, &sealer, &sealed, 10, 2, out, &opened));
            expect_text(&opened, texts[2], 11);
        }
    } else {
        struct sealed lost = seal(&sealer, "lost");
        tt_protection_skip(protection, lost.len, (struct tt_span){0});
        struct sealed sealed = seal(&sealer, texts[0]);
        assert_true(open_sealed(protection, &sealer, &sealed, 4, 1, out, &opened));
        tt_protection_skip(protection, SIZE_MAX, (struct tt_span){0});
        assert_false(tt_protection_usable(protection));
    }
    tt_protection_free(protection);
    EVP_CIPHER_CTX_free(sealer.context);
    free(out);
}

/* Each cipher with each hash under each version in which it can stand. */
static void test_all(void **state)
{
    (void)state;
    struct tt_crypto *crypto = NULL;
    assert_int_equal(tt_crypto_new(&crypto), TT_OK);
    static const uint16_t versions[] = {TT_SSL_3_0, TT_TLS_1_0,  TT_TLS_1_1,
                                        TT_TLS_1_2, TT_DTLS_1_0, TT_DTLS_1_2};
    bool seen[TT_TLS_CIPHER_COUNT][TT_HASH_COUNT] = {{false}};
    size_t checked = 0;
    for (size_t at = 0; tt_suite_at(at) != NULL; at++) {
        const struct tt_suite *suite = tt_suite_at(at);
        const struct tt_tls_cipher_facts *facts = tt_suite_cipher(suite);
        bool null = facts->mode == TT_TLS_MODE_NULL;
        if (suite->exchange == TT_EXCHANGE_TLS13 || seen[suite->cipher][suite->hash] ||
            (!null && tt_crypto_cipher(crypto, (enum tt_tls_cipher)suite->cipher) == NULL))
            continue;
        seen[suite->cipher][suite->hash] = true;
        for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
            bool new =
                facts->tag > 0 || suite->hash == TT_HASH_SHA256 || suite->hash == TT_HASH_SHA384;
            if (new &&tt_tls_version(versions[i]) < TT_TLS_1_2)
                continue;
            check(crypto, suite->number, versions[i], false);
            if (facts->mode == TT_TLS_MODE_CBC && versions[i] != TT_SSL_3_0)
                check(crypto, suite->number, versions[i], true);
            checked++;
        }
    }
    assert_true(checked > 60);
    tt_crypto_free(crypto);
}

/* Of a null cipher the text can be read without any key. */
static void test_blind(void **state)
{
    (void)state;
    struct tt_crypto *crypto = NULL;
    assert_int_equal(tt_crypto_new(&crypto), TT_OK);
    struct sealer sealer = make_sealer(crypto, 0x0002, TT_TLS_1_2, false);
    struct tt_protection *protection = NULL;
    const struct tt_protection_setup setup = {.suite = sealer.suite, .version = sealer.version};
    assert_int_equal(tt_protection_new(crypto, &setup, &protection), TT_OK);
    uint8_t *out = malloc(TT_RECORD_OUT_MAX);
    struct tt_opened opened;
    struct sealed sealed = seal(&sealer, "plain");
    assert_true(open_sealed(protection, &sealer, &sealed, 0, 1, out, &opened));
    expect_text(&opened, "plain", 0);
    sealed.len = 19; /* less than a MAC */
    assert_false(open_sealed(protection, &sealer, &sealed, 1, 1, out, &opened));
    tt_protection_free(protection);
    tt_protection_free(NULL);
    /* Anything else needs one. */
    struct tt_protection_setup other = {.suite = tt_suite_find(0x002f), .version = TT_TLS_1_2};
    assert_int_equal(tt_protection_new(crypto, &other, &protection), TT_ERR_USAGE);
    assert_true(tt_protection_size() <= 256);
    free(out);
    tt_crypto_free(crypto);
}

/* More directions than may have their contexts at a time: each goes on where it was. */
static void test_contexts(void **state)
{
    (void)state;
    enum { COUNT = TT_TLS_CONTEXTS_MAX + 50 };
    static const uint16_t suites[] = {0x002f, 0x009c, 0x0005, 0x003c, 0x0002, 0xcca8};
    struct tt_crypto *crypto = NULL;
    assert_int_equal(tt_crypto_new(&crypto), TT_OK);
    struct sealer sealers[6];
    struct sealed sealed[2][6];
    for (size_t i = 0; i < 6; i++) {
        uint16_t version = i == 0 ? TT_TLS_1_0 : TT_TLS_1_2;
        sealers[i] = make_sealer(crypto, suites[i], version, false);
        sealed[0][i] = seal(&sealers[i], "first");
        sealed[1][i] = seal(&sealers[i], "second");
    }
    uint8_t *out = malloc(TT_RECORD_OUT_MAX);
    struct tt_protection **all = calloc(COUNT, sizeof(struct tt_protection *));
    struct tt_opened opened;
    for (size_t i = 0; i < COUNT; i++) {
        all[i] = make_protection(&sealers[i % 6]);
        assert_true(open_sealed(all[i], &sealers[i % 6], &sealed[0][i % 6], 0, 1, out, &opened));
        assert_true(tt_crypto_warm(crypto)->count <= TT_TLS_CONTEXTS_MAX);
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(open_sealed(all[i], &sealers[i % 6], &sealed[1][i % 6], 1, 1, out, &opened));
        expect_text(&opened, "second", 1);
    }
    for (size_t i = 0; i < COUNT; i++)
        tt_protection_free(all[i]);
    assert_int_equal(tt_crypto_warm(crypto)->count, 0);
    assert_null(tt_crypto_warm(crypto)->oldest);
    for (size_t i = 0; i < 6; i++)
        EVP_CIPHER_CTX_free(sealers[i].context);
    free(all);
    free(out);
    tt_crypto_free(crypto);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_blind),
        cmocka_unit_test(test_contexts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
