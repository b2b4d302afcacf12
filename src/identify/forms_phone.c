/* Telephone numbers: international and national writings (ITU-T E.164, E.123) in the separators
 * that people and programs use. */
#include "identify/forms_number.h"
#include "identify/phone.h"
#include "identify/transform.h"

#include <stdio.h>

#define BITS_TRUNK 2.0     /* the 0 in front of a national number */
#define BITS_SEPARATOR 1.0 /* a space or dash in the right place */

enum {
    NATIONAL_MIN = 7, /* shorter national numbers stand everywhere */
    GROUPED_MAX = 48, /* bytes of a grouped writing */
    NANP_LEN = 10,    /* digits of a North American number */
    GROUP_MIN = 2,
    FIRST_GROUP_MAX = 6,
    GROUPED_DIGITS_MIN = 8, /* of a national number whose groups may be any */
    GROUPED_DIGITS_MAX = 12
};

static struct tt_writing writing_of(const char *name, struct tt_span bytes, double bits)
{
    size_t digits = 0;
    for (size_t i = 0; i < bytes.len; i++)
        digits += tt_is_digit(bytes.data[i]) ? 1 : 0;
    enum tt_edge edge = digits < TT_NUMBER_LONG ? TT_EDGE_DIGIT : TT_EDGE_ANY;
    /* A sign or bracket in front says itself where the number begins. */
    bool begins = bytes.len > 0 && !tt_is_digit(bytes.data[0]);
    return (struct tt_writing){.name = name,
                               .bytes = bytes,
                               .bits = bits,
                               .left = begins ? TT_EDGE_ANY : edge,
                               .right = edge};
}

static void add(struct tt_forms *forms, const char *name, struct tt_span bytes, double bits)
{
    struct tt_writing writing = writing_of(name, bytes, bits);
    tt_forms_add(forms, &writing);
}

static void add_transforms(struct tt_forms *forms, const char *name, struct tt_span bytes,
                           double bits)
{
    struct tt_writing writing = writing_of(name, bytes, bits);
    tt_forms_transforms(forms, &writing);
}

static struct tt_span join(struct tt_forms *forms, const char *prefix, struct tt_span digits)
{
    struct tt_span parts[2] = {tt_span_str(prefix), digits};
    return tt_forms_join(forms, parts, 2, "");
}

/* One plain form, in bytes and (but for most contacts) in UTF-16. */
static void add_plain(struct tt_forms *forms, const char *name, struct tt_span digits, double bits)
{
    add(forms, name, digits, bits);
    if (forms->tier == TT_TIER_FAR)
        return;
    enum tt_edge edge = digits.len < TT_NUMBER_LONG ? TT_EDGE_DIGIT : TT_EDGE_ANY;
    struct tt_writing plain = {.bytes = digits, .bits = bits, .left = edge, .right = edge};
    tt_forms_utf16(forms, &plain, "utf-16le", "utf-16be");
}

/* ---- grouped writings ---- */

struct grouped {
    const struct tt_phone *phone;
    struct tt_span groups[TT_PHONE_GROUPS_MAX]; /* of the national number */
    size_t count;
    double bits;
    bool any; /* one of all groupings that there are */
};

static void append(char *out, size_t *len, const void *bytes, size_t count)
{
    if (*len + count > GROUPED_MAX)
        return;
    memcpy(out + *len, bytes, count);
    *len += count;
}

/* What a digit in front of the national number adds: a country code little, a trunk prefix more.
 */
static double bits_in_front(const struct tt_phone *phone, const char *before)
{
    size_t digits = 0;
    for (const char *c = before; *c != 0; c++)
        digits += tt_is_digit((uint8_t)*c) ? 1 : 0;
    return digits > 0 && digits == phone->country.len ? (double)digits * TT_BITS_DIGIT_COUNTRY
                                                      : (double)digits * BITS_TRUNK;
}

