/* Streams, frames, keys and caps of QUIC connections, with packets made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decrypt/keylog.h"
#include "decrypt/quic_frame.h"
#include "model/limits.h"
#include "quic_maker.h"

enum { SECOND = 1000000000, TEXT_MAX = 4096 };

/* A connection, and what was heard of it. */
struct scene {
    struct quic_maker *maker;
    struct tt_keys *keys;
    struct tt_quic_table *table;
    struct tt_quic_sink sink;
    struct tt_flow *flows;
    size_t flow;
    uint64_t numbers[2];
    uint64_t time;
    uint64_t told;
    uint64_t buckets[TT_BUCKET_COUNT];
    uint64_t closed[TT_CLOSED_COUNT];
    char text[TEXT_MAX]; /* what was heard, in order */
    uint64_t stream_bytes;
    uint64_t gaps;
    size_t ends;
    size_t opened;
    size_t over;
    size_t limits; /* notes of caps */
    bool quiet;
};

static void say(struct scene *scene, const char *format, ...) TT_PRINTF(2, 3);

static void say(struct scene *scene, const char *format, ...)
{
    size_t len = strlen(scene->text);
    va_list args;
    va_start(args, format);
    if (!scene->quiet)
        (void)vsnprintf(scene->text + len, sizeof(scene->text) - len, format, args);
    va_end(args);
}

static void *on_open(void *context, struct tt_quic *quic, struct tt_flow *flow)
{
    struct scene *scene = context;
    (void)quic;
    (void)flow;
    scene->opened++;
    return NULL;
}

static void on_close(void *context, void *connection)
{
    struct scene *scene = context;
    (void)connection;
    scene->over++;
}

static void on_stream(void *context, void *connection, const struct tt_quic_data *data)
{
    struct scene *scene = context;
    (void)connection;
    scene->stream_bytes += data->bytes.len;
    scene->gaps += data->gap;
    scene->ends += data->end;
    say(scene, "%c%d@%d%s%.*s%s%s ", data->from_server ? 's' : 'c', (int)data->stream,
        (int)data->at, data->gap > 0 ? "!" : ":", (int)data->bytes.len,
        data->bytes.len > 0 ? (const char *)data->bytes.data : "", data->end ? "." : "",
        data->cut ? "x" : "");
}

static void on_datagram(void *context, void *connection, const struct tt_quic_data *data)
{
    (void)connection;
    say(context, "d:%.*s ", (int)data->bytes.len, (const char *)data->bytes.data);
}

static void on_other(void *context, void *connection, const struct tt_quic_data *data)
{
    (void)connection;
    say(context, "o:%.*s ", (int)data->bytes.len, (const char *)data->bytes.data);
}

static void on_raw(void *context, void *connection, enum tt_direction direction,
                   const struct tt_piece *piece)
{
    struct scene *scene = context;
    (void)connection;
    (void)direction;
    scene->told += piece->bytes.len;
    say(scene, "raw%zu ", piece->bytes.len);
}

static void on_account(void *context, void *connection, enum tt_direction direction,
                       enum tt_bucket bucket, uint64_t bytes)
{
    struct scene *scene = context;
    (void)connection;
    (void)direction;
    scene->told += bytes;
    scene->buckets[bucket] += bytes;
}

static void on_closed(void *context, void *connection, const struct tt_place *place,
                      enum tt_closed reason)
{
    struct scene *scene = context;
    (void)connection;
    (void)place;
    scene->closed[reason]++;
}

static void on_note(void *context, const struct tt_note *note)
{
    struct scene *scene = context;
    if (strstr(note->code, "limit") != NULL)
        scene->limits++;
    say(scene, "[%s] ", note->code);
}

static bool feed(struct scene *scene, enum tt_direction direction, struct tt_span bytes)
{
    scene->time += SECOND / 1000;
    const struct tt_chunk chunk = {.flow = &scene->flows[scene->flow],
                                   .direction = direction,
                                   .flags = TT_CHUNK_DATAGRAM,
                                   .bytes = bytes,
                                   .first_frame = scene->time,
                                   .last_frame = scene->time,
                                   .time = scene->time};
    uint64_t told = scene->told;
    bool taken = tt_quic_feed(scene->table, &chunk);
    assert_int_equal(scene->told - told, taken ? bytes.len : 0);
    return taken;
}

