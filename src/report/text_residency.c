/* Where machines can stand, by how fast they answered, beside where they are said to be. */
#include "report/text.h"

enum { INDENT = 4, DEEP = 6, DESTINATIONS_LISTED = 50, LINE_MAX = 1024 };

struct place_list {
    struct tt_text *t;
    const struct tt_timing_row *timing; /* whose claims are being told */
    uint64_t timings;
};

static enum tt_style outcome_style(enum tt_residency_outcome outcome)
{
    static const enum tt_style styles[] = {TT_STYLE_GOOD, TT_STYLE_DOUBTFUL, TT_STYLE_BAD};
    return styles[outcome];
}

/* A paragraph for each line of a text. */
static void put_lines(struct tt_text *t, const char *text)
{
    struct tt_span rest = tt_span_str(text);
    while (rest.len > 0) {
        char line[LINE_MAX];
        size_t end = tt_span_find(rest, '\n');
        size_t len = end < rest.len ? end : rest.len;
        size_t shown = len < LINE_MAX ? len : LINE_MAX - 1;
        memcpy(line, rest.data, shown);
        line[shown] = '\0';
        tt_text_add_redacted(t, line, TT_REDACT_HOST);
        tt_text_end(t, "    - ", DEEP);
        rest = tt_span_from(rest, len < rest.len ? len + 1 : len);
    }
}

static enum tt_err put_residency(void *context, const struct tt_residency_row *row)
{
    struct place_list *list = context;
    struct tt_text *t = list->t;
    tt_text_style(t, outcome_style(row->outcome));
    tt_text_add(t, "%s", tt_residency_outcome_name(row->outcome));
    tt_text_plain(t);
    tt_text_add(t, ": ");
    tt_text_add_redacted(t, row->service, TT_REDACT_CLEAN);
    tt_text_add(t, " is in ");
    tt_text_add_redacted(t, row->places, TT_REDACT_CLEAN);
    tt_text_end(t, "  ", INDENT);
    put_lines(t, row->reason);
    return tt_text_step(t);
}

static void put_whom(struct tt_text *t, const struct tt_timing_row *row)
{
    char text[TT_ADDR_TEXT_MAX];
    const char *addr = tt_addr_text(row->address, text);
    if (row->host != NULL) {
        tt_text_add_redacted(t, row->host, TT_REDACT_HOST);
        tt_text_add(t, " (");
        tt_text_add_redacted(t, addr, TT_REDACT_HOST);
        tt_text_add(t, ", ");
    } else {
        tt_text_add_redacted(t, addr, TT_REDACT_HOST);
        tt_text_add(t, " (");
    }
    if (row->port == 0)
        tt_text_add(t, "which opened the connection)");
    else
        tt_text_add(t, "port %u)", (unsigned)row->port);
}

static enum tt_err put_claim(void *context, const struct tt_claim_row *row)
{
    struct place_list *list = context;
    struct tt_text *t = list->t;
    if (row->port != list->timing->port || !tt_addr_eq(row->address, list->timing->address))
        return TT_OK;
    tt_text_add_redacted(t, row->source, TT_REDACT_CLEAN);
    tt_text_add(t, " (");
    tt_text_add_redacted(t, row->claimant, TT_REDACT_CLEAN);
    tt_text_add(t, ") says ");
    tt_text_add_redacted(t, row->place, TT_REDACT_CLEAN);
    tt_text_add(t, ": %s", tt_claim_outcome_name(row->outcome));
    if (row->distance_km >= 1)
        tt_text_add(t, ", %.0f km away", row->distance_km);
    tt_text_end(t, "    - ", DEEP);
    return tt_text_step(t);
}