/* `before` the first group, `between` it and the second, then `separator` between the others. */
static void add_grouped(struct tt_forms *forms, const struct grouped *grouped, const char *before,
                        const char *between, const char *separator)
{
    char *out = tt_arena_alloc(&forms->arena, GROUPED_MAX);
    size_t len = 0;
    if (out == NULL) {
        add(forms, "grouped", tt_span_of(NULL, 0), 0);
        return;
    }
    append(out, &len, before, strlen(before));
    for (size_t i = 0; i < grouped->count; i++) {
        const char *joint = i == 0 ? "" : i == 1 ? between : separator;
        append(out, &len, joint, strlen(joint));
        append(out, &len, grouped->groups[i].data, grouped->groups[i].len);
    }
    double bits = grouped->bits + bits_in_front(grouped->phone, before) +
                  (double)(grouped->count - 1) * BITS_SEPARATOR;
    struct tt_writing writing = writing_of("grouped", tt_span_of(out, len), bits);
    writing.plain = grouped->any;
    writing.grouped = true;
    tt_forms_add(forms, &writing);
}

static void add_with_separator(struct tt_forms *forms, const struct grouped *grouped,
                               const char *separator)
{
    char before[16] = "";
    const struct tt_span *country = &grouped->phone->country;
    add_grouped(forms, grouped, "", separator, separator);
    add_grouped(forms, grouped, "0", separator, separator);
    if (country->len == 0)
        return;
    (void)snprintf(before, sizeof(before), "+%.*s%s", (int)country->len,
                   (const char *)country->data, separator);
    add_grouped(forms, grouped, before, separator, separator);
    add_grouped(forms, grouped, before + 1, separator, separator);
}

/* One sign behind the first group and another one between the others: what stands in front is found
 * with or without them, since the national number alone is enough. */
static void add_mixtures(struct tt_forms *forms, const struct grouped *grouped)
{
    static const char *const signs[] = {"", " ", "-", ".", "/", "+", "\xc2\xa0", "%20"};
    for (size_t i = 0; i < TT_ARRAY_LEN(signs); i++) {
        for (size_t j = 0; j < TT_ARRAY_LEN(signs); j++)
            add_grouped(forms, grouped, "", signs[i], signs[j]);
    }
}

static void add_bracketed(struct tt_forms *forms, const struct grouped *grouped,
                          const char *separator)
{
    add_grouped(forms, grouped, "(", ") ", separator);
    add_grouped(forms, grouped, "(", ")", separator);
    if (tt_span_is(grouped->phone->country, "1"))
        return;
    add_grouped(forms, grouped, "(0", ") ", separator);
    add_grouped(forms, grouped, "(0", ")", separator);
}

static void add_grouping(struct tt_forms *forms, const struct grouped *grouped)
{
    bool own = forms->tier == TT_TIER_OWN;
    bool nanp = tt_span_is(grouped->phone->country, "1") ||
                (grouped->phone->country.len == 0 && grouped->phone->national.len == NANP_LEN);
    if (grouped->count < 2)
        return;
    add_with_separator(forms, grouped, " ");
    add_with_separator(forms, grouped, "-");
    if (nanp || own) {
        add_with_separator(forms, grouped, ".");
        add_bracketed(forms, grouped, "-");
    }
    if (!own)
        return;
    add_with_separator(forms, grouped, "/");
    add_bracketed(forms, grouped, " ");
    add_bracketed(forms, grouped, ".");
    add_mixtures(forms, grouped);
}

/* The usual groupings of a national number that stands in the sheet without any. */
static void add_default_groupings(struct tt_forms *forms, struct grouped *grouped)
{
    static const unsigned char usual[][TT_PHONE_GROUPS_MAX] = {
        {3, 4},    {3, 2, 2}, {4, 4},       {2, 2, 2, 2},    {3, 2, 3}, {3, 3, 3},
        {2, 3, 4}, {3, 6},    {2, 3, 2, 2}, {1, 2, 2, 2, 2}, {3, 3, 4}, {2, 4, 4},
        {4, 6},    {5, 5},    {4, 3, 3},    {2, 2, 2, 2, 2}, {3, 4, 4}, {3, 8},
    };
    struct tt_span national = grouped->phone->national;
    for (size_t i = 0; i < TT_ARRAY_LEN(usual); i++) {
        size_t at = 0;
        grouped->count = 0;
        for (size_t j = 0; j < TT_PHONE_GROUPS_MAX && usual[i][j] != 0; j++) {
            grouped->groups[grouped->count++] = tt_span_sub(national, at, usual[i][j]);
            at += usual[i][j];
        }
        if (at == national.len)
            add_grouping(forms, grouped);
    }
}

