#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/frame.h"
#include "model/limits.h"
#include "run/channel.h"
#include "run/flows.h"

/* Messages of a flow, "PROTOCOL KIND HOST" a line, "-" for no host, and its protocol at the end. */
struct listing {
    struct tt_keys *keys;
    struct tt_flows *flows;
    struct tt_flows_sink sink;
    struct tt_flow flow;
    struct tt_buf out;
    uint64_t next[2];
    size_t nested; /* notes "run.nesting" */
    size_t probed; /* notes "run.probe_chunks" */
};

static void on_message(void *context, const struct tt_msg *msg, const struct tt_seal *seal)
{
    struct listing *listing = context;
    assert_string_equal(seal->encryption, "none");
    assert_int_equal(tt_buf_printf(&listing->out, "%s %s %s\n", msg->protocol, msg->kind,
                                   msg->host == NULL ? "-" : msg->host),
                     TT_OK);
}

static void on_flow(void *context, const struct tt_flow *flow, const char *protocol)
{
    struct listing *listing = context;
    (void)flow;
    assert_int_equal(tt_buf_printf(&listing->out, "%s\n", protocol), TT_OK);
}

static void on_note(void *context, const struct tt_note *note)
{
    struct listing *listing = context;
    listing->nested += strcmp(note->code, "run.nesting") == 0;
    listing->probed += strcmp(note->code, "run.probe_chunks") == 0;
}

static void begin(struct listing *listing, bool initiator_known)
{
    *listing = (struct listing){.out = tt_buf_make(65536),
                                .flow = {.id = 1,
                                         .transport = TT_TRANSPORT_TCP,
                                         .initiator_known = initiator_known,
                                         .ends = {{.port = 40000}, {.port = 80}}}};
    listing->sink = (struct tt_flows_sink){.context = listing,
                                           .message = on_message,
                                           .flow = on_flow,
                                           .notes = {.context = listing, .note = on_note}};
    assert_int_equal(tt_keys_new(&listing->keys), TT_OK);
    assert_int_equal(tt_flows_new(NULL, listing->keys, &listing->sink, &listing->flows), TT_OK);
    tt_flows_open(listing->flows, &listing->flow);
}

static void send(struct listing *listing, enum tt_direction direction, uint64_t gap,
                 const char *text)
{
    listing->next[direction] += gap;
    struct tt_chunk chunk = {.flow = &listing->flow,
                             .direction = direction,
                             .offset = listing->next[direction],
                             .gap = gap,
                             .bytes = tt_span_str(text),
                             .first_frame = 1,
                             .last_frame = 1};
    listing->next[direction] += chunk.bytes.len;
    tt_flows_chunk(listing->flows, &chunk);
}

static void expect_end(struct listing *listing, const char *expected)
{
    tt_flows_close(listing->flows, &listing->flow);
    assert_int_equal(tt_buf_append_u8(&listing->out, 0), TT_OK);
    assert_string_equal((const char *)listing->out.data, expected);
    assert_int_equal(tt_flows_failure(listing->flows), TT_OK);
    tt_flows_free(listing->flows);
    tt_keys_free(listing->keys);
    tt_buf_free(&listing->out);
}

static const char tail[] =
    "the end of a body that was longer than what a protocol is told by, and some";
static const char request[] = "GET /a HTTP/1.1\r\nHost: api.example\r\n\r\n";

/* A capture that begins inside a connection. */
static void test_begins_inside(void **state)
{
    (void)state;
    struct listing listing;
    begin(&listing, false);
    send(&listing, TT_FROM_INITIATOR, 0, tail);
    send(&listing, TT_FROM_RESPONDER, 0, tail);
    send(&listing, TT_FROM_INITIATOR, 0, request);
    send(&listing, TT_FROM_RESPONDER, 0, "HTTP/1.1 204 No Content\r\n\r\n");
    expect_end(&listing, "http request api.example\nhttp response api.example\nhttp\n");
}

static void test_begins_behind_a_loss(void **state)
{
    (void)state;
    struct listing listing;
    begin(&listing, true);
    send(&listing, TT_FROM_INITIATOR, 0, tail);
    send(&listing, TT_FROM_INITIATOR, 500, request);
    expect_end(&listing, "http request api.example\nhttp\n");
}

/* Where the start was seen and is none of ours, a line like one of HTTP does not change that. */
/* What follows is read as a WebSocket, whatever it looks like, and goes to the same host. */
static void test_websocket(void **state)
{
    (void)state;
    struct listing listing;
    begin(&listing, true);
    send(&listing, TT_FROM_INITIATOR, 0,
         "GET /live HTTP/1.1\r\nHost: live.example\r\nUpgrade: websocket\r\n\r\n");
    send(&listing, TT_FROM_RESPONDER, 0,
         "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\2hi");
    send(&listing, TT_FROM_INITIATOR, 0,
         "\x81\x84"
         "abcd\x26\x27\x37\x44");
    send(&listing, TT_FROM_RESPONDER, 0, "\x82\3GET\x8a\1p");
    expect_end(&listing, "http request live.example\n"
                         "http response live.example\n"
                         "websocket text live.example\n"
                         "websocket text live.example\n"
                         "websocket binary live.example\n"
                         "websocket pong live.example\n"
                         "websocket\n");
}

