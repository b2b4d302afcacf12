/* Policies from strangers: any text is a policy or a clear error, and a policy judges any finding.
 */
#include "judge/policy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const struct tt_policy *policy, unsigned mix)
{
    struct tt_finding finding = {.kind = "imei",
                                 .owner = "device",
                                 .form = "digits",
                                 .certainty = (enum tt_certainty)(mix % 2),
                                 .protocol = "http",
                                 .heading = (enum tt_heading)(mix % 4),
                                 .scope = (enum tt_addr_scope)(mix % 3),
                                 .host = mix % 5 == 0 ? NULL : "api.cloud.example",
                                 .country = mix % 7 == 0 ? NULL : "FI",
                                 .encryption = mix % 3 == 0 ? "none" : "tls1.2",
                                 .cipher = "TLS_RSA_WITH_NULL_SHA",
                                 .phase = "boxed",
                                 .consent = (enum tt_consent)(mix % 5)};
    const char **clauses = calloc(tt_policy_clause_count(policy), sizeof(*clauses));
    if (clauses == NULL)
        return;
    tt_policy_judge(policy, &finding, clauses);
    if (finding.verdict == TT_VERDICT_VIOLATION && finding.certainty == TT_SUSPECTED)
        abort();
    if (finding.clause_count > tt_policy_clause_count(policy) || finding.severity == NULL)
        abort();
    free(clauses);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_policy *policy = NULL;
    struct tt_error error = {0};
    enum tt_err result = tt_policy_parse(tt_span_of(data, size), "policy.yaml", &policy, &error);
    if ((result == TT_OK) != (policy != NULL) || (result != TT_OK && error.text[0] == '\0'))
        abort();
    if (result != TT_OK)
        return 0;
    for (unsigned mix = 0; mix < 32; mix++)
        judge(policy, mix);
    for (size_t i = 0; i < tt_policy_clause_count(policy); i++) {
        struct tt_clause_view view = tt_policy_clause(policy, i);
        if (view.id == NULL || view.text == NULL || view.severity == NULL)
            abort();
    }
    tt_policy_free(policy);
    return 0;
}
