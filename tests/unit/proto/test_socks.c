/* SOCKS 5 and 4: log-ins, requests by name and address, answers; in any cut, and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line_check.h"

#define GREETING "\x05\x02\x00\x02"
#define OPEN "\x05\x00"
#define ASKED "\x05\x02"
#define LOGIN                                                                                      \
    "\x01\x04"                                                                                     \
    "asha"                                                                                         \
    "\x06"                                                                                         \
    "secret"
#define WELCOME "\x01\x00"
#define TO_NAME                                                                                    \
    "\x05\x01\x00\x03\x0b"                                                                         \
    "API.example"                                                                                  \
    "\x01\xbb"
#define TO_IPV4 "\x05\x01\x00\x01\xc0\x00\x02\x07\x00\x50"
#define TO_IPV6                                                                                    \
    "\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09\x00\x50"
#define GRANTED "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
#define REFUSED "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"
#define TO_IPV4_4                                                                                  \
    "\x04\x01\x00\x50\xc0\x00\x02\x07"                                                             \
    "asha\x00"
#define TO_NAME_4                                                                                  \
    "\x04\x01\x01\xbb\x00\x00\x00\x01"                                                             \
    "asha\x00"                                                                                     \
    "api.example\x00"
#define GRANTED_4 "\x00\x5a\x00\x00\x00\x00\x00\x00"
#define REFUSED_4 "\x00\x5b\x00\x00\x00\x00\x00\x00"

static void test_login(void **state)
{
    (void)state;
    static const struct turn turns[] = {CLIENT(GREETING), SERVER(ASKED),   CLIENT(LOGIN),
                                        SERVER(WELCOME),  CLIENT(TO_NAME), SERVER(GRANTED)};
    CHECK_LINES(&tt_proto_socks, 1080, turns, "0 socks.user @6 ", "\"asha\"\n",
                "0 socks.password @11 ", "\"secret\"\n", "0 socks.host @22 ", "\"API.example\"\n",
                "0 message socks greeting ", "0 message socks login ", "1 message socks reply ",
                "0 message socks request method=CONNECT host=- url=- name=API.example:443 ",
                "1 probe @14");
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct turn ipv4[] = {CLIENT(GREETING), SERVER(OPEN), CLIENT(TO_IPV4),
                                       SERVER(GRANTED)};
    CHECK_LINES(&tt_proto_socks, 9, ipv4, "name=192.0.2.7:80 ", "1 probe @12");
    static const struct turn ipv6[] = {CLIENT(GREETING), SERVER(OPEN), CLIENT(TO_IPV6),
                                       SERVER(GRANTED)};
    CHECK_LINES(&tt_proto_socks, 9, ipv6, "name=[2001:db8::9]:80 ", "1 probe @12");
}

static void test_version_4(void **state)
{
    (void)state;
    static const struct turn address[] = {CLIENT(TO_IPV4_4), SERVER(GRANTED_4)};
    CHECK_LINES(&tt_proto_socks, 1080, address, "0 socks.user @8 ", "\"asha\"\n",
                "method=CONNECT host=- url=- name=192.0.2.7:80 ", "1 probe @8");
    static const struct turn name[] = {CLIENT(TO_NAME_4), SERVER(GRANTED_4)};
    CHECK_LINES(&tt_proto_socks, 1080, name, "0 socks.user @8 ", "0 socks.host @13 ",
                "\"api.example\"\n", "name=api.example:443 ", "1 probe @8");
}

/* Whoever does not wait, or whose answers were not seen, is read by what it says itself. */
static void test_deaf(void **state)
{
    (void)state;
    static const struct turn turns[] = {CLIENT(GREETING LOGIN TO_NAME), CLIENT("GET / HTTP/1.1")};
    CHECK_LINES(&tt_proto_socks, 1080, turns, "socks.user", "socks.host", "0 probe @35");
    static const struct turn plain[] = {CLIENT(GREETING), CLIENT(TO_IPV4), CLIENT("GET /")};
    CHECK_LINES(&tt_proto_socks, 1080, plain, "name=192.0.2.7:80 ", "0 probe @14");
}

