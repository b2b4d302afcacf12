#include "identify/transform.h"

#include "base/utf.h"

#include <iconv.h>
#include <stdio.h>

enum { NETBIOS_NAME = 15 };

static const struct tt_span nothing = {.data = (const uint8_t *)"", .len = 0};
static const struct tt_span no_memory = {.data = NULL, .len = 0};

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

struct tt_span tt_write_lower(struct tt_arena *arena, struct tt_span text)
{
    uint8_t *out = tt_arena_bytes(arena, text.len + 1);
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i < text.len; i++)
        out[i] = tt_lower(text.data[i]);
    return tt_span_of(out, text.len);
}

struct tt_span tt_write_upper(struct tt_arena *arena, struct tt_span text)
{
    uint8_t *out = tt_arena_bytes(arena, text.len + 1);
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i < text.len; i++)
        out[i] = upper(text.data[i]);
    return tt_span_of(out, text.len);
}

struct tt_span tt_write_digits(struct tt_arena *arena, struct tt_span text)
{
    uint8_t *out = tt_arena_bytes(arena, text.len + 1);
    size_t len = 0;
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i < text.len; i++) {
        if (tt_is_digit(text.data[i]))
            out[len++] = text.data[i];
    }
    return tt_span_of(out, len);
}

struct tt_span tt_write_replaced(struct tt_arena *arena, struct tt_span text, uint8_t from,
                                 uint8_t to)
{
    uint8_t *out = tt_arena_bytes(arena, text.len + 1);
    size_t len = 0;
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != from)
            out[len++] = text.data[i];
        else if (to != 0)
            out[len++] = to;
    }
    return tt_span_of(out, len);
}

static size_t put_unit(uint8_t *out, uint32_t unit, bool big_endian)
{
    out[0] = (uint8_t)(big_endian ? unit >> 8 : unit & 0xffU);
    out[1] = (uint8_t)(big_endian ? unit & 0xffU : unit >> 8);
    return 2;
}

struct tt_span tt_write_utf16(struct tt_arena *arena, struct tt_span text, bool big_endian)
{
    /* A byte of UTF-8 never becomes more than two of UTF-16. */
    uint8_t *out = tt_arena_bytes(arena, text.len * 2 + 1);
    size_t len = 0;
    if (out == NULL)
        return no_memory;
    while (text.len > 0) {
        uint32_t code = 0;
        size_t used = 0;
        if (!tt_utf8_read(text, &code, &used))
            return nothing;
        if (code >= 0x10000) {
            len += put_unit(out + len, 0xd800U + ((code - 0x10000) >> 10), big_endian);
            len += put_unit(out + len, 0xdc00U + ((code - 0x10000) & 0x3ffU), big_endian);
        } else {
            len += put_unit(out + len, code, big_endian);
        }
        text = tt_span_from(text, used);
    }
    return tt_span_of(out, len);
}

struct tt_span tt_write_charset(struct tt_arena *arena, struct tt_span text, const char *charset)
{
    iconv_t converter = iconv_open(charset, "UTF-8");
    /* The invalid descriptor is (iconv_t)-1 by definition. */
    if ((intptr_t)converter == -1)
        return nothing;
    struct tt_span result = no_memory;
    size_t room = text.len * 4 + 16;
    char *out = tt_arena_bytes(arena, room);
    char *in = tt_arena_dup(arena, text);
    if (out != NULL && in != NULL) {
        char *out_at = out;
        size_t in_left = text.len;
        size_t lost = iconv(converter, &in, &in_left, &out_at, &room);
        result = lost == 0 && in_left == 0 ? tt_span_of(out, (size_t)(out_at - out)) : nothing;
    }
    (void)iconv_close(converter);
    return result;
}

/* The newest text of the arena, and no more room than it needs: or none where it is `like`. */
static struct tt_span changed(struct tt_arena *arena, struct tt_span text, struct tt_span like)
{
    bool same = tt_span_eq(text, like);
    tt_arena_trim(arena, text.data, same ? 0 : text.len);
    return same ? nothing : text;
}

static bool is_unreserved(uint8_t c)
{
    return tt_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

struct tt_span tt_write_percent(struct tt_arena *arena, struct tt_span text, const char *space)
{
    char *out = tt_arena_bytes(arena, text.len * 3 + 1);
    size_t len = 0;
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i < text.len; i++) {
        if (is_unreserved(text.data[i])) {
            out[len++] = (char)text.data[i];
        } else if (text.data[i] == ' ') {
            size_t space_len = strlen(space);
            memcpy(out + len, space, space_len);
            len += space_len;
        } else {
            len += (size_t)snprintf(out + len, 4, "%%%02X", (unsigned)text.data[i]);
        }
    }
    return changed(arena, tt_span_of(out, len), text);
}

