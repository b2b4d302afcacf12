/* tt_seal: how bytes were sealed on their way, and what opened them. Made by decrypt/, carried by
 * run/ to hits and messages. */
#ifndef TT_MODEL_SEAL_H
#define TT_MODEL_SEAL_H

/* All texts are static. */
struct tt_seal {
    const char *encryption; /* "none", "ssl3", "tls1.0" to "tls1.3", "dtls1.0", "dtls1.2", "quic" */
    const char *cipher;     /* IANA's name of the cipher suite; NULL with "none" */
    const char
        *opened_with; /* "keylog", "capture", "private_key", "psk"; NULL where nothing was sealed */
};

#endif
