/* Inside decrypt/: the secrets of TLS 1.3, one after the other as a connection goes on. */
#ifndef TT_DECRYPT_TRAFFIC_H
#define TT_DECRYPT_TRAFFIC_H

#include "decrypt/connection.h"

struct tt_traffic_secret {
    const struct tt_suite *suite;
    enum tt_key_source source;
    unsigned generation;
    uint8_t draft;
    uint8_t len;
    uint8_t bytes[TT_HASH_LEN_MAX];
};

/* Is there any secret for what is still to come in this direction? */
bool tt_traffic_any(const struct tt_connection *connection, enum tt_direction direction);

/* See tt_connection_open. */
TT_MUST_USE bool tt_traffic_open(struct tt_connection *connection, enum tt_direction direction,
                                 const struct tt_record *record, struct tt_opened *ret_opened,
                                 enum tt_closed *ret_reason);

/* An opened handshake message that moves the direction on: Finished, EndOfEarlyData, KeyUpdate. */
void tt_traffic_message(struct tt_connection *connection, enum tt_direction direction,
                        uint8_t type);

void tt_traffic_free(struct tt_traffic_secret *secret);

#endif
