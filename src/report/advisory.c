/* One page for staff and families: what left, to whom, what to do. At most TT_ADVISORY_LINES lines
 * of TT_ADVISORY_COLUMNS columns, whatever the case holds: each part has its share of the page, and
 * what does not fit is counted. Plain words; no values, also with --reveal. */
#include "report/advisory.h"

#include "model/comparison.h"
#include "report/country.h"
#include "report/formats.h"

#include <stdio.h>

/* Lines of the parts, without their titles. What left gets what the others leave over. */
enum {
    HEAD_LINES = 9,
    TITLE_LINES = 2, /* with the empty line before */
    ALLOWED_LINES = 5,
    MAYBE_LINES = 5,
    ADVICE_LINES = 10,
    UNREAD_LINES = 5,
    STATUS_LINES = 4,
    LATER_LINES = ADVICE_LINES + UNREAD_LINES + STATUS_LINES + 3 * TITLE_LINES,
    DAY_LEN = 10,
    KINDS_SHOWN = 6,
    HOSTS_SHOWN = 3
};

struct page {
    struct tt_text t;
    struct tt_advisory found;
    uint64_t first_time; /* of the captures; 0: not known */
    uint64_t last_time;
    uint64_t dropped;
    bool damaged;
    bool guessed;  /* some of it may have been sent by others */
    uint64_t read; /* bytes of what it sent */
    uint64_t unread;
    const char *unread_hosts[HOSTS_SHOWN]; /* in the arena of `found` */
    size_t unread_count;
    const struct tt_comparison *comparison;
    size_t room; /* lines that the part still has */
};

/* ---- lines ---- */

static size_t count_lines(const struct tt_buf *buf, size_t from)
{
    size_t lines = 0;
    for (size_t i = from; i < buf->len; i++)
        lines += buf->data[i] == '\n';
    return lines;
}

/* Prints the gathered paragraph if the part has room for it; else it is as if it were never said.
 */
static bool put(struct page *page, const char *first, size_t indent, size_t keep_free)
{
    struct tt_text *t = &page->t;
    size_t from = t->out.buf.len;
    tt_text_end(t, first, indent);
    size_t lines = count_lines(&t->out.buf, from);
    if (lines + keep_free > page->room) {
        t->out.buf.len = from;
        return false;
    }
    page->room -= lines;
    return true;
}

static void begin_part(struct page *page, const char *title, size_t lines)
{
    tt_text_title(&page->t, title);
    page->room = lines;
}

static void put_more(struct page *page, uint64_t more, const char *what)
{
    char count[TT_HUMAN_MAX];
    if (more == 0)
        return;
    tt_text_add(&page->t, "and %s more %s.", tt_human_count(more, count), what);
    (void)put(page, "  ", 2, 0);
}

static void add_host(struct tt_text *t, const char *host, struct tt_addr address)
{
    char text[TT_ADDR_TEXT_MAX];
    char name[72];
    if (host == NULL)
        host = tt_addr_text(address, text);
    (void)snprintf(name, sizeof(name), "%.64s%s", host, strlen(host) > 64 ? "..." : "");
    tt_text_add_redacted(t, name[0] == '\0' ? "an unknown address" : name, TT_REDACT_HOST);
}

/* ---- the head ---- */

static void add_day(struct tt_text *t, uint64_t time)
{
    char text[TT_HUMAN_MAX];
    tt_text_add(t, "%.*s", (int)DAY_LEN, tt_human_time(time, text));
}

static void add_days(struct page *page)
{
    char first[TT_HUMAN_MAX];
    char last[TT_HUMAN_MAX];
    if (page->first_time == 0) {
        tt_text_add(&page->t, "on a day that the captures do not tell");
        return;
    }
    (void)tt_human_time(page->first_time, first);
    (void)tt_human_time(page->last_time, last);
    add_day(&page->t, page->first_time);
    if (strncmp(first, last, DAY_LEN) != 0) {
        tt_text_add(&page->t, " to ");
        add_day(&page->t, page->last_time);
    }
    tt_text_add(&page->t, " (days in UTC)");
}

static void add_short(struct tt_text *t, const char *text)
{
    char kept[132];
    (void)snprintf(kept, sizeof(kept), "%.120s%s", text, strlen(text) > 120 ? "..." : "");
    tt_text_add_redacted(t, kept, TT_REDACT_CLEAN);
}

