/* Reports: a case's rows as text for people or programs. One file a format, one line in list.c. */
#ifndef TT_REPORT_REPORT_H
#define TT_REPORT_REPORT_H

#include "base/buf.h"
#include "model/case.h"
#include "model/subject.h"

struct tt_comparison;

struct tt_report_options {
    const struct tt_subject *reveal;        /* values are shown as in this sheet; NULL: masked */
    bool colour;                            /* escape sequences for a terminal */
    unsigned width;                         /* columns; 0: 80 */
    const struct tt_comparison *comparison; /* with an earlier test, for the advisory; or NULL */
};

struct tt_report_sink {
    void *context;
    enum tt_err (*write)(void *context, struct tt_span text);
};

struct tt_report_format {
    const char *name;  /* "text", "json" */
    const char *title; /* "a table for people" */
    enum tt_err (*render)(const struct tt_case_view *view, const struct tt_report_options *options,
                          const struct tt_report_sink *sink);
};

/* Format number `at`; NULL past the end. */
const struct tt_report_format *tt_report_format_at(size_t at);
const struct tt_report_format *tt_report_format_find(const char *name);

/* The message listing of `telltale messages`: JSON Lines, or a table. Without `reveal` values are
 * redacted: query strings keep their names only, and so on. */
TT_MUST_USE enum tt_err tt_report_messages(const struct tt_case_view *view, bool json, bool reveal,
                                           const struct tt_report_sink *sink);

#endif
