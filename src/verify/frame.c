#include "verify/frame.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "base/reader.h"

enum {
    WORK_MAX = 64,     /* headers of one frame that are still to be read */
    SCAN_MAX = 256,    /* bytes in which the start of an IP header is looked for */
    PENDING_MAX = 256, /* datagrams that are being put together */
    DATAGRAM_MAX = 65535,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    TCP_HEADER = 20,
    UDP_HEADER = 8,
    ICMP_HEADER = 8,
    CAPWAP_DATA = 5247
};

enum space { LINK, ETHERTYPE, PPP, LLC, IP, IP_PROTOCOL, LOOK };

/* A header that is to be read. */
struct work {
    enum space space;
    uint32_t number;
    struct tt_span bytes;
    struct tt_verify_place place; /* what is known so far */
};

/* A datagram that comes in fragments. */
struct pending {
    struct tt_addr addr[2];
    uint32_t id;
    uint8_t protocol;
    uint64_t first_frame;
    size_t total; /* 0: not known yet */
    size_t have;
    uint8_t *bytes;
    uint8_t *known; /* a byte for each byte */
};

struct tt_verify_frames {
    struct work work[WORK_MAX];
    size_t count;
    const struct tt_frame *frame;
    tt_verify_place_fn *found;
    void *context;
    enum tt_err err;
    struct pending pending[PENDING_MAX];
    size_t next;    /* the slot that gives way */
    uint8_t *whole; /* the datagram that was completed last */
};

struct tt_verify_frames *tt_verify_frames_new(void)
{
    return calloc(1, sizeof(struct tt_verify_frames));
}

static void clear(struct pending *pending)
{
    free(pending->bytes);
    free(pending->known);
    *pending = (struct pending){0};
}

void tt_verify_frames_free(struct tt_verify_frames *frames)
{
    if (frames == NULL)
        return;
    for (size_t i = 0; i < PENDING_MAX; i++)
        clear(&frames->pending[i]);
    free(frames->whole);
    free(frames);
}

static void add(struct tt_verify_frames *f, enum space space, uint32_t number, struct tt_span bytes,
                const struct tt_verify_place *place)
{
    if (f->count < WORK_MAX && bytes.len > 0)
        f->work[f->count++] =
            (struct work){.space = space, .number = number, .bytes = bytes, .place = *place};
}

static void tell(struct tt_verify_frames *f, struct tt_verify_place *place,
                 enum tt_verify_sort sort, struct tt_span bytes)
{
    place->sort = sort;
    place->bytes = bytes;
    if (f->err == TT_OK)
        f->err = f->found(f->context, place);
}

static uint32_t be(struct tt_span bytes, size_t at, size_t len)
{
    struct tt_reader reader = tt_reader_of(tt_span_from(bytes, at));
    return (uint32_t)tt_read_be(&reader, len);
}

/* ---- looking for IP ---- */

static bool checksum_fits(struct tt_span header)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < header.len; i += 2)
        sum += be(header, i, 2);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff;
}

/* The length of an IP packet that begins here, 0 for none. */
static size_t ip_at(struct tt_span in)
{
    if (in.len >= IPV4_HEADER && in.data[0] >> 4 == 4) {
        size_t header = (size_t)(in.data[0] & 15) * 4;
        size_t total = be(in, 2, 2);
        if (header >= IPV4_HEADER && total > header && total <= in.len &&
            checksum_fits(tt_span_sub(in, 0, header)))
            return total;
    }
    if (in.len > IPV6_HEADER && in.data[0] >> 4 == 6) {
        static const uint8_t known[] = {0, 6, 17, 43, 44, 58, 60, 132};
        size_t total = IPV6_HEADER + be(in, 4, 2);
        if (total > IPV6_HEADER && total <= in.len && memchr(known, in.data[6], sizeof(known)))
            return total;
    }
    return 0;
}

