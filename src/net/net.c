#include "net/net.h"

#include "model/limits.h"
#include "net/core.h"
#include "net/tcp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* ---- what the parts share (core.h, packet.h) ---- */

void tt_net_fail(struct tt_net *net, enum tt_err err)
{
    if (net->failure == TT_OK)
        net->failure = err;
}

void tt_net_note(struct tt_net *net, const struct tt_note *note)
{
    struct tt_note full = *note;
    full.layer = "net";
    tt_note_put(net->notes, &full);
}

void tt_packet_note(struct tt_net *net, const struct tt_packet *packet, const char *code,
                    const char *text)
{
    struct tt_note note = {
        .code = code, .frame = packet->frame->number, .length = packet->bytes.len, .text = text};
    tt_net_note(net, &note);
}

void tt_packet_hand_on(struct tt_net *net, struct tt_packet *packet)
{
    static const uint16_t no_ports[2] = {0, 0};
    bool ip = packet->addr[0].family != TT_ADDR_NONE;
    uint16_t kind = packet->space == TT_SPACE_LINK ? 0 : (uint16_t)packet->number;
    tt_net_put_datagram(net, packet, ip ? TT_TRANSPORT_IP : TT_TRANSPORT_LINK, kind, no_ports);
    packet->taken = true;
}

void tt_packet_spoil(struct tt_net *net, struct tt_packet *packet, const char *code,
                     const char *text)
{
    /* tt_net_put_datagram tells of the cut. */
    if (packet->missing == 0)
        tt_packet_note(net, packet, code, text);
    tt_packet_hand_on(net, packet);
}

static void set_ends(struct tt_flow *flow, const struct tt_packet *packet,
                     const struct tt_flow_key *key, bool reversed)
{
    for (size_t i = 0; i < 2; i++) {
        size_t side = reversed ? 1 - i : i;
        flow->ends[i] = (struct tt_endpoint){
            .addr = key->addr[side], .mac = packet->mac[side], .port = key->port[side]};
    }
}

struct tt_conn *tt_net_open(struct tt_net *net, const struct tt_packet *packet, uint64_t hash,
                            const struct tt_flow_key *key, bool reversed, size_t size)
{
    struct tt_conn *conn = calloc(1, size);
    if (conn == NULL || tt_flow_table_add(&net->flows, hash, conn, net->ticker.second) != TT_OK) {
        free(conn);
        tt_net_fail(net, TT_ERR_MEMORY);
        return NULL;
    }
    struct tt_flow *flow = &conn->flow;
    flow->id = net->next_flow++;
    flow->capture = net->capture;
    flow->transport = key->transport;
    flow->kind = key->kind;
    set_ends(flow, packet, key, reversed);
    flow->first_frame = packet->first_frame;
    flow->first_time = packet->frame->time;
    flow->last_time = packet->frame->time;
    flow->app = packet->frame->app;
    net->totals.flows++;
    net->sink->flow_open(net->sink->context, flow);
    return conn;
}

void tt_net_put(struct tt_net *net, const struct tt_chunk *chunk)
{
    chunk->flow->bytes[chunk->direction] += chunk->bytes.len;
    net->totals.payload_bytes += chunk->bytes.len;
    net->sink->chunk(net->sink->context, chunk);
}

bool tt_net_comes_from_server(const uint16_t port[2])
{
    enum { WELL_KNOWN = 1024 };
    return port[0] != 0 && port[0] < WELL_KNOWN && port[1] >= WELL_KNOWN;
}

