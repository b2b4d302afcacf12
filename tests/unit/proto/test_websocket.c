/* WebSocket: frames, masks, fragments, control frames, permessage-deflate, channels, losses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#include "model/limits.h"
#include "proto/extent.h"
#include "proto/list.h"
#include "proto/websocket.h"
#include "recorder.h"

#define MESSAGE(kind, bytes)                                                                       \
    " message websocket " kind " method=- host=- url=- name=- type=- status=0 bytes=" bytes
#define BODY(step, at, framing)                                                                    \
    " websocket." step " @" at " type=- codings=- boundary=- framing=" framing " host=- "

enum { FIN = 0x80, RSV1 = 0x40 };

/* A frame; masked when `mask` is not NULL. */
static void write_frame(struct tt_buf *out, unsigned first, const char *mask,
                        struct tt_span payload)
{
    unsigned masked = mask != NULL ? 0x80 : 0;
    rec_check(tt_buf_append_u8(out, (uint8_t)first));
    if (payload.len < 126) {
        rec_check(tt_buf_append_u8(out, (uint8_t)(masked | payload.len)));
    } else {
        size_t bytes = payload.len < 65536 ? 2 : 8;
        rec_check(tt_buf_append_u8(out, (uint8_t)(masked | (bytes == 2 ? 126U : 127U))));
        for (size_t i = bytes; i > 0; i--)
            rec_check(tt_buf_append_u8(out, (uint8_t)((uint64_t)payload.len >> 8 * (i - 1))));
    }
    if (mask != NULL)
        rec_check(tt_buf_append(out, tt_span_of(mask, 4)));
    for (size_t i = 0; i < payload.len; i++)
        rec_check(tt_buf_append_u8(
            out, (uint8_t)(payload.data[i] ^ (mask != NULL ? (uint8_t)mask[i % 4] : 0))));
}

static void write_text(struct tt_buf *out, unsigned first, const char *mask, const char *text)
{
    write_frame(out, first, mask, tt_span_str(text));
}

static struct turn turn_of(enum tt_direction direction, const struct tt_buf *bytes)
{
    return (struct turn){.direction = direction, .bytes = tt_buf_span(bytes)};
}

static const struct tt_proto_handshake mqtt_handshake = {.subprotocol = "mqtt"};

/* As play(), with a handshake. */
static struct recorder *play_agreed(const struct turn *turns, size_t count,
                                    const struct tt_proto_handshake *handshake, struct cut cut)
{
    struct recorder *rec = rec_new();
    rec->sink.handshake = handshake;
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 80);
    struct player player = {.proto = &tt_proto_websocket, .rec = rec, .flow = &flow, .frame = 1};
    player.state = tt_proto_websocket.open(&flow, &rec->sink);
    size_t begin = 0;
    for (size_t i = 0; i < count; i++) {
        play_turn(&player, &turns[i], begin, &cut);
        begin += turns[i].bytes.len;
    }
    tt_proto_websocket.close(player.state);
    rec_end_raw(rec, TT_FROM_INITIATOR);
    rec_end_raw(rec, TT_FROM_RESPONDER);
    assert_int_equal(rec->open_bodies, 0);
    assert_int_equal(rec->open_channels, 0);
    assert_int_equal(rec->out[0], rec->fed[0]);
    return rec;
}

/* ---- messages ---- */

