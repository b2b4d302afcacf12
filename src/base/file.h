/* Reading a whole small file: sheets, policies, timelines. Captures have a reader of their own. */
#ifndef TT_BASE_FILE_H
#define TT_BASE_FILE_H

#include "base/buf.h"

/* Reads the file at `path` (at most `max` bytes). `*ret_content` is empty before; the caller frees
 * it with tt_buf_free, or with tt_buf_wipe when it holds secrets. TT_ERR_IO: the system refused, or
 * it is a folder; TT_ERR_LIMIT: it is larger than `max`. On an error nothing is left to free. */
TT_MUST_USE enum tt_err tt_file_read(const char *path, size_t max, struct tt_buf *ret_content,
                                     struct tt_error *error);

#endif
