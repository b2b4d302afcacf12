#include "decrypt/quic_wire.h"

#include "base/compiler.h"

#define TYPES_1                                                                                    \
    {                                                                                              \
        TT_QUIC_TYPE_INITIAL, TT_QUIC_TYPE_EARLY, TT_QUIC_TYPE_HANDSHAKE, TT_QUIC_TYPE_RETRY       \
    }
/* RFC 9369, section 3.2. */
#define TYPES_2                                                                                    \
    {                                                                                              \
        TT_QUIC_TYPE_RETRY, TT_QUIC_TYPE_INITIAL, TT_QUIC_TYPE_EARLY, TT_QUIC_TYPE_HANDSHAKE       \
    }
#define SALT_23                                                                                    \
    {                                                                                              \
        0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63,  \
            0x65, 0xbe, 0xf9, 0xf5, 0x02                                                           \
    }
#define SALT_1                                                                                     \
    {                                                                                              \
        0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c,  \
            0xad, 0xcc, 0xbb, 0x7f, 0x0a                                                           \
    }
#define RETRY_KEY_1                                                                                \
    {                                                                                              \
        0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a, 0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8,  \
            0x4e                                                                                   \
    }
#define RETRY_NONCE_1                                                                              \
    {                                                                                              \
        0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb                     \
    }

/* Salts: RFC 9001, section 5.2, RFC 9369, section 3.3.1, draft-ietf-quic-tls-22, -23 and -29,
 * section 5.2. Retry: RFC 9001, section 5.8, RFC 9369, section 3.3.3, draft-ietf-quic-tls-25 and
 * -29, section 5.8. */
static const struct tt_quic_version versions[] = {
    {.first = 1,
     .last = 1,
     .prefix = "quic ",
     .types = TYPES_1,
     .salt = SALT_1,
     .retry_sealed = true,
     .retry_key = RETRY_KEY_1,
     .retry_nonce = RETRY_NONCE_1},
    {.first = 0x6b3343cf,
     .last = 0x6b3343cf,
     .prefix = "quicv2 ",
     .types = TYPES_2,
     .salt = {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
              0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
     .retry_sealed = true,
     .retry_key = {0x8f, 0xb4, 0xb0, 0x1b, 0x56, 0xac, 0x48, 0xe2, 0x60, 0xfb, 0xcb, 0xce, 0xad,
                   0x7c, 0xcc, 0x92},
     .retry_nonce = {0xd8, 0x69, 0x69, 0xbc, 0x2d, 0x7c, 0x6d, 0x99, 0x90, 0xef, 0xb0, 0x4a}},
    /* draft-ietf-quic-v2-01 and later */
    {.first = 0x709a50c4,
     .last = 0x709a50c4,
     .prefix = "quicv2 ",
     .types = TYPES_2,
     .salt = {0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d,
              0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3},
     .retry_sealed = true,
     .retry_key = {0xba, 0x85, 0x8d, 0xc7, 0xb4, 0x3d, 0xe5, 0xdb, 0xf8, 0x76, 0x17, 0xff, 0x4a,
                   0xb2, 0x53, 0xdb},
     .retry_nonce = {0x14, 0x1b, 0x99, 0xc2, 0x39, 0xb0, 0x3e, 0x78, 0x5d, 0x6a, 0x2e, 0x9f}},
    {.first = 0xff000016,
     .last = 0xff000016,
     .prefix = "quic ",
     .types = TYPES_1,
     .salt = {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
              0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a}},
    {.first = 0xff000017, .last = 0xff000018, .prefix = "quic ", .types = TYPES_1, .salt = SALT_23},
    {.first = 0xff000019,
     .last = 0xff00001c,
     .prefix = "quic ",
     .types = TYPES_1,
     .salt = SALT_23,
     .retry_sealed = true,
     .retry_key = {0x4d, 0x32, 0xec, 0xdb, 0x2a, 0x21, 0x33, 0xc8, 0x41, 0xe4, 0x04, 0x3d, 0xf2,
                   0x7d, 0x44, 0x30},
     .retry_nonce = {0x4d, 0x16, 0x11, 0xd0, 0x55, 0x13, 0xa5, 0x52, 0xc5, 0x87, 0xd5, 0x75}},
    {.first = 0xff00001d,
     .last = 0xff000020,
     .prefix = "quic ",
     .types = TYPES_1,
     .salt = {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
              0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
     .retry_sealed = true,
     .retry_key = {0xcc, 0xce, 0x18, 0x7e, 0xd0, 0x9a, 0x09, 0xd0, 0x57, 0x28, 0x15, 0x5a, 0x6c,
                   0xb9, 0x6b, 0xe1},
     .retry_nonce = {0xe5, 0x49, 0x30, 0xf9, 0x7f, 0x21, 0x36, 0xf0, 0x53, 0x0a, 0x8c, 0x1c}},
    {.first = 0xff000021,
     .last = 0xff000022,
     .prefix = "quic ",
     .types = TYPES_1,
     .salt = SALT_1,
     .retry_sealed = true,
     .retry_key = RETRY_KEY_1,
     .retry_nonce = RETRY_NONCE_1},
};

const struct tt_quic_version *tt_quic_version_find(uint32_t number)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(versions); i++)
        if (number >= versions[i].first && number <= versions[i].last)
            return &versions[i];
    return NULL;
}

