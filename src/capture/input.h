/* The bytes of a capture, in their order, through a view that moves along.
 *
 * A reader asks for as many bytes as it needs in one piece (tt_input_have), looks at them
 * (tt_input_here) and takes them (tt_input_take). Bytes stay where they are until the next
 * tt_input_have, so that a frame can be lent out without a copy. What is behind the reader is given
 * back: memory does not grow with the input.
 *
 * There are three kinds: a mapped file, a stream (a pipe, or what a decoder makes of another input)
 * and bytes in memory. The first and the last, and the stream over a descriptor, add every byte to
 * a digest in the moment when it becomes visible. */
#ifndef TT_CAPTURE_INPUT_H
#define TT_CAPTURE_INPUT_H

#include "base/err.h"
#include "base/span.h"

struct tt_digest;
struct tt_input;

struct tt_input_kind {
    /* Makes at least `n` bytes visible from `at` on. False when there are fewer: at the end of the
     * input (what is left is visible), or after a failure (`error` of the input is set). */
    bool (*fill)(struct tt_input *input, size_t n);
    void (*free)(struct tt_input *input);
};

struct tt_input {
    const struct tt_input_kind *kind;
    const uint8_t *data; /* what is visible */
    size_t len;
    size_t at;             /* the reader's place in it */
    uint64_t base;         /* offset of data[0] in the input */
    uint64_t size;         /* of the whole input; 0 when it is not known */
    bool patient;          /* asking for more than the next record costs no waiting: a file, not a
                              pipe whose writer waits for packets */
    struct tt_error error; /* the first failure, TT_OK for none */
};

/* Whether `n` bytes stand in one piece at the reader's place. May move the view: what
 * tt_input_here gave before is gone, but it may be asked for again. `n` is at most TT_FRAME_MAX and
 * a block's worth of headers. */
static inline bool tt_input_have(struct tt_input *input, size_t n)
{
    return TT_LIKELY(input->len - input->at >= n) || input->kind->fill(input, n);
}

/* Everything that is visible from the reader's place on. */
static inline struct tt_span tt_input_rest(const struct tt_input *input)
{
    return (struct tt_span){.data = input->data + input->at, .len = input->len - input->at};
}

static inline const uint8_t *tt_input_here(const struct tt_input *input)
{
    return input->data + input->at;
}

/* The reader's place in the input. */
static inline uint64_t tt_input_offset(const struct tt_input *input)
{
    return input->base + input->at;
}

/* Steps over `n` visible bytes. */
static inline void tt_input_take(struct tt_input *input, size_t n)
{
    input->at += n;
}

/* Steps over `n` bytes, visible or not. Returns how many of them were not there: 0 unless the input
 * ended or failed. */
uint64_t tt_input_skip(struct tt_input *input, uint64_t n);

/* After tt_input_have gave false: TT_OK at the end of the input; else the failure, its record
 * copied to `error` (may be NULL). */
TT_MUST_USE enum tt_err tt_input_failure(const struct tt_input *input, struct tt_error *error);

/* A mapped regular file from its start. Owns `fd` on success; `digest` and `name` (for error texts)
 * are borrowed. TT_ERR_UNSUPPORTED when the file cannot be mapped: read it as a stream then.
 *
 * Only the pages of one window of TT_WINDOW_BYTES (or one large packet) are mapped. A file that
 * grows while it is read is read to its new end; one that is cut short ends there. (Between the
 * look at its size and the reading of a page a cut would raise SIGBUS: whoever shares a file with a
 * program that truncates it should pipe it.) */
TT_MUST_USE enum tt_err tt_input_open_mapped(int fd, const char *name, struct tt_digest *digest,
                                             struct tt_input **ret_input, struct tt_error *error);

/* Where a stream gets its bytes from: a descriptor, memory, or a decoder over another input. */
struct tt_source {
    /* Puts 1 to `room` bytes at `out`; `*ret_len` 0 means the end. May give fewer than there is
     * room for: what has arrived should not wait for what has not. */
    enum tt_err (*pull)(struct tt_source *source, uint8_t *out, size_t room, size_t *ret_len,
                        struct tt_error *error);
    void (*free)(struct tt_source *source);
};

/* A stream through one buffer. Owns `source` on success. It is not patient: its maker may know
 * better. */
TT_MUST_USE enum tt_err tt_input_open_stream(struct tt_source *source, struct tt_input **ret_input);

/* A source that reads `fd`; closes it at the end if `owned`. NULL without memory. */
struct tt_source *tt_source_of_fd(int fd, bool owned, const char *name, struct tt_digest *digest);

/* A source that gives borrowed bytes, at most `step` (not 0) at a time. NULL without memory. */
struct tt_source *tt_source_of_bytes(struct tt_span bytes, size_t step, struct tt_digest *digest);

/* Borrowed bytes as they stand, without a buffer. NULL without memory. */
struct tt_input *tt_input_of_bytes(struct tt_span bytes, struct tt_digest *digest);

/* Takes NULL. */
void tt_input_free(struct tt_input *input);

#endif