static void expect_log(const struct turn *turns, size_t count, const char *has, const char *lacks,
                       const char *note)
{
    for (size_t every = 0; every < 3; every++) {
        struct recorder *rec =
            play(&tt_proto_socks, 1080, turns, count, (struct cut){.every = every});
        assert_true(has == NULL || rec_has(rec, has));
        assert_false(rec_has(rec, lacks));
        assert_true(note == NULL ? rec->note_count == 0 : rec_noted(rec, note));
        rec_free(rec);
    }
}

/* What is refused opens nothing; of BIND the second answer does; datagrams go another way. */
static void test_answers(void **state)
{
    (void)state;
    static const struct turn refused[] = {CLIENT(GREETING), SERVER(OPEN), CLIENT(TO_IPV4),
                                          SERVER(REFUSED)};
    expect_log(refused, COUNT(refused), "status=5", "probe", NULL);
    static const struct turn refused_4[] = {CLIENT(TO_IPV4_4), SERVER(REFUSED_4)};
    expect_log(refused_4, COUNT(refused_4), "status=91", "probe", NULL);
    static const struct turn unwanted[] = {CLIENT(GREETING), SERVER("\x05\xff")};
    expect_log(unwanted, COUNT(unwanted), "status=255", "probe", NULL);
    static const struct turn bind[] = {CLIENT(GREETING), SERVER(OPEN),
                                       CLIENT("\x05\x02\x00\x01\xc0\x00\x02\x07\x00\x50"),
                                       SERVER(GRANTED)};
    expect_log(bind, COUNT(bind), "method=BIND", "probe", NULL);
    static const struct turn bound[] = {CLIENT(GREETING), SERVER(OPEN),
                                        CLIENT("\x05\x02\x00\x01\xc0\x00\x02\x07\x00\x50"),
                                        SERVER(GRANTED GRANTED)};
    expect_log(bound, COUNT(bound), "1 probe @22", "raw", NULL);
    static const struct turn udp[] = {CLIENT(GREETING), SERVER(OPEN),
                                      CLIENT("\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00"),
                                      SERVER(GRANTED)};
    expect_log(udp, COUNT(udp), "method=UDP ASSOCIATE", "probe", NULL);
}

/* GSS-API, and what is no SOCKS after all. */
static void test_unread(void **state)
{
    (void)state;
    static const struct turn gssapi[] = {CLIENT("\x05\x02\x00\x01"), SERVER("\x05\x01"),
                                         CLIENT("\x01\x01\x00\x02xy")};
    expect_log(gssapi, COUNT(gssapi), NULL, "socks.user", "socks.method");
    static const struct turn other[] = {CLIENT(GREETING), SERVER("HTTP/1.1 400 Bad Request\r\n")};
    expect_log(other, COUNT(other), NULL, "probe", "socks.malformed");
    static const struct turn strange[] = {CLIENT(GREETING), SERVER(OPEN),
                                          CLIENT("\x05\x01\x00\x09????")};
    expect_log(strange, COUNT(strange), NULL, "socks.host", "socks.malformed");
    static const struct turn cut[] = {CLIENT(GREETING), SERVER(OPEN),
                                      CLIENT("\x05\x01\x00\x03\x0b"
                                             "api")};
    expect_log(cut, COUNT(cut), "\"", "socks.host", "socks.cut");
}

static enum tt_probe probe(const char *text, size_t len)
{
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 9);
    struct flush flush = flush_make(tt_span_of(text, len));
    enum tt_probe answer = tt_proto_socks.probe(&flow, TT_FROM_INITIATOR, flush.span);
    flush_free(&flush);
    return answer;
}

#define PROBE(text) probe((text), sizeof(text) - 1)

