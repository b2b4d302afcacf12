#include "model/finding.h"

const char *tt_certainty_name(enum tt_certainty certainty)
{
    return certainty == TT_PROVEN ? "proven" : "suspected";
}

const char *tt_heading_name(enum tt_heading heading)
{
    static const char *const names[] = {"sent", "received", "between", "unknown"};
    return names[heading];
}

const char *tt_scope_name(enum tt_addr_scope scope)
{
    static const char *const names[] = {"link", "private", "internet"};
    return names[scope];
}

const char *tt_consent_name(enum tt_consent consent)
{
    static const char *const names[] = {"given", "not_given", "withdrawn", "not_required",
                                        "unknown"};
    return names[consent];
}

const char *tt_party_name(enum tt_party party)
{
    static const char *const names[] = {"unknown", "first", "third"};
    return names[party];
}

const char *tt_verdict_name(enum tt_verdict verdict)
{
    static const char *const names[] = {"allowed", "undecided", "violation"};
    return names[verdict];
}
