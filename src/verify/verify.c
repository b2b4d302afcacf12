#include "verify/verify.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"
#include "verify/frame.h"
#include "verify/har.h"
#include "verify/sealed.h"
#include "verify/stream.h"
#include "verify/walk.h"

/* A place in one of the frames of a finding in which its proof may begin. */
struct candidate {
    struct candidate *next;
    struct tt_verify_place place; /* its bytes are copied */
};

struct claim {
    struct tt_finding finding;
    uint64_t anchor; /* tt_frame_id of the first frame of the first hit; 0: none */
    struct candidate *candidates;
    size_t candidate_count;
};

struct tt_verifier {
    const struct tt_subject *subject;
    struct tt_arena arena;
    struct claim *claims;
    size_t count;
    size_t room;
    size_t *by_anchor; /* positions of claims, sorted by anchor; made by the first pass */
    unsigned pass;
    struct tt_verify_frames *frames;
    struct tt_verify_streams *streams;
    struct tt_verify_streams *datagrams; /* of sealed flows */
    struct tt_verify_recipes *recipes;
    struct tt_verify_secrets *keys;
    struct tt_verify_sealed *sealed;
};

struct tt_verifier *tt_verifier_new(const struct tt_subject *subject)
{
    struct tt_verifier *v = calloc(1, sizeof(*v));
    if (v == NULL)
        return NULL;
    v->subject = subject;
    v->arena = tt_arena_make(TT_VERIFY_BYTES_MAX);
    v->streams = tt_verify_streams_new();
    v->datagrams = tt_verify_streams_new();
    v->recipes = tt_verify_recipes_new();
    v->keys = tt_verify_secrets_new();
    v->sealed = tt_verify_sealed_new(v->keys);
    if (v->streams != NULL && v->datagrams != NULL && v->recipes != NULL && v->keys != NULL &&
        v->sealed != NULL)
        return v;
    tt_verifier_free(v);
    return NULL;
}

void tt_verifier_free(struct tt_verifier *v)
{
    if (v == NULL)
        return;
    tt_verify_frames_free(v->frames);
    tt_verify_streams_free(v->streams);
    tt_verify_streams_free(v->datagrams);
    tt_verify_recipes_free(v->recipes);
    tt_verify_sealed_free(v->sealed);
    tt_verify_secrets_free(v->keys);
    tt_arena_wipe(&v->arena);
    free(v->by_anchor);
    free(v->claims);
    free(v);
}

enum tt_err tt_verifier_add_recipes(struct tt_verifier *v, struct tt_span text, const char *name,
                                    struct tt_error *error)
{
    return tt_verify_recipes_add(v->recipes, text, name, error);
}

bool tt_verifier_knows(const struct tt_verifier *v, const char *step)
{
    return strncmp(step, "recipe:", 7) != 0 || tt_verify_recipe_known(v->recipes, step);
}

enum tt_err tt_verifier_add_keys(struct tt_verifier *v, struct tt_span text)
{
    return tt_verify_secrets_add(v->keys, text);
}

enum tt_err tt_verifier_add_psk(struct tt_verifier *v, const char *hex)
{
    return tt_verify_secrets_add_psk(v->keys, hex);
}

/* ---- findings ---- */

static const char *copy_text(struct tt_verifier *v, const char *text, enum tt_err *err)
{
    const char *copy = tt_arena_strdup(&v->arena, text == NULL ? "" : text);
    if (copy == NULL)
        *err = TT_ERR_LIMIT;
    return copy;
}

static enum tt_err copy_finding(struct tt_verifier *v, const struct tt_finding *from,
                                struct tt_finding *to)
{
    enum tt_err err = TT_OK;
    *to = (struct tt_finding){.identifier = from->identifier,
                              .address = from->address,
                              .port = from->port,
                              .transform_count = from->transform_count,
                              .proof_count = from->proof_count};
    to->kind = copy_text(v, from->kind, &err);
    to->owner = copy_text(v, from->owner, &err);
    to->label = copy_text(v, from->label, &err);
    to->form = copy_text(v, from->form, &err);
    to->encryption = copy_text(v, from->encryption, &err);
    const char **transform =
        tt_arena_alloc(&v->arena, (from->transform_count + 1) * sizeof(*transform));
    struct tt_proof_step *proof =
        tt_arena_alloc(&v->arena, (from->proof_count + 1) * sizeof(*proof));
    if (transform == NULL || proof == NULL)
        return TT_ERR_LIMIT;
    for (size_t i = 0; i < from->transform_count; i++)
        transform[i] = copy_text(v, from->transform[i], &err);
    for (size_t i = 0; i < from->proof_count; i++) {
        proof[i] = from->proof[i];
        proof[i].step = copy_text(v, from->proof[i].step, &err);
    }
    to->transform = transform;
    to->proof = proof;
    return err;
}

