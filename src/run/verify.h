/* `telltale verify`: is the case what the test left, are the captures and the sheet those of the
 * test, and does each finding hold when its proof is walked again (verify/verify.h)? */
#ifndef TT_RUN_VERIFY_H
#define TT_RUN_VERIFY_H

#include "base/err.h"
#include "report/report.h"

#include <telltale/telltale.h>

TT_MUST_USE enum tt_err tt_verify_case(const struct tt_verify_config *config,
                                       const struct tt_report_sink *sink,
                                       struct tt_verify_totals *ret_totals, struct tt_error *error);

/* ---- verify_text.c ---- */

struct tt_verify_result;

/* What is told of one finding. */
struct tt_verify_line {
    size_t number; /* from 1, in the order of the case */
    const struct tt_finding *finding;
    const struct tt_verify_result *result;
};

/* One finding as text or as a line of JSON; and the totals behind the last. */
TT_MUST_USE enum tt_err tt_verify_write_line(const struct tt_report_sink *sink, bool json,
                                             const struct tt_verify_line *line);
TT_MUST_USE enum tt_err tt_verify_write_totals(const struct tt_report_sink *sink, bool json,
                                               const struct tt_verify_totals *totals);

#endif
