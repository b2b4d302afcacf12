#include "decrypt/quic.h"

#include "decrypt/quic_state.h"

enum {
    CONFIRMED_AFTER = 64, /* 1-RTT packets of the client, where HANDSHAKE_DONE was not seen */
    KEYED_COST = 4096,    /* libcrypto's contexts of both sides: measured */
    /* Where the handshake was not seen to end: its beginning, and a context of Initial keys. */
    HANDSHAKE_COST =
        sizeof(struct tt_quic_handshake) + 2 * sizeof(struct tt_quic_stream) + KEYED_COST / 2
};

void tt_quic_note(const struct tt_quic *quic, const struct tt_flow *flow, const char *code,
                  uint64_t frame, uint64_t length, const char *text)
{
    const struct tt_note note = {.layer = "decrypt",
                                 .code = code,
                                 .flow = flow,
                                 .frame = frame,
                                 .length = length,
                                 .text = text};
    tt_note_put(&quic->table->sink->notes, &note);
}

uint32_t tt_quic_agreed_version(const struct tt_quic *quic)
{
    return quic->version_number;
}

size_t tt_quic_size(bool keyed)
{
    size_t size = sizeof(struct tt_quic) + sizeof(struct tt_quic_path) +
                  3 * sizeof(struct tt_quic_cid) + sizeof(struct tt_quic_stream);
    return keyed ? size + KEYED_COST : size + HANDSHAKE_COST;
}

bool tt_quic_is(struct tt_span datagram)
{
    struct tt_quic_packet packet;
    if (datagram.len < 7 || (datagram.data[0] & TT_QUIC_LONG_BIT) == 0)
        return false;
    return tt_quic_packet_read(datagram, 0, &packet) && packet.type != TT_QUIC_TYPE_NEGOTIATION;
}

static bool opens_as_first(struct tt_quic_table *table, struct tt_span datagram,
                           uint64_t *ret_number)
{
    struct tt_quic_packet packet;
    return tt_quic_is(datagram) && tt_quic_packet_read(datagram, 0, &packet) &&
           packet.type == TT_QUIC_TYPE_INITIAL && !packet.cut &&
           tt_quic_keys_is_first(table, &packet, ret_number);
}

bool tt_quic_is_first(struct tt_quic_table *table, struct tt_span datagram)
{
    uint64_t number = 0;
    return opens_as_first(table, datagram, &number);
}

bool tt_quic_is_begin(struct tt_quic_table *table, struct tt_span datagram)
{
    uint64_t number = 0;
    return opens_as_first(table, datagram, &number) && number == 0;
}

/* ---- saying what bytes are ---- */

static void account(const struct tt_quic_turn *turn, enum tt_bucket bucket, uint64_t bytes)
{
    const struct tt_quic_sink *sink = turn->quic->table->sink;
    if (bytes > 0 && sink->account != NULL)
        sink->account(sink->context, turn->quic->user, turn->chunk->direction, bucket, bytes);
}

/* `bytes` lie in the datagram. */
static void tell_raw(const struct tt_quic_turn *turn, struct tt_span bytes)
{
    const struct tt_quic_sink *sink = turn->quic->table->sink;
    if (bytes.len == 0 || sink->raw == NULL)
        return;
    const struct tt_piece piece = {.bytes = bytes,
                                   .at = (uint64_t)(bytes.data - turn->chunk->bytes.data),
                                   .origin = turn->origin};
    sink->raw(sink->context, turn->quic->user, turn->chunk->direction, &piece);
}

static void tell_closed(const struct tt_quic_turn *turn, const struct tt_quic_packet *packet,
                        enum tt_closed reason)
{
    const struct tt_quic_sink *sink = turn->quic->table->sink;
    const struct tt_place place = {.direction = turn->chunk->direction,
                                   .at = turn->at,
                                   .len = packet->bytes.len,
                                   .origin = turn->origin};
    account(turn, TT_BUCKET_ENCRYPTED, packet->bytes.len - packet->token.len);
    if (sink->closed != NULL)
        sink->closed(sink->context, turn->quic->user, &place, reason);
}

typedef void tell_data(void *context, void *connection, const struct tt_quic_data *data);

