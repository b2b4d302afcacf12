#include "capture/wrapping.h"

#include "base/compiler.h"
#include "model/limits.h"

#include <stdlib.h>

struct unwrapping {
    struct tt_source source; /* first: the source is cast back */
    const struct tt_wrapping *wrapping;
    struct tt_input *inner;
    const struct tt_note_sink *notes;
    void *state;
    const struct tt_input *file; /* the outermost input: what `made` is held against */
    uint64_t made;               /* bytes unwrapped so far */
    bool between;                /* two members: the file may end here */
    bool full;                   /* the last step filled its room: the decoder may hold more */
    bool ended;
};

static uint32_t load32(const uint8_t *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

bool tt_wrapping_skippable(struct tt_span head)
{
    return head.len >= 4 && (load32(head.data) & 0xfffffff0U) == 0x184d2a50U;
}

struct tt_span tt_wrapping_behind_skippable(struct tt_span head)
{
    while (tt_wrapping_skippable(head)) {
        if (head.len < 8)
            return (struct tt_span){0};
        head = tt_span_from(tt_span_from(head, 8), load32(head.data + 4));
    }
    return head;
}

static void end_with_note(struct unwrapping *unwrapping, const char *code, uint64_t length,
                          const char *text)
{
    unwrapping->ended = true;
    tt_note_put(unwrapping->notes, &(struct tt_note){.layer = "capture",
                                                     .code = code,
                                                     .offset = tt_input_offset(unwrapping->inner),
                                                     .length = length,
                                                     .text = text});
}

static uint64_t bytes_left(const struct tt_input *input)
{
    uint64_t offset = tt_input_offset(input);
    return input->size > offset ? input->size - offset : 0;
}

/* Steps over the zero bytes that may stand between two members. */
static void skip_padding(struct unwrapping *unwrapping)
{
    size_t size = unwrapping->wrapping->padding;
    bool zero = size > 0;
    while (zero && tt_input_have(unwrapping->inner, size)) {
        const uint8_t *here = tt_input_here(unwrapping->inner);
        for (size_t i = 0; i < size; i++)
            zero = zero && here[i] == 0;
        if (zero)
            tt_input_take(unwrapping->inner, size);
    }
}

/* Looks for another member behind a finished one. */
static enum tt_err next_member(struct unwrapping *unwrapping, struct tt_error *error)
{
    struct tt_input *inner = unwrapping->inner;
    const struct tt_wrapping *wrapping = unwrapping->wrapping;
    skip_padding(unwrapping);
    if (!tt_input_have(inner, 1)) {
        unwrapping->ended = true;
        return tt_input_failure(inner, error);
    }
    if (!tt_input_have(inner, wrapping->magic_bytes) && inner->error.code != TT_OK)
        return tt_input_failure(inner, error);
    if (!wrapping->member(tt_input_rest(inner))) {
        end_with_note(unwrapping, wrapping->trailing_code, bytes_left(inner),
                      "bytes behind the compressed data were not read");
        return TT_OK;
    }
    unwrapping->between = false;
    unwrapping->full = false;
    return wrapping->restart(unwrapping->state)
               ? TT_OK
               : tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s data", wrapping->name);
}

static enum tt_err settle(struct unwrapping *unwrapping, enum tt_unwrap_step step,
                          struct tt_error *error)
{
    const struct tt_wrapping *wrapping = unwrapping->wrapping;
    switch (step) {
    case TT_UNWRAP_MORE:
        break;
    case TT_UNWRAP_MEMBER:
        unwrapping->between = true;
        break;
    case TT_UNWRAP_DAMAGED:
        end_with_note(unwrapping, wrapping->damaged_code, bytes_left(unwrapping->inner),
                      "the compressed data is damaged: what comes behind was not read");
        break;
    case TT_UNWRAP_LIMIT:
        end_with_note(unwrapping, wrapping->limit_code, bytes_left(unwrapping->inner),
                      "the compressed data asks for more memory than the limit: it was not read");
        break;
    case TT_UNWRAP_MEMORY:
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s data", wrapping->name);
    }
    return TT_OK;
}

/* Decodes once; sets `ended` or `between` as it finds. */
static enum tt_err decode(struct unwrapping *unwrapping, uint8_t *out, size_t room, size_t *ret_len,
                          struct tt_error *error)
{
    struct tt_input *inner = unwrapping->inner;
    const struct tt_wrapping *wrapping = unwrapping->wrapping;
    size_t want = wrapping->want != NULL ? wrapping->want(unwrapping->state) : 1;
    bool more = tt_input_have(inner, want) || tt_input_rest(inner).len > 0;
    enum tt_err err = inner->error.code == TT_OK ? TT_OK : tt_input_failure(inner, error);
    if (err != TT_OK)
        return err;
    size_t used = 0;
    size_t made = 0;
    enum tt_unwrap_step step = TT_UNWRAP_MORE;
    struct tt_span in = tt_input_rest(inner);
    if (wrapping->want != NULL)
        in = tt_span_sub(in, 0, want);
    if (more || unwrapping->full)
        step = wrapping->step(unwrapping->state, in, &used, out, room, &made);
    tt_input_take(inner, used);
    unwrapping->full = made == room;
    if (step == TT_UNWRAP_MORE && made == 0 && !more) {
        end_with_note(unwrapping, wrapping->cut_code, 0,
                      "the compressed data ends before its end mark");
        return TT_OK;
    }
    /* A decoder that takes nothing and gives nothing would do so for ever. */
    if (step == TT_UNWRAP_MORE && made == 0 && used == 0)
        step = TT_UNWRAP_DAMAGED;
    err = settle(unwrapping, step, error);
    if (err == TT_OK)
        *ret_len = made;
    return err;
}

/* A capture shrinks to a hundredth at most; what unfolds without end was made to keep us busy. */
static bool is_too_much(const struct unwrapping *unwrapping)
{
    uint64_t read = tt_input_offset(unwrapping->file);
    return unwrapping->made > TT_WRAPPING_FREE_BYTES &&
           unwrapping->made / TT_WRAPPING_RATIO_MAX > read;
}

static enum tt_err pull(struct tt_source *source, uint8_t *out, size_t room, size_t *ret_len,
                        struct tt_error *error)
{
    struct unwrapping *unwrapping = (struct unwrapping *)source;
    size_t made = 0;
    while (made == 0 && !unwrapping->ended) {
        enum tt_err err = unwrapping->between ? next_member(unwrapping, error)
                                              : decode(unwrapping, out, room, &made, error);
        if (err != TT_OK)
            return err;
    }
    unwrapping->made += made;
    if (TT_UNLIKELY(is_too_much(unwrapping)) && !unwrapping->ended)
        end_with_note(unwrapping, "capture.expansion", bytes_left(unwrapping->inner),
                      "the compressed data unfolds to more than a capture can: the rest was not "
                      "read");
    *ret_len = made;
    return TT_OK;
}

static void free_unwrapping(struct tt_source *source)
{
    struct unwrapping *unwrapping = (struct unwrapping *)source;
    unwrapping->wrapping->free_state(unwrapping->state);
    free(unwrapping);
}

enum tt_err tt_unwrap(const struct tt_wrapping *wrapping, struct tt_input *inner,
                      const struct tt_input *file, const struct tt_note_sink *notes,
                      struct tt_input **ret_input)
{
    struct unwrapping *unwrapping = calloc(1, sizeof(*unwrapping));
    if (unwrapping == NULL)
        return TT_ERR_MEMORY;
    *unwrapping = (struct unwrapping){.source = {.pull = pull, .free = free_unwrapping},
                                      .wrapping = wrapping,
                                      .inner = inner,
                                      .file = file,
                                      .notes = notes,
                                      .state = wrapping->new_state()};
    if (unwrapping->state == NULL) {
        free(unwrapping);
        return TT_ERR_MEMORY;
    }
    enum tt_err err = tt_input_open_stream(&unwrapping->source, ret_input);
    if (err != TT_OK)
        free_unwrapping(&unwrapping->source);
    else
        (*ret_input)->patient = inner->patient;
    return err;
}
