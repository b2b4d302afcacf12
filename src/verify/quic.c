#include "verify/quic.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/secret.h"
#include "verify/head.h"
#include "verify/quic_packet.h"

enum {
    CONNECTIONS_MAX = 256, /* between the same two ends */
    STREAMS_MAX = 65536,
    TEXTS_MAX = 65536, /* DATAGRAM frames, and frames that are texts */
    CRYPTO_MAX = 1 << 18,
    TABLE_MAX = 1 << 24
};

/* Of keys, packet numbers and handshake messages; early data counts with the last. */
enum level { LEVEL_INITIAL, LEVEL_HANDSHAKE, LEVEL_TRAFFIC, LEVELS };

struct stream {
    struct stream *next;
    uint64_t id;
    unsigned from;       /* 0: of the client */
    struct tt_buf bytes; /* by offset, */
    struct tt_buf known; /* a byte for each: 0 where nothing came */
    struct tt_buf frames;
};

/* A DATAGRAM frame, or one that is a text: a token, a reason, what nobody knows. */
struct text {
    struct text *next;
    enum tt_verify_quic_part part;
    unsigned from;
    uint64_t frame;
    size_t len;
    uint8_t bytes[];
};

struct connection {
    struct connection *next;
    const struct tt_verify_quic_version *version;
    unsigned client; /* direction of the client's datagrams */
    uint8_t cid_len[2];
    struct tt_verify_quic_keys initial[2];
    struct tt_verify_quic_keys early[TT_KEY_RIVALS_MAX]; /* those that contradict, too */
    struct tt_verify_quic_keys handshake[2][TT_KEY_RIVALS_MAX];
    struct tt_verify_quic_keys traffic[2]
                                      [TT_KEY_RIVALS_MAX]; /* the one that opened something first */
    struct tt_verify_quic_keys before[2];                  /* a key update */
    struct stream crypto[LEVELS][2];
    struct tt_verify_hello hello;
    uint64_t largest[LEVELS][2];
    struct stream *streams;
    size_t stream_count;
    struct text *texts;
    size_t text_count;
};

struct tt_verify_quic {
    const struct tt_verify_secrets *keys;
    struct connection *connections; /* the last one first */
    size_t count;
    size_t bytes; /* of all streams */
    bool keyed;   /* for streams, */
    bool handshake_keyed;
    enum tt_err err;
};

/* ---- keys ---- */

static bool set_initial(struct connection *c, struct tt_span cid)
{
    static const char *const labels[2] = {"client in", "server in"};
    uint8_t secret[TT_VERIFY_HASH_MAX];
    uint8_t side[32];
    size_t len = tt_verify_extract("SHA256", tt_span_of(c->version->salt, sizeof(c->version->salt)),
                                   cid, secret);
    for (unsigned i = 0; i < 2; i++)
        if (!tt_verify_expand("SHA256", tt_span_of(secret, len), labels[i], side, sizeof(side)) ||
            !tt_verify_quic_keys_set(&c->initial[i], c->version, tt_verify_suite_find(0x1301),
                                     tt_span_of(side, sizeof(side))))
            return false;
    return true;
}

/* Secret number `at` of the client or server. Where the server's hello was not captured its length
 * leaves few suites: `guess` tells which of them. */
static bool set_secret(const struct tt_verify_quic *quic, const struct connection *c,
                       enum tt_verify_secret which, size_t at, unsigned guess,
                       struct tt_verify_quic_keys *keys)
{
    struct tt_span random = tt_span_of(c->hello.random[0], TT_VERIFY_RANDOM);
    struct tt_span secret = {0};
    if (!tt_verify_secrets_find(quic->keys, which, random, at, &secret))
        return false;
    uint16_t suite = c->hello.suite;
    if (!c->hello.seen[1])
        suite = secret.len == 48 ? 0x1302 : guess == 0 ? 0x1301 : 0x1303;
    return tt_verify_quic_keys_set(keys, c->version, tt_verify_suite_find(suite), secret);
}