/* Bytes of a frame that belong to no stream. */
static void tell(struct tt_quic_turn *turn, tell_data *call, struct tt_span bytes)
{
    const struct tt_quic *quic = turn->quic;
    if (bytes.len == 0)
        return;
    turn->opened += bytes.len;
    const struct tt_quic_data data = {.flow = turn->chunk->flow,
                                      .direction = turn->chunk->direction,
                                      .from_server = turn->sender == TT_QUIC_SERVER,
                                      .level = turn->level,
                                      .security =
                                          quic->openings[turn->level][turn->sender].security,
                                      .bytes = bytes,
                                      .origin = turn->origin};
    if (call != NULL)
        call(quic->table->sink->context, quic->user, &data);
}

/* ---- frames ---- */

static void take_data(struct tt_quic_turn *turn, uint64_t id, const struct tt_quic_frame *frame)
{
    /* Behind the handshake its keys are forgotten, and its bytes are old. */
    bool old =
        id >= TT_QUIC_CRYPTO_STREAM && turn->quic->confirmed && turn->level != TT_QUIC_TRAFFIC;
    struct tt_quic_stream *stream = old ? NULL : tt_quic_stream_find(turn->quic, id);
    size_t fresh =
        stream == NULL ? 0 : tt_quic_stream_take(turn, stream, frame->at, frame->bytes, frame->fin);
    turn->opened += fresh;
    turn->repeated += frame->bytes.len - fresh;
}

static void confirm(struct tt_quic *quic)
{
    if (quic->confirmed)
        return;
    tt_quic_stream_end_crypto(quic, TT_QUIC_INITIAL);
    tt_quic_stream_end_crypto(quic, TT_QUIC_HANDSHAKE);
    quic->confirmed = true;
    tt_quic_crypto_drop(quic);
    tt_quic_keys_drop(quic, TT_QUIC_INITIAL);
    tt_quic_keys_drop(quic, TT_QUIC_EARLY);
    tt_quic_keys_drop(quic, TT_QUIC_HANDSHAKE);
}

/* What only packets of the application may carry (RFC 9000, section 12.4): anyone can make Initial
 * packets. */
static bool is_allowed(const struct tt_quic_turn *turn, uint64_t type)
{
    if (turn->level == TT_QUIC_EARLY || turn->level == TT_QUIC_TRAFFIC)
        return true;
    return type == TT_QUIC_PADDING || type == TT_QUIC_PING || type == TT_QUIC_ACK ||
           type == TT_QUIC_CRYPTO || type == TT_QUIC_CONNECTION_CLOSE;
}

static void take_frame(struct tt_quic_turn *turn, const struct tt_quic_frame *frame)
{
    struct tt_quic *quic = turn->quic;
    const struct tt_quic_sink *sink = quic->table->sink;
    struct tt_quic_stream *stream;
    switch (frame->type) {
    case TT_QUIC_CRYPTO:
        take_data(turn, TT_QUIC_CRYPTO_STREAM + (uint64_t)turn->level, frame);
        break;
    case TT_QUIC_STREAM:
        take_data(turn, frame->stream, frame);
        break;
    case TT_QUIC_RESET_STREAM:
    case TT_QUIC_RESET_STREAM_AT:
        stream = tt_quic_stream_find(quic, frame->stream);
        if (stream != NULL)
            tt_quic_stream_reset(turn, stream);
        break;
    case TT_QUIC_DATAGRAM:
        tell(turn, sink->datagram, frame->bytes);
        break;
    case TT_QUIC_NEW_TOKEN:
        tell(turn, sink->other, frame->bytes);
        break;
    case TT_QUIC_NEW_CONNECTION_ID:
        tt_quic_cid_add(quic, turn->sender, frame->bytes, frame->token);
        break;
    case TT_QUIC_CONNECTION_CLOSE:
        tell(turn, sink->other, frame->bytes);
        break;
    case TT_QUIC_HANDSHAKE_DONE:
        if (turn->sender == TT_QUIC_SERVER)
            confirm(quic);
        break;
    default:
        break;
    }
}

