/* The streams of one HTTP/2 or HTTP/3 connection, by number and in the order of use. Capped: the
 * one that was silent longest is given up, with a note. */
#ifndef TT_PROTO_HTTP_STREAMS_H
#define TT_PROTO_HTTP_STREAMS_H

#include "proto/http_exchange.h"

enum { TT_HTTP_BUCKETS = 32 };

/* The front of what a version keeps of a stream. */
struct tt_http_stream {
    struct tt_http_stream *next; /* of the same bucket */
    struct tt_http_stream *older;
    struct tt_http_stream *newer;
    uint64_t id;
    bool kept;  /* never given up for others: it must be one of few */
    bool reset; /* by one side: what the other one says of it is a rest, and may never come */
    struct tt_http_exchange exchange;
};

struct tt_http_streams {
    const struct tt_proto_sink *sink;
    const struct tt_flow *flow;
    size_t size;            /* of what is kept of a stream */
    const char *limit_note; /* code of the note */
    /* Ends what a version added to a stream; NULL: nothing. Must not look for streams. */
    void (*drop)(void *owner, struct tt_http_stream *stream);
    void *owner;
    struct tt_http_stream *buckets[TT_HTTP_BUCKETS];
    struct tt_http_stream *oldest;
    struct tt_http_stream *newest;
    size_t count;
    uint64_t max_id; /* the highest seen */
};

/* NULL when it is not there. */
struct tt_http_stream *tt_http_stream_find(struct tt_http_streams *streams, uint64_t id);

/* Finds or makes it (all zero). NULL without memory. `stream` is for the note. */
struct tt_http_stream *tt_http_stream_get(struct tt_http_streams *streams,
                                          const struct tt_stream *stream, uint64_t id);

/* Ends and frees it. */
void tt_http_stream_drop(struct tt_http_streams *streams, struct tt_http_stream *one);

/* May nothing more follow of its exchange? */
bool tt_http_stream_is_over(const struct tt_http_stream *one);

/* Ends and frees all. */
void tt_http_streams_free(struct tt_http_streams *streams);

#endif
