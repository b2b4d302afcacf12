#include "net/wlan.h"

#include "net/core.h"

#include <stdlib.h>

struct tt_wlan_partial {
    struct tt_wlan_partial *newer;
    struct tt_wlan_fragment last;
    struct tt_packet packet; /* the last fragment's; frame and bytes are gone */
    uint64_t last_frame;
    uint64_t time;
    const char *app;
    uint32_t second; /* at which it came */
    struct tt_buf bytes;
};

static struct tt_wlan_partial *find(const struct tt_wlan_fragments *fragments,
                                    const struct tt_wlan_fragment *fragment)
{
    struct tt_wlan_partial *partial = fragments->oldest;
    while (partial != NULL && memcmp(partial->last.key, fragment->key, sizeof(fragment->key)) != 0)
        partial = partial->newer;
    return partial;
}

static void discard(struct tt_wlan_fragments *fragments, struct tt_wlan_partial *partial)
{
    struct tt_wlan_partial *older = NULL;
    for (struct tt_wlan_partial *at = fragments->oldest; at != partial; at = at->newer)
        older = at;
    if (older == NULL)
        fragments->oldest = partial->newer;
    else
        older->newer = partial->newer;
    if (fragments->newest == partial)
        fragments->newest = older;
    fragments->count--;
    tt_buf_free(&partial->bytes);
    free(partial);
}

static void give_up(struct tt_net *net, struct tt_wlan_partial *partial, const char *code,
                    const char *text)
{
    struct tt_frame frame = {
        .number = partial->last_frame, .time = partial->time, .app = partial->app};
    struct tt_packet packet = partial->packet;
    packet.frame = &frame;
    packet.bytes = tt_buf_span(&partial->bytes);
    tt_packet_note(net, &packet, code, text);
    if (packet.bytes.len > 0)
        tt_packet_hand_on(net, &packet);
    discard(&net->wlan.fragments, partial);
}

static void give_up_incomplete(struct tt_net *net, struct tt_wlan_partial *partial)
{
    give_up(
        net, partial, "wlan.fragment_incomplete",
        "an 802.11 frame whose fragments did not all arrive; its parts were read as they stand");
}

static void give_up_limit(struct tt_net *net, struct tt_wlan_partial *partial)
{
    give_up(net, partial, "wlan.fragment_limit",
            "too many or too long 802.11 fragments; some were read without being put together");
}

static struct tt_wlan_partial *begin(struct tt_net *net, const struct tt_packet *packet)
{
    struct tt_wlan_fragments *fragments = &net->wlan.fragments;
    if (fragments->count == TT_WLAN_FRAGMENTED_MAX)
        give_up_limit(net, fragments->oldest);
    struct tt_wlan_partial *partial = calloc(1, sizeof(*partial));
    if (partial == NULL) {
        tt_net_fail(net, TT_ERR_MEMORY);
        return NULL;
    }
    partial->bytes = tt_buf_make(TT_WLAN_FRAME_MAX);
    partial->packet = *packet;
    if (fragments->newest == NULL)
        fragments->oldest = partial;
    else
        fragments->newest->newer = partial;
    fragments->newest = partial;
    fragments->count++;
    return partial;
}

/* Adds the packet's bytes. False when they did not fit: then they are still the packet's. */
static bool add(struct tt_net *net, struct tt_wlan_partial *partial, struct tt_packet *packet,
                const struct tt_wlan_fragment *fragment)
{
    enum tt_err err = tt_buf_append(&partial->bytes, packet->bytes);
    if (err == TT_ERR_MEMORY)
        tt_net_fail(net, err);
    if (err != TT_OK) {
        give_up_limit(net, partial);
        return false;
    }
    uint64_t first_frame = partial->packet.first_frame;
    partial->packet = *packet;
    partial->packet.first_frame = first_frame;
    partial->last = *fragment;
    partial->last_frame = packet->frame->number;
    partial->time = packet->frame->time;
    partial->app = packet->frame->app;
    partial->second = net->ticker.second;
    return true;
}

static void put_lone(struct tt_net *net, struct tt_packet *packet)
{
    tt_packet_note(net, packet, "wlan.fragment_incomplete",
                   "an 802.11 fragment without those before it; it was read as it stands");
    tt_packet_hand_on(net, packet);
}

/* What the fragment goes on, or begins; NULL when it does neither. */
static struct tt_wlan_partial *find_or_begin(struct tt_net *net, const struct tt_packet *packet,
                                             const struct tt_wlan_fragment *fragment)
{
    struct tt_wlan_partial *partial = find(&net->wlan.fragments, fragment);
    if (partial != NULL && (partial->last.next != fragment->at ||
                            tt_ticker_is_old(&net->ticker, partial->second, TT_FRAGMENT_SECONDS))) {
        give_up_incomplete(net, partial);
        partial = NULL;
    }
    if (partial != NULL || fragment->at != 0)
        return partial;
    return begin(net, packet);
}

void tt_wlan_fragments_take(struct tt_net *net, struct tt_packet *packet,
                            const struct tt_wlan_fragment *fragment)
{
    struct tt_wlan_fragments *fragments = &net->wlan.fragments;
    if (packet->repeated) {
        tt_net_count_repeated(net, NULL, TT_FROM_INITIATOR, packet->bytes.len);
        packet->taken = true;
        return;
    }
    /* What the snaplen cut cannot be gone on with. */
    struct tt_wlan_partial *partial =
        packet->missing > 0 ? NULL : find_or_begin(net, packet, fragment);
    if (partial == NULL) {
        put_lone(net, packet);
        return;
    }
    if (!add(net, partial, packet, fragment)) {
        put_lone(net, packet);
        return;
    }
    packet->taken = true;
    if (fragment->more)
        return;
    tt_buf_free(&fragments->whole);
    fragments->whole = partial->bytes;
    partial->bytes = tt_buf_make(0);
    packet->bytes = tt_buf_span(&fragments->whole);
    packet->first_frame = partial->packet.first_frame;
    packet->taken = false;
    discard(fragments, partial);
}

void tt_wlan_flush(struct tt_net *net)
{
    while (net->wlan.fragments.oldest != NULL)
        give_up_incomplete(net, net->wlan.fragments.oldest);
}

void tt_wlan_free(struct tt_wlan *wlan)
{
    while (wlan->fragments.oldest != NULL)
        discard(&wlan->fragments, wlan->fragments.oldest);
    tt_buf_free(&wlan->fragments.whole);
    free(wlan->seen.digests);
    wlan->seen.digests = NULL;
}
