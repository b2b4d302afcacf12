/* QUIC and DTLS joined to the flows: what was sealed is read as flows are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decrypt/conversation.h"
#include "decrypt/quic_maker.h"
#include "model/limits.h"
#include "run/flows.h"

enum { FLOWS = 2 };

/* What was told, a line each, and the account of all bytes. */
struct ear {
    struct tt_keys *keys;
    struct tt_flows *flows;
    struct tt_flows_sink sink;
    struct tt_flow flow[FLOWS];
    struct quic_maker *maker;
    struct tt_buf out;
    uint64_t numbers[2];
    uint64_t fed;
    uint64_t told[TT_BUCKET_COUNT];
    size_t timed;      /* handshakes */
    size_t alpn_len;   /* of what the last client offered, as text */
    size_t alpn_names; /* in it */
};

static void on_message(void *context, const struct tt_msg *msg, const struct tt_seal *seal)
{
    struct ear *ear = context;
    const char *what = msg->url != NULL ? msg->url : msg->name;
    const char *alpn = msg->tls != NULL ? msg->tls->alpn_offered : NULL;
    if (alpn != NULL) {
        ear->alpn_len = strlen(alpn);
        for (ear->alpn_names = 1; (alpn = strchr(alpn, '\n')) != NULL; ear->alpn_names++)
            alpn++;
    }
    assert_int_equal(tt_buf_printf(&ear->out, "%s %s %s %d %s %s\n", msg->protocol, msg->kind,
                                   what == NULL ? "-" : what, msg->status, seal->encryption,
                                   seal->opened_with == NULL ? "-" : seal->opened_with),
                     TT_OK);
}

static void on_data(void *context, const struct tt_data_run *run)
{
    struct ear *ear = context;
    assert_int_equal(tt_buf_printf(&ear->out, "%s %.*s %s\n", run->protocol, (int)run->head.len,
                                   (const char *)run->head.data, run->seal.encryption),
                     TT_OK);
}

static void on_handshake(void *context, const struct tt_flow *flow, enum tt_handshake handshake,
                         uint64_t time)
{
    struct ear *ear = context;
    (void)flow;
    assert_int_equal(handshake, TT_HANDSHAKE_QUIC);
    assert_int_equal(time, 700);
    ear->timed++;
}

static void on_account(void *context, const struct tt_account *account)
{
    struct ear *ear = context;
    ear->told[account->bucket] += account->bytes;
}

static void on_flow(void *context, const struct tt_flow *flow, const char *protocol)
{
    struct ear *ear = context;
    (void)flow;
    assert_int_equal(tt_buf_printf(&ear->out, "%s\n", protocol), TT_OK);
}

static void on_note(void *context, const struct tt_note *note)
{
    struct ear *ear = context;
    assert_int_equal(tt_buf_printf(&ear->out, "note %s\n", note->code), TT_OK);
}

static void begin(struct ear *ear, const char *keylog)
{
    *ear = (struct ear){.out = tt_buf_make(65536), .maker = quic_maker_new()};
    ear->sink = (struct tt_flows_sink){.context = ear,
                                       .message = on_message,
                                       .data = on_data,
                                       .account = on_account,
                                       .flow = on_flow,
                                       .handshake = on_handshake,
                                       .notes = {.context = ear, .note = on_note}};
    assert_int_equal(tt_keys_new(&ear->keys), TT_OK);
    assert_int_equal(tt_keylog_read(ear->keys, TT_KEY_FROM_KEYLOG, tt_span_str(keylog), NULL),
                     TT_OK);
    assert_int_equal(tt_flows_new(NULL, ear->keys, &ear->sink, &ear->flows), TT_OK);
    for (size_t i = 0; i < FLOWS; i++) {
        ear->flow[i] = (struct tt_flow){.id = i + 1,
                                        .transport = TT_TRANSPORT_UDP,
                                        .initiator_known = true,
                                        .ends = {{.port = 40000}, {.port = 443}}};
        tt_flows_open(ear->flows, &ear->flow[i]);
    }
}