static void test_messages(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 20);
    struct tt_buf server = tt_buf_make(1U << 20);
    write_text(&client, FIN | 1, "\x12\x34\x56\x78", "{\"k\":1}");
    write_text(&client, 1, "abcd", "first, ");
    write_text(&client, FIN | 9, "efgh", "ping");
    write_text(&client, 0, "ijkl", "second, ");
    write_text(&client, FIN | 0, "mnop", "third");
    write_text(&client, FIN | 8, "qrst",
               "\3\xe8"
               "bye");
    write_text(&server, FIN | 2, NULL, "binary");
    write_text(&server, FIN | 10, NULL, "ping");
    write_text(&server, FIN | 1, NULL, "");
    const struct turn turns[] = {turn_of(TT_FROM_INITIATOR, &client),
                                 turn_of(TT_FROM_RESPONDER, &server)};
    play_cuts(
        &tt_proto_websocket, 80, turns, COUNT(turns),
        "0" BODY(
            "payload", "0",
            "websocket") "complete end=13 \"{\\x22k\\x22:1}\"\n"
                         "0" MESSAGE("text", "7 whole\n") "0" BODY(
                             "control", "26",
                             "websocket") "complete end=36 \"ping\"\n"
                                          "0" MESSAGE("ping", "4 whole\n") "0" BODY(
                                              "payload", "13",
                                              "websocket") "complete end=61 \"first, second, "
                                                           "third\"\n"
                                                           "0" MESSAGE("text", "20 whole\n") "0" BODY(
                                                               "control", "61",
                                                               "websocket") "complete end=72 "
                                                                            "\"\\x03\\xe8bye\"\n"
                                                                            "0" MESSAGE(
                                                                                "close",
                                                                                "5"
                                                                                " "
                                                                                "w"
                                                                                "h"
                                                                                "o"
                                                                                "l"
                                                                                "e"
                                                                                "\n") "1" BODY("pay"
                                                                                               "loa"
                                                                                               "d",
                                                                                               "0",
                                                                                               "web"
                                                                                               "soc"
                                                                                               "ke"
                                                                                               "t") "compl"
                                                                                                    "ete "
                                                                                                    "end="
                                                                                                    "8 "
                                                                                                    "\"bin"
                                                                                                    "ary\""
                                                                                                    "\n"
                                                                                                    "1" MESSAGE("binary", "6 whole\n") "1" BODY(
                                                                                                        "c"
                                                                                                        "o"
                                                                                                        "n"
                                                                                                        "t"
                                                                                                        "r"
                                                                                                        "o"
                                                                                                        "l",
                                                                                                        "8",
                                                                                                        "w"
                                                                                                        "e"
                                                                                                        "b"
                                                                                                        "s"
                                                                                                        "o"
                                                                                                        "c"
                                                                                                        "k"
                                                                                                        "e"
                                                                                                        "t") "complete end=14 \"ping\"\n"
                                                                                                             "1" MESSAGE("pong", "4 whole\n") "1" MESSAGE(
                                                                                                                 "text",
                                                                                                                 "0 whole\n"));
    tt_buf_free(&client);
    tt_buf_free(&server);
}

/* Lengths of 16 and of 64 bits. */
static void test_lengths(void **state)
{
    (void)state;
    static const size_t lengths[] = {125, 126, 65535, 65536, 70000};
    char *text = malloc(70001);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        memset(text, 'x', lengths[i]);
        text[lengths[i]] = '\0';
        struct tt_buf client = tt_buf_make(1U << 20);
        write_text(&client, FIN | 1, "\1\2\3\4", text);
        const struct turn turn = turn_of(TT_FROM_INITIATOR, &client);
        for (size_t every = 0; every < 3000; every += 1460) {
            struct recorder *rec =
                play(&tt_proto_websocket, 80, &turn, 1, (struct cut){.every = every});
            assert_true(rec_has(rec, text));
            assert_true(rec_has(rec, " whole\n"));
            assert_int_equal(rec->note_count, 0);
            rec_free(rec);
        }
        tt_buf_free(&client);
    }
    free(text);
}

static void test_handshake_said(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 20);
    write_text(&client, FIN | 1, "abcd", "hello");
    const struct turn turn = turn_of(TT_FROM_INITIATOR, &client);
    const struct tt_proto_handshake handshake = {.host = "live.example",
                                                 .url = "http://live.example/"};
    struct recorder *rec = play_agreed(&turn, 1, &handshake, (struct cut){0});
    assert_true(rec_has(rec, "host=live.example url=http://live.example/ name=-"));
    rec_free(rec);
    tt_buf_free(&client);
    assert_string_equal(tt_websocket_subprotocol(tt_span_str("mqtt")), "mqtt");
    assert_string_equal(tt_websocket_subprotocol(tt_span_str("MQTTv3.1")), "mqtt");
    assert_null(tt_websocket_subprotocol(tt_span_str("xmpp")));
    assert_null(tt_websocket_subprotocol(tt_span_str("")));
}

