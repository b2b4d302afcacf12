/* What very many flows hold together is capped: the one that waited longest gives up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "proto/extent.h"
#include "proto/list.h"
#include "recorder.h"

enum { FLOWS = 40 };

/* Flows that are open at the same time, with one pool. */
struct crowd {
    struct tt_proto_pool pool;
    struct player players[FLOWS];
    struct tt_flow flows[FLOWS];
};

static struct crowd *begin(const struct tt_proto *proto, uint16_t port, size_t max)
{
    struct crowd *crowd = calloc(1, sizeof(*crowd));
    assert_non_null(crowd);
    crowd->pool.max = max;
    for (size_t i = 0; i < FLOWS; i++) {
        struct recorder *rec = rec_new();
        rec->sink.pool = &crowd->pool;
        crowd->flows[i] = play_flow(TT_TRANSPORT_TCP, port);
        crowd->players[i] =
            (struct player){.proto = proto, .rec = rec, .flow = &crowd->flows[i], .frame = i + 1};
        crowd->players[i].state = proto->open(&crowd->flows[i], &rec->sink);
        assert_non_null(crowd->players[i].state);
    }
    return crowd;
}

static void say(struct crowd *crowd, size_t at, enum tt_direction direction, struct tt_span bytes)
{
    play_chunk(&crowd->players[at], direction, bytes, 0);
    assert_true(crowd->pool.used <= crowd->pool.max);
}

static struct recorder *rec_of(struct crowd *crowd, size_t at)
{
    return crowd->players[at].rec;
}

/* Closes all flows. Every byte has gone out, and nothing is held any more. */
static void close_all(struct crowd *crowd)
{
    for (size_t i = 0; i < FLOWS; i++) {
        struct recorder *rec = rec_of(crowd, i);
        crowd->players[i].proto->close(crowd->players[i].state);
        for (size_t side = 0; side < 2; side++) {
            rec_end_raw(rec, (enum tt_direction)side);
            assert_int_equal(rec->out[side], rec->fed[side]);
        }
        assert_int_equal(rec->open_bodies, 0);
    }
    assert_int_equal(crowd->pool.used, 0);
    assert_null(crowd->pool.oldest);
    assert_null(crowd->pool.newest);
}

static void end(struct crowd *crowd)
{
    for (size_t i = 0; i < FLOWS; i++)
        rec_free(rec_of(crowd, i));
    free(crowd);
}

/* All flows say `first` in pieces, taking turns; then all say `second`. */
static void play_all(struct crowd *crowd, struct tt_span first, struct tt_span second)
{
    for (size_t at = 0; at < first.len; at += 100)
        for (size_t i = 0; i < FLOWS; i++)
            say(crowd, i, TT_FROM_INITIATOR, tt_span_sub(first, at, 100));
    for (size_t i = 0; i < FLOWS; i++)
        say(crowd, i, TT_FROM_INITIATOR, second);
}

static size_t count_noted(struct crowd *crowd, const char *code)
{
    size_t count = 0;
    for (size_t i = 0; i < FLOWS; i++)
        count += rec_noted(rec_of(crowd, i), code) ? 1 : 0;
    return count;
}

static char *make_text(const char *head, size_t filling)
{
    size_t len = strlen(head);
    char *text = malloc(len + filling + 1);
    assert_non_null(text);
    memcpy(text, head, len);
    memset(text + len, 'x', filling);
    text[len + filling] = '\0';
    return text;
}

/* ---- heads ---- */

static void test_half_heads(void **state)
{
    (void)state;
    char *first = make_text("GET /a HTTP/1.1\r\nHost: a.example\r\nX-Fill: ", 900);
    struct crowd *crowd = begin(&tt_proto_http1, 80, 20000);
    play_all(crowd, tt_span_str(first), tt_span_str("\r\n\r\n"));
    close_all(crowd);
    size_t gave_up = count_noted(crowd, "http.headers_limit");
    assert_in_range(gave_up, FLOWS / 2, FLOWS - 10);
    for (size_t i = 0; i < FLOWS; i++) {
        struct recorder *rec = rec_of(crowd, i);
        bool raw = rec_noted(rec, "http.headers_limit");
        assert_int_equal(rec_has(rec, "0 raw @0 \"GET /a HTTP/1.1\\r\\nHost: a.example"), raw);
        assert_int_equal(rec_has(rec, "0 http.request.head @0 head"), !raw);
        assert_int_equal(rec_has(rec, "message http request method=GET host=a.example"), !raw);
    }
    end(crowd);
    free(first);
}

/* After it gave up, a flow is read again from its next message on. */
static void test_goes_on(void **state)
{
    (void)state;
    struct crowd *crowd = begin(&tt_proto_http1, 80, 400);
    say(crowd, 0, TT_FROM_INITIATOR, tt_span_str("GET /a HTTP/1.1\r\nHost: a.exa"));
    say(crowd, 1, TT_FROM_INITIATOR, tt_span_str("GET /b HTTP/1.1\r\nHost: b.exa"));
    say(crowd, 2, TT_FROM_INITIATOR, tt_span_str("GET /c HTTP/1.1\r\nHost: c.exa"));
    say(crowd, 0, TT_FROM_INITIATOR,
        tt_span_str("mple\r\n\r\nGET /d HTTP/1.1\r\nHost: d.example\r\n\r\n"));
    close_all(crowd);
    assert_true(rec_has(rec_of(crowd, 0), "0 raw @0 \"GET /a HTTP/1.1\\r\\nHost: a.example"));
    assert_true(rec_has(rec_of(crowd, 0), "host=d.example url=http://d.example/d"));
    end(crowd);
}

