#include "proto/http1_queue.h"

#include "model/limits.h"

/* Offsets of its texts in `texts`; SIZE_MAX for NULL. */
struct entry {
    uint64_t frame;
    size_t method;
    size_t host;
    size_t url;
    size_t end; /* behind its last text */
};

struct tt_http1_queue tt_http1_queue_make(void)
{
    return (struct tt_http1_queue){.entries =
                                       tt_buf_make(2 * TT_HTTP_PIPELINE_MAX * sizeof(struct entry)),
                                   .texts = tt_buf_make(TT_HTTP_PIPELINE_BYTES_MAX)};
}

void tt_http1_queue_free(struct tt_http1_queue *queue)
{
    tt_buf_free(&queue->entries);
    tt_buf_free(&queue->texts);
}

static size_t entry_count(const struct tt_http1_queue *queue)
{
    return queue->entries.len / sizeof(struct entry);
}

static struct entry *entry_at(const struct tt_http1_queue *queue, size_t at)
{
    return (struct entry *)(void *)queue->entries.data + at;
}

static void empty(struct tt_http1_queue *queue)
{
    tt_buf_clear(&queue->entries);
    tt_buf_clear(&queue->texts);
    queue->front = 0;
    queue->texts_front = 0;
}

/* Makes room at the front once half of what is held has been answered. */
static void compact(struct tt_http1_queue *queue)
{
    size_t count = entry_count(queue);
    if (queue->front == count) {
        empty(queue);
        return;
    }
    if (queue->front < 8 || queue->front < count - queue->front)
        return;
    size_t drop = queue->texts_front;
    tt_buf_drop(&queue->texts, drop);
    tt_buf_drop(&queue->entries, queue->front * sizeof(struct entry));
    queue->front = 0;
    queue->texts_front = 0;
    for (size_t i = 0; i < entry_count(queue); i++) {
        struct entry *entry = entry_at(queue, i);
        entry->method -= entry->method == SIZE_MAX ? 0 : drop;
        entry->host -= entry->host == SIZE_MAX ? 0 : drop;
        entry->url -= entry->url == SIZE_MAX ? 0 : drop;
        entry->end -= drop;
    }
}

static enum tt_err add_text(struct tt_http1_queue *queue, const char *text, size_t *ret_at)
{
    *ret_at = SIZE_MAX;
    if (text == NULL)
        return TT_OK;
    size_t at = queue->texts.len;
    enum tt_err err = tt_buf_append(&queue->texts, tt_span_of(text, strlen(text) + 1));
    if (err == TT_OK)
        *ret_at = at;
    return err;
}

bool tt_http1_queue_push(struct tt_http1_queue *queue, const struct tt_http1_pending *request)
{
    if (queue->off)
        return true;
    compact(queue);
    size_t waiting = entry_count(queue) - queue->front;
    if (queue->untracked > 0 || waiting >= TT_HTTP_PIPELINE_MAX) {
        queue->untracked++;
        return false;
    }
    struct entry entry = {.frame = request->frame};
    size_t texts_len = queue->texts.len;
    enum tt_err err = add_text(queue, request->method, &entry.method);
    if (err == TT_OK)
        err = add_text(queue, request->host, &entry.host);
    if (err == TT_OK)
        err = add_text(queue, request->url, &entry.url);
    entry.end = queue->texts.len;
    if (err == TT_OK)
        err = tt_buf_append(&queue->entries, tt_span_of(&entry, sizeof(entry)));
    if (err != TT_OK) {
        queue->texts.len = texts_len;
        queue->untracked++;
        return false;
    }
    return true;
}

static const char *text_at(const struct tt_http1_queue *queue, size_t at)
{
    return at == SIZE_MAX ? NULL : (const char *)queue->texts.data + at;
}

/* Requests that came before `frame`. */
static size_t count_before(const struct tt_http1_queue *queue, uint64_t frame)
{
    size_t end = entry_count(queue);
    while (end > queue->front && entry_at(queue, end - 1)->frame > frame)
        end--;
    return end - queue->front;
}

/* After a loss: which request is the next response for? */
static void settle(struct tt_http1_queue *queue, uint64_t frame)
{
    queue->lost = false;
    if (queue->pipelined) {
        queue->off = true;
        empty(queue);
        return;
    }
    size_t before = count_before(queue, frame);
    if (queue->untracked > 0) {
        /* The latest request is one that was not kept. */
        queue->untracked = 1;
        empty(queue);
    } else if (before > 1) {
        queue->front += before - 1;
        queue->texts_front = entry_at(queue, queue->front - 1)->end;
    }
}

bool tt_http1_queue_answer(struct tt_http1_queue *queue, uint64_t frame, bool take,
                           struct tt_http1_pending *ret_request)
{
    /* Two requests waiting is pipelining only when nothing is known to be missing. */
    if (queue->lost)
        settle(queue, frame);
    else if (count_before(queue, frame) > 1)
        queue->pipelined = true;
    if (queue->front == entry_count(queue)) {
        if (take && queue->untracked > 0)
            queue->untracked--;
        return false;
    }
    const struct entry *entry = entry_at(queue, queue->front);
    if (entry->frame > frame)
        return false;
    *ret_request = (struct tt_http1_pending){.frame = entry->frame,
                                             .method = text_at(queue, entry->method),
                                             .host = text_at(queue, entry->host),
                                             .url = text_at(queue, entry->url)};
    if (take) {
        queue->front++;
        queue->texts_front = entry->end;
    }
    return true;
}

void tt_http1_queue_lost(struct tt_http1_queue *queue)
{
    queue->lost = true;
}
