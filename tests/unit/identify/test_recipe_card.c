/* Ciphers against published vectors, and the steps of a card. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "identify/recipe_book.h"
#include "support/flush.h"

enum { ROOM = 128 };

static struct tt_span unhex(const char *digits, uint8_t *room)
{
    size_t len = strlen(digits) / 2;
    assert_true(len <= ROOM);
    for (size_t i = 0; i < len; i++)
        room[i] = (uint8_t)(tt_hex_value((uint8_t)digits[2 * i]) << 4 |
                            tt_hex_value((uint8_t)digits[2 * i + 1]));
    return tt_span_of(room, len);
}

struct vector {
    enum tt_cipher_algorithm algorithm;
    enum tt_cipher_mode mode;
    const char *key;
    const char *iv;
    const char *hidden;
    const char *plain;
};

static const struct vector vectors[] = {
    /* RFC 6229: keys of 40 and 128 bits, bytes 0 to 15 of the stream */
    {TT_CIPHER_RC4, TT_MODE_ECB, "0102030405", "", "b2396305f03dc027ccc3524a0a1118a8",
     "00000000000000000000000000000000"},
    {TT_CIPHER_RC4, TT_MODE_ECB, "0102030405060708090a0b0c0d0e0f10", "",
     "9ac7cc9a609d1ef7b2932899cde41b97", "00000000000000000000000000000000"},
    /* FIPS 197, appendix C */
    {TT_CIPHER_AES, TT_MODE_ECB, "000102030405060708090a0b0c0d0e0f", "",
     "69c4e0d86a7b0430d8cdb78070b4c55a", "00112233445566778899aabbccddeeff"},
    {TT_CIPHER_AES, TT_MODE_ECB, "000102030405060708090a0b0c0d0e0f1011121314151617", "",
     "dda97ca4864cdfe06eaf70a0ec0d7191", "00112233445566778899aabbccddeeff"},
    {TT_CIPHER_AES, TT_MODE_ECB, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "", "8ea2b7ca516745bfeafc49904b496089", "00112233445566778899aabbccddeeff"},
    /* NIST SP 800-38A, F.2.2 and F.5.2 */
    {TT_CIPHER_AES, TT_MODE_CBC, "2b7e151628aed2a6abf7158809cf4f3c",
     "000102030405060708090a0b0c0d0e0f",
     "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
     "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"},
    {TT_CIPHER_AES, TT_MODE_CTR, "2b7e151628aed2a6abf7158809cf4f3c",
     "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff",
     "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"},
    /* made with the openssl command */
    {TT_CIPHER_DES, TT_MODE_ECB, "133457799bbcdff1", "", "85e813540f0ab405", "0123456789abcdef"},
    {TT_CIPHER_DES, TT_MODE_CBC, "0123456789abcdef23456789abcdef01456789abcdef0123",
     "0001020304050607", "0546d315b49632278887908da437351ee9e195a87c2fdd2e",
     "617368612e72616f406578616d706c652e6f726704040404"},
    {TT_CIPHER_XOR, TT_MODE_ECB, "010203", "", "60606062", "61626363"},
};

static void test_ciphers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct vector *v = &vectors[i];
        uint8_t key[ROOM];
        uint8_t iv[ROOM];
        uint8_t hidden[ROOM];
        uint8_t plain[ROOM];
        uint8_t out[ROOM];
        struct tt_cipher *cipher = tt_cipher_new(v->algorithm, v->mode);
        assert_non_null(cipher);
        struct flush in = flush_make(unhex(v->hidden, hidden));
        assert_false(tt_cipher_run(cipher, iv, in.span, out)); /* no key yet */
        assert_true(tt_cipher_key(cipher, unhex(v->key, key)));
        (void)unhex(v->iv, iv);
        for (int twice = 0; twice < 2; twice++) {
            assert_true(tt_cipher_run(cipher, iv, in.span, out));
            assert_true(tt_span_eq(tt_span_of(out, in.span.len), unhex(v->plain, plain)));
        }
        size_t block = tt_cipher_block(cipher);
        assert_int_equal(tt_cipher_run(cipher, iv, tt_span_sub(in.span, 0, 3), out), block == 1);
        flush_free(&in);
        tt_cipher_free(cipher);
    }
    tt_cipher_free(NULL);
}

