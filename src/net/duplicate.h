/* Inside net/: IP packets that the capture holds twice.
 *
 * A mirror port that copies both ways in and out, a capture on all interfaces, and captures of two
 * places merged into one hold a packet more than once. It is one packet: the copy is counted
 * (totals, the flow's `repeated`, note "net.duplicate"), and goes no further, so that it changes
 * neither what was said how often nor the times of a handshake.
 *
 * A copy is equal from the IP header on to the end of what IP counts, but for what routers change:
 * TTL or hop limit, type of service or traffic class, and the header checksum. Addresses, ports and
 * numbers must be equal: a packet behind a NAT is not a copy. The link header does not count.
 *
 * Senders repeat themselves, too. An IPv4 packet with an identification (RFC 6864: a number that
 * the sender does not use again soon; retransmissions get a new one) is a copy within
 * TT_DUPLICATE_MICROSECONDS: a mirror port and the next router need no longer, retransmissions come
 * much later (200 ms), and so do most senders that number all their packets alike.
 * Without one (identification 0, all of IPv6) it is a copy only within
 * TT_DUPLICATE_UNNUMBERED_MICROSECONDS: no retransmission timer is so short, and a datagram sent
 * twice by intent in that time is the only thing mistaken; it has told nothing new. Frames without
 * a time, or made up by a program, are never copies.
 *
 * Bytes are told equal by a keyed 64-bit hash of all of them, so nobody can make a packet pass for
 * the copy of another one. The last TT_DUPLICATE_PACKETS_MAX packets are remembered, about: a
 * packet replaces the oldest one of the four with which it shares a place. */
#ifndef TT_NET_DUPLICATE_H
#define TT_NET_DUPLICATE_H

#include "net/packet.h"

struct tt_duplicate_bucket;

struct tt_duplicates {
    struct tt_duplicate_bucket *buckets; /* made with the first packet */
    uint8_t key[192];
};

void tt_duplicates_init(struct tt_duplicates *duplicates, uint64_t seed);

/* Sets `packet->repeated` and tells, when the packet is a copy. Its `bytes` must stand behind the
 * IP header and end where IP does. `addresses`: where in the header the addresses begin; they and
 * all that follows them must be equal. `fixed`: the part of the header before them that no router
 * changes. `numbered`: that holds an identification. */
void tt_duplicates_check(struct tt_net *net, struct tt_packet *packet, const uint8_t *addresses,
                         uint64_t fixed, bool numbered);

/* Frees what was remembered. */
void tt_duplicates_free(struct tt_duplicates *duplicates);

#endif