static bool send_bytes(struct scene *scene, enum tt_quic_level level, bool server,
                       struct tt_span frames)
{
    struct tt_span packet =
        quic_make(scene->maker, level, server, scene->numbers[server ? 1 : 0]++, frames);
    assert_true(packet.len > 0);
    return feed(scene, server ? TT_FROM_RESPONDER : TT_FROM_INITIATOR, packet);
}

/* Frames as a text of hexadecimal digits, and letters in quotes. */
static bool send(struct scene *scene, enum tt_quic_level level, bool server, const char *frames)
{
    uint8_t bytes[512];
    size_t len = 0;
    bool quoted = false;
    for (size_t i = 0; frames[i] != '\0'; i++) {
        assert_true(len < sizeof(bytes));
        if (frames[i] == '\'') {
            quoted = !quoted;
        } else if (quoted) {
            bytes[len++] = (uint8_t)frames[i];
        } else if (frames[i] != ' ') {
            bytes[len++] = (uint8_t)(tt_hex_value((uint8_t)frames[i]) << 4 |
                                     tt_hex_value((uint8_t)frames[i + 1]));
            i++;
        }
    }
    return send_bytes(scene, level, server, tt_span_of(bytes, len));
}

static void say_hello(struct scene *scene)
{
    uint8_t hello[64];
    size_t len = quic_maker_hello(hello);
    assert_true(send_bytes(scene, TT_QUIC_INITIAL, false, tt_span_of(hello, len)));
}

static struct scene *scene_new(size_t flows)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    assert_non_null(scene);
    scene->flows = calloc(flows, sizeof(*scene->flows));
    assert_non_null(scene->flows);
    scene->maker = quic_maker_new();
    char keylog[2048];
    quic_maker_keylog(keylog, sizeof(keylog));
    assert_int_equal(tt_keys_new(&scene->keys), TT_OK);
    assert_int_equal(tt_keylog_read(scene->keys, TT_KEY_FROM_KEYLOG, tt_span_str(keylog), NULL),
                     TT_OK);
    scene->sink = (struct tt_quic_sink){.context = scene,
                                        .open = on_open,
                                        .close = on_close,
                                        .stream = on_stream,
                                        .datagram = on_datagram,
                                        .other = on_other,
                                        .raw = on_raw,
                                        .account = on_account,
                                        .closed = on_closed,
                                        .notes = {.context = scene, .note = on_note}};
    assert_int_equal(tt_quic_table_new(scene->keys, &scene->sink, &scene->table), TT_OK);
    return scene;
}

static void scene_free(struct scene *scene)
{
    tt_quic_table_free(scene->table);
    assert_int_equal(scene->opened, scene->over);
    tt_keys_free(scene->keys);
    quic_maker_free(scene->maker);
    free(scene->flows);
    free(scene);
}

/* A client that said hello, and a server that answered. */
static struct scene *begin(void)
{
    struct scene *scene = scene_new(16);
    say_hello(scene);
    assert_true(send(scene, TT_QUIC_HANDSHAKE, true, "01"));
    return scene;
}

static void expect(struct scene *scene, const char *text)
{
    assert_string_equal(scene->text, text);
    scene->text[0] = '\0';
}

/* ---- streams ---- */

