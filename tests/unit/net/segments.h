/* Segments of one TCP connection whose sides begin at A and B. */
#ifndef TT_TEST_NET_SEGMENTS_H
#define TT_TEST_NET_SEGMENTS_H

#include "net/outcome.h"

enum { A = 1000, B = 5000 }; /* the first sequence numbers of the two sides, behind the SYN */

static inline void feed(struct outcome *outcome, unsigned from, uint32_t seq, uint32_t ack,
                        unsigned flags, const char *text)
{
    struct maker maker;
    make_segment(&maker, from, seq, ack, flags, tt_span_str(text));
    outcome_feed(outcome, &maker);
}

static inline void feed_handshake(struct outcome *outcome)
{
    feed(outcome, 0, A - 1, 0, SYN, "");
    feed(outcome, 1, B - 1, A, SYN | ACK, "");
    feed(outcome, 0, A, B, ACK, "");
}

#endif