static void add_result(struct page *page)
{
    const struct tt_advisory_facts *facts = &page->found.facts;
    struct tt_text *t = &page->t;
    if (t->info.verdict == TT_VERDICT_VIOLATION && facts->any)
        tt_text_add(t, "personal data left the device against the rules of the test");
    else if (facts->any)
        tt_text_add(t, "personal data left the device; whether that is right is not decided");
    else if (t->info.verdict == TT_VERDICT_VIOLATION)
        tt_text_add(t, "the device breaks the rules of the test");
    else if (t->info.verdict == TT_VERDICT_UNDECIDED)
        tt_text_add(t, "not decided: the test does not suffice to say");
    else if (page->found.count > 0)
        tt_text_add(t, "what left the device is within the rules of the test");
    else
        tt_text_add(t, "nothing was found in what could be read");
    tt_text_add(t, " (\"");
    add_short(t, t->info.policy_name);
    tt_text_add(t, "\").");
}

static void put_head(struct page *page)
{
    struct tt_text *t = &page->t;
    tt_out_str(&t->out, "PRIVACY ADVISORY FOR STAFF AND FAMILIES\n\n");
    page->room = HEAD_LINES - 2;
    add_short(t, t->info.device_name == NULL ? "not named by the tester" : t->info.device_name);
    (void)put(page, "Product   ", 10, 4);
    add_short(t, t->info.device_firmware == NULL ? "not named by the tester"
                                                 : t->info.device_firmware);
    (void)put(page, "Firmware  ", 10, 3);
    add_days(page);
    (void)put(page, "Tested    ", 10, 2);
    add_result(page);
    (void)put(page, "Result    ", 10, 0);
}

/* ---- what left ---- */

static void add_kinds(struct tt_text *t, const struct tt_advisory_group *group)
{
    size_t shown = 0;
    size_t more = 0;
    for (enum tt_kind kind = TT_KIND_IMEI; kind < TT_KIND_COUNT; kind++) {
        if ((group->kinds >> kind & 1U) == 0)
            continue;
        if (shown == KINDS_SHOWN) {
            more++;
            continue;
        }
        tt_text_add(t, "%s%s", shown++ == 0 ? "" : "; ", tt_advisory_kind(kind));
        if (kind == TT_KIND_CUSTOM && group->custom != NULL) {
            tt_text_add(t, " (");
            add_short(t, group->custom);
            tt_text_add(t, ")");
        }
    }
    if (more > 0)
        tt_text_add(t, "; and %zu more", more);
}

static void add_place(struct tt_text *t, const struct tt_advisory_group *group)
{
    if (group->organisation != NULL || group->country != NULL)
        tt_text_add(t, " (");
    if (group->organisation != NULL)
        add_short(t, group->organisation);
    if (group->country != NULL) {
        tt_text_add(t, "%sin ", group->organisation == NULL ? "" : ", ");
        tt_text_add_redacted(t, tt_country_name(group->country), TT_REDACT_CLEAN);
        tt_text_add(t, "%s", group->more_countries ? " and elsewhere" : "");
    }
    if (group->organisation != NULL || group->country != NULL)
        tt_text_add(t, ")");
}

static void add_how(struct tt_text *t, const struct tt_advisory_group *group)
{
    static const char *const agreed[] = {"the owner had agreed", "the owner had not agreed",
                                         "whether the owner had agreed is not known"};
    tt_text_add(t, ". %s; %s.",
                group->readable ? "Not encrypted: anybody on the way could read it"
                                : "Encrypted on the way",
                agreed[group->consent]);
}

static void add_group(struct tt_text *t, const struct tt_advisory_group *group, bool whole)
{
    tt_text_add(t, "To ");
    add_host(t, group->host, group->address);
    if (whole)
        add_place(t, group);
    tt_text_add(t, ": ");
    if (whole)
        add_kinds(t, group);
    else
        tt_text_add(t, "several kinds of personal data");
    add_how(t, group);
}

static bool put_group(struct page *page, const struct tt_advisory_group *group)
{
    add_group(&page->t, group, true);
    if (put(page, "- ", 2, 1))
        return true;
    add_group(&page->t, group, false);
    return put(page, "- ", 2, 1);
}

static size_t count_part(const struct page *page, enum tt_advisory_part part)
{
    size_t count = 0;
    for (size_t i = 0; i < page->found.count; i++)
        count += page->found.groups[i]->part == part;
    return count;
}

