#include "content/value.h"

void tt_value_init(struct tt_value *value, const struct tt_content_sink *sink)
{
    enum { BASE64_GROUP = 4 };
    tt_outlet_init(&value->out, sink, value->bytes, sizeof(value->bytes));
    value->group = BASE64_GROUP;
    tt_value_begin(value);
}

/* `len` bytes more are left behind. */
static void leave(struct tt_value *value, size_t len)
{
    value->shortened = value->shortened || len > 0;
    value->step = (uint8_t)((value->step + len) % value->group);
}

void tt_value_keep(struct tt_value *value, struct tt_span plain)
{
    if (plain.len >= TT_FORM_MAX) {
        leave(value, value->kept_len + plain.len - TT_FORM_MAX);
        memcpy(value->kept, plain.data + plain.len - TT_FORM_MAX, TT_FORM_MAX);
        value->kept_len = TT_FORM_MAX;
        return;
    }
    if (value->kept_len + plain.len > TT_FORM_MAX) {
        size_t drop = value->kept_len + plain.len - TT_FORM_MAX;
        leave(value, drop);
        value->kept_len -= drop;
        memmove(value->kept, value->kept + drop, value->kept_len);
    }
    if (plain.len > 0)
        memcpy(value->kept + value->kept_len, plain.data, plain.len);
    value->kept_len += plain.len;
}

void tt_value_open(struct tt_value *value, const char *step, const struct tt_place_step *steps,
                   size_t step_count, struct tt_span plain, uint64_t at)
{
    uint64_t escape_at = at + plain.len;
    struct tt_span kept = tt_span_of(value->kept, value->kept_len);
    size_t all = kept.len + plain.len;
    leave(value, all > TT_FORM_MAX ? all - TT_FORM_MAX : 0);
    size_t drop = (all > TT_FORM_MAX ? all - TT_FORM_MAX : 0) +
                  (size_t)(value->group - value->step) % value->group;
    size_t of_plain = drop > kept.len ? drop - kept.len : 0;
    kept = tt_span_from(kept, drop - of_plain);
    plain = tt_span_from(plain, of_plain);
    at += of_plain;
    struct tt_body inner = {.kind = TT_STEP_CODING, .step = step, .at = at - kept.len};
    value->tried = true;
    value->claimed = tt_outlet_open(&value->out, &inner, steps, step_count);
    /* What begins before a shortened inner body is not in it as a whole. */
    value->claim_from = value->shortened ? escape_at : inner.at;
    (void)tt_outlet_put(&value->out, kept, inner.at);
    (void)tt_outlet_put(&value->out, plain, at);
    value->kept_len = 0;
}

void tt_value_answer(const struct tt_value *value, struct tt_marks *marks, uint64_t end,
                     const struct tt_place_step *steps, size_t step_count)
{
    if (!value->claimed || value->claim_from >= end) {
        tt_marks_answer(marks, value->out.sink, end, steps, step_count, false);
        return;
    }
    tt_marks_answer(marks, value->out.sink, value->claim_from, steps, step_count, false);
    tt_marks_answer(marks, value->out.sink, end, steps, step_count, true);
}
