/* SCTP packets, chunks and associations (RFC 9260, RFC 8260). */
#include "net/sctp.h"

#include "model/limits.h"
#include "net/tunnel.h"

#include <stdlib.h>
#include <xxhash.h>

enum { SCTP_HEADER = 12, CHUNK_HEADER = 4, SCTP = 132, SEEN_FIRST_ROOM = 16 };

/* https://www.iana.org/assignments/sctp-parameters/ */
enum chunk_type { DATA = 0, INIT = 1, INIT_ACK = 2, I_DATA = 64 };

/* One packet on its way through its chunks. */
struct walk {
    struct tt_sctp *sctp;
    enum tt_direction direction;
    uint32_t tag;
    size_t missing; /* bytes that the snaplen cut off behind the packet */
};

/* ---- retransmissions and losses ---- */

/* Doubles the table of what was seen. Without room it stays as it is. */
static void grow_seen(struct tt_net *net, struct tt_sctp_half *half)
{
    uint32_t room = half->seen_room == 0 ? SEEN_FIRST_ROOM : half->seen_room * 2;
    size_t more = (room - half->seen_room) * sizeof(*half->seen);
    if (room > TT_SCTP_CHUNKS_MAX || net->sctp_held.used + more > net->sctp_held.max)
        return;
    struct tt_sctp_seen *seen = calloc(room, sizeof(*seen));
    if (seen == NULL) {
        tt_net_fail(net, TT_ERR_MEMORY);
        return;
    }
    for (uint32_t i = 0; i < half->seen_room; i++)
        seen[half->seen[i].tsn & (room - 1)] = half->seen[i];
    free(half->seen);
    half->seen = seen;
    half->seen_room = room;
    net->sctp_held.used += more;
}

static uint64_t place_of(const struct tt_sctp_half *half, uint32_t tsn)
{
    return half->highest + (uint64_t)(int64_t)(int32_t)(tsn - (uint32_t)half->highest);
}

enum copy { COPY_NEW, COPY_REPEATED, COPY_CONFLICT };

/* Looks a chunk up among those seen, and remembers it when it is new. */
static enum copy look_up(struct tt_net *net, struct tt_sctp_half *half, uint32_t tsn,
                         uint32_t digest)
{
    if (half->seen_room == 0 || half->seen[tsn & (half->seen_room - 1)].digest != 0)
        grow_seen(net, half);
    if (half->seen_room > 0) {
        struct tt_sctp_seen *seen = &half->seen[tsn & (half->seen_room - 1)];
        if (seen->digest != 0 && seen->tsn == tsn)
            return seen->digest == digest ? COPY_REPEATED : COPY_CONFLICT;
        *seen = (struct tt_sctp_seen){.tsn = tsn, .digest = digest};
    }
    uint64_t place = place_of(half, tsn);
    half->lowest = place < half->lowest ? place : half->lowest;
    half->highest = place > half->highest ? place : half->highest;
    half->distinct++;
    return COPY_NEW;
}

static void note_gap(struct tt_net *net, const struct tt_sctp *sctp, enum tt_direction side)
{
    const struct tt_sctp_half *half = &sctp->half[side];
    if (!half->started || half->highest - half->lowest < half->distinct)
        return;
    struct tt_note note = {.code = "sctp.gap",
                           .flow = &sctp->conn.flow,
                           .text = "SCTP chunks with user data are not in the capture"};
    tt_net_note(net, &note);
}

/* The end of an association in one direction. */
static void finish_half(struct tt_net *net, struct tt_sctp *sctp, enum tt_direction side)
{
    tt_sctp_message_release(net, sctp, side);
    note_gap(net, sctp, side);
    struct tt_sctp_half *half = &sctp->half[side];
    if (half->seen_room > 0)
        memset(half->seen, 0, half->seen_room * sizeof(*half->seen));
    half->started = false;
}

static void begin_half(struct tt_sctp_half *half, uint32_t tag, uint32_t tsn)
{
    /* Room below, so that places before the first one seen are above 0. */
    uint64_t place = (UINT64_C(1) << 32) + tsn;
    half->tag = tag;
    half->lowest = place;
    half->highest = place;
    half->distinct = 0;
    half->started = true;
}

void tt_sctp_finish(struct tt_net *net, struct tt_conn *conn)
{
    struct tt_sctp *sctp = (struct tt_sctp *)conn;
    finish_half(net, sctp, TT_FROM_INITIATOR);
    finish_half(net, sctp, TT_FROM_RESPONDER);
    tt_sctp_free(net, conn);
}

void tt_sctp_free(struct tt_net *net, struct tt_conn *conn)
{
    struct tt_sctp *sctp = (struct tt_sctp *)conn;
    for (size_t i = 0; i < 2; i++) {
        struct tt_sctp_half *half = &sctp->half[i];
        tt_sctp_message_free(half);
        net->sctp_held.used -= half->seen_room * sizeof(*half->seen);
        free(half->seen);
        half->seen = NULL;
        half->seen_room = 0;
    }
}

