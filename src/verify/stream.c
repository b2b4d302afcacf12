#include "verify/stream.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"
#include "verify/tls.h"

enum {
    FLAG_SYN = 2,
    FLAG_ACK = 16,
    BEFORE = 65536, /* bytes in front of a range: the head of an HTTP message */
    BEHIND = 8192,  /* and behind it: fields that may be salts or keys */
    BASES_MAX = 256,
    PEER_MAX = 65536 /* bytes of a connection of which the handshake is wanted */
};

struct segment {
    uint32_t seq; /* of its first byte; of a SYN: behind it */
    bool syn;
    uint64_t frame;
    size_t at; /* in the bytes of the stream */
    size_t len;
};

/* One direction of all connections between two ends. */
struct stream {
    struct tt_buf bytes;
    struct segment *segments; /* as they came */
    size_t count;
    size_t room;
    bool peer;         /* only its beginning is wanted */
    uint32_t told[16]; /* where it begins, by SYN-ACKs of the other side */
    size_t told_count;
};

struct key {
    struct tt_addr addr[2];
    uint16_t port[2];
};

struct server {
    struct tt_addr addr;
    uint16_t port;
};

struct tt_verify_streams {
    struct tt_map *map; /* key -> stream */
    size_t bytes;
    struct server servers[TT_VERIFY_SERVERS_MAX];
    size_t server_count;
};

struct tt_verify_streams *tt_verify_streams_new(void)
{
    struct tt_verify_streams *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->map = tt_map_new(TT_FINDINGS_MAX);
    if (s->map != NULL)
        return s;
    free(s);
    return NULL;
}

static void free_stream(void *opaque)
{
    struct stream *stream = opaque;
    tt_buf_free(&stream->bytes);
    free(stream->segments);
    free(stream);
}

void tt_verify_streams_free(struct tt_verify_streams *streams)
{
    if (streams == NULL)
        return;
    tt_map_free(streams->map, free_stream);
    free(streams);
}

static struct key key_of(const struct tt_verify_place *p, unsigned from)
{
    struct key key;
    memset(&key, 0, sizeof(key)); /* padding counts, too */
    for (unsigned i = 0; i < 2; i++) {
        key.addr[i] = p->addr[from ^ i];
        key.port[i] = p->port[from ^ i];
    }
    return key;
}

static struct stream *find(const struct tt_verify_streams *streams, const struct key *key)
{
    return tt_map_get(streams->map, tt_span_of(key, sizeof(*key)));
}

static enum tt_err want(struct tt_verify_streams *streams, struct key key)
{
    if (find(streams, &key) != NULL)
        return TT_OK;
    struct stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL)
        return TT_ERR_MEMORY;
    stream->bytes = tt_buf_make(TT_VERIFY_BYTES_MAX);
    enum tt_err err = tt_map_put(streams->map, tt_span_of(&key, sizeof(key)), stream);
    if (err != TT_OK)
        free_stream(stream);
    return err;
}

enum tt_err tt_verify_streams_want(struct tt_verify_streams *streams,
                                   const struct tt_verify_place *segment)
{
    return want(streams, key_of(segment, 0));
}

enum tt_err tt_verify_streams_want_other(struct tt_verify_streams *streams,
                                         const struct tt_verify_place *segment)
{
    return want(streams, key_of(segment, 1));
}

enum tt_err tt_verify_streams_want_server(struct tt_verify_streams *streams, struct tt_addr addr,
                                          uint16_t port)
{
    for (size_t i = 0; i < streams->server_count; i++)
        if (tt_addr_eq(streams->servers[i].addr, addr) && streams->servers[i].port == port)
            return TT_OK;
    if (streams->server_count < TT_VERIFY_SERVERS_MAX)
        streams->servers[streams->server_count++] = (struct server){.addr = addr, .port = port};
    return TT_OK;
}

/* One of the ends is a server whose handshakes are wanted: a stream for it, or NULL. */
static struct stream *peer_of(struct tt_verify_streams *streams, const struct tt_verify_place *p)
{
    bool wanted = false;
    for (size_t i = 0; i < 2 * streams->server_count && !wanted; i++) {
        const struct server *server = &streams->servers[i / 2];
        wanted = p->port[i % 2] == server->port && tt_addr_eq(p->addr[i % 2], server->addr);
    }
    struct key key = key_of(p, 0);
    /* What there is no room for opens nothing. */
    struct stream *stream = wanted && want(streams, key) == TT_OK ? find(streams, &key) : NULL;
    if (stream != NULL)
        stream->peer = true;
    return stream;
}

