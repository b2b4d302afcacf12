/* Writing errors down. The public half (the enum, the record) is telltale/error.h. */
#ifndef TT_BASE_ERR_H
#define TT_BASE_ERR_H

#include "base/compiler.h"

#include <telltale/error.h>

/* Writes code and text into `error` unless it already holds an earlier cause, and returns `code`,
 * so that a caller can `return tt_error_set(...)`. `error` may be NULL. */
enum tt_err tt_error_set(struct tt_error *error, enum tt_err code, const char *format, ...)
    TT_PRINTF(3, 4);

/* The same for a failed system call: appends ": " and the text of `errnum`. */
enum tt_err tt_error_errno(struct tt_error *error, int errnum, const char *format, ...)
    TT_PRINTF(3, 4);

#endif
