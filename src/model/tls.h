/* What the handshakes of TLS, DTLS and QUIC say: of the client's software (JA4, what it offers), of
 * what was agreed upon, and of whom the server's certificate was made for. Nothing is verified: a
 * certificate tells names and places that somebody wrote into it, not that they are true.
 *
 * tt_tls_facts: what one handshake message says, or all that a connection's handshake said so far.
 * Made by run/ from what decrypt/ reads; goes to message listings (tt_msg, tt_case_message) and to
 * judge/.
 *
 * tt_tls_row: connections to one destination whose handshakes said the same. Made by judge/
 * (secured.h), kept by store/, read back with tt_case_view.tls. Whoever wants the certificates of a
 * destination walks the rows and compares `address` and `port` (and `host` or `server_name`, where
 * several stand behind one address): a row without a certificate says nothing, since that of TLS
 * 1.3 is sealed and resumed connections have none. docs/case-file.md has the table.
 *
 * All texts are borrowed. NULL: not said, or not seen. */
#ifndef TT_MODEL_TLS_H
#define TT_MODEL_TLS_H

#include "base/addr.h"
#include "model/finding.h"

#include <stdbool.h>

struct tt_tls_certificate {
    const char *subject; /* RFC 2253 */
    const char *issuer;
    const char *organisation; /* O of the subject, as each of the next: the first one that it has */
    const char *country;      /* C: "SG", but anything may stand there */
    const char *state;        /* ST: "Oregon" */
    const char *locality;     /* L: "Portland" */
    const char *names;        /* DNS names (subjectAltName), one a line; or "" */
    uint64_t names_left_out;  /* beyond those */
    int64_t not_before;       /* seconds since 1970 */
    int64_t not_after;
};

struct tt_tls_facts {
    const char *server_name; /* that the client asked for (SNI) */
    const char
        *version;       /* "tls1.3": agreed upon; in the message of a client: the highest offered */
    const char *cipher; /* IANA's name of the suite that the server chose */
    const char *ja4;    /* of the client */
    const char *alpn_offered;    /* application protocols, one a line */
    const char *alpn;            /* the one that the server chose */
    bool encrypted_client_hello; /* there is one, or what is made up to look like one (GREASE) */
    bool has_certificate;
    struct tt_tls_certificate certificate; /* of the server */
};

struct tt_tls_row {
    const char *protocol; /* "tls", "dtls", "quic" */
    struct tt_tls_facts facts;
    const char *host; /* the best name of the destination, or NULL */
    struct tt_addr address;
    uint16_t port;
    enum tt_heading heading; /* of what the client sends */
    enum tt_addr_scope scope;
    uint64_t connections;
    const char *capture; /* of one of them, as the next ones */
    uint64_t flow;
    uint64_t frame;
};

#endif
