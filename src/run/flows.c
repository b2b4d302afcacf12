#include "run/flows.h"

#include "base/slab.h"
#include "model/frame.h"
#include "model/limits.h"
#include "proto/extent.h"
#include "proto/proto.h"

#include <stdlib.h>

enum {
    HELD_CHUNKS_MAX = 16, /* chunks held while a protocol is being recognised */
    PROBES_MAX = 8,       /* protocols inside one flow, one after the other (CONNECT, Upgrade) */
    DATA_HEAD_MAX = 64
};

/* A chunk that waits until a protocol is recognised; its bytes are copied. */
struct held {
    struct held *next;
    struct tt_chunk chunk;
    uint8_t bytes[];
};

/* The run of unclaimed bytes that a message listing is told about. */
struct data_turn {
    struct tt_data_run run;
    uint8_t head[DATA_HEAD_MAX];
    size_t head_len;
};

/* A flow that carried bytes. Very many may be open at the same time: what only some need is made
 * when they do. */
struct flow_run {
    struct tt_flows *flows;
    struct tt_flow *flow;
    const struct tt_proto *proto; /* the last one recognised, or NULL */
    void *proto_state;            /* NULL: no protocol reads the flow now */
    struct held *held;            /* oldest first */
    struct tt_search *raw[2];     /* of bytes that no protocol claims, by direction; or NULL */
    struct data_turn *turn;
    bool refused[2]; /* nothing recognised in this direction */
    uint8_t probes;
};

struct tt_flows {
    struct tt_searcher *searcher;
    const struct tt_flows_sink *sink;
    struct tt_proto_sink proto_sink;
    struct tt_proto_pool pool;
    struct tt_slab runs;
    uint32_t capture; /* that the chunk being fed stands in */
    enum tt_err failure;
};

static void fail(struct tt_flows *flows, enum tt_err err)
{
    if (flows->failure == TT_OK)
        flows->failure = err;
}

/* ---- unclaimed bytes ---- */

/* What unclaimed bytes of a flow are called: the protocol in findings, the step in paths. */
struct raw_name {
    enum tt_transport transport;
    uint16_t kind; /* 0: any */
    const char *protocol;
    const char *step;
};

static const struct raw_name *raw_name(const struct tt_flow *flow)
{
    /* First match; the entries for any kind end each transport. IP protocol numbers and EtherTypes
     * are IANA's and IEEE's. */
    static const struct raw_name names[] = {
        {TT_TRANSPORT_TCP, 0, "tcp", "tcp.payload"},
        {TT_TRANSPORT_UDP, 0, "udp", "udp.payload"},
        {TT_TRANSPORT_SCTP, 0, "sctp", "sctp.payload"},
        {TT_TRANSPORT_IP, 1, "icmp", "icmp.payload"},
        {TT_TRANSPORT_IP, 2, "igmp", "igmp.payload"},
        {TT_TRANSPORT_IP, 47, "gre", "gre.payload"},
        {TT_TRANSPORT_IP, 50, "esp", "esp.payload"},
        {TT_TRANSPORT_IP, 58, "icmpv6", "icmpv6.payload"},
        {TT_TRANSPORT_IP, 132, "sctp", "sctp.payload"},
        {TT_TRANSPORT_IP, 0, "ip", "ip.payload"},
        {TT_TRANSPORT_LINK, 0x0806, "arp", "arp.payload"},
        {TT_TRANSPORT_LINK, 0x888e, "eapol", "eapol.payload"},
        {TT_TRANSPORT_LINK, TT_LINK_WLAN, "802.11", "802.11.payload"},
        {TT_TRANSPORT_LINK, TT_LINK_WLAN_AMSDU, "802.11", "802.11.payload"},
        {TT_TRANSPORT_LINK, TT_LINK_WLAN_MANAGEMENT, "802.11", "802.11.payload"},
        {TT_TRANSPORT_LINK, 0, "link", "link.payload"},
    };
    uint16_t kind = tt_link_is_wlan_management(flow->kind) ? TT_LINK_WLAN_MANAGEMENT : flow->kind;
    size_t i = 0;
    while (names[i].transport != flow->transport || (names[i].kind != 0 && names[i].kind != kind))
        i++;
    return &names[i];
}