static void test_order(void **state)
{
    (void)state;
    struct scene *scene = begin();
    send(scene, TT_QUIC_TRAFFIC, false, "0e 00 05 03 'rld' 0e 00 03 02 'wo'");
    expect(scene, "");
    send(scene, TT_QUIC_TRAFFIC, false, "0a 00 03 'hel' 0e 00 02 04 'loxx'");
    /* Of what overlaps the first copy counts. */
    expect(scene, "c0@0:hel c0@3:wo c0@5:rld ");
    send(scene, TT_QUIC_TRAFFIC, false, "0f 00 08 00");
    expect(scene, "c0@8:. ");
    send(scene, TT_QUIC_TRAFFIC, true, "0b 00 02 'ok'");
    expect(scene, "s0@0:ok. ");
    /* The stream is over: the same again is nothing new. */
    uint64_t before = scene->buckets[TT_BUCKET_DUPLICATE];
    send(scene, TT_QUIC_TRAFFIC, true, "0b 00 02 'ok'");
    expect(scene, "");
    assert_int_equal(scene->buckets[TT_BUCKET_DUPLICATE] - before, 2);
    scene_free(scene);
}

static void test_gap(void **state)
{
    (void)state;
    struct scene *scene = begin();
    send(scene, TT_QUIC_TRAFFIC, false, "0f 00 04 04 'late'");
    scene->time += (uint64_t)(TT_QUIC_GAP_SECONDS - 1) * SECOND;
    send(scene, TT_QUIC_TRAFFIC, false, "01");
    expect(scene, "");
    scene->time += (uint64_t)2 * SECOND;
    send(scene, TT_QUIC_TRAFFIC, false, "01");
    expect(scene, "[quic.gap] c0@4!late. ");
    /* At the end of the connection nothing is waited for; streams of one direction come first. */
    send(scene, TT_QUIC_TRAFFIC, false, "0e 02 04 02 'un' 0e 04 06 02 'bi'");
    tt_quic_flow_end(scene->table, &scene->flows[0]);
    expect(scene, "[quic.gap] c2@4!un [quic.gap] c4@6!bi ");
    assert_int_equal(tt_quic_count(scene->table), 0);
    scene_free(scene);
}

static void test_reset(void **state)
{
    (void)state;
    struct scene *scene = begin();
    send(scene, TT_QUIC_TRAFFIC, false, "0e 00 02 02 'cd'");
    send(scene, TT_QUIC_TRAFFIC, false, "04 00 07 08");
    expect(scene, "[quic.gap] c0@2!cd c0@4:.x ");
    scene_free(scene);
}

/* Streams may begin in any order, but not again. */
static void test_skipped(void **state)
{
    (void)state;
    struct scene *scene = begin();
    send(scene, TT_QUIC_TRAFFIC, false, "0b 0a 01 'c' 0b 02 01 'a' 0b 06 01 'b'");
    expect(scene, "c10@0:c. c2@0:a. c6@0:b. ");
    send(scene, TT_QUIC_TRAFFIC, false, "0b 02 01 'a' 0b 06 01 'b'");
    expect(scene, "");
    /* Of very many that were passed over the first are forgotten: 4 * 63 + 2 = 0xfe. */
    send(scene, TT_QUIC_TRAFFIC, false, "0b 40fe 01 'z'");
    expect(scene, "c254@0:z. ");
    assert_true(TT_QUIC_SKIPPED_MAX < 60);
    send(scene, TT_QUIC_TRAFFIC, false, "0b 0e 01 'd' 0b 40fa 01 'y'");
    expect(scene, "c250@0:y. ");
    scene_free(scene);
}

/* ---- caps ---- */

static void send_stream(struct scene *scene, uint32_t stream, uint32_t at, size_t len)
{
    static uint8_t frame[QUIC_MAKER_ROOM];
    memset(frame, 'x', sizeof(frame));
    frame[0] = 0x0e;
    for (unsigned i = 0; i < 4; i++) {
        frame[1 + i] = (uint8_t)((stream | 0x80000000U) >> (8 * (3 - i)));
        frame[5 + i] = (uint8_t)((at | 0x80000000U) >> (8 * (3 - i)));
        frame[9 + i] = (uint8_t)(((uint32_t)len | 0x80000000U) >> (8 * (3 - i)));
    }
    assert_true(send_bytes(scene, TT_QUIC_TRAFFIC, false, tt_span_of(frame, 13 + len)));
}