/* One character, escaped where it must be; returns the length, at most 12. */
static size_t put_json(char *out, uint32_t code, bool slash)
{
    if (code >= 0x10000)
        return (size_t)snprintf(out, 13, "\\u%04x\\u%04x",
                                (unsigned)(0xd800U + ((code - 0x10000) >> 10)),
                                (unsigned)(0xdc00U + ((code - 0x10000) & 0x3ffU)));
    if (code >= 0x7f)
        return (size_t)snprintf(out, 13, "\\u%04x", (unsigned)code);
    if (code == '\n')
        return (size_t)snprintf(out, 13, "\\n");
    if (code == '\r')
        return (size_t)snprintf(out, 13, "\\r");
    if (code == '\t')
        return (size_t)snprintf(out, 13, "\\t");
    if (code < 0x20)
        return (size_t)snprintf(out, 13, "\\u%04x", (unsigned)code);
    if (code == '"' || code == '\\' || (code == '/' && slash))
        return (size_t)snprintf(out, 13, "\\%c", (char)code);
    out[0] = (char)code;
    return 1;
}

struct tt_span tt_write_json(struct tt_arena *arena, struct tt_span text, bool slash)
{
    char *out = tt_arena_bytes(arena, text.len * 6 + 16);
    size_t len = 0;
    if (out == NULL)
        return no_memory;
    for (struct tt_span rest = text; rest.len > 0;) {
        uint32_t code = 0;
        size_t used = 0;
        if (!tt_utf8_read(rest, &code, &used))
            return nothing;
        len += put_json(out + len, code, slash);
        rest = tt_span_from(rest, used);
    }
    return changed(arena, tt_span_of(out, len), text);
}

struct tt_span tt_write_netbios(struct tt_arena *arena, struct tt_span text)
{
    uint8_t *out = tt_arena_bytes(arena, (size_t)NETBIOS_NAME * 2);
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i < NETBIOS_NAME; i++) {
        uint8_t c = i < text.len ? upper(text.data[i]) : ' ';
        if (c >= 0x80)
            return nothing;
        out[i * 2] = (uint8_t)('A' + (c >> 4));
        out[i * 2 + 1] = (uint8_t)('A' + (c & 15));
    }
    return tt_span_of(out, (size_t)NETBIOS_NAME * 2);
}

struct tt_span tt_write_raw(struct tt_arena *arena, struct tt_span hex)
{
    uint8_t *out = tt_arena_bytes(arena, hex.len / 2 + 1);
    size_t digits = 0;
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i < hex.len; i++) {
        int value = tt_hex_value(hex.data[i]);
        if (value < 0)
            continue;
        out[digits / 2] = (uint8_t)(digits % 2 == 0 ? value << 4 : out[digits / 2] | value);
        digits++;
    }
    return digits % 2 == 0 ? tt_span_of(out, digits / 2) : nothing;
}

static uint8_t pair(uint8_t low, uint8_t high)
{
    return (uint8_t)((low - '0') | (high - '0') << 4);
}

struct tt_span tt_write_tbcd(struct tt_arena *arena, struct tt_span digits)
{
    uint8_t *out = tt_arena_bytes(arena, digits.len / 2 + 1);
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i + 1 < digits.len; i += 2)
        out[i / 2] = pair(digits.data[i], digits.data[i + 1]);
    if (digits.len % 2 != 0)
        out[digits.len / 2] = (uint8_t)(0xf0 | (digits.data[digits.len - 1] - '0'));
    return tt_span_of(out, (digits.len + 1) / 2);
}

struct tt_span tt_write_mobile_identity(struct tt_arena *arena, struct tt_span digits,
                                        unsigned type)
{
    if (digits.len % 2 == 0)
        return nothing;
    uint8_t *out = tt_arena_bytes(arena, digits.len / 2 + 1);
    if (out == NULL)
        return no_memory;
    out[0] = (uint8_t)((unsigned)(digits.data[0] - '0') << 4 | 8U | type);
    for (size_t i = 1; i < digits.len; i += 2)
        out[(i + 1) / 2] = pair(digits.data[i], digits.data[i + 1]);
    return tt_span_of(out, digits.len / 2 + 1);
}

struct tt_span tt_write_hex(struct tt_arena *arena, struct tt_span bytes)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *out = tt_arena_bytes(arena, bytes.len * 2 + 1);
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i < bytes.len; i++) {
        out[i * 2] = (uint8_t)digits[bytes.data[i] >> 4];
        out[i * 2 + 1] = (uint8_t)digits[bytes.data[i] & 15];
    }
    return tt_span_of(out, bytes.len * 2);
}

