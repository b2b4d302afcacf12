/* HTTP/3 on the streams of a connection: in any cut, with gaps, with blocks that wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/limits.h"
#include "proto/extent.h"
#include "proto/http3.h"
#include "recorder.h"

/* Bytes of one stream. */
struct event {
    uint64_t id;
    bool from_server;
    struct tt_span bytes;
    unsigned flags; /* enum tt_chunk_flag */
};

enum { STREAMS = 16 };

static void feed(struct tt_http3 *http, struct tt_flow *flow, const struct event *event,
                 struct tt_span bytes, uint64_t offset, uint64_t gap, uint64_t frame, bool last)
{
    struct flush flush = flush_make(bytes);
    const struct tt_chunk chunk = {.flow = flow,
                                   .direction =
                                       event->from_server ? TT_FROM_RESPONDER : TT_FROM_INITIATOR,
                                   .flags = last ? event->flags : 0,
                                   .offset = offset,
                                   .gap = gap,
                                   .bytes = flush.span,
                                   .first_frame = frame,
                                   .last_frame = frame,
                                   .time = frame};
    tt_http3_feed(http, event->id, event->from_server, &chunk);
    flush_free(&flush);
}

/* Plays all events; those of [gap_at, gap_at + gap_len) over all bytes are missing. */
static struct recorder *play3(const struct event *events, size_t count, struct cut cut)
{
    struct recorder *rec = rec_new();
    struct tt_flow flow = play_flow(TT_TRANSPORT_UDP, 443);
    struct tt_proto_pool pool = {.max = SIZE_MAX};
    rec->sink.pool = &pool;
    struct tt_http3 *http = tt_http3_new(&flow, &rec->sink);
    assert_non_null(http);
    uint64_t offset[STREAMS][2] = {0};
    uint64_t gap[STREAMS][2] = {0};
    size_t begin = 0;
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &events[i];
        uint64_t *at = &offset[event->id][event->from_server];
        uint64_t *lost = &gap[event->id][event->from_server];
        size_t len = event->bytes.len;
        for (size_t done = 0; done < len || (len == 0 && done == 0);) {
            size_t here = begin + done;
            size_t step = len - done;
            if (cut.every > 0 && step > cut.every)
                step = cut.every;
            if (cut.at > here && cut.at - here < step)
                step = cut.at - here;
            if (cut.gap_len > 0 && cut.gap_at > here && cut.gap_at - here < step)
                step = cut.gap_at - here;
            bool missing = cut.gap_len > 0 && here >= cut.gap_at && here < cut.gap_at + cut.gap_len;
            if (missing && here + step > cut.gap_at + cut.gap_len)
                step = cut.gap_at + cut.gap_len - here;
            *at += step;
            done += step > 0 ? step : 1;
            if (missing) {
                *lost += step;
                if (done == len && event->flags != 0)
                    feed(http, &flow, event, tt_span_of("", 0), *at, *lost, 1, true);
                continue;
            }
            feed(http, &flow, event, tt_span_sub(event->bytes, done - step, step), *at - step,
                 *lost, 1, done >= len);
            rec->fed[event->from_server] += step;
            *lost = 0;
        }
        begin += len;
    }
    tt_http3_free(http);
    rec_end_raw(rec, TT_FROM_INITIATOR);
    rec_end_raw(rec, TT_FROM_RESPONDER);
    assert_int_equal(rec->open_bodies, 0);
    assert_int_equal(rec->open_channels, 0);
    assert_int_equal(rec->out[0], rec->fed[0]);
    assert_int_equal(rec->out[1], rec->fed[1]);
    assert_int_equal(pool.used, 0);
    return rec;
}

static size_t length_of(const struct event *events, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += events[i].bytes.len;
    return len;
}

static void check(const struct event *events, size_t count, size_t notes, const char *const *texts)
{
    struct recorder *rec = play3(events, count, (struct cut){0});
    for (; *texts != NULL; texts++)
        if (!rec_has(rec, *texts))
            fail_msg("not found: %s\n%s", *texts, rec_log(rec));
    assert_int_equal(rec->note_count, notes);
    for (size_t every = 1; every < 8; every++) {
        struct recorder *other = play3(events, count, (struct cut){.every = every});
        assert_string_equal(rec_log(rec), rec_log(other));
        rec_free(other);
    }
    for (size_t at = 1; at < length_of(events, count); at++) {
        struct recorder *other = play3(events, count, (struct cut){.at = at});
        assert_string_equal(rec_log(rec), rec_log(other));
        rec_free(other);
    }
    rec_free(rec);
}

