/* User messages of SCTP from their fragments (RFC 9260 section 6.9, RFC 8260 section 2.1). */
#include "model/limits.h"
#include "net/sctp.h"

#include <stdlib.h>

/* Fragments that may belong together: all DATA chunks of a direction, or those of one I-DATA
 * message. A piece held is a whole chunk, so that its flags stay with it; its place is the number
 * of the fragment times SLOT, which is more than a chunk can have. */
struct tt_sctp_parts {
    struct tt_sctp_parts *older; /* in the list of the direction */
    struct tt_sctp *sctp;
    struct tt_reorder *held; /* its side is the direction */
    bool interleaved;
    bool unordered;
    uint16_t stream;
    uint32_t message;
};

enum { SLOT = 65536 };

static bool has(const struct tt_reorder_piece *piece, unsigned flag)
{
    return (piece->bytes.data[1] & flag) != 0;
}

/* True when the piece at index `at` goes on in the one behind it. */
static bool is_continued(const struct tt_reorder *held, size_t at)
{
    const struct tt_reorder_piece *piece = &held->pieces[at];
    return at + 1 < held->end && !has(piece, TT_SCTP_END) && !has(piece + 1, TT_SCTP_BEGIN) &&
           piece[1].at == piece->at + SLOT;
}

/* ---- handing on ---- */

static void put(struct tt_net *net, struct tt_sctp *sctp, struct tt_chunk chunk)
{
    if (chunk.bytes.len == 0)
        return;
    chunk.flow = &sctp->conn.flow;
    chunk.flags |= TT_CHUNK_DATAGRAM;
    tt_net_put(net, &chunk);
}

/* Hands on the pieces with the indices `from` to `to` - 1 as one datagram, and forgets them. */
static void put_run(struct tt_net *net, struct tt_sctp_parts *parts, size_t from, size_t to,
                    unsigned flags)
{
    struct tt_reorder *held = parts->held;
    size_t header = tt_sctp_data_header(parts->interleaved);
    struct tt_chunk chunk = {.direction = (enum tt_direction)held->side,
                             .flags = flags,
                             .first_frame = held->pieces[from].first_frame};
    struct tt_joined *joined = &net->sctp_message;
    tt_joined_clear(joined);
    for (size_t i = from; i < to; i++) {
        const struct tt_reorder_piece *piece = &held->pieces[i];
        tt_joined_add(joined, tt_span_from(piece->bytes, header), piece);
        if (piece->first_frame < chunk.first_frame)
            chunk.first_frame = piece->first_frame;
        if (piece->last_frame >= chunk.last_frame) {
            chunk.last_frame = piece->last_frame;
            chunk.time = piece->time;
        }
    }
    tt_reorder_remove(held, from, to);
    chunk.bytes = tt_span_of(joined->bytes, joined->len);
    chunk.parts = joined->parts;
    chunk.part_count = joined->part_count;
    put(net, parts->sctp, chunk);
}

/* ---- lists of fragments ---- */

static struct tt_sctp_half *half_of(const struct tt_sctp_parts *parts)
{
    return &parts->sctp->half[parts->held->side];
}

static void discard(struct tt_sctp_half *half, struct tt_sctp_parts *parts)
{
    struct tt_sctp_parts **link = &half->parts;
    while (*link != parts)
        link = &(*link)->older;
    *link = parts->older;
    half->parts_count--;
    tt_reorder_free(parts->held);
    free(parts);
}

static void give_up(struct tt_net *net, struct tt_sctp_parts *parts, const char *code,
                    const char *text)
{
    struct tt_reorder *held = parts->held;
    struct tt_note note = {.code = code,
                           .flow = &parts->sctp->conn.flow,
                           .frame = held->pieces[held->first].last_frame,
                           .length = held->bytes,
                           .text = text};
    tt_net_note(net, &note);
    while (tt_reorder_count(held) > 0) {
        size_t last = held->first;
        while (is_continued(held, last))
            last++;
        put_run(net, parts, held->first, last + 1, TT_CHUNK_CUT);
    }
    discard(half_of(parts), parts);
}

static struct tt_sctp_parts *oldest_of(const struct tt_sctp_half *half)
{
    struct tt_sctp_parts *oldest = half->parts;
    while (oldest->older != NULL)
        oldest = oldest->older;
    return oldest;
}

static void give_up_limit(struct tt_net *net, struct tt_sctp_parts *parts)
{
    give_up(net, parts, "sctp.limit",
            "too many fragments of SCTP messages at once; some were read without being put "
            "together");
}

static struct tt_sctp_parts *find(const struct tt_sctp_half *half, const struct tt_sctp_data *data)
{
    bool unordered = (data->flags & TT_SCTP_UNORDERED) != 0;
    struct tt_sctp_parts *parts = half->parts;
    for (; parts != NULL; parts = parts->older) {
        if (parts->interleaved != data->interleaved)
            continue;
        if (!data->interleaved ||
            (parts->stream == data->stream && parts->message == data->message &&
             parts->unordered == unordered))
            break;
    }
    return parts;
}

