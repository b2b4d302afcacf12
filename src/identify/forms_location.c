/* Coordinates: each alone, cut or rounded to fewer decimals, as a pair, and in the notations of
 * maps and receivers. More decimals may follow what the sheet says: devices are more exact than
 * people.
 */
#include "identify/forms_number.h"
#include "identify/integer.h"
#include "identify/place_code.h"

#include <math.h>
#include <stdio.h>

#define BITS_WHOLE_DEGREES 5.0 /* places where people live */
#define BITS_SHAPE 12.0        /* four decimals and more: one place in some thousands looks so */
/* Half of that for one coordinate alone: the traffic is full of others in the same town, whose
 * whole degrees and first decimals are the same, and every street has the latitude of another. So
 * one coordinate proves something from six decimals on, and two side by side from four on
 * (judge/findings.c puts those together that a message has apart). */
#define BITS_SHAPE_ALONE 6.0
#define BITS_SEXAGESIMAL 18.0 /* minutes and seconds with their signs, which nothing else has */
#define BITS_MINUTES 5.9      /* one of 60 */
#define BITS_FLOAT 19.0       /* of a mantissa, without the whole degrees */

enum {
    FIELDS = 4,         /* of a protobuf message that are looked at for the second coordinate */
    DECIMALS_MIN = 4,   /* 11 metres; fewer decimals name a town, not a person */
    DECIMALS_PAIR = 3,  /* 110 metres, where two of them stand together */
    DECIMALS_SHOWN = 7, /* cuts longer than this differ by less than a centimetre */
    GEOHASH_LEN = 8,    /* 38 by 19 metres */
    GEOHASH_SHORT = 7   /* 150 metres */
};

static size_t decimals_of(struct tt_span number)
{
    size_t point = tt_span_find(number, '.');
    return point >= number.len ? 0 : number.len - point - 1;
}

static double bits_of(size_t decimals)
{
    return BITS_WHOLE_DEGREES + BITS_SHAPE_ALONE + (double)decimals * TT_BITS_DIGIT;
}

static struct tt_writing writing_of(const char *name, struct tt_span bytes, double bits, bool exact)
{
    bool sign = bytes.len > 0 && bytes.data[0] == '-';
    return (struct tt_writing){.name = name,
                               .bytes = bytes,
                               .bits = bits,
                               .left = sign ? TT_EDGE_DIGIT : TT_EDGE_NUMBER,
                               .right = exact ? TT_EDGE_DIGIT : TT_EDGE_ANY,
                               .whole = !exact};
}

static void add(struct tt_forms *forms, const char *name, struct tt_span bytes, double bits,
                bool exact)
{
    struct tt_writing writing = writing_of(name, bytes, bits, exact);
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
    for (size_t keep = DECIMALS_MIN; keep < decimals && keep <= DECIMALS_SHOWN; keep++) {
        add(forms, name, tt_span_sub(number, 0, number.len - decimals + keep), bits_of(keep),
            false);
        /* Rounded up: more digits behind it would make another place. */
        struct tt_span rounded =
            tt_write_degrees(&forms->arena, tt_degrees_of(number), (unsigned)keep);
        add(forms, name, rounded, bits_of(keep), true);
        /* JSON has no zero at the end. */
        if (keep == DECIMALS_MIN && rounded.len > 0 && rounded.data[rounded.len - 1] == '0')
            add(forms, name, tt_span_sub(rounded, 0, rounded.len - 1), bits_of(keep - 1), true);
    }
}

static double bits_of_pair(size_t first, size_t second)
{
    bool fine = first >= DECIMALS_MIN && second >= DECIMALS_MIN;
    /* Drawings are full of pairs with few decimals. */
    return 2 * BITS_WHOLE_DEGREES + (fine ? BITS_SHAPE : 0) +
           (double)(first + second) * TT_BITS_DIGIT;
}

