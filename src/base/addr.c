#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

size_t tt_addr_len(struct tt_addr addr)
{
    switch ((enum tt_addr_family)addr.family) {
    case TT_ADDR_IPV4:
        return 4;
    case TT_ADDR_IPV6:
        return 16;
    case TT_ADDR_MAC:
        return 6;
    case TT_ADDR_NONE:
        break;
    }
    return 0;
}

struct tt_addr tt_addr_make(enum tt_addr_family family, const uint8_t *bytes)
{
    struct tt_addr addr = {.family = (uint8_t)family};
    memcpy(addr.bytes, bytes, tt_addr_len(addr));
    return addr;
}

const char *tt_addr_text(struct tt_addr addr, char text[TT_ADDR_TEXT_MAX])
{
    text[0] = '\0';
    switch ((enum tt_addr_family)addr.family) {
    case TT_ADDR_IPV4:
        (void)inet_ntop(AF_INET, addr.bytes, text, TT_ADDR_TEXT_MAX);
        break;
    case TT_ADDR_IPV6:
        (void)inet_ntop(AF_INET6, addr.bytes, text, TT_ADDR_TEXT_MAX);
        break;
    case TT_ADDR_MAC:
        (void)snprintf(text, TT_ADDR_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", addr.bytes[0],
                       addr.bytes[1], addr.bytes[2], addr.bytes[3], addr.bytes[4], addr.bytes[5]);
        break;
    case TT_ADDR_NONE:
        break;
    }
    return text;
}

/* Six pairs of hexadecimal digits with the same separator between them. */
static bool parse_mac(const char *text, struct tt_addr *ret_addr)
{
    if (strlen(text) != 17 || (text[2] != ':' && text[2] != '-'))
        return false;
    struct tt_addr addr = {.family = TT_ADDR_MAC};
    for (size_t i = 0; i < 6; i++) {
        int high = tt_hex_value((uint8_t)text[i * 3]);
        int low = tt_hex_value((uint8_t)text[i * 3 + 1]);
        if (high < 0 || low < 0 || (i < 5 && text[i * 3 + 2] != text[2]))
            return false;
        addr.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *ret_addr = addr;
    return true;
}

bool tt_addr_parse(const char *text, struct tt_addr *ret_addr)
{
    struct tt_addr addr = {.family = TT_ADDR_IPV4};
    if (inet_pton(AF_INET, text, addr.bytes) == 1) {
        *ret_addr = addr;
        return true;
    }
    addr.family = TT_ADDR_IPV6;
    if (inet_pton(AF_INET6, text, addr.bytes) == 1) {
        *ret_addr = addr;
        return true;
    }
    return parse_mac(text, ret_addr);
}

static enum tt_addr_scope scope_v4(const uint8_t *b)
{
    if (b[0] >= 224 || b[0] == 0 || (b[0] == 169 && b[1] == 254))
        return TT_ADDR_SCOPE_LINK;
    bool private_use = b[0] == 10 || b[0] == 127 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
                       (b[0] == 192 && b[1] == 168) || (b[0] == 100 && (b[1] & 0xc0) == 64);
    return private_use ? TT_ADDR_SCOPE_PRIVATE : TT_ADDR_SCOPE_INTERNET;
}

static enum tt_addr_scope scope_v6(const uint8_t *b)
{
    static const uint8_t loopback[16] = {[15] = 1};
    static const uint8_t unspecified[16] = {0};
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (memcmp(b, mapped, sizeof(mapped)) == 0)
        return scope_v4(b + 12);
    if (b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) || memcmp(b, unspecified, 16) == 0)
        return TT_ADDR_SCOPE_LINK;
    if ((b[0] & 0xfe) == 0xfc || memcmp(b, loopback, 16) == 0)
        return TT_ADDR_SCOPE_PRIVATE;
    return TT_ADDR_SCOPE_INTERNET;
}

enum tt_addr_scope tt_addr_scope(struct tt_addr addr)
{
    switch ((enum tt_addr_family)addr.family) {
    case TT_ADDR_IPV4:
        return scope_v4(addr.bytes);
    case TT_ADDR_IPV6:
        return scope_v6(addr.bytes);
    case TT_ADDR_MAC:
    case TT_ADDR_NONE:
        break;
    }
    return TT_ADDR_SCOPE_LINK;
}
