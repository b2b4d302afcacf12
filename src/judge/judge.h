/* From hits to findings with a verdict, and the coverage ledger.
 *
 * During the run it only collects: hits are grouped per flow, names and addresses recorded. What
 * crosses flows (which side is the device, names by time, chance, consent, verdict, order) is
 * settled in tt_judge_finish. Memory is bounded by limits.h, not by the length of the capture. */
#ifndef TT_JUDGE_JUDGE_H
#define TT_JUDGE_JUDGE_H

#include "judge/geo.h"
#include "judge/policy.h"
#include "judge/residency.h"
#include "judge/timeline.h"
#include "judge/traffic.h"
#include "model/case.h"
#include "model/chunk.h"
#include "model/coverage.h"
#include "model/name.h"
#include "model/note.h"
#include "model/tls.h"
#include "model/trigger.h"

struct tt_judge;

struct tt_judge_config {
    const struct tt_subject *subject;   /* all borrowed until tt_judge_free */
    const struct tt_timeline *timeline; /* or NULL */
    const struct tt_policy *policy;
    const struct tt_geo *geo;
    const bool *weak; /* by entry of the sheet: too weak to prove anything; or NULL: none */
    const struct tt_vantage *vantage; /* where the packets were captured; or NULL */
};

TT_MUST_USE enum tt_err tt_judge_new(const struct tt_judge_config *config,
                                     struct tt_judge **ret_judge);
void tt_judge_free(struct tt_judge *judge);

/* The name of capture number `at` (file name without folder); call it before its flows. */
TT_MUST_USE enum tt_err tt_judge_capture(struct tt_judge *judge, uint32_t at, const char *name);

/* A flow is over (all its counters are final). Its hits and accounts were told before, and so were
 * the names learned by its first frame. What is handed over here and below is borrowed for the
 * call.
 */
TT_MUST_USE enum tt_err tt_judge_flow(struct tt_judge *judge, const struct tt_flow *flow,
                                      const char *protocol);
TT_MUST_USE enum tt_err tt_judge_hit(struct tt_judge *judge, const struct tt_hit *hit);
TT_MUST_USE enum tt_err tt_judge_name(struct tt_judge *judge, const struct tt_name_record *record);
/* Payload as it came, before it is read: when the device talks. Nothing is done with it while the
 * timeline has no events. */
TT_MUST_USE enum tt_err tt_judge_chunk(struct tt_judge *judge, const struct tt_chunk *chunk);
/* What the flow itself counts (missing bytes, duplicates, overhead) is taken from it by
 * tt_judge_flow. */
TT_MUST_USE enum tt_err tt_judge_account(struct tt_judge *judge, const struct tt_account *account);
void tt_judge_note(struct tt_judge *judge, const struct tt_note *note);
/* A capture was read to its end (`input` with its final counters), or reading was stopped. */
TT_MUST_USE enum tt_err tt_judge_input(struct tt_judge *judge, const struct tt_case_input *input);
void tt_judge_interrupted(struct tt_judge *judge);
/* The timeline was told something at a time of the capture: where it has events now and had none
 * before, what is sent is held against them from then on. */
TT_MUST_USE enum tt_err tt_judge_watch(struct tt_judge *judge, uint64_t time);
/* A flow that is not over was answered in `time` ns: tt_timings_handshake. */
TT_MUST_USE enum tt_err tt_judge_handshake(struct tt_judge *judge, const struct tt_flow *flow,
                                           enum tt_handshake handshake, uint64_t time);
/* A connection's handshake said something: tt_secured_take (secured.h). `*said` is the judge's. */
struct tt_said;
TT_MUST_USE enum tt_err tt_judge_tls(struct tt_judge *judge, const struct tt_flow *flow,
                                     const char *protocol, const struct tt_tls_facts *facts,
                                     struct tt_said **said);
/* How much shorter than they were the times of a capture may be, in ns: tt_timings_clock. */
TT_MUST_USE enum tt_err tt_judge_clock(struct tt_judge *judge, uint32_t capture, uint64_t error);
/* The times of the first and last packets of a capture: tt_timings_captured. */
TT_MUST_USE enum tt_err tt_judge_captured(struct tt_judge *judge, uint32_t capture, uint64_t first,
                                          uint64_t last);
/* Bytes searched, for the chance of luck. */
void tt_judge_searched(struct tt_judge *judge, uint64_t bytes);
/* What was seen in them; of `traffic`, all but the bytes counts. Once, before tt_judge_finish. */
void tt_judge_traffic(struct tt_judge *judge, const struct tt_traffic *traffic);

struct tt_judge_sink {
    void *context;
    enum tt_err (*device)(void *context, const struct tt_device_view *device);
    enum tt_err (*finding)(void *context, const struct tt_finding *finding);
    enum tt_err (*coverage)(void *context, const struct tt_coverage_row *row);
    enum tt_err (*note)(void *context, const struct tt_note_row *row);
    enum tt_err (*tls)(void *context, const struct tt_tls_row *row);           /* or NULL */
    enum tt_err (*trigger)(void *context, const struct tt_trigger *trigger);   /* or NULL */
    enum tt_err (*clause)(void *context, const struct tt_case_clause *clause); /* or NULL */
    const struct tt_residency_sink *residency; /* or NULL; told before the notes */
};

/* Settles everything and hands it over in a fixed order: devices, findings by capture and first
 * frame, coverage (sent first, of that the most bytes not read first), what TLS said of
 * destinations, triggers by event, notes by
 * layer and code, clauses as in the policy. Call it once. Caps of limits.h that were reached are
 * among the notes, as layer "judge". */
TT_MUST_USE enum tt_err tt_judge_finish(struct tt_judge *judge, const struct tt_judge_sink *sink);

/* What the whole test comes to: the worst of what its findings and the clauses of the policy come
 * to. Whether bytes that could not be read count is the policy's choice (`unread:`). */
enum tt_verdict tt_judge_verdict(const struct tt_judge *judge);

#endif
