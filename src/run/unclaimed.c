#include "run/channel.h"

#include "model/frame.h"
#include "model/limits.h"

#include <stdlib.h>

enum { DATA_HEAD_MAX = 64 };

/* The run of unclaimed bytes that a message listing is told about. */
struct data_turn {
    struct tt_data_run run;
    uint8_t head[DATA_HEAD_MAX];
    size_t head_len;
};

/* ---- names ---- */

/* The names of what flows carry by their transport. */
struct transport_name {
    enum tt_transport transport;
    uint16_t kind; /* 0: any */
    struct raw_name name;
};

static struct raw_name name_of_flow(const struct tt_flow *flow)
{
    /* First match; the entries for any kind end each transport. IP protocol numbers and EtherTypes
     * are IANA's and IEEE's. */
    static const struct transport_name names[] = {
        {TT_TRANSPORT_TCP, 0, {"tcp", "tcp.payload"}},
        {TT_TRANSPORT_UDP, 0, {"udp", "udp.payload"}},
        {TT_TRANSPORT_SCTP, 0, {"sctp", "sctp.payload"}},
        {TT_TRANSPORT_IP, 1, {"icmp", "icmp.payload"}},
        {TT_TRANSPORT_IP, 2, {"igmp", "igmp.payload"}},
        {TT_TRANSPORT_IP, 47, {"gre", "gre.payload"}},
        {TT_TRANSPORT_IP, 50, {"esp", "esp.payload"}},
        {TT_TRANSPORT_IP, 58, {"icmpv6", "icmpv6.payload"}},
        {TT_TRANSPORT_IP, 132, {"sctp", "sctp.payload"}},
        {TT_TRANSPORT_IP, 0, {"ip", "ip.payload"}},
        {TT_TRANSPORT_LINK, 0x0806, {"arp", "arp.payload"}},
        {TT_TRANSPORT_LINK, 0x888e, {"eapol", "eapol.payload"}},
        {TT_TRANSPORT_LINK, TT_LINK_WLAN, {"802.11", "802.11.payload"}},
        {TT_TRANSPORT_LINK, TT_LINK_WLAN_AMSDU, {"802.11", "802.11.payload"}},
        {TT_TRANSPORT_LINK, TT_LINK_WLAN_MANAGEMENT, {"802.11", "802.11.payload"}},
        {TT_TRANSPORT_LINK, 0, {"link", "link.payload"}},
    };
    uint16_t kind = tt_link_is_wlan_management(flow->kind) ? TT_LINK_WLAN_MANAGEMENT : flow->kind;
    size_t i = 0;
    while (names[i].transport != flow->transport || (names[i].kind != 0 && names[i].kind != kind))
        i++;
    return names[i].name;
}

struct raw_name tt_raw_name(const struct channel *channel)
{
    return channel->inner != NULL ? channel->inner->name : name_of_flow(channel->flow);
}

/* ---- the search ---- */

void tt_unclaimed_end(struct channel *channel, enum tt_direction direction, enum tt_body_end end)
{
    struct tt_search *search = channel->raw[direction];
    if (search == NULL)
        return;
    tt_search_close(search, end, tt_search_next(search));
    channel->raw[direction] = NULL;
}

static void begin_raw(struct channel *channel, enum tt_direction direction, uint64_t at,
                      bool ciphertext)
{
    const struct raw_name name = tt_raw_name(channel);
    const struct tt_seal seal = tt_channel_seal(channel);
    struct tt_body body = {.flow = channel->flow,
                           .direction = direction,
                           .kind = TT_STEP_SLICE,
                           .step = name.step,
                           .at = at};
    struct tt_search_context context = {
        .protocol = channel->proto_state != NULL ? channel->proto->name : name.protocol,
        .encryption = seal.encryption,
        .cipher = seal.cipher,
        .opened_with = seal.opened_with,
        .raw = true,
        .ciphertext = ciphertext,
        .relayed = tt_channel_relayed(channel),
        .relays_all = tt_channel_relayed(channel),
        .uncounted = !tt_channel_counts(channel)};
    channel->raw[direction] = tt_search_open(channel->flows->searcher, &body, &context);
}

static void feed_raw(struct channel *channel, enum tt_direction direction,
                     const struct tt_piece *piece)
{
    struct tt_search *search = channel->raw[direction];
    if (search == NULL)
        return;
    struct tt_piece inside = *piece;
    inside.at = piece->at - tt_search_at(search);
    tt_search_feed(search, &inside);
}

static void search_raw(struct channel *channel, enum tt_direction direction,
                       const struct tt_piece *piece)
{
    if (channel->flows->searcher == NULL || piece->bytes.len == 0)
        return;
    /* What lies behind a hole is another text: nothing may be found across it. */
    if (channel->raw[direction] != NULL && tt_search_next(channel->raw[direction]) != piece->at)
        tt_unclaimed_end(channel, direction, TT_BODY_CUT);
    if (channel->raw[direction] == NULL)
        begin_raw(channel, direction, piece->at, false);
    feed_raw(channel, direction, piece);
}

/* ---- turns of unclaimed data, for message listings ---- */

static void end_turn(struct channel *channel)
{
    struct data_turn *turn = channel->turn;
    if (turn == NULL || turn->run.bytes == 0)
        return;
    turn->run.head = tt_span_of(turn->head, turn->head_len);
    channel->flows->sink->data(channel->flows->sink->context, &turn->run);
    turn->run.bytes = 0;
}

