#include "judge/compare_side.h"

#include "base/compiler.h"
#include "judge/policy_data.h"

#include <stdio.h>

enum { WAY_MAX = 256, TEXT_MAX = 1024 };

/* Steps of a path that leave something else than the value's characters on the wire (docs/steps.md,
 * "Compression and archives", "Codings of text"). What a format must escape is no hiding. */
static bool is_coding(const char *step)
{
    static const char *const exact[] = {"gzip",    "zlib",     "deflate", "br",       "zstd",
                                        "lz4",     "base64",   "base32",  "base58",   "base85",
                                        "z85",     "hex",      "rot13",   "reversed", "base32hex",
                                        "ascii85", "hex-upper"};
    static const char *const families[] = {"base64:", "xor:", "recipe:"};
    for (size_t i = 0; i < TT_ARRAY_LEN(exact); i++)
        if (strcmp(step, exact[i]) == 0)
            return true;
    for (size_t i = 0; i < TT_ARRAY_LEN(families); i++)
        if (strncmp(step, families[i], strlen(families[i])) == 0)
            return true;
    return false;
}

/* What a text needs to stand where it stands: it hides nothing. */
static bool is_escape(const char *step)
{
    static const char *const escapes[] = {"percent", "json-string",      "backslash", "char-ref",
                                          "cdata",   "quoted-printable", "upper",     "vcard-text",
                                          "lower",   "utf-16be",         "utf-16le"};
    for (size_t i = 0; i < TT_ARRAY_LEN(escapes); i++)
        if (strcmp(step, escapes[i]) == 0)
            return true;
    return false;
}

static enum tt_writing writing_of(const struct tt_finding *finding)
{
    if (finding->reversal_cost > 0)
        return TT_WRITING_DIGEST;
    bool coded = false;
    for (size_t i = 0; i < finding->transform_count && !coded; i++)
        coded = !is_escape(finding->transform[i]);
    for (size_t i = 0; i < finding->path_count && !coded; i++)
        coded = is_coding(finding->path[i]);
    return coded ? TT_WRITING_CODED : TT_WRITING_PLAIN;
}

static void append(char text[WAY_MAX], size_t *len, const char *before, const char *word)
{
    if (*len >= WAY_MAX)
        return;
    int more = snprintf(text + *len, WAY_MAX - *len, "%s%s", before, word);
    *len += more > 0 ? (size_t)more : 0;
}

/* "digits, md5, hex in gzip", without escapes. */
static void write_way(const struct tt_finding *finding, char text[WAY_MAX])
{
    size_t len = 0;
    const char *between = " in ";
    append(text, &len, "", finding->form);
    for (size_t i = 0; i < finding->transform_count; i++)
        if (!is_escape(finding->transform[i]))
            append(text, &len, ", ", finding->transform[i]);
    for (size_t i = finding->path_count; i > 0; i--) {
        if (!is_coding(finding->path[i - 1]))
            continue;
        append(text, &len, between, finding->path[i - 1]);
        between = ", ";
    }
}

static bool has_way(const struct tt_comparison_side *side, const char *way)
{
    for (size_t i = 0; i < side->way_count; i++)
        if (strcmp(side->ways[i], way) == 0)
            return true;
    return false;
}

/* NULL stays NULL. False when the arena is full. */
static bool copy(struct tt_arena *arena, const char *text, const char **ret_copy)
{
    *ret_copy = NULL;
    if (text != NULL)
        *ret_copy = tt_arena_dup(arena, tt_span_sub(tt_span_str(text), 0, TEXT_MAX));
    return text == NULL || *ret_copy != NULL;
}

static enum tt_err add_way(struct tt_comparison_side *side, const struct tt_finding *finding,
                           struct tt_arena *arena)
{
    char way[WAY_MAX];
    write_way(finding, way);
    if (side->way_count == TT_COMPARE_WAYS || has_way(side, way))
        return TT_OK;
    if (!copy(arena, way, &side->ways[side->way_count]))
        return TT_ERR_LIMIT;
    side->way_count++;
    return TT_OK;
}

static const struct tt_comparison_place *find_place(const struct tt_comparison_side *side,
                                                    struct tt_addr address)
{
    for (size_t i = 0; i < side->place_count; i++)
        if (tt_addr_eq(side->places[i].address, address))
            return &side->places[i];
    return NULL;
}

static enum tt_err add_place(struct tt_comparison_side *side, const struct tt_finding *finding,
                             struct tt_arena *arena)
{
    if (side->place_count == TT_COMPARE_PLACES || find_place(side, finding->address) != NULL)
        return TT_OK;
    struct tt_comparison_place *place = &side->places[side->place_count];
    place->address = finding->address;
    if (!copy(arena, finding->country, &place->country))
        return TT_ERR_LIMIT;
    side->place_count++;
    return TT_OK;
}

