#include "proto/mqtt_packet.h"

#include "base/compiler.h"
#include "base/utf.h"

enum {
    LEVEL_31 = 3,
    LEVEL_311 = 4,
    LEVEL_BRIDGE = 0x80, /* set by brokers that connect to brokers */
    VARINT_MAX = 4,      /* bytes (section 1.5.5) */
    FIXED_MIN = 2,
    NAME_SHOWN_MAX = 64 /* of the name of a user property, in a step */
};

/* Section 2.1.3: the flags that each type must have; PUBLISH has flags of its own. */
static const struct {
    const char *name;
    uint8_t flags;
} types[] = {{NULL, 0},        {"connect", 0},  {"connack", 0},     {"publish", 0},
             {"puback", 0},    {"pubrec", 0},   {"pubrel", 2},      {"pubcomp", 0},
             {"subscribe", 2}, {"suback", 0},   {"unsubscribe", 2}, {"unsuback", 0},
             {"pingreq", 0},   {"pingresp", 0}, {"disconnect", 0},  {"auth", 0}};

const char *tt_mqtt_type_name(enum tt_mqtt_type type)
{
    return types[type].name;
}

/* ---- sizes ---- */

/* A variable byte integer at `*at`. */
enum varint { VARINT_OK, VARINT_CUT, VARINT_BAD };

static enum varint read_varint(struct tt_span bytes, size_t *at, uint32_t *ret_value)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < VARINT_MAX; i++) {
        if (*at >= bytes.len)
            return VARINT_CUT;
        uint8_t c = bytes.data[(*at)++];
        value |= (uint32_t)(c & 127U) << 7 * i;
        if ((c & 128U) == 0) {
            *ret_value = value;
            return VARINT_OK;
        }
    }
    return VARINT_BAD;
}

static unsigned type_of(struct tt_span bytes)
{
    return bytes.data[0] >> 4;
}

static bool first_byte_fits(uint8_t c)
{
    unsigned type = c >> 4;
    if (type == TT_MQTT_PUBLISH)
        return (c & 6U) != 6; /* there is no QoS 3 */
    /* Clients of MQTT 3.1 may set flags here. */
    bool had_flags =
        type == TT_MQTT_PUBREL || type == TT_MQTT_SUBSCRIBE || type == TT_MQTT_UNSUBSCRIBE;
    return type != 0 && ((c & 15U) == types[type].flags || (had_flags && (c & 5U) == 0));
}

/* Of a PUBLISH, up to its payload. `at`: behind the fixed header. */
static bool measure_publish(struct tt_span bytes, size_t at, struct tt_mqtt_size *size)
{
    uint32_t len = 0;
    size->head = at + 2;
    if (size->head > size->total)
        return false;
    if (size->head > bytes.len)
        return true;
    size->head += (size_t)bytes.data[at] << 8 | bytes.data[at + 1];
    if ((bytes.data[0] & 6U) != 0)
        size->head += 2; /* the packet identifier */
    if (size->head > size->total)
        return false;
    if (size->version != TT_MQTT_5 && (size->version != 0 || size->head == size->total))
        return true;
    /* With an unknown version, only the mark of no properties is believed: no text begins so. */
    at = size->head;
    size->head++;
    if (size->head > size->total)
        return false;
    if (size->head > bytes.len)
        return true;
    if (size->version == 0 && bytes.data[at] != 0) {
        size->head--;
        return true;
    }
    size->version = TT_MQTT_5;
    switch (read_varint(bytes, &at, &len)) {
    case VARINT_OK:
        size->head = at + len;
        return size->head <= size->total;
    case VARINT_CUT:
        size->head = bytes.len + 1;
        return size->head <= size->total;
    case VARINT_BAD:
        break;
    }
    return false;
}

bool tt_mqtt_measure(struct tt_span bytes, unsigned version, struct tt_mqtt_size *ret_size)
{
    *ret_size = (struct tt_mqtt_size){.head = FIXED_MIN, .version = version};
    if (bytes.len > 0 && !first_byte_fits(bytes.data[0]))
        return false;
    if (bytes.len < FIXED_MIN)
        return true;
    size_t at = 1;
    uint32_t remaining = 0;
    enum varint got = read_varint(bytes, &at, &remaining);
    ret_size->head = bytes.len + 1;
    if (got != VARINT_OK)
        return got == VARINT_CUT;
    ret_size->total = at + remaining;
    if (type_of(bytes) == TT_MQTT_PUBLISH)
        return measure_publish(bytes, at, ret_size);
    ret_size->head = (size_t)ret_size->total;
    return true;
}

/* ---- recognition ---- */

