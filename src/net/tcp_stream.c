/* One direction of a TCP connection: from segments to bytes in their order. */
#include "model/limits.h"
#include "net/tcp.h"

enum {
    /* How far from what is next a segment can lie and be believed: windows are at most 1 GiB
     * (RFC 7323 section 2.3), but hardly ever more than this is on its way. */
    NEAR = 1 << 24,
    HOLE_PATIENCE = 8, /* segments of the connection after a hole is acknowledged */
    START_PATIENCE = 4 /* segments of a direction without a SYN */
};

static struct tt_half *half_of(struct tt_tcp *tcp, enum tt_direction side)
{
    return &tcp->half[side];
}

static void note_half(struct tt_net *net, const struct tt_tcp *tcp, enum tt_direction side,
                      const struct tt_note *about)
{
    const struct tt_half *half = &tcp->half[side];
    struct tt_note note = *about;
    note.flow = &tcp->conn.flow;
    note.offset += half->next - half->start;
    tt_net_note(net, &note);
}

static void count_repeated(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side,
                           size_t len)
{
    tcp->conn.flow.repeated[side] += len;
    net->totals.repeated_bytes += len;
}

/* The bytes of a piece from `at` on that came in one IP fragment: all, where there were none. */
static struct tt_reorder_piece cut_at(const struct tt_reorder_piece *piece, size_t at)
{
    struct tt_reorder_piece cut = *piece;
    cut.at += at;
    cut.bytes = tt_span_from(piece->bytes, at);
    cut.part_count = 0;
    cut.parts = NULL;
    for (size_t i = 0; i < piece->part_count; i++) {
        const struct tt_chunk_part *part = &piece->parts[i];
        const uint8_t *end = part->bytes.data + part->bytes.len;
        if (end <= cut.bytes.data)
            continue;
        cut.bytes = tt_span_sub(cut.bytes, 0, (size_t)(end - cut.bytes.data));
        cut.first_frame = part->first_frame;
        cut.last_frame = part->last_frame;
        cut.time = part->time;
        break;
    }
    if (at + cut.bytes.len < piece->bytes.len)
        cut.missing = 0;
    return cut;
}

/* Hands on bytes that are next and came in one frame. */
static void put_cut(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side,
                    const struct tt_reorder_piece *piece)
{
    struct tt_half *half = half_of(tcp, side);
    if (piece->bytes.len == 0)
        return;
    struct tt_chunk chunk = {.flow = &tcp->conn.flow,
                             .direction = side,
                             .flags = piece->missing > 0 ? TT_CHUNK_CUT : 0,
                             .offset = half->next - half->start,
                             .gap = half->gap,
                             .bytes = piece->bytes,
                             .first_frame = piece->first_frame,
                             .last_frame = piece->last_frame,
                             .time = piece->time,
                             .sent_at = half->next - half->start,
                             .sent_end = half->next - half->start + piece->bytes.len,
                             .heard = piece->heard};
    half->gap = 0;
    half->next += piece->bytes.len;
    tt_net_put(net, &chunk);
}

static void put(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side,
                const struct tt_reorder_piece *piece)
{
    if (TT_LIKELY(piece->part_count == 0)) {
        put_cut(net, tcp, side, piece);
        return;
    }
    for (size_t at = 0; at < piece->bytes.len;) {
        struct tt_reorder_piece cut = cut_at(piece, at);
        put_cut(net, tcp, side, &cut);
        at += cut.bytes.len;
    }
}

static void put_end(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side)
{
    struct tt_half *half = half_of(tcp, side);
    struct tt_chunk chunk = {.flow = &tcp->conn.flow,
                             .direction = side,
                             .flags = TT_CHUNK_END,
                             .offset = half->next - half->start,
                             .gap = half->gap,
                             .bytes = tt_span_str(""),
                             .first_frame = tcp->last_frame,
                             .last_frame = tcp->last_frame,
                             .time = tcp->conn.flow.last_time};
    half->gap = 0;
    half->ended = 1;
    tt_net_put(net, &chunk);
}

/* Gives up the bytes before `place`. */
static void skip(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side, uint64_t place,
                 uint64_t frame, const char *code, const char *text)
{
    struct tt_half *half = half_of(tcp, side);
    uint64_t len = place - half->next;
    struct tt_note note = {.code = code, .frame = frame, .length = len, .text = text};
    note_half(net, tcp, side, &note);
    half->gap += len;
    half->next = place;
    tcp->conn.flow.lost[side] += len;
}