void tt_net_put_datagram(struct tt_net *net, const struct tt_packet *packet,
                         enum tt_transport transport, uint16_t kind, const uint16_t port[2])
{
    const struct tt_addr *addr = transport == TT_TRANSPORT_LINK ? packet->mac : packet->addr;
    const struct tt_flow_key key = {.transport = transport,
                                    .kind = kind,
                                    .port = {port[0], port[1]},
                                    .addr = {addr[0], addr[1]}};
    uint64_t hash = tt_flow_table_hash(&net->flows, &key);
    enum tt_direction direction = TT_FROM_INITIATOR;
    struct tt_conn *conn = tt_flow_table_find(&net->flows, hash, &key, &direction);
    if (conn == NULL) {
        bool reversed = tt_net_comes_from_server(port);
        conn = tt_net_open(net, packet, hash, &key, reversed, sizeof(*conn));
        if (conn == NULL)
            return;
        direction = reversed ? TT_FROM_RESPONDER : TT_FROM_INITIATOR;
    }
    tt_net_count(net, conn, direction, packet);
    if (packet->missing > 0) {
        conn->flow.lost[direction] += packet->missing;
        struct tt_note note = {.code = "net.cut",
                               .flow = &conn->flow,
                               .frame = packet->frame->number,
                               .length = packet->missing,
                               .text = "the capture holds less of a packet than was on the wire"};
        tt_net_note(net, &note);
    }
    if (packet->bytes.len == 0)
        return;
    struct tt_chunk chunk = {.flow = &conn->flow,
                             .direction = direction,
                             .flags = TT_CHUNK_DATAGRAM | (packet->missing > 0 ? TT_CHUNK_CUT : 0),
                             .bytes = packet->bytes,
                             .first_frame = packet->first_frame,
                             .last_frame = packet->frame->number,
                             .time = packet->frame->time};
    tt_net_put(net, &chunk);
}

void tt_net_close(struct tt_net *net, struct tt_conn *conn)
{
    if (conn->flow.transport == TT_TRANSPORT_TCP)
        tt_tcp_finish(net, conn);
    tt_flow_table_remove(&net->flows, conn);
    net->sink->flow_close(net->sink->context, &conn->flow);
    free(conn);
}

/* ---- time and caps ---- */

/* Closes the flows of a list that have been silent for longer than `seconds`. */
static void close_silent(struct tt_net *net, const struct tt_conn_list *list, uint32_t seconds)
{
    struct tt_conn *oldest = NULL;
    while ((oldest = list->oldest) != NULL) {
        if (tt_ticker_is_old(&net->ticker, oldest->seen, seconds))
            tt_net_close(net, oldest);
        else if (oldest->seen > net->ticker.second)
            /* Seen in a jump that was taken back: it must not hide those behind it. */
            tt_flow_table_touch(&net->flows, oldest, net->ticker.second);
        else
            return;
    }
}

static void move_clock(struct tt_net *net, uint64_t time)
{
    if (TT_LIKELY(!tt_ticker_move(&net->ticker, time)))
        return;
    tt_fragments_expire(net);
    close_silent(net, &net->flows.closing, TT_FLOW_LINGER_SECONDS);
    close_silent(net, &net->flows.active, TT_FLOW_IDLE_SECONDS);
}

static void evict(struct tt_net *net)
{
    while (tt_flow_table_count(&net->flows) >= net->flows_max) {
        struct tt_conn *oldest = net->flows.closing.oldest != NULL ? net->flows.closing.oldest
                                                                   : net->flows.active.oldest;
        struct tt_note note = {.code = "net.flows_limit",
                               .flow = &oldest->flow,
                               .text = "too many flows at once; the oldest was ended early"};
        tt_net_note(net, &note);
        tt_net_close(net, oldest);
    }
}

/* ---- frames ---- */

/* One note for each link type that nobody reads. */
static void note_link(struct tt_net *net, const struct tt_packet *packet)
{
    for (size_t i = 0; i < net->links_noted_count; i++)
        if (net->links_noted[i] == packet->number)
            return;
    if (net->links_noted_count == TT_LINKS_NOTED_MAX)
        return;
    net->links_noted[net->links_noted_count++] = packet->number;
    (void)snprintf(net->link_text, sizeof(net->link_text),
                   "link type %" PRIu32 " is not read; its frames were searched as they stand",
                   packet->number);
    tt_packet_note(net, packet, "link.unknown", net->link_text);
}

static void read_layers(struct tt_net *net, struct tt_packet *packet)
{
    for (unsigned depth = 0; !packet->taken; depth++) {
        if (depth == TT_TUNNEL_DEPTH_MAX) {
            tt_packet_note(net, packet, "net.depth", "too many headers inside one another");
            tt_packet_hand_on(net, packet);
            return;
        }
        tt_packet_reader *read = tt_layer_find(packet);
        if (read != NULL) {
            read(net, packet);
            continue;
        }
        if (packet->space == TT_SPACE_LINK)
            note_link(net, packet);
        tt_packet_hand_on(net, packet);
    }
}

