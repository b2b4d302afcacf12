#include "judge/residency.h"

#include "judge/region.h"
#include "judge/shapes.h"
#include "judge/timing_signs.h"

#include <stdio.h>
#include <stdlib.h>

enum { REASONS_LISTED = 16, TEXT_MAX = TT_RESIDENCY_TEXT_MAX };

/* A destination while its rows are made. */
struct destination {
    const struct tt_timed *timed;
    struct tt_geo_place geo;
    struct tt_reach reach;
    bool has_reach;
    struct tt_timing_doubts doubts;
    const char *signs;
};

/* What an entry of the policy comes to so far. */
struct entry_state {
    uint64_t destinations;
    uint64_t refuted;
    uint64_t edges; /* refuted, but maybe not by the service itself */
    uint64_t open;
    struct tt_buf reason;
    size_t listed;
};

struct telling {
    const struct tt_residency_evidence *evidence;
    const struct tt_residency_sink *sink;
    struct tt_seen_place *shapes; /* as seen from the vantage point, */
    bool *shape_seen;             /* where that was asked for */
    struct entry_state *states;   /* by entry */
    struct tt_buf names;
    struct tt_buf signs;
    bool alike;
    size_t claims;
};

bool tt_residency_wanted(const struct tt_vantage *vantage,
                         const struct tt_residency_entries *entries)
{
    return (vantage != NULL && vantage->known) || entries->count > 0;
}

static bool has_vantage(const struct telling *telling)
{
    return telling->evidence->vantage != NULL && telling->evidence->vantage->known;
}

static const char *text_of(struct tt_buf *buf)
{
    return buf->len == 0 ? "" : (const char *)buf->data;
}

/* A list that is full stays as it is. */
static enum tt_err unless_full(enum tt_err result)
{
    return result == TT_ERR_LIMIT ? TT_OK : result;
}

/* ---- times ---- */

static enum tt_err list_names(struct telling *telling, const struct tt_timed *timed)
{
    enum tt_err result = TT_OK;
    tt_buf_clear(&telling->names);
    for (size_t i = 0; i < timed->name_count && result == TT_OK; i++)
        result = tt_buf_printf(&telling->names, "%s%s", i == 0 ? "" : "\n", timed->names[i]);
    return result == TT_OK ? tt_buf_append_u8(&telling->names, 0) : result;
}

static enum tt_err list_signs(struct telling *telling, struct destination *to)
{
    tt_buf_clear(&telling->signs);
    enum tt_err result = tt_timing_signs(to->timed, telling->evidence->hints, to->geo.network,
                                         telling->alike, &telling->signs, &to->doubts);
    if (result == TT_OK && telling->signs.len > 0)
        telling->signs.len--; /* the last line feed */
    if (result == TT_OK)
        result = tt_buf_append_u8(&telling->signs, 0);
    to->signs = text_of(&telling->signs);
    return result;
}

static enum tt_err look_at(struct telling *telling, const struct tt_timed *timed,
                           struct destination *to)
{
    *to = (struct destination){.timed = timed};
    tt_geo_find(telling->evidence->geo, timed->addr, &to->geo);
    to->has_reach = timed->least != 0 && has_vantage(telling);
    if (to->has_reach)
        to->reach = tt_reach_of(timed->least, timed->error);
    enum tt_err result = list_names(telling, timed);
    return result == TT_OK ? list_signs(telling, to) : result;
}

static const char *capture_name(const struct telling *telling, uint32_t at)
{
    const struct tt_residency_evidence *evidence = telling->evidence;
    return at < evidence->capture_count ? evidence->captures[at] : "";
}

static enum tt_err tell_timing(struct telling *telling, const struct destination *to)
{
    const struct tt_timed *timed = to->timed;
    if (telling->sink->timing == NULL || (timed->least == 0 && timed->refused == 0))
        return TT_OK;
    const struct tt_timing_row row = {
        .address = timed->addr,
        .port = timed->port,
        .host = timed->name_count > 0 ? timed->names[0] : NULL,
        .names = text_of(&telling->names),
        .country = to->geo.country[0] != '\0' ? to->geo.country : NULL,
        .network = to->geo.network[0] != '\0' ? to->geo.network : NULL,
        .handshake = timed->least != 0 ? tt_handshake_name(timed->handshake) : NULL,
        .least = timed->least,
        .error = timed->error,
        .handshakes = timed->handshakes,
        .refused = timed->refused,
        .capture = capture_name(telling, timed->least != 0 ? timed->capture : timed->made_up_in),
        .flow = timed->flow,
        .frame = timed->frame,
        .vacuum_km = to->has_reach ? to->reach.vacuum / 1000 : 0,
        .fibre_km = to->has_reach ? to->reach.fibre / 1000 : 0,
        .signs = to->signs};
    return telling->sink->timing(telling->sink->context, &row);
}

