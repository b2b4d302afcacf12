#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *tt_err_name(enum tt_err code)
{
    switch (code) {
    case TT_OK:
        return "ok";
    case TT_ERR_MEMORY:
        return "memory";
    case TT_ERR_IO:
        return "io";
    case TT_ERR_FORMAT:
        return "format";
    case TT_ERR_USAGE:
        return "usage";
    case TT_ERR_LIMIT:
        return "limit";
    case TT_ERR_UNSUPPORTED:
        return "unsupported";
    case TT_ERR_CANCELLED:
        return "cancelled";
    case TT_ERR_INTERNAL:
        return "internal";
    }
    return "unknown";
}

enum tt_err tt_error_set(struct tt_error *error, enum tt_err code, const char *format, ...)
{
    if (error == NULL || error->code != TT_OK)
        return code;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    error->code = code;
    return code;
}

enum tt_err tt_error_errno(struct tt_error *error, int errnum, const char *format, ...)
{
    if (error == NULL || error->code != TT_OK)
        return TT_ERR_IO;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    error->code = TT_ERR_IO;
    if (n < 0 || (size_t)n >= sizeof(error->text))
        return TT_ERR_IO;
    char reason[128];
    if (strerror_r(errnum, reason, sizeof(reason)) != 0)
        (void)snprintf(reason, sizeof(reason), "error %d", errnum);
    (void)snprintf(error->text + n, sizeof(error->text) - (size_t)n, ": %s", reason);
    return TT_ERR_IO;
}
