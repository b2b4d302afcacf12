/* Reading captures: capture/ into net/ into flows. Shared by tests and message listings. */
#ifndef TT_RUN_READING_H
#define TT_RUN_READING_H

#include "model/case.h"
#include "run/flows.h"

#include <telltale/telltale.h>

struct tt_reading {
    const struct tt_test_config *config; /* captures, progress */
    struct tt_flows *flows;
    struct tt_keys
        *keys; /* gets the secrets of captures that are no files, as they come; or NULL */
    struct tt_note_sink notes;
    bool no_digest; /* `input->sha256` is not wanted */
    void *context;
    /* Before the first frame of a capture; `name` has no folder. */
    enum tt_err (*begin)(void *context, uint32_t capture, const char *name);
    /* What a capture tells beside its frames; either may be NULL. The name's `frame` is a
     * tt_frame_id; the event's is a number of its capture, which is named. */
    void (*name)(void *context, const struct tt_name_record *record);
    void (*event)(void *context, const struct tt_event *event);
    /* Payload as it comes, before anybody reads it; may be NULL. */
    void (*chunk)(void *context, const struct tt_chunk *chunk);
    /* Just before `end`; may be NULL. `error`: tt_capture_summary.clock_error. */
    enum tt_err (*clock)(void *context, uint32_t capture, uint64_t error);
    /* After the last frame of all captures, when every flow has been told; of `input->buckets` only
     * what belongs to no flow alone is set: overhead and duplicates. */
    enum tt_err (*end)(void *context, uint32_t capture, const struct tt_case_input *input);
};

/* Reads all captures. `*ret_interrupted`: the caller asked to stop; what was read is flushed. */
TT_MUST_USE enum tt_err tt_reading_run(const struct tt_reading *reading, bool *ret_interrupted,
                                       struct tt_error *error);

#endif
