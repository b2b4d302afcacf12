/* What the fuzz targets of the codings share: a sink that checks what decoders owe it, and that
 * unwraps inner bodies again with whatever claims them. The first two bytes of an input say where
 * it is cut; cut and whole must give the same. */
#ifndef FUZZ_CONTENT_H
#define FUZZ_CONTENT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content/content.h"
#include "content/token.h"
#include "model/limits.h"

enum { KEPT_MAX = 1 << 16, BODIES_MAX = 64, OUTPUT_MAX = 1 << 20 };

/* One inner body: its start is kept, to be unwrapped in its turn. */
struct fuzz_inner {
    bool open;
    uint64_t next;
    uint64_t last_at;
    uint64_t last_len;
    uint64_t hash;
    size_t len;
    uint8_t *kept;
};

struct fuzz_sink {
    struct tt_content_sink sink;
    uint64_t fed;
    size_t marks; /* of the piece that is being fed */
    size_t answered;
    size_t total;
    size_t count;
    struct fuzz_inner inner[BODIES_MAX];
};

static inline void fuzz_check(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "broken: %s\n", what);
    abort();
}

static inline uint64_t fuzz_hash(uint64_t hash, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static inline void *fuzz_open(void *context, const struct tt_body *body,
                              const struct tt_place_step *steps, size_t step_count)
{
    struct fuzz_sink *fuzz = context;
    if (fuzz->count == BODIES_MAX)
        return NULL;
    struct fuzz_inner *inner = &fuzz->inner[fuzz->count++];
    *inner = (struct fuzz_inner){.open = true, .next = body->at, .last_at = body->at};
    inner->kept = malloc(KEPT_MAX);
    fuzz_check(inner->kept != NULL, "memory");
    fuzz_check(strlen(body->step) < TT_PATH_MAX, "a step is too long");
    inner->hash = fuzz_hash(body->at + 1, body->step, strlen(body->step));
    for (size_t i = 0; i < step_count; i++) {
        fuzz_check(strlen(steps[i].step) < TT_PATH_MAX, "a step is too long");
        inner->hash = fuzz_hash(inner->hash, steps[i].step, strlen(steps[i].step));
    }
    return inner;
}

static inline bool fuzz_data(void *context, void *opaque, struct tt_span bytes, uint64_t at,
                             uint64_t len)
{
    struct fuzz_sink *fuzz = context;
    struct fuzz_inner *inner = opaque;
    fuzz_check(inner->open, "data for a closed body");
    fuzz_check(bytes.len > 0, "no data");
    bool again = at == inner->last_at && len == inner->last_len;
    fuzz_check(at == inner->next || again, "a hole in the input ranges");
    fuzz_check(at + len <= fuzz->fed, "made from input that is yet to come");
    if (!again)
        inner->next = at + len;
    inner->last_at = at;
    inner->last_len = len;
    size_t room = KEPT_MAX - inner->len;
    size_t take = bytes.len < room ? bytes.len : room;
    memcpy(inner->kept + inner->len, bytes.data, take);
    inner->len += take;
    inner->hash = fuzz_hash(inner->hash, bytes.data, bytes.len);
    fuzz->total += bytes.len;
    return fuzz->total < OUTPUT_MAX;
}

static inline void fuzz_close(void *context, void *opaque, enum tt_body_end end, uint64_t end_at)
{
    struct fuzz_sink *fuzz = context;
    struct fuzz_inner *inner = opaque;
    (void)end;
    fuzz_check(inner->open, "closed twice");
    fuzz_check(end_at >= inner->next && end_at <= fuzz->fed, "closed at a wrong offset");
    inner->hash = fuzz_hash(inner->hash, &end_at, sizeof(end_at));
    inner->open = false;
}

static inline void fuzz_place(void *context, size_t mark, const struct tt_place_step *steps,
                              size_t step_count, bool claimed)
{
    struct fuzz_sink *fuzz = context;
    (void)claimed;
    fuzz_check(mark == fuzz->answered && mark < fuzz->marks, "a mark out of order");
    for (size_t i = 0; i < step_count; i++)
        fuzz_check(strlen(steps[i].step) < TT_PATH_MAX, "a step is too long");
    fuzz->answered++;
}

static inline struct fuzz_sink *fuzz_sink_new(void)
{
    struct fuzz_sink *fuzz = calloc(1, sizeof(*fuzz));
    fuzz_check(fuzz != NULL, "memory");
    fuzz->sink = (struct tt_content_sink){.context = fuzz,
                                          .open = fuzz_open,
                                          .data = fuzz_data,
                                          .close = fuzz_close,
                                          .place = fuzz_place};
    return fuzz;
}

/* Ends a run; gives the hash of all that was said. */
static inline uint64_t fuzz_sink_end(struct fuzz_sink *fuzz)
{
    uint64_t hash = 1;
    for (size_t i = 0; i < fuzz->count; i++) {
        fuzz_check(!fuzz->inner[i].open, "left open");
        hash = fuzz_hash(hash, &fuzz->inner[i].hash, sizeof(hash));
    }
    return hash;
}

static inline void fuzz_sink_free(struct fuzz_sink *fuzz)
{
    for (size_t i = 0; i < fuzz->count; i++)
        free(fuzz->inner[i].kept);
    free(fuzz);
}

/* Feeds one piece, a copy of its own, with a mark on each of its first bytes. False: given up. */
static inline bool fuzz_piece(struct fuzz_sink *fuzz, const struct tt_decoder *decoder, void *state,
                              struct tt_span bytes, uint64_t at)
{
    enum { MARKS_MAX = 256 };
    uint64_t marks[MARKS_MAX];
    fuzz->marks = decoder->sort == TT_CODING ? 0 : bytes.len < MARKS_MAX ? bytes.len : MARKS_MAX;
    fuzz->answered = 0;
    for (size_t i = 0; i < fuzz->marks; i++)
        marks[i] = at + i;
    uint8_t *copy = malloc(bytes.len + 1);
    fuzz_check(copy != NULL, "memory");
    uint8_t *end = copy + 1;
    memcpy(end, bytes.data, bytes.len);
    struct tt_piece piece = {.bytes = tt_span_of(end, bytes.len), .at = at};
    fuzz->fed = at + bytes.len;
    size_t used = decoder->feed(state, &piece, marks, fuzz->marks);
    fuzz_check(used <= bytes.len, "took more than it got");
    fuzz_check(used < bytes.len || fuzz->answered == fuzz->marks, "a mark without an answer");
    free(copy);
    return used == bytes.len;
}

static inline void fuzz_decode(struct fuzz_sink *fuzz, const struct tt_decoder *decoder,
                               const struct tt_body *body, struct tt_span input, size_t first,
                               size_t step)
{
    void *state = decoder->open(body, &fuzz->sink);
    fuzz_check(state != NULL, "memory");
    bool more = true;
    for (size_t at = 0; at < input.len && more;) {
        struct tt_span part = tt_span_sub(input, at, at == 0 ? first : step);
        more = fuzz_piece(fuzz, decoder, state, part, at);
        at += part.len;
    }
    decoder->close(state, more ? TT_BODY_COMPLETE : TT_BODY_BROKEN);
}

static inline void fuzz_tokens(struct fuzz_sink *fuzz, struct tt_span input, size_t first,
                               size_t step)
{
    struct tt_tokens *tokens = tt_tokens_new(&fuzz->sink);
    fuzz_check(tokens != NULL, "memory");
    for (size_t at = 0; at < input.len;) {
        struct tt_span part = tt_span_sub(input, at, at == 0 ? first : step);
        struct tt_piece piece = {.bytes = part, .at = at};
        fuzz->fed = at + part.len;
        tt_tokens_feed(tokens, &piece);
        at += part.len;
    }
    tt_tokens_end(tokens);
    tt_tokens_free(tokens);
}

/* Unwraps what came out, one level deeper. */
static inline void fuzz_deeper(const struct fuzz_sink *fuzz)
{
    const struct tt_body body = {0};
    for (size_t i = 0; i < fuzz->count && i < 8; i++) {
        struct tt_span bytes = tt_span_of(fuzz->inner[i].kept, fuzz->inner[i].len);
        struct tt_span head = tt_span_sub(bytes, 0, TT_BODY_PROBE_MAX);
        const struct tt_decoder *decoder = tt_decoder_pick(&body, head, head.len == bytes.len);
        struct fuzz_sink *inner = fuzz_sink_new();
        if (decoder != NULL)
            fuzz_decode(inner, decoder, &body, bytes, 7, 100);
        else
            fuzz_tokens(inner, bytes, 7, 100);
        (void)fuzz_sink_end(inner);
        fuzz_sink_free(inner);
    }
}

/* Runs a decoder (NULL: the tokens) over an input, whole and cut. `same`: both must say the same
 * (compressions may lose more or less in front of damage). */
static inline int fuzz_content(const struct tt_decoder *decoder, const struct tt_body *body,
                               const uint8_t *data, size_t size, bool same)
{
    if (size < 3)
        return 0;
    size_t first = data[0] + 1U;
    size_t step = data[1] % 64 + 1U;
    struct tt_span input = tt_span_of(data + 2, size - 2);
    struct fuzz_sink *whole = fuzz_sink_new();
    struct fuzz_sink *cut = fuzz_sink_new();
    if (decoder == NULL) {
        fuzz_tokens(whole, input, input.len, input.len);
        fuzz_tokens(cut, input, first, step);
    } else {
        struct tt_span head = tt_span_sub(input, 0, TT_BODY_PROBE_MAX);
        (void)tt_decoder_pick(body, head, head.len == input.len);
        fuzz_decode(whole, decoder, body, input, input.len, input.len);
        fuzz_decode(cut, decoder, body, input, first, step);
    }
    uint64_t hash = fuzz_sink_end(whole);
    uint64_t cut_hash = fuzz_sink_end(cut);
    bool spent = whole->total >= OUTPUT_MAX || whole->count == BODIES_MAX;
    fuzz_check(!same || spent || hash == cut_hash, "the cut makes a difference");
    fuzz_deeper(whole);
    fuzz_sink_free(whole);
    fuzz_sink_free(cut);
    return 0;
}

/* What reads text beside the decoders: escapes, messages known by a signature. */
struct fuzz_reader {
    void *(*make)(const struct tt_content_sink *sink);
    void (*feed)(void *reader, const struct tt_piece *piece);
    void (*end)(void *reader); /* and frees it */
};

/* Each piece is a copy of its own, so that nothing is read around it. */
static inline void fuzz_read(struct fuzz_sink *fuzz, const struct fuzz_reader *kind,
                             struct tt_span input, size_t first, size_t step)
{
    void *reader = kind->make(&fuzz->sink);
    fuzz_check(reader != NULL, "memory");
    for (size_t at = 0; at < input.len;) {
        struct tt_span part = tt_span_sub(input, at, at == 0 ? first : step);
        uint8_t *copy = malloc(part.len);
        fuzz_check(copy != NULL, "memory");
        memcpy(copy, part.data, part.len);
        struct tt_piece piece = {.bytes = tt_span_of(copy, part.len), .at = at};
        fuzz->fed = at + part.len;
        kind->feed(reader, &piece);
        at += part.len;
        free(copy);
    }
    kind->end(reader);
}

/* One input of such a reader, whole and cut. */
static inline int fuzz_reader(const struct fuzz_reader *kind, const uint8_t *data, size_t size,
                              bool deeper)
{
    if (size < 3)
        return 0;
    struct tt_span input = tt_span_of(data + 2, size - 2);
    struct fuzz_sink *whole = fuzz_sink_new();
    struct fuzz_sink *cut = fuzz_sink_new();
    fuzz_read(whole, kind, input, input.len, input.len);
    fuzz_read(cut, kind, input, data[0] + 1U, data[1] % 64 + 1U);
    uint64_t hash = fuzz_sink_end(whole);
    uint64_t cut_hash = fuzz_sink_end(cut);
    bool spent = whole->count == BODIES_MAX || whole->total >= OUTPUT_MAX;
    fuzz_check(spent || hash == cut_hash, "the cut makes a difference");
    if (deeper)
        fuzz_deeper(whole);
    fuzz_sink_free(whole);
    fuzz_sink_free(cut);
    return 0;
}

#endif