static void end_raw(struct flow_run *run, enum tt_direction direction, enum tt_body_end end)
{
    struct tt_search *search = run->raw[direction];
    if (search == NULL)
        return;
    tt_search_close(search, end, tt_search_next(search));
    run->raw[direction] = NULL;
}

static void begin_raw(struct flow_run *run, enum tt_direction direction, uint64_t at,
                      bool ciphertext)
{
    const struct raw_name *name = raw_name(run->flow);
    struct tt_body body = {.flow = run->flow,
                           .direction = direction,
                           .kind = TT_STEP_SLICE,
                           .step = name->step,
                           .at = at};
    struct tt_search_context context = {.protocol = run->proto_state != NULL ? run->proto->name
                                                                             : name->protocol,
                                        .encryption = "none",
                                        .raw = true,
                                        .ciphertext = ciphertext};
    run->raw[direction] = tt_search_open(run->flows->searcher, &body, &context);
}

static void feed_raw(struct flow_run *run, enum tt_direction direction,
                     const struct tt_piece *piece)
{
    struct tt_search *search = run->raw[direction];
    if (search == NULL)
        return;
    struct tt_piece inside = *piece;
    inside.at = piece->at - tt_search_at(search);
    tt_search_feed(search, &inside);
}

static void search_raw(struct flow_run *run, enum tt_direction direction,
                       const struct tt_piece *piece)
{
    if (run->flows->searcher == NULL || piece->bytes.len == 0)
        return;
    /* What lies behind a hole is another text: nothing may be found across it. */
    if (run->raw[direction] != NULL && tt_search_next(run->raw[direction]) != piece->at)
        end_raw(run, direction, TT_BODY_CUT);
    if (run->raw[direction] == NULL)
        begin_raw(run, direction, piece->at, false);
    feed_raw(run, direction, piece);
}

/* ---- turns of unclaimed data, for message listings ---- */

static void end_turn(struct flow_run *run)
{
    struct data_turn *turn = run->turn;
    if (turn == NULL || turn->run.bytes == 0)
        return;
    turn->run.head = tt_span_of(turn->head, turn->head_len);
    run->flows->sink->data(run->flows->sink->context, &turn->run);
    turn->run.bytes = 0;
}