static void send(struct ear *ear, size_t flow, enum tt_direction direction, struct tt_span bytes)
{
    const struct tt_chunk chunk = {.flow = &ear->flow[flow],
                                   .direction = direction,
                                   .flags = TT_CHUNK_DATAGRAM,
                                   .bytes = bytes,
                                   .first_frame = 1,
                                   .last_frame = 1};
    ear->fed += bytes.len;
    tt_flows_chunk(ear->flows, &chunk);
}

static void end_flow(struct ear *ear, size_t flow)
{
    tt_flows_close(ear->flows, &ear->flow[flow]);
}

/* All that was told until now. */
static const char *heard(struct ear *ear)
{
    if (ear->out.len == 0 || ear->out.data[ear->out.len - 1] != '\0')
        assert_int_equal(tt_buf_append_u8(&ear->out, 0), TT_OK);
    return (const char *)ear->out.data;
}

static void discard(struct ear *ear)
{
    assert_int_equal(tt_flows_failure(ear->flows), TT_OK);
    tt_flows_free(ear->flows);
    tt_keys_free(ear->keys);
    quic_maker_free(ear->maker);
    tt_buf_free(&ear->out);
}

/* Frees all; every byte was told once. */
static void end(struct ear *ear)
{
    uint64_t told = 0;
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++)
        told += ear->told[i];
    assert_int_equal(told, ear->fed);
    discard(ear);
}

static void expect(struct ear *ear, const char *text)
{
    assert_string_equal(heard(ear), text);
    end(ear);
}

/* ---- QUIC ---- */

static void send_hello(struct ear *ear, size_t flow)
{
    uint8_t hello[128];
    size_t len = quic_maker_hello(hello);
    send(ear, flow, TT_FROM_INITIATOR,
         quic_make(ear->maker, TT_QUIC_INITIAL, false, ear->numbers[0]++, tt_span_of(hello, len)));
    /* Its IDs are told by it. */
    send(ear, flow, TT_FROM_RESPONDER,
         quic_make(ear->maker, TT_QUIC_INITIAL, true, ear->numbers[1]++, tt_span_str("")));
}

static void send_frames(struct ear *ear, size_t flow, bool server, const char *frames, size_t len)
{
    send(ear, flow, server ? TT_FROM_RESPONDER : TT_FROM_INITIATOR,
         quic_make(ear->maker, TT_QUIC_TRAFFIC, server, ear->numbers[server]++,
                   tt_span_of(frames, len)));
}

/* STREAM frames (RFC 9000, section 19.8) with the end of stream 0: GET https://a.example/ and 200
 * in HTTP/3 (RFC 9114, section 7.2.2), by QPACK's static table. */
static const char request[] = "\x0b\x00\x12\x01\x10\x00\x00\xd1\xd7\xc1\x50\x09"
                              "a.example";
static const char response[] = "\x0b\x00\x05\x01\x03\x00\x00\xd9";

#define LEN_OF(text) (sizeof(text) - 1)

static const char *keylog_of(char room[2048])
{
    quic_maker_keylog(room, 2048);
    return room;
}

static void test_http3(void **state)
{
    (void)state;
    char room[2048];
    struct ear ear;
    begin(&ear, keylog_of(room));
    send_hello(&ear, 0);
    send_frames(&ear, 0, false, request, LEN_OF(request));
    send_frames(&ear, 0, true, response, LEN_OF(response));
    end_flow(&ear, 0);
    end_flow(&ear, 1);
    expect(&ear, "quic client_hello - 0 none -\n"
                 "http request https://a.example/ 0 quic keylog\n"
                 "http response https://a.example/ 200 quic keylog\n"
                 "quic\nudp\n");
}

/* An answer to the client's first packet has a time. What has another number was sent again, or
 * behind one that was not captured, and what does not open has none. */
