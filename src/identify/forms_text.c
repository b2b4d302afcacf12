/* Texts: names, addresses, accounts, passwords, tokens. */
#include "identify/forms.h"
#include "identify/transform.h"

enum {
    UUID_LEN = 36,
    UUID_DIGITS = 32,
    RAW_MIN = 8, /* bytes from which a string of hexadecimal digits may be sent raw */
};

/* Hexadecimal digits, with dashes at most. */
static size_t hex_digits(struct tt_span value)
{
    size_t digits = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (tt_hex_value(value.data[i]) >= 0)
            digits++;
        else if (value.data[i] != '-')
            return 0;
    }
    return digits;
}

static bool has_ideograph(struct tt_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] >= 0xe3) /* first byte of U+3000 and up */
            return true;
    }
    return false;
}

static void add_all(struct tt_forms *forms, struct tt_span value, double bits, bool caseless)
{
    struct tt_arena *arena = &forms->arena;
    struct tt_writing text = {.name = "text", .bytes = value, .bits = bits, .caseless = caseless};
    tt_forms_add(forms, &text);
    tt_forms_utf16(forms, &text, "utf-16le", "utf-16be");
    tt_forms_text(forms, "percent", tt_write_percent(arena, value, "%20"), bits, true);
    if (forms->current->owner == TT_OWNER_DEVICE)
        tt_forms_text(forms, "percent", tt_write_percent(arena, value, "+"), bits, true);
    tt_forms_text(forms, "json", tt_write_json(arena, value, false), bits, true);
    tt_forms_text(forms, "json", tt_write_json(arena, value, true), bits, true);
    /* Plain ASCII comes out as it went in, and is there already. */
    tt_forms_text(forms, "latin-1", tt_write_charset(arena, value, "ISO-8859-1"), bits, false);
    if (has_ideograph(value))
        tt_forms_text(forms, "gbk", tt_write_charset(arena, value, "GBK"), bits, false);
}

static void add_text_digests(struct tt_forms *forms, struct tt_span value, double bits)
{
    struct tt_span lower = tt_write_lower(&forms->arena, value);
    struct tt_span upper = tt_write_upper(&forms->arena, value);
    tt_forms_digests(forms, "text", value, bits, bits);
    if (lower.data != NULL)
        tt_forms_digests(forms, "lower", lower, bits, bits);
    if (upper.data != NULL)
        tt_forms_digests(forms, "upper", upper, bits, bits);
}

void tt_forms_of_text(struct tt_forms *forms, struct tt_span value)
{
    double bits = tt_bits_of_text(value);
    add_all(forms, value, bits, true);
    tt_forms_transforms(forms, "text", value, bits);
    add_text_digests(forms, value, bits);
}

/* 8-4-4-4-12 from 32 digits; empty for another number. */
static struct tt_span write_uuid(struct tt_forms *forms, struct tt_span digits)
{
    char *out = tt_arena_alloc(&forms->arena, UUID_LEN + 1);
    size_t len = 0;
    if (out == NULL || digits.len != UUID_DIGITS)
        return tt_span_of(out, 0);
    for (size_t i = 0; i < UUID_DIGITS; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            out[len++] = '-';
        out[len++] = (char)digits.data[i];
    }
    return tt_span_of(out, len);
}

/* The bytes as Microsoft's GUID structure holds them: its first three fields little-endian. */
static struct tt_span write_guid(struct tt_forms *forms, struct tt_span raw)
{
    static const uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t *out = tt_arena_alloc(&forms->arena, sizeof(order));
    if (out == NULL || raw.len != sizeof(order))
        return tt_span_of(out, 0);
    for (size_t i = 0; i < sizeof(order); i++)
        out[i] = raw.data[order[i]];
    return tt_span_of(out, sizeof(order));
}

