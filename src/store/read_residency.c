#include "store/columns.h"

/* For a text that is none of them: that nothing is known. */
static enum tt_claim_outcome claim_outcome(struct tt_columns *row)
{
    const char *text = tt_column_must(row);
    enum tt_claim_outcome value = TT_CLAIM_CONFIRMED;
    while (value < TT_CLAIM_REFUTED && strcmp(text, tt_claim_outcome_name(value)) != 0)
        value++;
    return strcmp(text, tt_claim_outcome_name(value)) == 0 ? value : TT_CLAIM_UNTESTED;
}

static enum tt_residency_outcome residency_outcome(struct tt_columns *row)
{
    const char *text = tt_column_must(row);
    if (strcmp(text, tt_residency_outcome_name(TT_RESIDENCY_HOLDS)) == 0)
        return TT_RESIDENCY_HOLDS;
    if (strcmp(text, tt_residency_outcome_name(TT_RESIDENCY_VIOLATED)) == 0)
        return TT_RESIDENCY_VIOLATED;
    return TT_RESIDENCY_UNDECIDED;
}

enum tt_err tt_case_read_timings(void *store,
                                 enum tt_err (*each)(void *, const struct tt_timing_row *),
                                 void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err = tt_walk_open(
        c,
        "SELECT address, port, host, names, country, network, handshake, least, error, handshakes, "
        "refused, capture, flow, frame, vacuum_km, fibre_km, signs FROM timing ORDER BY id",
        &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_timing_row timing = {0};
        timing.address = tt_column_addr(&row);
        timing.port = (uint16_t)tt_column_upto(&row, UINT16_MAX);
        timing.host = tt_column_text(&row);
        timing.names = tt_column_must(&row);
        timing.country = tt_column_text(&row);
        timing.network = tt_column_text(&row);
        timing.handshake = tt_column_text(&row);
        timing.least = tt_column_uint(&row);
        timing.error = tt_column_uint(&row);
        timing.handshakes = tt_column_uint(&row);
        timing.refused = tt_column_uint(&row);
        timing.capture = tt_column_must(&row);
        timing.flow = tt_column_uint(&row);
        timing.frame = tt_column_uint(&row);
        timing.vacuum_km = tt_column_real(&row);
        timing.fibre_km = tt_column_real(&row);
        timing.signs = tt_column_must(&row);
        err = each(context, &timing);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

enum tt_err tt_case_read_claims(void *store,
                                enum tt_err (*each)(void *, const struct tt_claim_row *),
                                void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err = tt_walk_open(c,
                                   "SELECT source, claimant, place, address, port, host, outcome, "
                                   "distance_km FROM claim ORDER BY id",
                                   &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_claim_row claim = {0};
        claim.source = tt_column_must(&row);
        claim.claimant = tt_column_must(&row);
        claim.place = tt_column_must(&row);
        claim.address = tt_column_addr(&row);
        claim.port = (uint16_t)tt_column_upto(&row, UINT16_MAX);
        claim.host = tt_column_text(&row);
        claim.outcome = claim_outcome(&row);
        claim.distance_km = tt_column_real(&row);
        err = each(context, &claim);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

enum tt_err tt_case_read_residencies(void *store,
                                     enum tt_err (*each)(void *, const struct tt_residency_row *),
                                     void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err = tt_walk_open(
        c, "SELECT service, places, outcome, reason, destinations FROM residency ORDER BY id",
        &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_residency_row residency = {0};
        residency.service = tt_column_must(&row);
        residency.places = tt_column_must(&row);
        residency.outcome = residency_outcome(&row);
        residency.reason = tt_column_must(&row);
        residency.destinations = tt_column_uint(&row);
        err = each(context, &residency);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}
