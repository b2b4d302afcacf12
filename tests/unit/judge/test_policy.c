#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/policy.h"
#include "judge/policy_builtin.h"
#include "judge/policy_data.h"
#include "model/limits.h"
#include "support/flush.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct tt_policy *good(const char *text)
{
    struct flush copy = flush_make(tt_span_str(text));
    struct tt_policy *policy = NULL;
    struct tt_error error = {0};
    if (tt_policy_parse(copy.span, "p.yaml", &policy, &error) != TT_OK)
        fail_msg("%s", error.text);
    flush_free(&copy);
    return policy;
}

static void refused(const char *text, const char *place, const char *said)
{
    struct flush copy = flush_make(tt_span_str(text));
    struct tt_policy *policy = NULL;
    struct tt_error error = {0};
    enum tt_err result = tt_policy_parse(copy.span, "p.yaml", &policy, &error);
    if (result != TT_ERR_FORMAT || strstr(error.text, place) == NULL ||
        strstr(error.text, said) == NULL || strchr(error.text, '^') == NULL)
        fail_msg("%s: %s\nfor:\n%s", tt_err_name(result), error.text, text);
    assert_null(policy);
    flush_free(&copy);
}

/* What the device sent in clear text to the internet without consent. */
static struct tt_finding leak(void)
{
    return (struct tt_finding){.kind = "imei",
                               .owner = "device",
                               .form = "digits",
                               .certainty = TT_PROVEN,
                               .protocol = "http",
                               .heading = TT_HEADING_SENT,
                               .scope = TT_ADDR_SCOPE_INTERNET,
                               .host = "api.cloud.example",
                               .domain = "cloud.example",
                               .organisation = "Example Cloud",
                               .purpose = "cloud sync",
                               .country = "CN",
                               .app = "com.example.cloud",
                               .encryption = "none",
                               .phase = "boxed",
                               .consent = TT_CONSENT_NOT_GIVEN};
}

static void judged(const struct tt_policy *policy, struct tt_finding finding,
                   enum tt_verdict verdict, const char *severity, const char *clauses)
{
    const char *ids[64];
    char all[512] = "";
    assert_true(tt_policy_clause_count(policy) <= 64);
    tt_policy_judge(policy, &finding, ids);
    for (size_t i = 0; i < finding.clause_count; i++) {
        (void)strncat(all, i == 0 ? "" : " ", sizeof(all) - strlen(all) - 1);
        (void)strncat(all, finding.clauses[i], sizeof(all) - strlen(all) - 1);
    }
    assert_string_equal(tt_verdict_name(finding.verdict), tt_verdict_name(verdict));
    assert_string_equal(finding.severity, severity);
    assert_string_equal(all, clauses);
}

static struct tt_policy *default_policy(void)
{
    struct tt_policy *policy = NULL;
    struct tt_error error = {0};
    if (tt_policy_load(NULL, &policy, &error) != TT_OK)
        fail_msg("%s", error.text);
    return policy;
}

static void the_default_judges_consent(void **state)
{
    (void)state;
    struct tt_policy *policy = default_policy();
    struct tt_finding f = leak();
    f.encryption = "tls1.3";
    judged(policy, f, TT_VERDICT_VIOLATION, "high", "no-consent");
    f.consent = TT_CONSENT_WITHDRAWN;
    judged(policy, f, TT_VERDICT_VIOLATION, "high", "no-consent");
    f.consent = TT_CONSENT_UNKNOWN;
    judged(policy, f, TT_VERDICT_UNDECIDED, "medium", "consent-unknown");
    f.consent = TT_CONSENT_GIVEN;
    judged(policy, f, TT_VERDICT_ALLOWED, "info", "agreed");
    f.consent = TT_CONSENT_NOT_REQUIRED;
    judged(policy, f, TT_VERDICT_ALLOWED, "info", "agreed");
    tt_policy_free(policy);
}

