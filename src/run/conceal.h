/* Keeps values of the sheet out of a case file: what the search engine finds in a text that is to
 * be stored (a host name, a step of a path) is replaced by dots, and of hardware addresses the
 * maker's half stays. */
#ifndef TT_RUN_CONCEAL_H
#define TT_RUN_CONCEAL_H

#include "identify/matcher.h"
#include "model/case.h"
#include "model/coverage.h"
#include "model/event.h"
#include "model/finding.h"
#include "model/residency.h"
#include "model/tls.h"
#include "model/trigger.h"

struct tt_concealer;

/* `matcher` is borrowed until tt_concealer_free. */
TT_MUST_USE enum tt_err tt_concealer_new(const struct tt_matcher *matcher,
                                         struct tt_concealer **ret_concealer);
void tt_concealer_free(struct tt_concealer *concealer);

/* A copy of the row without values; texts are borrowed until the next call of any of these. */
TT_MUST_USE enum tt_err tt_conceal_finding(struct tt_concealer *concealer,
                                           const struct tt_finding *finding,
                                           struct tt_finding *ret_finding);
TT_MUST_USE enum tt_err tt_conceal_coverage(struct tt_concealer *concealer,
                                            const struct tt_coverage_row *row,
                                            struct tt_coverage_row *ret_row);
TT_MUST_USE enum tt_err tt_conceal_event(struct tt_concealer *concealer,
                                         const struct tt_event *event, struct tt_event *ret_event);
TT_MUST_USE enum tt_err tt_conceal_clause(struct tt_concealer *concealer,
                                          const struct tt_case_clause *clause,
                                          struct tt_case_clause *ret_clause);
TT_MUST_USE enum tt_err tt_conceal_trigger(struct tt_concealer *concealer,
                                           const struct tt_trigger *trigger,
                                           struct tt_trigger *ret_trigger);
TT_MUST_USE enum tt_err tt_conceal_timing(struct tt_concealer *concealer,
                                          const struct tt_timing_row *row,
                                          struct tt_timing_row *ret_row);
TT_MUST_USE enum tt_err tt_conceal_claim(struct tt_concealer *concealer,
                                         const struct tt_claim_row *row,
                                         struct tt_claim_row *ret_row);
TT_MUST_USE enum tt_err tt_conceal_residency(struct tt_concealer *concealer,
                                             const struct tt_residency_row *row,
                                             struct tt_residency_row *ret_row);
TT_MUST_USE enum tt_err tt_conceal_tls(struct tt_concealer *concealer, const struct tt_tls_row *row,
                                       struct tt_tls_row *ret_row);
/* A text that stays until the next call, as those of rows do. */
TT_MUST_USE enum tt_err tt_conceal_text(struct tt_concealer *concealer, const char *text,
                                        const char **ret_text);
struct tt_device_view tt_conceal_device(const struct tt_device_view *device);

#endif
