/* Frames to streams to values: a connection whose segments come late, twice and not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "verify/keys.h"
#include "verify/verify.h"
#include "verify/walk.h"

enum { FRAMES_MAX = 8, FRAME_MAX = 256, HEADERS = 14 + 20 + 20 };

struct made {
    uint8_t bytes[FRAMES_MAX][FRAME_MAX];
    size_t lens[FRAMES_MAX];
    size_t count;
};

/* An Ethernet frame with a TCP segment from 192.0.2.1:40000 to 198.51.100.7:80. */
static void add_bytes(struct made *made, uint32_t seq, uint8_t flags, struct tt_span payload)
{
    static const uint8_t headers[HEADERS] = {
        2,    0,    0, 0,  0, 1, 2, 0, 0,  0, 0, 2, 8,    0, /* Ethernet */
        0x45, 0,    0, 0,  0, 0, 0, 0, 64, 6, 0, 0, 192,  0, 2, 1, 198, 51, 100, 7,
        0x9c, 0x40, 0, 80, 0, 0, 0, 0, 0,  0, 0, 0, 0x50, 0, 1, 0, 0,   0,  0,   0};
    uint8_t *frame = made->bytes[made->count];
    size_t len = payload.len;
    assert_true(made->count < FRAMES_MAX && HEADERS + len <= FRAME_MAX);
    memcpy(frame, headers, HEADERS);
    memcpy(frame + HEADERS, payload.data, len);
    frame[17] = (uint8_t)(40 + len);
    for (unsigned i = 0; i < 4; i++)
        frame[38 + i] = (uint8_t)(seq >> (24 - 8 * i));
    frame[47] = flags;
    made->lens[made->count++] = HEADERS + len;
}

static void add(struct made *made, uint32_t seq, uint8_t flags, const char *payload)
{
    add_bytes(made, seq, flags, tt_span_str(payload));
}

static const struct tt_identifier identifiers[] = {
    {.kind = TT_KIND_SERIAL, .label = "serial[0]", .value = "GLD7Q2X9K4"}};
static const struct tt_subject subject = {.identifiers = identifiers, .identifier_count = 1};

static struct tt_verify_result ask(const struct made *made, const struct tt_finding *finding)
{
    struct tt_verifier *verifier = tt_verifier_new(&subject);
    struct tt_verify_result result = {0};
    assert_non_null(verifier);
    assert_int_equal(tt_verifier_add(verifier, 0, finding), TT_OK);
    for (unsigned pass = 1; pass <= 2; pass++) {
        assert_int_equal(tt_verifier_begin(verifier, pass), TT_OK);
        for (size_t i = 0; i < made->count; i++) {
            struct tt_frame frame = {
                .number = i + 1, .link = 1, .bytes = tt_span_of(made->bytes[i], made->lens[i])};
            assert_int_equal(tt_verifier_frame(verifier, &frame), TT_OK);
        }
    }
    assert_int_equal(tt_verifier_ask(verifier, 0, &result), TT_OK);
    tt_verifier_free(verifier);
    return result;
}

/* A finding of the serial number at `offset` of the stream, in frame `frame`. */
static struct tt_verify_result ask_at(const struct made *made, uint64_t frame, uint64_t offset)
{
    const struct tt_proof_step proof = {.step = "tcp.payload", .offset = offset, .length = 10};
    static const uint8_t address[] = {198, 51, 100, 7};
    const struct tt_finding finding = {.kind = "serial",
                                       .owner = "device",
                                       .label = "serial[0]",
                                       .form = "text",
                                       .proof = &proof,
                                       .proof_count = 1,
                                       .address = tt_addr_make(TT_ADDR_IPV4, address),
                                       .port = 80,
                                       .frames = &frame,
                                       .frames_listed = 1};
    return ask(made, &finding);
}

static void test_order(void **state)
{
    (void)state;
    struct made made = {.count = 0};
    add(&made, 999, 2, "");              /* SYN */
    add(&made, 1010, 16, "7Q2X9K4 end"); /* overtook */
    add(&made, 1000, 16, "serial=GLD");
    add(&made, 1000, 16, "serial=GLD"); /* again */
    assert_true(ask_at(&made, 2, 7).holds);
    assert_true(ask_at(&made, 3, 7).holds);
    assert_false(ask_at(&made, 3, 8).holds);
    assert_false(ask_at(&made, 1, 7).holds);
    assert_false(ask_at(&made, 9, 7).holds);
}

static void test_hole(void **state)
{
    (void)state;
    struct made made = {.count = 0};
    add(&made, 999, 2, "");
    add(&made, 1000, 16, "serial=GLD");
    add(&made, 1012, 16, "2X9K4 end");
    struct tt_verify_result result = ask_at(&made, 2, 7);
    assert_false(result.holds);
    assert_string_equal(result.why, "bytes of the value are missing in the capture");
}

