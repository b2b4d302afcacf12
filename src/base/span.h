/* A borrowed run of bytes: where it starts and how long it is. Every reader of the project takes
 * spans; nobody takes a bare pointer and trusts a terminator. */
#ifndef TT_BASE_SPAN_H
#define TT_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct tt_span {
    const uint8_t *data;
    size_t len;
};

static inline struct tt_span tt_span_of(const void *data, size_t len)
{
    return (struct tt_span){.data = data, .len = len};
}

/* The bytes of a C string, without its terminator. */
static inline struct tt_span tt_span_str(const char *text)
{
    return (struct tt_span){.data = (const uint8_t *)text, .len = strlen(text)};
}

/* `len` bytes from `at` on, cut at the end of the span; empty when `at` lies behind it. */
static inline struct tt_span tt_span_sub(struct tt_span span, size_t at, size_t len)
{
    if (at >= span.len)
        return (struct tt_span){.data = span.data, .len = 0};
    if (len > span.len - at)
        len = span.len - at;
    return (struct tt_span){.data = span.data + at, .len = len};
}

static inline struct tt_span tt_span_from(struct tt_span span, size_t at)
{
    return tt_span_sub(span, at, SIZE_MAX);
}

static inline bool tt_span_eq(struct tt_span a, struct tt_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool tt_span_starts(struct tt_span span, struct tt_span prefix)
{
    return span.len >= prefix.len && tt_span_eq(tt_span_sub(span, 0, prefix.len), prefix);
}

/* The offset of the first `byte`, or span.len. */
static inline size_t tt_span_find(struct tt_span span, uint8_t byte)
{
    if (span.len == 0)
        return 0;
    const uint8_t *hit = memchr(span.data, byte, span.len);
    return hit == NULL ? span.len : (size_t)(hit - span.data);
}

/* ASCII only, whatever the locale says. */
static inline uint8_t tt_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20U) : c;
}

static inline bool tt_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool tt_is_alpha(uint8_t c)
{
    return tt_lower(c) >= 'a' && tt_lower(c) <= 'z';
}

static inline bool tt_is_alnum(uint8_t c)
{
    return tt_is_digit(c) || tt_is_alpha(c);
}

/* The value of a hexadecimal digit, or -1. */
static inline int tt_hex_value(uint8_t c)
{
    if (tt_is_digit(c))
        return c - '0';
    c = tt_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of a letter of base64 or base64url (RFC 4648, sections 4 and 5), or -1. */
static inline int tt_base64_digit(uint8_t c)
{
    if (tt_is_digit(c))
        return c - '0' + 52;
    if (tt_is_alpha(c))
        return c <= 'Z' ? c - 'A' : c - 'a' + 26;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Printable ASCII, tabs and line ends alone; true of nothing. */
bool tt_span_is_ascii(struct tt_span span);

/* Equal but for the case of ASCII letters. */
bool tt_span_ieq(struct tt_span a, struct tt_span b);

/* As tt_span_ieq, against a C string. */
bool tt_span_is(struct tt_span span, const char *text);

/* Without spaces, tabs, CR and LF at both ends. */
struct tt_span tt_span_trim(struct tt_span span);

/* The offset of the first `needle`, or SIZE_MAX. */
size_t tt_span_search(struct tt_span span, struct tt_span needle);

#endif
