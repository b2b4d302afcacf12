/* TCP headers and connections (RFC 9293). */
#include "net/tcp.h"

enum { TCP_HEADER = 20 };

/* ---- opening ---- */

static bool has(const struct tt_segment *segment, unsigned flag)
{
    return (segment->flags & flag) != 0;
}

/* True when a SYN is of another connection between the same ends than `tcp`. `segment->seq` is the
 * number behind the SYN. */
static bool is_another(const struct tt_tcp *tcp, const struct tt_segment *segment)
{
    enum { LATE_SYN = 65536 }; /* bytes that may have overtaken their SYN */
    const struct tt_half *half = &tcp->half[segment->direction];
    const struct tt_half *other = &tcp->half[1 - segment->direction];
    /* Some senders begin every connection with the same number: behind the end of one that has said
     * something, a SYN is another one. */
    bool talked = half->next != half->start || other->next != other->start;
    if (tcp->conn.closing && !has(segment, TT_TCP_ACK) && talked)
        return true;
    if (half->syn)
        return (uint32_t)half->start != segment->seq;
    if (half->started || half->waiting) {
        uint32_t ahead = (uint32_t)half->start - segment->seq;
        return ahead > LATE_SYN;
    }
    /* A direction that has spoken, or was answered, without a SYN is older than this one. */
    return half->sent || tcp->conn.closing ||
           (!has(segment, TT_TCP_ACK) && other->started && !other->syn);
}

static struct tt_tcp *open_flow(struct tt_net *net, struct tt_segment *segment, uint64_t hash,
                                const struct tt_flow_key *key)
{
    bool syn = has(segment, TT_TCP_SYN);
    bool reversed = syn ? has(segment, TT_TCP_ACK) : tt_net_comes_from_server(key->port);
    struct tt_conn *conn =
        tt_net_open(net, segment->packet, hash, key, reversed, sizeof(struct tt_tcp));
    if (conn == NULL)
        return NULL;
    struct tt_tcp *tcp = (struct tt_tcp *)conn;
    tcp->opened_by_syn = syn && !reversed;
    segment->direction = reversed ? TT_FROM_RESPONDER : TT_FROM_INITIATOR;
    return tcp;
}

/* ---- handshake ---- */

/* Not where the other side says that this answers another segment than the one that was seen. */
static bool answers_what_was_seen(const struct tt_tcp *tcp, const struct tt_segment *segment)
{
    return tcp->told_time == 0 || segment->echo == 0 || segment->echo == tcp->told_time;
}

static void take_syn_ack(struct tt_net *net, struct tt_tcp *tcp, const struct tt_segment *segment)
{
    struct tt_flow *flow = &tcp->conn.flow;
    uint64_t time = segment->packet->frame->time;
    enum tt_direction other = (enum tt_direction)(1 - segment->direction);
    /* Tells where the other side begins, if its SYN was not captured. */
    if (!tcp->half[other].started) {
        tt_half_start(net, tcp, other, segment->ack);
        tcp->half[other].syn = 1;
    }
    if (segment->direction != TT_FROM_RESPONDER)
        return;
    flow->initiator_known = true;
    if (tcp->synack_seen) {
        tcp->synack_time = 0;
        return;
    }
    tcp->synack_seen = 1;
    /* Between the clocks of two captures nothing is measured. */
    if (tt_frame_capture(segment->packet->frame->number) != flow->capture)
        return;
    tcp->synack_time = time;
    if (tcp->opened_by_syn && !tcp->syn_repeated && !flow->made_up && time > flow->first_time &&
        answers_what_was_seen(tcp, segment))
        flow->rtt_syn = time - flow->first_time;
    tcp->told_time = segment->time;
}

/* A SYN-ACK must answer the SYN: it acknowledges that, and what came with it. */
static bool is_answer(const struct tt_half *other, const struct tt_segment *segment)
{
    return !other->syn || segment->ack - (uint32_t)other->start <= other->next - other->start;
}

