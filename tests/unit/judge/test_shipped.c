/* Every clause of every policy that is shipped: findings that break it, and near ones that do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/policy_builtin.h"
#include "judge/policy_data.h"

#include <stdio.h>
#include <stdlib.h>

/* What differs from an IMEI that the device sent to the internet by TLS 1.3, with the owner's
 * consent, to a host in India. */
struct sample {
    bool usual; /* for those that differ in nothing */
    const char *kind;
    const char *owner;
    const char *encryption;
    const char *country; /* "": not known */
    enum tt_consent consent;
    enum tt_heading heading;
    bool local;
};

#define GOOD .usual = true

static const char *or_usual(const char *text, const char *usual)
{
    return text == NULL ? usual : text;
}

static struct tt_finding finding_of(const struct sample *sample)
{
    const char *country = or_usual(sample->country, "IN");
    return (struct tt_finding){.kind = or_usual(sample->kind, "imei"),
                               .owner = or_usual(sample->owner, "device"),
                               .form = "digits",
                               .certainty = TT_PROVEN,
                               .protocol = "http",
                               .heading = sample->heading,
                               .scope = sample->local ? TT_ADDR_SCOPE_LINK : TT_ADDR_SCOPE_INTERNET,
                               .host = "api.cloud.example",
                               .country = country[0] == '\0' ? NULL : country,
                               .encryption = or_usual(sample->encryption, "tls1.3"),
                               .consent = sample->consent};
}

/* The clauses that give the verdict, behind the verdict: "violation a b". */
static void judge(const char *name, struct tt_finding finding, char text[512])
{
    const struct tt_builtin_policy *builtin = tt_policy_builtin_find(name);
    struct tt_policy *policy = NULL;
    struct tt_error error = {0};
    assert_non_null(builtin);
    if (tt_policy_parse(builtin->text, name, &policy, &error) != TT_OK)
        fail_msg("%s", error.text);
    const char *ids[64];
    assert_true(tt_policy_clause_count(policy) <= 64);
    tt_policy_judge(policy, &finding, ids);
    (void)snprintf(text, 512, "%s", tt_verdict_name(finding.verdict));
    for (size_t i = 0; i < finding.clause_count; i++) {
        size_t len = strlen(text);
        (void)snprintf(text + len, 512 - len, " %s", finding.clauses[i]);
    }
    tt_policy_free(policy);
}

struct wanted {
    struct sample sample;
    const char *said;
};

static void check(const char *policy, const struct wanted *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[512];
        judge(policy, finding_of(&cases[i].sample), text);
        if (strcmp(text, cases[i].said) != 0)
            fail_msg("%s, case %zu: %s, not %s", policy, i, text, cases[i].said);
    }
}

static void boxed_device(void **state)
{
    (void)state;
    static const struct wanted cases[] = {
        {{GOOD}, "allowed agreed"},
        {{GOOD, .consent = TT_CONSENT_NOT_REQUIRED}, "allowed agreed"},
        {{GOOD, .consent = TT_CONSENT_NOT_GIVEN}, "violation nothing-before-consent"},
        {{GOOD, .consent = TT_CONSENT_WITHDRAWN}, "violation nothing-before-consent"},
        {{GOOD, .consent = TT_CONSENT_NOT_GIVEN, .kind = "contact_number", .owner = "contact"},
         "violation nothing-before-consent nobody-elses-data"},
        {{GOOD, .consent = TT_CONSENT_NOT_GIVEN, .kind = "message_number", .owner = "message"},
         "violation nothing-before-consent nobody-elses-data"},
        {{GOOD, .encryption = "none"}, "violation never-readable"},
        {{GOOD, .consent = TT_CONSENT_UNKNOWN}, "undecided consent-unknown"},
        {{GOOD, .heading = TT_HEADING_UNKNOWN}, "undecided side-unknown"},
        {{GOOD, .heading = TT_HEADING_RECEIVED, .encryption = "none"}, "allowed"},
        {{GOOD, .local = true, .consent = TT_CONSENT_NOT_GIVEN}, "allowed"},
    };
    check("boxed-device", cases, TT_ARRAY_LEN(cases));
}

