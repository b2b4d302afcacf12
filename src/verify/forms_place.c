/* Coordinates: WGS 84 degrees in the notations of maps and receivers. */
#include <math.h>
#include <stdlib.h>

#include "verify/forms.h"

enum { NUMBERS_MAX = 8, TEXT_MAX = 128 };

struct point {
    double degrees[2]; /* latitude, longitude */
    size_t decimals[2];
};

/* A number in a text, and how many decimals it has. */
struct number {
    double value;
    size_t decimals;
};

/* The numbers of a text in their order; escapes (%2C) are signs between them. */
static size_t numbers_of(struct tt_span text, struct number out[NUMBERS_MAX])
{
    char room[TEXT_MAX] = "";
    if (text.len >= TEXT_MAX)
        return 0;
    memcpy(room, text.data, text.len);
    size_t count = 0;
    for (char *at = room; *at != '\0' && count < NUMBERS_MAX;) {
        if (*at == '%' && at[1] != '\0' && at[2] != '\0') {
            at += 3;
            continue;
        }
        bool minus = *at == '-' && (tt_is_digit((uint8_t)at[1]) || at[1] == '.');
        if (!minus && !tt_is_digit((uint8_t)*at)) {
            at++;
            continue;
        }
        size_t len = minus ? 1 : 0;
        len += strspn(at + len, "0123456789");
        size_t decimals = 0;
        if (at[len] == '.' && tt_is_digit((uint8_t)at[len + 1])) {
            decimals = strspn(at + len + 1, "0123456789");
            len += 1 + decimals;
        }
        char kept = at[len];
        at[len] = '\0';
        out[count++] = (struct number){.value = strtod(at, NULL), .decimals = decimals};
        at[len] = kept;
        at += len;
    }
    return count;
}

static bool point_of(const struct tt_verify_form *form, struct point *ret_point)
{
    struct number numbers[NUMBERS_MAX];
    if (numbers_of(form->value, numbers) != 2)
        return false;
    for (size_t i = 0; i < 2; i++) {
        ret_point->degrees[i] = numbers[i].value;
        ret_point->decimals[i] = numbers[i].decimals;
    }
    return true;
}

/* Cut or rounded to as many decimals, or to those that the sheet has. */
static bool near(double found, double wanted, size_t decimals)
{
    return fabs(found - wanted) < 1.001 * pow(10, -(double)decimals);
}

static bool number_fits(const struct number *number, const struct point *point, size_t axis)
{
    size_t decimals =
        number->decimals < point->decimals[axis] ? number->decimals : point->decimals[axis];
    return decimals >= 1 && near(number->value, point->degrees[axis], decimals);
}

/* Which coordinate the name of the form speaks of. */
static size_t axis_of(const char *name)
{
    return strncmp(name, "longitude", 9) == 0 ? 1 : 0;
}

static bool is_pair(const char *name)
{
    return strncmp(name, "pair", 4) == 0;
}

bool tt_verify_place_text(const struct tt_verify_form *form, struct tt_span bytes)
{
    struct point point;
    struct number found[NUMBERS_MAX];
    size_t count = numbers_of(bytes, found);
    if (!point_of(form, &point) || count == 0)
        return false;
    const char *power = strstr(form->name, ", e");
    bool scaled = power != NULL || strcmp(form->name, "pair, scaled") == 0;
    for (unsigned by = 5; by <= 7; by++) {
        struct number plain[2] = {found[0], found[count > 1 ? 1 : 0]};
        for (size_t i = 0; scaled && i < 2; i++)
            plain[i] =
                (struct number){.value = plain[i].value * pow(10, -(double)by), .decimals = by};
        if (is_pair(form->name) && count == 2 &&
            ((number_fits(&plain[0], &point, 0) && number_fits(&plain[1], &point, 1)) ||
             (number_fits(&plain[0], &point, 1) && number_fits(&plain[1], &point, 0))))
            return true;
        if (!is_pair(form->name) && count == 1 && (power == NULL || power[3] == (char)('0' + by)) &&
            number_fits(&plain[0], &point, axis_of(form->name)))
            return true;
    }
    return false;
}

