#include "report/reveal.h"

#include <string.h>

const char *tt_report_revealed(const struct tt_subject *subject, const struct tt_finding *finding)
{
    if (subject == NULL || finding->identifier >= subject->identifier_count)
        return NULL;
    const struct tt_identifier *identifier = &subject->identifiers[finding->identifier];
    bool same = strcmp(identifier->label, finding->label) == 0 &&
                strcmp(tt_kind_name(identifier->kind), finding->kind) == 0;
    return same ? identifier->value : NULL;
}
