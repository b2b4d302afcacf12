/* Domains, parties and organisations of hosts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/parties.h"

static struct tt_addr address(const char *text)
{
    struct tt_addr addr = {0};
    if (text != NULL)
        assert_true(tt_addr_parse(text, &addr));
    return addr;
}

static struct tt_policy *policy_of(const char *text)
{
    struct tt_policy *policy = NULL;
    struct tt_error error = {0};
    if (tt_policy_parse(tt_span_str(text), "p.yaml", &policy, &error) != TT_OK)
        fail_msg("%s", error.text);
    return policy;
}

#define CLAUSES "clauses: [{id: a, text: t, verdict: allowed}]\n"

static void domains_are_what_was_registered(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        const char *domain;
    } hosts[] = {
        {"api.eu.cloud.example", "cloud.example"},
        {"cloud.example", "cloud.example"},
        {"www.shop.co.uk", "shop.co.uk"},
        {"shop.co.in", "shop.co.in"},
        {"co.uk", NULL},
        {"com", NULL},
        {"", NULL},
        {"198.51.100.7", NULL},
        {"2001:db8::1", NULL},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(hosts); i++) {
        const char *domain = tt_host_domain(hosts[i].host);
        if (hosts[i].domain == NULL)
            assert_null(domain);
        else
            assert_string_equal(domain, hosts[i].domain);
    }
    assert_null(tt_host_domain(NULL));
}

static void names_stand_for_what_is_under_them(void **state)
{
    (void)state;
    static const char *const items[] = {"vendor.example", "*.cloud.example", "198.51.100.*"};
    const struct tt_words names = {.items = items, .count = 3};
    assert_true(tt_host_among(names, "vendor.example"));
    assert_true(tt_host_among(names, "a.b.vendor.example"));
    assert_true(tt_host_among(names, "A.VENDOR.example"));
    assert_false(tt_host_among(names, "notvendor.example"));
    assert_false(tt_host_among(names, "vendor.example.other.example"));
    assert_true(tt_host_among(names, "a.cloud.example"));
    assert_false(tt_host_among(names, "cloud.example"));
    assert_true(tt_host_among(names, "198.51.100.9"));
    assert_false(tt_host_among(names, NULL));
}

static void parties_come_from_the_policy(void **state)
{
    (void)state;
    const struct tt_addr addr = address("198.51.100.7");
    struct tt_policy *policy = policy_of("policy: p\n" CLAUSES);
    assert_int_equal(tt_party_of(policy, "a.example", addr), TT_PARTY_UNKNOWN);
    tt_policy_free(policy);
    policy = policy_of("policy: p\nparties: {first: [vendor.example, 198.51.100.7]}\n" CLAUSES);
    assert_int_equal(tt_party_of(policy, "api.vendor.example", addr), TT_PARTY_FIRST);
    assert_int_equal(tt_party_of(policy, "ads.example", addr), TT_PARTY_THIRD);
    assert_int_equal(tt_party_of(policy, NULL, addr), TT_PARTY_FIRST);
    assert_int_equal(tt_party_of(policy, NULL, address("198.51.100.8")), TT_PARTY_UNKNOWN);
    assert_int_equal(tt_party_of(policy, NULL, address(NULL)), TT_PARTY_UNKNOWN);
    tt_policy_free(policy);
    policy = policy_of("policy: p\nparties: {first: vendor.example, third: ads.example}\n" CLAUSES);
    assert_int_equal(tt_party_of(policy, "x.ads.example", addr), TT_PARTY_THIRD);
    assert_int_equal(tt_party_of(policy, "other.example", addr), TT_PARTY_UNKNOWN);
    tt_policy_free(policy);
}

static void organisations_come_from_policy_or_network(void **state)
{
    (void)state;
    const struct tt_addr addr = address("198.51.100.7");
    struct tt_policy *policy = policy_of("policy: p\norganisations:\n"
                                         "  Example Cloud: [cloud.example, 198.51.100.9]\n"
                                         "  Ads: ads.example\n" CLAUSES);
    const char *network = "AS64500 Example Carrier";
    assert_string_equal(tt_organisation_of(policy, "a.cloud.example", addr, NULL, network),
                        "Example Cloud");
    assert_string_equal(tt_organisation_of(policy, "ads.example", addr, NULL, NULL), "Ads");
    assert_string_equal(tt_organisation_of(policy, NULL, address("198.51.100.9"), NULL, network),
                        "Example Cloud");
    assert_string_equal(tt_organisation_of(policy, "x.example", addr, NULL, network),
                        "Example Carrier");
    assert_string_equal(tt_organisation_of(policy, NULL, addr, NULL, "Plain Name"), "Plain Name");
    assert_string_equal(tt_organisation_of(policy, NULL, addr, NULL, "ASPlain Name"),
                        "ASPlain Name");
    assert_string_equal(tt_organisation_of(policy, "x.example", addr, "AS Holder", network),
                        "AS Holder");
    assert_string_equal(tt_organisation_of(policy, "ads.example", addr, "AS Holder", NULL), "Ads");
    assert_null(tt_organisation_of(policy, NULL, addr, NULL, "AS64500"));
    assert_null(tt_organisation_of(policy, "x.example", addr, NULL, NULL));
    tt_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_are_what_was_registered),
        cmocka_unit_test(names_stand_for_what_is_under_them),
        cmocka_unit_test(parties_come_from_the_policy),
        cmocka_unit_test(organisations_come_from_policy_or_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