enum tt_err tt_net_frame(struct tt_net *net, const struct tt_frame *frame)
{
    net->totals.frames++;
    net->totals.frame_bytes += frame->bytes.len;
    move_clock(net, frame->time);
    if (TT_UNLIKELY(tt_flow_table_count(&net->flows) >= net->flows_max))
        evict(net);
    struct tt_packet packet = {.frame = frame,
                               .first_frame = frame->number,
                               .bytes = frame->bytes,
                               .missing = frame->original_len > frame->bytes.len
                                              ? frame->original_len - frame->bytes.len
                                              : 0,
                               .space = TT_SPACE_LINK,
                               .number = frame->link,
                               .overhead = &net->totals.link_bytes};
    if (frame->fcs_len > 0 && frame->fcs_len <= frame->original_len)
        tt_packet_limit(&packet, frame->original_len - frame->fcs_len);
    read_layers(net, &packet);
    return net->failure;
}

/* ---- beginning and end ---- */

enum tt_err tt_net_new(uint32_t capture, uint64_t first_flow, const struct tt_net_sink *sink,
                       const struct tt_note_sink *notes, struct tt_net **ret_net)
{
    struct tt_net *net = calloc(1, sizeof(*net));
    if (net == NULL)
        return TT_ERR_MEMORY;
    net->sink = sink;
    net->notes = notes;
    net->capture = capture;
    net->next_flow = first_flow;
    net->flows_max = TT_FLOWS_MAX;
    net->held.max = TT_REORDER_ALL_MAX;
    net->fragments.pool.max = TT_FRAGMENT_BYTES_MAX;
    if (getrandom(&net->flows.seed, sizeof(net->flows.seed), 0) != (ssize_t)sizeof(uint64_t))
        net->flows.seed = (uint64_t)(uintptr_t)net;
    net->fragments.seed = ~net->flows.seed;
    *ret_net = net;
    return TT_OK;
}

static int compare_ids(const void *a, const void *b)
{
    const struct tt_conn *const *left = a;
    const struct tt_conn *const *right = b;
    uint64_t x = (*left)->flow.id;
    uint64_t y = (*right)->flow.id;
    return x < y ? -1 : x > y;
}

static size_t list_conns(const struct tt_conn_list *list, struct tt_conn **conns)
{
    size_t count = 0;
    for (struct tt_conn *conn = list->oldest; conn != NULL; conn = conn->newer)
        conns[count++] = conn;
    return count;
}

enum tt_err tt_net_flush(struct tt_net *net)
{
    tt_fragments_flush(net);
    size_t count = tt_flow_table_count(&net->flows);
    if (count == 0)
        return net->failure;
    struct tt_conn **conns = calloc(count, sizeof(struct tt_conn *));
    if (conns == NULL) {
        tt_net_fail(net, TT_ERR_MEMORY);
        return net->failure;
    }
    size_t listed = list_conns(&net->flows.active, conns);
    listed += list_conns(&net->flows.closing, conns + listed);
    qsort(conns, listed, sizeof(struct tt_conn *), compare_ids);
    for (size_t i = 0; i < listed; i++)
        tt_net_close(net, conns[i]);
    free(conns);
    return net->failure;
}

void tt_net_totals(const struct tt_net *net, struct tt_net_totals *ret_totals)
{
    *ret_totals = net->totals;
}

static void free_list(struct tt_conn_list *list)
{
    while (list->oldest != NULL) {
        struct tt_conn *conn = list->oldest;
        list->oldest = conn->newer;
        if (conn->flow.transport == TT_TRANSPORT_TCP)
            tt_tcp_free(conn);
        free(conn);
    }
}

void tt_net_free(struct tt_net *net)
{
    if (net == NULL)
        return;
    free_list(&net->flows.active);
    free_list(&net->flows.closing);
    tt_flow_table_free(&net->flows);
    tt_fragments_free(&net->fragments);
    free(net);
}