static void look_for_ip(struct tt_verify_frames *f, const struct work *work)
{
    for (size_t at = 0; at < work->bytes.len && at < SCAN_MAX; at++) {
        struct tt_span rest = tt_span_from(work->bytes, at);
        size_t len = ip_at(rest);
        if (len == 0)
            continue;
        add(f, IP, 0, tt_span_sub(rest, 0, len), &work->place);
        at += len - 1;
    }
}

/* ---- links ---- */

static struct tt_addr mac_at(struct tt_span bytes, size_t at)
{
    if (bytes.len < at + 6)
        return (struct tt_addr){0};
    return tt_addr_make(TT_ADDR_MAC, bytes.data + at);
}

static void read_ethernet(struct tt_verify_frames *f, struct work *work)
{
    work->place.mac[0] = mac_at(work->bytes, 6);
    work->place.mac[1] = mac_at(work->bytes, 0);
    tell(f, &work->place, TT_VERIFY_LINK, work->bytes);
    if (work->bytes.len > 14)
        add(f, ETHERTYPE, be(work->bytes, 12, 2), tt_span_from(work->bytes, 14), &work->place);
}

static void read_wlan(struct tt_verify_frames *f, struct work *work)
{
    struct tt_span in = work->bytes;
    if (in.len < 24)
        return;
    unsigned type = in.data[0] >> 2 & 3U;
    unsigned subtype = in.data[0] >> 4;
    uint8_t flags = in.data[1];
    size_t header = 24;
    work->place.mac[0] = mac_at(in, 10);
    work->place.mac[1] = mac_at(in, 4);
    if (type == 2) {
        if ((flags & 3U) == 3U)
            header += 6;
        if ((subtype & 8U) != 0)
            header += (flags & 0x80U) != 0 ? 6 : 2;
    } else if ((flags & 0x80U) != 0) {
        header += 4;
    }
    struct tt_span body = tt_span_from(in, header);
    tell(f, &work->place, TT_VERIFY_LINK, body);
    add(f, type == 2 ? LLC : LOOK, 0, body, &work->place);
    add(f, LOOK, 0, body, &work->place);
}

static void read_link(struct tt_verify_frames *f, struct work *work)
{
    struct tt_span in = work->bytes;
    size_t skip = 0;
    switch (work->number) {
    case 1: /* Ethernet */
        read_ethernet(f, work);
        return;
    case 105: /* 802.11 */
        read_wlan(f, work);
        return;
    case 127: /* radiotap */
        skip = in.len > 3 ? (size_t)(in.data[2] | in.data[3] << 8) : in.len;
        add(f, LINK, 105, tt_span_from(in, skip), &work->place);
        return;
    case 119: /* Prism */
        add(f, LINK, 105, tt_span_from(in, 144), &work->place);
        return;
    case 163: /* AVS */
        add(f, LINK, 105, tt_span_from(in, be(in, 4, 4)), &work->place);
        return;
    case 113: /* Linux cooked */
        tell(f, &work->place, TT_VERIFY_LINK, tt_span_from(in, 16));
        add(f, ETHERTYPE, be(in, 14, 2), tt_span_from(in, 16), &work->place);
        return;
    case 276: /* its version 2 */
        tell(f, &work->place, TT_VERIFY_LINK, tt_span_from(in, 20));
        add(f, ETHERTYPE, be(in, 0, 2), tt_span_from(in, 20), &work->place);
        return;
    case 0: /* null, loop */
    case 108:
        tell(f, &work->place, TT_VERIFY_LINK, tt_span_from(in, 4));
        add(f, IP, 0, tt_span_from(in, 4), &work->place);
        return;
    case 9: /* PPP */
        skip = in.len > 1 && in.data[0] == 0xff ? 2 : 0;
        add(f, PPP, 0, tt_span_from(in, skip), &work->place);
        return;
    case 12: /* raw IP */
    case 14:
    case 101:
    case 228:
    case 229:
        add(f, IP, 0, in, &work->place);
        return;
    default:
        tell(f, &work->place, TT_VERIFY_LINK, in);
        add(f, LOOK, 0, in, &work->place);
        return;
    }
}

