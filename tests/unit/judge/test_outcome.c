/* What clauses come to: violated, undecided with what is missing, or holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/outcome.h"
#include "judge/policy_builtin.h"
#include "model/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct tt_identifier identifiers[] = {
    {.kind = TT_KIND_IMEI, .owner = TT_OWNER_DEVICE, .label = "imei[0]"},
    {.kind = TT_KIND_CONTACT_NUMBER, .owner = TT_OWNER_CONTACT, .label = "contacts[0]"},
};
static const struct tt_subject subject = {.identifiers = identifiers, .identifier_count = 2};

#define SECOND UINT64_C(1000000000)

/* The policy under test and what it is told. */
struct test {
    struct tt_policy *policy;
    struct tt_timeline *timeline;
    struct tt_outcomes *outcomes;
    const char *holder; /* of the certificate of hosts */
    char told[8192];
    enum tt_verdict verdict;
};

static struct test begin(const char *policy, const char *timeline)
{
    struct test test = {.verdict = TT_VERDICT_ALLOWED};
    struct tt_error error = {0};
    const struct tt_builtin_policy *builtin = tt_policy_builtin_find(policy);
    struct tt_span text = builtin == NULL ? tt_span_str(policy) : builtin->text;
    if (tt_policy_parse(text, "p.yaml", &test.policy, &error) != TT_OK)
        fail_msg("%s", error.text);
    if (timeline != NULL &&
        tt_timeline_parse(tt_span_str(timeline), "t.yaml", &test.timeline, &error) != TT_OK)
        fail_msg("%s", error.text);
    const struct tt_outcomes_config config = {
        .policy = test.policy, .timeline = test.timeline, .subject = &subject};
    test.outcomes = tt_outcomes_new(&config);
    assert_non_null(test.outcomes);
    return test;
}

/* One line a clause: "id outcome findings|missing|excepted", lines of these behind slashes. */
static enum tt_err on_clause(void *context, const struct tt_case_clause *clause)
{
    struct test *test = context;
    size_t len = strlen(test->told);
    (void)snprintf(test->told + len, sizeof(test->told) - len, "%s %s %" PRIu64 "|%s|%s\n",
                   clause->id, clause->outcome, clause->findings, clause->missing,
                   clause->excepted);
    for (char *at = test->told + len; *at != '\0'; at++)
        if (*at == '\n' && at[1] != '\0')
            *at = '/';
    return TT_OK;
}

/* Ends the test: the line of `id` must have `part` in it, and the whole must come to `verdict`. */
static void ends(struct test *test, enum tt_verdict verdict, const char *wanted)
{
    assert_int_equal(tt_outcomes_tell(test->outcomes, on_clause, test, &test->verdict), TT_OK);
    if (strstr(test->told, wanted) == NULL || test->verdict != verdict)
        fail_msg("wanted %s and:\n%s\ngot %s and:\n%s", tt_verdict_name(verdict), wanted,
                 tt_verdict_name(test->verdict), test->told);
    tt_outcomes_free(test->outcomes);
    tt_policy_free(test->policy);
    tt_timeline_free(test->timeline);
}

/* The device's IMEI in clear text to a host in no known country. */
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
                               .encryption = "none",
                               .consent = TT_CONSENT_UNKNOWN};
}

static void found(struct test *test, struct tt_finding finding)
{
    const char *ids[16];
    assert_true(tt_policy_clause_count(test->policy) <= 16);
    tt_policy_judge(test->policy, &finding, ids);
    if (finding.verdict > test->verdict)
        test->verdict = finding.verdict;
    tt_outcomes_finding(test->outcomes, &finding);
}

/* Bytes that the device sent to a host of the internet from 10 s to 20 s. */
static void sent(struct test *test, const char *host, enum tt_bucket bucket, uint64_t count)
{
    struct tt_unread unread = {.heading = TT_HEADING_SENT,
                               .scope = TT_ADDR_SCOPE_INTERNET,
                               .host = host,
                               .protocol = "tls"};
    uint64_t bytes[TT_BUCKET_COUNT] = {0};
    struct tt_addr addr;
    assert_true(tt_addr_parse("198.51.100.7", &addr));
    bytes[bucket] = count;
    tt_outcomes_bytes(test->outcomes, &unread, addr, test->holder, NULL, 10 * SECOND, 20 * SECOND,
                      bytes);
}