static void test_another_protocol_stays(void **state)
{
    (void)state;
    struct listing listing;
    begin(&listing, true);
    send(&listing, TT_FROM_INITIATOR, 0, tail);
    send(&listing, TT_FROM_INITIATOR, 0, request);
    expect_end(&listing, "tcp\n");
}

static void send_bytes(struct listing *listing, enum tt_direction direction, const void *bytes,
                       size_t len)
{
    const struct tt_chunk chunk = {.flow = &listing->flow,
                                   .direction = direction,
                                   .offset = listing->next[direction],
                                   .bytes = tt_span_of(bytes, len),
                                   .first_frame = 2,
                                   .last_frame = 2};
    listing->next[direction] += len;
    tt_flows_chunk(listing->flows, &chunk);
}

static void on_whole_message(void *context, const struct tt_msg *msg, const struct tt_seal *seal)
{
    struct listing *listing = context;
    (void)seal;
    assert_int_equal(tt_buf_printf(&listing->out, "%s %s %s %d %llu %llu\n", msg->kind, msg->method,
                                   msg->url, msg->status, (unsigned long long)msg->request_frame,
                                   (unsigned long long)msg->body_bytes),
                     TT_OK);
}

/* RFC 7540, section 3.2: the response to a request over HTTP/1 comes on stream 1 of HTTP/2. */
static void test_h2c(void **state)
{
    (void)state;
    static const char asks[] =
        "GET /a HTTP/1.1\r\nHost: api.example\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    static const char agrees[] =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    static const uint8_t answers[] = {0, 0, 0, 4, 0, 0, 0, 0, 0,             /* SETTINGS */
                                      0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88,       /* :status 200 */
                                      0, 0, 2, 0, 1, 0, 0, 0, 1, 'h',  'i'}; /* DATA */
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    static const uint8_t settings[] = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    for (size_t cut = 0; cut < sizeof(answers); cut++) {
        struct listing listing;
        begin(&listing, true);
        listing.sink.message = on_whole_message;
        send(&listing, TT_FROM_INITIATOR, 0, asks);
        send(&listing, TT_FROM_RESPONDER, 0, agrees);
        send_bytes(&listing, TT_FROM_RESPONDER, answers, cut);
        send(&listing, TT_FROM_INITIATOR, 0, preface);
        send_bytes(&listing, TT_FROM_INITIATOR, settings, sizeof(settings));
        send_bytes(&listing, TT_FROM_RESPONDER, answers + cut, sizeof(answers) - cut);
        expect_end(&listing, "request GET http://api.example/a 0 0 0\n"
                             "response GET http://api.example/a 101 0 0\n"
                             "response GET http://api.example/a 200 1 2\n"
                             "http2\n");
    }
}

struct accounts {
    uint64_t bytes[TT_BUCKET_COUNT];
    uint64_t data;
    uint32_t capture; /* of the last one */
};

static void on_account(void *context, const struct tt_account *account)
{
    struct accounts *accounts = context;
    assert_ptr_not_equal(account->flow, NULL);
    accounts->bytes[account->bucket] += account->bytes;
    accounts->capture = account->capture;
}

static void on_data(void *context, const struct tt_data_run *run)
{
    struct accounts *accounts = context;
    accounts->data += run->bytes;
}

static void on_flow_over(void *context, const struct tt_flow *flow, const char *protocol)
{
    (void)context;
    (void)flow;
    assert_string_equal(protocol, "esp");
}

