/* Hardware addresses (EUI-48, IEEE 802) and what IPv6 makes of them (RFC 4291 appendix A). */
#include "identify/forms_number.h"
#include "identify/integer.h"
#include "identify/transform.h"

#include <stdio.h>

#define BITS_MAKER 12.0  /* the maker's half: shared by its devices, rare in traffic as a whole */
#define BITS_DEVICE 24.0 /* the device's half */

enum { MAC_LEN = 6, MAC_TEXT = 20, EUI64_LEN = 8, IPV6_TEXT = 24 };

/* Pairs (or, for a dot, fours) of digits with a separator; 0 for none. */
static struct tt_span write_mac(struct tt_forms *forms, const uint8_t *mac, char separator,
                                bool upper)
{
    char *out = tt_arena_alloc(&forms->arena, MAC_TEXT);
    size_t len = 0;
    if (out == NULL)
        return tt_span_of(NULL, 0);
    for (size_t i = 0; i < MAC_LEN; i++) {
        if (i > 0 && separator != 0 && (separator != '.' || i % 2 == 0))
            out[len++] = separator;
        len += (size_t)snprintf(out + len, 3, upper ? "%02X" : "%02x", (unsigned)mac[i]);
    }
    return tt_span_of(out, len);
}

/* As some programs print it: no leading zeros in the pairs. */
static struct tt_span write_short(struct tt_forms *forms, const uint8_t *mac)
{
    char *out = tt_arena_alloc(&forms->arena, MAC_TEXT);
    size_t len = 0;
    if (out == NULL)
        return tt_span_of(NULL, 0);
    for (size_t i = 0; i < MAC_LEN; i++)
        len += (size_t)snprintf(out + len, 4, i == 0 ? "%x" : ":%x", (unsigned)mac[i]);
    return tt_span_of(out, len);
}

static struct tt_span write_backwards(struct tt_forms *forms, struct tt_span bytes)
{
    uint8_t *out = tt_arena_alloc(&forms->arena, bytes.len);
    if (out == NULL)
        return tt_span_of(NULL, 0);
    for (size_t i = 0; i < bytes.len; i++)
        out[i] = bytes.data[bytes.len - 1 - i];
    return tt_span_of(out, bytes.len);
}

/* `flip`: the universal bit is inverted, as in the addresses of IPv6; a plain EUI-64 keeps it. */
static struct tt_span write_eui64(struct tt_forms *forms, const uint8_t *mac, bool flip)
{
    uint8_t *out = tt_arena_alloc(&forms->arena, EUI64_LEN);
    if (out == NULL)
        return tt_span_of(NULL, 0);
    memcpy(out, mac, 3);
    out[0] ^= flip ? 2 : 0;
    out[3] = 0xff;
    out[4] = 0xfe;
    memcpy(out + 5, mac + 3, 3);
    return tt_span_of(out, EUI64_LEN);
}

/* The interface identifier as the end of an IPv6 address: groups of four digits, without leading
 * zeros (RFC 5952) or with them. */
static struct tt_span write_interface(struct tt_forms *forms, const uint8_t *eui64, bool zeros)
{
    char *out = tt_arena_alloc(&forms->arena, IPV6_TEXT);
    size_t len = 0;
    if (out == NULL)
        return tt_span_of(NULL, 0);
    for (size_t i = 0; i < EUI64_LEN; i += 2) {
        unsigned group = (unsigned)eui64[i] << 8 | eui64[i + 1];
        if (i > 0)
            out[len++] = ':';
        len += (size_t)snprintf(out + len, 5, zeros ? "%04x" : "%x", group);
    }
    return tt_span_of(out, len);
}

/* Behind "fe80::" a first group of zeros is one of those that "::" stands for (RFC 5952, section
 * 4.2). Nothing where the first group says something. */
static struct tt_span write_shortest(struct tt_forms *forms, const uint8_t *eui64)
{
    struct tt_span text = write_interface(forms, eui64, false);
    char *out = tt_arena_alloc(&forms->arena, IPV6_TEXT);
    if (text.data == NULL || out == NULL || eui64[0] != 0 || eui64[1] != 0)
        return tt_span_of(NULL, 0);
    out[0] = ':';
    memcpy(out + 1, text.data + 1, text.len - 1); /* without the zero in front */
    return tt_span_of(out, text.len);
}

