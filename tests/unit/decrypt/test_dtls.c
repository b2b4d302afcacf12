/* Associations of DTLS, opened: recorded conversations in their order, shuffled, with losses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conversation.h"
#include "decrypt/dtls.h"
#include "support/flush.h"

static void feed(struct tt_dtls *dtls, const struct flight *flight, uint64_t frame, uint64_t *fed)
{
    struct flush flush = flush_make(tt_buf_span(&flight->bytes));
    assert_true(tt_dtls_is(flush.span));
    const struct tt_chunk chunk = {.direction = flight->direction,
                                   .flags = TT_CHUNK_DATAGRAM,
                                   .bytes = flush.span,
                                   .first_frame = frame,
                                   .last_frame = frame};
    tt_dtls_feed(dtls, &chunk);
    fed[flight->direction] += flush.span.len;
    flush_free(&flush);
}

/* `order`: the datagrams by number; NULL: as they were sent. */
static void play(const struct conversation *conversation, unsigned with, const size_t *order,
                 size_t count, struct outcome *outcome)
{
    struct tt_keys *keys = conversation_keys(conversation, with);
    struct tt_opener *opener = NULL;
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    outcome_init(outcome);
    struct tt_dtls *dtls = tt_dtls_new(opener, &outcome->sink);
    assert_non_null(dtls);
    uint64_t fed[2] = {0};
    for (size_t i = 0; i < count; i++)
        feed(dtls, &conversation->flights[order == NULL ? i : order[i]], i + 1, fed);
    tt_dtls_free(dtls);
    assert_int_equal(outcome->out[0], fed[0]);
    assert_int_equal(outcome->out[1], fed[1]);
    tt_opener_free(opener);
    tt_keys_free(keys);
}

static void open_all(const struct conversation *conversation)
{
    struct outcome outcome;
    play(conversation, WITH_KEYLOG, NULL, conversation->flight_count, &outcome);
    outcome_expect(&outcome, conversation);
    assert_string_equal(outcome.source, "keylog");
    outcome_free(&outcome);
    if (conversation->psk.len > 0 || conversation->private_key.len > 0) {
        play(conversation, WITH_PSK | WITH_PRIVATE_KEY, NULL, conversation->flight_count, &outcome);
        outcome_expect(&outcome, conversation);
        assert_string_not_equal(outcome.source, "keylog");
        outcome_free(&outcome);
    }
    play(conversation, 0, NULL, conversation->flight_count, &outcome);
    assert_int_equal(outcome.keyed, 0);
    assert_true(outcome.closed[TT_CLOSED_NO_KEY] > 0);
    outcome_free(&outcome);
}

static void test_all(void **state)
{
    (void)state;
    assert_int_equal(for_each_conversation("dtls", "dtls", open_all), 5);
}

/* Neighbours change places, and every datagram comes twice. */
static void test_order(void **state)
{
    (void)state;
    struct conversation *conversation = conversation_load("dtls12-chacha20-fragments.txt");
    size_t order[FLIGHTS_MAX];
    size_t count = conversation->flight_count;
    size_t whole = 0;
    for (size_t at = 0; at + 1 < count; at++) {
        struct outcome outcome;
        for (size_t i = 0; i < count; i++)
            order[i] = i;
        order[at] = at + 1;
        order[at + 1] = at;
        play(conversation, WITH_KEYLOG, order, count, &outcome);
        bool same =
            tt_span_eq(tt_buf_span(&outcome.data[0]), tt_buf_span(&conversation->sent[0])) &&
            tt_span_eq(tt_buf_span(&outcome.data[1]), tt_buf_span(&conversation->sent[1]));
        whole += same;
        assert_int_equal(outcome.raw, 0);
        outcome_free(&outcome);
    }
    assert_int_equal(whole, count - 1);
    conversation_free(conversation);
}

/* Any one datagram is lost: nothing is made up, and what does not need it is opened. */
static void test_losses(void **state)
{
    (void)state;
    struct conversation *conversation = conversation_load("dtls12-aes128-sha256.txt");
    size_t order[FLIGHTS_MAX];
    size_t count = conversation->flight_count;
    size_t opened = 0;
    for (size_t lost = 0; lost < count; lost++) {
        struct outcome outcome;
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            if (i != lost)
                order[n++] = i;
        play(conversation, WITH_KEYLOG, order, n, &outcome);
        for (size_t side = 0; side < 2; side++) {
            assert_true(outcome.data[side].len == 0 ||
                        tt_span_eq(tt_buf_span(&outcome.data[side]),
                                   tt_buf_span(&conversation->sent[side])));
            opened += outcome.data[side].len > 0;
        }
        outcome_free(&outcome);
    }
    assert_true(opened >= count);
    conversation_free(conversation);
}