static void no_clear_text(void **state)
{
    (void)state;
    static const struct wanted cases[] = {
        {{GOOD, .consent = TT_CONSENT_NOT_GIVEN}, "allowed"},
        {{GOOD, .encryption = "quic"}, "allowed"},
        {{GOOD, .encryption = "tls1.2"}, "allowed"},
        {{GOOD, .encryption = "none"}, "violation clear-text"},
        {{GOOD, .encryption = "ssl3"}, "allowed"},
        {{GOOD, .encryption = "none", .heading = TT_HEADING_RECEIVED},
         "violation clear-text-received"},
        {{GOOD, .encryption = "none", .local = true}, "allowed"},
    };
    check("no-clear-text", cases, TT_ARRAY_LEN(cases));
}

static void residency(void **state)
{
    (void)state;
    static const struct wanted cases[] = {
        {{GOOD}, "allowed in-an-allowed-country"},
        {{GOOD, .country = "CN"}, "violation allowed-countries"},
        {{GOOD, .country = ""}, "undecided country-unknown"},
        {{GOOD, .country = "CN", .heading = TT_HEADING_RECEIVED}, "allowed"},
    };
    check("residency", cases, TT_ARRAY_LEN(cases));
}

static void owasp_mastg(void **state)
{
    (void)state;
    static const struct wanted cases[] = {
        {{GOOD}, "allowed"},
        {{GOOD, .kind = "email", .consent = TT_CONSENT_NOT_GIVEN}, "violation undeclared"},
        {{GOOD, .consent = TT_CONSENT_NOT_GIVEN}, "violation undeclared lasting-identifiers"},
        {{GOOD, .consent = TT_CONSENT_UNKNOWN}, "undecided declared-unknown"},
        {{GOOD, .kind = "email", .consent = TT_CONSENT_WITHDRAWN},
         "violation undeclared withdrawn"},
        {{GOOD, .encryption = "none"}, "violation secure-connection"},
    };
    check("owasp-mastg", cases, TT_ARRAY_LEN(cases));
}

static void etsi_en_303_645(void **state)
{
    (void)state;
    static const struct wanted cases[] = {
        {{GOOD}, "allowed"},
        {{GOOD, .encryption = "tls1.1"}, "violation 5.5-1"},
        {{GOOD, .encryption = "none"}, "violation 5.8-1"},
        {{GOOD, .encryption = "none", .heading = TT_HEADING_RECEIVED}, "violation 5.8-1"},
        {{GOOD, .encryption = "none", .kind = "password"}, "violation 5.5-7 5.8-1 5.8-2"},
        {{GOOD, .encryption = "none", .kind = "location"}, "violation 5.8-1 5.8-2"},
        {{GOOD, .consent = TT_CONSENT_NOT_GIVEN}, "violation 6-2"},
        {{GOOD, .consent = TT_CONSENT_UNKNOWN}, "undecided 6-2-unknown"},
        {{GOOD, .consent = TT_CONSENT_WITHDRAWN}, "violation 6-3"},
    };
    check("etsi-en-303-645", cases, TT_ARRAY_LEN(cases));
}

static void gdpr(void **state)
{
    (void)state;
    static const struct wanted cases[] = {
        {{GOOD, .country = "FI"}, "allowed"},
        {{GOOD, .country = "NO"}, "allowed"},
        {{GOOD, .country = "CH"}, "allowed"},
        {{GOOD, .country = "CN"}, "undecided art-44"},
        {{GOOD, .country = ""}, "undecided art-44"},
        {{GOOD, .consent = TT_CONSENT_NOT_GIVEN}, "violation art-5-1-c art-6-1 art-25-2"},
        {{GOOD, .kind = "email", .consent = TT_CONSENT_NOT_GIVEN}, "violation art-6-1 art-25-2"},
        {{GOOD, .kind = "carrier", .consent = TT_CONSENT_NOT_GIVEN}, "violation art-6-1"},
        {{GOOD, .kind = "email", .consent = TT_CONSENT_WITHDRAWN}, "violation art-7-3"},
        {{GOOD, .consent = TT_CONSENT_WITHDRAWN}, "violation art-5-1-c art-7-3"},
        {{GOOD, .country = "FI", .consent = TT_CONSENT_UNKNOWN}, "undecided basis-unknown"},
        {{GOOD, .encryption = "none"}, "violation art-32-1-a"},
        {{GOOD, .encryption = "none", .heading = TT_HEADING_RECEIVED}, "violation art-32-1-a"},
    };
    check("gdpr", cases, TT_ARRAY_LEN(cases));
}

