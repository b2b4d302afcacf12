/* Coordinates: each alone, cut to fewer decimals, and as a pair. More decimals may follow what the
 * sheet says: devices are more exact than people. */
#include "identify/forms.h"

#include <stdio.h>

#define BITS_WHOLE_DEGREES 5.0 /* places where people live */
#define BITS_SHAPE 12.0        /* four decimals and more: one place in some thousands looks so */

enum {
    DECIMALS_MIN = 4,   /* 11 metres; fewer decimals name a town, not a person */
    DECIMALS_SHOWN = 7, /* cuts longer than this differ by less than a centimetre */
};

static size_t decimals_of(struct tt_span number)
{
    size_t point = tt_span_find(number, '.');
    return point >= number.len ? 0 : number.len - point - 1;
}

static double bits_of(size_t decimals)
{
    return BITS_WHOLE_DEGREES + BITS_SHAPE + (double)decimals * TT_BITS_DIGIT;
}

static void add(struct tt_forms *forms, const char *name, struct tt_span bytes, double bits,
                bool exact)
{
    bool sign = bytes.len > 0 && bytes.data[0] == '-';
    struct tt_writing writing = {.name = name,
                                 .bytes = bytes,
                                 .bits = bits,
                                 .left = sign ? TT_EDGE_DIGIT : TT_EDGE_NUMBER,
                                 .right = exact ? TT_EDGE_DIGIT : TT_EDGE_ANY,
                                 .whole = !exact};
    tt_forms_add(forms, &writing);
}

static void add_coordinate(struct tt_forms *forms, const char *name, struct tt_span number)
{
    size_t decimals = decimals_of(number);
    if (decimals == 0)
        return; /* "28": proves nothing, stands everywhere */
    if (decimals < DECIMALS_MIN) {
        add(forms, name, number, BITS_WHOLE_DEGREES + (double)decimals * TT_BITS_DIGIT, true);
        return;
    }
    add(forms, name, number, bits_of(decimals), false);
    for (size_t keep = DECIMALS_MIN; keep < decimals && keep <= DECIMALS_SHOWN; keep++)
        add(forms, name, tt_span_sub(number, 0, number.len - decimals + keep), bits_of(keep),
            false);
}

static void add_pair(struct tt_forms *forms, struct tt_span first, struct tt_span second,
                     const char *between)
{
    size_t room = first.len + second.len + strlen(between) + 1;
    char *out = tt_arena_alloc(&forms->arena, room);
    if (out != NULL)
        (void)snprintf(out, room, "%.*s%s%.*s", (int)first.len, (const char *)first.data, between,
                       (int)second.len, (const char *)second.data);
    double bits = 2 * BITS_WHOLE_DEGREES + BITS_SHAPE +
                  (double)(decimals_of(first) + decimals_of(second)) * TT_BITS_DIGIT;
    add(forms, "pair", tt_span_of(out, out == NULL ? 0 : room - 1), bits, false);
}

/* The number cut to `keep` decimals. */
static struct tt_span cut(struct tt_span number, size_t keep)
{
    size_t decimals = decimals_of(number);
    return decimals <= keep ? number : tt_span_sub(number, 0, number.len - decimals + keep);
}

void tt_forms_of_location(struct tt_forms *forms, struct tt_span value)
{
    static const char *const separators[] = {",", ", ", "%2C", ";", " ", "|"};
    size_t comma = tt_span_find(value, ',');
    struct tt_span latitude = tt_span_trim(tt_span_sub(value, 0, comma));
    struct tt_span longitude = tt_span_trim(tt_span_from(value, comma + 1));
    add_coordinate(forms, "latitude", latitude);
    add_coordinate(forms, "longitude", longitude);
    if (decimals_of(latitude) < DECIMALS_MIN || decimals_of(longitude) < DECIMALS_MIN)
        return;
    for (size_t i = 0; i < TT_ARRAY_LEN(separators); i++) {
        add_pair(forms, latitude, longitude, separators[i]);
        /* A pair whose first number goes on differently has to be cut as the device cuts it. */
        add_pair(forms, cut(latitude, 6), cut(longitude, 4), separators[i]);
    }
}