/* The same as labels of a name in ip6.arpa: digits from the last to the first (RFC 3596). */
static struct tt_span write_arpa(struct tt_forms *forms, const uint8_t *eui64)
{
    enum { DIGITS = EUI64_LEN * 2 };
    char *out = tt_arena_alloc(&forms->arena, DIGITS * 2);
    size_t len = 0;
    if (out == NULL)
        return tt_span_of(NULL, 0);
    for (size_t i = DIGITS; i > 0; i--) {
        unsigned digit = eui64[(i - 1) / 2] >> (i % 2 == 0 ? 0 : 4) & 15U;
        if (i < DIGITS)
            out[len++] = '.';
        len += (size_t)snprintf(out + len, 2, "%x", digit);
    }
    return tt_span_of(out, len);
}

static void add_eui64(struct tt_forms *forms, const uint8_t *mac, double bits)
{
    struct tt_span eui64 = write_eui64(forms, mac, true);
    struct tt_span plain = write_eui64(forms, mac, false);
    tt_forms_raw(forms, "eui-64", eui64, bits);
    tt_forms_raw(forms, "eui-64", plain, bits);
    if (eui64.data == NULL || plain.data == NULL)
        return;
    struct tt_writing address = {.name = "ipv6",
                                 .bytes = write_interface(forms, eui64.data, false),
                                 .bits = bits,
                                 .caseless = true,
                                 .left = TT_EDGE_WORD,
                                 .right = TT_EDGE_WORD};
    tt_forms_add(forms, &address);
    address.bytes = write_interface(forms, eui64.data, true);
    tt_forms_add(forms, &address);
    address.bytes = write_shortest(forms, eui64.data);
    address.left = TT_EDGE_ANY;
    if (address.bytes.len > 0)
        tt_forms_add(forms, &address);
    tt_forms_text(forms, "ip6.arpa", write_arpa(forms, eui64.data), bits, true);
    tt_forms_text(forms, "eui-64, text", tt_write_hex(&forms->arena, eui64), bits, true);
    tt_forms_text(forms, "eui-64, text", tt_write_hex(&forms->arena, plain), bits, true);
}

/* The 48 bits as one number. In 64 bits, they are the raw bytes and two NULs. */
static void add_integer(struct tt_forms *forms, struct tt_span raw, double bits)
{
    uint64_t value = 0;
    for (size_t i = 0; i < raw.len; i++)
        value = value << 8 | raw.data[i];
    tt_forms_number_alone(forms, "decimal", tt_write_decimal(&forms->arena, value), bits);
    tt_forms_raw(forms, "varint", tt_write_varint(&forms->arena, value), bits);
    tt_forms_raw(forms, "double", tt_write_double(&forms->arena, (double)value, true), bits);
    tt_forms_raw(forms, "double", tt_write_double(&forms->arena, (double)value, false), bits);
}

static double bits_of(const uint8_t *mac)
{
    size_t different = 0;
    for (size_t i = 1; i < MAC_LEN; i++)
        different += mac[i] != mac[0] ? 1 : 0;
    /* 00:00:00:00:00:00, ff:ff:ff:ff:ff:ff and their like belong to nobody. */
    return different < 2 ? 8.0 : BITS_MAKER + BITS_DEVICE;
}

/* With separators that are seldom used. */
static void add_separated(struct tt_forms *forms, const uint8_t *mac, double bits)
{
    static const struct {
        const char *name;
        char separator;
    } others[] = {{"spaces", ' '}, {"underscores", '_'}, {"commas", ','}, {"bars", '|'}};
    for (size_t i = 0; i < TT_ARRAY_LEN(others); i++)
        tt_forms_text(forms, others[i].name, write_mac(forms, mac, others[i].separator, false),
                      bits, true);
    struct tt_span dots =
        tt_write_replaced(&forms->arena, write_mac(forms, mac, ' ', false), ' ', '.');
    tt_forms_text(forms, "dots", dots, bits, true);
    struct tt_writing shortened = {.name = "colons, short",
                                   .bytes = write_short(forms, mac),
                                   .bits = bits,
                                   .caseless = true,
                                   .left = TT_EDGE_WORD,
                                   .right = TT_EDGE_WORD};
    tt_forms_add(forms, &shortened);
}

