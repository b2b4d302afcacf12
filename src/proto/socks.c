/* SOCKS: RFC 1928 (version 5), RFC 1929 (user name and password), and versions 4 and 4A of NEC's
 * and OpenSSH's descriptions (https://www.openssh.com/txt/socks4.protocol, socks4a.protocol). Read
 * is what opens a connection through the proxy; what the connection carries is recognised anew. */
#include "proto/list.h"

#include "base/addr.h"
#include "base/compiler.h"
#include "base/host.h"
#include "model/limits.h"
#include "proto/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERSION_4 = 4,
    VERSION_5 = 5,
    VERSION_LOGIN = 1, /* of the negotiation of RFC 1929 */
    METHOD_OPEN = 0,
    METHOD_LOGIN = 2,
    METHOD_NONE = 0xff,
    COMMAND_CONNECT = 1,
    COMMAND_BIND = 2,
    COMMAND_UDP = 3,
    ADDRESS_IPV4 = 1,
    ADDRESS_NAME = 3,
    ADDRESS_IPV6 = 4,
    ADDRESS_AT = 3, /* of a request and a reply of version 5: version, command, reserved */
    HEAD_4 = 8,     /* of version 4: version, command, port (2), address (4) */
    GRANTED_4 = 90,
    METHODS_MAX = 16 /* of a client that is recognised; ten are registered */
};

static const char OTHER[] = "socks.data";

/* What a direction says next. */
enum phase { PHASE_BEGIN, PHASE_LOGIN, PHASE_REQUEST, PHASE_OVER };

struct side {
    struct tt_stream stream;
    struct tt_gather gather; /* of a message that spans chunks */
    enum phase phase;
    bool limited; /* no room for its messages */
};

struct socks {
    struct side sides[2];
    bool client_known;
    enum tt_direction client;
    uint8_t version; /* 0: not known yet */
    uint8_t command;
    bool offers_login;
    uint8_t replies; /* of the proxy to the request */
};

/* ---- recognition ---- */

/* https://www.iana.org/assignments/socks-methods; from 0x80 on they are private. */
static bool is_method(uint8_t method)
{
    return method <= 9 || (method >= 0x80 && method < METHOD_NONE);
}

/* Nothing else begins as briefly: the client waits for an answer. */
static enum tt_probe probe_5(struct tt_span head)
{
    if (head.len < 2)
        return TT_PROBE_MORE;
    size_t end = 2 + (size_t)head.data[1];
    bool login = false;
    if (end == 2 || end > 2 + METHODS_MAX)
        return TT_PROBE_NO;
    for (size_t at = 2; at < end && at < head.len; at++) {
        if (!is_method(head.data[at]))
            return TT_PROBE_NO;
        login = login || head.data[at] == METHOD_LOGIN;
    }
    if (head.len < end)
        return TT_PROBE_MORE;
    if (head.len == end || head.data[end] == VERSION_5)
        return TT_PROBE_YES;
    return login && head.data[end] == VERSION_LOGIN ? TT_PROBE_YES : TT_PROBE_NO;
}

/* A name follows where the address is 0.0.0.x: version 4A. */
static bool has_name_4(struct tt_span message)
{
    static const uint8_t zeros[] = {0, 0, 0};
    return memcmp(message.data + 4, zeros, sizeof(zeros)) == 0 && message.data[7] != 0;
}

/* Offset behind the text at `at` and its zero; one more than there are bytes where it is cut. */
static size_t text_end(struct tt_span message, size_t at)
{
    return at + tt_span_find(tt_span_from(message, at), 0) + 1;
}

static enum tt_probe probe_4(struct tt_span head)
{
    if (head.len < HEAD_4)
        return TT_PROBE_MORE;
    bool named = has_name_4(head);
    bool port = head.data[2] != 0 || head.data[3] != 0;
    if (!port || head.data[1] < COMMAND_CONNECT || head.data[1] > COMMAND_BIND ||
        (!named && head.data[4] == 0))
        return TT_PROBE_NO;
    size_t end = text_end(head, HEAD_4);
    if (named && end <= head.len)
        end = text_end(head, end);
    for (size_t at = HEAD_4; at < end && at < head.len; at++)
        if (head.data[at] != 0 && (head.data[at] < ' ' || head.data[at] > '~'))
            return TT_PROBE_NO;
    if (end > head.len)
        return named && head.len == TT_PROBE_MAX ? TT_PROBE_YES : TT_PROBE_MORE;
    return end == head.len ? TT_PROBE_YES : TT_PROBE_NO;
}

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)flow;
    (void)direction;
    if (head.len > 0 && head.data[0] == VERSION_5)
        return probe_5(head);
    if (head.len > 0 && head.data[0] == VERSION_4)
        return probe_4(head);
    return head.len > 0 ? TT_PROBE_NO : TT_PROBE_MORE;
}

