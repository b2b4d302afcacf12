/* IMEI and IMEISV (3GPP TS 23.003 section 6): type, serial number, then a check digit or the
 * version of the software. */
#include "identify/bcd.h"
#include "identify/forms_number.h"
#include "identify/transform.h"

#include <stdio.h>

enum {
    TAC_DIGITS = 8,        /* type of the device: everybody with the model has them */
    UNCHECKED_DIGITS = 14, /* type and serial number */
    VERSIONS = 100,        /* the version of the software has two digits */
    TYPE_IMEI = 2          /* of a mobile identity */
};

/* `known`: digits that are no secret, and the check digit, which follows from the others. */
static void add_digests(struct tt_forms *forms, const char *name, struct tt_span value,
                        const struct tt_number *number, size_t known)
{
    size_t secret = number->digits.len > known ? number->digits.len - known : 0;
    tt_forms_digests(forms, name, value, number->bits, (double)secret * TT_BITS_DIGIT);
}

static void add_groupings(struct tt_forms *forms, const struct tt_number *number)
{
    static const unsigned char by_length[][6] = {
        {2, 6, 6, 0},    {8, 6, 0},       {6, 2, 6, 0},       {2, 6, 6, 1, 0},    {6, 2, 6, 1, 0},
        {8, 6, 1, 0},    {2, 6, 6, 2, 0}, {6, 2, 6, 2, 0},    {8, 6, 2, 0},       {4, 4, 4, 3, 0},
        {4, 4, 4, 4, 0}, {4, 4, 4, 2, 0}, {5, 5, 5, 0},       {3, 3, 3, 3, 3, 0}, {3, 4, 4, 4, 0},
        {8, 7, 0},       {7, 8, 0},       {2, 4, 2, 6, 1, 0}, {2, 6, 4, 2, 1, 0}, {6, 8, 1, 0},
        {6, 9, 0},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(by_length); i++) {
        tt_forms_number_grouped(forms, "dashed", number, by_length[i], '-');
        tt_forms_number_grouped(forms, "spaced", number, by_length[i], ' ');
        tt_forms_number_grouped(forms, "slashed", number, by_length[i], '/');
    }
}

/* The type and the serial number alone, or with a 0 where others have the check digit (3GPP TS
 * 23.003 section 6.2.1). Alone they may not touch another digit: with a wrong check digit they are
 * another number, or a typing error. */
static void add_unchecked(struct tt_forms *forms, const struct tt_number *number)
{
    struct tt_span parts[2] = {number->digits, tt_span_str("0")};
    struct tt_number spare = {.digits = tt_forms_join(forms, parts, 2, ""), .bits = number->bits};
    tt_forms_number_alone(forms, "digits without check digit", number->digits, number->bits);
    tt_forms_number_text(forms, "check digit 0", spare.digits, number->bits);
    tt_forms_raw(forms, "mobile identity",
                 tt_write_mobile_identity(&forms->arena, spare.digits, TYPE_IMEI), number->bits);
    add_groupings(forms, number);
    tt_forms_number_binary(forms, number);
    add_digests(forms, "digits without check digit", number->digits, number, TAC_DIGITS);
}

/* The IMEISVs that this device may have: an engine for literals knows no "any two digits". Where
 * more digits follow, the first two of them may be something else. */
static void add_versions(struct tt_forms *forms, const struct tt_number *number)
{
    for (unsigned version = 0; version < VERSIONS; version++) {
        char digits[3];
        (void)snprintf(digits, sizeof(digits), "%02u", version);
        struct tt_span parts[2] = {number->digits, tt_span_of(digits, 2)};
        struct tt_span imeisv = tt_forms_join(forms, parts, 2, "");
        tt_forms_number_alone(forms, "imeisv", imeisv, number->bits);
        tt_forms_raw(forms, "imeisv, tbcd", tt_write_bcd(&forms->arena, imeisv, true, 15),
                     number->bits);
    }
}

void tt_forms_of_imei(struct tt_forms *forms, struct tt_span value)
{
    struct tt_number number = tt_forms_number(forms, value, TAC_DIGITS);
    struct tt_number unchecked = number;
    unchecked.digits = tt_span_sub(number.digits, 0, UNCHECKED_DIGITS);
    /* The check digit adds nothing that is unknown. */
    number.bits = unchecked.bits =
        tt_bits_of_digits(unchecked.digits, TAC_DIGITS, TT_BITS_DIGIT_SHARED);
    tt_forms_number_common(forms, &number, value);
    add_groupings(forms, &number);
    tt_forms_raw(forms, "mobile identity",
                 tt_write_mobile_identity(&forms->arena, number.digits, TYPE_IMEI), number.bits);
    if (unchecked.digits.len == UNCHECKED_DIGITS) {
        add_unchecked(forms, &unchecked);
        add_versions(forms, &unchecked);
    }
    add_digests(forms, "digits", number.digits, &number, TAC_DIGITS + 1);
    add_digests(forms, "as written", value, &number, TAC_DIGITS + 1);
}

void tt_forms_of_imeisv(struct tt_forms *forms, struct tt_span value)
{
    struct tt_number number = tt_forms_number(forms, value, TAC_DIGITS);
    tt_forms_number_common(forms, &number, value);
    add_groupings(forms, &number);
    tt_forms_raw(forms, "mobile identity", tt_write_imeisv_identity(&forms->arena, number.digits),
                 number.bits);
    add_digests(forms, "digits", number.digits, &number, TAC_DIGITS);
}