/* False when the segment is not of this connection. */
static bool take_syn(struct tt_net *net, struct tt_tcp *tcp, const struct tt_segment *segment)
{
    struct tt_half *half = &tcp->half[segment->direction];
    bool repeated = half->syn;
    if (has(segment, TT_TCP_ACK) && !is_answer(&tcp->half[1 - segment->direction], segment))
        return false;
    if (!half->started)
        tt_half_start(net, tcp, segment->direction, segment->seq);
    if ((uint32_t)half->start == segment->seq)
        half->syn = 1;
    if (has(segment, TT_TCP_ACK)) {
        take_syn_ack(net, tcp, segment);
    } else if (segment->direction == TT_FROM_INITIATOR) {
        tcp->conn.flow.initiator_known = true;
        tcp->syn_repeated |= repeated;
        tcp->told_time = segment->time;
    }
    return true;
}

/* The third step of the handshake. */
static void take_first_ack(struct tt_tcp *tcp, const struct tt_segment *segment)
{
    if (segment->direction != TT_FROM_INITIATOR || !tcp->synack_seen || tcp->ack_seen)
        return;
    tcp->ack_seen = 1;
    uint64_t time = segment->packet->frame->time;
    if (tcp->synack_time == 0 || tcp->conn.flow.made_up || time < tcp->synack_time ||
        tt_frame_capture(segment->packet->frame->number) != tcp->conn.flow.capture ||
        segment->ack != (uint32_t)tcp->half[TT_FROM_RESPONDER].start ||
        !answers_what_was_seen(tcp, segment))
        return;
    tcp->conn.flow.third_step = true;
    tcp->conn.flow.rtt_ack = time - tcp->synack_time;
}

/* ---- the end ---- */

static bool is_fin_acked(const struct tt_half *half)
{
    return half->has_fin && half->has_acked && (uint32_t)half->acked == half->fin + 1;
}

static void put_strays(struct tt_net *net, const struct tt_segment *segment,
                       const struct tt_strays *strays)
{
    for (size_t i = 0; i < strays->count; i++) {
        const struct tt_stray *stray = &strays->list[i];
        struct tt_packet packet = *segment->packet;
        packet.bytes = tt_span_sub(packet.bytes, stray->at, stray->len);
        packet.missing = 0;
        tt_packet_note(net, &packet, stray->code, stray->text);
        tt_packet_hand_on(net, &packet);
    }
}

void tt_tcp_finish(struct tt_net *net, struct tt_conn *conn)
{
    struct tt_tcp *tcp = (struct tt_tcp *)conn;
    tt_half_finish(net, tcp, TT_FROM_INITIATOR);
    tt_half_finish(net, tcp, TT_FROM_RESPONDER);
}

void tt_tcp_free(struct tt_conn *conn)
{
    struct tt_tcp *tcp = (struct tt_tcp *)conn;
    for (size_t i = 0; i < 2; i++) {
        tt_reorder_free(tcp->half[i].held);
        tcp->half[i].held = NULL;
    }
}

/* ---- segments ---- */

/* The payload is not of the stream. */
static void set_aside(const struct tt_segment *segment, struct tt_strays *strays, const char *code,
                      const char *text)
{
    if (segment->packet->bytes.len > 0)
        strays->list[strays->count++] =
            (struct tt_stray){.len = segment->packet->bytes.len, .code = code, .text = text};
}

static void follow(struct tt_net *net, struct tt_tcp *tcp, const struct tt_segment *segment,
                   struct tt_strays *strays)
{
    enum tt_direction side = segment->direction;
    enum tt_direction other = (enum tt_direction)(1 - side);
    tcp->last_frame = segment->packet->frame->number;
    if (has(segment, TT_TCP_RST)) {
        /* A RST may carry a text (RFC 9293 section 3.5.3), which is not of the stream. */
        set_aside(segment, strays, "tcp.reset_data", "data in a TCP RST; it was read on its own");
        tt_flow_table_set_closing(&net->flows, &tcp->conn);
        return;
    }
    if (has(segment, TT_TCP_SYN) && !take_syn(net, tcp, segment)) {
        set_aside(segment, strays, "tcp.false_answer",
                  "data in a SYN-ACK that answers no SYN; it was read on its own");
        return;
    }
    tcp->half[side].sent = 1;
    if (has(segment, TT_TCP_ACK)) {
        if (TT_UNLIKELY(!tcp->ack_seen) && !has(segment, TT_TCP_SYN))
            take_first_ack(tcp, segment);
        tt_half_ack(net, tcp, other, segment->ack);
    }
    tt_half_data(net, tcp, segment, strays);
    if (TT_UNLIKELY(has(segment, TT_TCP_FIN)))
        tt_half_fin(net, tcp, segment);
    for (size_t i = 0; i < 2; i++)
        if (TT_UNLIKELY(tcp->half[i].held != NULL))
            tt_half_pass(net, tcp, (enum tt_direction)i);
    if (TT_UNLIKELY(is_fin_acked(&tcp->half[0]) && is_fin_acked(&tcp->half[1])))
        tt_flow_table_set_closing(&net->flows, &tcp->conn);
}

