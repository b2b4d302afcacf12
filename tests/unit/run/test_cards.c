/* Recipes that are cards: what a program hid with a published key or alphabet, and what a user's
 * file says. The ciphertexts were made with the openssl command and a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hits.h"
#include "model/limits.h"
#include "run/search_node.h"

static const char sheet[] = "identifiers: {imei: 358240051111110, email: asha.rao@example.org}\n";

/* What stands before " frames", for every cut. `yaml`: more recipes, or NULL. */
static void expect_bytes(const char *yaml, const char *host, struct tt_span text,
                         const char *expected)
{
    struct hits hits;
    hits_begin(&hits, sheet);
    hits.host = host;
    hits_use_recipes(&hits, yaml);
    for (size_t cut = 1; cut <= text.len; cut++) {
        char found[512] = "";
        (void)snprintf(found, sizeof(found), "%s",
                       hits_in(&hits, TT_FORMAT_UNKNOWN, "http.request.body", text, cut,
                               cut == 1 ? 1 : text.len));
        char *frames = strstr(found, " frames");
        if (frames != NULL)
            *frames = '\0';
        if (strcmp(found, expected) != 0)
            print_error("cut at %zu\n", cut);
        assert_string_equal(found, expected);
    }
    hits_end(&hits);
}

static void expect(const char *yaml, const char *text, const char *expected)
{
    expect_bytes(yaml, NULL, tt_span_str(text), expected);
}

/* The bytes that hexadecimal digits stand for. */
static struct tt_span unhex(const char *digits, uint8_t *room)
{
    size_t len = strlen(digits) / 2;
    for (size_t i = 0; i < len; i++)
        room[i] = (uint8_t)(tt_hex_value((uint8_t)digits[2 * i]) << 4 |
                            tt_hex_value((uint8_t)digits[2 * i + 1]));
    return tt_span_of(room, len);
}

/* {"app":"notes","imei":"358240051111110","os":"5.1"}, as the built-in recipes have it. */
static void test_builtin(void **state)
{
    (void)state;
    expect(NULL,
           "v=6/o0GONCTwDSoTNFixjb+GtW8N6PMEu3mBZ+SIaZJJy8ppBl5DBZop5fU8SKBEeJRzfmFgmPQD/"
           "B8vG9cti5bQ==",
           "imei[0] digits http.request.body@102+86 base64@0+64 "
           "recipe:umeng-aes@0+51 json:$.imei@23+15");
    expect(NULL, "c=L6Q83ujWRHEwastNkgXXGg==%7C1&t=1",
           "imei[0] digits recipe:baidu-mobstat-1 base64 http.request.body@100+34 percent@2+22");
    expect(NULL,
           "params="
           "D491EC3F25D615CBF708BAD78E56B2024BB560F993946DC712F8E49BFB7B26428D0DB89755781FC4C34AB3B"
           "DEC2DD9CE5B4455AE43BE8C669B148E8AB476ECEB0ADC043EC3D7F873724AC0E3C371E10CB4A056B187F67D"
           "6E844DEFDF178CA270",
           "imei[0] digits http.request.body@100+199 form:params@7+192 hex@0+96 "
           "recipe:netease-eapi@42+15");
}

static void test_body(void **state)
{
    (void)state;
    uint8_t room[128];
    /* RC4 around 4 bytes of length and gzip, as a whole body. */
    static const char packed[] =
        "bd1a76b10da9a57702eb23b0e1afd8860d8e38f1fd8a915b475447d0bee42206158c742e3696c03eca02234acc"
        "be812b45f046a29742a65d0ad8437bd7c6de610238ae95";
    expect_bytes(NULL, "pingma.cloud.example", unhex(packed, room),
                 "imei[0] digits http.request.body@100+68 recipe:tencent-mta@0+68 offset:4@4+64 "
                 "gzip@0+51 json:$.imei@23+15");
    /* The same with another first byte: no recipe fits. */
    room[5] ^= 1;
    expect_bytes(NULL, NULL, tt_span_of(room, 68), "");
}

#define RECIPES "recipes:\n"
#define SOURCE "    source: made for this test\n"

