/* Inside net/: IP datagrams put together from their fragments (RFC 791 section 3.2, RFC 8200
 * section 4.5).
 *
 * Policy for fragments that overlap: the first copy of a byte wins, for IPv4 and IPv6; different
 * bytes give the note "ip.fragment_conflict". (RFC 5722 has IPv6 receivers drop such datagrams;
 * we look on, and drop nothing that may have been read.) A datagram that stays incomplete, because
 * a fragment is missing or a cap is reached, is handed on as it stands: each run of bytes that hang
 * together is one datagram of an IP flow, and the note "ip.fragment_incomplete" tells. */
#ifndef TT_NET_FRAGMENT_H
#define TT_NET_FRAGMENT_H

#include "net/index.h"
#include "net/joined.h"
#include "net/packet.h"

struct tt_datagram;

/* All zero but for `seed` and `pool.max` is empty. */
struct tt_fragments {
    struct tt_index index;
    uint64_t seed;
    struct tt_reorder_pool pool; /* the bytes; its owners are struct tt_datagram, oldest first */
    struct tt_joined whole;
    struct tt_joined run; /* a part of one that is given up: a fragment may lie in `whole` */
};

struct tt_fragment {
    uint32_t id;
    uint8_t protocol; /* of the datagram: what follows when it is whole */
    size_t offset;    /* bytes */
    bool more;        /* not the last one */
};

/* Takes a packet whose `bytes` are the payload of a fragment. When it makes a datagram whole, the
 * packet becomes that datagram and is not taken: `bytes` is valid until the next call. */
void tt_fragments_take(struct tt_net *net, struct tt_packet *packet,
                       const struct tt_fragment *fragment);

/* Hands on the datagrams that have waited too long by the clock. */
void tt_fragments_expire(struct tt_net *net);

/* Hands on all of them. */
void tt_fragments_flush(struct tt_net *net);

/* Frees everything. */
void tt_fragments_free(struct tt_fragments *fragments);

#endif
