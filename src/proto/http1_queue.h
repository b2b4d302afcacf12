/* The requests of one direction that wait for their responses in the other.
 *
 * Responses come in the order of the requests (RFC 9112, section 9.3), and never before them: bytes
 * behind a hole are handed on late, so that a request can be read here before an older response,
 * or after its own.
 *
 * After a loss the order alone no longer helps. The first response behind a hole in the responses
 * is matched with nothing: its request, too, may be missing, so that the one that waits is an older
 * one. It ends the doubt: whatever was asked before it is answered or lost. Behind a hole in the
 * requests a response is for the only one between it and the response before it, for the client
 * waits; where there are two, the client sends several at once, and nothing is matched any more.
 *
 * TCP knows better, where it is seen: a response that begins right where the client had read to
 * when it sent a request, from a server that had read right to the end of this request, is for it;
 * and none that the client had read by then is. So where something is missing, a response with a
 * place in TCP has its request by this proof or not at all. The proof needs a client that waits:
 * where it sends two requests without having read a byte between them, or responses keep beginning
 * behind the place that it had read to, nothing is matched after a loss; and a request right behind
 * missing bytes is not proven, since others may have been sent together with it.
 *
 * Very many flows may wait at the same time, most of them for good: a queue is one block, as large
 * as its requests, and none while nothing waits. */
#ifndef TT_PROTO_HTTP1_QUEUE_H
#define TT_PROTO_HTTP1_QUEUE_H

#include "proto/extent.h"
#include "proto/http_message.h"

struct tt_http1_requests;

/* All zero is an empty queue. */
struct tt_http1_queue {
    struct tt_http1_requests *held; /* NULL: nothing waits, and there is nothing to remember */
};

/* `pool`, here and below, counts what the queue holds: always the same one, or NULL. */
void tt_http1_queue_free(struct tt_http1_queue *queue, struct tt_proto_pool *pool);

/* Adds a request; its texts are copied. False when there was no room, in the queue or the pool: its
 * response will not be matched. */
bool tt_http1_queue_push(struct tt_http1_queue *queue, struct tt_proto_pool *pool,
                         const struct tt_http_request *request);

/* Of the request that was pushed last: the head was sent by a client that had `heard` of the
 * responses (tt_chunk.heard), and the whole of it ends at `end` of the TCP stream, sent by one that
 * had `heard` by then. */
void tt_http1_queue_asked(struct tt_http1_queue *queue, uint64_t heard);
void tt_http1_queue_sent(struct tt_http1_queue *queue, uint64_t end, uint64_t heard);

/* A response comes that begins at `at` of the TCP stream, from a server that had `heard` of the
 * requests. To be called before tt_http1_queue_answer, which goes by what was proven. */
void tt_http1_queue_prove(struct tt_http1_queue *queue, uint64_t at, uint64_t heard);

/* The request of a response that began in `frame`; false when it is not known. `take`: the response
 * is final, and the request is done. The texts stay until the next call. */
bool tt_http1_queue_answer(struct tt_http1_queue *queue, struct tt_proto_pool *pool, uint64_t frame,
                           bool take, struct tt_http_request *ret_request);

/* Requests may have been missed; their responses may have been. */
void tt_http1_queue_requests_lost(struct tt_http1_queue *queue, struct tt_proto_pool *pool);
void tt_http1_queue_responses_lost(struct tt_http1_queue *queue, struct tt_proto_pool *pool);

/* Gives back the memory of a queue in which nothing waits. */
void tt_http1_queue_rest(struct tt_http1_queue *queue, struct tt_proto_pool *pool);

#endif