static void add_pair(struct tt_forms *forms, struct tt_span first, struct tt_span second,
                     const char *between)
{
    struct tt_span parts[2] = {first, second};
    double bits = bits_of_pair(decimals_of(first), decimals_of(second));
    add(forms, "pair", tt_forms_join(forms, parts, 2, between), bits, bits < TT_WEAK_BITS);
}

/* The number cut to `keep` decimals. */
static struct tt_span cut(struct tt_span number, size_t keep)
{
    size_t decimals = decimals_of(number);
    return decimals <= keep ? number : tt_span_sub(number, 0, number.len - decimals + keep);
}

static void add_pairs(struct tt_forms *forms, struct tt_span latitude, struct tt_span longitude)
{
    static const char *const separators[] = {",", ", ", "%2C", ";", " ", "|", "/", ":", "+"};
    struct tt_span rounded[2] = {
        tt_write_degrees(&forms->arena, tt_degrees_of(latitude), DECIMALS_PAIR),
        tt_write_degrees(&forms->arena, tt_degrees_of(longitude), DECIMALS_PAIR)};
    for (size_t i = 0; i < TT_ARRAY_LEN(separators); i++) {
        add_pair(forms, latitude, longitude, separators[i]);
        add_pair(forms, longitude, latitude, separators[i]);
        /* A pair whose first number goes on differently has to be cut as the device cuts it. */
        for (size_t keep = DECIMALS_PAIR; keep <= DECIMALS_SHOWN; keep++) {
            size_t behind = keep < DECIMALS_MIN ? keep : DECIMALS_MIN;
            add_pair(forms, cut(latitude, keep), cut(longitude, behind), separators[i]);
            add_pair(forms, cut(longitude, keep), cut(latitude, behind), separators[i]);
        }
        add_pair(forms, rounded[0], rounded[1], separators[i]);
    }
}

/* Degrees of longitude have three digits in ISO 6709 ("+61.49775+023.76095"), where a sign begins
 * each number and nothing else stands between them. */
static void add_iso6709(struct tt_forms *forms, struct tt_span latitude, struct tt_span longitude)
{
    static const char *const zeros[] = {"00", "0", ""};
    bool minus = longitude.data[0] == '-';
    struct tt_span plain = tt_span_from(longitude, minus ? 1 : 0);
    size_t whole = tt_span_find(plain, '.');
    for (size_t keep = DECIMALS_MIN; whole >= 1 && whole <= 2 && keep <= DECIMALS_SHOWN; keep++) {
        struct tt_span parts[4] = {cut(latitude, keep), tt_span_str(minus ? "-" : "+"),
                                   tt_span_str(zeros[whole - 1]), cut(plain, DECIMALS_MIN)};
        double bits = bits_of_pair(decimals_of(parts[0]), decimals_of(parts[3]));
        add(forms, "pair", tt_forms_join(forms, parts, 4, ""), bits, bits < TT_WEAK_BITS);
    }
}

/* ---- numbers ---- */

struct place {
    double latitude;
    double longitude;
    size_t decimals; /* that the sheet has of both */
};

/* Degrees times 10^5, 10^6 or 10^7: alone they are numbers like others. */
static void add_scaled_text(struct tt_forms *forms, const struct place *place, unsigned power)
{
    static const char *const separators[] = {",", ", ", ";", " ", "|"};
    static const char *const names[][2] = {{"latitude, e5", "longitude, e5"},
                                           {"latitude, e6", "longitude, e6"},
                                           {"latitude, e7", "longitude, e7"}};
    double scale = pow(10, power);
    double known = (double)(place->decimals < power ? place->decimals : power);
    double bits = BITS_WHOLE_DEGREES + known * TT_BITS_DIGIT;
    /* Rounded, then cut. */
    double both[2][2] = {{place->latitude * scale, place->longitude * scale},
                         {trunc(place->latitude * scale), trunc(place->longitude * scale)}};
    for (size_t way = 0; way < 2; way++) {
        struct tt_span parts[2] = {tt_write_degrees(&forms->arena, both[way][0], 0),
                                   tt_write_degrees(&forms->arena, both[way][1], 0)};
        for (size_t i = 0; i < 2; i++)
            tt_forms_number_alone(forms, names[power - 5][i], parts[i], bits);
        for (size_t i = 0; i < TT_ARRAY_LEN(separators); i++)
            add(forms, "pair, scaled", tt_forms_join(forms, parts, 2, separators[i]), 2 * bits,
                true);
    }
}