/* ---- how long a message is: the bytes that are needed to know more of it, or 0 where it is none.
 * ---- */

/* RFC 1928, section 5: type, address, port. */
static size_t need_address(struct tt_span bytes)
{
    enum { VALUE_AT = ADDRESS_AT + 1, PORT = 2 };
    if (bytes.len <= VALUE_AT)
        return VALUE_AT + 1;
    switch (bytes.data[ADDRESS_AT]) {
    case ADDRESS_IPV4:
        return VALUE_AT + 4 + PORT;
    case ADDRESS_IPV6:
        return VALUE_AT + 16 + PORT;
    case ADDRESS_NAME:
        return VALUE_AT + 1 + (size_t)bytes.data[VALUE_AT] + PORT;
    default:
        return 0;
    }
}

static size_t need_request_4(struct tt_span bytes)
{
    if (bytes.len < HEAD_4)
        return HEAD_4;
    size_t end = text_end(bytes, HEAD_4);
    return has_name_4(bytes) && end <= bytes.len ? text_end(bytes, end) : end;
}

/* RFC 1929, section 2: version, length and user name, length and password. */
static size_t need_login(struct tt_span bytes)
{
    if (bytes.len < 2)
        return 2;
    size_t password = 2 + (size_t)bytes.data[1];
    return bytes.len <= password ? password + 1 : password + 1 + bytes.data[password];
}

/* What the client says after its methods tells by itself which of the two it is. */
static size_t need_of_client(struct socks *socks, struct side *side, struct tt_span bytes)
{
    if (bytes.len == 0)
        return 1;
    if (side->phase == PHASE_BEGIN) {
        socks->version = bytes.data[0];
        if (bytes.data[0] == VERSION_4)
            return need_request_4(bytes);
        if (bytes.data[0] != VERSION_5)
            return 0;
        return bytes.len < 2 ? 2 : 2 + (size_t)bytes.data[1];
    }
    if (bytes.data[0] == VERSION_LOGIN && socks->offers_login && side->phase == PHASE_LOGIN)
        return need_login(bytes);
    side->phase = PHASE_REQUEST;
    return bytes.data[0] == VERSION_5 ? need_address(bytes) : 0;
}

static size_t need_of_proxy(const struct socks *socks, const struct side *side,
                            struct tt_span bytes)
{
    if (bytes.len == 0)
        return 1;
    if (socks->version == VERSION_4)
        return bytes.data[0] == 0 ? HEAD_4 : 0;
    if (side->phase == PHASE_LOGIN)
        return bytes.data[0] == VERSION_LOGIN ? 2 : 0;
    if (bytes.data[0] != VERSION_5)
        return 0;
    return side->phase == PHASE_BEGIN ? 2 : need_address(bytes);
}

/* ---- what a message says ---- */

static const char *command_name(uint8_t command)
{
    switch (command) {
    case COMMAND_CONNECT:
        return "CONNECT";
    case COMMAND_BIND:
        return "BIND";
    case COMMAND_UDP:
        return "UDP ASSOCIATE";
    default:
        return NULL;
    }
}

/* All that follows in the connection goes on to that host. */
static void pass_on(struct tt_fields *fields, struct tt_span host)
{
    char name[TT_FIELD_TEXT_MAX];
    size_t len = host.len < sizeof(name) ? host.len : sizeof(name) - 1;
    memcpy(name, host.data, len);
    name[len] = '\0';
    if (tt_host_is_beyond(name))
        fields->msg.relay = TT_RELAY_CONNECTION;
}

static void name_host(struct tt_fields *fields, struct tt_span host, const uint8_t port[2])
{
    char name[TT_FIELD_TEXT_MAX];
    int len = snprintf(name, sizeof(name), "%.*s:%u", (int)host.len, (const char *)host.data,
                       (unsigned)port[0] << 8 | port[1]);
    if (len > 0 && (size_t)len < sizeof(name))
        tt_fields_name(fields, tt_span_of(name, (size_t)len));
}

static void name_address(struct tt_fields *fields, enum tt_addr_family family,
                         const uint8_t *address, const uint8_t port[2])
{
    char text[TT_ADDR_TEXT_MAX];
    char host[TT_ADDR_TEXT_MAX + 2];
    (void)tt_addr_text(tt_addr_make(family, address), text);
    (void)snprintf(host, sizeof(host), family == TT_ADDR_IPV6 ? "[%s]" : "%s", text);
    name_host(fields, tt_span_str(host), port);
    pass_on(fields, tt_span_str(text));
}

