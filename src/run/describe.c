#include "run/describe.h"

#include "base/buf.h"
#include "content/content.h"
#include "content/embedded.h"
#include "identify/forms.h"
#include "identify/matcher.h"
#include "identify/sheet.h"
#include "judge/policy.h"
#include "judge/policy_builtin.h"
#include "model/limits.h"
#include "proto/proto.h"
#include "report/text.h"
#include "run/secure.h"

#include <stdio.h>

enum {
    LINE_MAX_BYTES = 65536,
    WORDS_MAX_BYTES = 4 * TT_POLICY_BYTES_MAX, /* of one clause */
    LABEL = 32,                                /* columns */
    VALUE = 20,
    CLAUSE = 24,
    VERDICT = 9,
    SEVERITY = 6
};

/* ---- lists ---- */

static enum tt_err list_protocols(struct tt_buf *line)
{
    const struct tt_proto *proto = NULL;
    enum tt_err err = TT_OK;
    for (size_t i = 0; err == TT_OK && (proto = tt_secure_at(i)) != NULL; i++)
        err = tt_buf_printf(line, "%-12s %s (%s)\n", proto->name, proto->title, proto->spec);
    for (size_t i = 0; err == TT_OK && (proto = tt_proto_at(i)) != NULL; i++)
        err = tt_buf_printf(line, "%-12s %s (%s)\n", proto->name, proto->title, proto->spec);
    return err;
}

static enum tt_err list_codings(struct tt_buf *line)
{
    const struct tt_decoder *decoder = NULL;
    enum tt_err err = TT_OK;
    for (size_t i = 0; err == TT_OK && (decoder = tt_decoder_at(i)) != NULL; i++)
        err = tt_buf_printf(line, "%-16s %s (%s)\n", decoder->name, decoder->title, decoder->spec);
    const struct tt_embedded_format *format = NULL;
    for (size_t i = 0; err == TT_OK && (format = tt_embedded_format_at(i)) != NULL; i++)
        err = tt_buf_printf(line, "%-16s %s (%s)\n", format->name, format->title, format->spec);
    return err;
}

static enum tt_err list_kinds(struct tt_buf *line)
{
    enum tt_err err = TT_OK;
    for (unsigned kind = 0; err == TT_OK && kind < TT_KIND_COUNT; kind++)
        err = tt_buf_printf(line, "%-18s %s\n", tt_kind_name((enum tt_kind)kind),
                            tt_kind_title((enum tt_kind)kind));
    return err;
}

static enum tt_err list_limits(struct tt_buf *line)
{
    static const struct {
        const char *name;
        unsigned long value;
        const char *unit;
        const char *why;
    } limits[] = {
#define TT_LIMIT_ROW(name, value, unit, why) {#name, (value), unit, why},
        TT_LIMITS(TT_LIMIT_ROW)
#undef TT_LIMIT_ROW
    };
    enum tt_err err = TT_OK;
    for (size_t i = 0; err == TT_OK && i < TT_ARRAY_LEN(limits); i++)
        err = tt_buf_printf(line, "%-26s %9lu %-12s %s\n", limits[i].name, limits[i].value,
                            limits[i].unit, limits[i].why);
    return err;
}

static enum tt_err list_formats(struct tt_buf *line)
{
    const struct tt_report_format *format = NULL;
    enum tt_err err = TT_OK;
    for (size_t i = 0; err == TT_OK && (format = tt_report_format_at(i)) != NULL; i++)
        err = tt_buf_printf(line, "%-12s %s\n", format->name, format->title);
    return err;
}

static enum tt_err list_policies(struct tt_buf *line)
{
    const struct tt_builtin_policy *builtin = NULL;
    enum tt_err err = TT_OK;
    for (size_t i = 0; err == TT_OK && (builtin = tt_policy_builtin_at(i)) != NULL; i++) {
        struct tt_policy *policy = NULL;
        err = tt_policy_load(builtin->name, &policy, NULL);
        if (err == TT_OK)
            err = tt_buf_printf(line, "%-16s %s\n", builtin->name, tt_policy_text(policy));
        tt_policy_free(policy);
    }
    return err;
}