static void the_default_judges_the_wire(void **state)
{
    (void)state;
    struct tt_policy *policy = default_policy();
    struct tt_finding f = leak();
    judged(policy, f, TT_VERDICT_VIOLATION, "high", "clear-text no-consent");
    f.consent = TT_CONSENT_GIVEN;
    judged(policy, f, TT_VERDICT_VIOLATION, "high", "clear-text");
    f.consent = TT_CONSENT_UNKNOWN;
    judged(policy, f, TT_VERDICT_VIOLATION, "high", "clear-text");
    f.consent = TT_CONSENT_GIVEN;
    f.encryption = "tls1.2";
    f.cipher = "TLS_RSA_WITH_NULL_SHA256";
    judged(policy, f, TT_VERDICT_VIOLATION, "high", "clear-text");
    f.cipher = "TLS_RSA_WITH_AES_128_CBC_SHA";
    judged(policy, f, TT_VERDICT_ALLOWED, "info", "agreed");
    tt_policy_free(policy);
}

static void what_many_share_weighs_less(void **state)
{
    (void)state;
    struct tt_policy *policy = default_policy();
    static const char *const kinds[] = {"device_model", "carrier", "installed_app"};
    for (size_t i = 0; i < 3; i++) {
        struct tt_finding f = leak();
        f.kind = kinds[i];
        judged(policy, f, TT_VERDICT_VIOLATION, "low", "clear-text-common no-consent-common");
    }
    tt_policy_free(policy);
}

static void the_default_lists_the_rest(void **state)
{
    (void)state;
    struct tt_policy *policy = default_policy();
    struct tt_finding f = leak();
    f.scope = TT_ADDR_SCOPE_PRIVATE;
    judged(policy, f, TT_VERDICT_ALLOWED, "info", "told-locally");
    f.scope = TT_ADDR_SCOPE_LINK;
    judged(policy, f, TT_VERDICT_ALLOWED, "info", "told-locally");
    f = leak();
    f.heading = TT_HEADING_RECEIVED;
    judged(policy, f, TT_VERDICT_ALLOWED, "info", "not-from-the-device");
    f.heading = TT_HEADING_BETWEEN;
    judged(policy, f, TT_VERDICT_ALLOWED, "info", "not-from-the-device");
    f.heading = TT_HEADING_UNKNOWN;
    judged(policy, f, TT_VERDICT_UNDECIDED, "medium", "side-unknown");
    tt_policy_free(policy);
}

/* Every combination of what the default looks at is covered by a clause. */
static void the_default_has_a_word_for_everything(void **state)
{
    (void)state;
    struct tt_policy *policy = default_policy();
    for (int i = 0; i < 4 * 3 * 5 * 2 * 2; i++) {
        struct tt_finding f = leak();
        f.heading = (enum tt_heading)(i % 4);
        f.scope = (enum tt_addr_scope)(i / 4 % 3);
        f.consent = (enum tt_consent)(i / 12 % 5);
        f.encryption = i / 60 % 2 == 0 ? "none" : "quic";
        f.kind = i / 120 % 2 == 0 ? "email" : "carrier";
        const char *ids[64];
        tt_policy_judge(policy, &f, ids);
        assert_true(f.clause_count > 0);
    }
    tt_policy_free(policy);
}

static void luck_never_accuses(void **state)
{
    (void)state;
    struct tt_policy *policy = default_policy();
    struct tt_finding f = leak();
    f.certainty = TT_SUSPECTED;
    judged(policy, f, TT_VERDICT_UNDECIDED, "high", "clear-text no-consent");
    tt_policy_free(policy);
    policy = good("policy: strict\nclauses: [{id: a, text: t, verdict: violation}]\n");
    judged(policy, f, TT_VERDICT_UNDECIDED, "high", "a");
    tt_policy_free(policy);
}

#define ONE(when)                                                                                  \
    "policy: p\nclauses:\n  - {id: a, text: t, verdict: violation, when: {" when "}}\n"

static void fits(const char *text, struct tt_finding finding, bool wanted)
{
    struct tt_policy *policy = good(text);
    const char *ids[1];
    tt_policy_judge(policy, &finding, ids);
    if ((finding.clause_count == 1) != wanted)
        fail_msg("%s for:\n%s", wanted ? "does not fit" : "fits", text);
    if (!wanted) {
        /* No word about it: allowed. */
        assert_int_equal(finding.verdict, TT_VERDICT_ALLOWED);
        assert_string_equal(finding.severity, "info");
    }
    tt_policy_free(policy);
}

