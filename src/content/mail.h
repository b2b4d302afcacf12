/* A message of mail (RFC 5322): header fields, an empty line, and a body that they describe as MIME
 * does (RFC 2045). */
#ifndef TT_CONTENT_MAIL_H
#define TT_CONTENT_MAIL_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_mail;

#endif
