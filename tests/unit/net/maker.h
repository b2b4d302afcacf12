/* Builds frames, header by header: each call appends. Lengths are told, so that they may lie. */
#ifndef TEST_NET_MAKER_H
#define TEST_NET_MAKER_H

#include "base/compiler.h"
#include "base/span.h"

#include <stdlib.h>

struct maker {
    uint8_t bytes[70000];
    size_t len;
};

static inline void make_bytes(struct maker *maker, const void *bytes, size_t len)
{
    if (len > sizeof(maker->bytes) - maker->len)
        abort();
    if (len > 0)
        memcpy(maker->bytes + maker->len, bytes, len);
    maker->len += len;
}

static inline void make_text(struct maker *maker, const char *text)
{
    make_bytes(maker, text, strlen(text));
}

static inline void make_u8(struct maker *maker, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    make_bytes(maker, &byte, 1);
}

static inline void make_u16(struct maker *maker, unsigned value)
{
    make_u8(maker, value >> 8);
    make_u8(maker, value);
}

static inline void make_u32(struct maker *maker, uint32_t value)
{
    make_u16(maker, value >> 16);
    make_u16(maker, value & 0xffff);
}

static inline void make_fill(struct maker *maker, unsigned value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        make_u8(maker, value);
}

/* Side 0 is 02:00:00:00:00:01, 192.0.2.1 and 2001:db8::1; side 1 is ...:02, 198.51.100.2 and
 * 2001:db8::2. */
static inline void make_mac(struct maker *maker, unsigned side)
{
    make_u8(maker, 2);
    make_fill(maker, 0, 4);
    make_u8(maker, side + 1);
}

static inline void make_ethernet(struct maker *maker, unsigned from, unsigned type)
{
    make_mac(maker, 1 - from);
    make_mac(maker, from);
    make_u16(maker, type);
}

static inline void make_ipv4_addr(struct maker *maker, unsigned side)
{
    make_u32(maker, side == 0 ? 0xc0000201 : 0xc6336402);
}

struct ipv4 {
    unsigned from;
    unsigned protocol;
    size_t payload; /* for the total length */
    bool no_total;  /* total length 0 */
    unsigned id;
    unsigned offset; /* in bytes */
    bool more;
    size_t options; /* bytes, a multiple of 4 */
};

static inline void make_ipv4(struct maker *maker, struct ipv4 ip)
{
    make_u8(maker, 0x40U | (unsigned)(5 + ip.options / 4));
    make_u8(maker, 0);
    make_u16(maker, ip.no_total ? 0 : (unsigned)(20 + ip.options + ip.payload));
    make_u16(maker, ip.id);
    make_u16(maker, ip.offset / 8 | (ip.more ? 0x2000U : 0));
    make_u8(maker, 64);
    make_u8(maker, ip.protocol);
    make_u16(maker, 0);
    make_ipv4_addr(maker, ip.from);
    make_ipv4_addr(maker, 1 - ip.from);
    make_fill(maker, 1, ip.options);
}

static inline void make_ipv6(struct maker *maker, unsigned from, unsigned next, size_t payload)
{
    make_u32(maker, 0x60000000);
    make_u16(maker, (unsigned)payload);
    make_u8(maker, next);
    make_u8(maker, 64);
    for (unsigned i = 0; i < 2; i++) {
        make_u32(maker, 0x20010db8);
        make_fill(maker, 0, 11);
        make_u8(maker, 1 + (i == 0 ? from : 1 - from));
    }
}

static inline void make_ipv6_fragment(struct maker *maker, unsigned next, unsigned offset,
                                      bool more, uint32_t id)
{
    make_u8(maker, next);
    make_u8(maker, 0);
    make_u16(maker, offset | (more ? 1U : 0));
    make_u32(maker, id);
}

enum { CLIENT_PORT = 40000, SERVER_PORT = 80 };

static inline void make_ports(struct maker *maker, unsigned from)
{
    make_u16(maker, from == 0 ? CLIENT_PORT : SERVER_PORT);
    make_u16(maker, from == 0 ? SERVER_PORT : CLIENT_PORT);
}

static inline void make_udp(struct maker *maker, unsigned from, size_t payload)
{
    make_ports(maker, from);
    make_u16(maker, (unsigned)(8 + payload));
    make_u16(maker, 0);
}

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static inline void make_tcp(struct maker *maker, unsigned from, uint32_t seq, uint32_t ack,
                            unsigned flags)
{
    make_ports(maker, from);
    make_u32(maker, seq);
    make_u32(maker, ack);
    make_u8(maker, 0x50);
    make_u8(maker, flags);
    make_u16(maker, 65535);
    make_u32(maker, 0);
}

/* A whole TCP segment in IPv4 in Ethernet. */
static inline void make_segment(struct maker *maker, unsigned from, uint32_t seq, uint32_t ack,
                                unsigned flags, struct tt_span data)
{
    maker->len = 0;
    make_ethernet(maker, from, 0x0800);
    make_ipv4(maker, (struct ipv4){.from = from, .protocol = 6, .payload = 20 + data.len});
    make_tcp(maker, from, seq, ack, flags);
    make_bytes(maker, data.data, data.len);
}

/* A whole UDP datagram in IPv4 in Ethernet. */
static inline void make_datagram(struct maker *maker, unsigned from, struct tt_span data)
{
    maker->len = 0;
    make_ethernet(maker, from, 0x0800);
    make_ipv4(maker, (struct ipv4){.from = from, .protocol = 17, .payload = 8 + data.len});
    make_udp(maker, from, data.len);
    make_bytes(maker, data.data, data.len);
}

#endif