static void read_llc(struct tt_verify_frames *f, struct work *work)
{
    struct tt_span in = work->bytes;
    bool snap = in.len > 8 && in.data[0] == 0xaa && in.data[1] == 0xaa;
    if (snap)
        add(f, ETHERTYPE, be(in, 6, 2), tt_span_from(in, 8), &work->place);
    else
        tell(f, &work->place, TT_VERIFY_LINK, tt_span_from(in, 3));
}

static void read_ppp(struct tt_verify_frames *f, struct work *work)
{
    struct tt_span in = work->bytes;
    size_t len = in.len > 0 && (in.data[0] & 1U) != 0 ? 1 : 2;
    uint32_t protocol = be(in, 0, len);
    tell(f, &work->place, TT_VERIFY_LINK, tt_span_from(in, len));
    add(f, protocol == 0x21 || protocol == 0x57 ? IP : LOOK, 0, tt_span_from(in, len),
        &work->place);
}

static void read_ethertype(struct tt_verify_frames *f, struct work *work)
{
    struct tt_span in = work->bytes;
    if (work->number <= 1500) {
        in = tt_span_sub(in, 0, work->number);
        tell(f, &work->place, TT_VERIFY_LINK, in);
        add(f, LLC, 0, in, &work->place);
        return;
    }
    tell(f, &work->place, TT_VERIFY_LINK, in);
    switch (work->number) {
    case 0x0800:
    case 0x86dd:
        add(f, IP, 0, in, &work->place);
        return;
    case 0x8100: /* VLAN tags */
    case 0x88a8:
    case 0x9100:
        add(f, ETHERTYPE, be(in, 2, 2), tt_span_from(in, 4), &work->place);
        return;
    case 0x8864: /* PPPoE */
        add(f, PPP, 0, tt_span_sub(in, 6, be(in, 4, 2)), &work->place);
        return;
    default:
        add(f, LOOK, 0, in, &work->place);
        return;
    }
}

/* ---- fragments ---- */

static struct pending *find_pending(struct tt_verify_frames *f, const struct work *work,
                                    uint32_t id, uint8_t protocol)
{
    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct pending *p = &f->pending[i];
        if (p->bytes != NULL && p->id == id && p->protocol == protocol &&
            tt_addr_eq(p->addr[0], work->place.addr[0]) &&
            tt_addr_eq(p->addr[1], work->place.addr[1]))
            return p;
    }
    struct pending *p = &f->pending[f->next++ % PENDING_MAX];
    clear(p);
    p->bytes = malloc(DATAGRAM_MAX);
    p->known = calloc(1, DATAGRAM_MAX);
    if (p->bytes == NULL || p->known == NULL) {
        clear(p);
        f->err = TT_ERR_MEMORY;
        return NULL;
    }
    p->addr[0] = work->place.addr[0];
    p->addr[1] = work->place.addr[1];
    p->id = id;
    p->protocol = protocol;
    p->first_frame = work->place.first_frame;
    return p;
}

/* One fragment; a datagram that is complete is read on. */
static void take_fragment(struct tt_verify_frames *f, struct work *work, uint32_t id,
                          uint8_t protocol, size_t offset, bool last, struct tt_span bytes)
{
    struct pending *p = find_pending(f, work, id, protocol);
    if (p == NULL || offset + bytes.len > DATAGRAM_MAX)
        return;
    for (size_t i = 0; i < bytes.len; i++) {
        if (p->known[offset + i] != 0)
            continue; /* the first copy stays */
        p->known[offset + i] = 1;
        p->bytes[offset + i] = bytes.data[i];
        p->have++;
    }
    if (last)
        p->total = offset + bytes.len;
    if (p->total == 0 || p->have < p->total)
        return;
    free(f->whole);
    f->whole = p->bytes;
    p->bytes = NULL;
    work->place.first_frame = p->first_frame;
    add(f, IP_PROTOCOL, protocol, tt_span_of(f->whole, p->total), &work->place);
    clear(p);
}

/* ---- IP ---- */

