/* Texts: addresses, accounts, passwords, tokens. */
#include "identify/forms_number.h"
#include "identify/integer.h"
#include "identify/transform.h"
#include "identify/unicode.h"

#define BITS_RARE 36.0 /* the local part of an e-mail address that few others have */

enum {
    IPV4_LEN = 4,
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

static bool all_digits(struct tt_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (!tt_is_digit(value.data[i]))
            return false;
    }
    return value.len > 0;
}

/* Charsets older than Unicode that devices still send. Plain ASCII comes out as it went in, and is
 * there already. */
static void add_charsets(struct tt_forms *forms, struct tt_span value, double bits)
{
    static const struct {
        const char *name;
        const char *charset;
        bool ideographs;
    } charsets[] = {
        {"latin-1", "ISO-8859-1", false}, {"gbk", "GBK", true},
        {"shift-jis", "CP932", true},     {"euc-jp", "EUC-JP", true},
        {"big5", "BIG5", true},           {"euc-kr", "EUC-KR", true},
        {"latin-2", "ISO-8859-2", false}, {"windows-1251", "CP1251", false},
        {"koi8-r", "KOI8-R", false},
    };
    bool ideographs = has_ideograph(value);
    size_t count = forms->tier == TT_TIER_OWN ? TT_ARRAY_LEN(charsets) : 3;
    for (size_t i = 0; i < count; i++) {
        if (charsets[i].ideographs == ideographs)
            tt_forms_text(forms, charsets[i].name,
                          tt_write_charset(&forms->arena, value, charsets[i].charset), bits, false);
    }
}

/* In one case as a whole: what ignoring the case of ASCII letters does not find. */
static void add_cases(struct tt_forms *forms, struct tt_span value, double bits)
{
    enum tt_edge edge = tt_forms_edge(forms, value);
    struct tt_writing writing = {.name = "text", .bits = bits, .left = edge, .right = edge};
    writing.transform = "upper";
    writing.bytes = tt_write_capitals(&forms->arena, value);
    tt_forms_add(forms, &writing);
    writing.transform = "lower";
    writing.bytes = tt_write_small(&forms->arena, value);
    tt_forms_add(forms, &writing);
}

static bool is_ascii(struct tt_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] >= 0x80)
            return false;
    }
    return true;
}

/* A digit beside a number makes another number, and "user_17" is not "user_1". */
static enum tt_edge edge_beside(const struct tt_forms *forms, struct tt_span value,
                                uint8_t outermost)
{
    if (tt_forms_edge(forms, value) != TT_EDGE_ANY)
        return tt_forms_edge(forms, value);
    bool is_long = all_digits(value) && value.len >= TT_NUMBER_LONG;
    return tt_is_digit(outermost) && !is_long ? TT_EDGE_DIGIT : TT_EDGE_ANY;
}

static struct tt_writing text_of(const struct tt_forms *forms, struct tt_span value, double bits,
                                 bool caseless)
{
    return (struct tt_writing){.name = "text",
                               .bytes = value,
                               .bits = bits,
                               .caseless = caseless,
                               .left = edge_beside(forms, value, value.data[0]),
                               .right = edge_beside(forms, value, value.data[value.len - 1])};
}

static void add_all(struct tt_forms *forms, struct tt_span value, double bits, bool caseless)
{
    struct tt_arena *arena = &forms->arena;
    struct tt_writing text = text_of(forms, value, bits, caseless);
    tt_forms_add(forms, &text);
    tt_forms_text(forms, "json", tt_write_json(arena, value, false), bits, true);
    if (forms->tier == TT_TIER_FAR)
        return;
    tt_forms_utf16(forms, &text, "utf-16le", "utf-16be");
    tt_forms_text(forms, "percent", tt_write_percent(arena, value, "%20"), bits, true);
    if (forms->tier == TT_TIER_OWN)
        tt_forms_text(forms, "percent", tt_write_percent(arena, value, "+"), bits, true);
    tt_forms_text(forms, "json", tt_write_json(arena, value, true), bits, true);
    if (!caseless || !is_ascii(value))
        add_cases(forms, value, bits);
    if (!is_ascii(value))
        add_charsets(forms, value, bits);
    tt_forms_mirrored(forms, value, bits);
}