static void test_time(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < 4; number++) {
        struct ear ear;
        uint8_t hello[128];
        begin(&ear, "");
        struct tt_span frames = tt_span_of(hello, quic_maker_hello(hello));
        const struct tt_span said = quic_make(ear.maker, TT_QUIC_INITIAL, false, number, frames);
        uint8_t *copy = malloc(said.len);
        assert_non_null(copy);
        memcpy(copy, said.data, said.len);
        copy[said.len - 1] ^= number == 3;
        const struct tt_span both[] = {tt_span_of(copy, said.len),
                                       quic_make(ear.maker, TT_QUIC_INITIAL, true, 0, frames)};
        for (size_t i = 0; i < 2; i++) {
            ear.flow[0].packets[i]++;
            const struct tt_chunk chunk = {.flow = &ear.flow[0],
                                           .direction = (enum tt_direction)i,
                                           .flags = TT_CHUNK_DATAGRAM,
                                           .bytes = both[i],
                                           .time = 1000 + 700 * i};
            tt_flows_chunk(ear.flows, &chunk);
        }
        assert_int_equal(ear.timed, number == 0);
        end_flow(&ear, 0);
        end_flow(&ear, 1);
        free(copy);
        discard(&ear);
    }
}

/* The server's datagrams stand before the client's hello in the capture. */
static void test_server_first(void **state)
{
    (void)state;
    char room[2048];
    struct ear ear;
    begin(&ear, keylog_of(room));
    send(&ear, 0, TT_FROM_RESPONDER,
         quic_make(ear.maker, TT_QUIC_INITIAL, true, ear.numbers[1]++, tt_span_str("")));
    send_frames(&ear, 0, true, "\x01\x01\x01\x01", 4);
    uint8_t hello[128];
    size_t len = quic_maker_hello(hello);
    send(&ear, 0, TT_FROM_INITIATOR,
         quic_make(ear.maker, TT_QUIC_INITIAL, false, ear.numbers[0]++, tt_span_of(hello, len)));
    send_frames(&ear, 0, false, request, LEN_OF(request));
    send_frames(&ear, 0, true, response, LEN_OF(response));
    end_flow(&ear, 0);
    end_flow(&ear, 1);
    expect(&ear, "quic client_hello - 0 none -\n"
                 "http request https://a.example/ 0 quic keylog\n"
                 "http response https://a.example/ 200 quic keylog\n"
                 "quic\nudp\n");
}

/* A server without a client: what waits is told in the end, and beyond the cap at once. */
static void test_server_alone(void **state)
{
    (void)state;
    enum { LEN = 65500, COUNT = 20, HEAD = 5 + 9 + 9 + 1 + 4 };
    static const uint8_t head[HEAD] = {0xc3,
                                       0,
                                       0,
                                       0,
                                       1, /* an Initial packet of version 1 */
                                       8,
                                       1,
                                       2,
                                       3,
                                       4,
                                       5,
                                       6,
                                       7,
                                       8,
                                       8,
                                       8,
                                       7,
                                       6,
                                       5,
                                       4,
                                       3,
                                       2,
                                       1,
                                       0, /* no token */
                                       0x80,
                                       0,
                                       (LEN - HEAD) >> 8,
                                       (LEN - HEAD) & 0xff};
    struct ear ear;
    begin(&ear, "");
    uint8_t *bytes = calloc(1, LEN);
    assert_non_null(bytes);
    memcpy(bytes, head, sizeof(head));
    for (size_t i = 0; i < COUNT; i++) {
        send(&ear, 0, TT_FROM_RESPONDER, tt_span_of(bytes, LEN));
        uint64_t told = 0;
        for (size_t bucket = 0; bucket < TT_BUCKET_COUNT; bucket++)
            told += ear.told[bucket];
        assert_int_equal(told > 0, (i + 1) * (uint64_t)(LEN + 64) > TT_QUIC_AHEAD_MAX);
    }
    free(bytes);
    end_flow(&ear, 0);
    end_flow(&ear, 1);
    assert_non_null(strstr(heard(&ear), "quic\n"));
    assert_non_null(strstr(heard(&ear), "note quic.ahead_limit\n"));
    end(&ear);
}

