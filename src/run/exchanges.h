/* Inside run/: what a listing reads over HTTP, gathered into exchanges for a HAR file
 * (report/har.h).
 *
 * A request waits for its response; both are written when the response is over, in that order, and
 * requests without one, and those that may open a WebSocket, when their flow is: its messages are
 * kept until then. Bodies are kept to TT_HAR_BODY_MAX, everything that
 * waits to TT_HAR_BODIES_ALL_MAX and TT_HAR_WAITING_MAX: what is beyond is written without its
 * body, or not at all, and counted. */
#ifndef TT_RUN_EXCHANGES_H
#define TT_RUN_EXCHANGES_H

#include "model/msg.h"
#include "model/seal.h"
#include "report/har.h"

struct tt_exchanges;

/* Begins the file; `sink` is borrowed until tt_exchanges_end. NULL without memory. */
struct tt_exchanges *tt_exchanges_new(bool reveal, const struct tt_report_sink *sink);

/* `captures`: the names by number, borrowed. */
void tt_exchanges_captures(struct tt_exchanges *exchanges, const char *const *captures);

/* What tt_flows_sink says of bodies, messages and flows; the handles are tt_flows_sink's. */
void *tt_exchanges_body_open(struct tt_exchanges *exchanges, const struct tt_body *body,
                             const struct tt_msg *msg, const struct tt_seal *seal);
void tt_exchanges_body_data(struct tt_exchanges *exchanges, void *handle,
                            const struct tt_piece *piece);
void tt_exchanges_body_close(struct tt_exchanges *exchanges, void *handle, enum tt_body_end end);
void tt_exchanges_message(struct tt_exchanges *exchanges, const struct tt_msg *msg,
                          const struct tt_seal *seal);
void tt_exchanges_flow(struct tt_exchanges *exchanges, const struct tt_flow *flow);

/* What is not in the file for want of room: exchanges, and bodies of others. */
struct tt_exchanges_lack {
    uint64_t exchanges;
    uint64_t bodies;
};

/* Ends the file. Returns the first failure, also of the sink. */
TT_MUST_USE enum tt_err tt_exchanges_end(struct tt_exchanges *exchanges,
                                         struct tt_exchanges_lack *ret_lack);

/* Takes NULL. */
void tt_exchanges_free(struct tt_exchanges *exchanges);

#endif