static void test_two_connections(void **state)
{
    (void)state;
    struct made made = {.count = 0};
    add(&made, 999, 2, "");
    add(&made, 1000, 16, "nothing to be seen");
    add(&made, 4999, 2, "");
    add(&made, 5000, 16, "serial=GLD7Q2X9K4");
    assert_true(ask_at(&made, 4, 7).holds);
    assert_false(ask_at(&made, 2, 7).holds);
}

static void test_beginning_not_captured(void **state)
{
    (void)state;
    struct made made = {.count = 0};
    add(&made, 0xfffffff8U, 16, "serial=GLD"); /* the number runs over */
    add(&made, 2, 16, "7Q2X9K4 end");
    assert_true(ask_at(&made, 1, 7).holds);
}

/* More steps than a proof may have, and none. */
static void test_steps(void **state)
{
    (void)state;
    static struct tt_proof_step proof[TT_PATH_STEPS_MAX + 1];
    struct made made = {.count = 0};
    const uint64_t frame = 1;
    add(&made, 1000, 16, "GLD7Q2X9K4");
    struct tt_finding finding = {.kind = "serial",
                                 .owner = "device",
                                 .label = "serial[0]",
                                 .form = "text",
                                 .proof = proof,
                                 .frames = &frame,
                                 .frames_listed = 1};
    for (size_t i = 0; i <= TT_PATH_STEPS_MAX; i++)
        proof[i] = (struct tt_proof_step){.step = i == 0 ? "tcp.payload" : "slice", .length = 10};
    finding.proof_count = TT_PATH_STEPS_MAX;
    assert_true(ask(&made, &finding).holds);
    finding.proof_count = TT_PATH_STEPS_MAX + 1;
    struct tt_verify_result result = ask(&made, &finding);
    assert_false(result.holds);
    assert_int_equal(result.check_count, 0);
    finding.proof_count = 0;
    assert_false(ask(&made, &finding).holds);
}

static struct tt_verify_result ask_steps(const struct made *made, const struct tt_proof_step *proof,
                                         size_t count, const char *form)
{
    static const uint64_t frame = 1;
    const struct tt_finding finding = {.kind = "serial",
                                       .owner = "device",
                                       .label = "serial[0]",
                                       .form = form,
                                       .proof = proof,
                                       .proof_count = count,
                                       .frames = &frame,
                                       .frames_listed = 1};
    return ask(made, &finding);
}

/* A form under XOR with a field beside it; the last key that is tried is the right one. */
static void test_xor_field(void **state)
{
    (void)state;
    struct made made = {.count = 0};
    /* "a=1&s=GLD7Q2X9K4" under 5f3a91c2 */
    add(&made, 1000, 16,
        "{\"n\":\"decoy77\",\"d\":\"3e07a0e42c07d68e1b0dc0f00703daf6\",\"k\":\"5f3a91c2\"}");
    struct tt_proof_step proof[] = {{.step = "tcp.payload", .length = 69},
                                    {.step = "json:$.d", .offset = 20, .length = 32},
                                    {.step = "hex", .length = 16},
                                    {.step = "xor-field", .length = 16},
                                    {.step = "form:s", .offset = 6, .length = 10}};
    struct tt_verify_result result = ask_steps(&made, proof, 5, "text");
    assert_true(result.holds);
    assert_int_equal(result.checks[3], TT_VERIFY_WALKED);
    proof[4].step = "form:a";
    result = ask_steps(&made, proof, 5, "text");
    assert_false(result.holds);
    assert_int_equal(result.step, 3);
    proof[4].step = "form:s";
    made.bytes[0][HEADERS + 59] ^= 1; /* of the key */
    assert_false(ask_steps(&made, proof, 5, "text").holds);
    proof[4] = proof[3]; /* a key under a key is not sought */
    assert_false(ask_steps(&made, proof, 5, "text").holds);
}

/* Words of a message up to the cap, and codings of one. */
static void test_keys(void **state)
{
    (void)state;
    static struct tt_verify_keys keys;
    static const char words[] = "abcd efgh ijkl mnop qrst uvwx";
    tt_verify_keys_init(&keys);
    tt_verify_keys_add(&keys, tt_span_str("k=616263"));
    bool read = false;
    for (size_t i = 0; i < keys.count; i++)
        read = read || tt_span_eq(tt_verify_keys_at(&keys, i), tt_span_str("abc"));
    assert_true(read);
    for (unsigned i = 0; i < TT_VERIFY_KEYS_MAX; i++)
        tt_verify_keys_add(&keys, tt_span_str(words));
    assert_int_equal(keys.count, TT_VERIFY_KEYS_MAX);
    tt_verify_keys_put(&keys, tt_span_str("more"));
    assert_int_equal(keys.count, TT_VERIFY_KEYS_MAX);
    tt_verify_keys_wipe(&keys);
}

