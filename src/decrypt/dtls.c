#include "decrypt/dtls.h"

#include "base/reader.h"
#include "decrypt/connection.h"
#include "decrypt/flight.h"

#include <stdlib.h>

enum {
    HEADER_LEN = 13,
    TYPE_CONNECTION_ID = 25, /* RFC 9146 */
    UNIFIED_HEADER = 0x20,   /* DTLS 1.3: RFC 9147, section 4 */
    UNIFIED_MASK = 0xe0
};

struct side {
    struct tt_flight flight;
    uint16_t epoch; /* of the keys in use */
};

struct tt_dtls {
    struct tt_connection connection;
    struct side sides[2];
    uint8_t client[TT_RANDOM_LEN]; /* of the handshake under way, or the last one */
};

/* A record in its datagram. */
struct record {
    struct tt_record inner;
    uint16_t epoch;
    uint64_t number; /* epoch and sequence number, as they stand: what keys are used with */
    size_t len;      /* header included */
};

/* The datagram being taken. */
struct feed {
    struct tt_dtls *dtls;
    struct side *side;
    struct tt_place place;
    struct tt_span bytes;
};

struct tt_dtls *tt_dtls_new(struct tt_opener *opener, const struct tt_opener_sink *sink)
{
    struct tt_dtls *dtls = calloc(1, sizeof(*dtls));
    if (dtls != NULL)
        tt_connection_init(&dtls->connection, opener, sink, true);
    return dtls;
}

uint16_t tt_dtls_agreed_version(const struct tt_dtls *dtls)
{
    return dtls->connection.version;
}

static bool read_record(struct tt_span bytes, struct record *ret_record)
{
    struct tt_reader reader = tt_reader_of(bytes);
    struct record record = {.inner.type = tt_read_u8(&reader)};
    record.inner.version = tt_read_u16(&reader);
    record.number = tt_read_u64(&reader);
    record.epoch = (uint16_t)(record.number >> 48);
    record.inner.bytes = tt_read_span(&reader, tt_read_u16(&reader));
    record.len = reader.at;
    if (reader.failed || record.inner.type < TT_TYPE_CHANGE_CIPHER_SPEC ||
        record.inner.type > TYPE_CONNECTION_ID || record.inner.bytes.len == 0 ||
        record.inner.bytes.len > TT_RECORD_SEALED_MAX ||
        (record.inner.version != TT_DTLS_1_0 && record.inner.version != TT_DTLS_1_2 &&
         record.inner.version != 0x0100))
        return false;
    *ret_record = record;
    return true;
}

bool tt_dtls_is(struct tt_span datagram)
{
    struct record record;
    size_t at = 0;
    while (at < datagram.len && read_record(tt_span_from(datagram, at), &record))
        at += record.len;
    return at > 0 && at == datagram.len;
}

/* ---- saying what bytes are ---- */

static const struct tt_opener_sink *sink_of(const struct feed *feed)
{
    return feed->dtls->connection.sink;
}

static void account(const struct feed *feed, enum tt_bucket bucket, uint64_t bytes)
{
    if (bytes > 0 && sink_of(feed)->account != NULL)
        sink_of(feed)->account(sink_of(feed)->context, feed->place.direction, bucket, bytes);
}

static struct tt_piece piece_of(const struct feed *feed, size_t at, size_t len)
{
    return (struct tt_piece){
        .bytes = tt_span_sub(feed->bytes, at, len), .at = at, .origin = feed->place.origin};
}

static void tell_raw(const struct feed *feed, size_t at, size_t len)
{
    const struct tt_piece piece = piece_of(feed, at, len);
    if (piece.bytes.len > 0 && sink_of(feed)->raw != NULL)
        sink_of(feed)->raw(sink_of(feed)->context, feed->place.direction, &piece);
}

static void tell_clear(const struct feed *feed, size_t at, size_t len)
{
    const struct tt_piece piece = piece_of(feed, at, len);
    if (piece.bytes.len > 0 && sink_of(feed)->clear != NULL)
        sink_of(feed)->clear(sink_of(feed)->context, feed->place.direction, &piece);
}

/* ---- records ---- */

static void close_record(struct feed *feed, uint8_t type, enum tt_closed reason)
{
    account(feed, TT_BUCKET_ENCRYPTED, feed->place.len);
    tt_connection_tell_closed(&feed->dtls->connection, &feed->place, type, reason);
}

/* Handshake messages; a new handshake counts them from 0 again. In clear text it is of a new
 * association, whose epochs begin again, too. */