/* A connection goes on over a flow that nobody would recognise, and outlives its first one. */
static void test_migration(void **state)
{
    (void)state;
    char room[2048];
    struct ear ear;
    begin(&ear, keylog_of(room));
    send_hello(&ear, 0);
    send_frames(&ear, 0, false, "\x01\x01\x01\x01", 4);
    send_frames(&ear, 1, false, request, LEN_OF(request));
    end_flow(&ear, 0);
    send_frames(&ear, 1, true, response, LEN_OF(response));
    end_flow(&ear, 1);
    assert_non_null(strstr(heard(&ear), "note quic.migration\n"));
    assert_non_null(strstr(heard(&ear), "https://a.example/"));
    end(&ear);
}

/* What comes on the other flow when the first one is over belongs to that one: new requests are
 * read, but for fields that need the table; a stream that was under way is searched. */
static void test_moved(void **state)
{
    (void)state;
    static const char begun[] = "\x0a\x08\x0a\x01\x03\x00\x00\xd1\x00\x06hal"; /* stream 8 */
    static const char rest[] = "\x0e\x08\x0a\x03"
                               "fed";
    static const char later[] = "\x0b\x04\x13\x01\x11\x02\x00\xd1\xd7\xc1\x80\x50\x09"
                                "b.example"; /* a field of the table's */
    char room[2048];
    struct ear ear;
    begin(&ear, keylog_of(room));
    send_hello(&ear, 0);
    send_frames(&ear, 0, false, begun, LEN_OF(begun));
    send_frames(&ear, 1, false, request, LEN_OF(request));
    end_flow(&ear, 0);
    send_frames(&ear, 1, false, later, LEN_OF(later));
    send_frames(&ear, 1, false, rest, LEN_OF(rest));
    end_flow(&ear, 1);
    const char *out = heard(&ear);
    const char *over = strstr(out, "\nquic\n");
    assert_non_null(over);
    assert_non_null(strstr(out, "note quic.moved\n"));
    assert_non_null(strstr(over, "http request https://b.example/ 0 quic keylog\n"));
    assert_non_null(strstr(over, "note http3.fields_lost\n"));
    assert_non_null(strstr(over, "fed quic\n"));
    end(&ear);
}

/* A capture that begins behind the handshake: the secrets are tried. */
static void test_late(void **state)
{
    (void)state;
    char room[2048];
    struct ear ear;
    begin(&ear, keylog_of(room));
    ear.numbers[0] = 70;
    send_frames(&ear, 0, true, response, LEN_OF(response));
    send_frames(&ear, 0, false, request, LEN_OF(request));
    end_flow(&ear, 0);
    end_flow(&ear, 1);
    assert_non_null(strstr(heard(&ear), "http request https://a.example/ 200 quic keylog\n"));
    assert_non_null(strstr(heard(&ear), "\nquic\nudp\n"));
    end(&ear);
}

/* The same with other keys, and where no server of QUIC would be. */
static void test_late_in_vain(void **state)
{
    (void)state;
    char room[2048];
    struct ear ear;
    begin(&ear, keylog_of(room));
    ear.flow[0].ends[1].port = 5060;
    send_frames(&ear, 0, false, request, LEN_OF(request));
    const uint8_t noise[64] = {0x55, 1, 2, 3};
    send(&ear, 1, TT_FROM_INITIATOR, tt_span_of(noise, sizeof(noise)));
    end_flow(&ear, 0);
    end_flow(&ear, 1);
    assert_null(strstr(heard(&ear), "http request"));
    assert_null(strstr(heard(&ear), "quic"));
    ear.told[TT_BUCKET_OPAQUE] = ear.fed; /* nobody searches here: unclaimed bytes are not told */
    end(&ear);
}

