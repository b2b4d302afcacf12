#include "decrypt/quic_state.h"

#include <stdlib.h>

enum { PIECE_COST = 32 /* about what malloc adds */ };

#define GAP_TIME ((uint64_t)TT_QUIC_GAP_SECONDS * 1000000000U)

/* ---- what is held ---- */

static void start_waiting(struct tt_quic_table *table, struct tt_quic_way *way, uint64_t time)
{
    way->since = time;
    way->newer = NULL;
    way->older = table->newest_wait;
    if (table->newest_wait != NULL)
        table->newest_wait->newer = way;
    else
        table->oldest_wait = way;
    table->newest_wait = way;
}

static void stop_waiting(struct tt_quic_table *table, struct tt_quic_way *way)
{
    if (way->older != NULL)
        way->older->newer = way->newer;
    else
        table->oldest_wait = way->newer;
    if (way->newer != NULL)
        way->newer->older = way->older;
    else
        table->newest_wait = way->older;
}

static size_t piece_cost(size_t len)
{
    return sizeof(struct tt_quic_piece) + len + PIECE_COST;
}

/* Puts a copy of `bytes` behind `after` (NULL: in front). Without memory they are missing. */
static struct tt_quic_piece *insert_piece(struct tt_quic_way *way, struct tt_quic_piece *after,
                                          uint64_t at, struct tt_span bytes,
                                          const struct tt_origin *origin)
{
    struct tt_quic_table *table = way->stream->quic->table;
    struct tt_quic_piece *piece = malloc(sizeof(*piece) + bytes.len);
    if (piece == NULL)
        return after;
    *piece = (struct tt_quic_piece){.at = at, .len = bytes.len, .origin = *origin};
    memcpy(piece->bytes, bytes.data, bytes.len);
    if (way->first == NULL)
        start_waiting(table, way, origin->time);
    piece->before = after;
    piece->next = after == NULL ? way->first : after->next;
    if (piece->next != NULL)
        piece->next->before = piece;
    else
        way->last = piece;
    if (after != NULL)
        after->next = piece;
    else
        way->first = piece;
    way->held += (uint32_t)bytes.len;
    way->pieces++;
    table->held += piece_cost(bytes.len);
    return piece;
}

static void drop_first(struct tt_quic_way *way)
{
    struct tt_quic_table *table = way->stream->quic->table;
    struct tt_quic_piece *piece = way->first;
    way->first = piece->next;
    if (way->first != NULL)
        way->first->before = NULL;
    else
        way->last = NULL;
    way->held -= (uint32_t)piece->len;
    way->pieces--;
    table->held -= piece_cost(piece->len);
    if (way->first == NULL)
        stop_waiting(table, way);
    free(piece);
}

/* Holds what is not held yet; of bytes that come twice the first copy counts. Returns how many. */
static size_t hold(struct tt_quic_way *way, uint64_t at, struct tt_span bytes,
                   const struct tt_origin *origin)
{
    uint64_t from = at;
    uint64_t to = at + bytes.len;
    size_t stored = 0;
    struct tt_quic_piece *after = way->last;
    while (after != NULL && after->at > from)
        after = after->before;
    if (after != NULL && after->at + after->len > from)
        from = after->at + after->len;
    while (from < to) {
        struct tt_quic_piece *next = after == NULL ? way->first : after->next;
        uint64_t hole = next != NULL && next->at < to ? next->at : to;
        if (from < hole) {
            struct tt_span part = tt_span_sub(bytes, (size_t)(from - at), (size_t)(hole - from));
            after = insert_piece(way, after, from, part, origin);
            stored += part.len;
        }
        if (next == NULL || next->at >= to)
            break;
        after = next;
        from = next->at + next->len;
    }
    return stored;
}

/* ---- handing out ---- */

static bool is_crypto(const struct tt_quic_stream *stream)
{
    return stream->id >= TT_QUIC_CRYPTO_STREAM;
}