enum tt_probe tt_mqtt_probe_connect(struct tt_span bytes)
{
    static const char *const names[] = {"\0\4MQTT", "\0\6MQIsdp"};
    static const size_t lengths[] = {6, 8};
    uint32_t remaining = 0;
    size_t at = 1;
    if (bytes.len == 0)
        return TT_PROBE_MORE;
    if (bytes.data[0] != TT_MQTT_CONNECT << 4)
        return TT_PROBE_NO;
    enum varint got = read_varint(bytes, &at, &remaining);
    if (got != VARINT_OK)
        return got == VARINT_CUT ? TT_PROBE_MORE : TT_PROBE_NO;
    struct tt_span rest = tt_span_from(bytes, at);
    for (size_t i = 0; i < TT_ARRAY_LEN(names); i++) {
        struct tt_span name = tt_span_of(names[i], lengths[i]);
        if (remaining < name.len + 4 || !tt_span_starts(name, tt_span_sub(rest, 0, name.len)))
            continue;
        if (rest.len <= name.len)
            return TT_PROBE_MORE;
        unsigned level = rest.data[name.len] & ~(unsigned)LEVEL_BRIDGE;
        return level >= LEVEL_31 && level <= TT_MQTT_5 ? TT_PROBE_YES : TT_PROBE_NO;
    }
    return TT_PROBE_NO;
}

/* Text without wildcards (section 4.7). */
static bool is_topic(struct tt_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < ' ' || text.data[i] == 0x7f || text.data[i] == '#' ||
            text.data[i] == '+')
            return false;
    return text.len > 0 && tt_utf8_valid(text);
}

/* The smallest and largest that a packet without names can be; true for others. */
static bool is_usual(struct tt_span bytes, const struct tt_mqtt_size *size)
{
    switch (type_of(bytes)) {
    case TT_MQTT_PINGREQ:
    case TT_MQTT_PINGRESP:
        return size->total == 2;
    case TT_MQTT_PUBACK:
    case TT_MQTT_PUBREC:
    case TT_MQTT_PUBREL:
    case TT_MQTT_PUBCOMP:
        return size->total == 4 || size->total == 5;
    case TT_MQTT_PUBLISH:
        return true;
    default:
        /* The rest have no shape of their own, or are seldom alone. */
        return false;
    }
}

bool tt_mqtt_is_plausible(struct tt_span bytes)
{
    size_t packets = 0;
    while (bytes.len > 0) {
        struct tt_mqtt_size size;
        if (!tt_mqtt_measure(bytes, 0, &size) || !is_usual(bytes, &size))
            return false;
        if (type_of(bytes) == TT_MQTT_PUBLISH) {
            if (size.head > bytes.len)
                return false;
            size_t at = 1;
            uint32_t remaining = 0;
            (void)read_varint(bytes, &at, &remaining);
            size_t len = (size_t)bytes.data[at] << 8 | bytes.data[at + 1];
            if (!is_topic(tt_span_sub(bytes, at + 2, len)))
                return false;
        } else if (size.total > bytes.len) {
            return false;
        }
        packets++;
        bytes = size.total < bytes.len ? tt_span_from(bytes, (size_t)size.total)
                                       : tt_span_sub(bytes, 0, 0);
    }
    return packets > 0;
}

/* ---- fields ---- */

/* What is being read: up to `end` of the packet. */
struct input {
    struct tt_fields *fields;
    size_t end;
};

static struct tt_span rest_of(const struct input *in)
{
    size_t at = in->fields->at;
    return at < in->end ? tt_span_sub(in->fields->extent.bytes, at, in->end - at)
                        : (struct tt_span){0};
}

static bool skip(const struct input *in, size_t len)
{
    if (rest_of(in).len < len)
        return false;
    tt_fields_skip(in->fields, len);
    return true;
}

static bool take_u8(const struct input *in, uint8_t *ret_value)
{
    struct tt_span rest = rest_of(in);
    if (rest.len < 1)
        return false;
    *ret_value = rest.data[0];
    tt_fields_skip(in->fields, 1);
    return true;
}

static bool take_u16(const struct input *in, uint16_t *ret_value)
{
    struct tt_span rest = rest_of(in);
    if (rest.len < 2)
        return false;
    *ret_value = (uint16_t)(rest.data[0] << 8 | rest.data[1]);
    tt_fields_skip(in->fields, 2);
    return true;
}

static bool take_varint(const struct input *in, uint32_t *ret_value)
{
    size_t len = 0;
    if (read_varint(rest_of(in), &len, ret_value) != VARINT_OK)
        return false;
    tt_fields_skip(in->fields, len);
    return true;
}

/* A string or binary data (sections 1.5.4 and 1.5.6), as the field `step`. `ret_text` may be NULL.
 */
