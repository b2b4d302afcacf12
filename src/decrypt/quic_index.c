#include "decrypt/quic_state.h"

#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

enum { FIRST_BUCKETS = 64 };

uint64_t tt_quic_hash(const struct tt_quic_index *index, const void *bytes, size_t len)
{
    return XXH3_64bits_withSeed(bytes, len, index->seed);
}

static enum tt_err grow(struct tt_quic_index *index)
{
    size_t count = index->bucket_count == 0 ? FIRST_BUCKETS : index->bucket_count * 2;
    struct tt_quic_link **buckets = calloc(count, sizeof(struct tt_quic_link *));
    if (buckets == NULL)
        return index->bucket_count == 0 ? TT_ERR_MEMORY : TT_OK;
    /* From the last to the first of a chain would turn it round: the order is kept by appending. */
    for (size_t i = 0; i < index->bucket_count; i++) {
        struct tt_quic_link *link = index->buckets[i];
        struct tt_quic_link **ends[2] = {&buckets[i], &buckets[i + index->bucket_count]};
        while (link != NULL) {
            struct tt_quic_link *next = link->next;
            size_t high = (link->hash & index->bucket_count) != 0 ? 1 : 0;
            link->next = NULL;
            *ends[high] = link;
            ends[high] = &link->next;
            link = next;
        }
    }
    free(index->buckets);
    index->buckets = buckets;
    index->bucket_count = count;
    return TT_OK;
}

enum tt_err tt_quic_index_add(struct tt_quic_index *index, struct tt_quic_link *link, uint64_t hash)
{
    if (index->count >= index->bucket_count && grow(index) != TT_OK)
        return TT_ERR_MEMORY;
    struct tt_quic_link **bucket = &index->buckets[hash & (index->bucket_count - 1)];
    link->hash = hash;
    link->next = *bucket;
    *bucket = link;
    index->count++;
    return TT_OK;
}

void tt_quic_index_remove(struct tt_quic_index *index, const struct tt_quic_link *link)
{
    if (index->bucket_count == 0)
        return;
    struct tt_quic_link **at = &index->buckets[link->hash & (index->bucket_count - 1)];
    while (*at != NULL && *at != link)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = link->next;
    index->count--;
}

static struct tt_quic_link *same(struct tt_quic_link *link, uint64_t hash)
{
    while (link != NULL && link->hash != hash)
        link = link->next;
    return link;
}

struct tt_quic_link *tt_quic_index_first(const struct tt_quic_index *index, uint64_t hash)
{
    if (index->bucket_count == 0)
        return NULL;
    return same(index->buckets[hash & (index->bucket_count - 1)], hash);
}

struct tt_quic_link *tt_quic_index_next(const struct tt_quic_link *link)
{
    return same(link->next, link->hash);
}

void tt_quic_index_free(struct tt_quic_index *index)
{
    free(index->buckets);
    *index = (struct tt_quic_index){.seed = index->seed};
}
