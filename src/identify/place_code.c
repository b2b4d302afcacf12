#include "identify/place_code.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 48, GEOHASH_MAX = 12, GEOHASH_BITS = 5, MINUTES = 60, SECONDS = 3600 };

static const struct tt_span no_memory = {.data = NULL, .len = 0};

/* What snprintf wrote, or nothing when it did not fit. */
static struct tt_span printed(const char *text, int len)
{
    return len > 0 && len < TEXT_MAX ? tt_span_of(text, (size_t)len) : tt_span_of(text, 0);
}

double tt_degrees_of(struct tt_span text)
{
    double value = 0;
    double scale = 1;
    bool negative = text.len > 0 && text.data[0] == '-';
    bool point = false;
    /* Not strtod: a locale may have another point. */
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '.')
            point = true;
        if (!tt_is_digit(text.data[i]))
            continue;
        value = value * 10 + (text.data[i] - '0');
        scale *= point ? 10 : 1;
    }
    return (negative ? -value : value) / scale;
}

struct tt_span tt_write_degrees(struct tt_arena *arena, double degrees, unsigned decimals)
{
    char *out = tt_arena_alloc(arena, TEXT_MAX);
    if (out == NULL)
        return no_memory;
    return printed(out, snprintf(out, TEXT_MAX, "%.*f", (int)decimals, degrees));
}

struct tt_span tt_write_dms(struct tt_arena *arena, double degrees, unsigned decimals,
                            const char *const marks[2])
{
    char *out = tt_arena_alloc(arena, TEXT_MAX);
    if (out == NULL)
        return no_memory;
    double scale = pow(10, decimals);
    /* What a decimal fraction loses in binary must not take a second away. */
    long long units = llround(floor(fabs(degrees) * SECONDS * scale + 1e-6));
    long long per_second = llround(scale);
    long long whole = units / per_second;
    int len = snprintf(out, TEXT_MAX, "%lld%s%02lld%s%02lld", whole / SECONDS, marks[0],
                       whole / MINUTES % MINUTES, marks[1], whole % MINUTES);
    if (decimals > 0 && len > 0 && len < TEXT_MAX)
        len += snprintf(out + len, (size_t)(TEXT_MAX - len), ".%0*lld", (int)decimals,
                        units % per_second);
    return printed(out, len);
}

struct tt_span tt_write_minutes(struct tt_arena *arena, double degrees, unsigned digits,
                                const char *mark, unsigned decimals)
{
    char *out = tt_arena_alloc(arena, TEXT_MAX);
    if (out == NULL)
        return no_memory;
    double scale = pow(10, decimals);
    long long units = llround(floor(fabs(degrees) * MINUTES * scale + 1e-6));
    long long minutes = units / llround(scale);
    return printed(out,
                   snprintf(out, TEXT_MAX, "%0*lld%s%02lld.%0*lld", (int)digits, minutes / MINUTES,
                            mark, minutes % MINUTES, (int)decimals, units % llround(scale)));
}

struct tt_span tt_write_nmea(struct tt_arena *arena, double degrees, unsigned decimals,
                             bool longitude)
{
    char *out = tt_arena_alloc(arena, TEXT_MAX);
    if (out == NULL)
        return no_memory;
    double scale = pow(10, decimals);
    long long units = llround(fabs(degrees) * MINUTES * scale);
    long long per_minute = llround(scale);
    long long minutes = units / per_minute;
    const char *direction = longitude ? (degrees < 0 ? "W" : "E") : degrees < 0 ? "S" : "N";
    return printed(out, snprintf(out, TEXT_MAX, "%0*lld%02lld.%0*lld,%s", longitude ? 3 : 2,
                                 minutes / MINUTES, minutes % MINUTES, (int)decimals,
                                 units % per_minute, direction));
}

/* One more bit: which half of the range the value is in; the range becomes that half. */
static unsigned halve(double value, double range[2])
{
    double middle = (range[0] + range[1]) / 2;
    bool upper = value >= middle;
    range[upper ? 0 : 1] = middle;
    return upper ? 1 : 0;
}

struct tt_span tt_write_geohash(struct tt_arena *arena, double latitude, double longitude,
                                size_t len)
{
    static const char alphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
    double across[2] = {-180, 180};
    double along[2] = {-90, 90};
    char *out = tt_arena_alloc(arena, GEOHASH_MAX);
    if (out == NULL)
        return no_memory;
    len = len < GEOHASH_MAX ? len : GEOHASH_MAX;
    for (size_t i = 0; i < len; i++) {
        unsigned value = 0;
        for (size_t bit = i * GEOHASH_BITS; bit < (i + 1) * GEOHASH_BITS; bit++)
            value = value << 1 | (bit % 2 == 0 ? halve(longitude, across) : halve(latitude, along));
        out[i] = alphabet[value];
    }
    return tt_span_of(out, len);
}
