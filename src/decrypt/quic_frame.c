#include "decrypt/quic_frame.h"

#include "decrypt/quic_wire.h"

/* `len` bytes, where the length came from the wire. */
static struct tt_span read_long_span(struct tt_reader *reader, uint64_t len)
{
    return tt_read_span(reader, len > SIZE_MAX ? SIZE_MAX : (size_t)len);
}

static void skip_varints(struct tt_reader *reader, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)tt_quic_varint(reader);
}

/* RFC 9000, section 19.3. */
static void read_ack(struct tt_reader *reader, bool ecn, struct tt_quic_frame *frame)
{
    frame->number = tt_quic_varint(reader);
    (void)tt_quic_varint(reader); /* delay */
    frame->count = tt_quic_varint(reader);
    frame->first_range = tt_quic_varint(reader);
    size_t from = reader->at;
    for (uint64_t i = 0; i < frame->count && !reader->failed; i++)
        skip_varints(reader, 2);
    frame->bytes = tt_span_sub(reader->in, from, reader->at - from);
    if (ecn)
        skip_varints(reader, 3);
    if (frame->first_range > frame->number)
        reader->failed = true;
}

static void read_stream(struct tt_reader *reader, uint64_t type, struct tt_quic_frame *frame)
{
    frame->type = TT_QUIC_STREAM;
    frame->stream = tt_quic_varint(reader);
    frame->at = (type & 4U) != 0 ? tt_quic_varint(reader) : 0;
    frame->bytes =
        (type & 2U) != 0 ? read_long_span(reader, tt_quic_varint(reader)) : tt_read_rest(reader);
    frame->fin = (type & 1U) != 0;
}

static void read_new_id(struct tt_reader *reader, struct tt_quic_frame *frame)
{
    frame->number = tt_quic_varint(reader);
    (void)tt_quic_varint(reader); /* retire prior to */
    frame->bytes = tt_read_span(reader, tt_read_u8(reader));
    frame->token = tt_read_span(reader, TT_QUIC_RESET_TOKEN_LEN);
    if (frame->bytes.len == 0 || frame->bytes.len > TT_QUIC_CID_MAX)
        reader->failed = true;
}

static void read_close(struct tt_reader *reader, bool application, struct tt_quic_frame *frame)
{
    frame->type = TT_QUIC_CONNECTION_CLOSE;
    frame->application = application;
    frame->number = tt_quic_varint(reader);
    if (!application)
        (void)tt_quic_varint(reader); /* type of the frame that was wrong */
    frame->bytes = read_long_span(reader, tt_quic_varint(reader));
}

static void skip_padding(struct tt_reader *reader)
{
    while (reader->at < reader->in.len && reader->in.data[reader->at] == TT_QUIC_PADDING)
        reader->at++;
}

/* Frames that say something about streams or the connection that matters here. False: another. */
static bool read_carrier(struct tt_reader *reader, uint64_t type, struct tt_quic_frame *frame)
{
    switch (type) {
    case TT_QUIC_ACK:
    case TT_QUIC_ACK + 1:
        frame->type = TT_QUIC_ACK;
        read_ack(reader, type != TT_QUIC_ACK, frame);
        return true;
    case TT_QUIC_RESET_STREAM:
    case TT_QUIC_RESET_STREAM_AT:
        frame->stream = tt_quic_varint(reader);
        frame->number = tt_quic_varint(reader);
        frame->at = tt_quic_varint(reader);
        if (type == TT_QUIC_RESET_STREAM_AT)
            (void)tt_quic_varint(reader); /* delivered all the same */
        return true;
    case TT_QUIC_CRYPTO:
        frame->at = tt_quic_varint(reader);
        frame->bytes = read_long_span(reader, tt_quic_varint(reader));
        return true;
    case TT_QUIC_NEW_TOKEN:
        frame->bytes = read_long_span(reader, tt_quic_varint(reader));
        return true;
    case TT_QUIC_NEW_CONNECTION_ID:
        read_new_id(reader, frame);
        return true;
    case TT_QUIC_CONNECTION_CLOSE:
    case TT_QUIC_CONNECTION_CLOSE + 1:
        read_close(reader, type != TT_QUIC_CONNECTION_CLOSE, frame);
        return true;
    case TT_QUIC_DATAGRAM:
    case TT_QUIC_DATAGRAM + 1:
        frame->type = TT_QUIC_DATAGRAM;
        frame->bytes = type == TT_QUIC_DATAGRAM ? tt_read_rest(reader)
                                                : read_long_span(reader, tt_quic_varint(reader));
        return true;
    default:
        return false;
    }
}

/* The others, passed over. False: a type that is not known. */
static bool skip_other(struct tt_reader *reader, uint64_t type)
{
    switch (type) {
    case TT_QUIC_PADDING:
        skip_padding(reader);
        return true;
    case TT_QUIC_PING:
    case TT_QUIC_HANDSHAKE_DONE:
    case TT_QUIC_IMMEDIATE_ACK:
    case TT_QUIC_IMMEDIATE_ACK_OLD:
        return true;
    case TT_QUIC_MAX_DATA:
    case TT_QUIC_MAX_STREAMS:
    case TT_QUIC_MAX_STREAMS + 1:
    case TT_QUIC_DATA_BLOCKED:
    case TT_QUIC_STREAMS_BLOCKED:
    case TT_QUIC_STREAMS_BLOCKED + 1:
    case TT_QUIC_RETIRE_CONNECTION_ID:
    case TT_QUIC_TIMESTAMP:
        skip_varints(reader, 1);
        return true;
    case TT_QUIC_STOP_SENDING:
    case TT_QUIC_MAX_STREAM_DATA:
    case TT_QUIC_STREAM_DATA_BLOCKED:
        skip_varints(reader, 2);
        return true;
    case TT_QUIC_ACK_FREQUENCY:
        skip_varints(reader, 4);
        return true;
    case TT_QUIC_PATH_CHALLENGE:
    case TT_QUIC_PATH_RESPONSE:
        tt_read_skip(reader, 8);
        return true;
    default:
        return false;
    }
}

bool tt_quic_frame_next(struct tt_reader *reader, struct tt_quic_frame *ret_frame)
{
    if (tt_reader_left(reader) == 0)
        return false;
    uint64_t type = tt_quic_varint(reader);
    struct tt_quic_frame frame = {.type = type};
    if (type >= TT_QUIC_STREAM && type <= TT_QUIC_STREAM_LAST)
        read_stream(reader, type, &frame);
    else if (!read_carrier(reader, type, &frame) && !skip_other(reader, type))
        reader->failed = true;
    if (reader->failed)
        return false;
    *ret_frame = frame;
    return true;
}

bool tt_quic_ack_next(struct tt_quic_ack_walk *walk, const struct tt_quic_frame *ack,
                      uint64_t *ret_smallest, uint64_t *ret_largest)
{
    uint64_t largest = ack->number;
    uint64_t len = ack->first_range;
    if (walk->begun) {
        if (walk->left == 0)
            return false;
        walk->left--;
        uint64_t gap = tt_quic_varint(&walk->reader);
        len = tt_quic_varint(&walk->reader);
        if (walk->reader.failed || walk->smallest < gap + 2)
            return false;
        largest = walk->smallest - gap - 2;
    } else {
        walk->begun = true;
        walk->reader = tt_reader_of(ack->bytes);
        walk->left = ack->count;
    }
    if (len > largest)
        return false;
    walk->smallest = largest - len;
    *ret_smallest = walk->smallest;
    *ret_largest = largest;
    return true;
}
