#include "report/out.h"

enum {
    PIECE_MAX = 65536,   /* largest piece that a sink is given */
    FLUSH_FROM = 32768,  /* gathered before a row ends */
    BUFFER_MAX = 8388608 /* one row; texts in it are cut by the redactor long before */
};

struct tt_out tt_out_make(const struct tt_report_sink *sink)
{
    return (struct tt_out){.buf = tt_buf_make(BUFFER_MAX), .sink = sink};
}

static void flush(struct tt_out *out)
{
    struct tt_span rest = tt_buf_span(&out->buf);
    while (out->err == TT_OK && rest.len > 0) {
        struct tt_span piece = tt_span_sub(rest, 0, PIECE_MAX);
        out->err = out->sink->write(out->sink->context, piece);
        rest = tt_span_from(rest, piece.len);
    }
    tt_buf_clear(&out->buf);
}

void tt_out_span(struct tt_out *out, struct tt_span text)
{
    if (out->err == TT_OK)
        out->err = tt_buf_append(&out->buf, text);
}

void tt_out_str(struct tt_out *out, const char *text)
{
    tt_out_span(out, tt_span_str(text));
}

enum tt_err tt_out_step(struct tt_out *out, const struct tt_json *json)
{
    if (out->err == TT_OK && json != NULL)
        out->err = json->err;
    if (out->buf.len >= FLUSH_FROM)
        flush(out);
    return out->err;
}

enum tt_err tt_out_end(struct tt_out *out)
{
    flush(out);
    tt_buf_free(&out->buf);
    return out->err;
}
