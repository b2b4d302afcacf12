/* Reading subject sheets (YAML) and their vCard files into a tt_subject. */
#ifndef TT_IDENTIFY_SHEET_H
#define TT_IDENTIFY_SHEET_H

#include "base/buf.h"
#include "base/err.h"
#include "model/subject.h"

struct tt_sheet;

/* Reads the sheet at `path`; contacts_file is relative to it. Errors name the file, line and
 * column, and show the line with a caret under the place (values in that line are masked). Things
 * that are odd but usable (check digit, number without country, duplicate contact) are warnings. */
TT_MUST_USE enum tt_err tt_sheet_load(const char *path, struct tt_sheet **ret_sheet,
                                      struct tt_error *error);

/* The same from memory; `name` stands for the path in messages. For tests and fuzzing. */
TT_MUST_USE enum tt_err tt_sheet_parse(struct tt_span text, const char *name,
                                       struct tt_sheet **ret_sheet, struct tt_error *error);

/* Borrowed until tt_sheet_free. */
const struct tt_subject *tt_sheet_subject(const struct tt_sheet *sheet);

/* Warning number `at` as one line with file, line and column; NULL past the last. */
const char *tt_sheet_warning(const struct tt_sheet *sheet, size_t at);

/* Wipes all values. Takes NULL. */
void tt_sheet_free(struct tt_sheet *sheet);

#endif
