/* The coverage ledger: where each byte of a flow ended, by destination and direction.
 *
 * While a flow is open its bytes are counted beside it, since this happens for every chunk. When
 * the flow is over they move to the totals of its ends, host and protocol; which side is the device
 * is known in the end, and then totals become rows: one for each direction, host (or address and
 * port, where there is none), protocol, scope and country. A host that answers from two countries
 * has two rows. */
#ifndef TT_JUDGE_LEDGER_H
#define TT_JUDGE_LEDGER_H

#include "judge/geo.h"
#include "judge/judge.h"
#include "judge/place.h"

struct tt_ledger;

/* `texts` is borrowed until tt_ledger_free. NULL without memory. */
struct tt_ledger *tt_ledger_new(struct tt_texts *texts);
void tt_ledger_free(struct tt_ledger *ledger);

/* From now on totals are told apart by the stretch of the timeline (borrowed) that their flows lie
 * in. */
void tt_ledger_use_timeline(struct tt_ledger *ledger, const struct tt_timeline *timeline);

/* Counts bytes of an open flow. TT_ERR_LIMIT: they are counted, but under the flow's own name,
 * since it has more than TT_FLOW_HOSTS_MAX hosts. */
TT_MUST_USE enum tt_err tt_ledger_account(struct tt_ledger *ledger,
                                          const struct tt_account *account);

/* The flow is over; its missing bytes, duplicates and overhead are counted here. What no message
 * named gets the flow's name at its first frame. TT_ERR_LIMIT: there are more than
 * TT_DESTINATIONS_MAX destinations, and the flow is counted among the "(others)". */
TT_MUST_USE enum tt_err tt_ledger_flow(struct tt_ledger *ledger, const struct tt_flow *flow,
                                       const char *protocol, const struct tt_names *names);

/* Host number `at` that messages of an open flow were for, or NULL past the last; borrowed as the
 * ledger's texts are. A host may come more than once. */
const char *tt_ledger_host(struct tt_ledger *ledger, uint64_t flow, size_t at);

/* Hands the rows to `sink`: sent first, then received, between, unknown; of each the most bytes not
 * read (opaque, not IP, encrypted, lost) first, then the most bytes, then by name. */
TT_MUST_USE enum tt_err tt_ledger_tell(const struct tt_ledger *ledger, const struct tt_sides *sides,
                                       const struct tt_names *names, const struct tt_geo *geo,
                                       const struct tt_judge_sink *sink);

/* Bytes of one destination and direction in one stretch of the timeline; texts are borrowed for the
 * call. */
struct tt_ledger_part {
    const char *host; /* or NULL */
    const char *protocol;
    const char *country; /* or NULL */
    const char *network; /* or NULL */
    struct tt_place place;
    uint64_t first; /* times */
    uint64_t last;
    const uint64_t *bytes; /* by bucket */
    uint64_t framing;      /* of the decoded ones: handshakes of encryption that nobody opened */
};

/* Walks the parts in the order in which they were first seen. */
void tt_ledger_parts(const struct tt_ledger *ledger, const struct tt_sides *sides,
                     const struct tt_names *names, const struct tt_geo *geo,
                     void (*each)(void *, const struct tt_ledger_part *), void *context);

#endif
