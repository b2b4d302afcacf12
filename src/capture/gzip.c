#define ZLIB_CONST /* next_in is const */
#include "capture/wrapping.h"

#include <stdlib.h>
#include <zlib.h>

struct gzip {
    struct tt_source source; /* first: the source is cast back */
    struct tt_input *inner;
    const struct tt_note_sink *notes;
    z_stream stream;
    bool between; /* two members: the file may end here */
    bool ended;
};

static bool is_gzip(struct tt_span head)
{
    /* Deflate is the only method there is (RFC 1952, section 2.3.1). */
    return head.len >= 3 && head.data[0] == 0x1f && head.data[1] == 0x8b && head.data[2] == 8;
}

static void end_with_note(struct gzip *gzip, const char *code, uint64_t length, const char *text)
{
    gzip->ended = true;
    tt_note_put(gzip->notes, &(struct tt_note){.layer = "capture",
                                               .code = code,
                                               .offset = tt_input_offset(gzip->inner),
                                               .length = length,
                                               .text = text});
}

static uint64_t bytes_left(const struct tt_input *input)
{
    uint64_t offset = tt_input_offset(input);
    return input->size > offset ? input->size - offset : 0;
}

/* Looks for another member behind a finished one. */
static enum tt_err next_member(struct gzip *gzip, struct tt_error *error)
{
    if (!tt_input_have(gzip->inner, 1)) {
        gzip->ended = true;
        return tt_input_failure(gzip->inner, error);
    }
    if (!tt_input_have(gzip->inner, 3) && gzip->inner->error.code != TT_OK)
        return tt_input_failure(gzip->inner, error);
    if (!is_gzip(tt_input_rest(gzip->inner))) {
        end_with_note(gzip, "gzip.trailing", bytes_left(gzip->inner),
                      "bytes behind the gzip data were not read");
        return TT_OK;
    }
    gzip->between = false;
    return inflateReset(&gzip->stream) == Z_OK
               ? TT_OK
               : tt_error_set(error, TT_ERR_INTERNAL, "cannot start another gzip member");
}

/* Decodes once; sets `ended` or `between` as it finds. */
static enum tt_err decode(struct gzip *gzip, uint8_t *out, size_t room, size_t *ret_len,
                          struct tt_error *error)
{
    if (!tt_input_have(gzip->inner, 1)) {
        enum tt_err err = tt_input_failure(gzip->inner, error);
        if (err == TT_OK)
            end_with_note(gzip, "gzip.cut", 0, "the gzip data ends before its end mark");
        return err;
    }
    const uInt most = 1U << 30;
    struct tt_span in = tt_input_rest(gzip->inner);
    uInt in_len = in.len < most ? (uInt)in.len : most;
    uInt out_len = room < most ? (uInt)room : most;
    gzip->stream.next_in = in.data;
    gzip->stream.avail_in = in_len;
    gzip->stream.next_out = out;
    gzip->stream.avail_out = out_len;
    int status = inflate(&gzip->stream, Z_NO_FLUSH);
    tt_input_take(gzip->inner, in_len - gzip->stream.avail_in);
    *ret_len = out_len - gzip->stream.avail_out;
    switch (status) {
    case Z_OK:
    case Z_BUF_ERROR:
        return TT_OK;
    case Z_STREAM_END:
        gzip->between = true;
        return TT_OK;
    case Z_MEM_ERROR:
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read gzip data");
    default:
        end_with_note(gzip, "gzip.damaged", bytes_left(gzip->inner),
                      "the gzip data is damaged: what comes behind was not read");
        return TT_OK;
    }
}

static enum tt_err pull_gzip(struct tt_source *source, uint8_t *out, size_t room, size_t *ret_len,
                             struct tt_error *error)
{
    struct gzip *gzip = (struct gzip *)source;
    size_t made = 0;
    while (made == 0 && !gzip->ended) {
        enum tt_err err =
            gzip->between ? next_member(gzip, error) : decode(gzip, out, room, &made, error);
        if (err != TT_OK)
            return err;
    }
    *ret_len = made;
    return TT_OK;
}

static void free_gzip(struct tt_source *source)
{
    struct gzip *gzip = (struct gzip *)source;
    (void)inflateEnd(&gzip->stream);
    free(gzip);
}

static enum tt_err open_gzip(struct tt_input *inner, const struct tt_note_sink *notes,
                             struct tt_source **ret_source)
{
    struct gzip *gzip = calloc(1, sizeof(*gzip));
    if (gzip == NULL)
        return TT_ERR_MEMORY;
    gzip->source = (struct tt_source){.pull = pull_gzip, .free = free_gzip};
    gzip->inner = inner;
    gzip->notes = notes;
    /* 16: a gzip header, and nothing else. */
    if (inflateInit2(&gzip->stream, 16 + MAX_WBITS) != Z_OK) {
        free(gzip);
        return TT_ERR_MEMORY;
    }
    *ret_source = &gzip->source;
    return TT_OK;
}

const struct tt_wrapping tt_wrapping_gzip = {
    .name = "gzip", .spec = "RFC 1952", .probe = is_gzip, .open = open_gzip};
