/* The search over streams: weak forms, overlaps, many identifiers, reuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/matches.h"

static void expect(const char *yaml, struct tt_span stream, const char *expected)
{
    char *found = matches_of(yaml, stream);
    assert_string_equal(found, expected);
    free(found);
}

static void expect_str(const char *yaml, const char *stream, const char *expected)
{
    expect(yaml, tt_span_str(stream), expected);
}

/* ---- a longer identifier is another one ---- */

static void test_longer_token_is_another(void **state)
{
    (void)state;
    static const char sheet[] = "identifiers: {serial: RK7Q20XW4ZT, username: ilka_v5519}";
    static const char serial[] = "serial[0] text 2+11\n";
    expect_str(sheet, "s=RK7Q20XW4ZT;", serial);
    expect_str(sheet, "s_RK7Q20XW4ZT_2", serial);
    expect_str(sheet, "snRK7Q20XW4ZT ", serial);
    expect_str(sheet, "\\nRK7Q20XW4ZT ", serial);
    expect_str(sheet, "s=RK7Q20XW4ZT1", "");
    expect_str(sheet, "s=RK7Q20XW4ZTA", "");
    expect_str(sheet, "s=ARK7Q20XW4ZT", "");
    expect_str(sheet, "u=nilka_v5519", "");
    expect_str(sheet, "u=ilka_v55190", "");
    expect_str(sheet, "u=ilka_v5519x", "");
    /* Behind a count of its bytes, and before the tag of a next field. */
    expect(sheet, tt_span_of("B\x0bRK7Q20XW4ZTB\x01", 15), serial);
    expect(sheet, tt_span_of("= RK7Q20XW4ZTB\x01z", 16), serial);
    expect(sheet, tt_span_of("nkRK7Q20XW4ZTdname", 18), serial);
}

/* A length of nine is a tab: a border where the tags of fields stand before and behind. */
static void test_counted_by_a_tab(void **state)
{
    (void)state;
    static const char id[] = "identifiers: {serial: rk84ltexq}";
    expect_str(id, "J\trk84ltexqr\"0123", "serial[0] text 2+9\n");
    expect_str(id, "J\trk84ltexqs 0123", "");
    expect_str(id, "a\trk84ltexqr 0123", "");
    expect_str(id, "J\trk84ltexq\n", "serial[0] text 2+9\n");
    /* Of a value that is weak, too. */
    static const char weak[] = "identifiers: {serial: mirkko}";
    expect_str(weak, "J\6mirkkoR\"0123", "serial[0] text 2+6 weak\n");
    expect_str(weak, "J\7mirkkoR\"0123", "");
    expect_str(weak, "J\tmirkkoR\"0123", "");
}