static enum tt_err keep(struct stream *stream, const struct tt_verify_place *place)
{
    if (stream->count == stream->room) {
        size_t room = stream->room == 0 ? 64 : stream->room * 2;
        struct segment *segments = realloc(stream->segments, room * sizeof(*segments));
        if (segments == NULL)
            return TT_ERR_MEMORY;
        stream->segments = segments;
        stream->room = room;
    }
    bool syn = (place->flags & FLAG_SYN) != 0;
    struct segment segment = {.seq = place->seq + (syn ? 1 : 0),
                              .syn = syn,
                              .frame = place->frame,
                              .at = stream->bytes.len,
                              .len = place->bytes.len};
    enum tt_err err = tt_buf_append(&stream->bytes, place->bytes);
    if (err == TT_OK)
        stream->segments[stream->count++] = segment;
    return err;
}

enum tt_err tt_verify_streams_add(struct tt_verify_streams *streams,
                                  const struct tt_verify_place *place)
{
    struct key key = key_of(place, 0);
    struct stream *stream = find(streams, &key);
    bool syn = (place->flags & FLAG_SYN) != 0;
    enum tt_err err = TT_OK;
    if (stream == NULL)
        stream = peer_of(streams, place);
    bool full = stream != NULL && stream->peer && stream->bytes.len + place->bytes.len > PEER_MAX;
    if (stream != NULL && !full && (place->bytes.len > 0 || syn)) {
        streams->bytes += place->bytes.len;
        err = streams->bytes > TT_VERIFY_BYTES_MAX ? TT_ERR_LIMIT : keep(stream, place);
    }
    struct key other_key = key_of(place, 1);
    struct stream *other = syn && (place->flags & FLAG_ACK) != 0 ? find(streams, &other_key) : NULL;
    if (other != NULL && other->told_count < sizeof(other->told) / sizeof(other->told[0]))
        other->told[other->told_count++] = place->ack;
    return err;
}

/* ---- putting together ---- */

/* What a window is made of. */
struct making {
    const struct stream *stream;
    size_t first; /* segments [first, end) */
    size_t end;
    uint64_t from; /* offset in the stream */
    size_t len;
    uint8_t *bytes;
    uint8_t *known;
    bool inside; /* of struct tt_verify_window */
};

/* Copies segments to their places. Of bytes that came twice the first copy stays, or the last. */
static void fill(struct making *m, uint32_t base, bool last)
{
    uint32_t start = base + (uint32_t)m->from;
    memset(m->known, 0, m->len);
    memset(m->bytes, 0, m->len);
    for (size_t i = m->first; i < m->end; i++) {
        const struct segment *segment = &m->stream->segments[i];
        int64_t to = (int32_t)(segment->seq - start);
        for (size_t j = 0; j < segment->len; j++, to++) {
            if (to < 0 || (uint64_t)to >= m->len || (!last && m->known[to] != 0))
                continue;
            m->bytes[to] = m->stream->bytes.data[segment->at + j];
            m->known[to] = 1;
        }
    }
}

/* Bases to be tried: where the stream may begin. */
struct bases {
    uint32_t list[BASES_MAX];
    size_t count;
};

static void add_base(struct bases *bases, uint32_t base)
{
    for (size_t i = 0; i < bases->count; i++)
        if (bases->list[i] == base)
            return;
    if (bases->count < BASES_MAX)
        bases->list[bases->count++] = base;
}

static bool is_mqtt(const struct tt_proof_step *step)
{
    return strncmp(step->step, "mqtt.", 5) == 0;
}

static bool is_websocket(const struct tt_proof_step *step)
{
    return strncmp(step->step, "websocket.", 10) == 0;
}

/* Needs all that was said before: where packets begin, and what compressed messages refer to. */
static bool is_from_start(const struct tt_proof_step *step)
{
    size_t len = strlen(step->step);
    bool head = len > 5 && strcmp(step->step + len - 5, ".head") == 0; /* HPACK's table */
    return head || is_mqtt(step) || is_websocket(step) || strncmp(step->step, "socks.", 6) == 0;
}

