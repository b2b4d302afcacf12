#include "decrypt/tls.h"

#include "decrypt/connection.h"
#include "decrypt/messages.h"
#include "decrypt/probe.h"
#include "model/limits.h"

#include <stdlib.h>

enum {
    SSL2_SKIPPED = 2, /* the length in front of a client hello of SSL 2.0 */
    TAIL_MAX = 64     /* a cipher block and a MAC */
};

enum state {
    STATE_HEADER, /* before a record, or in its header */
    STATE_RECORD, /* in its payload */
    STATE_LOST    /* looking for a record */
};

/* What becomes of a payload. */
enum fate {
    FATE_MESSAGES, /* handshake messages in clear text */
    FATE_ALERT,
    FATE_FRAMING, /* short, and fully understood */
    FATE_SSL2,    /* the client hello of SSL 2.0 */
    FATE_GATHER,  /* sealed, to be opened */
    FATE_CLOSED,  /* sealed, but it stays so */
    FATE_RAW      /* in clear text, but not understood */
};

struct side {
    struct tt_tls *tls;
    struct tt_held *record; /* payload so far: FATE_GATHER, FATE_SSL2 */
    struct tt_messages messages;
    struct tt_place place; /* of the record */
    uint64_t end;          /* stream offset behind the last byte taken */
    uint32_t remaining;    /* bytes of the payload */
    uint16_t len;          /* of the payload */
    uint8_t header[TT_RECORD_HEADER];
    uint8_t header_len;
    uint8_t state;  /* enum state */
    uint8_t fate;   /* enum fate */
    uint8_t reason; /* enum tt_closed, of FATE_CLOSED */
    uint8_t tail_len;
    uint8_t tail[TAIL_MAX]; /* last bytes of FATE_CLOSED: chained ciphers need them */
    bool begun;             /* `end` holds */
    bool first;             /* before the first record */
};

struct tt_tls {
    struct tt_connection connection;
    struct side sides[2];
    struct tt_held *ahead; /* of the server, until the client's hello was seen; or NULL */
    uint8_t server;        /* direction of `ahead` */
    bool whole;            /* the beginning of the stream was seen */
};

/* The chunk that is being taken. */
struct feed {
    struct tt_tls *tls;
    struct side *side;
    struct tt_span rest;
    struct tt_origin origin;
};

struct tt_tls *tt_tls_new(struct tt_opener *opener, const struct tt_opener_sink *sink, bool whole)
{
    struct tt_tls *tls = calloc(1, sizeof(*tls));
    if (tls == NULL)
        return NULL;
    tt_connection_init(&tls->connection, opener, sink, false);
    tls->whole = whole;
    for (size_t i = 0; i < 2; i++) {
        struct side *side = &tls->sides[i];
        side->tls = tls;
        side->place.direction = (enum tt_direction)i;
        side->state = whole ? STATE_HEADER : STATE_LOST;
        side->first = true;
    }
    return tls;
}

size_t tt_tls_size(void)
{
    return sizeof(struct tt_tls);
}

/* ---- saying what bytes are ---- */

static const struct tt_opener_sink *sink_of(const struct side *side)
{
    return side->tls->connection.sink;
}

static void note(const struct side *side, const char *code, uint64_t offset, uint64_t length,
                 const char *text)
{
    const struct tt_note record = {.layer = "decrypt",
                                   .code = code,
                                   .frame = side->place.origin.last_frame,
                                   .offset = offset,
                                   .length = length,
                                   .text = text};
    tt_note_put(&sink_of(side)->notes, &record);
}

static void account(const struct side *side, enum tt_bucket bucket, uint64_t bytes)
{
    const struct tt_opener_sink *sink = sink_of(side);
    if (bytes > 0 && sink->account != NULL)
        sink->account(sink->context, side->place.direction, bucket, bytes);
}

static void tell_raw(const struct side *side, struct tt_span bytes, uint64_t at,
                     const struct tt_origin *origin)
{
    const struct tt_opener_sink *sink = sink_of(side);
    const struct tt_piece piece = {.bytes = bytes, .at = at, .origin = *origin};
    if (bytes.len > 0 && sink->raw != NULL)
        sink->raw(sink->context, side->place.direction, &piece);
}

static void tell_clear(const struct side *side, struct tt_span bytes, uint64_t at,
                       const struct tt_origin *origin)
{
    const struct tt_opener_sink *sink = sink_of(side);
    const struct tt_piece piece = {.bytes = bytes, .at = at, .origin = *origin};
    if (bytes.len > 0 && sink->clear != NULL)
        sink->clear(sink->context, side->place.direction, &piece);
}