enum tt_edge tt_forms_mirrored_edge(const struct tt_forms *forms, enum tt_edge edge)
{
    enum tt_kind kind = forms->current->kind;
    if (edge == TT_EDGE_HEX) /* its digits are other letters in ROT13 */
        return TT_EDGE_TOKEN;
    if (edge != TT_EDGE_ANY)
        return edge;
    return kind == TT_KIND_EMAIL || kind == TT_KIND_CONTACT_EMAIL ? TT_EDGE_TOKEN : TT_EDGE_LETTER;
}

void tt_forms_mirrored(struct tt_forms *forms, struct tt_span value, double bits)
{
    enum tt_edge edge = tt_forms_edge(forms, value);
    struct tt_writing writing = {.name = all_digits(value) ? "digits" : "text",
                                 .bits = bits,
                                 .caseless = true,
                                 .mirrored = true,
                                 .left = tt_forms_mirrored_edge(forms, edge),
                                 .right = tt_forms_mirrored_edge(forms, edge)};
    if (forms->tier == TT_TIER_FAR || bits < TT_WEAK_BITS)
        return;
    writing.transform = "reversed";
    writing.bytes = tt_write_reversed(&forms->arena, value);
    if (all_digits(value) && value.len < TT_NUMBER_LONG)
        writing.left = writing.right = TT_EDGE_DIGIT;
    tt_forms_add(forms, &writing);
    if (forms->tier != TT_TIER_OWN)
        return;
    writing.transform = "rot13";
    writing.bytes = tt_write_rot13(&forms->arena, value);
    tt_forms_add(forms, &writing);
}

/* A number as programs store it: accounts, user names of chat services. */
static void add_if_number(struct tt_forms *forms, struct tt_span value, double bits)
{
    struct tt_number number = {.digits = value, .bits = bits};
    if (all_digits(value) && forms->tier == TT_TIER_OWN)
        tt_forms_number_binary(forms, &number);
}

static void add_text_digests(struct tt_forms *forms, struct tt_span value, double bits)
{
    struct tt_span lower = tt_write_lower(&forms->arena, value);
    struct tt_span upper = tt_write_upper(&forms->arena, value);
    double unknown = tt_bits_unknown(value);
    tt_forms_digests(forms, "text", value, bits, unknown);
    if (lower.data != NULL)
        tt_forms_digests(forms, "lower", lower, bits, unknown);
    if (upper.data != NULL)
        tt_forms_digests(forms, "upper", upper, bits, unknown);
}

/* ---- IPv4 addresses ---- */

/* Dotted decimal, nothing else. */
static bool read_ipv4(struct tt_span value, uint8_t address[IPV4_LEN])
{
    for (size_t part = 0; part < IPV4_LEN; part++) {
        size_t len = part + 1 < IPV4_LEN ? tt_span_find(value, '.') : value.len;
        struct tt_span digits = tt_span_sub(value, 0, len);
        uint64_t number = 0;
        if (digits.len > 3 || (part + 1 < IPV4_LEN && len == value.len) ||
            !tt_integer_of_digits(digits, &number) || number > 255)
            return false;
        address[part] = (uint8_t)number;
        value = tt_span_from(value, len + 1);
    }
    return true;
}

/* Private addresses (RFC 1918, RFC 6598) are in every second home. */
static double bits_of_ipv4(const uint8_t address[IPV4_LEN])
{
    if (address[0] == 192 && address[1] == 168)
        return 16;
    if (address[0] == 172 && address[1] >= 16 && address[1] < 32)
        return 20;
    if (address[0] == 100 && address[1] >= 64 && address[1] < 128)
        return 22;
    if (address[0] == 10)
        return 24;
    return address[0] == 0 || address[0] == 127 ? 8 : 32;
}

