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

/* Counts bytes of an open flow. TT_ERR_LIMIT: they are counted, but under the flow's own name,
 * since it has more than TT_FLOW_HOSTS_MAX hosts. */
TT_MUST_USE enum tt_err tt_ledger_account(struct tt_ledger *ledger,
                                          const struct tt_account *account);

/* The flow is over; its missing bytes, duplicates and overhead are counted here. What no message
 * named gets the flow's name at its first frame. TT_ERR_LIMIT: there are more than
 * TT_DESTINATIONS_MAX destinations, and the flow is counted among the "(others)". */
TT_MUST_USE enum tt_err tt_ledger_flow(struct tt_ledger *ledger, const struct tt_flow *flow,
                                       const char *protocol, const struct tt_names *names);

/* Hands the rows to `sink`: sent first, then received, between, unknown; of each the most bytes not
 * read (opaque, not IP, encrypted, lost) first, then the most bytes, then by name. */
TT_MUST_USE enum tt_err tt_ledger_tell(const struct tt_ledger *ledger, const struct tt_sides *sides,
                                       const struct tt_names *names, const struct tt_geo *geo,
                                       const struct tt_judge_sink *sink);

#endif