static void recorded(struct test *test, struct tt_case_input input)
{
    assert_int_equal(tt_outcomes_input(test->outcomes, &input), TT_OK);
}

#define CLAUSE(more) "policy: p\nclauses:\n  - {id: a, text: t, verdict: violation" more "}\n"

static void nothing_speaks_against_it(void **state)
{
    (void)state;
    struct test test = begin(CLAUSE(", when: {direction: sent}"), NULL);
    sent(&test, "api.example", TT_BUCKET_DECODED, 100);
    ends(&test, TT_VERDICT_ALLOWED, "a holds 0||\n");
}

static void findings_decide(void **state)
{
    (void)state;
    struct test test = begin(CLAUSE(", when: {kind: imei}"), NULL);
    found(&test, leak());
    found(&test, leak());
    ends(&test, TT_VERDICT_VIOLATION, "a violated 2||\n");
    test = begin(CLAUSE(", when: {kind: imei}"), NULL);
    struct tt_finding f = leak();
    f.certainty = TT_SUSPECTED;
    found(&test, f);
    ends(&test, TT_VERDICT_UNDECIDED, "a undecided 1|1 finding suspected, not proven");
    test = begin(CLAUSE(", when: {kind: imei, country: CN}"), NULL);
    found(&test, leak());
    ends(&test, TT_VERDICT_UNDECIDED, "a undecided 0|the country of 1 finding is not known|");
    /* Whoever names unknown has decided what follows from it. */
    test = begin(CLAUSE(", when: {not: {country: [FI, unknown]}}"), NULL);
    found(&test, leak());
    ends(&test, TT_VERDICT_ALLOWED, "a holds 0||");
    test = begin("policy: p\nclauses:\n  - {id: a, text: t, verdict: undecided}\n", NULL);
    found(&test, leak());
    ends(&test, TT_VERDICT_UNDECIDED, "a undecided 1|1 finding of which it cannot be said|");
    test = begin("policy: p\nclauses:\n  - {id: a, text: t, verdict: allowed}\n", NULL);
    found(&test, leak());
    sent(&test, NULL, TT_BUCKET_ENCRYPTED, 9);
    ends(&test, TT_VERDICT_ALLOWED, "a permits 1||");
}

static void every_unknown_field_is_named(void **state)
{
    (void)state;
    static const char *const fields[] = {"host: x",          "domain: x",     "organisation: x",
                                         "party: first",     "country: FI",   "app: x",
                                         "phase: unknown 1", "consent: given"};
    for (size_t i = 0; i < TT_ARRAY_LEN(fields); i++) {
        char policy[256];
        char wanted[64];
        (void)snprintf(policy, sizeof(policy),
                       "policy: p\nparties: {first: [x.example]}\nclauses:\n"
                       "  - {id: a, text: t, verdict: violation, when: {%s}}\n",
                       fields[i]);
        (void)snprintf(wanted, sizeof(wanted), "a undecided 0|the %.*s of 1 finding is not known",
                       (int)strcspn(fields[i], ":"), fields[i]);
        struct test test = begin(policy, NULL);
        struct tt_finding f = leak();
        f.host = NULL;
        f.domain = NULL;
        found(&test, f);
        ends(&test, TT_VERDICT_UNDECIDED, wanted);
    }
    struct test test = begin(CLAUSE(", when: {direction: sent}"), NULL);
    struct tt_finding f = leak();
    f.heading = TT_HEADING_UNKNOWN;
    found(&test, f);
    ends(&test, TT_VERDICT_UNDECIDED, "the direction of 1 finding is not known");
}

/* A clause about bytes that were not read never holds, whatever it asks. */
/* A capture that was recording from one second to another. */
static struct tt_case_input seconds(uint64_t first, uint64_t last)
{
    return (struct tt_case_input){
        .frames = 2, .first_time = first * SECOND, .last_time = last * SECOND};
}

