#include "net/ticker.h"

#include "base/time.h"
#include "model/limits.h"

static void set(struct tt_ticker *ticker, uint32_t second)
{
    ticker->second = second;
    ticker->next_tick = (second + UINT64_C(1)) * TT_NS_PER_SECOND;
}

/* The frame behind a jump decides: it confirms, or the clock goes back. */
static bool settle(struct tt_ticker *ticker, uint32_t second)
{
    ticker->jumped = false;
    if (second + UINT64_C(1) * TT_FLOW_IDLE_SECONDS >= ticker->second) {
        if (second > ticker->second)
            set(ticker, second);
        return true;
    }
    set(ticker, second > ticker->before ? second : ticker->before);
    return second > ticker->before;
}

bool tt_ticker_move(struct tt_ticker *ticker, uint64_t time)
{
    if (time == 0 || (time < ticker->next_tick && !ticker->jumped))
        return false;
    uint64_t exact = time / TT_NS_PER_SECOND;
    uint32_t second = exact > UINT32_MAX ? UINT32_MAX : (uint32_t)exact;
    if (!ticker->running) {
        ticker->running = true;
        set(ticker, second);
        return false;
    }
    if (ticker->jumped)
        return settle(ticker, second);
    if (second <= ticker->second)
        return false;
    ticker->jumped = second - ticker->second > TT_FLOW_IDLE_SECONDS;
    ticker->before = ticker->second;
    set(ticker, second);
    return !ticker->jumped;
}
