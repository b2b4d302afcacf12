#include "proto/http_streams.h"

#include "model/limits.h"

#include <stdlib.h>

static struct tt_http_stream **bucket_of(struct tt_http_streams *streams, uint64_t id)
{
    /* The lowest bits tell who opened it. */
    return &streams->buckets[(id >> 1 ^ id >> 6) % TT_HTTP_BUCKETS];
}

static void unlink_order(struct tt_http_streams *streams, struct tt_http_stream *one)
{
    if (one->older != NULL)
        one->older->newer = one->newer;
    else
        streams->oldest = one->newer;
    if (one->newer != NULL)
        one->newer->older = one->older;
    else
        streams->newest = one->older;
}

static void link_newest(struct tt_http_streams *streams, struct tt_http_stream *one)
{
    one->newer = NULL;
    one->older = streams->newest;
    if (streams->newest != NULL)
        streams->newest->newer = one;
    else
        streams->oldest = one;
    streams->newest = one;
}

struct tt_http_stream *tt_http_stream_find(struct tt_http_streams *streams, uint64_t id)
{
    struct tt_http_stream *one = *bucket_of(streams, id);
    while (one != NULL && one->id != id)
        one = one->next;
    if (one != NULL && one != streams->newest) {
        unlink_order(streams, one);
        link_newest(streams, one);
    }
    return one;
}

void tt_http_stream_drop(struct tt_http_streams *streams, struct tt_http_stream *one)
{
    struct tt_http_stream **link = bucket_of(streams, one->id);
    while (*link != one)
        link = &(*link)->next;
    *link = one->next;
    unlink_order(streams, one);
    streams->count--;
    if (streams->drop != NULL)
        streams->drop(streams->owner, one);
    tt_http_exchange_free(&one->exchange, streams->sink, streams->flow);
    if (streams->sink->pool != NULL)
        streams->sink->pool->used -= streams->size;
    free(one);
}

/* The caps: of this connection, and of all together. */
static void make_room(struct tt_http_streams *streams, const struct tt_stream *stream)
{
    const struct tt_proto_pool *pool = streams->sink->pool;
    bool full = streams->count >= TT_HTTP_STREAMS_MAX ||
                (pool != NULL && pool->used + streams->size > pool->max);
    struct tt_http_stream *oldest = streams->oldest;
    while (oldest != NULL && oldest->kept)
        oldest = oldest->newer;
    if (!full || oldest == NULL)
        return;
    if (!oldest->reset)
        tt_stream_note(stream, streams->limit_note, stream->end, 0,
                       "too many HTTP streams are open at once in one connection: the one that was "
                       "silent longest is given up");
    tt_http_stream_drop(streams, oldest);
}

struct tt_http_stream *tt_http_stream_get(struct tt_http_streams *streams,
                                          const struct tt_stream *stream, uint64_t id)
{
    struct tt_http_stream *one = tt_http_stream_find(streams, id);
    if (one != NULL)
        return one;
    make_room(streams, stream);
    one = calloc(1, streams->size);
    if (one == NULL)
        return NULL;
    one->id = id;
    one->next = *bucket_of(streams, id);
    *bucket_of(streams, id) = one;
    link_newest(streams, one);
    streams->count++;
    if (id > streams->max_id)
        streams->max_id = id;
    if (streams->sink->pool != NULL)
        streams->sink->pool->used += streams->size;
    return one;
}

bool tt_http_stream_is_over(const struct tt_http_stream *one)
{
    const struct tt_http_half *request = &one->exchange.halves[TT_HTTP_REQUEST];
    const struct tt_http_half *response = &one->exchange.halves[TT_HTTP_RESPONSE];
    return response->ended && (request->ended || !request->begun);
}

void tt_http_streams_free(struct tt_http_streams *streams)
{
    while (streams->oldest != NULL)
        tt_http_stream_drop(streams, streams->oldest);
}
