/* libtelltale: finds personal data in what a device sends.
 *
 * The main road: fill a struct tt_test_config, call tt_test, ask the case for its outcome, and let
 * tt_report write it. Handles are opaque and freed by their own function, which takes NULL. Texts
 * that a function returns are borrowed from the handle. The library never prints, never exits and
 * keeps no global state: several tests may run in one process, each in its own thread.
 *
 * Secrets: the values of the subject sheet are in memory while a test runs and are wiped after; a
 * case holds none of them. */
#ifndef TELLTALE_TELLTALE_H
#define TELLTALE_TELLTALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <telltale/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
TT_API const char *tt_version(void);

/* A finished test: in memory, or a case file. */
struct tt_case;

/* What a test came to; the exit status of the command is made from it. */
enum tt_outcome {
    TT_OUTCOME_HOLDS, /* nothing violates the policy, as far as the bytes could be read */
    TT_OUTCOME_VIOLATED,
    TT_OUTCOME_UNDECIDED /* something was found that cannot be judged: no consent information, say
                          */
};

/* Gets a piece of output; anything but TT_OK stops the writing and is passed on. */
typedef enum tt_err tt_write_fn(void *context, const char *text, size_t len);

struct tt_output {
    tt_write_fn *write;
    void *context;
    const char *reveal; /* path of the sheet whose values may be shown; NULL: values stay masked */
    bool colour;        /* escape sequences for a terminal */
    unsigned width;     /* columns; 0: 80 */
    struct tt_case *before; /* an earlier test that the advisory is held against; or NULL */
};

/* Where tt_messages writes a HAR file of what it read over HTTP. */
struct tt_har_config {
    struct tt_output output; /* its `reveal` is not used */
    bool reveal;             /* else texts are redacted, and bodies left out */
};

struct tt_progress {
    const char *capture; /* name of the file being read */
    uint64_t bytes;      /* of it, so far */
    uint64_t frames;
};

/* All texts are borrowed for the call. */
struct tt_test_config {
    const char *const *captures; /* paths; "-" is standard input */
    size_t capture_count;
    const char *subject;    /* path of the subject sheet */
    const char *timeline;   /* path, or NULL */
    const char *policy;     /* path, or name of a built-in one; NULL: "default" */
    const char *const *geo; /* paths of MaxMind DB files; none: tor-geoipdb where it is installed */
    size_t geo_count;
    const char *vantage;     /* "LAT,LON": where the packets were captured; NULL: the sheet says */
    const char *const *keys; /* paths: NSS key logs, RSA private keys in PEM or DER */
    size_t key_count;
    const char *const *psks; /* pre-shared keys of TLS in hexadecimal */
    size_t psk_count;
    const char *const *recipes; /* paths of recipe files, added to the built-in recipes */
    size_t recipe_count;
    const char
        *case_path; /* where the case file will stand; NULL: nowhere, it lives with the handle */
    uint64_t spool; /* bytes of pipes kept in a temporary file, to be read again when keys came
                       behind the packets; 0: 1 GiB */
    bool no_spool;  /* none at all */
    const struct tt_har_config *har; /* of tt_messages; NULL: none is written */
    /* Called now and then (may be NULL); false stops reading, and the case keeps what was found. */
    bool (*progress)(void *context, const struct tt_progress *progress);
    /* Called with each warning: about the sheet, or what a listing lacks (may be NULL). */
    void (*warning)(void *context, const char *text);
    void *context;
};

/* Runs a test. On TT_OK `*ret_case` is the caller's; `error` (may be NULL) tells what went wrong
 * else. */
TT_API TT_MUST_USE enum tt_err tt_test(const struct tt_test_config *config,
                                       struct tt_case **ret_case, struct tt_error *error);

/* Lists what could be read instead of testing it: only captures, keys, psks, har, progress,
 * warning and context are used. The case can only be given to tt_report_message_list. */
TT_API TT_MUST_USE enum tt_err tt_messages(const struct tt_test_config *config,
                                           struct tt_case **ret_case, struct tt_error *error);