/* Ciphertext is listed and counted, each datagram once, and no protocol is looked for in it. */
static void test_ciphertext(void **state)
{
    (void)state;
    struct accounts accounts = {.data = 0};
    struct tt_flow flow = {.id = 1, .transport = TT_TRANSPORT_IP, .kind = 50};
    struct tt_flows_sink sink = {
        .context = &accounts, .account = on_account, .data = on_data, .flow = on_flow_over};
    struct tt_keys *keys = NULL;
    struct tt_flows *flows = NULL;
    assert_int_equal(tt_keys_new(&keys), TT_OK);
    assert_int_equal(tt_flows_new(NULL, keys, &sink, &flows), TT_OK);
    tt_flows_open(flows, &flow);
    struct tt_chunk chunk = {.flow = &flow,
                             .flags = TT_CHUNK_DATAGRAM | TT_CHUNK_ENCRYPTED,
                             .bytes = tt_span_str(request),
                             .first_frame = tt_frame_id(3, 1),
                             .last_frame = tt_frame_id(3, 1)};
    tt_flows_chunk(flows, &chunk);
    assert_int_equal(accounts.bytes[TT_BUCKET_ENCRYPTED], strlen(request));
    assert_int_equal(accounts.capture, 3);
    flow.transport = TT_TRANSPORT_LINK; /* 802.11 */
    tt_flows_chunk(flows, &chunk);
    assert_int_equal(accounts.bytes[TT_BUCKET_ENCRYPTED], 2 * strlen(request));
    assert_int_equal(accounts.bytes[TT_BUCKET_NOT_IP], 0);
    assert_int_equal(accounts.data, 2 * strlen(request));
    flow.transport = TT_TRANSPORT_IP;
    tt_flows_close(flows, &flow);
    tt_flows_free(flows);
    tt_keys_free(keys);
}

/* The last one that the limit allows is read; one more is not, and a note says so. */
static void test_nesting(void **state)
{
    (void)state;
    for (size_t count = TT_PROBES_MAX - 1; count <= TT_PROBES_MAX; count++) {
        struct listing listing;
        begin(&listing, true);
        for (size_t i = 0; i < count; i++) {
            send(&listing, TT_FROM_INITIATOR, 0,
                 "CONNECT a.example:80 HTTP/1.1\r\nHost: a.example\r\n\r\n");
            send(&listing, TT_FROM_RESPONDER, 0, "HTTP/1.1 200 OK\r\n\r\n");
        }
        send(&listing, TT_FROM_INITIATOR, 0, request);
        tt_flows_close(listing.flows, &listing.flow);
        assert_int_equal(tt_buf_append_u8(&listing.out, 0), TT_OK);
        bool found = strstr((const char *)listing.out.data, "api.example") != NULL;
        assert_int_equal(found, count < TT_PROBES_MAX);
        assert_int_equal(listing.nested, count == TT_PROBES_MAX);
        tt_buf_free(&listing.out);
        tt_flows_free(listing.flows);
        tt_keys_free(listing.keys);
    }
}

/* Greetings in single bytes, of both sides: up to the cap they wait, one more is told. What
 * the other side says is recognised all the same. */
static void test_probe_chunks(void **state)
{
    (void)state;
    for (size_t count = TT_PROBE_CHUNKS_MAX; count <= TT_PROBE_CHUNKS_MAX + 1; count++) {
        struct listing listing;
        char greeting[TT_PROBE_CHUNKS_MAX];
        memset(greeting, 'a', sizeof(greeting));
        memcpy(greeting, "220 ", 4);
        begin(&listing, true);
        for (size_t i = 0; i < count; i++)
            send_bytes(&listing, (enum tt_direction)(i % 2), &greeting[i / 2], 1);
        assert_int_equal(listing.probed, count > TT_PROBE_CHUNKS_MAX);
        send(&listing, TT_FROM_RESPONDER, 0, "FTP\r\n");
        expect_end(&listing, "ftp reply -\nftp\n");
    }
}

/* Channels inside channels: beyond the limit nothing is recognised. */
static void test_channel_depth(void **state)
{
    (void)state;
    struct listing listing;
    begin(&listing, true);
    struct channel *channel = tt_channel_new(listing.flows, &listing.flow, NULL);
    assert_non_null(channel);
    struct channel *outermost = channel;
    for (size_t depth = 1; depth <= TT_CHANNELS_DEPTH_MAX + 1; depth++) {
        const struct inner inner = {.parent = channel,
                                    .name = {.protocol = "tcp", .step = "tcp.payload"},
                                    .seal = {.encryption = "none"}};
        channel = tt_channel_new(listing.flows, &listing.flow, &inner);
        assert_non_null(channel);
        assert_int_equal(channel->refused[0], depth > TT_CHANNELS_DEPTH_MAX);
    }
    assert_int_equal(listing.nested, 1);
    while (channel != outermost) {
        struct channel *parent = channel->inner->parent;
        tt_channel_close(channel, NULL);
        channel = parent;
    }
    tt_channel_close(outermost, NULL);
    tt_flows_close(listing.flows, &listing.flow);
    tt_buf_free(&listing.out);
    tt_flows_free(listing.flows);
    tt_keys_free(listing.keys);
}

static struct tt_addr addr_of(const char *text)
{
    struct tt_addr addr;
    assert_true(tt_addr_parse(text, &addr));
    return addr;
}

static struct tt_flow flow_between(const char *from, uint16_t from_port, const char *to,
                                   uint16_t to_port)
{
    return (struct tt_flow){.id = 2,
                            .transport = TT_TRANSPORT_TCP,
                            .initiator_known = true,
                            .ends = {{.addr = addr_of(from), .port = from_port},
                                     {.addr = addr_of(to), .port = to_port}}};
}

