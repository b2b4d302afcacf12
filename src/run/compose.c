/* From waiting hits to proofs: the way from the stream to the value, step by step.
 *
 * A proof step says "apply the decoding, then take `length` bytes at `offset`". So the last step
 * before an inner body, or before the value, is narrowed to the range that goes on. Codings whose
 * whole content is the value leave the path and become transforms (design: "A layer whose whole
 * content is the value is a transform"). */
#include "run/search.h"

#include "run/search_node.h"

enum { STEPS_MAX = TT_DEPTH_MAX * (PLACE_STEPS_MAX + 2), CODINGS_MAX = TT_DEPTH_MAX };

/* A proof being written, from the innermost step outwards. */
struct proof {
    struct tt_proof_step steps[STEPS_MAX];
    size_t count;
    const char *codings[CODINGS_MAX];
    size_t coding_count;
};

static void put_step(struct proof *proof, const char *step, uint64_t offset, uint64_t length)
{
    if (proof->count < STEPS_MAX)
        proof->steps[proof->count++] =
            (struct tt_proof_step){.step = step, .offset = offset, .length = length};
}

/* The steps of a place, innermost first; the innermost is narrowed to [at, at + len). A place
 * counts in the node's bytes, a step in those of the step before it. */
static void put_place(struct proof *proof, const struct place *place, uint64_t at, uint64_t len)
{
    const char *texts[PLACE_STEPS_MAX] = {NULL};
    const char *text = (const char *)place->texts.data;
    for (size_t i = 0; i < place->count; i++) {
        texts[i] = text;
        text += strlen(text) + 1;
    }
    for (size_t i = place->count; i > 0; i--) {
        uint64_t from = i > 1 ? place->at[i - 2] : 0;
        put_step(proof, texts[i - 1], at - from, len);
        if (i == 1)
            break;
        /* The end of a value that was still coming in is not known: it reaches as far as it must.
         */
        uint64_t reach = at + len - from;
        len = place->len[i - 2] > reach ? place->len[i - 2] : reach;
        at = from;
    }
}

/* How a version of a protocol carries what all its versions say: to be walked in a proof, but a
 * finding is the same without it. */
static bool is_carriage(const char *framing)
{
    static const char *const carriages[] = {
        "hpack", "http2", "qpack", "http3", "websocket", "permessage-deflate", "dot-stuffing"};
    bool found = false;
    for (size_t i = 0; i < sizeof(carriages) / sizeof(carriages[0]); i++)
        found = found || strcmp(framing, carriages[i]) == 0;
    return found;
}

static void put_carriage(struct proof *proof, const char *step, uint64_t offset, uint64_t length)
{
    put_step(proof, step, offset, length);
    proof->steps[proof->count - 1].framing = true;
}

/* A header block that is compressed: its range in the stream, then its text. */
static void put_packed_head(struct proof *proof, const struct node *node, const char *framing)
{
    put_carriage(proof, framing, 0, node->body.out_len);
    put_carriage(proof, node->body.step, node->body.at, node->body.len);
}

/* The step of the node itself: all of it when something inside it is told by its offset (a place, a
 * slice), else only the range that goes on. */
static void put_node(struct proof *proof, const struct node *node, bool whole, uint64_t at,
                     uint64_t len)
{
    const struct tt_body *body = &node->body;
    const char *framing = node->parent == NULL ? node->search->context.framing : NULL;
    if (framing != NULL) {
        uint64_t from = node->search->root_at;
        put_step(proof, framing, from + (whole ? 0 : at), whole ? body->out_len : len);
        proof->steps[proof->count - 1].framing =
            node->search->context.container != NULL || is_carriage(framing);
        put_step(proof, body->step, body->at, body->len);
        return;
    }
    if (body->step == NULL || body->step[0] == '\0')
        return;
    if (body->kind == TT_STEP_CODING)
        put_step(proof, body->step, whole ? 0 : at, whole ? body->out_len : len);
    else
        put_step(proof, body->step, whole ? body->at : body->at + at, whole ? body->out_len : len);
}

/* A header block is a frame for its fields, not a step of its own: the fields say where they stand.
 */
static bool is_transparent(const struct node *node, const struct place *place)
{
    return node->body.format == TT_FORMAT_HTTP_HEAD && place->count > 0;
}

/* A value of a format that is a body of its own, as it stands: its place is its step, and is
 * narrowed where nothing inside tells the range. */
static bool is_named_by_place(const struct node *node)
{
    return node->parent != NULL && node->body.kind == TT_STEP_SLICE && node->place.count > 0 &&
           (node->body.step == NULL || node->body.step[0] == '\0');
}

