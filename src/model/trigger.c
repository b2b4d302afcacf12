#include "model/trigger.h"

const char *tt_trigger_outcome_name(enum tt_trigger_outcome outcome)
{
    static const char *const names[] = {
#define NAME(id, name) name,
        TT_TRIGGER_OUTCOMES(NAME)
#undef NAME
    };
    return (unsigned)outcome < TT_TRIGGER_OUTCOME_COUNT ? names[outcome] : "";
}

bool tt_trigger_is_judged(enum tt_trigger_outcome outcome)
{
    switch (outcome) {
    case TT_TRIGGER_TRIGGERED:
    case TT_TRIGGER_UNCLEAR:
    case TT_TRIGGER_NOTHING:
        return true;
    case TT_TRIGGER_CLOCK:
    case TT_TRIGGER_NOT_CAPTURED:
    case TT_TRIGGER_OUTCOME_COUNT:
        break;
    }
    return false;
}

double tt_trigger_chance_all(double chance, uint64_t kinds)
{
    double all = chance * (double)(kinds == 0 ? 1 : kinds);
    return all < 1 ? all : 1;
}
