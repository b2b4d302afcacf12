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
