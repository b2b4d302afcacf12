#include "proto/fields.h"

#include "base/utf.h"

#include <stdio.h>

void tt_fields_over(struct tt_fields *fields, const struct tt_stream *stream,
                    const struct tt_extent *extent, const char *protocol, const char *kind,
                    const char *other_step)
{
    size_t len = extent->bytes.len;
    fields->stream = stream;
    fields->extent = *extent;
    fields->other_step = other_step;
    fields->at = 0;
    fields->other = 0;
    fields->msg = (struct tt_msg){.flow = stream->flow,
                                  .direction = stream->direction,
                                  .protocol = protocol,
                                  .kind = kind,
                                  .body_bytes = len,
                                  .origin = tt_extent_origin(extent, 0, len),
                                  .complete = true};
}

void tt_fields_begin(struct tt_fields *fields, struct tt_stream *stream, const char *protocol,
                     const char *kind, const char *other_step)
{
    const struct tt_chunk *chunk = stream->chunk;
    struct tt_extent extent = tt_extent_of_chunk(chunk, 0, chunk->bytes.len, &fields->part);
    tt_fields_over(fields, stream, &extent, protocol, kind, other_step);
    fields->msg.complete = (chunk->flags & TT_CHUNK_CUT) == 0;
    tt_stream_take(stream, chunk->bytes.len);
}

static void put_body(struct tt_fields *fields, struct tt_body body, size_t at, size_t len)
{
    body.kind = TT_STEP_SLICE;
    if (len > 0)
        tt_stream_body(fields->stream, &body, &fields->msg, &fields->extent, at, len);
}

static void tell_other(struct tt_fields *fields)
{
    size_t len = fields->other;
    fields->other = 0;
    struct tt_body other = {.format = TT_FORMAT_OPAQUE, .step = fields->other_step};
    put_body(fields, other, fields->at - len, len);
}

void tt_fields_skip(struct tt_fields *fields, size_t len)
{
    tell_other(fields);
    tt_stream_account(fields->stream, TT_BUCKET_DECODED, len);
    fields->at += len;
}

void tt_fields_leave(struct tt_fields *fields, size_t len)
{
    fields->at += len;
    fields->other += len;
}

void tt_fields_put(struct tt_fields *fields, const char *step, size_t len)
{
    tt_fields_put_coded(fields, step, NULL, len);
}

void tt_fields_put_coded(struct tt_fields *fields, const char *step, const char *coding, size_t len)
{
    tell_other(fields);
    put_body(fields, (struct tt_body){.step = step, .codings = coding}, fields->at, len);
    fields->at += len;
}

static size_t put_char(struct tt_span text, char *room, size_t *ret_len)
{
    uint32_t code = 0;
    bool valid = tt_utf8_read(text, &code, ret_len) && code >= ' ' && code != 0x7f;
    if (valid) {
        memcpy(room, text.data, *ret_len);
        return *ret_len;
    }
    *ret_len = 1;
    return (size_t)snprintf(room, 5, "\\x%02x", (unsigned)text.data[0]);
}

void tt_fields_name(struct tt_fields *fields, struct tt_span text)
{
    enum { CHAR_MAX_LEN = 5 }; /* \xhh and the terminator */
    if (fields->msg.name != NULL || text.len == 0)
        return;
    size_t len = 0;
    size_t taken = 0;
    for (size_t at = 0; at < text.len && len + CHAR_MAX_LEN <= TT_FIELD_TEXT_MAX; at += taken)
        len += put_char(tt_span_from(text, at), fields->name + len, &taken);
    fields->name[len] = '\0';
    fields->msg.name = fields->name;
}

void tt_fields_spoil(struct tt_fields *fields, const char *code, const char *text)
{
    tell_other(fields);
    size_t len = tt_fields_rest(fields).len;
    tt_stream_note(fields->stream, code, fields->extent.offset + fields->at, len, text);
    tt_stream_unclaimed(fields->stream, &fields->extent, fields->at, len);
    fields->at += len;
    fields->msg.complete = false;
}

void tt_fields_end(struct tt_fields *fields)
{
    tt_fields_leave(fields, tt_fields_rest(fields).len);
    tell_other(fields);
}

void tt_fields_tell(struct tt_fields *fields)
{
    fields->stream->sink->calls->message(fields->stream->sink->context, &fields->msg);
}