#define EVENT(id_, server_, text, flags_)                                                          \
    {                                                                                              \
        .id = (id_), .from_server = (server_),                                                     \
        .bytes = {.data = (const uint8_t *)(text), .len = sizeof(text) - 1}, .flags = (flags_)     \
    }
#define CLIENT3(id, text) EVENT(id, false, text, 0)
#define SERVER3(id, text) EVENT(id, true, text, 0)
#define CLIENT3_END(id, text) EVENT(id, false, text, TT_CHUNK_END)
#define SERVER3_END(id, text) EVENT(id, true, text, TT_CHUNK_END)
#define CHECK3(events, notes, ...)                                                                 \
    check((events), COUNT(events), (notes), (const char *const[]){__VA_ARGS__, NULL})

/* :method GET, :scheme https, :authority a.example, :path /p, all without the table. */
#define GET_P                                                                                      \
    "\x01\x13\0\0\xd1\xd7\x50\x09"                                                                 \
    "a.example"                                                                                    \
    "\x51\x02/p"
#define OK_200 "\x01\x03\0\0\xd9"
#define SETTINGS_220 "\0\x04\x03\x01\x40\xdc"
#define ENCODER "\x02\x3f\xbd\x01\xc0\x0fwww.example.com\xc1\x0c/sample/path"
#define NEEDS_TABLE "\x01\x06\x03\x81\xd1\xd7\x10\x11"

static void test_exchange(void **state)
{
    static const struct event events[] = {
        CLIENT3(2, "\0\x04\x00"),
        SERVER3(3, "\0\x04\x02\x06\x3f"),
        CLIENT3(0, GET_P "\0\x05hello"),
        CLIENT3_END(0, "\0\x06 world"),
        SERVER3(0, "\x01\x04\0\0\xff\x00" OK_200 "\x40\x21\x04grea"),
        SERVER3_END(0, "\0\x02ok\x01\x09\0\0\x23xyz\x02"
                       "aa"),
        CLIENT3(2, "\x07\x01\x00\x0d\x01\x08"),
    };
    (void)state;
    CHECK3(events, 0, "\"GET /p HTTP/3\\r\\nhost: a.example\\r\\n\\r\\n\"",
           "framing=qpack host=a.example", "framing=http3 host=a.example complete",
           "\"hello world\"\n",
           "method=GET host=a.example url=https://a.example/p name=- type=- "
           "status=0 bytes=11 whole",
           "status=100", "\"HTTP/3 200\\r\\n\\r\\n\"", "\"grea\"", "\"ok\"\n",
           "1 http.response.trailer", "\"xyz: aa\\r\\n\\r\\n\"",
           "url=https://a.example/p name=- type=- status=200 bytes=2 whole");
}

/* RFC 9218, section 7.2 (PRIORITY_UPDATE of stream 0), and what is reserved to be ignored (RFC
 * 9114, sections 6.2.3 and 7.2.8): bodies, and no messages. */
static void test_extensions(void **state)
{
    static const struct event events[] = {
        CLIENT3(2, "\0\x04\x00\x80\x0f\x07\x00\x06\0u=3,i\x21\x05grea1"),
        CLIENT3(6, "\x40\x40grease stream"),
        CLIENT3(0, GET_P "\x21\x00\x40\x5f\x05grea2"),
        CLIENT3_END(0, "\0\x02hi"),
        CLIENT3(10, "\x3fother stream"), /* not reserved */
    };
    (void)state;
    CHECK3(events, 0, "u=3,i\"\n", "\"grea1\"\n", "\"grease stream\"\n", "\"grea2\"\n", "\"hi\"\n",
           "raw @1 \"other stream\"", "complete");
    struct recorder *rec = play3(events, COUNT(events), (struct cut){0});
    assert_int_equal(rec_count(rec, " http3.extension "), 4);
    assert_int_equal(rec_count(rec, " message "), 1);
    rec_free(rec);
    /* A hole in the middle of one: both sides of it are searched. */
    rec = play3(events, COUNT(events), (struct cut){.gap_at = 18, .gap_len = 1});
    assert_true(rec_noted(rec, "http3.gap"));
    assert_false(rec_has(rec, "\"grea1\""));
    assert_int_equal(rec_count(rec, " http3.extension "), 5);
    rec_free(rec);
}