/* Bytes of the frame behind the IP packet. */
static void tell_behind(struct tt_verify_frames *f, const struct work *work, size_t len)
{
    struct tt_verify_place place = work->place;
    if (len < work->bytes.len)
        tell(f, &place, TT_VERIFY_LINK, tt_span_from(work->bytes, len));
}

static void read_ipv4(struct tt_verify_frames *f, struct work *work)
{
    struct tt_span in = work->bytes;
    size_t header = (size_t)(in.data[0] & 15) * 4;
    if (in.len < IPV4_HEADER || header < IPV4_HEADER)
        return;
    size_t total = be(in, 2, 2);
    tell_behind(f, work, total > header ? total : in.len);
    if (total > header)
        in = tt_span_sub(in, 0, total);
    work->place.addr[0] = tt_addr_make(TT_ADDR_IPV4, in.data + 12);
    work->place.addr[1] = tt_addr_make(TT_ADDR_IPV4, in.data + 16);
    struct tt_span rest = tt_span_from(in, header);
    uint32_t flags = be(in, 6, 2);
    if ((flags & 0x3fffU) != 0) {
        tell(f, &work->place, TT_VERIFY_IP, rest);
        take_fragment(f, work, be(in, 4, 2), in.data[9], (flags & 0x1fffU) * 8U,
                      (flags & 0x2000U) == 0, rest);
        return;
    }
    add(f, IP_PROTOCOL, in.data[9], rest, &work->place);
}

static void read_ipv6(struct tt_verify_frames *f, struct work *work)
{
    struct tt_span in = work->bytes;
    if (in.len < IPV6_HEADER)
        return;
    size_t payload = be(in, 4, 2);
    tell_behind(f, work, payload > 0 ? IPV6_HEADER + payload : in.len);
    if (payload > 0)
        in = tt_span_sub(in, 0, IPV6_HEADER + payload);
    work->place.addr[0] = tt_addr_make(TT_ADDR_IPV6, in.data + 8);
    work->place.addr[1] = tt_addr_make(TT_ADDR_IPV6, in.data + 24);
    uint8_t next = in.data[6];
    struct tt_span rest = tt_span_from(in, IPV6_HEADER);
    while ((next == 0 || next == 43 || next == 60) && rest.len >= 8) {
        next = rest.data[0];
        rest = tt_span_from(rest, ((size_t)rest.data[1] + 1) * 8);
    }
    if (next == 44 && rest.len > 8) {
        uint32_t offset = be(rest, 2, 2);
        struct tt_span bytes = tt_span_from(rest, 8);
        tell(f, &work->place, TT_VERIFY_IP, bytes);
        take_fragment(f, work, be(rest, 4, 4), rest.data[0], offset & 0xfff8U, (offset & 1U) == 0,
                      bytes);
        return;
    }
    add(f, IP_PROTOCOL, next, rest, &work->place);
}

static void read_ip(struct tt_verify_frames *f, struct work *work)
{
    if (work->bytes.data[0] >> 4 == 6)
        read_ipv6(f, work);
    else if (work->bytes.data[0] >> 4 == 4)
        read_ipv4(f, work);
    else
        add(f, LOOK, 0, work->bytes, &work->place);
}

/* ---- transports ---- */

static void read_tcp(struct tt_verify_frames *f, struct work *work)
{
    struct tt_span in = work->bytes;
    size_t header = in.len < TCP_HEADER ? in.len : (size_t)(in.data[12] >> 4) * 4;
    if (in.len < TCP_HEADER || header < TCP_HEADER || header > in.len)
        return;
    struct tt_verify_place *place = &work->place;
    place->port[0] = (uint16_t)be(in, 0, 2);
    place->port[1] = (uint16_t)be(in, 2, 2);
    place->seq = be(in, 4, 4);
    place->ack = be(in, 8, 4);
    place->flags = in.data[13];
    struct tt_span payload = tt_span_from(in, header);
    tell(f, place, TT_VERIFY_TCP, payload);
    tell(f, place, TT_VERIFY_IP, payload); /* data that is not of the stream stands for itself */
}