static void test_longer_hex_is_another(void **state)
{
    (void)state;
    static const char id[] = "identifiers: {android_id: 5be1c07a93d42f68}";
    expect_str(id, "a=5be1c07a93d42f68&", "android_id[0] text 2+16\n");
    expect_str(id, "id5be1c07a93d42f68", "android_id[0] text 2+16\n");
    expect_str(id, "a=5be1c07a93d42f681", "");
    expect_str(id, "a=d5be1c07a93d42f68", "");
    static const char mac[] = "identifiers: {mac_address: '02:00:5e:71:c3:4d'}";
    expect_str(mac, "mac:02:00:5e:71:c3:4d,", "mac_address[0] colons 4+17\n");
    expect_str(mac, "m=02:00:5e:71:c3:4d:99:00", "");
    expect_str(mac, "11:02:00:5e:71:c3:4d", "");
    expect_str(mac, "m=ff02005e71c34d", "");
    expect_str(mac, "m=02005e71c34dff", "");
    expect_str(mac, "m=02%3A00%3A5e%3A71%3Ac3%3A4d&", "mac_address[0] percent 2+27\n");
    expect_str(mac, "m=02%3A00%3A5e%3A71%3Ac3%3A4d%3a99%3a00", "");
    expect_str(mac, "m=11%3A02%3A00%3A5e%3A71%3Ac3%3A4d", "");
    expect_str(mac, "m%3D11%3A02%3A00%3A5e%3A71%3Ac3%3A4d", "");
    expect_str(mac, "m=3D11:02:00:5e:71:c3:4d", "");
    expect_str(mac, "m=02:00:5e:71:c3:4d=\r\n:99", "");
    expect_str(mac, "m=02:00:5e:71:c3:4d=\n:99", "");
    expect_str(mac, "m=11:=\r\n02:00:5e:71:c3:4d", "");
    expect_str(mac, "m=11=\r\n:02:00:5e:71:c3:4d", "");
    expect_str(mac, "m=02:00:5e:71:c3:4d=\r\n", "mac_address[0] colons 2+17\n");
    expect_str(mac, "=02:00:5r:71:p3:4q;", "mac_address[0] colons+rot13 1+17\n");
    expect_str(mac, "=02:00:5r:71:p3:4qs", "");
    expect_str(mac, "=s02:00:5r:71:p3:4q;", "");
    expect_str("identifiers: {name: Venla Kettunen, email: venla.k@posti.example}",
               "fnenutteK alneV, Irayn Xrggharas, 1elpmaxe.itsop@k.alnev", "");
    expect_str("identifiers: {name: Venla Kettunen, email: venla.k@posti.example}",
               " nenutteK alneV, elpmaxe.itsop@k.alnev ",
               "name[0] text+reversed 1+14\nemail[0] text+reversed 17+21\n");
    expect_str(mac, "mac%3A02%3A00%3A5e%3A71%3Ac3%3A4d", "mac_address[0] percent 6+27\n");
}

static void test_longer_name_in_letters(void **state)
{
    (void)state;
    static const char sheet[] = "identifiers: {name: Ilka Vendel}";
    expect_str(sheet, "eyJ1c2VyIjoiSWxrYSBWZW5kZWxob2xtIn0", "");
    expect_str(sheet, "eyJ1c2VyIjoiSWxrYSBWZW5kZWwifQ", "name[0] text+base64 12+14\n");
    expect_str(sheet, "22496c6b612056656e64656c686f6c6d22", "");
}