/* ---- chunks ---- */

/* The part of a chunk that has a fixed form, with the header of the chunk (RFC 9260 section 3.3).
 * It says nothing about anybody; what follows it might. */
static size_t fixed_part(unsigned type)
{
    static const uint8_t parts[] = {
        [DATA] = 16,
        [INIT] = 20,
        [INIT_ACK] = 20,
        [3] = 16 /* SACK */,
        [4] = 4 /* HEARTBEAT */,
        [5] = 4 /* its ACK */,
        [6] = 4 /* ABORT */,
        [7] = 8 /* SHUTDOWN */,
        [8] = 4 /* its ACK */,
        [9] = 4 /* ERROR */,
        [10] = 4 /* COOKIE ECHO */,
        [11] = 4 /* its ACK */,
        [12] = 8 /* ECNE */,
        [13] = 8 /* CWR */,
        [14] = 4 /* SHUTDOWN COMPLETE */,
        [15] = 8 /* AUTH, RFC 4895 */,
    };
    if (type < TT_ARRAY_LEN(parts))
        return parts[type];
    switch (type) {
    case I_DATA:
        return 20;
    case 128: /* ASCONF-ACK, RFC 5061 */
    case 193: /* ASCONF */
    case 192: /* FORWARD TSN, RFC 3758 */
    case 194: /* I-FORWARD-TSN, RFC 8260 */
        return 8;
    default:
        return CHUNK_HEADER;
    }
}

/* True for the types that something is said about above. */
static bool is_known(unsigned type)
{
    return type < 16 || type == I_DATA || fixed_part(type) > CHUNK_HEADER;
}

/* A digest of a chunk from its TSN on, with the flags that place it. */
static uint32_t digest_of(const struct tt_net *net, const struct tt_sctp_data *data)
{
    uint64_t hash =
        XXH3_64bits_withSeed(data->chunk.data + CHUNK_HEADER, data->chunk.len - CHUNK_HEADER,
                             net->flows.seed ^ data->flags);
    return (uint32_t)(hash >> 32) | 1U;
}

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * | Type = 0, 64  |  Res  |I|U|B|E|            Length             |
 * |                              TSN                              |
 * |           Stream              |    Sequence, or reserved      |
 * |   Payload protocol, or (I-DATA) message identifier            |
 * |   (I-DATA) payload protocol, or number of the fragment        |
 * |                        User data ...                          | */
static void take_data(struct tt_net *net, const struct walk *walk, struct tt_packet *packet,
                      bool cut)
{
    enum { FLAGS = TT_SCTP_BEGIN | TT_SCTP_END | TT_SCTP_UNORDERED };
    const uint8_t *header = packet->bytes.data;
    struct tt_sctp_half *half = &walk->sctp->half[walk->direction];
    struct tt_sctp_data data = {.packet = packet,
                                .chunk = packet->bytes,
                                .direction = walk->direction,
                                .cut = cut,
                                .interleaved = header[0] == I_DATA,
                                .flags = header[1] & FLAGS,
                                .stream = tt_be16(header + 8)};
    uint32_t tsn = tt_be32(header + 4);
    if (half->started && half->tag != walk->tag)
        finish_half(net, walk->sctp, walk->direction);
    if (!half->started)
        begin_half(half, walk->tag, tsn);
    data.fragment = place_of(half, tsn);
    if (data.interleaved) {
        data.message = tt_be32(header + 12);
        data.fragment = (data.flags & TT_SCTP_BEGIN) != 0 ? 0 : tt_be32(header + 16);
    }
    enum copy copy = look_up(net, half, tsn, digest_of(net, &data));
    tt_packet_enter(packet, tt_sctp_data_header(data.interleaved), packet->space, packet->number);
    switch (copy) {
    case COPY_NEW:
        tt_sctp_message_take(net, walk->sctp, &data);
        break;
    case COPY_REPEATED:
        tt_net_count_repeated(net, &walk->sctp->conn, walk->direction, packet->bytes.len);
        break;
    case COPY_CONFLICT:
        tt_packet_note(net, packet, "sctp.conflict",
                       "an SCTP chunk with the number of another one; it was read on its own");
        tt_packet_hand_on(net, packet);
        break;
    }
}

static void take_other(struct tt_net *net, struct tt_packet *packet, size_t header)
{
    tt_packet_enter(packet, header, packet->space, packet->number);
    if (packet->bytes.len > 0)
        tt_packet_hand_on(net, packet);
}

static void spoil(struct tt_net *net, const struct walk *walk, struct tt_packet *packet)
{
    /* What the snaplen cut off has been told. */
    if (walk->missing == 0)
        tt_packet_note(net, packet, "sctp.chunk", "a bad SCTP chunk");
    tt_packet_hand_on(net, packet);
}

