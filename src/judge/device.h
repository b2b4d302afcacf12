/* Which side is the device.
 *
 * From the sheet: an address is the device's, and a hardware address stands for every address seen
 * behind it. Where the sheet names none, or none of them occurs in a capture, the device is taken
 * to be the end that opened most connections: those whose opening was seen count four times,
 * private addresses go before internet ones (a device stands behind a router, what knocks from
 * outside does not), and the earlier one wins a draw. The count is over all captures, so that a
 * recording cut into files has one device; each capture takes the best that occurs in it.
 *
 * What has the same hardware address is the same device: its IPv6 addresses, its frames that are
 * not IP and, when inferred, its other private IPv4 addresses. A hardware address with many IPv4
 * addresses behind it is a router's and stands for nobody. Where a capture has no hardware
 * addresses, the best end of the other IP family belongs to it too. */
#ifndef TT_JUDGE_DEVICE_H
#define TT_JUDGE_DEVICE_H

#include "base/err.h"
#include "model/coverage.h"
#include "model/flow.h"
#include "model/subject.h"

struct tt_sides;

/* `subject` is borrowed until tt_sides_free. NULL without memory. */
struct tt_sides *tt_sides_new(const struct tt_subject *subject);
void tt_sides_free(struct tt_sides *sides);

/* The address that stands for an end: before it has an IP address, its hardware address does. */
struct tt_addr tt_sides_addr(const struct tt_endpoint *end);

/* A flow is over. TT_ERR_LIMIT at TT_ENDPOINTS_MAX: new addresses are not counted any more. */
TT_MUST_USE enum tt_err tt_sides_flow(struct tt_sides *sides, const struct tt_flow *flow);

/* All flows are known. */
TT_MUST_USE enum tt_err tt_sides_settle(struct tt_sides *sides);

/* After tt_sides_settle. False for a capture in which no side can be told. */
bool tt_sides_known(const struct tt_sides *sides, uint32_t capture);
/* `addr` as tt_sides_addr gives it. */
bool tt_sides_is_device(const struct tt_sides *sides, uint32_t capture, struct tt_addr addr);

/* Captures in which none of the sheet's addresses occurs. */
size_t tt_sides_missed(const struct tt_sides *sides);

/* Address number `at` of the device, most flows opened first; false past the last. */
bool tt_sides_device(const struct tt_sides *sides, size_t at, struct tt_device_view *ret_view);

#endif
