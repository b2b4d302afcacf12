#include "judge/sightings.h"

#include "base/map.h"
#include "model/limits.h"

#include <stdlib.h>

struct tt_sightings {
    struct tt_map *map;
};

/* Compared as bytes: every byte is set. */
struct key {
    const char *host;
    struct tt_addr address;
    uint32_t identifier;
};

struct tt_sightings *tt_sightings_new(void)
{
    struct tt_sightings *sightings = calloc(1, sizeof(*sightings));
    if (sightings == NULL)
        return NULL;
    sightings->map = tt_map_new(TT_SIGHTINGS_MAX + TT_CONTACTS_MAX);
    if (sightings->map == NULL) {
        free(sightings);
        return NULL;
    }
    return sightings;
}

static void free_sighted(void *value)
{
    struct tt_sighted *sighted = value;
    free(sighted->items);
    free(sighted->times);
    free(sighted);
}

void tt_sightings_free(struct tt_sightings *sightings)
{
    if (sightings == NULL)
        return;
    tt_map_free(sightings->map, free_sighted);
    free(sightings);
}

static enum tt_err get(struct tt_sightings *sightings, uint32_t identifier,
                       const struct tt_place *place, const char *host,
                       struct tt_sighted **ret_sighted)
{
    struct key key;
    memset(&key, 0, sizeof(key));
    key.host = host;
    if (host == NULL)
        key.address = place->addr;
    key.identifier = identifier;
    struct tt_sighted *sighted = tt_map_get(sightings->map, tt_span_of(&key, sizeof(key)));
    if (sighted == NULL) {
        sighted = calloc(1, sizeof(*sighted));
        if (sighted == NULL)
            return TT_ERR_MEMORY;
        sighted->host = host;
        sighted->address = place->addr;
        sighted->identifier = identifier;
        enum tt_err result = tt_map_put(sightings->map, tt_span_of(&key, sizeof(key)), sighted);
        if (result != TT_OK) {
            free(sighted);
            return result;
        }
    }
    *ret_sighted = sighted;
    return TT_OK;
}

static enum tt_err add(struct tt_sighted *sighted, const struct tt_sighting *sighting)
{
    if (sighted->count == sighted->room) {
        size_t room = sighted->room == 0 ? 4 : sighted->room * 2;
        struct tt_sighting *moved = realloc(sighted->items, room * sizeof(*moved));
        if (moved == NULL)
            return TT_ERR_MEMORY;
        sighted->items = moved;
        sighted->room = room;
    }
    sighted->items[sighted->count++] = *sighting;
    return TT_OK;
}

static bool counts(const struct tt_place *place)
{
    return place->heading == TT_HEADING_SENT && place->scope != TT_ADDR_SCOPE_LINK;
}

enum tt_err tt_sightings_hits(struct tt_sightings *sightings, uint32_t identifier,
                              const struct tt_place *place, const char *host, const uint64_t *times,
                              size_t count)
{
    if (!counts(place) || count == 0)
        return TT_OK;
    struct tt_sighted *sighted = NULL;
    enum tt_err result = get(sightings, identifier, place, host, &sighted);
    for (size_t i = 0; result == TT_OK && i < count; i++)
        result = add(sighted, &(struct tt_sighting){.time = times[i]});
    return result;
}

/* Names as the ledger gives them (ledger.h), so that rows of both can be laid side by side. */
static const char *name_of(const struct tt_talk *talk, const struct tt_place *place,
                           const struct tt_names *names)
{
    const char *name = NULL;
    if (!place->is_initiator) {
        name = tt_names_of_flow(names, TT_NAME_SNI, talk->flow);
        if (name == NULL)
            name = tt_names_of_flow(names, TT_NAME_CERTIFICATE, talk->flow);
        if (talk->host != NULL)
            name = talk->host;
    }
    if (name == NULL)
        name =
            tt_names_of_addr(names, TT_NAME_DNS, place->addr, talk->first_frame, talk->first_time);
    if (name == NULL)
        name = tt_names_of_addr(names, TT_NAME_CAPTURE, place->addr, talk->first_frame,
                                talk->first_time);
    return name;
}

static uint64_t share_unread(const struct tt_talk *talk, size_t contact)
{
    uint64_t bytes = talk->contacts[contact].bytes;
    if (talk->unread >= talk->accounted)
        return talk->accounted == 0 ? 0 : bytes;
    return (uint64_t)((double)bytes * ((double)talk->unread / (double)talk->accounted));
}

enum tt_err tt_sightings_contacts(struct tt_sightings *sightings,
                                  const struct tt_contacts *contacts, const struct tt_sides *sides,
                                  const struct tt_names *names)
{
    enum tt_err result = TT_OK;
    const struct tt_talk *talk = NULL;
    for (size_t at = 0; result == TT_OK && (talk = tt_contacts_talk(contacts, at)) != NULL; at++) {
        struct tt_place place;
        struct tt_sighted *sighted = NULL;
        tt_place_find(sides, &talk->ends, &place);
        if (!counts(&place) || talk->count == 0)
            continue;
        result =
            get(sightings, TT_SIGHTING_CONTACT, &place, name_of(talk, &place, names), &sighted);
        for (size_t i = 0; result == TT_OK && i < talk->count; i++)
            result = add(sighted, &(struct tt_sighting){.time = talk->contacts[i].time,
                                                        .bytes = talk->contacts[i].bytes,
                                                        .unread = share_unread(talk, i)});
    }
    return result;
}

static int compare_items(const void *left, const void *right)
{
    const struct tt_sighting *a = left;
    const struct tt_sighting *b = right;
    if (a->time != b->time)
        return (a->time > b->time) - (a->time < b->time);
    return (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

enum tt_err tt_sightings_settle(struct tt_sightings *sightings)
{
    for (size_t at = 0; at < tt_map_count(sightings->map); at++) {
        struct tt_sighted *sighted = tt_map_at(sightings->map, at, NULL);
        qsort(sighted->items, sighted->count, sizeof(*sighted->items), compare_items);
        sighted->times = calloc(sighted->count + 1, sizeof(*sighted->times));
        if (sighted->times == NULL)
            return TT_ERR_MEMORY;
        for (size_t i = 0; i < sighted->count; i++)
            sighted->times[i] = sighted->items[i].time;
    }
    return TT_OK;
}

const struct tt_sighted *tt_sightings_at(const struct tt_sightings *sightings, size_t at)
{
    return at < tt_map_count(sightings->map) ? tt_map_at(sightings->map, at, NULL) : NULL;
}
