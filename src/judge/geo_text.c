#include "judge/geo_text.h"

#include "base/buf.h"
#include "base/time.h"
#include "model/limits.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    LINE_MAX_BYTES = 256, /* two IPv6 addresses and a country fit three times */
    HEADER_LINES = 64,    /* a date is looked for in the comments above the data */
    DATE_LEN = 10
};

/* Sorted ranges of one family, packed: first address, last address, two letters. */
struct ranges {
    char *path;
    size_t width; /* bytes of an address */
    struct tt_buf packed;
    bool read;
};

struct tt_geo_text {
    pthread_mutex_t lock; /* over reading the files */
    struct ranges v4;
    struct ranges v6;
    char date[DATE_LEN + 1];
};

/* ---- the date ---- */

static unsigned month_of(const char *name)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (unsigned i = 0; i < 12; i++) {
        if (strncmp(name, months + (size_t)i * 3, 3) == 0)
            return i + 1;
    }
    return 0;
}

/* "# Generated: Thu, 25 Jun 2026 04:33:59 GMT" */
static bool read_date(const char *line, char ret_date[DATE_LEN + 1])
{
    char month_name[4];
    unsigned day = 0;
    unsigned year = 0;
    if (sscanf(line, "# Generated: %*3s, %2u %3s %4u", &day, month_name, &year) != 3)
        return false;
    unsigned month = month_of(month_name);
    if (month == 0 || day < 1 || day > 31 || year < 1970)
        return false;
    char text[40]; /* more than it takes, which the compiler cannot know */
    (void)snprintf(text, sizeof(text), "%04u-%02u-%02u", year, month, day);
    memcpy(ret_date, text, DATE_LEN);
    ret_date[DATE_LEN] = '\0';
    return true;
}

static void changed_date(FILE *file, char ret_date[DATE_LEN + 1])
{
    char text[TT_TIME_TEXT_MAX];
    struct stat info;
    uint64_t seconds =
        fstat(fileno(file), &info) == 0 && info.st_mtime > 0 ? (uint64_t)info.st_mtime : 0;
    (void)tt_time_text(seconds * TT_NS_PER_SECOND, text);
    memcpy(ret_date, text, DATE_LEN);
    ret_date[DATE_LEN] = '\0';
}

/* False when the file cannot be opened. */
static bool date_of(const char *path, char ret_date[DATE_LEN + 1])
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    char line[LINE_MAX_BYTES];
    bool found = false;
    for (int i = 0; !found && i < HEADER_LINES; i++) {
        if (fgets(line, sizeof(line), file) == NULL || line[0] != '#')
            break;
        found = read_date(line, ret_date);
    }
    if (!found)
        changed_date(file, ret_date);
    (void)fclose(file);
    return true;
}

/* ---- the ranges ---- */

static bool read_number(const char *text, uint8_t *address)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);
    if (!tt_is_digit((uint8_t)text[0]) || *end != '\0' || value > UINT32_MAX)
        return false;
    for (size_t i = 0; i < 4; i++)
        address[i] = (uint8_t)(value >> (24 - 8 * i));
    return true;
}

/* "FIRST,LAST,CC" into a packed range; false for comments, ranges without a country, and lines that
 * are something else. */
static bool read_range(char *line, size_t width, uint8_t *range)
{
    char *first_end = strchr(line, ',');
    char *last_end = first_end == NULL ? NULL : strchr(first_end + 1, ',');
    if (line[0] == '#' || last_end == NULL)
        return false;
    *first_end = '\0';
    *last_end = '\0';
    const char *last = first_end + 1;
    const char *country = last_end + 1;
    if (!tt_is_alpha((uint8_t)country[0]) || !tt_is_alpha((uint8_t)country[1]) ||
        tt_is_alnum((uint8_t)country[2]))
        return false;
    bool read = width == 4 ? read_number(line, range) && read_number(last, range + width)
                           : inet_pton(AF_INET6, line, range) == 1 &&
                                 inet_pton(AF_INET6, last, range + width) == 1;
    range[2 * width] = (uint8_t)country[0];
    range[2 * width + 1] = (uint8_t)country[1];
    return read && memcmp(range, range + width, width) <= 0;
}

static int compare_v4(const void *a, const void *b)
{
    return memcmp(a, b, 4);
}

