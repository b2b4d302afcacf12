#include "content/exif.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/reader.h"

enum {
    ENTRY_LEN = 12,
    ENTRIES_MAX = 256, /* of one directory */
    TYPE_RATIONAL = 5,
    TAG_EXIF = 0x8769,
    TAG_GPS = 0x8825,
    GPS_LATITUDE_REF = 1,
    GPS_LATITUDE = 2,
    GPS_LONGITUDE_REF = 3,
    GPS_LONGITUDE = 4,
    DECIMALS_MIN = 4
};

/* Texts that may tell who or which. Tags of TIFF 6.0 and of CIPA DC-008, section 4.6. */
static const struct {
    unsigned tag;
    const char *step;
} texts[] = {{0x010e, "exif:ImageDescription"},
             {0x010f, "exif:Make"},
             {0x0110, "exif:Model"},
             {0x0131, "exif:Software"},
             {0x013b, "exif:Artist"},
             {0x013c, "exif:HostComputer"},
             {0x8298, "exif:Copyright"},
             {0x9286, "exif:UserComment"},
             {0x9c9d, "exif:XPAuthor"},
             {0xa420, "exif:ImageUniqueID"},
             {0xa430, "exif:CameraOwnerName"},
             {0xa431, "exif:BodySerialNumber"},
             {0xa433, "exif:LensMake"},
             {0xa434, "exif:LensModel"},
             {0xa435, "exif:LensSerialNumber"}};

struct tiff {
    struct tt_span block;
    bool little;
    struct tt_exif *exif;
    uint64_t exif_at; /* of the directories, 0 for none */
    uint64_t gps_at;
    /* Of the position: where its four values stand. */
    struct tt_span gps[GPS_LONGITUDE + 1];
};

struct entry {
    unsigned tag;
    unsigned type;
    uint64_t count;
    struct tt_span value; /* borrowed from the block; empty when it lies outside */
};

static uint64_t read_int(const struct tiff *tiff, struct tt_reader *reader, size_t len)
{
    return tiff->little ? tt_read_le(reader, len) : tt_read_be(reader, len);
}

