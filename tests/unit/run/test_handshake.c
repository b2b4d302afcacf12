#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/frame.h"
#include "run/handshake.h"

#include <stdlib.h>

struct heard {
    size_t count;
    enum tt_handshake handshake;
    uint64_t time;
};

static void on_handshake(void *context, const struct tt_flow *flow, enum tt_handshake handshake,
                         uint64_t time)
{
    struct heard *heard = context;
    (void)flow;
    *heard = (struct heard){.count = heard->count + 1, .handshake = handshake, .time = time};
}

static const uint8_t hello[] = {22, 3, 1, 0, 5};
static const uint8_t http[] = "HTTP/1.1";
static const uint8_t initial[32] = {0xc3, 0, 0, 0, 1, 8};

struct test {
    struct tt_handshakes *handshakes;
    struct heard heard;
    struct tt_flows_sink sink;
    struct tt_flow flow;
};

/* Stands for decrypt/: the packet number is in the last byte. */
static bool has_number_0(void *context, struct tt_span datagram)
{
    (void)context;
    return datagram.len > 0 && datagram.data[datagram.len - 1] == 0;
}

static void begin(struct test *test, enum tt_transport transport)
{
    *test = (struct test){.handshakes = calloc(1, sizeof(*test->handshakes))};
    assert_non_null(test->handshakes);
    test->handshakes->is_begin = has_number_0;
    test->sink = (struct tt_flows_sink){.context = &test->heard, .handshake = on_handshake};
    test->flow = (struct tt_flow){
        .id = 7, .transport = transport, .initiator_known = true, .first_time = 1000};
}

static void say(struct test *test, enum tt_direction direction, struct tt_span bytes, uint64_t time)
{
    test->flow.packets[direction]++;
    struct tt_chunk chunk = {.flow = &test->flow,
                             .direction = direction,
                             .bytes = bytes,
                             .first_frame = 5,
                             .time = time};
    tt_handshake_chunk(test->handshakes, &test->sink, &chunk);
}

static struct tt_span span_of_hello(void)
{
    return tt_span_of(hello, sizeof(hello));
}

static void a_server_hello_has_a_time(void **state)
{
    (void)state;
    struct test test;
    begin(&test, TT_TRANSPORT_TCP);
    say(&test, TT_FROM_INITIATOR, span_of_hello(), 5000);
    assert_int_equal(test.heard.count, 0);
    say(&test, TT_FROM_RESPONDER, span_of_hello(), 5900);
    assert_int_equal(test.heard.count, 1);
    assert_int_equal(test.heard.handshake, TT_HANDSHAKE_TLS);
    assert_int_equal(test.heard.time, 900);
    free(test.handshakes);
}

/* What is no answer has none: who speaks first, another protocol, another flow, a gap. */
static void other_chunks_have_none(void **state)
{
    (void)state;
    struct test test;
    begin(&test, TT_TRANSPORT_TCP);
    say(&test, TT_FROM_RESPONDER, span_of_hello(), 5900);
    say(&test, TT_FROM_INITIATOR, span_of_hello(), 6000);
    say(&test, TT_FROM_RESPONDER, tt_span_of(http, sizeof(http)), 6100);
    say(&test, TT_FROM_RESPONDER, tt_span_of(hello, 1), 6100);
    say(&test, TT_FROM_RESPONDER, span_of_hello(), 5999);
    test.flow.id += TT_HANDSHAKE_SLOTS;
    say(&test, TT_FROM_RESPONDER, span_of_hello(), 6500);
    test.flow.id -= TT_HANDSHAKE_SLOTS;
    test.flow.made_up = true;
    say(&test, TT_FROM_RESPONDER, span_of_hello(), 6500);
    test.flow.made_up = false;
    test.flow.initiator_known = false;
    say(&test, TT_FROM_RESPONDER, span_of_hello(), 6500);
    test.flow.initiator_known = true;
    test.flow.capture = 1; /* and the chunk stands in capture 0 */
    say(&test, TT_FROM_RESPONDER, span_of_hello(), 6500);
    test.flow.capture = 0;
    struct tt_chunk late = {.flow = &test.flow,
                            .direction = TT_FROM_RESPONDER,
                            .bytes = span_of_hello(),
                            .gap = 3,
                            .time = 6500};
    tt_handshake_chunk(test.handshakes, &test.sink, &late);
    late.gap = 0;
    late.offset = 9;
    tt_handshake_chunk(test.handshakes, &test.sink, &late);
    assert_int_equal(test.heard.count, 0);
    say(&test, TT_FROM_RESPONDER, span_of_hello(), 6500);
    assert_int_equal(test.heard.count, 1);
    free(test.handshakes);
}

