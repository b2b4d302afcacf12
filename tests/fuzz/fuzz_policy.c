/* Policies from strangers: any text is a policy or a clear error, and a policy judges any finding
 * and any test. */
#include "judge/outcome.h"
#include "judge/parties.h"
#include "model/subject.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tt_identifier identifiers[] = {{.kind = TT_KIND_IMEI}};
static const struct tt_subject subject = {.identifiers = identifiers, .identifier_count = 1};

static struct tt_finding finding_of(const struct tt_policy *policy, unsigned mix)
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
    finding.domain = tt_host_domain(finding.host);
    finding.party = tt_party_of(policy, finding.host, finding.address);
    finding.organisation = tt_organisation_of(policy, finding.host, finding.address, NULL, NULL);
    return finding;
}

static void judge(const struct tt_policy *policy, struct tt_outcomes *outcomes, unsigned mix)
{
    struct tt_finding finding = finding_of(policy, mix);
    const char **clauses = calloc(tt_policy_clause_count(policy), sizeof(*clauses));
    if (clauses == NULL)
        return;
    tt_policy_judge(policy, &finding, clauses);
    if (finding.verdict == TT_VERDICT_VIOLATION && finding.certainty == TT_SUSPECTED)
        abort();
    if (finding.clause_count > tt_policy_clause_count(policy) || finding.severity == NULL)
        abort();
    tt_outcomes_finding(outcomes, &finding);
    free(clauses);
}

static void send(struct tt_outcomes *outcomes, unsigned mix)
{
    struct tt_unread unread = {.heading = (enum tt_heading)(mix % 4),
                               .scope = (enum tt_addr_scope)(mix % 3),
                               .host = mix % 5 == 0 ? NULL : "api.cloud.example",
                               .protocol = "tls"};
    uint64_t bytes[TT_BUCKET_COUNT] = {0};
    bytes[mix % TT_BUCKET_COUNT] = mix;
    tt_outcomes_bytes(outcomes, &unread, (struct tt_addr){0}, NULL, NULL, mix, 2 * mix, bytes);
}

/* Whatever is undecided says why, and a permission is nothing else. */
static enum tt_err check(void *context, const struct tt_case_clause *clause)
{
    (void)context;
    bool undecided = strcmp(clause->outcome, "undecided") == 0;
    bool holds = strcmp(clause->outcome, "holds") == 0;
    if ((undecided && clause->missing[0] == '\0') || (holds && clause->missing[0] != '\0'))
        abort();
    if ((strcmp(clause->outcome, "permits") == 0) != (strcmp(clause->verdict, "allowed") == 0))
        abort();
    return TT_OK;
}

static void test(const struct tt_policy *policy, bool findings, bool bytes)
{
    const struct tt_outcomes_config config = {.policy = policy, .subject = &subject};
    struct tt_outcomes *outcomes = tt_outcomes_new(&config);
    if (outcomes == NULL)
        return;
    enum tt_verdict verdict = TT_VERDICT_ALLOWED;
    for (unsigned mix = 0; mix < 32; mix++) {
        if (findings)
            judge(policy, outcomes, mix);
        if (bytes)
            send(outcomes, mix);
    }
    if (tt_outcomes_tell(outcomes, check, NULL, &verdict) != TT_OK)
        abort();
    tt_outcomes_free(outcomes);
}

static void say(const struct tt_policy *policy)
{
    struct tt_buf lines = tt_buf_make(1 << 20);
    if (tt_policy_name(policy) == NULL || tt_policy_words(policy, &lines) != TT_OK)
        abort();
    for (size_t i = 0; i < tt_policy_clause_count(policy); i++) {
        struct tt_clause_view view = tt_policy_clause(policy, i);
        if (view.id == NULL || view.text == NULL || view.severity == NULL)
            abort();
        tt_buf_clear(&lines);
        enum tt_err err = tt_policy_clause_words(policy, i, &lines);
        if (err != TT_OK && err != TT_ERR_LIMIT)
            abort();
    }
    tt_buf_free(&lines);
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
    test(policy, true, false);
    test(policy, false, true);
    test(policy, true, true);
    test(policy, false, false);
    say(policy);
    tt_policy_free(policy);
    return 0;
}
