#include "proto/http1_queue.h"

#include "model/limits.h"

#include <stdlib.h>

/* A request: its head as integers that may lie at any address, then those of its texts that there
 * are, terminated, in this order. */
struct entry {
    uint64_t frame;
    uint32_t size; /* of all of it */
    uint32_t mask; /* enum text; written above the size */
    uint32_t read; /* place of TCP that the client had read to when it sent the head, modulo 2^32 */
    uint32_t sent; /* of the end of the request, likewise; 0: the two are not known */
};

enum text { HAS_METHOD = 1, HAS_HOST = 2, HAS_URL = 4 };
enum { HEAD_SIZE = 20, READ_AT = 12, SENT_AT = 16, MASK_AT = 29 };

enum { ALLOCATION_COST = 16 }; /* about what malloc adds */

struct tt_http1_requests {
    uint64_t unmatched; /* frame of the last final response, where its request is not known; or 0 */
    uint32_t room;
    uint32_t front;     /* offset of the first one that waits */
    uint32_t end;       /* behind the last one */
    uint16_t count;     /* that wait */
    uint16_t untracked; /* behind them, that there was no room for */
    /* Of the last one that was pushed: its offset, and places of TCP like those of an entry. */
    uint32_t last;
    uint32_t read;
    uint32_t read_at_end; /* the same at the end of the request */
    unsigned asked : 1;   /* `read` is known */
    unsigned whole : 1;   /* `read_at_end` is */
    unsigned behind : 1;  /* the next request comes behind missing ones */
    unsigned odd : 1;     /* a response began behind the place that its client had read to */
    unsigned
        eager : 1; /* the client does not wait, as TCP shows: after a loss nothing is matched */
    unsigned refuted : 1;   /* the response that comes is for none of those that wait */
    unsigned late : 1;      /* requests may have been missed, or came behind their response */
    unsigned torn : 1;      /* responses may have been missed before the next one */
    unsigned pipelined : 1; /* the client sends requests before the last one was answered */
    unsigned off : 1;       /* nothing can be matched any more */
    uint8_t bytes[];
};

/* ---- memory ---- */

static size_t cost_of(const struct tt_http1_requests *held)
{
    return sizeof(*held) + held->room + ALLOCATION_COST;
}

void tt_http1_queue_free(struct tt_http1_queue *queue, struct tt_proto_pool *pool)
{
    if (queue->held == NULL)
        return;
    if (pool != NULL)
        pool->used -= cost_of(queue->held);
    free(queue->held);
    queue->held = NULL;
}

void tt_http1_queue_rest(struct tt_http1_queue *queue, struct tt_proto_pool *pool)
{
    const struct tt_http1_requests *held = queue->held;
    if (held != NULL && held->count == 0 && held->untracked == 0 && held->unmatched == 0 &&
        !held->late && !held->torn && !held->pipelined && !held->eager && !held->off)
        tt_http1_queue_free(queue, pool);
}

/* A block with room for `size` bytes more, without what has been answered. NULL without memory. */
static struct tt_http1_requests *make_room(struct tt_http1_queue *queue, struct tt_proto_pool *pool,
                                           size_t size)
{
    struct tt_http1_requests *old = queue->held;
    if (old != NULL && size <= old->room - old->end)
        return old;
    size_t waiting = old == NULL ? 0 : old->end - old->front;
    /* At first just what is needed: most clients send one request at a time. */
    size_t room = 2 * waiting + size;
    struct tt_http1_requests *held = malloc(sizeof(*held) + room);
    if (held == NULL)
        return NULL;
    *held = old == NULL ? (struct tt_http1_requests){.count = 0} : *old;
    held->room = (uint32_t)room;
    held->last -= held->front;
    held->front = 0;
    held->end = (uint32_t)waiting;
    if (old != NULL)
        memcpy(held->bytes, old->bytes + old->front, waiting);
    tt_http1_queue_free(queue, pool);
    if (pool != NULL)
        pool->used += cost_of(held);
    queue->held = held;
    return held;
}