/* A longer row of pairs is not an address. */
static struct tt_writing writing_of(const char *name, struct tt_span text, double bits)
{
    return (struct tt_writing){.name = name,
                               .bytes = text,
                               .bits = bits,
                               .caseless = true,
                               .left = TT_EDGE_HEX,
                               .right = TT_EDGE_HEX};
}

/* The usual writings under transforms and digests. */
static void add_normal(struct tt_forms *forms, struct tt_span raw, double bits)
{
    static const struct {
        const char *name;
        char separator;
        bool upper;
    } normal[] = {
        {"lower, colons", ':', false}, {"upper, colons", ':', true},  {"lower, plain", 0, false},
        {"upper, plain", 0, true},     {"lower, dashes", '-', false}, {"upper, dashes", '-', true},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(normal); i++) {
        struct tt_span text = write_mac(forms, raw.data, normal[i].separator, normal[i].upper);
        if (text.data == NULL)
            continue;
        struct tt_writing plain = writing_of(normal[i].name, text, bits);
        if (normal[i].separator != '-')
            tt_forms_transforms(forms, &plain);
        tt_forms_digests(forms, normal[i].name, text, bits, BITS_DEVICE);
    }
}

static void add_text(struct tt_forms *forms, const char *name, struct tt_span text, double bits)
{
    struct tt_writing writing = writing_of(name, text, bits);
    tt_forms_add(forms, &writing);
}

/* Fours and halves, as some switches print them. */
static void add_grouped(struct tt_forms *forms, struct tt_span plain, double bits)
{
    for (size_t size = 4; plain.len == MAC_LEN * 2 && size <= 6; size += 2) {
        struct tt_span parts[3] = {tt_span_sub(plain, 0, size), tt_span_sub(plain, size, size),
                                   tt_span_from(plain, 2 * size)};
        size_t count = plain.len / size;
        add_text(forms, "dashes", tt_forms_join(forms, parts, count, "-"), bits);
        add_text(forms, "colons", tt_forms_join(forms, parts, count, ":"), bits);
    }
}

void tt_forms_of_mac(struct tt_forms *forms, struct tt_span value)
{
    struct tt_span raw = tt_write_raw(&forms->arena, value);
    if (raw.len != MAC_LEN) {
        tt_forms_of_text(forms, value); /* the sheet has warned */
        return;
    }
    double bits = bits_of(raw.data);
    struct tt_span colons = write_mac(forms, raw.data, ':', false);
    add_text(forms, "colons", colons, bits);
    if (colons.data != NULL)
        add_text(forms, "percent", tt_write_percent(&forms->arena, colons, "%20"), bits);
    add_text(forms, "dashes", write_mac(forms, raw.data, '-', false), bits);
    add_text(forms, "dots", write_mac(forms, raw.data, '.', false), bits);
    struct tt_span plain = write_mac(forms, raw.data, 0, false);
    add_text(forms, "no separators", plain, bits);
    add_grouped(forms, plain, bits);
    add_separated(forms, raw.data, bits);
    tt_forms_raw(forms, "raw", raw, bits);
    tt_forms_raw(forms, "raw, backwards", write_backwards(forms, raw), bits);
    add_integer(forms, raw, bits);
    add_eui64(forms, raw.data, bits);
    if (colons.data != NULL && plain.data != NULL) {
        struct tt_writing utf16 = writing_of(NULL, colons, bits);
        tt_forms_utf16(forms, &utf16, "utf-16le", "utf-16be");
        utf16.bytes = plain;
        tt_forms_utf16(forms, &utf16, "utf-16le", "utf-16be");
        tt_forms_mirrored(forms, colons, bits);
        tt_forms_mirrored(forms, plain, bits);
    }
    add_normal(forms, raw, bits);
    tt_forms_digests(forms, "raw", raw, bits, BITS_DEVICE);
}