static void test_keys(void **state)
{
    (void)state;
    assert_false(tt_cipher_takes(TT_CIPHER_AES, 15));
    assert_true(tt_cipher_takes(TT_CIPHER_AES, 24));
    assert_false(tt_cipher_takes(TT_CIPHER_DES, 7));
    assert_false(tt_cipher_takes(TT_CIPHER_RC4, 0));
    assert_false(tt_cipher_takes(TT_CIPHER_XOR, TT_CIPHER_KEY_MAX + 1));
    uint8_t key[TT_CIPHER_KEY_MAX + 1] = {0};
    struct tt_cipher *cipher = tt_cipher_new(TT_CIPHER_RC4, TT_MODE_ECB);
    assert_non_null(cipher);
    assert_false(tt_cipher_key(cipher, tt_span_of(key, sizeof(key))));
    assert_true(tt_cipher_key(cipher, tt_span_of(key, TT_CIPHER_KEY_MAX)));
    tt_cipher_free(cipher);
}

static void test_padding(void **state)
{
    (void)state;
    static const uint8_t good[] = {'a', 'b', 'c', 'd', 'e', 3, 3, 3};
    static const uint8_t full[] = {8, 8, 8, 8, 8, 8, 8, 8};
    static const uint8_t bad[] = {'a', 'b', 'c', 'd', 'e', 2, 3, 3};
    static const uint8_t zero[8] = {0};
    static const uint8_t large[] = {9, 9, 9, 9, 9, 9, 9, 9};
    assert_int_equal(tt_cipher_unpad(tt_span_of(good, 8), 8), 5);
    assert_int_equal(tt_cipher_unpad(tt_span_of(full, 8), 8), 0);
    assert_int_equal(tt_cipher_unpad(tt_span_of(bad, 8), 8), 9);
    assert_int_equal(tt_cipher_unpad(tt_span_of(zero, 8), 8), 9);
    assert_int_equal(tt_cipher_unpad(tt_span_of(large, 8), 8), 9);
    assert_int_equal(tt_cipher_unpad(tt_span_of(good, 7), 8), 8);
    assert_int_equal(tt_cipher_unpad(tt_span_of(good, 0), 8), 1);
}

/* ---- cards ---- */

static struct tt_recipe_book *book_of(const char *yaml)
{
    struct tt_recipe_book *book = NULL;
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_recipe_book_new(&book, &error), TT_OK);
    if (yaml != NULL && tt_recipe_book_add(book, tt_span_str(yaml), "test.yaml", &error) != TT_OK)
        fail_msg("%s", error.text);
    return book;
}

static struct tt_card *card_named(struct tt_recipe_book *book, const char *name)
{
    struct tt_card *card = NULL;
    for (size_t i = 0; (card = tt_recipe_book_card(book, i)) != NULL; i++) {
        if (strcmp(card->name, name) == 0)
            return card;
    }
    fail_msg("no recipe %s", name);
    return NULL;
}

/* Every built-in recipe says where it is from. */
static void test_sources(void **state)
{
    (void)state;
    struct tt_recipe_book *book = book_of(NULL);
    const struct tt_card *card = NULL;
    for (size_t i = 0; (card = tt_recipe_book_card(book, i)) != NULL; i++) {
        assert_true(strlen(card->source) > 20);
        assert_true(card->step_count > 0);
        assert_int_equal(strncmp(card->step, "recipe:", 7), 0);
        assert_string_equal(card->step + 7, card->name);
    }
    assert_true(tt_recipe_book_count(book) >= 8);
    assert_false(tt_recipe_book_has_alphabet(book));
    assert_false(tt_recipe_book_has_field(book));
    tt_recipe_book_free(book);
    book = book_of("recipes: [{name: t, source: made for this test, steps: [{alphabet: "
                   "\"LwV6fEpOzY9iHsR2bAlKvU5eDoNyX8hGrQ1a/kJuT4dCnMxW7gFqP0Z+jItS3cBm\"}]}]");
    assert_true(tt_recipe_book_has_alphabet(book));
    assert_false(tt_recipe_book_has_field(book));
    tt_recipe_book_free(book);
    tt_recipe_book_free(NULL);
}

/* The pair of ciphertext and plaintext that Kryptowire published. */
static void test_published_pair(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    struct tt_recipe_book *book = book_of(NULL);
    struct tt_card_result result;
    struct tt_span hidden = unhex("1d49eb3ff193887fda10f33c6d55e66b", room);
    assert_true(tt_card_undo(card_named(book, "adups-message"), hidden, tt_span_of(NULL, 0), true,
                             tt_recipe_book_room(book), &result));
    assert_true(result.padded);
    assert_true(tt_span_eq(result.bytes, tt_span_str("Be there in 5")));
    assert_true(tt_card_is_likely(card_named(book, "adups-message"), &result));
    tt_recipe_book_free(book);
}