/* With that base, does the range meet the segment? Names of DNS have no range in the stream. */
static bool meets(const struct making *m, uint32_t base, const struct tt_verify_place *segment,
                  const struct tt_proof_step *step)
{
    uint32_t from = base + (uint32_t)step->offset;
    int64_t ahead = (int32_t)(segment->seq - from);
    /* Inside a WebSocket, MQTT has offsets of its own, as has what HTTP/2 carries: less than those
     * of the stream. */
    if (m->inside || strncmp(step->step, "dns.", 4) == 0 || is_mqtt(step))
        return (int32_t)(segment->seq - base) >= 0;
    return ahead < (int64_t)step->length && ahead + (int64_t)segment->bytes.len > 0;
}

static void find_bases(const struct making *m, const struct tt_verify_place *segment,
                       const struct tt_proof_step *step, struct bases *bases)
{
    const struct stream *stream = m->stream;
    for (size_t i = m->first; i < m->end; i++)
        if (stream->segments[i].syn && meets(m, stream->segments[i].seq, segment, step))
            add_base(bases, stream->segments[i].seq);
    for (size_t i = 0; i < stream->told_count; i++)
        if (meets(m, stream->told[i], segment, step))
            add_base(bases, stream->told[i]);
    for (size_t i = m->first; i < m->end; i++)
        if (meets(m, stream->segments[i].seq, segment, step))
            add_base(bases, stream->segments[i].seq);
}

/* The range of segments of the connection that the one of `frame` belongs to: from its SYN to the
 * next. */
static void find_connection(struct making *m, uint64_t frame)
{
    size_t at = 0;
    while (at < m->stream->count && m->stream->segments[at].frame < frame)
        at++;
    m->first = 0;
    m->end = m->stream->count;
    for (size_t i = 0; i < m->stream->count; i++) {
        if (!m->stream->segments[i].syn)
            continue;
        if (i <= at)
            m->first = i;
        else if (m->end == m->stream->count &&
                 m->stream->segments[i].seq != m->stream->segments[m->first].seq)
            m->end = i;
    }
}

static bool try_bases(struct making *m, const struct tt_verify_place *segment,
                      const struct tt_proof_step *step,
                      bool (*take)(void *context, const struct tt_verify_window *window),
                      void *context)
{
    struct bases bases = {.count = 0};
    find_bases(m, segment, step, &bases);
    for (size_t i = 0; i < bases.count; i++) {
        for (unsigned last = 0; last < 2; last++) {
            fill(m, bases.list[i], last == 1);
            struct tt_verify_window window = {.bytes = tt_span_of(m->bytes, m->len),
                                              .at = m->from,
                                              .known = m->known,
                                              .inside = m->inside};
            if (take(context, &window))
                return true;
        }
    }
    return false;
}

enum tt_err
tt_verify_streams_try(const struct tt_verify_streams *streams,
                      const struct tt_verify_place *segment, const struct tt_proof_step *step,
                      bool (*take)(void *context, const struct tt_verify_window *window),
                      void *context)
{
    struct key key = key_of(segment, 0);
    const struct stream *stream = find(streams, &key);
    if (stream == NULL || step->length > TT_VERIFY_DECODED_MAX)
        return TT_OK;
    bool dns = strncmp(step->step, "dns.", 4) == 0;
    struct making m = {.stream = stream};
    m.from = step->offset > BEFORE ? step->offset - BEFORE : 0;
    m.len = (size_t)(step->offset - m.from) + (size_t)step->length + BEHIND;
    if (dns) {
        m.from = 0;
        m.len = stream->bytes.len;
    } else if (is_from_start(step) && m.from <= TT_VERIFY_BYTES_MAX) {
        m.len += (size_t)m.from;
        m.from = 0;
        if (m.len < stream->bytes.len)
            m.len = stream->bytes.len;
    }
    m.bytes = malloc(m.len + 1);
    m.known = malloc(m.len + 1);
    enum tt_err err = m.bytes == NULL || m.known == NULL ? TT_ERR_MEMORY : TT_OK;
    if (err == TT_OK) {
        find_connection(&m, segment->frame);
        bool taken = try_bases(&m, segment, step, take, context);
        m.inside = !taken && is_websocket(step);
        if (m.inside)
            taken = try_bases(&m, segment, step, take, context);
        m.inside = false;
        m.first = 0; /* segments that overtook their SYN */
        m.end = stream->count;
        if (!taken)
            (void)try_bases(&m, segment, step, take, context);
    }
    free(m.bytes);
    free(m.known);
    return err;
}

