/* Writes what was read over HTTP as a HAR file: HTTP Archive 1.2,
 * http://www.softwareishard.com/blog/har-12-spec/, what the network tools of browsers open.
 *
 * Called by run/exchanges.c, an exchange at a time: the file is never whole in memory. Without
 * `reveal` every text goes through the redactor, and bodies, in which it could not find everything,
 * are left out; their sizes stay. */
#ifndef TT_REPORT_HAR_H
#define TT_REPORT_HAR_H

#include "base/addr.h"
#include "report/redact.h"
#include "report/report.h"

/* The request or the response. */
struct tt_har_half {
    struct tt_span head;      /* as HTTP/1 writes it, up to the blank line; empty: not seen */
    struct tt_span trailer;   /* fields behind the body, as lines; listed with the head's */
    struct tt_span body;      /* its content coding undone */
    uint64_t body_bytes;      /* as they came, the coding included */
    const char *content_type; /* or NULL */
    bool body_held;           /* `body` is all of it */
};

/* Of a WebSocket (RFC 6455): one message, its frames joined and unpacked. */
struct tt_har_message {
    bool sent;      /* by whoever made the request */
    uint8_t opcode; /* section 5.2 */
    uint64_t time;  /* ns since 1970; 0: not known */
    uint64_t bytes; /* as they came */
    struct tt_span data;
    bool held; /* `data` is all of it */
};

/* All is borrowed. */
struct tt_har_exchange {
    uint64_t flow;
    uint64_t frame; /* in which the request began, as its capture counts */
    const char *capture;
    uint64_t started;  /* ns since 1970; 0: not known */
    uint64_t answered; /* the first bytes of the response */
    uint64_t ended;    /* the last ones */
    const char *method;
    const char *url; /* or NULL */
    int status;      /* 0: no response was seen */
    const char *encryption;
    struct tt_addr server; /* none: not known */
    uint16_t port;         /* of the connection at the client, or 0 */
    struct tt_har_half request;
    struct tt_har_half response;
    const struct tt_har_message *messages; /* where the exchange opened a WebSocket */
    size_t message_count;
};

struct tt_har_out {
    const struct tt_report_sink *sink;
    struct tt_redactor redactor;
    struct tt_buf entry; /* being written */
    bool reveal;
    bool any;
    enum tt_err err; /* the first failure, sticks */
};

/* Begins the file. `sink` is borrowed until tt_har_out_close. */
void tt_har_out_open(struct tt_har_out *out, bool reveal, const struct tt_report_sink *sink);
void tt_har_out_put(struct tt_har_out *out, const struct tt_har_exchange *exchange);

/* Ends the file and frees everything. Returns the first failure of all. */
TT_MUST_USE enum tt_err tt_har_out_close(struct tt_har_out *out);

#endif
