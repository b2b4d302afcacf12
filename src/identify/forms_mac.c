/* Hardware addresses (EUI-48, IEEE 802) and what IPv6 makes of them (RFC 4291 appendix A). */
#include "identify/forms.h"
#include "identify/transform.h"

#include <stdio.h>

#define BITS_MAKER 12.0  /* the maker's half: shared by its devices, rare in traffic as a whole */
#define BITS_DEVICE 24.0 /* the device's half */

enum { MAC_LEN = 6, MAC_TEXT = 20 };

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

static struct tt_span write_eui64(struct tt_forms *forms, const uint8_t *mac)
{
    uint8_t *out = tt_arena_alloc(&forms->arena, 8);
    if (out == NULL)
        return tt_span_of(NULL, 0);
    memcpy(out, mac, 3);
    out[0] ^= 2; /* the universal bit is inverted */
    out[3] = 0xff;
    out[4] = 0xfe;
    memcpy(out + 5, mac + 3, 3);
    return tt_span_of(out, 8);
}

static double bits_of(const uint8_t *mac)
{
    size_t different = 0;
    for (size_t i = 1; i < MAC_LEN; i++)
        different += mac[i] != mac[0] ? 1 : 0;
    /* 00:00:00:00:00:00, ff:ff:ff:ff:ff:ff and their like belong to nobody. */
    return different < 2 ? 8.0 : BITS_MAKER + BITS_DEVICE;
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
    tt_forms_text(forms, "colons", colons, bits, true);
    if (colons.data != NULL)
        tt_forms_text(forms, "percent", tt_write_percent(&forms->arena, colons, "%20"), bits, true);
    tt_forms_text(forms, "dashes", write_mac(forms, raw.data, '-', false), bits, true);
    tt_forms_text(forms, "dots", write_mac(forms, raw.data, '.', false), bits, true);
    struct tt_span plain = write_mac(forms, raw.data, 0, false);
    tt_forms_text(forms, "no separators", plain, bits, true);
    tt_forms_raw(forms, "raw", raw, bits);
    tt_forms_raw(forms, "eui-64", write_eui64(forms, raw.data), bits);
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
        if (normal[i].separator != '-')
            tt_forms_transforms(forms, normal[i].name, text, bits);
        tt_forms_digests(forms, normal[i].name, text, bits, BITS_DEVICE);
    }
}