/* ---- claims ---- */

static bool is_private(const struct tt_timed *timed)
{
    return tt_addr_scope(timed->addr) != TT_ADDR_SCOPE_INTERNET;
}

static struct tt_seen_place see(struct telling *telling, const struct tt_claimed_place *place)
{
    if (place->kind != TT_PLACE_SHAPE)
        return tt_place_seen(place, telling->evidence->vantage);
    if (!telling->shape_seen[place->shape]) {
        telling->shapes[place->shape] = tt_place_seen(place, telling->evidence->vantage);
        telling->shape_seen[place->shape] = true;
    }
    return telling->shapes[place->shape];
}

static struct tt_claim_row claim_of(const struct destination *to, const char *source,
                                    const char *claimant, const char *place)
{
    const struct tt_timed *timed = to->timed;
    return (struct tt_claim_row){.source = source,
                                 .claimant = claimant,
                                 .place = place,
                                 .address = timed->addr,
                                 .port = timed->port,
                                 .host = timed->name_count > 0 ? timed->names[0] : NULL,
                                 .outcome = TT_CLAIM_UNTESTED,
                                 .distance_km = -1};
}

static enum tt_err put_claim(struct telling *telling, const struct tt_claim_row *row)
{
    if (telling->sink->claim == NULL || telling->claims++ >= TT_CLAIMS_MAX)
        return TT_OK;
    return telling->sink->claim(telling->sink->context, row);
}

static enum tt_err tell_claim(struct telling *telling, const struct destination *to,
                              const char *source, const char *claimant,
                              const struct tt_claimed_place *place,
                              enum tt_claim_outcome *ret_outcome)
{
    struct tt_claim_row row = claim_of(to, source, claimant, place->name);
    if (has_vantage(telling)) {
        const struct tt_seen_place seen = see(telling, place);
        row.distance_km = seen.nearest / 1000;
        if (to->has_reach)
            row.outcome = tt_claim_judge(&seen, to->reach);
    }
    *ret_outcome = row.outcome;
    return put_claim(telling, &row);
}

/* Who says "*" means the internet, not the printer beside the device. */
static bool is_named(const struct tt_timed *timed, struct tt_words hosts)
{
    char text[TT_ADDR_TEXT_MAX];
    if (is_private(timed) && tt_glob_any(hosts, ""))
        return false;
    for (size_t i = 0; i < timed->name_count; i++)
        if (tt_glob_any(hosts, timed->names[i]))
            return true;
    return tt_glob_any(hosts, tt_addr_text(timed->addr, text));
}

static enum tt_err put_whom(struct tt_buf *out, const struct tt_timed *timed)
{
    char addr[TT_ADDR_TEXT_MAX];
    char port[32] = "no port";
    if (timed->opened)
        (void)snprintf(port, sizeof(port), "which opened the connection");
    else if (timed->port != 0)
        (void)snprintf(port, sizeof(port), "port %u", (unsigned)timed->port);
    tt_addr_text(timed->addr, addr);
    if (timed->name_count > 0)
        return tt_buf_printf(out, "%s (%s, %s)", timed->names[0], addr, port);
    return tt_buf_printf(out, "%s (%s)", addr, port);
}

static enum tt_err put_why_untested(struct telling *telling, struct tt_buf *out,
                                    const struct tt_timed *timed)
{
    if (timed->least == 0 && timed->refused > 0)
        return tt_buf_printf(
            out, ": an app wrote the packets of %s, so nothing follows from their times",
            capture_name(telling, timed->made_up_in));
    if (timed->least == 0 && timed->beside)
        return tt_buf_printf(out,
                             ": %s overlaps another capture in time, and one vantage point cannot "
                             "be where both were made",
                             capture_name(telling, timed->beside_in));
    if (timed->least == 0 && is_private(timed))
        return tt_buf_append_str(
            out, ": its address is a private one, which does not tell where the machine stands");
    if (timed->least == 0)
        return tt_buf_append_str(out, ": no handshake was seen whose time counts");
    return tt_buf_append_str(out, ": no vantage point was given (--vantage LAT,LON)");
}

