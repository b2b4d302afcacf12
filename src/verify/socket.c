#include "verify/socket.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/reader.h"

/* ---- WebSocket ---- */

struct frame {
    bool fin;
    bool packed;
    bool control;
    const uint8_t *mask; /* NULL: none */
    struct tt_span payload;
};

/* Takes a frame off the front; of one that is cut, what there is. False when there is none. */
static bool next_frame(struct tt_span *rest, struct frame *ret_frame)
{
    struct tt_reader reader = tt_reader_of(*rest);
    uint8_t first = tt_read_u8(&reader);
    uint8_t second = tt_read_u8(&reader);
    uint64_t len = second & 127U;
    if (len == 126)
        len = tt_read_u16(&reader);
    else if (len == 127)
        len = tt_read_u64(&reader);
    const uint8_t *mask = NULL;
    if (second >= 128)
        mask = tt_read_span(&reader, 4).data;
    if (reader.failed || (first & 0x30U) != 0)
        return false;
    size_t left = tt_reader_left(&reader);
    *ret_frame = (struct frame){.fin = first >= 128,
                                .packed = (first & 0x40U) != 0,
                                .control = (first & 8U) != 0,
                                .mask = mask,
                                .payload = tt_read_span(&reader, len < left ? (size_t)len : left)};
    *rest = tt_read_rest(&reader);
    return true;
}

static enum tt_err put_payload(const struct frame *frame, struct tt_buf *out)
{
    if (frame->mask == NULL)
        return tt_buf_append(out, frame->payload);
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < frame->payload.len && err == TT_OK; i++)
        err = tt_buf_append_u8(out, frame->payload.data[i] ^ frame->mask[i % 4]);
    return err;
}

/* Takes a message off the front. */
static enum tt_err take_message(struct tt_span *rest, struct tt_buf *out, bool *ret_packed,
                                bool *ret_any)
{
    struct frame frame;
    enum tt_err err = TT_OK;
    bool first = true;
    *ret_any = false;
    while (err == TT_OK && next_frame(rest, &frame)) {
        *ret_any = true;
        if (first)
            *ret_packed = frame.packed;
        if (first || !frame.control)
            err = put_payload(&frame, out);
        if (frame.fin && (first || !frame.control))
            break;
        first = false;
    }
    return err;
}

enum tt_err tt_verify_unframe(struct tt_span in, struct tt_buf *out)
{
    bool packed = false;
    bool any = false;
    return take_message(&in, out, &packed, &any);
}

/* The end of the handshake: behind the head that names the protocol. 0: there is none. */
static size_t handshake_len(struct tt_span stream)
{
    static const char name[] = "websocket";
    size_t from = 0;
    if (!tt_span_starts(stream, tt_span_str("GET ")) &&
        !tt_span_starts(stream, tt_span_str("HTTP/1.1 ")))
        return 0;
    while (from < stream.len) {
        size_t end = tt_span_search(tt_span_from(stream, from), tt_span_str("\r\n\r\n"));
        if (end == SIZE_MAX)
            return 0;
        struct tt_span head = tt_span_sub(stream, from, end);
        from += end + 4;
        for (size_t i = 0; i + sizeof(name) - 1 <= head.len; i++)
            if (tt_span_is(tt_span_sub(head, i, sizeof(name) - 1), name))
                return from;
    }
    return 0;
}

enum tt_err tt_verify_unframe_all(struct tt_span in, struct tt_buf *out)
{
    struct frame frame;
    enum tt_err err = TT_OK;
    while (err == TT_OK && in.len > 0 && next_frame(&in, &frame))
        if (!frame.control)
            err = put_payload(&frame, out);
    return err;
}

bool tt_verify_unframe_stream(struct tt_span stream, struct tt_buf *out, enum tt_err *ret_err)
{
    size_t len = handshake_len(stream);
    if (len > 0)
        *ret_err = tt_verify_unframe_all(tt_span_from(stream, len), out);
    return len > 0;
}

