#include "net/duplicate.h"

#include "model/limits.h"
#include "net/core.h"

#include <stdlib.h>

/* Hashes once a packet: the library's own function would choose its way at run time. */
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { WAYS = 4, BUCKETS = TT_DUPLICATE_PACKETS_MAX / WAYS };

/* One line of the cache; the newest packet first. */
struct tt_duplicate_bucket {
    uint64_t digest[WAYS];
    uint64_t time[WAYS];
};

void tt_duplicates_init(struct tt_duplicates *duplicates, uint64_t seed)
{
    XXH3_generateSecret_fromSeed(duplicates->key, seed ^ UINT64_C(0x9e3779b97f4a7c15));
}

void tt_duplicates_free(struct tt_duplicates *duplicates)
{
    free(duplicates->buckets);
    duplicates->buckets = NULL;
}

static uint64_t digest_of(const struct tt_duplicates *duplicates, struct tt_span bytes,
                          uint64_t fixed)
{
    uint64_t hash =
        XXH3_64bits_withSecret(bytes.data, bytes.len, duplicates->key, sizeof(duplicates->key));
    /* Each step can be undone: equal bytes with another `fixed` never give the same digest. */
    hash = (hash ^ fixed) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

static bool is_copy(uint64_t first, uint64_t time, bool numbered)
{
    uint64_t apart = time > first ? time - first : first - time;
    uint64_t most = numbered ? TT_DUPLICATE_MICROSECONDS : TT_DUPLICATE_UNNUMBERED_MICROSECONDS;
    return apart <= most * 1000;
}

static void remember(struct tt_duplicate_bucket *bucket, size_t instead_of, uint64_t digest,
                     uint64_t time)
{
    memmove(bucket->digest + 1, bucket->digest, instead_of * sizeof(bucket->digest[0]));
    memmove(bucket->time + 1, bucket->time, instead_of * sizeof(bucket->time[0]));
    bucket->digest[0] = digest;
    bucket->time[0] = time;
}

/* True for a copy; else the packet is remembered. */
static bool look_up(struct tt_duplicate_bucket *bucket, uint64_t digest, uint64_t time,
                    bool numbered)
{
    size_t at = 0;
    while (at < WAYS && bucket->digest[at] != digest)
        at++;
    if (at < WAYS && is_copy(bucket->time[at], time, numbered))
        return true;
    remember(bucket, at < WAYS ? at : WAYS - 1, digest, time);
    return false;
}

void tt_duplicates_check(struct tt_net *net, struct tt_packet *packet, const uint8_t *addresses,
                         uint64_t fixed, bool numbered)
{
    struct tt_duplicates *duplicates = &net->duplicates;
    const struct tt_frame *frame = packet->frame;
    if (packet->repeated || frame->time == 0 || (frame->flags & TT_FRAME_MADE_UP) != 0)
        return;
    if (TT_UNLIKELY(duplicates->buckets == NULL)) {
        duplicates->buckets =
            aligned_alloc(sizeof(*duplicates->buckets), BUCKETS * sizeof(*duplicates->buckets));
        if (duplicates->buckets == NULL) {
            tt_net_fail(net, TT_ERR_MEMORY);
            return;
        }
        memset(duplicates->buckets, 0, BUCKETS * sizeof(*duplicates->buckets));
    }
    size_t len = (size_t)(packet->bytes.data - addresses) + packet->bytes.len;
    uint64_t digest = digest_of(duplicates, tt_span_of(addresses, len), fixed ^ packet->missing);
    if (TT_LIKELY(!look_up(&duplicates->buckets[digest % BUCKETS], digest, frame->time, numbered)))
        return;
    packet->repeated = true;
    tt_packet_note(net, packet, "net.duplicate",
                   "packets that the capture holds more than once; each was read once");
}
