/* Digests: the published vectors of each, what they are put together of, and the set that they are
 * looked up in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/digest.h"
#include "identify/digest_set.h"
#include "identify/murmur3.h"
#include "support/flush.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

/* The method whose steps, joined by "+", are `name`. */
static size_t method_of(const char *name)
{
    const struct tt_digest_method *method = NULL;
    for (size_t i = 0; (method = tt_digest_method_at(i)) != NULL; i++) {
        char text[128] = "";
        for (size_t j = 0; j < TT_DIGEST_STEPS_MAX && method->steps[j] != NULL; j++) {
            if (j > 0)
                strcat(text, "+");
            strcat(text, method->steps[j]);
        }
        if (strcmp(text, name) == 0)
            return i;
    }
    fail_msg("no method %s", name);
    return 0;
}

static void hex_of(const uint8_t *bytes, size_t len, char *ret_hex)
{
    for (size_t i = 0; i < len; i++)
        (void)sprintf(ret_hex + 2 * i, "%02x", bytes[i]);
}

static void expect_digest(struct tt_hasher *hasher, const char *name, const char *value,
                          const char *hex)
{
    uint8_t digest[TT_DIGEST_LEN_MAX];
    char found[2 * TT_DIGEST_LEN_MAX + 1] = "";
    size_t method = method_of(name);
    struct flush copy = flush_make(tt_span_str(value));
    assert_true(tt_hasher_run(hasher, method, copy.span, digest));
    flush_free(&copy);
    hex_of(digest, tt_digest_method_at(method)->len, found);
    assert_string_equal(found, hex);
}

/* RFC 1321 appendix A.5; FIPS 180 and FIPS 202 examples ("abc"); RIPEMD-160's own page;
 * MurmurHash3's values are those of its reference implementation. */