static void test_alphabet(void **state)
{
    (void)state;
    static const char order[] =
        RECIPES "  - name: acme-order\n" SOURCE "    steps: [{alphabet: "
                "\"LwV6fEpOzY9iHsR2bAlKvU5eDoNyX8hGrQ1a/kJuT4dCnMxW7gFqP0Z+jItS3cBm\"}]\n";
    /* The whole text, in a value; with and without padding; behind characters of no alphabet. */
    expect(order, "dvi=hFYQXOL1R1Yxy+AkXFznzJkMo5/1R1zqsKrFs6L7sKfgHKfgHKL1iVYWXFztzavxHlYc",
           "imei[0] digits http.request.body@100+72 form:dvi@4+68 recipe:acme-order@0+51 "
           "json:$.imei@23+15");
    expect(order, "{\"d\":\"hFY4y5U4zaT1HqvjHab7H6vgHKfgHKf7zuP=\"}",
           "imei[0] digits http.request.body@100+44 json:$.d@6+35 recipe:acme-order@0+26 "
           "json:$.imei@9+15");
    /* As a body of its own. */
    expect(order, "hFYQXOL1R1Yxy+AkXFznzJkMo5/1R1zqsKrFs6L7sKfgHKfgHKL1iVYWXFztzavxHlYc",
           "imei[0] digits http.request.body@100+68 recipe:acme-order@0+51 json:$.imei@23+15");
    expect(order, "dvi=hFYQXOL1R1Yxy+AkXFznzJkMo5/1R1zqsKrFs6L7sKfgHKfg3sL1iVYWXFztzavxHlYc", "");
}

/* Keys that stand in the same message. */
static void test_field(void **state)
{
    (void)state;
    static const char aes[] = RECIPES
        "  - name: beside\n" SOURCE "    steps: [{aes-cbc: {key: {field: any}, iv: zero}}]\n"
        "  - name: hashed\n" SOURCE
        "    steps: [{aes-cbc: {key: {field: any, digest: md5}, iv: first-block}}]\n";
    expect(aes,
           "{\"key\":\"Zq81-k3yZq81-k3y\",\"v\":\"rq9BYaL9fJjKsmGoGYeHRTdEzj9z5AuyjOU40W5DQWJaK63"
           "KqcBTXACVN7Xe/WYbyWiUzmonOTA8ZW8gZ1aOpQ==\"}",
           "imei[0] digits http.request.body@100+121 json:$.v@31+86 base64@0+64 "
           "recipe:beside@0+51 json:$.imei@23+15");
    expect(
        aes,
        "{\"n\":\"n0nce-7f3a\",\"v\":\"jzrB0pYL5PdxXqCzyNluAlOphfpRM99lCcqnDEVThwSShnTmBfhA4rQ1VnS7"
        "83cAIYoF/KxyddrX2lXkBqhOU1R+LV59SudJGiZjCP5PW5o=\"}",
        "imei[0] digits http.request.body@100+133 json:$.v@23+107 base64@0+80 "
        "recipe:hashed@0+51 json:$.imei@23+15");
    expect(aes,
           "{\"key\":\"Zq81-k3yZq81-k3z\",\"v\":\"rq9BYaL9fJjKsmGoGYeHRTdEzj9z5AuyjOU40W5DQWJaK63"
           "KqcBTXACVN7Xe/WYbyWiUzmonOTA8ZW8gZ1aOpQ==\"}",
           "");
}

/* A salted digest that looks as if a recipe had made it: one in 256 ends in good padding. */
static void test_salted_like_padded(void **state)
{
    (void)state;
    /* SHA-256 of the IMEI and the time, in hexadecimal digits. */
    expect(NULL,
           "{\"ts\":1600000440,"
           "\"h\":\"3e000898093a014fd0f5f3c80a641b43a3a5e51fc3ff73ffb0ab8ac6735da304\"}",
           "imei[0] digits append-field hex http.request.body@100+88 json:$.h@22+64");
}

/* Only for the hosts that are named. */
static void test_hosts(void **state)
{
    (void)state;
    static const char yaml[] =
        RECIPES "  - name: acme\n" SOURCE "    hosts: [\"*.acme.example\", log.example]\n"
                "    steps:\n"
                "      - 3des-cbc:\n"
                "          key: {hex: 0123456789abcdef23456789abcdef01456789abcdef0123}\n"
                "          iv: {hex: 0001020304050607}\n";
    static const char text[] = "m=0546d315b49632278887908da437351ee9e195a87c2fdd2e";
    static const char found[] =
        "email[0] text recipe:acme hex http.request.body@100+50 form:m@2+48";
    expect_bytes(yaml, "api.acme.example", tt_span_str(text), found);
    expect_bytes(yaml, "log.example", tt_span_str(text), found);
    expect_bytes(yaml, "acme.example", tt_span_str(text), "");
    expect_bytes(yaml, NULL, tt_span_str(text), "");
}