/* What base64 and hexadecimal digits hold is judged as if it stood there. */
static void test_neighbours_in_letters(void **state)
{
    (void)state;
    static const char phone[] = "identifiers: {phone_number: '+358 40 555 7013'}";
    expect_str(phone, "bj1wMzU4NDA1NTU3MDEzO3A=", "phone_number[0] digits+base64 4+16\n");
    expect_str(phone, "bj0wLjM1ODQwNTU1NzAxMyA=", "");
    expect_str(phone, "bj0xMzU4NDA1NTU3MDEzOw==", "");
    expect_str(phone, "6e703335383430353535373031333b70", "phone_number[0] digits+hex 4+24\n");
    expect_str(phone, "6e3d302e33353834303535353730313320", "");
    static const char mac[] = "identifiers: {mac_address: '02:00:5e:71:c3:4d'}";
    expect_str(mac, "bT0wMjowMDo1ZTo3MTpjMzo0ZDsg", "mac_address[0] lower, colons+base64 3+22\n");
    expect_str(mac, "bT0wMjowMDo1ZTo3MTpjMzo0ZDo5OTowMDs=", "");
    expect_str(mac, "MTE6MDI6MDA6NWU6NzE6YzM6NGQg", "");
    /* Letters that go on behind an escape are read where it is undone. */
    expect_str(mac, "bT0wMjowMDo1ZTo3MTpjMzo0ZD%0As5OTowMDs", "");
    expect_str(mac, "%0AMDI6MDA6NWU6NzE6YzM6NGQg", "");
    expect_str(mac, " MDI6MDA6NWU6NzE6YzM6NGQg%", "mac_address[0] lower, colons+base64 1+22\n");
    static const char address[] = "identifiers: {custom: [{name: host, value: 203.0.113.77}]}";
    expect_str(address, "YT0yMDMuMC4xMTMuNzc7Ow==", "host text+base64 3+15\n");
    expect_str(address, "dj0yMDMuMC4xMTMuNzcuMTs=", "");
    expect_str(address, "eDcuMjAzLjAuMTEzLjc3Ow==", "");
    expect_str(address, "763d3230332e302e3131332e37372e313b", "");
    expect_str(address, "613d3230332e302e3131332e37373b3b", "host text+hex 4+24\n");
    /* What follows may stand in the next line. */
    expect_str(address, "ZGo9MjAzLjAuMTEzLjc3\nLjE7IA==", "");
    expect_str(address, "ZGo9MjAzLjAuMTEzLjc3\r\nLjE7IA==", "");
    expect_str(address, "ZGo9MjAzLjAuMTEzLjc3\nOyB4eXo=", "host text+base64 4+16\n");
    static const char uuid[] =
        "identifiers: {advertising_id: 654ee2c3-3a06-46b1-b18d-56b06b99963f}";
    expect_str(uuid, "aWQ9NjU0ZWUyYzMtM2EwNi00NmIxLWIxOGQtNTZiMDZiOTk5NjNm=\r\nZTs=", "");
    expect_str(uuid, "aWQ9NjU0ZWUyYzMtM2EwNi00NmIxLWIxOGQtNTZiMDZiOTk5NjNm=\r\nOzs=",
               "advertising_id[0] text+base64 4+48\n");
    /* Raw bytes have no edges: letters beside them are none. */
    static const char id[] = "identifiers: {android_id: 4be1c07a93d42f68}";
    expect_str(id, "YUvhwHqT1C9oYQ==", "android_id[0] raw+base64 2+10\n");
}

static void count_match(void *context, const struct tt_match *match)
{
    size_t *count = context;
    *count += match->len > 0 ? 1 : 0;
}

/* A byte in front that counts one more than the value has: what follows is no tag. */
static void test_counted_with_more(void **state)
{
    (void)state;
    static const char sheet[] = "identifiers: {serial: RX81KZ44QPM, username: orla_keane77}";
    expect_str(sheet, "\022\013RX81KZ44QPM\032\003abc", "serial[0] text 2+11\n");
    expect_str(sheet, "\022\014RX81KZ44QPM1\032\003abc", "");
    expect_str(sheet, "\022\015RX81KZ44QPM12\032\003abc", "");
    expect_str(sheet, "\022\015orla_keane771\032\003abc", "");
    expect_str(sheet, "\022\014orla_keane77\032\003abc", "username[0] text 2+12\n");
    expect_str(sheet, "\xacRX81KZ44QPM1\003abc", "");
    expect_str(sheet, "\xabRX81KZ44QPMJ\003abc", "serial[0] text 1+11\n");
}

/* A name that may go on where nobody can see it. */
static void test_what_touches_a_cut(void **state)
{
    (void)state;
    static const char *const streams[] = {"u=Ilka Vendel", "u=Ilka Vendel;"};
    struct finder finder = finder_of("identifiers: {name: Ilka Vendel}");
    for (size_t i = 0; i < 2; i++) {
        size_t count = 0;
        assert_int_equal(tt_scan_feed(finder.scan, tt_span_str(streams[i]), count_match, &count),
                         TT_OK);
        tt_scan_cut(finder.scan);
        assert_int_equal(tt_scan_end(finder.scan, count_match, &count), TT_OK);
        assert_int_equal(count, i);
    }
    /* The next stream is another one. */
    expect_str("identifiers: {name: Ilka Vendel}", streams[0], "name[0] text 2+11\n");
    finder_free(&finder);
}

