/* Inside decrypt/: what is known of one handshake, and the secrets that may fit it.
 *
 * Fed with whole handshake messages in the order in which they were sent. */
#ifndef TT_DECRYPT_HANDSHAKE_H
#define TT_DECRYPT_HANDSHAKE_H

#include "decrypt/opener_state.h"

enum { TT_SESSION_ID_MAX = 32, TT_SHA256_LEN = 32 };

/* A secret of TLS 1.2 and before, and where it came from. */
struct tt_master {
    uint8_t bytes[TT_MASTER_LEN];
    enum tt_key_source source;
};

struct tt_handshake {
    uint8_t client[TT_RANDOM_LEN];
    uint8_t server[TT_RANDOM_LEN];
    uint8_t session_id[TT_SESSION_ID_MAX]; /* the server's */
    uint8_t ticket[TT_SHA256_LEN];         /* digest of the one that the client offers */
    uint8_t new_ticket[TT_SHA256_LEN];     /* digest of the one that the server gives */
    uint8_t session_hash[TT_HASH_LEN_MAX]; /* RFC 7627, section 3 */
    uint8_t premaster[TT_PREMASTER_LEN];   /* decrypted with a private key */
    uint8_t premaster_id[TT_RSA_ID_LEN];   /* beginning of the encrypted one */
    struct tt_master master;               /* that opened a record */
    struct tt_buf transcript;              /* messages before the hash is known */
    EVP_MD_CTX *digest;                    /* after it */
    const struct tt_suite *suite;
    uint16_t version; /* agreed upon; 0: not known */
    uint16_t offered; /* in front of the client hello */
    uint16_t suite_number;
    uint8_t draft;
    uint8_t compression;
    uint8_t session_id_len;
    uint8_t session_hash_len;
    uint8_t suites13; /* a bit for each suite of TLS 1.3 that was offered, from 0x1301 on */
    bool has_client;
    bool has_server;
    bool has_ticket;
    bool has_new_ticket;
    bool has_premaster;
    bool has_premaster_id;
    bool settled; /* `master` is known */
    bool extended_master_secret;
    bool encrypt_then_mac;
    bool early_data;
    bool listening; /* the transcript is whole so far */
};

/* All zero is an empty handshake. Wipes it; it may be used again. */
void tt_handshake_clear(struct tt_handshake *handshake);

/* `message` is whole, header included; of DTLS with the header of TLS. `raw`: as it counts in the
 * hash of the handshake (the same, but for DTLS). `hello` was read from it for the two hellos, and
 * is NULL for all others. */
void tt_handshake_take(struct tt_opener *opener, struct tt_handshake *handshake,
                       struct tt_span message, struct tt_span raw, const struct tt_hello *hello);

/* Messages were missed. */
void tt_handshake_miss(struct tt_handshake *handshake);

/* The next secret that may be the master secret, in the order of their certainty. `*cursor` begins
 * at 0. False when there are no more. */
TT_MUST_USE bool tt_handshake_next(struct tt_opener *opener, const struct tt_handshake *handshake,
                                   unsigned *cursor, struct tt_master *ret_master);

/* `master` opened a record: it is kept, also for whoever resumes the session. */
void tt_handshake_settle(struct tt_opener *opener, struct tt_handshake *handshake,
                         const struct tt_master *master);

/* Keys for both directions from a master secret. */
TT_MUST_USE bool tt_handshake_keys(struct tt_opener *opener, const struct tt_handshake *handshake,
                                   const struct tt_master *master,
                                   struct tt_direction_keys ret_keys[2]);

#endif
