/* Inside decrypt/: puts handshake messages of DTLS together from their fragments and in their order
 * (RFC 6347, section 4.2). */
#ifndef TT_DECRYPT_FLIGHT_H
#define TT_DECRYPT_FLIGHT_H

#include "decrypt/connection.h"

enum { TT_FRAGMENT_HEADER = 12 };

/* One direction. All zero is empty. */
struct tt_flight {
    struct tt_held *held; /* fragments that wait, each with its header */
    uint16_t next;        /* number of the message that comes next */
    uint16_t fragments;   /* in `held` */
};

/* The payload of a handshake record: fragments, one behind the other. Whole messages go to the
 * connection. */
void tt_flight_take(struct tt_connection *connection, struct tt_flight *flight,
                    const struct tt_place *place, struct tt_span bytes);

/* What is missing will not come: hands on the messages that are whole, and forgets the rest. */
void tt_flight_finish(struct tt_connection *connection, struct tt_flight *flight,
                      const struct tt_place *place);

/* Do these fragments begin with the first client hello of a handshake (number 0)? Then its random,
 * by which it is told from one that is sent again. */
bool tt_flight_client_random(struct tt_span bytes, struct tt_span *ret_random);

void tt_flight_drop(struct tt_connection *connection, struct tt_flight *flight);

#endif
