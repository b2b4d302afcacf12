/* One entry of a HAR file, read: which parts of its JSON text are the request, the response, their
 * header fields and bodies. Nothing is decoded here, and no string copied.
 *
 * HTTP Archive 1.2, http://www.softwareishard.com/blog/har-12-spec/, section "entries", and what
 * writers add with an underscore in front: _webSocketMessages, _fromCache, _error, _resourceType,
 * _fetchedViaServiceWorker (Chromium), _securityState (Firefox), _securityDetails (Playwright).
 * Members may stand in any order, be missing, or have another type: then they say nothing. */
#ifndef TT_PROTO_HAR_ENTRY_H
#define TT_PROTO_HAR_ENTRY_H

#include "base/addr.h"
#include "base/json_read.h"
#include "model/limits.h"

/* The request or the response. */
struct tt_har_side {
    struct tt_json_value object;
    struct tt_json_value version;
    struct tt_json_value headers;
    struct tt_json_value cookies;
    struct tt_json_value text;     /* the body */
    struct tt_json_value encoding; /* of it: "base64", or none */
    struct tt_json_value media_type;
    struct tt_json_value params; /* the body as a list of fields, where that is all there is */
    uint64_t body_size;          /* as the file tells; 0 where it does not */
};

struct tt_har_entry {
    struct tt_har_side request;
    struct tt_har_side response;
    struct tt_json_value method;
    struct tt_json_value url;
    struct tt_json_value query;
    struct tt_json_value messages; /* of a WebSocket */
    int status;
    char host[TT_NAME_TEXT_MAX + 1]; /* of the URL, in lower case; "" for none */
    struct tt_addr server;           /* none where it is not told */
    uint16_t port;                   /* of the URL */
    bool whole;                      /* the text did not end inside it */

    /* Why nothing of it was on the network; NULL: it was, as far as one can tell. A browser lists
     * what it took from its cache or refused to send, too. */
    const char *unsent;

    /* tt_seal: claimed by the URL's scheme, the version of HTTP and _securityDetails. */
    const char *encryption;
};

/* `text`: the entry as it stands, from its brace on. Spans of `*ret_entry` point into it. */
void tt_har_entry_read(struct tt_span text, struct tt_har_entry *ret_entry);

#endif