static void take_frames(struct tt_quic_turn *turn, struct tt_span text)
{
    struct tt_reader reader = tt_reader_of(text);
    struct tt_quic_frame frame;
    size_t at = 0;
    while (tt_quic_frame_next(&reader, &frame) && is_allowed(turn, frame.type)) {
        take_frame(turn, &frame);
        at = reader.at;
    }
    if (at == text.len)
        return;
    tt_quic_note(turn->quic, turn->chunk->flow, "quic.frame", turn->origin.first_frame,
                 text.len - at,
                 "a QUIC frame of an unknown type, or a malformed one: the rest of its packet was "
                 "not understood");
    tell(turn, turn->quic->table->sink->other, tt_span_from(text, at));
}

/* ---- packets ---- */

static void learn(struct tt_quic_turn *turn, const struct tt_quic_packet *packet)
{
    struct tt_quic *quic = turn->quic;
    if (packet->type == TT_QUIC_TYPE_SHORT) {
        /* The client is through with the handshake: its keys are hardly needed any more, and can be
         * made again. */
        if (!quic->confirmed && turn->sender == TT_QUIC_CLIENT) {
            tt_quic_keys_drop(quic, TT_QUIC_INITIAL);
            tt_quic_keys_drop(quic, TT_QUIC_HANDSHAKE);
        }
        if (!quic->confirmed && turn->sender == TT_QUIC_CLIENT &&
            quic->numbers[2][TT_QUIC_CLIENT].next > CONFIRMED_AFTER)
            confirm(quic);
        return;
    }
    quic->version_number = packet->number;
    if (turn->level != TT_QUIC_EARLY)
        quic->version = packet->version;
    if (turn->sender == TT_QUIC_SERVER)
        quic->server_seen = true;
}

/* Also of packets that stay closed: else nothing would lead to what follows them. */
static void learn_ids(struct tt_quic_turn *turn, const struct tt_quic_packet *packet)
{
    static const struct tt_span none = {0};
    struct tt_quic *quic = turn->quic;
    if (packet->type == TT_QUIC_TYPE_SHORT)
        return;
    tt_quic_cid_add(quic, (uint8_t)(1 - turn->sender), packet->dcid, none);
    tt_quic_cid_add(quic, turn->sender, packet->scid, none);
    quic->cid_lens[turn->sender] = (uint8_t)packet->scid.len;
    turn->cid_len = packet->dcid.len;
    /* RFC 9001, section 4.9.1. They can be made again. */
    if (packet->type == TT_QUIC_TYPE_HANDSHAKE && turn->sender == TT_QUIC_CLIENT)
        tt_quic_keys_drop(quic, TT_QUIC_INITIAL);
}

/* A packet that did not open. False when it is of no connection at all. */
static bool take_closed(struct tt_quic_turn *turn, const struct tt_quic_packet *packet,
                        enum tt_closed reason)
{
    bool is_short = packet->type == TT_QUIC_TYPE_SHORT;
    if (turn->tentative)
        return false;
    if (is_short && tt_quic_is_reset(turn->quic, turn->sender, packet->bytes)) {
        tt_quic_note(turn->quic, turn->chunk->flow, "quic.stateless_reset",
                     turn->origin.first_frame, packet->bytes.len,
                     "a QUIC connection was reset by a peer that had lost it");
        account(turn, TT_BUCKET_DECODED, packet->bytes.len);
        return true;
    }
    if (is_short && (packet->bytes.data[0] & TT_QUIC_FIXED_BIT) == 0) {
        tell_raw(turn, packet->bytes);
        return true;
    }
    learn_ids(turn, packet);
    tell_raw(turn, packet->token);
    if ((turn->chunk->flags & TT_CHUNK_CUT) != 0)
        reason = TT_CLOSED_DAMAGED;
    tell_closed(turn, packet, reason);
    return true;
}

