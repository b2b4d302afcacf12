/* Frames to streams to values: a connection whose segments come late, twice and not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "verify/verify.h"

enum { FRAMES_MAX = 8, FRAME_MAX = 256, HEADERS = 14 + 20 + 20 };

struct made {
    uint8_t bytes[FRAMES_MAX][FRAME_MAX];
    size_t lens[FRAMES_MAX];
    size_t count;
};

/* An Ethernet frame with a TCP segment from 192.0.2.1:40000 to 198.51.100.7:80. */
static void add(struct made *made, uint32_t seq, uint8_t flags, const char *payload)
{
    static const uint8_t headers[HEADERS] = {
        2,    0,    0, 0,  0, 1, 2, 0, 0,  0, 0, 2, 8,    0, /* Ethernet */
        0x45, 0,    0, 0,  0, 0, 0, 0, 64, 6, 0, 0, 192,  0, 2, 1, 198, 51, 100, 7,
        0x9c, 0x40, 0, 80, 0, 0, 0, 0, 0,  0, 0, 0, 0x50, 0, 1, 0, 0,   0,  0,   0};
    uint8_t *frame = made->bytes[made->count];
    size_t len = strlen(payload);
    memcpy(frame, headers, HEADERS);
    memcpy(frame + HEADERS, payload, len);
    frame[17] = (uint8_t)(40 + len);
    for (unsigned i = 0; i < 4; i++)
        frame[38 + i] = (uint8_t)(seq >> (24 - 8 * i));
    frame[47] = flags;
    made->lens[made->count++] = HEADERS + len;
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),           cmocka_unit_test(test_hole),
        cmocka_unit_test(test_two_connections), cmocka_unit_test(test_beginning_not_captured),
        cmocka_unit_test(test_steps),           cmocka_unit_test(test_cut_frames)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
