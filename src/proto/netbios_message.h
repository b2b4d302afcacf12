/* Inside proto/: one message of a NetBIOS transport, field by field.
 *
 * Names as they stand are bodies of the step "netbios.name"; names in first-level encoding (RFC
 * 1001, section 14.1) say so by their coding, "netbios", which content/ undoes. The hardware
 * address in a node status is "netbios.unit_id". All else goes out as "netbios.data". */
#ifndef TT_PROTO_NETBIOS_MESSAGE_H
#define TT_PROTO_NETBIOS_MESSAGE_H

#include "proto/fields.h"

enum {
    TT_NETBIOS_SESSION_HEADER = 4, /* type, flags, length (2) */
    TT_NETBIOS_SESSION_REQUEST = 0x81,
    TT_NETBIOS_REQUEST_MAX = 512 /* bytes of two names with their scopes */
};

/* What the bytes look like: the name service (RFC 1002, section 4.2), the datagram service (section
 * 4.4), the start of a session request (section 4.3.2: false while fewer than four bytes are
 * there), and a NetBIOS frame behind IEEE 802.2 (NBF; IBM LAN Technical Reference, SC30-3587). */
bool tt_netbios_is_name_service(struct tt_span bytes);
bool tt_netbios_is_datagram(struct tt_span bytes);
bool tt_netbios_is_request(struct tt_span bytes);
bool tt_netbios_is_frame(struct tt_span bytes);

/* Read such a message to its end. `fields` begins at its first byte. */
void tt_netbios_read_name_service(struct tt_fields *fields);
void tt_netbios_read_datagram(struct tt_fields *fields);
void tt_netbios_read_request(struct tt_fields *fields);
void tt_netbios_read_frame(struct tt_fields *fields);

#endif
