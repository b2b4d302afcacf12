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
