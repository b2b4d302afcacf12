/* One run: captures through all layers into a case. The only place that knows every layer. */
#ifndef TT_RUN_PIPELINE_H
#define TT_RUN_PIPELINE_H

#include "store/case.h"

#include <telltale/telltale.h>

/* A test: findings, coverage and notes into a new case. */
TT_MUST_USE enum tt_err tt_pipeline_test(const struct tt_test_config *config,
                                         struct tt_case **ret_case, struct tt_error *error);

/* A message listing into a private case. */
TT_MUST_USE enum tt_err tt_pipeline_messages(const struct tt_test_config *config,
                                             struct tt_case **ret_case, struct tt_error *error);

#endif
