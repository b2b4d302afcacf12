#include "verify/quic_packet.h"

#include "base/compiler.h"
#include "base/reader.h"
#include "verify/head.h"

enum { CID_MAX = 20, SAMPLE = 16 };

static const struct tt_verify_quic_version versions[] = {
    {1,
     1,
     {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
      0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
     0,
     {"quic key", "quic iv", "quic hp", "quic ku"}},
    {0x6b3343cf,
     0x6b3343cf,
     {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
      0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
     1,
     {"quicv2 key", "quicv2 iv", "quicv2 hp", "quicv2 ku"}},
    {0x709a50c4, /* draft-ietf-quic-v2-01 and later */
     0x709a50c4,
     {0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d,
      0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3},
     1,
     {"quicv2 key", "quicv2 iv", "quicv2 hp", "quicv2 ku"}},
    {0xff000021,
     0xff000022,
     {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
      0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
     0,
     {"quic key", "quic iv", "quic hp", "quic ku"}},
    {0xff000016,
     0xff000016,
     {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
      0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a},
     0,
     {"quic key", "quic iv", "quic hp", "quic ku"}},
    {0xff00001d,
     0xff000020,
     {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
      0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
     0,
     {"quic key", "quic iv", "quic hp", "quic ku"}},
    {0xff000017,
     0xff00001c,
     {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
      0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
     0,
     {"quic key", "quic iv", "quic hp", "quic ku"}},
};

/* ---- keys ---- */

bool tt_verify_quic_keys_set(struct tt_verify_quic_keys *keys,
                             const struct tt_verify_quic_version *version,
                             const struct tt_verify_suite *suite, struct tt_span secret)
{
    if (suite == NULL || secret.len > sizeof(keys->secret))
        return false;
    keys->opener.suite = suite;
    keys->opener.version = 0x0304;
    memcpy(keys->secret, secret.data, secret.len);
    keys->secret_len = secret.len;
    bool ok =
        tt_verify_opener_secret(&keys->opener, secret, version->labels[0], version->labels[1]) &&
        tt_verify_expand(suite->hash, secret, version->labels[2], keys->mask, suite->key);
    keys->suite = ok ? suite : NULL;
    return ok;
}

bool tt_verify_quic_keys_update(const struct tt_verify_quic_version *version,
                                struct tt_verify_quic_keys *keys)
{
    uint8_t next[TT_VERIFY_HASH_MAX];
    const char *hash = keys->suite->hash;
    if (!tt_verify_expand(hash, tt_span_of(keys->secret, keys->secret_len), version->labels[3],
                          next, keys->secret_len))
        return false;
    memcpy(keys->secret, next, keys->secret_len);
    return tt_verify_opener_secret(&keys->opener, tt_span_of(next, keys->secret_len),
                                   version->labels[0], version->labels[1]);
}

/* ---- packets ---- */

static const struct tt_verify_quic_version *find_version(uint32_t number)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(versions); i++)
        if (number >= versions[i].first && number <= versions[i].last)
            return &versions[i];
    return NULL;
}

bool tt_verify_quic_packet_next(struct tt_span *rest, struct tt_verify_quic_packet *ret_packet)
{
    struct tt_reader reader = tt_reader_of(*rest);
    uint8_t first = tt_read_u8(&reader);
    uint32_t number = (uint32_t)tt_read_be(&reader, 4);
    struct tt_verify_quic_packet packet = {.is_long = true, .version = find_version(number)};
    for (unsigned i = 0; i < 2; i++)
        packet.cids[i] = tt_read_span(&reader, tt_read_u8(&reader));
    struct tt_span tail = tt_read_rest(&reader);
    uint64_t len = 0;
    if (reader.failed || packet.version == NULL || packet.cids[0].len > CID_MAX ||
        packet.cids[1].len > CID_MAX)
        return false;
    packet.type = (enum tt_verify_quic_type)(((first >> 4 & 3U) + 4U - packet.version->turn) & 3U);
    if (packet.type == TT_VERIFY_QUIC_TYPE_RETRY)
        return false;
    if (packet.type == TT_VERIFY_QUIC_TYPE_INITIAL) {
        if (!tt_verify_varint(&tail, &len) || len > tail.len)
            return false;
        tail = tt_span_from(tail, (size_t)len);
    }
    if (!tt_verify_varint(&tail, &len) || len > tail.len)
        return false;
    packet.number_at = rest->len - tail.len;
    packet.bytes = tt_span_sub(*rest, 0, packet.number_at + (size_t)len);
    *rest = tt_span_from(*rest, packet.bytes.len);
    *ret_packet = packet;
    return true;
}

/* The whole number from its lower bytes: RFC 9000, appendix A.3. */
static uint64_t whole_number(uint64_t largest, uint64_t low, unsigned len)
{
    uint64_t window = (uint64_t)1 << 8 * len;
    uint64_t expected = largest + 1;
    uint64_t number = (expected & ~(window - 1)) | low;
    if (number + window / 2 <= expected)
        return number + window;
    return number > expected + window / 2 && number >= window ? number - window : number;
}

bool tt_verify_quic_packet_open(const struct tt_verify_quic_keys *keys,
                                const struct tt_verify_quic_packet *packet, uint64_t *largest,
                                struct tt_buf *out)
{
    uint8_t mask[SAMPLE];
    uint8_t header[TT_VERIFY_QUIC_PACKET_MAX / 16];
    struct tt_span tail = tt_span_from(packet->bytes, packet->number_at);
    if (keys->suite == NULL || tail.len < 4 + SAMPLE || packet->number_at + 4 > sizeof(header) ||
        !tt_verify_mask(keys->suite, keys->mask, tail.data + 4, mask))
        return false;
    memcpy(header, packet->bytes.data, packet->number_at + 4);
    header[0] ^= mask[0] & (packet->is_long ? 0x0fU : 0x1fU);
    unsigned len = (header[0] & 3U) + 1U;
    uint64_t low = 0;
    for (unsigned i = 0; i < len; i++) {
        header[packet->number_at + i] ^= mask[1 + i];
        low = low << 8 | header[packet->number_at + i];
    }
    uint64_t number = whole_number(*largest, low, len);
    uint8_t nonce[12];
    memcpy(nonce, keys->opener.iv, sizeof(nonce));
    for (unsigned i = 0; i < 8; i++)
        nonce[11 - i] ^= (uint8_t)(number >> 8 * i);
    if (!tt_verify_aead(keys->suite, keys->opener.key, nonce,
                        tt_span_of(header, packet->number_at + len), tt_span_from(tail, len), out))
        return false;
    if (number > *largest)
        *largest = number;
    return true;
}
