/* Inside proto/: the bodies of a HAR entry, and what its WebSocket said. */
#ifndef TT_PROTO_HAR_BODY_H
#define TT_PROTO_HAR_BODY_H

#include "proto/har.h"
#include "proto/http_message.h"

/* How the file writes it. */
enum tt_har_writing { TT_HAR_AS_IT_STANDS, TT_HAR_STRING, TT_HAR_BASE64 };

struct tt_har_body {
    const char *step;
    const char *media_type; /* or NULL */
    const char *boundary;   /* or NULL */
    struct tt_span text;    /* of the entry */
    bool whole;
    enum tt_har_writing writing;
};

/* Opens it, gives its bytes, and closes it. Returns how many there were. */
uint64_t tt_har_tell_body(const struct tt_har_context *context, enum tt_direction direction,
                          const struct tt_har_body *body, const struct tt_msg *msg);

/* _webSocketMessages of Chromium: type ("send", "receive"), time (seconds), opcode (RFC 6455,
 * section 5.2) and data (text where the opcode says so, else base64). `request` opened the
 * WebSocket. */
void tt_har_tell_messages(struct tt_json_value list, const struct tt_http_request *request,
                          const struct tt_har_context *context);

#endif
