#include "content/percent.h"

#include <stdlib.h>

#include "content/coding.h"

bool tt_percent_at(struct tt_span in, bool *ret_cut)
{
    for (size_t i = 1; i < 3 && i < in.len; i++) {
        if (tt_hex_value(in.data[i]) < 0) {
            *ret_cut = false;
            return false;
        }
    }
    *ret_cut = in.len < 3;
    return in.len >= 3;
}

bool tt_percent_in(struct tt_span in)
{
    for (size_t at = tt_span_find(in, '%'); at < in.len;) {
        bool cut = false;
        if (tt_percent_at(tt_span_from(in, at), &cut))
            return true;
        at += 1 + tt_span_find(tt_span_from(in, at + 1), '%');
    }
    return false;
}

/* One byte behind a held "%". True when it was used. */
static bool escape_more(struct tt_percent *percent, uint8_t c, uint64_t at, struct tt_outlet *out)
{
    size_t len = percent->held_len;
    if (tt_hex_value(c) < 0) {
        percent->held_len = 0;
        (void)tt_outlet_put(out, tt_span_of(percent->held, len), at - len);
        return false;
    }
    if (len == 1) {
        percent->held[percent->held_len++] = c;
        return true;
    }
    percent->held_len = 0;
    uint8_t byte = (uint8_t)(tt_hex_value(percent->held[1]) << 4 | tt_hex_value(c));
    (void)tt_outlet_byte(out, byte, at - len);
    return true;
}

static size_t plain_len(struct tt_span in, bool plus)
{
    size_t len = 0;
    while (len < in.len && in.data[len] != '%' && !(plus && in.data[len] == '+'))
        len++;
    return len;
}

void tt_percent_feed(struct tt_percent *percent, struct tt_span in, uint64_t at, bool plus,
                     struct tt_outlet *out)
{
    for (size_t i = 0; i < in.len;) {
        if (percent->held_len > 0) {
            i += escape_more(percent, in.data[i], at + i, out);
            continue;
        }
        struct tt_span left = tt_span_from(in, i);
        size_t len = plain_len(left, plus);
        if (len > 0)
            (void)tt_outlet_put(out, tt_span_sub(left, 0, len), at + i);
        i += len;
        if (i == in.len)
            break;
        if (in.data[i] == '%')
            percent->held[percent->held_len++] = '%';
        else
            (void)tt_outlet_byte(out, ' ', at + i);
        i++;
    }
}

void tt_percent_end(struct tt_percent *percent, uint64_t at, struct tt_outlet *out)
{
    size_t len = percent->held_len;
    percent->held_len = 0;
    if (len > 0)
        (void)tt_outlet_put(out, tt_span_of(percent->held, len), at - len);
}

/* ---- a body that is percent-encoded as a whole ---- */

enum { PERCENT_OUT = 8192 };

struct percent_body {
    struct tt_coding coding;
    struct tt_percent percent;
    uint64_t next;
    uint8_t out[PERCENT_OUT];
};

/* RFC 3986, section 2.2 and 2.3, without "=" and "&": with them it is a form, whose values are
 * decoded one by one. */
static bool may_stand(uint8_t c)
{
    return tt_is_alnum(c) || (c != '\0' && strchr("-._~!$'()*+,;:@/?#", c) != NULL);
}

/* At least two escapes, and nothing that an encoder would have escaped. */
static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)body;
    if (tt_span_find(head, '%') == head.len)
        return false;
    size_t escapes = 0;
    for (size_t at = 0; at < head.len; at++) {
        if (head.data[at] != '%') {
            if (!may_stand(head.data[at]))
                return false;
            continue;
        }
        bool cut = false;
        bool valid = tt_percent_at(tt_span_from(head, at), &cut);
        if (!valid && !(cut && !whole))
            return false;
        escapes += valid;
        at += valid ? 2 : 0;
    }
    return escapes >= 2;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct percent_body *state = malloc(sizeof(*state));
    if (state == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    state->percent.held_len = 0;
    state->next = 0;
    tt_coding_init(&state->coding, body, sink, tt_decoder_percent.name, state->out,
                   sizeof(state->out));
    /* A transfer or content coding cannot lie below: its bytes would not be text. */
    state->coding.inner.codings = NULL;
    return state;
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct percent_body *state = opaque;
    if (state->coding.ended || !tt_coding_open(&state->coding)) {
        state->coding.ended = true;
        return 0;
    }
    state->coding.frame = piece->origin.last_frame;
    tt_percent_feed(&state->percent, piece->bytes, piece->at, false, &state->coding.out);
    state->next = piece->at + piece->bytes.len;
    if (!tt_outlet_flush(&state->coding.out, state->next - state->percent.held_len))
        state->coding.ended = true;
    return piece->bytes.len;
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct percent_body *state = opaque;
    tt_percent_end(&state->percent, state->next, &state->coding.out);
    tt_outlet_close(&state->coding.out, end, state->next);
    free(state);
}

const struct tt_decoder tt_decoder_percent = {.name = "percent",
                                              .title = "percent-encoding of a whole text",
                                              .spec = "RFC 3986, section 2.1",
                                              .sort = TT_CODING,
                                              .claims = claims,
                                              .open = open_state,
                                              .feed = feed,
                                              .close = close_state};