static void read_request_5(struct tt_fields *fields, struct tt_span message)
{
    enum { VALUE_AT = ADDRESS_AT + 1 };
    const uint8_t *value = message.data + VALUE_AT;
    fields->msg.method = command_name(message.data[1]);
    switch (message.data[ADDRESS_AT]) {
    case ADDRESS_IPV4:
        name_address(fields, TT_ADDR_IPV4, value, value + 4);
        break;
    case ADDRESS_IPV6:
        name_address(fields, TT_ADDR_IPV6, value, value + 16);
        break;
    default:
        name_host(fields, tt_span_of(value + 1, value[0]), value + 1 + value[0]);
        pass_on(fields, tt_span_of(value + 1, value[0]));
        tt_fields_skip(fields, VALUE_AT + 1);
        tt_fields_put(fields, "socks.host", value[0]);
        break;
    }
}

static void read_request_4(struct tt_fields *fields, struct tt_span message)
{
    size_t user = text_end(message, HEAD_4);
    fields->msg.method = command_name(message.data[1]);
    struct tt_span host = tt_span_sub(message, user, message.len - user - 1);
    if (has_name_4(message)) {
        name_host(fields, host, message.data + 2);
        pass_on(fields, host);
    } else {
        name_address(fields, TT_ADDR_IPV4, message.data + 4, message.data + 2);
    }
    tt_fields_leave(fields, HEAD_4);
    tt_fields_put(fields, "socks.user", user - HEAD_4 - 1);
    tt_fields_skip(fields, 1);
    if (!has_name_4(message))
        return;
    tt_fields_put(fields, "socks.host", message.len - user - 1);
    tt_fields_skip(fields, 1);
}

static void read_login(struct tt_fields *fields, struct tt_span message)
{
    size_t user = message.data[1];
    tt_fields_skip(fields, 2);
    tt_fields_put(fields, "socks.user", user);
    tt_fields_skip(fields, 1);
    tt_fields_put(fields, "socks.password", message.data[2 + user]);
}

static void take_from_client(struct socks *socks, struct side *side, struct tt_fields *fields,
                             struct tt_span message)
{
    switch (side->phase) {
    case PHASE_BEGIN:
        if (message.data[0] == VERSION_5) {
            fields->msg.kind = "greeting";
            socks->offers_login = memchr(message.data + 2, METHOD_LOGIN, message.len - 2) != NULL;
            side->phase = PHASE_LOGIN;
            break;
        }
        socks->command = message.data[1];
        read_request_4(fields, message);
        side->phase = PHASE_OVER;
        break;
    case PHASE_LOGIN:
        fields->msg.kind = "login";
        read_login(fields, message);
        side->phase = PHASE_REQUEST;
        break;
    case PHASE_REQUEST:
        socks->command = message.data[1];
        read_request_5(fields, message);
        side->phase = PHASE_OVER;
        break;
    case PHASE_OVER:
        break;
    }
}

/* What an answer to the request means: with BIND a second one tells that somebody connected. */
static enum tt_next answered(struct socks *socks, bool granted)
{
    socks->replies++;
    if (!granted || (socks->command == COMMAND_BIND && socks->replies == 1))
        return TT_NEXT_STAY;
    return socks->command == COMMAND_UDP ? TT_NEXT_RAW : TT_NEXT_PROBE;
}

static enum tt_next take_from_proxy(struct socks *socks, struct side *side,
                                    struct tt_fields *fields, struct tt_span message)
{
    uint8_t code = message.data[1];
    fields->msg.kind = "reply";
    fields->msg.status = code;
    if (socks->version == VERSION_4)
        return answered(socks, code == GRANTED_4);
    if (side->phase == PHASE_REQUEST)
        return answered(socks, code == 0);
    bool begin = side->phase == PHASE_BEGIN;
    side->phase = begin && code == METHOD_LOGIN ? PHASE_LOGIN : PHASE_REQUEST;
    if (!begin || code == METHOD_OPEN || code == METHOD_LOGIN || code == METHOD_NONE)
        return TT_NEXT_STAY;
    tt_stream_note(&side->stream, "socks.method", fields->extent.offset, 0,
                   "a way to log in to a SOCKS proxy that is not read: what follows is searched "
                   "raw");
    return TT_NEXT_RAW;
}

static enum tt_next take_message(struct socks *socks, struct side *side,
                                 const struct tt_extent *extent)
{
    struct tt_fields fields;
    enum tt_next next = TT_NEXT_STAY;
    tt_fields_over(&fields, &side->stream, extent, tt_proto_socks.name, "request", OTHER);
    if (side->stream.direction == socks->client)
        take_from_client(socks, side, &fields, extent->bytes);
    else
        next = take_from_proxy(socks, side, &fields, extent->bytes);
    tt_fields_end(&fields);
    tt_fields_tell(&fields);
    return next;
}

/* ---- the stream ---- */