static void test_fraction_is_no_number(void **state)
{
    (void)state;
    static const char sheet[] = "identifiers: {phone_number: '+358 40 555 7013'}";
    expect_str(sheet, "p=358405557013", "phone_number[0] digits 2+12\n");
    expect_str(sheet, "p=0.358405557013", "");
}

/* ---- weak forms ---- */

static void test_weak_is_a_whole_token(void **state)
{
    (void)state;
    static const char sheet[] = "identifiers: {username: mirko}";
    static const char found[] = "username[0] text 5+5 weak\n";
    expect_str(sheet, "user=mirko&x", found);
    expect_str(sheet, "user=Mirko", found);
    expect_str(sheet, "    \"mirko\"", found);
    expect(sheet, tt_span_of("abc\x04\x05mirko\x00", 11), found);
    /* LDAP: the tag behind the name is not a letter. */
    expect(sheet, tt_span_of("abc\x04\x05mirko\x80\x04", 12), found);
    /* An escaped character in front. */
    expect_str(sheet, "x=%3Dmirko", found);
    expect_str(sheet, "user=mirkos", "");
    expect_str(sheet, "user=xmirko", "");
    expect_str(sheet, "user=9mirko", "");
    expect_str(sheet, "user=mirko2", "");
    expect_str(sheet, "user=mirko-agent", "");
    expect_str(sheet, "user_mirko", "");
    expect_str(sheet, "user=mirko\xc3\xa9", "");
    expect_str(sheet, "user=\xc3\xa9mirko", "");
}

static void test_weak_in_utf16(void **state)
{
    (void)state;
    static const char sheet[] = "identifiers: {username: mirko}";
    expect(sheet, tt_span_of("=\0m\0i\0r\0k\0o\0;\0", 14), "username[0] utf-16le 2+10 weak\n");
    expect(sheet, tt_span_of("m\0i\0r\0k\0o\0", 10), "username[0] utf-16le 0+10 weak\n");
    expect(sheet, tt_span_of("\0m\0i\0r\0k\0o", 10), "username[0] utf-16be 0+10 weak\n");
    expect(sheet, tt_span_of("=\0m\0i\0r\0k\0o\0s\0", 14), "");
    expect(sheet, tt_span_of("x\0m\0i\0r\0k\0o\0;\0", 14), "");
    expect(sheet, tt_span_of("\0x\0m\0i\0r\0k\0o", 12), "");
}

static void test_weak_as_a_token(void **state)
{
    (void)state;
    /* base64 of "mirko" and its hexadecimal digits, as tokens by themselves and inside others. */
    expect_str("identifiers: {username: mirko}",
               "u=bWlya28=", "username[0] text+base64 2+7 weak\n");
    expect_str("identifiers: {username: mirko}", "bWlya28", "username[0] text+base64 0+7 weak\n");
    expect_str("identifiers: {username: mirko}", "xbWlya28=", "");
    expect_str("identifiers: {username: mirko}", "bWlya28y", "");
    expect_str("identifiers: {username: mirko}", "6D69726b6f", "username[0] text+hex 0+10 weak\n");
    expect_str("identifiers: {username: mirko}", "06d69726b6f", "");
    expect_str("identifiers: {username: abc}", "616263 YWJj", "");
}

static void test_too_short(void **state)
{
    (void)state;
    struct finder finder = finder_of("identifiers: {username: ab, password: \"12\"}");
    assert_int_equal(tt_matcher_form_count(finder.matcher), 0);
    assert_string_equal(find_all_cuts(&finder, tt_span_str("ab ab 12")), "");
    finder_free(&finder);
}

static void test_rows_are_weak(void **state)
{
    (void)state;
    expect_str("identifiers: {phone_number: \"1234567890\"}", "x1234567890", "");
    expect_str("identifiers: {phone_number: \"1234567890\"}", "=1234567890",
               "phone_number[0] as written 1+10 weak\n");
    expect_str("identifiers: {imei: \"000000000000000\"}", "a000000000000000", "");
}

/* ---- overlaps ---- */

