#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/device.h"
#include "judge/place.h"

#include <stdio.h>

static const char phone_mac[] = "02:00:00:00:00:23";
static const char router_mac[] = "02:00:00:00:00:01";

struct scene {
    struct tt_addr addresses[4];
    struct tt_subject subject;
    struct tt_sides *sides;
    uint64_t flows;
};

static struct tt_addr addr(const char *text)
{
    struct tt_addr addr = {0};
    if (text != NULL && !tt_addr_parse(text, &addr))
        fail_msg("no address: %s", text);
    return addr;
}

static void begin(struct scene *scene, const char *first, const char *second)
{
    *scene = (struct scene){.subject = {.addresses = NULL}};
    scene->subject.addresses = scene->addresses;
    if (first != NULL)
        scene->addresses[scene->subject.address_count++] = addr(first);
    if (second != NULL)
        scene->addresses[scene->subject.address_count++] = addr(second);
    scene->sides = tt_sides_new(&scene->subject);
    assert_non_null(scene->sides);
}

/* `times` flows from one address to another. */
static void flows(struct scene *scene, uint32_t capture, const char *from, const char *from_mac,
                  const char *to, const char *to_mac, bool known, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        struct tt_flow flow = {.id = ++scene->flows,
                               .capture = capture,
                               .initiator_known = known,
                               .ends = {{.addr = addr(from), .mac = addr(from_mac)},
                                        {.addr = addr(to), .mac = addr(to_mac)}},
                               .first_frame = scene->flows};
        assert_int_equal(tt_sides_flow(scene->sides, &flow), TT_OK);
    }
}

static void settle(struct scene *scene)
{
    assert_int_equal(tt_sides_settle(scene->sides), TT_OK);
}

static bool is_device(const struct scene *scene, uint32_t capture, const char *text)
{
    return tt_sides_is_device(scene->sides, capture, addr(text));
}

static void the_sheet_says(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, "192.168.1.23", NULL);
    flows(&scene, 0, "192.168.1.50", NULL, "198.51.100.7", NULL, true, 9);
    flows(&scene, 0, "192.168.1.23", NULL, "198.51.100.7", NULL, true, 1);
    settle(&scene);
    assert_true(tt_sides_known(scene.sides, 0));
    assert_true(is_device(&scene, 0, "192.168.1.23"));
    assert_false(is_device(&scene, 0, "192.168.1.50"));
    assert_int_equal(tt_sides_missed(scene.sides), 0);
    struct tt_device_view view;
    assert_true(tt_sides_device(scene.sides, 0, &view));
    assert_true(tt_addr_eq(view.addr, addr("192.168.1.23")));
    assert_true(view.from_sheet);
    assert_int_equal(view.flows_opened, 1);
    assert_false(tt_sides_device(scene.sides, 1, &view));
    tt_sides_free(scene.sides);
}

static void a_hardware_address_stands_for_all_behind_it(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, phone_mac, NULL);
    flows(&scene, 0, "192.168.1.23", phone_mac, "198.51.100.7", router_mac, true, 1);
    flows(&scene, 0, "192.168.1.24", phone_mac, "198.51.100.7", router_mac, true, 1);
    flows(&scene, 0, "2001:db8::23", phone_mac, "2001:db8:1::1", router_mac, true, 1);
    flows(&scene, 0, "192.168.1.50", "02:00:00:00:00:50", "198.51.100.7", router_mac, true, 9);
    settle(&scene);
    assert_true(is_device(&scene, 0, "192.168.1.23"));
    assert_true(is_device(&scene, 0, "192.168.1.24"));
    assert_true(is_device(&scene, 0, "2001:db8::23"));
    assert_false(is_device(&scene, 0, "192.168.1.50"));
    assert_false(is_device(&scene, 0, "198.51.100.7"));
    tt_sides_free(scene.sides);
}

static void a_sheet_address_brings_its_ipv6(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, "192.168.1.23", NULL);
    flows(&scene, 0, "192.168.1.23", phone_mac, "198.51.100.7", router_mac, true, 1);
    flows(&scene, 0, "192.168.1.99", phone_mac, "198.51.100.7", router_mac, true, 1);
    flows(&scene, 0, "2001:db8::23", phone_mac, "2001:db8:1::1", router_mac, true, 1);
    flows(&scene, 0, phone_mac, phone_mac, "ff:ff:ff:ff:ff:ff", NULL, false, 1);
    settle(&scene);
    assert_true(is_device(&scene, 0, "2001:db8::23"));
    assert_true(is_device(&scene, 0, phone_mac));
    assert_false(is_device(&scene, 0, "2001:db8:1::1"));
    /* An IPv4 address that the sheet does not name is somebody else's. */
    assert_false(is_device(&scene, 0, "192.168.1.99"));
    tt_sides_free(scene.sides);
}

