/* What comes from a pipe, kept for a second reading: the secrets of a pcapng may stand behind the
 * packets that they open, and a pipe cannot be turned back.
 *
 * The start of the pipe goes to a temporary file in $TMPDIR (else /tmp) up to a cap; what comes
 * behind is read once only. The file has no name and is encrypted with a key that never leaves the
 * memory of this process, so that nothing of the capture is left on the disk. A disk that is full,
 * or a folder that cannot be written to, is the same as a cap that is reached: nothing is lost but
 * the second reading. */
#ifndef TT_CAPTURE_SPOOL_H
#define TT_CAPTURE_SPOOL_H

#include "capture/capture.h"
#include "capture/input.h"

/* A spool over `fd`, which it closes if `owned`, also on failure. `name` (for error texts) is
 * copied, and so is `config`. Nothing is read yet. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_spool_new(int fd, bool owned, const char *name,
                                     const struct tt_spool_config *config,
                                     struct tt_spool **ret_spool, struct tt_error *error);

/* Reads at least `n` bytes, a few, unless the pipe ends or the cap is smaller; they stay in memory.
 * To be called before tt_spool_fill, if at all. TT_ERR_IO. */
TT_MUST_USE enum tt_err tt_spool_head(struct tt_spool *spool, size_t n, struct tt_span *ret_head,
                                      struct tt_error *error);

/* Reads on until the pipe ends, the cap is reached, no more can be written, or the configuration's
 * goes_on says no. TT_ERR_IO when the pipe cannot be read, TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_spool_fill(struct tt_spool *spool, struct tt_error *error);

/* A source that gives the kept bytes from the first one and, if `whole`, then the rest of the pipe:
 * that can be done once. What is given is added to `digest`. The spool must outlive it. NULL
 * without memory. */
struct tt_source *tt_source_of_spool(struct tt_spool *spool, bool whole, struct tt_digest *digest);

const char *tt_spool_name(const struct tt_spool *spool);

/* It was stopped, and what would have come was not read: the capture is not whole. */
bool tt_spool_stopped(const struct tt_spool *spool);

#endif
