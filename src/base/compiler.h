/* Attributes and small helpers of the compilers we build with (gcc 12, clang 14). */
#ifndef TT_BASE_COMPILER_H
#define TT_BASE_COMPILER_H

#include <stddef.h>

#define TT_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#define TT_UNUSED __attribute__((unused))
#define TT_NONNULL_ALL __attribute__((nonnull))
#define TT_LIKELY(x) __builtin_expect(!!(x), 1)
#define TT_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define TT_ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