/* All flows together have gathered too much. */
static void give_up(void *owner)
{
    struct side *side = owner;
    tt_stream_note(&side->stream, "socks.limit", side->stream.end, 0,
                   "no room for a message of SOCKS: the rest is searched raw");
    tt_stream_give_up_gather(&side->stream, &side->gather);
    side->limited = true;
}

static enum tt_next spoil(struct side *side)
{
    tt_stream_note(&side->stream, "socks.malformed", side->stream.end, 0,
                   "no message of SOCKS: the rest is searched raw");
    tt_stream_give_up_gather(&side->stream, &side->gather);
    return TT_NEXT_RAW;
}

/* Gathers one byte more: messages are short, and seldom cut. */
static bool gather_byte(struct side *side)
{
    if (tt_stream_gather(&side->stream, &side->gather, TT_LINE_MAX, 1, give_up, side) != TT_OK)
        give_up(side);
    if (side->limited)
        return false;
    tt_stream_take(&side->stream, 1);
    return true;
}

static size_t need_of(struct socks *socks, struct side *side, struct tt_span bytes)
{
    return side->stream.direction == socks->client ? need_of_client(socks, side, bytes)
                                                   : need_of_proxy(socks, side, bytes);
}

static enum tt_next step(struct socks *socks, struct side *side)
{
    struct tt_span rest = tt_stream_rest(&side->stream);
    if (side->limited)
        return TT_NEXT_RAW;
    if (side->stream.direction == socks->client && side->phase == PHASE_OVER)
        return TT_NEXT_PROBE; /* it does not wait for the answer, or that was not seen */
    bool fresh = tt_gather_len(&side->gather) == 0;
    size_t need = fresh ? need_of(socks, side, rest) : 0;
    struct tt_part part;
    if (need > 0 && need <= rest.len) {
        struct tt_extent extent =
            tt_extent_of_chunk(side->stream.chunk, tt_stream_at(&side->stream), need, &part);
        tt_stream_take(&side->stream, need);
        return take_message(socks, side, &extent);
    }
    if (fresh && need == 0)
        return spoil(side);
    if (!gather_byte(side))
        return TT_NEXT_RAW;
    need = need_of(socks, side, tt_gather_bytes(&side->gather));
    if (need == 0)
        return spoil(side);
    if (need > tt_gather_len(&side->gather))
        return TT_NEXT_STAY;
    struct tt_extent extent = tt_gather_extent(&side->gather);
    enum tt_next next = take_message(socks, side, &extent);
    tt_gather_clear(&side->gather);
    return next;
}

static void end_stream(struct side *side)
{
    size_t held = tt_gather_len(&side->gather);
    if (held > 0)
        tt_stream_note(&side->stream, "socks.cut", side->stream.end - held, held,
                       "a stream ends inside a message of SOCKS: it is searched raw");
    tt_stream_give_up_gather(&side->stream, &side->gather);
}

/* ---- the table's calls ---- */

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    struct socks *socks = calloc(1, sizeof(*socks));
    if (socks == NULL)
        return NULL;
    for (size_t i = 0; i < 2; i++)
        socks->sides[i].stream = tt_stream_make(sink, flow, (enum tt_direction)i);
    socks->client_known = flow->initiator_known;
    socks->client = TT_FROM_INITIATOR;
    return socks;
}

/* Behind a loss the connection through the proxy may have begun: what follows is recognised anew.
 */
static enum tt_next tell_gap(struct side *side, const struct tt_chunk *chunk)
{
    tt_stream_note(&side->stream, "socks.gap", chunk->offset - chunk->gap, chunk->gap,
                   "bytes are missing where a connection through a SOCKS proxy is opened");
    end_stream(side);
    return TT_NEXT_PROBE;
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct socks *socks = state;
    struct side *side = &socks->sides[chunk->direction];
    enum tt_next next = TT_NEXT_STAY;
    if (!socks->client_known) {
        socks->client_known = true;
        socks->client = chunk->direction;
    }
    tt_stream_enter(&side->stream, chunk);
    if (chunk->gap > 0)
        next = tell_gap(side, chunk);
    while (next == TT_NEXT_STAY && tt_stream_rest(&side->stream).len > 0)
        next = step(socks, side);
    if ((chunk->flags & TT_CHUNK_END) != 0)
        end_stream(side);
    *ret_used = tt_stream_leave(&side->stream);
    return next;
}

static void close_flow(void *state)
{
    struct socks *socks = state;
    if (socks == NULL)
        return;
    for (size_t i = 0; i < 2; i++)
        end_stream(&socks->sides[i]);
    free(socks);
}

const struct tt_proto tt_proto_socks = {.name = "socks",
                                        .title = "SOCKS 4, 4A and 5: what opens a connection",
                                        .spec = "RFC 1928, RFC 1929",
                                        .transports = TT_PROTO_TCP,
                                        .probe = probe,
                                        .open = open_flow,
                                        .feed = feed,
                                        .close = close_flow};