static void read_udp(struct tt_verify_frames *f, struct work *work)
{
    struct tt_span in = work->bytes;
    if (in.len < UDP_HEADER)
        return;
    work->place.port[0] = (uint16_t)be(in, 0, 2);
    work->place.port[1] = (uint16_t)be(in, 2, 2);
    size_t len = be(in, 4, 2);
    struct tt_span payload = tt_span_from(in, UDP_HEADER);
    if (len > UDP_HEADER)
        payload = tt_span_sub(payload, 0, len - UDP_HEADER);
    tell(f, &work->place, TT_VERIFY_UDP, payload);
    add(f, LOOK, 0, payload, &work->place);
    bool capwap = work->place.port[0] == CAPWAP_DATA || work->place.port[1] == CAPWAP_DATA;
    if (capwap && payload.len > 1) /* RFC 5415, 4.3: its header tells its length in words */
        add(f, LINK, 105, tt_span_from(payload, (size_t)(payload.data[1] >> 3) * 4), &work->place);
}

static void read_sctp(struct tt_verify_frames *f, struct work *work)
{
    enum { COMMON = 12, CHUNK = 4, DATA = 16 };
    struct tt_span in = work->bytes;
    if (in.len < COMMON)
        return;
    work->place.port[0] = (uint16_t)be(in, 0, 2);
    work->place.port[1] = (uint16_t)be(in, 2, 2);
    for (in = tt_span_from(in, COMMON); in.len >= CHUNK;) {
        size_t len = be(in, 2, 2);
        struct tt_span chunk = tt_span_sub(in, 0, len);
        if (len < CHUNK)
            break;
        if (chunk.len > DATA && chunk.data[0] == 0)
            tell(f, &work->place, TT_VERIFY_SCTP, tt_span_from(chunk, DATA));
        in = tt_span_from(in, (len + 3) / 4 * 4);
    }
}

static void read_protocol(struct tt_verify_frames *f, struct work *work)
{
    tell(f, &work->place, TT_VERIFY_IP, work->bytes);
    switch (work->number) {
    case 6:
        read_tcp(f, work);
        return;
    case 17:
    case 136: /* UDP-Lite */
        read_udp(f, work);
        return;
    case 132:
        read_sctp(f, work);
        return;
    case 1: /* ICMP */
    case 58:
        tell(f, &work->place, TT_VERIFY_IP, tt_span_from(work->bytes, ICMP_HEADER));
        add(f, LOOK, 0, work->bytes, &work->place);
        return;
    default:
        add(f, LOOK, 0, work->bytes, &work->place);
        return;
    }
}

enum tt_err tt_verify_frames_read(struct tt_verify_frames *frames, const struct tt_frame *frame,
                                  tt_verify_place_fn *found, void *context)
{
    struct tt_verify_place place = {.frame = frame->number, .first_frame = frame->number};
    frames->count = 0;
    frames->frame = frame;
    frames->found = found;
    frames->context = context;
    frames->err = TT_OK;
    if (frame->link == TT_LINK_HAR) {
        tell(frames, &place, TT_VERIFY_ENTRY, frame->bytes);
        return frames->err;
    }
    add(frames, LINK, frame->link, frame->bytes, &place);
    /* Each header is read once; what it leads to stands behind it in the list. */
    for (size_t i = 0; i < frames->count && frames->err == TT_OK; i++) {
        struct work work = frames->work[i];
        switch (work.space) {
        case LINK:
            read_link(frames, &work);
            break;
        case ETHERTYPE:
            read_ethertype(frames, &work);
            break;
        case PPP:
            read_ppp(frames, &work);
            break;
        case LLC:
            read_llc(frames, &work);
            break;
        case IP:
            read_ip(frames, &work);
            break;
        case IP_PROTOCOL:
            read_protocol(frames, &work);
            break;
        case LOOK:
            look_for_ip(frames, &work);
            break;
        }
    }
    return frames->err;
}
