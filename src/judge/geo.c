#include "judge/geo.h"

#include "base/buf.h"
#include "base/time.h"
#include "base/utf.h"
#include "judge/geo_text.h"

#include <errno.h>
#include <inttypes.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

/* Where Debian puts tor-geoipdb. */
#ifndef TT_GEO_TEXT_FOLDER
#define TT_GEO_TEXT_FOLDER "/usr/share/tor"
#endif

enum {
    SOURCE_MAX = 128,   /* bytes of a source's name */
    KEYS_MAX = 3,       /* parts of a way into a record, and the end */
    MAPPED_PREFIX = 12, /* ::ffff:a.b.c.d, RFC 4291 section 2.5.5.2 */
    DATE_LEN = 10
};

struct database {
    MMDB_s mmdb;
    char source[SOURCE_MAX];
};

struct tt_geo {
    struct database *databases;
    size_t count;
    struct tt_geo_text *text; /* or NULL */
    char text_source[SOURCE_MAX];
};

/* The shapes of records in use: MaxMind's and DB-IP's maps of maps, IPinfo's flat ones. The best
 * first. */
static const char *const country_ways[][KEYS_MAX] = {
    {"country", "iso_code", NULL},
    {"country_code", NULL, NULL},
    {"country", NULL, NULL},
    {"registered_country", "iso_code", NULL},
};
static const char *const registry_way[] = {"registered_country", "iso_code", NULL};
static const char *const number_ways[][KEYS_MAX] = {
    {"autonomous_system_number", NULL, NULL},
    {"traits", "autonomous_system_number", NULL},
    {"asn", NULL, NULL},
};
static const char *const name_ways[][KEYS_MAX] = {
    {"autonomous_system_organization", NULL, NULL},
    {"traits", "autonomous_system_organization", NULL},
    {"as_name", NULL, NULL},
    {"as_organization", NULL, NULL},
};

/* ---- records ---- */

static bool get(MMDB_entry_s entry, const char *const *way, MMDB_entry_data_s *ret_data)
{
    return MMDB_aget_value(&entry, ret_data, way) == MMDB_SUCCESS && ret_data->has_data;
}

static struct tt_span text_of(const MMDB_entry_data_s *data)
{
    if (data->type != MMDB_DATA_TYPE_UTF8_STRING)
        return (struct tt_span){0};
    return tt_span_of(data->utf8_string, data->data_size);
}

static void read_code(MMDB_entry_s entry, const char *const *way, char country[3])
{
    MMDB_entry_data_s data;
    if (!get(entry, way, &data))
        return;
    struct tt_span text = text_of(&data);
    if (text.len != 2 || !tt_is_alpha(text.data[0]) || !tt_is_alpha(text.data[1]))
        return;
    country[0] = (char)(tt_lower(text.data[0]) - 'a' + 'A');
    country[1] = (char)(tt_lower(text.data[1]) - 'a' + 'A');
    country[2] = '\0';
}

static void find_country(MMDB_entry_s entry, char country[3])
{
    for (size_t i = 0; country[0] == '\0' && i < TT_ARRAY_LEN(country_ways); i++)
        read_code(entry, country_ways[i], country);
}

/* The number of the network: a number, or a text such as "AS64500". 0: not known. */
static uint32_t find_number(MMDB_entry_s entry)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(number_ways); i++) {
        MMDB_entry_data_s data;
        if (!get(entry, number_ways[i], &data))
            continue;
        if (data.type == MMDB_DATA_TYPE_UINT32)
            return data.uint32;
        if (data.type == MMDB_DATA_TYPE_UINT16)
            return data.uint16;
        struct tt_span text = text_of(&data);
        if (tt_span_starts(text, tt_span_str("AS")))
            text = tt_span_from(text, 2);
        uint64_t number = 0;
        size_t at = 0;
        for (; at < text.len && tt_is_digit(text.data[at]) && number <= UINT32_MAX; at++)
            number = number * 10 + (uint64_t)(text.data[at] - '0');
        if (at > 0 && at == text.len && number <= UINT32_MAX)
            return (uint32_t)number;
    }
    return 0;
}

/* Copies whole characters of a text from the file; control characters become '?', since a report
 * prints it. */
static void copy_text(struct tt_span text, char *room, size_t size)
{
    size_t used = 0;
    while (text.len > 0) {
        uint32_t code = 0;
        size_t len = 1;
        bool plain = tt_utf8_read(text, &code, &len) && code >= 0x20 && code != 0x7f &&
                     (code < 0x80 || code >= 0xa0);
        size_t out = plain ? len : 1;
        if (used + out >= size)
            break;
        if (plain)
            memcpy(room + used, text.data, len);
        else
            room[used] = '?';
        used += out;
        text = tt_span_from(text, len == 0 ? 1 : len);
    }
    room[used] = '\0';
}

static void find_network(MMDB_entry_s entry, char *network, size_t size)
{
    uint32_t number = find_number(entry);
    struct tt_span name = {0};
    for (size_t i = 0; name.len == 0 && i < TT_ARRAY_LEN(name_ways); i++) {
        MMDB_entry_data_s data;
        if (get(entry, name_ways[i], &data))
            name = text_of(&data);
    }
    size_t used = 0;
    if (number != 0)
        used = (size_t)snprintf(network, size, "AS%" PRIu32 "%s", number, name.len > 0 ? " " : "");
    copy_text(name, network + used, size - used);
}