static void test_other_streams(void **state)
{
    (void)state;
    char room[2048];
    struct ear ear;
    begin(&ear, keylog_of(room));
    send_hello(&ear, 0);
    send_frames(&ear, 0, false, "\x0b\x00\x0fSSH-2.0-invente", 18);
    send_frames(&ear, 0, false, "\x30one datagram", 13);
    end_flow(&ear, 0);
    end_flow(&ear, 1);
    expect(&ear, "quic client_hello - 0 none -\n"
                 "quic one datagram quic\n"
                 "quic SSH-2.0-invente quic\n"
                 "quic\nudp\n");
}

static void test_many_streams(void **state)
{
    (void)state;
    char room[2048];
    struct ear ear;
    begin(&ear, keylog_of(room));
    send_hello(&ear, 0);
    for (unsigned i = 0; i <= TT_QUIC_CHANNELS_MAX; i++) {
        /* OFF and FIN are not set: to the end of the packet, from 0 on */
        uint8_t frame[] = {0x08, 0x80, 0, (uint8_t)(i * 4 >> 8), (uint8_t)(i * 4), 'x', 'y', 'z'};
        send_frames(&ear, 0, false, (const char *)frame, sizeof(frame));
    }
    assert_non_null(strstr(heard(&ear), "note quic.channels\n"));
    end_flow(&ear, 0);
    end_flow(&ear, 1);
    end(&ear);
}

static void test_without_keys(void **state)
{
    (void)state;
    struct ear ear;
    begin(&ear, "CLIENT_RANDOM "
                "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb "
                "0102030405060708090a0b0c0d0e0f100102030405060708090a0b0c0d0e0f10"
                "0102030405060708090a0b0c0d0e0f10\n");
    send_hello(&ear, 0);
    send_frames(&ear, 0, false, request, LEN_OF(request));
    end_flow(&ear, 0);
    end_flow(&ear, 1);
    assert_int_equal(ear.told[TT_BUCKET_ENCRYPTED],
                     1 + QUIC_ID_LEN + 4 + LEN_OF(request) + TT_QUIC_TAG_LEN);
    expect(&ear, "quic client_hello - 0 none -\nnote quic.no_key\nquic\nudp\n");
}

/* Versions that cannot be opened are told, keys or not: here one reserved to be refused. */
static void test_unknown_version(void **state)
{
    (void)state;
    static const uint8_t packet[] = {0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8, 1, 1, 1, 1, 1,
                                     1,    1,    1,    0,    9,    9, 9, 9, 9, 9, 9};
    struct ear ear;
    begin(&ear, "");
    send(&ear, 0, TT_FROM_INITIATOR, tt_span_of(packet, sizeof(packet)));
    end_flow(&ear, 0);
    end_flow(&ear, 1);
    expect(&ear, "note quic.no_version\nquic\nudp\n");
}

/* ---- DTLS ---- */

static void test_dtls(void **state)
{
    (void)state;
    struct conversation *conversation = conversation_load("dtls12-ecdhe-aes128-gcm.txt");
    struct ear ear;
    assert_int_equal(tt_buf_append_u8(&conversation->keylog, 0), TT_OK);
    begin(&ear, (const char *)conversation->keylog.data);
    for (size_t i = 0; i < conversation->flight_count; i++)
        send(&ear, 0, conversation->flights[i].direction,
             tt_buf_span(&conversation->flights[i].bytes));
    end_flow(&ear, 0);
    end_flow(&ear, 1);
    assert_non_null(strstr(heard(&ear), "dtls client_hello api.example 0 none"));
    assert_non_null(strstr(heard(&ear), "dtls server_hello dtls1.2 0 none"));
    assert_non_null(strstr(heard(&ear), " dtls1.2\n"));
    assert_int_equal(ear.told[TT_BUCKET_ENCRYPTED], 0);
    conversation_free(conversation);
    discard(&ear);
}

