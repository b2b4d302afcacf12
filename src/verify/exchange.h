/* Inside verify/: the master secret of a connection before TLS 1.3, from whatever may give it: key
 * logs, the exchange of keys as the server's RSA key or a pre-shared key opens it, or a connection
 * opened before, which this one resumes.
 *
 * RFC 5246, section 8.1; RFC 4279, sections 2 and 4 (pre-shared keys); RFC 7627 (extended master
 * secret); RFC 6101, section 6.1 (SSL 3). */
#ifndef TT_VERIFY_EXCHANGE_H
#define TT_VERIFY_EXCHANGE_H

#include "verify/cipher.h"
#include "verify/tls.h"

/* What a handshake says up to the client's key exchange. */
struct tt_verify_exchange {
    struct tt_buf transcript;
    size_t at;  /* of the body of the key exchange in it, */
    size_t len; /* 0: it was not seen, as where a connection is resumed */
    bool done;
    bool full; /* a key exchange is to come, or was there: no session is resumed */
};

void tt_verify_exchange_init(struct tt_verify_exchange *exchange);
void tt_verify_exchange_free(struct tt_verify_exchange *exchange);

/* The next message, of either side, with its header of `header` bytes: a client's hello begins
 * again. TT_ERR_LIMIT, TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_verify_exchange_add(struct tt_verify_exchange *exchange,
                                               struct tt_span message, size_t header);

/* A record that the right keys open. */
struct tt_verify_sample {
    struct tt_span header; /* as tt_verify_open wants it */
    struct tt_span sealed;
    uint64_t number; /* its sequence number */
};

/* What opens the records of the client, or the `server`: by the first candidate that opens the
 * sample, which others may resume; where none does, by the first that a key log names. False:
 * there is none. */
bool tt_verify_exchange_open(const struct tt_verify_exchange *exchange,
                             struct tt_verify_secrets *keys, const struct tt_verify_hello *hello,
                             bool server, const struct tt_verify_sample *sample,
                             struct tt_verify_opener *ret_opener);

#endif
