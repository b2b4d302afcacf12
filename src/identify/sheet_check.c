#include "identify/sheet_check.h"

#include "identify/phone.h"

enum { NUMBER_MAX = 64 };

/* The digits of a value that holds nothing else than digits and separators; 0 for other values. */
static size_t read_digits(struct tt_span value, uint8_t digits[NUMBER_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        if (tt_is_digit(c) && len < NUMBER_MAX)
            digits[len++] = c;
        else if (c != ' ' && c != '-' && c != '/' && c != '.')
            return 0;
    }
    return len;
}

/* Luhn's check digit: 3GPP TS 23.003 annex B. */
static bool luhn_ok(const uint8_t *digits, size_t len)
{
    unsigned sum = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned value = (unsigned)(digits[len - 1 - i] - '0');
        if (i % 2 == 1)
            value = value * 2 > 9 ? value * 2 - 9 : value * 2;
        sum += value;
    }
    return sum % 10 == 0;
}

static const char *odd_imei(const uint8_t *digits, size_t len)
{
    if (len == 14)
        return NULL; /* without its check digit */
    if (len == 16)
        return "16 digits are an IMEISV; an IMEI has 15";
    if (len != 15)
        return "an IMEI has 15 digits";
    return luhn_ok(digits, len) ? NULL
                                : "the check digit of this IMEI does not fit: look for a typing "
                                  "error";
}

static size_t hex_digits(struct tt_span value)
{
    size_t digits = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (tt_hex_value(value.data[i]) >= 0)
            digits++;
        else if (value.data[i] != ':' && value.data[i] != '-' && value.data[i] != '.')
            return 0;
    }
    return digits;
}

static const char *odd_phone(struct tt_span value)
{
    uint8_t digits[NUMBER_MAX];
    size_t len = 0;
    for (size_t i = 0; i < value.len && len < NUMBER_MAX; i++) {
        if (tt_is_digit(value.data[i]))
            digits[len++] = value.data[i];
    }
    struct tt_phone phone;
    if (!tt_phone_read(value, tt_span_of(digits, len), &phone))
        return "this is no telephone number; it is searched for as text";
    if (phone.country.len == 0)
        return "a telephone number without country (+ or 00 in front): other ways of writing it "
               "are not searched for";
    return NULL;
}

const char *tt_sheet_oddity(enum tt_kind kind, struct tt_span value)
{
    uint8_t digits[NUMBER_MAX];
    size_t len = read_digits(value, digits);
    /* Kinds that may hold any text have nothing to check. */
    if (kind == TT_KIND_IMEI)
        return odd_imei(digits, len);
    if (kind == TT_KIND_IMEISV)
        return len == 16 ? NULL : "an IMEISV has 16 digits";
    if (kind == TT_KIND_IMSI)
        return len == 14 || len == 15 ? NULL : "an IMSI has 15 digits (14 in a few networks)";
    if (kind == TT_KIND_ICCID)
        return len >= 18 && len <= 22 ? NULL : "a SIM card number has 19 or 20 digits";
    if (kind == TT_KIND_PHONE_NUMBER || kind == TT_KIND_CONTACT_NUMBER ||
        kind == TT_KIND_MESSAGE_NUMBER)
        return odd_phone(value);
    if (kind == TT_KIND_MAC_ADDRESS || kind == TT_KIND_BLUETOOTH_ADDRESS || kind == TT_KIND_BSSID)
        return hex_digits(value) == 12 ? NULL
                                       : "a hardware address has 12 hexadecimal digits; this is "
                                         "searched for as text";
    if (kind == TT_KIND_ANDROID_ID)
        return hex_digits(value) == 16 ? NULL : "an Android ID has 16 hexadecimal digits";
    if (kind == TT_KIND_ADVERTISING_ID)
        return hex_digits(value) == 32 ? NULL : "an advertising ID has 32 hexadecimal digits";
    if (kind == TT_KIND_EMAIL || kind == TT_KIND_CONTACT_EMAIL)
        return tt_span_find(value, '@') < value.len ? NULL : "an e-mail address has an @";
    return NULL;
}

bool tt_sheet_is_degrees(struct tt_span text, unsigned limit)
{
    if (text.len > 0 && (text.data[0] == '-' || text.data[0] == '+'))
        text = tt_span_from(text, 1);
    size_t whole = 0;
    unsigned degrees = 0;
    while (whole < text.len && whole < 3 && tt_is_digit(text.data[whole]))
        degrees = degrees * 10 + (unsigned)(text.data[whole++] - '0');
    if (whole == 0 || degrees > limit)
        return false;
    struct tt_span rest = tt_span_from(text, whole);
    if (rest.len == 0)
        return true;
    if (rest.data[0] != '.' || rest.len == 1)
        return false;
    for (size_t i = 1; i < rest.len; i++) {
        if (!tt_is_digit(rest.data[i]) || (degrees == limit && rest.data[i] != '0'))
            return false;
    }
    return true;
}