/* ---- TLS ---- */

static void send_stream(struct ear *ear, uint64_t next[2], enum tt_direction direction,
                        struct tt_span bytes)
{
    const struct tt_chunk chunk = {.flow = &ear->flow[0],
                                   .direction = direction,
                                   .offset = next[direction],
                                   .bytes = bytes,
                                   .first_frame = 1,
                                   .last_frame = 1};
    next[direction] += bytes.len;
    ear->fed += bytes.len;
    tt_flows_chunk(ear->flows, &chunk);
}

struct turn {
    enum tt_direction direction;
    struct tt_span bytes;
};

/* A conversation of TLS behind a few turns of a protocol that nobody reads. */
static void check_agreed(const struct turn *turns, size_t count, const char *opening)
{
    struct conversation *conversation = conversation_load("tls12-aes128-ccm.txt");
    struct ear ear;
    assert_int_equal(tt_buf_append_u8(&conversation->keylog, 0), TT_OK);
    begin(&ear, (const char *)conversation->keylog.data);
    ear.flow[0].transport = TT_TRANSPORT_TCP;
    uint64_t next[2] = {0};
    for (size_t i = 0; i < count; i++)
        send_stream(&ear, next, turns[i].direction, turns[i].bytes);
    for (size_t i = 0; i < conversation->flight_count; i++)
        send_stream(&ear, next, conversation->flights[i].direction,
                    tt_buf_span(&conversation->flights[i].bytes));
    end_flow(&ear, 0);
    end_flow(&ear, 1);
    assert_memory_equal(heard(&ear), opening, strlen(opening));
    const char *hello = strstr(heard(&ear), "tls client_hello ");
    assert_non_null(hello);
    assert_non_null(strstr(hello, "tls server_hello tls1.2 0 none"));
    assert_non_null(strstr(hello, " tls1.2\n"));
    assert_int_equal(ear.told[TT_BUCKET_ENCRYPTED], 0);
    conversation_free(conversation);
    discard(&ear);
}

/* Both agree on TLS in words of their own: PostgreSQL's SSLRequest, MySQL's, SOCKS 5. */
static void test_agreed(void **state)
{
    (void)state;
    static const struct turn asked[] = {
        {TT_FROM_INITIATOR, {.data = (const uint8_t *)"\0\0\0\x08\x04\xd2\x16\x2f", .len = 8}},
        {TT_FROM_RESPONDER, {.data = (const uint8_t *)"S", .len = 1}}};
    check_agreed(asked, TT_ARRAY_LEN(asked), "tcp ");
    static const struct turn greeted[] = {
        {TT_FROM_RESPONDER,
         {.data = (const uint8_t *)"\x0a\0\0\0\x0a"
                                   "5.5.40",
          .len = 11}},
        {TT_FROM_INITIATOR, {.data = (const uint8_t *)"\x04\0\0\x01\x85\xae\x3f\x20", .len = 8}}};
    check_agreed(greeted, TT_ARRAY_LEN(greeted), "tcp ");
    static const struct turn proxied[] = {
        {TT_FROM_INITIATOR, {.data = (const uint8_t *)"\x05\x01\0", .len = 3}},
        {TT_FROM_RESPONDER, {.data = (const uint8_t *)"\x05\0", .len = 2}},
        {TT_FROM_INITIATOR,
         {.data = (const uint8_t *)"\x05\x01\0\x01\xc0\0\x02\x01\x01\xbb", .len = 10}},
        {TT_FROM_RESPONDER, {.data = (const uint8_t *)"\x05\0\0\x01\0\0\0\0\0\0", .len = 10}}};
    check_agreed(proxied, TT_ARRAY_LEN(proxied), "socks ");
}

