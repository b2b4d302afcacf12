/* The connections of vectors/quic-*.txt (see make_quic_vectors.py), and what a table makes of them.
 */
#ifndef TEST_DECRYPT_QUIC_VECTORS_H
#define TEST_DECRYPT_QUIC_VECTORS_H

#include "base/buf.h"
#include "decrypt/keylog.h"
#include "decrypt/quic.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DATAGRAMS_MAX = 128, VECTOR_MAX = 1 << 20, STREAMS_MAX = 64, FLOWS_MAX = 4 };

struct datagram {
    enum tt_direction direction;
    size_t flow;
    struct tt_buf bytes;
};

struct vector {
    char name[128];
    uint32_t version;
    char suite[64];
    char events[64];
    struct tt_buf keylog;
    struct datagram datagrams[DATAGRAMS_MAX];
    size_t count;
    struct tt_buf said; /* by the server */
};

/* What came out. */
struct heard {
    struct tt_keys *keys;
    struct tt_quic_table *table;
    struct tt_quic_sink sink;
    struct tt_flow flows[FLOWS_MAX];
    uint64_t told;
    uint64_t buckets[TT_BUCKET_COUNT];
    uint64_t raw;
    uint64_t closed[TT_CLOSED_COUNT];
    struct {
        uint64_t id;
        bool server;
        uint64_t at;
        uint64_t gaps;
        bool ended;
        struct tt_buf bytes;
    } streams[STREAMS_MAX];
    size_t stream_count;
    size_t opened;
    size_t ended;
    size_t certificates;
    size_t hellos;
    size_t datagrams;
    uint32_t version;
    char server_name[256];
    char suite[64];
    char events[512];
    struct tt_quic *quic;
};

static inline void vector_hex(struct tt_buf *buf, const char *hex)
{
    *buf = tt_buf_make(VECTOR_MAX);
    for (size_t i = 0; hex[i] != '\0' && hex[i + 1] != '\0'; i += 2) {
        int value = tt_hex_value((uint8_t)hex[i]) << 4 | tt_hex_value((uint8_t)hex[i + 1]);
        assert_true(value >= 0);
        assert_int_equal(tt_buf_append_u8(buf, (uint8_t)value), TT_OK);
    }
}

static inline void vector_line(struct vector *vector, char *line)
{
    char *value = line + 2;
    value[strcspn(value, "\n")] = '\0';
    switch (line[0]) {
    case 'k':
        assert_int_equal(tt_buf_printf(&vector->keylog, "%s\n", value), TT_OK);
        break;
    case 'v':
        vector->version = (uint32_t)strtoul(value, NULL, 16);
        break;
    case 'n':
        (void)snprintf(vector->suite, sizeof(vector->suite), "%.63s", value);
        break;
    case 'e':
        (void)snprintf(vector->events, sizeof(vector->events), "%.63s", value);
        break;
    case 'S':
        vector_hex(&vector->said, value);
        break;
    case 'c':
    case 's': {
        assert_true(vector->count < DATAGRAMS_MAX);
        struct datagram *datagram = &vector->datagrams[vector->count++];
        datagram->direction = line[0] == 'c' ? TT_FROM_INITIATOR : TT_FROM_RESPONDER;
        datagram->flow = (size_t)(value[0] - '0');
        assert_true(datagram->flow < FLOWS_MAX);
        vector_hex(&datagram->bytes, value + 2);
        break;
    }
    default:
        fail_msg("%s: line %c", vector->name, line[0]);
    }
}

static inline struct vector *vector_read(const char *name)
{
    const char *root = getenv("TT_SOURCE_ROOT");
    char path[512];
    int n = snprintf(path, sizeof(path), "%s/tests/unit/decrypt/vectors/%s.txt",
                     root == NULL ? "." : root, name);
    assert_true(n > 0 && (size_t)n < sizeof(path));
    FILE *file = fopen(path, "r");
    struct vector *vector = calloc(1, sizeof(*vector));
    assert_non_null(file);
    assert_non_null(vector);
    (void)snprintf(vector->name, sizeof(vector->name), "%s", name);
    vector->keylog = tt_buf_make(VECTOR_MAX);
    static char line[1 << 17];
    while (fgets(line, sizeof(line), file) != NULL)
        vector_line(vector, line);
    (void)fclose(file);
    return vector;
}

static inline void vector_free(struct vector *vector)
{
    for (size_t i = 0; i < vector->count; i++)
        tt_buf_free(&vector->datagrams[i].bytes);
    tt_buf_free(&vector->keylog);
    tt_buf_free(&vector->said);
    free(vector);
}

/* ---- what a table says ---- */

static inline void *heard_open(void *context, struct tt_quic *quic, struct tt_flow *flow)
{
    struct heard *heard = context;
    assert_non_null(flow);
    heard->quic = quic;
    heard->opened++;
    return heard;
}

static inline void heard_close(void *context, void *connection)
{
    struct heard *heard = context;
    assert_ptr_equal(connection, heard);
    heard->ended++;
}

static inline void heard_hello(void *context, void *connection, const struct tt_place *place,
                               const struct tt_hello *hello, struct tt_span message)
{
    struct heard *heard = context;
    assert_ptr_equal(connection, heard);
    assert_int_equal(place->len, message.len);
    assert_true(place->origin.first_frame <= place->origin.last_frame);
    heard->hellos++;
    if (!hello->server)
        (void)snprintf(heard->server_name, sizeof(heard->server_name), "%s", hello->name);
}

