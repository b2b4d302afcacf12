/* What an HTTP message of any version is called: RFC 9110.
 *
 * The head of every version is read as the text that HTTP/1 would write for it (http1_head.h;
 * http_block.h makes that text from the fields of HTTP/2 and 3). From it come the texts below: for
 * the listing, for the destination, and for whoever unwraps the body. */
#ifndef TT_PROTO_HTTP_MESSAGE_H
#define TT_PROTO_HTTP_MESSAGE_H

#include "model/flow.h"
#include "proto/http1_head.h"

/* What a response wants to know of its request. NULL where the request did not say. */
struct tt_http_request {
    uint64_t frame; /* in which it began */
    const char *method;
    const char *host;
    const char *url;
};

/* The texts of a message. */
enum tt_http_text {
    TT_HTTP_METHOD,
    TT_HTTP_HOST,
    TT_HTTP_URL,
    TT_HTTP_CONTENT_TYPE,
    TT_HTTP_MEDIA_TYPE,
    TT_HTTP_CODINGS,
    TT_HTTP_BOUNDARY,
    TT_HTTP_TEXT_COUNT
};

/* All that is known of a message when its head has been read. */
struct tt_http_about {
    const struct tt_http1_head *head;
    const struct tt_http_request *request; /* of a response; NULL: not known */
    struct tt_span scheme;                 /* of a target that does not say it: "http" */
    const struct tt_endpoint *server; /* named where the head names no host; NULL: nothing is */
    /* Named in the URL where the head names no host: the connection's; NULL: nothing is. */
    const char *connection_host;
    bool listed;          /* URL and content type are wanted */
    bool target_missing;  /* the target was lost: there is no URL */
    bool connects_to_url; /* CONNECT with a path: RFC 8441, section 4 */
};

/* Room that all texts of the message need at most, in bytes. */
size_t tt_http_texts_room(const struct tt_http_about *about);

/* Writes them into `texts`. `offsets` (all zero before) gets the offset plus one of each; 0 where
 * there is none. Returns the bytes used. */
size_t tt_http_texts_write(const struct tt_http_about *about, uint32_t offsets[TT_HTTP_TEXT_COUNT],
                           char *texts);

#endif
