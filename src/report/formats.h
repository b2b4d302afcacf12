/* The render functions of the formats in list.c, and of the message listing. */
#ifndef TT_REPORT_FORMATS_H
#define TT_REPORT_FORMATS_H

#include "report/report.h"

/* The contract's JSON Lines: a line for each finding, then the coverage ledger (docs/json.md). */
enum tt_err tt_report_json(const struct tt_case_view *view, const struct tt_report_options *options,
                           const struct tt_report_sink *sink);

/* A report for a terminal: the verdict, what was found, what could not be looked at. */
enum tt_err tt_report_text(const struct tt_case_view *view, const struct tt_report_options *options,
                           const struct tt_report_sink *sink);

/* One page of plain text for staff and families (advisory.c). */
enum tt_err tt_report_advisory(const struct tt_case_view *view,
                               const struct tt_report_options *options,
                               const struct tt_report_sink *sink);

/* The two listings of tt_report_messages. */
enum tt_err tt_report_messages_json(const struct tt_case_view *view, bool reveal,
                                    const struct tt_report_sink *sink);
enum tt_err tt_report_messages_text(const struct tt_case_view *view, bool reveal,
                                    const struct tt_report_sink *sink);

#endif
