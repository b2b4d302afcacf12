/* EAP over LANs: identities, methods that name somebody, what is malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "link_player.h"
#include "proto/list.h"

enum { EAPOL = 0x888e };

#define BYTES(text) tt_span_of((text), sizeof(text) - 1)

static struct recorder *play_packet(struct tt_span payload, unsigned flags)
{
    return play_payload(&tt_proto_eap, EAPOL, payload, flags);
}

static void test_probe(void **state)
{
    (void)state;
    struct tt_flow flow = link_flow(0x0806);
    assert_int_equal(tt_proto_eap.probe(&flow, TT_FROM_INITIATOR, BYTES("x")), TT_PROBE_NO);
}

static void test_identity(void **state)
{
    (void)state;
    struct recorder *rec = play_packet(BYTES("\x01\x00\x00\x14\x02\x01\x00\x14\x01"
                                             "asha@mail.example"),
                                       0);
    assert_string_equal(
        rec_log(rec),
        "0 eap.identity @9 type=- codings=- boundary=- framing=- host=- complete end=24 "
        "\"asha@mail.examp\"\n"
        "0 eap.data @24 opaque type=- codings=- boundary=- framing=- host=- complete end=26 "
        "\"le\"\n"
        "0 message eap response method=- host=- url=- name=@mail.examp type=- status=0 "
        "bytes=26 "
        "whole\n");
    assert_int_equal(rec->accounted[0][TT_BUCKET_DECODED], 9);
    rec_free(rec);
    /* Short Ethernet frames are filled up. */
    rec = play_packet(BYTES("\x01\x00\x00\x09\x02\x01\x00\x09\x01"
                            "asha\0\0\0\0\0\0"),
                      0);
    assert_field(rec, "eap.identity", "asha");
    assert_true(rec_has(rec, "name=- "));
    assert_int_equal(rec_count(rec, "eap.data"), 0);
    rec_free(rec);
    /* What is behind and is no padding is searched. */
    rec = play_packet(BYTES("\x01\x00\x00\x09\x02\x01\x00\x09\x01"
                            "ashahidden"),
                      0);
    assert_field(rec, "eap.data", "hidden");
    rec_free(rec);
    /* A request holds a message. */
    rec = play_packet(BYTES("\x01\x00\x00\x0a\x01\x01\x00\x0a\x01"
                            "Hello"),
                      0);
    assert_field(rec, "eap.message", "Hello");
    assert_true(rec_has(rec, "name=- "));
    assert_true(rec_has(rec, "message eap request "));
    rec_free(rec);
}

static void test_methods(void **state)
{
    (void)state;
    const struct {
        struct tt_span payload;
        const char *step;
        const char *content;
    } cases[] = {
        {BYTES("\x01\x00\x00\x0a\x01\x01\x00\x0a\x02"
               "notes"),
         "eap.message", "notes"},
        {BYTES("\x01\x00\x00\x0d\x02\x01\x00\x0d\x04\x03"
               "md5"
               "asha"),
         "eap.name", "asha"},
        {BYTES("\x01\x00\x00\x0f\x02\x01\x00\x0f\x11\x01\x00\x03"
               "abc"
               "asha"),
         "eap.name", "asha"},
        {BYTES("\x01\x00\x00\x20\x02\x01\x00\x20\x12\x0a\0\0"
               "\x10\x01\x00\x01"
               "\x0e\x05\x00\x0f"
               "1404450@example\0"),
         "eap.identity", "1404450@example"},
        {BYTES("\x01\x00\x00\x14\x02\x01\x00\x14\x17\x05\0\0"
               "\x0e\x03\x00\x06"
               "0asha@\0\0"),
         "eap.identity", "0asha@"},
        {BYTES("\x01\x00\x00\x14\x02\x01\x00\x14\x32\x05\0\0"
               "\x0e\x03\x00\x08"
               "6asha@ab"),
         "eap.identity", "6asha@ab"},
        {BYTES("\x01\x00\x00\x1a\x02\x01\x00\x1a\xfe\x00\x37\x2a\0\0\0\x01\x04\x00"
               "\x10\x42\x00\x08"
               "SN-10442"),
         "eap.wps.serial_number", "SN-10442"},
        {BYTES("\x01\x00\x00\x1c\x02\x01\x00\x1c\xfe\x00\x37\x2a\0\0\0\x01\x04\x02\x00\x0c"
               "\x10\x42\x00\x08"
               "SN-10442"),
         "eap.wps.serial_number", "SN-10442"},
        {BYTES("\x01\x00\x00\x0d\x02\x01\x00\x0d\x0d"
               "tls data"),
         "eap.data", "tls data"},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct recorder *rec = play_packet(cases[i].payload, 0);
        assert_field(rec, cases[i].step, cases[i].content);
        rec_free(rec);
        play_damaged(&tt_proto_eap, EAPOL, cases[i].payload);
    }
}

