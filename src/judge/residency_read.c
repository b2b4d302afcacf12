#include "judge/residency_data.h"

#include "base/compiler.h"
#include "judge/shapes.h"
#include "model/limits.h"

static enum tt_err no_memory(const struct tt_fields *fields)
{
    return tt_error_set(fields->error, TT_ERR_MEMORY, "no memory for the policy");
}

/* A country or state by its code. */
static enum tt_err read_code(const struct tt_fields *fields, const struct tt_yaml_node *node,
                             struct tt_claimed_place *place)
{
    place->kind = TT_PLACE_SHAPE;
    if (!tt_shape_find(tt_yaml_text(node), &place->shape))
        return tt_yaml_error(fields->doc, node, fields->error,
                             "expected a country (\"SG\"), a state of the USA (\"US-OR\") or "
                             "{city, latitude, longitude, radius_km}");
    place->name = tt_shape_code(place->shape);
    return TT_OK;
}

static enum tt_err read_number(const struct tt_fields *fields, const struct tt_yaml_node *map,
                               const char *key, double max, double *ret_number)
{
    const struct tt_yaml_node *node = NULL;
    enum tt_err result = tt_field_need(fields, map, key, "a city", &node);
    if (result != TT_OK)
        return result;
    if (node->kind != TT_YAML_SCALAR || !tt_decimal_parse(node->text, max, ret_number))
        return tt_yaml_error(fields->doc, node, fields->error,
                             "expected a decimal number of no more than %.0f", max);
    return TT_OK;
}

static enum tt_err read_city(const struct tt_fields *fields, const struct tt_yaml_node *map,
                             struct tt_claimed_place *place)
{
    static const char *const known[] = {"city", "latitude", "longitude", "radius_km"};
    double radius_km = 0;
    place->kind = TT_PLACE_CITY;
    enum tt_err result =
        tt_yaml_check_keys(fields->doc, map, known, TT_ARRAY_LEN(known), fields->error);
    if (result == TT_OK)
        result = tt_field_need_text(fields, map, "city", "a city", &place->name);
    if (result == TT_OK)
        result = read_number(fields, map, "latitude", 90, &place->city.latitude);
    if (result == TT_OK)
        result = read_number(fields, map, "longitude", 180, &place->city.longitude);
    if (result == TT_OK)
        result = read_number(fields, map, "radius_km", TT_CITY_RADIUS_MAX / 1000, &radius_km);
    if (result == TT_OK && radius_km <= 0)
        return tt_yaml_error(fields->doc, tt_yaml_get(map, "radius_km"), fields->error,
                             "the radius of a city must be more than 0");
    place->radius = radius_km * 1000;
    return result;
}

static enum tt_err read_place(const struct tt_fields *fields, const struct tt_yaml_node *node,
                              struct tt_claimed_place *place)
{
    if (node->kind == TT_YAML_MAP)
        return read_city(fields, node, place);
    enum tt_err result = tt_yaml_expect(fields->doc, node, TT_YAML_SCALAR, fields->error);
    return result == TT_OK ? read_code(fields, node, place) : result;
}

static enum tt_err read_places(const struct tt_fields *fields, const struct tt_yaml_node *entry,
                               struct tt_residency_entry *out)
{
    const struct tt_yaml_node *list = NULL;
    enum tt_err result = tt_field_need(fields, entry, "in", "an entry of residency", &list);
    if (result != TT_OK)
        return result;
    size_t count = list->kind == TT_YAML_SEQUENCE ? list->count : 1;
    if (count == 0)
        return tt_yaml_error(fields->doc, list, fields->error, "an empty list is nowhere");
    if (count > TT_RESIDENCY_PLACES_MAX)
        return tt_yaml_error(fields->doc, list, fields->error, "more than %d places",
                             (int)TT_RESIDENCY_PLACES_MAX);
    out->places = tt_arena_alloc(fields->arena, count * sizeof(*out->places));
    if (out->places == NULL)
        return no_memory(fields);
    for (const struct tt_yaml_node *item = tt_field_first(list); result == TT_OK && item != NULL;
         item = tt_field_next(list, item))
        result = read_place(fields, item, &out->places[out->place_count++]);
    return result;
}

/* What an edge outside the places makes of the entry. */
static enum tt_err read_edges(const struct tt_fields *fields, const struct tt_yaml_node *node,
                              struct tt_residency_entry *entry)
{
    static const char *const words[] = {"undecided", "violated"};
    const struct tt_words known = {.items = words, .count = TT_ARRAY_LEN(words)};
    size_t at = 0;
    enum tt_err result =
        node == NULL ? TT_OK : tt_field_word(fields, node, "outcome of edges", known, &at);
    entry->edges_count = at == 1;
    return result;
}

static enum tt_err read_entry(const struct tt_fields *fields, const struct tt_yaml_node *node,
                              struct tt_residency_entry *entry)
{
    static const char *const known[] = {"service", "hosts", "in", "edges"};
    const struct tt_yaml_node *hosts = NULL;
    enum tt_err result =
        tt_yaml_check_keys(fields->doc, node, known, TT_ARRAY_LEN(known), fields->error);
    if (result == TT_OK)
        result =
            tt_field_need_text(fields, node, "service", "an entry of residency", &entry->service);
    if (result == TT_OK)
        result = tt_field_need(fields, node, "hosts", "an entry of residency", &hosts);
    if (result == TT_OK)
        result = tt_field_list(fields, hosts, &entry->hosts);
    if (result == TT_OK)
        result = read_edges(fields, tt_yaml_get(node, "edges"), entry);
    return result == TT_OK ? read_places(fields, node, entry) : result;
}

enum tt_err tt_residency_read(const struct tt_fields *fields, const struct tt_yaml_node *node,
                              struct tt_residency_entries *ret_entries)
{
    struct tt_residency_entries entries = {0};
    if (node == NULL) {
        *ret_entries = entries;
        return TT_OK;
    }
    enum tt_err result = tt_yaml_expect(fields->doc, node, TT_YAML_SEQUENCE, fields->error);
    if (result != TT_OK)
        return result;
    if (node->count > TT_RESIDENCIES_MAX)
        return tt_yaml_error(fields->doc, node, fields->error,
                             "\"residency\" has more than %d entries", (int)TT_RESIDENCIES_MAX);
    entries.list = tt_arena_alloc(fields->arena, (node->count + 1) * sizeof(*entries.list));
    if (entries.list == NULL)
        return no_memory(fields);
    for (const struct tt_yaml_node *item = node->first; result == TT_OK && item != NULL;
         item = item->next) {
        result = tt_yaml_expect(fields->doc, item, TT_YAML_MAP, fields->error);
        if (result == TT_OK)
            result = read_entry(fields, item, &entries.list[entries.count++]);
    }
    if (result == TT_OK)
        *ret_entries = entries;
    return result;
}
