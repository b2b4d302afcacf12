/* Handshake messages out of records: any cut, too long ones, garbage; and fragments of DTLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conversation.h"
#include "decrypt/flight.h"
#include "decrypt/messages.h"
#include "model/limits.h"

struct fixture {
    struct tt_keys *keys;
    struct tt_opener *opener;
    struct outcome outcome;
    struct tt_connection connection;
    struct tt_messages messages;
    struct tt_flight flight;
};

static void set_up(struct fixture *fixture, bool dtls)
{
    *fixture = (struct fixture){.keys = NULL};
    assert_int_equal(tt_keys_new(&fixture->keys), TT_OK);
    assert_int_equal(tt_opener_new(fixture->keys, &fixture->opener), TT_OK);
    outcome_init(&fixture->outcome);
    tt_connection_init(&fixture->connection, fixture->opener, &fixture->outcome.sink, dtls);
}

static void tear_down(struct fixture *fixture)
{
    tt_messages_drop(&fixture->connection, &fixture->messages);
    tt_flight_drop(&fixture->connection, &fixture->flight);
    assert_int_equal(fixture->opener->held, 0);
    tt_connection_clear(&fixture->connection);
    outcome_free(&fixture->outcome);
    tt_opener_free(fixture->opener);
    tt_keys_free(fixture->keys);
}

static struct tt_place place_of(uint64_t frame, size_t len)
{
    return (struct tt_place){.len = len,
                             .origin = {.first_frame = frame, .last_frame = frame, .time = frame}};
}

/* A record of handshake messages. */
static void take(struct fixture *fixture, struct tt_span bytes, uint64_t frame)
{
    struct tt_place place = place_of(frame, bytes.len + 5);
    tt_messages_enter(&fixture->messages);
    tt_messages_take(&fixture->connection, &fixture->messages, &place, 100 * frame, bytes);
}

/* The client hello of RFC 8448, section 3, without its record. */
static struct tt_buf hello_bytes(void)
{
    struct conversation *conversation = conversation_load("tls13-rfc8448-3.txt");
    struct tt_buf hello = tt_buf_make(BYTES_MAX);
    struct tt_span record = tt_buf_span(&conversation->flights[0].bytes);
    assert_int_equal(tt_buf_append(&hello, tt_span_from(record, 5)), TT_OK);
    conversation_free(conversation);
    return hello;
}

static void test_cuts(void **state)
{
    (void)state;
    struct tt_buf hello = hello_bytes();
    struct tt_span all = tt_buf_span(&hello);
    for (size_t cut = 1; cut < all.len; cut++) {
        struct fixture fixture;
        set_up(&fixture, false);
        take(&fixture, tt_span_sub(all, 0, cut), 1);
        assert_int_equal(fixture.outcome.hellos, 0);
        /* The rest, and another one behind it. */
        take(&fixture, tt_span_from(all, cut), 2);
        take(&fixture, all, 3);
        assert_int_equal(fixture.outcome.hellos, 2);
        tear_down(&fixture);
    }
    tt_buf_free(&hello);
}

static void test_several(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tt_buf hello = hello_bytes();
    struct tt_buf record = tt_buf_make(BYTES_MAX);
    set_up(&fixture, false);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tt_buf_append(&record, tt_buf_span(&hello)), TT_OK);
        assert_int_equal(tt_buf_append(&record, tt_span_of("\0\0\0\0", 4)), TT_OK);
    }
    take(&fixture, tt_buf_span(&record), 1);
    assert_int_equal(fixture.outcome.hellos, 3);
    tt_buf_free(&record);
    tt_buf_free(&hello);
    tear_down(&fixture);
}