static void test_held_caps(void **state)
{
    (void)state;
    struct scene *scene = begin();
    scene->quiet = true;
    enum { PART = 60000 };
    uint32_t at = 1;
    while (at + PART <= TT_QUIC_HELD_STREAM_MAX) {
        send_stream(scene, 0, at, PART);
        at += PART;
    }
    assert_int_equal(scene->stream_bytes, 0);
    send_stream(scene, 0, at, PART);
    assert_int_equal(scene->stream_bytes, at - 1 + PART);
    assert_int_equal(scene->gaps, 1);
    /* Counted in pieces. */
    scene->stream_bytes = 0;
    for (uint32_t i = 0; i < TT_QUIC_PIECES_MAX; i++)
        send_stream(scene, 4, 1 + 2 * i, 1);
    assert_int_equal(scene->stream_bytes, 0);
    send_stream(scene, 4, 1 + 2 * TT_QUIC_PIECES_MAX, 1);
    assert_int_equal(scene->stream_bytes, 1);
    scene_free(scene);
}

static void test_held_all_cap(void **state)
{
    (void)state;
    struct scene *scene = begin();
    scene->quiet = true;
    enum { PART = 65000 };
    uint64_t sent = 0;
    for (uint32_t stream = 0; sent <= TT_QUIC_HELD_MAX; stream += 4) {
        scene->time = SECOND; /* no time passes */
        for (uint32_t i = 0; i < 15; i++)
            send_stream(scene, stream, 1 + i * PART, PART);
        sent += 15 * PART;
    }
    /* The one that waited longest went on. */
    assert_true(scene->stream_bytes > 0 && scene->stream_bytes <= 2 * 15 * PART);
    scene_free(scene);
}

static void test_stream_cap(void **state)
{
    (void)state;
    struct scene *scene = begin();
    scene->quiet = true;
    enum { EACH = 4000 };
    static uint8_t frames[EACH * 7];
    uint64_t id = 0;
    while (scene->ends == 0 && id <= (uint64_t)4 * (TT_QUIC_STREAMS_MAX + EACH)) {
        for (size_t i = 0; i < EACH; i++, id += 4) {
            uint8_t *frame = frames + i * 7;
            frame[0] = 0x0a;
            for (unsigned b = 0; b < 4; b++)
                frame[1 + b] = (uint8_t)((id | 0x80000000U) >> (8 * (3 - b)));
            frame[5] = 1;
            frame[6] = 'x';
        }
        assert_true(send_bytes(scene, TT_QUIC_TRAFFIC, false, tt_span_of(frames, sizeof(frames))));
    }
    assert_true(scene->limits > 0 && scene->ends > 0);
    assert_in_range(scene->stream_bytes, TT_QUIC_STREAMS_MAX, TT_QUIC_STREAMS_MAX + EACH);
    scene_free(scene);
}

static void test_connection_cap(void **state)
{
    (void)state;
    struct scene *scene = scene_new(TT_QUIC_CONNECTIONS_MAX + 1);
    static const uint8_t packet[] = {0xc3, 'Q', '0', '5', '0', 8, 1, 2, 3, 4, 5, 6, 7, 8, 0};
    for (scene->flow = 0; scene->flow < TT_QUIC_CONNECTIONS_MAX; scene->flow++)
        assert_true(feed(scene, TT_FROM_INITIATOR, tt_span_of(packet, sizeof(packet))));
    assert_int_equal(scene->limits, 0);
    assert_true(feed(scene, TT_FROM_INITIATOR, tt_span_of(packet, sizeof(packet))));
    assert_int_equal(scene->limits, 1);
    assert_int_equal(tt_quic_count(scene->table), TT_QUIC_CONNECTIONS_MAX);
    scene_free(scene);
}

