/* `telltale compare`: two cases, the comparison of judge/, a report of it. */
#ifndef TT_RUN_COMPARE_H
#define TT_RUN_COMPARE_H

#include "judge/compare.h"
#include "report/report.h"

#include <telltale/telltale.h>

/* The comparison alone; free it with tt_compare_free. */
TT_MUST_USE enum tt_err tt_compare_make(struct tt_case *before, struct tt_case *after,
                                        struct tt_compare **ret_compare, struct tt_error *error);

/* `format` is "text" or "json". `*ret_verdict` is what the comparison comes to. */
TT_MUST_USE enum tt_err tt_compare_cases(struct tt_case *before, struct tt_case *after,
                                         const char *format,
                                         const struct tt_report_options *options,
                                         const struct tt_report_sink *sink,
                                         enum tt_verdict *ret_verdict, struct tt_error *error);

#endif