static void take_handshake(struct feed *feed, struct tt_span bytes, bool clear)
{
    struct tt_dtls *dtls = feed->dtls;
    struct tt_span random;
    if (tt_flight_client_random(bytes, &random) &&
        !tt_span_eq(random, tt_span_of(dtls->client, TT_RANDOM_LEN))) {
        memcpy(dtls->client, random.data, random.len);
        for (size_t i = 0; i < 2; i++) {
            tt_flight_drop(&dtls->connection, &dtls->sides[i].flight);
            dtls->sides[i].flight.next = 0;
            if (clear)
                dtls->sides[i].epoch = 0;
        }
    }
    tt_flight_take(&dtls->connection, &feed->side->flight, &feed->place, bytes);
}

static void take_clear(struct feed *feed, const struct record *record)
{
    size_t at = (size_t)feed->place.at + HEADER_LEN;
    account(feed, TT_BUCKET_DECODED, HEADER_LEN);
    switch (record->inner.type) {
    case TT_TYPE_CHANGE_CIPHER_SPEC:
        /* The epoch in the records tells better when keys change. */
        account(feed, TT_BUCKET_DECODED, record->inner.bytes.len);
        break;
    case TT_TYPE_ALERT:
        tell_clear(feed, at, record->inner.bytes.len);
        break;
    case TT_TYPE_HANDSHAKE:
        tell_clear(feed, at, record->inner.bytes.len);
        take_handshake(feed, record->inner.bytes, true);
        break;
    default:
        tell_raw(feed, at, record->inner.bytes.len);
        break;
    }
}

static void take_sealed(struct feed *feed, const struct record *record)
{
    struct tt_connection *connection = &feed->dtls->connection;
    struct side *side = feed->side;
    enum tt_closed reason = TT_CLOSED_NO_SUITE;
    if (record->inner.type == TYPE_CONNECTION_ID) {
        close_record(feed, record->inner.type, reason);
        return;
    }
    if (record->epoch < side->epoch) {
        close_record(feed, record->inner.type, TT_CLOSED_DAMAGED); /* late: its keys are gone */
        return;
    }
    if (record->epoch > side->epoch) {
        tt_flight_finish(connection, &side->flight, &feed->place);
        tt_connection_change_cipher(connection, feed->place.direction);
        side->epoch = record->epoch;
    }
    struct tt_opened opened;
    if (!tt_connection_wants(connection, feed->place.direction, &reason) ||
        !tt_connection_open_at(connection, feed->place.direction, &record->inner, record->number,
                               &opened, &reason)) {
        close_record(feed, record->inner.type, reason);
        return;
    }
    account(feed, TT_BUCKET_OPENED, feed->place.len);
    tt_connection_tell(connection, &feed->place, &opened);
    if (opened.type == TT_TYPE_HANDSHAKE)
        take_handshake(feed, opened.bytes, false);
}

void tt_dtls_feed(struct tt_dtls *dtls, const struct tt_chunk *chunk)
{
    struct feed feed = {.dtls = dtls,
                        .side = &dtls->sides[chunk->direction],
                        .place = {.direction = chunk->direction,
                                  .origin = {.first_frame = chunk->first_frame,
                                             .last_frame = chunk->last_frame,
                                             .time = chunk->time}},
                        .bytes = chunk->bytes};
    size_t at = 0;
    struct record record;
    while (at < chunk->bytes.len && read_record(tt_span_from(chunk->bytes, at), &record)) {
        feed.place.at = at;
        feed.place.len = record.len;
        if (record.epoch == 0)
            take_clear(&feed, &record);
        else
            take_sealed(&feed, &record);
        at += record.len;
    }
    size_t left = chunk->bytes.len - at;
    if (left == 0)
        return;
    feed.place.at = at;
    feed.place.len = left;
    if ((chunk->bytes.data[at] & UNIFIED_MASK) == UNIFIED_HEADER &&
        dtls->connection.version == TT_DTLS_1_3)
        close_record(&feed, TT_TYPE_APPLICATION_DATA, TT_CLOSED_NO_SUITE);
    else
        tell_raw(&feed, at, left);
}

void tt_dtls_free(struct tt_dtls *dtls)
{
    if (dtls == NULL)
        return;
    for (size_t i = 0; i < 2; i++)
        tt_flight_drop(&dtls->connection, &dtls->sides[i].flight);
    tt_connection_clear(&dtls->connection);
    free(dtls);
}