/* Opens a case file. */
TT_API TT_MUST_USE enum tt_err tt_case_load(const char *path, struct tt_case **ret_case,
                                            struct tt_error *error);
TT_API TT_MUST_USE enum tt_err tt_case_outcome(struct tt_case *c, enum tt_outcome *ret_outcome,
                                               struct tt_error *error);
TT_API void tt_case_close(struct tt_case *c);

/* Writes a report in a format that tt_list(TT_LIST_FORMATS) names. TT_ERR_USAGE: no such format, or
 * the sheet to reveal from is not the one of the test. */
TT_API TT_MUST_USE enum tt_err tt_report(struct tt_case *c, const char *format,
                                         const struct tt_output *output, struct tt_error *error);

/* Holds two tests of a device against each other and writes what became of each value: "text" or
 * "json". `*ret_outcome`: TT_OUTCOME_HOLDS nothing got worse and no violation is left,
 * TT_OUTCOME_VIOLATED something is left or new, TT_OUTCOME_UNDECIDED it cannot be said.
 * TT_ERR_USAGE: no such format. `reveal` of the output is not used. */
TT_API TT_MUST_USE enum tt_err tt_compare(struct tt_case *before, struct tt_case *after,
                                          const char *format, const struct tt_output *output,
                                          enum tt_outcome *ret_outcome, struct tt_error *error);

/* Writes the listing of tt_messages: JSON Lines, or a table. `reveal` of the output is not used. */
TT_API TT_MUST_USE enum tt_err tt_report_message_list(struct tt_case *c, bool json, bool reveal,
                                                      const struct tt_output *output,
                                                      struct tt_error *error);

/* All texts are borrowed for the call. */
struct tt_verify_config {
    const char *case_path;
    const char *const *captures; /* paths of all captures of the test, in any order; no pipes */
    size_t capture_count;
    const char *subject;        /* path of its sheet */
    const char *const *recipes; /* paths of the recipe files that the test was given */
    size_t recipe_count;
    const char *const *keys; /* paths: NSS key logs, RSA private keys in PEM */
    size_t key_count;
    const char *const *psks; /* pre-shared keys of TLS in hexadecimal */
    size_t psk_count;
    bool json; /* write JSON Lines instead of text */
};

struct tt_verify_totals {
    size_t findings;
    size_t held;
    size_t closed;  /* neither hold nor are refused: what they were sealed with was not opened */
    size_t keyless; /* of those: for want of a key */
    size_t walked;  /* of those that hold: every step was found or decoded anew */
};

/* Walks the proof of every finding of a case again, with an implementation that shares nothing with
 * the one that found it, and writes for each whether it holds, how each step was checked and, if
 * not, where it broke. TT_ERR_FORMAT: the case or a capture was changed after the test, or the
 * sheet is another one. */
TT_API TT_MUST_USE enum tt_err tt_verify(const struct tt_verify_config *config,
                                         const struct tt_output *output,
                                         struct tt_verify_totals *ret_totals,
                                         struct tt_error *error);

/* Checks a sheet and writes what will be searched for, and what is too weak to prove anything. */
TT_API TT_MUST_USE enum tt_err tt_describe_subject(const char *path, const struct tt_output *output,
                                                   struct tt_error *error);

/* Checks a policy and writes its clauses. `path` may be the name of a built-in one
 * (TT_LIST_POLICIES); NULL: "default". */
TT_API TT_MUST_USE enum tt_err tt_describe_policy(const char *path, const struct tt_output *output,
                                                  struct tt_error *error);

enum tt_list_kind {
    TT_LIST_PROTOCOLS,
    TT_LIST_CODINGS,
    TT_LIST_KINDS,
    TT_LIST_LIMITS,
    TT_LIST_FORMATS,
    TT_LIST_POLICIES
};

/* Writes what this build knows, one a line. */
TT_API TT_MUST_USE enum tt_err tt_list(enum tt_list_kind kind, const struct tt_output *output,
                                       struct tt_error *error);

#ifdef __cplusplus
}
#endif
#endif
