#include "identify/phone.h"

size_t tt_phone_country_len(struct tt_span digits)
{
    /* Country codes are prefix-free: 1 and 7 stand alone, these have two digits, all others three
     * (ITU-T E.164, list of assigned codes). */
    static const char two[] =
        "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 "
        "56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 ";
    if (digits.len < 3)
        return digits.len;
    if (digits.data[0] == '1' || digits.data[0] == '7')
        return 1;
    for (const char *code = two; *code != 0; code += 3) {
        if (memcmp(code, digits.data, 2) == 0)
            return 2;
    }
    return 3;
}

static bool is_separator(uint8_t c)
{
    return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/';
}

/* "+44 (0)20": the 0 in brackets is dialled at home only. Returns the offset behind it, else 0. */
static size_t find_optional_trunk(struct tt_span value)
{
    size_t at = tt_span_search(value, tt_span_str("(0)"));
    return at == SIZE_MAX ? 0 : at + 3;
}

static bool is_phone(struct tt_span value, bool plus)
{
    for (size_t i = plus ? 1 : 0; i < value.len; i++) {
        if (!tt_is_digit(value.data[i]) && !is_separator(value.data[i]))
            return false;
    }
    return true;
}

/* The runs of digits from offset `at` of the value on, of which the first `skip` digits are left
 * out. */
static void read_groups(struct tt_span value, size_t at, size_t skip, struct tt_phone *phone)
{
    phone->group_count = 0;
    while (at < value.len && phone->group_count < TT_PHONE_GROUPS_MAX) {
        size_t len = 0;
        while (at + len < value.len && tt_is_digit(value.data[at + len]))
            len++;
        size_t drop = skip < len ? skip : len;
        skip -= drop;
        if (len > drop)
            phone->groups[phone->group_count++] = tt_span_sub(value, at + drop, len - drop);
        at += len == 0 ? 1 : len;
    }
}

static size_t grouped_digits(const struct tt_phone *phone)
{
    size_t digits = 0;
    for (size_t i = 0; i < phone->group_count; i++)
        digits += phone->groups[i].len;
    return digits;
}

bool tt_phone_read(struct tt_span value, struct tt_span digits, struct tt_phone *ret_phone)
{
    struct tt_phone phone = {.country = {.data = digits.data, .len = 0}, .national = digits};
    bool plus = value.len > 0 && value.data[0] == '+';
    bool zeros = digits.len > 2 && digits.data[0] == '0' && digits.data[1] == '0';
    if (digits.len == 0 || !is_phone(value, plus))
        return false;
    size_t skip = 0;
    size_t from = 0;
    if (plus || zeros) {
        size_t prefix = plus ? 0 : 2;
        phone.national = tt_span_from(digits, prefix);
        phone.country = tt_span_sub(phone.national, 0, tt_phone_country_len(phone.national));
        phone.national = tt_span_from(phone.national, phone.country.len);
        skip = prefix + phone.country.len;
        from = find_optional_trunk(value);
        if (from != 0 && phone.national.len > 0 && phone.national.data[0] == '0') {
            phone.national = tt_span_from(phone.national, 1);
            skip = 0;
        } else {
            from = 0;
        }
    } else if (digits.len > 1 && digits.data[0] == '0') {
        phone.national = tt_span_from(digits, 1);
        skip = 1;
    }
    read_groups(value, from, skip, &phone);
    if (grouped_digits(&phone) != phone.national.len)
        phone.group_count = 0; /* more groups than we keep */
    *ret_phone = phone;
    return phone.national.len > 0;
}
