/* Certificates: names, times, and bytes that are none. Made here with libcrypto. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decrypt/certificate.h"
#include "support/flush.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_to_name(X509_NAME *name, const char *key, const char *value)
{
    if (value != NULL)
        assert_int_equal(X509_NAME_add_entry_by_txt(name, key, MBSTRING_UTF8,
                                                    (const unsigned char *)value, -1, -1, 0),
                         1);
}

/* `names`: "DNS:a,DNS:b"; what is NULL is left out. Returns its length in DER. */
static size_t make_for(const char *organisation, const char *country, const char *state,
                       const char *common_name, const char *names, uint8_t *out, size_t room)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    assert_int_equal(X509_set_version(x509, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 1), 1);
    ASN1_TIME_set(X509_getm_notBefore(x509), 1400000000);
    ASN1_TIME_set(X509_getm_notAfter(x509), 4102444800);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    X509_NAME *name = X509_NAME_new();
    add_to_name(name, "O", organisation);
    assert_int_equal(X509_set_issuer_name(x509, name), 1);
    add_to_name(name, "C", country);
    add_to_name(name, "ST", state);
    if (state != NULL)
        add_to_name(name, "ST", "second");
    add_to_name(name, "CN", common_name);
    assert_int_equal(X509_set_subject_name(x509, name), 1);
    X509_NAME_free(name);
    if (names != NULL) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
        assert_non_null(extension);
        assert_int_equal(X509_add_ext(x509, extension, -1), 1);
        X509_EXTENSION_free(extension);
    }
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    unsigned char *at = out;
    int len = i2d_X509(x509, NULL);
    assert_true(len > 0 && (size_t)len <= room);
    assert_int_equal(i2d_X509(x509, &at), len);
    X509_free(x509);
    EVP_PKEY_free(key);
    return (size_t)len;
}

static size_t make(const char *common_name, const char *names, uint8_t *out, size_t room)
{
    return make_for("Example, Inc.", "SG", "Central Region", common_name, names, out, room);
}

static void test_names(void **state)
{
    (void)state;
    uint8_t der[4096];
    size_t len = make("API.Example.", "DNS:api.example,DNS:*.CDN.example.,IP:192.0.2.1,DNS:a b",
                      der, sizeof(der));
    struct tt_certificate *certificate = calloc(1, sizeof(*certificate));
    struct flush flush = flush_make(tt_span_of(der, len));
    assert_true(tt_certificate_read(flush.span, certificate));
    flush_free(&flush);
    assert_string_equal(certificate->common_name, "api.example");
    assert_string_equal(certificate->organisation, "Example, Inc.");
    assert_string_equal(certificate->country, "SG");
    assert_string_equal(certificate->state, "Central Region");
    assert_string_equal(certificate->locality, "");
    assert_string_equal(certificate->subject,
                        "CN=API.Example.,ST=second,ST=Central Region,C=SG,O=Example\\, Inc.");
    assert_string_equal(certificate->issuer, "O=Example\\, Inc.");
    assert_int_equal(certificate->name_total, 3);
    assert_int_equal(certificate->name_count, 2); /* one is no host name */
    assert_string_equal(certificate->names[0], "api.example");
    assert_string_equal(certificate->names[1], "*.cdn.example");
    assert_int_equal(certificate->not_before, 1400000000);
    assert_int_equal(certificate->not_after, 4102444800);
    free(certificate);
}

static void test_without(void **state)
{
    (void)state;
    uint8_t der[4096];
    struct tt_certificate *certificate = calloc(1, sizeof(*certificate));
    size_t len = make(NULL, NULL, der, sizeof(der));
    assert_true(tt_certificate_read(tt_span_of(der, len), certificate));
    assert_string_equal(certificate->common_name, "");
    assert_int_equal(certificate->name_total, 0);
    len = make("not a host", NULL, der, sizeof(der));
    assert_true(tt_certificate_read(tt_span_of(der, len), certificate));
    assert_string_equal(certificate->common_name, "");
    assert_non_null(strstr(certificate->subject, "CN=not a host"));
    free(certificate);
}

static void assert_holder(const char *organisation, const char *country, const char *wanted,
                          const char *wanted_country)
{
    uint8_t der[4096];
    struct tt_certificate *certificate = calloc(1, sizeof(*certificate));
    size_t len = make_for(organisation, country, NULL, NULL, NULL, der, sizeof(der));
    assert_true(tt_certificate_read(tt_span_of(der, len), certificate));
    assert_string_equal(certificate->organisation, wanted);
    assert_string_equal(certificate->country, wanted_country);
    free(certificate);
}

/* Whom it was made for; nothing that could write on a terminal, and no half names. */
static void test_holder(void **state)
{
    (void)state;
    assert_holder("Example, Inc.", NULL, "Example, Inc.", "");
    assert_holder("Bei\xc3\xa1spiel", "SG", "Bei\xc3\xa1spiel", "SG");
    assert_holder("Example", "sg", "Example", "SG");
    assert_holder("Example", "1G", "Example", "");
    assert_holder("Exa\x1b[2Jmple", "SG", "", "SG");
    assert_holder(NULL, "SG", "", "SG");
}

/* More names than are kept. */
static void test_many(void **state)
{
    (void)state;
    static uint8_t der[65536];
    char names[4096] = "DNS:first.example";
    for (int i = 1; i < TT_CERTIFICATE_NAMES_MAX + 5; i++) {
        char one[32];
        (void)snprintf(one, sizeof(one), ",DNS:n%d.example", i);
        strcat(names, one);
    }
    struct tt_certificate *certificate = calloc(1, sizeof(*certificate));
    size_t len = make("x.example", names, der, sizeof(der));
    assert_true(tt_certificate_read(tt_span_of(der, len), certificate));
    assert_int_equal(certificate->name_count, TT_CERTIFICATE_NAMES_MAX);
    assert_int_equal(certificate->name_total, TT_CERTIFICATE_NAMES_MAX + 5);
    free(certificate);
}

static void test_damage(void **state)
{
    (void)state;
    uint8_t der[4096];
    struct tt_certificate *certificate = calloc(1, sizeof(*certificate));
    size_t len = make("api.example", "DNS:api.example", der, sizeof(der));
    for (size_t cut = 0; cut < len; cut++) {
        struct flush flush = flush_make(tt_span_of(der, cut));
        assert_false(tt_certificate_read(flush.span, certificate));
        flush_free(&flush);
    }
    for (size_t at = 0; at < len; at++) {
        der[at] ^= 0x55;
        bool read = tt_certificate_read(tt_span_of(der, len), certificate);
        assert_true(!read || certificate->name_count <= TT_CERTIFICATE_NAMES_MAX);
        der[at] ^= 0x55;
    }
    free(certificate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names), cmocka_unit_test(test_without), cmocka_unit_test(test_holder),
        cmocka_unit_test(test_many),  cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