static void test_longest_wins(void **state)
{
    (void)state;
    /* Ends at the same place, begins earlier; and the same start, ends later. */
    expect_str("identifiers: {phone_number: \"+919812345678\"}", "+919812345678 9812345678",
               "phone_number[0] e164 0+13\nphone_number[0] national, short 14+10\n");
    expect_str("identifiers: {imei: 358240051111110}", "358240051111110358240051111110",
               "imei[0] digits 0+15\nimei[0] digits 15+15\n");
}

static void test_value_that_overlaps_itself(void **state)
{
    (void)state;
    static const char sheet[] = "identifiers: {password: xQ7xQ7xQ7xQ7xQ7}";
    expect_str(sheet, "xQ7xQ7xQ7xQ7xQ7xQ7", "password[0] text 0+15\n");
    expect_str(sheet, "xQ7xQ7xQ7xQ7xQ7-xQ7xQ7xQ7xQ7xQ7",
               "password[0] text 0+15\npassword[0] text 16+15\n");
}

static void test_same_bytes_of_different_identifiers(void **state)
{
    (void)state;
    expect_str("identifiers: {email: asha.rao@example.org, username: asha.rao@example.org}\n"
               "contacts: [{name: Mika, email: asha.rao@example.org},"
               " {name: Noor, email: asha.rao@example.org}]",
               "<asha.rao@example.org>",
               "email[0] text 1+20\nusername[0] text 1+20\n"
               "contacts[0].email text 1+20\ncontacts[1].email text 1+20\n");
}

static void test_one_value_inside_another(void **state)
{
    (void)state;
    expect_str("identifiers: {hostname: kitchen-plug-71, ssid: net-kitchen-plug-71-5g}",
               "net-kitchen-plug-71-5g", "hostname[0] text 4+15\nssid[0] text 0+22\n");
}

/* Patterns that begin alike are searched by their start: wherever a piece ends, what follows it
 * decides. */
static void test_patterns_that_begin_alike(void **state)
{
    (void)state;
    static const char sheet[] = "identifiers: {imei: 358240051111110}";
    expect_str(sheet, "v=3582400511111107.", "imei[0] imeisv 2+16\n");
    expect_str(sheet, "v=35824005111111x7.", "imei[0] digits without check digit 2+14\n");
    expect_str(sheet, "3582400511111199", "imei[0] imeisv 0+16\n");
    expect_str(sheet, "a \x53\x28\x04\x50\x11\x11\x11\x70", "imei[0] imeisv, tbcd 2+8\n");
    expect_str(sheet, "a \x53\x28\x04\x50\x11\x11\x11\x7a", "");
    expect_str(sheet, "a \x53\x28\x04\x50\x11\x11\x11", "");
}

/* ---- when a match is told ---- */

static void test_told_when_the_next_byte_is_known(void **state)
{
    (void)state;
    struct finder finder = finder_of("identifiers: {phone_number: \"+91 98123 45678\"}");
    feed_flush(&finder, tt_span_str("tel +919812345678"));
    assert_int_equal(finder.out.len, 0);
    feed_flush(&finder, tt_span_str("; x"));
    assert_int_not_equal(finder.out.len, 0);
    (void)finish(&finder);
    finder_free(&finder);
}

/* However the stream is cut: what is written backwards neither holds it up nor hides it. */
static void test_mirrored_takes_nothing_from_usual(void **state)
{
    (void)state;
    expect_str("identifiers: {password: WX7K9LL9K}", "WX7K9LL9K7XW", "password[0] text 0+9\n");
    expect_str("identifiers: {password: WX7K9LL9K}", "K9LL9K7XW",
               "password[0] text+reversed 0+9\n");
    expect_str("identifiers: {phone_number: \"+1 212 555 2121\"}", "to 12125552121+.",
               "phone_number[0] digits 3+11\nphone_number[0] e164+reversed 3+12\n");
}