static void unread_bytes_leave_it_open(void **state)
{
    (void)state;
    static const struct {
        const char *when;
        enum tt_bucket bucket;
        bool concerned;
    } cases[] = {
        {"direction: sent", TT_BUCKET_ENCRYPTED, true},
        {"direction: sent", TT_BUCKET_OPAQUE, true},
        {"direction: sent", TT_BUCKET_LOST, true},
        {"direction: sent", TT_BUCKET_DUPLICATE, false},
        {"direction: sent", TT_BUCKET_OVERHEAD, false},
        {"direction: received", TT_BUCKET_ENCRYPTED, false},
        {"scope: private", TT_BUCKET_ENCRYPTED, false},
        {"scope: [private, internet]", TT_BUCKET_ENCRYPTED, true},
        {"kind: imei", TT_BUCKET_ENCRYPTED, true},
        {"not: {kind: imsi}", TT_BUCKET_ENCRYPTED, true},
        {"owner: contact", TT_BUCKET_ENCRYPTED, true},
        {"form: digits", TT_BUCKET_ENCRYPTED, true},
        {"proof: proven", TT_BUCKET_ENCRYPTED, true},
        {"protocol: http", TT_BUCKET_ENCRYPTED, true},
        {"app: x", TT_BUCKET_ENCRYPTED, true},
        {"purpose: x", TT_BUCKET_ENCRYPTED, true},
        {"encryption: none", TT_BUCKET_ENCRYPTED, false},
        {"encryption: none", TT_BUCKET_OPAQUE, true},
        {"encryption: none", TT_BUCKET_LOST, true},
        {"encryption: [none, tls1.0]", TT_BUCKET_ENCRYPTED, true},
        {"not: {encryption: none}", TT_BUCKET_ENCRYPTED, true},
        {"host: api.cloud.example", TT_BUCKET_ENCRYPTED, true},
        {"host: '*.other.example'", TT_BUCKET_ENCRYPTED, false},
        {"not: {host: '*.cloud.example'}", TT_BUCKET_ENCRYPTED, false},
        {"domain: cloud.example", TT_BUCKET_ENCRYPTED, true},
        {"domain: other.example", TT_BUCKET_ENCRYPTED, false},
        {"organisation: Cloud", TT_BUCKET_ENCRYPTED, true},
        {"organisation: Other", TT_BUCKET_ENCRYPTED, false},
        {"party: first", TT_BUCKET_ENCRYPTED, true},
        {"party: third", TT_BUCKET_ENCRYPTED, false},
        {"country: FI", TT_BUCKET_ENCRYPTED, true},
        {"not: {country: [FI, unknown]}", TT_BUCKET_ENCRYPTED, false},
        {"phase: boxed", TT_BUCKET_ENCRYPTED, true},
        {"phase: later", TT_BUCKET_ENCRYPTED, false},
        {"consent: not_given", TT_BUCKET_ENCRYPTED, true},
        {"consent: withdrawn", TT_BUCKET_ENCRYPTED, false},
        {"consent: [given, withdrawn]", TT_BUCKET_ENCRYPTED, false},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        char policy[512];
        (void)snprintf(policy, sizeof(policy),
                       "policy: p\nparties: {first: cloud.example}\n"
                       "organisations: {Cloud: cloud.example}\nclauses:\n"
                       "  - {id: a, text: t, verdict: violation, when: {%s}}\n",
                       cases[i].when);
        struct test test =
            begin(policy, "phases: [{name: boxed, from: 1970-01-01T00:00:01Z},\n"
                          "         {name: later, from: 1970-01-01T00:01:00Z}]\n"
                          "purposes: [{name: x}]\n"
                          "consent: [{at: 1970-01-01T00:01:00Z, purpose: x, state: given},\n"
                          "          {at: 1970-01-01T00:02:00Z, purpose: x, state: withdrawn}]\n");
        recorded(&test, seconds(1, 200));
        sent(&test, "api.cloud.example", cases[i].bucket, 812);
        if (cases[i].concerned)
            ends(&test, TT_VERDICT_UNDECIDED, "812 bytes could not be read that may hold it");
        else
            ends(&test, TT_VERDICT_ALLOWED, "a holds 0||");
    }
}

