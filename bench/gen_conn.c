#include "gen_conn.h"

#include <string.h>

enum { BURST_MAX = 10, ACK_EVERY = 2, REORDER_WAIT_MAX = 3, REPEAT_WAIT_MAX = 30 };

void gen_conn_open(struct gen_conn *conn, const struct gen_host *host, const uint8_t *mac,
                   uint16_t port, struct gen_rng *rng)
{
    conn->path = (struct gen_path){.mac = mac,
                                   .ends = {gen_hosts_phone(host), host->addr},
                                   .ports = {port, host->port},
                                   .ip_id = (uint16_t)gen_rng_below(rng, 65536)};
    for (size_t i = 0; i < 2; i++)
        conn->streams[i] = (struct gen_stream){.next = (uint32_t)gen_rng_next(rng)};
    conn->talk.host = host;
    struct gen_text session = {0};
    gen_text_hex(&session, rng, sizeof(conn->talk.session) - 1);
    memcpy(conn->talk.session, session.data, session.len);
    gen_text_free(&session);
    conn->unacked = 0;
    conn->state = GEN_CONN_SYN;
}

void gen_conn_begin(struct gen_conn *conn, const struct gen_leak *leak, struct gen_rng *rng)
{
    conn->sent = 0;
    conn->cut = 0;
    conn->swap = false;
    conn->state = GEN_CONN_REQUEST;
    const struct gen_mark *mark = &conn->exchange.request.leak;
    if (leak == NULL)
        return;
    conn->leak = *leak;
    conn->leak.bytes_left = mark->to - mark->from;
    /* Apps that write the head and the body by themselves, or in small pieces, cut anywhere. */
    if (mark->to - mark->from < 2 || !gen_rng_permille(rng, 150))
        return;
    conn->cut = gen_rng_between(rng, (uint32_t)mark->from + 1, (uint32_t)mark->to - 1);
    conn->swap = gen_rng_permille(rng, 500);
}

void gen_conn_end(struct gen_conn *conn)
{
    conn->state = GEN_CONN_FIN;
}

static struct gen_tcp header(struct gen_conn *conn, enum gen_side from, unsigned flags,
                             const struct gen_wire *wire)
{
    struct gen_stream *own = &conn->streams[from];
    const struct gen_stream *other = &conn->streams[1 - from];
    own->clock = (uint32_t)(wire->time_us / 1000) + (from == GEN_PHONE ? 0x1000000U : 0);
    return (struct gen_tcp){.from = from,
                            .flags = flags,
                            .seq = own->next,
                            .ack = (flags & GEN_TCP_ACK) == 0 ? 0
                                   : other->hole              ? other->hole_at
                                                              : other->next,
                            .clock = own->clock,
                            .echo = other->clock};
}

/* A segment without data. SYN and FIN take a sequence number. */
static void send_bare(struct gen_conn *conn, struct gen_wire *wire, enum gen_side from,
                      unsigned flags)
{
    struct gen_frame frame;
    frame.stream = NULL;
    frame.leak = NULL;
    frame.fills_hole = false;
    struct gen_tcp tcp = header(conn, from, flags, wire);
    gen_packet_tcp(&conn->path, &tcp, 0, &frame);
    gen_wire_send(wire, &frame);
    if ((flags & (GEN_TCP_SYN | GEN_TCP_FIN)) != 0)
        conn->streams[from].next++;
}

/* Copies `len` bytes of the message from `at` on. */
static void copy_data(const struct gen_message *message, uint64_t at, size_t len, uint8_t *to,
                      struct gen_rng *rng)
{
    size_t text = 0;
    if (at < message->bytes.len) {
        text = message->bytes.len - (size_t)at;
        text = text < len ? text : len;
        memcpy(to, message->bytes.data + at, text);
    }
    gen_rng_fill(rng, to + text, len - text);
}

/* How many of the leak's bytes are among the `len` from `at` on. */
static size_t overlap(struct gen_mark leak, uint64_t at, size_t len)
{
    uint64_t from = leak.from > at ? leak.from : at;
    uint64_t to = leak.to < at + len ? leak.to : at + len;
    return to > from ? (size_t)(to - from) : 0;
}

/* Sends the segment, or holds it back so that others overtake it. Some are sent once more, later.
 */
static void send_segment(struct gen_conn *conn, struct gen_wire *wire, struct gen_rng *rng,
                         const struct gen_tcp *tcp, size_t len, bool swap, bool last,
                         struct gen_frame *frame)
{
    struct gen_stream *stream = frame->stream;
    bool planted = frame->leak != NULL;
    bool late = swap || gen_rng_permille(rng, planted ? GEN_REORDER_LEAK : GEN_REORDER);
    bool again = gen_rng_permille(rng, planted ? GEN_REPEAT_LEAK : GEN_REPEAT);
    frame->fills_hole = late && !last && !stream->hole;
    if (frame->fills_hole &&
        gen_wire_hold(wire, frame, gen_rng_between(rng, 1, REORDER_WAIT_MAX))) {
        stream->hole = true;
        stream->hole_at = tcp->seq;
        wire->reordered++;
        return;
    }
    frame->fills_hole = false;
    gen_wire_send(wire, frame);
    if (!again)
        return;
    frame->leak = NULL;
    gen_packet_tcp(&conn->path, tcp, len, frame);
    if (gen_wire_hold(wire, frame, gen_rng_between(rng, 2, REPEAT_WAIT_MAX)))
        wire->repeated++;
}

