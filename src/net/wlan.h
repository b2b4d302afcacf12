/* Inside net/: IEEE 802.11 (IEEE 802.11-2020, sections 9.2 and 9.3).
 *
 * Frames come from five link types (bare, or behind a radiotap, Prism or AVS header; and from
 * whoever enters LINKTYPE 105) and from CAPWAP. Data frames lead to the EtherType of their SNAP
 * header; aggregated MSDUs (A-MSDU) are read one by one, fragments are put together. Ciphertext
 * goes out as TT_LINK_WLAN with TT_CHUNK_ENCRYPTED, the body of a management frame as
 * TT_LINK_WLAN_MANAGEMENT; MAC headers and control frames are overhead. A frame that is sent again
 * (retry bit, and the same bytes under the same sequence number) is counted as repeated. */
#ifndef TT_NET_WLAN_H
#define TT_NET_WLAN_H

#include "base/buf.h"
#include "model/limits.h"
#include "net/packet.h"

/* What is known of a frame from outside it. */
struct tt_wlan_hints {
    bool fcs;      /* the frame check sequence is part of the frame */
    bool bad_fcs;  /* the receiver says that it is wrong */
    bool data_pad; /* the MAC header is padded to a multiple of 4 bytes */
    bool swapped;  /* the two bytes of frame control are swapped (Cisco's CAPWAP) */
    bool whole;    /* no fragment, whatever its sequence control says */
};

/* Reads the frame at the front of the packet, and what is in it as far as one header leads. */
void tt_wlan_read(struct tt_net *net, struct tt_packet *packet, const struct tt_wlan_hints *hints);

/* ---- frames sent again (wlan_seen.c) ---- */

/* All zero but for `seed` is empty. */
struct tt_wlan_seen {
    uint64_t
        *digests; /* TT_WLAN_SEEN_MAX of them, by who sent what number; NULL before the first */
    uint64_t seed;
};

/* Who sent what: section 10.3.2.14. */
struct tt_wlan_identity {
    uint8_t addr[4][6];
    uint8_t type; /* first byte of frame control */
    uint8_t tid;
    uint16_t sequence; /* fragment and sequence number */
};

/* Remembers the frame; true when it was there before, body included. `seen` may be without memory:
 * then nothing was there before. */
bool tt_wlan_seen_before(struct tt_wlan_seen *seen, const struct tt_wlan_identity *identity,
                         struct tt_span body);

/* ---- fragments (wlan_fragment.c) ---- */

/* The place of a fragment in what it is a part of. They come in their order, or not at all: 802.11
 * sends the next one when the last one was acknowledged. */
struct tt_wlan_fragment {
    uint8_t key[48]; /* what it is a part of; zero behind its end */
    size_t at;       /* number of the fragment, or its offset */
    size_t next;     /* the same of the one behind it */
    bool more;       /* not the last one */
};

struct tt_wlan_partial;

/* All zero is empty. */
struct tt_wlan_fragments {
    struct tt_wlan_partial *oldest;
    struct tt_wlan_partial *newest;
    size_t count;
    struct tt_buf whole; /* the last one put together */
};

/* Takes the packet; when it was the last fragment, the packet becomes the whole and is not taken:
 * its bytes are valid until the next call. What cannot be put together is handed on in parts as
 * the packet's space and number say, with the note "wlan.fragment_incomplete" or
 * "wlan.fragment_limit". */
void tt_wlan_fragments_take(struct tt_net *net, struct tt_packet *packet,
                            const struct tt_wlan_fragment *fragment);

/* ---- all of it ---- */

/* All zero but for seen.seed is empty. */
struct tt_wlan {
    struct tt_wlan_seen seen;
    struct tt_wlan_fragments fragments;
};

/* Hands on what waits for its other fragments. */
void tt_wlan_flush(struct tt_net *net);

void tt_wlan_free(struct tt_wlan *wlan);

#endif