static void every_field_is_compared(void **state)
{
    (void)state;
    static const struct {
        const char *yes;
        const char *no;
    } fields[] = {
        {ONE("kind: imei"), ONE("kind: imsi")},
        {ONE("kind: [imsi, imei]"), ONE("kind: [imsi, email]")},
        {ONE("owner: device"), ONE("owner: contact")},
        {ONE("form: dig*"), ONE("form: raw")},
        {ONE("certainty: proven"), ONE("certainty: suspected")},
        {ONE("protocol: http"), ONE("protocol: dns")},
        {ONE("direction: sent"), ONE("direction: received")},
        {ONE("scope: internet"), ONE("scope: [link, private]")},
        {ONE("host: '*.cloud.example'"), ONE("host: cloud.example")},
        {ONE("country: [fi, cn]"), ONE("country: FI")},
        {ONE("app: com.example.*"), ONE("app: org.*")},
        {ONE("encryption: none"), ONE("encryption: [tls1.2, tls1.3, quic]")},
        {ONE("phase: boxed"), ONE("phase: cloud on")},
        {ONE("consent: [withdrawn, not_given]"), ONE("consent: given")},
        {ONE("kind: imei, host: api.cloud.example"), ONE("kind: imei, host: other.example")},
        {ONE("kind: imei, not: {country: FI}"), ONE("kind: imei, not: {country: CN}")},
        {ONE("proof: proven"), ONE("proof: suspected")},
        {ONE("domain: cloud.example"), ONE("domain: other.example")},
        {ONE("organisation: Example*"), ONE("organisation: Other")},
        {ONE("purpose: cloud sync"), ONE("purpose: none")},
        {ONE("not: {kind: email, country: FI}"), ONE("not: {kind: email, country: CN}")},
        {ONE(""), ONE("not: {encryption: none}")},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(fields); i++) {
        fits(fields[i].yes, leak(), true);
        fits(fields[i].no, leak(), false);
    }
}

#define PARTY(when)                                                                                \
    "policy: p\nparties: {first: cloud.example}\nclauses:\n"                                       \
    "  - {id: a, text: t, verdict: violation, when: {" when "}}\n"

static void parties_are_compared(void **state)
{
    (void)state;
    struct tt_finding f = leak();
    fits(PARTY("party: unknown"), f, true);
    fits(PARTY("party: third"), f, false);
    f.party = TT_PARTY_FIRST;
    fits(PARTY("party: first"), f, true);
    fits(PARTY("not: {party: third}"), f, true);
    f.party = TT_PARTY_THIRD;
    fits(PARTY("party: [third, unknown]"), f, true);
    fits(PARTY("party: first"), f, false);
    /* With consent information, a finding that no purpose covers has none. */
    f.purpose = NULL;
    fits(ONE("purpose: none"), f, true);
    f.consent = TT_CONSENT_UNKNOWN;
    fits(ONE("purpose: unknown"), f, true);
}

static void unknown_values(void **state)
{
    (void)state;
    struct tt_finding f = leak();
    f.host = NULL;
    f.country = NULL;
    f.app = NULL;
    f.phase = NULL;
    fits(ONE("host: '*.example'"), f, false);
    fits(ONE("country: CN"), f, false);
    fits(ONE("country: [CN, unknown]"), f, true);
    fits(ONE("phase: unknown, app: unknown, host: unknown"), f, true);
    fits(ONE("not: {country: FI}"), f, true);
    fits(ONE("not: {country: [FI, unknown]}"), f, false);
    fits(ONE("country: unknown"), leak(), false);
}

static void readable_ciphers(void **state)
{
    (void)state;
    assert_true(tt_is_readable("none", NULL));
    assert_false(tt_is_readable("tls1.3", NULL));
    assert_true(tt_is_readable("tls1.2", "TLS_RSA_WITH_NULL_MD5"));
    assert_true(tt_is_readable("tls1.2", "NULL-SHA256"));
    assert_true(tt_is_readable("tls1.2", "ECDHE-RSA-NULL-SHA"));
    assert_true(tt_is_readable("tls1.3", "TLS_SHA256_SHA256"));
    assert_false(tt_is_readable("tls1.3", "TLS_AES_128_GCM_SHA256"));
    assert_false(tt_is_readable("tls1.2", "TLS_NULLIFY_AES"));
    struct tt_finding f = leak();
    f.encryption = "tls1.2";
    f.cipher = "NULL-SHA256";
    fits(ONE("encryption: none"), f, true);
    fits(ONE("encryption: tls1.2"), f, true);
    fits(ONE("not: {encryption: none}"), f, false);
}