/* The packet is one chunk of at least CHUNK_HEADER bytes; with `cut` its length says more. */
static void take_chunk(struct tt_net *net, const struct walk *walk, struct tt_packet *packet,
                       bool cut)
{
    unsigned type = packet->bytes.data[0];
    size_t header = fixed_part(type);
    bool data = type == DATA || type == I_DATA;
    /* User data are read as far as they go, but who lies about a length may lie about a type. */
    if (packet->bytes.len < header || (cut && !data && walk->missing == 0))
        spoil(net, walk, packet);
    else if (data)
        take_data(net, walk, packet, cut);
    else
        take_other(net, packet, header);
}

/* Chunks stand one behind the other, each filled up to a multiple of 4 bytes that its length does
 * not count (RFC 9260 section 3.2). */
static void read_chunks(struct tt_net *net, const struct walk *walk, struct tt_packet *packet)
{
    while (packet->bytes.len > 0) {
        size_t len = packet->bytes.len < CHUNK_HEADER ? 0 : tt_be16(packet->bytes.data + 2);
        if (len < CHUNK_HEADER) {
            spoil(net, walk, packet);
            return;
        }
        bool cut = len > packet->bytes.len;
        if (len > packet->bytes.len + walk->missing)
            tt_packet_note(net, packet, "sctp.length", "an SCTP chunk longer than its packet");
        struct tt_packet rest = tt_packet_split(packet, cut ? packet->bytes.len : len);
        take_chunk(net, walk, packet, cut);
        size_t padding = (4 - len % 4) % 4;
        tt_packet_enter(&rest, padding < rest.bytes.len ? padding : rest.bytes.len, rest.space,
                        rest.number);
        *packet = rest;
    }
}

/* ---- packets ---- */

/* The flow of a packet; NULL without memory, or for a duplicate whose flow is not open. */
static struct tt_sctp *find_flow(struct tt_net *net, const struct tt_packet *packet,
                                 const uint16_t port[2], enum tt_direction *ret_direction)
{
    const struct tt_flow_key key = {.transport = TT_TRANSPORT_SCTP,
                                    .port = {port[0], port[1]},
                                    .addr = {packet->addr[0], packet->addr[1]}};
    uint64_t hash = tt_flow_table_hash(&net->flows, &key);
    struct tt_conn *conn = tt_flow_table_find(&net->flows, hash, &key, ret_direction);
    if (conn != NULL || packet->repeated)
        return (struct tt_sctp *)conn;
    unsigned type = packet->bytes.len > 0 ? packet->bytes.data[0] : DATA;
    bool opening = type == INIT || type == INIT_ACK;
    bool reversed = opening ? type == INIT_ACK : tt_net_comes_from_server(port);
    conn = tt_net_open(net, packet, hash, &key, reversed, sizeof(struct tt_sctp));
    if (conn == NULL)
        return NULL;
    conn->flow.initiator_known = opening;
    *ret_direction = reversed ? TT_FROM_RESPONDER : TT_FROM_INITIATOR;
    return (struct tt_sctp *)conn;
}

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |          Source Port          |       Destination Port        |
 * |                       Verification Tag                        |
 * |                           Checksum                            |
 * |                          Chunks ...                           | */
void tt_read_sctp(struct tt_net *net, struct tt_packet *packet)
{
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < SCTP_HEADER) {
        tt_packet_spoil(net, packet, "sctp.header", "a packet too short for SCTP");
        return;
    }
    const uint16_t port[2] = {tt_be16(header), tt_be16(header + 2)};
    struct walk walk = {.tag = tt_be32(header + 4), .missing = packet->missing};
    tt_packet_enter(packet, SCTP_HEADER, packet->space, packet->number);
    packet->taken = true;
    walk.sctp = find_flow(net, packet, port, &walk.direction);
    if (packet->repeated) {
        tt_net_count_repeated(net, (struct tt_conn *)walk.sctp, walk.direction, packet->bytes.len);
        return;
    }
    if (walk.sctp == NULL)
        return;
    tt_net_count(net, &walk.sctp->conn, walk.direction, packet);
    tt_net_count_missing(net, &walk.sctp->conn, walk.direction, packet);
    packet->missing = 0;
    read_chunks(net, &walk, packet);
}

bool tt_udp_sctp(struct tt_net *net, struct tt_packet *packet)
{
    (void)net;
    struct tt_span bytes = packet->bytes;
    if (bytes.len < SCTP_HEADER + CHUNK_HEADER || tt_be16(bytes.data) == 0 ||
        tt_be16(bytes.data + 2) == 0)
        return false;
    const uint8_t *chunk = bytes.data + SCTP_HEADER;
    size_t len = tt_be16(chunk + 2);
    if (!is_known(chunk[0]) || len < fixed_part(chunk[0]) ||
        len > bytes.len + packet->missing - SCTP_HEADER)
        return false;
    tt_packet_enter(packet, 0, TT_SPACE_IP, SCTP);
    return true;
}