static void test_id_cap(void **state)
{
    (void)state;
    struct scene *scene = begin();
    send(scene, TT_QUIC_TRAFFIC, true, "01");
    send(scene, TT_QUIC_TRAFFIC, false, "01");
    char frame[128];
    for (int i = 0; i <= TT_QUIC_CIDS_MAX; i++) {
        (void)snprintf(frame, sizeof(frame),
                       "18 %02x 00 08 77777777777777%02x 000102030405060708090a0b0c0d0e%02x", i, i,
                       i);
        send(scene, TT_QUIC_TRAFFIC, true, frame);
    }
    uint8_t to[QUIC_ID_LEN];
    memset(to, 0x77, sizeof(to));
    scene->maker->to = to;
    scene->flow = 1;
    to[7] = 0; /* the oldest one */
    assert_false(send(scene, TT_QUIC_TRAFFIC, false, "01"));
    to[7] = 5;
    assert_true(send(scene, TT_QUIC_TRAFFIC, false, "01"));
    expect(scene, "[quic.migration] ");
    /* Someone who only knows the ID, not the key. */
    scene->flow = 2;
    to[7] = 6;
    struct tt_span packet = quic_make(scene->maker, TT_QUIC_TRAFFIC, false, 40, tt_span_str("\1"));
    scene->maker->packet[packet.len - 1] ^= 1;
    assert_false(feed(scene, TT_FROM_INITIATOR, packet));
    /* The token of the same ID: a reset. */
    uint8_t reset[40] = {0x5f};
    for (uint8_t i = 0; i < 16; i++)
        reset[24 + i] = i;
    reset[39] = 5;
    scene->flow = 0;
    assert_true(feed(scene, TT_FROM_RESPONDER, tt_span_of(reset, sizeof(reset))));
    expect(scene, "[quic.stateless_reset] ");
    scene_free(scene);
}

static void test_path_cap(void **state)
{
    (void)state;
    struct scene *scene = begin();
    for (size_t i = 0; i < 2 + TT_QUIC_PATHS_MAX; i++) {
        scene->flow = i;
        assert_true(send(scene, TT_QUIC_TRAFFIC, false, "01"));
    }
    /* The first ones are forgotten: their end is not the connection's. */
    for (size_t i = 0; i < 1 + TT_QUIC_PATHS_MAX; i++) {
        tt_quic_flow_end(scene->table, &scene->flows[i]);
        assert_int_equal(tt_quic_count(scene->table), 1);
    }
    tt_quic_flow_end(scene->table, &scene->flows[1 + TT_QUIC_PATHS_MAX]);
    assert_int_equal(tt_quic_count(scene->table), 0);
    scene_free(scene);
}

/* ---- keys and numbers ---- */

static void test_updates(void **state)
{
    (void)state;
    struct scene *scene = begin();
    send(scene, TT_QUIC_TRAFFIC, false, "0a 00 01 'a'");
    scene->maker->updates = 1;
    send(scene, TT_QUIC_TRAFFIC, false, "0e 00 01 01 'b'");
    scene->maker->updates = 0; /* one that was late */
    send(scene, TT_QUIC_TRAFFIC, false, "0e 00 02 01 'c'");
    scene->maker->updates = 3; /* two at once */
    send(scene, TT_QUIC_TRAFFIC, false, "0e 00 03 01 'd'");
    expect(scene, "c0@0:a c0@1:b c0@2:c c0@3:d ");
    scene_free(scene);
}

/* Of a packet number one byte is told: some hundred packets may be missed. */
static void test_numbers(void **state)
{
    (void)state;
    struct scene *scene = begin();
    scene->maker->number_len = 1;
    send(scene, TT_QUIC_TRAFFIC, false, "0a 00 01 'a'");
    scene->numbers[0] += 700;
    send(scene, TT_QUIC_TRAFFIC, false, "0e 00 01 01 'b'");
    expect(scene, "c0@0:a c0@1:b ");
    scene->numbers[0] += 256 * (TT_QUIC_NUMBERS_TRIED_MAX + 2);
    send(scene, TT_QUIC_TRAFFIC, false, "0e 00 02 01 'c'");
    expect(scene, "");
    assert_int_equal(scene->closed[TT_CLOSED_BAD_KEY], 1);
    scene_free(scene);
}