/* Who stands behind a host is told by its certificate, where the policy does not. */
static void a_certificate_names_the_organisation(void **state)
{
    (void)state;
    for (int other = 0; other < 2; other++) {
        struct test test = begin(CLAUSE(", when: {organisation: Example Cloud}"), NULL);
        test.holder = other == 1 ? "Other" : "Example Cloud";
        sent(&test, "api.cloud.example", TT_BUCKET_ENCRYPTED, 812);
        if (other == 1)
            ends(&test, TT_VERDICT_ALLOWED, "a holds 0||");
        else
            ends(&test, TT_VERDICT_UNDECIDED, "812 bytes could not be read that may hold it");
    }
}

/* Bytes that no IP packet carried, and that may lead anywhere. */
static void what_no_ip_carried_leaves_it_open(void **state)
{
    (void)state;
    static const struct {
        const char *when;
        enum tt_bucket bucket;
        bool open;
        bool concerned;
    } cases[] = {
        {"scope: internet", TT_BUCKET_NOT_IP, true, true},
        {"scope: private", TT_BUCKET_NOT_IP, true, true},
        {"not: {scope: internet}", TT_BUCKET_NOT_IP, true, true},
        {"scope: internet, encryption: none", TT_BUCKET_NOT_IP, true, true},
        {"direction: received", TT_BUCKET_NOT_IP, true, false},
        /* Only for the link: what is inside may be text. */
        {"scope: internet, encryption: none", TT_BUCKET_ENCRYPTED, true, true},
        /* Known to stay on its link, and searched as it stands. */
        {"direction: sent", TT_BUCKET_NOT_IP, false, false},
        {"scope: internet", TT_BUCKET_NOT_IP, false, false},
        {"scope: link", TT_BUCKET_NOT_IP, false, false},
        {"scope: internet", TT_BUCKET_ENCRYPTED, false, false},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        char policy[256];
        (void)snprintf(policy, sizeof(policy),
                       "policy: p\nclauses:\n"
                       "  - {id: a, text: t, verdict: violation, when: {%s}}\n",
                       cases[i].when);
        struct test test = begin(policy, NULL);
        struct tt_unread unread = {.heading = TT_HEADING_SENT,
                                   .scope = TT_ADDR_SCOPE_LINK,
                                   .scope_open = cases[i].open,
                                   .protocol = "link"};
        uint64_t bytes[TT_BUCKET_COUNT] = {0};
        struct tt_addr addr = {0};
        bytes[cases[i].bucket] = 812;
        tt_outcomes_bytes(test.outcomes, &unread, addr, NULL, NULL, 10 * SECOND, 20 * SECOND,
                          bytes);
        if (cases[i].concerned)
            ends(&test, TT_VERDICT_UNDECIDED, "812 bytes could not be read that may hold it");
        else
            ends(&test, TT_VERDICT_ALLOWED, "a holds 0||");
    }
    /* Whoever finds a value there does not know where it goes. */
    struct test test = begin(CLAUSE(", when: {scope: internet}"), NULL);
    struct tt_finding f = leak();
    f.scope = TT_ADDR_SCOPE_LINK;
    f.scope_open = true;
    found(&test, f);
    ends(&test, TT_VERDICT_UNDECIDED, "the scope of 1 finding is not known");
    /* None of it was read, which counts where so much must have been. */
    test = begin(CLAUSE(", when: {kind: imei}, requires: {readable: 80%}"), NULL);
    struct tt_unread unread = {.heading = TT_HEADING_SENT, .scope_open = true, .protocol = "link"};
    uint64_t bytes[TT_BUCKET_COUNT] = {[TT_BUCKET_NOT_IP] = 300};
    struct tt_addr addr = {0};
    sent(&test, "api.example", TT_BUCKET_DECODED, 100);
    tt_outcomes_bytes(test.outcomes, &unread, addr, NULL, NULL, 10 * SECOND, 20 * SECOND, bytes);
    ends(&test, TT_VERDICT_UNDECIDED, "it was 25.0% (100 of 400)");
}

static void unread_hosts_are_named(void **state)
{
    (void)state;
    struct test test = begin(CLAUSE(""), NULL);
    sent(&test, "api.cloud.example", TT_BUCKET_ENCRYPTED, 800);
    sent(&test, "api.cloud.example", TT_BUCKET_OPAQUE, 12);
    sent(&test, NULL, TT_BUCKET_LOST, 3);
    ends(&test, TT_VERDICT_UNDECIDED,
         "a undecided 0|815 bytes could not be read that may hold it (12 not understood, 800 "
         "encrypted, 3 lost): api.cloud.example, 198.51.100.7|\n");
    test = begin(CLAUSE(""), NULL);
    for (unsigned i = 0; i < TT_CLAUSE_HOSTS_MAX + 2; i++) {
        char host[32];
        (void)snprintf(host, sizeof(host), "h%u.example", i);
        sent(&test, host, TT_BUCKET_ENCRYPTED, 1);
    }
    ends(&test, TT_VERDICT_UNDECIDED, "h6.example, h7.example and others|");
}

