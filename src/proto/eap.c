/* The Extensible Authentication Protocol (RFC 3748) on a link: IEEE 802.1X-2020, section 11
 * (EAPOL). Who wants to get in tells who it is before anything is encrypted: user names, and the
 * IMSI of a SIM card (RFC 4186, RFC 4187, RFC 5448). */
#include "proto/list.h"

#include "proto/wps.h"

#include <stdlib.h>

enum {
    ETHERTYPE_EAPOL = 0x888e,
    EAPOL_HEADER = 4, /* version, type, length (2) */
    EAP_HEADER = 4,   /* code, identifier, length (2) */
    EAP_TYPE_LEN = 1
};

enum eapol_type { EAPOL_EAP = 0, EAPOL_START = 1, EAPOL_LOGOFF = 2, EAPOL_KEY = 3 };

enum eap_code { EAP_REQUEST = 1, EAP_RESPONSE = 2, EAP_SUCCESS = 3, EAP_FAILURE = 4 };

/* https://www.iana.org/assignments/eap-numbers */
enum eap_type {
    EAP_IDENTITY = 1,
    EAP_NOTIFICATION = 2,
    EAP_MD5 = 4,
    EAP_LEAP = 17,
    EAP_SIM = 18,
    EAP_AKA = 23,
    EAP_AKA_PRIME = 50,
    EAP_EXPANDED = 254
};

static const char OTHER[] = "eap.data";

struct eap {
    const struct tt_proto_sink *sink;
};

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    (void)head;
    return flow->kind == ETHERTYPE_EAPOL ? TT_PROBE_YES : TT_PROBE_NO;
}

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct eap *eap = calloc(1, sizeof(*eap));
    if (eap == NULL)
        return NULL;
    (void)flow;
    eap->sink = sink;
    return eap;
}

/* ---- methods: each gets `len` bytes behind the type ---- */

/* A listing is told the realm only (RFC 7542): the rest is somebody's name. */
static void put_identity(struct tt_fields *fields, size_t len)
{
    struct tt_span identity = tt_span_sub(tt_fields_rest(fields), 0, len);
    tt_fields_name(fields, tt_span_from(identity, tt_span_find(identity, '@')));
    tt_fields_put(fields, "eap.identity", len);
}

/* RFC 3748 section 5.4: length of the value, value, name. LEAP has three bytes before it all, the
 * last of them the length. */
static void read_value_name(struct tt_fields *fields, size_t header, size_t len)
{
    size_t value = len >= header ? tt_fields_rest(fields).data[header - 1] : len;
    if (len < header + value) {
        tt_fields_leave(fields, len);
        return;
    }
    tt_fields_leave(fields, header + value);
    tt_fields_put(fields, "eap.name", len - header - value);
}

/* RFC 4186 section 8.1 and RFC 4187 section 8.1: subtype, reserved (2), then attributes: type,
 * length in units of 4 bytes, value. AT_IDENTITY: its length in bytes (2), identity, padding. */
static void read_sim(struct tt_fields *fields, size_t len)
{
    enum { HEADER = 3, AT_IDENTITY = 14, AT_HEADER = 4, UNIT = 4 };
    size_t end = fields->at + len;
    tt_fields_leave(fields, len < HEADER ? len : HEADER);
    while (end - fields->at >= UNIT) {
        struct tt_reader reader = tt_reader_of(tt_fields_rest(fields));
        uint8_t type = tt_read_u8(&reader);
        size_t attribute = (size_t)tt_read_u8(&reader) * UNIT;
        size_t told = tt_read_u16(&reader);
        if (attribute == 0 || attribute > end - fields->at)
            break;
        if (type != AT_IDENTITY || told > attribute - AT_HEADER) {
            tt_fields_leave(fields, attribute);
            continue;
        }
        tt_fields_leave(fields, AT_HEADER);
        put_identity(fields, told);
        tt_fields_leave(fields, attribute - AT_HEADER - told);
    }
    tt_fields_leave(fields, end - fields->at);
}

/* RFC 3748 section 5.7: vendor (3), its type (4). Of the Wi-Fi Alliance: WPS (section 7.7.1 of its
 * specification): operation, flags, then a length (2) where bit 2 of the flags says so. */
static void read_expanded(struct tt_fields *fields, size_t len)
{
    enum { HEADER = 9, FLAGS_AT = 8, LENGTH_THERE = 2 };
    static const uint8_t wps[] = {0x00, 0x37, 0x2a, 0x00, 0x00, 0x00, 0x01};
    struct tt_span data = tt_span_sub(tt_fields_rest(fields), 0, len);
    size_t header = HEADER;
    if (len > FLAGS_AT && (data.data[FLAGS_AT] & LENGTH_THERE) != 0)
        header += 2;
    if (len < header || !tt_span_starts(data, tt_span_of(wps, sizeof(wps)))) {
        tt_fields_leave(fields, len);
        return;
    }
    tt_fields_leave(fields, header);
    tt_wps_read(fields, "eap.", len - header);
}

