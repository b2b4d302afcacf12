#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/link_check.h"

#define MACS "\2\0\0\0\0\2\2\0\0\0\0\1"

static void test_tags(void **state)
{
    (void)state;
    CHECK_BOTH(1,
               MACS "\x89\x26"
                    "1234\x08\0",
               MACS "\x89\x26"
                    "1234\x86\xdd",
               2); /* VN-Tag */
    CHECK_BOTH(1,
               MACS "\x89\x3f"
                    "123456\x08\0",
               MACS "\x89\x3f"
                    "123456\x86\xdd",
               2); /* E-TAG */
    CHECK_BOTH(1,
               MACS "\x89\x2f"
                    "1234\x08\0",
               MACS "\x89\x2f"
                    "1234\x86\xdd",
               2); /* HSR */
    CHECK_BOTH(1,
               MACS "\xf1\xc1"
                    "1234\x08\0",
               MACS "\xf1\xc1"
                    "1234\x86\xdd",
               2); /* R-TAG */
    CHECK_BOTH(1, MACS "\x89\x09\1\1\0\1\0\x64\x08\0", MACS "\x89\x09\1\1\0\1\0\x64\x86\xdd", 2);
    CHECK_BOTH(1,
               MACS "\x88\x74"
                    "1234\x08\0",
               MACS "\x88\x74"
                    "1234\x86\xdd",
               2);
    CHECK_BOTH(1,
               MACS "\xda\xda\0\0"
                    "1234\x08\0",
               MACS "\xda\xda\0\0"
                    "1234\x86\xdd",
               2);
    /* More than one, and a VLAN tag. */
    CHECK_BOTH(1,
               MACS "\x89\x26"
                    "1234\x81\0\0\1\x89\x09\1\1\0\1\0\x64\x08\0",
               MACS "\x89\x26"
                    "1234\x81\0\0\1\x89\x09\1\1\0\1\0\x64\x86\xdd",
               2);
    CHECK_BOTH(1, MACS "\x92\0\0\1\x93\0\0\2\x08\0", MACS "\x92\0\0\1\x93\0\0\2\x86\xdd", 2);
    CHECK_BOTH(1, MACS "\x88\x70\xaa\xaa\3\0\0\0\x08\0", MACS "\x88\x70\xaa\xaa\3\0\0\0\x86\xdd",
               2);
    CHECK_BAD_BEHIND(14, 1,
                     MACS "\x89\x26"
                          "1234\x08",
                     "switch_tag.short");
    CHECK_BAD_BEHIND(14, 1, MACS "\x89\x09", "switch_tag.short");
}

static void check_stays(const char *frame, size_t len, unsigned kind)
{
    check_raw(1, frame, len, 2, kind, "stays as it is");
}

static void test_realtek(void **state)
{
    (void)state;
    CHECK_BOTH(1, MACS "\x88\x99\xa0\1\x08\0", MACS "\x88\x99\xa0\1\x86\xdd", 2);
    CHECK_BOTH(1, MACS "\x88\x99\4\0\0\0\0\1\x08\0", MACS "\x88\x99\4\0\0\0\0\1\x86\xdd", 2);
    struct maker maker = {.len = 0};
    make_bytes(&maker, MACS "\x88\x99", 14);
    make_text(&maker, "\1\x80 management");
    check_link(1, &maker, (struct expected){TT_TRANSPORT_LINK, 0x8899, "\1\x80 management", 2, 0});
}

static void test_switch_ports(void **state)
{
    (void)state;
    CHECK_BOTH(281, MACS "1234\x08\0", MACS "1234\x86\xdd", 2);
    CHECK_BOTH(282, "1234" MACS "\x08\0", "1234" MACS "\x86\xdd", 2);
    CHECK_BOTH(284, MACS "1234\x08\0", MACS "1234\x86\xdd", 2);
    CHECK_BOTH(285,
               MACS "\xda\xda\0\0"
                    "1234\x08\0",
               MACS "\xda\xda\0\0"
                    "1234\x86\xdd",
               2);
    CHECK_BAD(281, MACS "1234\x08", "switch_tag.short");
    CHECK_BAD(282, "123", "switch_tag.short");
    CHECK_BAD(285,
              MACS "\xda\xda\0\0"
                   "1234\x08",
              "switch_tag.short");
}

