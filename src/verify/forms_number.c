/* Numbers of devices, SIM cards and telephones, and hardware addresses. */
#include <stdlib.h>

#include "base/compiler.h"
#include "verify/forms.h"

enum { IMEI_BODY = 14, PHONE_MIN = 7, HEX_MAX = 128 };

size_t tt_verify_digits(struct tt_span text, char ret_digits[TT_VERIFY_DIGITS_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++)
        if (tt_is_digit(text.data[i]) && len + 1 < TT_VERIFY_DIGITS_MAX)
            ret_digits[len++] = (char)text.data[i];
    ret_digits[len] = '\0';
    return len;
}

static bool is_phone(enum tt_kind kind)
{
    return kind == TT_KIND_PHONE_NUMBER || kind == TT_KIND_CONTACT_NUMBER ||
           kind == TT_KIND_MESSAGE_NUMBER;
}

/* Does the text end with the digits `tail`? */
static bool ends_with(const char *text, const char *tail)
{
    size_t a = strlen(text);
    size_t b = strlen(tail);
    return a >= b && strcmp(text + a - b, tail) == 0;
}

/* A number with what stands in front of it nationally and internationally: 00, 0, 8, 1. */
static bool phone_fits(const char *found, const char *value)
{
    while (value[0] == '0' && strlen(value) > PHONE_MIN)
        value++;
    for (size_t skip = 0; skip <= 3 && strlen(found + skip) >= PHONE_MIN; skip++) {
        if (ends_with(value, found + skip))
            return true;
        if (found[skip] != '0' && found[skip] != '1' && found[skip] != '8')
            return false;
    }
    return false;
}

/* Only digits and the signs that people put between them; "%20" is one. */
static bool is_grouped(struct tt_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.data[i];
        if (!tt_is_digit(c) && c < 0x80 && (c == 0 || strchr(" -./()+,_:%\t", c) == NULL))
            return false;
    }
    return true;
}

static size_t digits_without_percent(struct tt_span bytes, char digits[TT_VERIFY_DIGITS_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] == '%')
            i += 2;
        else if (tt_is_digit(bytes.data[i]) && len + 1 < TT_VERIFY_DIGITS_MAX)
            digits[len++] = (char)bytes.data[i];
    }
    digits[len] = '\0';
    return len;
}

/* The digits of the value without the last one where that is a check digit. */
static size_t body_of(const struct tt_verify_form *form, char body[TT_VERIFY_DIGITS_MAX])
{
    size_t len = tt_verify_digits(form->value, body);
    bool device = form->kind == TT_KIND_IMEI || form->kind == TT_KIND_IMEISV;
    if (device && len > IMEI_BODY)
        len = IMEI_BODY;
    else if (!device && len > 0)
        len--;
    body[len] = '\0';
    return len;
}

static bool is_imeisv(const struct tt_verify_form *form, const char *found)
{
    char body[TT_VERIFY_DIGITS_MAX];
    size_t len = body_of(form, body);
    return len == IMEI_BODY && strlen(found) == IMEI_BODY + 2 && strncmp(found, body, len) == 0;
}

/* Without leading zeros, as a number is written. */
static const char *without_zeros(const char *digits)
{
    while (digits[0] == '0' && digits[1] != '\0')
        digits++;
    return digits;
}

/* The digits of an IMEI or IMEISV that another device cannot have: without the check digit, with 0
 * in its place, or with a version. */
static bool is_of_device(const struct tt_verify_form *form, const char *found)
{
    char body[TT_VERIFY_DIGITS_MAX];
    bool device = form->kind == TT_KIND_IMEI || form->kind == TT_KIND_IMEISV;
    size_t len = device ? body_of(form, body) : 0;
    if (len != IMEI_BODY)
        return false;
    if (strcmp(found, body) == 0 || is_imeisv(form, found) ||
        strcmp(found, without_zeros(body)) == 0)
        return true;
    body[len] = '0';
    body[len + 1] = '\0';
    return strcmp(found, body) == 0 || strcmp(found, without_zeros(body)) == 0;
}

