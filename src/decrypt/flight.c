#include "decrypt/flight.h"

#include "base/reader.h"
#include "model/limits.h"

struct fragment {
    uint8_t type;
    size_t total; /* length of the message */
    uint16_t number;
    size_t at;
    struct tt_span bytes;
};

/* The next fragment; false when there is none, or it is malformed. */
static bool read_fragment(struct tt_reader *reader, struct fragment *ret_fragment)
{
    struct fragment fragment = {.type = tt_read_u8(reader), .total = tt_read_u24(reader)};
    fragment.number = tt_read_u16(reader);
    fragment.at = tt_read_u24(reader);
    fragment.bytes = tt_read_span(reader, tt_read_u24(reader));
    if (reader->failed || fragment.at + fragment.bytes.len > fragment.total)
        return false;
    *ret_fragment = fragment;
    return true;
}

static void give_up(struct tt_opener *opener, void *owner)
{
    struct tt_flight *flight = owner;
    tt_held_drop(opener, &flight->held);
    flight->fragments = 0;
}

void tt_flight_drop(struct tt_connection *connection, struct tt_flight *flight)
{
    give_up(connection->opener, flight);
}

static uint8_t *put_be(uint8_t *out, size_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
    return out + len;
}

/* The message as TLS would have it, and as it counts in the hash: as one fragment. */
static void deliver(struct tt_connection *connection, const struct tt_place *place,
                    const struct fragment *whole)
{
    struct tt_buf message = tt_buf_make(TT_HANDSHAKE_HEADER + TT_TLS_MESSAGE_MAX);
    struct tt_buf raw = tt_buf_make(TT_FRAGMENT_HEADER + TT_TLS_MESSAGE_MAX);
    uint8_t header[TT_FRAGMENT_HEADER];
    uint8_t *at = put_be(header, whole->type, 1);
    at = put_be(at, whole->total, 3);
    at = put_be(at, whole->number, 2);
    at = put_be(at, 0, 3);
    (void)put_be(at, whole->total, 3);
    if (tt_buf_append(&message, tt_span_of(header, TT_HANDSHAKE_HEADER)) == TT_OK &&
        tt_buf_append(&message, whole->bytes) == TT_OK &&
        tt_buf_append(&raw, tt_span_of(header, TT_FRAGMENT_HEADER)) == TT_OK &&
        tt_buf_append(&raw, whole->bytes) == TT_OK)
        tt_connection_message(connection, tt_buf_span(&message), tt_buf_span(&raw), place);
    else
        tt_connection_miss_message(connection);
    tt_buf_free(&message);
    tt_buf_free(&raw);
}

/* The fragment that goes on at `done` of message `number`; false when it has not come. */
static bool find_part(const struct tt_flight *flight, uint16_t number, size_t done,
                      struct fragment *ret_part)
{
    struct tt_reader reader = tt_reader_of(tt_held_bytes(flight->held));
    struct fragment part;
    while (tt_reader_left(&reader) > 0 && read_fragment(&reader, &part)) {
        bool here = part.number == number && part.at <= done;
        if (here && (part.at + part.bytes.len > done || part.total == 0)) {
            *ret_part = part;
            return true;
        }
    }
    return false;
}

/* Puts message `number` together from what waits. False when it is not whole. */
static bool deliver_held(struct tt_connection *connection, const struct tt_flight *flight,
                         uint16_t number, const struct tt_place *place)
{
    struct fragment part;
    if (flight->held == NULL || !find_part(flight, number, 0, &part))
        return false;
    struct fragment whole = part;
    struct tt_place from = *place;
    from.at = flight->held->at;
    from.len = part.total + TT_FRAGMENT_HEADER;
    tt_origin_add(&from.origin, &flight->held->origin);
    struct tt_buf buf = tt_buf_make(TT_TLS_MESSAGE_MAX);
    bool complete = true;
    while (complete && buf.len < whole.total)
        complete = find_part(flight, number, buf.len, &part) && part.total == whole.total &&
                   tt_buf_append(&buf, tt_span_from(part.bytes, buf.len - part.at)) == TT_OK;
    if (complete) {
        whole.bytes = tt_buf_span(&buf);
        deliver(connection, &from, &whole);
    }
    tt_buf_free(&buf);
    return complete;
}

/* Whatever has become whole by now. */
static void go_on(struct tt_connection *connection, struct tt_flight *flight,
                  const struct tt_place *place)
{
    while (deliver_held(connection, flight, flight->next, place))
        flight->next++;
    /* Is there anything of a later message? */
    struct tt_reader reader = tt_reader_of(tt_held_bytes(flight->held));
    struct fragment part;
    while (tt_reader_left(&reader) > 0 && read_fragment(&reader, &part))
        if (part.number >= flight->next)
            return;
    tt_flight_drop(connection, flight);
}

static void hold(struct tt_connection *connection, struct tt_flight *flight,
                 const struct tt_place *place, struct tt_span bytes)
{
    if (flight->fragments == TT_DTLS_FRAGMENTS_MAX ||
        tt_held_add(connection->opener, &flight->held, TT_TLS_MESSAGE_MAX, place->at, bytes,
                    &place->origin, give_up, flight) != TT_OK) {
        tt_flight_finish(connection, flight, place);
        return;
    }
    flight->fragments++;
}

static void take_fragment(struct tt_connection *connection, struct tt_flight *flight,
                          const struct tt_place *place, const struct fragment *fragment,
                          struct tt_span raw)
{
    if (fragment->number < flight->next)
        return; /* sent again */
    if (fragment->number == flight->next && fragment->bytes.len == fragment->total) {
        struct tt_place whole = *place;
        whole.len = raw.len;
        flight->next++;
        deliver(connection, &whole, fragment);
    } else {
        hold(connection, flight, place, raw);
    }
    go_on(connection, flight, place);
}

void tt_flight_take(struct tt_connection *connection, struct tt_flight *flight,
                    const struct tt_place *place, struct tt_span bytes)
{
    struct tt_reader reader = tt_reader_of(bytes);
    struct fragment fragment;
    size_t from = 0;
    while (tt_reader_left(&reader) > 0 && read_fragment(&reader, &fragment)) {
        take_fragment(connection, flight, place, &fragment,
                      tt_span_sub(bytes, from, reader.at - from));
        from = reader.at;
    }
}

bool tt_flight_client_random(struct tt_span bytes, struct tt_span *ret_random)
{
    enum { VERSION_LEN = 2 };
    struct tt_reader reader = tt_reader_of(bytes);
    struct fragment fragment;
    if (!read_fragment(&reader, &fragment) || fragment.type != TT_CLIENT_HELLO ||
        fragment.number != 0 || fragment.at != 0 ||
        fragment.bytes.len < VERSION_LEN + TT_RANDOM_LEN)
        return false;
    *ret_random = tt_span_sub(fragment.bytes, VERSION_LEN, TT_RANDOM_LEN);
    return true;
}

void tt_flight_finish(struct tt_connection *connection, struct tt_flight *flight,
                      const struct tt_place *place)
{
    if (flight->held == NULL)
        return;
    tt_connection_miss_message(connection);
    /* At most as many numbers as there are fragments, near to the one that was waited for. */
    for (unsigned i = 0; i < TT_DTLS_FRAGMENTS_MAX && flight->held != NULL; i++)
        (void)deliver_held(connection, flight, flight->next++, place);
    tt_flight_drop(connection, flight);
}