static bool find_entry(const MMDB_s *mmdb, struct tt_addr addr, MMDB_entry_s *ret_entry)
{
    struct sockaddr_storage room = {0};
    if (addr.family == TT_ADDR_IPV4) {
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)&room;
        in->sin_family = AF_INET;
        memcpy(&in->sin_addr, addr.bytes, 4);
    } else {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)&room;
        in6->sin6_family = AF_INET6;
        memcpy(&in6->sin6_addr, addr.bytes, 16);
    }
    int error = MMDB_SUCCESS;
    MMDB_lookup_result_s result =
        MMDB_lookup_sockaddr(mmdb, (const struct sockaddr *)(const void *)&room, &error);
    *ret_entry = result.entry;
    return error == MMDB_SUCCESS && result.found_entry;
}

static struct tt_addr unmapped(struct tt_addr addr)
{
    static const uint8_t prefix[MAPPED_PREFIX] = {[10] = 0xff, [11] = 0xff};
    if (addr.family == TT_ADDR_IPV6 && memcmp(addr.bytes, prefix, sizeof(prefix)) == 0)
        return tt_addr_make(TT_ADDR_IPV4, addr.bytes + sizeof(prefix));
    return addr;
}

void tt_geo_find(const struct tt_geo *geo, struct tt_addr addr, struct tt_geo_place *ret_place)
{
    struct tt_geo_place place = {0};
    addr = unmapped(addr);
    bool public = tt_addr_scope(addr) == TT_ADDR_SCOPE_INTERNET;
    for (size_t i = 0; public && i < geo->count; i++) {
        MMDB_entry_s entry;
        if (!find_entry(&geo->databases[i].mmdb, addr, &entry))
            continue;
        if (place.country[0] == '\0')
            find_country(entry, place.country);
        if (place.registered[0] == '\0')
            read_code(entry, registry_way, place.registered);
        if (place.network[0] == '\0')
            find_network(entry, place.network, sizeof(place.network));
    }
    if (public && geo->text != NULL && place.country[0] == '\0' &&
        !tt_geo_text_find(geo->text, addr, place.country))
        place.country[0] = '\0';
    *ret_place = place;
}

/* ---- its life ---- */

static void name_source(struct database *database)
{
    char type[SOURCE_MAX - DATE_LEN - 2];
    char date[TT_TIME_TEXT_MAX];
    const char *name = database->mmdb.metadata.database_type;
    copy_text(tt_span_str(name == NULL ? "mmdb" : name), type, sizeof(type));
    uint64_t epoch = database->mmdb.metadata.build_epoch;
    (void)tt_time_text(epoch < UINT32_MAX ? epoch * TT_NS_PER_SECOND : 0, date);
    date[DATE_LEN] = '\0';
    (void)snprintf(database->source, sizeof(database->source), "%s %.10s", type, date);
}

static enum tt_err open_database(struct tt_geo *geo, const char *path, struct tt_error *error)
{
    struct database *database = &geo->databases[geo->count];
    errno = 0;
    int status = MMDB_open(path, MMDB_MODE_MMAP, &database->mmdb);
    if (status == MMDB_SUCCESS) {
        name_source(database);
        geo->count++;
        return TT_OK;
    }
    if (status == MMDB_OUT_OF_MEMORY_ERROR)
        return tt_error_set(error, TT_ERR_MEMORY, "%s: no memory to open it", path);
    if (status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR)
        return tt_error_errno(error, errno == 0 ? EIO : errno, "cannot read %s", path);
    return tt_error_set(error, TT_ERR_FORMAT,
                        "%s: is not a MaxMind DB file, or is damaged (%s); take an .mmdb file with "
                        "countries or networks",
                        path, MMDB_strerror(status));
}

static enum tt_err open_text(struct tt_geo *geo, struct tt_error *error)
{
    enum tt_err result =
        tt_geo_text_new(TT_GEO_TEXT_FOLDER "/geoip", TT_GEO_TEXT_FOLDER "/geoip6", &geo->text);
    if (result != TT_OK)
        return tt_error_set(error, result, "no memory for the country files");
    if (geo->text != NULL)
        (void)snprintf(geo->text_source, sizeof(geo->text_source), "tor-geoipdb %s",
                       tt_geo_text_date(geo->text));
    return TT_OK;
}

enum tt_err tt_geo_new(const char *const *paths, size_t count, struct tt_geo **ret_geo,
                       struct tt_error *error)
{
    enum tt_err result = TT_OK;
    struct tt_geo *geo = calloc(1, sizeof(*geo));
    if (geo != NULL)
        geo->databases = calloc(count + 1, sizeof(*geo->databases));
    if (geo == NULL || geo->databases == NULL) {
        result = tt_error_set(error, TT_ERR_MEMORY, "no memory for the country files");
        goto out;
    }
    for (size_t i = 0; result == TT_OK && i < count; i++)
        result = open_database(geo, paths[i], error);
    if (result == TT_OK && count == 0)
        result = open_text(geo, error);
    if (result != TT_OK)
        goto out;
    *ret_geo = geo;
    geo = NULL;
out:
    tt_geo_free(geo);
    return result;
}

void tt_geo_free(struct tt_geo *geo)
{
    if (geo == NULL)
        return;
    for (size_t i = 0; i < geo->count; i++)
        MMDB_close(&geo->databases[i].mmdb);
    free(geo->databases);
    tt_geo_text_free(geo->text);
    free(geo);
}

const char *tt_geo_source(const struct tt_geo *geo, size_t at)
{
    if (at < geo->count)
        return geo->databases[at].source;
    return at == geo->count && geo->text != NULL ? geo->text_source : NULL;
}