static void the_worst_verdict_counts(void **state)
{
    (void)state;
    struct tt_policy *policy =
        good("policy: p\n"
             "clauses:\n"
             "  - {id: a, text: t, verdict: allowed, severity: high}\n"
             "  - {id: v1, text: t, verdict: violation, severity: low, when: {kind: imei}}\n"
             "  - {id: u, text: t, verdict: undecided, severity: high}\n"
             "  - {id: v2, text: t, verdict: violation, severity: medium, when: {kind: imei}}\n"
             "  - {id: v3, text: t, verdict: violation, severity: info, when: {kind: imei}}\n");
    judged(policy, leak(), TT_VERDICT_VIOLATION, "medium", "v1 v2 v3");
    struct tt_finding f = leak();
    f.kind = "email";
    judged(policy, f, TT_VERDICT_UNDECIDED, "high", "u");
    tt_policy_free(policy);
}

static void severities_have_defaults(void **state)
{
    (void)state;
    struct tt_policy *policy = good("policy: house rules\n"
                                    "clauses:\n"
                                    "  - {id: a, text: t, verdict: allowed}\n"
                                    "  - {id: b, text: t, verdict: undecided, citation: c}\n"
                                    "  - {id: c, text: some words, verdict: violation}\n");
    assert_string_equal(tt_policy_name(policy), "house rules");
    assert_int_equal(tt_policy_clause_count(policy), 3);
    assert_string_equal(tt_policy_clause(policy, 0).severity, "info");
    assert_string_equal(tt_policy_clause(policy, 1).severity, "medium");
    assert_string_equal(tt_policy_clause(policy, 2).severity, "high");
    assert_string_equal(tt_policy_clause(policy, 2).id, "c");
    assert_string_equal(tt_policy_clause(policy, 2).text, "some words");
    assert_int_equal(tt_policy_clause(policy, 2).verdict, TT_VERDICT_VIOLATION);
    tt_policy_free(policy);
}

static void mistakes_are_shown(void **state)
{
    (void)state;
    refused("policy: p\n", "p.yaml:1:1", "clauses");
    refused("policy: p\nclauses: []\n", "p.yaml:2:10", "at least one");
    refused("clauses: [{id: a, text: t, verdict: allowed}]\n", "p.yaml:1:1", "needs \"policy\"");
    refused("polici: p\n", "p.yaml:1:1", "did you mean \"policy\"");
    refused("policy: p\nclauses: [{id: a, text: t, verdikt: allowed}]\n", "p.yaml:2:28",
            "did you mean \"verdict\"");
    refused("policy: p\nclauses: [{id: a, text: t}]\n", "p.yaml:2:11", "needs \"verdict\"");
    refused("policy: p\nclauses: [{id: a, verdict: allowed}]\n", "p.yaml:2:11", "needs \"text\"");
    refused("policy: p\nclauses: [{id: a, text: t, verdict: allow}]\n", "p.yaml:2:37",
            "did you mean \"allowed\"");
    refused("policy: p\nclauses: [{id: a, text: t, verdict: allowed, severity: hgih}]\n",
            "p.yaml:2:56", "did you mean \"high\"");
    refused("policy: p\n"
            "clauses:\n"
            "  - {id: a, text: t, verdict: allowed}\n"
            "  - {id: a, text: t, verdict: allowed}\n",
            "p.yaml:4:10", "taken");
    refused("policy: p\nclauses: [{id: a, text: [t], verdict: allowed}]\n", "p.yaml:2:25",
            "expected");
    refused(ONE("knd: imei"), "p.yaml:3:49", "did you mean \"kind\"");
    refused(ONE("kind: imie"), "p.yaml:3:55", "did you mean \"imei\"");
    refused(ONE("kind: []"), "p.yaml:3:55", "empty list");
    refused(ONE("kind: {imei: yes}"), "p.yaml:3:55", "a value or a list");
    refused(ONE("encryption: clear"), "p.yaml:3:61", "unknown encryption");
    refused(ONE("scope: everywhere"), "p.yaml:3:56", "expected link, private or internet");
    refused(ONE("country: China"), "p.yaml:3:58", "two letters");
    refused(ONE("country: UK"), "p.yaml:3:58", "is \"GB\"");
    refused(ONE("country: EU"), "p.yaml:3:58", "name the members");
    refused(ONE("country: [FI, zz]"), "p.yaml:3:63", "two letters");
    refused(ONE("country: XA"), "p.yaml:3:58", "two letters");
    refused(ONE("not: [kind]"), "p.yaml:3:54", "expected");
    refused(ONE("not: {not: {kind: imei}}"), "p.yaml:3:55", "unknown key \"not\"");
    refused("policy: p\nclauses: [{id: a, text: t, verdict: allowed, when: sent}]\n", "p.yaml:2:52",
            "expected");
}

