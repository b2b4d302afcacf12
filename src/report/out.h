/* Writing a report to its sink in pieces, so that no report is ever whole in memory. */
#ifndef TT_REPORT_OUT_H
#define TT_REPORT_OUT_H

#include "base/json.h"
#include "report/report.h"

/* The first failure sticks in `err`; later calls do nothing. */
struct tt_out {
    struct tt_buf buf; /* what the sink has not seen yet; JSON writers append to it */
    const struct tt_report_sink *sink;
    enum tt_err err;
};

struct tt_out tt_out_make(const struct tt_report_sink *sink);

void tt_out_str(struct tt_out *out, const char *text);
void tt_out_span(struct tt_out *out, struct tt_span text);

/* To be called after each row: takes over a failure of `json` (may be NULL) and, when enough has
 * been gathered, hands it on. Returns `err`, so that a row's callback can end with it. */
enum tt_err tt_out_step(struct tt_out *out, const struct tt_json *json);

/* Hands on what is left and frees the buffer. Returns the first failure of all. */
TT_MUST_USE enum tt_err tt_out_end(struct tt_out *out);

#endif
