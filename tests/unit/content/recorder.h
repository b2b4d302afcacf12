/* A sink that writes down what a decoder says, in a form that does not depend on how the input was
 * cut, and ways to feed a decoder: whole, in single bytes, in two pieces. Include after cmocka.h.
 */
#ifndef TEST_CONTENT_RECORDER_H
#define TEST_CONTENT_RECORDER_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "content/content.h"
#include "content/token.h"
#include "model/limits.h"
#include "support/flush.h"

enum { RECORD_MAX = 64 << 20, INNER_MAX = 4096 };

struct rec_inner {
    enum tt_step_kind kind;
    uint64_t at;
    uint64_t next;    /* where the next range must begin */
    uint64_t last_at; /* the range before */
    uint64_t last_len;
    size_t calls;
    bool open;
    struct tt_buf head; /* how it was opened */
    struct tt_buf bytes;
    struct tt_buf tail; /* how it was closed */
};

struct recorder {
    struct tt_content_sink sink;
    struct tt_span input;
    uint64_t fed; /* end of the input that the decoder has seen */
    struct rec_inner *inner;
    size_t inner_count;
    struct tt_buf notes;
    char **places; /* by offset */
    size_t place_count;
    uint64_t marks_from; /* offset of mark 0 of this piece */
    size_t taken;
    /* What the sink refuses. */
    bool refuse;
    size_t stop_after; /* bytes of one inner body */
};

TT_UNUSED static void rec_put(struct tt_buf *buf, const char *text)
{
    assert_int_equal(tt_buf_append_str(buf, text), TT_OK);
}

TT_UNUSED static void rec_steps(struct tt_buf *buf, const struct tt_place_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(steps[i].step) < TT_PATH_MAX);
        assert_int_equal(tt_buf_printf(buf, " <%s@%" PRIu64 ">", steps[i].step, steps[i].at),
                         TT_OK);
    }
}

TT_UNUSED static void *rec_open(void *context, const struct tt_body *body,
                                const struct tt_place_step *steps, size_t step_count)
{
    struct recorder *rec = context;
    if (rec->refuse)
        return NULL;
    assert_true(rec->inner_count < INNER_MAX);
    struct rec_inner *inner = &rec->inner[rec->inner_count++];
    *inner = (struct rec_inner){.kind = body->kind,
                                .at = body->at,
                                .next = body->at,
                                .last_at = body->at,
                                .open = true,
                                .head = tt_buf_make(RECORD_MAX),
                                .bytes = tt_buf_make(RECORD_MAX),
                                .tail = tt_buf_make(RECORD_MAX)};
    assert_non_null(body->step);
    assert_true(strlen(body->step) < TT_PATH_MAX);
    assert_int_equal(tt_buf_printf(&inner->head, "%s %s at %" PRIu64,
                                   body->kind == TT_STEP_SLICE ? "slice" : "coding", body->step,
                                   body->at),
                     TT_OK);
    if (body->format == TT_FORMAT_OPAQUE)
        rec_put(&inner->head, " opaque");
    if (body->media_type != NULL)
        assert_int_equal(tt_buf_printf(&inner->head, " type=%s", body->media_type), TT_OK);
    if (body->codings != NULL)
        assert_int_equal(tt_buf_printf(&inner->head, " codings=%s", body->codings), TT_OK);
    if (body->boundary != NULL)
        assert_int_equal(tt_buf_printf(&inner->head, " boundary=%s", body->boundary), TT_OK);
    rec_steps(&inner->head, steps, step_count);
    return inner;
}

TT_UNUSED static bool rec_data(void *context, void *opaque, struct tt_span bytes, uint64_t at,
                               uint64_t len)
{
    struct recorder *rec = context;
    struct rec_inner *inner = opaque;
    assert_true(inner->open);
    assert_true(bytes.len > 0);
    /* Ranges follow each other, or are told again where no input was needed. */
    bool again = at == inner->last_at && len == inner->last_len;
    assert_true(at == inner->next || again);
    assert_true(at + len <= rec->fed);
    if (!again)
        inner->next = at + len;
    inner->last_at = at;
    inner->last_len = len;
    inner->calls++;
    if (inner->kind == TT_STEP_SLICE) {
        assert_int_equal(bytes.len, len);
        assert_memory_equal(bytes.data, rec->input.data + at, len);
    }
    assert_int_equal(tt_buf_append(&inner->bytes, bytes), TT_OK);
    return rec->stop_after == 0 || inner->bytes.len < rec->stop_after;
}