static void quic_has_a_time(void **state)
{
    (void)state;
    struct test test;
    begin(&test, TT_TRANSPORT_UDP);
    struct tt_span bytes = tt_span_of(initial, sizeof(initial));
    say(&test, TT_FROM_INITIATOR, bytes, 1000);
    say(&test, TT_FROM_INITIATOR, bytes, 1500);
    say(&test, TT_FROM_RESPONDER, bytes, 1800);
    assert_int_equal(test.heard.count, 1);
    assert_int_equal(test.heard.handshake, TT_HANDSHAKE_QUIC);
    assert_int_equal(test.heard.time, 800); /* from the first that was sent */
    say(&test, TT_FROM_RESPONDER, bytes, 1900);
    assert_int_equal(test.heard.count, 1);
    free(test.handshakes);
}

/* What is not the client's first word is answered by something else. */
static void quic_begins_with_an_initial(void **state)
{
    (void)state;
    static const struct {
        uint8_t head[5];
        bool counts;
    } firsts[] = {{{0xc3, 0, 0, 0, 1}, true},
                  {{0xd3, 0, 0, 0, 1}, false},
                  {{0xe3, 0, 0, 0, 1}, false},
                  {{0x43, 0, 0, 0, 1}, false},
                  {{0xd3, 0x6b, 0x33, 0x43, 0xcf}, true},
                  {{0xe3, 0x6b, 0x33, 0x43, 0xcf}, false},
                  {{0xc3, 0xff, 0, 0, 29}, true},
                  {{0xe3, 0xff, 0, 0, 29}, false}};
    for (size_t i = 0; i < sizeof(firsts) / sizeof(*firsts); i++) {
        struct test test;
        uint8_t first[32] = {0};
        begin(&test, TT_TRANSPORT_UDP);
        memcpy(first, firsts[i].head, sizeof(firsts[i].head));
        say(&test, TT_FROM_INITIATOR, tt_span_of(first, sizeof(first)), 1000);
        say(&test, TT_FROM_INITIATOR, tt_span_of(initial, sizeof(initial)), 1500);
        say(&test, TT_FROM_RESPONDER, tt_span_of(initial, sizeof(initial)), 1800);
        assert_int_equal(test.heard.count, firsts[i].counts);
        free(test.handshakes);
    }
}

/* An Initial that was sent again answers for one that nobody saw. */
static void quic_begins_with_number_0(void **state)
{
    (void)state;
    struct test test;
    uint8_t again[32];
    begin(&test, TT_TRANSPORT_UDP);
    memcpy(again, initial, sizeof(again));
    again[31] = 1;
    say(&test, TT_FROM_INITIATOR, tt_span_of(again, sizeof(again)), 1000);
    say(&test, TT_FROM_RESPONDER, tt_span_of(initial, sizeof(initial)), 1800);
    assert_int_equal(test.heard.count, 0);
    free(test.handshakes);
}

static void other_datagrams_have_none(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[32];
        size_t len;
    } others[] = {
        {{0x43, 0, 0, 0, 1}, 32}, {{0xc3, 1, 2, 3, 4}, 32}, {{0xc3, 0, 0, 0, 1}, 20}, {{0}, 0}};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        struct test test;
        begin(&test, TT_TRANSPORT_UDP);
        struct tt_span bytes = tt_span_of(initial, sizeof(initial));
        say(&test, TT_FROM_INITIATOR, bytes, 1000);
        say(&test, TT_FROM_RESPONDER, tt_span_of(others[i].bytes, others[i].len), 1800);
        say(&test, TT_FROM_RESPONDER, bytes, 1900);
        assert_int_equal(test.heard.count, 0);
        free(test.handshakes);
    }
    struct test test;
    begin(&test, TT_TRANSPORT_UDP);
    say(&test, TT_FROM_RESPONDER, tt_span_of(initial, sizeof(initial)), 1800);
    assert_int_equal(test.heard.count, 0);
    free(test.handshakes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_hello_has_a_time), cmocka_unit_test(other_chunks_have_none),
        cmocka_unit_test(quic_has_a_time),           cmocka_unit_test(quic_begins_with_an_initial),
        cmocka_unit_test(quic_begins_with_number_0), cmocka_unit_test(other_datagrams_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