static void test_strong_text_is_told_at_once(void **state)
{
    (void)state;
    struct finder finder = finder_of("identifiers: {password: 7714-open-sesame}");
    feed_flush(&finder, tt_span_str("7714-open-sesame"));
    assert_int_not_equal(finder.out.len, 0);
    (void)finish(&finder);
    finder_free(&finder);
}

/* ---- streams ---- */

static void test_streams_do_not_touch(void **state)
{
    (void)state;
    struct finder finder = finder_of("identifiers: {email: asha.rao@example.org}");
    feed_flush(&finder, tt_span_str("asha.rao@"));
    assert_string_equal(finish(&finder), "");
    tt_buf_clear(&finder.out);
    feed_flush(&finder, tt_span_str("example.org"));
    assert_string_equal(finish(&finder), "");
    finder_free(&finder);
}

static void test_empty_streams_and_sheets(void **state)
{
    (void)state;
    expect_str("device: {name: nothing}", "anything at all", "");
    expect_str("identifiers: {email: asha.rao@example.org}", "", "");
    tt_scan_free(NULL);
    tt_matcher_free(NULL);
}

static void test_many_matches_in_one_piece(void **state)
{
    (void)state;
    enum { TIMES = 200000 };
    struct finder finder = finder_of("identifiers: {password: ZX1G22KHQT}");
    char *stream = malloc(TIMES * 10);
    assert_non_null(stream);
    for (size_t i = 0; i < TIMES; i++)
        memcpy(stream + i * 10, "ZX1G22KHQT", 10);
    size_t count = 0;
    assert_int_equal(
        tt_scan_feed(finder.scan, tt_span_of(stream, (size_t)TIMES * 10), count_match, &count),
        TT_OK);
    assert_int_equal(tt_scan_end(finder.scan, count_match, &count), TT_OK);
    assert_int_equal(count, TIMES);
    free(stream);
    finder_free(&finder);
}

/* More candidates in one piece than are held: the outcome is that of small pieces. */
static void test_pending_limit(void **state)
{
    (void)state;
    enum { VALUES = 8, PIECE = 30000 };
    struct tt_buf yaml = tt_buf_make(65536);
    assert_int_equal(tt_buf_append_str(&yaml, "identifiers:\n  password:\n"), TT_OK);
    for (size_t i = 0; i < VALUES; i++) {
        assert_int_equal(tt_buf_append_str(&yaml, "  - "), TT_OK);
        for (size_t j = 0; j < 10 + i; j++)
            assert_int_equal(tt_buf_append_str(&yaml, "Q7"), TT_OK);
        assert_int_equal(tt_buf_append_u8(&yaml, '\n'), TT_OK);
    }
    assert_int_equal(tt_buf_append_u8(&yaml, 0), TT_OK);
    struct finder finder = finder_of((const char *)yaml.data);
    char *stream = malloc(PIECE);
    assert_non_null(stream);
    for (size_t i = 0; i < PIECE; i++)
        stream[i] = i % 2 == 0 ? 'Q' : '7';
    feed_flush(&finder, tt_span_of(stream, PIECE));
    char *whole = strdup(finish(&finder));
    assert_non_null(strstr(whole, "password[7]"));
    tt_buf_clear(&finder.out);
    for (size_t i = 0; i < PIECE; i += 1000)
        feed_flush(&finder, tt_span_of(stream + i, 1000));
    assert_string_equal(finish(&finder), whole);
    free(whole);
    free(stream);
    tt_buf_free(&yaml);
    finder_free(&finder);
}

/* A callback that searches something else with the same matcher. */
struct nested {
    struct tt_scan *inner;
    size_t inner_count;
};

static void scan_again(void *context, const struct tt_match *match)
{
    struct nested *nested = context;
    (void)match;
    assert_int_equal(tt_scan_feed(nested->inner, tt_span_str("x ZX1G22KHQT y"), count_match,
                                  &nested->inner_count),
                     TT_OK);
    assert_int_equal(tt_scan_end(nested->inner, count_match, &nested->inner_count), TT_OK);
}

