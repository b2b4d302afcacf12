/* The signs of edge_signs.h put together for the destinations of a test: some only show beside
 * the others. */
#ifndef TT_JUDGE_TIMING_SIGNS_H
#define TT_JUDGE_TIMING_SIGNS_H

#include "base/buf.h"
#include "judge/hints.h"
#include "judge/timings.h"

/* A time to the internet below this, in ns, is one of the local network: 30 km of light. */
#define TT_TIME_LOCAL 200000

/* A server hello this much later than the answer to the SYN, in ns, beyond twice its time, did not
 * come from what answered that. */
#define TT_TIME_HELLO_LATE 20000000

/* So many names on one address are more than the services of one owner. */
#define TT_NAMES_MANY 8

/* So many addresses of different networks that answer in the same time have one thing in common. */
#define TT_ALIKE_MIN 5

/* Do all destinations, of TT_ALIKE_MIN addresses and more, in different networks, answer within a
 * tenth and 0.2 ms of the same time? Not where the address database says that all are in one
 * country, which would explain it. */
bool tt_timings_alike(const struct tt_timings *timings, const struct tt_geo *geo);

/* What the signs for a destination come to. Many names on an address, or a field that any proxy
 * writes, come to nothing of this. */
struct tt_timing_doubts {
    bool edge; /* a delivery network answers: for the service, but elsewhere than it */
    bool path; /* something on the way answered, and the service never heard of it */
};

/* Appends the signs for one destination, one a line. */
TT_MUST_USE enum tt_err tt_timing_signs(const struct tt_timed *timed, const struct tt_hints *hints,
                                        const char *network, bool alike, struct tt_buf *out,
                                        struct tt_timing_doubts *ret_doubts);

#endif
