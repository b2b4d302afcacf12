#include "net/fragment.h"

#include "model/limits.h"
#include "net/core.h"

#include <stdlib.h>
#include <xxhash.h>

enum { DATAGRAM_MAX = 65535 };

/* One datagram on its way. */
struct tt_datagram {
    struct tt_reorder *parts;
    uint64_t hash;
    struct tt_addr mac[2];
    struct tt_addr addr[2];
    uint32_t id;
    uint32_t second; /* at which its first fragment came */
    size_t total;    /* 0: the last fragment has not come */
    uint8_t protocol;
    const char *app;
};

/* RFC 791: addresses, protocol, identification; RFC 8200: without the protocol. */
static bool has_protocol_in_key(const struct tt_packet *packet)
{
    return packet->addr[0].family == TT_ADDR_IPV4;
}

static uint64_t hash_of(const struct tt_fragments *fragments, const struct tt_packet *packet,
                        const struct tt_fragment *fragment)
{
    struct {
        uint8_t addr[2][16];
        uint32_t id;
        uint32_t protocol;
    } plain = {.id = fragment->id,
               .protocol = has_protocol_in_key(packet) ? fragment->protocol : 0};
    for (size_t i = 0; i < 2; i++)
        memcpy(plain.addr[i], packet->addr[i].bytes, sizeof(plain.addr[i]));
    return XXH3_64bits_withSeed(&plain, sizeof(plain), fragments->seed);
}

static struct tt_datagram *find(const struct tt_fragments *fragments, uint64_t hash,
                                const struct tt_packet *packet, const struct tt_fragment *fragment)
{
    size_t at = 0;
    for (struct tt_datagram *datagram = tt_index_find(&fragments->index, hash, &at);
         datagram != NULL; datagram = tt_index_next(&fragments->index, hash, &at)) {
        if (datagram->id == fragment->id && tt_addr_eq(datagram->addr[0], packet->addr[0]) &&
            tt_addr_eq(datagram->addr[1], packet->addr[1]) &&
            (!has_protocol_in_key(packet) || datagram->protocol == fragment->protocol))
            return datagram;
    }
    return NULL;
}

static struct tt_datagram *add(struct tt_net *net, uint64_t hash, const struct tt_packet *packet,
                               const struct tt_fragment *fragment)
{
    struct tt_fragments *fragments = &net->fragments;
    struct tt_datagram *datagram = calloc(1, sizeof(*datagram));
    if (datagram == NULL)
        goto fail;
    datagram->parts = tt_reorder_new(&fragments->pool, datagram, 0);
    if (datagram->parts == NULL || tt_index_add(&fragments->index, hash, datagram) != TT_OK)
        goto fail;
    datagram->hash = hash;
    memcpy(datagram->mac, packet->mac, sizeof(datagram->mac));
    memcpy(datagram->addr, packet->addr, sizeof(datagram->addr));
    datagram->id = fragment->id;
    datagram->second = net->ticker.second;
    datagram->protocol = fragment->protocol;
    datagram->app = packet->frame->app;
    return datagram;
fail:
    if (datagram != NULL)
        tt_reorder_free(datagram->parts);
    free(datagram);
    tt_net_fail(net, TT_ERR_MEMORY);
    return NULL;
}

static void discard(struct tt_fragments *fragments, struct tt_datagram *datagram)
{
    tt_index_remove(&fragments->index, datagram->hash, datagram);
    tt_reorder_free(datagram->parts);
    free(datagram);
}

