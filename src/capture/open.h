/* Other ways to open a capture than by its path; for capture.c, tests and fuzzing. */
#ifndef TT_CAPTURE_OPEN_H
#define TT_CAPTURE_OPEN_H

#include "capture/capture.h"

/* As tt_capture_open, from a descriptor; closes it, also on failure, if `owned`. A regular file is
 * mapped if `map`, and must stand at its start. `name` is for error texts. */
TT_MUST_USE enum tt_err tt_capture_open_fd(int fd, bool owned, bool map, const char *name,
                                           const struct tt_note_sink *notes,
                                           struct tt_capture **ret_capture, struct tt_error *error);

/* From memory, borrowed until tt_capture_free: as they stand for a `step` of 0, else through the
 * buffer of a stream that receives at most `step` bytes at a time. */
TT_MUST_USE enum tt_err tt_capture_open_bytes(struct tt_span bytes, size_t step,
                                              const struct tt_note_sink *notes,
                                              struct tt_capture **ret_capture,
                                              struct tt_error *error);

#endif
