#include "capture/wrapping.h"

#include <lz4frame.h>
#include <stdlib.h>

enum {
    FIRST_BYTES = 7,         /* the shortest frame header */
    BLOCK_MAX = 4194304 + 64 /* with what stands around it */
};

struct lz4 {
    LZ4F_dctx *context;
    size_t want; /* bytes of input up to the end of the next block */
};

static bool is_frame(struct tt_span head)
{
    return tt_span_starts(head, tt_span_of("\x04\x22\x4d\x18", 4));
}

static bool is_lz4(struct tt_span head)
{
    return is_frame(tt_wrapping_behind_skippable(head));
}

static bool is_member(struct tt_span head)
{
    return is_frame(head) || tt_wrapping_skippable(head);
}

static void free_lz4(void *state)
{
    struct lz4 *lz4 = state;
    (void)LZ4F_freeDecompressionContext(lz4->context);
    free(lz4);
}

static void *new_lz4(void)
{
    struct lz4 *lz4 = calloc(1, sizeof(*lz4));
    if (lz4 == NULL)
        return NULL;
    lz4->want = FIRST_BYTES;
    if (!LZ4F_isError(LZ4F_createDecompressionContext(&lz4->context, LZ4F_VERSION)))
        return lz4;
    free(lz4);
    return NULL;
}

static bool restart_lz4(void *state)
{
    struct lz4 *lz4 = state;
    lz4->want = FIRST_BYTES;
    LZ4F_resetDecompressionContext(lz4->context);
    return true;
}

/* A block at a time: of a step that meets damage, nothing that it decoded can be had. */
static size_t want_lz4(const void *state)
{
    const struct lz4 *lz4 = state;
    return lz4->want < BLOCK_MAX ? lz4->want : BLOCK_MAX; /* a skippable frame may be longer */
}

static enum tt_unwrap_step step_lz4(void *state, struct tt_span in, size_t *ret_used, uint8_t *out,
                                    size_t room, size_t *ret_made)
{
    struct lz4 *lz4 = state;
    size_t used = in.len;
    size_t made = room;
    size_t status = LZ4F_decompress(lz4->context, out, &made, in.data, &used, NULL);
    if (LZ4F_isError(status))
        return TT_UNWRAP_DAMAGED;
    *ret_used = used;
    *ret_made = made;
    lz4->want = status;
    return status == 0 ? TT_UNWRAP_MEMBER : TT_UNWRAP_MORE;
}

const struct tt_wrapping tt_wrapping_lz4 = {.name = "lz4",
                                            .spec = "LZ4 frame format 1.6",
                                            .cut_code = "lz4.cut",
                                            .damaged_code = "lz4.damaged",
                                            .trailing_code = "lz4.trailing",
                                            .magic_bytes = 4,
                                            .probe = is_lz4,
                                            .member = is_member,
                                            .new_state = new_lz4,
                                            .restart = restart_lz4,
                                            .want = want_lz4,
                                            .step = step_lz4,
                                            .free_state = free_lz4};
