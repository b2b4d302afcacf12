#include "content/prefixed.h"

#include <stdio.h>
#include <stdlib.h>

#include "content/coding.h"
#include "content/inflate.h"
#include "content/lz4.h"
#include "content/plausible.h"
#include "content/zip.h"
#include "content/zstd.h"

enum { STEP_TEXT = 24 };

/* The longest magic number behind the longest header. */
enum { HEAD_LEN = TT_PREFIX_MAX + 4 };

struct prefixed {
    struct tt_outlet out; /* the inner body that gets the bytes now */
    bool found;           /* and opened */
    uint64_t next;
    size_t head_len;
    uint8_t head[HEAD_LEN];
    char step[STEP_TEXT];
};

/* zlib's magic is weak: only with the levels that zlib itself writes. */
static bool begins_stream(struct tt_span at)
{
    if (!tt_has_magic(at))
        return false;
    uint8_t level = at.data[1];
    return at.data[0] != 0x78 || level == 0x01 || level == 0x5e || level == 0x9c || level == 0xda;
}

/* The length of the private header, or 0. Looks at HEAD_LEN bytes. */
static size_t find_stream(struct tt_span head)
{
    for (size_t at = 1; at <= TT_PREFIX_MAX; at++)
        if (begins_stream(tt_span_sub(head, at, 4)))
            return at;
    return 0;
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    static const struct tt_decoder *const streams[] = {
        &tt_decoder_gzip, &tt_decoder_zstd, &tt_decoder_lz4, &tt_decoder_zip, &tt_decoder_zlib};
    static const struct tt_body undeclared = {0};
    (void)body;
    size_t at = head.len < HEAD_LEN ? 0 : find_stream(head);
    for (size_t i = 0; at > 0 && i < TT_ARRAY_LEN(streams); i++)
        if (streams[i]->claims(&undeclared, tt_span_from(head, at), whole))
            return true;
    return false;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct prefixed *state = malloc(sizeof(*state));
    if (state == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    tt_outlet_init(&state->out, sink, NULL, 0);
    state->found = false;
    state->next = 0;
    state->head_len = 0;
    return state;
}

static void open_inner(struct prefixed *state, const char *step, uint64_t at)
{
    struct tt_body inner = {.kind = TT_STEP_SLICE, .step = step, .at = at};
    (void)tt_outlet_open(&state->out, &inner, NULL, 0);
}

/* The held start goes to both inner bodies, or to the first when there is no stream after all. */
static void release_head(struct prefixed *state)
{
    struct tt_span head = tt_span_of(state->head, state->head_len);
    size_t at = head.len < HEAD_LEN ? head.len : find_stream(head);
    open_inner(state, "prefix", 0);
    (void)tt_outlet_slice(&state->out, tt_span_sub(head, 0, at), 0);
    state->found = true;
    if (at == head.len)
        return;
    tt_outlet_close(&state->out, TT_BODY_COMPLETE, at);
    (void)snprintf(state->step, sizeof(state->step), "offset:%zu", at);
    open_inner(state, state->step, at);
    (void)tt_outlet_slice(&state->out, tt_span_from(head, at), at);
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct prefixed *state = opaque;
    struct tt_span rest = piece->bytes;
    if (!state->found) {
        struct tt_span part = tt_span_sub(rest, 0, HEAD_LEN - state->head_len);
        memcpy(state->head + state->head_len, part.data, part.len);
        state->head_len += part.len;
        rest = tt_span_from(rest, part.len);
        if (state->head_len == HEAD_LEN)
            release_head(state);
    }
    if (state->found)
        (void)tt_outlet_slice(&state->out, rest, piece->at + piece->bytes.len - rest.len);
    state->next = piece->at + piece->bytes.len;
    return piece->bytes.len;
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct prefixed *state = opaque;
    if (!state->found && state->head_len > 0)
        release_head(state);
    tt_outlet_close(&state->out, end, state->next);
    free(state);
}

const struct tt_decoder tt_decoder_prefixed = {
    .name = "prefixed",
    .title = "compressed data behind a short private header",
    .spec = "RFC 1950, RFC 1952, RFC 8878 behind up to 16 bytes",
    .sort = TT_CODING,
    .claims = claims,
    .open = open_state,
    .feed = feed,
    .close = close_state};