/* Both numbers as 32 bits, one behind the other or as the first two fields of a protobuf message.
 */
static void add_integers(struct tt_forms *forms, const struct place *place, unsigned power,
                         int64_t latitude, int64_t longitude)
{
    static const uint8_t fixed[] = {0x0d, 0x15};
    static const uint8_t varint[] = {0x08, 0x10};
    struct tt_arena *arena = &forms->arena;
    struct tt_span big[2] = {
        tt_write_integer(arena, (uint32_t)latitude, 4, TT_ORDER_BIG),
        tt_write_integer(arena, (uint32_t)longitude, 4, TT_ORDER_BIG),
    };
    struct tt_span little[4] = {
        tt_span_of(&fixed[0], 1), tt_write_integer(arena, (uint32_t)latitude, 4, TT_ORDER_LITTLE),
        tt_span_of(&fixed[1], 1), tt_write_integer(arena, (uint32_t)longitude, 4, TT_ORDER_LITTLE)};
    struct tt_span little_pair[2] = {little[1], little[3]};
    struct tt_span zigzag[4] = {
        tt_span_of(&varint[0], 1), tt_write_varint(arena, tt_zigzag(latitude)),
        tt_span_of(&varint[1], 1), tt_write_varint(arena, tt_zigzag(longitude))};
    struct tt_span plain[4] = {
        tt_span_of(&varint[0], 1), tt_write_varint(arena, (uint64_t)latitude),
        tt_span_of(&varint[1], 1), tt_write_varint(arena, (uint64_t)longitude)};
    double known = (double)(place->decimals < power ? place->decimals : power);
    double bits = 2 * (BITS_WHOLE_DEGREES + known * TT_BITS_DIGIT);
    tt_forms_raw(forms, "pair, int32be", tt_forms_join(forms, big, 2, ""), bits);
    tt_forms_raw(forms, "pair, int32le", tt_forms_join(forms, little_pair, 2, ""), bits);
    tt_forms_raw(forms, "pair, protobuf", tt_forms_join(forms, little, 4, ""), bits);
    tt_forms_raw(forms, "pair, protobuf", tt_forms_join(forms, zigzag, 4, ""), bits);
    tt_forms_raw(forms, "pair, protobuf", tt_forms_join(forms, plain, 4, ""), bits);
}

/* Rounded, or cut as a conversion of the binary fraction cuts it: 28.613912 may become 28613911. */
static void add_scaled_raw(struct tt_forms *forms, const struct place *place, unsigned power)
{
    double scale = pow(10, power);
    double latitude = place->latitude * scale;
    double longitude = place->longitude * scale;
    add_integers(forms, place, power, llround(latitude), llround(longitude));
    add_integers(forms, place, power, (int64_t)latitude, (int64_t)longitude);
}