/* A value in two fields: the step is that of the last. */
static void test_spread(void **state)
{
    (void)state;
    static const struct tt_identifier imsi[] = {
        {.kind = TT_KIND_IMSI, .label = "serial[0]", .value = "001010123456789"}};
    static const struct tt_subject owner = {.identifiers = imsi, .identifier_count = 1};
    static const char body[] = "mcc=001&mnc=01&msin=0123456789";
    const struct tt_proof_step proof[] = {{.step = "udp.payload", .length = sizeof(body) - 1},
                                          {.step = "form:msin", .length = sizeof(body) - 1}};
    struct tt_finding finding = {.form = "apart", .proof = proof, .proof_count = 2};
    const struct tt_verify_window window = {.bytes = tt_span_str(body)};
    struct tt_verify_result result;
    tt_verify_walk(&finding, &owner, owner.identifiers, NULL, &window, &result);
    assert_true(result.holds);
    finding.form = "digits";
    tt_verify_walk(&finding, &owner, owner.identifiers, NULL, &window, &result);
    assert_false(result.holds);
    assert_int_equal(result.step, 1);
}

static struct tt_verify_result ask_steps_of(const struct made *made, uint64_t frame,
                                            const struct tt_proof_step *proof, size_t count)
{
    const struct tt_finding finding = {.kind = "serial",
                                       .owner = "device",
                                       .label = "serial[0]",
                                       .form = "text",
                                       .proof = proof,
                                       .proof_count = count,
                                       .frames = &frame,
                                       .frames_listed = 1};
    return ask(made, &finding);
}

/* A WebSocket in a stream of HTTP/2 (RFC 8441): offsets count in what its DATA frames hold. */
static void test_socket_in_http2(void **state)
{
    (void)state;
    static const char connection[] = "\0\0\0\4\0\0\0\0\0"
                                     "\0\0\5\0\0\0\0\0\1other"
                                     "\0\0\4\0\0\0\0\0\3\x82\12GL"
                                     "\0\0\4\0\0\0\0\0\1more"
                                     "\0\0\x8\0\0\0\0\0\3D7Q2X9K4";
    const struct tt_proof_step proof[] = {{.step = "websocket.payload", .length = 12},
                                          {.step = "websocket", .length = 10}};
    struct tt_finding finding = {.form = "text", .proof = proof, .proof_count = 2};
    for (size_t cut = 0; cut < sizeof(connection); cut++) {
        size_t len = sizeof(connection) - 1 - cut;
        uint8_t *exact = malloc(len > 0 ? len : 1);
        assert_non_null(exact);
        memcpy(exact, connection, len);
        const struct tt_verify_window window = {.bytes = tt_span_of(exact, len)};
        struct tt_verify_result result;
        tt_verify_walk(&finding, &subject, identifiers, NULL, &window, &result);
        assert_int_equal(result.holds, cut == 0);
        free(exact);
    }
    const struct tt_verify_window no_http2 = {
        .bytes = tt_span_of(connection + 9, sizeof(connection) - 10)};
    struct tt_verify_result result;
    tt_verify_walk(&finding, &subject, identifiers, NULL, &no_http2, &result);
    assert_false(result.holds);
}

