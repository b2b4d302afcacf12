#include "identify/mask.h"

#include "base/buf.h"
#include "identify/phone.h"
#include "identify/transform.h"

#define DOT "\u2022"
#define DOTS DOT DOT DOT

enum {
    MASK_MAX = 256,
    TAC_DIGITS = 8,
    OPERATOR_DIGITS = 5,
    CARD_COUNTRY_DIGITS = 4,
    NATIONAL_MIN = 7, /* fewer digits hold less than 20 bits */
    MAC_DIGITS = 12,
    TLD_MAX = 12,
};

/* The first `shown` digits, a dot for each of the others; dots alone when fewer than `least` are
 * hidden. */
static enum tt_err mask_digits(struct tt_buf *out, struct tt_span digits, size_t shown,
                               size_t least)
{
    if (digits.len < shown + least || digits.len > 32)
        return tt_buf_append_str(out, DOTS);
    enum tt_err result = tt_buf_append(out, tt_span_sub(digits, 0, shown));
    for (size_t i = shown; i < digits.len && result == TT_OK; i++)
        result = tt_buf_append_str(out, DOT);
    return result;
}

static enum tt_err mask_phone(struct tt_buf *out, struct tt_span value, struct tt_span digits)
{
    struct tt_phone phone;
    if (!tt_phone_read(value, digits, &phone) || phone.country.len == 0 ||
        phone.national.len < NATIONAL_MIN)
        return tt_buf_append_str(out, DOTS);
    return tt_buf_printf(out, "+%.*s " DOTS, (int)phone.country.len,
                         (const char *)phone.country.data);
}

static enum tt_err mask_mac(struct tt_buf *out, struct tt_span value)
{
    char digits[MAC_DIGITS + 1] = "";
    size_t count = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (tt_hex_value(value.data[i]) < 0)
            continue;
        if (count == MAC_DIGITS)
            return tt_buf_append_str(out, DOTS);
        digits[count++] = (char)tt_lower(value.data[i]);
    }
    if (count != MAC_DIGITS)
        return tt_buf_append_str(out, DOTS);
    return tt_buf_printf(out, "%.2s:%.2s:%.2s:" DOT DOT ":" DOT DOT ":" DOT DOT, digits, digits + 2,
                         digits + 4);
}

static enum tt_err mask_email(struct tt_buf *out, struct tt_span value)
{
    size_t at = tt_span_find(value, '@');
    size_t point = value.len;
    while (point > at && value.data[point - 1] != '.')
        point--;
    struct tt_span tld = tt_span_from(value, point);
    bool plain = point > at && at < value.len && tld.len > 0 && tld.len <= TLD_MAX;
    for (size_t i = 0; i < tld.len; i++)
        plain = plain && tt_is_alpha(tld.data[i]);
    if (!plain)
        return tt_buf_append_str(out, DOTS);
    return tt_buf_printf(out, DOTS "@" DOTS ".%.*s", (int)tld.len, (const char *)tld.data);
}

static enum tt_err mask(struct tt_buf *out, enum tt_kind kind, struct tt_span value,
                        struct tt_span digits)
{
    switch (kind) {
    case TT_KIND_IMEI:
    case TT_KIND_IMEISV:
        return mask_digits(out, digits, TAC_DIGITS, 6);
    case TT_KIND_IMSI:
        return mask_digits(out, digits, OPERATOR_DIGITS, 7);
    case TT_KIND_ICCID:
        if (digits.len < CARD_COUNTRY_DIGITS + 7)
            return tt_buf_append_str(out, DOTS);
        return tt_buf_printf(out, "%.4s" DOTS, (const char *)digits.data);
    case TT_KIND_PHONE_NUMBER:
    case TT_KIND_CONTACT_NUMBER:
    case TT_KIND_MESSAGE_NUMBER:
        return mask_phone(out, value, digits);
    case TT_KIND_MAC_ADDRESS:
    case TT_KIND_BLUETOOTH_ADDRESS:
    case TT_KIND_BSSID:
        return mask_mac(out, value);
    case TT_KIND_EMAIL:
    case TT_KIND_CONTACT_EMAIL:
        return mask_email(out, value);
    case TT_KIND_CARRIER:
    case TT_KIND_DEVICE_MODEL:
        return tt_buf_append(out, tt_span_sub(value, 0, MASK_MAX - 4));
    case TT_KIND_SERIAL:
    case TT_KIND_ANDROID_ID:
    case TT_KIND_ADVERTISING_ID:
    case TT_KIND_SSID:
    case TT_KIND_HOSTNAME:
    case TT_KIND_USERNAME:
    case TT_KIND_PASSWORD:
    case TT_KIND_ACCOUNT_ID:
    case TT_KIND_NAME:
    case TT_KIND_ADDRESS:
    case TT_KIND_LOCATION:
    case TT_KIND_CUSTOM:
    case TT_KIND_CONTACT_NAME:
    case TT_KIND_MESSAGE_TEXT:
    case TT_KIND_INSTALLED_APP:
    case TT_KIND_COUNT:
        return tt_buf_append_str(out, DOTS);
    }
    return tt_buf_append_str(out, DOTS);
}

const char *tt_mask(struct tt_arena *arena, enum tt_kind kind, struct tt_span value)
{
    struct tt_buf out = tt_buf_make(MASK_MAX);
    struct tt_span digits = tt_write_digits(arena, value);
    const char *text = NULL;
    if (digits.data == NULL)
        return NULL;
    enum tt_err result = mask(&out, kind, value, digits);
    tt_arena_trim(arena, digits.data, 0); /* it was needed here only */
    if (result == TT_OK)
        text = tt_arena_dup(arena, tt_buf_span(&out));
    tt_buf_wipe(&out);
    return text;
}