/* md5(imei + salt), md5(salt + imei), hmac-sha1 with the salt as its key. */
static void test_salts(void **state)
{
    (void)state;
    static const char behind[] = RECIPES
        "  - name: acme\n" SOURCE "    salted: {digest: md5, behind: {text: s4lt-of-acme}}\n";
    static const char before[] =
        RECIPES "  - name: acme\n" SOURCE "    salted: {before: {text: s4lt-of-acme}}\n";
    static const char hmac[] = RECIPES "  - name: acme\n" SOURCE
                                       "    salted: {digest: sha1, hmac: {text: s4lt-of-acme}}\n";
    expect(behind, "h=24274b4890f6eff70a57a9e6acb4e53c",
           "imei[0] digits recipe:acme hex http.request.body@100+34 form:h@2+32");
    expect(before, "h=1107844009159be46bba96def8f4440a",
           "imei[0] digits recipe:acme hex http.request.body@100+34 form:h@2+32");
    expect(hmac, "h=dcf617241284432ff4de56af7fa6219a2a83b0a1",
           "imei[0] digits recipe:acme hex http.request.body@100+42 form:h@2+40");
    expect(before, "h=24274b4890f6eff70a57a9e6acb4e53c", "");
}

/* A body over the limit: its start is undone, and the rest searched as it stands. */
static void test_long(void **state)
{
    (void)state;
    enum { LONG = TT_RECIPE_BODY_MAX + 1000 };
    static const char yaml[] =
        RECIPES "  - name: acme\n" SOURCE "    steps: [{xor: {hex: 932d6ce76e672d6b6579}}]\n";
    static const uint8_t key[] = {0x93, 0x2d, 0x6c, 0xe7, 0x6e, 0x67, 0x2d, 0x6b, 0x65, 0x79};
    uint8_t *bytes = malloc(LONG);
    assert_non_null(bytes);
    for (size_t i = 0; i < LONG; i++)
        bytes[i] = (uint8_t) "The quick brown fox "[i % 20] ^ key[i % 10];
    for (size_t i = 0; i < 15; i++)
        bytes[1000 + i] = (uint8_t) "358240051111110"[i] ^ key[i % 10];
    memcpy(bytes + TT_RECIPE_BODY_MAX + 500, " asha.rao@example.org ", 22);
    struct hits hits;
    hits_begin(&hits, sheet);
    hits_use_recipes(&hits, yaml);
    const char *found =
        hits_in(&hits, TT_FORMAT_UNKNOWN, "body", tt_span_of(bytes, LONG), 700, 999);
    assert_non_null(strstr(found, "imei[0] digits body@100+65536 recipe:acme@1000+15"));
    assert_non_null(strstr(found, "email[0] text body@66137+20"));
    assert_int_equal(hits.count, 2);
    hits_end(&hits);
    free(bytes);
}

/* When the tries of a run are used up, recipes that name the host go on, and a note tells of the
 * others. */
static void test_tries(void **state)
{
    (void)state;
    static const char yaml[] =
        RECIPES "  - name: acme\n" SOURCE "    hosts: [log.example]\n"
                "    steps: [{xor: {hex: 932d6ce76e672d6b6579}}]\n"
                "  - name: beside\n" SOURCE "    steps: [{aes-ecb: {key: {field: any}}}]\n";
    static const uint8_t key[] = {0x93, 0x2d, 0x6c, 0xe7, 0x6e, 0x67, 0x2d, 0x6b, 0x65, 0x79};
    static const char value[] = "imei=358240051111110;v=3";
    static const char other[] = "c=L6Q83ujWRHEwastNkgXXGg==%7C1&t=1";
    uint8_t bytes[sizeof(value) - 1];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)value[i] ^ key[i % sizeof(key)];
    struct hits hits;
    hits_begin(&hits, sheet);
    hits.host = "log.example";
    hits_use_recipes(&hits, yaml);
    hits.searcher->open_tries = TT_RECIPE_OPEN_FREE_TRIES + 1000;
    struct tt_span span = tt_span_str(other);
    (void)hits_in(&hits, TT_FORMAT_UNKNOWN, "body", span, span.len, span.len);
    assert_int_equal(hits.count, 0);
    assert_string_equal((const char *)hits.notes.data, "run.recipes");
    (void)hits_in(&hits, TT_FORMAT_UNKNOWN, "body", span, span.len, span.len);
    assert_int_equal(hits.note_count, 0); /* once */
    span = tt_span_of(bytes, sizeof(bytes));
    (void)hits_in(&hits, TT_FORMAT_UNKNOWN, "body", span, span.len, span.len);
    assert_int_equal(hits.count, 1);
    hits_end(&hits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_alphabet),
        cmocka_unit_test(test_field),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_salts),
        cmocka_unit_test(test_salted_like_padded),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_tries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
