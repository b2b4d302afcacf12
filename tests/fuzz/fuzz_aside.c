/* Searches that wait while others have their place: a body is found the same whether it was set
 * aside between its pieces or not, unless a note says otherwise. The first byte chooses the pieces,
 * the second one the format; the rest is the body. */
#include "base/buf.h"
#include "identify/matcher.h"
#include "identify/sheet.h"
#include "run/search_node.h"

#include <stdio.h>
#include <stdlib.h>

static const char sheet_text[] =
    "identifiers: {imei: 358240051111110, android_id: 9f86d081884c7d65, "
    "username: mirko, email: asha.rao@example.org}\n";

struct found {
    struct tt_buf hits;
    size_t notes;
    uint64_t bytes;
};

static void on_hit(void *context, const struct tt_hit *hit)
{
    struct found *found = context;
    if (tt_buf_printf(&found->hits, "%p %llu-%llu", (const void *)hit->form,
                      (unsigned long long)hit->origin.first_frame,
                      (unsigned long long)hit->origin.last_frame) != TT_OK)
        abort();
    for (size_t i = 0; i < hit->proof_count; i++)
        if (tt_buf_printf(&found->hits, " %s@%llu+%llu", hit->proof[i].step,
                          (unsigned long long)hit->proof[i].offset,
                          (unsigned long long)hit->proof[i].length) != TT_OK)
            abort();
    if (tt_buf_append_u8(&found->hits, '\n') != TT_OK)
        abort();
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

/* Pieces of `step` bytes, each with a frame of its own. */
static void search(const struct tt_matcher *matcher, struct tt_span text, size_t step,
                   enum tt_format format, bool waits, struct found *found)
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
        if (waits)
            tt_search_set_aside(searcher->newest);
    }
    tt_search_close(open, TT_BODY_COMPLETE, 100 + text.len);
    if (searcher->aside_bytes != 0 || searcher->open_nodes != 0 ||
        tt_searcher_failure(searcher) != TT_OK || found->bytes != text.len)
        abort();
    tt_searcher_free(searcher);
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
    struct found plain = {.hits = tt_buf_make(16777216)};
    struct found waiting = {.hits = tt_buf_make(16777216)};
    search(matcher, text, step, format, false, &plain);
    search(matcher, text, step, format, true, &waiting);
    if (getenv("FUZZ_SHOW")) fprintf(stderr,"PLAIN\n%.*s\nWAIT\n%.*s\n",(int)plain.hits.len,plain.hits.data,(int)waiting.hits.len,waiting.hits.data);
    if (plain.notes + waiting.notes == 0 &&
        !tt_span_eq(tt_buf_span(&plain.hits), tt_buf_span(&waiting.hits)))
        abort();
    tt_buf_free(&plain.hits);
    tt_buf_free(&waiting.hits);
    return 0;
}
