/* Searches that wait while others have their place: what is found does not depend on whether a body
 * was set aside between its pieces, unless a note says otherwise. In one that is large, or that
 * waited before, the same bytes may be told in two readings: there the identifiers are compared.
 * The first byte chooses the pieces, the second one the format and when the body waits; the rest is
 * the body. */
#include "base/buf.h"
#include "identify/matcher.h"
#include "identify/sheet.h"
#include "run/search_node.h"

#include <stdlib.h>
#include <xxhash.h>

static const char sheet_text[] =
    "identifiers: {imei: 358240051111110, android_id: 9f86d081884c7d65, "
    "username: mirko, email: asha.rao@example.org}\n";

struct found {
    struct tt_buf hits; /* a digest of each: in which order they are told does not matter */
    uint64_t identifiers;
    size_t notes;
    uint64_t bytes;
};

static void on_hit(void *context, const struct tt_hit *hit)
{
    struct found *found = context;
    found->identifiers |= UINT64_C(1) << hit->form->identifier % 64;
    struct tt_buf line = tt_buf_make(65536);
    bool ok = tt_buf_printf(&line, "%p %llu-%llu", (const void *)hit->form,
                            (unsigned long long)hit->origin.first_frame,
                            (unsigned long long)hit->origin.last_frame) == TT_OK;
    for (size_t i = 0; ok && i < hit->proof_count; i++)
        ok = tt_buf_printf(&line, " %s@%llu+%llu", hit->proof[i].step,
                           (unsigned long long)hit->proof[i].offset,
                           (unsigned long long)hit->proof[i].length) == TT_OK;
    uint64_t digest = XXH3_64bits(line.data, line.len);
    if (!ok || tt_buf_append(&found->hits, tt_span_of(&digest, sizeof(digest))) != TT_OK)
        abort();
    tt_buf_free(&line);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(uint64_t));
}

static void on_account(void *context, const struct tt_account *account)
{
    struct found *found = context;
    found->bytes += account->bytes;
}

static void on_searched(void *context, uint64_t bytes)
{
    (void)context;
    (void)bytes;
}

static void on_note(void *context, const struct tt_note *note)
{
    struct found *found = context;
    (void)note;
    found->notes++;
}

enum { NEVER = -1, ALWAYS = -2 };

/* Pieces of `step` bytes, each with a frame of its own; the body waits behind number `when`. */
static void search(const struct tt_matcher *matcher, struct tt_span text, size_t step,
                   enum tt_format format, int when, struct found *found)
{
    static const struct tt_flow flow = {.id = 1};
    const struct tt_search_sink sink = {.context = found,
                                        .hit = on_hit,
                                        .account = on_account,
                                        .searched = on_searched,
                                        .notes = {.context = found, .note = on_note}};
    struct tt_searcher *searcher = NULL;
    if (tt_searcher_new(matcher, &sink, &searcher) != TT_OK)
        abort();
    const struct tt_body body = {
        .flow = &flow, .kind = TT_STEP_SLICE, .format = format, .step = "body", .at = 100};
    const struct tt_search_context context = {.protocol = "http", .encryption = "none"};
    struct tt_search *open = tt_search_open(searcher, &body, &context);
    if (open == NULL)
        abort();
    uint64_t frame = 1;
    for (size_t at = 0; at < text.len; at += step, frame++) {
        struct tt_piece piece = {.bytes = tt_span_sub(text, at, step),
                                 .at = at,
                                 .origin = {.first_frame = frame, .last_frame = frame}};
        tt_search_feed(open, &piece);
        if (when == ALWAYS || (when >= 0 && frame == (uint64_t)when))
            tt_search_set_aside(searcher->newest);
    }
    tt_search_close(open, TT_BODY_COMPLETE, 100 + text.len);
    if (searcher->aside_bytes != 0 || searcher->open_nodes != 0 ||
        tt_searcher_failure(searcher) != TT_OK || found->bytes != text.len)
        abort();
    tt_searcher_free(searcher);
    if (found->hits.len > 0)
        qsort(found->hits.data, found->hits.len / sizeof(uint64_t), sizeof(uint64_t), compare);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tt_sheet *sheet;
    static struct tt_matcher *matcher;
    if (matcher == NULL && (tt_sheet_parse(tt_span_str(sheet_text), "s", &sheet, NULL) != TT_OK ||
                            tt_matcher_new(tt_sheet_subject(sheet), &matcher, NULL) != TT_OK))
        abort();
    if (size < 2 || size > 4096)
        return 0;
    struct tt_span text = tt_span_of(data + 2, size - 2);
    size_t step = (size_t)data[0] + 1;
    enum tt_format format = data[1] % 2 == 0 ? TT_FORMAT_UNKNOWN : TT_FORMAT_OPAQUE;
    struct found found[3];
    for (size_t i = 0; i < 3; i++)
        found[i] = (struct found){.hits = tt_buf_make(16777216)};
    search(matcher, text, step, format, NEVER, &found[0]);
    search(matcher, text, step, format, data[1] / 2 + 1, &found[1]);
    search(matcher, text, step, format, ALWAYS, &found[2]);
    for (size_t i = 1; i < 3; i++)
        if (found[0].notes + found[i].notes == 0 && found[0].identifiers != found[i].identifiers)
            abort();
    if (found[0].notes + found[1].notes == 0 && text.len <= TT_ASIDE_WHOLE_MAX &&
        !tt_span_eq(tt_buf_span(&found[0].hits), tt_buf_span(&found[1].hits)))
        abort();
    for (size_t i = 0; i < 3; i++)
        tt_buf_free(&found[i].hits);
    return 0;
}