static void put_time(struct tt_text *t, const struct tt_timing_row *row)
{
    if (row->least == 0) {
        tt_text_add(t, ": no time, since an app wrote the packets of ");
        tt_text_add_redacted(t, row->capture, TT_REDACT_CLEAN);
        return;
    }
    tt_text_add(t, ": %.3f ms", (double)row->least / 1e6);
    if (row->vacuum_km > 0)
        tt_text_add(t, ", so within %.0f km (%.0f km by fibre)", row->vacuum_km, row->fibre_km);
}

static enum tt_err put_timing(void *context, const struct tt_timing_row *row)
{
    struct place_list *list = context;
    struct tt_text *t = list->t;
    if (list->timings++ >= DESTINATIONS_LISTED)
        return TT_OK;
    put_whom(t, row);
    put_time(t, row);
    tt_text_end(t, "  ", INDENT);
    list->timing = row;
    enum tt_err err = t->view->claims(t->view->store, put_claim, list);
    if (row->signs[0] != '\0') {
        tt_text_add(t, "What answered may be an edge or a proxy:");
        tt_text_end(t, "    ", DEEP);
        put_lines(t, row->signs);
    }
    return err == TT_OK ? tt_text_step(t) : err;
}

struct place_count {
    uint64_t all;
    uint64_t by_outcome[TT_RESIDENCY_VIOLATED + 1];
};

static enum tt_err count_outcome(void *context, const struct tt_residency_row *row)
{
    struct place_count *count = context;
    count->all++;
    count->by_outcome[row->outcome]++;
    return TT_OK;
}

enum tt_err tt_text_residency_headline(struct tt_text *t)
{
    struct place_count count = {0};
    char number[TT_HUMAN_MAX];
    char all[TT_HUMAN_MAX];
    enum tt_err err = t->view->residencies(t->view->store, count_outcome, &count);
    uint64_t violated = count.by_outcome[TT_RESIDENCY_VIOLATED];
    uint64_t undecided = count.by_outcome[TT_RESIDENCY_UNDECIDED];
    if (err != TT_OK || violated + undecided == 0)
        return err;
    tt_text_add(t, "Of %s %s whose place the policy names, ", tt_human_count(count.all, all),
                count.all == 1 ? "service" : "services");
    if (violated > 0)
        tt_text_add(t, "%s cannot be there%s", tt_human_count(violated, number),
                    undecided > 0 ? ", and " : ".");
    if (undecided > 0)
        tt_text_add(t, "of %s it is not known.", tt_human_count(undecided, number));
    tt_text_end(t, "", 0);
    return tt_text_step(t);
}

static enum tt_err count_residency(void *context, const struct tt_residency_row *row)
{
    bool *any = context;
    (void)row;
    *any = true;
    return TT_OK;
}

enum tt_err tt_text_residency(struct tt_text *t)
{
    const struct tt_case_view *view = t->view;
    struct place_list list = {.t = t};
    char count[TT_HUMAN_MAX];
    bool any = t->info.vantage != NULL;
    enum tt_err err = view->residencies(view->store, count_residency, &any);
    if (err != TT_OK || !any)
        return err;
    tt_text_title(t, "WHERE THE DESTINATIONS STAND");
    if (t->info.vantage != NULL) {
        tt_text_add(t, "Captured at ");
        tt_text_add_redacted(t, t->info.vantage, TT_REDACT_CLEAN);
        tt_text_add(t, ". No signal is faster than light: whoever answers in 1 ms stands within "
                       "150 km, within 100 km by fibre.");
    } else {
        tt_text_add(t, "No vantage point was given (--vantage LAT,LON): times prove nothing.");
    }
    tt_text_end(t, "  ", INDENT);
    err = view->residencies(view->store, put_residency, &list);
    if (err == TT_OK)
        err = view->timings(view->store, put_timing, &list);
    if (list.timings > DESTINATIONS_LISTED) {
        tt_text_add(t, "%s more destinations: the JSON output lists them all.",
                    tt_human_count(list.timings - DESTINATIONS_LISTED, count));
        tt_text_end(t, "  ", INDENT);
    }
    return err == TT_OK ? tt_text_step(t) : err;
}