/* `unread: reported` tells it of the clause, and leaves the test alone. */
static void unread_bytes_may_be_only_reported(void **state)
{
    (void)state;
    struct test test = begin("policy: p\nunread: reported\nclauses:\n"
                             "  - {id: a, text: t, verdict: violation}\n",
                             NULL);
    sent(&test, "api.example", TT_BUCKET_ENCRYPTED, 7);
    ends(&test, TT_VERDICT_ALLOWED, "a undecided 0|7 bytes could not be read");
}

static void what_was_not_recorded_leaves_it_open(void **state)
{
    (void)state;
    struct test test = begin(CLAUSE(""), NULL);
    recorded(&test, (struct tt_case_input){.frames = 4, .dropped = 5});
    ends(&test, TT_VERDICT_UNDECIDED, "a undecided 0|the capture dropped 5 frames|");
    test = begin(CLAUSE(""), NULL);
    recorded(&test, (struct tt_case_input){.frames = 4, .damaged = true});
    ends(&test, TT_VERDICT_UNDECIDED, "1 of the captures damaged or cut off");
    test = begin(CLAUSE(""), NULL);
    tt_outcomes_interrupted(test.outcomes);
    ends(&test, TT_VERDICT_UNDECIDED, "stopped before the end");
    test = begin(CLAUSE(""), NULL);
    tt_outcomes_incomplete(test.outcomes);
    ends(&test, TT_VERDICT_UNDECIDED, "more findings than are kept");
}

static void what_was_not_looked_for_leaves_it_open(void **state)
{
    (void)state;
    struct test test = begin(CLAUSE(", when: {kind: [imsi, email]}"), NULL);
    ends(&test, TT_VERDICT_UNDECIDED, "the subject sheet has no value of the kinds");
    test = begin(CLAUSE(", when: {not: {kind: [imei, contact_number]}}"), NULL);
    ends(&test, TT_VERDICT_UNDECIDED, "the subject sheet has no value of the kinds");
    test = begin(CLAUSE(", when: {kind: [imsi, imei]}"), NULL);
    ends(&test, TT_VERDICT_ALLOWED, "a holds");
    test = begin(CLAUSE(", when: {phase: boxed}"), NULL);
    ends(&test, TT_VERDICT_UNDECIDED, "no phase \"boxed\"");
    test = begin(CLAUSE(", when: {phase: boxed}"),
                 "phases: [{name: boxed, from: 1970-01-01T00:00:01Z}]\n");
    ends(&test, TT_VERDICT_ALLOWED, "a holds");
}

static void uncertain_clocks_are_told(void **state)
{
    (void)state;
    struct test test = begin(CLAUSE(", when: {consent: not_given}"), NULL);
    found(&test, leak());
    ends(&test, TT_VERDICT_UNDECIDED, "no consent information, which a timeline would tell");
    test = begin(CLAUSE(", when: {consent: not_given}"),
                 "purposes: [{name: x}]\n"
                 "consent: [{at: 1970-01-01T00:00:09Z, purpose: x, state: given}]\n");
    found(&test, leak());
    ends(&test, TT_VERDICT_UNDECIDED, "the clock is too uncertain");
}

