#include "report/text.h"

#include <stdarg.h>
#include <stdio.h>

enum { PARAGRAPH_MAX = 2097152, WORDS_MAX = 512 };

static const char ellipsis[] = "\xe2\x80\xa6";

void tt_text_open(struct tt_text *t, const struct tt_case_view *view, bool reveal, bool colour,
                  unsigned width, const struct tt_report_sink *sink)
{
    *t = (struct tt_text){.out = tt_out_make(sink),
                          .redactor = tt_redactor_make(reveal),
                          .line = tt_buf_make(PARAGRAPH_MAX),
                          .view = view,
                          .colour = colour,
                          .width = width == 0 ? TT_TEXT_WIDTH : width};
    if (t->width < TT_TEXT_WIDTH_MIN)
        t->width = TT_TEXT_WIDTH_MIN;
    if (t->width > TT_TEXT_WIDTH_MAX)
        t->width = TT_TEXT_WIDTH_MAX;
}

enum tt_err tt_text_step(struct tt_text *t)
{
    if (t->out.err == TT_OK)
        t->out.err = t->redactor.err;
    return tt_out_step(&t->out, NULL);
}

enum tt_err tt_text_close(struct tt_text *t, enum tt_err err)
{
    (void)tt_text_step(t);
    enum tt_err end = tt_out_end(&t->out);
    tt_redactor_free(&t->redactor);
    tt_buf_free(&t->line);
    return err != TT_OK ? err : end;
}

static void add_span(struct tt_text *t, struct tt_span text)
{
    if (t->out.err == TT_OK)
        t->out.err = tt_buf_append(&t->line, text);
}

void tt_text_add(struct tt_text *t, const char *format, ...)
{
    char text[WORDS_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len > 0)
        add_span(t, tt_span_of(text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1));
}

void tt_text_add_redacted(struct tt_text *t, const char *text, enum tt_redact how)
{
    add_span(t, tt_redact(&t->redactor, text, how));
}

static void put_spaces(struct tt_text *t, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tt_out_str(&t->out, " ");
}

/* How much of `text` (not empty) goes into a line of `columns`: up to the last space that fits, or
 * as much of one long word as fits. At least one character, so that it ends. */
static size_t line_length(struct tt_span text, size_t columns)
{
    size_t fits = tt_text_head(text, columns);
    if (fits == text.len)
        return fits;
    for (size_t i = fits + 1; i > 0; i--) {
        if (text.data[i - 1] == ' ')
            return i - 1;
    }
    return fits == 0 ? 1 : fits;
}

static struct tt_span skip_spaces(struct tt_span text)
{
    while (text.len > 0 && text.data[0] == ' ')
        text = tt_span_from(text, 1);
    return text;
}

void tt_text_end(struct tt_text *t, const char *first, size_t indent)
{
    struct tt_span rest = skip_spaces(tt_buf_span(&t->line));
    size_t used = tt_text_width(tt_span_str(first));
    tt_out_str(&t->out, first);
    do {
        size_t len = rest.len == 0 ? 0 : line_length(rest, t->width - used);
        tt_out_span(&t->out, tt_span_sub(rest, 0, len));
        tt_text_newline(t);
        rest = skip_spaces(tt_span_from(rest, len));
        if (rest.len > 0)
            put_spaces(t, indent);
        used = indent;
    } while (rest.len > 0 && t->out.err == TT_OK);
    tt_buf_clear(&t->line);
}

/* Writes `text` into at most `columns`; returns the columns taken. */
static size_t put_cut(struct tt_text *t, struct tt_span text, size_t columns)
{
    size_t width = tt_text_width(text);
    if (width <= columns) {
        tt_out_span(&t->out, text);
        return width;
    }
    /* The end of a host or path says more than its middle, and the start more than both. */
    size_t tail_columns = (columns - 1) / 2;
    struct tt_span head = tt_span_sub(text, 0, tt_text_head(text, columns - 1 - tail_columns));
    size_t tail_len = tt_text_tail(text, tail_columns);
    struct tt_span tail = tt_span_from(text, text.len - tail_len);
    tt_out_span(&t->out, head);
    tt_out_str(&t->out, ellipsis);
    tt_out_span(&t->out, tail);
    return tt_text_width(head) + 1 + tt_text_width(tail);
}

void tt_text_end_line(struct tt_text *t)
{
    (void)put_cut(t, tt_buf_span(&t->line), t->width);
    tt_text_newline(t);
    tt_buf_clear(&t->line);
}

static void put_cell(struct tt_text *t, struct tt_span text, size_t columns, enum tt_align align)
{
    size_t width = tt_text_width(text);
    if (align == TT_ALIGN_RIGHT && width < columns) {
        put_spaces(t, columns - width);
        tt_out_span(&t->out, text);
    } else {
        put_spaces(t, columns - put_cut(t, text, columns));
    }
    tt_out_str(&t->out, " ");
}

void tt_text_cell(struct tt_text *t, const char *text, size_t columns, enum tt_align align)
{
    put_cell(t, tt_span_str(text), columns, align);
}

void tt_text_cell_redacted(struct tt_text *t, const char *text, enum tt_redact how, size_t columns)
{
    put_cell(t, tt_redact(&t->redactor, text, how), columns, TT_ALIGN_LEFT);
}

void tt_text_newline(struct tt_text *t)
{
    /* Cells leave spaces behind. */
    while (t->out.buf.len > 0 && t->out.buf.data[t->out.buf.len - 1] == ' ')
        t->out.buf.len--;
    tt_out_str(&t->out, "\n");
}

void tt_text_style(struct tt_text *t, enum tt_style style)
{
    static const char *const sequences[] = {"\033[1m", "\033[1;32m", "\033[1;33m", "\033[1;31m"};
    if (t->colour)
        tt_out_str(&t->out, sequences[style]);
}

void tt_text_plain(struct tt_text *t)
{
    if (t->colour)
        tt_out_str(&t->out, "\033[0m");
}

enum tt_style tt_text_verdict_style(enum tt_verdict verdict)
{
    switch (verdict) {
    case TT_VERDICT_ALLOWED:
        return TT_STYLE_GOOD;
    case TT_VERDICT_UNDECIDED:
        return TT_STYLE_DOUBTFUL;
    case TT_VERDICT_VIOLATION:
        break;
    }
    return TT_STYLE_BAD;
}

void tt_text_title(struct tt_text *t, const char *title)
{
    tt_text_newline(t);
    tt_text_style(t, TT_STYLE_BOLD);
    tt_out_str(&t->out, title);
    tt_text_plain(t);
    tt_text_newline(t);
}

uint64_t tt_text_bytes_read(const uint64_t bytes[TT_BUCKET_COUNT])
{
    return bytes[TT_BUCKET_DECODED] + bytes[TT_BUCKET_RAW_TEXT] + bytes[TT_BUCKET_OPENED];
}

uint64_t tt_text_bytes_unclear(const uint64_t bytes[TT_BUCKET_COUNT])
{
    return bytes[TT_BUCKET_OPAQUE] + bytes[TT_BUCKET_NOT_IP];
}

uint64_t tt_text_bytes_unread(const uint64_t bytes[TT_BUCKET_COUNT])
{
    return tt_text_bytes_unclear(bytes) + bytes[TT_BUCKET_ENCRYPTED] + bytes[TT_BUCKET_LOST];
}
