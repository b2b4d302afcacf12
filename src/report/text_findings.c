/* The verdict in a sentence, and the table of what was found. */
#include "report/rows.h"
#include "report/text.h"

#include <inttypes.h>
#include <stdio.h>

/* Columns of the table; what the width leaves is shared by "What" and "Written as". */
enum {
    INDENT = 2,
    VERDICT = 9,
    ENCRYPTED = 9,
    AGREED = 10,
    FRAME = 7,
    GAPS = 5,
    DETAIL_INDENT = INDENT + VERDICT + 1
};

static const char *plural(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

/* "some of it" in words: "", or `all`, or `part`. */
static const char *share(uint64_t part, uint64_t all, const char *whole, const char *partly)
{
    if (part == 0)
        return "";
    return part == all ? whole : partly;
}

static void add_what_went_where(struct tt_text *t, const struct tt_row_tally *sum)
{
    char kinds[TT_HUMAN_MAX];
    char hosts[TT_HUMAN_MAX];
    uint64_t kind_count = tt_map_count(sum->kinds);
    uint64_t host_count = tt_map_count(sum->hosts);
    tt_text_add(t, "%s %s of personal data ", tt_human_count(kind_count, kinds),
                plural(kind_count, "kind", "kinds"));
    if (sum->sent == sum->findings)
        tt_text_add(t, "%s sent to", plural(kind_count, "was", "were"));
    else
        tt_text_add(t, "went to or came from");
    tt_text_add(t, " %s %s", tt_human_count(host_count, hosts),
                plural(host_count, "host", "hosts"));
}

static void add_violation(struct tt_text *t, const struct tt_row_tally *sum)
{
    add_what_went_where(t, sum);
    tt_text_add(
        t, "%s%s",
        share(sum->no_consent, sum->findings, " without agreement", ", partly without agreement"),
        share(sum->readable, sum->findings, ", readable by anybody on the way",
              ", partly readable by anybody on the way"));
    if (sum->no_consent == 0 && sum->readable == 0)
        tt_text_add(t, ", which the policy forbids");
    tt_text_add(t, ".");
}

static void add_undecided(struct tt_text *t, const struct tt_row_tally *sum)
{
    add_what_went_where(t, sum);
    if (sum->unknown_consent == sum->findings)
        tt_text_add(t, ", and whether that was agreed is not known.");
    else
        tt_text_add(t, ", which the policy does not decide.");
}

/* Never without what was not read. */
static void add_nothing_found(struct tt_text *t)
{
    char read[TT_HUMAN_MAX];
    char unread[TT_HUMAN_MAX];
    tt_text_add(t, "Nothing found in the %s bytes that could be read; %s bytes could not.",
                tt_human_count(tt_text_bytes_read(t->totals), read),
                tt_human_count(tt_text_bytes_unread(t->totals), unread));
}

/* "18 kB encrypted, 826 B not understood": only what there is. */
static void add_unread_parts(struct tt_text *t)
{
    static const struct {
        enum tt_bucket bucket;
        const char *what;
    } parts[] = {{TT_BUCKET_ENCRYPTED, "encrypted"},
                 {TT_BUCKET_OPAQUE, "not understood"},
                 {TT_BUCKET_NOT_IP, "not IP"},
                 {TT_BUCKET_LOST, "missing"}};
    const char *before = " (";
    char bytes[TT_HUMAN_MAX];
    for (size_t i = 0; i < TT_ARRAY_LEN(parts); i++) {
        if (t->totals[parts[i].bucket] == 0)
            continue;
        tt_text_add(t, "%s%s %s", before, tt_human_bytes(t->totals[parts[i].bucket], bytes),
                    parts[i].what);
        before = ", ";
    }
    tt_text_add(t, "%s", before[0] == ',' ? ")" : "");
}

static void add_read_share(struct tt_text *t)
{
    char read[TT_HUMAN_MAX];
    char unread[TT_HUMAN_MAX];
    tt_text_add(t, "%s could be read; %s could not",
                tt_human_bytes(tt_text_bytes_read(t->totals), read),
                tt_human_bytes(tt_text_bytes_unread(t->totals), unread));
    add_unread_parts(t);
    tt_text_add(t, ".");
}

static void put_headline(struct tt_text *t, const struct tt_rows *rows)
{
    static const char *const words[] = {"HOLDS", "UNDECIDED", "VIOLATION"};
    const struct tt_row_tally *allowed = &rows->tallies[TT_VERDICT_ALLOWED];
    const struct tt_row_tally *undecided = &rows->tallies[TT_VERDICT_UNDECIDED];
    const struct tt_row_tally *violation = &rows->tallies[TT_VERDICT_VIOLATION];
    tt_text_style(t, tt_text_verdict_style(t->info.verdict));
    tt_out_str(&t->out, words[t->info.verdict]);
    tt_text_plain(t);
    tt_text_newline(t);
    if (violation->findings > 0)
        add_violation(t, violation);
    if (undecided->findings > 0) {
        tt_text_add(t, "%s", violation->findings > 0 ? " Also, " : "");
        add_undecided(t, undecided);
    }
    if (violation->findings + undecided->findings == 0 && allowed->findings > 0) {
        add_what_went_where(t, allowed);
        tt_text_add(t, ", all of it allowed by the policy.");
    }
    if (violation->findings + undecided->findings + allowed->findings == 0)
        add_nothing_found(t);
    tt_text_end(t, "", 0);
    add_read_share(t);
    tt_text_end(t, "", 0);
    if (t->info.interrupted) {
        tt_text_add(t, "The test was stopped before the end of the input: this is what was found "
                       "until then.");
        tt_text_end(t, "", 0);
    }
}

static size_t what_columns(const struct tt_text *t)
{
    size_t rest = t->width - (INDENT + VERDICT + ENCRYPTED + AGREED + FRAME + GAPS);
    return (rest + 1) / 2;
}

static size_t written_columns(const struct tt_text *t)
{
    size_t rest = t->width - (INDENT + VERDICT + ENCRYPTED + AGREED + FRAME + GAPS);
    return rest - what_columns(t);
}

static void put_table_head(struct tt_text *t)
{
    tt_out_str(&t->out, "  ");
    tt_text_cell(t, "Verdict", VERDICT, TT_ALIGN_LEFT);
    tt_text_cell(t, "What", what_columns(t), TT_ALIGN_LEFT);
    tt_text_cell(t, "Written as", written_columns(t), TT_ALIGN_LEFT);
    tt_text_cell(t, "Encrypted", ENCRYPTED, TT_ALIGN_LEFT);
    tt_text_cell(t, "Agreed", AGREED, TT_ALIGN_LEFT);
    tt_text_cell(t, "Frame", FRAME, TT_ALIGN_RIGHT);
    tt_text_newline(t);
}

/* "api.example.com, 198.51.100.7:80, CN, AS64500 Example" on one line. */
static void put_group_head(struct tt_text *t, const struct tt_row_group *group)
{
    char text[TT_ADDR_TEXT_MAX];
    const char *addr = tt_addr_text(group->address, text);
    bool v6 = group->address.family == TT_ADDR_IPV6 && group->port != 0;
    tt_text_newline(t);
    tt_text_add_redacted(t, group->host, TT_REDACT_HOST);
    if (addr[0] != '\0') {
        tt_text_add(t, "%s%s", group->host == NULL ? "" : ", ", v6 ? "[" : "");
        tt_text_add_redacted(t, addr, TT_REDACT_HOST);
        tt_text_add(t, "%s", v6 ? "]" : "");
        if (group->port != 0)
            tt_text_add(t, ":%u", group->port);
        if (group->more_addresses)
            tt_text_add(t, " and others");
    } else if (group->host == NULL) {
        tt_text_add(t, "(no address)");
    }
    tt_text_add(t, " (");
    tt_text_add_redacted(t, group->protocol, TT_REDACT_CLEAN);
    tt_text_add(t, ")");
    const char *const more[] = {group->country, group->network, group->app};
    for (size_t i = 0; i < TT_ARRAY_LEN(more); i++) {
        if (more[i] != NULL) {
            tt_text_add(t, ", ");
            tt_text_add_redacted(t, more[i], TT_REDACT_CLEAN);
        }
    }
    tt_text_style(t, TT_STYLE_BOLD);
    tt_text_end_line(t);
    tt_text_plain(t);
    put_table_head(t);
}

/* "IMEI", the owner's own name of a custom value, or "contact's number (500)". */
static void put_what(struct tt_text *t, const struct tt_row *row)
{
    char text[128];
    char count[TT_HUMAN_MAX];
    const char *title = row->kind;
    for (enum tt_kind kind = TT_KIND_IMEI; kind < TT_KIND_COUNT; kind++) {
        if (strcmp(tt_kind_name(kind), row->kind) == 0)
            title = kind == TT_KIND_CUSTOM ? row->label : tt_kind_title(kind);
    }
    (void)snprintf(text, sizeof(text), "%.90s", title);
    if (row->entries > 1)
        (void)snprintf(text, sizeof(text), "%.80s (%s)", title,
                       tt_human_count(row->entries, count));
    tt_text_cell_redacted(t, text, TT_REDACT_CLEAN, what_columns(t));
}

static void put_written(struct tt_text *t, const struct tt_row *row)
{
    char text[128];
    if (row->transform[0] != '\0')
        (void)snprintf(text, sizeof(text), "%.100s", row->transform);
    else
        (void)snprintf(text, sizeof(text), "plain, %.90s", row->form);
    tt_text_cell_redacted(t, text, TT_REDACT_CLEAN, written_columns(t));
}

static void put_row_line(struct tt_text *t, const struct tt_row *row)
{
    static const char *const agreed[] = {"yes", "no", "withdrawn", "not needed", "not known"};
    char frame[TT_HUMAN_MAX];
    tt_out_str(&t->out, "  ");
    tt_text_style(t, tt_text_verdict_style(row->verdict));
    tt_text_cell(t, tt_verdict_name(row->verdict), VERDICT, TT_ALIGN_LEFT);
    tt_text_plain(t);
    put_what(t, row);
    put_written(t, row);
    bool named = strcmp(row->encryption, "none") != 0;
    if (row->readable)
        tt_text_cell(t, named ? "no cipher" : "no", ENCRYPTED, TT_ALIGN_LEFT);
    else
        tt_text_cell_redacted(t, row->encryption, TT_REDACT_CLEAN, ENCRYPTED);
    tt_text_cell(t, agreed[row->consent], AGREED, TT_ALIGN_LEFT);
    (void)snprintf(frame, sizeof(frame), "%" PRIu64, row->first_frame);
    tt_text_cell(t, row->first_frame == 0 ? "-" : frame, FRAME, TT_ALIGN_RIGHT);
    tt_text_newline(t);
}

static void add_times(struct tt_text *t, const struct tt_row *row)
{
    enum { DATE_LEN = 11 };
    char count[TT_HUMAN_MAX];
    char first[TT_HUMAN_MAX];
    char last[TT_HUMAN_MAX];
    (void)tt_human_time(row->first_seen, first);
    (void)tt_human_time(row->last_seen, last);
    bool same_day = strncmp(first, last, DATE_LEN) == 0;
    tt_text_add(t, "; %s %s, %s", tt_human_count(row->count, count),
                plural(row->count, "time", "times"), first);
    if (strcmp(first, last) != 0)
        tt_text_add(t, " to %s", same_day ? last + DATE_LEN : last);
}

/* A digest of something that can be guessed hides it from nobody. */
static void add_reversal(struct tt_text *t, double cost)
{
    char count[TT_HUMAN_MAX];
    if (cost >= 1 && cost < 1e15)
        tt_text_add(t, "; undone by trying %s values", tt_human_count((uint64_t)cost, count));
    else if (cost > 0)
        tt_text_add(t, "; undone by trying %.2g values", cost);
}

static void put_row_details(struct tt_text *t, const struct tt_row *row)
{
    char count[TT_HUMAN_MAX];
    tt_text_add_redacted(t, row->label, TT_REDACT_TEXT);
    tt_text_add(t, " ");
    tt_text_add_redacted(t, row->revealed != NULL ? row->revealed : row->masked, TT_REDACT_CLEAN);
    if (row->entries > 1)
        tt_text_add(t, " and %s more", tt_human_count(row->entries - 1, count));
    add_times(t, row);
    if (t->inputs > 1) {
        tt_text_add(t, " in ");
        tt_text_add_redacted(t, row->capture, TT_REDACT_CLEAN);
        tt_text_add(t, "%s", row->more_captures ? " and others" : "");
    }
    tt_text_add(t, "; in ");
    tt_text_add_redacted(t, row->path, TT_REDACT_TEXT);
    tt_text_add(t, "%s", row->more_paths ? " and elsewhere" : "");
    tt_text_add(t,
                row->certainty == TT_PROVEN ? "; proven (chance of luck %.2g)"
                                            : "; only suspected (chance of luck %.2g)",
                row->chance);
    add_reversal(t, row->reversal_cost);
    if (row->phase != NULL) {
        tt_text_add(t, "; phase ");
        tt_text_add_redacted(t, row->phase, TT_REDACT_CLEAN);
    }
    if (row->clauses[0] != '\0') {
        tt_text_add(t, "; clause ");
        tt_text_add_redacted(t, row->clauses, TT_REDACT_CLEAN);
    }
    tt_text_end(t, "            ", DETAIL_INDENT);
}

static enum tt_err put_rows(struct tt_text *t, const struct tt_rows *rows)
{
    static const char *const titles[] = {"SENT TO THE INTERNET", "SENT ON THE LOCAL NETWORK ONLY",
                                         "RECEIVED BY THE DEVICE", "BETWEEN OTHER DEVICES",
                                         "DIRECTION NOT KNOWN"};
    const struct tt_row_group *group = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        const struct tt_row *row = rows->rows[i];
        if (group == NULL || group->section != row->group->section)
            tt_text_title(t, titles[row->group->section]);
        if (group != row->group)
            put_group_head(t, row->group);
        group = row->group;
        put_row_line(t, row);
        put_row_details(t, row);
        enum tt_err err = tt_text_step(t);
        if (err != TT_OK)
            return err;
    }
    if (rows->unlisted > 0) {
        char count[TT_HUMAN_MAX];
        tt_text_newline(t);
        tt_text_add(t, "%s more findings are not listed here: the JSON output lists them all.",
                    tt_human_count(rows->unlisted, count));
        tt_text_end(t, "", 0);
    }
    return tt_text_step(t);
}

