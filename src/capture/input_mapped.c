#include "capture/digest.h"
#include "capture/input.h"
#include "model/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many bytes become visible at a time. They are added to the digest then, and are still in the
 * processor's cache when the reader comes to them. */
enum { STEP = 262144 };

struct mapped {
    struct tt_input input; /* first: the input is cast back */
    int fd;
    const char *name;
    struct tt_digest *digest;
    size_t page;
    void *window; /* NULL for none */
    size_t window_len;
};

static void unmap(struct mapped *mapped)
{
    if (mapped->window != NULL)
        (void)munmap(mapped->window, mapped->window_len);
    mapped->window = NULL;
    mapped->window_len = 0;
}

/* Moves the window so that it begins at the page of `offset` and holds `n` bytes from there. */
static enum tt_err move_window(struct mapped *mapped, uint64_t offset, size_t n)
{
    struct tt_input *input = &mapped->input;
    uint64_t start = offset - offset % mapped->page;
    uint64_t len = (offset - start) + n;
    if (len < TT_WINDOW_BYTES)
        len = TT_WINDOW_BYTES;
    if (len > input->size - start)
        len = input->size - start;
    unmap(mapped);
    void *window = mmap(NULL, (size_t)len, PROT_READ, MAP_PRIVATE, mapped->fd, (off_t)start);
    if (window == MAP_FAILED) {
        int errnum = errno;
        input->data = NULL;
        input->len = 0;
        input->at = 0;
        input->base = offset;
        return tt_error_errno(&input->error, errnum, "cannot map %s", mapped->name);
    }
    (void)posix_madvise(window, (size_t)len, POSIX_MADV_SEQUENTIAL);
    mapped->window = window;
    mapped->window_len = (size_t)len;
    input->data = window;
    input->base = start;
    input->at = (size_t)(offset - start);
    return TT_OK;
}

/* Asks the file for its size: it may have grown, or been cut. */
static bool look_at_size(struct mapped *mapped)
{
    struct stat info;
    if (fstat(mapped->fd, &info) != 0) {
        (void)tt_error_errno(&mapped->input.error, errno, "cannot read %s", mapped->name);
        return false;
    }
    mapped->input.size = info.st_size > 0 ? (uint64_t)info.st_size : 0;
    return true;
}

static bool fill_mapped(struct tt_input *input, size_t n)
{
    struct mapped *mapped = (struct mapped *)input;
    if (input->error.code != TT_OK || !look_at_size(mapped))
        return false;
    uint64_t offset = tt_input_offset(input);
    uint64_t shown = tt_digest_bytes(mapped->digest);
    if (input->size < shown) {
        /* Cut while it is being read: pages behind its end must not be touched again. */
        input->len = input->size > input->base ? (size_t)(input->size - input->base) : 0;
        if (input->at > input->len)
            input->at = input->len;
        return input->len - input->at >= n;
    }
    bool enough = n <= input->size - offset;
    uint64_t want = enough ? offset + n : input->size;
    if (want > input->base + mapped->window_len) {
        if (move_window(mapped, offset, (size_t)(want - offset)) != TT_OK)
            return false;
    }
    uint64_t window_end = input->base + mapped->window_len;
    uint64_t end = want > shown + STEP ? want : shown + STEP;
    if (end > window_end)
        end = window_end;
    if (end > input->size)
        end = input->size;
    input->len = (size_t)(end - input->base);
    if (end > shown)
        tt_digest_add(mapped->digest,
                      tt_span_of(input->data + (shown - input->base), (size_t)(end - shown)));
    return enough;
}

static void free_mapped(struct tt_input *input)
{
    struct mapped *mapped = (struct mapped *)input;
    unmap(mapped);
    (void)close(mapped->fd);
    free(mapped);
}

static const struct tt_input_kind mapped_kind = {.fill = fill_mapped, .free = free_mapped};

enum tt_err tt_input_open_mapped(int fd, const char *name, struct tt_digest *digest,
                                 struct tt_input **ret_input, struct tt_error *error)
{
    struct mapped *mapped = calloc(1, sizeof(*mapped));
    if (mapped == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", name);
    mapped->input.kind = &mapped_kind;
    mapped->input.patient = true;
    mapped->fd = fd;
    mapped->name = name;
    mapped->digest = digest;
    mapped->page = (size_t)sysconf(_SC_PAGESIZE);
    /* Some file systems have files without a size, or that cannot be mapped. */
    if (!look_at_size(mapped) || mapped->input.size == 0 || move_window(mapped, 0, 0) != TT_OK) {
        free(mapped);
        return TT_ERR_UNSUPPORTED;
    }
    *ret_input = &mapped->input;
    return TT_OK;
}
