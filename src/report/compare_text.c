/* A comparison for people: what it comes to, whether the tests are alike, what became of each row.
 */
#include "report/comparison.h"

#include "report/text.h"

#include <stdio.h>

enum { NAME = 14, ENOUGH = 6, INDENT = 2, GAPS = 3, DETAIL = 12 };

static enum tt_style style_of(const struct tt_comparison *comparison)
{
    return tt_text_verdict_style(comparison->outcome);
}

static void put_headline(struct tt_text *t, const struct tt_comparison *comparison)
{
    static const char *const words[] = {"NOTHING GOT WORSE, AND NO VIOLATION IS LEFT",
                                        "IT CANNOT BE SAID", "SOMETHING IS LEFT OR NEW"};
    char count[TT_HUMAN_MAX];
    const char *before = "";
    tt_text_style(t, style_of(comparison));
    tt_out_str(&t->out, words[comparison->outcome]);
    tt_text_plain(t);
    tt_text_newline(t);
    for (enum tt_change change = TT_CHANGE_GONE; change < TT_CHANGE_COUNT; change++) {
        if (comparison->totals[change] == 0)
            continue;
        tt_text_add(t, "%s%s %s", before, tt_human_count(comparison->totals[change], count),
                    tt_change_words(change));
        before = "; ";
    }
    tt_text_add(t, "%s", before[0] == '\0' ? "Neither test found anything." : ".");
    tt_text_end(t, "", 0);
}

/* ---- the comparability statement ---- */

static const char *enough(const struct tt_comparison_check *check)
{
    if (check->for_gone)
        return check->for_new ? "yes" : "gone";
    return check->for_new ? "new" : "no";
}

static size_t value_columns(const struct tt_text *t)
{
    return (t->width - INDENT - NAME - ENOUGH - GAPS - 1) / 2;
}

/* What is too long for its column stands whole below: its end may be what differs. */
static void put_long(struct tt_text *t, const struct tt_comparison_check *check)
{
    tt_text_add(t, "before: ");
    tt_text_add_redacted(t, check->before, TT_REDACT_CLEAN);
    tt_text_end(t, "                 ", INDENT + NAME + 1);
    tt_text_add(t, "after: ");
    tt_text_add_redacted(t, check->after, TT_REDACT_CLEAN);
    tt_text_end(t, "                 ", INDENT + NAME + 1);
}

static void put_check(struct tt_text *t, const struct tt_comparison_check *check)
{
    size_t columns = value_columns(t);
    bool fits = tt_text_width(tt_span_str(check->before)) <= columns &&
                tt_text_width(tt_span_str(check->after)) <= columns;
    tt_out_str(&t->out, "  ");
    tt_text_cell(t, check->name, NAME, TT_ALIGN_LEFT);
    tt_text_cell_redacted(t, fits ? check->before : "(below)", TT_REDACT_CLEAN, columns);
    tt_text_cell_redacted(t, fits ? check->after : "(below)", TT_REDACT_CLEAN, columns);
    tt_text_cell(t, enough(check), ENOUGH, TT_ALIGN_LEFT);
    tt_text_newline(t);
    if (!fits)
        put_long(t, check);
    if (check->why == NULL)
        return;
    tt_text_add_redacted(t, check->why, TT_REDACT_CLEAN);
    tt_text_end(t, "                 ", INDENT + NAME + 1);
}

static void put_checks(struct tt_text *t, const struct tt_comparison *comparison)
{
    tt_text_title(t, "WHETHER THE TESTS ARE ALIKE");
    if (comparison->for_gone)
        tt_text_add(t, "They are alike enough: what the second did not see, though it could have, "
                       "is gone.");
    else
        tt_text_add(t, "They are not alike enough to call anything gone.");
    if (!comparison->for_new)
        tt_text_add(t, " That something is new may come from the first test, which saw less.");
    tt_text_end(t, "  ", INDENT);
    tt_out_str(&t->out, "  ");
    tt_text_cell(t, "", NAME, TT_ALIGN_LEFT);
    tt_text_cell(t, "Before", value_columns(t), TT_ALIGN_LEFT);
    tt_text_cell(t, "After", value_columns(t), TT_ALIGN_LEFT);
    tt_text_cell(t, "Enough", ENOUGH, TT_ALIGN_LEFT);
    tt_text_newline(t);
    for (size_t i = 0; i < comparison->check_count; i++)
        put_check(t, &comparison->checks[i]);
}

/* ---- rows ---- */

static const char *title_of(const struct tt_comparison_row *row)
{
    for (enum tt_kind kind = TT_KIND_IMEI; kind < TT_KIND_COUNT; kind++)
        if (kind != TT_KIND_CUSTOM && strcmp(tt_kind_name(kind), row->kind) == 0)
            return tt_kind_title(kind);
    return NULL;
}

static void add_destination(struct tt_text *t, const struct tt_comparison_side *side)
{
    char text[TT_ADDR_TEXT_MAX];
    if (side->host != NULL)
        tt_text_add_redacted(t, side->host, TT_REDACT_HOST);
    else if (side->place_count > 0 && tt_addr_len(side->places[0].address) > 0)
        tt_text_add_redacted(t, tt_addr_text(side->places[0].address, text), TT_REDACT_HOST);
    else
        tt_text_add(t, "(no address)");
}

