/* Management frames of 802.11: names in elements, what is malformed, what a listing is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "link_player.h"
#include "proto/list.h"

enum { PROBE_REQUEST = 4, BEACON = 8, AUTHENTICATION = 11, ACTION = 13 };

#define BYTES(text) tt_span_of((text), sizeof(text) - 1)

static struct recorder *play_frame(unsigned subtype, struct tt_span body, unsigned flags)
{
    return play_payload(&tt_proto_wlan, (uint16_t)(TT_LINK_WLAN_MANAGEMENT | subtype), body, flags);
}

static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        size_t fixed;
    } cases[16] = {
        {"association_request", 4},
        {"association_response", 6},
        {"reassociation_request", 10},
        {"reassociation_response", 6},
        {"probe_request", 0},
        {"probe_response", 12},
        {"timing_advertisement", 10},
        {"reserved", 0},
        {"beacon", 12},
        {"atim", 0},
        {"disassociation", 2},
        {"authentication", 6},
        {"deauthentication", 2},
    };
    for (unsigned i = 0; i < 13; i++) {
        uint8_t body[64] = {0};
        memcpy(body + cases[i].fixed, "\x00\x09Home Wifi\x01\x02xy", 15);
        struct recorder *rec = play_frame(i, tt_span_of(body, cases[i].fixed + 15), 0);
        char message[128];
        (void)snprintf(message, sizeof(message),
                       "0 message 802.11 %s method=- host=- url=- name=Home Wifi type=- status=0 "
                       "bytes=%zu whole\n",
                       cases[i].kind, cases[i].fixed + 15);
        assert_true(rec_has(rec, message));
        assert_field(rec, "802.11.ssid", "Home Wifi");
        assert_field(rec, "802.11.elements", "\\x01\\x02xy");
        assert_int_equal(rec->note_count, 0);
        rec_free(rec);
        if (cases[i].fixed == 0)
            continue;
        rec = play_frame(i, tt_span_of(body, cases[i].fixed - 1), 0);
        assert_true(rec_noted(rec, "802.11.short"));
        rec_free(rec);
    }
}

/* Only management frames of 802.11 are claimed. */
static void test_probe(void **state)
{
    (void)state;
    static const uint16_t others[] = {
        TT_LINK_FRAME, TT_LINK_WLAN, TT_LINK_WLAN_AMSDU, 0x00ff, 0x0110, 0x0806, 0x888e};
    for (size_t i = 0; i < TT_ARRAY_LEN(others); i++) {
        struct tt_flow flow = link_flow(others[i]);
        assert_int_equal(tt_proto_wlan.probe(&flow, TT_FROM_INITIATOR, BYTES("\x00\x01x")),
                         TT_PROBE_NO);
    }
}

/* Exactly what goes out, with its offsets. */
static void test_offsets(void **state)
{
    (void)state;
    struct recorder *rec =
        play_frame(PROBE_REQUEST, BYTES("\x01\x01\x82\x00\x04Home\xdd\x04\x01\x02\x03\x04"), 0);
    assert_string_equal(
        rec_log(rec),
        "0 802.11.elements @0 opaque type=- codings=- boundary=- framing=- host=- complete end=5 "
        "\"\\x01\\x01\\x82\\x00\\x04\"\n"
        "0 802.11.ssid @5 type=- codings=- boundary=- framing=- host=- complete end=9 \"Home\"\n"
        "0 802.11.elements @9 opaque type=- codings=- boundary=- framing=- host=- complete end=15 "
        "\"\\xdd\\x04\\x01\\x02\\x03\\x04\"\n"
        "0 message 802.11 probe_request method=- host=- url=- name=Home type=- status=0 bytes=15 "
        "whole\n");
    rec_free(rec);
}

/* The wildcard of a probe request is no name. */
static void test_hidden_network(void **state)
{
    (void)state;
    struct recorder *rec = play_frame(PROBE_REQUEST, BYTES("\x00\x00\x01\x01\x82"), 0);
    assert_true(rec_has(rec, "name=- "));
    assert_int_equal(rec_count(rec, "802.11.ssid"), 0);
    rec_free(rec);
}

static void test_names_that_are_no_text(void **state)
{
    (void)state;
    struct recorder *rec = play_frame(PROBE_REQUEST, BYTES("\x00\x07\xc3\xa4\xb2\n\x7fok"), 0);
    assert_true(rec_has(rec, "name=\xc3\xa4\\xb2\\x0a\\x7fok "));
    assert_field(rec, "802.11.ssid", "\\xc3\\xa4\\xb2\\n\\x7fok");
    rec_free(rec);
    /* The longest element, every byte of it escaped. */
    uint8_t body[257] = {0, 255};
    memset(body + 2, 0xff, 255);
    rec = play_frame(PROBE_REQUEST, tt_span_of(body, sizeof(body)), 0);
    assert_true(rec_has(rec, "\\xff\\xff\\xff"));
    rec_free(rec);
}