static void who_opens_most_is_the_device(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, NULL, NULL);
    flows(&scene, 0, "192.168.1.50", NULL, "198.51.100.7", NULL, true, 2);
    flows(&scene, 0, "192.168.1.23", NULL, "198.51.100.7", NULL, true, 3);
    settle(&scene);
    assert_true(is_device(&scene, 0, "192.168.1.23"));
    assert_false(is_device(&scene, 0, "192.168.1.50"));
    struct tt_device_view view;
    assert_true(tt_sides_device(scene.sides, 0, &view));
    assert_false(view.from_sheet);
    assert_int_equal(view.flows_opened, 3);
    tt_sides_free(scene.sides);
}

static void a_seen_opening_weighs_more(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, NULL, NULL);
    flows(&scene, 0, "192.168.1.50", NULL, "192.168.1.23", NULL, false, 3);
    flows(&scene, 0, "192.168.1.23", NULL, "198.51.100.7", NULL, true, 1);
    settle(&scene);
    assert_true(is_device(&scene, 0, "192.168.1.23"));
    tt_sides_free(scene.sides);
}

static void private_goes_before_internet(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, NULL, NULL);
    flows(&scene, 0, "203.0.113.66", NULL, "192.168.1.23", NULL, true, 100); /* a scanner */
    flows(&scene, 0, "192.168.1.23", NULL, "198.51.100.7", NULL, true, 1);
    settle(&scene);
    assert_true(is_device(&scene, 0, "192.168.1.23"));
    assert_false(is_device(&scene, 0, "203.0.113.66"));
    tt_sides_free(scene.sides);
}

static void a_router_that_only_announces_is_not_the_device(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, NULL, NULL);
    flows(&scene, 0, "192.168.1.1", NULL, "239.255.255.250", NULL, false, 50);
    flows(&scene, 0, "203.0.113.5", NULL, "198.51.100.7", NULL, true, 1);
    settle(&scene);
    assert_true(is_device(&scene, 0, "203.0.113.5"));
    tt_sides_free(scene.sides);
}

static void of_equals_the_earlier(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, NULL, NULL);
    flows(&scene, 0, "192.168.1.99", NULL, "198.51.100.7", NULL, true, 1);
    flows(&scene, 0, "192.168.1.23", NULL, "198.51.100.7", NULL, true, 1);
    settle(&scene);
    assert_true(is_device(&scene, 0, "192.168.1.99"));
    assert_false(is_device(&scene, 0, "192.168.1.23"));
    tt_sides_free(scene.sides);
}

static void inferred_with_all_its_addresses(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, NULL, NULL);
    flows(&scene, 0, "192.168.1.23", phone_mac, "198.51.100.7", router_mac, true, 5);
    flows(&scene, 0, "192.168.1.24", phone_mac, "198.51.100.7", router_mac, true, 1);
    flows(&scene, 0, "fe80::23", phone_mac, "ff02::fb", NULL, false, 1);
    flows(&scene, 0, "2001:db8::23", phone_mac, "2001:db8:1::1", router_mac, true, 1);
    flows(&scene, 0, "0.0.0.0", phone_mac, "255.255.255.255", NULL, false, 1);
    settle(&scene);
    assert_true(is_device(&scene, 0, "192.168.1.23"));
    assert_true(is_device(&scene, 0, "192.168.1.24"));
    assert_true(is_device(&scene, 0, "fe80::23"));
    assert_true(is_device(&scene, 0, "2001:db8::23"));
    assert_true(is_device(&scene, 0, phone_mac));
    assert_false(is_device(&scene, 0, "198.51.100.7"));
    assert_false(is_device(&scene, 0, router_mac));
    /* A request for an address is sent by the device too. */
    struct tt_endpoint asking = {.addr = addr("0.0.0.0"), .mac = addr(phone_mac)};
    assert_true(tt_sides_is_device(scene.sides, 0, tt_sides_addr(&asking)));
    tt_sides_free(scene.sides);
}

static void a_routers_hardware_address_stands_for_nobody(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, NULL, NULL);
    flows(&scene, 0, "192.168.1.23", router_mac, "198.51.100.7", phone_mac, true, 5);
    for (int i = 100; i < 110; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "192.168.1.%d", i);
        flows(&scene, 0, text, router_mac, "198.51.100.7", phone_mac, true, 1);
    }
    settle(&scene);
    assert_true(is_device(&scene, 0, "192.168.1.23"));
    assert_false(is_device(&scene, 0, "192.168.1.100"));
    tt_sides_free(scene.sides);
}