/* Each country once. */
static void add_countries(struct tt_text *t, const struct tt_comparison_side *side)
{
    const char *before = ", in ";
    for (size_t i = 0; i < side->place_count; i++) {
        const char *country = side->places[i].country;
        bool told = country == NULL;
        for (size_t k = 0; k < i && !told; k++)
            told = side->places[k].country != NULL && strcmp(side->places[k].country, country) == 0;
        if (told)
            continue;
        tt_text_add(t, "%s", before);
        tt_text_add_redacted(t, country, TT_REDACT_CLEAN);
        before = " and ";
    }
}

static void add_ways(struct tt_text *t, const struct tt_comparison_side *side)
{
    for (size_t i = 0; i < side->way_count; i++) {
        tt_text_add(t, "%s", i == 0 ? "; as " : " | ");
        tt_text_add_redacted(t, side->ways[i], TT_REDACT_TEXT);
    }
}

static const char *reading_of(const struct tt_comparison_side *side)
{
    if (side->readable == 0)
        return "encrypted";
    return side->readable == side->findings ? "readable on the way" : "partly readable on the way";
}

static const char *consent_of(const struct tt_comparison_side *side)
{
    if (side->agreed == side->findings)
        return "agreed";
    if (side->refused == 0)
        return "agreement not known";
    return side->refused == side->findings ? "not agreed" : "partly not agreed";
}

static void put_side(struct tt_text *t, const char *first, const struct tt_comparison_side *side)
{
    char count[TT_HUMAN_MAX];
    char time[TT_HUMAN_MAX];
    if (side->findings == 0) {
        tt_text_add(t, "not seen");
        tt_text_end(t, first, DETAIL);
        return;
    }
    add_destination(t, side);
    add_countries(t, side);
    add_ways(t, side);
    tt_text_add(t, "; %s; %s; %s, first %s", reading_of(side), consent_of(side),
                tt_verdict_name(side->worst), tt_human_time(side->first_seen, time));
    tt_text_add(t, ", %s %s", tt_human_count(side->count, count),
                side->count == 1 ? "time" : "times");
    tt_text_add(t, "%s", side->certainty == TT_PROVEN ? "" : "; only suspected");
    tt_text_end(t, first, DETAIL);
}

static const char *way_of(const struct tt_comparison_row *row)
{
    if (row->heading == TT_HEADING_SENT && row->scope == TT_ADDR_SCOPE_INTERNET)
        return "";
    if (row->heading == TT_HEADING_SENT)
        return " (sent on the local network only)";
    if (row->heading == TT_HEADING_RECEIVED)
        return " (received)";
    return row->heading == TT_HEADING_BETWEEN ? " (between others)" : " (direction not known)";
}

static enum tt_err put_row(struct tt_text *t, const struct tt_comparison_row *row)
{
    const char *title = title_of(row);
    const char *before = "";
    tt_text_newline(t);
    if (title != NULL)
        tt_text_add(t, "%s, ", title);
    tt_text_add_redacted(t, row->label, TT_REDACT_TEXT);
    tt_text_add(t, " ");
    tt_text_add_redacted(t, row->masked, TT_REDACT_CLEAN);
    tt_text_add(t, ": ");
    add_destination(t, row->before.findings > 0 ? &row->before : &row->after);
    tt_text_add(t, "%s", way_of(row));
    tt_text_style(t, TT_STYLE_BOLD);
    tt_text_end(t, "", INDENT);
    tt_text_plain(t);
    for (enum tt_change change = TT_CHANGE_GONE; change < TT_CHANGE_COUNT; change++) {
        if (!tt_comparison_has(row, change))
            continue;
        tt_text_add(t, "%s%s", before, tt_change_words(change));
        before = "; ";
    }
    tt_text_end(t, "  => ", INDENT + 3);
    if (row->changes == 1U << TT_CHANGE_UNCHANGED) {
        put_side(t, "    still:  ", &row->after);
    } else {
        put_side(t, "    before: ", &row->before);
        put_side(t, "    after:  ", &row->after);
    }
    if (row->reason != NULL) {
        tt_text_add_redacted(t, row->reason, TT_REDACT_CLEAN);
        tt_text_end(t, "    why:    ", DETAIL);
    }
    return tt_text_step(t);
}

enum tt_err tt_report_comparison_text(const struct tt_comparison *comparison,
                                      const struct tt_report_options *options,
                                      const struct tt_report_sink *sink)
{
    struct tt_text t;
    char count[TT_HUMAN_MAX];
    tt_text_open(&t, NULL, false, options->colour, options->width, sink);
    put_headline(&t, comparison);
    put_checks(&t, comparison);
    enum tt_err err = tt_text_step(&t);
    if (comparison->row_count > 0)
        tt_text_title(&t, "WHAT BECAME OF IT");
    for (size_t i = 0; i < comparison->row_count && err == TT_OK; i++)
        err = put_row(&t, comparison->rows[i]);
    if (comparison->unlisted > 0) {
        tt_text_add(&t, "%s findings more than can be compared.",
                    tt_human_count(comparison->unlisted, count));
        tt_text_end(&t, "  ", INDENT);
    }
    return tt_text_close(&t, err);
}