/* Early data names no suite before the server's hello: its secret's length leaves two. */
static void set_early(const struct tt_verify_quic *quic, struct connection *c, size_t at)
{
    struct tt_span random = tt_span_of(c->hello.random[0], TT_VERIFY_RANDOM);
    struct tt_span secret = {0};
    if (!tt_verify_secrets_find(quic->keys, TT_VERIFY_EARLY, random, at, &secret))
        return;
    uint16_t suite = c->hello.seen[1] ? c->hello.suite : secret.len == 48 ? 0x1302 : 0x1301;
    (void)tt_verify_quic_keys_set(&c->early[at], c->version, tt_verify_suite_find(suite), secret);
}

/* Keys of what is behind the Initial packets, which were all read. */
static void set_traffic(struct tt_verify_quic *quic, struct connection *c)
{
    static const enum tt_verify_secret traffic[2] = {TT_VERIFY_TRAFFIC_CLIENT,
                                                     TT_VERIFY_TRAFFIC_SERVER};
    static const enum tt_verify_secret handshake[2] = {TT_VERIFY_HANDSHAKE_CLIENT,
                                                       TT_VERIFY_HANDSHAKE_SERVER};
    for (size_t slot = 0; slot < TT_KEY_RIVALS_MAX; slot++) {
        /* Two guesses take the room of two rivals. */
        size_t at = c->hello.seen[1] ? slot : slot / 2;
        unsigned guess = slot % 2;
        for (unsigned i = 0; i < 2 && c->hello.seen[0]; i++) {
            quic->keyed =
                set_secret(quic, c, traffic[i], at, guess, &c->traffic[i][slot]) || quic->keyed;
            quic->handshake_keyed =
                set_secret(quic, c, handshake[i], at, guess, &c->handshake[i][slot]) ||
                quic->handshake_keyed;
        }
        set_early(quic, c, slot);
    }
}

/* ---- streams ---- */

static void init_stream(struct stream *stream, uint64_t id, unsigned from, size_t max)
{
    *stream = (struct stream){.id = id,
                              .from = from,
                              .bytes = tt_buf_make(max),
                              .known = tt_buf_make(max),
                              .frames = tt_buf_make(TT_VERIFY_BYTES_MAX)};
}

static void free_stream(struct stream *stream)
{
    tt_buf_wipe(&stream->bytes);
    tt_buf_free(&stream->known);
    tt_buf_free(&stream->frames);
}

/* Of bytes that came twice the first copy stays. */
static enum tt_err put(struct stream *stream, uint64_t at, struct tt_span bytes)
{
    if (at > stream->bytes.max || bytes.len > stream->bytes.max - at)
        return TT_ERR_LIMIT;
    size_t end = (size_t)at + bytes.len;
    if (end > stream->bytes.len) {
        size_t more = end - stream->bytes.len;
        enum tt_err err = tt_buf_reserve(&stream->bytes, more);
        if (err == TT_OK)
            err = tt_buf_reserve(&stream->known, more);
        if (err != TT_OK)
            return err;
        memset(stream->bytes.data + stream->bytes.len, 0, more);
        memset(stream->known.data + stream->known.len, 0, more);
        stream->bytes.len = end;
        stream->known.len = end;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        size_t to = (size_t)at + i;
        if (stream->known.data[to] == 0)
            stream->bytes.data[to] = bytes.data[i];
        stream->known.data[to] = 1;
    }
    return TT_OK;
}

static struct stream *stream_of(struct tt_verify_quic *quic, struct connection *c, uint64_t id,
                                unsigned from)
{
    for (struct stream *s = c->streams; s != NULL; s = s->next)
        if (s->id == id && s->from == from)
            return s;
    struct stream *made = c->stream_count < STREAMS_MAX ? malloc(sizeof(*made)) : NULL;
    if (made == NULL) {
        quic->err = c->stream_count < STREAMS_MAX ? TT_ERR_MEMORY : TT_ERR_LIMIT;
        return NULL;
    }
    init_stream(made, id, from, TT_VERIFY_DECODED_MAX);
    made->next = c->streams;
    c->streams = made;
    c->stream_count++;
    return made;
}