static void add_to_turn(struct flow_run *run, enum tt_direction direction,
                        const struct tt_piece *piece)
{
    if (run->flows->sink->data == NULL || piece->bytes.len == 0)
        return;
    if (run->turn == NULL)
        run->turn = calloc(1, sizeof(*run->turn));
    struct data_turn *turn = run->turn;
    if (turn == NULL) {
        fail(run->flows, TT_ERR_MEMORY);
        return;
    }
    bool goes_on = turn->run.bytes > 0 && turn->run.direction == direction &&
                   turn->run.offset + turn->run.bytes == piece->at;
    if (!goes_on) {
        end_turn(run);
        turn->run = (struct tt_data_run){.flow = run->flow,
                                         .direction = direction,
                                         .protocol = raw_name(run->flow)->protocol,
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
static void tell_account(const struct tt_flows *flows, const struct tt_flow *flow,
                         enum tt_direction direction, enum tt_bucket bucket, uint64_t bytes)
{
    const struct tt_account account = {.flow = flow,
                                       .direction = direction,
                                       .capture = flows->capture,
                                       .bucket = tt_bucket_in_flow(flow, bucket),
                                       .bytes = bytes};
    if (flows->sink->account != NULL && bytes > 0)
        flows->sink->account(flows->sink->context, &account);
}

/* ---- unclaimed chunks ---- */

static void unclaimed(struct flow_run *run, enum tt_direction direction,
                      const struct tt_piece *piece)
{
    add_to_turn(run, direction, piece);
    search_raw(run, direction, piece);
}

/* The bytes of a datagram from `from` on, each with the frames of the fragment that brought it. */
static void unclaimed_parts(struct flow_run *run, const struct tt_chunk *chunk, size_t from)
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
        unclaimed(run, chunk->direction, &piece);
        from = to;
    }
}

static void unclaimed_chunk(struct flow_run *run, const struct tt_chunk *chunk, size_t from)
{
    struct tt_piece piece = {.bytes = tt_span_from(chunk->bytes, from),
                             .at = chunk->offset + from,
                             .origin = {.first_frame = chunk->first_frame,
                                        .last_frame = chunk->last_frame,
                                        .time = chunk->time}};
    if (chunk->part_count > 0)
        unclaimed_parts(run, chunk, from);
    else
        unclaimed(run, chunk->direction, &piece);
    if ((chunk->flags & (TT_CHUNK_END | TT_CHUNK_DATAGRAM)) != 0) {
        end_raw(run, chunk->direction, TT_BODY_COMPLETE);
        if ((chunk->flags & TT_CHUNK_DATAGRAM) != 0 && run->turn != NULL)
            end_turn(run);
    }
}

/* ---- the sink that protocols talk to ---- */

static void *on_body_open(void *context, const struct tt_body *body, const char *framing,
                          const struct tt_msg *msg)
{
    struct tt_flows *flows = context;
    if (flows->searcher == NULL)
        return NULL;
    bool host_said = msg != NULL && msg->host != NULL;
    struct tt_search_context search = {.protocol = msg != NULL ? msg->protocol : "tcp",
                                       .host = host_said ? msg->host : NULL,
                                       .host_source = host_said ? "http" : NULL,
                                       .encryption = "none",
                                       .framing = framing};
    return tt_search_open(flows->searcher, body, &search);
}

static void on_body_data(void *context, void *body, const struct tt_piece *piece)
{
    (void)context;
    if (body != NULL)
        tt_search_feed(body, piece);
}

static void on_body_close(void *context, void *body, enum tt_body_end end, uint64_t stream_end)
{
    (void)context;
    if (body != NULL)
        tt_search_close(body, end, stream_end);
}

static void on_message(void *context, const struct tt_msg *msg)
{
    struct tt_flows *flows = context;
    if (flows->sink->message != NULL)
        flows->sink->message(flows->sink->context, msg);
}

static void on_name(void *context, const struct tt_name_record *record)
{
    struct tt_flows *flows = context;
    if (flows->sink->name != NULL)
        flows->sink->name(flows->sink->context, record);
}

static void on_unclaimed(void *context, const struct tt_flow *flow, enum tt_direction direction,
                         const struct tt_piece *piece)
{
    (void)context;
    if (flow->user != NULL)
        unclaimed(flow->user, direction, piece);
}

static void on_account(void *context, const struct tt_flow *flow, enum tt_direction direction,
                       enum tt_bucket bucket, uint64_t bytes)
{
    struct tt_flows *flows = context;
    tell_account(flows, flow, direction, bucket, bytes);
}

/* ---- recognising protocols ---- */

static unsigned transport_bit(const struct tt_flow *flow)
{
    if (flow->transport == TT_TRANSPORT_TCP)
        return TT_PROTO_TCP;
    if (flow->transport == TT_TRANSPORT_LINK)
        return TT_PROTO_LINK;
    return flow->transport == TT_TRANSPORT_UDP ? TT_PROTO_UDP : 0;
}

/* The first protocol of the list that says yes; `*ret_more` when one could still say so. */
static const struct tt_proto *recognise(const struct flow_run *run, enum tt_direction direction,
                                        struct tt_span head, bool *ret_more)
{
    unsigned transport = transport_bit(run->flow);
    bool more = false;
    const struct tt_proto *proto = NULL;
    for (size_t i = 0; (proto = tt_proto_at(i)) != NULL; i++) {
        if ((proto->transports & transport) == 0)
            continue;
        enum tt_probe answer = proto->probe(run->flow, direction, head);
        if (answer == TT_PROBE_YES && !more)
            break;
        more = more || answer != TT_PROBE_NO;
    }
    *ret_more = more;
    return proto;
}

static void take_chunk(struct flow_run *run, const struct tt_chunk *chunk);

/* Replays what was held, and goes on without holding. */
static void release_held(struct flow_run *run)
{
    struct held *held = run->held;
    run->held = NULL;
    if (held == NULL)
        return;
    uint32_t capture = run->flows->capture;
    while (held != NULL) {
        struct held *next = held->next;
        run->flows->capture = tt_frame_capture(held->chunk.first_frame);
        take_chunk(run, &held->chunk);
        free(held);
        held = next;
    }
    run->flows->capture = capture;
}

static void stop_proto(struct flow_run *run)
{
    if (run->proto_state == NULL)
        return;
    run->proto->close(run->proto_state);
    run->proto_state = NULL;
}

static void start_proto(struct flow_run *run, const struct tt_proto *proto)
{
    run->proto_state = proto->open(run->flow, &run->flows->proto_sink);
    if (run->proto_state == NULL) {
        fail(run->flows, TT_ERR_MEMORY);
        run->refused[0] = true;
        run->refused[1] = true;
        return;
    }
    run->proto = proto;
    run->probes++;
    /* Earlier unclaimed bytes were of another protocol. */
    end_raw(run, TT_FROM_INITIATOR, TT_BODY_CUT);
    end_raw(run, TT_FROM_RESPONDER, TT_BODY_CUT);
}

/* Keeps a chunk for later; false when it is too much to keep. */
static bool hold(struct flow_run *run, const struct tt_chunk *chunk)
{
    size_t count = 0;
    struct held **last = &run->held;
    for (; *last != NULL; last = &(*last)->next)
        count++;
    if (count == HELD_CHUNKS_MAX || chunk->bytes.len > TT_PROBE_MAX)
        return false;
    struct held *held = malloc(sizeof(*held) + chunk->bytes.len);
    if (held == NULL) {
        fail(run->flows, TT_ERR_MEMORY);
        return false;
    }
    held->next = NULL;
    held->chunk = *chunk;
    held->chunk.bytes.data = held->bytes;
    if (chunk->bytes.len > 0)
        memcpy(held->bytes, chunk->bytes.data, chunk->bytes.len);
    *last = held;
    return true;
}

/* The first bytes of the direction: what is held of it, and the chunk's. */
static struct tt_span head_of(struct flow_run *run, const struct tt_chunk *chunk,
                              uint8_t room[TT_PROBE_MAX])
{
    size_t len = 0;
    for (const struct held *held = run->held; held != NULL; held = held->next) {
        if (held->chunk.direction != chunk->direction)
            continue;
        struct tt_span part = tt_span_sub(held->chunk.bytes, 0, TT_PROBE_MAX - len);
        memcpy(room + len, part.data, part.len);
        len += part.len;
    }
    if (len == 0)
        return tt_span_sub(chunk->bytes, 0, TT_PROBE_MAX);
    struct tt_span part = tt_span_sub(chunk->bytes, 0, TT_PROBE_MAX - len);
    if (part.len > 0)
        memcpy(room + len, part.data, part.len);
    return tt_span_of(room, len + part.len);
}

/* A chunk of a stream of which nobody knows yet what it is. */
static void probe_chunk(struct flow_run *run, const struct tt_chunk *chunk)
{
    uint8_t room[TT_PROBE_MAX];
    struct tt_span head = head_of(run, chunk, room);
    bool ended = (chunk->flags & TT_CHUNK_END) != 0;
    bool more = false;
    const struct tt_proto *proto =
        head.len > 0 ? recognise(run, chunk->direction, head, &more) : NULL;
    if (proto != NULL) {
        start_proto(run, proto);
    } else if (!ended && (more || head.len == 0) && head.len < TT_PROBE_MAX && hold(run, chunk)) {
        return;
    } else if (head.len > 0 || ended) {
        run->refused[chunk->direction] = true;
    }
    release_held(run);
    take_chunk(run, chunk);
}

/* ---- chunks ---- */

static void feed_proto(struct flow_run *run, const struct tt_chunk *chunk)
{
    size_t used = chunk->bytes.len;
    enum tt_next next = run->proto->feed(run->proto_state, chunk, &used);
    if (next == TT_NEXT_STAY)
        return;
    stop_proto(run);
    bool again = next == TT_NEXT_PROBE && run->probes < PROBES_MAX;
    run->refused[0] = !again;
    run->refused[1] = !again;
    if (used == chunk->bytes.len && (chunk->flags & TT_CHUNK_END) == 0)
        return;
    struct tt_chunk rest = *chunk;
    rest.bytes = tt_span_from(chunk->bytes, used);
    rest.offset += used;
    rest.gap = 0;
    take_chunk(run, &rest);
}

/* Where a capture begins inside a connection, or has lost the start of it, the first bytes tell
 * nothing: any later chunk may be the first one that begins with a message. */
static bool begins_late(struct flow_run *run, const struct tt_chunk *chunk)
{
    if ((run->flow->initiator_known && chunk->gap == 0) || run->probes >= PROBES_MAX ||
        chunk->bytes.len == 0)
        return false;
    bool more = false;
    const struct tt_proto *proto =
        recognise(run, chunk->direction, tt_span_sub(chunk->bytes, 0, TT_PROBE_MAX), &more);
    if (proto == NULL)
        return false;
    start_proto(run, proto);
    release_held(run);
    return run->proto_state != NULL;
}

static void take_chunk(struct flow_run *run, const struct tt_chunk *chunk)
{
    if (run->proto_state != NULL)
        feed_proto(run, chunk);
    else if (run->refused[chunk->direction] && begins_late(run, chunk))
        feed_proto(run, chunk);
    else if (run->refused[chunk->direction])
        unclaimed_chunk(run, chunk, 0);
    else
        probe_chunk(run, chunk);
}

/* Datagrams are recognised by their first one; each stands for itself. */
static void take_datagram(struct flow_run *run, const struct tt_chunk *chunk)
{
    if (run->proto_state == NULL && run->probes < PROBES_MAX && transport_bit(run->flow) != 0) {
        bool more = false;
        const struct tt_proto *proto = recognise(run, chunk->direction, chunk->bytes, &more);
        if (proto != NULL)
            start_proto(run, proto);
        else
            run->probes++;
    }
    if (run->proto_state == NULL) {
        unclaimed_chunk(run, chunk, 0);
        return;
    }
    size_t used = chunk->bytes.len;
    (void)run->proto->feed(run->proto_state, chunk, &used);
    if (used < chunk->bytes.len)
        unclaimed_chunk(run, chunk, used);
    end_raw(run, chunk->direction, TT_BODY_COMPLETE);
}

/* What is only taken for ciphertext is searched all the same: text must not hide behind a port. */
static void take_ciphertext(struct flow_run *run, const struct tt_chunk *chunk)
{
    enum tt_direction direction = chunk->direction;
    const struct tt_piece piece = {.bytes = chunk->bytes,
                                   .at = chunk->offset,
                                   .origin = {.first_frame = chunk->first_frame,
                                              .last_frame = chunk->last_frame,
                                              .time = chunk->time}};
    add_to_turn(run, direction, &piece);
    end_turn(run);
    if (run->flows->searcher == NULL) {
        tell_account(run->flows, run->flow, direction, TT_BUCKET_ENCRYPTED, chunk->bytes.len);
        return;
    }
    end_raw(run, direction, TT_BODY_CUT);
    begin_raw(run, direction, chunk->offset, true);
    feed_raw(run, direction, &piece);
    end_raw(run, direction, TT_BODY_COMPLETE);
}

static struct flow_run *make_run(struct tt_flows *flows, struct tt_flow *flow)
{
    struct flow_run *run = tt_slab_take(&flows->runs);
    if (run == NULL) {
        fail(flows, TT_ERR_MEMORY);
        return NULL;
    }
    run->flows = flows;
    run->flow = flow;
    flow->user = run;
    return run;
}

void tt_flows_chunk(void *context, const struct tt_chunk *chunk)
{
    struct tt_flows *flows = context;
    struct flow_run *run = chunk->flow->user;
    /* Half-open connections and scans carry nothing, and there may be very many. */
    if (run == NULL && chunk->bytes.len == 0)
        return;
    if (run == NULL)
        run = make_run(flows, chunk->flow);
    if (run == NULL)
        return;
    flows->capture = tt_frame_capture(chunk->first_frame);
    if ((chunk->flags & TT_CHUNK_ENCRYPTED) != 0)
        take_ciphertext(run, chunk);
    else if ((chunk->flags & TT_CHUNK_DATAGRAM) != 0)
        take_datagram(run, chunk);
    else
        take_chunk(run, chunk);
}

void tt_flows_open(void *context, struct tt_flow *flow)
{
    (void)context;
    flow->user = NULL;
}

void tt_flows_close(void *context, struct tt_flow *flow)
{
    struct tt_flows *flows = context;
    struct flow_run *run = flow->user;
    if (run == NULL) {
        flows->sink->flow(flows->sink->context, flow, raw_name(flow)->protocol);
        return;
    }
    if (run->held != NULL) {
        run->refused[0] = true;
        run->refused[1] = true;
        release_held(run);
    }
    stop_proto(run);
    end_raw(run, TT_FROM_INITIATOR, TT_BODY_CUT);
    end_raw(run, TT_FROM_RESPONDER, TT_BODY_CUT);
    end_turn(run);
    flows->sink->flow(flows->sink->context, flow,
                      run->proto != NULL ? run->proto->name : raw_name(flow)->protocol);
    free(run->turn);
    tt_slab_give(&flows->runs, run);
    flow->user = NULL;
}

enum tt_err tt_flows_new(struct tt_searcher *searcher, const struct tt_flows_sink *sink,
                         struct tt_flows **ret_flows)
{
    struct tt_flows *flows = calloc(1, sizeof(*flows));
    if (flows == NULL)
        return TT_ERR_MEMORY;
    flows->searcher = searcher;
    flows->sink = sink;
    flows->proto_sink = (struct tt_proto_sink){.context = flows,
                                               .body_open = on_body_open,
                                               .body_data = on_body_data,
                                               .body_close = on_body_close,
                                               .message = on_message,
                                               .name = on_name,
                                               .unclaimed = on_unclaimed,
                                               .account = on_account,
                                               .notes = sink->notes,
                                               .pool = &flows->pool,
                                               .no_listing = sink->message == NULL};
    flows->pool = (struct tt_proto_pool){.max = TT_HEADERS_ALL_MAX};
    flows->runs = tt_slab_make(sizeof(struct flow_run));
    *ret_flows = flows;
    return TT_OK;
}

void tt_flows_free(struct tt_flows *flows)
{
    if (flows != NULL)
        tt_slab_free(&flows->runs);
    free(flows);
}

enum tt_err tt_flows_failure(const struct tt_flows *flows)
{
    if (flows->failure == TT_OK && flows->searcher != NULL)
        return tt_searcher_failure(flows->searcher);
    return flows->failure;
}