/* Undoes a card made of `steps` on a text; "-" when it does not fit. */
static void expect(const char *steps, const char *in, const char *field, bool whole,
                   const char *expected)
{
    char yaml[1024];
    (void)snprintf(yaml, sizeof(yaml), "recipes: [{name: t, source: test, steps: %s}]\n", steps);
    struct tt_recipe_book *book = book_of(yaml);
    struct tt_card_result result = {.bytes = tt_span_str("-")};
    struct flush copy = flush_make(tt_span_str(in));
    if (!tt_card_undo(card_named(book, "t"), copy.span, tt_span_str(field), whole,
                      tt_recipe_book_room(book), &result))
        result.bytes = tt_span_str("-");
    if (!tt_span_eq(result.bytes, tt_span_str(expected)))
        fail_msg("%s gives %.*s", steps, (int)result.bytes.len, (const char *)result.bytes.data);
    flush_free(&copy);
    tt_recipe_book_free(book);
}

#define ALPHABET                                                                                   \
    "[{alphabet: \"zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA9876543210-_\"}]"

static void test_steps(void **state)
{
    (void)state;
    expect("[{reverse: bytes}]", "olleh", "", true, "hello");
    expect("[{skip: 3}]", "abchello", "", true, "hello");
    expect("[{skip: 3}]", "abc", "", true, "-");
    expect("[{skip: 1}, {reverse: bytes}, {skip: 1}, {reverse: bytes}]", "abcd", "", true, "bc");
    expect("[{xor: {text: \"   \"}}]", "HELLO", "", true, "hello");
    expect("[{xor: {field: any}}]", "HELLO", " ", true, "hello");
    expect("[{xor: {field: any-hex}}]", "HELLO", "2020", true, "hello");
    expect("[{xor: {field: any-hex}}]", "HELLO", "202", true, "-");
    expect("[{xor: {field: any-hex}}]", "HELLO", "20zz", true, "-");
    expect("[{xor: {field: any, take: 4}}]", "HELLO", "  ", true, "-");
    /* aGVsbG8= in the alphabet backwards */
    expect(ALPHABET, "ZteH", "", true, "hel");
    expect(ALPHABET, "ZteHYt1", "", true, "hello");
    expect(ALPHABET, "ZteHYt1=", "", true, "hello");
    expect(ALPHABET, "ZteHYt1==", "", true, "hello");
    expect(ALPHABET, "ZteHYt1===", "", true, "-");
    expect(ALPHABET, "ZteHY", "", true, "-");
    expect(ALPHABET, "ZteHY", "", false, "hel");
    expect(ALPHABET, "Zt H", "", true, "-");
    expect(ALPHABET, "==", "", true, "-");
    /* not whole blocks; the end is dropped where more may follow */
    expect("[{aes-ecb: {key: {text: 0123456789abcdef}}}]", "fifteen letters", "", true, "-");
    expect("[{aes-ecb: {key: {text: 0123456789abcdef}}}]", "fifteen letters", "", false, "-");
    expect("[{aes-cbc: {key: {field: any, digest: md5}, iv: first-block}}]", "short", "k", true,
           "-");
    expect("[{aes-cbc: {key: {field: any}, iv: key}}]", "0123456789abcdef", "k", true, "-");
}

/* What comes out must look like something. */
static void test_likely(void **state)
{
    (void)state;
    static const struct {
        const char *gives;
        const char *bytes;
        bool padded;
        bool likely;
    } cases[] = {
        {"anything", "imei=358240051111110", false, true},
        {"anything", "aaaaaaaaaaaaaaaaaa", false, false}, /* one letter: luck may make that */
        {"anything", "\x01\x02imei=3582400", false, false},
        {"anything", "\x01\x02imei=3582400", true, true},
        {"anything", "\x1f\x8b\x08\x01\x01", false, true},
        {"anything", "\x01\x01\x01\x33\x1f\x8b\x08\x01\x01", false, true},
        {"anything", "\x78\x9c\x01\x01\x01", false, true},
        {"text", "\x1f\x8b\x08\x01\x01", false, false},
        {"text", "\xc3\xa9t\xc3\xa9 et hiver", false, true},
        {"text", "\xc3\x28 et hiver", false, false},
        {"gzip", "imei=358240051111110", false, false},
        {"gzip", "\x1f\x8b\x08\x01\x01", false, true},
        {"zlib", "\x78\x9d\x01\x01", false, false},
        {"zlib", "\x78\x01\x01\x01", false, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char yaml[256];
        (void)snprintf(yaml, sizeof(yaml),
                       "recipes: [{name: t, source: test, gives: %s, steps: [{skip: 1}]}]\n",
                       cases[i].gives);
        struct tt_recipe_book *book = book_of(yaml);
        struct tt_card_result result = {.bytes = tt_span_str(cases[i].bytes),
                                        .padded = cases[i].padded};
        if (tt_card_is_likely(card_named(book, "t"), &result) != cases[i].likely)
            fail_msg("case %zu", i);
        tt_recipe_book_free(book);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ciphers),        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_padding),        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_published_pair), cmocka_unit_test(test_steps),
        cmocka_unit_test(test_likely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