struct tt_span tt_write_base64(struct tt_arena *arena, struct tt_span bytes, unsigned align,
                               bool url)
{
    static const char standard[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char for_urls[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *alphabet = url ? for_urls : standard;
    size_t first = ((size_t)align * 8 + 5) / 6; /* first character made of our bits alone */
    size_t end = ((size_t)align + bytes.len) * 8 / 6;
    if (end <= first)
        return nothing;
    uint8_t *out = tt_arena_bytes(arena, end - first);
    if (out == NULL)
        return no_memory;
    for (size_t i = first; i < end; i++) {
        unsigned value = 0;
        for (size_t bit = i * 6; bit < i * 6 + 6; bit++) {
            size_t at = bit / 8 - align;
            value = value << 1 | (bytes.data[at] >> (7 - bit % 8) & 1U);
        }
        out[i - first] = (uint8_t)alphabet[value];
    }
    return tt_span_of(out, end - first);
}

struct tt_span tt_write_hex_pairs(struct tt_arena *arena, struct tt_span bytes, char between)
{
    enum { PAIR = 2 };
    struct tt_span pairs = tt_write_hex(arena, bytes);
    if (pairs.len == 0)
        return pairs;
    uint8_t *out = tt_arena_bytes(arena, pairs.len / PAIR * (PAIR + 1));
    if (out == NULL)
        return no_memory;
    size_t len = 0;
    for (size_t i = 0; i < pairs.len; i += PAIR) {
        if (i > 0)
            out[len++] = (uint8_t)between;
        memcpy(out + len, pairs.data + i, PAIR);
        len += PAIR;
    }
    return tt_span_of(out, len);
}

struct tt_span tt_write_byte_list(struct tt_arena *arena, struct tt_span bytes, bool space)
{
    enum { LONGEST = 5 }; /* "255, " */
    if (bytes.len == 0)
        return nothing;
    size_t room = bytes.len * LONGEST + 3; /* the brackets, and what snprintf ends with */
    char *out = tt_arena_bytes(arena, room);
    if (out == NULL)
        return no_memory;
    size_t len = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        const char *before = i == 0 ? "[" : space ? ", " : ",";
        len += (size_t)snprintf(out + len, room - len, "%s%u", before, (unsigned)bytes.data[i]);
    }
    out[len++] = ']';
    return tt_span_of(out, len);
}

struct tt_sextet tt_base64_before(struct tt_span bytes, unsigned align)
{
    if (align == 0 || bytes.len == 0)
        return (struct tt_sextet){0};
    unsigned ours = align == 1 ? 4 : 2; /* of the six bits: the lower ones */
    return (struct tt_sextet){.mask = (uint8_t)((1U << ours) - 1),
                              .bits = (uint8_t)(bytes.data[0] >> (8 - ours))};
}

struct tt_sextet tt_base64_behind(struct tt_span bytes, unsigned align)
{
    unsigned ours = (unsigned)((align + bytes.len) * 8 % 6); /* the upper ones */
    if (ours == 0 || bytes.len == 0)
        return (struct tt_sextet){0};
    unsigned mask = (1U << ours) - 1;
    return (struct tt_sextet){.mask = (uint8_t)(mask << (6 - ours)),
                              .bits = (uint8_t)((bytes.data[bytes.len - 1] & mask) << (6 - ours))};
}

struct tt_span tt_write_base64_whole(struct tt_arena *arena, struct tt_span bytes)
{
    /* The last character is filled up with zero bits (RFC 4648, section 3.5): those of a zero byte.
     */
    uint8_t *filled = tt_arena_bytes(arena, bytes.len + 1);
    if (filled == NULL)
        return no_memory;
    if (bytes.len > 0)
        memcpy(filled, bytes.data, bytes.len);
    struct tt_span all = tt_write_base64(arena, tt_span_of(filled, bytes.len + 1), 0, false);
    return tt_span_sub(all, 0, (bytes.len * 8 + 5) / 6);
}

struct tt_span tt_write_reversed(struct tt_arena *arena, struct tt_span text)
{
    uint8_t *out = tt_arena_bytes(arena, text.len + 1);
    if (out == NULL)
        return no_memory;
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t len = 0;
        if (!tt_utf8_read(tt_span_from(text, at), &code, &len))
            return nothing;
        memcpy(out + text.len - at - len, text.data + at, len);
        at += len;
    }
    struct tt_span result = tt_span_of(out, text.len);
    return tt_span_eq(result, text) ? nothing : result;
}

struct tt_span tt_write_rot13(struct tt_arena *arena, struct tt_span text)
{
    uint8_t *out = tt_arena_bytes(arena, text.len + 1);
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        uint8_t first = c >= 'a' ? 'a' : 'A';
        out[i] = tt_is_alpha(c) ? (uint8_t)(first + (c - first + 13) % 26) : c;
    }
    struct tt_span result = tt_span_of(out, text.len);
    return tt_span_eq(result, text) ? nothing : result;
}