/* ---- frames ---- */

struct payload {
    struct tt_verify_quic *quic;
    struct connection *connection;
    unsigned from;
    uint64_t frame;
    enum level level;
    struct tt_span rest;
    bool failed;
};

static uint64_t number(struct payload *p)
{
    uint64_t value = 0;
    if (!p->failed)
        p->failed = !tt_verify_varint(&p->rest, &value);
    return value;
}

static struct tt_span bytes(struct payload *p, uint64_t len)
{
    p->failed = p->failed || len > p->rest.len;
    struct tt_span taken = tt_span_sub(p->rest, 0, p->failed ? 0 : (size_t)len);
    p->rest = tt_span_from(p->rest, taken.len);
    return taken;
}

/* What a frame carried came into that stream. */
static enum tt_err put_frame(const struct payload *p, struct stream *stream)
{
    return tt_buf_append(&stream->frames, tt_span_of(&p->frame, sizeof(p->frame)));
}

static void crypto_frame(struct payload *p)
{
    uint64_t at = number(p);
    struct tt_span text = bytes(p, number(p));
    struct stream *stream = &p->connection->crypto[p->level][p->from];
    if (p->failed || put(stream, at, text) != TT_OK) /* nobody says so much */
        return;
    p->quic->err = put_frame(p, stream);
}

static void text_frame(struct payload *p, enum tt_verify_quic_part part, struct tt_span text)
{
    struct tt_verify_quic *quic = p->quic;
    struct connection *c = p->connection;
    if (p->failed || text.len == 0 || c->text_count == TEXTS_MAX)
        return;
    struct text *made = malloc(sizeof(*made) + text.len);
    quic->bytes += text.len;
    if (made == NULL || quic->bytes > TT_VERIFY_BYTES_MAX) {
        quic->err = made == NULL ? TT_ERR_MEMORY : TT_ERR_LIMIT;
        free(made);
        return;
    }
    *made = (struct text){
        .next = c->texts, .part = part, .from = p->from, .frame = p->frame, .len = text.len};
    memcpy(made->bytes, text.data, text.len);
    c->texts = made;
    c->text_count++;
}

static enum tt_verify_quic_part part_of(const struct payload *p)
{
    return p->level == LEVEL_INITIAL ? TT_VERIFY_QUIC_INITIAL : TT_VERIFY_QUIC_SEALED;
}

static void stream_frame(struct payload *p, uint64_t type)
{
    uint64_t id = number(p);
    uint64_t at = (type & 4U) != 0 ? number(p) : 0;
    struct tt_span text = bytes(p, (type & 2U) != 0 ? number(p) : p->rest.len);
    struct tt_verify_quic *quic = p->quic;
    struct stream *stream = p->failed || quic->err != TT_OK || p->level != LEVEL_TRAFFIC
                                ? NULL
                                : stream_of(quic, p->connection, id, p->from);
    if (stream == NULL)
        return;
    size_t before = stream->bytes.len;
    enum tt_err err = put(stream, at, text);
    quic->bytes += stream->bytes.len - before;
    if (err == TT_OK)
        err = put_frame(p, stream);
    if (err == TT_OK && quic->bytes > TT_VERIFY_BYTES_MAX)
        err = TT_ERR_LIMIT;
    quic->err = err;
}

static void ack_frame(struct payload *p, uint64_t type)
{
    (void)number(p);
    (void)number(p);
    uint64_t ranges = number(p);
    (void)number(p);
    for (uint64_t i = 0; i < ranges && !p->failed; i++) {
        (void)number(p);
        (void)number(p);
    }
    for (unsigned i = 0; i < 3 && type == 3; i++)
        (void)number(p);
}