enum tt_err tt_verifier_add(struct tt_verifier *v, uint32_t capture,
                            const struct tt_finding *finding)
{
    if (v->count == v->room) {
        size_t room = v->room == 0 ? 64 : v->room * 2;
        if (v->count >= TT_FINDINGS_MAX)
            return TT_ERR_LIMIT;
        struct claim *claims = realloc(v->claims, room * sizeof(*claims));
        if (claims == NULL)
            return TT_ERR_MEMORY;
        v->claims = claims;
        v->room = room;
    }
    struct claim *claim = &v->claims[v->count];
    *claim = (struct claim){.anchor = 0};
    if (finding->frames_listed > 0)
        claim->anchor = tt_frame_id(capture, finding->frames[0]);
    enum tt_err err = copy_finding(v, finding, &claim->finding);
    if (err == TT_OK)
        v->count++;
    return err;
}

/* ---- which places a proof may begin in ---- */

/* An entry of a HAR file tells what was sealed when it was recorded; it is none itself. */
static bool is_sealed(const struct tt_finding *finding)
{
    const char *first = finding->proof_count > 0 ? finding->proof[0].step : "";
    bool clear = finding->encryption[0] == '\0' || strcmp(finding->encryption, "none") == 0;
    return strncmp(first, "har.", 4) != 0 && (!clear || tt_verify_is_quic(finding));
}

/* What is sealed says of the place. */
static bool fits_sealed(const struct tt_finding *finding, enum tt_verify_sort sort)
{
    bool datagrams = tt_verify_is_quic(finding) || strncmp(finding->encryption, "dtls", 4) == 0;
    return sort == (datagrams ? TT_VERIFY_UDP : TT_VERIFY_TCP);
}

/* What the first step says of the place. */
static bool fits_sort(const char *step, enum tt_verify_sort sort)
{
    static const struct {
        const char *prefix;
        unsigned sorts; /* bits */
    } table[] = {
        {"tcp.", 1U << TT_VERIFY_TCP},   {"http.", 1U << TT_VERIFY_TCP},
        {"udp.", 1U << TT_VERIFY_UDP},   {"sctp.", 1U << TT_VERIFY_SCTP | 1U << TT_VERIFY_IP},
        {"ip.", 1U << TT_VERIFY_IP},     {"icmp", 1U << TT_VERIFY_IP},
        {"igmp.", 1U << TT_VERIFY_IP},   {"gre.", 1U << TT_VERIFY_IP},
        {"esp.", 1U << TT_VERIFY_IP},    {"arp.", 1U << TT_VERIFY_LINK},
        {"eap", 1U << TT_VERIFY_LINK},   {"802.11.", 1U << TT_VERIFY_LINK},
        {"link.", 1U << TT_VERIFY_LINK}, {"har.", 1U << TT_VERIFY_ENTRY},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strncmp(step, table[i].prefix, strlen(table[i].prefix)) == 0)
            return (table[i].sorts >> sort & 1U) != 0;
    return sort != TT_VERIFY_ENTRY; /* another protocol, over anything */
}

/* Of a hardware address a case tells the maker only. */
static bool same_maker(struct tt_addr a, struct tt_addr b)
{
    return a.family == b.family && memcmp(a.bytes, b.bytes, 3) == 0;
}