#define CLAUSE_WITH(more)                                                                          \
    "policy: p\nclauses:\n  - {id: a, text: t, verdict: violation, " more "}\n"

static void mistakes_beside_the_conditions(void **state)
{
    (void)state;
    refused(ONE("party: first"), "p.yaml:3:49", "needs a block \"parties\"");
    refused(ONE("certainty: likely"), "p.yaml:3:60", "unknown proof");
    refused(PARTY("party: second"), "p.yaml:4:56", "expected first, third or unknown");
    refused(CLAUSE_WITH("exceptions: [{when: {kind: imei}}]"), "p.yaml:3:55", "needs \"reason\"");
    refused(CLAUSE_WITH("exceptions: [{reason: r}]"), "p.yaml:3:55", "needs \"when\"");
    refused(CLAUSE_WITH("exceptions: [{reason: r, when: {}}]"), "p.yaml:3:73", "needs a condition");
    refused(CLAUSE_WITH("exceptions: [{reason: '', when: {kind: imei}}]"), "p.yaml:3:64", "empty");
    refused(CLAUSE_WITH("exceptions: [{reason: r, wen: {kind: imei}}]"), "p.yaml:3:67", "\"when\"");
    refused(CLAUSE_WITH("requires: {phase: boxed}"), "p.yaml:3:53", "\"phases\"");
    refused(CLAUSE_WITH("requires: {readable: 0}"), "p.yaml:3:63", "a share");
    refused(CLAUSE_WITH("requires: {readable: 101%}"), "p.yaml:3:63", "a share");
    refused(CLAUSE_WITH("requires: {readable: 1.2.3}"), "p.yaml:3:63", "a share");
    refused(CLAUSE_WITH("requires: {readable: lots}"), "p.yaml:3:63", "a share");
    refused(CLAUSE_WITH("requires: {duration: soon}"), "p.yaml:3:63", "a duration");
    refused(CLAUSE_WITH("requires: {duration: -1s}"), "p.yaml:3:63", "a duration");
    refused(CLAUSE_WITH("requires: {drops: few}"), "p.yaml:3:60", "expected none");
    refused(CLAUSE_WITH("requires: {events: [x]}"), "p.yaml:3:61", "expected");
    refused(CLAUSE_WITH("requires: {events: {x: 0}}"), "p.yaml:3:65", "from 1 on");
    refused(CLAUSE_WITH("requires: {events: {x: often}}"), "p.yaml:3:65", "from 1 on");
    refused("policy: p\nunread: ignored\n", "p.yaml:2:9", "reported or undecided");
    refused("policy: p\nparties: {third: x}\n", "p.yaml:2:10", "needs \"first\"");
    refused("policy: p\nparties: {frist: x}\n", "p.yaml:2:11", "\"first\"");
    refused("policy: p\norganisations: {x: {y: z}}\n", "p.yaml:2:20", "a value or a list");
    refused("policy: p\nrequires: much\n", "p.yaml:2:11", "expected");
}