/* RFC 9000, section 19; RFC 9221. */
static void read_frame(struct payload *p)
{
    static const uint8_t numbers[0x20] = {
        [0x04] = 3, [0x05] = 2, [0x10] = 1, [0x11] = 2, [0x12] = 1, [0x13] = 1,
        [0x14] = 1, [0x15] = 2, [0x16] = 1, [0x17] = 1, [0x19] = 1};
    struct tt_span all = p->rest;
    uint64_t type = number(p);
    if (type == 0x02 || type == 0x03) {
        ack_frame(p, type);
    } else if (type == 0x06) {
        crypto_frame(p);
    } else if (type >= 0x08 && type <= 0x0f) {
        stream_frame(p, type);
    } else if (type == 0x07) {
        text_frame(p, part_of(p), bytes(p, number(p)));
    } else if (type == 0x30 || type == 0x31) {
        uint64_t len = type == 0x30 ? p->rest.len : number(p);
        text_frame(p, TT_VERIFY_QUIC_DATAGRAMS, bytes(p, len));
    } else if (type == 0x18) {
        (void)number(p);
        (void)number(p);
        struct tt_span len = bytes(p, 1);
        (void)bytes(p, (len.len > 0 ? len.data[0] : 0U) + 16U);
    } else if (type == 0x1a || type == 0x1b) {
        (void)bytes(p, 8);
    } else if (type == 0x1c || type == 0x1d) {
        (void)number(p);
        if (type == 0x1c)
            (void)number(p);
        text_frame(p, part_of(p), bytes(p, number(p)));
    } else if (type < TT_ARRAY_LEN(numbers)) {
        for (unsigned i = 0; i < numbers[type]; i++)
            (void)number(p);
    } else {
        text_frame(p, part_of(p), all);
        p->failed = true;
    }
}

static void read_frames(struct payload *p)
{
    while (p->rest.len > 0 && !p->failed && p->quic->err == TT_OK)
        read_frame(p);
}

/* ---- connections ---- */

/* The hello at the start of the crypto stream, once it is there. */
static void read_hello(struct connection *c, unsigned from)
{
    const struct stream *crypto = &c->crypto[LEVEL_INITIAL][from];
    const uint8_t *p = crypto->bytes.data;
    if (crypto->bytes.len < 4)
        return;
    size_t len = 4 + ((size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]);
    if (len <= crypto->bytes.len && memchr(crypto->known.data, 0, len) == NULL)
        tt_verify_hello_read(&c->hello, tt_span_of(p, len));
}

static void free_connection(struct connection *c)
{
    while (c->streams != NULL) {
        struct stream *stream = c->streams;
        c->streams = stream->next;
        free_stream(stream);
        free(stream);
    }
    while (c->texts != NULL) {
        struct text *text = c->texts;
        c->texts = text->next;
        free(text);
    }
    for (unsigned i = 0; i < LEVELS; i++) {
        free_stream(&c->crypto[i][0]);
        free_stream(&c->crypto[i][1]);
    }
    tt_wipe(c, sizeof(*c));
    free(c);
}

/* One that this Initial packet begins, if it does. */
static struct connection *begin(const struct tt_verify_quic_packet *packet, unsigned client)
{
    struct connection *c = calloc(1, sizeof(*c));
    if (c == NULL)
        return NULL;
    c->version = packet->version;
    c->client = client;
    for (unsigned i = 0; i < 2 * LEVELS; i++)
        init_stream(&c->crypto[i / 2][i % 2], 0, i % 2, CRYPTO_MAX);
    if (set_initial(c, packet->cids[0]))
        return c;
    free_connection(c);
    return NULL;
}