/* What a flow between these ends is called, behind a control connection of FTP from 192.0.2.1 to
 * 198.51.100.1 that said `reply`. */
static void expect_data(const char *reply, struct tt_flow data, const char *text,
                        const char *expected)
{
    struct listing listing;
    begin(&listing, true);
    listing.sink.message = NULL;
    listing.flow = flow_between("192.0.2.1", 40000, "198.51.100.1", 21);
    tt_flows_open(listing.flows, &listing.flow);
    send(&listing, TT_FROM_RESPONDER, 0, "220 FTP\r\n");
    send(&listing, TT_FROM_INITIATOR, 0, "PASV\r\n");
    send(&listing, TT_FROM_RESPONDER, 0, reply);
    const struct tt_chunk chunk = {
        .flow = &data, .bytes = tt_span_str(text), .first_frame = 1, .last_frame = 1};
    tt_flows_open(listing.flows, &data);
    tt_flows_chunk(listing.flows, &chunk);
    tt_flows_close(listing.flows, &data);
    expect_end(&listing, expected);
}

/* A connection that FTP announced is named after it, and read as any other. */
static void test_ftp_data(void **state)
{
    (void)state;
    static const char server[] = "227 on (198,51,100,1,156,65)\r\n";
    static const char other[] = "227 on (10,0,0,9,156,65)\r\n"; /* inside of a translator */
    const struct tt_flow data = flow_between("192.0.2.1", 40002, "198.51.100.1", 40001);
    expect_data(server, data, tail, "ftp-data\nftp\n");
    expect_data("229 on (|||40001|)\r\n", data, tail, "ftp-data\nftp\n");
    expect_data(other, data, tail, "ftp-data\nftp\n");
    expect_data(other, flow_between("192.0.2.1", 40002, "10.0.0.9", 40001), tail,
                "ftp-data\nftp\n");
    expect_data(server, data, request, "http\nftp\n");
    /* Others. */
    expect_data(server, flow_between("192.0.2.2", 40002, "198.51.100.1", 40001), tail,
                "tcp\nftp\n");
    expect_data(server, flow_between("192.0.2.1", 40001, "198.51.100.1", 40002), tail,
                "tcp\nftp\n");
    struct tt_flow late = data;
    late.first_time = (uint64_t)(TT_FLOW_IDLE_SECONDS + 1) * 1000000000U;
    expect_data(server, late, tail, "tcp\nftp\n");
    /* Whose opening was not seen, either way round. */
    struct tt_flow turned = flow_between("198.51.100.1", 40001, "192.0.2.1", 40002);
    expect_data(server, turned, tail, "tcp\nftp\n");
    turned.initiator_known = false;
    expect_data(server, turned, tail, "ftp-data\nftp\n");
}

/* Beyond the cap the oldest one gives way, and that is told. */
static void test_announced_limit(void **state)
{
    (void)state;
    struct tt_announced_list *all = calloc(1, sizeof(*all));
    assert_non_null(all);
    const struct tt_flow control = flow_between("192.0.2.1", 40000, "198.51.100.1", 21);
    struct tt_proto_announced one = {
        .addr = control.ends[1].addr, .protocol = "ftp-data", .step = "ftp-data.payload"};
    for (size_t i = 0; i <= TT_ANNOUNCED_MAX; i++) {
        one.port = (uint16_t)(1000 + i);
        assert_int_equal(tt_announced_add(all, &control, TT_FROM_RESPONDER, &one),
                         i < TT_ANNOUNCED_MAX);
    }
    const char *protocol = NULL;
    const char *step = NULL;
    struct tt_flow data = flow_between("192.0.2.1", 40000, "198.51.100.1", 1000);
    assert_false(tt_announced_take(all, &data, &protocol, &step));
    data.ends[1].port = 1001;
    assert_true(tt_announced_take(all, &data, &protocol, &step));
    assert_string_equal(step, "ftp-data.payload");
    assert_false(tt_announced_take(all, &data, &protocol, &step)); /* once */
    one.port = 5000;                                               /* in its place */
    assert_true(tt_announced_add(all, &control, TT_FROM_RESPONDER, &one));
    assert_false(tt_announced_add(all, &control, TT_FROM_RESPONDER, &one));
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begins_inside), cmocka_unit_test(test_begins_behind_a_loss),
        cmocka_unit_test(test_websocket),     cmocka_unit_test(test_another_protocol_stays),
        cmocka_unit_test(test_h2c),           cmocka_unit_test(test_ciphertext),
        cmocka_unit_test(test_ftp_data),      cmocka_unit_test(test_announced_limit),
        cmocka_unit_test(test_probe_chunks),  cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_channel_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
