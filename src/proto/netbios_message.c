#include "proto/netbios_message.h"

#include "base/compiler.h"

enum {
    NAME_LEN = 16, /* the last byte tells the sort of name */
    NAME_TEXT = 15,
    ENCODED_LEN = 2 * NAME_LEN,
    LABEL_MAX = 63,
    POINTER_LEN = 2,
    SCOPE_LABELS_MAX = 16,
    HEADER_LEN = 12,   /* of the name service */
    RECORD_FIXED = 10, /* type, class, time to live, length of the data */
    QUESTION_FIXED = 4,
    RECORDS_MAX = 64,
    TYPE_NODE_STATUS = 0x21,
    NODE_NAME_LEN = NAME_LEN + 2, /* and flags */
    UNIT_ID_LEN = 6,
    DATAGRAM_HEADER = 10, /* type, flags, identifier (2), address (4), port (2) */
    DATAGRAM_LENGTHS = 4, /* length, offset */
    FRAME_LLC = 3,
    FRAME_HEADER = 12, /* in front of the names */
    FRAME_LEN = FRAME_LLC + FRAME_HEADER + 2 * NAME_LEN
};

static const char NAME_STEP[] = "netbios.name";

/* ---- names ---- */

static bool is_half(uint8_t c)
{
    return c >= 'A' && c <= 'P';
}

/* First-level encoded, with the length of the label in front. */
static bool is_encoded(struct tt_span bytes)
{
    if (bytes.len <= ENCODED_LEN || bytes.data[0] != ENCODED_LEN)
        return false;
    for (size_t i = 1; i <= ENCODED_LEN; i++)
        if (!is_half(bytes.data[i]))
            return false;
    return true;
}

/* The bytes of a name without what fills it up. */
static size_t text_len(const uint8_t *name)
{
    size_t len = NAME_TEXT;
    while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == 0))
        len--;
    return len;
}

/* The first name names the message. */
static void name_message(struct tt_fields *fields, struct tt_span encoded)
{
    uint8_t name[NAME_LEN];
    for (size_t i = 0; i < NAME_LEN; i++)
        name[i] = (uint8_t)((encoded.data[2 * i] - 'A') << 4 | (encoded.data[2 * i + 1] - 'A'));
    tt_fields_name(fields, tt_span_of(name, text_len(name)));
}

/* Labels of the scope, up to the empty one. False when they do not end as they should. */
static bool read_scope(struct tt_fields *fields)
{
    for (size_t i = 0; i < SCOPE_LABELS_MAX; i++) {
        struct tt_span rest = tt_fields_rest(fields);
        if (rest.len == 0 || rest.data[0] > LABEL_MAX || rest.data[0] >= rest.len)
            return false;
        if (rest.data[0] == 0) {
            tt_fields_skip(fields, 1);
            return true;
        }
        tt_fields_leave(fields, 1U + rest.data[0]);
    }
    return false;
}

/* RFC 1002, section 4.1: encoded, or a pointer to where it was written before. False when it is
 * neither; the fields stay in front of what is not understood. */
static bool read_encoded(struct tt_fields *fields)
{
    struct tt_span rest = tt_fields_rest(fields);
    if (rest.len >= POINTER_LEN && (rest.data[0] & 0xc0U) == 0xc0U) {
        tt_fields_skip(fields, POINTER_LEN);
        return true;
    }
    if (!is_encoded(rest))
        return false;
    name_message(fields, tt_span_sub(rest, 1, ENCODED_LEN));
    tt_fields_skip(fields, 1);
    tt_fields_put_coded(fields, NAME_STEP, "netbios", ENCODED_LEN);
    rest = tt_fields_rest(fields);
    if (rest.len == 1 && rest.data[0] == 0) {
        tt_fields_skip(fields, 1);
        return true;
    }
    return read_scope(fields);
}

/* 16 bytes as they stand. */
static void read_plain(struct tt_fields *fields)
{
    struct tt_span rest = tt_fields_rest(fields);
    size_t len = text_len(rest.data);
    tt_fields_name(fields, tt_span_sub(rest, 0, len));
    tt_fields_put(fields, NAME_STEP, len);
    tt_fields_skip(fields, NAME_LEN - len);
}

