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

/* The steps of a place, innermost first; the innermost is narrowed to [at, at + len). */
static void put_place(struct proof *proof, const struct place *place, uint64_t at, uint64_t len)
{
    const char *texts[PLACE_STEPS_MAX] = {NULL};
    const char *text = (const char *)place->texts.data;
    for (size_t i = 0; i < place->count; i++) {
        texts[i] = text;
        text += strlen(text) + 1;
    }
    for (size_t i = place->count; i > 0; i--) {
        if (i == place->count)
            put_step(proof, texts[i - 1], at, len);
        else
            put_step(proof, texts[i - 1], place->at[i - 1], place->len[i - 1]);
    }
}

/* The step of the node itself. With a place behind it the node goes on as a whole, else only the
 * range. */
static void put_node(struct proof *proof, const struct node *node, bool whole, uint64_t at,
                     uint64_t len)
{
    const struct tt_body *body = &node->body;
    const char *framing = node->parent == NULL ? node->search->context.framing : NULL;
    if (framing != NULL) {
        put_step(proof, framing, whole ? 0 : at, whole ? body->out_len : len);
        put_step(proof, body->step, body->at, body->len);
        return;
    }
    if (body->step == NULL || body->step[0] == '\0')
        return;
    if (body->kind == TT_STEP_CODING)
        put_step(proof, body->step, whole ? 0 : at, whole ? body->out_len : len);
    else
        put_step(proof, body->step, whole ? body->at : body->at + at, whole ? body->len : len);
}

/* A header block is a frame for its fields, not a step of its own: the fields say where they stand.
 */
static bool is_transparent(const struct node *node, const struct place *place)
{
    return node->body.format == TT_FORMAT_HTTP_HEAD && place->count > 0;
}

/* Places inside a transparent outermost node count in the stream, as every outermost step does. */
static void shift_place(struct proof *proof, size_t from, uint64_t by)
{
    for (size_t i = from; i < proof->count; i++)
        proof->steps[i].offset += by;
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
    for (; node != NULL; node = node->parent) {
        size_t from = proof->count;
        put_place(proof, place, at, len);
        if (is_transparent(node, place))
            shift_place(proof, from, node->body.at);
        else
            put_node(proof, node, place->count > 0, at, len);
        place = &node->place;
        at = node->body.at;
        len = node->body.len;
    }
    for (size_t i = 0; i < proof->count / 2; i++) {
        struct tt_proof_step step = proof->steps[i];
        proof->steps[i] = proof->steps[proof->count - 1 - i];
        proof->steps[proof->count - 1 - i] = step;
    }
}

/* The child of `node` on the way down to `below`; NULL when it is not below it. */
static const struct node *child_towards(const struct node *node, const struct node *below)
{
    while (below != NULL && below->parent != node)
        below = below->parent;
    return below;
}

/* A hit in escaped or encoded bytes gives way to what they decode to. */
static bool is_encoded(const struct waiting *hit)
{
    return hit->place.claimed || hit->form->transform[0] != NULL;
}

/* Two hits of one identifier say the same when `inner` lies in what a stretch decodes to, and
 * `outer` in that stretch itself. Of the two the simpler reading stays: the decoded one when the
 * outer bytes are escaped or encoded, else the outer one where it covers the whole stretch (an
 * Android ID is hexadecimal as it stands). */
static bool gives_way(const struct waiting *hit, const struct waiting *other)
{
    const struct node *child = child_towards(hit->node, other->node);
    if (child != NULL)
        return is_encoded(hit) && child->body.at < hit->at + hit->len &&
               hit->at < child->body.at + child->body.len;
    child = child_towards(other->node, hit->node);
    return child != NULL && !is_encoded(other) && other->at <= child->body.at &&
           other->at + other->len >= child->body.at + child->body.len;
}

static bool is_said_better(const struct tt_search *search, const struct waiting *hit)
{
    for (const struct waiting *other = search->waiting; other != NULL; other = other->next)
        if (other->node != hit->node && other->form->identifier == hit->form->identifier &&
            gives_way(hit, other))
            return true;
    return false;
}

static void tell_hit(const struct tt_search *search, const struct waiting *waiting,
                     struct proof *proof)
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
                         .in_place = waiting->in_place};
    search->searcher->sink->hit(search->searcher->sink->context, &hit);
}

/* The list is newest first; hits are told oldest first. */
static void reverse(struct tt_search *search)
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

static void forget(struct tt_search *search)
{
    struct tt_searcher *searcher = search->searcher;
    while (search->waiting != NULL) {
        struct waiting *waiting = search->waiting;
        search->waiting = waiting->next;
        for (struct node *node = waiting->node; node != NULL; node = node->parent)
            node->hits--;
        waiting->next = searcher->free_waiting;
        searcher->free_waiting = waiting;
    }
    search->waiting_count = 0;
    while (search->nodes != NULL) {
        struct node *node = search->nodes;
        search->nodes = node->next;
        node->next = searcher->free_nodes;
        searcher->free_nodes = node;
    }
}

void tt_search_tell(struct tt_search *search)
{
    search->told++;
    if (search->waiting == NULL)
        return;
    reverse(search);
    for (struct waiting *w = search->waiting; w != NULL; w = w->next)
        w->dropped = is_said_better(search, w);
    struct proof proof;
    for (const struct waiting *w = search->waiting; w != NULL; w = w->next)
        if (!w->dropped)
            tell_hit(search, w, &proof);
    forget(search);
}