static bool take_initial(struct tt_verify_quic *quic, struct connection *c,
                         const struct tt_verify_quic_packet *packet,
                         const struct tt_verify_packet *datagram)
{
    struct tt_buf plain = tt_buf_make(TT_VERIFY_QUIC_PACKET_MAX);
    struct payload payload = {.quic = quic,
                              .connection = c,
                              .from = datagram->from ^ c->client,
                              .frame = datagram->frame,
                              .level = LEVEL_INITIAL};
    bool ok = tt_verify_quic_packet_open(&c->initial[payload.from], packet,
                                         &c->largest[LEVEL_INITIAL][payload.from], &plain);
    if (ok) {
        payload.rest = tt_buf_span(&plain);
        read_frames(&payload);
        c->cid_len[payload.from] = (uint8_t)packet->cids[1].len;
        read_hello(c, payload.from);
    }
    tt_buf_wipe(&plain);
    return ok;
}

static void read_initial(struct tt_verify_quic *quic, const struct tt_verify_quic_packet *packet,
                         const struct tt_verify_packet *datagram)
{
    for (struct connection *c = quic->connections; c != NULL; c = c->next)
        if (c->version == packet->version && take_initial(quic, c, packet, datagram))
            return;
    struct connection *made = quic->count < CONNECTIONS_MAX ? begin(packet, datagram->from) : NULL;
    if (made == NULL)
        return;
    if (!take_initial(quic, made, packet, datagram)) {
        free_connection(made);
        return;
    }
    made->next = quic->connections;
    quic->connections = made;
    quic->count++;
}

/* With the keys in use, those before them, the next ones, or those that contradict them. */
static bool open_short(struct connection *c, unsigned from,
                       const struct tt_verify_quic_packet *packet, struct tt_buf *out)
{
    uint64_t *largest = &c->largest[LEVEL_TRAFFIC][from];
    struct tt_verify_quic_keys *keys = &c->traffic[from][0];
    if (tt_verify_quic_packet_open(keys, packet, largest, out) ||
        tt_verify_quic_packet_open(&c->before[from], packet, largest, out))
        return true;
    struct tt_verify_quic_keys next = *keys;
    bool ok = keys->suite != NULL && tt_verify_quic_keys_update(c->version, &next) &&
              tt_verify_quic_packet_open(&next, packet, largest, out);
    if (ok) {
        c->before[from] = *keys;
        *keys = next;
    }
    for (size_t i = 1; i < TT_KEY_RIVALS_MAX && !ok; i++) {
        next = c->traffic[from][i];
        ok = tt_verify_quic_packet_open(&next, packet, largest, out);
        if (ok) {
            c->traffic[from][i] = *keys;
            *keys = next;
        }
    }
    tt_wipe(&next, sizeof(next));
    return ok;
}

static bool open_early(struct connection *c, const struct tt_verify_quic_packet *packet,
                       struct tt_buf *out)
{
    for (size_t i = 0; i < TT_KEY_RIVALS_MAX; i++)
        if (tt_verify_quic_packet_open(&c->early[i], packet, &c->largest[LEVEL_TRAFFIC][0], out))
            return true;
    return false;
}

static bool open_handshake(struct connection *c, unsigned from,
                           const struct tt_verify_quic_packet *packet, struct tt_buf *out)
{
    for (size_t i = 0; i < TT_KEY_RIVALS_MAX; i++)
        if (tt_verify_quic_packet_open(&c->handshake[from][i], packet,
                                       &c->largest[LEVEL_HANDSHAKE][from], out))
            return true;
    return false;
}

