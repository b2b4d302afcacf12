#include "run/exchanges.h"

#include "model/frame.h"
#include "model/limits.h"
#include "verify/decode.h"

#include <stdlib.h>

enum { TABLE = 4096 };

struct exchange;

/* The bytes of a head or a body. */
struct store {
    struct exchange *exchange;
    struct tt_buf bytes;
    char *codings; /* declared, or NULL */
    bool cut;      /* some are not kept, or were not there */
    unsigned open; /* handles of the flows */
};

struct half {
    struct store head;
    struct store trailer;
    struct store body;
    char *content_type;
    uint64_t body_bytes;
    bool begun;
    bool over;
};

/* A message of a WebSocket. */
struct message {
    struct message *next;
    struct store data;
    uint64_t time;
    uint64_t bytes;
    uint8_t opcode;
    bool sent;
    bool over;
};

/* A request and its response, in the list of their flow. */
struct exchange {
    struct exchange *next;
    struct tt_exchanges *all;
    uint64_t flow;
    uint64_t frame; /* in which the request began */
    uint64_t started;
    uint64_t answered;
    uint64_t ended;
    struct tt_addr server;
    char *method;
    char *url;
    int status;
    const char *encryption;
    struct half halves[2];           /* the request, the response */
    struct message *messages;        /* of the WebSocket that they opened */
    struct message **last;           /* where the next one hangs */
    struct message *under_way[2][2]; /* by direction; of the control frames between the others */
    size_t message_bytes;
};

/* Of a flow; in the chain of its place in the table. */
struct list {
    struct list *next;
    uint64_t flow;
    struct exchange *first;
};

struct tt_exchanges {
    struct tt_har_out out;
    struct list *table[TABLE]; /* by flow id */
    const char *const *captures;
    size_t waiting;
    size_t bytes;
    struct tt_exchanges_lack lack;
    enum tt_err err;
};

static void fail(struct tt_exchanges *all, enum tt_err err)
{
    if (all->err == TT_OK)
        all->err = err;
}

static char *copy(struct tt_exchanges *all, const char *text)
{
    if (text == NULL)
        return NULL;
    char *made = strdup(text);
    if (made == NULL)
        fail(all, TT_ERR_MEMORY);
    return made;
}

/* ---- the list of a flow ---- */

/* Where the list of the flow hangs, or would hang. */
static struct list **place_of(struct tt_exchanges *all, uint64_t flow)
{
    struct list **link = &all->table[flow % TABLE];
    while (*link != NULL && (*link)->flow != flow)
        link = &(*link)->next;
    return link;
}

static struct list *list_of(const struct tt_exchanges *all, uint64_t flow)
{
    struct list *list = all->table[flow % TABLE];
    while (list != NULL && list->flow != flow)
        list = list->next;
    return list;
}

static struct list *make_list(struct tt_exchanges *all, uint64_t flow)
{
    struct list **link = place_of(all, flow);
    if (*link == NULL)
        *link = calloc(1, sizeof(**link));
    if (*link != NULL)
        (*link)->flow = flow;
    return *link;
}

static void free_store(struct store *store)
{
    store->exchange->all->bytes -= store->bytes.len;
    tt_buf_free(&store->bytes);
    free(store->codings);
}

static void free_exchange(struct exchange *exchange)
{
    exchange->all->waiting--;
    for (size_t i = 0; i < 2; i++) {
        free_store(&exchange->halves[i].head);
        free_store(&exchange->halves[i].trailer);
        free_store(&exchange->halves[i].body);
        free(exchange->halves[i].content_type);
    }
    while (exchange->messages != NULL) {
        struct message *message = exchange->messages;
        exchange->messages = message->next;
        free_store(&message->data);
        exchange->all->bytes -= sizeof(*message);
        free(message);
    }
    free(exchange->method);
    free(exchange->url);
    free(exchange);
}

