/* The value of a finding as it may be shown. */
#ifndef TT_REPORT_REVEAL_H
#define TT_REPORT_REVEAL_H

#include "model/finding.h"
#include "model/subject.h"

/* The value as the sheet has it, when `subject` (may be NULL) is the sheet of this test: an entry
 * of the same kind and label stands at the same place. Otherwise NULL: show finding->masked. */
const char *tt_report_revealed(const struct tt_subject *subject, const struct tt_finding *finding);

#endif