/* The destination is one of the two ends. */
static bool fits_ends(const struct tt_finding *finding, const struct tt_verify_place *place)
{
    struct tt_addr want = finding->address;
    if (want.family == TT_ADDR_NONE)
        return true;
    if (place->sort == TT_VERIFY_ENTRY)
        return tt_verify_har_names(place->bytes, want);
    for (size_t i = 0; i < 2; i++) {
        if (want.family == TT_ADDR_MAC) {
            if (place->mac[i].family == TT_ADDR_NONE || same_maker(place->mac[i], want))
                return true;
        } else if (tt_addr_eq(place->addr[i], want) &&
                   (place->port[i] == finding->port || finding->port == 0 || /* several */
                    place->sort == TT_VERIFY_IP)) {
            return true;
        }
    }
    return false;
}

/* Where the bytes of such a place are gathered; NULL: nowhere. */
static struct tt_verify_streams *streams_of(const struct tt_verifier *v,
                                            const struct tt_verify_place *place, bool sealed)
{
    if (place->sort == TT_VERIFY_TCP)
        return v->streams;
    return place->sort == TT_VERIFY_UDP && sealed ? v->datagrams : NULL;
}

static enum tt_err add_candidate(struct tt_verifier *v, struct claim *claim,
                                 const struct tt_verify_place *place)
{
    enum { CANDIDATES_MAX = 64 };
    const struct tt_finding *finding = &claim->finding;
    bool sealed = is_sealed(finding);
    if (finding->proof_count == 0 || claim->candidate_count == CANDIDATES_MAX ||
        !(sealed ? fits_sealed(finding, place->sort)
                 : fits_sort(finding->proof[0].step, place->sort)) ||
        !fits_ends(finding, place))
        return TT_OK;
    struct candidate *candidate = tt_arena_alloc(&v->arena, sizeof(*candidate));
    void *bytes = tt_arena_alloc(&v->arena, place->bytes.len + 1);
    if (candidate == NULL || bytes == NULL)
        return TT_ERR_LIMIT;
    if (place->bytes.len > 0)
        memcpy(bytes, place->bytes.data, place->bytes.len);
    candidate->place = *place;
    candidate->place.bytes = tt_span_of(bytes, place->bytes.len);
    struct candidate **last = &claim->candidates;
    while (*last != NULL)
        last = &(*last)->next;
    *last = candidate;
    claim->candidate_count++;
    struct tt_verify_streams *streams = streams_of(v, place, sealed);
    if (streams == NULL)
        return TT_OK;
    enum tt_err err = tt_verify_streams_want(streams, place);
    if (err == TT_OK && sealed) /* the other side's hello is needed, too */
        err = tt_verify_streams_want_other(streams, place);
    /* What it resumes may have been agreed on in another connection. */
    if (err == TT_OK && sealed && place->sort == TT_VERIFY_TCP &&
        tt_verify_secrets_exchange(v->keys))
        err = tt_verify_streams_want_server(streams, finding->address, finding->port);
    return err;
}

/* ---- passes ---- */

static size_t find_anchor(const struct tt_verifier *v, uint64_t frame)
{
    size_t low = 0;
    size_t high = v->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v->claims[v->by_anchor[middle]].anchor < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum tt_err note_place(void *context, const struct tt_verify_place *place)
{
    struct tt_verifier *v = context;
    enum tt_err err = TT_OK;
    for (size_t i = find_anchor(v, place->first_frame); i < v->count && err == TT_OK; i++) {
        struct claim *claim = &v->claims[v->by_anchor[i]];
        if (claim->anchor > place->frame)
            break;
        err = add_candidate(v, claim, place);
    }
    return err;
}

static enum tt_err gather_place(void *context, const struct tt_verify_place *place)
{
    struct tt_verifier *v = context;
    struct tt_verify_streams *streams = streams_of(v, place, true);
    return streams == NULL ? TT_OK : tt_verify_streams_add(streams, place);
}

/* Positions by anchor, without the library's qsort, which has no context. */
static void sort_anchors(struct tt_verifier *v)
{
    for (size_t gap = v->count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < v->count; i++) {
            size_t kept = v->by_anchor[i];
            size_t j = i;
            for (; j >= gap && v->claims[v->by_anchor[j - gap]].anchor > v->claims[kept].anchor;
                 j -= gap)
                v->by_anchor[j] = v->by_anchor[j - gap];
            v->by_anchor[j] = kept;
        }
    }
}