static struct exchange *make_exchange(struct tt_exchanges *all, const struct tt_msg *msg,
                                      const struct tt_seal *seal)
{
    if (all->waiting >= TT_HAR_WAITING_MAX) {
        all->lack.exchanges++;
        return NULL;
    }
    struct list *list = make_list(all, msg->flow->id);
    struct exchange *made = list == NULL ? NULL : calloc(1, sizeof(*made));
    if (made == NULL) {
        fail(all, TT_ERR_MEMORY);
        return NULL;
    }
    made->all = all;
    made->last = &made->messages;
    made->flow = msg->flow->id;
    made->frame = msg->origin.first_frame;
    made->started = msg->origin.time;
    made->server = msg->flow->ends[1 - (size_t)msg->direction].addr;
    made->encryption = seal->encryption;
    made->method = copy(all, msg->method);
    made->url = copy(all, msg->url);
    for (size_t i = 0; i < 2; i++) {
        made->halves[i].head =
            (struct store){.exchange = made, .bytes = tt_buf_make((size_t)4 * TT_HTTP_HEADER_MAX)};
        made->halves[i].trailer = made->halves[i].head;
        made->halves[i].body =
            (struct store){.exchange = made, .bytes = tt_buf_make(TT_HAR_BODY_MAX)};
    }
    struct exchange **last = &list->first;
    while (*last != NULL)
        last = &(*last)->next;
    *last = made;
    all->waiting++;
    return made;
}

/* ---- which exchange a message belongs to ---- */

