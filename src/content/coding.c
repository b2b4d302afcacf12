#include "content/coding.h"

/* Cuts the last item off `*list` and gives it, trimmed. */
static struct tt_span take_last(struct tt_span *list)
{
    size_t comma = list->len;
    while (comma > 0 && list->data[comma - 1] != ',')
        comma--;
    struct tt_span item = tt_span_trim(tt_span_from(*list, comma));
    list->len = comma > 0 ? comma - 1 : 0;
    return item;
}

static bool changes_nothing(struct tt_span name)
{
    static const char *const idle[] = {"",     "identity", "none",  "7bit",
                                       "8bit", "binary",   "utf-8", "chunked"};
    for (size_t i = 0; i < TT_ARRAY_LEN(idle); i++)
        if (tt_span_is(name, idle[i]))
            return true;
    return false;
}

static struct tt_span take_effective(struct tt_span *list)
{
    struct tt_span item = {0};
    while (list->len > 0) {
        item = take_last(list);
        if (!changes_nothing(item))
            return item;
    }
    return tt_span_of(NULL, 0);
}

struct tt_span tt_coding_last(const char *codings)
{
    if (codings == NULL)
        return tt_span_of(NULL, 0);
    struct tt_span list = tt_span_str(codings);
    return take_effective(&list);
}

bool tt_coding_declared(const struct tt_body *body, const char *name)
{
    if (body->codings == NULL)
        return false;
    struct tt_span last = tt_coding_last(body->codings);
    if (last.len > 2 && tt_span_is(tt_span_sub(last, 0, 2), "x-"))
        last = tt_span_from(last, 2);
    return tt_span_is(last, name);
}

void tt_coding_note_lie(const struct tt_body *body, const struct tt_content_sink *sink)
{
    if (tt_coding_last(body->codings).len == 0)
        return;
    struct tt_note note = {.layer = "content",
                           .code = "content.lie",
                           .flow = body->flow,
                           .offset = body->at,
                           .text = "a declared content coding is not there: read as it stands"};
    tt_note_put(&sink->notes, &note);
}

void tt_coding_init(struct tt_coding *coding, const struct tt_body *body,
                    const struct tt_content_sink *sink, const char *step, uint8_t *bytes,
                    size_t cap)
{
    tt_outlet_init(&coding->out, sink, bytes, cap);
    coding->body = body;
    coding->inner = (struct tt_body){.kind = TT_STEP_CODING,
                                     .step = step,
                                     .media_type = body->media_type,
                                     .boundary = body->boundary};
    coding->next = 0;
    coding->total = 0;
    coding->frame = 0;
    coding->complete = false;
    coding->ended = false;
    if (body->codings == NULL)
        return;
    struct tt_span list = tt_span_str(body->codings);
    (void)take_effective(&list);
    /* The end of a list that is too long: what must be undone next stands there. */
    if (list.len >= TT_CODINGS_MAX)
        list = tt_span_from(list, list.len - (TT_CODINGS_MAX - 1));
    if (list.len == 0)
        return;
    memcpy(coding->codings, list.data, list.len);
    coding->codings[list.len] = '\0';
    coding->inner.codings = coding->codings;
}

bool tt_coding_open(struct tt_coding *coding)
{
    if (coding->out.state == TT_OUTLET_IDLE)
        (void)tt_outlet_open(&coding->out, &coding->inner, NULL, 0);
    return coding->out.state == TT_OUTLET_OPEN;
}

bool tt_coding_flush(struct tt_coding *coding, uint64_t upto)
{
    if (coding->out.len == 0)
        return coding->out.state != TT_OUTLET_STOPPED;
    (void)tt_coding_open(coding);
    return tt_outlet_flush(&coding->out, upto);
}

void tt_coding_note(const struct tt_coding *coding, const char *code, uint64_t offset,
                    const char *text)
{
    struct tt_note note = {.layer = "content",
                           .code = code,
                           .flow = coding->body->flow,
                           .frame = coding->frame,
                           .offset = offset,
                           .text = text};
    tt_note_put(&coding->out.sink->notes, &note);
}

void tt_coding_note_cut(const struct tt_coding *coding, uint64_t offset)
{
    const struct tt_body *body = coding->body;
    if (body->kind == TT_STEP_CODING && tt_coding_last(body->codings).len == 0)
        return;
    tt_coding_note(coding, "content.cut", offset, "compressed data ends too early");
}

size_t tt_coding_taken(struct tt_coding *coding, const struct tt_piece *piece)
{
    if (!tt_coding_flush(coding, coding->next))
        coding->ended = true;
    if (coding->ended && coding->total == 0 && !coding->complete)
        return 0;
    return (size_t)(coding->next - piece->at);
}

void tt_coding_close(struct tt_coding *coding, enum tt_body_end end)
{
    enum tt_body_end inner_end = TT_BODY_COMPLETE;
    if (!coding->complete) {
        inner_end = coding->ended ? TT_BODY_BROKEN : TT_BODY_CUT;
        if (!coding->ended && end == TT_BODY_COMPLETE)
            tt_coding_note_cut(coding, coding->next);
    }
    tt_outlet_close(&coding->out, inner_end, coding->next);
}