static int compare_v6(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

static size_t range_size(const struct ranges *ranges)
{
    return 2 * ranges->width + 2;
}

/* The files are sorted; one that is not is put in order, since the search relies on it. */
static void put_in_order(const struct ranges *ranges)
{
    size_t size = range_size(ranges);
    size_t count = ranges->packed.len / size;
    for (size_t i = 1; i < count; i++) {
        const uint8_t *range = ranges->packed.data + i * size;
        if (memcmp(range - size, range, ranges->width) > 0) {
            qsort(ranges->packed.data, count, size, ranges->width == 4 ? compare_v4 : compare_v6);
            return;
        }
    }
}

/* What cannot be read leaves the places behind it unknown, as addresses in no range are. */
static void read_ranges(struct ranges *ranges)
{
    ranges->read = true;
    FILE *file = fopen(ranges->path, "re");
    if (file == NULL)
        return;
    char line[LINE_MAX_BYTES];
    uint8_t range[2 * 16 + 2];
    while (fgets(line, sizeof(line), file) != NULL) {
        if (read_range(line, ranges->width, range) &&
            tt_buf_append(&ranges->packed, tt_span_of(range, range_size(ranges))) != TT_OK)
            break;
    }
    (void)fclose(file);
    put_in_order(ranges);
}

static bool find_range(const struct ranges *ranges, const uint8_t *address, char ret_country[3])
{
    size_t size = range_size(ranges);
    size_t low = 0;
    size_t high = ranges->packed.len / size;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(ranges->packed.data + middle * size, address, ranges->width) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    const uint8_t *range = ranges->packed.data + (low - 1) * size;
    if (memcmp(address, range + ranges->width, ranges->width) > 0)
        return false;
    memcpy(ret_country, range + 2 * ranges->width, 2);
    ret_country[2] = '\0';
    return true;
}

bool tt_geo_text_find(struct tt_geo_text *text, struct tt_addr addr, char ret_country[3])
{
    struct ranges *ranges = addr.family == TT_ADDR_IPV4   ? &text->v4
                            : addr.family == TT_ADDR_IPV6 ? &text->v6
                                                          : NULL;
    if (ranges == NULL)
        return false;
    (void)pthread_mutex_lock(&text->lock);
    if (!ranges->read)
        read_ranges(ranges);
    (void)pthread_mutex_unlock(&text->lock);
    return find_range(ranges, addr.bytes, ret_country);
}

/* ---- its life ---- */

enum tt_err tt_geo_text_new(const char *path_v4, const char *path_v6, struct tt_geo_text **ret_text)
{
    char date_v4[DATE_LEN + 1] = "";
    char date_v6[DATE_LEN + 1] = "";
    bool has_v4 = date_of(path_v4, date_v4);
    bool has_v6 = date_of(path_v6, date_v6);
    if (!has_v4 && !has_v6) {
        *ret_text = NULL;
        return TT_OK;
    }
    struct tt_geo_text *text = calloc(1, sizeof(*text));
    if (text == NULL)
        return TT_ERR_MEMORY;
    if (pthread_mutex_init(&text->lock, NULL) != 0) {
        free(text);
        return TT_ERR_MEMORY;
    }
    text->v4 = (struct ranges){
        .path = strdup(path_v4), .width = 4, .packed = tt_buf_make((size_t)TT_GEO_RANGES_MAX * 10)};
    text->v6 = (struct ranges){.path = strdup(path_v6),
                               .width = 16,
                               .packed = tt_buf_make((size_t)TT_GEO_RANGES_MAX * 34)};
    if (text->v4.path == NULL || text->v6.path == NULL) {
        tt_geo_text_free(text);
        return TT_ERR_MEMORY;
    }
    bool older_v4 = has_v4 && (!has_v6 || strcmp(date_v4, date_v6) < 0);
    memcpy(text->date, older_v4 ? date_v4 : date_v6, sizeof(text->date));
    *ret_text = text;
    return TT_OK;
}

void tt_geo_text_free(struct tt_geo_text *text)
{
    if (text == NULL)
        return;
    free(text->v4.path);
    free(text->v6.path);
    tt_buf_free(&text->v4.packed);
    tt_buf_free(&text->v6.packed);
    (void)pthread_mutex_destroy(&text->lock);
    free(text);
}

const char *tt_geo_text_date(const struct tt_geo_text *text)
{
    return text->date;
}