/* ---- the name service ---- */

struct header {
    unsigned flags;
    unsigned questions;
    unsigned records;
};

static const char *const opcodes[16] = {
    [0] = "query",   [5] = "registration", [6] = "release",       [7] = "wait",
    [8] = "refresh", [9] = "refresh",      [15] = "registration",
};

static bool read_header(struct tt_span bytes, struct header *ret_header)
{
    struct tt_reader reader = tt_reader_of(bytes);
    tt_read_skip(&reader, 2);
    ret_header->flags = tt_read_u16(&reader);
    ret_header->questions = tt_read_u16(&reader);
    ret_header->records = tt_read_u16(&reader);
    ret_header->records += tt_read_u16(&reader);
    ret_header->records += tt_read_u16(&reader);
    return !reader.failed;
}

static const char *kind_of(const struct header *header)
{
    bool response = (header->flags & 0x8000U) != 0;
    return response ? "response" : opcodes[header->flags >> 11 & 0x0fU];
}

bool tt_netbios_is_name_service(struct tt_span bytes)
{
    struct header header;
    return read_header(bytes, &header) && kind_of(&header) != NULL && header.questions <= 1 &&
           header.records <= RECORDS_MAX && header.questions + header.records > 0 &&
           is_encoded(tt_span_from(bytes, HEADER_LEN));
}

/* Section 4.2.18: how many names, the names, statistics that begin with the hardware address. */
static void read_node_status(struct tt_fields *fields, size_t len)
{
    size_t end = fields->at + len;
    if (len == 0)
        return;
    size_t count = tt_fields_rest(fields).data[0];
    tt_fields_skip(fields, 1);
    for (size_t i = 0; i < count && end - fields->at >= NODE_NAME_LEN; i++) {
        read_plain(fields);
        tt_fields_skip(fields, NODE_NAME_LEN - NAME_LEN);
    }
    if (end - fields->at >= UNIT_ID_LEN)
        tt_fields_put(fields, "netbios.unit_id", UNIT_ID_LEN);
    tt_fields_leave(fields, end - fields->at);
}

/* False when it is malformed. */
static bool read_record(struct tt_fields *fields)
{
    if (!read_encoded(fields))
        return false;
    struct tt_reader reader = tt_reader_of(tt_fields_rest(fields));
    unsigned type = tt_read_u16(&reader);
    tt_read_skip(&reader, RECORD_FIXED - 4);
    size_t len = tt_read_u16(&reader);
    if (reader.failed || len > tt_reader_left(&reader))
        return false;
    tt_fields_skip(fields, RECORD_FIXED);
    if (type == TYPE_NODE_STATUS)
        read_node_status(fields, len);
    else
        tt_fields_leave(fields, len);
    return true;
}

static bool read_questions_and_records(struct tt_fields *fields, const struct header *header)
{
    for (size_t i = 0; i < header->questions; i++) {
        if (!read_encoded(fields) || tt_fields_rest(fields).len < QUESTION_FIXED)
            return false;
        tt_fields_skip(fields, QUESTION_FIXED);
    }
    for (size_t i = 0; i < header->records && i < RECORDS_MAX; i++)
        if (!read_record(fields))
            return false;
    return true;
}

/* The rest cannot be read: it is searched raw, and a note says why. */
static void spoil(struct tt_fields *fields)
{
    if (fields->msg.complete)
        tt_fields_spoil(fields, "netbios.malformed", "a NetBIOS message that cannot be read");
    else
        tt_fields_spoil(fields, "netbios.cut", "a NetBIOS message that was captured in part");
}

void tt_netbios_read_name_service(struct tt_fields *fields)
{
    struct header header;
    if (!read_header(tt_fields_rest(fields), &header) || kind_of(&header) == NULL) {
        spoil(fields);
        return;
    }
    fields->msg.kind = kind_of(&header);
    tt_fields_skip(fields, HEADER_LEN);
    if (!read_questions_and_records(fields, &header))
        spoil(fields);
}

/* ---- the datagram service ---- */

