/* Which writings of a value are hashed, how, and for whom. The digests were made by Python's
 * hashlib, zlib and uuid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/digest_loose.h"
#include "identify/matches.h"
#include "model/limits.h"

static const char own[] = "identifiers: {imei: 358240051111110, email: Asha.Rao+shop@gmail.com, "
                          "name: Asha Raonen}\n";

/* The bytes that the digits stand for, behind `before`, give `expected`. */
static void expect_behind(struct finder *finder, const char *before, const char *hex,
                          const char *expected)
{
    uint8_t room[128];
    size_t front = strlen(before);
    size_t len = strlen(hex) / 2;
    uint8_t *bytes = room + front;
    assert_true(front + len <= sizeof(room));
    memcpy(room, before, front);
    for (size_t i = 0; i < len; i++) {
        int high = tt_hex_value((uint8_t)hex[2 * i]);
        int low = tt_hex_value((uint8_t)hex[2 * i + 1]);
        assert_true(high >= 0 && low >= 0);
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    assert_string_equal(find_all_cuts(finder, tt_span_of(room, front + len)), expected);
}

static void expect(struct finder *finder, const char *hex, const char *expected)
{
    expect_behind(finder, "", hex, expected);
}

static void test_of_a_number(void **state)
{
    (void)state;
    struct finder finder = finder_of(own);
    expect(&finder, "13b6c5faeaece882b4a84e56a30c77f1", "imei[0] digits+md5+hex+md5 0+16\n");
    expect(&finder, "b4ddb25258fc9633", "imei[0] digits+md5+middle 0+8\n");
    expect(&finder, "e5a3d00ab4dd325298fc9633a76dd16d", "imei[0] digits+md5+uuid 0+16\n");
    expect(&finder, "f23171400e01afeca8fe7006f99c12ff88668d0179da15e7f9a7a07850e9f5f5",
           "imei[0] digits+sha3-256 0+32\n");
    expect(&finder, "f23171400e01afeca8fe7006f99c12ff88668d01",
           "imei[0] digits+sha3-256+truncated 0+20\n");
    expect(&finder, "f23171400e01afeca8fe7006f99c12ff88668d02", "");
    finder_free(&finder);
}

/* Raw, among other bytes: each algorithm, once and twice. Mixed or cut, they are found alone only.
 */
static void test_among_bytes(void **state)
{
    (void)state;
    static const char before[] = "\x0a\x07"
                                 "android"
                                 "\x12\x40";
    struct finder finder = finder_of(own);
    expect_behind(&finder, before, "27625b61fe7fa357c7ed85a9a352cf3049f8fd7dbf89083b785fd8e7",
                  "imei[0] digits+sha224 11+28\n");
    expect_behind(&finder, before, "c9a1e3ab1e58c76ad78dda02bfb100809064b2f2",
                  "imei[0] digits+ripemd160 11+20\n");
    expect_behind(&finder, before,
                  "f23171400e01afeca8fe7006f99c12ff88668d0179da15e7f9a7a07850e9f5f5",
                  "imei[0] digits+sha3-256 11+32\n");
    expect_behind(&finder, before,
                  "fe0b123e564efc563cde47fb83107c0f8522a22cbde6895ddf6104f503e740f2"
                  "cf91128e4bc4644efc433a80439f06e7a51243973cde51143b8a08b162c8072c",
                  "imei[0] digits+sha512+sha512 11+64\n");
    expect_behind(&finder, before, "13b6c5faeaece882b4a84e56a30c77f1",
                  "imei[0] digits+md5+hex+md5 11+16\n");
    expect_behind(&finder, before, "c9a1e3ab1e58c76ad78dda02bfb100809064b2f3", "");
    expect_behind(&finder, before, "c9a1e3ab1e58c76ad78dda02", "");
    expect(&finder, "f60488ecaa6d88f6791ce90997888c7b9a3b3b17",
           "imei[0] digits+md5+hex-upper+sha1 0+20\n");
    expect(&finder, "c9a1e3ab1e58c76ad78dda02", "imei[0] digits+ripemd160+truncated 0+12\n");
    finder_free(&finder);
}

/* What advertising networks prescribe. */
static void test_of_an_address(void **state)
{
    (void)state;
    struct finder finder = finder_of(own);
    expect(&finder, "d6a94e950f14ef73ca33f4f2dad6845e18a4881232f48b808917f926f0c6a938",
           "email[0] without dots and tag+sha256 0+32\n");
    expect(&finder, "f4d073a38545dcad4d66b770640b94a3", "email[0] without dots+md5 0+16\n");
    finder_free(&finder);
}

static void test_of_a_name(void **state)
{
    (void)state;
    struct finder finder = finder_of(own);
    expect(&finder, "1081c2b8a4fc40e64a802da36fcaf9bef0360a96bcd95f04bc43d29357e5d728",
           "name[0] joined+sha256 0+32\n");
    /* Half of all Ashas are somebody else. */
    expect(&finder, "b22b87fd8ac6c19a6ed4ffd686a6130f5972367a9520a1b8aef33b8b5b5e3340",
           "name[0] first name+sha256 0+32 weak\n");
    finder_free(&finder);
}

/* Written with dashes; and checksums, which prove nothing and must stand alone. */
static void test_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } samples[] = {
        {"id=E5A3D00A-B4DD-3252-98FC-9633A76DD16D;", "imei[0] digits+md5+uuid 3+36\n"},
        {"id=e5a3d00a-b4dd-b252-58fc-9633a76dd16d;", "imei[0] digits+md5+dashed 3+36\n"},
        {"{\"h\":\"Zk58AI4ikz4=\"}", "imei[0] digits+sha256+truncated+base64 6+11\n"},
        {"h=Zk58AI4ikz4jWA==&x=1", "imei[0] digits+sha256+truncated+base64 2+14\n"},
        {"h=xZk58AI4ikz4jWA&x=1", ""},
        {"c=43819f87", "imei[0] digits+crc32+hex 2+8 weak\n"},
        {"c=43819F87;", "imei[0] digits+crc32+hex 2+8 weak\n"},
        {"c=043819f87", ""},
        {"c=1132568455", "imei[0] digits+crc32+decimal 2+10 weak\n"},
        {"m=a675850e", "imei[0] digits+murmur3-32+hex 2+8 weak\n"},
        {"m=a675850f", ""},
    };
    struct finder finder = finder_of(own);
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const char *found = find_all_cuts(&finder, tt_span_str(samples[i].text));
        if (strcmp(found, samples[i].expected) != 0)
            print_error("%s\n", samples[i].text);
        assert_string_equal(found, samples[i].expected);
    }
    finder_free(&finder);
}

