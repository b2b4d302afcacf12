#include "run/describe.h"

#include "base/buf.h"
#include "content/content.h"
#include "identify/matcher.h"
#include "identify/sheet.h"
#include "judge/policy.h"
#include "model/limits.h"
#include "proto/proto.h"

enum { LINE_MAX_BYTES = 65536 };

/* Writes what the buffer holds and empties it. */
static enum tt_err flush(struct tt_buf *line, const struct tt_report_sink *sink)
{
    enum tt_err err = sink->write(sink->context, tt_buf_span(line));
    tt_buf_clear(line);
    return err;
}

/* ---- lists ---- */

static enum tt_err list_protocols(struct tt_buf *line)
{
    const struct tt_proto *proto = NULL;
    enum tt_err err = TT_OK;
    for (size_t i = 0; err == TT_OK && (proto = tt_proto_at(i)) != NULL; i++)
        err = tt_buf_printf(line, "%-12s %s (%s)\n", proto->name, proto->title, proto->spec);
    return err;
}

static enum tt_err list_codings(struct tt_buf *line)
{
    const struct tt_decoder *decoder = NULL;
    enum tt_err err = TT_OK;
    for (size_t i = 0; err == TT_OK && (decoder = tt_decoder_at(i)) != NULL; i++)
        err = tt_buf_printf(line, "%-12s %s (%s)\n", decoder->name, decoder->title, decoder->spec);
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
    }
    if (err == TT_OK)
        err = flush(&line, sink);
    tt_buf_free(&line);
    return err;
}

/* ---- subject sheets ---- */

/* The transforms of a form as "md5 < base64", or nothing. */
static enum tt_err put_form(struct tt_buf *line, const struct tt_form *form)
{
    enum tt_err err = tt_buf_printf(line, " %s", form->name);
    for (size_t i = 0; err == TT_OK && i < TT_FORM_TRANSFORMS_MAX && form->transform[i] != NULL;
         i++)
        err = tt_buf_printf(line, ">%s", form->transform[i]);
    return err;
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
static enum tt_err put_identifier(struct tt_buf *line, const struct tt_matcher *matcher,
                                  const struct tt_identifier *identifier, uint32_t number,
                                  bool reveal, size_t *at)
{
    size_t first = *at;
    size_t count = tt_matcher_form_count(matcher);
    bool weak = true;
    while (*at < count && tt_matcher_form(matcher, *at)->identifier == number)
        weak = tt_matcher_form(matcher, (*at)++)->weak && weak;
    const char *strength = *at == first ? "NOT SEARCHED (too short)"
                           : weak       ? "WEAK: whole words only, never proof"
                                        : "strong";
    enum tt_err err = tt_buf_printf(line, "%-28s %-24s %s\n   ", identifier->label,
                                    reveal ? identifier->value : identifier->masked, strength);
    for (size_t i = first; err == TT_OK && i < *at; i++)
        if (!was_named(matcher, first, i))
            err = put_form(line, tt_matcher_form(matcher, i));
    if (err == TT_OK)
        err = tt_buf_append_str(line, "\n");
    return err;
}

static enum tt_err put_warnings(struct tt_buf *line, const struct tt_sheet *sheet,
                                const struct tt_report_sink *sink)
{
    const char *text = NULL;
    enum tt_err err = TT_OK;
    for (size_t i = 0; err == TT_OK && (text = tt_sheet_warning(sheet, i)) != NULL; i++) {
        err = tt_buf_printf(line, "warning: %s\n", text);
        if (err == TT_OK)
            err = flush(line, sink);
    }
    return err;
}

enum tt_err tt_describe_sheet(const char *path, bool reveal, const struct tt_report_sink *sink,
                              struct tt_error *error)
{
    struct tt_sheet *sheet = NULL;
    struct tt_matcher *matcher = NULL;
    struct tt_buf line = tt_buf_make(LINE_MAX_BYTES);
    enum tt_err err = tt_sheet_load(path, &sheet, error);
    if (err == TT_OK)
        err = tt_matcher_new(tt_sheet_subject(sheet), &matcher, error);
    if (err != TT_OK)
        goto out;
    const struct tt_subject *subject = tt_sheet_subject(sheet);
    err = put_warnings(&line, sheet, sink);
    size_t at = 0;
    for (size_t i = 0; err == TT_OK && i < subject->identifier_count; i++) {
        err = put_identifier(&line, matcher, &subject->identifiers[i], (uint32_t)i, reveal, &at);
        if (err == TT_OK)
            err = flush(&line, sink);
    }
    if (err == TT_OK)
        err = tt_buf_printf(&line, "%zu values, %zu ways of writing them. Sheet SHA-256 %s\n",
                            subject->identifier_count, tt_matcher_form_count(matcher),
                            subject->digest);
    if (err == TT_OK)
        err = flush(&line, sink);
out:
    tt_buf_wipe(&line);
    tt_matcher_free(matcher);
    tt_sheet_free(sheet);
    if (err != TT_OK)
        return tt_error_set(error, err, "cannot show the sheet %s", path);
    return TT_OK;
}

/* ---- policies ---- */

enum tt_err tt_describe_clauses(const char *path, const struct tt_report_sink *sink,
                                struct tt_error *error)
{
    struct tt_policy *policy = NULL;
    struct tt_buf line = tt_buf_make(LINE_MAX_BYTES);
    enum tt_err err = tt_policy_load(path, &policy, error);
    if (err != TT_OK)
        goto out;
    err = tt_buf_printf(&line, "policy %s: %zu clauses\n", tt_policy_name(policy),
                        tt_policy_clause_count(policy));
    for (size_t i = 0; err == TT_OK && i < tt_policy_clause_count(policy); i++) {
        struct tt_clause_view clause = tt_policy_clause(policy, i);
        err = tt_buf_printf(&line, "%-24s %-10s %-7s %s\n", clause.id,
                            tt_verdict_name(clause.verdict), clause.severity, clause.text);
        if (err == TT_OK)
            err = flush(&line, sink);
    }
out:
    tt_buf_free(&line);
    tt_policy_free(policy);
    if (err != TT_OK)
        return tt_error_set(error, err, "cannot show the policy");
    return TT_OK;
}
