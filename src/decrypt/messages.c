#include "decrypt/messages.h"

#include "model/limits.h"

void tt_messages_enter(struct tt_messages *messages)
{
    messages->unsure = messages->unsure || messages->lost;
    messages->lost = false;
}

void tt_messages_drop(struct tt_connection *connection, struct tt_messages *messages)
{
    tt_held_drop(connection->opener, &messages->held);
    messages->skip = 0;
}

void tt_messages_lose(struct tt_connection *connection, struct tt_messages *messages)
{
    tt_messages_drop(connection, messages);
    tt_connection_miss_message(connection);
    messages->lost = true;
}

/* Types that exist; bytes that begin with anything else are no message. */
static bool is_type(uint8_t type)
{
    return type <= TT_COMPRESSED_CERTIFICATE || type == 67 /* next_protocol */ ||
           type == 203 /* encrypted_extensions of its draft */;
}

static size_t message_len(struct tt_span header)
{
    return TT_HANDSHAKE_HEADER +
           ((size_t)header.data[1] << 16 | (size_t)header.data[2] << 8 | header.data[3]);
}

static void give_up(struct tt_opener *opener, void *owner)
{
    struct tt_messages *messages = owner;
    tt_held_drop(opener, &messages->held);
    messages->lost = true;
}

/* A message that cannot be held is passed over; `seen` bytes of it were taken. */
static void skip(struct tt_connection *connection, struct tt_messages *messages, size_t len,
                 size_t seen)
{
    const struct tt_note note = {.layer = "decrypt",
                                 .code = "tls.message_limit",
                                 .length = len,
                                 .text =
                                     "a TLS handshake message that cannot be held was not read"};
    tt_note_put(&connection->sink->notes, &note);
    tt_held_drop(connection->opener, &messages->held);
    tt_connection_miss_message(connection);
    messages->skip = (uint32_t)(len - seen);
}

/* Goes on with a message that began before; returns the bytes taken. */
static size_t go_on(struct tt_connection *connection, struct tt_messages *messages,
                    const struct tt_place *place, uint64_t at, struct tt_span bytes)
{
    size_t have = tt_held_len(messages->held);
    bool headed = have >= TT_HANDSHAKE_HEADER;
    size_t want = headed ? message_len(tt_held_bytes(messages->held)) : TT_HANDSHAKE_HEADER;
    struct tt_span part = tt_span_sub(bytes, 0, want - have);
    if (want > TT_TLS_MESSAGE_MAX ||
        tt_held_add(connection->opener, &messages->held, TT_TLS_MESSAGE_MAX, at, part,
                    &place->origin, give_up, messages) != TT_OK) {
        skip(connection, messages, want, have + part.len);
        return part.len;
    }
    struct tt_span message = tt_held_bytes(messages->held);
    if (message.len == TT_HANDSHAKE_HEADER && !headed)
        want = message_len(message);
    if (message.len < want || message.len < TT_HANDSHAKE_HEADER)
        return part.len;
    const struct tt_place whole = {.direction = place->direction,
                                   .at = messages->held->at,
                                   .len = message.len,
                                   .origin = messages->held->origin};
    messages->unsure = false;
    tt_connection_message(connection, message, message, &whole);
    tt_held_drop(connection->opener, &messages->held);
    return part.len;
}

/* Is the beginning of a message there? */
static bool is_begin(const struct tt_messages *messages, struct tt_span bytes)
{
    if (!is_type(bytes.data[0]))
        return false;
    return !messages->unsure || bytes.len < TT_HANDSHAKE_HEADER ||
           message_len(bytes) <= TT_TLS_MESSAGE_MAX;
}

/* A message begins; returns the bytes taken. */
static size_t begin(struct tt_connection *connection, struct tt_messages *messages,
                    const struct tt_place *place, uint64_t at, struct tt_span bytes)
{
    if (!is_begin(messages, bytes)) {
        messages->lost = true;
        tt_connection_miss_message(connection);
        return bytes.len;
    }
    size_t len = bytes.len < TT_HANDSHAKE_HEADER ? SIZE_MAX : message_len(bytes);
    if (bytes.len < len)
        return go_on(connection, messages, place, at, bytes);
    const struct tt_place whole = {
        .direction = place->direction, .at = at, .len = len, .origin = place->origin};
    struct tt_span message = tt_span_sub(bytes, 0, len);
    messages->unsure = false;
    tt_connection_message(connection, message, message, &whole);
    return len;
}

void tt_messages_take(struct tt_connection *connection, struct tt_messages *messages,
                      const struct tt_place *place, uint64_t at, struct tt_span bytes)
{
    while (bytes.len > 0 && !messages->lost) {
        size_t used;
        if (messages->skip > 0) {
            used = messages->skip < bytes.len ? messages->skip : bytes.len;
            messages->skip -= (uint32_t)used;
        } else if (messages->held != NULL) {
            used = go_on(connection, messages, place, at, bytes);
        } else {
            used = begin(connection, messages, place, at, bytes);
        }
        at += used;
        bytes = tt_span_from(bytes, used);
    }
}
