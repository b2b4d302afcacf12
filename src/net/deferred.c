#include "net/deferred.h"

#include "net/core.h"

#include <stdlib.h>

static bool lies_in(struct tt_span bytes, const uint8_t *data, size_t len)
{
    uintptr_t at = (uintptr_t)bytes.data;
    uintptr_t from = (uintptr_t)data;
    return at >= from && at - from <= len && bytes.len <= len - (at - from);
}

/* Where the bytes stay as they are until the packet's turn comes. */
static bool is_kept(const struct tt_deferred *deferred, const struct tt_packet *packet)
{
    struct tt_span frame = packet->frame->bytes;
    if (lies_in(packet->bytes, frame.data, frame.len))
        return true;
    for (size_t i = 0; i <= deferred->count; i++) {
        const struct tt_deferred_packet *held = &deferred->packets[i];
        if (held->copy != NULL && lies_in(packet->bytes, held->copy, held->copy_len))
            return true;
    }
    return false;
}

static bool keep_bytes(struct tt_deferred_packet *held, struct tt_packet *packet)
{
    uint8_t *copy = malloc(packet->bytes.len);
    if (copy == NULL)
        return false;
    memcpy(copy, packet->bytes.data, packet->bytes.len);
    /* An earlier copy is of bytes that the packet being read has left, or `packet` would lie there
     * with it. */
    free(held->copy);
    held->copy = copy;
    held->copy_len = packet->bytes.len;
    packet->bytes.data = copy;
    packet->parts = NULL;
    packet->part_count = 0;
    return true;
}

void tt_packet_defer(struct tt_net *net, struct tt_packet *rest)
{
    struct tt_deferred *deferred = &net->deferred;
    if (rest->bytes.len == 0 && rest->missing == 0)
        return;
    if (deferred->count == TT_TUNNEL_DEPTH_MAX) {
        tt_packet_note(net, rest, "net.deferred", "too many packets inside one another");
        tt_packet_hand_on(net, rest);
        return;
    }
    struct tt_deferred_packet *held = &deferred->packets[deferred->count];
    if (!is_kept(deferred, rest) && !keep_bytes(held, rest)) {
        tt_net_fail(net, TT_ERR_MEMORY);
        tt_packet_hand_on(net, rest);
        return;
    }
    held->packet = *rest;
    deferred->count++;
}

bool tt_deferred_take(struct tt_deferred *deferred, struct tt_packet *ret_packet)
{
    if (deferred->count == 0)
        return false;
    *ret_packet = deferred->packets[--deferred->count].packet;
    return true;
}

void tt_deferred_free(struct tt_deferred *deferred)
{
    for (size_t i = 0; i < TT_TUNNEL_DEPTH_MAX; i++) {
        free(deferred->packets[i].copy);
        deferred->packets[i].copy = NULL;
    }
    deferred->count = 0;
}