static void put_part(struct page *page, enum tt_advisory_part part, const char *title, size_t lines)
{
    uint64_t more = 0;
    if (count_part(page, part) == 0)
        return;
    begin_part(page, title, lines);
    for (size_t i = 0; i < page->found.count; i++) {
        const struct tt_advisory_group *group = page->found.groups[i];
        if (group->part == part)
            more += more > 0 || !put_group(page, group);
    }
    put_more(page, more, more == 1 ? "destination or way" : "destinations or ways");
}

/* What is not there leaves its lines to the first part that is. */
static void put_parts(struct page *page)
{
    static const struct {
        enum tt_advisory_part part;
        const char *title;
        size_t lines; /* at least */
    } parts[] = {{TT_ADVISORY_LEFT, "WHAT LEFT THE DEVICE", 0},
                 {TT_ADVISORY_ALLOWED, "WHAT LEFT WITHIN THE RULES", ALLOWED_LINES},
                 {TT_ADVISORY_MAYBE, "WHAT MAY HAVE LEFT (NOT CERTAIN)", MAYBE_LINES}};
    size_t spare = TT_ADVISORY_LINES - HEAD_LINES - LATER_LINES;
    for (size_t i = 0; i < TT_ARRAY_LEN(parts); i++)
        if (count_part(page, parts[i].part) > 0)
            spare -= parts[i].lines + TITLE_LINES;
    for (size_t i = 0; i < TT_ARRAY_LEN(parts); i++) {
        if (count_part(page, parts[i].part) == 0)
            continue;
        put_part(page, parts[i].part, parts[i].title, parts[i].lines + spare);
        spare = 0;
    }
}

static void put_nothing(struct page *page)
{
    struct tt_text *t = &page->t;
    if (page->found.count > 0)
        return;
    begin_part(page, "WHAT LEFT THE DEVICE", 1);
    if (page->found.local)
        tt_text_add(t, "What was looked for was found on the local network only.");
    else if (page->read == 0 && page->unread > 0)
        tt_text_add(t, "Nothing could be read: whether anything left cannot be said.");
    else
        tt_text_add(t, "Nothing that was looked for was found in what could be read.");
    (void)put(page, "", 0, 0);
}

/* ---- what to do, what is not known ---- */

static void put_advice(struct page *page)
{
    const char *advice = NULL;
    begin_part(page, "WHAT TO DO", ADVICE_LINES);
    for (size_t i = 0; (advice = tt_advisory_advice(&page->found.facts, i)) != NULL; i++) {
        tt_text_add(&page->t, "%s", advice);
        (void)put(page, "- ", 2, 0);
    }
}

static void add_unread_hosts(struct page *page)
{
    struct tt_text *t = &page->t;
    for (size_t i = 0; i < page->unread_count; i++) {
        tt_text_add(t, "%s", i == 0 ? ", most of it to " : ", ");
        add_host(t, page->unread_hosts[i], (struct tt_addr){0});
    }
}

static void put_unread(struct page *page)
{
    struct tt_text *t = &page->t;
    char share[TT_HUMAN_MAX];
    begin_part(page, "WHAT COULD NOT BE LOOKED AT", UNREAD_LINES);
    if (t->info.interrupted || page->damaged || page->dropped > 0) {
        tt_text_add(t, "The recording is not whole: more may have left.");
        (void)put(page, "- ", 2, 2);
    }
    tt_text_add(t, "Calls and messages of the mobile network itself: only what goes over the "
                   "internet was looked at.");
    (void)put(page, "- ", 2, 0);
    if (page->unread == 0)
        return;
    const char *of = page->guessed ? "of what the device may have sent" : "of what the device sent";
    tt_text_add(t, "%s %s could not be read",
                tt_human_share(page->unread, page->read + page->unread, share), of);
    add_unread_hosts(page);
    tt_text_add(t, ".");
    if (put(page, "- ", 2, 0))
        return;
    tt_text_add(t, "%s %s could not be read.",
                tt_human_share(page->unread, page->read + page->unread, share), of);
    (void)put(page, "- ", 2, 0);
}

