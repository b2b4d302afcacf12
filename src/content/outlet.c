#include "content/outlet.h"

void tt_outlet_init(struct tt_outlet *out, const struct tt_content_sink *sink, uint8_t *bytes,
                    size_t cap)
{
    *out = (struct tt_outlet){.sink = sink, .bytes = bytes, .cap = cap};
}

bool tt_outlet_open(struct tt_outlet *out, const struct tt_body *inner,
                    const struct tt_place_step *steps, size_t step_count)
{
    out->from = inner->at;
    out->last_at = inner->at;
    out->last_len = 0;
    out->inner = out->sink->open(out->sink->context, inner, steps, step_count);
    out->state = out->inner == NULL ? TT_OUTLET_STOPPED : TT_OUTLET_OPEN;
    return out->inner != NULL;
}

/* False when the sink wants no more. */
static bool tell(struct tt_outlet *out, struct tt_span bytes, uint64_t upto)
{
    /* Output may come without new input (a full buffer, compressed repeats): it was made from the
     * range that was told last. */
    if (upto > out->from) {
        out->last_at = out->from;
        out->last_len = upto - out->from;
        out->from = upto;
    }
    if (out->sink->data(out->sink->context, out->inner, bytes, out->last_at, out->last_len))
        return true;
    out->sink->close(out->sink->context, out->inner, TT_BODY_BROKEN, out->from);
    out->inner = NULL;
    out->state = TT_OUTLET_STOPPED;
    return false;
}

bool tt_outlet_flush(struct tt_outlet *out, uint64_t upto)
{
    if (out->state != TT_OUTLET_OPEN) {
        out->len = 0;
        return false;
    }
    if (out->len == 0)
        return true;
    struct tt_span bytes = tt_span_of(out->bytes, out->len);
    out->len = 0;
    return tell(out, bytes, upto);
}

/* The next border is reached at `at`: hands over what was made of the input before it. */
static bool pass_border(struct tt_outlet *out, uint64_t at)
{
    out->borders++;
    out->border_count--;
    return tt_outlet_flush(out, at);
}

static bool put(struct tt_outlet *out, struct tt_span plain, uint64_t at)
{
    if (plain.len > out->cap - out->len) {
        if (!tt_outlet_flush(out, at))
            return false;
        if (plain.len >= out->cap)
            return tell(out, plain, at + plain.len);
    }
    if (plain.len > 0)
        memcpy(out->bytes + out->len, plain.data, plain.len);
    out->len += plain.len;
    return true;
}

bool tt_outlet_put(struct tt_outlet *out, struct tt_span plain, uint64_t at)
{
    if (out->state != TT_OUTLET_OPEN)
        return false;
    while (out->border_count > 0 && *out->borders < at + plain.len) {
        size_t before = *out->borders > at ? (size_t)(*out->borders - at) : 0;
        at += before;
        if (!put(out, tt_span_sub(plain, 0, before), at - before) || !pass_border(out, at))
            return false;
        plain = tt_span_from(plain, before);
    }
    return put(out, plain, at);
}

bool tt_outlet_byte(struct tt_outlet *out, uint8_t byte, uint64_t at)
{
    if (out->state != TT_OUTLET_OPEN)
        return false;
    while (out->border_count > 0 && *out->borders <= at)
        if (!pass_border(out, at))
            return false;
    if (out->len == out->cap && !tt_outlet_flush(out, at))
        return false;
    out->bytes[out->len++] = byte;
    return true;
}

void tt_outlet_close(struct tt_outlet *out, enum tt_body_end end, uint64_t end_at)
{
    if (tt_outlet_flush(out, end_at))
        out->sink->close(out->sink->context, out->inner, end, end_at);
    out->inner = NULL;
    out->state = TT_OUTLET_IDLE;
}

bool tt_outlet_slice(struct tt_outlet *out, struct tt_span plain, uint64_t at)
{
    if (out->state != TT_OUTLET_OPEN)
        return false;
    return plain.len == 0 || tell(out, plain, at + plain.len);
}