static void add_to_turn(struct channel *channel, enum tt_direction direction,
                        const struct tt_piece *piece)
{
    if (channel->flows->sink->data == NULL || piece->bytes.len == 0)
        return;
    if (channel->turn == NULL)
        channel->turn = calloc(1, sizeof(*channel->turn));
    struct data_turn *turn = channel->turn;
    if (turn == NULL) {
        tt_flows_fail(channel->flows, TT_ERR_MEMORY);
        return;
    }
    bool goes_on = turn->run.bytes > 0 && turn->run.direction == direction &&
                   turn->run.offset + turn->run.bytes == piece->at;
    if (!goes_on) {
        end_turn(channel);
        turn->run = (struct tt_data_run){.flow = channel->flow,
                                         .direction = direction,
                                         .protocol = tt_raw_name(channel).protocol,
                                         .seal = tt_channel_seal(channel),
                                         .offset = piece->at,
                                         .origin = piece->origin};
        turn->head_len = 0;
    }
    struct tt_span head = tt_span_sub(piece->bytes, 0, DATA_HEAD_MAX - turn->head_len);
    if (head.len > 0)
        memcpy(turn->head + turn->head_len, head.data, head.len);
    turn->head_len += head.len;
    turn->run.bytes += piece->bytes.len;
    turn->run.origin.last_frame = piece->origin.last_frame;
}

/* ---- accounts ---- */

/* Bytes of the chunk being fed that are searched nowhere. */
void tt_tell_account(const struct channel *channel, enum tt_direction direction,
                     enum tt_bucket bucket, uint64_t bytes)
{
    const struct tt_flows *flows = channel->flows;
    bool recorded = channel->inner != NULL && channel->inner->container != NULL;
    const struct tt_account account = {.flow = channel->flow,
                                       .direction = direction,
                                       .capture = flows->capture,
                                       .host = recorded ? channel->inner->host : NULL,
                                       .bucket = tt_bucket_in_flow(channel->flow, bucket),
                                       .bytes = bytes,
                                       .relayed = tt_channel_relayed(channel)};
    if (flows->sink->account != NULL && bytes > 0 && tt_channel_counts(channel))
        flows->sink->account(flows->sink->context, &account);
}

/* ---- unclaimed chunks ---- */

void tt_unclaimed(struct channel *channel, enum tt_direction direction,
                  const struct tt_piece *piece)
{
    add_to_turn(channel, direction, piece);
    search_raw(channel, direction, piece);
}

/* The bytes of a datagram from `from` on, each with the frames of the fragment that brought it. */
static void unclaimed_parts(struct channel *channel, const struct tt_chunk *chunk, size_t from)
{
    uintptr_t base = (uintptr_t)chunk->bytes.data;
    for (size_t i = 0; i < chunk->part_count; i++) {
        const struct tt_chunk_part *part = &chunk->parts[i];
        uintptr_t end = (uintptr_t)part->bytes.data + part->bytes.len;
        if (end <= base + from || from >= chunk->bytes.len)
            continue;
        size_t to = end - base < chunk->bytes.len ? end - base : chunk->bytes.len;
        struct tt_piece piece = {.bytes = tt_span_sub(chunk->bytes, from, to - from),
                                 .at = chunk->offset + from,
                                 .origin = {.first_frame = part->first_frame,
                                            .last_frame = part->last_frame,
                                            .time = part->time}};
        tt_unclaimed(channel, chunk->direction, &piece);
        from = to;
    }
}

void tt_unclaimed_chunk(struct channel *channel, const struct tt_chunk *chunk, size_t from)
{
    struct tt_piece piece = {.bytes = tt_span_from(chunk->bytes, from),
                             .at = chunk->offset + from,
                             .origin = {.first_frame = chunk->first_frame,
                                        .last_frame = chunk->last_frame,
                                        .time = chunk->time}};
    if (chunk->part_count > 0)
        unclaimed_parts(channel, chunk, from);
    else
        tt_unclaimed(channel, chunk->direction, &piece);
    if ((chunk->flags & (TT_CHUNK_END | TT_CHUNK_DATAGRAM)) != 0) {
        tt_unclaimed_end(channel, chunk->direction, TT_BODY_COMPLETE);
        if ((chunk->flags & TT_CHUNK_DATAGRAM) != 0 && channel->turn != NULL)
            end_turn(channel);
    }
}

void tt_unclaimed_ciphertext(struct channel *channel, const struct tt_chunk *chunk)
{
    enum tt_direction direction = chunk->direction;
    const struct tt_piece piece = {.bytes = chunk->bytes,
                                   .at = chunk->offset,
                                   .origin = {.first_frame = chunk->first_frame,
                                              .last_frame = chunk->last_frame,
                                              .time = chunk->time}};
    add_to_turn(channel, direction, &piece);
    end_turn(channel);
    if (channel->flows->searcher == NULL) {
        tt_tell_account(channel, direction, TT_BUCKET_ENCRYPTED, chunk->bytes.len);
        return;
    }
    tt_unclaimed_end(channel, direction, TT_BODY_CUT);
    begin_raw(channel, direction, chunk->offset, true);
    feed_raw(channel, direction, &piece);
    tt_unclaimed_end(channel, direction, TT_BODY_COMPLETE);
}

void tt_unclaimed_close(struct channel *channel)
{
    tt_unclaimed_end(channel, TT_FROM_INITIATOR, TT_BODY_CUT);
    tt_unclaimed_end(channel, TT_FROM_RESPONDER, TT_BODY_CUT);
    end_turn(channel);
    free(channel->turn);
    channel->turn = NULL;
}