static bool put_text(const struct input *in, const char *step, struct tt_span *ret_text)
{
    uint16_t len = 0;
    if (!take_u16(in, &len) || rest_of(in).len < len)
        return false;
    if (ret_text != NULL)
        *ret_text = tt_span_sub(rest_of(in), 0, len);
    tt_fields_put(in->fields, step, len);
    return true;
}

/* ---- properties (section 2.2.2) ---- */

enum property_sort { ABSENT, BYTE, TWO, FOUR, VARINT, TEXT, PAIR };
enum { CONTENT_TYPE = 0x03, TOPIC_ALIAS = 0x23 };

static const struct {
    enum property_sort sort;
    const char *step; /* of a text */
} properties[] = {[0x01] = {BYTE, NULL},
                  [0x02] = {FOUR, NULL},
                  [CONTENT_TYPE] = {TEXT, "mqtt.property:content_type"},
                  [0x08] = {TEXT, "mqtt.property:response_topic"},
                  [0x09] = {TEXT, "mqtt.property:correlation_data"},
                  [0x0b] = {VARINT, NULL},
                  [0x11] = {FOUR, NULL},
                  [0x12] = {TEXT, "mqtt.property:assigned_client_identifier"},
                  [0x13] = {TWO, NULL},
                  [0x15] = {TEXT, "mqtt.property:authentication_method"},
                  [0x16] = {TEXT, "mqtt.property:authentication_data"},
                  [0x17] = {BYTE, NULL},
                  [0x18] = {FOUR, NULL},
                  [0x19] = {BYTE, NULL},
                  [0x1a] = {TEXT, "mqtt.property:response_information"},
                  [0x1c] = {TEXT, "mqtt.property:server_reference"},
                  [0x1f] = {TEXT, "mqtt.property:reason_string"},
                  [0x21] = {TWO, NULL},
                  [0x22] = {TWO, NULL},
                  [TOPIC_ALIAS] = {TWO, NULL},
                  [0x24] = {BYTE, NULL},
                  [0x25] = {BYTE, NULL},
                  [0x26] = {PAIR, NULL},
                  [0x27] = {FOUR, NULL},
                  [0x28] = {BYTE, NULL},
                  [0x29] = {BYTE, NULL},
                  [0x2a] = {BYTE, NULL}};

/* A user property: its value is named by its name, whose odd characters become question marks. */
static bool put_pair(const struct input *in)
{
    static const char prefix[] = "mqtt.user_property:";
    char step[sizeof(prefix) + NAME_SHOWN_MAX + 3] = "mqtt.user_property:"; /* zeros behind it */
    struct tt_span name = {0};
    if (!put_text(in, "mqtt.user_property_name", &name))
        return false;
    size_t len = sizeof(prefix) - 1;
    size_t max = len + NAME_SHOWN_MAX;
    size_t taken = 0;
    for (size_t at = 0; at < name.len && len < max; at += taken) {
        uint32_t code = 0;
        bool valid =
            tt_utf8_read(tt_span_from(name, at), &code, &taken) && code >= ' ' && code < 0x7f;
        if (!valid)
            taken = 1;
        step[len++] = valid ? (char)code : '?';
    }
    if (name.len > NAME_SHOWN_MAX)
        memcpy(step + len, "\xe2\x80\xa6", 3);
    return put_text(in, step, NULL);
}

static bool read_property(const struct input *in, struct tt_mqtt_said *said)
{
    uint32_t id = 0;
    uint16_t number = 0;
    if (!take_varint(in, &id) || id >= TT_ARRAY_LEN(properties))
        return false;
    switch (properties[id].sort) {
    case ABSENT:
        break;
    case BYTE:
        return skip(in, 1);
    case TWO:
        if (!take_u16(in, &number))
            return false;
        if (id == TOPIC_ALIAS)
            said->alias = number;
        return true;
    case FOUR:
        return skip(in, 4);
    case VARINT:
        return take_varint(in, &id);
    case TEXT:
        return put_text(in, properties[id].step, id == CONTENT_TYPE ? &said->content_type : NULL);
    case PAIR:
        return put_pair(in);
    }
    return false;
}

static bool read_properties(const struct input *in, unsigned version, struct tt_mqtt_said *said)
{
    uint32_t len = 0;
    if (version != TT_MQTT_5)
        return true;
    if (!take_varint(in, &len) || len > rest_of(in).len)
        return false;
    const struct input inside = {.fields = in->fields, .end = in->fields->at + len};
    while (rest_of(&inside).len > 0)
        if (!read_property(&inside, said))
            return false;
    return true;
}

/* ---- packets ---- */