/* Caps of limits.h, and one entry more. */
static void lists_are_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        const char *entry; /* with its number */
        const char *tail;
        unsigned max;
    } lists[] = {
        {"policy: p\nclauses:\n", "  - {id: c%u, text: t, verdict: allowed}\n", "", TT_CLAUSES_MAX},
        {"policy: p\nclauses:\n  - id: a\n    text: t\n    verdict: allowed\n    exceptions:\n",
         "      - {reason: r%u, when: {kind: imei}}\n", "", TT_EXCEPTIONS_MAX},
        {"policy: p\norganisations:\n", "  o%u: x.example\n",
         "clauses: [{id: a, text: t, verdict: allowed}]\n", TT_POLICY_NAMES_MAX},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(lists); i++) {
        for (unsigned more = 0; more < 2; more++) {
            struct tt_buf text = tt_buf_make(TT_POLICY_BYTES_MAX);
            struct tt_policy *policy = NULL;
            struct tt_error error = {0};
            assert_int_equal(tt_buf_append_str(&text, lists[i].head), TT_OK);
            for (unsigned k = 0; k < lists[i].max + more; k++) {
                char line[96];
                const char *number = strstr(lists[i].entry, "%u");
                (void)snprintf(line, sizeof(line), "%.*s%u%s", (int)(number - lists[i].entry),
                               lists[i].entry, k, number + 2);
                assert_int_equal(tt_buf_append_str(&text, line), TT_OK);
            }
            assert_int_equal(tt_buf_append_str(&text, lists[i].tail), TT_OK);
            enum tt_err result = tt_policy_parse(tt_buf_span(&text), "p.yaml", &policy, &error);
            if (result != (more == 0 ? TT_OK : TT_ERR_FORMAT))
                fail_msg("list %zu: %s", i, error.text);
            tt_policy_free(policy);
            tt_buf_free(&text);
        }
    }
}

static void every_cut_is_survived(void **state)
{
    (void)state;
    struct tt_span text = tt_policy_builtin_find("default")->text;
    for (size_t len = 0; len < text.len; len++) {
        struct flush copy = flush_make(tt_span_sub(text, 0, len));
        struct tt_policy *policy = NULL;
        struct tt_error error = {0};
        enum tt_err result = tt_policy_parse(copy.span, "p.yaml", &policy, &error);
        assert_true((result == TT_OK) == (policy != NULL));
        assert_true(result == TT_OK || error.text[0] != '\0');
        tt_policy_free(policy);
        flush_free(&copy);
    }
}

static void files_are_loaded(void **state)
{
    (void)state;
    char path[] = "/tmp/policy-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct tt_span text = tt_policy_builtin_find("default")->text;
    assert_int_equal(write(fd, text.data, text.len), (ssize_t)text.len);
    (void)close(fd);
    struct tt_policy *policy = NULL;
    struct tt_error error = {0};
    assert_int_equal(tt_policy_load(path, &policy, &error), TT_OK);
    assert_string_equal(tt_policy_name(policy), "default");
    tt_policy_free(policy);
    (void)unlink(path);
    policy = NULL;
    assert_int_equal(tt_policy_load("boxed-devise", &policy, &error), TT_ERR_IO);
    assert_non_null(strstr(error.text, "did you mean \"boxed-device\""));
    error = (struct tt_error){0};
    assert_int_equal(tt_policy_load(path, &policy, &error), TT_ERR_IO);
    assert_non_null(strstr(error.text, path));
    assert_null(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_judges_consent),
        cmocka_unit_test(the_default_judges_the_wire),
        cmocka_unit_test(what_many_share_weighs_less),
        cmocka_unit_test(the_default_lists_the_rest),
        cmocka_unit_test(the_default_has_a_word_for_everything),
        cmocka_unit_test(luck_never_accuses),
        cmocka_unit_test(every_field_is_compared),
        cmocka_unit_test(parties_are_compared),
        cmocka_unit_test(unknown_values),
        cmocka_unit_test(readable_ciphers),
        cmocka_unit_test(the_worst_verdict_counts),
        cmocka_unit_test(severities_have_defaults),
        cmocka_unit_test(mistakes_are_shown),
        cmocka_unit_test(mistakes_beside_the_conditions),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(every_cut_is_survived),
        cmocka_unit_test(files_are_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
