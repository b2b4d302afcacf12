#include "judge/policy_data.h"
#include "model/limits.h"
#include "model/subject.h"

static const char *const field_names[] = {
#define FIELD_NAME(id, name) name,
    TT_POLICY_FIELDS(FIELD_NAME)
#undef FIELD_NAME
        "certainty", /* the older name of "proof" */
    "not",
};
enum { CERTAINTY = TT_FIELD_COUNT, FIELD_NAMES_OF_NOT };

const char *tt_policy_field_name(enum tt_policy_field field)
{
    return field_names[field];
}

static const char *const kinds[] = {
#define KIND_NAME(id, name, title) name,
    TT_KINDS(KIND_NAME)
#undef KIND_NAME
};
static const char *const owners[] = {"device", "contact", "message"};
static const char *const certainties[] = {"suspected", "proven"};
static const char *const directions[] = {"sent", "received", "between", "unknown"};
static const char *const scopes[] = {"link", "private", "internet"};
static const char *const encryptions[] = {"none",    "ssl2",    "ssl3",    "tls",
                                          "tls1.0",  "tls1.1",  "tls1.2",  "tls1.3",
                                          "dtls1.0", "dtls1.2", "dtls1.3", "quic"};
static const char *const consents[] = {"given", "not_given", "withdrawn", "not_required",
                                       "unknown"};
static const char *const parties[] = {"first", "third", "unknown"};
static const char *const verdicts[] = {"allowed", "undecided", "violation"};

#define WORDS(array)                                                                               \
    (struct tt_words)                                                                              \
    {                                                                                              \
        .items = (array), .count = TT_ARRAY_LEN(array)                                             \
    }

/* A clause being read. */
struct reading {
    const struct tt_fields *fields;
    const struct tt_policy *policy;
};

/* The words that a field may be compared with; none: any text, with stars. */
static struct tt_words words_of(enum tt_policy_field field)
{
    switch (field) {
    case TT_FIELD_KIND:
        return WORDS(kinds);
    case TT_FIELD_OWNER:
        return WORDS(owners);
    case TT_FIELD_PROOF:
        return WORDS(certainties);
    case TT_FIELD_PARTY:
        return WORDS(parties);
    case TT_FIELD_DIRECTION:
        return WORDS(directions);
    case TT_FIELD_SCOPE:
        return WORDS(scopes);
    case TT_FIELD_ENCRYPTION:
        return WORDS(encryptions);
    case TT_FIELD_CONSENT:
        return WORDS(consents);
    case TT_FIELD_FORM:
    case TT_FIELD_PROTOCOL:
    case TT_FIELD_HOST:
    case TT_FIELD_DOMAIN:
    case TT_FIELD_ORGANISATION:
    case TT_FIELD_COUNTRY:
    case TT_FIELD_APP:
    case TT_FIELD_PHASE:
    case TT_FIELD_PURPOSE:
    case TT_FIELD_COUNT:
        break;
    }
    return (struct tt_words){0};
}

/* Codes that ISO 3166-1 leaves to its users, of which databases use but XK, for Kosovo. */
static bool is_user_assigned(uint8_t first, uint8_t second)
{
    return (first == 'a' && second == 'a') || (first == 'q' && second >= 'm') ||
           (first == 'x' && second != 'k') || (first == 'z' && second == 'z');
}

static bool is_country(struct tt_span text)
{
    if (text.len != 2)
        return tt_span_eq(text, tt_span_str("unknown"));
    return tt_is_alpha(text.data[0]) && tt_is_alpha(text.data[1]) && !tt_span_is(text, "uk") &&
           !tt_span_is(text, "eu") &&
           !is_user_assigned(tt_lower(text.data[0]), tt_lower(text.data[1]));
}