/* Takes `len` bytes off the rest. */
static struct tt_span take(struct feed *feed, size_t len)
{
    struct tt_span taken = tt_span_sub(feed->rest, 0, len);
    feed->rest = tt_span_from(feed->rest, len);
    feed->side->end += taken.len;
    return taken;
}

/* ---- headers ---- */

static uint8_t header_type(const struct side *side)
{
    return side->header[0];
}

/* RFC 5246, appendix E.2. */
static bool is_ssl2_start(struct tt_span bytes)
{
    static const uint8_t mask[TT_RECORD_HEADER] = {0x80, 0, 0xff, 0xff, 0};
    static const uint8_t want[TT_RECORD_HEADER] = {0x80, 0, TT_CLIENT_HELLO, 3, 0};
    for (size_t i = 0; i < bytes.len && i < TT_RECORD_HEADER; i++)
        if ((bytes.data[i] & mask[i]) != want[i])
            return false;
    /* A version and three lengths, a suite and a challenge at least. */
    return bytes.len < TT_RECORD_HEADER ||
           ((bytes.data[0] & 0x7fU) == 0 && bytes.data[1] >= 9 + 3 + 16) ||
           ((bytes.data[0] & 0x7fU) != 0 && (bytes.data[0] & 0x7fU) < 4);
}

static bool is_start(const struct side *side, struct tt_span bytes)
{
    return tt_tls_is_record_start(bytes) || (side->first && is_ssl2_start(bytes));
}

/* What becomes of the record whose header is complete. */
static enum fate fate_of(struct side *side)
{
    struct tt_connection *connection = &side->tls->connection;
    enum tt_direction direction = side->place.direction;
    uint8_t type = header_type(side);
    if (tt_connection_is_sealed(connection, direction, type)) {
        enum tt_closed reason = TT_CLOSED_NO_KEY;
        if (tt_connection_wants(connection, direction, &reason))
            return FATE_GATHER;
        side->reason = (uint8_t)reason;
        return FATE_CLOSED;
    }
    switch (type) {
    case TT_TYPE_CHANGE_CIPHER_SPEC:
        return side->len == 1 ? FATE_FRAMING : FATE_RAW;
    case TT_TYPE_ALERT:
        return side->len == 2 ? FATE_ALERT : FATE_RAW;
    case TT_TYPE_HANDSHAKE:
        return FATE_MESSAGES;
    default:
        return FATE_RAW;
    }
}

static enum tt_bucket header_bucket(const struct side *side)
{
    return side->fate == FATE_CLOSED ? TT_BUCKET_ENCRYPTED : TT_BUCKET_DECODED;
}

static void begin_ssl2(struct side *side)
{
    struct tt_span start = tt_span_of(side->header + SSL2_SKIPPED, TT_RECORD_HEADER - SSL2_SKIPPED);
    size_t len = (size_t)(side->header[0] & 0x7fU) << 8 | side->header[1];
    side->fate = FATE_SSL2;
    side->len = (uint16_t)len;
    side->remaining = (uint32_t)(len - start.len);
    side->place.len = SSL2_SKIPPED + len;
    account(side, TT_BUCKET_DECODED, SSL2_SKIPPED);
    tell_clear(side, start, side->place.at + SSL2_SKIPPED, &side->place.origin);
}

/* The header is complete. */
static void begin_record(struct side *side)
{
    side->state = STATE_RECORD;
    side->header_len = 0;
    side->tail_len = 0;
    bool ssl2 = !tt_tls_is_record_start(tt_span_of(side->header, TT_RECORD_HEADER));
    side->first = false;
    if (ssl2) {
        begin_ssl2(side);
        return;
    }
    side->len = (uint16_t)(side->header[3] << 8 | side->header[4]);
    side->remaining = side->len;
    side->place.len = (uint64_t)TT_RECORD_HEADER + side->len;
    side->fate = (uint8_t)fate_of(side);
    if (side->fate == FATE_MESSAGES)
        tt_messages_enter(&side->messages);
    if (side->fate != FATE_GATHER)
        account(side, header_bucket(side), TT_RECORD_HEADER);
}