/* A block waits for the encoder stream, and that for the settings; what follows waits with it. */
static void test_waiting(void **state)
{
    static const struct event events[] = {
        CLIENT3(0, NEEDS_TABLE "\0\x04"
                               "body"),
        CLIENT3_END(0, ""),
        CLIENT3(4, GET_P),
        CLIENT3(2, "\0\x04\x00"),
        CLIENT3(6, ENCODER),
        SERVER3(3, SETTINGS_220),
        CLIENT3_END(8, NEEDS_TABLE),
        CLIENT3_END(4, ""),
    };
    (void)state;
    CHECK3(events, 0, "\"GET /sample/path HTTP/3\\r\\nhost: www.example.com\\r\\n\\r\\n\"",
           "url=https://www.example.com/sample/path name=- type=- status=0 bytes=4 whole",
           "url=https://a.example/p name=- type=- status=0 bytes=0 whole", "\"body\"\n");
}

/* The table never comes: what is known is told. */
static void test_never_comes(void **state)
{
    static const struct event events[] = {
        CLIENT3_END(0, NEEDS_TABLE "\0\x04"
                                   "body"),
        SERVER3_END(0, OK_200),
    };
    (void)state;
    CHECK3(events, 1, "\"GET ? HTTP/3\\r\\n\\r\\n\"", "\"body\"\n",
           "0 message http request method=GET host=- url=- name=- type=- status=200 bytes=4 whole");
}

static void test_push(void **state)
{
    static const struct event events[] = {
        CLIENT3_END(0, GET_P),
        SERVER3(0, "\x05\x14\x07\0\0\xd1\xd7\x50\x09"
                   "a.example"
                   "\x51\x02/q"),
        SERVER3_END(0, OK_200),
        SERVER3_END(7, "\x01\x07" OK_200 "\0\x04push"),
    };
    (void)state;
    CHECK3(events, 0, "1 message http request method=GET host=a.example url=https://a.example/q",
           "1 message http response method=GET host=a.example url=https://a.example/q name=- "
           "type=- status=200 bytes=4 whole");
}

static void test_connect(void **state)
{
    static const struct event events[] = {
        CLIENT3(0, "\x01\x0d\0\0\xcf\x50\x08"
                   "b.test:9"),
        SERVER3(0, OK_200 "\0\x03"
                          "220"),
        CLIENT3_END(0, "\0\x04"
                       "EHLO"),
        SERVER3_END(0, ""),
    };
    (void)state;
    CHECK3(events, 0, "method=CONNECT host=b.test url=b.test:9",
           "channel http http.tunnel 0 \"EHLO\" 1 \"220\"");
}

/* Streams and frames that mean nothing here are searched as they stand. */
static void test_others(void **state)
{
    static const struct event events[] = {
        CLIENT3(2, "\0\x04\x00\x40\x54\x03"
                   "abc"),
        CLIENT3(6, "\x21other type"),
        CLIENT3(10, "\0second control"),
        SERVER3(1, "server opens two ways"),
        SERVER3(11, "\x03\x81\x82"),
        CLIENT3(14, "\x01no push of a client"),
    };
    (void)state;
    CHECK3(events, 0, "\"abc\"", "\"other type\"", "\"second control\"",
           "\"server opens two ways\"", "\"no push of a client\"");
}

/* Bodies are cut, heads are dropped; never a wrong value. */
static void test_gaps(void **state)
{
    static const struct event events[] = {
        CLIENT3(2, "\0\x04\x00"),
        SERVER3(3, SETTINGS_220),
        CLIENT3(6, ENCODER),
        CLIENT3(0, NEEDS_TABLE "\0\x14"
                               "a body of some bytes"
                               "\x01\x06\0\0\x21x\x01y"),
        CLIENT3_END(0, ""),
        SERVER3_END(0, OK_200 "\0\x03"
                              "abc"),
        CLIENT3_END(4, GET_P),
    };
    static const size_t lengths[] = {1, 4, 30};
    (void)state;
    size_t limit = length_of(events, COUNT(events)) - sizeof(GET_P) + 1;
    for (size_t at = 0; at < limit; at++) {
        for (size_t i = 0; i < COUNT(lengths) && at + lengths[i] <= limit; i++) {
            for (size_t every = 0; every <= 1; every++) {
                struct recorder *rec =
                    play3(events, COUNT(events),
                          (struct cut){.gap_at = at, .gap_len = lengths[i], .every = every});
                assert_true(rec_has(rec, "url=https://a.example/p "));
                assert_int_equal(rec_count(rec, "url="),
                                 rec_count(rec, "url=- ") +
                                     rec_count(rec, "url=https://a.example/p ") +
                                     rec_count(rec, "url=https://www.example.com/sample/path "));
                rec_free(rec);
            }
        }
    }
    struct recorder *rec = play3(events, COUNT(events), (struct cut){.gap_at = 58, .gap_len = 4});
    assert_true(rec_noted(rec, "http3.gap"));
    assert_true(rec_has(rec, "bytes=16 cut"));
    rec_free(rec);
}