static void hand_out(struct tt_quic_way *way, struct tt_span bytes, const struct tt_origin *origin,
                     bool end, bool cut)
{
    struct tt_quic_stream *stream = way->stream;
    struct tt_quic *quic = stream->quic;
    const struct tt_quic_sink *sink = quic->table->sink;
    uint8_t sender = way == &stream->ways[TT_QUIC_SERVER] ? TT_QUIC_SERVER : TT_QUIC_CLIENT;
    const struct tt_quic_data data = {
        .flow = tt_quic_flow(quic),
        .direction = tt_quic_direction(quic, sender),
        .from_server = sender == TT_QUIC_SERVER,
        .level = (enum tt_quic_level)(is_crypto(stream) ? stream->id & 3U : quic->level),
        .security =
            is_crypto(stream) ? quic->openings[stream->id & 3U][sender].security : quic->security,
        .stream = is_crypto(stream) ? 0 : stream->id,
        .at = way->at,
        .gap = way->gap,
        .bytes = bytes,
        .end = end,
        .cut = cut,
        .origin = *origin};
    way->at += bytes.len;
    way->gap = 0;
    if (end)
        way->done = true;
    if (!is_crypto(stream)) {
        if (sink->stream != NULL)
            sink->stream(sink->context, quic->user, &data);
        return;
    }
    if (sink->crypto != NULL)
        sink->crypto(sink->context, quic->user, &data);
    tt_quic_crypto_take(quic, &data);
}

/* Hands out what is held and next in order. */
static void drain(struct tt_quic_way *way)
{
    while (way->first != NULL && way->first->at <= way->at) {
        const struct tt_quic_piece *piece = way->first;
        uint64_t end = piece->at + piece->len;
        if (end > way->at && !way->done) {
            struct tt_span bytes = tt_span_of(piece->bytes, piece->len);
            bytes = tt_span_from(bytes, (size_t)(way->at - piece->at));
            hand_out(way, bytes, &piece->origin, end == way->end, false);
        }
        drop_first(way);
    }
}

/* What is missing before the first piece will not come. */
static void skip_gap(struct tt_quic_way *way)
{
    if (way->first == NULL)
        return;
    if (way->first->at > way->at) {
        const struct tt_quic *quic = way->stream->quic;
        uint64_t missing = way->first->at - way->at;
        tt_quic_note(quic, tt_quic_flow(quic), "quic.gap", way->first->origin.first_frame, missing,
                     "bytes of a QUIC stream are missing");
        way->gap += missing;
        way->at = way->first->at;
    }
    drain(way);
    if (way->first != NULL) {
        struct tt_quic_table *table = way->stream->quic->table;
        uint64_t since = way->first->origin.time;
        stop_waiting(table, way);
        start_waiting(table, way, since);
    }
}

static void finish(struct tt_quic_way *way)
{
    while (way->first != NULL)
        skip_gap(way);
}

/* ---- streams ---- */

static uint64_t stream_hash(const struct tt_quic *quic, uint64_t id)
{
    const uint64_t key[2] = {(uint64_t)(uintptr_t)quic, id};
    return tt_quic_hash(&quic->table->streams, key, sizeof(key));
}

static void list_add(struct tt_quic_table *table, struct tt_quic_stream *stream)
{
    stream->newer = NULL;
    stream->older = table->newest_stream;
    if (table->newest_stream != NULL)
        table->newest_stream->newer = stream;
    else
        table->oldest_stream = stream;
    table->newest_stream = stream;
}

static void list_remove(struct tt_quic_table *table, struct tt_quic_stream *stream)
{
    if (stream->older != NULL)
        stream->older->newer = stream->newer;
    else
        table->oldest_stream = stream->newer;
    if (stream->newer != NULL)
        stream->newer->older = stream->older;
    else
        table->newest_stream = stream->older;
}

/* What it holds must be gone. */
static void forget(struct tt_quic_stream *stream)
{
    struct tt_quic *quic = stream->quic;
    struct tt_quic_table *table = quic->table;
    tt_quic_index_remove(&table->streams, &stream->link);
    list_remove(table, stream);
    if (stream->before != NULL)
        stream->before->next = stream->next;
    else
        quic->streams = stream->next;
    if (stream->next != NULL)
        stream->next->before = stream->before;
    table->stream_count--;
    tt_slab_give(&table->stream_slab, stream);
}