static void skip_hole(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side,
                      uint64_t place, uint64_t frame)
{
    skip(net, tcp, side, place, frame, "tcp.gap", "bytes of a TCP stream are not in the capture");
}

/* Skips what the snaplen cut off behind a piece, but for what is held of it. */
static void skip_cut(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side,
                     uint32_t missing, uint64_t frame)
{
    const struct tt_half *half = half_of(tcp, side);
    uint64_t place = half->next + missing;
    const struct tt_reorder_piece *first = half->held == NULL ? NULL : tt_reorder_first(half->held);
    if (first != NULL && first->at < place)
        place = first->at;
    if (place > half->next)
        skip(net, tcp, side, place, frame, "tcp.cut",
             "the capture holds less of a TCP segment than was on the wire");
}

/* Hands on the held pieces that are next. */
static void drain(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side)
{
    struct tt_half *half = half_of(tcp, side);
    if (half->held == NULL)
        return;
    const struct tt_reorder_piece *first = NULL;
    while ((first = tt_reorder_first(half->held)) != NULL && first->at == half->next) {
        uint32_t missing = first->missing;
        uint64_t frame = first->last_frame;
        half->patience = 0;
        put(net, tcp, side, first);
        tt_reorder_pop(half->held);
        if (missing > 0)
            skip_cut(net, tcp, side, missing, frame);
    }
    if (first == NULL) {
        tt_reorder_free(half->held);
        half->held = NULL;
    }
}

/* Hands the end on when all bytes before the FIN have been. */
static void check_end(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side)
{
    struct tt_half *half = half_of(tcp, side);
    if (!half->has_fin || !half->started || half->ended)
        return;
    uint64_t fin = tt_half_place(half, half->fin);
    if (half->next < fin)
        return;
    if (half->next == fin && half->held == NULL) {
        put_end(net, tcp, side);
        return;
    }
    half->has_fin = 0;
    struct tt_note note = {.code = "tcp.false_fin",
                           .frame = tcp->last_frame,
                           .text = "data came behind a FIN, so that FIN was not believed"};
    note_half(net, tcp, side, &note);
}

/* The place of the first byte that was seen of a direction that waits for its start. */
static uint64_t lowest(const struct tt_half *half)
{
    const struct tt_reorder_piece *first = half->held == NULL ? NULL : tt_reorder_first(half->held);
    return first == NULL ? half->next : first->at;
}

/* The place of the first sequence number that is seen of a direction. */
static uint64_t first_place(const struct tt_half *half, uint32_t seq)
{
    /* Room below, so that places before the start are above 0. */
    uint64_t base = UINT64_C(1) << 32;
    return half->has_acked ? tt_place_near(half->acked, seq) : base + seq;
}

void tt_half_start(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side, uint32_t seq)
{
    struct tt_half *half = half_of(tcp, side);
    uint64_t place = first_place(half, seq);
    if (half->waiting) {
        place = tt_half_place(half, seq);
        if (lowest(half) < place)
            place = lowest(half);
    }
    half->start = place;
    half->next = place;
    half->started = 1;
    half->waiting = 0;
    half->patience = 0;
    drain(net, tcp, side);
    check_end(net, tcp, side);
}

/* Gives up the first hole, or starts a direction that waits. Something must be held. */
static void give_up_hole(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side)
{
    struct tt_half *half = half_of(tcp, side);
    const struct tt_reorder_piece *first = tt_reorder_first(half->held);
    if (half->waiting) {
        tt_half_start(net, tcp, side, (uint32_t)first->at);
    } else {
        skip_hole(net, tcp, side, first->at, first->first_frame);
        drain(net, tcp, side);
        check_end(net, tcp, side);
    }
}

static void release(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side)
{
    while (half_of(tcp, side)->held != NULL)
        give_up_hole(net, tcp, side);
}

/* Keeps the caps for `len` more bytes at `place`, if they are going to be held. */
static void make_room(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side,
                      uint64_t place, size_t len)
{
    struct tt_half *half = half_of(tcp, side);
    while (half->held != NULL && place != half->next &&
           (half->held->bytes + len > TT_REORDER_FLOW_MAX ||
            tt_reorder_count(half->held) >= TT_REORDER_SEGMENTS_MAX))
        give_up_hole(net, tcp, side);
    while (net->held.oldest != NULL && place != half->next &&
           net->held.used + tt_reorder_cost(len) > net->held.max) {
        struct tt_reorder *oldest = net->held.oldest;
        give_up_hole(net, oldest->owner, (enum tt_direction)oldest->side);
    }
}