enum connect_flag { FLAG_WILL = 0x04, FLAG_PASSWORD = 0x40, FLAG_USERNAME = 0x80 };

/* Section 3.1. */
static bool read_connect(const struct input *in, struct tt_mqtt_said *said)
{
    uint16_t len = 0;
    uint8_t level = 0;
    uint8_t flags = 0;
    struct tt_span client = {0};
    struct tt_mqtt_said will = {0};
    if (!take_u16(in, &len) || !skip(in, len) || !take_u8(in, &level) || !take_u8(in, &flags) ||
        !skip(in, 2))
        return false;
    said->version = level & ~(unsigned)LEVEL_BRIDGE;
    if (!read_properties(in, said->version, said) || !put_text(in, "mqtt.client_id", &client))
        return false;
    tt_fields_name(in->fields, client);
    if ((flags & FLAG_WILL) != 0 &&
        (!read_properties(in, said->version, &will) || !put_text(in, "mqtt.will.topic", NULL) ||
         !put_text(in, "mqtt.will.payload", NULL)))
        return false;
    /* MQTT 3.1, section 3.1: they may be missing in spite of their flags. */
    bool may_miss = said->version == LEVEL_31;
    if ((flags & FLAG_USERNAME) != 0 && !(may_miss && rest_of(in).len == 0) &&
        !put_text(in, "mqtt.username", NULL))
        return false;
    return (flags & FLAG_PASSWORD) == 0 || (may_miss && rest_of(in).len == 0) ||
           put_text(in, "mqtt.password", NULL);
}

/* Section 3.3, without the payload. */
static bool read_publish(const struct input *in, uint8_t first, unsigned version,
                         struct tt_mqtt_said *said)
{
    if (!put_text(in, "mqtt.topic", &said->topic))
        return false;
    tt_fields_name(in->fields, said->topic);
    return ((first & 6U) == 0 || skip(in, 2)) && read_properties(in, version, said);
}

/* Sections 3.8 and 3.10: topic filters; of a SUBSCRIBE each with a byte of options. */
static bool read_filters(const struct input *in, bool options, unsigned version,
                         struct tt_mqtt_said *said)
{
    struct tt_span filter = {0};
    if (!skip(in, 2) || !read_properties(in, version, said))
        return false;
    while (rest_of(in).len > 0) {
        if (!put_text(in, "mqtt.topic_filter", &filter) || (options && !skip(in, 1)))
            return false;
        tt_fields_name(in->fields, filter);
    }
    return true;
}

/* The others: `front` bytes, properties where there is room for them, and codes. */
static bool read_answer(const struct input *in, size_t front, unsigned version,
                        struct tt_mqtt_said *said)
{
    size_t left = rest_of(in).len;
    if (!skip(in, front < left ? front : left))
        return false;
    if (rest_of(in).len > 0 && !read_properties(in, version, said))
        return false;
    return skip(in, rest_of(in).len);
}

static bool read_packet(const struct input *in, unsigned version, struct tt_mqtt_said *said)
{
    uint8_t first = 0;
    uint32_t len = 0;
    if (!take_u8(in, &first) || !take_varint(in, &len))
        return false;
    unsigned type = first >> 4;
    if (type == TT_MQTT_CONNECT)
        return read_connect(in, said);
    if (type == TT_MQTT_PUBLISH)
        return read_publish(in, first, version, said);
    if (version == 0) {
        tt_fields_leave(in->fields, rest_of(in).len);
        return true;
    }
    switch (type) {
    case TT_MQTT_SUBSCRIBE:
    case TT_MQTT_UNSUBSCRIBE:
        return read_filters(in, type == TT_MQTT_SUBSCRIBE, version, said);
    case TT_MQTT_CONNACK:
    case TT_MQTT_SUBACK:
    case TT_MQTT_UNSUBACK:
        return read_answer(in, 2, version, said);
    case TT_MQTT_PUBACK:
    case TT_MQTT_PUBREC:
    case TT_MQTT_PUBREL:
    case TT_MQTT_PUBCOMP:
        return read_answer(in, 3, version, said);
    default: /* a reason, or nothing */
        return read_answer(in, 1, version, said);
    }
}

void tt_mqtt_read(struct tt_fields *fields, unsigned version, struct tt_mqtt_said *ret_said)
{
    *ret_said = (struct tt_mqtt_said){.version = version};
    const struct input in = {.fields = fields, .end = fields->extent.bytes.len};
    if (!read_packet(&in, version, ret_said))
        tt_fields_spoil(fields, "mqtt.malformed",
                        "an MQTT packet that breaks off inside a field: the rest of it is searched "
                        "raw");
    tt_fields_end(fields);
}