/* A stream that is reset is not whole. */
static void test_reset(void **state)
{
    static const struct event events[] = {
        EVENT(0, false,
              GET_P "\0\x02"
                    "ab",
              TT_CHUNK_END | TT_CHUNK_CUT),
        EVENT(4, false,
              GET_P "\0\x09"
                    "ab",
              TT_CHUNK_END),
    };
    (void)state;
    struct recorder *rec = play3(events, COUNT(events), (struct cut){0});
    assert_int_equal(rec_count(rec, "bytes=2 cut\n"), 2);
    rec_free(rec);
}

static void test_datagram(void **state)
{
    (void)state;
    struct recorder *rec = rec_new();
    struct tt_flow flow = play_flow(TT_TRANSPORT_UDP, 443);
    struct tt_http3 *http = tt_http3_new(&flow, &rec->sink);
    const struct tt_chunk chunk = {.flow = &flow,
                                   .flags = TT_CHUNK_DATAGRAM,
                                   .bytes = tt_span_of("\0some payload", 13),
                                   .first_frame = 1,
                                   .last_frame = 1};
    tt_http3_datagram(http, &chunk);
    tt_http3_free(http);
    rec_end_raw(rec, TT_FROM_INITIATOR);
    assert_true(rec_has(rec, "raw @1 \"some payload\""));
    assert_int_equal(rec->out[0], 13);
    rec_free(rec);
}

/* ---- limits ---- */

/* TT_HTTP3_HELD_MAX: then the block does not wait any more. */
static void test_held(void **state)
{
    static uint8_t body[1 << 16];
    (void)state;
    struct recorder *rec = rec_new();
    struct tt_flow flow = play_flow(TT_TRANSPORT_UDP, 443);
    struct tt_http3 *http = tt_http3_new(&flow, &rec->sink);
    const struct event head = CLIENT3(0, NEEDS_TABLE "\0\x80\x20\0\0");
    feed(http, &flow, &head, head.bytes, 0, 0, 1, false);
    uint64_t at = head.bytes.len;
    for (size_t i = 0; i < 32; i++, at += sizeof(body)) {
        assert_true(i > 8 || !rec_noted(rec, "http3.waiting_limit"));
        feed(http, &flow, &head, tt_span_of(body, sizeof(body)), at, 0, 1, false);
    }
    assert_true(rec_noted(rec, "http3.waiting_limit"));
    assert_true(rec_noted(rec, "http3.fields_lost"));
    tt_http3_free(http);
    assert_true(rec_has(rec, "bytes=2097152 cut"));
    assert_int_equal(rec->out[0], at);
    rec_free(rec);
}

/* TT_HTTP_STREAMS_MAX, and streams that must stay. */
static void test_many_streams(void **state)
{
    (void)state;
    struct recorder *rec = rec_new();
    struct tt_flow flow = play_flow(TT_TRANSPORT_UDP, 443);
    struct tt_http3 *http = tt_http3_new(&flow, &rec->sink);
    const struct event settings = SERVER3(3, SETTINGS_220);
    const struct event encoder = CLIENT3(6, ENCODER);
    feed(http, &flow, &settings, settings.bytes, 0, 0, 1, false);
    feed(http, &flow, &encoder, tt_span_sub(encoder.bytes, 0, 8), 0, 0, 1, false);
    for (uint64_t i = 0; i < TT_HTTP_STREAMS_MAX; i++) {
        const struct event request = {.id = 16 + 4 * i, .bytes = tt_span_of(GET_P, 21)};
        feed(http, &flow, &request, request.bytes, 0, 0, 1, false);
    }
    assert_true(rec_noted(rec, "http3.streams_limit"));
    feed(http, &flow, &encoder, tt_span_from(encoder.bytes, 8), 8, 0, 1, false);
    const struct event last = CLIENT3_END(8, NEEDS_TABLE);
    feed(http, &flow, &last, last.bytes, 0, 0, 1, true);
    assert_true(rec_has(rec, "url=https://www.example.com/sample/path"));
    tt_http3_free(http);
    rec_free(rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),   cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_extensions), cmocka_unit_test(test_never_comes),
        cmocka_unit_test(test_push),       cmocka_unit_test(test_connect),
        cmocka_unit_test(test_others),     cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_reset),      cmocka_unit_test(test_datagram),
        cmocka_unit_test(test_held),       cmocka_unit_test(test_many_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
