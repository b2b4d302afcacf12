/* The errors of libtelltale: one enum, and one record in which the first cause is written down.
 *
 * A function that can fail returns `enum tt_err`. The details (which file, line or offset, what was
 * expected, what to do) are written once, close to the cause, into a `struct tt_error` of the
 * caller. */
#ifndef TELLTALE_ERROR_H
#define TELLTALE_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TT_API __attribute__((visibility("default")))
#define TT_MUST_USE __attribute__((warn_unused_result))
#else
#define TT_API
#define TT_MUST_USE
#endif

enum tt_err {
    TT_OK = 0,
    TT_ERR_MEMORY,      /* no memory */
    TT_ERR_IO,          /* the system refused: open, read, write, rename */
    TT_ERR_FORMAT,      /* the input is not what it should be */
    TT_ERR_USAGE,       /* the caller asked for something that does not make sense */
    TT_ERR_LIMIT,       /* a cap of limits.h was reached */
    TT_ERR_UNSUPPORTED, /* understood, but this build cannot do it */
    TT_ERR_CANCELLED,   /* the caller asked to stop */
    TT_ERR_INTERNAL     /* a bug of ours */
};

/* One line for a person: what, where, what to do. Never holds captured bytes, keys or values of a
 * subject sheet. */
struct tt_error {
    enum tt_err code;
    char text[512];
};

/* The name of an error code, for logs and tests ("format"). Never NULL. */
TT_API const char *tt_err_name(enum tt_err code);

#ifdef __cplusplus
}
#endif
#endif