static bool is_http(const struct tt_msg *msg, bool *ret_response)
{
    *ret_response = strcmp(msg->kind, "response") == 0;
    return strcmp(msg->protocol, "http") == 0 &&
           (*ret_response || strcmp(msg->kind, "request") == 0);
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Interim answers say nothing that a HAR file has room for; 101 is the last one of its stream,
 * unless the answer comes over HTTP/2: then it is not said to be that of a request. */
static bool is_interim(const struct tt_msg *msg, bool response)
{
    return response && msg->status / 100 == 1 && (msg->status != 101 || msg->request_frame == 0);
}

static bool fits(const struct exchange *exchange, const struct tt_msg *msg, bool response)
{
    const struct half *half = &exchange->halves[response ? 1 : 0];
    if (half->over || !same(exchange->url, msg->url) || !same(exchange->method, msg->method))
        return false;
    if (!response)
        return exchange->frame == msg->origin.first_frame;
    return exchange->halves[0].begun &&
           (msg->request_frame == 0 || msg->request_frame == exchange->frame);
}

static struct half *find(struct tt_exchanges *all, const struct tt_msg *msg,
                         const struct tt_seal *seal, bool begins)
{
    bool response = false;
    if (!is_http(msg, &response) || is_interim(msg, response))
        return NULL;
    struct list *list = list_of(all, msg->flow->id);
    struct exchange *exchange = list == NULL ? NULL : list->first;
    /* What begins now is the first that did not; what goes on is the first that did. */
    while (exchange != NULL &&
           (!fits(exchange, msg, response) || exchange->halves[response ? 1 : 0].begun == begins))
        exchange = exchange->next;
    if (exchange == NULL && begins && !response)
        exchange = make_exchange(all, msg, seal);
    if (exchange == NULL)
        return NULL;
    struct half *half = &exchange->halves[response ? 1 : 0];
    if (!half->begun && response)
        exchange->answered = msg->origin.time;
    half->begun = true;
    return half;
}

/* ---- WebSockets ---- */

/* What may carry one: over HTTP/1 behind 101, over HTTP/2 and HTTP/3 inside CONNECT (RFC 8441). */
static bool may_switch(const struct exchange *exchange)
{
    return exchange->status == 101 ||
           (exchange->method != NULL && strcmp(exchange->method, "CONNECT") == 0);
}

static struct exchange *find_socket(const struct tt_exchanges *all, const struct tt_msg *msg)
{
    struct list *list = list_of(all, msg->flow->id);
    struct exchange *exchange = list == NULL ? NULL : list->first;
    while (exchange != NULL && (!may_switch(exchange) || !same(exchange->url, msg->url)))
        exchange = exchange->next;
    return exchange;
}

/* RFC 6455, section 5.2. What began before it could be read is binary data. */
static uint8_t opcode_of(const char *kind)
{
    static const struct {
        const char *kind;
        uint8_t opcode;
    } table[] = {{"text", 1}, {"close", 8}, {"ping", 9}, {"pong", 10}};
    for (size_t i = 0; i < TT_ARRAY_LEN(table); i++)
        if (strcmp(kind, table[i].kind) == 0)
            return table[i].opcode;
    return 2;
}

/* One of each sort is under way at most in a direction (section 5.4). */
static struct message **place_of_message(struct exchange *exchange, const struct tt_msg *msg)
{
    bool control = opcode_of(msg->kind) >= 8;
    return &exchange->under_way[msg->direction == TT_FROM_INITIATOR][control];
}

/* The message that goes on, or a new one; NULL where it has no room. */
static struct message *message_of(struct exchange *exchange, const struct tt_msg *msg)
{
    struct tt_exchanges *all = exchange->all;
    struct message **place = place_of_message(exchange, msg);
    if (*place != NULL)
        return *place;
    struct message *message = NULL;
    if (all->bytes + sizeof(*message) <= TT_HAR_BODIES_ALL_MAX &&
        exchange->message_bytes + sizeof(*message) <= TT_HAR_BODY_MAX)
        message = calloc(1, sizeof(*message));
    if (message == NULL) {
        all->lack.bodies++;
        return NULL;
    }
    *message =
        (struct message){.data = {.exchange = exchange, .bytes = tt_buf_make(TT_HAR_BODY_MAX)},
                         .time = msg->origin.time,
                         .opcode = opcode_of(msg->kind),
                         .sent = msg->direction == TT_FROM_INITIATOR};
    all->bytes += sizeof(*message);
    exchange->message_bytes += sizeof(*message);
    *exchange->last = message;
    exchange->last = &message->next;
    *place = message;
    return message;
}

static bool is_socket(const struct tt_msg *msg)
{
    return strcmp(msg->protocol, "websocket") == 0;
}

static void *open_message(struct tt_exchanges *all, const struct tt_msg *msg)
{
    struct exchange *exchange = find_socket(all, msg);
    struct message *message = exchange == NULL ? NULL : message_of(exchange, msg);
    if (message == NULL || !all->out.reveal)
        return NULL;
    message->data.open++;
    return &message->data;
}

static void end_message(struct tt_exchanges *all, const struct tt_msg *msg)
{
    struct exchange *exchange = find_socket(all, msg);
    struct message *message = exchange == NULL ? NULL : message_of(exchange, msg);
    if (message == NULL)
        return;
    *place_of_message(exchange, msg) = NULL;
    message->over = true;
    message->bytes = msg->body_bytes;
    message->data.cut = message->data.cut || !msg->complete ||
                        (msg->body_bytes > 0 && message->data.bytes.len == 0);
    exchange->message_bytes += message->data.bytes.len;
    if (exchange->ended < msg->origin.time)
        exchange->ended = msg->origin.time;
}

/* ---- bodies ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t tail = strlen(end);
    return len >= tail && strcmp(text + len - tail, end) == 0;
}

void *tt_exchanges_body_open(struct tt_exchanges *all, const struct tt_body *body,
                             const struct tt_msg *msg, const struct tt_seal *seal)
{
    if (is_socket(msg))
        return open_message(all, msg);
    bool head = ends_with(body->step, ".head") || ends_with(body->step, ".header");
    bool trailer = ends_with(body->step, ".trailer");
    if (!head && !trailer && !ends_with(body->step, ".body"))
        return NULL;
    struct half *half = find(all, msg, seal, head);
    if (half == NULL)
        return NULL;
    bool fields = head || trailer;
    struct store *store = head ? &half->head : trailer ? &half->trailer : &half->body;
    if (!fields && store->codings == NULL)
        store->codings = copy(all, body->codings);
    store->cut = store->cut || body->format == TT_FORMAT_REST;
    if (!fields && !all->out.reveal)
        return NULL;
    store->open++;
    return store;
}

void tt_exchanges_body_data(struct tt_exchanges *all, void *handle, const struct tt_piece *piece)
{
    struct store *store = handle;
    store->exchange->ended = piece->origin.time;
    if (store->cut)
        return;
    enum tt_err err = all->bytes + piece->bytes.len > TT_HAR_BODIES_ALL_MAX
                          ? TT_ERR_LIMIT
                          : tt_buf_append(&store->bytes, piece->bytes);
    if (err == TT_OK)
        all->bytes += piece->bytes.len;
    else if (err != TT_ERR_LIMIT)
        fail(all, err);
    if (err == TT_ERR_LIMIT) {
        store->cut = true;
        all->lack.bodies++;
    }
}

void tt_exchanges_body_close(struct tt_exchanges *all, void *handle, enum tt_body_end end)
{
    struct store *store = handle;
    (void)all;
    store->open--;
    store->cut = store->cut || end != TT_BODY_COMPLETE;
}

/* ---- writing ---- */

/* The last coding of a list that is not read yet, in lower case; false at the front. */
static bool last_coding(struct tt_span *rest, char *name, size_t size)
{
    *rest = tt_span_trim(*rest);
    size_t at = rest->len;
    while (at > 0 && rest->data[at - 1] != ',')
        at--;
    struct tt_span word = tt_span_trim(tt_span_from(*rest, at));
    rest->len = at > 0 ? at - 1 : 0;
    if (word.len == 0 || word.len >= size)
        return false;
    for (size_t i = 0; i < word.len; i++)
        name[i] = (char)tt_lower(word.data[i]);
    name[word.len] = '\0';
    return true;
}

/* The decoding for a content coding; NULL: none. "deflate" is zlib's format, and often is not (RFC
 * 9110, section 8.4.1.2). */
static const char *decoding_of(const char *coding, struct tt_span bytes)
{
    static const char *const table[][2] = {
        {"gzip", "gzip"}, {"x-gzip", "gzip"}, {"br", "br"}, {"zstd", "zstd"}};
    bool zlib = bytes.len > 1 && (bytes.data[0] & 15) == 8 &&
                ((unsigned)bytes.data[0] << 8 | bytes.data[1]) % 31 == 0;
    if (strcmp(coding, "deflate") == 0)
        return zlib ? "zlib" : "deflate";
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(coding, table[i][0]) == 0)
            return table[i][1];
    return NULL;
}

