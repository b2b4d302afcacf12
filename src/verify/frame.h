/* Inside verify/: what lies in a frame. Its own small walk over link, IP and transport headers.
 *
 * Common links are read header by header. In what else there is (tunnels, rare links), IP headers
 * are looked for: a version, lengths that fit and, for IPv4, a checksum that is right say where one
 * begins; so a packet in a tunnel is found without knowing the tunnel. Fragments are put together.
 * RFC 791, RFC 8200, RFC 9293, RFC 768, RFC 9260, IEEE 802.3, IEEE 802.11. */
#ifndef TT_VERIFY_FRAME_H
#define TT_VERIFY_FRAME_H

#include "base/addr.h"
#include "base/err.h"
#include "model/frame.h"

enum tt_verify_sort {
    TT_VERIFY_LINK, /* from some header on, before IP */
    TT_VERIFY_IP,   /* behind an IP header, or behind that of a transport */
    TT_VERIFY_UDP,
    TT_VERIFY_TCP,
    TT_VERIFY_SCTP, /* one chunk of data */
    TT_VERIFY_ENTRY /* of a HAR file: all of it */
};

/* A stretch of bytes that a proof may begin in. */
struct tt_verify_place {
    enum tt_verify_sort sort;
    struct tt_addr mac[2]; /* sender, receiver */
    struct tt_addr addr[2];
    uint16_t port[2];
    struct tt_span bytes; /* borrowed for the call */
    uint64_t frame;       /* tt_frame_id: the last of its fragments */
    uint64_t first_frame;
    uint32_t seq; /* TCP: of its first byte */
    uint32_t ack;
    uint8_t flags; /* TCP */
};

typedef enum tt_err tt_verify_place_fn(void *context, const struct tt_verify_place *place);

struct tt_verify_frames;

/* NULL without memory. */
struct tt_verify_frames *tt_verify_frames_new(void);
void tt_verify_frames_free(struct tt_verify_frames *frames);

/* Calls `found` for every place in the frame, and in a datagram that it completes. The first error
 * is passed on. */
TT_MUST_USE enum tt_err tt_verify_frames_read(struct tt_verify_frames *frames,
                                              const struct tt_frame *frame,
                                              tt_verify_place_fn *found, void *context);

#endif