/* Bytes of a header that turns out to be none. */
static void refuse_header(struct side *side)
{
    struct tt_span bytes = tt_span_of(side->header, side->header_len);
    if (side->state == STATE_HEADER)
        note(side, "tls.malformed", side->place.at, 0,
             "bytes that are no TLS record: searched raw up to the next record");
    tell_raw(side, bytes, side->place.at, &side->place.origin);
    side->header_len = 0;
    if (side->state == STATE_HEADER) {
        tt_messages_lose(&side->tls->connection, &side->messages);
        tt_connection_miss(&side->tls->connection, side->place.direction, 1, 0);
    }
    side->state = STATE_LOST;
}

/* Takes bytes of a header as long as they can be one. */
static void step_header(struct feed *feed)
{
    struct side *side = feed->side;
    if (side->header_len == 0) {
        side->place.at = side->end;
        side->place.origin = feed->origin;
    } else {
        tt_origin_add(&side->place.origin, &feed->origin);
    }
    while (side->header_len < TT_RECORD_HEADER && feed->rest.len > 0) {
        side->header[side->header_len] = feed->rest.data[0];
        if (!is_start(side, tt_span_of(side->header, side->header_len + 1U))) {
            refuse_header(side);
            return;
        }
        side->header_len++;
        (void)take(feed, 1);
    }
    if (side->header_len == TT_RECORD_HEADER)
        begin_record(side);
}

/* ---- payloads ---- */

static void use_content(struct side *side, const struct tt_opened *opened)
{
    struct tt_connection *connection = &side->tls->connection;
    tt_connection_tell(connection, &side->place, opened);
    if (opened->type == TT_TYPE_CHANGE_CIPHER_SPEC)
        tt_connection_change_cipher(connection, side->place.direction);
    if (opened->type != TT_TYPE_HANDSHAKE)
        return;
    tt_messages_enter(&side->messages);
    tt_messages_take(connection, &side->messages, &side->place, side->place.at, opened->bytes);
}

/* The record is whole. */
static void open_record(struct side *side, struct tt_span payload)
{
    struct tt_connection *connection = &side->tls->connection;
    const struct tt_record record = {.type = header_type(side),
                                     .version = (uint16_t)(side->header[1] << 8 | side->header[2]),
                                     .bytes = payload};
    struct tt_opened opened;
    enum tt_closed reason = TT_CLOSED_NO_KEY;
    bool done = tt_connection_open(connection, side->place.direction, &record, &opened, &reason);
    account(side, done ? TT_BUCKET_OPENED : TT_BUCKET_ENCRYPTED, side->place.len);
    if (done)
        use_content(side, &opened);
    else
        tt_connection_tell_closed(connection, &side->place, record.type, reason);
}

/* The last byte of the payload was taken. */
static void finish_record(struct side *side)
{
    struct tt_connection *connection = &side->tls->connection;
    enum tt_direction direction = side->place.direction;
    side->state = STATE_HEADER;
    switch ((enum fate)side->fate) {
    case FATE_FRAMING:
        tt_connection_change_cipher(connection, direction);
        break;
    case FATE_CLOSED:
        tt_connection_tell_closed(connection, &side->place, header_type(side),
                                  (enum tt_closed)side->reason);
        tt_connection_pass(connection, direction, header_type(side), side->len,
                           tt_span_of(side->tail, side->tail_len));
        if (header_type(side) == TT_TYPE_CHANGE_CIPHER_SPEC)
            tt_connection_change_cipher(connection, direction);
        break;
    case FATE_GATHER: /* opened by its own step */
    case FATE_SSL2:
    case FATE_MESSAGES:
    case FATE_ALERT:
    case FATE_RAW:
        break;
    }
}

/* The beginning of a record whose end is missing. */
static bool peek(struct side *side)
{
    struct tt_connection *connection = &side->tls->connection;
    const struct tt_record record = {.type = header_type(side),
                                     .version = (uint16_t)(side->header[1] << 8 | side->header[2]),
                                     .bytes = tt_held_bytes(side->record)};
    struct tt_opened opened;
    if (!tt_connection_peek(connection, side->place.direction, &record, side->len, &opened))
        return false;
    /* Its bytes so far: what is behind them is told as closed. */
    struct tt_place place = side->place;
    place.len = TT_RECORD_HEADER + record.bytes.len;
    tt_connection_tell(connection, &place, &opened);
    return true;
}