static void add_compared(struct page *page)
{
    static const enum tt_change told[] = {TT_CHANGE_GONE,           TT_CHANGE_ONLY_ENCRYPTED,
                                          TT_CHANGE_NOW_OPAQUE,     TT_CHANGE_UNCHANGED,
                                          TT_CHANGE_NOT_COMPARABLE, TT_CHANGE_NEW};
    struct tt_text *t = &page->t;
    char count[TT_HUMAN_MAX];
    const char *before = ": ";
    tt_text_add(t, "Held against an earlier test");
    for (size_t i = 0; i < page->comparison->check_count; i++) {
        if (strcmp(page->comparison->checks[i].name, "firmware") != 0)
            continue;
        tt_text_add(t, " of firmware ");
        add_short(t, page->comparison->checks[i].before);
    }
    for (size_t i = 0; i < TT_ARRAY_LEN(told); i++) {
        uint64_t rows = page->comparison->totals[told[i]];
        if (rows == 0)
            continue;
        tt_text_add(t, "%s%s %s", before, tt_human_count(rows, count), tt_change_words(told[i]));
        before = "; ";
    }
    tt_text_add(t, ".%s",
                page->comparison->for_gone ? ""
                                           : " The two tests are not alike enough to call "
                                             "anything gone.");
}

static void put_status(struct page *page)
{
    struct tt_text *t = &page->t;
    begin_part(page, "STATUS", STATUS_LINES);
    if (page->comparison != NULL) {
        add_compared(page);
        (void)put(page, "", 0, 0);
        return;
    }
    tt_text_add(t, "Not re-tested after any update that came later than these days. This page "
                   "tells what was seen then, on one device");
    tt_text_add(t, "%s", t->info.device_firmware == NULL ? "." : " with this firmware.");
    (void)put(page, "", 0, 0);
}

/* ---- looking ahead ---- */

static enum tt_err see_input(void *context, const struct tt_case_input *input)
{
    struct page *page = context;
    page->dropped += input->dropped;
    page->damaged = page->damaged || input->damaged;
    if (input->first_time != 0 && (page->first_time == 0 || input->first_time < page->first_time))
        page->first_time = input->first_time;
    if (input->last_time > page->last_time)
        page->last_time = input->last_time;
    return TT_OK;
}

static void keep_host(struct page *page, const char *host)
{
    for (size_t i = 0; i < page->unread_count; i++)
        if (strcmp(page->unread_hosts[i], host) == 0)
            return;
    if (page->unread_count == HOSTS_SHOWN)
        return;
    const char *kept = tt_arena_dup(&page->found.arena, tt_span_sub(tt_span_str(host), 0, 255));
    if (kept != NULL)
        page->unread_hosts[page->unread_count++] = kept;
}

/* Rows come with the most unread bytes first. */
static enum tt_err see_coverage(void *context, const struct tt_coverage_row *row)
{
    struct page *page = context;
    /* Where nobody knows which side is the device, it may have been the one that sent. */
    if (row->heading != TT_HEADING_SENT && row->heading != TT_HEADING_UNKNOWN)
        return TT_OK;
    page->guessed = page->guessed || row->heading == TT_HEADING_UNKNOWN;
    uint64_t unread = tt_text_bytes_unread(row->bytes);
    page->read += tt_text_bytes_read(row->bytes);
    page->unread += unread;
    if (row->host != NULL && unread > 0 && row->scope == TT_ADDR_SCOPE_INTERNET)
        keep_host(page, row->host);
    return TT_OK;
}

static enum tt_err look_ahead(struct page *page)
{
    const struct tt_case_view *view = page->t.view;
    enum tt_err err = view->info(view->store, &page->t.info);
    if (err == TT_OK)
        err = view->inputs(view->store, see_input, page);
    if (err == TT_OK)
        err = tt_advisory_gather(view, &page->found);
    if (err == TT_OK)
        err = view->coverage(view->store, see_coverage, page);
    page->found.facts.doubtful = page->unread > 0 || page->t.info.verdict != TT_VERDICT_ALLOWED ||
                                 page->found.full || page->t.info.interrupted || page->damaged ||
                                 page->dropped > 0;
    return err;
}

enum tt_err tt_report_advisory(const struct tt_case_view *view,
                               const struct tt_report_options *options,
                               const struct tt_report_sink *sink)
{
    struct page page = {.comparison = options->comparison};
    tt_text_open(&page.t, view, false, false, TT_ADVISORY_COLUMNS, sink);
    enum tt_err err = look_ahead(&page);
    if (err == TT_OK) {
        put_head(&page);
        put_nothing(&page);
        put_parts(&page);
        put_advice(&page);
        put_unread(&page);
        put_status(&page);
        err = tt_text_step(&page.t);
    }
    tt_advisory_free(&page.found);
    return tt_text_close(&page.t, err);
}
