/* For tests of the search: a sheet in, a text out that lists what was found, one match a line:
 * "LABEL FORM[+TRANSFORM...] AT+LEN[ weak]". */
#ifndef TEST_IDENTIFY_MATCHES_H
#define TEST_IDENTIFY_MATCHES_H

#include "base/buf.h"
#include "identify/matcher.h"
#include "identify/sheet.h"
#include "support/flush.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct finder {
    struct tt_sheet *sheet;
    struct tt_matcher *matcher;
    struct tt_scan *scan;
    struct tt_buf out;
};

static struct finder finder_of(const char *yaml)
{
    struct finder finder = {.out = tt_buf_make(1048576)};
    struct tt_error error = {.code = TT_OK};
    if (tt_sheet_parse(tt_span_str(yaml), "test.yaml", &finder.sheet, &error) != TT_OK ||
        tt_matcher_new(tt_sheet_subject(finder.sheet), &finder.matcher, &error) != TT_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        abort();
    }
    finder.scan = tt_scan_new(finder.matcher);
    if (finder.scan == NULL)
        abort();
    return finder;
}

static void finder_free(struct finder *finder)
{
    tt_scan_free(finder->scan);
    tt_matcher_free(finder->matcher);
    tt_sheet_free(finder->sheet);
    tt_buf_free(&finder->out);
}

static void write_match(void *context, const struct tt_match *match)
{
    struct finder *finder = context;
    const struct tt_subject *subject = tt_sheet_subject(finder->sheet);
    const struct tt_form *form = match->form;
    bool ok = tt_buf_printf(&finder->out, "%s %s", subject->identifiers[form->identifier].label,
                            form->name) == TT_OK;
    for (size_t i = 0; i < TT_FORM_TRANSFORMS_MAX && form->transform[i] != NULL; i++)
        ok = ok && tt_buf_printf(&finder->out, "+%s", form->transform[i]) == TT_OK;
    ok = ok && tt_buf_printf(&finder->out, " %llu+%zu%s\n", (unsigned long long)match->at,
                             match->len, form->weak && match->in_place ? " weak" : "") == TT_OK;
    if (!ok)
        abort();
}

static void feed_flush(struct finder *finder, struct tt_span piece)
{
    struct flush copy = flush_make(piece);
    if (tt_scan_feed(finder->scan, copy.span, write_match, finder) != TT_OK)
        abort();
    flush_free(&copy);
}

static const char *finish(struct finder *finder)
{
    if (tt_scan_end(finder->scan, write_match, finder) != TT_OK ||
        tt_buf_append_u8(&finder->out, 0) != TT_OK)
        abort();
    return (const char *)finder->out.data;
}

/* What is kept of the stream goes on in a scan that never saw its start. */
static void wait_and_go_on(struct finder *finder)
{
    size_t len = tt_scan_keep(finder->scan, NULL);
    uint8_t *room = malloc(len);
    if (room == NULL || tt_scan_keep(finder->scan, room) != len)
        abort();
    struct flush kept = flush_make(tt_span_of(room, len));
    free(room);
    uint64_t known = tt_scan_known(finder->scan);
    struct tt_scan *scan = tt_scan_new(finder->matcher);
    if (scan == NULL || tt_scan_drop(finder->scan) != TT_OK ||
        tt_scan_go_on(scan, kept.span) != TT_OK || tt_scan_known(scan) != known)
        abort();
    tt_scan_free(finder->scan);
    finder->scan = scan;
    flush_free(&kept);
}

/* At `cut`, or behind every byte when it is the length of the stream. */
static void feed_cut(struct finder *finder, struct tt_span stream, size_t cut, bool waits)
{
    if (cut < stream.len) {
        feed_flush(finder, tt_span_sub(stream, 0, cut));
        if (waits)
            wait_and_go_on(finder);
        feed_flush(finder, tt_span_from(stream, cut));
        return;
    }
    for (size_t i = 0; i < stream.len; i++) {
        feed_flush(finder, tt_span_sub(stream, i, 1));
        if (waits)
            wait_and_go_on(finder);
    }
}

/* Searches the stream whole, byte by byte and cut at every point, at once and by a scan that goes
 * on where another one stopped. Aborts with both lists when a cut changes what is found. The text
 * lives until the next call. */
static const char *find_all_cuts(struct finder *finder, struct tt_span stream)
{
    tt_buf_clear(&finder->out);
    feed_flush(finder, stream);
    char *whole = strdup(finish(finder));
    for (size_t i = 0; i <= 2 * stream.len + 1; i++) {
        tt_buf_clear(&finder->out);
        feed_cut(finder, stream, i / 2, i % 2 != 0);
        if (strcmp(finish(finder), whole) != 0) {
            (void)fprintf(stderr, "cut at %zu%s: found\n%sinstead of\n%s", i / 2,
                          i % 2 != 0 ? ", going on" : "", (const char *)finder->out.data, whole);
            abort();
        }
    }
    free(whole);
    return (const char *)finder->out.data;
}

/* The same for one sheet and one stream. The caller frees the text. */
static inline char *matches_of(const char *yaml, struct tt_span stream)
{
    struct finder finder = finder_of(yaml);
    char *text = strdup(find_all_cuts(&finder, stream));
    finder_free(&finder);
    return text;
}

#endif
