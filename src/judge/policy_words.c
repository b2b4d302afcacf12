#include "base/buf.h"
#include "judge/policy_data.h"

#include <inttypes.h>

/* Adds a text; its error sticks in `*err`. */
static void add(struct tt_buf *lines, enum tt_err *err, const char *text)
{
    if (*err == TT_OK)
        *err = tt_buf_append_str(lines, text);
}

/* "a, b or c" */
static void add_words(struct tt_buf *lines, enum tt_err *err, struct tt_words words)
{
    for (size_t i = 0; i < words.count; i++) {
        if (i > 0)
            add(lines, err, i + 1 == words.count ? " or " : ", ");
        add(lines, err, words.items[i]);
    }
}

static void add_conditions(struct tt_buf *lines, enum tt_err *err,
                           const struct tt_conditions *conditions)
{
    for (size_t i = 0; i < conditions->count; i++) {
        const struct tt_condition *condition = &conditions->items[i];
        add(lines, err, i == 0 ? "" : "; ");
        add(lines, err, tt_policy_field_name(condition->field));
        add(lines, err, condition->unwanted ? " is not " : " is ");
        add_words(lines, err, condition->values);
    }
    if (conditions->count == 0)
        add(lines, err, "every finding");
}

static void add_number(struct tt_buf *lines, enum tt_err *err, const char *behind, uint64_t number)
{
    if (*err == TT_OK)
        *err = tt_buf_printf(lines, "%" PRIu64 "%s", number, behind);
}

static bool requires_something(const struct tt_requires *requires)
{
    return requires->phases.count > 0 || requires->event_count > 0 || requires->readable > 0 ||
           requires->duration > 0 || requires->no_drops;
}

static void add_requires(struct tt_buf *lines, enum tt_err *err, const struct tt_requires *requires)
{
    if (!requires_something(requires))
        return;
    add(lines, err, "Requires:");
    const char *between = " ";
    for (size_t i = 0; i < requires->phases.count; i++, between = "; ") {
        add(lines, err, between);
        add(lines, err, "a phase ");
        add(lines, err, requires->phases.items[i]);
    }
    for (size_t i = 0; i < requires->event_count; i++, between = "; ") {
        add(lines, err, between);
        add_number(lines, err, " times the event ", requires->events[i].times);
        add(lines, err, requires->events[i].what);
    }
    if (requires->readable > 0) {
        add(lines, err, between);
        if (*err == TT_OK)
            *err = tt_buf_printf(lines, "%.6g%% of the bytes sent to the internet read",
                                 requires->readable);
        between = "; ";
    }
    if (requires->duration > 0) {
        add(lines, err, between);
        add_number(lines, err, " s of capture", requires->duration / 1000000000);
        between = "; ";
    }
    if (requires->no_drops) {
        add(lines, err, between);
        add(lines, err, "a capture without drops");
    }
    add(lines, err, "\n");
}

/* What a tester must bring so that a field is known. */
static const char *need_of(enum tt_policy_field field)
{
    switch (field) {
    case TT_FIELD_PHASE:
        return "a timeline with phases";
    case TT_FIELD_PURPOSE:
        return "a timeline with purposes";
    case TT_FIELD_CONSENT:
        return "a timeline with consent";
    case TT_FIELD_COUNTRY:
        return "a country database (--geo)";
    case TT_FIELD_ORGANISATION:
        return "a network database (--geo) or organisations: in the policy";
    case TT_FIELD_APP:
        return "a capture that names apps";
    case TT_FIELD_KIND:
    case TT_FIELD_OWNER:
    case TT_FIELD_FORM:
    case TT_FIELD_PROOF:
    case TT_FIELD_PROTOCOL:
    case TT_FIELD_DIRECTION:
    case TT_FIELD_SCOPE:
    case TT_FIELD_HOST:
    case TT_FIELD_DOMAIN:
    case TT_FIELD_PARTY:
    case TT_FIELD_ENCRYPTION:
    case TT_FIELD_COUNT:
        break;
    }
    return NULL;
}

static void add_needs(struct tt_buf *lines, enum tt_err *err, const struct tt_clause *clause)
{
    const char *between = "Needs: ";
    for (unsigned field = 0; field < TT_FIELD_COUNT; field++) {
        const char *need = need_of((enum tt_policy_field)field);
        bool used = false;
        for (size_t i = 0; need != NULL && i < clause->when.count; i++)
            used = used || clause->when.items[i].field == (enum tt_policy_field)field;
        if (!used)
            continue;
        add(lines, err, between);
        add(lines, err, need);
        between = "; ";
    }
    if (strcmp(between, "; ") == 0)
        add(lines, err, "\n");
}

static void add_place(struct tt_buf *lines, enum tt_err *err, const struct tt_claimed_place *place)
{
    if (place->kind == TT_PLACE_SHAPE)
        add(lines, err, place->name);
    else if (*err == TT_OK)
        *err = tt_buf_printf(lines, "%s (%.4g km around %.4f, %.4f)", place->name,
                             place->radius / 1000, place->city.latitude, place->city.longitude);
}

static void add_residency(struct tt_buf *lines, enum tt_err *err,
                          const struct tt_residency_entry *entry)
{
    add(lines, err, "Residency: ");
    add(lines, err, entry->service);
    add(lines, err, " (");
    add_words(lines, err, entry->hosts);
    add(lines, err, ") is in ");
    for (size_t i = 0; i < entry->place_count; i++) {
        if (i > 0)
            add(lines, err, i + 1 == entry->place_count ? " or " : ", ");
        add_place(lines, err, &entry->places[i]);
    }
    add(lines, err, "; needs a vantage point (--vantage) and times of handshakes.\n");
}

enum tt_err tt_policy_words(const struct tt_policy *policy, struct tt_buf *lines)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < policy->residency.count; i++)
        add_residency(lines, &err, &policy->residency.list[i]);
    add_requires(lines, &err, &policy->requires);
    add(lines, &err,
        policy->unread_decides
            ? "Unread bytes that a clause may be about leave it, and the test, undecided.\n"
            : "Unread bytes that a clause may be about leave it undecided; the test's verdict is "
              "about the bytes that were read.\n");
    return err;
}

enum tt_err tt_policy_clause_words(const struct tt_policy *policy, size_t at, struct tt_buf *lines)
{
    const struct tt_clause *clause = &policy->clauses[at];
    enum tt_err err = TT_OK;
    add(lines, &err, "When: ");
    add_conditions(lines, &err, &clause->when);
    add(lines, &err, "\n");
    if (clause->citation != NULL) {
        add(lines, &err, "Source: ");
        add(lines, &err, clause->citation);
        add(lines, &err, "\n");
    }
    add_needs(lines, &err, clause);
    add_requires(lines, &err, &clause->requires);
    for (size_t i = 0; i < clause->exception_count; i++) {
        add(lines, &err, "Except: ");
        add_conditions(lines, &err, &clause->exceptions[i].when);
        add(lines, &err, " (");
        add(lines, &err, clause->exceptions[i].reason);
        add(lines, &err, ")\n");
    }
    return err;
}
