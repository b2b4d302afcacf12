#include "capture/wrapping.h"

#include "model/limits.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
    FIRST_BYTES = 5,        /* tell how long the frame header is */
    BLOCK_MAX = 131072 + 64 /* with what stands around it (RFC 8878, section 3.1.1.2.4) */
};

struct zstd {
    ZSTD_DCtx *context;
    size_t want; /* bytes of input up to the end of the next block */
};

static bool is_frame(struct tt_span head)
{
    return tt_span_starts(head, tt_span_of("\x28\xb5\x2f\xfd", 4));
}

/* Parallel compressors begin a file with a skippable frame. */
static bool is_zstd(struct tt_span head)
{
    return is_frame(tt_wrapping_behind_skippable(head));
}

static bool is_member(struct tt_span head)
{
    return is_frame(head) || tt_wrapping_skippable(head);
}

static void free_zstd(void *state)
{
    struct zstd *zstd = state;
    (void)ZSTD_freeDCtx(zstd->context);
    free(zstd);
}

static void *new_zstd(void)
{
    struct zstd *zstd = calloc(1, sizeof(*zstd));
    if (zstd == NULL)
        return NULL;
    zstd->context = ZSTD_createDCtx();
    zstd->want = FIRST_BYTES;
    if (zstd->context != NULL &&
        !ZSTD_isError(
            ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, TT_WRAPPING_WINDOW_LOG_MAX)))
        return zstd;
    free_zstd(zstd);
    return NULL;
}

static bool restart_zstd(void *state)
{
    struct zstd *zstd = state;
    zstd->want = FIRST_BYTES;
    return !ZSTD_isError(ZSTD_DCtx_reset(zstd->context, ZSTD_reset_session_only));
}

/* A block at a time: of a step that meets damage, nothing that it decoded can be had. */
static size_t want_zstd(const void *state)
{
    const struct zstd *zstd = state;
    return zstd->want < BLOCK_MAX ? zstd->want : BLOCK_MAX; /* a skippable frame may be longer */
}

static enum tt_unwrap_step step_zstd(void *state, struct tt_span in, size_t *ret_used, uint8_t *out,
                                     size_t room, size_t *ret_made)
{
    struct zstd *zstd = state;
    ZSTD_inBuffer from = {.src = in.data, .size = in.len};
    ZSTD_outBuffer to = {.dst = out, .size = room};
    size_t status = ZSTD_decompressStream(zstd->context, &to, &from);
    *ret_used = from.pos;
    *ret_made = to.pos;
    zstd->want = status;
    if (!ZSTD_isError(status))
        return status == 0 ? TT_UNWRAP_MEMBER : TT_UNWRAP_MORE;
    ZSTD_ErrorCode code = ZSTD_getErrorCode(status);
    if (code == ZSTD_error_frameParameter_windowTooLarge)
        return TT_UNWRAP_LIMIT;
    return code == ZSTD_error_memory_allocation ? TT_UNWRAP_MEMORY : TT_UNWRAP_DAMAGED;
}

const struct tt_wrapping tt_wrapping_zstd = {.name = "zstd",
                                             .spec = "RFC 8878",
                                             .cut_code = "zstd.cut",
                                             .damaged_code = "zstd.damaged",
                                             .trailing_code = "zstd.trailing",
                                             .limit_code = "zstd.limit",
                                             .magic_bytes = 4,
                                             .probe = is_zstd,
                                             .member = is_member,
                                             .new_state = new_zstd,
                                             .restart = restart_zstd,
                                             .want = want_zstd,
                                             .step = step_zstd,
                                             .free_state = free_zstd};