/* One that is too long is passed over, and what follows is read. */
static void test_too_long(void **state)
{
    (void)state;
    static uint8_t zeros[16384];
    struct fixture fixture;
    struct tt_buf hello = hello_bytes();
    set_up(&fixture, false);
    size_t len = TT_TLS_MESSAGE_MAX - 3; /* with its header one byte over the limit */
    uint8_t header[4] = {TT_CERTIFICATE, (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
    take(&fixture, tt_span_of(header, 4), 1);
    for (size_t at = 0; at < len; at += sizeof(zeros))
        take(&fixture, tt_span_of(zeros, len - at < sizeof(zeros) ? len - at : sizeof(zeros)), 2);
    assert_int_equal(fixture.outcome.notes, 1);
    take(&fixture, tt_buf_span(&hello), 3);
    assert_int_equal(fixture.outcome.hellos, 1);
    /* One that just fits is held whole. */
    len--;
    header[2] = (uint8_t)(len >> 8);
    header[3] = (uint8_t)len;
    take(&fixture, tt_span_of(header, 4), 4);
    take(&fixture, tt_span_of(zeros, 100), 4);
    assert_int_equal(fixture.outcome.notes, 1);
    assert_true(fixture.opener->held > 0);
    tt_buf_free(&hello);
    tear_down(&fixture);
}

/* Bytes that are no message, and a hole: the next record may begin one again. */
static void test_garbage(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tt_buf hello = hello_bytes();
    set_up(&fixture, false);
    take(&fixture, tt_span_str("\x99garbage"), 1);
    assert_true(fixture.messages.lost);
    take(&fixture, tt_buf_span(&hello), 2);
    assert_int_equal(fixture.outcome.hellos, 1);
    take(&fixture, tt_span_sub(tt_buf_span(&hello), 0, 50), 3);
    tt_messages_lose(&fixture.connection, &fixture.messages);
    assert_int_equal(fixture.opener->held, 0);
    /* A length that cannot be is not believed now. */
    take(&fixture, tt_span_of("\x01\xff\xff\xff\x00", 5), 4);
    assert_true(fixture.messages.lost);
    take(&fixture, tt_buf_span(&hello), 5);
    assert_int_equal(fixture.outcome.hellos, 2);
    tt_buf_free(&hello);
    tear_down(&fixture);
}

/* ---- DTLS ---- */

static void put_fragment(struct tt_buf *buf, unsigned type, size_t total, unsigned number,
                         size_t at, struct tt_span bytes)
{
    const uint8_t header[12] = {(uint8_t)type,
                                (uint8_t)(total >> 16),
                                (uint8_t)(total >> 8),
                                (uint8_t)total,
                                (uint8_t)(number >> 8),
                                (uint8_t)number,
                                (uint8_t)(at >> 16),
                                (uint8_t)(at >> 8),
                                (uint8_t)at,
                                (uint8_t)(bytes.len >> 16),
                                (uint8_t)(bytes.len >> 8),
                                (uint8_t)bytes.len};
    assert_int_equal(tt_buf_append(buf, tt_span_of(header, 12)), TT_OK);
    assert_int_equal(tt_buf_append(buf, bytes), TT_OK);
}

static void take_flight(struct fixture *fixture, struct tt_buf *buf, uint64_t frame)
{
    struct tt_place place = place_of(frame, buf->len + 13);
    tt_flight_take(&fixture->connection, &fixture->flight, &place, tt_buf_span(buf));
    tt_buf_clear(buf);
}

/* The body of a client hello of DTLS, without any extension. */
static struct tt_span dtls_body(void)
{
    static uint8_t body[2 + 32 + 1 + 1 + 2 + 2 + 2] = {0xfe, 0xfd};
    body[37] = 2;
    body[38] = 0xc0;
    body[39] = 0x2b;
    body[40] = 1;
    return tt_span_of(body, sizeof(body));
}

/* Fragments in any order, overlapping, again and again. */
static void test_fragments(void **state)
{
    (void)state;
    struct tt_span body = dtls_body();
    struct fixture fixture;
    struct tt_buf buf = tt_buf_make(BYTES_MAX);
    set_up(&fixture, true);
    put_fragment(&buf, TT_CLIENT_HELLO, body.len, 0, 20, tt_span_sub(body, 20, 22));
    put_fragment(&buf, TT_CLIENT_HELLO, body.len, 1, 10, tt_span_sub(body, 10, 32));
    take_flight(&fixture, &buf, 1);
    put_fragment(&buf, TT_CLIENT_HELLO, body.len, 0, 20, tt_span_sub(body, 20, 22));
    put_fragment(&buf, TT_CLIENT_HELLO, body.len, 0, 5, tt_span_sub(body, 5, 30));
    take_flight(&fixture, &buf, 2);
    assert_int_equal(fixture.outcome.hellos, 0);
    put_fragment(&buf, TT_CLIENT_HELLO, body.len, 0, 0, tt_span_sub(body, 0, 6));
    take_flight(&fixture, &buf, 3);
    assert_int_equal(fixture.outcome.hellos, 1);
    assert_int_equal(fixture.flight.next, 1);
    put_fragment(&buf, TT_CLIENT_HELLO, body.len, 1, 0, tt_span_sub(body, 0, 10));
    take_flight(&fixture, &buf, 4);
    assert_int_equal(fixture.outcome.hellos, 2);
    assert_null(fixture.flight.held);
    tt_buf_free(&buf);
    tear_down(&fixture);
}

/* More fragments than may wait: those messages that are whole are handed on, the rest is forgotten.
 */
static void test_fragments_cap(void **state)
{
    (void)state;
    struct tt_span body = dtls_body();
    struct fixture fixture;
    struct tt_buf buf = tt_buf_make(BYTES_MAX);
    set_up(&fixture, true);
    put_fragment(&buf, TT_CLIENT_HELLO, body.len, 3, 0, body);
    take_flight(&fixture, &buf, 1);
    for (size_t i = 1; i < TT_DTLS_FRAGMENTS_MAX; i++) {
        put_fragment(&buf, TT_CLIENT_HELLO, body.len, 2, 1, tt_span_sub(body, 1, 1));
        take_flight(&fixture, &buf, i + 1);
    }
    assert_int_equal(fixture.flight.fragments, TT_DTLS_FRAGMENTS_MAX);
    assert_int_equal(fixture.outcome.hellos, 0);
    put_fragment(&buf, TT_CLIENT_HELLO, body.len, 2, 1, tt_span_sub(body, 1, 1));
    take_flight(&fixture, &buf, 999);
    assert_int_equal(fixture.outcome.hellos, 1);
    assert_int_equal(fixture.flight.fragments, 0);
    assert_null(fixture.flight.held);
    tt_buf_free(&buf);
    tear_down(&fixture);
}

static void test_bad_fragments(void **state)
{
    (void)state;
    struct tt_span body = dtls_body();
    struct fixture fixture;
    struct tt_buf buf = tt_buf_make(BYTES_MAX);
    set_up(&fixture, true);
    put_fragment(&buf, TT_CLIENT_HELLO, 10, 0, 5, body); /* behind the end of its message */
    take_flight(&fixture, &buf, 1);
    put_fragment(&buf, TT_CLIENT_HELLO, body.len, 0, 0, body);
    buf.len -= 3;
    take_flight(&fixture, &buf, 2);
    assert_int_equal(fixture.outcome.hellos, 0);
    /* Two lengths for one message: it is never whole. */
    put_fragment(&buf, TT_CLIENT_HELLO, body.len, 0, 0, tt_span_sub(body, 0, 20));
    put_fragment(&buf, TT_CLIENT_HELLO, body.len + 1, 0, 20, tt_span_sub(body, 20, 22));
    take_flight(&fixture, &buf, 3);
    assert_int_equal(fixture.outcome.hellos, 0);
    put_fragment(&buf, TT_CLIENT_HELLO, body.len, 0, 0, body);
    take_flight(&fixture, &buf, 4);
    assert_int_equal(fixture.outcome.hellos, 1);
    tt_buf_free(&buf);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),          cmocka_unit_test(test_several),
        cmocka_unit_test(test_too_long),      cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_fragments),     cmocka_unit_test(test_fragments_cap),
        cmocka_unit_test(test_bad_fragments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