static void forget_if_done(struct tt_quic_stream *stream)
{
    if (stream->ways[0].done && stream->ways[1].done)
        forget(stream);
}

static void give_up_oldest(struct tt_quic_table *table)
{
    struct tt_quic_stream *stream = table->oldest_stream;
    tt_quic_note(stream->quic, tt_quic_flow(stream->quic), "quic.streams_limit", 0, 0,
                 "a QUIC stream under way was given up, since too many were");
    for (size_t i = 0; i < 2; i++) {
        finish(&stream->ways[i]);
        if (!stream->ways[i].done && !is_crypto(stream))
            hand_out(&stream->ways[i], (struct tt_span){0}, &table->now, true, true);
    }
    forget(stream);
}

static struct tt_quic_stream *add_stream(struct tt_quic *quic, uint64_t id)
{
    struct tt_quic_table *table = quic->table;
    if (table->stream_count >= TT_QUIC_STREAMS_MAX)
        give_up_oldest(table);
    struct tt_quic_stream *stream = tt_slab_take(&table->stream_slab);
    if (stream == NULL)
        return NULL;
    if (tt_quic_index_add(&table->streams, &stream->link, stream_hash(quic, id)) != TT_OK) {
        tt_slab_give(&table->stream_slab, stream);
        return NULL;
    }
    stream->quic = quic;
    stream->id = id;
    for (size_t i = 0; i < 2; i++) {
        stream->ways[i].stream = stream;
        stream->ways[i].end = UINT64_MAX;
    }
    /* One direction only: the other side has nothing to say. */
    if (!is_crypto(stream) && (id & 2U) != 0)
        stream->ways[1 - (id & 1U)].done = true;
    stream->next = quic->streams;
    if (quic->streams != NULL)
        quic->streams->before = stream;
    quic->streams = stream;
    list_add(table, stream);
    table->stream_count++;
    return stream;
}

static bool take_skipped(struct tt_quic *quic, uint64_t id)
{
    struct tt_quic_skipped *skipped = quic->skipped;
    size_t type = id & 3U;
    for (size_t i = 0; skipped != NULL && i < skipped->count[type]; i++) {
        if (skipped->ids[type][i] != id)
            continue;
        skipped->count[type]--;
        memmove(&skipped->ids[type][i], &skipped->ids[type][i + 1],
                (skipped->count[type] - i) * sizeof(skipped->ids[type][0]));
        return true;
    }
    return false;
}

/* Streams from `from` up to before `to` may still come; of very many the last ones. */
static void note_skipped(struct tt_quic *quic, size_t type, uint64_t from, uint64_t to)
{
    if (to - from > TT_QUIC_SKIPPED_MAX)
        from = to - TT_QUIC_SKIPPED_MAX;
    if (from < to && quic->skipped == NULL)
        quic->skipped = calloc(1, sizeof(*quic->skipped));
    struct tt_quic_skipped *skipped = quic->skipped;
    for (; from < to && skipped != NULL; from++) {
        if (skipped->count[type] == TT_QUIC_SKIPPED_MAX) {
            skipped->count[type]--;
            memmove(&skipped->ids[type][0], &skipped->ids[type][1],
                    skipped->count[type] * sizeof(skipped->ids[type][0]));
        }
        skipped->ids[type][skipped->count[type]++] = from << 2 | type;
    }
}

struct tt_quic_stream *tt_quic_stream_find(struct tt_quic *quic, uint64_t id)
{
    struct tt_quic_link *link = tt_quic_index_first(&quic->table->streams, stream_hash(quic, id));
    for (; link != NULL; link = tt_quic_index_next(link)) {
        /* The link is its first member. */
        struct tt_quic_stream *stream = (struct tt_quic_stream *)link;
        if (stream->quic == quic && stream->id == id)
            return stream;
    }
    if (id >= TT_QUIC_CRYPTO_STREAM)
        return add_stream(quic, id);
    size_t type = id & 3U;
    if (id >> 2 >= quic->next_ids[type]) {
        note_skipped(quic, type, quic->next_ids[type], id >> 2);
        quic->next_ids[type] = (id >> 2) + 1;
    } else if (!take_skipped(quic, id)) {
        return NULL;
    }
    return add_stream(quic, id);
}

