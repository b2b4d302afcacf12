/* Inside run/: an entry of a HAR file is a flow of its own, whose outermost channel is what the
 * file says was exchanged. */
#ifndef TT_RUN_HAR_H
#define TT_RUN_HAR_H

#include "model/frame.h"
#include "run/flows.h"

/* Takes a frame of TT_LINK_HAR as the whole of a new flow with that id. Returns how many of its
 * bytes are overhead. Failures are those of tt_flows_failure. */
uint64_t tt_har_frame(struct tt_flows *flows, const struct tt_frame *frame, uint64_t flow_id);

#endif
