/* For tests of the search: a sheet and a body in, a text out that lists the hits, one a line:
 * "LABEL FORM [TRANSFORM...] STEP@OFFSET+LENGTH... frames N...". */
#ifndef TEST_RUN_HITS_H
#define TEST_RUN_HITS_H

#include "base/buf.h"
#include "identify/matcher.h"
#include "identify/recipe_book.h"
#include "identify/sheet.h"
#include "run/search.h"
#include "support/flush.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 26, FRAMES_MAX = 256 };

struct hits {
    struct tt_sheet *sheet;
    struct tt_matcher *matcher;
    struct tt_searcher *searcher;
    struct tt_recipe_book *book; /* or NULL */
    const char *host;            /* of the message; or NULL */
    struct tt_search_sink sink;
    struct tt_flow flow;
    struct tt_buf out;
    struct tt_buf notes; /* the first code; or all of them, with a space behind each */
    bool all_notes;
    size_t count;
    size_t note_count;
    uint64_t counted[TT_BUCKET_COUNT];
    uint64_t counted_later; /* of them: in another capture than the first */
};

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void write_frames(struct hits *hits, const struct tt_hit *hit)
{
    uint64_t frames[FRAMES_MAX] = {hit->origin.first_frame, hit->origin.last_frame};
    size_t count = 2;
    for (size_t i = 0; i < hit->frame_count && count < FRAMES_MAX; i++)
        frames[count++] = hit->frames[i];
    qsort(frames, count, sizeof(*frames), by_number);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || frames[i] != frames[i - 1])
            assert_int_equal(tt_buf_printf(&hits->out, " %" PRIu64, frames[i]), TT_OK);
}

static void write_hit(void *context, const struct tt_hit *hit)
{
    struct hits *hits = context;
    hits->count++;
    if (hits->out.len > TEXT_MAX / 2)
        return;
    const struct tt_subject *subject = tt_sheet_subject(hits->sheet);
    const struct tt_form *form = hit->form;
    assert_int_equal(tt_buf_printf(&hits->out, "%s %s",
                                   subject->identifiers[form->identifier].label, form->name),
                     TT_OK);
    if (form->transform[0] != NULL)
        assert_int_equal(tt_buf_printf(&hits->out, " %s", form->transform[0]), TT_OK);
    for (size_t i = 0; i < hit->coding_count; i++)
        assert_int_equal(tt_buf_printf(&hits->out, " %s", hit->codings[i]), TT_OK);
    for (size_t i = 0; i < hit->proof_count; i++)
        assert_int_equal(tt_buf_printf(&hits->out, " %s@%" PRIu64 "+%" PRIu64, hit->proof[i].step,
                                       hit->proof[i].offset, hit->proof[i].length),
                         TT_OK);
    assert_int_equal(tt_buf_append_str(&hits->out, " frames"), TT_OK);
    write_frames(hits, hit);
    assert_int_equal(tt_buf_append_str(&hits->out, "\n"), TT_OK);
}

static void write_note(void *context, const struct tt_note *note)
{
    struct hits *hits = context;
    hits->note_count++;
    if (hits->note_count == 1 || (hits->all_notes && hits->notes.len < TEXT_MAX / 2))
        assert_int_equal(tt_buf_append_str(&hits->notes, note->code), TT_OK);
    if (hits->all_notes && hits->notes.len < TEXT_MAX / 2)
        assert_int_equal(tt_buf_append_str(&hits->notes, " "), TT_OK);
}

static void count_bytes(void *context, const struct tt_account *account)
{
    struct hits *hits = context;
    hits->counted[account->bucket] += account->bytes;
    if (account->capture > 0)
        hits->counted_later += account->bytes;
}

static void count_searched(void *context, uint64_t bytes)
{
    (void)context;
    (void)bytes;
}

static void hits_begin(struct hits *hits, const char *yaml)
{
    struct tt_error error = {.code = TT_OK};
    *hits = (struct hits){.out = tt_buf_make(TEXT_MAX),
                          .notes = tt_buf_make(TEXT_MAX),
                          .flow = {.id = 1, .initiator_known = true}};
    assert_int_equal(tt_sheet_parse(tt_span_str(yaml), "test.yaml", &hits->sheet, &error), TT_OK);
    assert_int_equal(tt_matcher_new(tt_sheet_subject(hits->sheet), &hits->matcher, &error), TT_OK);
    hits->sink = (struct tt_search_sink){.context = hits,
                                         .hit = write_hit,
                                         .account = count_bytes,
                                         .searched = count_searched,
                                         .notes = {.context = hits, .note = write_note}};
    assert_int_equal(tt_searcher_new(hits->matcher, &hits->sink, &hits->searcher), TT_OK);
}

/* Recipes: the built-in ones, and those of `yaml` unless that is NULL. */
static inline void hits_use_recipes(struct hits *hits, const char *yaml)
{
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_recipe_book_new(&hits->book, &error), TT_OK);
    if (yaml != NULL && tt_recipe_book_add(hits->book, tt_span_str(yaml), "recipes.yaml", &error))
        fail_msg("%s", error.text);
    tt_searcher_use_recipes(hits->searcher, hits->book);
}

static void hits_end(struct hits *hits)
{
    assert_int_equal(tt_searcher_failure(hits->searcher), TT_OK);
    tt_searcher_free(hits->searcher);
    tt_matcher_free(hits->matcher);
    tt_recipe_book_free(hits->book);
    tt_sheet_free(hits->sheet);
    tt_buf_free(&hits->out);
    tt_buf_free(&hits->notes);
}

static struct tt_search *begin_body(struct hits *hits, enum tt_format format, const char *step)
{
    struct tt_body body = {
        .flow = &hits->flow, .kind = TT_STEP_SLICE, .format = format, .step = step, .at = 100};
    struct tt_search_context context = {
        .protocol = "http", .encryption = "none", .host = hits->host};
    struct tt_search *search = tt_search_open(hits->searcher, &body, &context);
    assert_non_null(search);
    return search;
}

static void feed_part(struct tt_search *search, struct tt_span part, uint64_t at, uint64_t frame)
{
    struct flush copy = flush_make(part);
    struct tt_piece piece = {.bytes = copy.span,
                             .at = at,
                             .origin = {.first_frame = frame, .last_frame = frame, .time = frame}};
    tt_search_feed(search, &piece);
    flush_free(&copy);
}

/* Searches a body in pieces of `step` bytes, the first of `first`; piece n is frame n, from 1. The
 * text lives until the next call. */
static inline const char *hits_in(struct hits *hits, enum tt_format format, const char *name,
                                  struct tt_span text, size_t first, size_t step)
{
    struct tt_search *search = begin_body(hits, format, name);
    tt_buf_clear(&hits->out);
    tt_buf_clear(&hits->notes);
    hits->count = 0;
    hits->note_count = 0;
    uint64_t frame = 1;
    for (size_t at = 0; at < text.len;) {
        struct tt_span part = tt_span_sub(text, at, at == 0 ? first : step);
        feed_part(search, part, at, frame++);
        at += part.len;
    }
    tt_search_close(search, TT_BODY_COMPLETE, 100 + text.len);
    assert_int_equal(tt_buf_append_u8(&hits->out, 0), TT_OK);
    assert_int_equal(tt_buf_append_u8(&hits->notes, 0), TT_OK);
    return (const char *)hits->out.data;
}

#endif