/* Forgets the requests, not what is known of them. */
static void empty(struct tt_http1_requests *held)
{
    held->front = 0;
    held->end = 0;
    held->count = 0;
}

/* ---- adding ---- */

static size_t text_size(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static uint8_t *put_text(uint8_t *to, const char *text)
{
    size_t size = text_size(text);
    if (size > 0)
        memcpy(to, text, size);
    return to + size;
}

static void put_request(struct tt_http1_requests *held, const struct tt_http_request *request,
                        size_t size)
{
    uint32_t mask = (request->method != NULL ? HAS_METHOD : 0U) |
                    (request->host != NULL ? HAS_HOST : 0U) | (request->url != NULL ? HAS_URL : 0U);
    uint32_t head = (uint32_t)size | mask << MASK_AT;
    uint8_t *to = held->bytes + held->end;
    held->last = held->end;
    memcpy(to, &request->frame, sizeof(request->frame));
    memcpy(to + sizeof(request->frame), &head, sizeof(head));
    memset(to + READ_AT, 0, HEAD_SIZE - READ_AT); /* until they are known */
    to = put_text(to + HEAD_SIZE, request->method);
    to = put_text(to, request->host);
    (void)put_text(to, request->url);
    held->end += (uint32_t)size;
    held->count++;
}

/* The request will not be matched; without even the memory to remember that, nobody knows. */
static void leave_out(struct tt_http1_queue *queue, struct tt_proto_pool *pool)
{
    struct tt_http1_requests *held = make_room(queue, pool, 0);
    if (held == NULL)
        return;
    if (held->untracked == UINT16_MAX)
        held->off = 1;
    else
        held->untracked++;
}

static bool may_hold(const struct tt_http1_requests *held, const struct tt_proto_pool *pool,
                     size_t texts)
{
    size_t more = texts + HEAD_SIZE + sizeof(*held) + ALLOCATION_COST;
    if (pool != NULL && pool->used + more > pool->max)
        return false;
    if (held == NULL)
        return texts <= TT_HTTP_PIPELINE_BYTES_MAX;
    size_t waiting = held->end - held->front - (size_t)held->count * HEAD_SIZE;
    return held->untracked == 0 && held->count < TT_HTTP_PIPELINE_MAX &&
           waiting + texts <= TT_HTTP_PIPELINE_BYTES_MAX;
}

bool tt_http1_queue_push(struct tt_http1_queue *queue, struct tt_proto_pool *pool,
                         const struct tt_http_request *request)
{
    if (queue->held != NULL && queue->held->off)
        return true;
    if (queue->held != NULL && queue->held->count == 0)
        empty(queue->held);
    size_t texts = text_size(request->method) + text_size(request->host) + text_size(request->url);
    struct tt_http1_requests *held = NULL;
    if (may_hold(queue->held, pool, texts))
        held = make_room(queue, pool, texts + HEAD_SIZE);
    if (held == NULL) {
        leave_out(queue, pool);
        return false;
    }
    put_request(held, request, texts + HEAD_SIZE);
    if (request->frame < held->unmatched)
        held->late = 1;
    return true;
}

/* ---- what TCP proves ---- */

/* Nothing can be matched any more. */
static void switch_off(struct tt_http1_requests *held)
{
    held->off = 1;
    held->untracked = 0;
    held->unmatched = 0;
    empty(held);
}

static struct entry entry_at(const struct tt_http1_requests *held, size_t at)
{
    struct entry entry;
    uint32_t head;
    memcpy(&entry.frame, held->bytes + at, sizeof(entry.frame));
    memcpy(&head, held->bytes + at + sizeof(entry.frame), sizeof(head));
    memcpy(&entry.read, held->bytes + at + READ_AT, sizeof(entry.read));
    memcpy(&entry.sent, held->bytes + at + SENT_AT, sizeof(entry.sent));
    entry.size = head & ((1U << MASK_AT) - 1);
    entry.mask = head >> MASK_AT;
    return entry;
}

void tt_http1_queue_asked(struct tt_http1_queue *queue, uint64_t heard)
{
    struct tt_http1_requests *held = queue->held;
    if (held == NULL || held->off)
        return;
    if (heard > 0 && held->whole && held->read_at_end == (uint32_t)(heard - 1))
        held->eager = 1;
    /* What is missing before it may be requests that were sent together with it. */
    held->asked = heard > 0 && !held->behind;
    held->behind = 0;
    held->read = (uint32_t)(heard - 1);
    held->whole = 0;
}

void tt_http1_queue_sent(struct tt_http1_queue *queue, uint64_t end, uint64_t heard)
{
    struct tt_http1_requests *held = queue->held;
    if (held == NULL || held->off)
        return;
    uint32_t sent = (uint32_t)end;
    held->whole = heard > 0;
    held->read_at_end = (uint32_t)(heard - 1);
    if (held->count == 0 || held->untracked > 0 || !held->asked || !held->whole)
        return;
    memcpy(held->bytes + held->last + READ_AT, &held->read, sizeof(held->read));
    memcpy(held->bytes + held->last + SENT_AT, &sent, sizeof(sent));
}

/* The offset of the request whose response this is; UINT32_MAX when none is proven to be it. */
static uint32_t find_proven(const struct tt_http1_requests *held, uint32_t at, uint32_t heard,
                            size_t *ret_older)
{
    uint32_t place = held->front;
    for (size_t older = 0; older < held->count; older++) {
        struct entry entry = entry_at(held, place);
        if (entry.sent == heard && entry.read == at) {
            *ret_older = older;
            return place;
        }
        place += entry.size;
    }
    return UINT32_MAX;
}

/* Where nothing is missing: does the client wait? Once a response may begin farther behind: session
 * tickets or an interim response stood in front of it. */
static void watch(struct tt_http1_requests *held, uint32_t at)
{
    if (held->count == 0)
        return;
    struct entry entry = entry_at(held, held->front);
    if (entry.sent == 0 || entry.read == at)
        return;
    /* The client had this response when it asked: it is for an older request, which is missing. */
    held->refuted = (int32_t)(at - entry.read) < 0;
    if (held->refuted)
        return;
    held->eager = held->odd;
    held->odd = 1;
}

void tt_http1_queue_prove(struct tt_http1_queue *queue, uint64_t at, uint64_t heard)
{
    struct tt_http1_requests *held = queue->held;
    size_t older = 0;
    if (held == NULL || heard <= 1 || held->off)
        return;
    if (!held->late && !held->torn && held->unmatched == 0) {
        watch(held, (uint32_t)at);
        return;
    }
    if (held->eager) {
        switch_off(held);
        return;
    }
    uint32_t place = find_proven(held, (uint32_t)at, (uint32_t)(heard - 1), &older);
    held->refuted = place == UINT32_MAX;
    if (place == UINT32_MAX)
        return;
    held->front = place;
    held->count = (uint16_t)(held->count - older);
    held->late = 0;
    held->torn = 0;
    held->unmatched = 0;
}

/* ---- answering ---- */

/* The number of requests up to the last one that came before `frame`, at most `max`; `*ret_at`: its
 * offset. */
static size_t count_before(const struct tt_http1_requests *held, uint64_t frame, size_t max,
                           uint32_t *ret_at)
{
    size_t before = 0;
    uint32_t at = held->front;
    for (size_t i = 0; i < held->count && before < max; i++) {
        struct entry entry = entry_at(held, at);
        if (entry.frame <= frame) {
            before = i + 1;
            *ret_at = at;
        }
        at += entry.size;
    }
    return before;
}

/* Forgets the first `count`, of which the last one lies at `last`. */
static void skip(struct tt_http1_requests *held, size_t count, uint32_t last)
{
    if (count == 0)
        return;
    held->front = last + entry_at(held, last).size;
    held->count = (uint16_t)(held->count - count);
}

/* Behind missing responses, the next one begins in `frame`. */
static void settle_torn(struct tt_http1_requests *held, uint64_t frame, bool take)
{
    uint32_t last = 0;
    if (held->pipelined) {
        switch_off(held);
    } else if (take) {
        size_t before = count_before(held, frame, SIZE_MAX, &last);
        skip(held, before, last);
        held->untracked = 0;
        held->torn = 0;
        held->unmatched = frame;
    }
}

/* Requests are missing: of those that are there, leaves the only one that was sent since the last
 * response. */
static void settle_late(struct tt_http1_requests *held, uint64_t frame)
{
    uint32_t last = 0;
    size_t older =
        held->unmatched == 0 ? 0 : count_before(held, held->unmatched - 1, SIZE_MAX, &last);
    skip(held, older, last);
    if (held->pipelined || held->untracked > 0 || count_before(held, frame, 2, &last) > 1)
        switch_off(held);
}

/* The request of a final response is not known. */
static void miss(struct tt_http1_queue *queue, struct tt_proto_pool *pool, uint64_t frame)
{
    struct tt_http1_requests *held = make_room(queue, pool, 0);
    if (held != NULL && !held->off && held->unmatched < frame)
        held->unmatched = frame;
}

/* What is known of the order before a response that begins in `frame`. */
static void settle(struct tt_http1_requests *held, uint64_t frame)
{
    uint32_t last = 0;
    if (held->late)
        settle_late(held, frame);
    else if (!held->pipelined && count_before(held, frame, 2, &last) > 1)
        held->pipelined = 1; /* only where nothing is known to be missing */
}

static const char *take_text(const uint8_t **at, bool there)
{
    const char *text = (const char *)*at;
    if (!there)
        return NULL;
    *at += strlen(text) + 1;
    return text;
}

bool tt_http1_queue_answer(struct tt_http1_queue *queue, struct tt_proto_pool *pool, uint64_t frame,
                           bool take, struct tt_http_request *ret_request)
{
    struct tt_http1_requests *held = queue->held;
    if (held != NULL && held->refuted) {
        held->refuted = 0;
        if (take)
            miss(queue, pool, frame);
        return false;
    }
    if (held != NULL && held->torn) {
        settle_torn(held, frame, take);
        return false;
    }
    if (held != NULL)
        settle(held, frame);
    if (held != NULL && held->count == 0 && held->untracked > 0) {
        held->untracked = (uint16_t)(held->untracked - (take ? 1 : 0));
        return false;
    }
    if (held == NULL || held->count == 0 || entry_at(held, held->front).frame > frame) {
        if (take)
            miss(queue, pool, frame);
        return false;
    }
    struct entry entry = entry_at(held, held->front);
    const uint8_t *text = held->bytes + held->front + HEAD_SIZE;
    ret_request->frame = entry.frame;
    ret_request->method = take_text(&text, (entry.mask & HAS_METHOD) != 0);
    ret_request->host = take_text(&text, (entry.mask & HAS_HOST) != 0);
    ret_request->url = take_text(&text, (entry.mask & HAS_URL) != 0);
    if (take) {
        held->front += entry.size;
        held->count--;
        held->unmatched = 0;
        held->late = 0;
    }
    return true;
}

void tt_http1_queue_requests_lost(struct tt_http1_queue *queue, struct tt_proto_pool *pool)
{
    struct tt_http1_requests *held = make_room(queue, pool, 0);
    if (held != NULL) {
        held->late = 1;
        held->behind = 1;
    }
}

void tt_http1_queue_responses_lost(struct tt_http1_queue *queue, struct tt_proto_pool *pool)
{
    struct tt_http1_requests *held = make_room(queue, pool, 0);
    if (held != NULL)
        held->torn = 1;
}