static size_t type_len(unsigned type)
{
    static const uint8_t lens[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
    return type < sizeof(lens) ? lens[type] : 0;
}

static struct entry read_entry(const struct tiff *tiff, struct tt_reader *reader)
{
    struct entry entry = {.tag = (unsigned)read_int(tiff, reader, 2),
                          .type = (unsigned)read_int(tiff, reader, 2),
                          .count = read_int(tiff, reader, 4)};
    size_t inline_at = reader->at;
    uint64_t at = read_int(tiff, reader, 4);
    uint64_t len = entry.count * type_len(entry.type);
    if (len <= 4)
        at = inline_at;
    bool fits = !reader->failed && len <= tiff->block.len && at <= tiff->block.len - len;
    entry.value =
        fits ? tt_span_sub(tiff->block, (size_t)at, (size_t)len) : tt_span_sub(tiff->block, 0, 0);
    return entry;
}

/* ---- texts ---- */

static int by_offset(const void *a, const void *b)
{
    const struct tt_exif_field *x = a;
    const struct tt_exif_field *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void keep_text(struct tiff *tiff, const struct entry *entry)
{
    struct tt_exif *exif = tiff->exif;
    for (size_t i = 0; i < TT_ARRAY_LEN(texts); i++) {
        if (texts[i].tag != entry->tag || exif->count == TT_EXIF_FIELDS)
            continue;
        size_t at = (size_t)(entry->value.data - tiff->block.data);
        size_t len = entry->value.len;
        while (len > 0 && entry->value.data[len - 1] == '\0')
            len--;
        if (len > 0)
            exif->fields[exif->count++] =
                (struct tt_exif_field){.step = texts[i].step, .at = at, .len = len};
    }
}

/* Sorts them, and leaves out those that overlap. */
static void settle_texts(struct tt_exif *exif)
{
    qsort(exif->fields, exif->count, sizeof(exif->fields[0]), by_offset);
    size_t count = 0;
    size_t end = 0;
    for (size_t i = 0; i < exif->count; i++) {
        if (exif->fields[i].at < end)
            continue;
        end = exif->fields[i].at + exif->fields[i].len;
        exif->fields[count++] = exif->fields[i];
    }
    exif->count = count;
}

/* ---- position ---- */

/* Degrees, minutes and seconds, each a fraction, in millionths of a degree. False when it is none.
 */
static bool read_degrees(const struct tiff *tiff, struct tt_span value, double *ret_degrees)
{
    struct tt_reader reader = tt_reader_of(value);
    double degrees = 0;
    double unit = 1;
    for (int i = 0; i < 3; i++, unit *= 60) {
        double numerator = (double)read_int(tiff, &reader, 4);
        double denominator = (double)read_int(tiff, &reader, 4);
        if (denominator == 0 && numerator != 0)
            return false;
        degrees += denominator == 0 ? 0 : numerator / denominator / unit;
    }
    *ret_degrees = degrees;
    return !reader.failed && degrees <= 180;
}

/* Six decimals; zeros at the end are left out, as people do. */
static void print_degrees(double degrees, char *text, size_t size)
{
    (void)snprintf(text, size, "%.6f", degrees);
    size_t least = tt_span_find(tt_span_str(text), '.') + 1 + DECIMALS_MIN;
    size_t len = strlen(text);
    while (len > least && text[len - 1] == '0')
        text[--len] = '\0';
}

static void settle_position(struct tiff *tiff)
{
    enum { DEGREES = 16 };
    struct tt_exif *exif = tiff->exif;
    double latitude = 0;
    double longitude = 0;
    if (!read_degrees(tiff, tiff->gps[GPS_LATITUDE], &latitude) ||
        !read_degrees(tiff, tiff->gps[GPS_LONGITUDE], &longitude) || latitude > 90 ||
        (latitude == 0 && longitude == 0))
        return;
    struct tt_span south = tiff->gps[GPS_LATITUDE_REF];
    struct tt_span west = tiff->gps[GPS_LONGITUDE_REF];
    char texts_of[2][DEGREES];
    print_degrees(south.len > 0 && south.data[0] == 'S' ? -latitude : latitude, texts_of[0],
                  DEGREES);
    print_degrees(west.len > 0 && west.data[0] == 'W' ? -longitude : longitude, texts_of[1],
                  DEGREES);
    (void)snprintf(exif->position, sizeof(exif->position), "%s,%s", texts_of[0], texts_of[1]);
}

/* ---- directories ---- */

static void keep_gps(struct tiff *tiff, const struct entry *entry)
{
    bool is_degrees = entry->tag == GPS_LATITUDE || entry->tag == GPS_LONGITUDE;
    if (entry->tag == 0 || entry->tag > GPS_LONGITUDE ||
        (is_degrees && (entry->type != TYPE_RATIONAL || entry->count != 3)))
        return;
    tiff->gps[entry->tag] = entry->value;
}

static uint64_t pointer_of(const struct tiff *tiff, const struct entry *entry)
{
    struct tt_reader reader = tt_reader_of(entry->value);
    uint64_t at = read_int(tiff, &reader, 4);
    return reader.failed ? 0 : at;
}

static void read_directory(struct tiff *tiff, uint64_t at, bool gps)
{
    struct tt_reader reader = tt_reader_of(tiff->block);
    if (at == 0 || at > tiff->block.len)
        return;
    tt_read_skip(&reader, (size_t)at);
    uint64_t count = read_int(tiff, &reader, 2);
    for (uint64_t i = 0; i < count && i < ENTRIES_MAX && tt_reader_left(&reader) >= ENTRY_LEN;
         i++) {
        struct entry entry = read_entry(tiff, &reader);
        if (gps)
            keep_gps(tiff, &entry);
        else if (entry.tag == TAG_EXIF)
            tiff->exif_at = pointer_of(tiff, &entry);
        else if (entry.tag == TAG_GPS)
            tiff->gps_at = pointer_of(tiff, &entry);
        else
            keep_text(tiff, &entry);
    }
}

void tt_exif_read(struct tt_span block, struct tt_exif *ret_exif)
{
    struct tiff tiff = {.block = block, .exif = ret_exif};
    *ret_exif = (struct tt_exif){0};
    struct tt_reader reader = tt_reader_of(block);
    uint16_t order = tt_read_u16(&reader);
    tiff.little = order == 0x4949; /* "II", against "MM" */
    uint64_t magic = read_int(&tiff, &reader, 2);
    uint64_t first = read_int(&tiff, &reader, 4);
    if (reader.failed || magic != 42 || (!tiff.little && order != 0x4d4d))
        return;
    read_directory(&tiff, first, false);
    read_directory(&tiff, tiff.exif_at, false);
    read_directory(&tiff, tiff.gps_at, true);
    settle_texts(ret_exif);
    settle_position(&tiff);
}
