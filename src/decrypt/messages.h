/* Inside decrypt/: puts handshake messages together from the records of one direction of a stream
 * (RFC 8446, section 5.1: a record may hold several, a message may span several). */
#ifndef TT_DECRYPT_MESSAGES_H
#define TT_DECRYPT_MESSAGES_H

#include "decrypt/connection.h"

/* All zero is empty. */
struct tt_messages {
    struct tt_held *held; /* the beginning of a message */
    uint32_t skip;        /* bytes of one that is too long */
    bool lost;            /* where messages begin is not known */
    bool unsure;          /* it is guessed, since bytes were missing */
};

/* A record of handshake messages begins: a place where a message may begin. */
void tt_messages_enter(struct tt_messages *messages);

/* Takes bytes at `at` of the stream that came in place->origin; whole messages go to the
 * connection. */
void tt_messages_take(struct tt_connection *connection, struct tt_messages *messages,
                      const struct tt_place *place, uint64_t at, struct tt_span bytes);

/* Bytes are missing. */
void tt_messages_lose(struct tt_connection *connection, struct tt_messages *messages);

/* Forgets what is held. */
void tt_messages_drop(struct tt_connection *connection, struct tt_messages *messages);

#endif