/* A line on why the entry comes to what it comes to. */
static enum tt_err put_reason(struct telling *telling, const struct destination *to,
                              enum tt_claim_outcome outcome, struct tt_buf *out)
{
    const struct tt_timed *timed = to->timed;
    enum tt_err result = out->len > 0 ? tt_buf_append_u8(out, '\n') : TT_OK;
    if (result == TT_OK)
        result = put_whom(out, timed);
    if (result != TT_OK)
        return result;
    if (outcome == TT_CLAIM_UNTESTED)
        return put_why_untested(telling, out, timed);
    result = tt_buf_printf(out,
                           " answered within %.3f ms, so it stands within %.0f km (%.0f km by "
                           "fibre): %s",
                           (double)timed->least / 1e6, to->reach.vacuum / 1000,
                           to->reach.fibre / 1000, tt_claim_outcome_name(outcome));
    bool doubted = outcome == TT_CLAIM_CONFIRMED ? to->doubts.path || to->doubts.edge
                                                 : outcome != TT_CLAIM_POSSIBLE;
    if (result == TT_OK && doubted && to->signs[0] != '\0')
        result = tt_buf_append_str(out, "; what answered may be an edge or a proxy");
    return result;
}

static enum tt_err count_destination(struct telling *telling, const struct destination *to,
                                     const struct tt_residency_entry *entry,
                                     enum tt_claim_outcome outcome, struct entry_state *state)
{
    bool accused = outcome == TT_CLAIM_REFUTED || outcome == TT_CLAIM_IMPLAUSIBLE;
    bool doubted = to->doubts.path || (to->doubts.edge && !entry->edges_count);
    state->destinations++;
    if (accused && doubted)
        state->edges++;
    else if (accused)
        state->refuted++;
    else if (outcome != TT_CLAIM_CONFIRMED || to->doubts.path || to->doubts.edge)
        state->open++; /* where an edge or a proxy stands says nothing of the service */
    if (state->listed++ >= REASONS_LISTED)
        return TT_OK;
    return unless_full(put_reason(telling, to, outcome, &state->reason));
}

/* A service is said to be in one of several places: what speaks least against one of them counts.
 */
static enum tt_err tell_policy_claims(struct telling *telling, const struct destination *to)
{
    const struct tt_residency_entries *entries = telling->evidence->entries;
    for (size_t i = 0; i < entries->count; i++) {
        const struct tt_residency_entry *entry = &entries->list[i];
        enum tt_claim_outcome best = TT_CLAIM_REFUTED;
        if (!is_named(to->timed, entry->hosts))
            continue;
        for (size_t p = 0; p < entry->place_count; p++) {
            enum tt_claim_outcome outcome = TT_CLAIM_UNTESTED;
            enum tt_err result =
                tell_claim(telling, to, "policy", entry->service, &entry->places[p], &outcome);
            if (result != TT_OK)
                return result;
            best = outcome < best ? outcome : best;
        }
        enum tt_err result = count_destination(telling, to, entry, best, &telling->states[i]);
        if (result != TT_OK)
            return result;
    }
    return TT_OK;
}

static enum tt_err tell_coded_claim(struct telling *telling, const struct destination *to,
                                    const char *source, const char *claimant, const char *code)
{
    struct tt_claimed_place place = {.kind = TT_PLACE_SHAPE};
    enum tt_claim_outcome outcome = TT_CLAIM_UNTESTED;
    if (!tt_shape_find(code, &place.shape))
        return TT_OK;
    place.name = tt_shape_code(place.shape);
    return tell_claim(telling, to, source, claimant, &place, &outcome);
}

/* Words that were told of a destination, each once, however many names have it. */
struct told_words {
    const char *codes[TT_TIMING_NAMES_MAX + TT_HINTS_EACH_MAX];
    size_t count;
};