/* Forms with the country's code are the whole number, where the sheet tells that. */
static bool is_whole(const struct tt_verify_form *form, const char *found, const char *value)
{
    bool zeros = strcmp(form->name, "00") == 0;
    if (!zeros && strcmp(form->name, "digits") != 0 && strcmp(form->name, "e164") != 0)
        return true;
    return !tt_span_starts(form->value, tt_span_str("+")) ||
           strcmp(found + (zeros ? 2 : 0), value) == 0;
}

/* Groups are made of the number with and without its check digit, and of the IMEISV. */
static bool is_grouping(const char *name)
{
    return strcmp(name, "dashed") == 0 || strcmp(name, "spaced") == 0 ||
           strcmp(name, "slashed") == 0;
}

/* What the name of the form says of the front of a telephone number. */
static bool front_fits(const char *name, struct tt_span bytes)
{
    bool plus = tt_span_starts(bytes, tt_span_str("+"));
    bool zeros = tt_span_starts(bytes, tt_span_str("00"));
    if (strcmp(name, "e164") == 0)
        return plus;
    if (strcmp(name, "00") == 0)
        return zeros;
    return strncmp(name, "national", 8) != 0 || (!plus && !zeros);
}

bool tt_verify_number(const struct tt_verify_form *form, struct tt_span bytes)
{
    char found[TT_VERIFY_DIGITS_MAX];
    char value[TT_VERIFY_DIGITS_MAX];
    if (!is_grouped(bytes) || digits_without_percent(bytes, found) == 0)
        return false;
    if (is_phone(form->kind) && !front_fits(form->name, bytes))
        return false;
    size_t len = tt_verify_digits(form->value, value);
    return (len > 0 && strcmp(found, value) == 0) ||
           (is_phone(form->kind) && phone_fits(found, value) && is_whole(form, found, value)) ||
           (is_grouping(form->name) && is_of_device(form, found));
}

bool tt_verify_unchecked(const struct tt_verify_form *form, struct tt_span bytes)
{
    char found[TT_VERIFY_DIGITS_MAX];
    char body[TT_VERIFY_DIGITS_MAX];
    return is_grouped(bytes) && tt_verify_digits(bytes, found) > 0 && body_of(form, body) > 0 &&
           strcmp(found, body) == 0;
}

bool tt_verify_spare(const struct tt_verify_form *form, struct tt_span bytes)
{
    char found[TT_VERIFY_DIGITS_MAX];
    char body[TT_VERIFY_DIGITS_MAX];
    size_t len = body_of(form, body);
    return tt_verify_digits(bytes, found) == len + 1 && found[len] == '0' &&
           strncmp(found, body, len) == 0;
}

bool tt_verify_imeisv(const struct tt_verify_form *form, struct tt_span bytes)
{
    char found[TT_VERIFY_DIGITS_MAX];
    (void)tt_verify_digits(bytes, found);
    return is_grouped(bytes) && is_imeisv(form, found);
}

/* ---- two digits a byte ---- */

/* The half bytes as hexadecimal digits. */
static void halves_of(struct tt_span bytes, bool low_first, char out[TT_VERIFY_DIGITS_MAX])
{
    static const char digits[] = "0123456789abcdef";
    size_t len = 0;
    for (size_t i = 0; i < bytes.len && len + 2 < TT_VERIFY_DIGITS_MAX; i++) {
        uint8_t high = bytes.data[i] >> 4;
        uint8_t low = bytes.data[i] & 15;
        out[len++] = digits[low_first ? low : high];
        out[len++] = digits[low_first ? high : low];
    }
    out[len] = '\0';
}