/* What stands behind the first group and between the others. */
static const char *const joints[][2] = {{" ", " "}, {"-", "-"}, {") ", "-"}, {") ", " "},
                                        {"/", " "}, {" ", "-"}, {")", "-"},  {"-", " "},
                                        {"/", "-"}, {".", "."}};
enum {
    JOINTS_CONTACT = 8, /* the first of them are looked for in numbers of contacts, too */
    PLAIN_GROUPS = 3,   /* contacts: numbers of more groups only with the very first of them */
    PLAIN_JOINTS = 3
};

/* With all that may stand right in front of the first group as a digit; anything else may. */
static void add_grouping_anyhow(struct tt_forms *forms, const struct grouped *grouped)
{
    char before[8] = "";
    const struct tt_span *country = &grouped->phone->country;
    bool own = forms->tier == TT_TIER_OWN;
    size_t count = own                             ? TT_ARRAY_LEN(joints)
                   : grouped->count > PLAIN_GROUPS ? PLAIN_JOINTS
                                                   : JOINTS_CONTACT;
    (void)snprintf(before, sizeof(before), "%.*s", (int)country->len, (const char *)country->data);
    for (size_t i = 0; i < count; i++) {
        add_grouped(forms, grouped, "", joints[i][0], joints[i][1]);
        add_grouped(forms, grouped, "0", joints[i][0], joints[i][1]);
        if (country->len > 0 && i < PLAIN_JOINTS && (own || grouped->count == 2))
            add_grouped(forms, grouped, before, joints[i][0], joints[i][1]);
    }
}

/* Where the groups of a number end when a bit of `ends` is set for each digit that has a sign
 * behind it; false where no one would write it so. */
static bool group_by(struct grouped *grouped, unsigned ends)
{
    struct tt_span national = grouped->phone->national;
    size_t from = 0;
    grouped->count = 0;
    for (size_t i = 1; i <= national.len; i++) {
        if (i < national.len && (ends >> (i - 1) & 1U) == 0)
            continue;
        if (i - from < GROUP_MIN || (from == 0 && i > FIRST_GROUP_MAX) ||
            grouped->count == TT_PHONE_GROUPS_MAX)
            return false;
        grouped->groups[grouped->count++] = tt_span_sub(national, from, i - from);
        from = i;
    }
    return grouped->count > 1;
}

/* People and programs group as they like: all groups of two digits and more. */
static void add_any_groupings(struct tt_forms *forms, struct grouped *grouped)
{
    size_t len = grouped->phone->national.len;
    if (!tt_forms_in_full(forms) || len < GROUPED_DIGITS_MIN || len > GROUPED_DIGITS_MAX)
        return;
    grouped->any = true;
    for (unsigned ends = 1; ends < 1U << (len - 1); ends++) {
        if (group_by(grouped, ends))
            add_grouping_anyhow(forms, grouped);
    }
}

static void add_all_groupings(struct tt_forms *forms, const struct tt_phone *phone, double bits)
{
    struct grouped grouped = {.phone = phone, .bits = bits};
    if (forms->tier == TT_TIER_FAR)
        return; /* as it is written, or without separators */
    for (size_t i = 0; i < phone->group_count; i++)
        grouped.groups[grouped.count++] = phone->groups[i];
    add_grouping(forms, &grouped);
    if (forms->tier == TT_TIER_OWN)
        add_default_groupings(forms, &grouped);
    add_any_groupings(forms, &grouped);
}

/* ---- all of them ---- */

/* Half bytes and integers of the international or national digits. */
static void add_binary(struct tt_forms *forms, struct tt_span digits, double bits)
{
    struct tt_number number = {.digits = digits, .bits = bits};
    if (forms->tier == TT_TIER_FAR)
        return;
    tt_forms_mirrored(forms, digits, bits);
    if (forms->tier == TT_TIER_NEAR) {
        tt_forms_raw(forms, "tbcd", tt_write_tbcd(&forms->arena, digits), bits);
        tt_forms_number_wire(forms, &number);
        return;
    }
    tt_forms_number_bcd(forms, &number);
    tt_forms_number_binary(forms, &number);
}

