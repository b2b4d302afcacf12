/* The coverage ledger: what could not be looked at, and the notes. */
#include "report/text.h"

#include <inttypes.h>
#include <stdio.h>

/* Columns of the table besides the destination, which takes the rest. */
enum {
    INDENT = 2,
    WAY = 4,
    PROTOCOL = 6,
    BYTES = 7,
    SHARE = 5,
    ENCRYPTED = 9,
    OTHER = 7,
    GAPS = 7
};

struct ledger {
    struct tt_text *t;
    uint64_t listed;
    uint64_t more;        /* rows that were not listed, */
    uint64_t more_unread; /* and their unread bytes */
    uint64_t complete;    /* destinations read to the last byte */
    uint64_t complete_bytes;
};

static size_t destination_columns(const struct tt_text *t)
{
    return t->width - (INDENT + WAY + PROTOCOL + BYTES + SHARE + ENCRYPTED + 2 * OTHER + GAPS);
}

static void put_numbers(struct tt_text *t, const uint64_t bytes[TT_BUCKET_COUNT])
{
    char text[TT_HUMAN_MAX];
    uint64_t read = tt_text_bytes_read(bytes);
    uint64_t all = read + tt_text_bytes_unread(bytes);
    tt_text_cell(t, tt_human_bytes(all, text), BYTES, TT_ALIGN_RIGHT);
    tt_text_cell(t, tt_human_share(read, all, text), SHARE, TT_ALIGN_RIGHT);
    tt_text_cell(t, tt_human_bytes(bytes[TT_BUCKET_ENCRYPTED], text), ENCRYPTED, TT_ALIGN_RIGHT);
    tt_text_cell(t, tt_human_bytes(tt_text_bytes_unclear(bytes), text), OTHER, TT_ALIGN_RIGHT);
    tt_text_cell(t, tt_human_bytes(bytes[TT_BUCKET_LOST], text), OTHER, TT_ALIGN_RIGHT);
    tt_text_newline(t);
}

static void put_destination(struct tt_text *t, const struct tt_coverage_row *row)
{
    static const char *const ways[] = {"sent", "rcvd", "btwn", "?"};
    char text[TT_ADDR_TEXT_MAX];
    const char *name = row->host != NULL ? row->host : tt_addr_text(row->address, text);
    tt_out_str(&t->out, "  ");
    tt_text_cell_redacted(t, name[0] == '\0' ? "(no address)" : name, TT_REDACT_HOST,
                          destination_columns(t));
    tt_text_cell(t, ways[row->heading], WAY, TT_ALIGN_LEFT);
    tt_text_cell_redacted(t, row->protocol, TT_REDACT_CLEAN, PROTOCOL);
    put_numbers(t, row->bytes);
}

static enum tt_err put_row(void *context, const struct tt_coverage_row *row)
{
    struct ledger *ledger = context;
    uint64_t unread = tt_text_bytes_unread(row->bytes);
    if (unread == 0) {
        ledger->complete++;
        ledger->complete_bytes += tt_text_bytes_read(row->bytes);
    } else if (ledger->listed < TT_REPORT_LEDGER_MAX) {
        ledger->listed++;
        put_destination(ledger->t, row);
    } else {
        ledger->more++;
        ledger->more_unread += unread;
    }
    return tt_text_step(ledger->t);
}

static void put_header(struct tt_text *t)
{
    tt_out_str(&t->out, "  ");
    tt_text_cell(t, "Destination", destination_columns(t), TT_ALIGN_LEFT);
    tt_text_cell(t, "Way", WAY, TT_ALIGN_LEFT);
    tt_text_cell(t, "Proto", PROTOCOL, TT_ALIGN_LEFT);
    tt_text_cell(t, "Bytes", BYTES, TT_ALIGN_RIGHT);
    tt_text_cell(t, "Read", SHARE, TT_ALIGN_RIGHT);
    tt_text_cell(t, "Encrypted", ENCRYPTED, TT_ALIGN_RIGHT);
    tt_text_cell(t, "Unclear", OTHER, TT_ALIGN_RIGHT);
    tt_text_cell(t, "Missing", OTHER, TT_ALIGN_RIGHT);
    tt_text_newline(t);
}

