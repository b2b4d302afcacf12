/* The requests of one direction that wait for their responses in the other.
 *
 * Responses come in the order of the requests (RFC 9112, section 9.3), and never before them: bytes
 * behind a hole are handed on late, so that a request can be read here before an older response.
 * After a loss the order no longer helps: then the next response is taken for that of the latest
 * request before it, unless the client was seen to send several at once; with such a one nothing is
 * matched any more. */
#ifndef TT_PROTO_HTTP1_QUEUE_H
#define TT_PROTO_HTTP1_QUEUE_H

#include "base/buf.h"

/* What a response wants to know of its request. NULL where the request did not say. */
struct tt_http1_pending {
    uint64_t frame; /* in which it began */
    const char *method;
    const char *host;
    const char *url;
};

struct tt_http1_queue {
    struct tt_buf entries; /* of struct entry */
    struct tt_buf texts;
    size_t front;       /* entries that were answered */
    size_t texts_front; /* bytes of their texts */
    uint64_t untracked; /* requests behind the queue that there was no room for */
    bool lost;          /* requests or responses may have been missed */
    bool pipelined;     /* the client sends requests before the last one was answered */
    bool off;           /* nothing can be matched any more */
};

struct tt_http1_queue tt_http1_queue_make(void);
void tt_http1_queue_free(struct tt_http1_queue *queue);

/* Adds a request; its texts are copied. False when there was no room: its response will not be
 * matched. */
bool tt_http1_queue_push(struct tt_http1_queue *queue, const struct tt_http1_pending *request);

/* The request of a response that began in `frame`; false when it is not known. `take`: the response
 * is final, and the request is done. The texts stay until the next call. */
bool tt_http1_queue_answer(struct tt_http1_queue *queue, uint64_t frame, bool take,
                           struct tt_http1_pending *ret_request);

/* Requests or responses may have been missed. */
void tt_http1_queue_lost(struct tt_http1_queue *queue);

#endif