/* ---- permessage-deflate ---- */

/* As a sender does it: RFC 7692, section 7.2.1. */
static struct tt_buf deflated(z_stream *z, const char *text)
{
    struct tt_buf out = tt_buf_make(1U << 26);
    size_t len = strlen(text);
    rec_check(tt_buf_reserve(&out, len + 1000));
    union {
        const char *in;
        Bytef *out;
    } plain = {.in = text};
    z->next_in = plain.out;
    z->avail_in = (uInt)len;
    z->next_out = out.data;
    z->avail_out = (uInt)(len + 1000);
    assert_int_equal(deflate(z, Z_SYNC_FLUSH), Z_OK);
    out.len = len + 1000 - z->avail_out - 4;
    return out;
}

static void write_deflated(struct tt_buf *out, z_stream *z, const char *text, size_t fragment)
{
    struct tt_buf packed = deflated(z, text);
    struct tt_span rest = tt_buf_span(&packed);
    unsigned opcode = RSV1 | 1;
    while (rest.len > fragment) {
        write_frame(out, opcode, "abcd", tt_span_sub(rest, 0, fragment));
        rest = tt_span_from(rest, fragment);
        opcode = 0;
    }
    write_frame(out, FIN | opcode, "abcd", rest);
    tt_buf_free(&packed);
}

static const char long_text[] = "a text which is said once, and then another time, so that it is "
                                "worth while to refer to it";

/* Context kept, and context dropped: the sender decides, nothing tells. */
static void test_deflate(void **state)
{
    (void)state;
    for (unsigned keeps = 0; keeps <= 1; keeps++) {
        struct tt_buf client = tt_buf_make(1U << 20);
        z_stream z = {0};
        assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
        write_deflated(&client, &z, long_text, 1000);
        if (keeps == 0)
            assert_int_equal(deflateReset(&z), Z_OK);
        write_deflated(&client, &z, long_text, 7);
        write_text(&client, FIN | 1, "abcd", "plain between them");
        write_frame(&client, FIN | RSV1 | 1, "abcd", tt_span_of("", 1)); /* no bytes */
        write_deflated(&client, &z, long_text, 1000);
        const struct turn turn = turn_of(TT_FROM_INITIATOR, &client);
        struct recorder *rec = play(&tt_proto_websocket, 80, &turn, 1, (struct cut){0});
        assert_int_equal(rec_count(rec, long_text), 3);
        assert_int_equal(rec_count(rec, " coding type=- codings=- boundary=- "
                                        "framing=permessage-deflate host=- complete "),
                         3);
        assert_true(rec_has(rec, "\"plain between them\"\n"));
        assert_int_equal(rec_count(rec, "whole\n"), 5);
        assert_int_equal(rec->note_count, 0);
        play_cuts(&tt_proto_websocket, 80, &turn, 1, rec_log(rec));
        rec_free(rec);
        (void)deflateEnd(&z);
        tt_buf_free(&client);
    }
}

/* RFC 7692, section 7.2.3: the examples. The second one ends its stream. */
static void test_deflate_examples(void **state)
{
    (void)state;
    static const char *const examples[] = {
        "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00",
        "\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00",
        "\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",
        "\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
    };
    static const size_t lengths[] = {9, 10, 13, 15};
    struct tt_buf all = tt_buf_make(1U << 16);
    for (size_t i = 0; i < COUNT(examples); i++)
        rec_check(tt_buf_append(&all, tt_span_of(examples[i], lengths[i])));
    /* With context takeover: refers to the one before. */
    rec_check(tt_buf_append(&all, tt_span_of("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", 9)));
    rec_check(tt_buf_append(&all, tt_span_of("\xc1\x05\xf2\x00\x11\x00\x00", 7)));
    const struct turn turn = turn_of(TT_FROM_RESPONDER, &all);
    struct recorder *rec = play(&tt_proto_websocket, 80, &turn, 1, (struct cut){0});
    assert_int_equal(rec_count(rec, "\"Hello\"\n"), 6);
    assert_int_equal(rec->note_count, 0);
    play_cuts(&tt_proto_websocket, 80, &turn, 1, rec_log(rec));
    rec_free(rec);
    tt_buf_free(&all);
}

