#include "content/form.h"

#include <stdlib.h>

#include "content/coding.h"
#include "content/escape.h"
#include "content/printable.h"
#include "content/query.h"

struct form {
    uint64_t next;
    struct tt_pairs pairs;
};

static bool is_name_byte(uint8_t c)
{
    return tt_is_alnum(c) || c == '_' || c == '-' || c == '.' || c == '[' || c == ']';
}

/* What stands unescaped in a value that some encoder wrote. */
static bool is_value_byte(uint8_t c)
{
    return c > 0x20 && c < 0x7f && strchr("\"<>{}\\^`|=", c) == NULL;
}

/* One pair at the front. Gives its length with the separator behind it (the head's length when the
 * pair is cut there), or 0 when it is none. `*ret_full`: it has a value. */
static size_t clean_pair(struct tt_span in, bool *ret_full)
{
    enum { NAME_MAX = 40 };
    size_t at = 0;
    while (at < in.len && at <= NAME_MAX && is_name_byte(in.data[at]))
        at++;
    if (at == 0 || at > NAME_MAX || (!tt_is_alpha(in.data[0]) && in.data[0] != '_'))
        return 0;
    if (at == in.len || in.data[at] != '=') {
        *ret_full = false;
        return at == in.len ? at : 0;
    }
    size_t value = ++at;
    while (at < in.len && in.data[at] != '&' && is_value_byte(in.data[at]))
        at++;
    *ret_full = at > value;
    if (at < in.len && in.data[at] != '&')
        return 0;
    return at < in.len ? at + 1 : at;
}

/* Pairs from the first to the last byte; a single one has a value ("abcd=" is base64). `head` has
 * an equals sign. */
static bool looks_like_pairs(struct tt_span head)
{
    bool first_full = false;
    size_t pairs = 0;
    for (size_t at = 0; at < head.len; pairs++) {
        bool full = false;
        size_t len = clean_pair(tt_span_from(head, at), &full);
        if (len == 0)
            return false;
        if (pairs == 0)
            first_full = full;
        at += len;
    }
    return pairs >= 2 || first_full;
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)whole;
    if (head.len == 0)
        return false;
    if (body->media_type != NULL &&
        strcmp(body->media_type, "application/x-www-form-urlencoded") == 0)
        return tt_is_printable(head) && memchr(head.data, '=', head.len) != NULL;
    return memchr(head.data, '=', head.len) != NULL && looks_like_pairs(head);
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct form *form = malloc(sizeof(*form));
    if (form == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    form->next = 0;
    tt_pairs_init(&form->pairs, sink);
    tt_pairs_begin(&form->pairs, TT_PAIRS_FORM, true, NULL, 0, 0);
    return form;
}

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    struct form *form = state;
    struct tt_marks left = {.at = marks, .count = mark_count};
    tt_pairs_feed(&form->pairs, piece->bytes, piece->at, &left);
    form->next = piece->at + piece->bytes.len;
    return piece->bytes.len;
}

static void close_state(void *state, enum tt_body_end end)
{
    struct form *form = state;
    tt_pairs_end(&form->pairs, end, form->next);
    free(form);
}

const struct tt_decoder tt_decoder_form = {.name = "form",
                                           .title = "form fields",
                                           .spec = "WHATWG URL, section 5.1",
                                           .sort = TT_FORMAT,
                                           .escapes = TT_ESCAPE_PERCENT,
                                           .claims = claims,
                                           .open = open_state,
                                           .feed = feed,
                                           .close = close_state};
