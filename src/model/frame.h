/* tt_frame: one captured packet. Made by capture/, used by net/. */
#ifndef TT_MODEL_FRAME_H
#define TT_MODEL_FRAME_H

#include "base/span.h"

struct tt_frame {
    uint64_t number;       /* from 1, per capture, as Wireshark shows it */
    uint64_t time;         /* ns since 1970; 0 where the block has none (pcapng simple packets) */
    uint32_t link;         /* LINKTYPE_ value, https://www.tcpdump.org/linktypes.html */
    uint32_t interface;    /* number of the interface over all sections of the capture */
    uint32_t original_len; /* bytes on the wire */
    struct tt_span
        bytes;       /* bytes captured; borrowed until the reader is asked for the next frame */
    const char *app; /* name of the app that sent it, or NULL; lives as long as the reader */
};

#endif
