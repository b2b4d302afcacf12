/* Inside verify/: does the name of a first step fit its place in a conversation in lines (SMTP,
 * POP3, IMAP, FTP), in an XMPP stream or in a mail? */
#ifndef TT_VERIFY_LINES_H
#define TT_VERIFY_LINES_H

#include "verify/names.h"

/* `stream` holds the bytes in front of `at` as far as they are needed. */
enum tt_verify_named tt_verify_line(const char *name, struct tt_span stream, size_t at);

/* "mail.header", "mail.body" (RFC 5322, section 2.1): byte `at` of `mail`. */
enum tt_verify_named tt_verify_mail(const char *name, struct tt_span mail, size_t at);

#endif