/* Takes the pieces that hang together off the front into `joined`, as one piece. */
static void join_run(struct tt_datagram *datagram, struct tt_joined *joined,
                     struct tt_reorder_piece *ret_run)
{
    tt_joined_clear(joined);
    struct tt_reorder_piece run = *tt_reorder_first(datagram->parts);
    const struct tt_reorder_piece *piece = NULL;
    while ((piece = tt_reorder_first(datagram->parts)) != NULL &&
           piece->at == run.at + joined->len) {
        tt_joined_add(joined, piece->bytes, piece);
        if (piece->first_frame < run.first_frame)
            run.first_frame = piece->first_frame;
        if (piece->last_frame > run.last_frame)
            run.last_frame = piece->last_frame;
        if (piece->time > run.time)
            run.time = piece->time;
        tt_reorder_pop(datagram->parts);
    }
    run.bytes = tt_span_of(joined->bytes, joined->len);
    uint64_t end = run.at + joined->len;
    run.missing = 0;
    if (piece != NULL)
        run.missing = (uint32_t)(piece->at - end);
    else if (datagram->total > end)
        run.missing = (uint32_t)(datagram->total - end);
    *ret_run = run;
}

/* Hands an incomplete datagram on as it stands, and forgets it. */
static void give_up(struct tt_net *net, struct tt_datagram *datagram, const char *code,
                    const char *text)
{
    struct tt_note note = {
        .code = code,
        .frame = tt_reorder_first(datagram->parts)->last_frame,
        .length = datagram->parts->bytes,
        .text = text,
    };
    tt_net_note(net, &note);
    while (tt_reorder_count(datagram->parts) > 0) {
        struct tt_reorder_piece run;
        join_run(datagram, &net->fragments.run, &run);
        struct tt_frame frame = {.number = run.last_frame, .time = run.time, .app = datagram->app};
        struct tt_packet packet = {.frame = &frame,
                                   .first_frame = run.first_frame,
                                   .bytes = run.bytes,
                                   .parts = net->fragments.run.parts,
                                   .part_count = net->fragments.run.part_count,
                                   .missing = run.missing,
                                   .space = TT_SPACE_IP,
                                   .number = datagram->protocol,
                                   .overhead = &net->totals.link_bytes};
        memcpy(packet.mac, datagram->mac, sizeof(packet.mac));
        memcpy(packet.addr, datagram->addr, sizeof(packet.addr));
        tt_packet_hand_on(net, &packet);
    }
    discard(&net->fragments, datagram);
}

static void give_up_limit(struct tt_net *net, struct tt_datagram *datagram)
{
    give_up(net, datagram, "ip.fragment_limit",
            "too many IP fragments at once; some were read without being put together");
}

static struct tt_datagram *oldest(const struct tt_fragments *fragments)
{
    return fragments->pool.oldest == NULL ? NULL : fragments->pool.oldest->owner;
}

/* Keeps the caps for `len` more bytes of `datagram` (NULL: of a new one). Returns `datagram`, or
 * NULL when it had to go itself. */
static struct tt_datagram *make_room(struct tt_net *net, struct tt_datagram *datagram, size_t len)
{
    struct tt_fragments *fragments = &net->fragments;
    if (datagram != NULL && tt_reorder_count(datagram->parts) >= TT_REORDER_SEGMENTS_MAX) {
        give_up_limit(net, datagram);
        datagram = NULL;
    }
    while ((datagram == NULL && fragments->index.count >= TT_FRAGMENTS_MAX) ||
           (fragments->index.count > 0 &&
            fragments->pool.used + tt_reorder_cost(len) > fragments->pool.max)) {
        if (oldest(fragments) == datagram)
            datagram = NULL;
        give_up_limit(net, oldest(fragments));
    }
    return datagram;
}

/* True when every byte from 0 to the total is there and none behind it. */
static bool is_whole(const struct tt_datagram *datagram)
{
    const struct tt_reorder *parts = datagram->parts;
    if (datagram->total == 0 || parts->bytes != datagram->total)
        return false;
    const struct tt_reorder_piece *last = &parts->pieces[parts->end - 1];
    return last->at + last->bytes.len == datagram->total;
}

static void note_conflict(struct tt_net *net, const struct tt_packet *packet)
{
    tt_packet_note(net, packet, "ip.fragment_conflict",
                   "IP fragments that overlap and differ; the first copy was read");
}

