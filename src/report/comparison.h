/* A comparison of two tests as text or JSON Lines (docs/compare.md, docs/json.md). */
#ifndef TT_REPORT_COMPARISON_H
#define TT_REPORT_COMPARISON_H

#include "model/comparison.h"
#include "report/report.h"

/* `options` as for a report; there is nothing to reveal. */
TT_MUST_USE enum tt_err tt_report_comparison_text(const struct tt_comparison *comparison,
                                                  const struct tt_report_options *options,
                                                  const struct tt_report_sink *sink);

TT_MUST_USE enum tt_err tt_report_comparison_json(const struct tt_comparison *comparison,
                                                  const struct tt_report_sink *sink);

#endif
