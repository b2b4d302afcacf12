/* How good a test was, held against what a policy requires of it. */
#ifndef TT_JUDGE_TEST_QUALITY_H
#define TT_JUDGE_TEST_QUALITY_H

#include "base/buf.h"
#include "judge/policy_data.h"
#include "judge/timeline.h"
#include "model/case.h"

/* When a capture was recording. */
struct tt_stretch {
    uint64_t first;
    uint64_t last;
};

struct tt_test_quality {
    const struct tt_timeline *timeline; /* borrowed, or NULL */
    struct tt_stretch *stretches;
    size_t stretch_count;
    uint64_t dropped;   /* frames, as the captures say */
    uint64_t missing;   /* bytes of payload that stand in no capture */
    uint64_t damaged;   /* captures */
    uint64_t sent;      /* bytes of the device to the internet, */
    uint64_t sent_read; /* and those of them that were read */
    bool interrupted;
    bool incomplete; /* a cap of findings was reached */
};

void tt_test_quality_free(struct tt_test_quality *quality);

TT_MUST_USE enum tt_err tt_test_quality_input(struct tt_test_quality *quality,
                                              const struct tt_case_input *input);

/* Counts bytes of the ledger. The handshakes of encryption that nobody opened (`framing`) are left
 * out: however many they are, they say nothing of what was sent. */
void tt_test_quality_bytes(struct tt_test_quality *quality, enum tt_heading heading,
                           enum tt_addr_scope scope, uint64_t framing,
                           const uint64_t bytes[TT_BUCKET_COUNT]);

/* Time that the captures cover, in ns; what two cover counts once. Sorts the stretches. */
uint64_t tt_test_quality_duration(struct tt_test_quality *quality);

/* The states that somebody's consent had while a capture was recording: bit N for state N of enum
 * tt_consent. */
unsigned tt_test_quality_consents(const struct tt_test_quality *quality);

/* Adds a line for each requirement that is not met, with the numbers. */
TT_MUST_USE enum tt_err tt_test_quality_unmet(struct tt_test_quality *quality,
                                              const struct tt_requires *requires,
                                              struct tt_buf *lines);

#endif