static void add_ipv4(struct tt_forms *forms, struct tt_span value, const uint8_t address[IPV4_LEN])
{
    struct tt_arena *arena = &forms->arena;
    double bits = bits_of_ipv4(address);
    uint32_t number = (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 |
                      (uint32_t)address[2] << 8 | address[3];
    struct tt_writing dotted = {.name = "text",
                                .bytes = value,
                                .bits = bits,
                                .left = TT_EDGE_NUMBER,
                                .right = TT_EDGE_DOTTED};
    const struct tt_writing plain = dotted;
    tt_forms_add(forms, &dotted);
    tt_forms_utf16(forms, &dotted, "utf-16le", "utf-16be");
    dotted.name = "dashed";
    dotted.left = TT_EDGE_DIGIT;
    dotted.bytes = tt_write_replaced(arena, value, '.', '-');
    tt_forms_add(forms, &dotted);
    tt_forms_number_alone(forms, "decimal", tt_write_decimal(arena, number), bits);
    tt_forms_number_alone(forms, "decimal", tt_write_decimal(arena, __builtin_bswap32(number)),
                          bits);
    tt_forms_raw(forms, "raw", tt_write_integer(arena, number, IPV4_LEN, TT_ORDER_BIG), bits);
    tt_forms_raw(forms, "raw, backwards",
                 tt_write_integer(arena, number, IPV4_LEN, TT_ORDER_LITTLE), bits);
    tt_forms_transforms(forms, &plain);
    tt_forms_digests(forms, "text", value, bits, bits);
}

/* ---- texts ---- */

void tt_forms_of_text_with(struct tt_forms *forms, struct tt_span value, double bits)
{
    struct tt_writing text = text_of(forms, value, bits, true);
    add_all(forms, value, bits, true);
    add_if_number(forms, value, bits);
    tt_forms_transforms(forms, &text);
    add_text_digests(forms, value, bits);
}

void tt_forms_of_text(struct tt_forms *forms, struct tt_span value)
{
    uint8_t address[IPV4_LEN];
    if (read_ipv4(value, address))
        add_ipv4(forms, value, address);
    else
        tt_forms_of_text_with(forms, value, tt_bits_of_text(value));
}

/* The part before the @, where it is rare enough to stand for the whole address; in another address
 * it is another person's. */
void tt_forms_of_email(struct tt_forms *forms, struct tt_span value)
{
    size_t at = tt_span_find(value, '@');
    struct tt_writing local = {.name = "local part",
                               .bytes = tt_span_sub(value, 0, at),
                               .caseless = true,
                               .left = TT_EDGE_LOCAL,
                               .right = TT_EDGE_LOCAL};
    tt_forms_of_text(forms, value);
    local.bits = tt_bits_of_text(local.bytes);
    if (at < value.len && local.bits >= BITS_RARE && forms->tier != TT_TIER_FAR)
        tt_forms_add(forms, &local);
}

/* ---- identifiers in hexadecimal ---- */

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

static struct tt_span write_backwards(struct tt_forms *forms, struct tt_span bytes)
{
    uint8_t *out = tt_arena_alloc(&forms->arena, bytes.len + 1);
    if (out == NULL)
        return tt_span_of(NULL, 0);
    for (size_t i = 0; i < bytes.len; i++)
        out[i] = bytes.data[bytes.len - 1 - i];
    return tt_span_of(out, bytes.len);
}

/* A UUID as two 64-bit numbers, each little-endian. */
static struct tt_span write_halves(struct tt_forms *forms, struct tt_span raw)
{
    if (raw.len != UUID_DIGITS / 2)
        return tt_span_of("", 0);
    struct tt_span halves[2] = {write_backwards(forms, tt_span_sub(raw, 0, raw.len / 2)),
                                write_backwards(forms, tt_span_from(raw, raw.len / 2))};
    return tt_forms_join(forms, halves, 2, "");
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
    struct tt_writing text = {.name = "text",
                              .bytes = value,
                              .bits = bits,
                              .caseless = true,
                              .left = TT_EDGE_HEX,
                              .right = TT_EDGE_HEX};
    tt_forms_add(forms, &text);
    text.name = "without dashes";
    text.bytes = plain;
    tt_forms_add(forms, &text);
    text.name = "uuid";
    text.bytes = uuid;
    tt_forms_add(forms, &text);
    if (uuid.len > 0) {
        text.name = "underscores";
        text.bytes = tt_write_replaced(arena, uuid, '-', '_');
        tt_forms_add(forms, &text);
    }
    tt_forms_raw(forms, "raw", raw, bits);
    if (raw.len == UUID_DIGITS / 2)
        tt_forms_raw(forms, "guid", write_guid(forms, raw), bits);
    tt_forms_raw(forms, "raw, backwards", write_backwards(forms, raw), bits);
    tt_forms_raw(forms, "uint64le pair", write_halves(forms, raw), bits);
    struct tt_writing utf16 = text;
    utf16.bytes = plain;
    tt_forms_utf16(forms, &utf16, "utf-16le", "utf-16be");
    utf16.bytes = uuid;
    tt_forms_utf16(forms, &utf16, "utf-16le", "utf-16be");
    utf16.bytes = value;
    tt_forms_utf16(forms, &utf16, "utf-16le", "utf-16be");
    add_text_digests(forms, plain, bits);
    if (uuid.len > 0)
        add_text_digests(forms, uuid, bits);
    struct tt_writing bytes = {.name = "raw", .bytes = raw, .bits = bits};
    tt_forms_transforms(forms, &bytes);
}

void tt_forms_of_exact(struct tt_forms *forms, struct tt_span value)
{
    uint8_t address[IPV4_LEN];
    double bits = tt_bits_of_text(value);
    if (read_ipv4(value, address)) {
        add_ipv4(forms, value, address);
        return;
    }
    struct tt_writing text = text_of(forms, value, bits, false);
    if (hex_digits(value) >= RAW_MIN * 2) {
        add_hex_string(forms, value, bits);
        text.left = text.right = TT_EDGE_HEX;
    }
    add_all(forms, value, bits, false);
    add_if_number(forms, value, bits);
    tt_forms_transforms(forms, &text);
    add_text_digests(forms, value, bits);
}

/* 64 random bits: as digits of base 16, as a number with and without sign, as bytes. */
/* As half of a UUID, as java.util.UUID writes two 64-bit numbers. */
static void add_half_uuid(struct tt_forms *forms, struct tt_span digits, double bits)
{
    enum { DIGITS = 16 };
    if (digits.len != DIGITS)
        return;
    struct tt_span high[3] = {tt_span_sub(digits, 0, 8), tt_span_sub(digits, 8, 4),
                              tt_span_sub(digits, 12, 4)};
    struct tt_span low[2] = {tt_span_sub(digits, 0, 4), tt_span_from(digits, 4)};
    struct tt_writing half = {.name = "dashed",
                              .bytes = tt_forms_join(forms, high, 3, "-"),
                              .bits = bits,
                              .caseless = true,
                              .left = TT_EDGE_HEX,
                              .right = TT_EDGE_HEX};
    tt_forms_add(forms, &half);
    half.bytes = tt_forms_join(forms, low, 2, "-");
    tt_forms_add(forms, &half);
}

void tt_forms_of_android_id(struct tt_forms *forms, struct tt_span value)
{
    uint64_t number = 0;
    double bits = tt_bits_of_text(value);
    tt_forms_of_exact(forms, value);
    if (!tt_integer_of_hex(value, &number) || bits < TT_WEAK_BITS)
        return;
    add_half_uuid(forms, value, bits);
    tt_forms_integer(forms, number, bits);
    tt_forms_number_alone(forms, "decimal", tt_write_decimal(&forms->arena, number), bits);
    if (number <= INT64_MAX)
        return;
    struct tt_span parts[2] = {tt_span_str("-"), tt_write_decimal(&forms->arena, ~number + 1)};
    tt_forms_number_alone(forms, "decimal, signed", tt_forms_join(forms, parts, 2, ""), bits);
}

/* ---- names of things ---- */

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

void tt_forms_of_model(struct tt_forms *forms, struct tt_span value)
{
    static const char joints[] = "+_-";
    tt_forms_of_text(forms, value);
    for (size_t i = 0; i < strlen(joints); i++)
        tt_forms_text(forms, "joined",
                      tt_write_replaced(&forms->arena, value, ' ', (uint8_t)joints[i]),
                      tt_bits_of_text(value), true);
}
