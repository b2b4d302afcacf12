/* Numbers of the device and its SIM card: IMEI and IMEISV (3GPP TS 23.003 section 6), IMSI
 * (section 2.2), ICCID (ITU-T E.118). */
#include "identify/forms.h"
#include "identify/transform.h"

enum {
    TAC_DIGITS = 8,      /* type of the device: everybody with the model has them */
    OPERATOR_DIGITS = 5, /* country and network of an IMSI */
    ISSUER_DIGITS = 7,   /* 89, country, issuer */
    LONG_NUMBER = 14,    /* from here on a longer number around it does not happen by luck */
};

struct number {
    struct tt_span digits;
    double bits;
};

static struct number number_of(struct tt_forms *forms, struct tt_span value, size_t shared)
{
    struct tt_span digits = tt_write_digits(&forms->arena, value);
    return (struct number){.digits = digits,
                           .bits = tt_bits_of_digits(digits, shared, TT_BITS_DIGIT_SHARED)};
}

static void add(struct tt_forms *forms, const char *name, struct tt_span bytes, double bits)
{
    size_t digits = 0;
    for (size_t i = 0; i < bytes.len; i++)
        digits += tt_is_digit(bytes.data[i]) ? 1 : 0;
    enum tt_edge edge = digits < LONG_NUMBER ? TT_EDGE_DIGIT : TT_EDGE_ANY;
    struct tt_writing writing = {
        .name = name, .bytes = bytes, .bits = bits, .caseless = true, .left = edge, .right = edge};
    tt_forms_add(forms, &writing);
}

/* Groups of the given sizes (ended by 0) with a separator between them, as far as there are digits.
 */
static void add_grouped(struct tt_forms *forms, const char *name, const struct number *number,
                        const unsigned char *groups, char separator)
{
    char *out = tt_arena_alloc(&forms->arena, number->digits.len * 2 + 1);
    size_t len = 0;
    size_t at = 0;
    for (size_t group = 0; out != NULL && groups[group] != 0; group++) {
        struct tt_span part = tt_span_sub(number->digits, at, groups[group]);
        if (part.len < groups[group])
            break;
        if (group > 0)
            out[len++] = separator;
        memcpy(out + len, part.data, part.len);
        len += part.len;
        at += part.len;
    }
    if (out == NULL || at == number->digits.len)
        add(forms, name, tt_span_of(out, len), number->bits);
}

static void add_common(struct tt_forms *forms, const struct number *number, struct tt_span value)
{
    add(forms, "digits", number->digits, number->bits);
    add(forms, "as written", value, number->bits);
    struct tt_writing plain = {.bytes = number->digits, .bits = number->bits};
    tt_forms_utf16(forms, &plain, "utf-16le", "utf-16be");
    tt_forms_transforms(forms, "digits", number->digits, number->bits);
}

/* `known`: digits that are no secret, and the check digit, which follows from the others. */
static void add_digests(struct tt_forms *forms, const char *name, struct tt_span value,
                        const struct number *number, size_t known)
{
    size_t secret = number->digits.len > known ? number->digits.len - known : 0;
    tt_forms_digests(forms, name, value, number->bits, (double)secret * TT_BITS_DIGIT);
}

void tt_forms_of_imei(struct tt_forms *forms, struct tt_span value)
{
    static const unsigned char old[] = {2, 6, 6, 1, 0};
    static const unsigned char new[] = {6, 2, 6, 1, 0};
    static const unsigned char model[] = {8, 6, 1, 0};
    static const unsigned char *const groupings[] = {old, new, model};
    struct number number = number_of(forms, value, TAC_DIGITS);
    struct number unchecked = number;
    unchecked.digits = tt_span_sub(number.digits, 0, 14);
    /* The check digit adds nothing that is unknown. */
    number.bits = unchecked.bits =
        tt_bits_of_digits(unchecked.digits, TAC_DIGITS, TT_BITS_DIGIT_SHARED);
    add_common(forms, &number, value);
    for (size_t i = 0; i < TT_ARRAY_LEN(groupings); i++) {
        add_grouped(forms, "dashed", &number, groupings[i], '-');
        add_grouped(forms, "spaced", &number, groupings[i], ' ');
    }
    if (unchecked.digits.len == 14) {
        add(forms, "digits without check digit", unchecked.digits, unchecked.bits);
        add_digests(forms, "digits without check digit", unchecked.digits, &unchecked, TAC_DIGITS);
    }
    tt_forms_raw(forms, "tbcd", tt_write_tbcd(&forms->arena, number.digits), number.bits);
    tt_forms_raw(forms, "mobile identity",
                 tt_write_mobile_identity(&forms->arena, number.digits, 2), number.bits);
    add_digests(forms, "digits", number.digits, &number, TAC_DIGITS + 1);
    add_digests(forms, "as written", value, &number, TAC_DIGITS + 1);
}

void tt_forms_of_imeisv(struct tt_forms *forms, struct tt_span value)
{
    static const unsigned char groups[] = {2, 6, 6, 2, 0};
    struct number number = number_of(forms, value, TAC_DIGITS);
    add_common(forms, &number, value);
    add_grouped(forms, "dashed", &number, groups, '-');
    add_grouped(forms, "spaced", &number, groups, ' ');
    tt_forms_raw(forms, "tbcd", tt_write_tbcd(&forms->arena, number.digits), number.bits);
    add_digests(forms, "digits", number.digits, &number, TAC_DIGITS);
}

void tt_forms_of_imsi(struct tt_forms *forms, struct tt_span value)
{
    struct number number = number_of(forms, value, OPERATOR_DIGITS);
    add_common(forms, &number, value);
    tt_forms_raw(forms, "tbcd", tt_write_tbcd(&forms->arena, number.digits), number.bits);
    tt_forms_raw(forms, "mobile identity",
                 tt_write_mobile_identity(&forms->arena, number.digits, 1), number.bits);
    add_digests(forms, "digits", number.digits, &number, OPERATOR_DIGITS);
}

void tt_forms_of_iccid(struct tt_forms *forms, struct tt_span value)
{
    static const unsigned char nineteen[] = {4, 4, 4, 4, 3, 0};
    static const unsigned char twenty[] = {4, 4, 4, 4, 4, 0};
    struct number number = number_of(forms, value, ISSUER_DIGITS);
    add_common(forms, &number, value);
    const unsigned char *groups = number.digits.len == 20 ? twenty : nineteen;
    add_grouped(forms, "dashed", &number, groups, '-');
    add_grouped(forms, "spaced", &number, groups, ' ');
    tt_forms_raw(forms, "tbcd", tt_write_tbcd(&forms->arena, number.digits), number.bits);
    add_digests(forms, "digits", number.digits, &number, ISSUER_DIGITS);
}
