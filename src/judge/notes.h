/* The notes of a run, counted by layer and code; the first one of each is kept as the example. */
#ifndef TT_JUDGE_NOTES_H
#define TT_JUDGE_NOTES_H

#include "judge/texts.h"
#include "model/coverage.h"

struct tt_notes;

/* `texts` is borrowed until tt_notes_free. NULL without memory. */
struct tt_notes *tt_notes_new(struct tt_texts *texts);
void tt_notes_free(struct tt_notes *notes);

/* `capture`: the name of the capture that it is about; NULL for none. Over TT_NOTES_MAX different
 * notes (and when the texts are full) a note is counted as "judge" "judge.notes". */
TT_MUST_USE enum tt_err tt_notes_add(struct tt_notes *notes, const struct tt_note *note,
                                     const char *capture);

size_t tt_notes_count(const struct tt_notes *notes);

/* Sorts them by layer and code, so that their order does not depend on whose note came first. */
TT_MUST_USE enum tt_err tt_notes_settle(struct tt_notes *notes);

/* Note number `at`; after tt_notes_settle. */
const struct tt_note_row *tt_notes_at(const struct tt_notes *notes, size_t at);

#endif
