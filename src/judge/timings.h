/* How fast the destinations of the device answered: the least handshake time to each address and
 * port, with the names that it had.
 *
 * During the run it collects (tt_timings_flow); when the sides are settled, tt_timings_settle makes
 * one entry of each destination. What counts as a time: between a SYN and its answer, both of
 * which the capture point saw, when neither was repeated (P. Karn, C. Partridge, 1987). Where the
 * third step took longer than that, the capture point stood nearer to the server than to the
 * device, and both are added: the sum bounds the distance from either; without it nothing is known
 * of that, and the time does not count. Of a connection that somebody opened to the device, the
 * third step comes from there: from the SYN-ACK to its ACK.
 *
 * One vantage point cannot stand for two places. Files that a capture was split into follow each
 * other in time; where captures with times overlap by more than TT_OVERLAP_MIN, no time of theirs
 * counts.
 *
 * Destinations that nothing can be timed of are entries without a time: private addresses, and all
 * protocols of IP but TCP and UDP. */
#ifndef TT_JUDGE_TIMINGS_H
#define TT_JUDGE_TIMINGS_H

#include "judge/device.h"
#include "judge/geo.h"
#include "judge/names.h"
#include "model/limits.h"
#include "model/residency.h"

struct tt_timings;

/* In ns: packets of files that follow each other may be this much out of order. */
#define TT_OVERLAP_MIN 10000000

/* `texts` is borrowed until tt_timings_free. NULL without memory. */
struct tt_timings *tt_timings_new(struct tt_texts *texts);
void tt_timings_free(struct tt_timings *timings);

/* A flow is over; its names are those of `names` at its first frame. TT_ERR_LIMIT at
 * TT_TIMINGS_MAX destinations or TT_TIMING_NAMES_MAX names of one: what is more is left out. */
TT_MUST_USE enum tt_err tt_timings_flow(struct tt_timings *timings, const struct tt_flow *flow,
                                        const struct tt_names *names);

/* A flow that is not over yet was answered in `time` ns by a server hello of TLS or QUIC. */
TT_MUST_USE enum tt_err tt_timings_handshake(struct tt_timings *timings, const struct tt_flow *flow,
                                             enum tt_handshake handshake, uint64_t time);

/* A message of a flow that is not over yet was for `host` (kept). */
TT_MUST_USE enum tt_err tt_timings_host(struct tt_timings *timings, const struct tt_flow *flow,
                                        const char *host);

/* Times of a capture may be shorter than they were by `error` ns: the resolution of its clock, and
 * how far it was set back. */
TT_MUST_USE enum tt_err tt_timings_clock(struct tt_timings *timings, uint32_t capture,
                                         uint64_t error);

/* The first and the last packet of a capture were seen at these times. */
TT_MUST_USE enum tt_err tt_timings_captured(struct tt_timings *timings, uint32_t capture,
                                            uint64_t first, uint64_t last);

/* One destination. Texts are kept. */
struct tt_timed {
    struct tt_addr addr;
    uint16_t port;    /* 0: it spoke first, or its protocol has none */
    uint32_t capture; /* of the least time, as the next ones */
    uint64_t flow;
    uint64_t frame;
    uint64_t least; /* ns; 0: none counts */
    uint64_t error; /* ns, of it */
    enum tt_handshake handshake;
    uint64_t least_tcp; /* ns, of each sort alone */
    uint64_t least_tls;
    uint64_t handshakes;
    uint64_t refused;
    uint32_t made_up_in; /* capture of the first flow that was refused */
    bool opened;         /* `port` is 0, and it opened a connection to the device */
    bool beside;         /* times of overlapping captures were left out, */
    uint32_t beside_in;  /* this is one of those */
    size_t name_count;
    const char *names[TT_TIMING_NAMES_MAX]; /* best first */
};

/* Call it once. The entries are sorted by best name, address and port, and stay until
 * tt_timings_free. */
TT_MUST_USE enum tt_err tt_timings_settle(struct tt_timings *timings, const struct tt_sides *sides);
/* The captures whose times do not count because they overlap. After tt_timings_settle. */
size_t tt_timings_overlapping(const struct tt_timings *timings);
size_t tt_timings_count(const struct tt_timings *timings);
const struct tt_timed *tt_timings_at(const struct tt_timings *timings, size_t at);

#endif
