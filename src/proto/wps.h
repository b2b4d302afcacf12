/* The attributes of Wi-Fi Simple Configuration (Wi-Fi Alliance, Wi-Fi Simple Configuration
 * Technical Specification 2.0.7, section 12): in elements of 802.11 management frames, and in EAP.
 * They name the device: its maker, model, serial number and UUID. */
#ifndef TT_PROTO_WPS_H
#define TT_PROTO_WPS_H

#include "proto/fields.h"

/* The next `len` bytes (no more than are left) are attributes: type (2), length (2), value. Those
 * that name something are told as `prefix`, "wps." and their name. What does not fit is left as it
 * stands. */
void tt_wps_read(struct tt_fields *fields, const char *prefix, size_t len);

#endif