/* Inflates one message in the window that the earlier ones left; `out` may be NULL. */
static enum tt_err inflate_message(z_stream *z, struct tt_buf *packed, struct tt_buf *out)
{
    enum { PIECE = 16384 };
    Bytef room[PIECE];
    enum tt_err err = tt_buf_append(packed, tt_span_of("\0\0\xff\xff", 4));
    z->next_in = packed->data;
    z->avail_in = (uInt)packed->len;
    do {
        z->next_out = room;
        z->avail_out = PIECE;
        int code = err == TT_OK ? inflate(z, Z_SYNC_FLUSH) : Z_MEM_ERROR;
        if (code != Z_OK && code != Z_BUF_ERROR)
            return err != TT_OK ? err : TT_ERR_FORMAT;
        if (out != NULL)
            err = tt_buf_append(out, tt_span_of(room, PIECE - z->avail_out));
    } while (err == TT_OK && z->avail_out == 0);
    return err;
}

/* From `from` to the message at `at`. */
static enum tt_err inflate_from(struct tt_span stream, size_t from, size_t at, struct tt_buf *out)
{
    z_stream z = {.zalloc = Z_NULL};
    struct tt_buf packed = tt_buf_make(out->max);
    struct tt_span rest = tt_span_from(stream, from);
    if (inflateInit2(&z, -15) != Z_OK)
        return TT_ERR_MEMORY;
    enum tt_err err = TT_OK;
    bool any = true;
    bool reached = false;
    while (err == TT_OK && any && !reached && rest.len > 0) {
        bool is_packed = false;
        size_t here = stream.len - rest.len;
        reached = here >= at;
        tt_buf_clear(&packed);
        err = take_message(&rest, &packed, &is_packed, &any);
        if (err == TT_OK && is_packed)
            err = inflate_message(&z, &packed, reached ? out : NULL);
    }
    (void)inflateEnd(&z);
    tt_buf_wipe(&packed);
    return err;
}

enum tt_err tt_verify_unframe_packed(struct tt_span stream, size_t at, struct tt_buf *out)
{
    size_t len = handshake_len(stream);
    enum tt_err err = TT_ERR_FORMAT;
    if (len <= at)
        err = inflate_from(stream, len, at, out);
    if (err == TT_OK && out->len > 0)
        return TT_OK;
    tt_buf_clear(out);
    return inflate_from(stream, at, at, out);
}

/* ---- MQTT ---- */

struct mqtt {
    struct tt_span packet; /* what is left of it */
    size_t at;             /* offset of that in the stream */
    size_t want;
    const char *name;
    enum tt_verify_named answer;
    bool five;
};

static void skip(struct mqtt *m, size_t len)
{
    struct tt_span rest = tt_span_from(m->packet, len);
    m->at += m->packet.len - rest.len;
    m->packet = rest;
}

static size_t read_length(struct mqtt *m)
{
    size_t value = 0;
    for (unsigned i = 0; i < 4 && m->packet.len > 0; i++) {
        uint8_t c = m->packet.data[0];
        skip(m, 1);
        value |= (size_t)(c & 127U) << 7 * i;
        if (c < 128)
            break;
    }
    return value;
}

/* A field: if the byte stands in it, is it the one that the step says? */
static struct tt_span field(struct mqtt *m, size_t len, const char *step)
{
    struct tt_span text = tt_span_sub(m->packet, 0, len);
    if (m->want >= m->at && m->want - m->at < text.len)
        m->answer = strcmp(step, m->name) == 0 ? TT_VERIFY_NAME_FITS : TT_VERIFY_NAME_WRONG;
    skip(m, len);
    return text;
}

static struct tt_span text_field(struct mqtt *m, const char *step)
{
    struct tt_reader reader = tt_reader_of(m->packet);
    size_t len = tt_read_u16(&reader);
    skip(m, 2);
    return field(m, len, step);
}

/* The value of a pair is named by what stands in front of it. */
static void pair_field(struct mqtt *m)
{
    static const char prefix[] = "mqtt.user_property:";
    struct tt_span name = text_field(m, "mqtt.user_property_name");
    bool named = strncmp(m->name, prefix, sizeof(prefix) - 1) == 0;
    const char *told = named ? m->name + sizeof(prefix) - 1 : "";
    bool same = tt_span_eq(name, tt_span_str(told)) || strpbrk(told, "?\xe2") != NULL;
    (void)text_field(m, named && same ? m->name : "");
}

