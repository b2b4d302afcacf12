#include "base/vantage.h"

#include <math.h>

enum { DECIMALS_MAX = 9, DIGITS_MAX = 4 };

static const double metres_per_degree = 111700; /* of a meridian at the poles, where it is most */

static bool read_sign(struct tt_span *rest)
{
    bool negative = rest->len > 0 && rest->data[0] == '-';
    if (negative || (rest->len > 0 && rest->data[0] == '+'))
        *rest = tt_span_from(*rest, 1);
    return negative;
}

/* Digits are counted in `*ret_count`. */
static double read_digits(struct tt_span *rest, unsigned max, unsigned *ret_count)
{
    double value = 0;
    unsigned count = 0;
    while (rest->len > 0 && count < max && rest->data[0] >= '0' && rest->data[0] <= '9') {
        value = value * 10 + (rest->data[0] - '0');
        *rest = tt_span_from(*rest, 1);
        count++;
    }
    *ret_count = count;
    return value;
}

/* One of the two numbers, up to `end` or the end of the text. */
static bool read_decimal(struct tt_span *rest, double max, double *ret_number, double *ret_step)
{
    bool negative = read_sign(rest);
    unsigned whole = 0;
    unsigned decimals = 0;
    double number = read_digits(rest, DIGITS_MAX, &whole);
    if (whole == 0)
        return false;
    if (rest->len > 0 && rest->data[0] == '.') {
        *rest = tt_span_from(*rest, 1);
        double part = read_digits(rest, DECIMALS_MAX, &decimals);
        if (decimals == 0)
            return false;
        number += part / pow(10, decimals);
    }
    if (number > max)
        return false;
    *ret_number = negative ? -number : number;
    *ret_step = pow(10, -(double)decimals);
    return true;
}

static void skip_spaces(struct tt_span *rest)
{
    while (rest->len > 0 && rest->data[0] == ' ')
        *rest = tt_span_from(*rest, 1);
}

/* False when it does not fit. */
static bool copy_text(struct tt_span text, char room[TT_VANTAGE_TEXT_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == ' ')
            continue;
        if (len + 1 >= TT_VANTAGE_TEXT_MAX)
            return false;
        room[len++] = (char)text.data[i];
    }
    room[len] = '\0';
    return true;
}

bool tt_vantage_parse(struct tt_span text, struct tt_vantage *ret_vantage)
{
    struct tt_vantage vantage = {.known = true};
    struct tt_span rest = text;
    double steps[2] = {0};
    skip_spaces(&rest);
    if (!read_decimal(&rest, 90, &vantage.latitude, &steps[0]))
        return false;
    skip_spaces(&rest);
    if (rest.len == 0 || rest.data[0] != ',')
        return false;
    rest = tt_span_from(rest, 1);
    skip_spaces(&rest);
    if (!read_decimal(&rest, 180, &vantage.longitude, &steps[1]))
        return false;
    skip_spaces(&rest);
    if (rest.len > 0 || !copy_text(text, vantage.text))
        return false;
    vantage.error = hypot(steps[0], steps[1]) / 2 * metres_per_degree;
    *ret_vantage = vantage;
    return true;
}

bool tt_decimal_parse(struct tt_span text, double max, double *ret_number)
{
    struct tt_span rest = text;
    double number = 0;
    double step = 0;
    if (!read_decimal(&rest, max, &number, &step) || rest.len > 0)
        return false;
    *ret_number = number;
    return true;
}
