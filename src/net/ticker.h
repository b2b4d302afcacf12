/* Inside net/: the clock of a capture, in seconds, against which flows and fragments grow old.
 *
 * It follows the time stamps of the frames, and never goes back but for one case: a jump further
 * ahead than TT_FLOW_IDLE_SECONDS is believed only when the next frame is there, too. So one wrong
 * time stamp does not end all flows. Frames without a time do not count. */
#ifndef TT_NET_TICKER_H
#define TT_NET_TICKER_H

#include <stdbool.h>
#include <stdint.h>

/* All zero before the first frame. */
struct tt_ticker {
    uint32_t second;
    uint32_t before; /* the second before the jump */
    bool jumped;     /* the last frame jumped */
    bool running;
    uint64_t next_tick; /* ns; before it nothing happens */
};

/* A frame came at `time` (ns). True when the clock has moved ahead for sure: whoever keeps things
 * that grow old looks at them. */
bool tt_ticker_move(struct tt_ticker *ticker, uint64_t time);

/* True when something last seen at `seen` is older than `seconds`. */
static inline bool tt_ticker_is_old(const struct tt_ticker *ticker, uint32_t seen, uint32_t seconds)
{
    return ticker->second > seen && ticker->second - seen > seconds;
}

#endif
