/* Inside verify/: does the name of a step fit the place that it gives? */
#ifndef TT_VERIFY_NAMES_H
#define TT_VERIFY_NAMES_H

#include "base/span.h"

enum tt_verify_named {
    TT_VERIFY_NAME_OPEN, /* not checked: too dear here, or what stands there is damaged */
    TT_VERIFY_NAME_FITS,
    TT_VERIFY_NAME_WRONG
};

/* The step `name` says that byte `at` of `container` is where it says: a path in JSON, the name of
 * a field of a form, a query or a cookie, an element of XML, a file of a zip or tar archive, a part
 * of a multipart body, a field of a protobuf message. */
enum tt_verify_named tt_verify_named(const char *name, struct tt_span container, size_t at);

/* The same for the first step of an HTTP message ("http.request.header:cookie"): `stream` holds the
 * bytes in front of `at` as far as they are needed. */
enum tt_verify_named tt_verify_http(const char *name, struct tt_span stream, size_t at);

/* Does the DNS message hold the name, in the section that the step `name` tells, so that bytes
 * [at, at + len) of it (labels with dots between them) are there? Calls `found` with each that it
 * could be until that answers true. RFC 1035, sections 4.1.1 to 4.1.4. */
bool tt_verify_dns(const char *name, struct tt_span message, uint64_t at, uint64_t len,
                   bool (*found)(void *context, struct tt_span value), void *context);

#endif