enum datagram_type {
    DATAGRAM_DIRECT = 0x10, /* to one name; 0x11: to a group, 0x12: to all */
    DATAGRAM_BROADCAST = 0x12,
    DATAGRAM_ERROR = 0x13,
    DATAGRAM_QUERY = 0x14, /* 0x15, 0x16: its responses */
    DATAGRAM_LAST = 0x16
};

bool tt_netbios_is_datagram(struct tt_span bytes)
{
    return bytes.len > DATAGRAM_HEADER && bytes.data[0] >= DATAGRAM_DIRECT &&
           bytes.data[0] <= DATAGRAM_LAST;
}

void tt_netbios_read_datagram(struct tt_fields *fields)
{
    struct tt_span rest = tt_fields_rest(fields);
    if (!tt_netbios_is_datagram(rest)) {
        spoil(fields);
        return;
    }
    uint8_t type = rest.data[0];
    size_t names = type <= DATAGRAM_BROADCAST ? 2 : type >= DATAGRAM_QUERY ? 1 : 0;
    size_t lengths = type <= DATAGRAM_BROADCAST ? DATAGRAM_LENGTHS : 0;
    fields->msg.kind = names == 2 ? "datagram" : names == 1 ? "query" : "error";
    if (rest.len < DATAGRAM_HEADER + lengths) {
        spoil(fields);
        return;
    }
    tt_fields_skip(fields, DATAGRAM_HEADER + lengths);
    for (size_t i = 0; i < names; i++) {
        if (!read_encoded(fields)) {
            spoil(fields);
            return;
        }
    }
}

/* ---- sessions ---- */

bool tt_netbios_is_request(struct tt_span bytes)
{
    struct tt_reader reader = tt_reader_of(bytes);
    uint8_t type = tt_read_u8(&reader);
    uint8_t flags = tt_read_u8(&reader);
    size_t len = tt_read_u16(&reader);
    return !reader.failed && type == TT_NETBIOS_SESSION_REQUEST && flags == 0 &&
           len >= 2 * (ENCODED_LEN + 2) && len <= TT_NETBIOS_REQUEST_MAX;
}

void tt_netbios_read_request(struct tt_fields *fields)
{
    tt_fields_skip(fields, TT_NETBIOS_SESSION_HEADER);
    /* Who is called, and who calls. */
    if (!read_encoded(fields) || !read_encoded(fields))
        spoil(fields);
}

/* ---- frames ---- */

/* SAPs (2), control, then length (2), delimiter (2), command, data (3), correlators (4). The length
 * is the header's: with names. */
bool tt_netbios_is_frame(struct tt_span bytes)
{
    static const uint8_t start[] = {FRAME_HEADER + 2 * NAME_LEN, 0, 0xff, 0xef};
    enum { SAP = 0xf0, UNNUMBERED = 0x03, RESPONSE = 1 };
    return bytes.len >= FRAME_LEN && bytes.data[0] == SAP &&
           (bytes.data[1] & ~(unsigned)RESPONSE) == SAP && bytes.data[2] == UNNUMBERED &&
           tt_span_starts(tt_span_from(bytes, FRAME_LLC), tt_span_of(start, sizeof(start)));
}

static const char *command_of(uint8_t command)
{
    static const char *const names[] = {"add_group_name_query",
                                        "add_name_query",
                                        "name_in_conflict",
                                        "status_query",
                                        NULL,
                                        NULL,
                                        NULL,
                                        "terminate_trace",
                                        "datagram",
                                        "datagram_broadcast",
                                        "name_query",
                                        NULL,
                                        NULL,
                                        "add_name_response",
                                        "name_recognized",
                                        "status_response"};
    return command < TT_ARRAY_LEN(names) && names[command] != NULL ? names[command] : "other";
}

void tt_netbios_read_frame(struct tt_fields *fields)
{
    enum { COMMAND_AT = FRAME_LLC + 4 };
    struct tt_span rest = tt_fields_rest(fields);
    if (!tt_netbios_is_frame(rest)) {
        spoil(fields);
        return;
    }
    fields->msg.kind = command_of(rest.data[COMMAND_AT]);
    tt_fields_skip(fields, FRAME_LLC + FRAME_HEADER);
    read_plain(fields); /* to whom */
    read_plain(fields); /* from whom */
}
