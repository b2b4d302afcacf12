/* A finished test as report/ sees it: plain rows behind an interface that store/ implements, so
 * that reports are made from the case file alone and know no SQL. */
#ifndef TT_MODEL_CASE_H
#define TT_MODEL_CASE_H

#include "base/err.h"
#include "model/coverage.h"
#include "model/event.h"
#include "model/finding.h"
#include "model/residency.h"
#include "model/tls.h"
#include "model/trigger.h"

struct tt_case_info {
    const char *tool_version;
    const char *device_name;     /* or NULL */
    const char *device_firmware; /* or NULL */
    const char *subject_digest;  /* SHA-256 of the sheet */
    const char *policy_name;
    const char *geo_sources;   /* one a line, or "" */
    const char *timeline_json; /* or NULL */
    uint64_t searched_bytes;
    uint64_t identifier_count; /* entries of the sheet */
    uint64_t weak_count;       /* of them: too weak to prove anything */
    enum tt_verdict verdict;
    bool interrupted; /* stopped before the end of the input */
    /* Bytes of the two buckets that belong to no flow: the rows of the ledger lack them. */
    uint64_t unattributed_duplicate;
    uint64_t unattributed_overhead;
    const char *vantage; /* "28.61,77.21": where the packets were captured; or NULL */
    uint64_t key_count;  /* keys given, and found in the captures */
    const char *recipes; /* given: "NAME DIGEST" one a line, the digest that of the file; NULL: an
                          * older case, which tells neither these nor the keys */
};

/* One capture that was read. */
struct tt_case_input {
    const char *name; /* file name without folder */
    const char *format;
    const char *wrapping; /* or NULL */
    const char *sha256;
    uint64_t bytes;
    uint64_t frames;
    uint64_t dropped;
    uint64_t first_time; /* ns */
    uint64_t last_time;
    bool damaged;
    uint64_t captured_bytes;           /* of its frames */
    uint64_t wire_bytes;               /* that its frames had on the wire, as it says */
    uint64_t missing_bytes;            /* of payload that is known to be missing: among the lost */
    uint64_t buckets[TT_BUCKET_COUNT]; /* add up to captured_bytes and missing_bytes */
};

/* One clause of the policy, and what it came to. */
struct tt_case_clause {
    const char *id;
    const char *text;
    const char *verdict;
    const char *severity;
    const char *citation; /* or NULL */
    const char *outcome;  /* "holds", "violated", "undecided"; "permits": it demands nothing; "": an
                           * older case, which does not say */
    uint64_t findings;    /* that it says its verdict of */
    const char *missing;  /* why it is undecided or not wholly tested, one reason a line, or "" */
    const char *excepted; /* "2 findings: REASON", one exception that was used a line, or "" */
};

/* An entry of the sheet: what was searched for. Its value is nowhere in a case. */
struct tt_case_identifier {
    const char *kind;
    const char *owner;
    const char *label;
    const char *likeness; /* the same in two cases: the same value (identify/likeness.h); NULL: not
                           * told, as in an older case */
};

/* One line of a message listing. All texts as captured: whoever prints them redacts. */
struct tt_case_message {
    uint64_t flow;
    const char *protocol;
    const char *kind;
    const char *method; /* NULL for those that are not there */
    const char *url;
    const char *name;
    const char *content_type;
    int status;
    uint64_t body_bytes;
    const char *encryption;
    const char *opened_with;
    uint64_t first_frame; /* put as tt_frame_id, told as the number within `capture` */
    uint64_t last_frame;
    uint64_t time;
    const char *capture;
    /* For kind "data": bytes that no protocol claims. */
    enum tt_direction direction;
    uint64_t offset;
    struct tt_span body_head; /* at most 64 bytes */
    /* What a message of a TLS handshake says, but for the server name, which stands in `name`; NULL
     * for others. */
    const struct tt_tls_facts *tls;
};

/* Walks the rows of one sort in their order; the callback's error ends the walk and is passed on.
 * Rows are borrowed for the call. */
struct tt_case_view {
    void *store;
    enum tt_err (*info)(void *store,
                        struct tt_case_info *ret_info); /* borrowed until the case is freed */
    enum tt_err (*inputs)(void *store, enum tt_err (*row)(void *, const struct tt_case_input *),
                          void *context);
    enum tt_err (*devices)(void *store, enum tt_err (*row)(void *, const struct tt_device_view *),
                           void *context);
    /* The first TT_CASE_IDENTIFIERS_MAX, in the order of the sheet; none in a case of before. */
    enum tt_err (*identifiers)(void *store,
                               enum tt_err (*row)(void *, const struct tt_case_identifier *),
                               void *context);
    enum tt_err (*clauses)(void *store, enum tt_err (*row)(void *, const struct tt_case_clause *),
                           void *context);
    enum tt_err (*findings)(void *store, enum tt_err (*row)(void *, const struct tt_finding *),
                            void *context);
    enum tt_err (*coverage)(void *store, enum tt_err (*row)(void *, const struct tt_coverage_row *),
                            void *context);
    enum tt_err (*notes)(void *store, enum tt_err (*row)(void *, const struct tt_note_row *),
                         void *context);
    enum tt_err (*events)(void *store, enum tt_err (*row)(void *, const struct tt_event *),
                          void *context);
    enum tt_err (*timings)(void *store, enum tt_err (*row)(void *, const struct tt_timing_row *),
                           void *context);
    enum tt_err (*claims)(void *store, enum tt_err (*row)(void *, const struct tt_claim_row *),
                          void *context);
    enum tt_err (*residencies)(void *store,
                               enum tt_err (*row)(void *, const struct tt_residency_row *),
                               void *context);
    /* None in a case of before. */
    enum tt_err (*tls)(void *store, enum tt_err (*row)(void *, const struct tt_tls_row *),
                       void *context);
    enum tt_err (*triggers)(void *store, enum tt_err (*row)(void *, const struct tt_trigger *),
                            void *context);
    enum tt_err (*messages)(void *store, enum tt_err (*row)(void *, const struct tt_case_message *),
                            void *context);
};

#endif
