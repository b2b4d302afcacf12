#include "base/time.h"
#include "judge/policy_data.h"
#include "model/limits.h"

#include <stdlib.h>

/* "80%" or "80": a decimal number above 0 and up to 100. */
static bool parse_percent(const char *text, double *ret_percent)
{
    size_t digits = strspn(text, "0123456789.");
    bool ends = text[digits] == '\0' || strcmp(text + digits, "%") == 0;
    if (digits == 0 || digits > 8 || !ends || !tt_is_digit((uint8_t)text[0]))
        return false;
    char *end = NULL;
    double percent = strtod(text, &end);
    if (end != text + digits || percent <= 0 || percent > 100)
        return false;
    *ret_percent = percent;
    return true;
}

static enum tt_err read_events(const struct tt_fields *fields, const struct tt_yaml_node *map,
                               struct tt_requires *requires)
{
    enum tt_err result = tt_yaml_expect(fields->doc, map, TT_YAML_MAP, fields->error);
    if (result != TT_OK)
        return result;
    if (map->count > TT_PHASES_MAX)
        return tt_yaml_error(fields->doc, map, fields->error, "\"events\" has too many entries");
    requires->events =
        tt_arena_alloc(fields->arena, (map->count + 1) * sizeof(struct tt_needed_event));
    if (requires->events == NULL)
        return tt_error_set(fields->error, TT_ERR_MEMORY, "no memory for the policy");
    for (const struct tt_yaml_node *node = map->first; node != NULL; node = node->next) {
        struct tt_needed_event *event = &requires->events[requires->event_count];
        result = tt_field_text(fields, node->key, &event->what);
        if (result == TT_OK)
            result = tt_yaml_expect(fields->doc, node, TT_YAML_SCALAR, fields->error);
        if (result != TT_OK)
            return result;
        const char *text = tt_yaml_text(node);
        size_t digits = strspn(text, "0123456789");
        event->times =
            digits == 0 || digits > 6 || text[digits] != '\0' ? 0 : strtoull(text, NULL, 10);
        if (event->times == 0)
            return tt_yaml_error(fields->doc, node, fields->error,
                                 "expected how often it must happen: a number from 1 on");
        requires->event_count++;
    }
    return TT_OK;
}

static enum tt_err read_readable(const struct tt_fields *fields, const struct tt_yaml_node *node,
                                 struct tt_requires *requires)
{
    enum tt_err result = tt_yaml_expect(fields->doc, node, TT_YAML_SCALAR, fields->error);
    if (result == TT_OK && !parse_percent(tt_yaml_text(node), &requires->readable))
        result = tt_yaml_error(fields->doc, node, fields->error,
                               "expected a share of the bytes, such as \"80%%\"");
    return result;
}

static enum tt_err read_duration(const struct tt_fields *fields, const struct tt_yaml_node *node,
                                 struct tt_requires *requires)
{
    int64_t duration = 0;
    enum tt_err result = tt_yaml_expect(fields->doc, node, TT_YAML_SCALAR, fields->error);
    if (result == TT_OK && (!tt_duration_parse(tt_yaml_text(node), &duration) || duration <= 0))
        result = tt_yaml_error(fields->doc, node, fields->error,
                               "expected a duration such as \"30m\" or \"24h\"");
    if (result == TT_OK)
    requires->duration = (uint64_t)duration;
    return result;
}

enum tt_err tt_requires_read(const struct tt_fields *fields, const struct tt_yaml_node *node,
                             struct tt_requires *requires)
{
    static const char *const known[] = {"phases", "events", "readable", "duration", "drops"};
    static const char *const none[] = {"none"};
    const struct tt_words only_none = {.items = none, .count = 1};
    *requires = (struct tt_requires){0};
    if (node == NULL)
        return TT_OK;
    enum tt_err result = tt_yaml_expect(fields->doc, node, TT_YAML_MAP, fields->error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(fields->doc, node, known, TT_ARRAY_LEN(known), fields->error);
    const struct tt_yaml_node *value = tt_yaml_get(node, "phases");
    if (result == TT_OK && value != NULL)
        result = tt_field_list(fields, value, &requires->phases);
    value = tt_yaml_get(node, "events");
    if (result == TT_OK && value != NULL)
        result = read_events(fields, value, requires);
    value = tt_yaml_get(node, "readable");
    if (result == TT_OK && value != NULL)
        result = read_readable(fields, value, requires);
    value = tt_yaml_get(node, "duration");
    if (result == TT_OK && value != NULL)
        result = read_duration(fields, value, requires);
    value = tt_yaml_get(node, "drops");
    size_t at = 0;
    if (result == TT_OK && value != NULL) {
        result = tt_field_word(fields, value, "drops", only_none, &at);
        requires->no_drops = result == TT_OK;
    }
    return result;
}