static void store(struct tt_net *net, struct tt_packet *packet, struct tt_datagram *datagram,
                  const struct tt_fragment *fragment)
{
    struct tt_reorder_piece piece = {.at = fragment->offset,
                                     .bytes = packet->bytes,
                                     .first_frame = packet->first_frame,
                                     .last_frame = packet->frame->number,
                                     .time = packet->frame->time};
    struct tt_reorder_result result = {.stored = 0};
    enum tt_err err = tt_reorder_put(datagram->parts, &piece, &result);
    if (err != TT_OK) {
        tt_net_fail(net, err);
        return;
    }
    net->totals.repeated_bytes += result.repeated;
    size_t end = fragment->offset + packet->bytes.len + packet->missing;
    bool other_end = !fragment->more && datagram->total != 0 && datagram->total != end;
    if (result.conflict || other_end)
        note_conflict(net, packet);
    if (!fragment->more && datagram->total == 0)
        datagram->total = end;
    /* RFC 8200 section 4.5: what follows is said by the first fragment. */
    if (fragment->offset == 0)
        datagram->protocol = fragment->protocol;
}

static bool has_buffers(struct tt_net *net)
{
    struct tt_fragments *fragments = &net->fragments;
    bool complete = tt_joined_make(&fragments->whole, DATAGRAM_MAX, TT_REORDER_SEGMENTS_MAX) &&
                    tt_joined_make(&fragments->run, DATAGRAM_MAX, TT_REORDER_SEGMENTS_MAX);
    if (!complete)
        tt_net_fail(net, TT_ERR_MEMORY);
    return complete;
}

void tt_fragments_take(struct tt_net *net, struct tt_packet *packet,
                       const struct tt_fragment *fragment)
{
    struct tt_fragments *fragments = &net->fragments;
    if (fragment->offset + packet->bytes.len + packet->missing > DATAGRAM_MAX) {
        tt_packet_spoil(net, packet, "ip.fragment_length",
                        "an IP fragment beyond the largest datagram");
        return;
    }
    packet->taken = true;
    if (packet->repeated) {
        tt_net_count_repeated(net, NULL, TT_FROM_INITIATOR, packet->bytes.len);
        return;
    }
    if (packet->bytes.len == 0 || !has_buffers(net))
        return;
    uint64_t hash = hash_of(fragments, packet, fragment);
    struct tt_datagram *datagram = find(fragments, hash, packet, fragment);
    datagram = make_room(net, datagram, packet->bytes.len);
    if (datagram == NULL)
        datagram = add(net, hash, packet, fragment);
    if (datagram == NULL)
        return;
    store(net, packet, datagram, fragment);
    if (!is_whole(datagram))
        return;
    struct tt_reorder_piece whole;
    join_run(datagram, &fragments->whole, &whole);
    packet->bytes = whole.bytes;
    packet->parts = fragments->whole.parts;
    packet->part_count = fragments->whole.part_count;
    packet->missing = 0;
    packet->first_frame = whole.first_frame;
    packet->number = datagram->protocol;
    packet->taken = false;
    discard(fragments, datagram);
}

static void give_up_incomplete(struct tt_net *net, struct tt_datagram *datagram)
{
    give_up(net, datagram, "ip.fragment_incomplete",
            "an IP datagram whose fragments did not all arrive; its parts were read as they stand");
}

void tt_fragments_expire(struct tt_net *net)
{
    struct tt_datagram *datagram = NULL;
    while ((datagram = oldest(&net->fragments)) != NULL &&
           tt_ticker_is_old(&net->ticker, datagram->second, TT_FRAGMENT_SECONDS))
        give_up_incomplete(net, datagram);
}

void tt_fragments_flush(struct tt_net *net)
{
    struct tt_datagram *datagram = NULL;
    while ((datagram = oldest(&net->fragments)) != NULL)
        give_up_incomplete(net, datagram);
}

void tt_fragments_free(struct tt_fragments *fragments)
{
    struct tt_datagram *datagram = NULL;
    while ((datagram = oldest(fragments)) != NULL)
        discard(fragments, datagram);
    tt_index_free(&fragments->index);
    tt_joined_free(&fragments->whole);
    tt_joined_free(&fragments->run);
}