/* `value` with at most one half byte of filling in front or behind. */
static bool filled(const struct tt_verify_form *form, const char *halves)
{
    char value[TT_VERIFY_DIGITS_MAX];
    char body[TT_VERIFY_DIGITS_MAX];
    size_t len = tt_verify_digits(form->value, value);
    size_t all = strlen(halves);
    if (len == 0 || all < len)
        return is_phone(form->kind) && phone_fits(halves, value);
    char filler = halves[all - 1];
    bool behind = all == len || (all == len + 1 && (filler == 'f' || filler == '0'));
    if (behind && strncmp(halves, value, len) == 0)
        return true;
    if (all == len + 1 && (halves[0] == '0' || halves[0] == 'f') && strcmp(halves + 1, value) == 0)
        return true;
    (void)strncpy(body, halves, sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    if (filler == 'f')
        body[all - 1] = '\0';
    return is_imeisv(form, body) || (is_phone(form->kind) && phone_fits(body, value));
}

bool tt_verify_bcd(const struct tt_verify_form *form, struct tt_span bytes)
{
    char halves[TT_VERIFY_DIGITS_MAX];
    bool swapped = strstr(form->name, "tbcd") != NULL;
    halves_of(bytes, swapped, halves);
    size_t len = strlen(halves);
    char whole[TT_VERIFY_DIGITS_MAX];
    char value[TT_VERIFY_DIGITS_MAX];
    memcpy(whole, halves, len + 1);
    if (len > 0 && whole[len - 1] == 'f')
        whole[len - 1] = '\0';
    (void)tt_verify_digits(form->value, value);
    return filled(form, halves) || strcmp(whole, value) == 0 ||
           (is_phone(form->kind) && phone_fits(whole, value));
}

bool tt_verify_mobile(const struct tt_verify_form *form, struct tt_span bytes)
{
    char halves[TT_VERIFY_DIGITS_MAX];
    halves_of(bytes, true, halves);
    char *digits = halves + 1; /* behind the type of identity, in the low half of the first byte */
    size_t len = strlen(halves);
    if (len < 3)
        return false;
    if (halves[len - 1] == 'f')
        halves[len - 1] = '\0';
    char value[TT_VERIFY_DIGITS_MAX];
    (void)tt_verify_digits(form->value, value);
    struct tt_span text = tt_span_str(digits);
    return strcmp(digits, value) == 0 || is_imeisv(form, digits) || tt_verify_spare(form, text);
}

/* ---- IMSI ---- */

bool tt_verify_apart(const struct tt_verify_form *form, struct tt_span bytes)
{
    char found[TT_VERIFY_DIGITS_MAX];
    char value[TT_VERIFY_DIGITS_MAX];
    size_t len = tt_verify_digits(bytes, found);
    if (form->kind != TT_KIND_IMSI || tt_verify_digits(form->value, value) == 0)
        return false;
    if (strcmp(found, value) == 0)
        return true;
    /* A network code of two digits may have a 0 in front. */
    return len > 3 && found[3] == '0' && strncmp(found, value, 3) == 0 &&
           strcmp(found + 4, value + 3) == 0;
}

bool tt_verify_suci(const struct tt_verify_form *form, struct tt_span bytes)
{
    char found[TT_VERIFY_DIGITS_MAX];
    char value[TT_VERIFY_DIGITS_MAX];
    size_t len = tt_verify_digits(form->value, value);
    if (len < 11)
        return false;
    for (size_t network = 5; network <= 6; network++) {
        const char *subscriber = value + network;
        if (tt_span_search(bytes, tt_span_str(subscriber)) != SIZE_MAX)
            return tt_span_search(bytes, tt_span_of(value, 3)) != SIZE_MAX;
        if (bytes.len > 0 && !tt_is_alpha(bytes.data[0])) {
            halves_of(bytes, true, found);
            size_t end = strlen(found);
            if (end > 0 && found[end - 1] == 'f')
                found[end - 1] = '\0';
            if (ends_with(found, subscriber))
                return true;
        }
    }
    return false;
}

/* ---- hexadecimal ---- */

/* The hexadecimal digits of a text, in lower case; false where there is anything but digits and
 * signs. */
static bool hex_of(struct tt_span text, char out[HEX_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == '%' && i + 2 < text.len) { /* an escaped sign */
            i += 2;
            continue;
        }
        if (tt_hex_value(c) >= 0 && len + 1 < HEX_MAX)
            out[len++] = (char)tt_lower(c);
        else if (c == 0 || strchr(":-._ ,|{}", c) == NULL)
            return false;
    }
    out[len] = '\0';
    return len > 0;
}

bool tt_verify_hex(const struct tt_verify_form *form, struct tt_span bytes)
{
    char found[HEX_MAX];
    char value[HEX_MAX];
    return hex_of(bytes, found) && hex_of(form->value, value) && strcmp(found, value) == 0;
}

