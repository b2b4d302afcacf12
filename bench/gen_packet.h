/* Ethernet frames with IPv4 or IPv6 and TCP or UDP inside, with right checksums, between the phone
 * and one host. */
#ifndef BENCH_GEN_PACKET_H
#define BENCH_GEN_PACKET_H

#include "gen_wire.h"

struct gen_addr {
    bool v6;
    uint8_t bytes[16]; /* IPv4: the first 4 */
};

enum gen_side { GEN_PHONE = 0, GEN_HOST = 1 };

/* Between whom. `mac` is that of the phone; the router's is fixed. */
struct gen_path {
    const uint8_t *mac;
    struct gen_addr ends[2]; /* by enum gen_side */
    uint16_t ports[2];
    uint16_t ip_id;
};

enum { GEN_TCP_FIN = 0x01, GEN_TCP_SYN = 0x02, GEN_TCP_PSH = 0x08, GEN_TCP_ACK = 0x10 };

struct gen_tcp {
    enum gen_side from;
    unsigned flags;
    uint32_t seq;
    uint32_t ack;
    uint32_t clock; /* of the timestamp option (RFC 7323), and the echo of the other side's */
    uint32_t echo;
};

/* The most TCP data that fits behind the timestamp option: 1448 over IPv4, 1428 over IPv6. */
size_t gen_packet_mss(const struct gen_path *path);

/* Where TCP data goes in the frame; gen_packet_tcp then puts the headers before `len` bytes of it
 * (a SYN has none). */
uint8_t *gen_packet_tcp_data(const struct gen_path *path, struct gen_frame *frame);
void gen_packet_tcp(struct gen_path *path, const struct gen_tcp *tcp, size_t len,
                    struct gen_frame *frame);

/* A whole UDP datagram; `len` at most 1400. */
void gen_packet_udp(struct gen_path *path, enum gen_side from, const void *bytes, size_t len,
                    struct gen_frame *frame);

#endif
