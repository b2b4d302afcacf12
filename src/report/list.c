#include "report/formats.h"

#include "base/compiler.h"

/* The order is that of `telltale list formats`: for people first. */
static const struct tt_report_format formats[] = {
    {"text", "a report for a terminal", tt_report_text},
    {"json", "JSON Lines: one finding a line, then the coverage ledger", tt_report_json},
    {"advisory", "one page of plain text for staff and families", tt_report_advisory},
};

const struct tt_report_format *tt_report_format_at(size_t at)
{
    return at < TT_ARRAY_LEN(formats) ? &formats[at] : NULL;
}

const struct tt_report_format *tt_report_format_find(const char *name)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(formats); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}