/* Browsers show bodies without their content codings. What cannot be undone stays. */
static void undo_codings(struct store *store)
{
    struct tt_span rest = tt_span_str(store->codings == NULL ? "" : store->codings);
    char name[32];
    while (store->bytes.len > 0 && last_coding(&rest, name, sizeof(name))) {
        if (strcmp(name, "identity") == 0)
            continue;
        enum tt_err err = TT_OK;
        struct tt_buf made = tt_buf_make(TT_HAR_BODY_MAX);
        const char *decoding = decoding_of(name, tt_buf_span(&store->bytes));
        if (decoding == NULL ||
            !tt_verify_decode(decoding, tt_buf_span(&store->bytes), &made, &err) || err != TT_OK ||
            made.len == 0) {
            tt_buf_free(&made);
            return;
        }
        struct tt_exchanges *all = store->exchange->all;
        all->bytes = all->bytes - store->bytes.len + made.len;
        tt_buf_free(&store->bytes);
        store->bytes = made;
    }
}

static struct tt_har_half half_of(struct half *half)
{
    undo_codings(&half->body);
    return (struct tt_har_half){.head = tt_buf_span(&half->head.bytes),
                                .trailer = tt_buf_span(&half->trailer.bytes),
                                .body = tt_buf_span(&half->body.bytes),
                                .body_bytes = half->body_bytes,
                                .content_type = half->content_type,
                                .body_held = !half->body.cut && half->over};
}

/* An array of the messages. NULL without any, and without memory. */
static struct tt_har_message *list_messages(const struct exchange *exchange, size_t *ret_count)
{
    size_t count = 0;
    for (const struct message *at = exchange->messages; at != NULL; at = at->next)
        count++;
    struct tt_har_message *messages = count == 0 ? NULL : calloc(count, sizeof(*messages));
    if (count > 0 && messages == NULL)
        fail(exchange->all, TT_ERR_MEMORY);
    size_t made = 0;
    for (const struct message *at = exchange->messages; messages != NULL && at != NULL;
         at = at->next)
        messages[made++] = (struct tt_har_message){.sent = at->sent,
                                                   .opcode = at->opcode,
                                                   .time = at->time,
                                                   .bytes = at->bytes,
                                                   .data = tt_buf_span(&at->data.bytes),
                                                   .held = at->over && !at->data.cut};
    *ret_count = made;
    return messages;
}