static void test_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *value;
        const char *hex;
    } vectors[] = {
        {"md5", "abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"md5", "message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"sha224", "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
        {"sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"sha384", "abc",
         "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
         "8086072ba1e7cc2358baeca134c825a7"},
        {"sha512", "abc",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
        {"sha3-224", "abc", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"},
        {"sha3-256", "abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
        {"sha3-384", "abc",
         "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2"
         "98d88cea927ac7f539f1edf228376d25"},
        {"sha3-512", "abc",
         "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
         "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
        {"ripemd160", "abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
        {"murmur3-128", "", "00000000000000000000000000000000"},
        {"murmur3-128", "hello", "cbd8a7b341bd9b025b1e906a48ae1d19"},
        {"murmur3-128", "hello, world", "342fac623a5ebc8e4cdcbc079642414d"},
        {"murmur3-128", "The quick brown fox jumps over the lazy dog",
         "e34bbc7bbc071b6c7a433ca9c49a9347"},
        {"murmur3-128", "0123456789abcdef", "4be06d94cf4ad1a787c35b5c63a708da"},
        {"murmur3-128-le", "hello", "029bbd41b3a7d8cb191dae486a901e5b"},
    };
    struct tt_hasher *hasher = tt_hasher_new();
    assert_non_null(hasher);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        expect_digest(hasher, vectors[i].name, vectors[i].value, vectors[i].hex);
    tt_hasher_free(hasher);
}

static void test_checksums(void **state)
{
    (void)state;
    assert_int_equal(tt_crc32(tt_span_str("123456789")), 0xcbf43926);
    assert_int_equal(tt_crc32(tt_span_str("")), 0);
    assert_int_equal(tt_murmur3_32(tt_span_str("")), 0);
    assert_int_equal(tt_murmur3_32(tt_span_str("hello")), 0x248bfa47);
    assert_int_equal(tt_murmur3_32(tt_span_str("hello, world")), 0x149bbb7f);
    assert_int_equal(tt_murmur3_32(tt_span_str("The quick brown fox jumps over the lazy dog")),
                     0x2e4ff723);
}

/* ---- a model: the library's digests by name, one step after the other ---- */

static size_t run_model(const char *step, uint8_t *bytes, size_t len)
{
    static const char *const digits[] = {"0123456789abcdef", "0123456789ABCDEF"};
    uint8_t out[2 * TT_DIGEST_LEN_MAX];
    size_t out_len = 0;
    if (strcmp(step, "hex") == 0 || strcmp(step, "hex-upper") == 0) {
        const char *set = digits[step[3] != 0];
        for (size_t i = 0; i < len; i++) {
            out[out_len++] = (uint8_t)set[bytes[i] >> 4];
            out[out_len++] = (uint8_t)set[bytes[i] & 15];
        }
    } else if (strcmp(step, "uuid") == 0) {
        memcpy(out, bytes, out_len = len);
        out[6] = (uint8_t)(0x30 | (bytes[6] & 15));
        out[8] = (uint8_t)(0x80 | (bytes[8] & 63));
    } else if (strcmp(step, "middle") == 0) {
        memcpy(out, bytes + 4, out_len = 8);
    } else if (strncmp(step, "murmur3-128", 11) == 0) {
        tt_murmur3_128(tt_span_of(bytes, len), step[11] == 0, out);
        out_len = 16;
    } else {
        unsigned size = 0;
        assert_int_equal(EVP_Digest(bytes, len, out, &size, EVP_get_digestbyname(step), NULL), 1);
        out_len = size;
    }
    memcpy(bytes, out, out_len);
    return out_len;
}

/* Every method is its steps, one after the other, and as long as it says. */
static void test_methods(void **state)
{
    (void)state;
    struct tt_hasher *hasher = tt_hasher_new();
    assert_non_null(hasher);
    const struct tt_digest_method *method = NULL;
    enum tt_digest_reach reach = TT_DIGEST_FOR_ALL;
    for (size_t i = 0; (method = tt_digest_method_at(i)) != NULL; i++) {
        assert_true(method->reach >= reach); /* the set counts on their order */
        reach = method->reach;
        uint8_t bytes[2 * TT_DIGEST_LEN_MAX] = "358240051111110";
        uint8_t digest[TT_DIGEST_LEN_MAX];
        size_t len = strlen((const char *)bytes);
        assert_true(tt_hasher_run(hasher, i, tt_span_str("358240051111110"), digest));
        for (size_t j = 0; j < TT_DIGEST_STEPS_MAX && method->steps[j] != NULL; j++)
            len = run_model(method->steps[j], bytes, len);
        assert_int_equal(len, method->len);
        assert_memory_equal(digest, bytes, len);
    }
    tt_hasher_free(hasher);
}

static void test_pair(void **state)
{
    (void)state;
    struct tt_hasher *hasher = tt_hasher_new();
    uint8_t whole[TT_DIGEST_LEN_MAX];
    uint8_t pair[TT_DIGEST_LEN_MAX];
    assert_non_null(hasher);
    assert_true(
        tt_hasher_run(hasher, method_of("sha1"), tt_span_str("3582400511111101600"), whole));
    assert_true(tt_hasher_run_pair(hasher, method_of("sha1"), tt_span_str("358240051111110"),
                                   tt_span_str("1600"), pair));
    assert_memory_equal(whole, pair, 20);
    assert_false(tt_hasher_run_pair(hasher, method_of("murmur3-128"), tt_span_str("a"),
                                    tt_span_str("b"), pair));
    tt_hasher_free(hasher);
}

/* ---- the set ---- */

static struct tt_digest_source source_of(const char *text, uint32_t owner_class,
                                         enum tt_digest_reach reach)
{
    return (struct tt_digest_source){.bytes = tt_span_str(text),
                                     .name = "digits",
                                     .bits = 40,
                                     .unknown = 20,
                                     .owner_class = owner_class,
                                     .reach = reach};
}

static bool add(struct tt_digest_set *set, const struct tt_digest_source *source)
{
    bool is_new = false;
    assert_int_equal(tt_digest_set_add(set, source, &is_new), TT_OK);
    return is_new;
}

static size_t count_found(const struct tt_digest_set *set, const char *value, const char *method,
                          size_t len)
{
    uint8_t digest[TT_DIGEST_LEN_MAX];
    struct tt_hasher *hasher = tt_hasher_new();
    assert_non_null(hasher);
    assert_true(tt_hasher_run(hasher, method_of(method), tt_span_str(value), digest));
    tt_hasher_free(hasher);
    struct flush copy = flush_make(tt_span_of(digest, len));
    struct tt_digest_found found = {.at = 0};
    size_t count = 0;
    while (tt_digest_set_find(set, copy.span, &found)) {
        assert_int_equal(found.len, len);
        assert_true(tt_span_eq(found.source->bytes, tt_span_str(value)));
        count++;
    }
    flush_free(&copy);
    return count;
}

static void test_set(void **state)
{
    (void)state;
    struct tt_digest_set *set = tt_digest_set_new(100000);
    assert_non_null(set);
    struct tt_digest_source own = source_of("358240051111110", 0, TT_DIGEST_FOR_OWNER);
    struct tt_digest_source same = source_of("358240051111110", 1, TT_DIGEST_FOR_FIRST);
    struct tt_digest_source far = source_of("+919812345678", 2, TT_DIGEST_FOR_ALL);
    assert_true(add(set, &own));
    assert_false(add(set, &own));
    assert_true(add(set, &same));
    assert_true(add(set, &far));
    assert_int_equal(tt_digest_set_seal(set), TT_OK);
    assert_int_equal(tt_digest_set_source_count(set), 3);
    assert_int_equal(tt_digest_set_source(set, 2)->owner_class, 2);
    assert_null(tt_digest_set_source(set, 3));
    /* One for each class, and as far as each reaches. */
    assert_int_equal(count_found(set, "358240051111110", "md5", 16), 2);
    assert_int_equal(count_found(set, "358240051111110", "sha512", 64), 2);
    assert_int_equal(count_found(set, "358240051111110", "md5+hex+sha1", 20), 1);
    assert_int_equal(count_found(set, "+919812345678", "sha256", 32), 1);
    assert_int_equal(count_found(set, "+919812345678", "sha512", 64), 0);
    /* Cut: from 8 bytes on. */
    for (size_t len = 0; len <= 20; len++)
        assert_int_equal(count_found(set, "358240051111110", "sha1", len), len < 8 ? 0 : 2);
    assert_int_equal(count_found(set, "358240051111111", "md5", 16), 0);
    tt_digest_set_free(set);
    tt_digest_set_free(NULL);
}

/* A digest that goes on differently behind its first 8 bytes is another one; so is a longer one. */
static void test_rest_is_compared(void **state)
{
    (void)state;
    struct tt_digest_set *set = tt_digest_set_new(1000);
    assert_non_null(set);
    struct tt_digest_source own = source_of("358240051111110", 0, TT_DIGEST_FOR_OWNER);
    (void)add(set, &own);
    assert_int_equal(tt_digest_set_seal(set), TT_OK);
    uint8_t digest[TT_DIGEST_LEN_MAX + 1] = {0};
    assert_true(tt_digest_set_run(set, method_of("md5"), own.bytes, digest));
    for (size_t i = 0; i < 16; i++) {
        struct tt_digest_found found = {.at = 0};
        digest[i] ^= 1;
        assert_false(tt_digest_set_find(set, tt_span_of(digest, 16), &found));
        digest[i] ^= 1;
    }
    for (size_t len = 17; len <= sizeof(digest); len++) {
        struct tt_digest_found found = {.at = 0};
        assert_false(tt_digest_set_find(set, tt_span_of(digest, len), &found));
    }
    tt_digest_set_free(set);
}

static const struct tt_form *form_of(struct tt_digest_set *set, const char *method, size_t len,
                                     uint32_t identifier)
{
    uint8_t digest[TT_DIGEST_LEN_MAX];
    struct tt_digest_found found = {.at = 0};
    assert_true(tt_digest_set_run(set, method_of(method), tt_span_str("358240051111110"), digest));
    assert_true(tt_digest_set_find(set, tt_span_of(digest, len), &found));
    const struct tt_form *form = tt_digest_set_form(set, &found, identifier);
    assert_non_null(form);
    assert_int_equal(form->identifier, identifier);
    assert_string_equal(form->name, "digits");
    assert_true(form->reversal_cost > 1e6 && form->reversal_cost < 1.1e6);
    return form;
}

static void test_forms(void **state)
{
    (void)state;
    struct tt_digest_set *set = tt_digest_set_new(1000);
    assert_non_null(set);
    struct tt_digest_source own = source_of("358240051111110", 0, TT_DIGEST_FOR_OWNER);
    own.bits = 90;
    (void)add(set, &own);
    assert_int_equal(tt_digest_set_seal(set), TT_OK);
    const struct tt_form *form = form_of(set, "md5+hex+sha1", 20, 7);
    assert_string_equal(form->transform[0], "md5");
    assert_string_equal(form->transform[1], "hex");
    assert_string_equal(form->transform[2], "sha1");
    assert_null(form->transform[3]);
    assert_true(form->bits > 89 && form->bits < 91 && !form->weak);
    /* The same again is the same form; for another identifier it is another. */
    assert_ptr_equal(form_of(set, "md5+hex+sha1", 20, 7), form);
    assert_ptr_not_equal(form_of(set, "md5+hex+sha1", 20, 8), form);
    /* What is cut off proves nothing: 64 bits, less those of the set's size. */
    form = form_of(set, "md5+hex+sha1", 8, 7);
    assert_string_equal(form->transform[3], "truncated");
    assert_true(form->bits > 57 && form->bits < 64);
    tt_digest_set_free(set);
}

/* Thousands: each is found, at any size of the table; and one too many is refused. */
static void test_many(void **state)
{
    (void)state;
    enum { MANY = 9000 }; /* so that two threads make them */
    struct tt_digest_set *set = tt_digest_set_new(3 * MANY + 2);
    assert_non_null(set);
    char(*texts)[16] = calloc(MANY + 1, sizeof(*texts));
    assert_non_null(texts);
    bool is_new = false;
    for (uint32_t i = 0; i <= MANY; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "+3584012%05u", i);
        struct tt_digest_source source = source_of(texts[i], i, TT_DIGEST_FOR_ALL);
        assert_int_equal(tt_digest_set_add(set, &source, &is_new), i < MANY ? TT_OK : TT_ERR_LIMIT);
    }
    assert_int_equal(tt_digest_set_seal(set), TT_OK);
    for (uint32_t i = 0; i < MANY; i += 97)
        assert_int_equal(count_found(set, texts[i], "sha256", 32), 1);
    free(texts);
    tt_digest_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_checksums),
        cmocka_unit_test(test_methods), cmocka_unit_test(test_pair),
        cmocka_unit_test(test_set),     cmocka_unit_test(test_rest_is_compared),
        cmocka_unit_test(test_forms),   cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
