/* Names of hosts: do they lead beyond the local network? */
#ifndef TT_BASE_HOST_H
#define TT_BASE_HOST_H

#include <stdbool.h>

/* Is `host` a name or an address that is served somewhere on the internet? Not an address of a
 * local network, not a name without a dot, and not one below a domain that is for local use: .local
 * (RFC 6762), .localhost (RFC 6761), home.arpa (RFC 8375), .internal (reserved by ICANN in 2024),
 * the zones that name addresses (RFC 1035, section 3.5; RFC 3596), and what home and office routers
 * use without asking (RFC 6762, appendix G). Upper and lower case are the same; a dot at the end
 * does not matter. NULL is none. */
bool tt_host_is_beyond(const char *host);

#endif