static void test_other_packets(void **state)
{
    (void)state;
    const struct {
        struct tt_span payload;
        const char *kind;
    } cases[] = {
        {BYTES("\x01\x01\x00\x00"), "start"},
        {BYTES("\x01\x02\x00\x00"), "logoff"},
        {BYTES("\x02\x03\x00\x05\x02key!"), "key"},
        {BYTES("\x01\x00\x00\x04\x03\x01\x00\x04"), "success"},
        {BYTES("\x01\x00\x00\x04\x04\x01\x00\x04"), "failure"},
        {BYTES("\x01\x09\x00\x03xyz"), "other"},
        {BYTES("\x01\x00\x00\x05\x09\x01\x00\x05z"), "packet"},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct recorder *rec = play_packet(cases[i].payload, 0);
        char message[64];
        (void)snprintf(message, sizeof(message), "message eap %s ", cases[i].kind);
        assert_true(rec_has(rec, message));
        assert_int_equal(rec->note_count, 0);
        rec_free(rec);
        play_damaged(&tt_proto_eap, EAPOL, cases[i].payload);
    }
}

static void test_lengths_that_lie(void **state)
{
    (void)state;
    struct recorder *rec = play_packet(BYTES("\x01\x00\xff\xff\x02\x01\xff\xff\x01"
                                             "asha"),
                                       0);
    assert_field(rec, "eap.identity", "asha");
    assert_true(rec_noted(rec, "eap.malformed"));
    assert_true(rec_has(rec, " cut\n"));
    rec_free(rec);
    rec = play_packet(BYTES("\x01\x00\xff\xff\x02\x01\xff\xff\x01"
                            "asha"),
                      TT_CHUNK_CUT);
    assert_true(rec_noted(rec, "eap.cut"));
    rec_free(rec);
    rec = play_packet(BYTES("\x01\x00\x00"), 0);
    assert_true(rec_noted(rec, "eap.malformed"));
    rec_free(rec);
    /* Attributes and values longer than what they are in. */
    const struct tt_span cases[] = {
        BYTES("\x01\x00\x00\x10\x02\x01\x00\x10\x12\x0a\0\0\x0e\x05\x00\x0f"
              "1404"),
        BYTES("\x01\x00\x00\x10\x02\x01\x00\x10\x12\x0a\0\0\x0e\x00\x00\x0f"
              "1404"),
        BYTES("\x01\x00\x00\x10\x02\x01\x00\x10\x12\x0a\0\0\x0e\x01\x00\x01"
              "1404"),
        BYTES("\x01\x00\x00\x09\x02\x01\x00\x09\x04\xff"
              "md5"),
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        rec = play_packet(cases[i], 0);
        assert_int_equal(rec_count(rec, "eap.identity") + rec_count(rec, "eap.name"), 0);
        rec_free(rec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_other_packets),
        cmocka_unit_test(test_lengths_that_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
