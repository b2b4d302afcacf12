/* tt_msg: one message of a protocol, with its named parts. Made by proto/, used for the message
 * listing and for the names of destinations. */
#ifndef TT_MODEL_MSG_H
#define TT_MODEL_MSG_H

#include "model/body.h"
#include "model/tls.h"

/* Whether the other end of the flow passes a message on to somebody beyond the local network, so
 * that its own address does not tell where the message goes. */
enum tt_relay {
    TT_RELAY_NONE,
    TT_RELAY_MESSAGE,   /* a question to a DNS resolver that others answer, and the answer */
    TT_RELAY_CONNECTION /* a request to a proxy: so is everything in the same conversation */
};

struct tt_msg {
    const struct tt_flow *flow;
    enum tt_direction direction;
    const char *protocol;     /* "http", "dns", "tls" */
    const char *kind;         /* "request", "response", "query" */
    const char *method;       /* or NULL */
    const char *host;         /* as said in the message: no port, lower case; or NULL */
    const char *url;          /* absolute; or NULL */
    const char *name;         /* what names it where there is no URL: a DNS name, a topic; or NULL.
                               * Beside a URL: the name of the connection, which stands in the URL since
                               * what the message said of its host was lost */
    const char *content_type; /* as sent; or NULL */
    int status;               /* 0 when there is none */
    enum tt_relay relay;
    uint64_t request_frame; /* of a final response: in which its request began; 0 when not known */
    uint64_t body_bytes;    /* after chunked, before Content-Encoding */
    const struct tt_tls_facts *tls; /* of a handshake message of TLS, DTLS or QUIC; else NULL */
    struct tt_origin origin;        /* first to last frame; time of the first byte */
    bool complete;
};

#endif
