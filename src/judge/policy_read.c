#include "base/file.h"
#include "judge/policy_builtin.h"
#include "judge/policy_data.h"
#include "model/limits.h"

#include <stdlib.h>

enum { ARENA_MAX = TT_POLICY_BYTES_MAX * 32, BUILTINS_MAX = 32 };

/* A policy being read. */
struct reading {
    struct tt_fields fields;
    struct tt_policy *policy;
};

static enum tt_err no_memory(const struct reading *reading)
{
    return tt_error_set(reading->fields.error, TT_ERR_MEMORY, "no memory for the policy");
}

static enum tt_err read_parties(const struct reading *reading, const struct tt_yaml_node *node)
{
    static const char *const known[] = {"first", "third"};
    const struct tt_fields *fields = &reading->fields;
    struct tt_policy *policy = reading->policy;
    if (node == NULL)
        return TT_OK;
    const struct tt_yaml_node *first = NULL;
    enum tt_err result = tt_yaml_expect(fields->doc, node, TT_YAML_MAP, fields->error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(fields->doc, node, known, TT_ARRAY_LEN(known), fields->error);
    if (result == TT_OK)
        result = tt_field_need(fields, node, "first", "\"parties\"", &first);
    if (result == TT_OK)
        result = tt_field_list(fields, first, &policy->first);
    const struct tt_yaml_node *third = tt_yaml_get(node, "third");
    if (result == TT_OK && third != NULL)
        result = tt_field_list(fields, third, &policy->third);
    policy->has_parties = result == TT_OK;
    return result;
}

static enum tt_err read_organisations(const struct reading *reading,
                                      const struct tt_yaml_node *node)
{
    const struct tt_fields *fields = &reading->fields;
    struct tt_policy *policy = reading->policy;
    if (node == NULL)
        return TT_OK;
    enum tt_err result = tt_yaml_expect(fields->doc, node, TT_YAML_MAP, fields->error);
    if (result != TT_OK)
        return result;
    if (node->count > TT_POLICY_NAMES_MAX)
        return tt_yaml_error(fields->doc, node, fields->error,
                             "\"organisations\" has more than %d entries",
                             (int)TT_POLICY_NAMES_MAX);
    policy->organisations =
        tt_arena_alloc(fields->arena, (node->count + 1) * sizeof(struct tt_named_hosts));
    if (policy->organisations == NULL)
        return no_memory(reading);
    for (const struct tt_yaml_node *entry = node->first; result == TT_OK && entry != NULL;
         entry = entry->next) {
        struct tt_named_hosts *named = &policy->organisations[policy->organisation_count];
        result = tt_field_text(fields, entry->key, &named->name);
        if (result == TT_OK)
            result = tt_field_list(fields, entry, &named->hosts);
        policy->organisation_count += result == TT_OK;
    }
    return result;
}

static enum tt_err read_unread(const struct reading *reading, const struct tt_yaml_node *node)
{
    static const char *const words[] = {"reported", "undecided"};
    const struct tt_words known = {.items = words, .count = TT_ARRAY_LEN(words)};
    size_t at = 1;
    enum tt_err result = TT_OK;
    if (node != NULL)
        result = tt_field_word(&reading->fields, node, "unread", known, &at);
    if (result == TT_OK)
        reading->policy->unread_decides = at == 1;
    return result;
}

/* Everything that stands beside the clauses, which may refer to it. */
static enum tt_err read_frame(const struct reading *reading, const struct tt_yaml_node *root)
{
    const struct tt_fields *fields = &reading->fields;
    struct tt_policy *policy = reading->policy;
    enum tt_err result = tt_field_need_text(fields, root, "policy", "a policy file", &policy->name);
    const struct tt_yaml_node *text = tt_yaml_get(root, "text");
    if (result == TT_OK && text != NULL)
        result = tt_field_text(fields, text, &policy->text);
    if (result == TT_OK)
        result = read_unread(reading, tt_yaml_get(root, "unread"));
    if (result == TT_OK)
        result = tt_requires_read(fields, tt_yaml_get(root, "requires"), &policy->requires);
    if (result == TT_OK)
        result = read_parties(reading, tt_yaml_get(root, "parties"));
    if (result == TT_OK)
        result = read_organisations(reading, tt_yaml_get(root, "organisations"));
    return result;
}

static enum tt_err read_clauses(const struct reading *reading, const struct tt_yaml_node *root)
{
    const struct tt_fields *fields = &reading->fields;
    struct tt_policy *policy = reading->policy;
    const struct tt_yaml_node *list = NULL;
    enum tt_err result = tt_field_maps(fields, root, "clauses", TT_CLAUSES_MAX, &list);
    if (result != TT_OK)
        return result;
    if (list == NULL || list->count == 0)
        return tt_yaml_error(fields->doc, list == NULL ? root : list, fields->error,
                             "a policy needs \"clauses\", at least one");
    policy->clauses = tt_arena_alloc(fields->arena, list->count * sizeof(struct tt_clause));
    if (policy->clauses == NULL)
        return no_memory(reading);
    for (const struct tt_yaml_node *entry = list->first; result == TT_OK && entry != NULL;
         entry = entry->next) {
        result = tt_clause_read(fields, policy, entry, &policy->clauses[policy->clause_count]);
        policy->clause_count += result == TT_OK;
    }
    return result;
}

static enum tt_err read_policy(const struct reading *reading)
{
    static const char *const known[] = {"policy",  "text",          "unread",    "requires",
                                        "parties", "organisations", "residency", "clauses"};
    const struct tt_fields *fields = &reading->fields;
    const struct tt_yaml_node *root = tt_yaml_root(fields->doc);
    enum tt_err result = tt_yaml_expect(fields->doc, root, TT_YAML_MAP, fields->error);
    if (result == TT_OK)
        result = tt_yaml_check_keys(fields->doc, root, known, TT_ARRAY_LEN(known), fields->error);
    if (result == TT_OK)
        result = read_frame(reading, root);
    if (result == TT_OK)
        result =
            tt_residency_read(fields, tt_yaml_get(root, "residency"), &reading->policy->residency);
    if (result == TT_OK)
        result = read_clauses(reading, root);
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

/* A path that cannot be read may be a built-in policy's name with a slip. */
static enum tt_err explain_absent(const char *path, enum tt_err err, struct tt_error *error)
{
    const char *names[BUILTINS_MAX];
    size_t count = 0;
    const struct tt_builtin_policy *builtin = NULL;
    while (count < BUILTINS_MAX && (builtin = tt_policy_builtin_at(count)) != NULL)
        names[count++] = builtin->name;
    const char *near = tt_yaml_suggest(tt_span_str(path), names, count);
    if (near == NULL || error == NULL)
        return err;
    *error = (struct tt_error){.code = TT_OK};
    return tt_error_set(error, err, "there is no policy file \"%s\"; did you mean \"%s\"?", path,
                        near);
}

enum tt_err tt_policy_load(const char *path, struct tt_policy **ret_policy, struct tt_error *error)
{
    const struct tt_builtin_policy *builtin =
        tt_policy_builtin_find(path == NULL ? "default" : path);
    if (builtin != NULL)
        return tt_policy_parse(builtin->text, builtin->name, ret_policy, error);
    struct tt_buf text = {0};
    enum tt_err result = tt_file_read(path, TT_POLICY_BYTES_MAX, &text, error);
    if (result == TT_OK)
        result = tt_policy_parse(tt_buf_span(&text), path, ret_policy, error);
    else
        result = explain_absent(path, result, error);
    tt_buf_free(&text);
    return result;
}
