/* Subject sheets from memory; a small one that is read becomes a matcher that searches its own
 * text. */
#include "identify/matcher.h"
#include "identify/sheet.h"

#include <stdlib.h>

enum { MATCHER_IDENTIFIERS = 8 /* more only cost time */ };

static void on_match(void *context, const struct tt_match *match)
{
    const struct tt_span *text = context;
    if (match->at > text->len || match->len > text->len - match->at || match->form->name == NULL)
        abort();
}

static void search(const struct tt_subject *subject, struct tt_span text)
{
    struct tt_matcher *matcher = NULL;
    if (tt_matcher_new(subject, &matcher, NULL) != TT_OK)
        abort();
    struct tt_scan *scan = tt_scan_new(matcher);
    if (scan == NULL || tt_scan_feed(scan, text, on_match, &text) != TT_OK ||
        tt_scan_end(scan, on_match, &text) != TT_OK)
        abort();
    tt_scan_free(scan);
    tt_matcher_free(matcher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_span text = tt_span_of(data, size);
    struct tt_sheet *sheet = NULL;
    struct tt_error error = {.code = TT_OK};
    if (tt_sheet_parse(text, "sheet.yaml", &sheet, &error) != TT_OK) {
        if (error.code == TT_OK || error.text[0] == 0)
            abort();
        return 0;
    }
    const struct tt_subject *subject = tt_sheet_subject(sheet);
    for (size_t i = 0; i < subject->identifier_count; i++) {
        if (subject->identifiers[i].masked == NULL || subject->identifiers[i].label == NULL)
            abort();
    }
    if (subject->identifier_count <= MATCHER_IDENTIFIERS)
        search(subject, text);
    tt_sheet_free(sheet);
    return 0;
}