#define OUTER "\2\0\0\0\0\x22\2\0\0\0\0\x21"

static void test_frames_in_frames(void **state)
{
    (void)state;
    CHECK_BOTH(1, OUTER "\x88\xe7\0\0\0\1" MACS "\x08\0", OUTER "\x88\xe7\0\0\0\1" MACS "\x86\xdd",
               2);
    CHECK_FOUR(1, OUTER "\x22\xf3\0\x3f\0\1\0\2" MACS "\x08\0", 2);
    CHECK_FOUR(1,
               OUTER "\x22\xf3\0\x7f\0\1\0\2"
                     "1234" MACS "\x08\0",
               2); /* options */
    struct maker maker = {.len = 0};
    make_bytes(&maker, OUTER "\x89\x03\0\x40" MACS "\x08\0", 30);
    make_hello(&maker);
    check_whole(1, &maker, &(struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 0});
    check_stays(MACS "\x88\xb5", 14, 0x88b5);
    CHECK_BAD_BEHIND(14, 1, OUTER "\x88\xe7\0\0\0", "pbb.short");
    CHECK_BAD_BEHIND(14, 1, OUTER "\x22\xf3\0\x3f\0", "trill.header");
    CHECK_BAD_BEHIND(14, 1,
                     OUTER "\x22\xf3\7\xff\0\1\0\2"
                           "1234",
                     "trill.header");
    CHECK_BAD_BEHIND(20, 1, OUTER "\x22\xf3\0\x3f\0\1\0\2too short", "ethernet.short");
}

static void test_macsec(void **state)
{
    (void)state;
    for (unsigned channel = 0; channel < 2; channel++)
        for (unsigned told = 0; told < 2; told++) {
            struct maker inner = {.len = 0};
            make_u16(&inner, 0x0800);
            make_hello(&inner);
            struct maker maker = {.len = 0};
            make_ethernet(&maker, 0, 0x88e5);
            make_u8(&maker, channel == 1 ? 0x20 : 0);
            make_u8(&maker, told == 1 ? (unsigned)inner.len : 0);
            make_u32(&maker, 1);
            make_text(&maker, channel == 1 ? "channel8" : "");
            make_bytes(&maker, inner.bytes, inner.len);
            make_fill(&maker, 0xee, 16);
            check_link(1, &maker, (struct expected){TT_TRANSPORT_UDP, 0, TEXT, 2, 16});
        }
}

static void test_macsec_encrypted(void **state)
{
    (void)state;
    struct maker maker = {.len = 0};
    make_ethernet(&maker, 0, 0x88e5);
    make_bytes(&maker, "\x0c\0\0\0\0\1", 6);
    make_text(&maker, "ciphertext");
    make_fill(&maker, 0xee, 16);
    struct outcome *outcome = outcome_new(1);
    outcome->flush_pages = true;
    outcome_feed(outcome, &maker);
    outcome_flush(outcome);
    assert_int_equal(outcome_notes(outcome, "macsec.encrypted"), 1);
    assert_datagram(outcome, 0, TT_TRANSPORT_LINK, 0x88e5, "ciphertext");
    assert_int_equal(outcome->datagrams[0].flags, TT_CHUNK_DATAGRAM | TT_CHUNK_ENCRYPTED);
    outcome_free(outcome);
    check_cuts(1, &maker, 16);
    CHECK_BAD_BEHIND(14, 1, MACS "\x88\xe5\x80\0\0\0\0\1hello", "macsec.header");
    CHECK_BAD_BEHIND(14, 1, MACS "\x88\xe5\0\0\0\0", "macsec.header");
    CHECK_BAD_BEHIND(14, 1, MACS "\x88\xe5\x20\0\0\0\0\1hello", "macsec.header");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags),         cmocka_unit_test(test_realtek),
        cmocka_unit_test(test_switch_ports), cmocka_unit_test(test_frames_in_frames),
        cmocka_unit_test(test_macsec),       cmocka_unit_test(test_macsec_encrypted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