enum tt_err tt_verifier_begin(struct tt_verifier *v, unsigned pass)
{
    v->pass = pass;
    tt_verify_frames_free(v->frames);
    v->frames = tt_verify_frames_new();
    if (pass == 1) {
        free(v->by_anchor);
        v->by_anchor = calloc(v->count + 1, sizeof(*v->by_anchor));
        for (size_t i = 0; v->by_anchor != NULL && i < v->count; i++)
            v->by_anchor[i] = i;
        if (v->by_anchor != NULL)
            sort_anchors(v);
    }
    return v->frames == NULL || v->by_anchor == NULL ? TT_ERR_MEMORY : TT_OK;
}

enum tt_err tt_verifier_frame(struct tt_verifier *v, const struct tt_frame *frame)
{
    return tt_verify_frames_read(v->frames, frame, v->pass == 1 ? note_place : gather_place, v);
}

/* ---- answers ---- */

static bool refuse(struct tt_verify_result *result, const char *why)
{
    result->holds = false;
    result->why = why;
    return false;
}

/* The finding speaks of that entry of the sheet. */
static bool check_identifier(const struct tt_verifier *v, const struct tt_finding *finding,
                             struct tt_verify_result *result)
{
    if (finding->identifier >= v->subject->identifier_count)
        return refuse(result, "the sheet has no such entry");
    const struct tt_identifier *identifier = &v->subject->identifiers[finding->identifier];
    if (strcmp(finding->kind, tt_kind_name(identifier->kind)) != 0 ||
        strcmp(finding->owner, tt_owner_name(identifier->owner)) != 0 ||
        strcmp(finding->label, identifier->label) != 0)
        return refuse(result, "the entry of the sheet has another kind, owner or label");
    return true;
}

struct attempt {
    const struct tt_verify_recipes *recipes;
    const struct tt_finding *finding;
    const struct tt_subject *subject;
    const struct tt_identifier *identifier;
    struct tt_verify_result *result;
    bool tried;
};

/* Walks the proof in one window; the furthest of the attempts is told. */
static bool try_window(void *context, const struct tt_verify_window *window)
{
    struct attempt *attempt = context;
    struct tt_verify_result result;
    tt_verify_walk(attempt->finding, attempt->subject, attempt->identifier, attempt->recipes,
                   window, &result);
    if (result.holds || !attempt->tried || result.step > attempt->result->step)
        *attempt->result = result;
    attempt->tried = true;
    return result.holds;
}

enum tt_err tt_verifier_ask(struct tt_verifier *v, size_t at, struct tt_verify_result *ret_result)
{
    const struct claim *claim = &v->claims[at];
    *ret_result = (struct tt_verify_result){.check_count = claim->finding.proof_count};
    if (claim->finding.proof_count > TT_PATH_STEPS_MAX)
        ret_result->check_count = 0;
    if (!check_identifier(v, &claim->finding, ret_result))
        return TT_OK;
    struct attempt attempt = {.recipes = v->recipes,
                              .finding = &claim->finding,
                              .subject = v->subject,
                              .identifier = &v->subject->identifiers[claim->finding.identifier],
                              .result = ret_result};
    (void)refuse(ret_result, "its first frame holds nothing from which the proof could begin");
    enum tt_err err = TT_OK;
    for (const struct candidate *c = claim->candidates; c != NULL && err == TT_OK; c = c->next) {
        if (is_sealed(&claim->finding)) {
            const char *why = NULL;
            err = tt_verify_sealed_try(v->sealed, streams_of(v, &c->place, true), &c->place,
                                       &claim->finding, try_window, &attempt, &why);
            if (why != NULL && !attempt.tried) {
                (void)refuse(ret_result, why);
                ret_result->closed = true;
                ret_result->keyless = strstr(why, "--keys lacks") != NULL;
            }
        } else if (c->place.sort == TT_VERIFY_TCP) {
            err = tt_verify_streams_try(v->streams, &c->place, &claim->finding.proof[0], try_window,
                                        &attempt);
        } else {
            struct tt_verify_window window = {.bytes = c->place.bytes};
            (void)try_window(&attempt, &window);
        }
        if (ret_result->holds)
            break;
    }
    if (ret_result->holds)
        ret_result->closed = false;
    return err;
}