static bool take_data(struct tt_verify_quic *quic, struct connection *c,
                      struct tt_verify_quic_packet *packet, const struct tt_verify_packet *datagram)
{
    struct tt_buf plain = tt_buf_make(TT_VERIFY_QUIC_PACKET_MAX);
    struct payload payload = {.quic = quic,
                              .connection = c,
                              .from = datagram->from ^ c->client,
                              .frame = datagram->frame,
                              .level = LEVEL_TRAFFIC};
    bool ok = false;
    if (packet->is_long && packet->type == TT_VERIFY_QUIC_TYPE_HANDSHAKE) {
        payload.level = LEVEL_HANDSHAKE;
        ok = open_handshake(c, payload.from, packet, &plain);
    } else if (packet->is_long) {
        ok = payload.from == 0 && open_early(c, packet, &plain);
    } else {
        packet->number_at = 1 + (size_t)c->cid_len[1 - payload.from];
        ok = packet->number_at < packet->bytes.len && open_short(c, payload.from, packet, &plain);
    }
    if (ok) {
        if (packet->is_long)
            c->cid_len[payload.from] = (uint8_t)packet->cids[1].len;
        if (packet->is_long &&
            packet->type == TT_VERIFY_QUIC_TYPE_HANDSHAKE) /* the server's Initial may be lost */
            c->cid_len[1 - payload.from] = (uint8_t)packet->cids[0].len;
        payload.rest = tt_buf_span(&plain);
        read_frames(&payload);
    }
    tt_buf_wipe(&plain);
    return ok;
}

static void read_datagram(struct tt_verify_quic *quic, const struct tt_verify_packet *datagram,
                          bool hellos)
{
    struct tt_span rest = datagram->bytes;
    while (rest.len > 0) {
        struct tt_verify_quic_packet packet = {.bytes = rest};
        bool is_long = (rest.data[0] & 0x80U) != 0;
        if (is_long && !tt_verify_quic_packet_next(&rest, &packet))
            return;
        if (hellos && is_long && packet.type == TT_VERIFY_QUIC_TYPE_INITIAL)
            read_initial(quic, &packet, datagram);
        bool data = !is_long || packet.type != TT_VERIFY_QUIC_TYPE_INITIAL;
        for (struct connection *c = quic->connections; c != NULL && data && !hellos; c = c->next)
            if (take_data(quic, c, &packet, datagram))
                break;
        if (!is_long)
            return;
    }
}

enum tt_err tt_verify_quic_open(const struct tt_verify_packet *packets, size_t count,
                                const struct tt_verify_secrets *keys,
                                struct tt_verify_quic **ret_quic)
{
    struct tt_verify_quic *quic = calloc(1, sizeof(*quic));
    if (quic == NULL)
        return TT_ERR_MEMORY;
    quic->keys = keys;
    for (size_t i = 0; i < count && quic->err == TT_OK; i++)
        read_datagram(quic, &packets[i], true);
    for (struct connection *c = quic->connections; c != NULL; c = c->next)
        set_traffic(quic, c);
    for (size_t i = 0; i < count && quic->err == TT_OK && (quic->keyed || quic->handshake_keyed);
         i++)
        read_datagram(quic, &packets[i], false);
    enum tt_err err = quic->err;
    if (err == TT_OK)
        *ret_quic = quic;
    else
        tt_verify_quic_free(quic);
    return err;
}

void tt_verify_quic_free(struct tt_verify_quic *quic)
{
    while (quic != NULL && quic->connections != NULL) {
        struct connection *c = quic->connections;
        quic->connections = c->next;
        free_connection(c);
    }
    free(quic);
}

/* ---- asking ---- */

/* A stream of one direction whose type is `type`, without that; empty when there is none. */
static struct tt_span typed(const struct connection *c, unsigned from, uint64_t type)
{
    for (const struct stream *s = c->streams; s != NULL; s = s->next) {
        struct tt_span text = tt_buf_span(&s->bytes);
        uint64_t said = 0;
        const uint8_t *gap = memchr(s->known.data, 0, s->known.len);
        text = tt_span_sub(text, 0, gap == NULL ? text.len : (size_t)(gap - s->known.data));
        if (s->from == from && (s->id & 2U) != 0 && tt_verify_varint(&text, &said) && said == type)
            return text;
    }
    return tt_span_str("");
}