/* Likewise, with a comma for the point. */
bool tt_verify_place_comma(const struct tt_verify_form *form, struct tt_span bytes)
{
    char room[TEXT_MAX] = "";
    struct tt_verify_form plain = *form;
    if (bytes.len >= TEXT_MAX)
        return false;
    memcpy(room, bytes.data, bytes.len);
    for (size_t i = 1; i + 1 < bytes.len; i++)
        if (room[i] == ',' && tt_is_digit((uint8_t)room[i - 1]) &&
            tt_is_digit((uint8_t)room[i + 1]))
            room[i] = '.';
    plain.name = is_pair(form->name) ? "pair" : axis_of(form->name) == 0 ? "latitude" : "longitude";
    return tt_verify_place_text(&plain, tt_span_of(room, bytes.len));
}

static uint64_t bits_of(struct tt_span bytes, bool big)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.len; i++)
        value = value << 8 | bytes.data[big ? i : bytes.len - 1 - i];
    return value;
}

static double real_of(struct tt_span bytes, bool big)
{
    uint64_t bits = bits_of(bytes, big);
    if (bytes.len == 8) {
        double value = 0;
        memcpy(&value, &bits, sizeof(value));
        return value;
    }
    uint32_t half = (uint32_t)bits;
    float value = 0;
    memcpy(&value, &half, sizeof(value));
    return value;
}

/* One field of a protobuf message: its tag is a byte. Moves on. */
static bool protobuf_field(struct tt_span *bytes, int64_t *ret_plain, int64_t *ret_zigzag)
{
    if (bytes->len < 2)
        return false;
    bool fixed = (bytes->data[0] & 7U) == 5;
    *bytes = tt_span_from(*bytes, 1);
    uint64_t value = 0;
    size_t len = 0;
    if (fixed) {
        value = bits_of(tt_span_sub(*bytes, 0, 4), false);
        *ret_plain = *ret_zigzag = (int32_t)(uint32_t)value;
        *bytes = tt_span_from(*bytes, 4);
        return true;
    }
    while (len < bytes->len && len < 10) {
        value |= (uint64_t)(bytes->data[len] & 0x7f) << (7 * len);
        if ((bytes->data[len++] & 0x80) == 0)
            break;
    }
    *ret_plain = (int64_t)value;
    *ret_zigzag = (int64_t)(value >> 1 ^ (0 - (value & 1)));
    *bytes = tt_span_from(*bytes, len);
    return true;
}

static bool scaled_fit(const struct point *point, int64_t first, int64_t second)
{
    for (unsigned by = 5; by <= 7; by++) {
        double scale = pow(10, -(double)by);
        size_t decimals[2];
        for (size_t i = 0; i < 2; i++)
            decimals[i] = by < point->decimals[i] ? by : point->decimals[i];
        if (near((double)first * scale, point->degrees[0], decimals[0]) &&
            near((double)second * scale, point->degrees[1], decimals[1]))
            return true;
    }
    return false;
}