/* What was gathered stays closed, and the rest of the record with it. */
static void close_gathered(struct side *side, enum tt_closed reason)
{
    bool peeked = side->fate == FATE_GATHER && reason == TT_CLOSED_DAMAGED && peek(side);
    if (side->fate == FATE_GATHER)
        account(side, peeked ? TT_BUCKET_OPENED : TT_BUCKET_ENCRYPTED,
                TT_RECORD_HEADER + tt_held_len(side->record));
    side->fate = side->fate == FATE_GATHER ? FATE_CLOSED : FATE_RAW;
    side->reason = (uint8_t)reason;
    tt_held_drop(side->tls->connection.opener, &side->record);
}

static void give_up_record(struct tt_opener *opener, void *owner)
{
    struct side *side = owner;
    (void)opener;
    note(side, "tls.held_limit", side->place.at, side->place.len,
         "too many unfinished TLS records at once: one stays closed");
    close_gathered(side, TT_CLOSED_LIMIT);
}

/* Adds to the record; false when it cannot be held. */
static bool hold(struct feed *feed, struct tt_span bytes)
{
    struct side *side = feed->side;
    return tt_held_add(side->tls->connection.opener, &side->record, TT_RECORD_SEALED_MAX,
                       side->place.at, bytes, &feed->origin, give_up_record, side) == TT_OK;
}

static void keep_tail(struct side *side, struct tt_span bytes)
{
    if (bytes.len >= TAIL_MAX) {
        memcpy(side->tail, bytes.data + bytes.len - TAIL_MAX, TAIL_MAX);
        side->tail_len = TAIL_MAX;
        return;
    }
    size_t keep = side->tail_len;
    if (keep > TAIL_MAX - bytes.len)
        keep = TAIL_MAX - bytes.len;
    memmove(side->tail, side->tail + side->tail_len - keep, keep);
    memcpy(side->tail + keep, bytes.data, bytes.len);
    side->tail_len = (uint8_t)(keep + bytes.len);
}

static void close_bytes(struct feed *feed, struct tt_span bytes)
{
    account(feed->side, TT_BUCKET_ENCRYPTED, bytes.len);
    keep_tail(feed->side, bytes);
}

static void step_gather(struct feed *feed, struct tt_span bytes)
{
    struct side *side = feed->side;
    if (side->remaining > 0 || side->record != NULL) {
        if (!hold(feed, bytes)) {
            close_gathered(side, TT_CLOSED_LIMIT);
            close_bytes(feed, bytes);
            if (side->remaining == 0)
                finish_record(side);
            return;
        }
        if (side->remaining > 0)
            return;
        bytes = tt_held_bytes(side->record);
    }
    side->state = STATE_HEADER;
    open_record(side, bytes);
    tt_held_drop(side->tls->connection.opener, &side->record);
}

static void step_ssl2(struct feed *feed, struct tt_span bytes)
{
    struct side *side = feed->side;
    tell_clear(side, bytes, side->end - bytes.len, &feed->origin);
    struct tt_span start = tt_span_of(side->header + SSL2_SKIPPED, TT_RECORD_HEADER - SSL2_SKIPPED);
    if ((side->record == NULL && !hold(feed, start)) || !hold(feed, bytes)) {
        close_gathered(side, TT_CLOSED_LIMIT);
        return;
    }
    if (side->remaining > 0)
        return;
    if (!tt_connection_ssl2(&side->tls->connection, tt_held_bytes(side->record), &side->place))
        note(side, "tls.malformed", side->place.at, side->place.len,
             "a client hello of SSL 2.0 is malformed: searched as it stands");
    tt_held_drop(side->tls->connection.opener, &side->record);
    side->state = STATE_HEADER;
}

static void step_messages(struct feed *feed, struct tt_span bytes)
{
    struct side *side = feed->side;
    struct tt_place place = side->place;
    place.origin = feed->origin;
    tell_clear(side, bytes, side->end - bytes.len, &feed->origin);
    tt_messages_take(&side->tls->connection, &side->messages, &place, side->end - bytes.len, bytes);
}

