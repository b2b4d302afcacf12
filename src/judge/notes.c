#include "judge/notes.h"

#include "base/map.h"
#include "model/frame.h"
#include "model/limits.h"

#include <stdlib.h>

struct tt_notes {
    struct tt_texts *texts;
    struct tt_map *rows;
    struct tt_note_row overflow; /* of notes that found no room */
    const struct tt_note_row **sorted;
    size_t sorted_count;
};

struct tt_notes *tt_notes_new(struct tt_texts *texts)
{
    struct tt_notes *notes = calloc(1, sizeof(*notes));
    if (notes == NULL)
        return NULL;
    notes->texts = texts;
    notes->overflow = (struct tt_note_row){.layer = "judge",
                                           .code = "judge.notes",
                                           .text = "there were more kinds of notes than are kept"};
    notes->rows = tt_map_new(TT_NOTES_MAX);
    if (notes->rows == NULL) {
        free(notes);
        return NULL;
    }
    return notes;
}

void tt_notes_free(struct tt_notes *notes)
{
    if (notes == NULL)
        return;
    tt_map_free(notes->rows, free);
    free(notes->sorted);
    free(notes);
}

static void count(struct tt_note_row *row, const struct tt_note *note)
{
    row->count++;
    row->bytes += note->length;
}

/* A kept copy of the note's texts: its maker may be gone when the report is written. */
static enum tt_err make_row(struct tt_notes *notes, const struct tt_note *note, const char *capture,
                            struct tt_note_row **ret_row)
{
    struct tt_note_row row = {.flow = note->flow == NULL ? 0 : note->flow->id,
                              .frame = tt_frame_number(note->frame),
                              .offset = note->offset,
                              .capture = capture};
    enum tt_err result = tt_texts_keep(notes->texts, note->layer, &row.layer);
    if (result == TT_OK)
        result = tt_texts_keep(notes->texts, note->code, &row.code);
    if (result == TT_OK)
        result = tt_texts_keep(notes->texts, note->text, &row.text);
    if (result != TT_OK)
        return result;
    const char *key[2] = {row.layer, row.code};
    struct tt_note_row *kept = malloc(sizeof(*kept));
    if (kept == NULL)
        return TT_ERR_MEMORY;
    *kept = row;
    result = tt_map_put(notes->rows, tt_span_of(key, sizeof(key)), kept);
    if (result != TT_OK) {
        free(kept);
        return result;
    }
    *ret_row = kept;
    return TT_OK;
}

enum tt_err tt_notes_add(struct tt_notes *notes, const struct tt_note *note, const char *capture)
{
    const char *key[2] = {NULL, NULL};
    enum tt_err result = tt_texts_keep(notes->texts, note->layer, &key[0]);
    if (result == TT_OK)
        result = tt_texts_keep(notes->texts, note->code, &key[1]);
    struct tt_note_row *row = NULL;
    if (result == TT_OK)
        row = tt_map_get(notes->rows, tt_span_of(key, sizeof(key)));
    if (result == TT_OK && row == NULL)
        result = make_row(notes, note, capture, &row);
    if (result == TT_ERR_LIMIT) {
        row = &notes->overflow;
        result = TT_OK;
    }
    if (result == TT_OK)
        count(row, note);
    return result;
}

static int compare_rows(const void *a, const void *b)
{
    const struct tt_note_row *left = *(const struct tt_note_row *const *)a;
    const struct tt_note_row *right = *(const struct tt_note_row *const *)b;
    int order = strcmp(left->layer, right->layer);
    return order != 0 ? order : strcmp(left->code, right->code);
}

size_t tt_notes_count(const struct tt_notes *notes)
{
    return tt_map_count(notes->rows) + (notes->overflow.count > 0 ? 1 : 0);
}

enum tt_err tt_notes_settle(struct tt_notes *notes)
{
    const struct tt_note_row **sorted = calloc(tt_notes_count(notes) + 1, sizeof(*sorted));
    if (sorted == NULL)
        return TT_ERR_MEMORY;
    size_t used = 0;
    for (size_t i = 0; i < tt_map_count(notes->rows); i++)
        sorted[used++] = tt_map_at(notes->rows, i, NULL);
    if (notes->overflow.count > 0)
        sorted[used++] = &notes->overflow;
    qsort(sorted, used, sizeof(*sorted), compare_rows);
    free(notes->sorted);
    notes->sorted = sorted;
    notes->sorted_count = used;
    return TT_OK;
}

const struct tt_note_row *tt_notes_at(const struct tt_notes *notes, size_t at)
{
    return notes->sorted[at];
}