static bool is_all_of(const struct node *node, uint64_t at, uint64_t len)
{
    return node->parent != NULL && node->body.kind == TT_STEP_CODING && node->closed && at == 0 &&
           len == node->body.out_len;
}

static void write_proof(struct proof *proof, const struct waiting *waiting)
{
    proof->count = 0;
    proof->coding_count = 0;
    const struct node *node = waiting->node;
    const struct place *place = &waiting->place;
    uint64_t at = waiting->at;
    uint64_t len = waiting->len;
    while (place->count == 0 && is_all_of(node, at, len) && proof->coding_count < CODINGS_MAX) {
        proof->codings[proof->coding_count++] = node->body.step;
        place = &node->place;
        at = node->body.at;
        len = node->body.len;
        node = node->parent;
    }
    bool slice = false;
    for (; node != NULL; node = node->parent) {
        put_place(proof, place, at, len);
        const char *framing = node->parent == NULL ? waiting->node->search->context.framing : NULL;
        if (!is_transparent(node, place))
            put_node(proof, node, place->count > 0 || slice, at, len);
        else if (framing != NULL)
            put_packed_head(proof, node, framing);
        else if (proof->count > 0)
            proof->steps[proof->count - 1].offset += node->body.at;
        bool narrow = is_named_by_place(node) && place->count == 0 && !slice;
        slice = node->body.kind == TT_STEP_SLICE;
        place = &node->place;
        at = node->body.at + (narrow ? at : 0);
        len = narrow ? len : node->body.len;
    }
    const struct tt_search_context *context = &waiting->node->search->context;
    if (context->container != NULL)
        put_step(proof, context->container, 0, context->container_len);
    for (size_t i = 0; i < proof->count / 2; i++) {
        struct tt_proof_step step = proof->steps[i];
        proof->steps[i] = proof->steps[proof->count - 1 - i];
        proof->steps[proof->count - 1 - i] = step;
    }
}

static void tell_hit(const struct sweep *search, const struct waiting *waiting, struct proof *proof)
{
    write_proof(proof, waiting);
    const struct tt_search_context *context = &search->context;
    struct tt_hit hit = {.flow = search->root->body.flow,
                         .direction = search->root->body.direction,
                         .form = waiting->form,
                         .codings = proof->codings,
                         .coding_count = proof->coding_count,
                         .proof = proof->steps,
                         .proof_count = proof->count,
                         .protocol = context->protocol,
                         .host = context->host,
                         .host_source = context->host_source,
                         .encryption = context->encryption,
                         .cipher = context->cipher,
                         .opened_with = context->opened_with,
                         .origin = waiting->origin,
                         .frames = (const uint64_t *)(const void *)waiting->frames.data,
                         .frame_count = waiting->frames.len / sizeof(uint64_t),
                         .relayed = context->relayed,
                         .in_place = waiting->in_place};
    search->searcher->sink->hit(search->searcher->sink->context, &hit);
}

/* The list is newest first; hits are told oldest first. */
static void reverse(struct sweep *search)
{
    struct waiting *reversed = NULL;
    while (search->waiting != NULL) {
        struct waiting *waiting = search->waiting;
        search->waiting = waiting->next;
        waiting->next = reversed;
        reversed = waiting;
    }
    search->waiting = reversed;
}

void tt_search_forget(struct sweep *search)
{
    struct tt_searcher *searcher = search->searcher;
    while (search->waiting != NULL) {
        struct waiting *waiting = search->waiting;
        search->waiting = waiting->next;
        for (struct node *node = waiting->node; node != NULL; node = node->parent) {
            node->hits--;
            node->unknown -= waiting->form == NULL;
        }
        waiting->next = searcher->free_waiting;
        searcher->free_waiting = waiting;
    }
    search->waiting_count = 0;
    while (search->nodes != NULL) {
        struct node *node = search->nodes;
        search->nodes = node->next;
        searcher->open_nodes--;
        node->next = searcher->free_nodes;
        searcher->free_nodes = node;
    }
}

void tt_search_tell(struct sweep *search)
{
    search->told++;
    tt_recipes_try(search);
    if (search->waiting == NULL && search->nodes == NULL)
        return;
    reverse(search);
    tt_overlap_settle(search);
    struct proof proof;
    for (const struct waiting *w = search->waiting; w != NULL; w = w->next)
        if (!w->dropped)
            tell_hit(search, w, &proof);
    tt_search_forget(search);
}