static void test_tries_cap(void **state)
{
    (void)state;
    struct scene *scene = begin();
    send(scene, TT_QUIC_TRAFFIC, false, "0a 00 01 'a'");
    static uint8_t junk[60000];
    struct tt_span packet =
        quic_make(scene->maker, TT_QUIC_TRAFFIC, false, 5, tt_span_of(junk, sizeof(junk)));
    scene->maker->packet[packet.len - 1] ^= 1;
    for (size_t i = 0; i < 2 + TT_QUIC_TRIES_BYTES_MAX / sizeof(junk); i++)
        assert_true(feed(scene, TT_FROM_INITIATOR, packet));
    /* The first try of a packet is always made. */
    send(scene, TT_QUIC_TRAFFIC, false, "0e 00 01 01 'b'");
    scene->maker->updates = 1;
    send(scene, TT_QUIC_TRAFFIC, false, "0e 00 02 01 'c'");
    expect(scene, "c0@0:a c0@1:b ");
    scene_free(scene);
}

/* `count` secrets of others before the right ones. */
static struct scene *begin_unheard(size_t count)
{
    struct scene *scene = scene_new(16);
    tt_keys_free(scene->keys);
    tt_quic_table_free(scene->table);
    assert_int_equal(tt_keys_new(&scene->keys), TT_OK);
    uint8_t secret[32] = {0};
    uint8_t id[TT_RANDOM_LEN] = {0};
    for (uint32_t i = 0; i < count; i++) {
        memcpy(id, &i, sizeof(i));
        assert_int_equal(tt_keys_add(scene->keys, TT_KEY_CLIENT_HANDSHAKE, 0,
                                     tt_span_of(id, sizeof(id)), tt_span_of(secret, sizeof(secret)),
                                     TT_KEY_FROM_KEYLOG),
                         TT_OK);
    }
    char keylog[2048];
    quic_maker_keylog(keylog, sizeof(keylog));
    assert_int_equal(tt_keylog_read(scene->keys, TT_KEY_FROM_KEYLOG, tt_span_str(keylog), NULL),
                     TT_OK);
    assert_int_equal(tt_quic_table_new(scene->keys, &scene->sink, &scene->table), TT_OK);
    return scene;
}

static void test_guess_caps(void **state)
{
    (void)state;
    struct scene *scene = begin_unheard(3);
    send(scene, TT_QUIC_HANDSHAKE, false, "01");
    send(scene, TT_QUIC_TRAFFIC, false, "0a 00 01 'a'");
    expect(scene, "c0@0:a ");
    assert_int_equal(scene->buckets[TT_BUCKET_ENCRYPTED], 0);
    scene_free(scene);
    /* Only the first packets of a connection are tried. */
    scene = begin_unheard(0);
    struct tt_span packet = quic_make(scene->maker, TT_QUIC_HANDSHAKE, false, 0, tt_span_str("\1"));
    scene->maker->packet[packet.len - 1] ^= 1;
    for (size_t i = 0; i < TT_QUIC_GUESSED_PACKETS_MAX; i++)
        assert_true(feed(scene, TT_FROM_INITIATOR, packet));
    send(scene, TT_QUIC_HANDSHAKE, false, "01");
    assert_int_equal(scene->closed[TT_CLOSED_NO_HELLO], TT_QUIC_GUESSED_PACKETS_MAX + 1);
    scene_free(scene);
    /* Not more secrets than so many in a run. */
    scene = begin_unheard(TT_QUIC_GUESSES_MAX);
    send(scene, TT_QUIC_HANDSHAKE, false, "01");
    assert_int_equal(scene->closed[TT_CLOSED_NO_HELLO], 1);
    scene_free(scene);
}

static void test_early(void **state)
{
    (void)state;
    struct scene *scene = begin();
    send(scene, TT_QUIC_EARLY, false, "0a 00 02 'in'");
    send(scene, TT_QUIC_TRAFFIC, false, "0e 00 02 03 'out'");
    expect(scene, "c0@0:in c0@2:out ");
    assert_int_equal(scene->buckets[TT_BUCKET_ENCRYPTED], 0);
    scene_free(scene);
}

