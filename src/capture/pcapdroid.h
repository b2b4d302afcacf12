/* What PCAPdroid, an app that captures on an Android phone without root, adds to its captures.
 *
 * It writes the packets that an app gave to a VPN of its own, and makes up those that come back:
 * the handshakes, times and lengths of such a capture are its, not the network's. (With root it
 * copies real packets; a capture with its trailer does not tell which, so all are taken as made
 * up.)
 *
 * To pcap it adds a trailer behind each packet, in front of which stands an Ethernet header with
 * addresses of zero; to pcapng a custom block for each app and a comment "u-<number>" for each
 * packet. Public documentation: https://emanuele-f.github.io/PCAPdroid/advanced_features, section
 * 4.5, and the Wireshark plugin of the same project, which tells the fields. */
#ifndef TT_CAPTURE_PCAPDROID_H
#define TT_CAPTURE_PCAPDROID_H

#include "capture/apps.h"
#include "model/frame.h"

enum { TT_PCAPDROID_ENTERPRISE = 62652 /* https://www.iana.org/assignments/enterprise-numbers */ };

/* Of one capture. */
struct tt_pcapdroid {
    bool trailers; /* one was met that cannot be anything else */
};

/* Looks for the trailer of an Ethernet frame:
 *
 *   magic number 0x01072021 (4, big-endian), user id (4), app name (20, UTF-8), CRC-32 (4)
 *
 * Where it is one, the frame gets its app, TT_FRAME_MADE_UP, and the trailer as `trailer_len`. It
 * is taken for one where it stands behind the end of the IP packet, so that it can hide nothing;
 * once the capture has shown such a one, also behind a packet that was cut. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_pcapdroid_trailer(struct tt_pcapdroid *state, struct tt_apps *apps,
                                             struct tt_frame *frame);

/* Without trailers its files have no sign of it but the address that the phone has in its VPN
 * (10.215.173.1), in packets without a link layer: is this such a packet? With root, packets have
 * the phone's real addresses. */
bool tt_pcapdroid_address(const struct tt_frame *frame);

/* Reads a custom block of theirs from behind the enterprise number:
 *
 *   version 1 (2), type 1 "user id mapping" (1), reserved (1), user id (4), length of the package
 *   name (1) and of the app name (1), both names
 *
 * and keeps the app name (the package name where that is empty). `big`: byte order of the section.
 * `*ret_known` is false when it is another version or type, or cut. TT_ERR_LIMIT as tt_apps_number.
 */
TT_MUST_USE enum tt_err tt_pcapdroid_block(struct tt_apps *apps, struct tt_span block, bool big,
                                           bool *ret_known);

/* Reads a packet's comment "u-10123". */
bool tt_pcapdroid_comment(struct tt_span comment, uint32_t *ret_uid);

#endif