static enum tt_err tell_name_claim(struct telling *telling, const struct destination *to,
                                   const char *name, struct told_words *told)
{
    struct tt_region region;
    if (!tt_region_find(name, &region))
        return TT_OK;
    for (size_t i = 0; i < told->count; i++)
        if (told->codes[i] == region.code)
            return TT_OK;
    told->codes[told->count++] = region.code;
    return tell_coded_claim(telling, to, "name", region.word, region.code);
}

static enum tt_err tell_name_claims(struct telling *telling, const struct destination *to)
{
    const struct tt_hints *hints = telling->evidence->hints;
    struct told_words told = {.count = 0};
    const struct tt_hint *hint = NULL;
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < to->timed->name_count && result == TT_OK; i++)
        result = tell_name_claim(telling, to, to->timed->names[i], &told);
    for (size_t i = 0; result == TT_OK && (hint = tt_hints_at(hints, to->timed->addr, i)) != NULL;
         i++)
        if (hint->source == TT_NAME_ALIAS)
            result = tell_name_claim(telling, to, hint->text, &told);
    return result;
}

/* What answered says where it stands, and its certificate where its owner does. */
static enum tt_err tell_hint_claims(struct telling *telling, const struct destination *to)
{
    const struct tt_hint *hint = NULL;
    enum tt_err result = TT_OK;
    for (size_t i = 0; result == TT_OK &&
                       (hint = tt_hints_at(telling->evidence->hints, to->timed->addr, i)) != NULL;
         i++) {
        struct tt_region region;
        if (hint->place == NULL)
            continue;
        if (hint->source == TT_NAME_VIA && tt_region_airport(hint->place, &region))
            result = tell_coded_claim(telling, to, "response", hint->text, region.code);
        else if (hint->source == TT_NAME_HOLDER)
            result =
                tell_coded_claim(telling, to, "certificate",
                                 hint->text != NULL ? hint->text : "no organisation", hint->place);
    }
    return result;
}

/* Some countries of ISO 3166 are drawn as parts of others. */
static enum tt_err tell_country_claim(struct telling *telling, const struct destination *to,
                                      const char *source, const char *const claimants[2],
                                      const char *country)
{
    size_t shape = 0;
    if (country[0] == '\0')
        return TT_OK;
    if (tt_shape_find(country, &shape))
        return tell_coded_claim(telling, to, source, claimants[0], country);
    const struct tt_claim_row row = claim_of(to, source, claimants[1], country);
    return put_claim(telling, &row);
}

/* Where the address is said to be, and where its network was registered: often another country. */
static enum tt_err tell_database_claims(struct telling *telling, const struct destination *to)
{
    static const char *const database[2] = {"address database",
                                            "address database; not judged: no shape"};
    static const char *const registry[2] = {"registered country",
                                            "registered country; not judged: no shape"};
    enum tt_err result = tell_country_claim(telling, to, "database", database, to->geo.country);
    if (result != TT_OK)
        return result;
    return tell_country_claim(telling, to, "registry", registry, to->geo.registered);
}

static enum tt_err tell_claims(struct telling *telling, const struct destination *to)
{
    enum tt_err result = tell_policy_claims(telling, to);
    if (result != TT_OK || !to->has_reach)
        return result;
    result = tell_database_claims(telling, to);
    if (result == TT_OK)
        result = tell_name_claims(telling, to);
    return result == TT_OK ? tell_hint_claims(telling, to) : result;
}

/* ---- entries ---- */

static enum tt_residency_outcome outcome_of(const struct entry_state *state)
{
    if (state->refuted > 0)
        return TT_RESIDENCY_VIOLATED;
    if (state->edges > 0 || state->open > 0 || state->destinations == 0)
        return TT_RESIDENCY_UNDECIDED;
    return TT_RESIDENCY_HOLDS;
}

static enum tt_err list_places(struct telling *telling, const struct tt_residency_entry *entry)
{
    enum tt_err result = TT_OK;
    tt_buf_clear(&telling->names);
    for (size_t i = 0; i < entry->place_count && result == TT_OK; i++) {
        const char *before = i == 0 ? "" : i + 1 == entry->place_count ? " or " : ", ";
        result = tt_buf_printf(&telling->names, "%s%s", before, entry->places[i].name);
    }
    result = unless_full(result);
    return result == TT_OK ? tt_buf_append_u8(&telling->names, 0) : result;
}