TT_UNUSED static void rec_close(void *context, void *opaque, enum tt_body_end end, uint64_t end_at)
{
    static const char *const names[] = {"complete", "cut", "broken"};
    struct recorder *rec = context;
    struct rec_inner *inner = opaque;
    assert_true(inner->open);
    assert_true(end_at >= inner->next);
    assert_true(end_at <= rec->fed);
    inner->open = false;
    assert_int_equal(tt_buf_printf(&inner->tail, "%s at %" PRIu64, names[end], end_at), TT_OK);
}

TT_UNUSED static void rec_place(void *context, size_t mark, const struct tt_place_step *steps,
                                size_t step_count, bool claimed)
{
    struct recorder *rec = context;
    size_t at = (size_t)rec->marks_from + mark;
    assert_true(at < rec->place_count);
    assert_null(rec->places[at]); /* answered once */
    struct tt_buf text = tt_buf_make(RECORD_MAX);
    rec_steps(&text, steps, step_count);
    rec_put(&text, claimed ? " claimed" : "");
    assert_int_equal(tt_buf_append_u8(&text, 0), TT_OK);
    rec->places[at] = (char *)text.data;
}

TT_UNUSED static void rec_note(void *context, const struct tt_note *note)
{
    struct recorder *rec = context;
    assert_string_equal(note->layer, "content");
    assert_non_null(note->text);
    assert_int_equal(tt_buf_printf(&rec->notes, "note %s\n", note->code), TT_OK);
}

TT_UNUSED static void rec_init(struct recorder *rec, struct tt_span input)
{
    *rec = (struct recorder){.input = input, .notes = tt_buf_make(RECORD_MAX)};
    rec->sink = (struct tt_content_sink){.context = rec,
                                         .open = rec_open,
                                         .data = rec_data,
                                         .close = rec_close,
                                         .place = rec_place,
                                         .notes = {.context = rec, .note = rec_note}};
    rec->inner = calloc(INNER_MAX, sizeof(*rec->inner));
    rec->place_count = input.len;
    rec->places = calloc(input.len + 1, sizeof(*rec->places));
    assert_true(rec->inner != NULL && rec->places != NULL);
}

TT_UNUSED static void rec_free(struct recorder *rec)
{
    for (size_t i = 0; i < rec->inner_count; i++) {
        tt_buf_free(&rec->inner[i].head);
        tt_buf_free(&rec->inner[i].bytes);
        tt_buf_free(&rec->inner[i].tail);
    }
    for (size_t i = 0; i < rec->place_count; i++)
        free(rec->places[i]);
    free(rec->places);
    free(rec->inner);
    tt_buf_free(&rec->notes);
}

TT_UNUSED static struct tt_span rec_bytes(const struct recorder *rec, size_t at)
{
    assert_true(at < rec->inner_count);
    return tt_buf_span(&rec->inner[at].bytes);
}

/* Everything that was said, as text: one line to open, one with the bytes, one to close. */
TT_UNUSED static char *rec_text(const struct recorder *rec)
{
    struct tt_buf text = tt_buf_make(RECORD_MAX * 2);
    for (size_t i = 0; i < rec->inner_count; i++) {
        const struct rec_inner *inner = &rec->inner[i];
        assert_false(inner->open);
        assert_int_equal(tt_buf_append(&text, tt_buf_span(&inner->head)), TT_OK);
        rec_put(&text, "\n  [");
        for (size_t j = 0; j < inner->bytes.len; j++) {
            uint8_t c = inner->bytes.data[j];
            if (c >= 0x20 && c < 0x7f && c != '\\')
                assert_int_equal(tt_buf_append_u8(&text, c), TT_OK);
            else
                assert_int_equal(tt_buf_printf(&text, "\\x%02x", c), TT_OK);
        }
        rec_put(&text, "]\n  ");
        assert_int_equal(tt_buf_append(&text, tt_buf_span(&inner->tail)), TT_OK);
        rec_put(&text, "\n");
    }
    assert_int_equal(tt_buf_append(&text, tt_buf_span(&rec->notes)), TT_OK);
    assert_int_equal(tt_buf_printf(&text, "taken %zu\n", rec->taken), TT_OK);
    assert_int_equal(tt_buf_append_u8(&text, 0), TT_OK);
    return (char *)text.data;
}