static void add_floating(struct tt_forms *forms, const struct place *place)
{
    static const char *const names[] = {"latitude, double", "longitude, double"};
    struct tt_arena *arena = &forms->arena;
    const double values[2] = {place->latitude, place->longitude};
    for (size_t i = 0; i < 4; i++) {
        struct tt_writing writing = {.name = names[i / 2],
                                     .bytes = tt_write_double(arena, values[i / 2], i % 2 == 0),
                                     .bits = bits_of(place->decimals),
                                     .whole = true}; /* raw: weak, but with nothing around it */
        tt_forms_add(forms, &writing);
    }
    double decimals = (double)place->decimals * TT_BITS_DIGIT;
    double bits = 2 * (BITS_WHOLE_DEGREES + (decimals < BITS_FLOAT ? decimals : BITS_FLOAT));
    for (size_t i = 0; i < 2; i++) {
        struct tt_span pair[2] = {tt_write_float(arena, (float)place->latitude, i == 0),
                                  tt_write_float(arena, (float)place->longitude, i == 0)};
        tt_forms_raw(forms, "pair, float", tt_forms_join(forms, pair, 2, ""), bits);
        /* Little-endian they may be neighbouring fields of a protobuf message. */
        for (uint8_t field = 2; i > 0 && field < 2 + FIELDS; field++) {
            uint8_t *tag = tt_arena_bytes(arena, 1);
            if (tag != NULL)
                *tag = (uint8_t)(field << 3 | 5);
            struct tt_span fields[3] = {pair[0], tt_span_of(tag, tag != NULL), pair[1]};
            tt_forms_raw(forms, "pair, float", tt_forms_join(forms, fields, 3, ""), bits);
        }
    }
}

/* ---- notations ---- */

/* The signs of degrees and minutes; the last one is how EXIF's rational numbers are printed. */
static void add_dms(struct tt_forms *forms, const char *name, double degrees)
{
    static const char *const marks[][2] = {
        {"\xc2\xb0", "'"},
        {"\xc2\xb0 ", "' "},
        {"\xc2\xb0", "\xe2\x80\xb2"},
        {"\xb0", "'"},
        {"\xc2\xb0 ", "\xe2\x80\xb2 "},
        {"%C2%B0", "%27"},
        {"%C2%B0", "\'"},
        {"\\u00b0", "'"},
        {"&deg;", "'"},
        {"/1,", "/1,"},
    };
    static const double half_a_second = 0.5 / 3600;
    double away = degrees < 0 ? -half_a_second : half_a_second;
    double bits = BITS_WHOLE_DEGREES + BITS_SEXAGESIMAL;
    for (size_t i = 0; i < TT_ARRAY_LEN(marks); i++) {
        add(forms, name, tt_write_dms(&forms->arena, degrees, 0, marks[i]), bits, false);
        /* Rounded. */
        add(forms, name, tt_write_dms(&forms->arena, degrees + away, 0, marks[i]), bits, true);
    }
}

/* Degrees and decimal minutes, as receivers and charts show them. Cut to two decimals, with more
 * behind them perhaps, or rounded. Three digits of degrees are usual for a longitude. */
static void add_minutes(struct tt_forms *forms, const char *name, double degrees, unsigned width)
{
    enum { DECIMALS = 2 };
    static const char *const marks[] = {"\xc2\xb0", "\xc2\xb0 ", "\xb0", " ",
                                        "%C2%B0",   "\\u00b0",   "&deg;"};
    static const double half = 0.005 / 60;
    double away = degrees < 0 ? -half : half;
    double bits = BITS_WHOLE_DEGREES + BITS_SHAPE_ALONE + BITS_MINUTES + DECIMALS * TT_BITS_DIGIT;
    for (size_t i = 0; i < TT_ARRAY_LEN(marks); i++) {
        for (unsigned digits = 1; digits <= width; digits += width - 1) {
            add(forms, name, tt_write_minutes(&forms->arena, degrees, digits, marks[i], DECIMALS),
                bits, false);
            add(forms, name,
                tt_write_minutes(&forms->arena, degrees + away, digits, marks[i], DECIMALS), bits,
                true);
        }
    }
}

/* A comma for the point, as many countries write it. */
static void add_with_comma(struct tt_forms *forms, const char *name, struct tt_span text,
                           double bits, bool exact)
{
    add(forms, name, tt_write_replaced(&forms->arena, text, '.', ','), bits, exact);
}