/* A message is missing: what refers to it is not guessed; what begins anew is read. */
static void test_deflate_gap(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 20);
    struct tt_buf rest = tt_buf_make(1U << 20);
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    write_deflated(&client, &z, long_text, 1000);
    size_t first = client.len;
    write_deflated(&rest, &z, long_text, 1000);
    assert_int_equal(deflateReset(&z), Z_OK);
    write_deflated(&rest, &z, long_text, 1000);
    const struct turn turns[] = {turn_of(TT_FROM_INITIATOR, &client),
                                 turn_of(TT_FROM_INITIATOR, &rest)};
    for (size_t at = 0; at < first; at++) {
        struct recorder *rec = play(&tt_proto_websocket, 80, turns, 2,
                                    (struct cut){.gap_at = at, .gap_len = first - at});
        assert_true(rec_noted(rec, "websocket.gap"));
        assert_true(rec_noted(rec, "websocket.inflate"));
        assert_int_equal(rec_count(rec, " complete end="), 1);
        rec_free(rec);
    }
    (void)deflateEnd(&z);
    tt_buf_free(&client);
    tt_buf_free(&rest);
}

static void test_deflate_limit(void **state)
{
    (void)state;
    size_t len = TT_WEBSOCKET_FREE_BYTES + ((size_t)8 << 20);
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, 'z', len);
    text[len] = '\0';
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    struct tt_buf packed = deflated(&z, text);
    struct tt_websocket_inflate *inflate = tt_websocket_inflate_new(NULL);
    assert_non_null(inflate);
    struct tt_span in = tt_buf_span(&packed);
    struct tt_span out = {0};
    uint64_t sum = 0;
    enum tt_inflated status = TT_INFLATED_MORE;
    while (status == TT_INFLATED_MORE) {
        status = tt_websocket_inflate_feed(inflate, &in, &out);
        sum += out.len;
    }
    assert_int_equal(status, TT_INFLATED_LIMIT);
    assert_true(sum > TT_WEBSOCKET_FREE_BYTES);
    assert_true(sum < len);
    tt_websocket_inflate_free(inflate);
    /* No room in the pool. */
    struct tt_proto_pool pool = {.max = 1000};
    assert_null(tt_websocket_inflate_new(&pool));
    assert_int_equal(pool.used, 0);
    (void)deflateEnd(&z);
    tt_buf_free(&packed);
    free(text);
}

/* ---- channels ---- */

static void test_channel(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 20);
    struct tt_buf server = tt_buf_make(1U << 20);
    write_text(&client, FIN | 2, "abcd", "one packet cut ");
    write_text(&client, FIN | 9, "abcd", "ping");
    write_text(&client, FIN | 2, "abcd", "over messages");
    write_text(&server, FIN | 2, NULL, "answer");
    const struct turn turns[] = {turn_of(TT_FROM_INITIATOR, &client),
                                 turn_of(TT_FROM_RESPONDER, &server)};
    for (size_t every = 0; every < 6; every++) {
        struct recorder *rec = play_agreed(turns, 2, &mqtt_handshake, (struct cut){.every = every});
        assert_true(rec_has(rec, "channel websocket websocket.payload 0 \"one packet cut over "
                                 "messages\" 1 \"answer\"\n"));
        assert_int_equal(rec_count(rec, "0" MESSAGE("binary", "")), 2);
        rec_free(rec);
    }
    /* The bytes that are missing are told. */
    struct recorder *rec =
        play_agreed(turns, 2, &mqtt_handshake, (struct cut){.gap_at = 8, .gap_len = 3});
    assert_true(rec_has(rec, "0 \"on###acket cut over messages\" 1 "));
    rec_free(rec);
    tt_buf_free(&client);
    tt_buf_free(&server);
}

/* ---- damage ---- */