static void test_other_names(void **state)
{
    (void)state;
    struct recorder *rec =
        play_frame(PROBE_REQUEST,
                   BYTES("\x07\x06"
                         "FI \x01\x0d\x14"
                         "\x54\x0a\x00\x03one\x00\x03two"
                         "\x72\x04mesh"
                         "\x85\x1e"
                         "0123456789hall-ap-07\0\0\0\0\0\0rest"
                         "\xdd\x11\x50\x6f\x9a\x1c\x02\0\0\0\0\x0a\x05other\x80"),
                   0);
    assert_field(rec, "802.11.country", "FI");
    assert_field(rec, "802.11.ssid", "one");
    assert_field(rec, "802.11.ssid", "two");
    assert_field(rec, "802.11.mesh_id", "mesh");
    assert_field(rec, "802.11.ap_name", "hall-ap-07");
    assert_field(rec, "802.11.owe.ssid", "other");
    assert_true(rec_has(rec, "name=one "));
    assert_int_equal(rec->note_count, 0);
    rec_free(rec);
}

static const char WPS[] = "\xdd\x5a\x00\x50\xf2\x04"
                          "\x10\x4a\x00\x01\x10"
                          "\x10\x11\x00\x0c"
                          "Asha's phone"
                          "\x10\x21\x00\x05Maker"
                          "\x10\x23\x00\x07Model 7"
                          "\x10\x24\x00\x03"
                          "3.1"
                          "\x10\x42\x00\x08"
                          "SN-10442"
                          "\x10\x47\x00\x10"
                          "0123456789abcdef"
                          "\x10\x54\x00\x02\x00\x0a";

static void test_wps(void **state)
{
    (void)state;
    struct recorder *rec = play_frame(PROBE_REQUEST, BYTES(WPS), 0);
    assert_field(rec, "802.11.wps.device_name", "Asha's phone");
    assert_field(rec, "802.11.wps.manufacturer", "Maker");
    assert_field(rec, "802.11.wps.model_name", "Model 7");
    assert_field(rec, "802.11.wps.model_number", "3.1");
    assert_field(rec, "802.11.wps.serial_number", "SN-10442");
    assert_field(rec, "802.11.wps.uuid_e", "0123456789abcdef");
    assert_field(rec, "802.11.elements", "\\x10T\\x00\\x02\\x00\\n");
    assert_true(rec_has(rec, "name=Asha's phone "));
    assert_int_equal(rec->note_count, 0);
    rec_free(rec);
    /* An attribute longer than its element: the element goes out as it stands. */
    rec = play_frame(PROBE_REQUEST,
                     BYTES("\xdd\x0c\x00\x50\xf2\x04\x10\x11\x00\x09"
                           "abcd"),
                     0);
    assert_int_equal(rec_count(rec, "wps"), 0);
    assert_field(rec, "802.11.elements",
                 "\\xdd\\x0c\\x00P\\xf2\\x04\\x10\\x11\\x00\\x09"
                 "abcd");
    rec_free(rec);
}

#define P2P_INFO                                                                                   \
    "\xdd\x2f\x50\x6f\x9a\x09"                                                                     \
    "\x02\x01\x00\x25"                                                                             \
    "\x0d\x24\x00"                                                                                 \
    "macadr"                                                                                       \
    "cm"                                                                                           \
    "primary8"                                                                                     \
    "\x01"                                                                                         \
    "second.8"                                                                                     \
    "\x10\x11\x00\x07"                                                                             \
    "Asha TV"

static void test_wifi_direct(void **state)
{
    (void)state;
    struct recorder *rec = play_frame(PROBE_REQUEST, BYTES(P2P_INFO), 0);
    assert_field(rec, "802.11.p2p.device_name", "Asha TV");
    assert_true(rec_has(rec, "name=Asha TV "));
    rec_free(rec);
    rec = play_frame(PROBE_REQUEST,
                     BYTES("\xdd\x12\x50\x6f\x9a\x09\x0f\x0b\x00macadrDIRECT\x00\x00"), 0);
    assert_field(rec, "802.11.p2p.ssid", "DIREC");
    rec_free(rec);
    /* Actions of Wi-Fi Direct: public, and the vendor's. */
    rec = play_frame(ACTION, BYTES("\x04\x09\x50\x6f\x9a\x09\x00\x01" P2P_INFO), 0);
    assert_field(rec, "802.11.p2p.device_name", "Asha TV");
    rec_free(rec);
    rec = play_frame(ACTION + 1, BYTES("\x7f\x50\x6f\x9a\x09\x00\x01" P2P_INFO), 0);
    assert_field(rec, "802.11.p2p.device_name", "Asha TV");
    rec_free(rec);
}