static void test_half_trailers(void **state)
{
    (void)state;
    char *first =
        make_text("POST /a HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "3\r\nabc\r\n0\r\nX-Fill: ",
                  600);
    struct crowd *crowd = begin(&tt_proto_http1, 80, 25000);
    play_all(crowd, tt_span_str(first), tt_span_str("\r\n\r\n"));
    close_all(crowd);
    assert_in_range(count_noted(crowd, "http.headers_limit"), 5, FLOWS - 5);
    for (size_t i = 0; i < FLOWS; i++) {
        struct recorder *rec = rec_of(crowd, i);
        bool raw = rec_noted(rec, "http.headers_limit");
        assert_int_equal(rec_has(rec, "0 http.request.trailer"), !raw);
        assert_int_equal(rec_has(rec, "\"X-Fill: xxx"), true);
        assert_true(rec_has(rec, "framing=chunked host=a.example complete"));
        assert_true(rec_has(rec, "complete end=76 \"abc\"\n"));
    }
    end(crowd);
    free(first);
}

/* ---- messages and requests ---- */

/* Of a message that waits for its body the host stays, whatever happens. */
static void test_messages(void **state)
{
    (void)state;
    struct crowd *crowd = begin(&tt_proto_http1, 80, 0);
    crowd->pool.max = 0;
    for (size_t i = 0; i < FLOWS; i++)
        play_chunk(&crowd->players[i], TT_FROM_INITIATOR,
                   tt_span_str("POST /a HTTP/1.1\r\nHost: a.example\r\nContent-Type: text/plain\r\n"
                               "Content-Length: 6\r\n\r\n"),
                   0);
    for (size_t i = 0; i < FLOWS; i++)
        play_chunk(&crowd->players[i], TT_FROM_INITIATOR, tt_span_str("abc"), 0);
    for (size_t i = 0; i < FLOWS; i++)
        play_chunk(&crowd->players[i], TT_FROM_INITIATOR, tt_span_str("def"), 0);
    close_all(crowd);
    assert_int_equal(count_noted(crowd, "http.headers_limit"), FLOWS);
    assert_int_equal(count_noted(crowd, "http.pipeline"), FLOWS);
    for (size_t i = 0; i < FLOWS; i++) {
        struct recorder *rec = rec_of(crowd, i);
        assert_true(rec_has(rec, "0 http.request.body @82 type=- codings=- boundary=- framing=- "
                                 "host=a.example complete end=88 \"abcdef\"\n"));
        assert_true(rec_has(rec, "method=- host=a.example url=- name=- type=- status=0 bytes=6"));
    }
    end(crowd);
}

/* Nobody lists messages: they say their host, nothing else is kept of them. */
static void test_no_listing(void **state)
{
    (void)state;
    struct crowd *crowd = begin(&tt_proto_http1, 80, 1 << 20);
    for (size_t i = 0; i < FLOWS; i++) {
        rec_of(crowd, i)->sink.no_listing = true;
        say(crowd, i, TT_FROM_INITIATOR,
            tt_span_str("POST /a HTTP/1.1\r\nHost: a.example\r\nContent-Type: text/plain\r\n"
                        "Content-Length: 6\r\n\r\nabc"));
    }
    assert_true(crowd->pool.used <= FLOWS * 256);
    for (size_t i = 0; i < FLOWS; i++) {
        say(crowd, i, TT_FROM_INITIATOR, tt_span_str("def"));
        say(crowd, i, TT_FROM_RESPONDER,
            tt_span_str("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    }
    close_all(crowd);
    for (size_t i = 0; i < FLOWS; i++) {
        struct recorder *rec = rec_of(crowd, i);
        assert_int_equal(rec->note_count, 0);
        assert_true(rec_has(rec, "0 http.request.body @82 type=text/plain codings=- boundary=- "
                                 "framing=- host=a.example complete end=88 \"abcdef\"\n"));
        assert_true(rec_has(rec, "framing=- host=a.example complete end=40 \"ok\"\n"));
        assert_false(rec_has(rec, "http://"));
    }
    end(crowd);
}

/* ---- other protocols ---- */

static void test_half_dns_messages(void **state)
{
    (void)state;
    uint8_t first[900] = {4, 0, 0, 1, 1, 0, 0, 1};
    struct crowd *crowd = begin(&tt_proto_dns, 53, 20000);
    play_all(crowd, tt_span_of(first, sizeof(first)), tt_span_of(first, 2));
    close_all(crowd);
    assert_in_range(count_noted(crowd, "dns.limit"), FLOWS / 4, FLOWS - 10);
    end(crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_half_heads),    cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_half_trailers), cmocka_unit_test(test_messages),
        cmocka_unit_test(test_no_listing),    cmocka_unit_test(test_half_dns_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
