#include "capture/digest.h"
#include "capture/input.h"
#include "model/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 2097152, /* of a stream, unless a packet needs more */
    PULL_MIN = 262144       /* room that a pull should find, so that pulls are few */
};

struct stream {
    struct tt_input input; /* first: the input is cast back */
    struct tt_source *source;
    uint8_t *buffer;
    size_t room;
    bool ended;
};

/* Room for `n` bytes from the reader's place on, and for a worthwhile pull. */
static enum tt_err make_room(struct stream *stream, size_t n)
{
    struct tt_input *input = &stream->input;
    size_t left = input->len - input->at;
    if (input->at + n > stream->room || stream->room - input->len < PULL_MIN) {
        memmove(stream->buffer, stream->buffer + input->at, left);
        input->base += input->at;
        input->at = 0;
        input->len = left;
    }
    if (n <= stream->room)
        return TT_OK;
    uint8_t *buffer = realloc(stream->buffer, n + PULL_MIN);
    if (buffer == NULL)
        return tt_error_set(&input->error, TT_ERR_MEMORY, "no memory for a packet of %zu bytes", n);
    stream->buffer = buffer;
    stream->room = n + PULL_MIN;
    input->data = buffer;
    return TT_OK;
}

static bool fill_stream(struct tt_input *input, size_t n)
{
    struct stream *stream = (struct stream *)input;
    if (input->error.code != TT_OK || stream->ended)
        return false;
    if (make_room(stream, n) != TT_OK)
        return false;
    while (input->len - input->at < n) {
        size_t got = 0;
        enum tt_err err = stream->source->pull(stream->source, stream->buffer + input->len,
                                               stream->room - input->len, &got, &input->error);
        if (err != TT_OK) {
            (void)tt_error_set(&input->error, err, "reading failed");
            return false;
        }
        stream->ended = got == 0;
        if (stream->ended)
            return false;
        input->len += got;
    }
    return true;
}

static void free_stream(struct tt_input *input)
{
    struct stream *stream = (struct stream *)input;
    stream->source->free(stream->source);
    free(stream->buffer);
    free(stream);
}

static const struct tt_input_kind stream_kind = {.fill = fill_stream, .free = free_stream};

enum tt_err tt_input_open_stream(struct tt_source *source, struct tt_input **ret_input)
{
    struct stream *stream = calloc(1, sizeof(*stream));
    uint8_t *buffer = malloc(BUFFER_BYTES);
    if (stream == NULL || buffer == NULL) {
        free(stream);
        free(buffer);
        return TT_ERR_MEMORY;
    }
    stream->input.kind = &stream_kind;
    stream->input.data = buffer;
    stream->source = source;
    stream->buffer = buffer;
    stream->room = BUFFER_BYTES;
    *ret_input = &stream->input;
    return TT_OK;
}

struct fd_source {
    struct tt_source source; /* first: the source is cast back */
    int fd;
    bool owned;
    const char *name;
    struct tt_digest *digest;
};

static enum tt_err pull_fd(struct tt_source *source, uint8_t *out, size_t room, size_t *ret_len,
                           struct tt_error *error)
{
    struct fd_source *from = (struct fd_source *)source;
    ssize_t got = 0;
    do {
        got = read(from->fd, out, room);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return tt_error_errno(error, errno, "cannot read %s at offset %llu", from->name,
                              (unsigned long long)tt_digest_bytes(from->digest));
    tt_digest_add(from->digest, tt_span_of(out, (size_t)got));
    *ret_len = (size_t)got;
    return TT_OK;
}

static void free_fd(struct tt_source *source)
{
    struct fd_source *from = (struct fd_source *)source;
    if (from->owned)
        (void)close(from->fd);
    free(from);
}

struct tt_source *tt_source_of_fd(int fd, bool owned, const char *name, struct tt_digest *digest)
{
    struct fd_source *from = calloc(1, sizeof(*from));
    if (from == NULL)
        return NULL;
    *from = (struct fd_source){.source = {.pull = pull_fd, .free = free_fd},
                               .fd = fd,
                               .owned = owned,
                               .name = name,
                               .digest = digest};
    return &from->source;
}

struct bytes_source {
    struct tt_source source; /* first: the source is cast back */
    struct tt_span left;
    size_t step;
    struct tt_digest *digest;
};

static enum tt_err pull_bytes(struct tt_source *source, uint8_t *out, size_t room, size_t *ret_len,
                              struct tt_error *error)
{
    (void)error;
    struct bytes_source *from = (struct bytes_source *)source;
    struct tt_span piece = tt_span_sub(from->left, 0, room < from->step ? room : from->step);
    if (piece.len > 0)
        memcpy(out, piece.data, piece.len);
    tt_digest_add(from->digest, piece);
    from->left = tt_span_from(from->left, piece.len);
    *ret_len = piece.len;
    return TT_OK;
}

static void free_bytes_source(struct tt_source *source)
{
    free(source);
}

struct tt_source *tt_source_of_bytes(struct tt_span bytes, size_t step, struct tt_digest *digest)
{
    struct bytes_source *from = calloc(1, sizeof(*from));
    if (from == NULL)
        return NULL;
    *from = (struct bytes_source){.source = {.pull = pull_bytes, .free = free_bytes_source},
                                  .left = bytes,
                                  .step = step,
                                  .digest = digest};
    return &from->source;
}
