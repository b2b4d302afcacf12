#include "content/quoted.h"

#include <stdlib.h>

#include "content/coding.h"
#include "content/printable.h"

enum { QUOTED_OUT = 8192 };

struct quoted {
    struct tt_coding coding;
    uint8_t held[3]; /* a "=" whose meaning is not known yet, and what follows it */
    size_t held_len;
    uint64_t next;
    uint8_t out[QUOTED_OUT];
};

/* Three escapes in a row, as no form, URL or base64 has them. */
static bool has_escapes(struct tt_span head)
{
    enum { ESCAPE = 3, IN_ROW = 3 };
    size_t row = 0;
    size_t at = tt_span_find(head, '=');
    while (at + ESCAPE <= head.len) {
        const uint8_t *c = head.data + at;
        bool escape = c[0] == '=' && tt_hex_value(c[1]) >= 0 && tt_hex_value(c[2]) >= 0;
        row = escape ? row + 1 : 0;
        if (row == IN_ROW)
            return true;
        at += escape ? ESCAPE : 1 + tt_span_find(tt_span_from(head, at + 1), '=');
    }
    return false;
}

/* Begins with header fields (RFC 2045, section 6.1), and one of them says it. */
static bool has_field(struct tt_span head)
{
    static const char field[] = "\ncontent-transfer-encoding: quoted-printable";
    size_t len = sizeof(field) - 1;
    if (head.len < len || tt_lower(head.data[0]) < 'a' || tt_lower(head.data[0]) > 'z')
        return false;
    for (size_t at = tt_span_find(head, '\n'); at + len <= head.len;
         at += 1 + tt_span_find(tt_span_from(head, at + 1), '\n'))
        if (tt_span_ieq(tt_span_sub(head, at, len), tt_span_str(field)))
            return true;
    return false;
}

/* A message without a declaration is told by what it says; what begins as another format is that
 * format with such a text in it. */
static bool shows(const struct tt_body *body, struct tt_span head)
{
    static const char others[] = "{[<-\"";
    static const char vcard[] = "begin:"; /* undoes it line by line */
    if (body->step != NULL && strcmp(body->step, "quoted-printable") == 0)
        return false; /* undone: the header fields still say it */
    if (body->boundary != NULL || memchr(others, head.data[0], sizeof(others) - 1) != NULL ||
        tt_span_ieq(tt_span_sub(head, 0, sizeof(vcard) - 1), tt_span_str(vcard)))
        return false;
    return has_escapes(head) || has_field(head);
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)whole;
    if (head.len == 0 || (!tt_coding_declared(body, "quoted-printable") && !shows(body, head)))
        return false;
    return tt_is_printable(head);
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct quoted *state = malloc(sizeof(*state));
    if (state == NULL)
        return NULL;
    state->held_len = 0;
    state->next = 0;
    tt_coding_init(&state->coding, body, sink, tt_decoder_quoted.name, state->out,
                   sizeof(state->out));
    return state;
}

/* One byte behind a "=". True when it was used, false when it stands for itself. */
static bool unquote(struct quoted *state, uint8_t c, uint64_t at)
{
    struct tt_outlet *out = &state->coding.out;
    if (state->held_len == 1 && (tt_hex_value(c) >= 0 || c == '\r')) {
        state->held[state->held_len++] = c;
        return true;
    }
    bool soft_break = c == '\n' && (state->held_len == 1 || state->held[1] == '\r');
    int high = state->held_len == 2 ? tt_hex_value(state->held[1]) : -1;
    int low = tt_hex_value(c);
    size_t held_len = state->held_len;
    state->held_len = 0;
    if (soft_break)
        return true;
    if (high >= 0 && low >= 0) {
        (void)tt_outlet_byte(out, (uint8_t)(high << 4 | low), at - held_len);
        return true;
    }
    (void)tt_outlet_put(out, tt_span_of(state->held, held_len), at - held_len);
    return false;
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct quoted *state = opaque;
    if (state->coding.ended || !tt_coding_open(&state->coding))
        return 0;
    state->coding.frame = piece->origin.last_frame;
    struct tt_span in = piece->bytes;
    size_t at = 0;
    while (at < in.len && state->coding.out.state == TT_OUTLET_OPEN) {
        if (state->held_len > 0) {
            at += unquote(state, in.data[at], piece->at + at);
            continue;
        }
        size_t len = tt_span_find(tt_span_from(in, at), '=');
        (void)tt_outlet_put(&state->coding.out, tt_span_sub(in, at, len), piece->at + at);
        at += len;
        if (at < in.len)
            state->held[state->held_len++] = in.data[at++];
    }
    state->next = piece->at + at;
    if (!tt_outlet_flush(&state->coding.out, state->next - state->held_len)) {
        state->coding.ended = true;
        return at;
    }
    return at;
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct quoted *state = opaque;
    (void)tt_outlet_put(&state->coding.out, tt_span_of(state->held, state->held_len),
                        state->next - state->held_len);
    tt_outlet_close(&state->coding.out, end, state->next);
    free(state);
}

const struct tt_decoder tt_decoder_quoted = {.name = "quoted-printable",
                                             .title = "quoted-printable transfer encoding",
                                             .spec = "RFC 2045, section 6.7",
                                             .sort = TT_CODING,
                                             .claims = claims,
                                             .open = open_state,
                                             .feed = feed,
                                             .close = close_state};