static void hold_cut(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side,
                     const struct tt_reorder_piece *piece)
{
    struct tt_half *half = half_of(tcp, side);
    if (half->held == NULL)
        half->held = tt_reorder_new(&net->held, tcp, side);
    struct tt_reorder_result result = {.stored = 0};
    if (half->held == NULL || tt_reorder_put(half->held, piece, &result) != TT_OK) {
        tt_net_fail(net, TT_ERR_MEMORY);
        drain(net, tcp, side); /* forgets an empty buffer */
        return;
    }
    count_repeated(net, tcp, side, result.repeated);
    if (!result.conflict)
        return;
    struct tt_note note = {.code = "tcp.overlap_conflict",
                           .frame = piece->last_frame,
                           .offset = piece->at - half->next,
                           .length = piece->bytes.len,
                           .text = "TCP segments that overlap and differ; the first copy was read"};
    note_half(net, tcp, side, &note);
}

static void hold(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side,
                 const struct tt_reorder_piece *piece)
{
    for (size_t at = 0; at < piece->bytes.len;) {
        struct tt_reorder_piece cut = cut_at(piece, at);
        hold_cut(net, tcp, side, &cut);
        at += cut.bytes.len;
    }
}

/* Takes the part of a segment that is not before `next`. */
static void take(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side,
                 const struct tt_reorder_piece *piece)
{
    struct tt_half *half = half_of(tcp, side);
    if (piece->at > half->next) {
        hold(net, tcp, side, piece);
        return;
    }
    if (half->held == NULL) {
        put(net, tcp, side, piece);
        if (piece->missing > 0)
            skip_cut(net, tcp, side, piece->missing, piece->last_frame);
        return;
    }
    /* What fills the hole goes on as it is, what lies behind it meets the first copies. */
    struct tt_reorder_piece front = *piece;
    size_t hole = (size_t)(tt_reorder_first(half->held)->at - half->next);
    front.bytes = tt_span_sub(piece->bytes, 0, hole);
    front.missing = hole >= piece->bytes.len ? piece->missing : 0;
    struct tt_reorder_piece rest = *piece;
    rest.bytes = tt_span_from(piece->bytes, hole);
    rest.at += front.bytes.len;
    hold(net, tcp, side, &rest);
    put(net, tcp, side, &front);
    half->patience = 0;
    if (front.missing > 0)
        skip_cut(net, tcp, side, front.missing, front.last_frame);
    drain(net, tcp, side);
}

/* True when a segment lies so far away that it may be of another connection, or wrong. */
static bool is_far(const struct tt_half *half, uint32_t seq)
{
    int32_t ahead = (int32_t)(seq - (uint32_t)half->next);
    return ahead > NEAR || ahead < -NEAR;
}

/* The place of a far segment that is believed, else 0. It is when the receiver has acknowledged as
 * far as that, or when it continues the far segment before it. */
static uint64_t believed_place(const struct tt_half *half, uint32_t seq)
{
    uint64_t place = tt_place_near(half->acked, seq);
    if (half->has_acked && place > half->next && place <= half->acked)
        return place;
    return half->has_stray && half->stray == seq ? half->next + (seq - (uint32_t)half->next) : 0;
}

static void add_stray(struct tt_strays *strays, struct tt_stray stray)
{
    if (stray.len > 0)
        strays->list[strays->count++] = stray;
}

/* Returns true when the stream goes on at this far segment. */
static bool take_far(struct tt_net *net, struct tt_tcp *tcp, const struct tt_segment *segment,
                     struct tt_strays *strays)
{
    enum tt_direction side = segment->direction;
    struct tt_half *half = half_of(tcp, side);
    const struct tt_packet *packet = segment->packet;
    uint64_t place = believed_place(half, segment->seq);
    if (!half->ended && place > half->next) {
        half->has_fin = 0;
        half->has_stray = 0;
        release(net, tcp, side);
        if (!half->started)
            tt_half_start(net, tcp, side, (uint32_t)half->next);
        if (place > half->next)
            skip_hole(net, tcp, side, place, packet->first_frame);
        return true;
    }
    half->has_stray = 1;
    half->stray = segment->seq + (uint32_t)(packet->bytes.len + packet->missing);
    add_stray(strays,
              (struct tt_stray){
                  .len = packet->bytes.len,
                  .code = "tcp.out_of_window",
                  .text = "a TCP segment far away from its stream; it was read on its own"});
    return false;
}