/* The bytes that the value stands for: hexadecimal digits, or an IPv4 address. */
static size_t bytes_of(const struct tt_verify_form *form, uint8_t out[HEX_MAX / 2])
{
    char text[64] = "";
    struct tt_addr addr;
    if (form->value.len < sizeof(text))
        memcpy(text, form->value.data, form->value.len);
    if (tt_addr_parse(text, &addr) && addr.family == TT_ADDR_IPV4) {
        memcpy(out, addr.bytes, 4);
        return 4;
    }
    char hex[HEX_MAX];
    if (!hex_of(form->value, hex))
        return 0;
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(tt_hex_value((uint8_t)hex[2 * i]) << 4 |
                           tt_hex_value((uint8_t)hex[2 * i + 1]));
    return len;
}

/* Bytes [from, from + len) the other way round. */
static void turn(uint8_t *bytes, size_t from, size_t len)
{
    for (size_t i = 0; i < len / 2; i++) {
        uint8_t kept = bytes[from + i];
        bytes[from + i] = bytes[from + len - 1 - i];
        bytes[from + len - 1 - i] = kept;
    }
}

bool tt_verify_raw(const struct tt_verify_form *form, struct tt_span bytes)
{
    uint8_t value[HEX_MAX / 2];
    size_t len = bytes_of(form, value);
    if (strcmp(form->name, "raw, backwards") == 0) {
        turn(value, 0, len);
    } else if (strcmp(form->name, "guid") == 0 && len == 16) {
        turn(value, 0, 4);
        turn(value, 4, 2);
        turn(value, 6, 2);
    } else if (strcmp(form->name, "uint64le pair") == 0 && len == 16) {
        turn(value, 0, 8);
        turn(value, 8, 8);
    }
    return len > 0 && tt_span_eq(bytes, tt_span_of(value, len));
}

bool tt_verify_short_colons(const struct tt_verify_form *form, struct tt_span bytes)
{
    uint8_t value[HEX_MAX / 2];
    char text[HEX_MAX] = "";
    size_t len = bytes_of(form, value);
    if (len != 6 || bytes.len >= sizeof(text))
        return false;
    memcpy(text, bytes.data, bytes.len);
    const char *at = text;
    for (size_t i = 0; i < len; i++) {
        char *end = NULL;
        if (strtoul(at, &end, 16) != value[i] || end == at)
            return false;
        at = *end == ':' ? end + 1 : end;
    }
    return *at == '\0';
}

/* ---- EUI-64 ---- */

/* The nibbles of an address in text: groups of four with zeros in front, or reversed with dots. */
static void address_nibbles(struct tt_span bytes, bool reversed, char out[HEX_MAX])
{
    size_t len = 0;
    size_t from = 0;
    for (size_t i = 0; i <= bytes.len; i++) {
        if (i < bytes.len && tt_hex_value(bytes.data[i]) >= 0)
            continue;
        size_t digits = i - from;
        if (!reversed && digits == 0 && i > 0 && i < bytes.len && len + 17 < HEX_MAX) {
            memset(out + len, '0', 16); /* "::" */
            len += 16;
        }
        for (size_t pad = digits; !reversed && digits > 0 && pad < 4 && len + 1 < HEX_MAX; pad++)
            out[len++] = '0';
        for (size_t j = from; j < i && len + 1 < HEX_MAX; j++)
            out[len++] = (char)tt_lower(bytes.data[j]);
        from = i + 1;
    }
    out[len] = '\0';
    for (size_t i = 0; reversed && i < len / 2; i++) {
        char kept = out[i];
        out[i] = out[len - 1 - i];
        out[len - 1 - i] = kept;
    }
}

static bool is_eui64(const struct tt_verify_form *form, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t mac[HEX_MAX / 2];
    char want[17];
    if (bytes_of(form, mac) != 6)
        return false;
    uint8_t eui[8] = {mac[0], mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]};
    for (unsigned turned = 0; turned < 2; turned++) {
        eui[0] ^= turned == 0 ? 0 : 2; /* the universal/local bit */
        for (size_t i = 0; i < 8; i++) {
            want[2 * i] = digits[eui[i] >> 4];
            want[2 * i + 1] = digits[eui[i] & 15];
        }
        want[16] = '\0';
        if (ends_with(hex, want))
            return true;
    }
    return false;
}