/* How a test cuts its input. */
struct cutting {
    size_t first; /* length of the first piece */
    size_t step;  /* of the pieces behind it */
};

static const struct cutting whole_input = {.first = SIZE_MAX, .step = SIZE_MAX};
static const struct cutting single_bytes = {.first = 1, .step = 1};
static const struct cutting small_pieces = {.first = 3, .step = 11};

TT_UNUSED static struct cutting cut_at(size_t at)
{
    return (struct cutting){.first = at, .step = SIZE_MAX};
}

/* Feeds every piece from a page of its own; `marks`: asks for the place of every byte. */
TT_UNUSED static void rec_run(struct recorder *rec, const struct tt_decoder *decoder,
                              const struct tt_body *body, struct cutting cutting,
                              enum tt_body_end end, bool marks)
{
    void *state = decoder->open(body, &rec->sink);
    assert_non_null(state);
    size_t at = 0;
    bool gave_up = false;
    while (at < rec->input.len && !gave_up) {
        size_t len = at == 0 ? cutting.first : cutting.step;
        struct tt_span part = tt_span_sub(rec->input, at, len);
        struct flush flush = flush_make(part);
        uint64_t *offsets = calloc(part.len + 1, sizeof(*offsets));
        assert_non_null(offsets);
        for (size_t i = 0; i < part.len; i++)
            offsets[i] = at + i;
        struct tt_piece piece = {.bytes = flush.span, .at = at};
        rec->marks_from = at;
        rec->fed = at + part.len;
        size_t used = decoder->feed(state, &piece, offsets, marks ? part.len : 0);
        assert_true(used <= part.len);
        gave_up = used < part.len;
        at += used;
        free(offsets);
        flush_free(&flush);
    }
    rec->taken = at;
    decoder->close(state, gave_up ? TT_BODY_BROKEN : end);
}

/* What a decoder says about an input. Free it. */
TT_UNUSED static char *rec_say(const struct tt_decoder *decoder, const struct tt_body *body,
                               struct tt_span input, struct cutting cutting)
{
    struct recorder rec;
    rec_init(&rec, input);
    rec_run(&rec, decoder, body, cutting, TT_BODY_COMPLETE, false);
    char *text = rec_text(&rec);
    rec_free(&rec);
    return text;
}

TT_UNUSED static void assert_says(const struct tt_decoder *decoder, const struct tt_body *body,
                                  struct tt_span input, const char *expected)
{
    char *text = rec_say(decoder, body, input, whole_input);
    assert_string_equal(text, expected);
    free(text);
}

/* Whole, in single bytes and cut at every point the decoder says the same. */
TT_UNUSED static void assert_cut_anywhere(const struct tt_decoder *decoder,
                                          const struct tt_body *body, struct tt_span input)
{
    char *expected = rec_say(decoder, body, input, whole_input);
    char *text = rec_say(decoder, body, input, single_bytes);
    assert_string_equal(text, expected);
    free(text);
    for (size_t at = 1; at < input.len; at++) {
        text = rec_say(decoder, body, input, cut_at(at));
        assert_string_equal(text, expected);
        free(text);
    }
    free(expected);
}