static void step_record(struct feed *feed)
{
    struct side *side = feed->side;
    size_t len = feed->rest.len < side->remaining ? feed->rest.len : side->remaining;
    struct tt_span bytes = take(feed, len);
    side->remaining -= (uint32_t)len;
    tt_origin_add(&side->place.origin, &feed->origin);
    switch ((enum fate)side->fate) {
    case FATE_MESSAGES:
        step_messages(feed, bytes);
        break;
    case FATE_ALERT:
        tell_clear(side, bytes, side->end - bytes.len, &feed->origin);
        break;
    case FATE_FRAMING:
        account(side, TT_BUCKET_DECODED, bytes.len);
        break;
    case FATE_SSL2:
        step_ssl2(feed, bytes);
        return;
    case FATE_GATHER:
        step_gather(feed, bytes);
        return;
    case FATE_CLOSED:
        close_bytes(feed, bytes);
        break;
    case FATE_RAW:
        tell_raw(side, bytes, side->end - bytes.len, &feed->origin);
        break;
    }
    if (side->remaining == 0)
        finish_record(side);
}

/* A header inside other bytes is believed when another one follows it, as far as that can be seen.
 */
static bool is_believed(struct tt_span bytes)
{
    if (bytes.len == 0 || !tt_tls_is_record_start(bytes))
        return false;
    if (bytes.len < TT_RECORD_HEADER)
        return true;
    size_t len = (size_t)bytes.data[3] << 8 | bytes.data[4];
    return tt_tls_is_record_start(tt_span_from(bytes, TT_RECORD_HEADER + len));
}

static void step_lost(struct feed *feed)
{
    struct side *side = feed->side;
    if (side->header_len > 0) {
        step_header(feed);
        return;
    }
    size_t at = 0;
    while (at < feed->rest.len && !is_believed(tt_span_from(feed->rest, at)))
        at++;
    uint64_t from = side->end;
    struct tt_span bytes = take(feed, at);
    tell_raw(side, bytes, from, &feed->origin);
    if (feed->rest.len > 0)
        step_header(feed);
}

/* ---- gaps and ends ---- */

static void give_up_header(struct side *side)
{
    tell_raw(side, tt_span_of(side->header, side->header_len), side->place.at, &side->place.origin);
    side->header_len = 0;
}

/* A record was left in its middle: its end is missing, or `gap` bytes of it. */
static void damage_record(struct side *side)
{
    if (side->state != STATE_RECORD)
        return;
    if (side->fate == FATE_MESSAGES)
        side->fate = FATE_RAW;
    if (side->fate == FATE_GATHER || side->fate == FATE_SSL2)
        close_gathered(side, TT_CLOSED_DAMAGED);
    side->tail_len = 0;
}

static void take_gap(struct side *side, uint64_t gap)
{
    struct tt_connection *connection = &side->tls->connection;
    note(side, "tls.gap", side->end, gap,
         "bytes are missing in a TLS stream: records may be cut or missed");
    give_up_header(side);
    damage_record(side);
    tt_messages_lose(connection, &side->messages);
    bool inside = side->state == STATE_RECORD && gap <= side->remaining;
    side->end += gap;
    if (inside) {
        side->remaining -= (uint32_t)gap;
        if (side->remaining == 0)
            finish_record(side);
        return;
    }
    if (side->state == STATE_RECORD && side->fate == FATE_CLOSED)
        tt_connection_tell_closed(connection, &side->place, header_type(side), TT_CLOSED_DAMAGED);
    side->state = STATE_LOST;
    side->first = false;
    tt_connection_miss(connection, side->place.direction, gap / TT_RECORD_HEADER + 2, gap);
}

static void end_side(struct side *side)
{
    give_up_header(side);
    damage_record(side);
    if (side->state == STATE_RECORD && side->fate == FATE_CLOSED)
        tt_connection_tell_closed(&side->tls->connection, &side->place, header_type(side),
                                  TT_CLOSED_DAMAGED);
    tt_messages_drop(&side->tls->connection, &side->messages);
    side->state = STATE_LOST;
}

static void take_chunk(struct tt_tls *tls, const struct tt_chunk *chunk)
{
    struct side *side = &tls->sides[chunk->direction];
    struct feed feed = {.tls = tls,
                        .side = side,
                        .rest = chunk->bytes,
                        .origin = {.first_frame = chunk->first_frame,
                                   .last_frame = chunk->last_frame,
                                   .time = chunk->time}};
    if (!side->begun)
        side->end = chunk->offset - chunk->gap;
    side->begun = true;
    if (chunk->gap > 0)
        take_gap(side, chunk->gap);
    while (feed.rest.len > 0) {
        switch ((enum state)side->state) {
        case STATE_HEADER:
            step_header(&feed);
            break;
        case STATE_RECORD:
            step_record(&feed);
            break;
        case STATE_LOST:
            step_lost(&feed);
            break;
        }
    }
    if ((chunk->flags & TT_CHUNK_END) != 0)
        end_side(side);
}

