/* Hits counted together while the run goes on, before it is known which side is the device and what
 * the destinations are called.
 *
 * Hits are one group when everything agrees that a finding may tell apart: form and codings, path
 * without positions, protocol, ends and direction, encryption, app, and the epoch of the timeline
 * (inside which phase and consent cannot change). Where the message said its host, that is the name
 * of the destination, and hits of several flows to one address make one group; elsewhere the name
 * depends on the flow, and each flow has its own. So memory grows with what differs, not with the
 * number of hits. */
#ifndef TT_JUDGE_GROUPS_H
#define TT_JUDGE_GROUPS_H

#include "judge/frames.h"
#include "judge/place.h"
#include "model/hit.h"

/* Compared as bytes: every byte is set, texts and lists are kept ones (texts.h). */
struct tt_group_key {
    const char *form;
    const char *const *transform;
    const char *const *path;
    const char *protocol;
    const char *host; /* said by the message, or NULL */
    const char *host_source;
    const char *encryption;
    const char *cipher;
    const char *opened_with;
    const char *app;
    uint64_t flow; /* 0 where the host is known */
    uint64_t epoch;
    struct tt_ends ends;
    uint32_t capture; /* in which the value begins; a flow may go on in another one */
    uint32_t identifier;
};

struct tt_flow_ref {
    uint64_t id;
    uint64_t first_frame;
    uint64_t first_time;
};

struct tt_group {
    struct tt_group_key key;
    size_t transform_count;
    size_t path_count;
    struct tt_strength strength; /* of the first hit's form, as the two below */
    double reversal_cost;
    bool weak;
    /* The first hit: smallest frame, then smallest flow, then told first. */
    struct tt_proof_step *proof; /* with its texts in one block */
    size_t proof_count;
    uint64_t first_frame;
    uint64_t first_flow;
    uint64_t *times; /* of the hits, as they came; only where tt_groups_keep_times was called */
    size_t time_count;
    size_t time_room;
    uint64_t first_seen; /* ns; 0 when no hit has a time */
    uint64_t last_seen;
    uint64_t count;
    struct tt_flow_ref *flows; /* the smallest, ascending; at most TT_FINDING_FLOWS_MAX */
    size_t flow_count;
    size_t flow_room;
    struct tt_frames frames; /* of each hit those in the group's capture, as numbers */
};

struct tt_groups;

/* `texts` is borrowed until tt_groups_free. NULL without memory. */
struct tt_groups *tt_groups_new(struct tt_texts *texts);
void tt_groups_free(struct tt_groups *groups);

/* `epoch` as tt_timeline_epoch gives it. TT_ERR_LIMIT at TT_FINDINGS_MAX, or when the texts are
 * full: the hit is not kept. */
TT_MUST_USE enum tt_err tt_groups_add(struct tt_groups *groups, const struct tt_hit *hit,
                                      uint64_t epoch);

/* From now on the times of hits are kept, for the test of events; at TT_SIGHTINGS_MAX no more. */
void tt_groups_keep_times(struct tt_groups *groups);

/* Were times left out because of that limit? */
bool tt_groups_missed_times(const struct tt_groups *groups);

size_t tt_groups_count(const struct tt_groups *groups);
struct tt_group *tt_groups_at(struct tt_groups *groups, size_t at);

/* Adds the hits of `more` to `group`; the proof is that of the first hit of both. */
TT_MUST_USE enum tt_err tt_group_merge(struct tt_group *group, struct tt_group *more);

/* A step's text without its positions: every "[12]" becomes "[*]". Writes at most `size` bytes with
 * the terminator, cut where there is no room. */
void tt_path_without_positions(const char *step, char *room, size_t size);

#endif