static void put_rest(const struct ledger *ledger)
{
    struct tt_text *t = ledger->t;
    char count[TT_HUMAN_MAX];
    char bytes[TT_HUMAN_MAX];
    if (ledger->more > 0) {
        tt_text_add(t, "%s more rows, with %s unread: the JSON output lists them all.",
                    tt_human_count(ledger->more, count),
                    tt_human_bytes(ledger->more_unread, bytes));
        tt_text_end(t, "  ", INDENT);
    }
    if (ledger->complete > 0) {
        tt_text_add(t, "%s more %s read completely (%s).", tt_human_count(ledger->complete, count),
                    ledger->complete == 1 ? "row was" : "rows were",
                    tt_human_bytes(ledger->complete_bytes, bytes));
        tt_text_end(t, "  ", INDENT);
    }
}

static enum tt_err put_ledger(struct tt_text *t)
{
    struct ledger ledger = {.t = t};
    put_header(t);
    enum tt_err err = t->view->coverage(t->view->store, put_row, &ledger);
    tt_out_str(&t->out, "  ");
    tt_text_cell(t, "All", destination_columns(t), TT_ALIGN_LEFT);
    tt_text_cell(t, "", WAY, TT_ALIGN_LEFT);
    tt_text_cell(t, "", PROTOCOL, TT_ALIGN_LEFT);
    put_numbers(t, t->totals);
    put_rest(&ledger);
    tt_text_add(t, "Read: decoded, opened, or plain text. Encrypted: not opened. Unclear: searched "
                   "as it stands, but not understood, or not IP. Missing: not in the capture.");
    tt_text_end(t, "  ", INDENT);
    return err;
}

struct note_list {
    struct tt_text *t;
    bool begun;
};

static void put_note_place(struct tt_text *t, const struct tt_note_row *note)
{
    if (note->capture != NULL && t->inputs > 1) {
        tt_text_add(t, ", ");
        tt_text_add_redacted(t, note->capture, TT_REDACT_CLEAN);
    }
    const char *first = note->count > 1 ? "first at" : "at";
    if (note->frame != 0)
        tt_text_add(t, ", %s frame %" PRIu64, first, note->frame);
    else if (note->flow == 0 && note->offset != 0)
        tt_text_add(t, ", %s offset %" PRIu64, first, note->offset);
    if (note->flow != 0)
        tt_text_add(t, ", flow %" PRIu64, note->flow);
}

static enum tt_err put_note(void *context, const struct tt_note_row *note)
{
    struct note_list *list = context;
    struct tt_text *t = list->t;
    char count[TT_HUMAN_MAX];
    char bytes[TT_HUMAN_MAX];
    if (!list->begun)
        tt_text_title(t, "NOTES");
    list->begun = true;
    tt_text_add_redacted(t, note->text, TT_REDACT_CLEAN);
    tt_text_add(t, " (%s %s", tt_human_count(note->count, count),
                note->count == 1 ? "time" : "times");
    if (note->bytes > 0)
        tt_text_add(t, ", %s", tt_human_bytes(note->bytes, bytes));
    put_note_place(t, note);
    tt_text_add(t, "; ");
    tt_text_add_redacted(t, note->code, TT_REDACT_CLEAN);
    tt_text_add(t, ")");
    tt_text_end(t, "  - ", 2 * INDENT);
    return tt_text_step(t);
}

enum tt_err tt_text_coverage(struct tt_text *t)
{
    enum tt_err err = TT_OK;
    tt_text_title(t, "WHAT COULD NOT BE LOOKED AT");
    if (t->destinations == 0) {
        tt_text_add(t, "No traffic was found in the input.");
        tt_text_end(t, "  ", INDENT);
    } else {
        err = put_ledger(t);
    }
    struct note_list list = {.t = t};
    if (err == TT_OK)
        err = t->view->notes(t->view->store, put_note, &list);
    return err == TT_OK ? tt_text_step(t) : err;
}