/* First segment of a direction without a SYN. */
static void begin(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side, uint32_t seq)
{
    struct tt_half *half = half_of(tcp, side);
    /* The receiver has everything before it: nothing lower can come. */
    if (half->has_acked && first_place(half, seq) <= half->acked) {
        tt_half_start(net, tcp, side, seq);
        return;
    }
    half->start = first_place(half, seq);
    half->next = half->start;
    half->waiting = 1;
}

static void take_waiting(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side,
                         const struct tt_reorder_piece *piece)
{
    struct tt_half *half = half_of(tcp, side);
    hold(net, tcp, side, piece);
    if (piece->at < half->next) {
        half->next = piece->at;
        half->start = piece->at;
    }
    half->patience++;
    if (half->patience >= START_PATIENCE)
        tt_half_start(net, tcp, side, (uint32_t)half->next);
}

/* Cuts off what lies before `next`: repeated bytes, and bytes before the start. Returns false when
 * nothing is left. */
static bool trim(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side,
                 struct tt_reorder_piece *piece, struct tt_strays *strays)
{
    struct tt_half *half = half_of(tcp, side);
    size_t len = piece->bytes.len;
    uint64_t wire_end = piece->at + len + piece->missing;
    bool keep_alive = len == 1 && piece->at + 1 == half->next;
    size_t before = 0;
    if (piece->at < half->start && !keep_alive) {
        before = half->start - piece->at < len ? (size_t)(half->start - piece->at) : len;
        add_stray(strays,
                  (struct tt_stray){
                      .len = before,
                      .code = "tcp.before_start",
                      .text = "TCP data before the start of its stream; it was read on its own"});
    }
    size_t old = half->next - piece->at < len ? (size_t)(half->next - piece->at) : len;
    count_repeated(net, tcp, side, old - before);
    if (wire_end <= half->next)
        return false;
    piece->bytes = tt_span_from(piece->bytes, old);
    piece->at = half->next;
    piece->missing = (uint32_t)(wire_end - half->next - piece->bytes.len);
    return true;
}

/* Everything but the plain case of the next segment. */
static void take_unusual(struct tt_net *net, struct tt_tcp *tcp, const struct tt_segment *segment,
                         struct tt_reorder_piece *piece, struct tt_strays *strays)
{
    enum tt_direction side = segment->direction;
    struct tt_half *half = half_of(tcp, side);
    if (is_far(half, segment->seq)) {
        if (!take_far(net, tcp, segment, strays))
            return;
    } else {
        half->has_stray = 0;
    }
    piece->at = tt_half_place(half, segment->seq);
    make_room(net, tcp, side, piece->at, piece->bytes.len);
    /* Nothing of it could be held. */
    if (half->waiting && piece->bytes.len == 0)
        tt_half_start(net, tcp, side, (uint32_t)lowest(half));
    if (half->waiting) {
        take_waiting(net, tcp, side, piece);
        return;
    }
    if (piece->at < half->next && !trim(net, tcp, side, piece, strays))
        return;
    if (half->ended) {
        add_stray(strays,
                  (struct tt_stray){
                      .at = segment->packet->bytes.len - piece->bytes.len,
                      .len = piece->bytes.len,
                      .code = "tcp.after_end",
                      .text = "TCP data behind the end of its stream; it was read on its own"});
        return;
    }
    take(net, tcp, side, piece);
}

/* What the sender of a segment had received by then: see struct tt_chunk. */
static uint64_t heard_by(const struct tt_tcp *tcp, const struct tt_segment *segment)
{
    const struct tt_half *other = &tcp->half[1 - segment->direction];
    if ((segment->flags & TT_TCP_ACK) == 0 || !other->started)
        return 0;
    uint64_t place = tt_half_place(other, segment->ack);
    return place < other->start ? 0 : place - other->start + 1;
}

