/* The messages of HTTP/1.x: made from a head, told to others, and what is kept of those that wait
 * for more. */
#include "proto/http1_state.h"
#include "proto/http_via.h"

#include <stdlib.h>

static struct tt_http1_message *make_message(size_t room)
{
    struct tt_http1_message *message = malloc(sizeof(*message) + room);
    if (message != NULL)
        *message = (struct tt_http1_message){.texts_room = (uint32_t)room};
    return message;
}

bool tt_http1_describe(struct tt_http1_side *side, const struct tt_http1_head *head,
                       const struct tt_http_request *request, struct tt_origin origin)
{
    const struct tt_stream *stream = side->stream;
    const struct tt_http_about about = {.head = head,
                                        .request = request,
                                        .scheme =
                                            tt_span_str(stream->sink->secured ? "https" : "http"),
                                        .server = &stream->flow->ends[1 - stream->direction],
                                        .listed = !stream->sink->no_listing};
    struct tt_http1_message *message = make_message(tt_http_texts_room(&about));
    if (message == NULL)
        return false;
    side->message = message;
    message->origin = origin;
    message->response = head->response;
    message->status = (int16_t)head->status;
    if (request != NULL && tt_http1_is_answer(head))
        message->request_frame = request->frame;
    tt_http_via_tell(stream, head, &origin);
    message->texts_len = (uint32_t)tt_http_texts_write(&about, message->at, message->texts);
    return true;
}

struct tt_msg tt_http1_message_tell(const struct tt_http1_side *side)
{
    const struct tt_http1_message *message = side->message;
    return (struct tt_msg){.flow = side->stream->flow,
                           .direction = side->stream->direction,
                           .protocol = "http",
                           .kind = message->response ? "response" : "request",
                           .method = tt_http1_text(message, TT_HTTP_METHOD),
                           .host = tt_http1_text(message, TT_HTTP_HOST),
                           .url = tt_http1_text(message, TT_HTTP_URL),
                           .content_type = tt_http1_text(message, TT_HTTP_CONTENT_TYPE),
                           .status = message->status,
                           .request_frame = message->request_frame,
                           .body_bytes = message->body_bytes,
                           .origin = message->origin};
}

/* ---- messages that wait for more ---- */

static size_t cost_of(const struct tt_http1_message *message)
{
    return sizeof(*message) + message->texts_room;
}

/* Of the texts only the host. */
static void keep_host(struct tt_http1_message *message)
{
    const char *host = tt_http1_text(message, TT_HTTP_HOST);
    size_t len = host == NULL ? 0 : strlen(host) + 1;
    memset(message->at, 0, sizeof(message->at));
    if (len > 0) {
        memmove(message->texts, host, len);
        message->at[TT_HTTP_HOST] = 1;
    }
    message->texts_len = (uint32_t)len;
}

void tt_http1_message_rest(struct tt_http1_side *side)
{
    struct tt_http1_message *message = side->message;
    struct tt_proto_pool *pool = side->stream->sink->pool;
    if (message->counted || pool == NULL)
        return;
    /* What only a listing or the start of the body needs. */
    if (side->stream->sink->no_listing && message->body_open)
        keep_host(message);
    if (pool->used + sizeof(*message) + message->texts_len > pool->max) {
        keep_host(message);
        tt_stream_note(side->stream, "http.headers_limit", side->stream->end, 0,
                       "too many unfinished HTTP messages at once: of one only the host was kept");
    }
    struct tt_http1_message *small = realloc(message, sizeof(*message) + message->texts_len);
    if (small != NULL) {
        message = small;
        message->texts_room = message->texts_len;
    }
    message->counted = true;
    pool->used += cost_of(message);
    side->message = message;
}

void tt_http1_message_free(struct tt_http1_side *side, struct tt_proto_pool *pool)
{
    struct tt_http1_message *message = side->message;
    if (message != NULL && message->counted)
        pool->used -= cost_of(message);
    free(message);
    side->message = NULL;
}
