/* The two hello messages of TLS: what a client asks for and what a server chose. Pure functions.
 *
 * RFC 8446, section 4.1 (and RFC 5246, section 7.4.1); RFC 6066, section 3 (server name); RFC 7301
 * (ALPN). */
#ifndef TT_PROTO_TLS_HELLO_H
#define TT_PROTO_TLS_HELLO_H

#include "base/span.h"

enum {
    TT_TLS_HANDSHAKE_HEADER = 4, /* type and length */
    TT_TLS_CLIENT_HELLO = 1,
    TT_TLS_SERVER_HELLO = 2,
    TT_TLS_1_2 = 0x0303,
    TT_TLS_1_3 = 0x0304,
    TT_TLS_NAME_MAX = 255
};

struct tt_tls_hello {
    bool server;
    uint16_t version;               /* client: the highest offered; server: the one chosen */
    uint16_t suite;                 /* server: the cipher suite chosen */
    char name[TT_TLS_NAME_MAX + 1]; /* client: server name in lower case, or "" */
    struct tt_span alpn; /* the protocol list as it stands (RFC 7301, ProtocolNameList); or empty */
};

/* `message`: a whole handshake message, header included. False when it is no hello or malformed. */
bool tt_tls_hello_read(struct tt_span message, struct tt_tls_hello *ret_hello);

/* "ssl3", "tls1.0" ... "tls1.3"; "tls" for a version that does not exist. */
const char *tt_tls_version_name(uint16_t version);

/* Does the suite leave the data readable (RFC 5246, appendix A.5, and others: ..._WITH_NULL_...)?
 */
bool tt_tls_suite_is_null(uint16_t suite);

#endif