struct clause_list {
    struct tt_text *t;
    const struct tt_rows *rows;
    bool begun;
};

/* Whether the row's list ("boxed-1, boxed-2") names the clause. */
static bool names_clause(const struct tt_row *row, const char *id)
{
    size_t len = strlen(id);
    for (const char *at = row->clauses; (at = strstr(at, id)) != NULL; at += len) {
        bool starts = at == row->clauses || at[-1] == ' ';
        if (len > 0 && starts && (at[len] == '\0' || at[len] == ','))
            return true;
        if (len == 0)
            return false;
    }
    return false;
}

/* Clauses that came to something, or that a finding names; a policy may have many. */
static enum tt_err put_clause(void *context, const struct tt_case_clause *clause)
{
    struct clause_list *list = context;
    struct tt_text *t = list->t;
    bool used = tt_clause_demands(clause);
    for (size_t i = 0; i < list->rows->count && !used; i++)
        used = names_clause(list->rows->rows[i], clause->id);
    if (!used)
        return TT_OK;
    if (!list->begun)
        tt_text_title(t, "THE POLICY'S CLAUSES");
    list->begun = true;
    tt_text_clause(t, clause);
    return tt_text_step(t);
}

enum tt_err tt_text_findings(struct tt_text *t)
{
    struct tt_rows rows;
    enum tt_err err = tt_rows_gather(t->view, t->reveal, &rows);
    if (err != TT_OK)
        goto out;
    put_headline(t, &rows);
    err = tt_text_residency_headline(t);
    if (err == TT_OK)
        err = put_rows(t, &rows);
    struct clause_list list = {.t = t, .rows = &rows};
    if (err == TT_OK)
        err = t->view->clauses(t->view->store, put_clause, &list);
out:
    tt_rows_free(&rows);
    return err;
}
