/* Inside verify/: entries of HAR files, http://www.softwareishard.com/blog/har-12-spec/. */
#ifndef TT_VERIFY_HAR_H
#define TT_VERIFY_HAR_H

#include "base/addr.h"
#include "base/buf.h"

/* The decoding "har": the text that HTTP/1 would have for the head which `object`, the request or
 * response of `entry`, tells. Of a request without a field "host" the URL names it. */
TT_MUST_USE enum tt_err tt_verify_har_head(struct tt_span object, struct tt_span entry,
                                           struct tt_buf *out);

/* Does the entry hold that address as a text, of its server or in its URL? */
bool tt_verify_har_names(struct tt_span entry, struct tt_addr addr);

#endif