static void add_international(struct tt_forms *forms, const struct tt_phone *phone, double bits)
{
    struct tt_span parts[2] = {phone->country, phone->national};
    struct tt_span digits = tt_forms_join(forms, parts, 2, "");
    struct tt_span e164 = join(forms, "+", digits);
    struct tt_span with_zeros = join(forms, "00", digits);
    if (digits.data == NULL || e164.data == NULL || with_zeros.data == NULL) {
        add(forms, "e164", tt_span_of(NULL, 0), 0);
        return;
    }
    double all_bits = bits + (double)phone->country.len * TT_BITS_DIGIT_COUNTRY;
    add_plain(forms, "e164", e164, all_bits);
    add_plain(forms, "00", with_zeros, all_bits);
    add_plain(forms, "digits", digits, all_bits);
    add_binary(forms, digits, all_bits);
    add_transforms(forms, "digits", digits, all_bits);
    add_transforms(forms, "e164", e164, all_bits);
    tt_forms_digests(forms, "e164", e164, all_bits, bits);
    tt_forms_digests(forms, "digits", digits, all_bits, bits);
    tt_forms_digests(forms, "00", with_zeros, all_bits, bits);
}

/* What some address books compare and some programs send. Nine digits are just too few to prove
 * anything and are searched for as whole numbers, of the owner only; seven would be found in every
 * long capture. */
static void add_last_digits(struct tt_forms *forms, const struct tt_phone *phone)
{
    enum { LAST = 9 };
    if (forms->tier != TT_TIER_OWN || phone->national.len <= LAST)
        return;
    struct tt_span end = tt_span_from(phone->national, phone->national.len - LAST);
    add(forms, "last nine digits", end, tt_bits_of_digits(end, 0, 0));
}

static void add_national(struct tt_forms *forms, const struct tt_phone *phone, double bits)
{
    /* North America and Russia put another digit than 0 in front. */
    const char *trunk = tt_span_is(phone->country, "1")   ? "1"
                        : tt_span_is(phone->country, "7") ? "8"
                                                          : "0";
    struct tt_span with_trunk = join(forms, trunk, phone->national);
    if (phone->national.len < NATIONAL_MIN || with_trunk.data == NULL)
        return;
    add_plain(forms, "national", with_trunk, bits + BITS_TRUNK);
    add_plain(forms, "national, short", phone->national, bits);
    tt_forms_digests(forms, "national", with_trunk, bits + BITS_TRUNK, bits);
    tt_forms_digests(forms, "national, short", phone->national, bits, bits);
    if (forms->tier == TT_TIER_OWN || phone->country.len == 0)
        add_binary(forms, phone->national, bits);
    if (phone->country.len == 0)
        add_transforms(forms, "national, short", phone->national, bits);
    add_last_digits(forms, phone);
}

/* As the sheet has it: the digits, and a bit for every other sign. */
static double bits_as_written(struct tt_span value, const struct tt_phone *phone, double bits)
{
    for (size_t i = 0; i < value.len; i++)
        bits += tt_is_digit(value.data[i]) ? 0 : BITS_SEPARATOR;
    return bits + (double)phone->country.len * TT_BITS_DIGIT_COUNTRY;
}

void tt_forms_of_phone(struct tt_forms *forms, struct tt_span value)
{
    struct tt_phone phone = {.group_count = 0};
    if (!tt_phone_read(value, tt_write_digits(&forms->arena, value), &phone)) {
        tt_forms_of_text(forms, value); /* *100#, or letters: the sheet has warned */
        return;
    }
    double bits = tt_bits_of_digits(phone.national, 0, 0);
    double all_bits = bits_as_written(value, &phone, bits);
    if (phone.country.len > 0)
        add_international(forms, &phone, bits);
    add(forms, "as written", value, all_bits);
    add_national(forms, &phone, bits);
    if (phone.national.len < NATIONAL_MIN)
        add_plain(forms, "digits", phone.national, bits);
    else
        add_all_groupings(forms, &phone, bits);
    tt_forms_digests(forms, "as written", value, all_bits, bits);
}
