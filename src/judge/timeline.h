/* The timeline: phases of the test, what an agreement covers, and when it was given. */
#ifndef TT_JUDGE_TIMELINE_H
#define TT_JUDGE_TIMELINE_H

#include "base/err.h"
#include "model/finding.h"
#include "model/subject.h"

struct tt_timeline;

/* Reads a YAML file (docs/timeline.md describes it). Errors name file, line and column with a
 * caret. TT_ERR_FORMAT also for entries out of order. */
TT_MUST_USE enum tt_err tt_timeline_load(const char *path, struct tt_timeline **ret_timeline,
                                         struct tt_error *error);
TT_MUST_USE enum tt_err tt_timeline_parse(struct tt_span text, const char *name,
                                          struct tt_timeline **ret_timeline,
                                          struct tt_error *error);
void tt_timeline_free(struct tt_timeline *timeline);

/* A timeline that says nothing: it answers everything as if there were none. NULL without memory.
 */
struct tt_timeline *tt_timeline_new(void);

/* A comment of a capture at a time of its clock: "event: WHAT [LABEL]" and "phase: NAME" become
 * entries, other comments are no concern of the timeline. At time 0 nothing does. TT_ERR_LIMIT at
 * TT_PHASES_MAX: the entry is not kept. */
TT_MUST_USE enum tt_err tt_timeline_tell(struct tt_timeline *timeline, const char *comment,
                                         uint64_t time);

/* An event. Texts are borrowed until the timeline is freed. */
struct tt_event_view {
    const char *what;
    const char *subject; /* a label of the sheet, or NULL */
    uint64_t at;         /* ns, of the capture's clock */
    uint64_t uncertainty;
};

/* Event number `at`, in the order of time; false past the last. `timeline` may be NULL. */
bool tt_timeline_event(const struct tt_timeline *timeline, size_t at,
                       struct tt_event_view *ret_event);

/* How long after an event what is sent is held against it: ns. */
uint64_t tt_timeline_window(const struct tt_timeline *timeline);

/* The phase at a time of the capture's clock, or NULL (before the first, no timeline, or time 0:
 * not known). `timeline` may be NULL here and below. Index for grouping: SIZE_MAX for none. */
const char *tt_timeline_phase(const struct tt_timeline *timeline, uint64_t time, size_t *ret_index);

/* Whether the owner had agreed by then that this kind of data goes to that host by that app (host
 * and app may be NULL, and then fit no purpose that names some). Of several purposes that cover it
 * the best state counts: given, not_required, unknown, withdrawn, not_given, in this order, since
 * one agreement suffices. Not_given when purposes are declared and none covers it, and before the
 * first entry of those that do. Unknown without consent information, at time 0, and within the
 * clock's uncertainty of a change that alters the answer. */
enum tt_consent tt_timeline_consent(const struct tt_timeline *timeline, uint64_t time,
                                    enum tt_kind kind, const char *host, const char *app);

/* The states that consent to anything had from `first` to `last`: bit N for state N. Unknown
 * without consent information. */
unsigned tt_timeline_states(const struct tt_timeline *timeline, uint64_t first, uint64_t last);

/* The name of the purpose that decided that: the one of the best state, of equal ones the first.
 * NULL where none covers the finding, or where consent is unknown for want of purposes or of a
 * time. */
const char *tt_timeline_purpose(const struct tt_timeline *timeline, uint64_t time,
                                enum tt_kind kind, const char *host, const char *app);

/* The stretch of time that `time` lies in: within one epoch neither the phase nor the consent of
 * anything changes, so what happens in it may be grouped before its host is known. 0 without a
 * timeline. */
uint64_t tt_timeline_epoch(const struct tt_timeline *timeline, uint64_t time);

/* Call it when nothing more is told: renders the JSON text anew where something was. */
TT_MUST_USE enum tt_err tt_timeline_settle(struct tt_timeline *timeline);

/* For the case file: the timeline as it was read and told, as JSON text; borrowed. NULL where there
 * is none, or one that says nothing. */
const char *tt_timeline_json(const struct tt_timeline *timeline);

#endif
