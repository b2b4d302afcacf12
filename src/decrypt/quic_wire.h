/* Inside decrypt/: QUIC as it stands on the wire, before any key: versions, packets, varints. Pure
 * functions; everything they give is borrowed.
 *
 * RFC 8999 (what all versions share), RFC 9000, sections 16 and 17, RFC 9369 (version 2); the
 * drafts draft-ietf-quic-transport-22 to -34, whose numbers are 0xff000000 + draft. */
#ifndef TT_DECRYPT_QUIC_WIRE_H
#define TT_DECRYPT_QUIC_WIRE_H

#include "base/err.h"
#include "base/reader.h"
#include "base/span.h"

enum {
    TT_QUIC_CID_MAX = 20,
    TT_QUIC_SALT_LEN = 20,
    TT_QUIC_TAG_LEN = 16,
    TT_QUIC_NUMBER_MAX = 4, /* bytes of a packet number */
    TT_QUIC_FIXED_BIT = 0x40,
    TT_QUIC_LONG_BIT = 0x80
};

/* The levels of protection (RFC 9001, section 2.1), in the order in which they come into use. */
enum tt_quic_level {
    TT_QUIC_INITIAL,
    TT_QUIC_EARLY, /* 0-RTT */
    TT_QUIC_HANDSHAKE,
    TT_QUIC_TRAFFIC, /* 1-RTT */
    TT_QUIC_LEVEL_COUNT
};

struct tt_quic_version {
    uint32_t first; /* numbers, both included */
    uint32_t last;
    const char *prefix; /* of the labels of packet protection: "quic ", "quicv2 " */
    uint8_t types[4];   /* what the two bits of a long header mean: enum tt_quic_type */
    uint8_t salt[TT_QUIC_SALT_LEN];
    bool retry_sealed; /* a Retry ends in an integrity tag */
    uint8_t retry_key[16];
    uint8_t retry_nonce[12];
};

/* NULL: not one that can be opened here. */
const struct tt_quic_version *tt_quic_version_find(uint32_t number);

/* A number that belongs to QUIC, whether it can be opened or not: also other drafts, those reserved
 * to be refused (RFC 9000, section 15), Google's and Facebook's own. */
bool tt_quic_version_known(uint32_t number);

enum tt_quic_type {
    TT_QUIC_TYPE_INITIAL, /* the first four are also the levels */
    TT_QUIC_TYPE_EARLY,
    TT_QUIC_TYPE_HANDSHAKE,
    TT_QUIC_TYPE_SHORT,
    TT_QUIC_TYPE_RETRY,
    TT_QUIC_TYPE_NEGOTIATION,
    TT_QUIC_TYPE_OTHER /* of a version that is not read: up to the end of the datagram */
};

struct tt_quic_packet {
    enum tt_quic_type type;
    uint32_t number;                       /* of the version; 0 in short headers */
    const struct tt_quic_version *version; /* NULL in short headers, negotiation and OTHER */
    struct tt_span bytes;                  /* all of it */
    struct tt_span dcid;
    struct tt_span scid;  /* long headers */
    struct tt_span token; /* Initial, Retry */
    struct tt_span body;  /* Retry: original connection id of the drafts up to 24; negotiation: the
                           * versions */
    size_t number_at;     /* where the packet number stands; 0 in packets without */
    bool cut;             /* it says to be longer than the datagram is */
};

/* The packet at the front of what is left of a datagram. `cid_len`: of the destination in a short
 * header. False when it is malformed. */
TT_MUST_USE bool tt_quic_packet_read(struct tt_span datagram, size_t cid_len,
                                     struct tt_quic_packet *ret_packet);

/* A variable-length integer (RFC 9000, section 16). */
uint64_t tt_quic_varint(struct tt_reader *reader);

/* The packet number whose lowest `bits` are `truncated` that is nearest to `expected` (RFC 9000,
 * appendix A.3). */
uint64_t tt_quic_number(uint64_t truncated, unsigned bits, uint64_t expected);

#endif