bool tt_verify_eui64(const struct tt_verify_form *form, struct tt_span bytes)
{
    char hex[HEX_MAX];
    if (strcmp(form->name, "eui-64") == 0)
        halves_of(tt_span_sub(bytes, 0, 8), false, hex);
    else
        address_nibbles(bytes, strcmp(form->name, "ip6.arpa") == 0, hex);
    if (strcmp(form->name, "eui-64, text") == 0 && !hex_of(bytes, hex))
        return false;
    return is_eui64(form, hex);
}

/* ---- integers ---- */

static uint64_t be_of(struct tt_span bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.len; i++)
        value = value << 8 | bytes.data[i];
    return value;
}

static uint64_t le_of(struct tt_span bytes)
{
    uint64_t value = 0;
    for (size_t i = bytes.len; i > 0; i--)
        value = value << 8 | bytes.data[i - 1];
    return value;
}

static uint64_t varint_of(struct tt_span bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.len && i < 10; i++)
        value |= (uint64_t)(bytes.data[i] & 0x7f) << (7 * i);
    return value;
}

/* Is that number the value, as digits or as what hexadecimal digits stand for? */
static bool is_number(const struct tt_verify_form *form, uint64_t number)
{
    char digits[TT_VERIFY_DIGITS_MAX];
    uint8_t bytes[HEX_MAX / 2];
    size_t len = tt_verify_digits(form->value, digits);
    char text[24];
    size_t at = sizeof(text);
    text[--at] = '\0';
    uint64_t left = number;
    do {
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0 && at > 0);
    if (len > 0 && strcmp(text + at, without_zeros(digits)) == 0)
        return true;
    if (is_phone(form->kind) && strlen(text + at) >= PHONE_MIN && ends_with(digits, text + at))
        return true;
    if (is_of_device(form, text + at))
        return true;
    size_t count = bytes_of(form, bytes);
    struct tt_span raw = tt_span_of(bytes, count);
    return count > 0 && count <= 8 && (be_of(raw) == number || le_of(raw) == number);
}

static bool is_double(const struct tt_verify_form *form, struct tt_span bytes)
{
    for (unsigned turned = 0; turned < 2 && bytes.len == 8; turned++) {
        uint64_t bits = turned == 0 ? be_of(bytes) : le_of(bytes);
        double number = 0;
        memcpy(&number, &bits, sizeof(number));
        if (number >= 1 && number < 9e18 && is_number(form, (uint64_t)number))
            return true;
    }
    return false;
}

static bool is_text_number(const struct tt_verify_form *form, struct tt_span bytes, int base)
{
    char text[32] = "";
    if (bytes.len >= sizeof(text) || bytes.len == 0)
        return false;
    memcpy(text, bytes.data, bytes.len);
    char *end = NULL;
    uint64_t number = strtoull(text, &end, base); /* a minus gives the two's complement */
    return *end == '\0' && is_number(form, number);
}

bool tt_verify_integer(const struct tt_verify_form *form, struct tt_span bytes)
{
    const char *name = form->name;
    if (strncmp(name, "decimal", 7) == 0)
        return is_text_number(form, bytes, 10);
    if (strcmp(name, "hexadecimal") == 0)
        return is_text_number(form, bytes, 16);
    if (strcmp(name, "double") == 0)
        return is_double(form, bytes);
    if (strcmp(name, "varint") == 0)
        return is_number(form, varint_of(bytes));
    if (strcmp(name, "varint, zigzag") == 0) {
        uint64_t coded = varint_of(bytes);
        return is_number(form, coded >> 1 ^ (0 - (coded & 1)));
    }
    struct tt_span first = tt_span_sub(bytes, 0, 4);
    struct tt_span second = tt_span_from(bytes, 4);
    if (strcmp(name, "uint32be pair") == 0)
        return bytes.len == 8 && is_number(form, be_of(second) << 32 | be_of(first));
    if (strcmp(name, "uint32le pair") == 0)
        return bytes.len == 8 && is_number(form, le_of(first) << 32 | le_of(second));
    bool big = strstr(name, "be") != NULL;
    return bytes.len == (strstr(name, "64") != NULL ? 8U : 4U) &&
           is_number(form, big ? be_of(bytes) : le_of(bytes));
}