static void write_exchange(struct exchange *exchange)
{
    struct tt_exchanges *all = exchange->all;
    size_t message_count = 0;
    struct tt_har_message *messages = list_messages(exchange, &message_count);
    const char *capture =
        all->captures == NULL ? NULL : all->captures[tt_frame_capture(exchange->frame)];
    const struct tt_har_exchange told = {.flow = exchange->flow,
                                         .frame = tt_frame_number(exchange->frame),
                                         .capture = capture == NULL ? "" : capture,
                                         .started = exchange->started,
                                         .answered = exchange->answered,
                                         .ended = exchange->ended,
                                         .method =
                                             exchange->method == NULL ? "GET" : exchange->method,
                                         .url = exchange->url,
                                         .status = exchange->status,
                                         .encryption = exchange->encryption,
                                         .server = exchange->server,
                                         .request = half_of(&exchange->halves[0]),
                                         .response = half_of(&exchange->halves[1]),
                                         .messages = messages,
                                         .message_count = message_count};
    tt_har_out_put(&all->out, &told);
    free(messages);
    if (all->out.err != TT_OK)
        fail(all, all->out.err);
}

static bool is_free(const struct exchange *exchange)
{
    unsigned open = 0;
    for (size_t i = 0; i < 2; i++)
        open += exchange->halves[i].head.open + exchange->halves[i].trailer.open +
                exchange->halves[i].body.open;
    for (const struct message *at = exchange->messages; at != NULL; at = at->next)
        open += at->data.open;
    return open == 0;
}

/* Writes those of the flow that are over, or all. */
static void settle(struct tt_exchanges *all, struct list *list, bool every)
{
    struct exchange **link = &list->first;
    while (*link != NULL) {
        struct exchange *exchange = *link;
        bool over = exchange->halves[0].over && exchange->halves[1].over && !may_switch(exchange);
        if (!every && (!over || !is_free(exchange))) {
            link = &exchange->next;
            continue;
        }
        *link = exchange->next;
        if (all->err == TT_OK)
            write_exchange(exchange);
        free_exchange(exchange);
    }
}

void tt_exchanges_message(struct tt_exchanges *all, const struct tt_msg *msg,
                          const struct tt_seal *seal)
{
    bool response = false;
    if (is_socket(msg)) {
        end_message(all, msg);
        return;
    }
    struct half *half = find(all, msg, seal, false);
    if (half == NULL || !is_http(msg, &response))
        return;
    struct exchange *exchange = half->head.exchange;
    half->over = true;
    half->body_bytes = msg->body_bytes;
    half->content_type = copy(all, msg->content_type);
    half->body.cut = half->body.cut || !msg->complete;
    if (response)
        exchange->status = msg->status;
    if (exchange->ended < msg->origin.time)
        exchange->ended = msg->origin.time;
    struct list *list = list_of(all, msg->flow->id);
    if (list != NULL)
        settle(all, list, false);
}

void tt_exchanges_flow(struct tt_exchanges *all, const struct tt_flow *flow)
{
    struct list **link = place_of(all, flow->id);
    struct list *list = *link;
    if (list == NULL)
        return;
    settle(all, list, true);
    *link = list->next;
    free(list);
}

/* ---- the whole ---- */

static void settle_all(struct tt_exchanges *all)
{
    for (size_t i = 0; i < TABLE; i++) {
        while (all->table[i] != NULL) {
            struct list *list = all->table[i];
            settle(all, list, true);
            all->table[i] = list->next;
            free(list);
        }
    }
}

struct tt_exchanges *tt_exchanges_new(bool reveal, const struct tt_report_sink *sink)
{
    struct tt_exchanges *all = calloc(1, sizeof(*all));
    if (all == NULL)
        return NULL;
    tt_har_out_open(&all->out, reveal, sink);
    return all;
}

void tt_exchanges_captures(struct tt_exchanges *all, const char *const *captures)
{
    all->captures = captures;
}

enum tt_err tt_exchanges_end(struct tt_exchanges *all, struct tt_exchanges_lack *ret_lack)
{
    settle_all(all);
    *ret_lack = all->lack;
    fail(all, tt_har_out_close(&all->out));
    return all->err;
}

void tt_exchanges_free(struct tt_exchanges *all)
{
    if (all == NULL)
        return;
    all->err = TT_ERR_MEMORY; /* whatever is left is not to be written */
    settle_all(all);
    free(all);
}
