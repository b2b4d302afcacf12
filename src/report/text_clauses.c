/* What the clauses of the policy came to. */
#include "report/text.h"

#include <stdio.h>

enum { INDENT = 4, DEEP = 6, FIRST_MAX = 32 };

bool tt_clause_demands(const struct tt_case_clause *clause)
{
    return clause->outcome != NULL && clause->outcome[0] != '\0' &&
           strcmp(clause->outcome, "permits") != 0;
}

/* A case file may say anything: what is no outcome is undecided. */
static const char *word_of(const char *outcome)
{
    static const char *const words[] = {"holds", "violated"};
    for (size_t i = 0; i < TT_ARRAY_LEN(words); i++)
        if (strcmp(words[i], outcome) == 0)
            return words[i];
    return "undecided";
}

/* A paragraph for each line of `lines`, which may be NULL. */
static void put_lines(struct tt_text *t, const char *before, const char *lines)
{
    struct tt_buf line = tt_buf_make(TT_CLAUSE_TEXT_MAX);
    struct tt_span rest = tt_span_str(lines == NULL ? "" : lines);
    while (rest.len > 0 && t->out.err == TT_OK) {
        size_t end = tt_span_find(rest, '\n');
        size_t len = end < rest.len ? end : rest.len;
        tt_buf_clear(&line);
        t->out.err = tt_buf_append(&line, tt_span_sub(rest, 0, len));
        if (t->out.err == TT_OK)
            t->out.err = tt_buf_append_u8(&line, '\0');
        if (t->out.err == TT_OK) {
            tt_text_add(t, "%s", before);
            tt_text_add_redacted(t, (const char *)line.data, TT_REDACT_HOST);
            tt_text_end(t, "    - ", DEEP);
        }
        rest = tt_span_from(rest, len < rest.len ? len + 1 : len);
    }
    tt_buf_free(&line);
}

void tt_text_clause(struct tt_text *t, const struct tt_case_clause *clause)
{
    char first[FIRST_MAX] = "  ";
    if (tt_clause_demands(clause))
        (void)snprintf(first, sizeof(first), "  %-10s", word_of(clause->outcome));
    tt_text_add_redacted(t, clause->id, TT_REDACT_CLEAN);
    tt_text_add(t, ": ");
    tt_text_add_redacted(t, clause->text, TT_REDACT_CLEAN);
    if (clause->citation != NULL) {
        tt_text_add(t, " [");
        tt_text_add_redacted(t, clause->citation, TT_REDACT_CLEAN);
        tt_text_add(t, "]");
    }
    tt_text_end(t, first, INDENT);
    put_lines(t, "", clause->missing);
    put_lines(t, "excepted: ", clause->excepted);
}