static void the_same_hardware_on_both_sides_tells_nothing(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, NULL, NULL);
    flows(&scene, 0, "10.0.0.1", phone_mac, "10.0.0.2", phone_mac, true, 2);
    settle(&scene);
    assert_true(is_device(&scene, 0, "10.0.0.1"));
    assert_false(is_device(&scene, 0, "10.0.0.2"));
    tt_sides_free(scene.sides);
}

static void without_hardware_addresses_both_families(void **state)
{
    (void)state;
    for (int sheet = 0; sheet < 2; sheet++) {
        struct scene scene;
        begin(&scene, sheet ? "10.215.173.1" : NULL, NULL);
        flows(&scene, 0, "10.215.173.1", NULL, "198.51.100.7", NULL, true, 3);
        flows(&scene, 0, "2001:db8::23", NULL, "2001:db8:1::1", NULL, true, 2);
        flows(&scene, 0, "2001:db8:2::1", NULL, "2001:db8::23", NULL, true, 1);
        settle(&scene);
        assert_true(is_device(&scene, 0, "10.215.173.1"));
        assert_true(is_device(&scene, 0, "2001:db8::23"));
        assert_false(is_device(&scene, 0, "2001:db8:1::1"));
        tt_sides_free(scene.sides);
    }
}

static void a_settled_family_is_left_alone(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, "10.215.173.1", "2001:db8::23");
    flows(&scene, 0, "10.215.173.1", NULL, "198.51.100.7", NULL, true, 1);
    flows(&scene, 0, "2001:db8::99", NULL, "2001:db8:1::1", NULL, true, 9);
    flows(&scene, 0, "2001:db8::23", NULL, "2001:db8:1::1", NULL, true, 1);
    settle(&scene);
    assert_true(is_device(&scene, 0, "2001:db8::23"));
    assert_false(is_device(&scene, 0, "2001:db8::99"));
    tt_sides_free(scene.sides);
}

static void captures_share_the_count_but_not_the_addresses(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, NULL, NULL);
    /* A recording cut in two: in the second part the laptop is busier. */
    flows(&scene, 0, "192.168.1.23", NULL, "198.51.100.7", NULL, true, 10);
    flows(&scene, 0, "192.168.1.50", NULL, "198.51.100.7", NULL, true, 1);
    flows(&scene, 1, "192.168.1.23", NULL, "198.51.100.7", NULL, true, 1);
    flows(&scene, 1, "192.168.1.50", NULL, "198.51.100.7", NULL, true, 3);
    /* And one of another network. */
    flows(&scene, 2, "10.0.0.8", NULL, "198.51.100.7", NULL, true, 1);
    settle(&scene);
    assert_true(is_device(&scene, 1, "192.168.1.23"));
    assert_false(is_device(&scene, 1, "192.168.1.50"));
    assert_true(is_device(&scene, 2, "10.0.0.8"));
    assert_false(is_device(&scene, 2, "192.168.1.23"));
    assert_false(is_device(&scene, 0, "10.0.0.8"));
    tt_sides_free(scene.sides);
}

static void a_sheet_that_fits_no_capture_is_told(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, "192.168.1.23", NULL);
    flows(&scene, 0, "192.168.1.77", NULL, "198.51.100.7", NULL, true, 1);
    settle(&scene);
    assert_true(is_device(&scene, 0, "192.168.1.77"));
    assert_int_equal(tt_sides_missed(scene.sides), 1);
    struct tt_device_view view;
    assert_true(tt_sides_device(scene.sides, 0, &view));
    assert_false(view.from_sheet);
    assert_true(tt_sides_device(scene.sides, 1, &view));
    assert_true(view.from_sheet);
    assert_int_equal(view.flows_opened, 0);
    tt_sides_free(scene.sides);
}

static void without_anybody_nobody(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, NULL, NULL);
    flows(&scene, 0, NULL, NULL, NULL, NULL, false, 1);
    settle(&scene);
    assert_false(tt_sides_known(scene.sides, 0));
    assert_false(tt_sides_known(scene.sides, 7));
    struct tt_device_view view;
    assert_false(tt_sides_device(scene.sides, 0, &view));
    tt_sides_free(scene.sides);
}

/* ---- headings, scopes, destinations ---- */

static struct tt_place place(const struct scene *scene, const char *from, uint16_t from_port,
                             const char *to, uint16_t to_port, enum tt_direction direction)
{
    const struct tt_flow flow = {
        .ends = {{.addr = addr(from), .port = from_port}, {.addr = addr(to), .port = to_port}}};
    struct tt_ends ends;
    struct tt_place place;
    tt_ends_of(&flow, direction, &ends);
    tt_place_find(scene->sides, &ends, &place);
    return place;
}