static bool take_sealed(struct tt_quic_turn *turn, const struct tt_quic_packet *packet)
{
    struct tt_quic_opened opened;
    enum tt_closed reason = TT_CLOSED_NO_KEY;
    if (!tt_quic_keys_open(turn, packet, &opened, &reason))
        return take_closed(turn, packet, reason);
    turn->tentative = false;
    tt_quic_route_settle(turn);
    learn_ids(turn, packet);
    learn(turn, packet);
    tell_raw(turn, packet->token);
    uint64_t bytes = packet->bytes.len - packet->token.len;
    if (opened.repeated) {
        account(turn, TT_BUCKET_DUPLICATE, bytes);
        return true;
    }
    turn->opened = 0;
    turn->repeated = 0;
    if (turn->level == TT_QUIC_EARLY || turn->level == TT_QUIC_TRAFFIC) {
        turn->quic->level = (uint8_t)turn->level;
        turn->quic->security = turn->quic->openings[turn->level][turn->sender].security;
    }
    take_frames(turn, opened.text);
    account(turn, TT_BUCKET_OPENED, turn->opened);
    account(turn, TT_BUCKET_DUPLICATE, turn->repeated);
    account(turn, TT_BUCKET_DECODED, bytes - turn->opened - turn->repeated);
    return true;
}

/* RFC 9000, section 17.2.5. */
static void take_retry(struct tt_quic_turn *turn, const struct tt_quic_packet *packet)
{
    struct tt_quic *quic = turn->quic;
    struct tt_span dcid = tt_span_of(quic->dcid, quic->dcid_len);
    bool right =
        packet->version->retry_sealed
            ? tt_quic_retry_ok(quic->table->quic_crypto, packet->version, dcid, packet->bytes)
            : tt_span_eq(dcid, packet->body);
    if (turn->sender != TT_QUIC_SERVER || !right) {
        tell_raw(turn, packet->bytes);
        return;
    }
    tt_quic_note(quic, turn->chunk->flow, "quic.retry", turn->origin.first_frame, packet->bytes.len,
                 "a QUIC server had the client prove its address");
    learn_ids(turn, packet);
    if (!quic->server_seen)
        tt_quic_keys_set_initial(quic, packet->version, packet->scid);
    tell_raw(turn, packet->token);
    account(turn, TT_BUCKET_DECODED, packet->bytes.len - packet->token.len);
}

/* False when the datagram is of no connection at all. */
static bool take_packet(struct tt_quic_turn *turn, const struct tt_quic_packet *packet)
{
    switch (packet->type) {
    case TT_QUIC_TYPE_NEGOTIATION:
        tt_quic_note(turn->quic, turn->chunk->flow, "quic.version_negotiation",
                     turn->origin.first_frame, packet->bytes.len,
                     "a QUIC server did not know the version that was asked for");
        account(turn, TT_BUCKET_DECODED, packet->bytes.len);
        return true;
    case TT_QUIC_TYPE_OTHER:
        tell_closed(turn, packet, TT_CLOSED_NO_VERSION);
        return true;
    case TT_QUIC_TYPE_RETRY:
        take_retry(turn, packet);
        return true;
    case TT_QUIC_TYPE_INITIAL:
    case TT_QUIC_TYPE_EARLY:
    case TT_QUIC_TYPE_HANDSHAKE:
    case TT_QUIC_TYPE_SHORT:
        break;
    }
    return take_sealed(turn, packet);
}

/* Some fill a datagram up behind its packets. */
static bool is_padding(struct tt_span rest)
{
    for (size_t i = 0; i < rest.len; i++)
        if (rest.data[i] != 0)
            return false;
    return true;
}

bool tt_quic_feed(struct tt_quic_table *table, const struct tt_chunk *chunk)
{
    struct tt_quic_turn turn;
    table->now = (struct tt_origin){
        .first_frame = chunk->first_frame, .last_frame = chunk->last_frame, .time = chunk->time};
    tt_quic_stream_expire(table, chunk->time);
    if (!tt_quic_route(table, chunk, &turn))
        return false;
    if (!turn.tentative)
        tt_quic_route_settle(&turn);
    struct tt_span rest = chunk->bytes;
    while (rest.len > 0) {
        struct tt_quic_packet packet;
        if (turn.at > 0 && is_padding(rest)) {
            account(&turn, TT_BUCKET_DECODED, rest.len);
            break;
        }
        if (!tt_quic_packet_read(rest, turn.cid_len, &packet)) {
            tell_raw(&turn, rest);
            break;
        }
        if (!take_packet(&turn, &packet))
            return false;
        rest = tt_span_from(rest, packet.bytes.len);
        turn.at += packet.bytes.len;
    }
    return true;
}