static enum tt_err begin(struct tt_comparison_side *side, const struct tt_finding *finding,
                         struct tt_arena *arena)
{
    side->plainest = writing_of(finding);
    side->worst = finding->verdict;
    side->certainty = finding->certainty;
    side->first_seen = finding->first_seen;
    bool kept = copy(arena, finding->host, &side->host) &&
                copy(arena, finding->domain, &side->domain) &&
                copy(arena, finding->organisation, &side->organisation);
    return kept ? TT_OK : TT_ERR_LIMIT;
}

enum tt_err tt_compare_add(struct tt_comparison_side *side, const struct tt_finding *finding,
                           struct tt_arena *arena)
{
    enum tt_err err = side->findings == 0 ? begin(side, finding, arena) : TT_OK;
    if (err == TT_OK)
        err = add_way(side, finding, arena);
    if (err == TT_OK)
        err = add_place(side, finding, arena);
    if (err != TT_OK)
        return err;
    enum tt_writing writing = writing_of(finding);
    side->findings++;
    side->count += finding->count;
    side->readable += tt_is_readable(finding->encryption, finding->cipher);
    side->agreed +=
        finding->consent == TT_CONSENT_GIVEN || finding->consent == TT_CONSENT_NOT_REQUIRED;
    side->refused +=
        finding->consent == TT_CONSENT_NOT_GIVEN || finding->consent == TT_CONSENT_WITHDRAWN;
    if (writing < side->plainest)
        side->plainest = writing;
    if (finding->verdict > side->worst)
        side->worst = finding->verdict;
    if (finding->certainty > side->certainty)
        side->certainty = finding->certainty;
    if (finding->first_seen != 0 && finding->first_seen < side->first_seen)
        side->first_seen = finding->first_seen;
    if (finding->last_seen > side->last_seen)
        side->last_seen = finding->last_seen;
    return TT_OK;
}

/* ---- what is different ---- */

static bool has_country(const struct tt_comparison_side *side, const char *country)
{
    for (size_t i = 0; i < side->place_count; i++)
        if (side->places[i].country != NULL && strcmp(side->places[i].country, country) == 0)
            return true;
    return false;
}

/* An address that both tests saw stays where it is, whatever the databases of two years say. */
static uint32_t compare_places(const struct tt_comparison_side *before,
                               const struct tt_comparison_side *after)
{
    size_t known = 0;
    size_t stayed = 0;
    size_t others = 0;
    for (size_t i = 0; i < before->place_count; i++)
        known += before->places[i].country != NULL;
    for (size_t i = 0; i < after->place_count && known > 0; i++) {
        const struct tt_comparison_place *place = &after->places[i];
        if (find_place(before, place->address) != NULL)
            stayed++;
        else if (place->country != NULL && has_country(before, place->country))
            stayed++;
        else
            others += place->country != NULL;
    }
    if (others == 0)
        return 0;
    return 1U << (stayed == 0 ? TT_CHANGE_MOVED_COUNTRY : TT_CHANGE_MORE_COUNTRIES);
}

static bool no_common_way(const struct tt_comparison_side *before,
                          const struct tt_comparison_side *after)
{
    for (size_t i = 0; i < after->way_count; i++)
        if (has_way(before, after->ways[i]))
            return false;
    return before->way_count < TT_COMPARE_WAYS && after->way_count < TT_COMPARE_WAYS;
}

uint32_t tt_compare_sides(const struct tt_comparison_side *before,
                          const struct tt_comparison_side *after)
{
    uint32_t changes = compare_places(before, after);
    if (before->readable > 0 && after->readable == 0)
        changes |= 1U << TT_CHANGE_ONLY_ENCRYPTED;
    if (before->readable == 0 && after->readable > 0)
        changes |= 1U << TT_CHANGE_NOW_READABLE;
    if (after->plainest > before->plainest)
        changes |= 1U << TT_CHANGE_NOW_CODED;
    else if (after->plainest < before->plainest)
        changes |= 1U << TT_CHANGE_NOW_PLAIN;
    else if (no_common_way(before, after))
        changes |= 1U << TT_CHANGE_REWRITTEN;
    if (before->refused > 0 && after->agreed == after->findings)
        changes |= 1U << TT_CHANGE_AFTER_CONSENT;
    if (before->refused == 0 && before->agreed > 0 && after->refused > 0)
        changes |= 1U << TT_CHANGE_WITHOUT_CONSENT;
    return changes;
}