static void take_segment(struct tt_net *net, struct tt_segment *segment, const uint16_t port[2])
{
    const struct tt_packet *packet = segment->packet;
    const struct tt_flow_key key = {.transport = TT_TRANSPORT_TCP,
                                    .port = {port[0], port[1]},
                                    .addr = {packet->addr[0], packet->addr[1]}};
    uint64_t hash = tt_flow_table_hash(&net->flows, &key);
    struct tt_conn *conn = tt_flow_table_find(&net->flows, hash, &key, &segment->direction);
    if (TT_UNLIKELY(packet->repeated)) {
        tt_net_count_repeated(net, conn, segment->direction, packet->bytes.len);
        return;
    }
    struct tt_tcp *tcp = (struct tt_tcp *)conn;
    bool opening = has(segment, TT_TCP_SYN) && !has(segment, TT_TCP_RST);
    if (tcp != NULL && TT_UNLIKELY(opening) && is_another(tcp, segment)) {
        tt_net_close(net, conn);
        tcp = NULL;
    }
    if (tcp == NULL)
        tcp = open_flow(net, segment, hash, &key);
    if (tcp == NULL)
        return;
    tt_net_count(net, &tcp->conn, segment->direction, packet);
    struct tt_strays strays = {.count = 0};
    follow(net, tcp, segment, &strays);
    put_strays(net, segment, &strays);
}

enum { OPTION_END = 0, OPTION_NOTHING = 1, OPTION_TIMES = 8, OPTION_TIMES_LEN = 10 };

/* Options are a number, a length with both, and a value (RFC 9293, section 3.1). */
static void read_times(struct tt_span options, struct tt_segment *segment)
{
    size_t at = 0;
    while (at < options.len && options.data[at] != OPTION_END) {
        if (options.data[at] == OPTION_NOTHING) {
            at++;
            continue;
        }
        size_t len = at + 1 < options.len ? options.data[at + 1] : 0;
        if (len < 2 || len > options.len - at)
            return;
        if (options.data[at] == OPTION_TIMES && len == OPTION_TIMES_LEN) {
            segment->time = tt_be32(options.data + at + 2);
            segment->echo = tt_be32(options.data + at + 6);
            return;
        }
        at += len;
    }
}

/*  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |          Source Port          |       Destination Port        |
 * |                        Sequence Number                        |
 * |                    Acknowledgment Number                      |
 * | Offset|  Rsrvd |C|E|U|A|P|R|S|F|            Window            |
 * |           Checksum            |         Urgent Pointer        |
 * |                          Options ...                          | */
void tt_read_tcp(struct tt_net *net, struct tt_packet *packet)
{
    const uint8_t *header = packet->bytes.data;
    if (packet->bytes.len < TCP_HEADER) {
        tt_packet_spoil(net, packet, "tcp.header", "a bad TCP header");
        return;
    }
    size_t header_len = (size_t)(header[12] >> 4) * 4;
    if (header_len < TCP_HEADER || header_len > packet->bytes.len + packet->missing) {
        tt_packet_spoil(net, packet, "tcp.header", "a bad TCP header");
        return;
    }
    const uint16_t port[2] = {tt_be16(header), tt_be16(header + 2)};
    struct tt_segment segment = {.packet = packet,
                                 .seq = tt_be32(header + 4),
                                 .ack = tt_be32(header + 8),
                                 .flags = header[13]};
    size_t captured = header_len < packet->bytes.len ? header_len : packet->bytes.len;
    read_times(tt_span_of(header + TCP_HEADER, captured - TCP_HEADER), &segment);
    /* The SYN itself takes a number. */
    if (has(&segment, TT_TCP_SYN))
        segment.seq++;
    packet->missing -= header_len - captured;
    tt_packet_enter(packet, captured, TT_SPACE_IP, packet->number);
    packet->taken = true;
    take_segment(net, &segment, port);
}