static void test_search_inside_a_callback(void **state)
{
    (void)state;
    struct finder finder = finder_of("identifiers: {password: ZX1G22KHQT}");
    struct nested nested = {.inner = tt_scan_new(finder.matcher)};
    assert_non_null(nested.inner);
    assert_int_equal(
        tt_scan_feed(finder.scan, tt_span_str("ZX1G22KHQT ZX1G22KHQT"), scan_again, &nested),
        TT_OK);
    assert_int_equal(tt_scan_end(finder.scan, scan_again, &nested), TT_OK);
    assert_int_equal(nested.inner_count, 2);
    tt_scan_free(nested.inner);
    finder_free(&finder);
}

/* Streams made of parts of the forms: whatever is found does not depend on the cut. */
static void test_random_streams(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } parts[] = {
        {"+91", 3},      {"91", 2},          {"0", 1},    {"00", 2},     {"98123", 5},
        {"45678", 5},    {" ", 1},           {"-", 1},    {"(", 1},      {"mirko", 5},
        {"asha", 4},     {"35824005", 8},    {"1111", 4}, {"11110", 5},  {"\0", 1},
        {"m\0i\0", 4},   {"r\0k\0o\0", 6},   {"@", 1},    {"raonen", 6}, {"%20", 3},
        {"raonen, ", 8}, {"9812345678", 10}, {"28.", 3},  {"6139", 4},   {"\xc3\xa9", 2},
    };
    struct finder finder = finder_of(
        "identifiers: {phone_number: \"+91 98123 45678\", username: mirko, imei: 358240051111110,"
        " name: asha raonen, location: {latitude: 28.613935, longitude: 11.1111}}");
    uint64_t seed = 20141120;
    size_t found = 0;
    for (int round = 0; round < 300; round++) {
        uint8_t stream[160];
        size_t len = 0;
        for (int i = 0; i < 12; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            size_t at = (size_t)(seed >> 33) % TT_ARRAY_LEN(parts);
            memcpy(stream + len, parts[at].bytes, parts[at].len);
            len += parts[at].len;
        }
        found += strlen(find_all_cuts(&finder, tt_span_of(stream, len)));
    }
    assert_true(found > 1000); /* the streams do hold something */
    finder_free(&finder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weak_is_a_whole_token),
        cmocka_unit_test(test_what_touches_a_cut),
        cmocka_unit_test(test_counted_with_more),
        cmocka_unit_test(test_weak_in_utf16),
        cmocka_unit_test(test_weak_as_a_token),
        cmocka_unit_test(test_too_short),
        cmocka_unit_test(test_longer_token_is_another),
        cmocka_unit_test(test_counted_by_a_tab),
        cmocka_unit_test(test_longer_hex_is_another),
        cmocka_unit_test(test_longer_name_in_letters),
        cmocka_unit_test(test_neighbours_in_letters),
        cmocka_unit_test(test_fraction_is_no_number),
        cmocka_unit_test(test_rows_are_weak),
        cmocka_unit_test(test_longest_wins),
        cmocka_unit_test(test_value_that_overlaps_itself),
        cmocka_unit_test(test_same_bytes_of_different_identifiers),
        cmocka_unit_test(test_one_value_inside_another),
        cmocka_unit_test(test_patterns_that_begin_alike),
        cmocka_unit_test(test_told_when_the_next_byte_is_known),
        cmocka_unit_test(test_mirrored_takes_nothing_from_usual),
        cmocka_unit_test(test_strong_text_is_told_at_once),
        cmocka_unit_test(test_streams_do_not_touch),
        cmocka_unit_test(test_empty_streams_and_sheets),
        cmocka_unit_test(test_many_matches_in_one_piece),
        cmocka_unit_test(test_pending_limit),
        cmocka_unit_test(test_search_inside_a_callback),
        cmocka_unit_test(test_random_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