static void read_method(struct tt_fields *fields, uint8_t code, uint8_t type, size_t len)
{
    switch (type) {
    case EAP_IDENTITY:
        if (code == EAP_RESPONSE)
            put_identity(fields, len);
        else
            tt_fields_put(fields, "eap.message", len);
        break;
    case EAP_NOTIFICATION:
        tt_fields_put(fields, "eap.message", len);
        break;
    case EAP_MD5:
        read_value_name(fields, 1, len);
        break;
    case EAP_LEAP:
        read_value_name(fields, 3, len);
        break;
    case EAP_SIM:
    case EAP_AKA:
    case EAP_AKA_PRIME:
        read_sim(fields, len);
        break;
    case EAP_EXPANDED:
        read_expanded(fields, len);
        break;
    default:
        tt_fields_leave(fields, len);
        break;
    }
}

/* ---- packets ---- */

/* RFC 3748 section 4: `len` bytes are what EAPOL counts. */
static void read_packet(struct tt_fields *fields, size_t len)
{
    static const char *const kinds[] = {"request", "response", "success", "failure"};
    struct tt_reader reader = tt_reader_of(tt_span_sub(tt_fields_rest(fields), 0, len));
    uint8_t code = tt_read_u8(&reader);
    tt_read_skip(&reader, 1);
    size_t told = tt_read_u16(&reader);
    if (reader.failed || code < EAP_REQUEST || code > EAP_FAILURE || told < EAP_HEADER) {
        tt_fields_leave(fields, len);
        return;
    }
    fields->msg.kind = kinds[code - EAP_REQUEST];
    size_t end = fields->at + len;
    tt_fields_skip(fields, EAP_HEADER);
    if (told > len)
        told = len;
    told -= EAP_HEADER;
    if (code <= EAP_RESPONSE && told >= EAP_TYPE_LEN) {
        uint8_t type = tt_fields_rest(fields).data[0];
        tt_fields_skip(fields, EAP_TYPE_LEN);
        read_method(fields, code, type, told - EAP_TYPE_LEN);
    }
    tt_fields_leave(fields, end - fields->at);
}

static const char *kind_of(uint8_t type)
{
    switch (type) {
    case EAPOL_EAP:
        return "packet";
    case EAPOL_START:
        return "start";
    case EAPOL_LOGOFF:
        return "logoff";
    case EAPOL_KEY:
        return "key";
    default:
        return "other";
    }
}

/* Short Ethernet frames are filled up with zeros. */
static bool is_padding(struct tt_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.data[i] != 0)
            return false;
    return bytes.len > 0;
}

static void read_frame(struct tt_fields *fields)
{
    struct tt_reader reader = tt_reader_of(tt_fields_rest(fields));
    tt_read_skip(&reader, 1);
    uint8_t type = tt_read_u8(&reader);
    size_t len = tt_read_u16(&reader);
    bool cut = !fields->msg.complete;
    if (reader.failed) {
        tt_fields_spoil(fields, cut ? "eap.cut" : "eap.malformed",
                        "bytes that are no EAPOL packet: searched raw");
        return;
    }
    fields->msg.kind = kind_of(type);
    tt_fields_skip(fields, EAPOL_HEADER);
    size_t left = tt_fields_rest(fields).len;
    if (len > left) {
        tt_stream_note(fields->stream, cut ? "eap.cut" : "eap.malformed", fields->at, left,
                       "an EAPOL packet that ends early");
        fields->msg.complete = false;
        len = left;
    }
    if (type == EAPOL_EAP)
        read_packet(fields, len);
    else
        tt_fields_leave(fields, len);
    if (is_padding(tt_fields_rest(fields)))
        tt_fields_skip(fields, tt_fields_rest(fields).len);
    tt_fields_end(fields);
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct eap *eap = state;
    struct tt_stream stream = tt_stream_make(eap->sink, chunk->flow, chunk->direction);
    tt_stream_enter(&stream, chunk);
    if (chunk->bytes.len > 0) {
        struct tt_fields fields;
        tt_fields_begin(&fields, &stream, tt_proto_eap.name, "other", OTHER);
        read_frame(&fields);
        tt_fields_tell(&fields);
    }
    *ret_used = tt_stream_leave(&stream);
    return TT_NEXT_STAY;
}

static void close_flow(void *state)
{
    free(state);
}

const struct tt_proto tt_proto_eap = {.name = "eap",
                                      .title = "EAP over LANs",
                                      .spec = "RFC 3748",
                                      .transports = TT_PROTO_LINK,
                                      .probe = probe,
                                      .open = open_flow,
                                      .feed = feed,
                                      .close = close_flow};