static void exceptions_have_reasons(void **state)
{
    (void)state;
    static const char policy[] =
        CLAUSE(", when: {kind: imei}, exceptions: [{reason: agreed by contract 7, when: "
               "{country: FI}}, {reason: the update service, when: {host: ota.example}}]");
    struct test test = begin(policy, NULL);
    struct tt_finding f = leak();
    f.country = "FI";
    found(&test, f);
    found(&test, f);
    ends(&test, TT_VERDICT_ALLOWED, "a holds 0||2 findings: agreed by contract 7\n");
    test = begin(policy, NULL);
    f.country = "SE";
    found(&test, f);
    ends(&test, TT_VERDICT_VIOLATION, "a violated 1||\n");
    /* Perhaps it is excepted: that accuses nobody. */
    test = begin(policy, NULL);
    f.country = NULL;
    found(&test, f);
    ends(&test, TT_VERDICT_UNDECIDED, "a undecided 0|1 finding that an exception may cover");
    /* Bytes that surely fall under it need not be read. */
    test = begin(policy, NULL);
    sent(&test, "ota.example", TT_BUCKET_ENCRYPTED, 9);
    ends(&test, TT_VERDICT_ALLOWED, "a holds 0||\n");
    test = begin(policy, NULL);
    sent(&test, "api.example", TT_BUCKET_ENCRYPTED, 9);
    ends(&test, TT_VERDICT_UNDECIDED, "9 bytes could not be read");
}

#define REQUIRES(text) CLAUSE(", requires: {" text "}")

static void tests_must_be_good_enough(void **state)
{
    (void)state;
    struct test test = begin(REQUIRES("readable: 80%"), NULL);
    sent(&test, "api.example", TT_BUCKET_DECODED, 5);
    sent(&test, "api.example", TT_BUCKET_ENCRYPTED, 95);
    ends(&test, TT_VERDICT_UNDECIDED,
         "required: 80% of the bytes sent to the internet read; it was 5.0% (5 of 100)");
    test = begin(REQUIRES("readable: 80%"), NULL);
    sent(&test, "api.example", TT_BUCKET_OPENED, 100);
    ends(&test, TT_VERDICT_ALLOWED, "a holds");
    test = begin(REQUIRES("readable: 1%"), NULL);
    ends(&test, TT_VERDICT_UNDECIDED, "no such bytes were seen");
    test = begin(REQUIRES("drops: none"), NULL);
    recorded(&test, (struct tt_case_input){.frames = 1, .missing_bytes = 3});
    ends(&test, TT_VERDICT_UNDECIDED, "0 frames were dropped and 3 bytes of payload are missing");
    test = begin(REQUIRES("duration: 1m"), NULL);
    recorded(&test, (struct tt_case_input){
                        .frames = 2, .first_time = 10 * SECOND, .last_time = 50 * SECOND});
    recorded(&test, (struct tt_case_input){
                        .frames = 2, .first_time = 20 * SECOND, .last_time = 60 * SECOND});
    ends(&test, TT_VERDICT_UNDECIDED, "required: a test of 60 s; the captures cover 50 s");
    test = begin(REQUIRES("duration: 40s"), NULL);
    recorded(&test, (struct tt_case_input){
                        .frames = 2, .first_time = 10 * SECOND, .last_time = 50 * SECOND});
    ends(&test, TT_VERDICT_ALLOWED, "a holds");
}

static void tests_must_have_had_phases_and_events(void **state)
{
    (void)state;
    static const char timeline[] =
        "phases: [{name: boxed, from: 1970-01-01T00:00:10Z}, {name: on, from: "
        "1970-01-01T00:01:00Z}]\n"
        "events: [{at: 1970-01-01T00:00:11Z, what: contact added}, {at: 1970-01-01T00:00:12Z, "
        "what: contact added}]\n";
    const struct tt_case_input input = seconds(20, 30);
    struct test test = begin(REQUIRES("phases: boxed"), timeline);
    recorded(&test, input);
    ends(&test, TT_VERDICT_ALLOWED, "a holds");
    test = begin(REQUIRES("phases: on"), timeline);
    struct tt_case_input touched = seconds(20, 60);
    touched.last_time += SECOND / 20;
    recorded(&test, touched);
    ends(&test, TT_VERDICT_UNDECIDED, "phase \"on\"; no capture was recording for a second of it");
    test = begin(REQUIRES("phases: [boxed, on]"), timeline);
    recorded(&test, input);
    ends(&test, TT_VERDICT_UNDECIDED, "phase \"on\"; no capture was recording for a second of it");
    test = begin(REQUIRES("phases: reset"), timeline);
    recorded(&test, input);
    ends(&test, TT_VERDICT_UNDECIDED, "phase \"reset\"; the timeline has none");
    test = begin(REQUIRES("phases: boxed"), NULL);
    ends(&test, TT_VERDICT_UNDECIDED, "the timeline has none");
    test = begin(REQUIRES("events: {contact added: 2}"), timeline);
    recorded(&test, seconds(10, 12));
    ends(&test, TT_VERDICT_ALLOWED, "a holds");
    test = begin(REQUIRES("events: {contact added: 3}"), timeline);
    recorded(&test, seconds(10, 12));
    ends(&test, TT_VERDICT_UNDECIDED, "event \"contact added\" 3 times; the captures hold 2");
    test = begin(REQUIRES("events: {contact added: 2}"), timeline);
    recorded(&test, seconds(12, 30));
    ends(&test, TT_VERDICT_UNDECIDED, "event \"contact added\" 2 times; the captures hold 1");
}

