/* The messages of a handshake: what a client asks for and what a server chooses. Pure functions;
 * everything they give is borrowed from the message.
 *
 * RFC 5246, section 7.4, and RFC 8446, section 4; RFC 6347, section 4.2 (DTLS); RFC 6066 (server
 * name, record size), RFC 7301 (ALPN), RFC 7366 (encrypt-then-MAC), RFC 7627 (extended master
 * secret), RFC 5077 (tickets), RFC 8701 (GREASE), RFC 9849 (encrypted client hello). */
#ifndef TT_DECRYPT_HELLO_H
#define TT_DECRYPT_HELLO_H

#include "base/err.h"
#include "decrypt/suite.h"

enum {
    TT_HANDSHAKE_HEADER = 4, /* type and length */
    TT_SERVER_NAME_MAX = 255,

    TT_HELLO_REQUEST = 0,
    TT_CLIENT_HELLO = 1,
    TT_SERVER_HELLO = 2,
    TT_HELLO_VERIFY_REQUEST = 3,
    TT_NEW_SESSION_TICKET = 4,
    TT_END_OF_EARLY_DATA = 5,
    TT_HELLO_RETRY_REQUEST = 6, /* drafts of TLS 1.3 up to 21 */
    TT_ENCRYPTED_EXTENSIONS = 8,
    TT_CERTIFICATE = 11,
    TT_SERVER_KEY_EXCHANGE = 12,
    TT_CERTIFICATE_REQUEST = 13,
    TT_SERVER_HELLO_DONE = 14,
    TT_CERTIFICATE_VERIFY = 15,
    TT_CLIENT_KEY_EXCHANGE = 16,
    TT_FINISHED = 20,
    TT_CERTIFICATE_STATUS = 22,
    TT_KEY_UPDATE = 24,
    TT_COMPRESSED_CERTIFICATE = 25,

    TT_EXTENSION_SERVER_NAME = 0,
    TT_EXTENSION_SUPPORTED_GROUPS = 10,
    TT_EXTENSION_SIGNATURE_ALGORITHMS = 13,
    TT_EXTENSION_ALPN = 16,
    TT_EXTENSION_ENCRYPT_THEN_MAC = 22,
    TT_EXTENSION_EXTENDED_MASTER_SECRET = 23,
    TT_EXTENSION_RECORD_SIZE_LIMIT = 28,
    TT_EXTENSION_SESSION_TICKET = 35,
    TT_EXTENSION_PRE_SHARED_KEY = 41,
    TT_EXTENSION_EARLY_DATA = 42,
    TT_EXTENSION_SUPPORTED_VERSIONS = 43,
    TT_EXTENSION_ENCRYPTED_CLIENT_HELLO = 0xfe0d
};

struct tt_hello {
    bool server;
    bool dtls;
    bool retry;            /* server: it asks for another hello (TLS 1.3) */
    uint16_t legacy;       /* the version in front */
    uint16_t version;      /* client: the highest offered; server: the one chosen */
    uint8_t draft;         /* of TLS 1.3, as chosen or as the highest offered; 0 for the RFC */
    uint16_t suite;        /* server: the one chosen */
    uint8_t compression;   /* server: the one chosen */
    bool encrypt_then_mac; /* offered, or agreed upon by the server's */
    bool extended_master_secret;
    bool early_data;
    bool pre_shared_key;
    bool encrypted_client_hello;
    uint16_t record_size_limit; /* 0: none */
    struct tt_span random;      /* 32 bytes; fewer only in a hello of SSL 2.0 */
    struct tt_span session_id;
    struct tt_span suites;             /* client: numbers of 2 bytes (SSL 2.0: of 3) */
    struct tt_span compressions;       /* client */
    struct tt_span extensions;         /* without the length in front */
    struct tt_span ticket;             /* client: to resume with; empty when there is none */
    struct tt_span alpn;               /* ProtocolNameList (RFC 7301) as it stands */
    char name[TT_SERVER_NAME_MAX + 1]; /* client: server name in lower case, or "" */
};

/* `message`: whole, with its header of 4 bytes (DTLS: without the fields for fragments). False when
 * it is no hello, or malformed. */
TT_MUST_USE bool tt_hello_read(struct tt_span message, bool dtls, struct tt_hello *ret_hello);

/* A client hello in the form of SSL 2.0 for a later version (RFC 5246, appendix E.2), without the
 * length of 2 bytes in front. */
TT_MUST_USE bool tt_hello_read_ssl2(struct tt_span message, struct tt_hello *ret_hello);

/* The next extension off the front of `*extensions`; false at their end, or where they are cut. */
bool tt_hello_extension(struct tt_span *extensions, uint16_t *ret_type, struct tt_span *ret_data);

/* The next protocol name off the front of a ProtocolNameList. */
bool tt_hello_alpn(struct tt_span *alpn, struct tt_span *ret_name);

/* Values that clients send only to see that servers ignore them: RFC 8701. */
static inline bool tt_is_grease(uint16_t value)
{
    return (value & 0x0f0fU) == 0x0a0aU && value >> 8 == (value & 0xffU);
}

/* The ProtocolNameList in an EncryptedExtensions message (RFC 8446, section 4.3.1); false without.
 */
bool tt_hello_encrypted_alpn(struct tt_span message, struct tt_span *ret_alpn);

/* The certificates of a Certificate message off the front of `*list`: DER as it stands. Begin with
 * tt_hello_certificates; false when there are no more. */
bool tt_hello_certificates(struct tt_span message, uint16_t version, struct tt_span *ret_list);
bool tt_hello_next_certificate(struct tt_span *list, uint16_t version, struct tt_span *ret_der);

#endif