/* ---- for what is sealed ---- */

/* Where the bytes of the segments begin: the SYN says, or the first of them. */
static uint32_t base_of(const struct making *m)
{
    const struct segment *segments = m->stream->segments;
    uint32_t base = m->first < m->end ? segments[m->first].seq : 0;
    for (size_t i = m->first; i < m->end; i++) {
        if (segments[i].syn)
            return segments[i].seq;
        if ((int32_t)(segments[i].seq - base) < 0)
            base = segments[i].seq;
    }
    return base;
}

enum tt_err tt_verify_streams_whole(const struct tt_verify_streams *streams,
                                    const struct tt_verify_place *segment, bool other,
                                    struct tt_buf *out, uint64_t *ret_begin, uint64_t *ret_at,
                                    bool *ret_cut)
{
    struct key key = key_of(segment, other ? 1 : 0);
    struct making m = {.stream = find(streams, &key)};
    if (m.stream == NULL || m.stream->count == 0)
        return TT_OK;
    find_connection(&m, segment->frame);
    uint32_t base = base_of(&m);
    for (size_t i = m.first; i < m.end; i++) {
        const struct segment *s = &m.stream->segments[i];
        int64_t end = (int32_t)(s->seq - base) + (int64_t)s->len;
        if (end > (int64_t)m.len && end <= (int64_t)m.stream->bytes.len + BEFORE)
            m.len = (size_t)end;
    }
    enum tt_err err = tt_buf_reserve(out, m.len + 1);
    m.known = malloc(m.len + 1);
    if (err == TT_OK && m.known == NULL)
        err = TT_ERR_MEMORY;
    if (err == TT_OK) {
        m.bytes = out->data + out->len;
        fill(&m, base, false);
        const uint8_t *gap = memchr(m.known, 0, m.len);
        out->len += gap == NULL ? m.len : (size_t)(gap - m.known);
        if (ret_cut != NULL)
            *ret_cut = gap != NULL;
        if (ret_begin != NULL)
            *ret_begin = m.stream->segments[m.first].frame;
        if (ret_at != NULL)
            *ret_at = segment->seq - base;
    }
    free(m.known);
    return err;
}

bool tt_verify_streams_peer(const struct tt_verify_streams *streams, size_t at,
                            const struct tt_verify_place *place, struct tt_verify_place *ret_peer,
                            bool *ret_more)
{
    struct tt_span name = {0};
    struct key key;
    *ret_more = at < tt_map_count(streams->map);
    const struct stream *stream = *ret_more ? tt_map_at(streams->map, at, &name) : NULL;
    if (stream == NULL || stream->count == 0 || name.len != sizeof(key))
        return false;
    memcpy(&key, name.data, sizeof(key));
    *ret_peer = (struct tt_verify_place){.sort = TT_VERIFY_TCP,
                                         .addr = {key.addr[0], key.addr[1]},
                                         .port = {key.port[0], key.port[1]},
                                         .frame = stream->segments[0].frame,
                                         .seq = stream->segments[0].seq};
    bool shared = false;
    for (unsigned i = 0; i < 2; i++)
        shared =
            shared || (key.port[1] == place->port[i] && tt_addr_eq(key.addr[1], place->addr[i]));
    return shared;
}

enum tt_err tt_verify_streams_packets(const struct tt_verify_streams *streams,
                                      const struct tt_verify_place *place, struct tt_buf *out)
{
    const struct stream *both[2] = {NULL};
    size_t at[2] = {0};
    enum tt_err err = TT_OK;
    for (unsigned i = 0; i < 2; i++) {
        struct key key = key_of(place, i);
        both[i] = find(streams, &key);
    }
    while (err == TT_OK) {
        const struct segment *next = NULL;
        unsigned from = 0;
        for (unsigned i = 0; i < 2; i++) {
            if (both[i] == NULL || at[i] >= both[i]->count)
                continue;
            const struct segment *segment = &both[i]->segments[at[i]];
            if (next == NULL || segment->frame < next->frame) {
                next = segment;
                from = i;
            }
        }
        if (next == NULL)
            break;
        at[from]++;
        const struct tt_verify_packet packet = {
            .frame = next->frame,
            .from = from,
            .bytes = tt_span_of(both[from]->bytes.data + next->at, next->len)};
        err = tt_buf_append(out, tt_span_of(&packet, sizeof(packet)));
    }
    return err;
}