/* ---- a server that stands before its client ---- */

/* Taps whose clocks differ, and captures of several queues, have the answer first. */
static bool is_answer(const struct tt_tls *tls, struct tt_span bytes)
{
    return tls->whole && !tls->sides[0].begun && !tls->sides[1].begun &&
           bytes.len > TT_RECORD_HEADER && bytes.data[0] == TT_TYPE_HANDSHAKE &&
           bytes.data[TT_RECORD_HEADER] == TT_SERVER_HELLO;
}

static void give_up_ahead(struct tt_opener *opener, void *owner)
{
    struct tt_tls *tls = owner;
    struct side *side = &tls->sides[tls->server];
    struct tt_span bytes = tt_held_bytes(tls->ahead);
    side->begun = true;
    side->first = false;
    side->end = tls->ahead->at + bytes.len;
    side->place.origin = tls->ahead->origin;
    note(side, "tls.held_limit", tls->ahead->at, bytes.len,
         "too many unfinished TLS records at once: the start of a stream is searched raw");
    tell_raw(side, bytes, tls->ahead->at, &tls->ahead->origin);
    tt_held_drop(opener, &tls->ahead);
    side->state = STATE_LOST;
}

/* Takes what was held. It is copied first: while it is read, others may need the room. */
static void release_ahead(struct tt_tls *tls)
{
    struct tt_buf copy = tt_buf_make(TT_TLS_AHEAD_MAX);
    if (tls->ahead == NULL)
        return;
    if (tt_buf_append(&copy, tt_held_bytes(tls->ahead)) != TT_OK) {
        give_up_ahead(tls->connection.opener, tls);
        return;
    }
    const struct tt_chunk chunk = {.direction = (enum tt_direction)tls->server,
                                   .offset = tls->ahead->at,
                                   .bytes = tt_buf_span(&copy),
                                   .first_frame = tls->ahead->origin.first_frame,
                                   .last_frame = tls->ahead->origin.last_frame,
                                   .time = tls->ahead->origin.time};
    tt_held_drop(tls->connection.opener, &tls->ahead);
    take_chunk(tls, &chunk);
    tt_buf_free(&copy);
}

/* Is the chunk to wait for the client's hello? */
static bool hold_ahead(struct tt_tls *tls, const struct tt_chunk *chunk)
{
    if (tls->ahead == NULL && !is_answer(tls, chunk->bytes))
        return false;
    if (tls->ahead == NULL)
        tls->server = (uint8_t)chunk->direction;
    else if (chunk->direction != (enum tt_direction)tls->server)
        return false;
    const struct tt_origin origin = {
        .first_frame = chunk->first_frame, .last_frame = chunk->last_frame, .time = chunk->time};
    bool goes_on = chunk->gap == 0 && (chunk->flags & TT_CHUNK_END) == 0;
    if (goes_on && tt_held_add(tls->connection.opener, &tls->ahead, TT_TLS_AHEAD_MAX, chunk->offset,
                               chunk->bytes, &origin, give_up_ahead, tls) == TT_OK)
        return true;
    if (goes_on)
        note(&tls->sides[chunk->direction], "tls.ahead_limit", chunk->offset, chunk->bytes.len,
             "too much of a TLS server stands before the hello of its client: it is read without "
             "it");
    release_ahead(tls);
    return false;
}

/* Of the client: its hello may span chunks. */
static bool is_in_hello(const struct tt_tls *tls, const struct tt_chunk *chunk)
{
    const struct side *side = &tls->sides[chunk->direction];
    if (tls->connection.roles_known || chunk->gap > 0 || (chunk->flags & TT_CHUNK_END) != 0)
        return false;
    return side->state == STATE_HEADER ? side->header_len > 0 : side->fate == FATE_MESSAGES;
}

void tt_tls_feed(struct tt_tls *tls, const struct tt_chunk *chunk)
{
    if (hold_ahead(tls, chunk))
        return;
    take_chunk(tls, chunk);
    if (tls->ahead != NULL && !is_in_hello(tls, chunk))
        release_ahead(tls);
}

void tt_tls_free(struct tt_tls *tls)
{
    if (tls == NULL)
        return;
    release_ahead(tls);
    for (size_t i = 0; i < 2; i++)
        end_side(&tls->sides[i]);
    tt_connection_clear(&tls->connection);
    free(tls);
}
