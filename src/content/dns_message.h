/* A DNS message as a body (RFC 8484: DNS over HTTPS), or in base64 in a URL. Names that are written
 * out are inner bodies, with dots between their labels; names that end in a pointer are searched as
 * they stand. */
#ifndef TT_CONTENT_DNS_MESSAGE_H
#define TT_CONTENT_DNS_MESSAGE_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_dns_message;

#endif