static void test_probe(void **state)
{
    (void)state;
    assert_int_equal(PROBE(GREETING), TT_PROBE_YES);
    assert_int_equal(PROBE(GREETING LOGIN), TT_PROBE_YES);
    assert_int_equal(PROBE("\x05\x01\x00" TO_NAME), TT_PROBE_YES);
    assert_int_equal(PROBE(TO_IPV4_4), TT_PROBE_YES);
    assert_int_equal(PROBE(TO_NAME_4), TT_PROBE_YES);
    for (size_t len = 0; len < sizeof(GREETING) - 1; len++)
        assert_int_equal(probe(GREETING, len), TT_PROBE_MORE);
    for (size_t len = 0; len < sizeof(TO_NAME_4) - 1; len++)
        assert_int_equal(probe(TO_NAME_4, len), TT_PROBE_MORE);
    assert_int_equal(PROBE("\x05\x00\x0b\x03\x10\x00\x00\x00"), TT_PROBE_NO); /* DCE/RPC */
    assert_int_equal(PROBE("\x05\x01\x20"), TT_PROBE_NO);
    assert_int_equal(PROBE("\x05\x01\x00\x01"), TT_PROBE_NO); /* no log-in was offered */
    assert_int_equal(PROBE("\x05\x01\x00x"), TT_PROBE_NO);
    assert_int_equal(PROBE("\x05\x11\x00"), TT_PROBE_NO);
    assert_int_equal(PROBE("\x04\x01\x00\x00\xc0\x00\x02\x07\x00"), TT_PROBE_NO); /* port 0 */
    assert_int_equal(PROBE("\x04\x03\x00\x50\xc0\x00\x02\x07\x00"), TT_PROBE_NO);
    assert_int_equal(PROBE("\x04\x01\x00\x50\x00\x00\x00\x00\x00"), TT_PROBE_NO);
    assert_int_equal(PROBE("\x04\x01\x00\x50\xc0\x00\x02\x07\xff\x00"), TT_PROBE_NO);
    assert_int_equal(PROBE("\x04\x01\x00\x50\xc0\x00\x02\x07\x00more"), TT_PROBE_NO);
    assert_int_equal(PROBE("\x06"), TT_PROBE_NO);
    char name[TT_PROBE_MAX] = "\x04\x01\x01\xbb\x00\x00\x00\x01";
    memset(name + 9, 'a', sizeof(name) - 9);
    assert_int_equal(probe(name, sizeof(name)), TT_PROBE_YES);
}

static void test_damage(void **state)
{
    (void)state;
    static const char whole[] = GREETING LOGIN TO_NAME;
    static const char older[] = TO_NAME_4 "rest";
    static const uint8_t values[] = {0x00, 0x01, 0x03, 0x04, 0x05, 0x80, 0xff};
    const struct tt_span both[] = {tt_span_of(whole, sizeof(whole) - 1),
                                   tt_span_of(older, sizeof(older) - 1)};
    for (size_t which = 0; which < COUNT(both); which++)
        for (size_t at = 0; at < both[which].len; at++)
            for (size_t i = 0; i < sizeof(values); i++) {
                char copy[sizeof(whole) + sizeof(older)];
                memcpy(copy, both[which].data, both[which].len);
                copy[at] = (char)values[i];
                const struct turn turn = {.bytes = tt_span_of(copy, both[which].len)};
                rec_free(play(&tt_proto_socks, 1080, &turn, 1, (struct cut){0}));
                rec_free(play(&tt_proto_socks, 1080, &turn, 1, (struct cut){.every = 3}));
            }
    static const struct turn turns[] = {CLIENT(GREETING), SERVER(ASKED),   CLIENT(LOGIN),
                                        SERVER(WELCOME),  CLIENT(TO_NAME), SERVER(GRANTED)};
    play_gaps(&tt_proto_socks, 1080, turns, COUNT(turns), 40, NULL);
}

/* A name of version 4 that never ends. */
static void test_limit(void **state)
{
    (void)state;
    enum { HEAD = 8, LONG = TT_LINE_MAX + 5 };
    char *text = malloc(LONG);
    assert_non_null(text);
    memset(text, 'x', LONG);
    memcpy(text, "\x04\x01\x00\x50\xc0\x00\x02\x07", HEAD);
    const struct turn turn = {.bytes = tt_span_of(text, LONG)};
    struct recorder *rec = play(&tt_proto_socks, 1080, &turn, 1, (struct cut){0});
    assert_true(rec_noted(rec, "socks.limit"));
    rec_free(rec);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_login),  cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_deaf),   cmocka_unit_test(test_version_4),
        cmocka_unit_test(test_probe),  cmocka_unit_test(test_answers),
        cmocka_unit_test(test_unread), cmocka_unit_test(test_damage),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
