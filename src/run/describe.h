/* What `telltale subject`, `policy` and `list` print. */
#ifndef TT_RUN_DESCRIBE_H
#define TT_RUN_DESCRIBE_H

#include "report/report.h"

#include <telltale/telltale.h>

/* `reveal`: values as in the sheet instead of masks. `width`: columns, 0 for 80. */
TT_MUST_USE enum tt_err tt_describe_sheet(const char *path, bool reveal, unsigned width,
                                          const struct tt_report_sink *sink,
                                          struct tt_error *error);
/* `path` NULL: the built-in policy. */
TT_MUST_USE enum tt_err tt_describe_clauses(const char *path, unsigned width,
                                            const struct tt_report_sink *sink,
                                            struct tt_error *error);
TT_MUST_USE enum tt_err tt_describe_list(enum tt_list_kind kind, const struct tt_report_sink *sink);

#endif