static void test_repeated_packet(void **state)
{
    (void)state;
    struct scene *scene = begin();
    struct tt_span packet =
        quic_make(scene->maker, TT_QUIC_TRAFFIC, false, 9, tt_span_of("\x31\x02hi", 4));
    assert_true(feed(scene, TT_FROM_INITIATOR, packet));
    assert_true(feed(scene, TT_FROM_INITIATOR, packet));
    expect(scene, "d:hi ");
    assert_int_equal(scene->buckets[TT_BUCKET_DUPLICATE], packet.len);
    scene_free(scene);
}

/* ---- frames ---- */

static void test_frames(void **state)
{
    (void)state;
    struct scene *scene = begin();
    send(scene, TT_QUIC_TRAFFIC, true,
         "02 05 01 01 01 00 00 03 09 00 00 09 01 01 01 05 00 00 10 01 11 00 01 12 01 13 01 14 01 "
         "15 00 01 16 01 17 01 19 00 1a 0102030405060708 1b 0102030405060708 1f 40ac "
         "40af 01 02 03 04 42f5 05 01 00 00 31 02 'dg' 07 02 'tk' 1d 00 03 'bye' 30 'rest'");
    expect(scene, "d:dg o:tk o:bye d:rest ");
    /* A frame that nobody knows: what follows is not lost silently. */
    send(scene, TT_QUIC_TRAFFIC, true, "31 01 'a' 3f 'what'");
    expect(scene, "d:a [quic.frame] o:?what ");
    /* Cut in the middle. */
    send(scene, TT_QUIC_TRAFFIC, true, "0a 01 20 'short'");
    expect(scene, "[quic.frame] o:\n\1 short ");
    scene_free(scene);
}

/* Anyone can make Initial packets: streams in them are not believed. */
static void test_forbidden(void **state)
{
    (void)state;
    struct scene *scene = begin();
    send(scene, TT_QUIC_INITIAL, false, "0a 00 03 'lie'");
    assert_null(strstr(scene->text, "c0@"));
    assert_non_null(strstr(scene->text, "[quic.frame]"));
    scene_free(scene);
}

static void test_frame_reader(void **state)
{
    (void)state;
    static const uint8_t ack[] = {0x02, 0x40, 0x64, 0x00, 0x02, 0x04, 0x01, 0x02, 0x00, 0x00};
    struct tt_reader reader = tt_reader_of(tt_span_of(ack, sizeof(ack)));
    struct tt_quic_frame frame;
    assert_true(tt_quic_frame_next(&reader, &frame));
    uint64_t smallest = 0;
    uint64_t largest = 0;
    struct tt_quic_ack_walk walk = {.begun = false};
    static const uint64_t ranges[][2] = {{96, 100}, {91, 93}, {89, 89}};
    for (size_t i = 0; i < 3; i++) {
        assert_true(tt_quic_ack_next(&walk, &frame, &smallest, &largest));
        assert_int_equal(smallest, ranges[i][0]);
        assert_int_equal(largest, ranges[i][1]);
    }
    assert_false(tt_quic_ack_next(&walk, &frame, &smallest, &largest));
    /* Every cut of it is malformed, and none is read beyond. */
    for (size_t len = 1; len < sizeof(ack); len++) {
        reader = tt_reader_of(tt_span_of(ack, len));
        assert_false(tt_quic_frame_next(&reader, &frame));
        assert_true(reader.failed);
    }
    /* Below zero. */
    static const uint8_t low[] = {0x02, 0x03, 0x00, 0x01, 0x01, 0x05, 0x00};
    reader = tt_reader_of(tt_span_of(low, sizeof(low)));
    assert_true(tt_quic_frame_next(&reader, &frame));
    walk = (struct tt_quic_ack_walk){.begun = false};
    assert_true(tt_quic_ack_next(&walk, &frame, &smallest, &largest));
    assert_false(tt_quic_ack_next(&walk, &frame, &smallest, &largest));
}