/* A far contact has the usual digests of the usual writings; a near one more; the owner all. */
static void test_tiers(void **state)
{
    (void)state;
    enum { CONTACTS = TT_FORMS_NEAR_MAX + 1, ROOM = CONTACTS * 64 + 64 };
    char *yaml = malloc(ROOM);
    assert_non_null(yaml);
    size_t len = (size_t)snprintf(yaml, ROOM, "contacts:\n");
    for (unsigned i = 0; i < CONTACTS; i++)
        len += (size_t)snprintf(yaml + len, ROOM - len,
                                "- {name: Noor %u, phone_number: \"+919812%06u\"}\n", i,
                                i == CONTACTS - 1 ? 300042 : i);
    struct finder finder = finder_of(yaml);
    expect(&finder, "b26a59a7dae61a9ddce63f8e169c38b58fe7ec5f",
           "contacts[1000].phone_number e164+sha1 0+20\n");
    expect(&finder, "b26a59a7dae61a9ddce63f8e",
           "contacts[1000].phone_number e164+sha1+truncated 0+12\n");
    /* SHA-512 of +919812000007 and of +919812300042. */
    expect(&finder,
           "efcff37b8b8614d047438d45c1638ae2253e233646a37019af239865312f3fb6"
           "849ab2f119b18a9d5a59deac003d0f8f1e0e1b235b3897049d32185bc3127157",
           "contacts[7].phone_number e164+sha512 0+64\n");
    expect(&finder,
           "bfdbbd9494295c5b792c87e046ca97602064c243bd2e50d28eb99ea5c556db2e"
           "734b78998d17cc753ecbfa8fe5239064d0980f67860120c677834d98af80f8dd",
           "");
    finder_free(&finder);
    free(yaml);
}

