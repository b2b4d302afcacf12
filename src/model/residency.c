#include "model/residency.h"

const char *tt_handshake_name(enum tt_handshake handshake)
{
    static const char *const names[] = {"tcp", "tls", "quic"};
    return names[handshake];
}

const char *tt_claim_outcome_name(enum tt_claim_outcome outcome)
{
    static const char *const names[] = {"confirmed", "possible", "untested", "implausible",
                                        "refuted"};
    return names[outcome];
}

const char *tt_residency_outcome_name(enum tt_residency_outcome outcome)
{
    static const char *const names[] = {"holds", "undecided", "violated"};
    return names[outcome];
}