static void headings_and_destinations(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, "192.168.1.23", NULL);
    flows(&scene, 0, "192.168.1.23", NULL, "198.51.100.7", NULL, true, 1);
    settle(&scene);

    struct tt_place p = place(&scene, "192.168.1.23", 40000, "198.51.100.7", 80, TT_FROM_INITIATOR);
    assert_int_equal(p.heading, TT_HEADING_SENT);
    assert_int_equal(p.scope, TT_ADDR_SCOPE_INTERNET);
    assert_true(tt_addr_eq(p.addr, addr("198.51.100.7")));
    assert_int_equal(p.port, 80);
    assert_false(p.is_initiator);

    p = place(&scene, "192.168.1.23", 40000, "198.51.100.7", 80, TT_FROM_RESPONDER);
    assert_int_equal(p.heading, TT_HEADING_RECEIVED);
    assert_true(tt_addr_eq(p.addr, addr("198.51.100.7")));

    /* The device answers: whom it tells is the initiator; its passing port is left out. */
    p = place(&scene, "203.0.113.9", 40000, "192.168.1.23", 8080, TT_FROM_RESPONDER);
    assert_int_equal(p.heading, TT_HEADING_SENT);
    assert_int_equal(p.scope, TT_ADDR_SCOPE_INTERNET);
    assert_true(p.is_initiator);
    assert_true(tt_addr_eq(p.addr, addr("203.0.113.9")));
    assert_int_equal(p.port, 0);

    /* A flow seen from its middle, taken the wrong way round: the server keeps its port. */
    p = place(&scene, "203.0.113.9", 443, "192.168.1.23", 40000, TT_FROM_RESPONDER);
    assert_true(p.is_initiator);
    assert_int_equal(p.port, 443);

    p = place(&scene, "203.0.113.9", 40000, "192.168.1.23", 8080, TT_FROM_INITIATOR);
    assert_int_equal(p.heading, TT_HEADING_RECEIVED);
    assert_false(p.is_initiator);

    p = place(&scene, "192.168.1.50", 1, "198.51.100.7", 80, TT_FROM_INITIATOR);
    assert_int_equal(p.heading, TT_HEADING_BETWEEN);
    tt_sides_free(scene.sides);
}

static void scopes(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, NULL, NULL);
    settle(&scene);
    static const struct {
        const char *from;
        const char *to;
        enum tt_addr_scope scope;
    } cases[] = {
        {"192.168.1.23", "198.51.100.7", TT_ADDR_SCOPE_INTERNET},
        {"203.0.113.9", "192.168.1.23", TT_ADDR_SCOPE_INTERNET},
        {"192.168.1.23", "10.0.0.1", TT_ADDR_SCOPE_PRIVATE},
        {"192.168.1.23", "224.0.0.251", TT_ADDR_SCOPE_LINK},
        {"203.0.113.9", "255.255.255.255", TT_ADDR_SCOPE_LINK},
        {"fe80::1", "ff02::fb", TT_ADDR_SCOPE_LINK},
        {phone_mac, router_mac, TT_ADDR_SCOPE_LINK},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct tt_place p = place(&scene, cases[i].from, 1, cases[i].to, 2, TT_FROM_INITIATOR);
        assert_int_equal(p.scope, cases[i].scope);
        assert_int_equal(p.heading, TT_HEADING_UNKNOWN);
    }
    tt_sides_free(scene.sides);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sheet_says),
        cmocka_unit_test(a_hardware_address_stands_for_all_behind_it),
        cmocka_unit_test(a_sheet_address_brings_its_ipv6),
        cmocka_unit_test(who_opens_most_is_the_device),
        cmocka_unit_test(a_seen_opening_weighs_more),
        cmocka_unit_test(private_goes_before_internet),
        cmocka_unit_test(a_router_that_only_announces_is_not_the_device),
        cmocka_unit_test(of_equals_the_earlier),
        cmocka_unit_test(inferred_with_all_its_addresses),
        cmocka_unit_test(a_routers_hardware_address_stands_for_nobody),
        cmocka_unit_test(the_same_hardware_on_both_sides_tells_nothing),
        cmocka_unit_test(without_hardware_addresses_both_families),
        cmocka_unit_test(a_settled_family_is_left_alone),
        cmocka_unit_test(captures_share_the_count_but_not_the_addresses),
        cmocka_unit_test(a_sheet_that_fits_no_capture_is_told),
        cmocka_unit_test(without_anybody_nobody),
        cmocka_unit_test(headings_and_destinations),
        cmocka_unit_test(scopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