/* SETTINGS_QPACK_MAX_TABLE_CAPACITY (RFC 9204, section 5) of that side. */
static size_t table_of(const struct connection *c, unsigned from)
{
    struct tt_span control = typed(c, from, 0);
    uint64_t type = 0;
    uint64_t len = 0;
    uint64_t value = 0;
    if (!tt_verify_varint(&control, &type) || type != 4 || !tt_verify_varint(&control, &len))
        return 0;
    struct tt_span settings =
        tt_span_sub(control, 0, len < control.len ? (size_t)len : control.len);
    while (tt_verify_varint(&settings, &type) && tt_verify_varint(&settings, &value))
        if (type == 1)
            return value < TABLE_MAX ? (size_t)value : TABLE_MAX;
    return 0;
}

static bool is_touched(const struct stream *stream, uint64_t frame)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < stream->frames.len; i += sizeof(seen)) {
        memcpy(&seen, stream->frames.data + i, sizeof(seen));
        if (seen == frame)
            return true;
    }
    return frame == 0;
}

struct asking {
    enum tt_verify_quic_part part;
    unsigned from; /* of the client: 0 */
    uint64_t frame;
    bool (*take)(void *context, const struct tt_verify_window *window);
    void *context;
};

static bool ask_streams(const struct connection *c, const struct asking *asking)
{
    struct tt_verify_window window = {.encoder = typed(c, asking->from, 2),
                                      .table = table_of(c, 1 - asking->from)};
    for (const struct stream *s = c->streams; s != NULL; s = s->next) {
        if (s->from != asking->from || !is_touched(s, asking->frame))
            continue;
        window.bytes = tt_buf_span(&s->bytes);
        window.known = s->known.data;
        if (asking->take(asking->context, &window))
            return true;
    }
    return false;
}

/* Handshake messages. */
static bool ask_crypto(const struct connection *c, const struct asking *asking)
{
    if (asking->part == TT_VERIFY_QUIC_DATAGRAMS)
        return false;
    bool initial = asking->part == TT_VERIFY_QUIC_INITIAL;
    for (unsigned level = initial ? LEVEL_INITIAL : LEVEL_HANDSHAKE;
         level < (initial ? (unsigned)LEVEL_HANDSHAKE : (unsigned)LEVELS); level++) {
        const struct stream *s = &c->crypto[level][asking->from];
        const struct tt_verify_window window = {.bytes = tt_buf_span(&s->bytes),
                                                .known = s->known.data};
        if (is_touched(s, asking->frame) && asking->take(asking->context, &window))
            return true;
    }
    return false;
}

static bool ask_texts(const struct connection *c, const struct asking *asking)
{
    for (const struct text *t = c->texts; t != NULL; t = t->next) {
        const struct tt_verify_window window = {.bytes = tt_span_of(t->bytes, t->len)};
        if (t->part == asking->part && t->from == asking->from &&
            (asking->frame == 0 || t->frame == asking->frame) &&
            asking->take(asking->context, &window))
            return true;
    }
    return false;
}

const char *tt_verify_quic_try(const struct tt_verify_quic *quic, enum tt_verify_quic_part part,
                               unsigned from, uint64_t frame,
                               bool (*take)(void *context, const struct tt_verify_window *window),
                               void *context)
{
    struct asking asking = {.part = part, .frame = frame, .take = take, .context = context};
    bool keyed = part == TT_VERIFY_QUIC_SEALED ? quic->keyed || quic->handshake_keyed : quic->keyed;
    if (quic->connections == NULL)
        return "sealed with QUIC, of which the handshake is not in the capture: not walked";
    if (!keyed && part != TT_VERIFY_QUIC_INITIAL)
        return "the keys of this connection were not given: --keys lacks";
    for (const struct connection *c = quic->connections; c != NULL; c = c->next) {
        asking.from = from ^ c->client;
        if (part == TT_VERIFY_QUIC_STREAMS ? ask_streams(c, &asking)
                                           : ask_crypto(c, &asking) || ask_texts(c, &asking))
            return NULL;
    }
    return NULL;
}
