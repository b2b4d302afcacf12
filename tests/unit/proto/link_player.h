/* Feeds payloads of links (TT_TRANSPORT_LINK) to a protocol, and checks what each of them owes. */
#ifndef TEST_PROTO_LINK_PLAYER_H
#define TEST_PROTO_LINK_PLAYER_H

#include "recorder.h"

static inline struct tt_flow link_flow(uint16_t kind)
{
    static const uint8_t macs[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
    struct tt_flow flow = {.id = 7, .transport = TT_TRANSPORT_LINK, .kind = kind};
    for (size_t i = 0; i < 2; i++)
        flow.ends[i].addr = tt_addr_make(TT_ADDR_MAC, macs[i]);
    return flow;
}

/* Several payloads of one flow. */
static inline struct recorder *play_payloads(const struct tt_proto *proto, uint16_t kind,
                                             const struct tt_span *payloads, size_t count,
                                             unsigned flags)
{
    struct recorder *rec = rec_new();
    struct tt_flow flow = link_flow(kind);
    struct player player = {.proto = proto, .rec = rec, .flow = &flow, .frame = 1};
    assert_int_equal(proto->probe(&flow, TT_FROM_INITIATOR, payloads[0]), TT_PROBE_YES);
    player.state = proto->open(&flow, &rec->sink);
    assert_non_null(player.state);
    for (size_t i = 0; i < count; i++) {
        player.offset[0] = 0;
        play_chunk(&player, TT_FROM_INITIATOR, payloads[i], TT_CHUNK_DATAGRAM | flags);
    }
    proto->close(player.state);
    rec_end_raw(rec, TT_FROM_INITIATOR);
    assert_int_equal(rec->open_bodies, 0);
    assert_int_equal(rec->out[0], rec->fed[0]);
    return rec;
}

static inline struct recorder *play_payload(const struct tt_proto *proto, uint16_t kind,
                                            struct tt_span payload, unsigned flags)
{
    return play_payloads(proto, kind, &payload, 1, flags);
}

/* Cut anywhere, and with every byte changed: each byte still goes out once. */
static inline void play_damaged(const struct tt_proto *proto, uint16_t kind, struct tt_span payload)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0xff};
    uint8_t copy[2048];
    assert_true(payload.len <= sizeof(copy));
    for (size_t len = 0; len < payload.len; len++) {
        for (unsigned flags = 0; flags <= TT_CHUNK_CUT; flags += TT_CHUNK_CUT)
            rec_free(play_payload(proto, kind, tt_span_sub(payload, 0, len), flags));
        for (size_t i = 0; i < sizeof(values); i++) {
            memcpy(copy, payload.data, payload.len);
            copy[len] = values[i];
            rec_free(play_payload(proto, kind, tt_span_of(copy, payload.len), 0));
        }
    }
}

/* The log has a body of this step with this content. */
static inline void assert_field(struct recorder *rec, const char *step, const char *content)
{
    char open[64];
    (void)snprintf(open, sizeof(open), "0 %s @", step);
    const char *line = strstr(rec_log(rec), open);
    bool found = false;
    for (; line != NULL && !found; line = strstr(line + 1, open)) {
        const char *end = strchr(line, '\n');
        size_t len = strlen(content);
        found = end != NULL && (size_t)(end - line) > len + 2 && end[-1] == '"' &&
                memcmp(end - 1 - len, content, len) == 0 && end[-2 - (ptrdiff_t)len] == '"';
    }
    if (!found)
        fail_msg("no %s \"%s\" in:\n%s", step, content, rec_log(rec));
}

#endif