static void add_hex_string(struct tt_forms *forms, struct tt_span value, double bits)
{
    struct tt_arena *arena = &forms->arena;
    struct tt_span plain = tt_write_replaced(arena, value, '-', 0);
    if (plain.data == NULL) {
        tt_forms_raw(forms, "raw", plain, bits);
        return;
    }
    struct tt_span raw = tt_write_raw(arena, plain);
    struct tt_span uuid = write_uuid(forms, plain);
    tt_forms_text(forms, "text", value, bits, true);
    tt_forms_text(forms, "without dashes", plain, bits, true);
    tt_forms_text(forms, "uuid", uuid, bits, true);
    tt_forms_raw(forms, "raw", raw, bits);
    if (raw.len == UUID_DIGITS / 2)
        tt_forms_raw(forms, "guid", write_guid(forms, raw), bits);
    add_text_digests(forms, plain, bits);
    if (uuid.len > 0)
        add_text_digests(forms, uuid, bits);
    tt_forms_transforms(forms, "raw", raw, bits);
}

void tt_forms_of_exact(struct tt_forms *forms, struct tt_span value)
{
    double bits = tt_bits_of_text(value);
    if (hex_digits(value) >= RAW_MIN * 2)
        add_hex_string(forms, value, bits);
    add_all(forms, value, bits, false);
    tt_forms_transforms(forms, "text", value, bits);
    add_text_digests(forms, value, bits);
}

void tt_forms_of_hostname(struct tt_forms *forms, struct tt_span value)
{
    tt_forms_of_text(forms, value);
    struct tt_writing netbios = {.name = "netbios",
                                 .bytes = tt_write_netbios(&forms->arena, value),
                                 .bits = tt_bits_of_text(value),
                                 /* Padded to its full length, it is a whole name. */
                                 .whole = true};
    tt_forms_add(forms, &netbios);
}

/* "Asha Rao" -> "Rao, Asha": the last word in front. */
static struct tt_span write_reversed(struct tt_forms *forms, struct tt_span value,
                                     const char *between)
{
    size_t space = value.len;
    while (space > 0 && value.data[space - 1] != ' ')
        space--;
    if (space == 0 || tt_span_find(value, ',') < value.len)
        return tt_span_of("", 0);
    struct tt_span first = tt_span_trim(tt_span_sub(value, 0, space));
    struct tt_span last = tt_span_from(value, space);
    size_t between_len = strlen(between);
    uint8_t *out = tt_arena_alloc(&forms->arena, value.len + between_len + 1);
    if (out == NULL)
        return tt_span_of(NULL, 0);
    memcpy(out, last.data, last.len);
    memcpy(out + last.len, between, between_len);
    memcpy(out + last.len + between_len, first.data, first.len);
    return tt_span_of(out, last.len + between_len + first.len);
}

void tt_forms_of_name(struct tt_forms *forms, struct tt_span value)
{
    static const char *const between[] = {" ", ", ", ",", "+", "%20"};
    double bits = tt_bits_of_text(value);
    bool own = forms->current->owner == TT_OWNER_DEVICE;
    tt_forms_of_text(forms, value);
    /* An address book has thousands: each form of a contact costs speed. */
    for (size_t i = 0; i < (own ? TT_ARRAY_LEN(between) : 2); i++)
        tt_forms_text(forms, "last name first", write_reversed(forms, value, between[i]), bits,
                      true);
    if (!own)
        return;
    tt_forms_text(forms, "joined", tt_write_replaced(&forms->arena, value, ' ', '.'), bits, true);
    tt_forms_text(forms, "joined", tt_write_replaced(&forms->arena, value, ' ', '_'), bits, true);
}

void tt_forms_of_model(struct tt_forms *forms, struct tt_span value)
{
    static const char joints[] = "+_-";
    tt_forms_of_text(forms, value);
    for (size_t i = 0; i < strlen(joints); i++)
        tt_forms_text(forms, "joined",
                      tt_write_replaced(&forms->arena, value, ' ', (uint8_t)joints[i]),
                      tt_bits_of_text(value), true);
}