bool tt_verify_place_raw(const struct tt_verify_form *form, struct tt_span bytes)
{
    struct point point;
    if (!point_of(form, &point))
        return false;
    bool tagged = bytes.len == 9; /* two floats and the tag of a field between them */
    size_t half = bytes.len / 2;
    struct tt_span first = tt_span_sub(bytes, 0, half);
    struct tt_span second = tt_span_from(bytes, half + (tagged ? 1 : 0));
    if (strcmp(form->name, "pair, protobuf") == 0) {
        int64_t plain[2] = {0, 0};
        int64_t zigzag[2] = {0, 0};
        return protobuf_field(&bytes, &plain[0], &zigzag[0]) &&
               protobuf_field(&bytes, &plain[1], &zigzag[1]) &&
               (scaled_fit(&point, plain[0], plain[1]) || scaled_fit(&point, zigzag[0], zigzag[1]));
    }
    if (strncmp(form->name, "pair, int32", 11) == 0) {
        bool big = strcmp(form->name, "pair, int32be") == 0;
        return bytes.len == 8 && scaled_fit(&point, (int32_t)(uint32_t)bits_of(first, big),
                                            (int32_t)(uint32_t)bits_of(second, big));
    }
    for (unsigned big = 0; big < 2; big++) {
        if (is_pair(form->name) && (bytes.len == 8 || tagged) &&
            fabs(real_of(first, big) - point.degrees[0]) < 2e-5 &&
            fabs(real_of(second, big) - point.degrees[1]) < 2e-5)
            return true;
        if (!is_pair(form->name) && bytes.len == 8 &&
            fabs(real_of(bytes, big) - point.degrees[axis_of(form->name)]) < 1e-9)
            return true;
    }
    return false;
}

/* Degrees, minutes and, perhaps, seconds without a sign. What stands behind the minutes goes on
 * outside of the bytes. */
bool tt_verify_place_dms(const struct tt_verify_form *form, struct tt_span bytes)
{
    struct point point;
    struct number found[NUMBERS_MAX];
    struct tt_span degree = tt_span_str("\\u00b0");
    size_t at = tt_span_search(bytes, degree);
    char room[TEXT_MAX] = "";
    if (bytes.len >= TEXT_MAX || !point_of(form, &point))
        return false;
    memcpy(room, bytes.data, bytes.len);
    if (at != SIZE_MAX)
        memset(room + at, ' ', degree.len);
    if (strstr(room, "/1") != NULL) /* rational numbers */
        for (char *c = room; (c = strstr(c, "/1")) != NULL; c += 2)
            memset(c, ' ', 2);
    size_t count = numbers_of(tt_span_of(room, bytes.len), found);
    double value = 0;
    double unit = 1;
    for (size_t i = 0; i < count && i < 3; i++, unit /= 60)
        value += found[i].value * unit;
    double wanted = fabs(point.degrees[axis_of(form->name)]);
    return count >= 2 && fabs(value - wanted) <= (count == 2 ? 1.01 / 60 : 1.01 / 3600);
}

/* ddmm.mmm (NMEA 0183) */
bool tt_verify_place_nmea(const struct tt_verify_form *form, struct tt_span bytes)
{
    struct point point;
    struct number found[NUMBERS_MAX];
    if (!point_of(form, &point) || numbers_of(bytes, found) < 1)
        return false;
    double degrees = floor(found[0].value / 100);
    double value = degrees + (found[0].value - degrees * 100) / 60;
    double wanted = fabs(point.degrees[axis_of(form->name)]);
    double exact = 1.001 * pow(10, -(double)found[0].decimals) / 60;
    return found[0].decimals > 0 && fabs(value - wanted) <= exact;
}

bool tt_verify_geohash(const struct tt_verify_form *form, struct tt_span bytes)
{
    static const char alphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
    struct point point;
    double low[2] = {-90, -180};
    double high[2] = {90, 180};
    unsigned turn = 1; /* the first bit halves the longitude */
    if (!point_of(form, &point) || bytes.len < 7)
        return false;
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = tt_lower(bytes.data[i]);
        const char *digit = c == 0 ? NULL : strchr(alphabet, c);
        if (digit == NULL)
            return false;
        for (unsigned bit = 5; bit > 0; bit--, turn ^= 1) {
            double middle = (low[turn] + high[turn]) / 2;
            if (((unsigned)(digit - alphabet) >> (bit - 1) & 1U) != 0)
                low[turn] = middle;
            else
                high[turn] = middle;
        }
    }
    for (size_t i = 0; i < 2; i++)
        if (point.degrees[i] < low[i] - 1e-9 || point.degrees[i] > high[i] + 1e-9)
            return false;
    return true;
}
