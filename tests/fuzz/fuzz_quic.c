/* QUIC connections with keys, from datagrams as they are and from frames that are sealed here:
 * every byte is told exactly once, streams go on where they stopped, nothing is over twice.
 *
 * The input: a byte (bit 0: without keys), then entries: flags (1: of the responder; 2: frames, to
 * be sealed; 4 and 8: their level; 16: another flow; 32: the flow ends behind it; 64: the keys are
 * updated; 128: the packet number leaps, seconds pass), length (2 bytes, network order), bytes. */
#include "../unit/decrypt/quic_maker.h"
#include "base/reader.h"
#include "decrypt/certificate.h"
#include "decrypt/keylog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STREAMS = 256 };

struct check {
    uint64_t out;
    size_t opened;
    size_t closed;
    struct {
        const void *connection;
        uint64_t id;
        bool server;
        bool ended;
        uint64_t at;
    } streams[STREAMS];
    size_t count;
    struct tt_quic *quic;
};

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

static void touch(struct tt_span bytes)
{
    unsigned sum = 0;
    for (size_t i = 0; i < bytes.len; i++)
        sum += bytes.data[i];
    must(sum <= bytes.len * 255);
}

static void *check_open(void *context, struct tt_quic *quic, struct tt_flow *flow)
{
    struct check *check = context;
    must(flow != NULL && quic != NULL);
    check->opened++;
    /* A number for each connection. */
    return (uint8_t *)check + check->opened;
}

static void check_close(void *context, void *connection)
{
    struct check *check = context;
    must(connection != NULL);
    check->closed++;
}

static void check_data(void *context, void *connection, const struct tt_quic_data *data)
{
    (void)context;
    must(connection != NULL && data->flow != NULL && data->level < TT_QUIC_LEVEL_COUNT);
    must(data->security.suite != NULL || data->bytes.len == 0);
    touch(data->bytes);
}

static void check_stream(void *context, void *connection, const struct tt_quic_data *data)
{
    struct check *check = context;
    check_data(context, connection, data);
    must(data->level == TT_QUIC_EARLY || data->level == TT_QUIC_TRAFFIC);
    size_t i = 0;
    while (i < check->count &&
           (check->streams[i].connection != connection || check->streams[i].id != data->stream ||
            check->streams[i].server != data->from_server))
        i++;
    if (i == STREAMS)
        return;
    if (i == check->count) {
        check->count++;
        check->streams[i].connection = connection;
        check->streams[i].id = data->stream;
        check->streams[i].server = data->from_server;
    }
    must(!check->streams[i].ended && data->at == check->streams[i].at + data->gap);
    must(data->bytes.len > 0 || data->end);
    check->streams[i].at = data->at + data->bytes.len;
    check->streams[i].ended = data->end;
}

static void check_hello(void *context, void *connection, const struct tt_place *place,
                        const struct tt_hello *hello, struct tt_span message)
{
    (void)context;
    must(connection != NULL && place->len == message.len);
    must(place->origin.first_frame <= place->origin.last_frame);
    touch(hello->extensions);
}

static void check_certificate(void *context, void *connection, const struct tt_place *place,
                              size_t at, struct tt_span der)
{
    (void)context;
    (void)at;
    must(connection != NULL && place->len > der.len);
    touch(der);
}

static void check_raw(void *context, void *connection, enum tt_direction direction,
                      const struct tt_piece *piece)
{
    struct check *check = context;
    (void)direction;
    must(connection != NULL && piece->bytes.len > 0);
    touch(piece->bytes);
    check->out += piece->bytes.len;
}

static void check_account(void *context, void *connection, enum tt_direction direction,
                          enum tt_bucket bucket, uint64_t bytes)
{
    struct check *check = context;
    (void)direction;
    must(connection != NULL && bytes > 0 && bucket < TT_BUCKET_COUNT);
    check->out += bytes;
}

static void check_closed(void *context, void *connection, const struct tt_place *place,
                         enum tt_closed reason)
{
    (void)context;
    must(connection != NULL && place->len > 0 && reason < TT_CLOSED_COUNT);
}

/* ---- the input ---- */

