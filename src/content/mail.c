#include "content/mail.h"

#include <stdlib.h>

#include "base/buf.h"
#include "content/outlet.h"
#include "content/part_header.h"
#include "model/limits.h"

struct mail {
    struct tt_buf header;
    struct tt_part_header part;
    struct tt_outlet out; /* the header, then the body */
    uint64_t next;
    size_t line_len; /* of the line that is being read */
    uint8_t line_first;
    bool in_body;
};

/* ---- recognition ---- */

/* "Subject:", as far as it can be seen (RFC 5322, section 2.2). */
static bool begins_with_field(struct tt_span head)
{
    size_t len = 0;
    while (len < head.len && head.data[len] > ' ' && head.data[len] < 0x7f && head.data[len] != ':')
        len++;
    return len > 0 && (len == head.len || head.data[len] == ':' || head.data[len] == ' ');
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)whole;
    return body->media_type != NULL &&
           (strcmp(body->media_type, "message/rfc822") == 0 ||
            strcmp(body->media_type, "message/global") == 0) &&
           begins_with_field(head);
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    (void)body;
    struct mail *mail = calloc(1, sizeof(*mail));
    if (mail == NULL)
        return NULL;
    mail->header = tt_buf_make(TT_HTTP_HEADER_MAX);
    tt_outlet_init(&mail->out, sink, NULL, 0);
    return mail;
}

/* ---- reading ---- */

static void open_header(struct mail *mail, uint64_t at)
{
    const struct tt_body inner = {
        .kind = TT_STEP_SLICE, .format = TT_FORMAT_OPAQUE, .step = "mail.header", .at = at};
    (void)tt_outlet_open(&mail->out, &inner, NULL, 0);
}

static void open_body(struct mail *mail, uint64_t at)
{
    struct tt_part_header *part = &mail->part;
    tt_part_header_read(tt_buf_span(&mail->header), part);
    tt_buf_clear(&mail->header);
    const struct tt_body inner = {.kind = TT_STEP_SLICE,
                                  .step = "mail.body",
                                  .media_type =
                                      part->media_type[0] == '\0' ? NULL : part->media_type,
                                  .boundary = part->boundary[0] == '\0' ? NULL : part->boundary,
                                  .codings = part->codings[0] == '\0' ? NULL : part->codings,
                                  .at = at};
    tt_outlet_close(&mail->out, TT_BODY_COMPLETE, at);
    (void)tt_outlet_open(&mail->out, &inner, NULL, 0);
    mail->in_body = true;
}

/* One line of the header, or its part: an empty one ends it. Gives the bytes taken. */
static size_t read_header(struct mail *mail, struct tt_span in, uint64_t at)
{
    size_t len = tt_span_find(in, '\n');
    bool ends = len < in.len;
    if (mail->line_len == 0)
        mail->line_first = in.data[0];
    mail->line_len += len;
    len += ends;
    struct tt_span line = tt_span_sub(in, 0, len);
    if (mail->out.state == TT_OUTLET_IDLE)
        open_header(mail, at);
    (void)tt_outlet_slice(&mail->out, line, at);
    /* What does not fit is not understood, but still searched. */
    if (tt_buf_append(&mail->header, line) != TT_OK)
        tt_buf_clear(&mail->header);
    if (!ends)
        return len;
    if (mail->line_len == 0 || (mail->line_len == 1 && mail->line_first == '\r'))
        open_body(mail, at + len);
    mail->line_len = 0;
    return len;
}

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct mail *mail = state;
    size_t at = 0;
    while (at < piece->bytes.len && !mail->in_body)
        at += read_header(mail, tt_span_from(piece->bytes, at), piece->at + at);
    if (at < piece->bytes.len)
        (void)tt_outlet_slice(&mail->out, tt_span_from(piece->bytes, at), piece->at + at);
    mail->next = piece->at + piece->bytes.len;
    return piece->bytes.len;
}

static void close_state(void *state, enum tt_body_end end)
{
    struct mail *mail = state;
    tt_outlet_close(&mail->out, end, mail->next);
    tt_buf_free(&mail->header);
    free(mail);
}

const struct tt_decoder tt_decoder_mail = {.name = "mail",
                                           .title = "message of mail",
                                           .spec = "RFC 5322, RFC 2045",
                                           .sort = TT_CODING,
                                           .claims = claims,
                                           .open = open_state,
                                           .feed = feed,
                                           .close = close_state};
