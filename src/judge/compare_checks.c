#include "judge/compare_checks.h"

#include "base/buf.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT_MAX = 1024, DIGEST_SHOWN = 8, VERSION_PARTS = 3 };

struct checking {
    const struct tt_compare_case *before;
    const struct tt_compare_case *after;
    struct tt_arena *arena;
    struct tt_comparison *comparison;
    enum tt_err err;
};

static const char *keep(struct checking *c, const char *text)
{
    const char *kept = tt_arena_strdup(c->arena, text);
    if (kept == NULL)
        c->err = TT_ERR_MEMORY;
    return kept;
}

static void add(struct checking *c, const struct tt_comparison_check *check)
{
    struct tt_comparison *all = c->comparison;
    struct tt_comparison_check kept = *check;
    kept.before = keep(c, check->before);
    kept.after = keep(c, check->after);
    all->checks[all->check_count++] = kept;
    all->for_gone = all->for_gone && check->for_gone;
    all->for_new = all->for_new && check->for_new;
}

static const char *told(const char *text)
{
    return text == NULL || text[0] == '\0' ? "not told" : text;
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool same_sheet(const struct checking *c)
{
    return tt_compare_same_sheet(c->before, c->after);
}

/* ---- what was tested ---- */

static void check_device(struct checking *c)
{
    const char *before = c->before->info.device_name;
    const char *after = c->after->info.device_name;
    bool same = same_sheet(c) || same_text(before, after);
    bool unseen = c->before->other_device || c->after->other_device;
    add(c, &(struct tt_comparison_check){
               .name = "device",
               .before = told(before),
               .after = told(after),
               .for_gone = same && !c->after->other_device,
               .for_new = same && !c->before->other_device,
               .why = !same    ? "nothing shows that both tests are of one device"
                      : unseen ? "no address of the sheet occurs in one of the tests"
                               : NULL});
}

static void check_firmware(struct checking *c)
{
    const char *before = c->before->info.device_firmware;
    const char *after = c->after->info.device_firmware;
    if (before == NULL && after == NULL)
        return;
    add(c, &(struct tt_comparison_check){.name = "firmware",
                                         .before = told(before),
                                         .after = told(after),
                                         .for_gone = true,
                                         .for_new = true});
}

static void write_sheet(const struct tt_compare_case *test, char text[TEXT_MAX])
{
    (void)snprintf(text, TEXT_MAX, "%" PRIu64 " entries (%.*s…)", test->info.identifier_count,
                   (int)DIGEST_SHOWN, test->info.subject_digest);
}

/* A sheet may change between two tests (its firmware line does, its order), but not its values: a
 * label says nothing of these. */
static void check_sheet(struct checking *c)
{
    char before[TEXT_MAX];
    char after[TEXT_MAX];
    bool same = same_sheet(c);
    bool told = tt_compare_tells_values(c->before) && tt_compare_tells_values(c->after);
    bool for_gone =
        same || (told && tt_compare_values_in(c->after, c->before) == c->before->entry_count);
    bool for_new =
        same || (told && tt_compare_values_in(c->before, c->after) == c->after->entry_count);
    const char *why = NULL;
    if (!same && !told)
        why = "the sheets differ, and a case does not tell whether their values are the same: test "
              "both with one sheet";
    else if (!same)
        why = for_gone && for_new
                  ? "the sheets differ, but not in their values, by which entries are matched"
                  : "the sheets do not have the same values, and which of them differ cannot be "
                    "told: test both with one sheet";
    write_sheet(c->before, before);
    write_sheet(c->after, after);
    add(c, &(struct tt_comparison_check){.name = "sheet",
                                         .before = before,
                                         .after = after,
                                         .for_gone = for_gone,
                                         .for_new = for_new,
                                         .why = why});
}

/* ---- what was done ---- */

static bool as_long(uint64_t given, uint64_t needed)
{
    return given + TT_COMPARE_DURATION_SLACK * TT_NS_PER_SECOND >= needed ||
           (double)given * 100 >= (double)needed * TT_COMPARE_DURATION_PERCENT;
}

/* "contact added (3), boxed": names with their numbers. */
static void write_names(const struct tt_compare_case *test, const struct tt_map *names,
                        bool numbers, char text[TEXT_MAX])
{
    size_t len = 0;
    struct tt_span key;
    text[0] = '\0';
    for (size_t i = 0; i < tt_map_count(names) && len < TEXT_MAX - 1; i++) {
        const uint64_t *number = tt_map_at(names, i, &key);
        int more = snprintf(text + len, TEXT_MAX - len, "%s%.*s", i == 0 ? "" : ", ",
                            (int)(key.len < TEXT_MAX ? key.len : TEXT_MAX), (const char *)key.data);
        len += more > 0 ? (size_t)more : 0;
        if (numbers && len < TEXT_MAX - 1) {
            more = snprintf(text + len, TEXT_MAX - len, " (%" PRIu64 ")", *number);
            len += more > 0 ? (size_t)more : 0;
        }
    }
    if (len == 0)
        (void)snprintf(text, TEXT_MAX, "%s", test->has_timeline ? "none told" : "no timeline");
}

/* Every name of `needed` is there as often in `given`. */
static bool contains(const struct tt_map *given, const struct tt_map *needed)
{
    struct tt_span key;
    for (size_t i = 0; i < tt_map_count(needed); i++) {
        const uint64_t *wanted = tt_map_at(needed, i, &key);
        const uint64_t *found = tt_map_get(given, key);
        if (found == NULL || *found < *wanted)
            return false;
    }
    return true;
}

/* Every phase of `needed` was captured about as long in `given`. */
static bool contains_times(const struct tt_map *given, const struct tt_map *needed)
{
    struct tt_span key;
    for (size_t i = 0; i < tt_map_count(needed); i++) {
        const uint64_t *wanted = tt_map_at(needed, i, &key);
        const uint64_t *found = tt_map_get(given, key);
        if (found == NULL || !as_long(*found, *wanted))
            return false;
    }
    return true;
}

/* What came of the events could be seen for as long. */
static bool waited(const struct tt_map *given, const struct tt_map *needed)
{
    struct tt_span key;
    for (size_t i = 0; i < tt_map_count(needed); i++) {
        const uint64_t *wanted = tt_map_at(needed, i, &key);
        const uint64_t *found = tt_map_get(given, key);
        if (found == NULL || *found + TT_COMPARE_DURATION_SLACK * TT_NS_PER_SECOND < *wanted)
            return false;
    }
    return true;
}

static bool phases_suffice(const struct tt_compare_case *given,
                           const struct tt_compare_case *needed)
{
    return contains_times(given->phases, needed->phases);
}

static bool events_suffice(const struct tt_compare_case *given,
                           const struct tt_compare_case *needed)
{
    return contains(given->events, needed->events) && waited(given->windows, needed->windows);
}

static void check_names(struct checking *c, const char *name, struct tt_map *const maps[2],
                        bool (*suffices)(const struct tt_compare_case *,
                                         const struct tt_compare_case *),
                        const char *lacks)
{
    char before[TEXT_MAX];
    char after[TEXT_MAX];
    bool numbers = maps[0] == c->before->events;
    bool timelines = c->before->has_timeline && c->after->has_timeline;
    bool for_gone = timelines && suffices(c->after, c->before);
    bool for_new = timelines && suffices(c->before, c->after);
    write_names(c->before, maps[0], numbers, before);
    write_names(c->after, maps[1], numbers, after);
    add(c, &(struct tt_comparison_check){.name = name,
                                         .before = before,
                                         .after = after,
                                         .for_gone = for_gone,
                                         .for_new = for_new,
                                         .why = for_gone && for_new ? NULL : lacks});
}

static void check_phases(struct checking *c)
{
    struct tt_map *const maps[] = {c->before->phases, c->after->phases};
    check_names(c, "phases", maps, phases_suffice,
                "the tests went through other phases, or shorter ones, or do not tell");
}

static void check_events(struct checking *c)
{
    struct tt_map *const maps[] = {c->before->events, c->after->events};
    check_names(c, "events", maps, events_suffice,
                "not the same was done as often in both tests, or a capture ended too soon behind "
                "it, or nothing tells");
}

/* ---- how it was captured ---- */

static const char *write_duration(uint64_t ns, char text[TEXT_MAX])
{
    uint64_t seconds = ns / TT_NS_PER_SECOND;
    if (seconds >= 3600)
        (void)snprintf(text, TEXT_MAX, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600,
                       seconds % 3600 / 60);
    else if (seconds >= 60)
        (void)snprintf(text, TEXT_MAX, "%" PRIu64 " min %" PRIu64 " s", seconds / 60, seconds % 60);
    else
        (void)snprintf(text, TEXT_MAX, "%" PRIu64 ".%" PRIu64 " s", seconds,
                       ns % TT_NS_PER_SECOND / (TT_NS_PER_SECOND / 10));
    return text;
}

static void check_duration(struct checking *c)
{
    char before[TEXT_MAX];
    char after[TEXT_MAX];
    bool for_gone = as_long(c->after->duration, c->before->duration);
    bool for_new = as_long(c->before->duration, c->after->duration);
    add(c, &(struct tt_comparison_check){
               .name = "duration",
               .before = write_duration(c->before->duration, before),
               .after = write_duration(c->after->duration, after),
               .for_gone = for_gone,
               .for_new = for_new,
               .why = for_gone && for_new ? NULL : "one test was much shorter than the other"});
}

/* Percent; all of nothing is 100. */
static double share_of(const struct tt_compare_case *test)
{
    double all = (double)test->read + (double)test->unread;
    return all > 0 ? (double)test->read * 100 / all : 100;
}

static void check_share(struct checking *c)
{
    char before[TEXT_MAX];
    char after[TEXT_MAX];
    double first = share_of(c->before);
    double second = share_of(c->after);
    /* Of nothing everything can be read. */
    bool any[] = {c->before->read + c->before->unread > 0, c->after->read + c->after->unread > 0};
    bool for_gone = second + TT_COMPARE_SHARE_POINTS >= first && (any[1] || !any[0]);
    bool for_new = first + TT_COMPARE_SHARE_POINTS >= second && (any[0] || !any[1]);
    (void)snprintf(before, sizeof(before), "%.1f %%", first);
    (void)snprintf(after, sizeof(after), "%.1f %%", second);
    add(c, &(struct tt_comparison_check){
               .name = "readable share",
               .before = before,
               .after = after,
               .for_gone = for_gone,
               .for_new = for_new,
               .why = for_gone && for_new
                          ? NULL
                          : "less of what the device sent could be read in one test, or it sent "
                            "nothing"});
}

static uint64_t drops_of(const struct tt_compare_case *test)
{
    double all = (double)test->frames + (double)test->dropped;
    return test->dropped == 0 ? 0 : (uint64_t)((double)test->dropped * 1e6 / all) + 1;
}

/* Few enough, or no more than the other test lacks. */
static bool few_drops(const struct tt_compare_case *test, const struct tt_compare_case *other)
{
    uint64_t drops = drops_of(test);
    return drops <= TT_COMPARE_DROPS_PER_MILLION || drops <= drops_of(other);
}

static void check_drops(struct checking *c)
{
    char before[TEXT_MAX];
    char after[TEXT_MAX];
    bool for_gone = few_drops(c->after, c->before);
    bool for_new = few_drops(c->before, c->after);
    (void)snprintf(before, sizeof(before), "%" PRIu64 " of %" PRIu64 " packets", c->before->dropped,
                   c->before->frames + c->before->dropped);
    (void)snprintf(after, sizeof(after), "%" PRIu64 " of %" PRIu64 " packets", c->after->dropped,
                   c->after->frames + c->after->dropped);
    add(c, &(struct tt_comparison_check){.name = "drops",
                                         .before = before,
                                         .after = after,
                                         .for_gone = for_gone,
                                         .for_new = for_new,
                                         .why = for_gone && for_new ? NULL
                                                                    : "a capture lacks packets"});
}

static const char *state_of(const struct tt_compare_case *test)
{
    if (test->info.interrupted)
        return "reading was stopped";
    if (test->damaged)
        return "a file is cut or damaged";
    return test->full ? "more than can be compared" : "read to the end";
}

static bool is_whole(const struct tt_compare_case *test)
{
    return !test->info.interrupted && !test->damaged && !test->full;
}

static void check_whole(struct checking *c)
{
    bool before = is_whole(c->before);
    bool after = is_whole(c->after);
    add(c, &(struct tt_comparison_check){.name = "captures",
                                         .before = state_of(c->before),
                                         .after = state_of(c->after),
                                         .for_gone = after,
                                         .for_new = before,
                                         .why = before && after ? NULL : "not all was read"});
}

/* ---- what it was opened with ---- */

static const char *write_keys(const struct tt_compare_case *test, char text[TEXT_MAX])
{
    if (test->info.key_count > 0)
        (void)snprintf(text, TEXT_MAX, "%" PRIu64 " given or captured", test->info.key_count);
    else
        (void)snprintf(text, TEXT_MAX, "%s",
                       test->opened                 ? "some"
                       : test->info.recipes == NULL ? "not told"
                                                    : "none");
    return text;
}

static bool has_keys(const struct tt_compare_case *test)
{
    return test->info.key_count > 0 || test->opened || test->opens_itself;
}

/* What keys opened in one test cannot be missed in another one that had none. */
static void check_keys(struct checking *c)
{
    char before[TEXT_MAX];
    char after[TEXT_MAX];
    bool for_gone = !c->before->opened || has_keys(c->after);
    bool for_new = !c->after->opened || has_keys(c->before);
    add(c, &(struct tt_comparison_check){
               .name = "keys",
               .before = write_keys(c->before, before),
               .after = write_keys(c->after, after),
               .for_gone = for_gone,
               .for_new = for_new,
               .why = for_gone && for_new ? NULL
                                          : "what keys opened in one test had none in the other"});
}

/* "acme-xor (0123456789abcdef), other (...)": those that were given. */
static const char *write_recipes(const struct tt_compare_case *test, char text[TEXT_MAX])
{
    size_t len = 0;
    struct tt_span rest = tt_span_str(test->info.recipes == NULL ? "" : test->info.recipes);
    (void)snprintf(text, TEXT_MAX, "%s", test->info.recipes == NULL ? "not told" : "none given");
    while (rest.len > 0 && len < TEXT_MAX - 1) {
        size_t end = tt_span_find(rest, '\n');
        struct tt_span line = tt_span_sub(rest, 0, end);
        size_t name = tt_span_find(line, ' ');
        struct tt_span digest = tt_span_sub(line, name + 1, DIGEST_SHOWN);
        rest = tt_span_from(rest, end + 1);
        int more = snprintf(text + len, TEXT_MAX - len, "%s%.*s (%.*s…)", len == 0 ? "" : ", ",
                            (int)(name < TEXT_MAX ? name : TEXT_MAX), (const char *)line.data,
                            (int)digest.len, (const char *)digest.data);
        len += more > 0 ? (size_t)more : 0;
    }
    return text;
}

/* The line of a recipe among those given; an empty one where it is not. */
static struct tt_span find_recipe(const char *given, struct tt_span name)
{
    struct tt_span rest = tt_span_str(given);
    while (rest.len > 0) {
        size_t end = tt_span_find(rest, '\n');
        struct tt_span line = tt_span_sub(rest, 0, end);
        if (tt_span_eq(tt_span_sub(line, 0, tt_span_find(line, ' ')), name))
            return line;
        rest = tt_span_from(rest, end + 1);
    }
    return tt_span_of(NULL, 0);
}

/* Every recipe that led to a finding of `needed` was there in the other test, too. The built-in
 * ones are: the version tells. */
static bool has_recipes(const struct tt_compare_case *test, const struct tt_compare_case *needed)
{
    struct tt_span step;
    for (size_t i = 0; i < tt_map_count(needed->recipes); i++) {
        (void)tt_map_at(needed->recipes, i, &step);
        struct tt_span name = tt_span_from(step, strlen(TT_COMPARE_RECIPE));
        const char *theirs = needed->info.recipes;
        const char *ours = test->info.recipes;
        struct tt_span wanted = theirs == NULL ? name : find_recipe(theirs, name);
        if (wanted.len == 0)
            continue;
        struct tt_span found = ours == NULL ? tt_span_of(NULL, 0) : find_recipe(ours, name);
        if (found.len == 0 || (theirs != NULL && !tt_span_eq(found, wanted)))
            return false;
    }
    return true;
}

static void check_recipes(struct checking *c)
{
    char before[TEXT_MAX];
    char after[TEXT_MAX];
    bool for_gone = has_recipes(c->after, c->before);
    bool for_new = has_recipes(c->before, c->after);
    add(c,
        &(struct tt_comparison_check){
            .name = "recipes",
            .before = write_recipes(c->before, before),
            .after = write_recipes(c->after, after),
            .for_gone = for_gone,
            .for_new = for_new,
            .why = for_gone && for_new
                       ? NULL
                       : "a recipe that led to findings in one test was not given in the other, or "
                         "another file of it"});
}

/* ---- who looked ---- */

static void read_version(const char *text, unsigned ret_parts[VERSION_PARTS])
{
    size_t part = 0;
    for (; text != NULL && *text != '\0' && part < VERSION_PARTS; text++) {
        if (*text == '.')
            part++;
        else if (tt_is_digit((uint8_t)*text) && ret_parts[part] < 100000)
            ret_parts[part] = ret_parts[part] * 10 + (unsigned)(*text - '0');
        else
            break;
    }
}

/* A later version finds no less. */
static bool is_as_new(const char *given, const char *needed)
{
    unsigned a[VERSION_PARTS] = {0};
    unsigned b[VERSION_PARTS] = {0};
    read_version(given, a);
    read_version(needed, b);
    for (size_t i = 0; i < VERSION_PARTS; i++)
        if (a[i] != b[i])
            return a[i] > b[i];
    return true;
}

static void check_version(struct checking *c)
{
    const char *before = c->before->info.tool_version;
    const char *after = c->after->info.tool_version;
    bool for_gone = is_as_new(after, before);
    bool for_new = is_as_new(before, after);
    add(c, &(struct tt_comparison_check){
               .name = "telltale",
               .before = told(before),
               .after = told(after),
               .for_gone = for_gone,
               .for_new = for_new,
               .why = for_gone && for_new ? NULL : "an older telltale may have found less"});
}

/* A verdict is that of its own test's policy. */
static void check_policy(struct checking *c)
{
    bool same = same_text(c->before->info.policy_name, c->after->info.policy_name);
    add(c, &(struct tt_comparison_check){.name = "policy",
                                         .before = told(c->before->info.policy_name),
                                         .after = told(c->after->info.policy_name),
                                         .for_gone = true,
                                         .for_new = true,
                                         .why = same ? NULL
                                                     : "each verdict is that of its own policy"});
}

enum tt_err tt_compare_check(const struct tt_compare_case *before,
                             const struct tt_compare_case *after, struct tt_arena *arena,
                             struct tt_comparison *comparison)
{
    struct checking c = {
        .before = before, .after = after, .arena = arena, .comparison = comparison};
    comparison->check_count = 0;
    comparison->for_gone = true;
    comparison->for_new = true;
    check_device(&c);
    check_firmware(&c);
    check_sheet(&c);
    check_phases(&c);
    check_events(&c);
    check_duration(&c);
    check_share(&c);
    check_drops(&c);
    check_whole(&c);
    check_keys(&c);
    check_recipes(&c);
    check_version(&c);
    check_policy(&c);
    return c.err;
}

const char *tt_compare_reasons(const struct tt_comparison *comparison, bool for_gone,
                               struct tt_arena *arena)
{
    char text[TEXT_MAX];
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < comparison->check_count && len < sizeof(text); i++) {
        const struct tt_comparison_check *check = &comparison->checks[i];
        if (for_gone ? check->for_gone : check->for_new)
            continue;
        int more = snprintf(text + len, sizeof(text) - len, "%s%s: %s", len == 0 ? "" : "; ",
                            check->name, check->why == NULL ? "differs" : check->why);
        len += more > 0 ? (size_t)more : 0;
    }
    return len == 0 ? NULL : tt_arena_strdup(arena, text);
}