static void test_actions(void **state)
{
    (void)state;
    const struct tt_span cases[] = {
        BYTES("\x05\x00\x01\x00\x01\x00\x04Home"), BYTES("\x05\x01\x01\x00\x04Home"),
        BYTES("\x05\x04\x01\x00\x04Home"),         BYTES("\x05\x05\x01\x00\x04Home"),
        BYTES("\x04\x0e\x01\x00\x00\x00\x04Home"), BYTES("\x0f\x01\x00\x00\x00\x04Home"),
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct recorder *rec = play_frame(ACTION, cases[i], 0);
        assert_field(rec, "802.11.ssid", "Home");
        assert_true(rec_has(rec, "message 802.11 action method=- host=- url=- name=Home"));
        assert_int_equal(rec->note_count, 0);
        rec_free(rec);
    }
}

/* Frames whose bodies are no elements go out whole, as they stand. */
static void test_no_elements(void **state)
{
    (void)state;
    static const struct {
        unsigned subtype;
        const char *body;
    } cases[] = {{ACTION, "\x7f\x01\x17\xf2 a vendor's own"},
                 {ACTION, "\x04\x0a public, but nobody's"},
                 {ACTION, "\x05"},
                 {ACTION, "\x0a\x07 BSS transition"},
                 {AUTHENTICATION, "\x03 commit of SAE"}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct recorder *rec = play_frame(cases[i].subtype, tt_span_str(cases[i].body), 0);
        assert_int_equal(rec_count(rec, "802.11.elements @0 opaque"), 1);
        assert_int_equal(rec_count(rec, "\n"), 2);
        assert_int_equal(rec->note_count, 0);
        rec_free(rec);
    }
}

static void test_damage(void **state)
{
    (void)state;
    struct recorder *rec = play_frame(PROBE_REQUEST, BYTES("\x00\x04Home\x01\x09rates"), 0);
    assert_field(rec, "802.11.ssid", "Home");
    assert_true(rec_noted(rec, "802.11.element"));
    assert_true(rec_has(rec, "0 raw @6 \"\\x01\\x09rates\"\n"));
    assert_true(rec_has(rec, "bytes=13 cut"));
    rec_free(rec);
    rec = play_frame(PROBE_REQUEST, BYTES("\x00\x04Home\x01\x09rates"), TT_CHUNK_CUT);
    assert_true(rec_noted(rec, "802.11.cut"));
    rec_free(rec);
    static const char all[] = "\x00\x04Home\x07\x06"
                              "FI \x01\x0d\x14" P2P_INFO;
    play_damaged(&tt_proto_wlan, TT_LINK_WLAN_MANAGEMENT | PROBE_REQUEST, BYTES(all));
    play_damaged(&tt_proto_wlan, TT_LINK_WLAN_MANAGEMENT | PROBE_REQUEST, BYTES(WPS));
    play_damaged(&tt_proto_wlan, TT_LINK_WLAN_MANAGEMENT | ACTION,
                 BYTES("\x04\x09\x50\x6f\x9a\x09\x00\x01" P2P_INFO));
}

/* Beacons are searched each, and listed when they change. */
static void test_beacons(void **state)
{
    (void)state;
    static const char one[] = "timestamp100\x00\x04Home";
    static const char two[] = "timestamp200\x00\x04Lake";
    const struct tt_span beacons[] = {BYTES(one), BYTES(one), BYTES(two), BYTES(two), BYTES(one)};
    struct recorder *rec = play_payloads(&tt_proto_wlan, TT_LINK_WLAN_MANAGEMENT | BEACON, beacons,
                                         TT_ARRAY_LEN(beacons), 0);
    assert_int_equal(rec_count(rec, "message 802.11 beacon"), 3);
    assert_int_equal(rec_count(rec, "802.11.ssid"), 5);
    rec_free(rec);
    rec = play_payloads(&tt_proto_wlan, TT_LINK_WLAN_MANAGEMENT | 5, beacons, TT_ARRAY_LEN(beacons),
                        0);
    assert_int_equal(rec_count(rec, "message 802.11 probe_response"), 5);
    rec_free(rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_hidden_network),
        cmocka_unit_test(test_names_that_are_no_text),
        cmocka_unit_test(test_other_names),
        cmocka_unit_test(test_wps),
        cmocka_unit_test(test_wifi_direct),
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_no_elements),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_beacons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