static inline void heard_certificate(void *context, void *connection, const struct tt_place *place,
                                     size_t at, struct tt_span der)
{
    struct heard *heard = context;
    (void)connection;
    assert_true(place->len > der.len);
    assert_true(at == 0 || der.len > 0);
    heard->certificates++;
}

static inline void heard_stream(void *context, void *connection, const struct tt_quic_data *data)
{
    struct heard *heard = context;
    (void)connection;
    size_t i = 0;
    while (i < heard->stream_count &&
           (heard->streams[i].id != data->stream || heard->streams[i].server != data->from_server))
        i++;
    assert_true(i < STREAMS_MAX);
    if (i == heard->stream_count) {
        heard->stream_count++;
        heard->streams[i].id = data->stream;
        heard->streams[i].server = data->from_server;
        heard->streams[i].bytes = tt_buf_make(VECTOR_MAX);
    }
    assert_non_null(data->flow);
    assert_false(heard->streams[i].ended);
    assert_int_equal(data->at, heard->streams[i].at + data->gap);
    heard->streams[i].at = data->at + data->bytes.len;
    heard->streams[i].gaps += data->gap;
    heard->streams[i].ended = data->end;
    assert_int_equal(tt_buf_append(&heard->streams[i].bytes, data->bytes), TT_OK);
    heard->version = tt_quic_agreed_version(heard->quic);
    assert_int_equal(data->security.source, TT_KEY_FROM_KEYLOG);
    (void)snprintf(heard->suite, sizeof(heard->suite), "%s", data->security.suite->name);
}

static inline void heard_datagram(void *context, void *connection, const struct tt_quic_data *data)
{
    struct heard *heard = context;
    (void)connection;
    assert_true(data->bytes.len > 0);
    heard->datagrams++;
}

static inline void heard_raw(void *context, void *connection, enum tt_direction direction,
                             const struct tt_piece *piece)
{
    struct heard *heard = context;
    (void)connection;
    (void)direction;
    heard->told += piece->bytes.len;
    heard->raw += piece->bytes.len;
}

static inline void heard_account(void *context, void *connection, enum tt_direction direction,
                                 enum tt_bucket bucket, uint64_t bytes)
{
    struct heard *heard = context;
    (void)connection;
    (void)direction;
    heard->told += bytes;
    heard->buckets[bucket] += bytes;
}

static inline void heard_closed(void *context, void *connection, const struct tt_place *place,
                                enum tt_closed reason)
{
    struct heard *heard = context;
    (void)connection;
    assert_true(place->len > 0);
    heard->closed[reason]++;
}

static inline void heard_note(void *context, const struct tt_note *note)
{
    struct heard *heard = context;
    size_t len = strlen(heard->events);
    (void)snprintf(heard->events + len, sizeof(heard->events) - len, "%s ", note->code);
}

static inline struct heard *heard_new(struct tt_span keylog)
{
    struct heard *heard = calloc(1, sizeof(*heard));
    assert_non_null(heard);
    assert_int_equal(tt_keys_new(&heard->keys), TT_OK);
    assert_int_equal(tt_keylog_read(heard->keys, TT_KEY_FROM_KEYLOG, keylog, NULL), TT_OK);
    heard->sink = (struct tt_quic_sink){.context = heard,
                                        .open = heard_open,
                                        .close = heard_close,
                                        .hello = heard_hello,
                                        .certificate = heard_certificate,
                                        .stream = heard_stream,
                                        .datagram = heard_datagram,
                                        .raw = heard_raw,
                                        .account = heard_account,
                                        .closed = heard_closed,
                                        .notes = {.context = heard, .note = heard_note}};
    assert_int_equal(tt_quic_table_new(heard->keys, &heard->sink, &heard->table), TT_OK);
    return heard;
}

/* Frame numbers are seconds, too. */
static inline bool heard_feed(struct heard *heard, const struct datagram *datagram, uint64_t frame)
{
    struct tt_span bytes = tt_buf_span(&datagram->bytes);
    /* Flush against the end of its memory. */
    uint8_t *copy = malloc(bytes.len + 1);
    assert_non_null(copy);
    memcpy(copy + 1, bytes.data, bytes.len);
    const struct tt_chunk chunk = {.flow = &heard->flows[datagram->flow],
                                   .direction = datagram->direction,
                                   .flags = TT_CHUNK_DATAGRAM,
                                   .bytes = tt_span_of(copy + 1, bytes.len),
                                   .first_frame = frame,
                                   .last_frame = frame,
                                   .time = frame * 1000000};
    uint64_t told = heard->told;
    bool taken = tt_quic_feed(heard->table, &chunk);
    assert_int_equal(heard->told - told, taken ? bytes.len : 0);
    free(copy);
    return taken;
}

/* Ends everything; what was heard stays. */
static inline void heard_end(struct heard *heard)
{
    for (size_t i = 0; i < FLOWS_MAX; i++)
        tt_quic_flow_end(heard->table, &heard->flows[i]);
    assert_int_equal(tt_quic_count(heard->table), 0);
    assert_int_equal(heard->ended, heard->opened);
}

static inline void heard_free(struct heard *heard)
{
    tt_quic_table_free(heard->table);
    tt_keys_free(heard->keys);
    for (size_t i = 0; i < heard->stream_count; i++)
        tt_buf_free(&heard->streams[i].bytes);
    free(heard);
}

/* Was it said in one of the server's streams? */
static inline bool heard_says(const struct heard *heard, struct tt_span said)
{
    for (size_t i = 0; i < heard->stream_count; i++)
        if (heard->streams[i].server &&
            tt_span_search(tt_buf_span(&heard->streams[i].bytes), said) != SIZE_MAX)
            return true;
    return false;
}

#endif