static void properties(struct mqtt *m)
{
    static const char *const texts[0x2b] = {
        [0x03] = "content_type",          [0x08] = "response_topic",
        [0x09] = "correlation_data",      [0x12] = "assigned_client_identifier",
        [0x15] = "authentication_method", [0x16] = "authentication_data",
        [0x1a] = "response_information",  [0x1c] = "server_reference",
        [0x1f] = "reason_string"};
    static const uint8_t sizes[0x2b] = {
        [0x01] = 1, [0x02] = 4, [0x11] = 4, [0x13] = 2, [0x17] = 1, [0x18] = 4,
        [0x19] = 1, [0x21] = 2, [0x22] = 2, [0x23] = 2, [0x24] = 1, [0x25] = 1,
        [0x27] = 4, [0x28] = 1, [0x29] = 1, [0x2a] = 1};
    size_t len = m->five ? read_length(m) : 0;
    size_t behind = m->packet.len > len ? m->packet.len - len : 0;
    while (m->packet.len > behind) {
        uint8_t id = m->packet.data[0];
        char step[64] = "mqtt.property:";
        skip(m, 1);
        if (id == 0x26) {
            pair_field(m);
        } else if (id == 0x0b) {
            (void)read_length(m);
        } else if (id < sizeof(sizes) && texts[id] != NULL) {
            memcpy(step + strlen(step), texts[id], strlen(texts[id]) + 1);
            (void)text_field(m, step);
        } else if (id < sizeof(sizes) && sizes[id] > 0) {
            skip(m, sizes[id]);
        } else {
            return;
        }
    }
}

static void connect_packet(struct mqtt *m)
{
    (void)text_field(m, "");
    uint8_t level = m->packet.len > 0 ? m->packet.data[0] : 0;
    uint8_t flags = m->packet.len > 1 ? m->packet.data[1] : 0;
    skip(m, 4);
    m->five = (level & 127U) == 5;
    properties(m);
    (void)text_field(m, "mqtt.client_id");
    if ((flags & 4U) != 0) {
        properties(m);
        (void)text_field(m, "mqtt.will.topic");
        (void)text_field(m, "mqtt.will.payload");
    }
    if ((flags & 128U) != 0)
        (void)text_field(m, "mqtt.username");
    if ((flags & 64U) != 0)
        (void)text_field(m, "mqtt.password");
}

static void read_packet(struct mqtt *m, uint8_t first)
{
    unsigned type = first >> 4;
    switch (type) {
    case 1:
        connect_packet(m);
        break;
    case 2: /* longer than two bytes only where there are properties */
        m->five = m->packet.len > 2;
        skip(m, 2);
        properties(m);
        break;
    case 3:
        (void)text_field(m, "mqtt.topic");
        skip(m, (first & 6U) != 0 ? 2 : 0);
        properties(m);
        (void)field(m, m->packet.len, "mqtt.payload");
        break;
    case 8:
    case 10:
        skip(m, 2);
        properties(m);
        while (m->packet.len > 2) {
            (void)text_field(m, "mqtt.topic_filter");
            skip(m, type == 8 ? 1 : 0);
        }
        break;
    default:
        skip(m, type >= 14 ? 1 : type >= 4 && type <= 7 ? 3 : 2);
        properties(m);
        break;
    }
}

enum tt_verify_named tt_verify_mqtt(const char *name, struct tt_span stream, size_t at)
{
    struct mqtt m = {.want = at, .name = name, .answer = TT_VERIFY_NAME_OPEN};
    size_t next = 0;
    /* Without its beginning nobody knows where packets stand. */
    if (stream.len == 0 || (stream.data[0] != 0x10 && stream.data[0] != 0x20))
        return TT_VERIFY_NAME_OPEN;
    while (next < stream.len && next <= at) {
        m.packet = tt_span_from(stream, next + 1);
        m.at = next + 1;
        size_t len = read_length(&m);
        m.packet = tt_span_sub(m.packet, 0, len);
        uint8_t first = stream.data[next];
        next = m.at + len;
        read_packet(&m, first);
    }
    return m.answer;
}