void tt_half_data(struct tt_net *net, struct tt_tcp *tcp, const struct tt_segment *segment,
                  struct tt_strays *strays)
{
    const struct tt_packet *packet = segment->packet;
    enum tt_direction side = segment->direction;
    struct tt_half *half = half_of(tcp, side);
    if (packet->bytes.len == 0 && packet->missing == 0)
        return;
    struct tt_reorder_piece piece = {.at = half->next,
                                     .bytes = packet->bytes,
                                     .first_frame = packet->first_frame,
                                     .last_frame = packet->frame->number,
                                     .time = packet->frame->time,
                                     .heard = heard_by(tcp, segment),
                                     .missing = (uint32_t)packet->missing,
                                     .part_count = (uint32_t)packet->part_count,
                                     .parts = packet->parts};
    if (!half->started && !half->waiting)
        begin(net, tcp, side, segment->seq);
    if (TT_LIKELY(half->started && (uint32_t)half->next == segment->seq && half->held == NULL &&
                  !half->ended)) {
        piece.at = half->next;
        half->has_stray = 0;
        take(net, tcp, side, &piece);
    } else {
        take_unusual(net, tcp, segment, &piece, strays);
    }
    check_end(net, tcp, side);
}

void tt_half_fin(struct tt_net *net, struct tt_tcp *tcp, const struct tt_segment *segment)
{
    const struct tt_packet *packet = segment->packet;
    enum tt_direction side = segment->direction;
    struct tt_half *half = half_of(tcp, side);
    if (half->has_fin || half->ended)
        return;
    uint32_t fin = segment->seq + (uint32_t)(packet->bytes.len + packet->missing);
    if (!half->started && !half->waiting)
        begin(net, tcp, side, fin);
    if (is_far(half, fin) || tt_half_place(half, fin) < half->next)
        return;
    half->has_fin = 1;
    half->fin = fin;
    check_end(net, tcp, side);
}

void tt_half_ack(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side, uint32_t ack)
{
    struct tt_half *half = half_of(tcp, side);
    bool unseen = !half->started && !half->waiting;
    if (!half->has_acked) {
        if (!unseen && is_far(half, ack))
            return;
        half->acked = unseen ? first_place(half, ack) : tt_half_place(half, ack);
        half->has_acked = 1;
        if (unseen)
            half->start = half->acked;
    }
    uint32_t ahead = ack - (uint32_t)half->acked;
    if (ahead <= NEAR)
        half->acked += ahead;
    /* Nothing was seen of this direction: the acknowledgements tell how much there was. */
    if (unseen)
        half->next = half->acked;
    if (half->waiting && half->acked >= lowest(half))
        tt_half_start(net, tcp, side, (uint32_t)lowest(half));
}

void tt_half_pass(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side)
{
    struct tt_half *half = half_of(tcp, side);
    if (!half->has_acked || !half->started)
        return;
    if (half->patience == 0) {
        if (half->acked < lowest(half))
            return;
        half->suspect = (uint32_t)half->acked;
    }
    half->patience++;
    if (half->patience < HOLE_PATIENCE)
        return;
    uint64_t suspect = tt_place_near(half->acked, half->suspect);
    while (half->held != NULL && lowest(half) <= suspect)
        give_up_hole(net, tcp, side);
    half->patience = 0;
}

/* Bytes at the end that the FIN or the other side say were sent. */
static void skip_tail(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side)
{
    const struct tt_half *half = half_of(tcp, side);
    uint64_t frame = tcp->conn.flow.first_frame;
    if (half->has_fin) {
        uint64_t fin = tt_half_place(half, half->fin);
        if (fin > half->next)
            skip_hole(net, tcp, side, fin, frame);
        return;
    }
    /* One more than was sent is the acknowledgement of a FIN that was not captured. */
    if (half->has_acked && half->acked > half->next + 1)
        skip_hole(net, tcp, side, half->acked, frame);
}

void tt_half_finish(struct tt_net *net, struct tt_tcp *tcp, enum tt_direction side)
{
    struct tt_half *half = half_of(tcp, side);
    if (half->ended)
        return;
    if (!half->started && !half->waiting) {
        uint64_t unseen = half->next - half->start;
        half->next = half->start;
        half->started = 1;
        if (unseen > 1)
            skip_hole(net, tcp, side, half->start + unseen, tcp->conn.flow.first_frame);
    } else {
        release(net, tcp, side);
        if (!half->started)
            tt_half_start(net, tcp, side, (uint32_t)half->next);
        skip_tail(net, tcp, side);
    }
    if (!half->ended)
        put_end(net, tcp, side);
}