static enum tt_err end_reason(struct entry_state *state)
{
    enum tt_err result = TT_OK;
    if (state->destinations == 0)
        result = tt_buf_append_str(&state->reason, "the device sent nothing to it");
    if (result == TT_OK && state->listed > REASONS_LISTED)
        result = unless_full(tt_buf_printf(&state->reason, "\n%zu more destinations",
                                           state->listed - REASONS_LISTED));
    state->reason.max++; /* for the terminator */
    return result == TT_OK ? tt_buf_append_u8(&state->reason, 0) : result;
}

static enum tt_err tell_entry(struct telling *telling, size_t at, enum tt_verdict *verdict)
{
    static const enum tt_verdict verdicts[] = {[TT_RESIDENCY_HOLDS] = TT_VERDICT_ALLOWED,
                                               [TT_RESIDENCY_UNDECIDED] = TT_VERDICT_UNDECIDED,
                                               [TT_RESIDENCY_VIOLATED] = TT_VERDICT_VIOLATION};
    const struct tt_residency_entry *entry = &telling->evidence->entries->list[at];
    struct entry_state *state = &telling->states[at];
    enum tt_residency_outcome outcome = outcome_of(state);
    if (verdicts[outcome] > *verdict)
        *verdict = verdicts[outcome];
    enum tt_err result = list_places(telling, entry);
    if (result == TT_OK)
        result = end_reason(state);
    if (result != TT_OK || telling->sink->residency == NULL)
        return result;
    const struct tt_residency_row row = {.service = entry->service,
                                         .places = text_of(&telling->names),
                                         .outcome = outcome,
                                         .reason = text_of(&state->reason),
                                         .destinations = state->destinations};
    return telling->sink->residency(telling->sink->context, &row);
}

/* ---- all ---- */

static enum tt_err make_room(struct telling *telling)
{
    size_t count = telling->evidence->entries->count;
    telling->shapes = calloc(tt_shape_count(), sizeof(*telling->shapes));
    telling->shape_seen = calloc(tt_shape_count(), sizeof(*telling->shape_seen));
    telling->states = calloc(count + 1, sizeof(*telling->states));
    if (telling->shapes == NULL || telling->shape_seen == NULL || telling->states == NULL)
        return TT_ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        telling->states[i].reason = tt_buf_make(TEXT_MAX);
    return TT_OK;
}

static void free_room(struct telling *telling)
{
    for (size_t i = 0; telling->states != NULL && i < telling->evidence->entries->count; i++)
        tt_buf_free(&telling->states[i].reason);
    free(telling->states);
    free(telling->shapes);
    free(telling->shape_seen);
    tt_buf_free(&telling->names);
    tt_buf_free(&telling->signs);
}

/* First the times, then the claims, so that rows of a sort stand together. */
static enum tt_err tell_destinations(struct telling *telling,
                                     enum tt_err (*tell)(struct telling *,
                                                         const struct destination *))
{
    const struct tt_timings *timings = telling->evidence->timings;
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < tt_timings_count(timings) && result == TT_OK; i++) {
        struct destination to;
        result = look_at(telling, tt_timings_at(timings, i), &to);
        if (result == TT_OK)
            result = tell(telling, &to);
    }
    return result;
}

enum tt_err tt_residency_tell(const struct tt_residency_evidence *evidence,
                              const struct tt_residency_sink *sink, enum tt_verdict *ret_verdict)
{
    struct telling telling = {.evidence = evidence,
                              .sink = sink,
                              .names = tt_buf_make(TEXT_MAX),
                              .signs = tt_buf_make(TEXT_MAX),
                              .alike = tt_timings_alike(evidence->timings, evidence->geo)};
    enum tt_verdict verdict = TT_VERDICT_ALLOWED;
    enum tt_err result = make_room(&telling);
    if (result == TT_OK)
        result = tell_destinations(&telling, tell_timing);
    if (result == TT_OK)
        result = tell_destinations(&telling, tell_claims);
    for (size_t i = 0; i < evidence->entries->count && result == TT_OK; i++)
        result = tell_entry(&telling, i, &verdict);
    free_room(&telling);
    if (result != TT_OK)
        return result;
    *ret_verdict = verdict;
    return telling.claims > TT_CLAIMS_MAX ? TT_ERR_LIMIT : TT_OK;
}
