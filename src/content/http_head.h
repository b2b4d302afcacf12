/* Inside content/: the head of an HTTP message. Only where a protocol says so (body.format). */
#ifndef TT_CONTENT_HTTP_HEAD_H
#define TT_CONTENT_HTTP_HEAD_H

#include "content/content.h"

/* Places: "http.request.line", "http.request.uri" (and "query:name" in it),
 * "http.request.header:cookie" (and "cookie:name"); the same with "response". Inner bodies:
 * percent-encoded paths, query values, cookies and field values, and the base64 of Basic
 * credentials. */
extern const struct tt_decoder tt_decoder_http_head; /* RFC 9112, sections 2 to 5 */

#endif