enum tt_err tt_describe_list(enum tt_list_kind kind, const struct tt_report_sink *sink)
{
    struct tt_buf line = tt_buf_make(LINE_MAX_BYTES);
    enum tt_err err = TT_OK;
    switch (kind) {
    case TT_LIST_PROTOCOLS:
        err = list_protocols(&line);
        break;
    case TT_LIST_CODINGS:
        err = list_codings(&line);
        break;
    case TT_LIST_KINDS:
        err = list_kinds(&line);
        break;
    case TT_LIST_LIMITS:
        err = list_limits(&line);
        break;
    case TT_LIST_FORMATS:
        err = list_formats(&line);
        break;
    case TT_LIST_POLICIES:
        err = list_policies(&line);
        break;
    }
    if (err == TT_OK)
        err = sink->write(sink->context, tt_buf_span(&line));
    tt_buf_free(&line);
    return err;
}

/* ---- subject sheets ---- */

static long whole_bits(double bits)
{
    return (long)(bits + 0.5);
}

/* A form and its transforms as "digits>md5>hex"; its bits where it has not all of `most`. */
static void add_form(struct tt_text *t, const struct tt_form *form, bool first, long most)
{
    tt_text_add(t, "%s%s", first ? "" : "; ", form->name);
    for (size_t i = 0; i < TT_FORM_TRANSFORMS_MAX && form->transform[i] != NULL; i++)
        tt_text_add(t, ">%s", form->transform[i]);
    if (whole_bits(form->bits) != most)
        tt_text_add(t, form->weak ? " (%ld bits, WEAK)" : " (%ld bits)", whole_bits(form->bits));
}

/* What the strongest of the forms number `first` to `end` proves, in bits. Says it. */
static long put_strength(struct tt_text *t, const struct tt_matcher *matcher, size_t first,
                         size_t end)
{
    char text[64];
    bool weak = true;
    double most = 0;
    for (size_t i = first; i < end; i++) {
        const struct tt_form *form = tt_matcher_form(matcher, i);
        weak = weak && form->weak;
        most = form->bits > most ? form->bits : most;
    }
    (void)snprintf(text, sizeof(text), weak ? "WEAK: never proof (%ld bits)" : "strong (%ld bits)",
                   whole_bits(most));
    tt_out_str(&t->out, end == first ? "NOT SEARCHED: too short" : text);
    return whole_bits(most);
}

static bool same_words(const struct tt_form *a, const struct tt_form *b)
{
    if (strcmp(a->name, b->name) != 0)
        return false;
    for (size_t i = 0; i < TT_FORM_TRANSFORMS_MAX; i++) {
        const char *x = a->transform[i] == NULL ? "" : a->transform[i];
        const char *y = b->transform[i] == NULL ? "" : b->transform[i];
        if (strcmp(x, y) != 0)
            return false;
    }
    return true;
}

/* Name each form once, however many spellings (alignments, cases) it has. */
static bool was_named(const struct tt_matcher *matcher, size_t first, size_t at)
{
    for (size_t i = first; i < at; i++)
        if (same_words(tt_matcher_form(matcher, i), tt_matcher_form(matcher, at)))
            return true;
    return false;
}

/* One identifier: what it is, then its forms. `*at` is its first form, and then the next one's. */
static enum tt_err put_identifier(struct tt_text *t, const struct tt_matcher *matcher,
                                  const struct tt_identifier *identifier, uint32_t number,
                                  bool reveal, size_t *at)
{
    static const char indent[] = "    ";
    size_t first = *at;
    size_t count = tt_matcher_form_count(matcher);
    while (*at < count && tt_matcher_form(matcher, *at)->identifier == number)
        (*at)++;
    tt_text_cell_redacted(t, identifier->label, TT_REDACT_CLEAN, LABEL);
    tt_text_cell_redacted(t, identifier->masked, TT_REDACT_CLEAN, VALUE);
    long most = put_strength(t, matcher, first, *at);
    enum tt_tier tier = tt_tier_of(identifier);
    if (tier != TT_TIER_OWN)
        tt_out_str(&t->out, tier == TT_TIER_NEAR ? ", near" : ", far");
    tt_text_newline(t);
    if (reveal) { /* in full, however long */
        tt_text_add_redacted(t, identifier->value, TT_REDACT_CLEAN);
        tt_text_end(t, indent, sizeof(indent) - 1);
    }
    for (size_t i = first; i < *at; i++)
        if (!was_named(matcher, first, i))
            add_form(t, tt_matcher_form(matcher, i), i == first, most);
    if (*at > first)
        tt_text_end(t, indent, sizeof(indent) - 1);
    return tt_text_step(t);
}