struct play {
    struct tt_quic_table *table;
    struct check *check;
    struct quic_maker *maker;
    struct tt_flow flows[2];
    uint64_t numbers[2];
    uint64_t frame;
    uint64_t time;
};

static void feed(struct play *play, struct tt_span bytes, uint8_t flags)
{
    /* Flush against the end of its memory. */
    uint8_t *exact = malloc(bytes.len + 1);
    must(exact != NULL);
    if (bytes.len > 0)
        memcpy(exact + 1, bytes.data, bytes.len);
    const struct tt_chunk chunk = {.flow = &play->flows[flags >> 4 & 1U],
                                   .direction = (enum tt_direction)(flags & 1U),
                                   .flags = TT_CHUNK_DATAGRAM,
                                   .bytes = tt_span_of(exact + 1, bytes.len),
                                   .first_frame = play->frame,
                                   .last_frame = play->frame,
                                   .time = play->time};
    uint64_t before = play->check->out;
    (void)tt_quic_is(chunk.bytes);
    bool taken = tt_quic_feed(play->table, &chunk);
    must(play->check->out - before == (taken ? bytes.len : 0));
    free(exact);
}

static void step(struct play *play, struct tt_reader *reader)
{
    uint8_t flags = tt_read_u8(reader);
    size_t len = tt_read_u16(reader);
    size_t left = tt_reader_left(reader);
    struct tt_span bytes = tt_read_span(reader, len < left ? len : left);
    size_t side = flags & 1U;
    play->frame++;
    play->time += (flags & 128U) != 0 ? 2000000000U : 1000000U;
    play->numbers[side] += (flags & 128U) != 0 ? 300 : 1;
    if ((flags & 64U) != 0)
        play->maker->updates = (play->maker->updates + 1) % 8;
    if ((flags & 2U) != 0 && bytes.len < QUIC_MAKER_ROOM - 128)
        bytes = quic_make(play->maker, (enum tt_quic_level)(flags >> 2 & 3U), side == 1,
                          play->numbers[side], bytes);
    feed(play, bytes, flags);
    if ((flags & 32U) != 0)
        tt_quic_flow_end(play->table, &play->flows[flags >> 4 & 1U]);
}

/* Loading libcrypto's algorithms takes longer than all the rest: tables stay, without connections.
 */
struct stage {
    struct check check;
    struct tt_keys *keys;
    struct tt_quic_sink sink;
    struct tt_quic_table *table;
};

static struct stage *stage_new(bool keyed)
{
    char keylog[2048];
    quic_maker_keylog(keylog, sizeof(keylog));
    struct stage *stage = calloc(1, sizeof(*stage));
    must(stage != NULL && tt_keys_new(&stage->keys) == TT_OK);
    if (keyed)
        must(tt_keylog_read(stage->keys, TT_KEY_FROM_KEYLOG, tt_span_str(keylog), NULL) == TT_OK);
    stage->sink = (struct tt_quic_sink){.context = &stage->check,
                                        .open = check_open,
                                        .close = check_close,
                                        .hello = check_hello,
                                        .certificate = check_certificate,
                                        .crypto = check_data,
                                        .stream = check_stream,
                                        .datagram = check_data,
                                        .other = check_data,
                                        .raw = check_raw,
                                        .account = check_account,
                                        .closed = check_closed};
    must(tt_quic_table_new(stage->keys, &stage->sink, &stage->table) == TT_OK);
    return stage;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct stage *stages[2];
    static struct quic_maker *maker;
    if (maker == NULL) {
        maker = quic_maker_new();
        stages[0] = stage_new(true);
        stages[1] = stage_new(false);
    }
    struct tt_reader reader = tt_reader_of(tt_span_of(data, size));
    struct stage *stage = stages[tt_read_u8(&reader) & 1U];
    struct check *check = &stage->check;
    memset(check, 0, sizeof(*check));
    maker->updates = 0;
    struct play play = {.check = check, .maker = maker, .table = stage->table};
    while (tt_reader_left(&reader) > 0)
        step(&play, &reader);
    must(check->opened - check->closed == tt_quic_count(play.table));
    for (size_t i = 0; i < 2; i++)
        tt_quic_flow_end(play.table, &play.flows[i]);
    must(tt_quic_count(play.table) == 0 && check->opened == check->closed);
    return 0;
}
