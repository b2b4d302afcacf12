#include "content/netbios.h"

#include <stdlib.h>

#include "content/coding.h"

enum { NAME_LEN = 16, NAME_TEXT = 15, ENCODED_LEN = 2 * NAME_LEN };

struct netbios {
    struct tt_coding coding;
    size_t len; /* letters seen */
    uint8_t name[NAME_LEN];
    uint8_t out[NAME_LEN];
};

static bool is_half(uint8_t c)
{
    return c >= 'A' && c <= 'P';
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    if (!whole || head.len != ENCODED_LEN || !tt_coding_declared(body, "netbios"))
        return false;
    for (size_t i = 0; i < head.len; i++)
        if (!is_half(head.data[i]))
            return false;
    return true;
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct netbios *state = calloc(1, sizeof(*state));
    if (state == NULL)
        return NULL;
    tt_coding_init(&state->coding, body, sink, tt_decoder_netbios.name, state->out,
                   sizeof(state->out));
    return state;
}

static void put_name(struct netbios *state)
{
    size_t len = NAME_TEXT;
    while (len > 0 && (state->name[len - 1] == ' ' || state->name[len - 1] == 0))
        len--;
    if (len > 0 && tt_coding_open(&state->coding))
        (void)tt_outlet_put(&state->coding.out, tt_span_of(state->name, len), 0);
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct netbios *state = opaque;
    for (size_t i = 0; i < piece->bytes.len; i++) {
        uint8_t c = piece->bytes.data[i];
        if (state->len == ENCODED_LEN || !is_half(c))
            return i;
        uint8_t *byte = &state->name[state->len++ / 2];
        *byte = (uint8_t)(*byte << 4 | (c - 'A'));
        if (state->len == ENCODED_LEN)
            put_name(state);
    }
    return piece->bytes.len;
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct netbios *state = opaque;
    tt_outlet_close(&state->coding.out, end, state->len);
    free(state);
}

const struct tt_decoder tt_decoder_netbios = {.name = "netbios",
                                              .title = "first-level encoding of NetBIOS names",
                                              .spec = "RFC 1001, section 14.1",
                                              .sort = TT_CODING,
                                              .claims = claims,
                                              .open = open_state,
                                              .feed = feed,
                                              .close = close_state};
