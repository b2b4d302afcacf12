/* Builds 802.11 frames. Side 0 is a station, side 1 what it talks to (as in maker.h); the access
 * point is 02:00:00:00:00:0a. */
#ifndef TEST_NET_WLAN_MAKER_H
#define TEST_NET_WLAN_MAKER_H

#include "net/maker.h"

enum { WLAN_DATA = 0x08, WLAN_QOS_DATA = 0x88, WLAN_NULL = 0x48, WLAN_BEACON = 0x80 };
enum {
    WLAN_TO_DS = 0x01,
    WLAN_FROM_DS = 0x02,
    WLAN_MORE = 0x04,
    WLAN_RETRY = 0x08,
    WLAN_PROTECTED = 0x40,
    WLAN_ORDER = 0x80
};

struct wlan_header {
    unsigned control; /* first byte of frame control */
    unsigned flags;   /* second */
    unsigned sequence;
    unsigned fragment;
    unsigned qos; /* QoS control, for those that have it */
};

static inline void make_ap(struct maker *maker)
{
    make_bytes(maker, "\x02\0\0\0\0\x0a", 6);
}

static inline void make_le16(struct maker *maker, unsigned value)
{
    make_u8(maker, value);
    make_u8(maker, value >> 8);
}

static inline void make_wlan_addresses(struct maker *maker, unsigned ds)
{
    if (ds == WLAN_TO_DS) {
        make_ap(maker);
        make_mac(maker, 0);
        make_mac(maker, 1);
    } else if (ds == WLAN_FROM_DS) {
        make_mac(maker, 1);
        make_ap(maker);
        make_mac(maker, 0);
    } else if (ds == 0) {
        make_mac(maker, 1);
        make_mac(maker, 0);
        make_ap(maker);
    } else {
        make_ap(maker);
        make_ap(maker);
        make_mac(maker, 1);
    }
}

static inline void make_wlan(struct maker *maker, struct wlan_header header)
{
    unsigned ds = header.flags & (WLAN_TO_DS | WLAN_FROM_DS);
    bool data = (header.control & 0x0c) == 0x08;
    bool qos = data && (header.control & 0x80) != 0;
    make_u8(maker, header.control);
    make_u8(maker, header.flags);
    make_u16(maker, 0x3000);
    make_wlan_addresses(maker, data ? ds : 0);
    make_le16(maker, header.sequence << 4 | header.fragment);
    if (data && ds == (WLAN_TO_DS | WLAN_FROM_DS))
        make_mac(maker, 0);
    if (qos)
        make_le16(maker, header.qos);
    if ((header.flags & WLAN_ORDER) != 0 && (qos || !data))
        make_u32(maker, 0x11223344);
}

static inline void make_snap(struct maker *maker, unsigned type)
{
    make_bytes(maker, "\xaa\xaa\x03\0\0\0", 6);
    make_u16(maker, type);
}

/* Of the bytes from `from` on; bit by bit, unlike the code under test. */
static inline void make_fcs(struct maker *maker, size_t from)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = from; i < maker->len; i++) {
        crc ^= maker->bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
    }
    for (unsigned i = 0; i < 4; i++)
        make_u8(maker, ~crc >> (8 * i));
}

/* A radiotap header with these flags. */
static inline void make_radiotap(struct maker *maker, unsigned flags)
{
    make_bytes(maker, "\0\0\x09\0\x02\0\0\0", 8);
    make_u8(maker, flags);
}

#endif
