#include "base/file.h"
#include "judge/default_policy.h"
#include "judge/policy_data.h"
#include "model/limits.h"
#include "model/subject.h"

#include <stdlib.h>

enum { ARENA_MAX = TT_POLICY_BYTES_MAX * 32 };

static const char *const field_names[] = {
#define FIELD_NAME(id, name) name,
    TT_POLICY_FIELDS(FIELD_NAME)
#undef FIELD_NAME
        "not",
};

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
static const char *const verdicts[] = {"allowed", "undecided", "violation"};

#define WORDS(array)                                                                               \
    (struct tt_words)                                                                              \
    {                                                                                              \
        .items = (array), .count = TT_ARRAY_LEN(array)                                             \
    }

/* A policy being read. */
struct reading {
    struct tt_fields fields;
    struct tt_policy *policy;
};

/* The words that a field may be compared with; none: any text, with stars. */
static struct tt_words words_of(enum tt_policy_field field)
{
    switch (field) {
    case TT_FIELD_KIND:
        return WORDS(kinds);
    case TT_FIELD_OWNER:
        return WORDS(owners);
    case TT_FIELD_CERTAINTY:
        return WORDS(certainties);
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
    case TT_FIELD_COUNTRY:
    case TT_FIELD_APP:
    case TT_FIELD_PHASE:
    case TT_FIELD_COUNT:
        break;
    }
    return (struct tt_words){0};
}

static bool is_country(struct tt_span text)
{
    if (text.len == 2)
        return tt_is_alpha(text.data[0]) && tt_is_alpha(text.data[1]);
    return tt_span_eq(text, tt_span_str("unknown"));
}

static enum tt_err check_value(const struct reading *reading, enum tt_policy_field field,
                               const struct tt_yaml_node *value)
{
    struct tt_words known = words_of(field);
    size_t at = 0;
    if (known.count > 0)
        return tt_field_word(&reading->fields, value, field_names[field], known, &at);
    if (field == TT_FIELD_COUNTRY && !is_country(value->text))
        return tt_yaml_error(reading->fields.doc, value, reading->fields.error,
                             "expected a country code of two letters (\"FI\"), or \"unknown\"");
    return TT_OK;
}

static enum tt_err read_condition(const struct reading *reading, const struct tt_yaml_node *node,
                                  bool unwanted, struct tt_clause *clause)
{
    size_t field = 0;
    while (strcmp(field_names[field], tt_yaml_text(node->key)) != 0)
        field++;
    struct tt_condition *condition = &clause->conditions[clause->condition_count++];
    *condition = (struct tt_condition){.field = (enum tt_policy_field)field, .unwanted = unwanted};
    enum tt_err result = tt_field_list(&reading->fields, node, &condition->values);
    for (const struct tt_yaml_node *value = tt_field_first(node); result == TT_OK && value != NULL;
         value = tt_field_next(node, value))
        result = check_value(reading, condition->field, value);
    return result;
}