/* A second association between the same ports: the first hello of it, with another random, begins
 * everything anew; hellos that are sent again do not. */
static void test_anew(void **state)
{
    (void)state;
    struct conversation *one = conversation_load("dtls12-aes128-sha256.txt");
    struct conversation *two = conversation_load("dtls12-ecdhe-aes128-gcm.txt");
    struct tt_opener *opener = NULL;
    struct outcome outcome;
    uint64_t fed[2] = {0};
    assert_int_equal(tt_buf_append(&one->keylog, tt_buf_span(&two->keylog)), TT_OK);
    struct tt_keys *keys = conversation_keys(one, WITH_KEYLOG);
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    outcome_init(&outcome);
    struct tt_dtls *dtls = tt_dtls_new(opener, &outcome.sink);
    for (size_t i = 0; i < one->flight_count; i++)
        feed(dtls, &one->flights[i], i + 1, fed);
    feed(dtls, &one->flights[0], 50, fed);
    for (size_t i = 0; i < two->flight_count; i++)
        feed(dtls, &two->flights[i], 100 + i, fed);
    tt_dtls_free(dtls);
    assert_int_equal(outcome.closed_count, 0);
    for (size_t side = 0; side < 2; side++) {
        assert_int_equal(outcome.out[side], fed[side]);
        assert_int_equal(outcome.data[side].len, one->sent[side].len + two->sent[side].len);
        assert_true(
            tt_span_starts(tt_buf_span(&outcome.data[side]), tt_buf_span(&one->sent[side])));
    }
    assert_string_equal(outcome.suite, two->suite);
    outcome_free(&outcome);
    tt_opener_free(opener);
    tt_keys_free(keys);
    conversation_free(one);
    conversation_free(two);
}

/* Made-up datagrams between the real ones do no harm, up to the work that is spent on them. */
static void test_made_up(void **state)
{
    (void)state;
    struct conversation *conversation = conversation_load("dtls12-ecdhe-aes128-gcm.txt");
    struct tt_keys *keys = conversation_keys(conversation, WITH_KEYLOG);
    struct tt_opener *opener = NULL;
    struct outcome outcome;
    uint64_t fed[2] = {0};
    struct flight made_up = {.direction = TT_FROM_INITIATOR, .bytes = tt_buf_make(BYTES_MAX)};
    conversation_hex(&made_up.bytes, "17fefd00010000000000010020");
    for (size_t i = 0; i < 32; i++)
        assert_int_equal(tt_buf_append_u8(&made_up.bytes, (uint8_t)i), TT_OK);
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    outcome_init(&outcome);
    struct tt_dtls *dtls = tt_dtls_new(opener, &outcome.sink);
    for (size_t i = 0; i < conversation->flight_count; i++) {
        feed(dtls, &conversation->flights[i], i + 1, fed);
        if (i > 4)
            feed(dtls, &made_up, i + 1, fed);
    }
    assert_true(outcome.closed_count > 0);
    for (size_t side = 0; side < 2; side++)
        assert_true(
            tt_span_eq(tt_buf_span(&outcome.data[side]), tt_buf_span(&conversation->sent[side])));
    for (size_t i = 0; i < 5000; i++)
        feed(dtls, &made_up, 1000, fed);
    tt_dtls_free(dtls);
    assert_int_equal(outcome.out[0], fed[0]);
    tt_buf_free(&made_up.bytes);
    outcome_free(&outcome);
    tt_opener_free(opener);
    tt_keys_free(keys);
    conversation_free(conversation);
}

/* Bytes that are no records are told as they stand. */
static void test_raw(void **state)
{
    (void)state;
    static const char text[] = "not a record at all";
    struct tt_keys *keys = NULL;
    struct tt_opener *opener = NULL;
    struct outcome outcome;
    assert_int_equal(tt_keys_new(&keys), TT_OK);
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    outcome_init(&outcome);
    struct tt_dtls *dtls = tt_dtls_new(opener, &outcome.sink);
    const struct tt_chunk chunk = {.bytes = tt_span_str(text), .first_frame = 1, .last_frame = 1};
    assert_false(tt_dtls_is(chunk.bytes));
    tt_dtls_feed(dtls, &chunk);
    assert_int_equal(outcome.raw, strlen(text));
    assert_int_equal(tt_dtls_agreed_version(dtls), 0);
    tt_dtls_free(dtls);
    outcome_free(&outcome);
    tt_opener_free(opener);
    tt_keys_free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),  cmocka_unit_test(test_order),   cmocka_unit_test(test_losses),
        cmocka_unit_test(test_anew), cmocka_unit_test(test_made_up), cmocka_unit_test(test_raw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
