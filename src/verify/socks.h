/* Inside verify/: does the name of a first step fit its place in what the client of a SOCKS proxy
 * says (RFC 1928, RFC 1929; for version 4 and 4A https://www.openssh.com/txt/socks4.protocol and
 * socks4a.protocol)? */
#ifndef TT_VERIFY_SOCKS_H
#define TT_VERIFY_SOCKS_H

#include "verify/names.h"

/* `stream` holds the bytes of the direction from its first one on. */
enum tt_verify_named tt_verify_socks(const char *name, struct tt_span stream, size_t at);

#endif
