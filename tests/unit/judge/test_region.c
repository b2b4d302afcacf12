#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/edge_signs.h"
#include "judge/region.h"

static void assert_region(const char *host, const char *word, const char *code)
{
    struct tt_region region = {0};
    if (!tt_region_find(host, &region))
        fail_msg("no region in %s", host);
    assert_string_equal(region.word, word);
    assert_string_equal(region.code, code);
}

static void regions_stand_in_names(void **state)
{
    (void)state;
    assert_region("s3.ap-southeast-1.store.example", "ap-southeast-1", "SG");
    assert_region("queue.us-west-2a.store.example", "us-west-2", "US-OR");
    assert_region("US-WEST1-B.run.example", "us-west1", "US-OR");
    assert_region("x-us-west-2.example", "us-west-2", "US-OR");
    assert_region("app.southeastasia.cloud.example", "southeastasia", "SG");
    assert_region("eastus2.example", "eastus2", "US-VA");
    assert_region("europe-west12-x.asia-south1.example", "asia-south1", "IN");
}

static void airports_stand_in_names(void **state)
{
    (void)state;
    assert_region("sin.api.example", "sin", "SG");
    assert_region("edge-sin02.api.example", "sin", "SG");
    assert_region("a1.pdx4.web.example", "pdx", "US-OR");
}

static void words_are_not_regions(void **state)
{
    (void)state;
    static const char *const hosts[] = {"",
                                        "sin.example",
                                        "single.api.example",
                                        "casino.a.example",
                                        "us-west-22.a.example",
                                        "xus-west-2.a.example",
                                        "us-west-2abc.a.example",
                                        "sinx.a.example",
                                        "ap-southeast-.a.example",
                                        "..",
                                        "sin"};
    struct tt_region region = {.code = "kept"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
        if (tt_region_find(hosts[i], &region))
            fail_msg("%s in %s", region.word, hosts[i]);
    assert_string_equal(region.code, "kept");
}

static void delivery_networks_are_known(void **state)
{
    (void)state;
    assert_string_equal(tt_edge_network("AS13335 Somebody"), "Cloudflare");
    assert_string_equal(tt_edge_network("AS54113"), "Fastly");
    assert_null(tt_edge_network("AS133351 Somebody"));
    assert_null(tt_edge_network("AS64500 Example"));
    assert_null(tt_edge_network(""));
    assert_null(tt_edge_network(NULL));
}

static void edges_have_names(void **state)
{
    (void)state;
    assert_true(tt_edge_name("d111.cloudfront.net"));
    assert_true(tt_edge_name("cdn.store.example"));
    assert_true(tt_edge_name("img.cdn3.store.example"));
    assert_true(tt_edge_name("edge-1.store.example"));
    assert_false(tt_edge_name("edgar.store.example"));
    assert_false(tt_edge_name("mycloudfront.net"));
    assert_false(tt_edge_name("cdnetworks.store.example"));
    assert_false(tt_edge_name("api.store.example"));
    assert_false(tt_edge_name(""));
}

/* Where a field is known to hold a code, ordinary words are codes, too. */
static void codes_stand_alone(void **state)
{
    (void)state;
    struct tt_region region;
    assert_true(tt_region_airport("SIN", &region));
    assert_string_equal(region.code, "SG");
    assert_true(tt_region_airport("del", &region));
    assert_string_equal(region.code, "IN");
    assert_false(tt_region_airport("zzz", &region));
    assert_false(tt_region_airport("", &region));
    assert_false(tt_region_find("del.store.example", &region));
    assert_true(tt_edge_any_proxy("Via"));
    assert_false(tt_edge_any_proxy("CF-Ray"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_stand_in_names), cmocka_unit_test(airports_stand_in_names),
        cmocka_unit_test(words_are_not_regions),  cmocka_unit_test(delivery_networks_are_known),
        cmocka_unit_test(edges_have_names),       cmocka_unit_test(codes_stand_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