/* What follows a state of consent that nobody's was in is not tested. */
static void tests_must_have_had_the_consent(void **state)
{
    (void)state;
    static const char timeline[] =
        "clock: {uncertainty: 0s}\npurposes: [{name: x}]\n"
        "consent: [{at: 1970-01-01T00:01:00Z, purpose: x, state: given}]\n";
    static const struct {
        const char *consent;
        uint64_t first;
        uint64_t last;
        bool tested;
    } cases[] = {
        {"withdrawn", 10, 100, false}, {"[not_given, withdrawn]", 10, 100, true},
        {"not_given", 10, 20, true},   {"not_given", 70, 100, false},
        {"given", 70, 100, true},      {"given", 10, 20, false},
        {"unknown", 10, 100, true},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        char policy[256];
        (void)snprintf(policy, sizeof(policy),
                       "policy: p\nclauses:\n"
                       "  - {id: a, text: t, verdict: violation, when: {consent: %s}}\n",
                       cases[i].consent);
        struct test test = begin(policy, timeline);
        recorded(&test, seconds(cases[i].first, cases[i].last));
        ends(&test, cases[i].tested ? TT_VERDICT_ALLOWED : TT_VERDICT_UNDECIDED,
             cases[i].tested ? "a holds 0||" : "a undecided 0|no consent was");
    }
    struct test test = begin("policy: p\nclauses:\n"
                             "  - {id: a, text: t, verdict: violation, when: {consent: given}}\n",
                             NULL);
    recorded(&test, seconds(1, 2));
    ends(&test, TT_VERDICT_UNDECIDED, "no consent was \"given\" while a capture was recording");
}

/* Values too weak to prove anything cannot have been found. */
static void weak_entries_prove_nothing(void **state)
{
    (void)state;
    static const bool weak[] = {true, false};
    struct test test = begin("policy: p\nclauses:\n"
                             "  - {id: a, text: t, verdict: violation, when: {kind: imei}}\n"
                             "  - {id: b, text: t, verdict: violation}\n",
                             NULL);
    const struct tt_outcomes_config config = {
        .policy = test.policy, .subject = &subject, .weak = weak};
    tt_outcomes_free(test.outcomes);
    test.outcomes = tt_outcomes_new(&config);
    assert_non_null(test.outcomes);
    ends(&test, TT_VERDICT_UNDECIDED,
         "a undecided 0|the subject sheet has no value of the kinds that it is about, or "
         "none that proves anything|\nb holds 0||");
}

/* `not` accuses nobody of what is not known. */
static void what_is_not_known_is_not_ruled_out(void **state)
{
    (void)state;
    struct test test = begin(CLAUSE(", when: {not: {country: FI}}"), NULL);
    found(&test, leak());
    ends(&test, TT_VERDICT_UNDECIDED, "a undecided 0|the country of 1 finding is not known");
    test = begin(CLAUSE(", when: {not: {country: FI}}"), NULL);
    struct tt_finding abroad = leak();
    abroad.country = "SE";
    found(&test, abroad);
    ends(&test, TT_VERDICT_VIOLATION, "a violated 1|");
    test = begin(CLAUSE(", when: {not: {country: [FI, unknown]}}"), NULL);
    found(&test, leak());
    ends(&test, TT_VERDICT_ALLOWED, "a holds 0||");
}