static void add_commas(struct tt_forms *forms, struct tt_span latitude, struct tt_span longitude)
{
    static const char *const separators[] = {";", "; ", " ", ", ", "|", "/"};
    struct tt_span parts[2] = {cut(latitude, DECIMALS_MIN), cut(longitude, DECIMALS_MIN)};
    add_with_comma(forms, "latitude, comma", parts[0], bits_of(DECIMALS_MIN), false);
    add_with_comma(forms, "longitude, comma", parts[1], bits_of(DECIMALS_MIN), false);
    for (size_t keep = DECIMALS_MIN; keep <= DECIMALS_SHOWN; keep++) {
        parts[0] = cut(latitude, keep);
        for (size_t i = 0; i < TT_ARRAY_LEN(separators); i++) {
            struct tt_span pair = tt_forms_join(forms, parts, 2, separators[i]);
            add_with_comma(forms, "pair, comma", pair,
                           bits_of_pair(decimals_of(parts[0]), DECIMALS_MIN), false);
        }
    }
}

static void add_nmea(struct tt_forms *forms, const struct place *place)
{
    for (unsigned decimals = 3; decimals <= 6; decimals++) {
        size_t known = place->decimals < decimals + 1 ? place->decimals : decimals + 1;
        add(forms, "latitude, nmea", tt_write_nmea(&forms->arena, place->latitude, decimals, false),
            bits_of(known), true);
        add(forms, "longitude, nmea",
            tt_write_nmea(&forms->arena, place->longitude, decimals, true), bits_of(known), true);
    }
}

static void add_geohash(struct tt_forms *forms, const struct place *place)
{
    static const size_t lengths[] = {GEOHASH_LEN, GEOHASH_SHORT};
    for (size_t i = 0; i < TT_ARRAY_LEN(lengths); i++) {
        struct tt_writing writing = {
            .name = "geohash",
            .bytes = tt_write_geohash(&forms->arena, place->latitude, place->longitude, lengths[i]),
            /* Whole degrees count as everywhere: 17 bits would name them all. */
            .bits = (double)lengths[i] * 5 - (17 - 2 * BITS_WHOLE_DEGREES),
            .caseless = true,
            .left = TT_EDGE_WORD,
            .right = lengths[i] == GEOHASH_LEN ? TT_EDGE_ANY : TT_EDGE_WORD};
        tt_forms_add(forms, &writing);
    }
}

void tt_forms_of_location(struct tt_forms *forms, struct tt_span value)
{
    size_t comma = tt_span_find(value, ',');
    struct tt_span latitude = tt_span_trim(tt_span_sub(value, 0, comma));
    struct tt_span longitude = tt_span_trim(tt_span_from(value, comma + 1));
    struct place place = {.latitude = tt_degrees_of(latitude),
                          .longitude = tt_degrees_of(longitude),
                          .decimals = decimals_of(latitude) < decimals_of(longitude)
                                          ? decimals_of(latitude)
                                          : decimals_of(longitude)};
    add_coordinate(forms, "latitude", latitude);
    add_coordinate(forms, "longitude", longitude);
    if (place.decimals < DECIMALS_PAIR)
        return;
    add_pairs(forms, latitude, longitude);
    if (longitude.len > 0)
        add_iso6709(forms, latitude, longitude);
    if (place.decimals < DECIMALS_MIN)
        return; /* what is more exact than the sheet cannot be known */
    for (unsigned power = 5; power <= 7; power++) {
        add_scaled_text(forms, &place, power);
        add_scaled_raw(forms, &place, power);
    }
    add_floating(forms, &place);
    add_dms(forms, "latitude, dms", place.latitude);
    add_dms(forms, "longitude, dms", place.longitude);
    add_minutes(forms, "latitude, dms", place.latitude, 2);
    add_minutes(forms, "longitude, dms", place.longitude, 3);
    add_commas(forms, latitude, longitude);
    add_nmea(forms, &place);
    add_geohash(forms, &place);
    struct tt_span both[2] = {latitude, longitude};
    struct tt_writing pair = writing_of("pair", tt_forms_join(forms, both, 2, ","),
                                        bits_of_pair(place.decimals, place.decimals), false);
    if (pair.bytes.data != NULL)
        tt_forms_transforms(forms, &pair);
}