static void test_gaps(void **state)
{
    (void)state;
    struct tt_buf client = tt_buf_make(1U << 20);
    struct tt_buf last = tt_buf_make(1U << 20);
    write_text(&client, FIN | 1, "abcd", "a first message of some length, so that gaps fit in");
    write_text(&client, 1, "abcd", "a second ");
    write_text(&client, FIN | 0, "efgh", "in two parts");
    write_text(&last, FIN | 1, "abcd", "the last");
    const struct turn turns[] = {turn_of(TT_FROM_INITIATOR, &client),
                                 turn_of(TT_FROM_INITIATOR, &last)};
    for (size_t at = 0; at < client.len; at++) {
        for (size_t len = 1; at + len <= client.len; len = len * 2 + 1) {
            struct recorder *rec =
                play(&tt_proto_websocket, 80, turns, 2, (struct cut){.gap_at = at, .gap_len = len});
            assert_true(rec_noted(rec, "websocket.gap"));
            assert_true(rec_has(rec, "complete end=94 \"the last\"\n") ||
                        rec_has(rec, "\"the last\"\n"));
            rec_free(rec);
            rec_free(play(&tt_proto_websocket, 80, turns, 2,
                          (struct cut){.gap_at = at, .gap_len = len, .every = 1}));
        }
    }
    /* Inside a payload the mask goes on. */
    struct recorder *rec =
        play(&tt_proto_websocket, 80, turns, 2, (struct cut){.gap_at = 11, .gap_len = 6});
    assert_true(rec_has(rec, " cut end=11 \"a fir\"\n") || rec_has(rec, "\"a fir\"\n"));
    assert_true(rec_has(rec, " rest "));
    assert_true(rec_has(rec, "\"sage of some length, so that gaps fit in\"\n"));
    assert_true(rec_has(rec, "\"a second in two parts\"\n"));
    rec_free(rec);
    tt_buf_free(&client);
    tt_buf_free(&last);
}

static void test_malformed(void **state)
{
    (void)state;
    /* Reserved bits and opcodes, a long or a fragmented control frame, compressed continuations. */
    static const char *const heads[] = {"\xa1\2hi",       "\x91\2hi", "\x83\2hi", "\x8b\2hi",
                                        "\x89\x7e\0\x80", "\x09\2hi", "\xc0\2hi", "\xc9\2hi"};
    struct tt_buf good = tt_buf_make(1U << 20);
    write_text(&good, FIN | 1, "abcd", "fine");
    for (size_t i = 0; i < COUNT(heads); i++) {
        const struct turn turns[] = {
            {.direction = TT_FROM_INITIATOR, .bytes = tt_span_of(heads[i], 4)},
            turn_of(TT_FROM_INITIATOR, &good)};
        struct recorder *rec = play(&tt_proto_websocket, 80, turns, 2, (struct cut){0});
        assert_true(rec_noted(rec, "websocket.malformed"));
        assert_true(rec_has(rec, "0 raw @0 "));
        assert_true(rec_has(rec, "\"fine\"\n"));
        rec_free(rec);
        rec_free(play(&tt_proto_websocket, 80, turns, 2, (struct cut){.every = 1}));
    }
    /* A message inside another one; one that goes on without having begun. */
    struct tt_buf odd = tt_buf_make(1U << 20);
    write_text(&odd, 1, NULL, "begun");
    write_text(&odd, FIN | 1, NULL, "inside");
    write_text(&odd, FIN | 0, NULL, "going on");
    const struct turn turn = turn_of(TT_FROM_RESPONDER, &odd);
    struct recorder *rec = play(&tt_proto_websocket, 80, &turn, 1, (struct cut){0});
    assert_true(rec_noted(rec, "websocket.malformed"));
    assert_true(rec_has(rec, "1" MESSAGE("text", "5 cut\n")));
    assert_true(rec_has(rec, "1" MESSAGE("text", "6 whole\n")));
    assert_true(rec_has(rec, "1" MESSAGE("data", "8 cut\n")));
    rec_free(rec);
    tt_buf_free(&odd);
    tt_buf_free(&good);
}