/* A clause about others is about what the sheet tells of others. */
static void what_was_not_searched_for_does_not_hold(void **state)
{
    (void)state;
    static const struct {
        const char *when;
        bool searched;
    } cases[] = {{"owner: device", true},
                 {"owner: message", false},
                 {"not: {owner: [device, contact]}", false},
                 {"kind: imei, owner: contact", false},
                 {"kind: imei, owner: [contact, device]", true},
                 {"not: {owner: message}", true}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        char policy[256];
        (void)snprintf(policy, sizeof(policy), CLAUSE(", when: {%s}"), cases[i].when);
        struct test test = begin(policy, NULL);
        if (cases[i].searched)
            ends(&test, TT_VERDICT_ALLOWED, "a holds");
        else
            ends(&test, TT_VERDICT_UNDECIDED, "no value of the kinds that it is about");
    }
}

/* A requirement of the policy is one of each clause; what was proven stays so. */
static void proof_outlives_a_bad_test(void **state)
{
    (void)state;
    struct test test = begin("policy: p\nrequires: {readable: 90%}\nunread: reported\nclauses:\n"
                             "  - {id: a, text: t, verdict: violation, when: {kind: imei}}\n"
                             "  - {id: b, text: t, verdict: violation, when: {kind: imsi}}\n",
                             NULL);
    sent(&test, "api.example", TT_BUCKET_ENCRYPTED, 100);
    found(&test, leak());
    ends(&test, TT_VERDICT_VIOLATION, "b undecided 0|required: 90%");
    assert_non_null(strstr(test.told, "a violated 1|required: 90%"));
}

/* A flow that lasts through more changes than are kept may have been in any of them. */
static void many_changes_are_bounded(void **state)
{
    (void)state;
    char timeline[16384] = "phases:\n";
    for (unsigned i = 0; i < TT_UNREAD_TIMES_MAX + 20; i++) {
        size_t len = strlen(timeline);
        (void)snprintf(timeline + len, sizeof(timeline) - len,
                       "  - {name: p%u, from: 1970-01-01T00:00:%02u.%03uZ}\n", i, 10 + i / 100,
                       i % 100);
    }
    struct test test = begin(CLAUSE(", when: {phase: p83}"), timeline);
    sent(&test, "api.example", TT_BUCKET_ENCRYPTED, 4);
    ends(&test, TT_VERDICT_UNDECIDED, "4 bytes could not be read");
}

/* Reasons end at their cap. */
static void reasons_are_bounded(void **state)
{
    (void)state;
    enum { LONG = 2 * TT_CLAUSE_TEXT_MAX };
    char *policy = calloc(1, LONG + 1024);
    assert_non_null(policy);
    int len = snprintf(policy, 1024,
                       "policy: p\nclauses:\n"
                       "  - {id: a, text: t, verdict: violation, requires: {phases: ");
    memset(policy + len, 'x', LONG);
    (void)snprintf(policy + len + LONG, 64, "}}\n");
    struct test test = begin(policy, NULL);
    ends(&test, TT_VERDICT_UNDECIDED, "a undecided 0|a reason that is too long to be told|");
    free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_speaks_against_it),
        cmocka_unit_test(findings_decide),
        cmocka_unit_test(every_unknown_field_is_named),
        cmocka_unit_test(unread_bytes_leave_it_open),
        cmocka_unit_test(a_certificate_names_the_organisation),
        cmocka_unit_test(what_no_ip_carried_leaves_it_open),
        cmocka_unit_test(unread_hosts_are_named),
        cmocka_unit_test(unread_bytes_may_be_only_reported),
        cmocka_unit_test(what_was_not_recorded_leaves_it_open),
        cmocka_unit_test(what_was_not_looked_for_leaves_it_open),
        cmocka_unit_test(uncertain_clocks_are_told),
        cmocka_unit_test(exceptions_have_reasons),
        cmocka_unit_test(tests_must_be_good_enough),
        cmocka_unit_test(tests_must_have_had_phases_and_events),
        cmocka_unit_test(tests_must_have_had_the_consent),
        cmocka_unit_test(weak_entries_prove_nothing),
        cmocka_unit_test(what_is_not_known_is_not_ruled_out),
        cmocka_unit_test(what_was_not_searched_for_does_not_hold),
        cmocka_unit_test(proof_outlives_a_bad_test),
        cmocka_unit_test(many_changes_are_bounded),
        cmocka_unit_test(reasons_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