static void put_warnings(struct tt_text *t, const struct tt_sheet *sheet)
{
    const char *text = NULL;
    for (size_t i = 0; (text = tt_sheet_warning(sheet, i)) != NULL; i++) {
        tt_text_add(t, "warning: ");
        tt_text_add_redacted(t, text, TT_REDACT_CLEAN);
        tt_text_end(t, "", sizeof("warning:"));
    }
}

/* How many values of each tier there are, and forms of theirs. */
static void put_tiers(struct tt_text *t, const struct tt_matcher *matcher,
                      const struct tt_subject *subject)
{
    static const char *const names[] = {"owner", "near", "far"};
    size_t values[TT_ARRAY_LEN(names)] = {0};
    size_t forms[TT_ARRAY_LEN(names)] = {0};
    for (size_t i = 0; i < subject->identifier_count; i++)
        values[tt_tier_of(&subject->identifiers[i])]++;
    for (size_t i = 0; i < tt_matcher_form_count(matcher); i++)
        forms[tt_tier_of(&subject->identifiers[tt_matcher_form(matcher, i)->identifier])]++;
    for (size_t i = 0; i < TT_ARRAY_LEN(names); i++) {
        if (values[i] == 0)
            continue;
        tt_text_add(t, "%s: %zu %s, %zu ways of writing", names[i], values[i],
                    values[i] == 1 ? "value" : "values", forms[i]);
        tt_text_end(t, "", 0);
    }
}

static enum tt_err put_sheet(struct tt_text *t, const struct tt_sheet *sheet,
                             const struct tt_matcher *matcher, bool reveal)
{
    const struct tt_subject *subject = tt_sheet_subject(sheet);
    enum tt_err err = TT_OK;
    size_t at = 0;
    put_warnings(t, sheet);
    for (size_t i = 0; err == TT_OK && i < subject->identifier_count; i++)
        err = put_identifier(t, matcher, &subject->identifiers[i], (uint32_t)i, reveal, &at);
    put_tiers(t, matcher, subject);
    tt_text_add(t, "%zu %s, %zu ways of writing. WEAK: searched for as whole words only.",
                subject->identifier_count, subject->identifier_count == 1 ? "value" : "values",
                tt_matcher_form_count(matcher));
    tt_text_end(t, "", 0);
    tt_text_add(t,
                "Bits: how rarely luck writes the value; with 30, once in 1,000,000,000 times that "
                "something like it is written. Fewer are WEAK.");
    tt_text_end(t, "", 0);
    tt_text_add(t,
                "Forms: of the owner's values all; near, the first %d contacts and messages: the "
                "usual ones and some rare ones; far: the usual ones. Digests of all of them are "
                "looked up too, also where no form tells it.",
                TT_FORMS_NEAR_MAX);
    tt_text_end(t, "", 0);
    tt_text_add(t, "Sheet SHA-256 %s", subject->digest);
    tt_text_end(t, "", 0);
    return err;
}

enum tt_err tt_describe_sheet(const char *path, bool reveal, unsigned width,
                              const struct tt_report_sink *sink, struct tt_error *error)
{
    struct tt_sheet *sheet = NULL;
    struct tt_matcher *matcher = NULL;
    struct tt_text t;
    enum tt_err err = tt_sheet_load(path, &sheet, error);
    if (err == TT_OK)
        err = tt_matcher_new(tt_sheet_subject(sheet), &matcher, error);
    if (err == TT_OK) {
        tt_text_open(&t, NULL, true, false, width, sink);
        err = tt_text_close(&t, put_sheet(&t, sheet, matcher, reveal));
    }
    tt_matcher_free(matcher);
    tt_sheet_free(sheet);
    if (err != TT_OK)
        return tt_error_set(error, err, "cannot show the sheet %s", path);
    return TT_OK;
}