/* ---- taking ---- */

/* Makes room for `len` more bytes: whoever waits longest goes on without what is missing. */
static void make_room(struct tt_quic_way *way, uint64_t at, size_t len)
{
    struct tt_quic_table *table = way->stream->quic->table;
    while (at > way->at && way->first != NULL &&
           (way->held + len > TT_QUIC_HELD_STREAM_MAX || way->pieces >= TT_QUIC_PIECES_MAX))
        skip_gap(way);
    while (table->held + piece_cost(len) > TT_QUIC_HELD_MAX && table->oldest_wait != NULL) {
        struct tt_quic_stream *other = table->oldest_wait->stream;
        skip_gap(table->oldest_wait);
        if (other != way->stream)
            forget_if_done(other);
    }
}

size_t tt_quic_stream_take(struct tt_quic_turn *turn, struct tt_quic_stream *stream, uint64_t at,
                           struct tt_span bytes, bool fin)
{
    struct tt_quic_table *table = stream->quic->table;
    struct tt_quic_way *way = &stream->ways[turn->sender];
    if (way->done || at + bytes.len > way->end)
        return 0;
    list_remove(table, stream);
    list_add(table, stream);
    if (fin && way->end == UINT64_MAX &&
        (way->last == NULL || way->last->at + way->last->len <= at + bytes.len))
        way->end = at + bytes.len;
    if (at > way->at)
        make_room(way, at, bytes.len);
    size_t taken = 0;
    if (way->done) {
        taken = 0; /* what was held reached the end */
    } else if (at > way->at) {
        taken = hold(way, at, bytes, &turn->origin);
    } else if (at + bytes.len > way->at) {
        struct tt_span fresh = tt_span_from(bytes, (size_t)(way->at - at));
        taken = fresh.len;
        hand_out(way, fresh, &turn->origin, at + bytes.len == way->end, false);
        drain(way);
    }
    /* The end may come by itself. */
    if (!way->done && way->at == way->end)
        hand_out(way, (struct tt_span){0}, &turn->origin, true, false);
    forget_if_done(stream);
    return taken;
}

void tt_quic_stream_reset(struct tt_quic_turn *turn, struct tt_quic_stream *stream)
{
    struct tt_quic_way *way = &stream->ways[turn->sender];
    if (way->done)
        return;
    finish(way);
    if (!way->done)
        hand_out(way, (struct tt_span){0}, &turn->origin, true, true);
    forget_if_done(stream);
}

void tt_quic_stream_expire(struct tt_quic_table *table, uint64_t time)
{
    struct tt_quic_way *way = table->oldest_wait;
    while (way != NULL && way->since + GAP_TIME < time) {
        struct tt_quic_stream *stream = way->stream;
        skip_gap(way);
        forget_if_done(stream);
        way = table->oldest_wait;
    }
}

void tt_quic_stream_end_crypto(struct tt_quic *quic, enum tt_quic_level level)
{
    struct tt_quic_stream *stream = quic->streams;
    while (stream != NULL && stream->id != TT_QUIC_CRYPTO_STREAM + (uint64_t)level)
        stream = stream->next;
    if (stream == NULL)
        return;
    for (size_t i = 0; i < 2; i++)
        finish(&stream->ways[i]);
    forget(stream);
}

void tt_quic_stream_end_all(struct tt_quic *quic)
{
    struct tt_quic_stream *first = quic->streams; /* the newest one comes first in the list */
    while (first != NULL && first->next != NULL)
        first = first->next;
    /* Streams that have one direction only come first: in HTTP/3 the others cannot be read without
     * them. */
    for (unsigned last = 0; last < 2; last++)
        for (struct tt_quic_stream *stream = first; stream != NULL; stream = stream->before)
            if (last == 1 || (stream->id & 2U) != 0)
                for (size_t i = 0; i < 2; i++)
                    finish(&stream->ways[i]);
    while (quic->streams != NULL)
        forget(quic->streams);
}
