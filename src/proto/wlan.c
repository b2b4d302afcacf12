/* Management frames of 802.11: IEEE 802.11-2020, section 9.3.3. What a station calls out to all
 * that are near: the networks that it looks for and its own names. net/ gives the bodies (behind
 * the MAC header); the subtype is in the kind of the flow. */
#include "proto/list.h"

#include "base/compiler.h"
#include "proto/wlan_elements.h"

#include <stdio.h>
#include <stdlib.h>

enum { SUBTYPE = 0x0f, PROBE_REQUEST = 4, BEACON = 8, AUTHENTICATION = 11, ACTION = 13 };

static const char OTHER[] = "802.11.elements";

/* What stands in front of the elements: sections 9.3.3.2 to 9.3.3.15. */
struct subtype {
    const char *kind;
    size_t fixed;
};

static const struct subtype subtypes[SUBTYPE + 1] = {
    {"association_request", 4},    /* capabilities, listen interval */
    {"association_response", 6},   /* capabilities, status, association identifier */
    {"reassociation_request", 10}, /* capabilities, listen interval, current access point */
    {"reassociation_response", 6},
    {"probe_request", 0},
    {"probe_response", 12},       /* timestamp, interval, capabilities */
    {"timing_advertisement", 10}, /* timestamp, capabilities */
    {"reserved", 0},
    {"beacon", 12},
    {"atim", 0},
    {"disassociation", 2}, /* reason */
    {"authentication", 6}, /* algorithm, number, status */
    {"deauthentication", 2},
    {"action", 0}, /* read_action */
    {"action_no_ack", 0},
    {"reserved", 0},
};

enum { NAME_KEPT = 40 };

struct wlan {
    const struct tt_proto_sink *sink;
    char beacon[NAME_KEPT]; /* begin of the name that was listed last */
    bool listed;
};

static unsigned subtype_of(const struct tt_flow *flow)
{
    return flow->kind & (unsigned)SUBTYPE;
}

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    (void)head;
    return tt_link_is_wlan_management(flow->kind) ? TT_PROBE_YES : TT_PROBE_NO;
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct wlan *wlan = calloc(1, sizeof(*wlan));
    if (wlan == NULL)
        return NULL;
    (void)flow;
    wlan->sink = sink;
    return wlan;
}

/* The actions whose fields are followed by elements that may name networks and devices. */
static const struct action {
    const char *head; /* how their bodies begin */
    size_t head_len;
    size_t fixed;
} actions[] = {
    {"\x05\x00", 2, 5},                 /* measurement request: token, repetitions: 9.6.6.2 */
    {"\x05\x01", 2, 3},                 /* measurement report: token */
    {"\x05\x04", 2, 3},                 /* neighbor report request: token */
    {"\x05\x05", 2, 3},                 /* neighbor report response: token */
    {"\x04\x0e", 2, 5},                 /* TDLS discovery response: token, capabilities */
    {"\x0f\x01", 2, 4},                 /* mesh peering open: capabilities: 9.6.15.2 */
    {"\x04\x09\x50\x6f\x9a\x09", 6, 8}, /* Wi-Fi Direct, public: subtype, token */
    {"\x09\x09\x50\x6f\x9a\x09", 6, 8}, /* the same, protected */
    {"\x7f\x50\x6f\x9a\x09", 5, 7},     /* the same as a vendor's action */
};

/* The length of what stands in front of the elements of an action frame (section 9.6), SIZE_MAX for
 * those that are not in the list. */
static size_t action_header(struct tt_span body)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(actions); i++)
        if (tt_span_starts(body, tt_span_of(actions[i].head, actions[i].head_len)))
            return actions[i].fixed;
    return SIZE_MAX;
}

/* SIZE_MAX: there are no elements. */
static size_t header_len(unsigned subtype, struct tt_span body)
{
    enum { SAE = 3 };
    if (subtype == ACTION || subtype == ACTION + 1)
        return action_header(body);
    if (subtype == AUTHENTICATION && body.len > 0 && body.data[0] == SAE)
        return SIZE_MAX;
    return subtypes[subtype].fixed;
}

static void read_frame(struct tt_fields *fields, unsigned subtype)
{
    struct tt_span body = tt_fields_rest(fields);
    size_t header = header_len(subtype, body);
    if (header == SIZE_MAX) {
        tt_fields_leave(fields, body.len);
    } else if (header > body.len) {
        tt_fields_spoil(fields, fields->msg.complete ? "802.11.short" : "802.11.cut",
                        "an 802.11 management frame that is too short: searched raw");
    } else {
        tt_fields_leave(fields, header);
        tt_wlan_elements(fields);
    }
    tt_fields_end(fields);
}

/* An access point says the same ten times a second: a listing tells it once. */
static bool is_news(struct wlan *wlan, const struct tt_fields *fields, unsigned subtype)
{
    if (subtype != BEACON)
        return true;
    char name[NAME_KEPT] = "";
    if (fields->msg.name != NULL)
        (void)snprintf(name, sizeof(name), "%s", fields->msg.name);
    if (wlan->listed && strcmp(name, wlan->beacon) == 0)
        return false;
    memcpy(wlan->beacon, name, sizeof(name));
    wlan->listed = true;
    return true;
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct wlan *wlan = state;
    struct tt_stream stream = tt_stream_make(wlan->sink, chunk->flow, chunk->direction);
    unsigned subtype = subtype_of(chunk->flow);
    tt_stream_enter(&stream, chunk);
    if (chunk->bytes.len > 0) {
        struct tt_fields fields;
        tt_fields_begin(&fields, &stream, tt_proto_wlan.name, subtypes[subtype].kind, OTHER);
        read_frame(&fields, subtype);
        if (is_news(wlan, &fields, subtype))
            tt_fields_tell(&fields);
    }
    *ret_used = tt_stream_leave(&stream);
    return TT_NEXT_STAY;
}

static void close_flow(void *state)
{
    free(state);
}

const struct tt_proto tt_proto_wlan = {.name = "802.11",
                                       .title = "802.11 management frames",
                                       .spec = "IEEE 802.11-2020 section 9.3.3",
                                       .transports = TT_PROTO_LINK,
                                       .probe = probe,
                                       .open = open_flow,
                                       .feed = feed,
                                       .close = close_flow};
