#include "gen_packet.h"

#include <string.h>

enum {
    ETHERNET = 14,
    IPV4 = 20,
    IPV6 = 40,
    TCP = 32,     /* with the timestamp option */
    TCP_SYN = 44, /* with all options */
    UDP = 8,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17
};

static const uint8_t ROUTER_MAC[6] = {0x02, 0x00, 0x5e, 0x10, 0x00, 0x01};

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/* The sum of RFC 1071 over 32-bit words as they lie in memory: folding makes it the 16-bit sum in
 * memory order, whatever the byte order of the machine. */
static uint64_t sum(uint64_t total, const uint8_t *bytes, size_t len)
{
    size_t at = 0;
    for (; len - at >= 4; at += 4) {
        uint32_t word;
        memcpy(&word, bytes + at, sizeof(word));
        total += word;
    }
    uint8_t rest[4] = {0};
    memcpy(rest, bytes + at, len - at);
    uint32_t word;
    memcpy(&word, rest, sizeof(word));
    return total + word;
}

static uint16_t fold(uint64_t total)
{
    while (total >> 16 != 0)
        total = (total & 0xffff) + (total >> 16);
    return (uint16_t)~total;
}

static size_t ip_len(const struct gen_path *path)
{
    return path->ends[0].v6 ? IPV6 : IPV4;
}

/* Ethernet and IP headers before `len` bytes of transport; returns the start of the sum over the
 * pseudo header. */
static uint64_t put_outer(struct gen_path *path, enum gen_side from, uint8_t protocol, size_t len,
                          struct gen_frame *frame)
{
    uint8_t *eth = frame->bytes;
    uint8_t *ip = eth + ETHERNET;
    const struct gen_addr *src = &path->ends[from];
    const struct gen_addr *dst = &path->ends[1 - from];
    memcpy(eth, from == GEN_PHONE ? ROUTER_MAC : path->mac, 6);
    memcpy(eth + 6, from == GEN_PHONE ? path->mac : ROUTER_MAC, 6);
    frame->len = ETHERNET + ip_len(path) + len;
    uint8_t pseudo[4] = {0, protocol};
    put16(pseudo + 2, len);
    if (src->v6) {
        put16(eth + 12, 0x86dd);
        memset(ip, 0, 8);
        ip[0] = 0x60;
        put16(ip + 4, len);
        ip[6] = protocol;
        ip[7] = from == GEN_PHONE ? 64 : 53;
        memcpy(ip + 8, src->bytes, 16);
        memcpy(ip + 24, dst->bytes, 16);
        return sum(sum(0, pseudo, sizeof(pseudo)), ip + 8, 32);
    }
    put16(eth + 12, 0x0800);
    memset(ip, 0, IPV4);
    ip[0] = 0x45;
    put16(ip + 2, IPV4 + len);
    put16(ip + 4, path->ip_id++);
    ip[6] = 0x40; /* do not fragment */
    ip[8] = from == GEN_PHONE ? 64 : 53;
    ip[9] = protocol;
    memcpy(ip + 12, src->bytes, 4);
    memcpy(ip + 16, dst->bytes, 4);
    uint16_t check = fold(sum(0, ip, IPV4));
    memcpy(ip + 10, &check, sizeof(check));
    return sum(sum(0, pseudo, sizeof(pseudo)), ip + 12, 8);
}

size_t gen_packet_mss(const struct gen_path *path)
{
    return GEN_FRAME_MAX - ETHERNET - ip_len(path) - TCP;
}

uint8_t *gen_packet_tcp_data(const struct gen_path *path, struct gen_frame *frame)
{
    return frame->bytes + ETHERNET + ip_len(path) + TCP;
}

/* The options behind the fixed header: timestamps always, the rest with a SYN. Returns the length
 * of the whole header. */
static size_t put_options(const struct gen_path *path, const struct gen_tcp *tcp, uint8_t *at)
{
    static const uint8_t opening[8] = {1, 1, 4, 2, 1, 3, 3, 7}; /* SACK permitted, window scale 7 */
    static const uint8_t timestamp[4] = {1, 1, 8, 10};
    bool syn = (tcp->flags & GEN_TCP_SYN) != 0;
    if (syn) {
        at[0] = 2; /* MSS */
        at[1] = 4;
        put16(at + 2, gen_packet_mss(path) + 12);
        memcpy(at + 4, opening, sizeof(opening));
        at += 12;
    }
    memcpy(at, timestamp, sizeof(timestamp));
    put32(at + 4, tcp->clock);
    put32(at + 8, tcp->echo);
    return syn ? TCP_SYN : TCP;
}

void gen_packet_tcp(struct gen_path *path, const struct gen_tcp *tcp, size_t len,
                    struct gen_frame *frame)
{
    uint8_t *at = frame->bytes + ETHERNET + ip_len(path);
    put16(at, path->ports[tcp->from]);
    put16(at + 2, path->ports[1 - tcp->from]);
    put32(at + 4, tcp->seq);
    put32(at + 8, tcp->ack);
    size_t header = put_options(path, tcp, at + 20);
    at[12] = (uint8_t)(header / 4 << 4);
    at[13] = (uint8_t)tcp->flags;
    put16(at + 14, (tcp->flags & GEN_TCP_SYN) != 0 ? 65535 : 2058);
    memset(at + 16, 0, 4);
    uint64_t total = put_outer(path, tcp->from, PROTOCOL_TCP, header + len, frame);
    uint16_t check = fold(sum(total, at, header + len));
    memcpy(at + 16, &check, sizeof(check));
}

void gen_packet_udp(struct gen_path *path, enum gen_side from, const void *bytes, size_t len,
                    struct gen_frame *frame)
{
    uint8_t *at = frame->bytes + ETHERNET + ip_len(path);
    put16(at, path->ports[from]);
    put16(at + 2, path->ports[1 - from]);
    put16(at + 4, UDP + len);
    memset(at + 6, 0, 2);
    memcpy(at + UDP, bytes, len);
    uint64_t total = put_outer(path, from, PROTOCOL_UDP, UDP + len, frame);
    uint16_t check = fold(sum(total, at, UDP + len));
    if (check == 0)
        check = 0xffff; /* RFC 768: 0 would say that there is none */
    memcpy(at + 6, &check, sizeof(check));
}