/* For codings: every shorter input gives a front part of the same bytes, and no complete end. */
TT_UNUSED static void assert_cut_short(const struct tt_decoder *decoder, const struct tt_body *body,
                                       struct tt_span input)
{
    struct recorder full;
    rec_init(&full, input);
    rec_run(&full, decoder, body, whole_input, TT_BODY_COMPLETE, false);
    for (size_t len = 0; len < input.len; len++) {
        struct recorder rec;
        rec_init(&rec, tt_span_sub(input, 0, len));
        rec_run(&rec, decoder, body, whole_input, TT_BODY_CUT, false);
        if (rec.inner_count > 0) {
            assert_true(tt_span_starts(rec_bytes(&full, 0), rec_bytes(&rec, 0)));
            assert_false(rec.inner[0].open);
        }
        rec_free(&rec);
    }
    rec_free(&full);
}

/* Damage in every byte does no harm, and is met alike however the input is cut. Only where it makes
 * a compression give up, how much came out before may depend on the cut. */
TT_UNUSED static void assert_survives_damage(const struct tt_decoder *decoder,
                                             const struct tt_body *body, struct tt_span input)
{
    uint8_t *damaged = malloc(input.len);
    assert_non_null(damaged);
    for (size_t at = 0; at < input.len; at++) {
        static const uint8_t masks[] = {0x01, 0x80, 0xff, 0x20};
        for (size_t i = 0; i < sizeof(masks); i++) {
            memcpy(damaged, input.data, input.len);
            damaged[at] ^= masks[i];
            struct tt_span bytes = tt_span_of(damaged, input.len);
            char *whole = rec_say(decoder, body, bytes, whole_input);
            char *in_pieces = rec_say(decoder, body, bytes, small_pieces);
            bool gave_up = strstr(whole, "content.broken") || strstr(whole, "content.checksum");
            if (decoder->sort == TT_CODING && gave_up)
                assert_non_null(strstr(in_pieces, "note content."));
            else
                assert_string_equal(in_pieces, whole);
            free(whole);
            free(in_pieces);
        }
    }
    free(damaged);
}

/* What the marks at every byte are told. Free each entry and the array (input.len entries). */
TT_UNUSED static char **rec_places(const struct tt_decoder *decoder, const struct tt_body *body,
                                   struct tt_span input, struct cutting cutting)
{
    struct recorder rec;
    rec_init(&rec, input);
    rec_run(&rec, decoder, body, cutting, TT_BODY_COMPLETE, true);
    char **places = rec.places;
    rec.places = calloc(1, sizeof(*rec.places));
    rec.place_count = 0;
    rec_free(&rec);
    return places;
}

TT_UNUSED static void free_places(char **places, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(places[i]);
    free(places);
}

/* The place of the first byte of `needle` in the input. */
TT_UNUSED static void assert_place(const struct tt_decoder *decoder, const struct tt_body *body,
                                   struct tt_span input, const char *needle, const char *expected)
{
    char **places = rec_places(decoder, body, input, whole_input);
    size_t at = tt_span_search(input, tt_span_str(needle));
    assert_true(at != SIZE_MAX);
    for (size_t i = 0; i < strlen(needle); i++) {
        assert_non_null(places[at + i]);
        assert_string_equal(places[at + i], expected);
    }
    free_places(places, input.len);
}

/* Cut anywhere, every byte has the same place. Whether it is claimed may be known only later. */
TT_UNUSED static void assert_places_cut_anywhere(const struct tt_decoder *decoder,
                                                 const struct tt_body *body, struct tt_span input)
{
    char **expected = rec_places(decoder, body, input, whole_input);
    for (size_t cut = 0; cut < input.len; cut++) {
        char **places = rec_places(decoder, body, input, cut == 0 ? single_bytes : cut_at(cut));
        for (size_t i = 0; i < input.len; i++) {
            assert_int_equal(expected[i] == NULL, places[i] == NULL);
            if (places[i] == NULL)
                continue;
            char *claimed = strstr(expected[i], " claimed");
            size_t len = claimed != NULL ? (size_t)(claimed - expected[i]) : strlen(expected[i]);
            if (strncmp(places[i], expected[i], len) != 0)
                fail_msg("cut at %zu, byte %zu: %s, not %s", cut, i, places[i], expected[i]);
        }
        free_places(places, input.len);
    }
    free_places(expected, input.len);
}

#endif