/* Two values of the owner, one behind the other: the digest tells of both. */
static void test_pairs(void **state)
{
    (void)state;
    enum { VALUES = TT_DIGEST_PAIRED_MAX + 1, ROOM = VALUES * 64 };
    struct finder finder = finder_of(own);
    expect(&finder, "b00e6b054a038f166500d59ca553460a",
           "imei[0] digits+append-value+md5 0+16\nemail[0] lower+prepend-value+md5 0+16\n");
    expect(&finder, "f9d5149c1bf9c5aca181d62868d8a120b6913aeb",
           "email[0] text+append-value:bar+sha1 0+20\n"
           "imei[0] digits+prepend-value:bar+sha1 0+20\n");
    expect(&finder, "a4c6b597897d4ce173b8cfef4d144df9", "");
    finder_free(&finder);
    /* Not more than the limit are paired. */
    char yaml[ROOM];
    size_t len = (size_t)snprintf(yaml, ROOM, "identifiers:\n  custom:\n");
    for (unsigned i = 0; i < VALUES; i++)
        len += (size_t)snprintf(yaml + len, ROOM - len, "  - {name: b%u, value: badge-%04u-kqzx}\n",
                                i, i);
    finder = finder_of(yaml);
    expect(&finder, "aa910e1c2a8f86cbc22464a890a112b2",
           "b15 text+append-value+md5 0+16\nb1 text+prepend-value+md5 0+16\n");
    expect(&finder, "0289fa6dda86d23fbf389efe4897a27b", "");
    finder_free(&finder);
}

/* The bytes of a hardware address, not its digits. */
static void test_of_bytes(void **state)
{
    (void)state;
    struct finder finder = finder_of("identifiers: {mac_address: \"02:5a:9c:e1:47:3b\"}\n");
    expect_behind(&finder, "\x12\x14", "d85f63a4ccdaca0013b4f4c8cdbf2ea18b6da8b2",
                  "mac_address[0] raw+sha1 2+20\n");
    finder_free(&finder);
}

static void expect_loose(struct finder *finder, struct tt_span bytes, const char *expected)
{
    struct flush in = flush_make(bytes);
    tt_buf_clear(&finder->out);
    assert_int_equal(tt_digest_loose(finder->matcher, in.span, write_match, finder), TT_OK);
    assert_int_equal(tt_buf_append_u8(&finder->out, 0), TT_OK);
    assert_string_equal((const char *)finder->out.data, expected);
    flush_free(&in);
}

/* Contacts' digests anywhere in a few bytes. */
static void test_loose(void **state)
{
    (void)state;
    static const uint8_t digest[] = {0xd4, 0x1d, 0x2f, 0x74, 0x75, 0xd7, 0xd4, 0x95,
                                     0x3a, 0xc3, 0x20, 0xc5, 0x55, 0x66, 0x99, 0xd0,
                                     0x55, 0x03, 0x5a, 0xf9, 0x1a, 0xa0, 0x98, 0x44,
                                     0xf4, 0x8f, 0x92, 0x5e, 0xc4, 0x50, 0xd7, 0x44};
    uint8_t bytes[2 * sizeof(digest)];
    struct finder finder = finder_of("contacts: [{name: Asha Rao, phone_number: \"+358401234567\"}]"
                                     "\nidentifiers: {imei: 358240051111110}\n");
    for (size_t at = 0; at <= sizeof(digest); at++) {
        char expected[64];
        memset(bytes, 0x5a, sizeof(bytes));
        memcpy(bytes + at, digest, sizeof(digest));
        (void)snprintf(expected, sizeof(expected), "contacts[0].phone_number e164+sha256 %zu+32\n",
                       at);
        /* All of a body is the scan's. */
        expect_loose(&finder, tt_span_of(bytes, at + sizeof(digest)), at == 0 ? "" : expected);
        bytes[at + sizeof(digest) - 1] ^= 1;
        expect_loose(&finder, tt_span_of(bytes, at + sizeof(digest)), "");
    }
    finder_free(&finder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_a_number), cmocka_unit_test(test_of_an_address),
        cmocka_unit_test(test_of_a_name),   cmocka_unit_test(test_texts),
        cmocka_unit_test(test_tiers),       cmocka_unit_test(test_among_bytes),
        cmocka_unit_test(test_pairs),       cmocka_unit_test(test_of_bytes),
        cmocka_unit_test(test_loose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