/* ---- policies ---- */

/* A paragraph for each line. */
static void put_words(struct tt_text *t, struct tt_buf *lines, size_t indent)
{
    static const char spaces[] = "        ";
    struct tt_span rest = tt_buf_span(lines);
    struct tt_buf line = tt_buf_make(WORDS_MAX_BYTES);
    while (rest.len > 0 && t->out.err == TT_OK) {
        size_t end = tt_span_find(rest, '\n');
        tt_buf_clear(&line);
        t->out.err = tt_buf_append(&line, tt_span_sub(rest, 0, end));
        if (t->out.err == TT_OK)
            t->out.err = tt_buf_append_u8(&line, '\0');
        if (t->out.err == TT_OK) {
            tt_text_add_redacted(t, (const char *)line.data, TT_REDACT_CLEAN);
            tt_text_end(t, spaces + (sizeof(spaces) - 1 - indent), indent + 2);
        }
        rest = tt_span_from(rest, end < rest.len ? end + 1 : rest.len);
    }
    tt_buf_free(&line);
    tt_buf_clear(lines);
}

static enum tt_err put_one_clause(struct tt_text *t, const struct tt_policy *policy, size_t at,
                                  struct tt_buf *lines)
{
    static const char indent[] = "    ";
    struct tt_clause_view clause = tt_policy_clause(policy, at);
    tt_text_cell_redacted(t, clause.id, TT_REDACT_CLEAN, CLAUSE);
    tt_text_cell(t, tt_verdict_name(clause.verdict), VERDICT, TT_ALIGN_LEFT);
    tt_text_cell(t, clause.severity, SEVERITY, TT_ALIGN_LEFT);
    tt_text_newline(t);
    tt_text_add_redacted(t, clause.text, TT_REDACT_CLEAN);
    tt_text_end(t, indent, sizeof(indent) - 1);
    enum tt_err err = tt_policy_clause_words(policy, at, lines);
    if (err == TT_OK)
        put_words(t, lines, sizeof(indent) - 1);
    return err == TT_OK ? tt_text_step(t) : err;
}

static enum tt_err put_policy(struct tt_text *t, const struct tt_policy *policy)
{
    struct tt_buf lines = tt_buf_make(WORDS_MAX_BYTES);
    size_t count = tt_policy_clause_count(policy);
    tt_text_add(t, "policy ");
    tt_text_add_redacted(t, tt_policy_name(policy), TT_REDACT_CLEAN);
    tt_text_add(t, ": %zu %s", count, count == 1 ? "clause" : "clauses");
    tt_text_end(t, "", 0);
    if (tt_policy_text(policy) != NULL) {
        tt_text_add_redacted(t, tt_policy_text(policy), TT_REDACT_CLEAN);
        tt_text_end(t, "", 0);
    }
    enum tt_err err = tt_policy_words(policy, &lines);
    if (err == TT_OK)
        put_words(t, &lines, 0);
    for (size_t i = 0; err == TT_OK && i < count; i++)
        err = put_one_clause(t, policy, i, &lines);
    tt_buf_free(&lines);
    return err;
}

enum tt_err tt_describe_clauses(const char *path, unsigned width, const struct tt_report_sink *sink,
                                struct tt_error *error)
{
    struct tt_policy *policy = NULL;
    struct tt_text t;
    enum tt_err err = tt_policy_load(path, &policy, error);
    if (err == TT_OK) {
        tt_text_open(&t, NULL, true, false, width, sink);
        err = tt_text_close(&t, put_policy(&t, policy));
    }
    tt_policy_free(policy);
    if (err != TT_OK)
        return tt_error_set(error, err, "cannot show the policy");
    return TT_OK;
}
