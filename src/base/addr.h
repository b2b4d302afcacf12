/* Network and hardware addresses as one comparable value, and their texts. */
#ifndef TT_BASE_ADDR_H
#define TT_BASE_ADDR_H

#include "base/span.h"

enum tt_addr_family {
    TT_ADDR_NONE = 0, /* not known, or the link has no addresses */
    TT_ADDR_IPV4,
    TT_ADDR_IPV6,
    TT_ADDR_MAC /* EUI-48 */
};

/* Bytes behind the length of the family are zero, so that memcmp compares. */
struct tt_addr {
    uint8_t family; /* enum tt_addr_family */
    uint8_t bytes[16];
};

/* The longest text: an IPv6 address with an embedded IPv4 one, and the terminator. */
enum { TT_ADDR_TEXT_MAX = 46 };

/* 4, 16, 6, or 0 for none. */
size_t tt_addr_len(struct tt_addr addr);

/* `bytes` must hold the length of the family. */
struct tt_addr tt_addr_make(enum tt_addr_family family, const uint8_t *bytes);

static inline bool tt_addr_eq(struct tt_addr a, struct tt_addr b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

/* Dotted, RFC 5952, or colons; "" for none. Returns `text`. */
const char *tt_addr_text(struct tt_addr addr, char text[TT_ADDR_TEXT_MAX]);

/* Reads an IPv4, IPv6 or MAC address (colons or dashes). False when it is none of them. */
bool tt_addr_parse(const char *text, struct tt_addr *ret_addr);

/* Where an address lives. */
enum tt_addr_scope {
    TT_ADDR_SCOPE_LINK, /* never leaves the local link: link-local, multicast, broadcast, MAC, none
                         */
    TT_ADDR_SCOPE_PRIVATE, /* RFC 1918, RFC 6598, RFC 4193, loopback */
    TT_ADDR_SCOPE_INTERNET /* everything else, documentation prefixes included: labs use them */
};

enum tt_addr_scope tt_addr_scope(struct tt_addr addr);

#endif