/* A record of another kind in the middle, and what is nearly a hello, change nothing. */
static void test_not_agreed(void **state)
{
    (void)state;
    static const char *const others[] = {
        "\x17\x03\x03\x01\x10\x01\x01\x01\x01\x03\x03 sealed, or not",
        "\x16\x03\x03\x01\x10\x0b\x01\x01\x01\x03\x03 a certificate",
        "\x16\x03\x03\x01\x10\x01\x01\x01\x01\x03\x03 longer than 65535 bytes", "\x16\x03\x03\x01"};
    for (size_t i = 0; i < TT_ARRAY_LEN(others); i++) {
        struct ear ear;
        begin(&ear, "");
        ear.flow[0].transport = TT_TRANSPORT_TCP;
        uint64_t next[2] = {0};
        send_stream(&ear, next, TT_FROM_INITIATOR, tt_span_str("~~~~~~~~ nobody's protocol"));
        send_stream(&ear, next, TT_FROM_RESPONDER, tt_span_str("~~~~~~~~ nobody's protocol"));
        send_stream(&ear, next, TT_FROM_INITIATOR, tt_span_str(others[i]));
        end_flow(&ear, 0);
        end_flow(&ear, 1);
        assert_null(strstr(heard(&ear), "tls"));
        discard(&ear);
    }
}

/* A client offers more protocols than are told: the first ones are, each whole. */
static void test_many_protocols(void **state)
{
    (void)state;
    enum { NAMES = 200, EACH = 7, FIT = (TT_ALPN_TEXT_MAX + 1) / (EACH + 1) };
    static const size_t counts[] = {FIT - 1, FIT, FIT + 1, NAMES};
    for (size_t k = 0; k < TT_ARRAY_LEN(counts); k++) {
        size_t count = counts[k];
        uint8_t bytes[4096] = {22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3};
        size_t list = count * (EACH + 1);
        size_t at = 11 + 32;
        static const uint8_t middle[] = {0, 0, 2, 0x13, 0x01, 1, 0};
        memcpy(bytes + at, middle, sizeof(middle));
        at += sizeof(middle);
        const size_t lengths[] = {list + 6, 16, list + 2, list};
        for (size_t i = 0; i < TT_ARRAY_LEN(lengths); i++) {
            bytes[at++] = (uint8_t)(lengths[i] >> 8);
            bytes[at++] = (uint8_t)lengths[i];
        }
        for (size_t i = 0; i < count; i++) {
            bytes[at++] = EACH;
            memset(bytes + at, 'p', EACH);
            at += EACH;
        }
        bytes[3] = (uint8_t)((at - 5) >> 8);
        bytes[4] = (uint8_t)(at - 5);
        bytes[7] = (uint8_t)((at - 9) >> 8);
        bytes[8] = (uint8_t)(at - 9);
        struct ear ear;
        uint64_t next[2] = {0};
        begin(&ear, "");
        ear.flow[0].transport = TT_TRANSPORT_TCP;
        send_stream(&ear, next, TT_FROM_INITIATOR, tt_span_of(bytes, at));
        end_flow(&ear, 0);
        end_flow(&ear, 1);
        assert_int_equal(ear.alpn_names, count < FIT ? count : FIT);
        assert_int_equal(ear.alpn_len, ear.alpn_names * (EACH + 1) - 1);
        discard(&ear);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_many_protocols),
        cmocka_unit_test(test_http3),
        cmocka_unit_test(test_server_first),
        cmocka_unit_test(test_server_alone),
        cmocka_unit_test(test_migration),
        cmocka_unit_test(test_moved),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_late_in_vain),
        cmocka_unit_test(test_other_streams),
        cmocka_unit_test(test_many_streams),
        cmocka_unit_test(test_without_keys),
        cmocka_unit_test(test_unknown_version),
        cmocka_unit_test(test_dtls),
        cmocka_unit_test(test_agreed),
        cmocka_unit_test(test_not_agreed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
