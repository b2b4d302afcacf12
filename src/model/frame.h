/* tt_frame: one captured packet. Made by capture/, used by net/. */
#ifndef TT_MODEL_FRAME_H
#define TT_MODEL_FRAME_H

#include "base/span.h"

enum { TT_FRAME_NUMBER_BITS = 40 };

enum tt_frame_flag {
    TT_FRAME_MADE_UP = 1,  /* written by a program that saw bytes, not packets (a proxy on the
                              phone): nothing follows from its times, lengths and handshakes */
    TT_FRAME_INBOUND = 2,  /* the capturing machine received it (pcapng packet flags, cooked) */
    TT_FRAME_OUTBOUND = 4, /* the capturing machine sent it */
};

/* A frame's number, and which capture of the run it stands in, as one value that layers hand
 * through and compare. For the first capture it is the number itself. */
static inline uint64_t tt_frame_id(uint32_t capture, uint64_t number)
{
    return (uint64_t)capture << TT_FRAME_NUMBER_BITS | number;
}

static inline uint64_t tt_frame_number(uint64_t id)
{
    return id & ((UINT64_C(1) << TT_FRAME_NUMBER_BITS) - 1);
}

static inline uint32_t tt_frame_capture(uint64_t id)
{
    return (uint32_t)(id >> TT_FRAME_NUMBER_BITS);
}

/* tt_frame.link of an entry of a HAR file: its bytes are the entry's JSON text. Not a LINKTYPE_
 * value. */
#define TT_LINK_HAR (UINT32_MAX - 1)

struct tt_frame {
    uint64_t number;       /* tt_frame_id: from 1, per capture, as Wireshark shows it */
    uint64_t time;         /* ns since 1970; 0 where the block has none (pcapng simple packets) */
    uint32_t link;         /* LINKTYPE_ value, https://www.tcpdump.org/linktypes.html */
    uint32_t interface;    /* number of the interface over all sections of the capture */
    uint32_t original_len; /* bytes on the wire */
    uint8_t fcs_len;       /* of them at the end: a checksum of the link (0 where not known) */
    uint8_t trailer_len;   /* captured bytes at the end that were not on the wire: an app's name */
    uint8_t flags;         /* enum tt_frame_flag */
    struct tt_span
        bytes;       /* bytes captured; borrowed until the reader is asked for the next frame */
    const char *app; /* name of the app that sent it, or NULL; lives as long as the reader */
};

#endif