static enum tt_err check_value(const struct reading *reading, enum tt_policy_field field,
                               const struct tt_yaml_node *value)
{
    struct tt_words known = words_of(field);
    size_t at = 0;
    if (known.count > 0)
        return tt_field_word(reading->fields, value, field_names[field], known, &at);
    if (field == TT_FIELD_COUNTRY && !is_country(value->text))
        return tt_yaml_error(
            reading->fields->doc, value, reading->fields->error,
            "expected two letters, a country code of ISO 3166-1 (\"FI\"; the United Kingdom is "
            "\"GB\"; of the EU name the members), or \"unknown\"");
    return TT_OK;
}

static enum tt_err read_condition(const struct reading *reading, const struct tt_yaml_node *node,
                                  bool unwanted, struct tt_conditions *conditions)
{
    size_t field = 0;
    while (strcmp(field_names[field], tt_yaml_text(node->key)) != 0)
        field++;
    if (field == CERTAINTY)
        field = TT_FIELD_PROOF;
    if (field == TT_FIELD_PARTY && !reading->policy->has_parties)
        return tt_yaml_error(reading->fields->doc, node->key, reading->fields->error,
                             "\"party\" needs a block \"parties\" in this policy, which names "
                             "the hosts of the first party");
    struct tt_condition *condition = &conditions->items[conditions->count++];
    *condition = (struct tt_condition){.field = (enum tt_policy_field)field, .unwanted = unwanted};
    enum tt_err result = tt_field_list(reading->fields, node, &condition->values);
    for (const struct tt_yaml_node *value = tt_field_first(node); result == TT_OK && value != NULL;
         value = tt_field_next(node, value))
        result = check_value(reading, condition->field, value);
    return result;
}