/* The same in clear text, in segments, and MQTT in it, whose packets begin in the frames. */
static void test_http2_in_clear(void **state)
{
    (void)state;
    static const char begin[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
                                "\0\0\5\0\0\0\0\0\1other";
    static const char text[] = "\0\0\14\0\0\0\0\0\3\x82\12GLD7Q2X9K4";
    const struct tt_span begin_bytes = tt_span_of(begin, sizeof(begin) - 1);
    struct made made = {.count = 0};
    add(&made, 999, 2, "");
    add_bytes(&made, 1000, 16, begin_bytes);
    add_bytes(&made, 1000 + (uint32_t)begin_bytes.len, 16, tt_span_of(text, sizeof(text) - 1));
    struct tt_proof_step proof[] = {{.step = "websocket.payload", .length = 12},
                                    {.step = "websocket", .length = 10}};
    struct tt_verify_result result = ask_steps_of(&made, 3, proof, 2);
    assert_true(result.holds);
    assert_int_equal(result.checks[0], TT_VERIFY_WALKED);
    proof[0].offset = 1;
    assert_false(ask_steps_of(&made, 3, proof, 2).holds);
    proof[0].offset = 0;
    made.bytes[2][HEADERS + 15] ^= 1;
    assert_false(ask_steps_of(&made, 3, proof, 2).holds);
    made.bytes[2][HEADERS + 15] ^= 1;
    made.bytes[1][HEADERS + 24 + 3] = 9; /* no SETTINGS: not HTTP/2 */
    assert_false(ask_steps_of(&made, 3, proof, 2).holds);

    static const char mqtt[] = "\0\0\x24\0\0\0\0\0\3\x82\x10\x10\x0e\0\4MQTT\4\2\0\x3c\0\2id"
                               "\x82\x10\x30\x0e\0\1tGLD7Q2X9K4 ";
    struct made other = {.count = 0};
    add(&other, 999, 2, "");
    add_bytes(&other, 1000, 16, begin_bytes);
    add_bytes(&other, 1000 + (uint32_t)begin_bytes.len, 16, tt_span_of(mqtt, sizeof(mqtt) - 1));
    struct tt_proof_step payload = {.step = "mqtt.payload", .offset = 21, .length = 10};
    result = ask_steps_of(&other, 3, &payload, 1);
    assert_true(result.holds);
    assert_int_equal(result.checks[0], TT_VERIFY_WALKED);
    payload.step = "mqtt.topic";
    assert_false(ask_steps_of(&other, 3, &payload, 1).holds);
}

/* Names of what a client says to a SOCKS proxy. */
static void test_socks(void **state)
{
    (void)state;
    static const char hello[] = "\5\1\2\1\4asha\12GLD7Q2X9K4\5\1\0\3\1a\0P";
    struct made made = {.count = 0};
    add(&made, 999, 2, "");
    add_bytes(&made, 1000, 16, tt_span_of(hello, sizeof(hello) - 1));
    struct tt_proof_step proof = {.step = "socks.password", .offset = 10, .length = 10};
    struct tt_verify_result result = ask_steps_of(&made, 2, &proof, 1);
    assert_true(result.holds);
    assert_int_equal(result.checks[0], TT_VERIFY_WALKED);
    proof.step = "socks.user";
    assert_false(ask_steps_of(&made, 2, &proof, 1).holds);
}

/* A recipe that does not undo the bytes is no slice of them. */
static void test_recipe_unknown(void **state)
{
    (void)state;
    struct made made = {.count = 0};
    add(&made, 1000, 16, "GLD7Q2X9K4");
    const struct tt_proof_step proof[] = {{.step = "tcp.payload", .length = 10},
                                          {.step = "recipe:none", .length = 10}};
    assert_false(ask_steps(&made, proof, 2, "text").holds);
    struct tt_verifier *verifier = tt_verifier_new(&subject);
    struct tt_error error = {0};
    assert_false(tt_verifier_knows(verifier, "recipe:none"));
    assert_true(tt_verifier_knows(verifier, "json:$.d"));
    assert_int_equal(
        tt_verifier_add_recipes(
            verifier, tt_span_str("recipes: [{name: none, steps: [{skip: 1}]}]"), "here", &error),
        TT_OK);
    assert_true(tt_verifier_knows(verifier, "recipe:none"));
    tt_verifier_free(verifier);
}

/* Every frame cut everywhere, and of every link type: no reading behind the end. */
static void test_cut_frames(void **state)
{
    (void)state;
    struct made made = {.count = 0};
    add(&made, 1000, 16, "serial=GLD7Q2X9K4");
    static const uint32_t links[] = {0, 1, 9, 12, 105, 113, 119, 127, 163, 276, 999};
    struct tt_verifier *verifier = tt_verifier_new(&subject);
    assert_int_equal(tt_verifier_begin(verifier, 1), TT_OK);
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        for (size_t len = 0; len <= made.lens[0]; len++) {
            uint8_t *flush = malloc(len + 1);
            memcpy(flush, made.bytes[0], len);
            struct tt_frame frame = {
                .number = 1, .link = links[i], .bytes = tt_span_of(flush, len)};
            assert_int_equal(tt_verifier_frame(verifier, &frame), TT_OK);
            free(flush);
        }
    }
    tt_verifier_free(verifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_hole),
                                       cmocka_unit_test(test_two_connections),
                                       cmocka_unit_test(test_beginning_not_captured),
                                       cmocka_unit_test(test_steps),
                                       cmocka_unit_test(test_cut_frames),
                                       cmocka_unit_test(test_xor_field),
                                       cmocka_unit_test(test_keys),
                                       cmocka_unit_test(test_spread),
                                       cmocka_unit_test(test_recipe_unknown),
                                       cmocka_unit_test(test_socket_in_http2),
                                       cmocka_unit_test(test_http2_in_clear),
                                       cmocka_unit_test(test_socks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