/* The next segment of the message; false when it was the last. */
static bool send_data(struct gen_conn *conn, struct gen_wire *wire, struct gen_rng *rng,
                      enum gen_side from)
{
    bool request = from == GEN_PHONE;
    const struct gen_message *message =
        request ? &conn->exchange.request : &conn->exchange.response;
    uint64_t left = message->bytes.len + message->media - conn->sent;
    size_t len = gen_packet_mss(&conn->path);
    len = left < len ? (size_t)left : len;
    bool cut = request && conn->cut > conn->sent && conn->cut <= conn->sent + len;
    if (cut)
        len = (size_t)(conn->cut - conn->sent);
    bool last = len == left;
    struct gen_frame frame;
    frame.stream = &conn->streams[from];
    frame.leak_bytes = request ? overlap(message->leak, conn->sent, len) : 0;
    frame.leak = frame.leak_bytes > 0 ? &conn->leak : NULL;
    struct gen_tcp tcp = header(conn, from, GEN_TCP_ACK | (last || cut ? GEN_TCP_PSH : 0U), wire);
    copy_data(message, conn->sent, len, gen_packet_tcp_data(&conn->path, &frame), rng);
    gen_packet_tcp(&conn->path, &tcp, len, &frame);
    conn->streams[from].next += (uint32_t)len;
    conn->sent += len;
    send_segment(conn, wire, rng, &tcp, len, cut && conn->swap, last, &frame);
    if (++conn->unacked >= ACK_EVERY || (last && from == GEN_HOST)) {
        send_bare(conn, wire, (enum gen_side)(1 - from), GEN_TCP_ACK);
        conn->unacked = 0;
    }
    return !last;
}

static void send_burst(struct gen_conn *conn, struct gen_wire *wire, struct gen_rng *rng)
{
    enum gen_side from = conn->state == GEN_CONN_REQUEST ? GEN_PHONE : GEN_HOST;
    /* It goes on until what was held back has been overtaken. */
    const struct gen_stream *stream = &conn->streams[from];
    for (uint32_t n = gen_rng_between(rng, 1, BURST_MAX); n > 0 || stream->hole; n -= n > 0) {
        if (send_data(conn, wire, rng, from))
            continue;
        conn->sent = 0;
        conn->state = from == GEN_PHONE ? GEN_CONN_RESPONSE : GEN_CONN_READY;
        break;
    }
}

bool gen_conn_step(struct gen_conn *conn, struct gen_wire *wire, struct gen_rng *rng)
{
    /* Nobody answers or hangs up before everything has come. */
    bool waits = conn->streams[GEN_PHONE].held > 0 || conn->streams[GEN_HOST].held > 0;
    switch (conn->state) {
    case GEN_CONN_SYN:
        send_bare(conn, wire, GEN_PHONE, GEN_TCP_SYN);
        conn->state = GEN_CONN_SYN_ACK;
        return true;
    case GEN_CONN_SYN_ACK:
        send_bare(conn, wire, GEN_HOST, GEN_TCP_SYN | GEN_TCP_ACK);
        conn->state = GEN_CONN_ACK;
        return true;
    case GEN_CONN_ACK:
        send_bare(conn, wire, GEN_PHONE, GEN_TCP_ACK);
        conn->state = GEN_CONN_READY;
        return true;
    case GEN_CONN_REQUEST:
    case GEN_CONN_RESPONSE:
        if (conn->sent == 0 && waits)
            return false;
        send_burst(conn, wire, rng);
        return true;
    case GEN_CONN_FIN:
        if (waits)
            return false;
        send_bare(conn, wire, GEN_PHONE, GEN_TCP_FIN | GEN_TCP_ACK);
        conn->state = GEN_CONN_FIN_ACK;
        return true;
    case GEN_CONN_FIN_ACK:
        send_bare(conn, wire, GEN_HOST, GEN_TCP_FIN | GEN_TCP_ACK);
        conn->state = GEN_CONN_LAST_ACK;
        return true;
    case GEN_CONN_LAST_ACK:
        send_bare(conn, wire, GEN_PHONE, GEN_TCP_ACK);
        conn->state = GEN_CONN_FREE;
        return true;
    case GEN_CONN_FREE:
    case GEN_CONN_READY:
        break;
    }
    return false;
}

void gen_conn_free(struct gen_conn *conn)
{
    gen_exchange_free(&conn->exchange);
}