/* The conditions of `when`, or of the `not` inside it. */
static enum tt_err read_block(const struct reading *reading, const struct tt_yaml_node *block,
                              bool unwanted, struct tt_conditions *conditions)
{
    const struct tt_fields *fields = reading->fields;
    enum tt_err result = tt_yaml_expect(fields->doc, block, TT_YAML_MAP, fields->error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(fields->doc, block, field_names,
                                    unwanted ? FIELD_NAMES_OF_NOT : TT_ARRAY_LEN(field_names),
                                    fields->error);
    for (const struct tt_yaml_node *node = block->first; result == TT_OK && node != NULL;
         node = node->next) {
        if (strcmp(tt_yaml_text(node->key), "not") != 0)
            result = read_condition(reading, node, unwanted, conditions);
    }
    return result;
}

/* `when` may be NULL: no conditions. */
static enum tt_err read_when(const struct reading *reading, const struct tt_yaml_node *when,
                             struct tt_conditions *conditions)
{
    *conditions = (struct tt_conditions){0};
    if (when == NULL)
        return TT_OK;
    const struct tt_yaml_node *unwanted = tt_yaml_get(when, "not");
    size_t room = when->count + (unwanted == NULL ? 0 : unwanted->count) + 1;
    conditions->items = tt_arena_alloc(reading->fields->arena, room * sizeof(struct tt_condition));
    if (conditions->items == NULL)
        return tt_error_set(reading->fields->error, TT_ERR_MEMORY, "no memory for the policy");
    enum tt_err result = read_block(reading, when, false, conditions);
    if (result == TT_OK && unwanted != NULL)
        result = read_block(reading, unwanted, true, conditions);
    return result;
}

static enum tt_err read_exception(const struct reading *reading, const struct tt_yaml_node *entry,
                                  struct tt_exception *exception)
{
    static const char *const known[] = {"reason", "when"};
    const struct tt_fields *fields = reading->fields;
    const struct tt_yaml_node *when = NULL;
    enum tt_err result =
        tt_yaml_check_keys(fields->doc, entry, known, TT_ARRAY_LEN(known), fields->error);
    if (result == TT_OK)
        result = tt_field_need_text(fields, entry, "reason", "an exception", &exception->reason);
    if (result == TT_OK)
        result = tt_field_need(fields, entry, "when", "an exception", &when);
    if (result == TT_OK)
        result = read_when(reading, when, &exception->when);
    if (result == TT_OK && exception->when.count == 0)
        result = tt_yaml_error(fields->doc, when, fields->error,
                               "an exception needs a condition: without one nothing is left of "
                               "the clause");
    return result;
}

static enum tt_err read_exceptions(const struct reading *reading, const struct tt_yaml_node *entry,
                                   struct tt_clause *clause)
{
    const struct tt_yaml_node *list = NULL;
    enum tt_err result =
        tt_field_maps(reading->fields, entry, "exceptions", TT_EXCEPTIONS_MAX, &list);
    if (result != TT_OK || list == NULL)
        return result;
    clause->exceptions =
        tt_arena_alloc(reading->fields->arena, (list->count + 1) * sizeof(struct tt_exception));
    if (clause->exceptions == NULL)
        return tt_error_set(reading->fields->error, TT_ERR_MEMORY, "no memory for the policy");
    for (const struct tt_yaml_node *item = list->first; result == TT_OK && item != NULL;
         item = item->next) {
        result = read_exception(reading, item, &clause->exceptions[clause->exception_count]);
        clause->exception_count += result == TT_OK;
    }
    return result;
}

static enum tt_err read_outcome(const struct reading *reading, const struct tt_yaml_node *entry,
                                struct tt_clause *clause)
{
    const struct tt_yaml_node *verdict = NULL;
    enum tt_err result = tt_field_need(reading->fields, entry, "verdict", "a clause", &verdict);
    size_t at = 0;
    if (result == TT_OK)
        result = tt_field_word(reading->fields, verdict, "verdict", WORDS(verdicts), &at);
    if (result != TT_OK)
        return result;
    static const size_t usual[] = {
        [TT_VERDICT_ALLOWED] = 0, [TT_VERDICT_UNDECIDED] = 2, [TT_VERDICT_VIOLATION] = 3};
    clause->verdict = (enum tt_verdict)at;
    clause->severity = usual[at];
    const struct tt_yaml_node *severity = tt_yaml_get(entry, "severity");
    if (severity == NULL)
        return TT_OK;
    return tt_field_word(reading->fields, severity, "severity", WORDS(tt_severities),
                         &clause->severity);
}

enum tt_err tt_clause_read(const struct tt_fields *fields, const struct tt_policy *policy,
                           const struct tt_yaml_node *entry, struct tt_clause *clause)
{
    static const char *const known[] = {"id",      "text",     "citation",   "when",
                                        "verdict", "severity", "exceptions", "requires"};
    const struct reading reading = {.fields = fields, .policy = policy};
    *clause = (struct tt_clause){0};
    enum tt_err result =
        tt_yaml_check_keys(fields->doc, entry, known, TT_ARRAY_LEN(known), fields->error);
    if (result == TT_OK)
        result = tt_field_need_text(fields, entry, "id", "a clause", &clause->id);
    if (result == TT_OK)
        result = tt_field_need_text(fields, entry, "text", "a clause", &clause->text);
    const struct tt_yaml_node *citation = tt_yaml_get(entry, "citation");
    if (result == TT_OK && citation != NULL)
        result = tt_field_text(fields, citation, &clause->citation);
    if (result == TT_OK)
        result = read_when(&reading, tt_yaml_get(entry, "when"), &clause->when);
    if (result == TT_OK)
        result = read_outcome(&reading, entry, clause);
    if (result == TT_OK)
        result = read_exceptions(&reading, entry, clause);
    if (result == TT_OK)
        result = tt_requires_read(fields, tt_yaml_get(entry, "requires"), &clause->requires);
    for (size_t i = 0; result == TT_OK && i < policy->clause_count; i++) {
        if (strcmp(policy->clauses[i].id, clause->id) == 0)
            return tt_yaml_error(fields->doc, tt_yaml_get(entry, "id"), fields->error,
                                 "this id is taken by an earlier clause");
    }
    return result;
}