/* The conditions of `when`, or of the `not` inside it. */
static enum tt_err read_block(const struct reading *reading, const struct tt_yaml_node *block,
                              bool unwanted, struct tt_clause *clause)
{
    enum tt_err result =
        tt_yaml_expect(reading->fields.doc, block, TT_YAML_MAP, reading->fields.error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(reading->fields.doc, block, field_names,
                                    unwanted ? TT_FIELD_COUNT : TT_ARRAY_LEN(field_names),
                                    reading->fields.error);
    for (const struct tt_yaml_node *node = block->first; result == TT_OK && node != NULL;
         node = node->next) {
        if (strcmp(tt_yaml_text(node->key), "not") != 0)
            result = read_condition(reading, node, unwanted, clause);
    }
    return result;
}

static enum tt_err read_when(const struct reading *reading, const struct tt_yaml_node *entry,
                             struct tt_clause *clause)
{
    const struct tt_yaml_node *when = tt_yaml_get(entry, "when");
    if (when == NULL)
        return TT_OK;
    const struct tt_yaml_node *unwanted = tt_yaml_get(when, "not");
    size_t room = when->count + (unwanted == NULL ? 0 : unwanted->count) + 1;
    clause->conditions = tt_arena_alloc(reading->fields.arena, room * sizeof(struct tt_condition));
    if (clause->conditions == NULL)
        return tt_error_set(reading->fields.error, TT_ERR_MEMORY, "no memory for the policy");
    enum tt_err result = read_block(reading, when, false, clause);
    if (result == TT_OK && unwanted != NULL)
        result = read_block(reading, unwanted, true, clause);
    return result;
}

static enum tt_err read_outcome(const struct reading *reading, const struct tt_yaml_node *entry,
                                struct tt_clause *clause)
{
    const struct tt_yaml_node *verdict = NULL;
    enum tt_err result = tt_field_need(&reading->fields, entry, "verdict", "a clause", &verdict);
    size_t at = 0;
    if (result == TT_OK)
        result = tt_field_word(&reading->fields, verdict, "verdict", WORDS(verdicts), &at);
    if (result != TT_OK)
        return result;
    static const size_t usual[] = {
        [TT_VERDICT_ALLOWED] = 0, [TT_VERDICT_UNDECIDED] = 2, [TT_VERDICT_VIOLATION] = 3};
    clause->verdict = (enum tt_verdict)at;
    clause->severity = usual[at];
    const struct tt_yaml_node *severity = tt_yaml_get(entry, "severity");
    if (severity == NULL)
        return TT_OK;
    return tt_field_word(&reading->fields, severity, "severity", WORDS(tt_severities),
                         &clause->severity);
}

static enum tt_err read_clause(const struct reading *reading, const struct tt_yaml_node *entry,
                               struct tt_clause *clause)
{
    static const char *const known[] = {"id", "text", "citation", "when", "verdict", "severity"};
    const struct tt_fields *fields = &reading->fields;
    enum tt_err result =
        tt_yaml_check_keys(fields->doc, entry, known, TT_ARRAY_LEN(known), fields->error);
    if (result == TT_OK)
        result = tt_field_need_text(fields, entry, "id", "a clause", &clause->id);
    if (result == TT_OK)
        result = tt_field_need_text(fields, entry, "text", "a clause", &clause->text);
    const struct tt_yaml_node *citation = tt_yaml_get(entry, "citation");
    if (result == TT_OK && citation != NULL)
        result = tt_yaml_expect(fields->doc, citation, TT_YAML_SCALAR, fields->error);
    if (result == TT_OK)
        result = read_when(reading, entry, clause);
    if (result == TT_OK)
        result = read_outcome(reading, entry, clause);
    for (size_t i = 0; result == TT_OK && i < reading->policy->clause_count; i++) {
        if (strcmp(reading->policy->clauses[i].id, clause->id) == 0)
            return tt_yaml_error(fields->doc, tt_yaml_get(entry, "id"), fields->error,
                                 "this id is taken by an earlier clause");
    }
    return result;
}

static enum tt_err read_policy(const struct reading *reading)
{
    static const char *const known[] = {"policy", "clauses"};
    const struct tt_fields *fields = &reading->fields;
    struct tt_policy *policy = reading->policy;
    const struct tt_yaml_node *root = tt_yaml_root(fields->doc);
    const struct tt_yaml_node *list = NULL;
    enum tt_err result = tt_yaml_expect(fields->doc, root, TT_YAML_MAP, fields->error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(fields->doc, root, known, TT_ARRAY_LEN(known), fields->error);
    if (result == TT_OK)
        result = tt_field_need_text(fields, root, "policy", "a policy file", &policy->name);
    if (result == TT_OK)
        result = tt_field_maps(fields, root, "clauses", TT_CLAUSES_MAX, &list);
    if (result != TT_OK)
        return result;
    if (list == NULL || list->count == 0)
        return tt_yaml_error(fields->doc, list == NULL ? root : list, fields->error,
                             "a policy needs \"clauses\", at least one");
    policy->clauses = tt_arena_alloc(fields->arena, list->count * sizeof(struct tt_clause));
    if (policy->clauses == NULL)
        return tt_error_set(fields->error, TT_ERR_MEMORY, "no memory for the policy");
    for (const struct tt_yaml_node *entry = list->first; result == TT_OK && entry != NULL;
         entry = entry->next) {
        result = read_clause(reading, entry, &policy->clauses[policy->clause_count]);
        if (result == TT_OK)
            policy->clause_count++;
    }
    return result;
}

enum tt_err tt_policy_parse(struct tt_span text, const char *name, struct tt_policy **ret_policy,
                            struct tt_error *error)
{
    const struct tt_yaml_config config = {
        .name = name, .nodes_max = TT_POLICY_NODES_MAX, .depth_max = TT_YAML_DEPTH_MAX};
    struct tt_yaml *doc = NULL;
    enum tt_err result = tt_yaml_parse(text, &config, &doc, error);
    if (result != TT_OK)
        return result;
    struct tt_policy *policy = calloc(1, sizeof(*policy));
    if (policy == NULL) {
        result = tt_error_set(error, TT_ERR_MEMORY, "no memory for the policy");
        goto out;
    }
    policy->arena = tt_arena_make(ARENA_MAX);
    const struct reading reading = {.fields = {.doc = doc, .arena = &policy->arena, .error = error},
                                    .policy = policy};
    result = read_policy(&reading);
    if (result != TT_OK)
        goto out;
    *ret_policy = policy;
    policy = NULL;
out:
    tt_policy_free(policy);
    tt_yaml_free(doc);
    return result;
}

enum tt_err tt_policy_load(const char *path, struct tt_policy **ret_policy, struct tt_error *error)
{
    if (path == NULL)
        return tt_policy_parse(tt_policy_default_text(), "default policy", ret_policy, error);
    struct tt_buf text = {0};
    enum tt_err result = tt_file_read(path, TT_POLICY_BYTES_MAX, &text, error);
    if (result == TT_OK)
        result = tt_policy_parse(tt_buf_span(&text), path, ret_policy, error);
    tt_buf_free(&text);
    return result;
}

struct tt_span tt_policy_default_text(void)
{
    return tt_span_of(default_policy, sizeof(default_policy));
}