bool tt_quic_version_known(uint32_t number)
{
    if (tt_quic_version_find(number) != NULL || (number & 0x0f0f0f0fU) == 0x0a0a0a0aU)
        return true;
    uint32_t high = number & 0xffffff00U;
    /* Drafts, "Q0nn" and "T0nn" of Google, Facebook's mvfst. */
    return high == 0xff000000U || (number & 0xffff0000U) == 0x51300000U ||
           (number & 0xffff0000U) == 0x54300000U || high == 0xfaceb000U;
}

uint64_t tt_quic_varint(struct tt_reader *reader)
{
    uint8_t first = tt_read_u8(reader);
    uint64_t value = first & 0x3fU;
    size_t more = ((size_t)1 << (first >> 6)) - 1;
    if (more == 0)
        return value;
    return value << (8 * more) | tt_read_be(reader, more);
}

uint64_t tt_quic_number(uint64_t truncated, unsigned bits, uint64_t expected)
{
    uint64_t window = (uint64_t)1 << bits;
    uint64_t half = window / 2;
    uint64_t number = (expected & ~(window - 1)) | truncated;
    if (number + half <= expected && number < ((uint64_t)1 << 62) - window)
        return number + window;
    if (number > expected + half && number >= window)
        return number - window;
    return number;
}

/* What follows the version depends on it: RFC 9000, section 17.2. */
static bool read_long(struct tt_reader *reader, struct tt_quic_packet *packet)
{
    packet->type = (enum tt_quic_type)packet->version->types[packet->bytes.data[0] >> 4 & 3U];
    if (packet->type == TT_QUIC_TYPE_RETRY) {
        if (!packet->version->retry_sealed)
            packet->body = tt_read_span(reader, tt_read_u8(reader));
        size_t tag = packet->version->retry_sealed ? TT_QUIC_TAG_LEN : 0;
        if (tt_reader_left(reader) < tag)
            return false;
        packet->token = tt_read_span(reader, tt_reader_left(reader) - tag);
        tt_read_skip(reader, tag);
        return !reader->failed;
    }
    if (packet->type == TT_QUIC_TYPE_INITIAL) {
        uint64_t len = tt_quic_varint(reader);
        if (len > tt_reader_left(reader))
            return false;
        packet->token = tt_read_span(reader, (size_t)len);
    }
    uint64_t len = tt_quic_varint(reader);
    packet->number_at = reader->at;
    packet->cut = len > tt_reader_left(reader);
    tt_read_skip(reader, packet->cut ? tt_reader_left(reader) : (size_t)len);
    return !reader->failed;
}

bool tt_quic_packet_read(struct tt_span datagram, size_t cid_len, struct tt_quic_packet *ret_packet)
{
    struct tt_quic_packet packet = {.type = TT_QUIC_TYPE_SHORT, .bytes = datagram};
    struct tt_reader reader = tt_reader_of(datagram);
    uint8_t first = tt_read_u8(&reader);
    if ((first & TT_QUIC_LONG_BIT) == 0) {
        packet.dcid = tt_read_span(&reader, cid_len);
        packet.number_at = 1 + cid_len;
        if (reader.failed)
            return false;
        *ret_packet = packet;
        return true;
    }
    packet.number = tt_read_u32(&reader);
    packet.dcid = tt_read_span(&reader, tt_read_u8(&reader));
    packet.scid = tt_read_span(&reader, tt_read_u8(&reader));
    packet.version = tt_quic_version_find(packet.number);
    if (reader.failed)
        return false;
    if (packet.number == 0) {
        packet.type = TT_QUIC_TYPE_NEGOTIATION;
        packet.body = tt_read_rest(&reader);
        *ret_packet = packet;
        return packet.body.len > 0 && packet.body.len % 4 == 0;
    }
    if (packet.version == NULL) {
        packet.type = TT_QUIC_TYPE_OTHER;
        *ret_packet = packet;
        return tt_quic_version_known(packet.number);
    }
    if (packet.dcid.len > TT_QUIC_CID_MAX || packet.scid.len > TT_QUIC_CID_MAX ||
        !read_long(&reader, &packet))
        return false;
    packet.bytes.len = reader.at;
    *ret_packet = packet;
    return true;
}