static struct tt_sctp_parts *add(struct tt_net *net, struct tt_sctp *sctp,
                                 const struct tt_sctp_data *data)
{
    struct tt_sctp_half *half = &sctp->half[data->direction];
    struct tt_sctp_parts *parts = calloc(1, sizeof(*parts));
    if (parts == NULL ||
        !tt_joined_make(&net->sctp_message, TT_SCTP_MESSAGE_MAX, TT_SCTP_FRAGMENTS_MAX))
        goto fail;
    parts->held = tt_reorder_new(&net->sctp_held, parts, data->direction);
    if (parts->held == NULL)
        goto fail;
    parts->sctp = sctp;
    parts->interleaved = data->interleaved;
    parts->unordered = (data->flags & TT_SCTP_UNORDERED) != 0;
    parts->stream = data->stream;
    parts->message = data->message;
    parts->older = half->parts;
    half->parts = parts;
    half->parts_count++;
    return parts;
fail:
    free(parts);
    tt_net_fail(net, TT_ERR_MEMORY);
    return NULL;
}

/* Keeps the caps for a chunk of `len` bytes that joins `*parts` (NULL: new ones); `*parts` becomes
 * NULL when they had to go. False when there is no room even so. */
static bool make_room(struct tt_net *net, struct tt_sctp_half *half, struct tt_sctp_parts **parts,
                      size_t len)
{
    if (*parts != NULL && ((*parts)->held->bytes + len > TT_SCTP_MESSAGE_MAX ||
                           tt_reorder_count((*parts)->held) >= TT_SCTP_FRAGMENTS_MAX)) {
        give_up_limit(net, *parts);
        *parts = NULL;
    }
    if (*parts == NULL && half->parts_count >= TT_SCTP_MESSAGES_MAX)
        give_up_limit(net, oldest_of(half));
    struct tt_reorder_pool *pool = &net->sctp_held;
    while (pool->used + tt_reorder_cost(len) > pool->max && pool->oldest != NULL) {
        struct tt_sctp_parts *oldest = pool->oldest->owner;
        if (oldest == *parts)
            *parts = NULL;
        give_up_limit(net, oldest);
    }
    return pool->used + tt_reorder_cost(len) <= pool->max;
}

/* ---- fragments ---- */

static struct tt_chunk chunk_of(const struct tt_sctp_data *data, unsigned flags)
{
    const struct tt_packet *packet = data->packet;
    return (struct tt_chunk){.direction = data->direction,
                             .flags = flags,
                             .bytes = packet->bytes,
                             .first_frame = packet->first_frame,
                             .last_frame = packet->frame->number,
                             .time = packet->frame->time};
}

/* Hands the message on if the piece at index `at` makes it whole. */
static void put_if_whole(struct tt_net *net, struct tt_sctp_parts *parts, size_t at)
{
    const struct tt_reorder *held = parts->held;
    /* Forwards first: fragments in their order need one step until the last one is there. */
    size_t last = at;
    while (is_continued(held, last))
        last++;
    if (!has(&held->pieces[last], TT_SCTP_END))
        return;
    size_t first = at;
    while (first > held->first && is_continued(held, first - 1))
        first--;
    if (!has(&held->pieces[first], TT_SCTP_BEGIN))
        return;
    put_run(net, parts, first, last + 1, 0);
    if (tt_reorder_count(held) == 0)
        discard(half_of(parts), parts);
}

static void hold(struct tt_net *net, struct tt_sctp *sctp, const struct tt_sctp_data *data)
{
    struct tt_sctp_half *half = &sctp->half[data->direction];
    struct tt_sctp_parts *parts = find(half, data);
    if (!make_room(net, half, &parts, data->chunk.len)) {
        put(net, sctp, chunk_of(data, TT_CHUNK_CUT));
        return;
    }
    if (parts == NULL)
        parts = add(net, sctp, data);
    if (parts == NULL)
        return;
    const struct tt_packet *packet = data->packet;
    struct tt_reorder_piece piece = {.at = data->fragment * SLOT,
                                     .bytes = data->chunk,
                                     .first_frame = packet->first_frame,
                                     .last_frame = packet->frame->number,
                                     .time = packet->frame->time};
    size_t at = tt_reorder_search(parts->held, piece.at);
    if (at < parts->held->end && parts->held->pieces[at].at < piece.at + SLOT) {
        /* Two fragments of one number: the first one stays, this one is no less read. */
        put(net, sctp, chunk_of(data, TT_CHUNK_CUT));
        return;
    }
    struct tt_reorder_result result = {.stored = 0};
    enum tt_err err = tt_reorder_put(parts->held, &piece, &result);
    if (err != TT_OK) {
        tt_net_fail(net, err);
        return;
    }
    put_if_whole(net, parts, tt_reorder_search(parts->held, piece.at));
}

void tt_sctp_message_take(struct tt_net *net, struct tt_sctp *sctp, const struct tt_sctp_data *data)
{
    enum { WHOLE = TT_SCTP_BEGIN | TT_SCTP_END };
    if (data->cut)
        put(net, sctp, chunk_of(data, TT_CHUNK_CUT));
    else if ((data->flags & WHOLE) == WHOLE)
        put(net, sctp, chunk_of(data, 0));
    else
        hold(net, sctp, data);
}

void tt_sctp_message_release(struct tt_net *net, struct tt_sctp *sctp, enum tt_direction side)
{
    const struct tt_sctp_half *half = &sctp->half[side];
    while (half->parts != NULL)
        give_up(net, oldest_of(half), "sctp.incomplete",
                "an SCTP message whose fragments did not all arrive; its parts were read as they "
                "stand");
}

void tt_sctp_message_free(struct tt_sctp_half *half)
{
    while (half->parts != NULL)
        discard(half, half->parts);
}
