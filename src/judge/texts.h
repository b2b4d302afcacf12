/* Texts that many groups share (hosts, paths, protocols), each kept once: equal texts have equal
 * pointers, so that keys compare pointers. They live as long as the table. */
#ifndef TT_JUDGE_TEXTS_H
#define TT_JUDGE_TEXTS_H

#include "base/err.h"
#include "base/span.h"

struct tt_texts;

/* NULL without memory. */
struct tt_texts *tt_texts_new(void);
void tt_texts_free(struct tt_texts *texts);

/* NULL stays NULL. TT_ERR_LIMIT at TT_JUDGE_TEXTS_MAX or TT_JUDGE_TEXT_BYTES_MAX. */
TT_MUST_USE enum tt_err tt_texts_keep(struct tt_texts *texts, const char *text,
                                      const char **ret_kept);
TT_MUST_USE enum tt_err tt_texts_keep_span(struct tt_texts *texts, struct tt_span text,
                                           const char **ret_kept);

/* A host as it is compared and shown: lower case, without a final dot; NULL for none. */
TT_MUST_USE enum tt_err tt_texts_keep_host(struct tt_texts *texts, const char *host,
                                           const char **ret_kept);

/* A list of kept texts, itself kept once; NULL when it is empty. */
TT_MUST_USE enum tt_err tt_texts_keep_list(struct tt_texts *texts, const char *const *items,
                                           size_t count, const char *const **ret_kept);

#endif