/* RFC 9000, appendix A.1 and A.3. */
static void test_numbers_of_rfc(void **state)
{
    (void)state;
    static const uint8_t varints[] = {0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c, 0x9d,
                                      0x7f, 0x3e, 0x7d, 0x7b, 0xbd, 0x25, 0x40, 0x25};
    static const uint64_t values[] = {151288809941952652, 494878333, 15293, 37, 37};
    struct tt_reader reader = tt_reader_of(tt_span_of(varints, sizeof(varints)));
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(tt_quic_varint(&reader), values[i]);
    assert_false(reader.failed);
    assert_int_equal(tt_quic_number(0x9b32, 16, 0xa82f30ea + 1), 0xa82f9b32);
    assert_int_equal(tt_quic_number(0, 8, 255), 256);
    assert_int_equal(tt_quic_number(255, 8, 256), 255);
    assert_int_equal(tt_quic_number(255, 8, 0), 255);
}

/* RFC 9001, appendix A.5: ChaCha20-Poly1305, a short header. */
static void test_chacha_of_rfc(void **state)
{
    (void)state;
    static const uint8_t secret[] = {0x9a, 0xc3, 0x12, 0xa7, 0xf8, 0x77, 0x46, 0x8e,
                                     0xbe, 0x69, 0x42, 0x27, 0x48, 0xad, 0x00, 0xa1,
                                     0x54, 0x43, 0xf1, 0x82, 0x03, 0xa0, 0x7d, 0x60,
                                     0x60, 0xf6, 0x88, 0xf3, 0x0f, 0x21, 0x63, 0x2b};
    static const uint8_t bytes[] = {0x4c, 0xfe, 0x41, 0x89, 0x65, 0x5e, 0x5c,
                                    0xd5, 0x5c, 0x41, 0xf6, 0x90, 0x80, 0x57,
                                    0x5d, 0x79, 0x99, 0xc2, 0x5a, 0x5b, 0xfb};
    struct quic_maker *maker = quic_maker_new();
    struct tt_quic_seal *seal =
        tt_quic_seal_new(maker->quic, tt_suite_find(0x1303), tt_quic_version_find(1),
                         tt_span_of(secret, sizeof(secret)));
    assert_non_null(seal);
    struct tt_quic_packet packet;
    struct tt_quic_header header;
    struct tt_span text;
    uint8_t room[sizeof(bytes)];
    uint8_t out[sizeof(bytes) + 16];
    assert_true(tt_quic_packet_read(tt_span_of(bytes, sizeof(bytes)), 0, &packet));
    assert_true(tt_quic_seal_unmask(seal, &packet, room, &header));
    assert_int_equal(header.number_len, 3);
    uint64_t number = tt_quic_number(header.truncated, 24, 654360564);
    assert_int_equal(number, 654360564);
    assert_true(tt_quic_seal_open(seal, &packet, &header, number, out, &text));
    assert_int_equal(text.len, 1);
    assert_int_equal(text.data[0], 1);
    assert_false(tt_quic_seal_open(seal, &packet, &header, number + 1, out, &text));
    tt_quic_seal_free(seal);
    quic_maker_free(maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),         cmocka_unit_test(test_gap),
        cmocka_unit_test(test_reset),         cmocka_unit_test(test_skipped),
        cmocka_unit_test(test_held_caps),     cmocka_unit_test(test_held_all_cap),
        cmocka_unit_test(test_stream_cap),    cmocka_unit_test(test_connection_cap),
        cmocka_unit_test(test_id_cap),        cmocka_unit_test(test_path_cap),
        cmocka_unit_test(test_updates),       cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_tries_cap),     cmocka_unit_test(test_early),
        cmocka_unit_test(test_guess_caps),    cmocka_unit_test(test_repeated_packet),
        cmocka_unit_test(test_frames),        cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_frame_reader),  cmocka_unit_test(test_numbers_of_rfc),
        cmocka_unit_test(test_chacha_of_rfc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
