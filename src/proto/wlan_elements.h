/* The elements of an 802.11 management frame (IEEE 802.11-2020, section 9.4.2). */
#ifndef TT_PROTO_WLAN_ELEMENTS_H
#define TT_PROTO_WLAN_ELEMENTS_H

#include "proto/fields.h"

/* The rest of the datagram is elements. Names go out as fields ("802.11.ssid"), other elements as
 * they stand. */
void tt_wlan_elements(struct tt_fields *fields);

#endif