static void dpdp(void **state)
{
    (void)state;
    static const struct wanted cases[] = {
        {{GOOD}, "allowed"},
        {{GOOD, .country = "CN"}, "allowed section-16"},
        {{GOOD, .consent = TT_CONSENT_NOT_GIVEN}, "violation section-4"},
        {{GOOD, .kind = "contact_name", .owner = "contact", .consent = TT_CONSENT_NOT_GIVEN},
         "violation section-4 section-6-1"},
        {{GOOD, .consent = TT_CONSENT_WITHDRAWN}, "violation section-6-6"},
        {{GOOD, .consent = TT_CONSENT_UNKNOWN}, "undecided basis-unknown"},
        {{GOOD, .encryption = "none"}, "violation section-8-5"},
        {{GOOD, .encryption = "none", .heading = TT_HEADING_RECEIVED}, "violation section-8-5"},
    };
    check("dpdp", cases, TT_ARRAY_LEN(cases));
}

/* Each has a text about itself, is said in plain words, and accuses nobody of luck. */
static void all_of_them(void **state)
{
    (void)state;
    const struct tt_builtin_policy *builtin = NULL;
    size_t count = 0;
    for (; (builtin = tt_policy_builtin_at(count)) != NULL; count++) {
        struct tt_policy *policy = NULL;
        struct tt_error error = {0};
        if (tt_policy_load(builtin->name, &policy, &error) != TT_OK)
            fail_msg("%s", error.text);
        assert_string_equal(tt_policy_name(policy), builtin->name);
        assert_non_null(tt_policy_text(policy));
        struct tt_buf lines = tt_buf_make(65536);
        assert_int_equal(tt_policy_words(policy, &lines), TT_OK);
        for (size_t i = 0; i < tt_policy_clause_count(policy); i++)
            assert_int_equal(tt_policy_clause_words(policy, i, &lines), TT_OK);
        assert_true(lines.len > 100);
        tt_buf_free(&lines);
        char text[512];
        struct tt_finding finding =
            finding_of(&(struct sample){GOOD, .encryption = "none", .consent = TT_CONSENT_UNKNOWN});
        finding.certainty = TT_SUSPECTED;
        judge(builtin->name, finding, text);
        assert_true(strncmp(text, "violation", 9) != 0);
        tt_policy_free(policy);
    }
    assert_int_equal(count, 8);
}

static void plain_words(void **state)
{
    (void)state;
    static const char text[] =
        "policy: p\nrequires: {readable: 80, events: {sms sent: 3}}\nparties: {first: x.example}\n"
        "residency: [{service: sync, hosts: '*.x.example', in: [SG, {city: Town, latitude: 1.5, "
        "longitude: 2.25, radius_km: 30}]}]\n"
        "clauses:\n"
        "  - id: a\n    text: t\n    citation: rule 4\n    verdict: violation\n"
        "    when: {kind: [imei, imsi], party: third, not: {country: FI}}\n"
        "    requires: {phases: boxed, duration: 2m, drops: none}\n"
        "    exceptions: [{reason: contract, when: {host: x.example}}]\n";
    struct tt_policy *policy = NULL;
    struct tt_error error = {0};
    struct tt_buf lines = tt_buf_make(65536);
    assert_int_equal(tt_policy_parse(tt_span_str(text), "p", &policy, &error), TT_OK);
    assert_int_equal(tt_policy_words(policy, &lines), TT_OK);
    assert_int_equal(tt_policy_clause_words(policy, 0, &lines), TT_OK);
    assert_int_equal(tt_buf_append_u8(&lines, '\0'), TT_OK);
    assert_string_equal((const char *)lines.data,
                        "Residency: sync (*.x.example) is in SG or Town (30 km around 1.5000, "
                        "2.2500); needs a vantage point (--vantage) and times of handshakes.\n"
                        "Requires: 3 times the event sms sent; 80% of the bytes sent to the "
                        "internet read\n"
                        "Unread bytes that a clause may be about leave it, and the test, "
                        "undecided.\n"
                        "When: kind is imei or imsi; party is third; country is not FI\n"
                        "Source: rule 4\n"
                        "Needs: a country database (--geo)\n"
                        "Requires: a phase boxed; 120 s of capture; a capture without drops\n"
                        "Except: host is x.example (contract)\n");
    tt_buf_free(&lines);
    tt_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxed_device),
        cmocka_unit_test(no_clear_text),
        cmocka_unit_test(residency),
        cmocka_unit_test(owasp_mastg),
        cmocka_unit_test(etsi_en_303_645),
        cmocka_unit_test(gdpr),
        cmocka_unit_test(dpdp),
        cmocka_unit_test(all_of_them),
        cmocka_unit_test(plain_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