/* Every byte changed, and cut short: each byte still goes out once. */
static void test_damage(void **state)
{
    (void)state;
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    struct tt_buf client = tt_buf_make(1U << 20);
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    write_deflated(&client, &z, long_text, 20);
    write_text(&client, FIN | 9, "abcd", "ping");
    write_deflated(&client, &z, long_text, 1000);
    for (size_t at = 0; at < client.len; at++) {
        uint8_t kept = client.data[at];
        for (size_t i = 0; i < COUNT(values); i++) {
            client.data[at] = values[i];
            const struct turn turn = turn_of(TT_FROM_INITIATOR, &client);
            rec_free(play(&tt_proto_websocket, 80, &turn, 1, (struct cut){0}));
            rec_free(play_agreed(&turn, 1, &mqtt_handshake, (struct cut){0}));
        }
        client.data[at] = kept;
        struct turn cut = turn_of(TT_FROM_INITIATOR, &client);
        cut.bytes.len = at;
        rec_free(play(&tt_proto_websocket, 80, &cut, 1, (struct cut){0}));
    }
    (void)deflateEnd(&z);
    tt_buf_free(&client);
}

/* ---- recognition without a handshake ---- */

static void test_probe(void **state)
{
    (void)state;
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 80);
    struct tt_buf client = tt_buf_make(1U << 20);
    write_text(&client, FIN | 1, "abcd", "{\"k\": \"v\"}");
    struct tt_span all = tt_buf_span(&client);
    assert_int_equal(tt_proto_websocket.probe(&flow, TT_FROM_INITIATOR, all), TT_PROBE_NO);
    flow.initiator_known = false;
    assert_int_equal(tt_proto_websocket.probe(&flow, TT_FROM_INITIATOR, all), TT_PROBE_YES);
    for (size_t len = 0; len < all.len; len++)
        assert_int_equal(
            tt_proto_websocket.probe(&flow, TT_FROM_INITIATOR, tt_span_sub(all, 0, len)),
            TT_PROBE_NO);
    client.data[8] ^= 0x80;
    assert_int_equal(tt_proto_websocket.probe(&flow, TT_FROM_INITIATOR, all), TT_PROBE_NO);
    tt_buf_free(&client);
}

/* HTTP tells of it. */
static void test_upgrade(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("GET /live HTTP/1.1\r\nHost: live.example\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nSec-WebSocket-Protocol: mqtt, other\r\n\r\n"),
        SERVER("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n"
               "Sec-WebSocket-Protocol: mqtt\r\n\r\n\x81\2hi"),
    };
    struct recorder *rec = play(&tt_proto_http1, 80, turns, COUNT(turns), (struct cut){0});
    assert_true(rec_has(rec, "expect websocket subprotocol=mqtt host=live.example "
                             "url=http://live.example/live\n"));
    assert_true(rec_has(rec, "1 probe @"));
    rec_free(rec);
    static const struct turn other[] = {
        CLIENT("GET / HTTP/1.1\r\nHost: live.example\r\nUpgrade: other\r\n\r\n"),
        SERVER("HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\nhi"),
    };
    rec = play(&tt_proto_http1, 80, other, COUNT(other), (struct cut){0});
    assert_false(rec_has(rec, "expect"));
    rec_free(rec);
}

/* A frame whose length is never reached, and a header that is not whole. */
static void test_no_end(void **state)
{
    (void)state;
    static const char frame[] = "\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xffhello";
    static const size_t lens[] = {sizeof(frame) - 1, 5};
    for (size_t i = 0; i < COUNT(lens); i++) {
        const struct turn turn = {.bytes = tt_span_of(frame, lens[i])};
        struct recorder *rec = play_agreed(&turn, 1, NULL, (struct cut){0});
        assert_true(rec_noted(rec, "websocket.cut"));
        assert_int_equal(rec->note_count, 1);
        rec_free(rec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_handshake_said),
        cmocka_unit_test(test_deflate),
        cmocka_unit_test(test_deflate_examples),
        cmocka_unit_test(test_deflate_gap),
        cmocka_unit_test(test_deflate_limit),
        cmocka_unit_test(test_channel),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_upgrade),
        cmocka_unit_test(test_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
