#include "net/net.h"

#include "model/limits.h"
#include "net/core.h"
#include "net/link.h"
#include "net/sctp.h"
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

/* What tt_flow tells of a payload that is handed on: see struct tt_flow. PPP's control protocols
 * have numbers that no EtherType has; what else PPP carries is told as PPP. */
static uint16_t flow_kind(const struct tt_packet *packet)
{
    enum { CONTROL_MIN = 0x8000 };
    bool ip = packet->addr[0].family != TT_ADDR_NONE;
    switch (packet->space) {
    case TT_SPACE_ETHERTYPE:
        return packet->number < TT_ETHERTYPE_MIN ? 0 : (uint16_t)packet->number;
    case TT_SPACE_PPP:
        return packet->number < CONTROL_MIN ? TT_ETHERTYPE_PPP : (uint16_t)packet->number;
    case TT_SPACE_IP:
        return ip ? (uint16_t)packet->number : 0;
    case TT_SPACE_WLAN:
        return (uint16_t)packet->number;
    case TT_SPACE_LINK:
    case TT_SPACE_UDP:
    case TT_SPACE_LLC:
    case TT_SPACE_NLPID:
    case TT_SPACE_USB:
    case TT_SPACE_COUNT:
        break;
    }
    return 0;
}

void tt_packet_hand_on(struct tt_net *net, struct tt_packet *packet)
{
    static const uint16_t no_ports[2] = {0, 0};
    bool udp = packet->space == TT_SPACE_UDP;
    bool ip = packet->addr[0].family != TT_ADDR_NONE;
    enum tt_transport transport = udp ? TT_TRANSPORT_UDP : ip ? TT_TRANSPORT_IP : TT_TRANSPORT_LINK;
    tt_net_put_datagram(net, packet, transport, flow_kind(packet), udp ? packet->port : no_ports);
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

/* Nearly all of very many flows are TCP's. */
static struct tt_conn *take_conn(struct tt_net *net, enum tt_transport transport, size_t size)
{
    return transport == TT_TRANSPORT_TCP ? tt_slab_take(&net->tcps) : calloc(1, size);
}

static void give_conn(struct tt_net *net, struct tt_conn *conn)
{
    if (conn != NULL && conn->flow.transport == TT_TRANSPORT_TCP)
        tt_slab_give(&net->tcps, conn);
    else
        free(conn);
}

struct tt_conn *tt_net_open(struct tt_net *net, const struct tt_packet *packet, uint64_t hash,
                            const struct tt_flow_key *key, bool reversed, size_t size)
{
    struct tt_conn *conn = take_conn(net, key->transport, size);
    if (conn != NULL)
        conn->flow.transport = key->transport;
    if (conn == NULL || tt_flow_table_add(&net->flows, hash, conn, net->ticker.second) != TT_OK) {
        give_conn(net, conn);
        tt_net_fail(net, TT_ERR_MEMORY);
        return NULL;
    }
    struct tt_flow *flow = &conn->flow;
    flow->id = net->next_flow++;
    flow->capture = tt_frame_capture(packet->first_frame);
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

uint64_t tt_net_flow_id(struct tt_net *net)
{
    net->totals.flows++;
    return net->next_flow++;
}

void tt_net_put(struct tt_net *net, const struct tt_chunk *chunk)
{
    chunk->flow->bytes[chunk->direction] += chunk->bytes.len;
    net->totals.payload_bytes += chunk->bytes.len;
    net->sink->chunk(net->sink->context, chunk);
}

void tt_net_count_missing(struct tt_net *net, struct tt_conn *conn, enum tt_direction direction,
                          const struct tt_packet *packet)
{
    if (TT_LIKELY(packet->missing == 0))
        return;
    conn->flow.lost[direction] += packet->missing;
    struct tt_note note = {.code = "net.cut",
                           .flow = &conn->flow,
                           .frame = packet->frame->number,
                           .length = packet->missing,
                           .text = "the capture holds less of a packet than was on the wire"};
    tt_net_note(net, &note);
}

void tt_net_count_repeated(struct tt_net *net, struct tt_conn *conn, enum tt_direction direction,
                           size_t len)
{
    if (conn != NULL)
        conn->flow.repeated[direction] += len;
    net->totals.repeated_bytes += len;
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
    if (TT_UNLIKELY(packet->repeated)) {
        tt_net_count_repeated(net, conn, direction, packet->bytes.len);
        return;
    }
    if (conn == NULL) {
        bool reversed = tt_net_comes_from_server(port);
        conn = tt_net_open(net, packet, hash, &key, reversed, sizeof(*conn));
        if (conn == NULL)
            return;
        direction = reversed ? TT_FROM_RESPONDER : TT_FROM_INITIATOR;
    }
    tt_net_count(net, conn, direction, packet);
    tt_net_count_missing(net, conn, direction, packet);
    if (packet->bytes.len == 0)
        return;
    struct tt_chunk chunk = {.flow = &conn->flow,
                             .direction = direction,
                             .flags = TT_CHUNK_DATAGRAM |
                                      (packet->missing > 0 ? TT_CHUNK_CUT : 0U) |
                                      (packet->encrypted ? TT_CHUNK_ENCRYPTED : 0U),
                             .bytes = packet->bytes,
                             .first_frame = packet->first_frame,
                             .last_frame = packet->frame->number,
                             .time = packet->frame->time,
                             .parts = packet->parts,
                             .part_count = packet->part_count};
    tt_net_put(net, &chunk);
}

void tt_net_close(struct tt_net *net, struct tt_conn *conn)
{
    if (conn->flow.transport == TT_TRANSPORT_TCP)
        tt_tcp_finish(net, conn);
    if (conn->flow.transport == TT_TRANSPORT_SCTP)
        tt_sctp_finish(net, conn);
    tt_flow_table_remove(&net->flows, conn);
    net->sink->flow_close(net->sink->context, &conn->flow);
    give_conn(net, conn);
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
    const char *name = tt_link_name(packet->number);
    net->links_noted[net->links_noted_count++] = packet->number;
    (void)snprintf(net->link_text, sizeof(net->link_text),
                   "link type %" PRIu32 " (%s) is not read; its frames were searched as they stand",
                   packet->number, name == NULL ? "no known name" : name);
    tt_packet_note(net, packet, "link.unknown", net->link_text);
}

static void read_layers(struct tt_net *net, struct tt_packet *packet)
{
    for (; !packet->taken; packet->depth++) {
        if (packet->depth == TT_TUNNEL_DEPTH_MAX) {
            tt_packet_note(net, packet, "net.depth", "too many headers inside one another");
            tt_packet_hand_on(net, packet);
            return;
        }
        tt_packet_reader *read = tt_layer_find(packet);
        if (read != NULL) {
            read(net, packet);
            continue;
        }
        if (packet->space == TT_SPACE_LINK) {
            note_link(net, packet);
            tt_packet_enter(packet, tt_link_pseudo_header(packet->number, packet->bytes),
                            TT_SPACE_LINK, packet->number);
        }
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
    net->frame = frame;
    net->overhead_told = net->totals.link_bytes;
    struct tt_packet packet = {.frame = frame,
                               .first_frame = frame->number,
                               .bytes = frame->bytes,
                               .missing = frame->original_len > frame->bytes.len
                                              ? frame->original_len - frame->bytes.len
                                              : 0,
                               .space = TT_SPACE_LINK,
                               .number = frame->link,
                               .overhead = &net->totals.link_bytes};
    if (TT_UNLIKELY(frame->trailer_len > 0) && frame->trailer_len <= packet.bytes.len) {
        packet.bytes.len -= frame->trailer_len;
        net->totals.link_bytes += frame->trailer_len;
    }
    if (frame->fcs_len > 0 && frame->fcs_len <= frame->original_len)
        tt_packet_limit(&packet, frame->original_len - frame->fcs_len);
    do
        read_layers(net, &packet);
    while (tt_deferred_take(&net->deferred, &packet));
    net->frame = NULL;
    return net->failure;
}

/* ---- beginning and end ---- */

enum tt_err tt_net_new(const struct tt_net_sink *sink, const struct tt_note_sink *notes,
                       struct tt_net **ret_net)
{
    struct tt_net *net = calloc(1, sizeof(*net));
    if (net == NULL)
        return TT_ERR_MEMORY;
    net->sink = sink;
    net->notes = notes;
    net->next_flow = 1;
    net->tcps = tt_slab_make(sizeof(struct tt_tcp));
    net->flows_max = TT_FLOWS_MAX;
    net->held.max = TT_REORDER_ALL_MAX;
    net->fragments.pool.max = TT_FRAGMENT_BYTES_MAX;
    net->sctp_held.max = TT_SCTP_BYTES_MAX;
    if (getrandom(&net->flows.seed, sizeof(net->flows.seed), 0) != (ssize_t)sizeof(uint64_t))
        net->flows.seed = (uint64_t)(uintptr_t)net;
    net->fragments.seed = ~net->flows.seed;
    tt_duplicates_init(&net->duplicates, net->flows.seed);
    *ret_net = net;
    return TT_OK;
}

enum tt_err tt_net_flush(struct tt_net *net)
{
    tt_fragments_flush(net);
    tt_wlan_flush(net);
    tt_flow_table_sort(&net->flows);
    while (net->flows.active.oldest != NULL)
        tt_net_close(net, net->flows.active.oldest);
    return net->failure;
}

void tt_net_totals(const struct tt_net *net, struct tt_net_totals *ret_totals)
{
    *ret_totals = net->totals;
}

static void free_list(struct tt_net *net, struct tt_conn_list *list)
{
    while (list->oldest != NULL) {
        struct tt_conn *conn = list->oldest;
        list->oldest = conn->newer;
        if (conn->flow.transport == TT_TRANSPORT_TCP)
            tt_tcp_free(conn);
        if (conn->flow.transport == TT_TRANSPORT_SCTP)
            tt_sctp_free(net, conn);
        give_conn(net, conn);
    }
}

void tt_net_free(struct tt_net *net)
{
    if (net == NULL)
        return;
    free_list(net, &net->flows.active);
    free_list(net, &net->flows.closing);
    tt_slab_free(&net->tcps);
    tt_flow_table_free(&net->flows);
    tt_fragments_free(&net->fragments);
    tt_deferred_free(&net->deferred);
    tt_wlan_free(&net->wlan);
    tt_duplicates_free(&net->duplicates);
    tt_joined_free(&net->sctp_message);
    free(net);
}
