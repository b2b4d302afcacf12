/* POP3: who asks for what, and which answers have lines up to a dot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line_check.h"

static void test_session(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("+OK POP3 <1.2@b.example>\r\n"),
        CLIENT("USER asha\r\n"),
        SERVER("+OK\r\n"),
        CLIENT("PASS secret\r\n"),
        SERVER("+OK in\r\n"),
        CLIENT("LIST\r\nLIST 1\r\nRETR 1\r\nRETR 2\r\n"),
        SERVER("+OK 1\r\n1 20\r\n.\r\n+OK 1 20\r\n+OK 20\r\nSubject: a\r\n\r\n..b\r\n.\r\n-ERR "
               "none\r\n"),
        CLIENT("APOP asha c4c9334bac560ecc979e58001b3e22fb\r\n"),
        SERVER("+OK\r\n"),
    };
    CHECK_LINES(
        &tt_proto_pop3, 110, turns, "0 pop3.user @5 ", "\"asha\"\n", "0 pop3.pass @16 ",
        "\"secret\"\n", "method=PASS host=- url=- name=- ",
        "1 pop3.listing @46 type=- codings=- boundary=- framing=dot-stuffing host=- complete "
        "end=55 \"1 20\\r\\n\"\n",
        "1 pop3.message @73 type=message/rfc822 codings=- boundary=- framing=dot-stuffing "
        "host=- complete end=95 \"Subject: a\\r\\n\\r\\n.b\\r\\n\"\n",
        "\"-ERR none\"\n", "\"asha c4c9334bac560ecc979e58001b3e22fb\"\n");
}

static void test_auth(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("+OK POP3\r\n"),   CLIENT("AUTH\r\n"), SERVER("+OK\r\nPLAIN\r\n.\r\n"),
        CLIENT("AUTH PLAIN\r\n"), SERVER("+ \r\n"),   CLIENT("AGFzaGEAc2VjcmV0\r\n"),
        SERVER("+OK\r\n"),        CLIENT("STAT\r\n"), SERVER("+OK 0 0\r\n"),
    };
    CHECK_LINES(&tt_proto_pop3, 110, turns, "1 pop3.listing @",
                "0 pop3.auth @18 type=- codings=base64", "\"AGFzaGEAc2VjcmV0\"\n", "method=STAT");
}

static void test_stls(void **state)
{
    (void)state;
    static const struct turn turns[] = {SERVER("+OK POP3\r\n"), CLIENT("STLS\r\n"),
                                        SERVER("+OK go\r\n"), CLIENT("\x16\x03\x01")};
    CHECK_LINES(&tt_proto_pop3, 110, turns, "method=STLS", "1 probe @18");
    static const struct turn refused[] = {SERVER("+OK POP3\r\n"), CLIENT("STLS\r\n"),
                                          SERVER("-ERR no\r\n"), CLIENT("QUIT\r\n")};
    CHECK_LINES(&tt_proto_pop3, 110, refused, "method=QUIT");
}

static void test_probe(void **state)
{
    (void)state;
    assert_int_equal(probe_text(&tt_proto_pop3, 110, "+OK\r\n"), TT_PROBE_YES);
    assert_int_equal(probe_text(&tt_proto_pop3, 9, "+OK\r\n"), TT_PROBE_NO);
    assert_int_equal(probe_text(&tt_proto_pop3, 9, "+OK pop3 ready\r\n"), TT_PROBE_YES);
    assert_int_equal(probe_text(&tt_proto_pop3, 9, "+OK po"), TT_PROBE_MORE);
    assert_int_equal(probe_text(&tt_proto_pop3, 110, "CAPA\r\n"), TT_PROBE_YES);
    assert_int_equal(probe_text(&tt_proto_pop3, 9, "CAPA\r\n"), TT_PROBE_NO);
}

/* More commands at once than are remembered: the others' answers are read as lines. */
static void test_many_commands(void **state)
{
    (void)state;
    char ask[40 * 8 + 1] = "";
    for (size_t i = 0; i < 40; i++)
        strcat(ask, "RETR 1\r\n");
    const struct turn turns[] = {
        SERVER("+OK POP3\r\n"),
        {.direction = TT_FROM_INITIATOR, .bytes = {(const uint8_t *)ask, 320}},
        SERVER("+OK\r\nSubject: a\r\n.\r\n")};
    CHECK_LINES(&tt_proto_pop3, 110, turns, "1 pop3.message @15 ");
}

static void test_gaps(void **state)
{
    (void)state;
    static const struct turn turns[] = {SERVER("+OK POP3\r\n"),
                                        CLIENT("USER asha\r\n"),
                                        SERVER("+OK\r\n"),
                                        CLIENT("RETR 1\r\n"),
                                        SERVER("+OK\r\nSubject: a\r\n\r\n..b\r\n.\r\n"),
                                        CLIENT("QUIT last\r\n")};
    play_gaps(&tt_proto_pop3, 110, turns, COUNT(turns), 36, "last");
    check_long_line(&tt_proto_pop3, 110, "USER asha\r\n", "pop3.limit", "name=asha");
}

/* TLS is offered: what of it is used is the client's choice. */
static void test_starttls_unused(void **state)
{
    static const char code[] = "pop3.starttls_unused";
    (void)state;
    CHECK_NOTED(&tt_proto_pop3, 110, code, true, SERVER("+OK hi\r\n"), CLIENT("CAPA\r\n"),
                SERVER("+OK\r\nTOP\r\nSTLS\r\nUIDL\r\n.\r\n"), CLIENT("USER asha\r\n"));
    CHECK_NOTED(&tt_proto_pop3, 110, code, false, SERVER("+OK hi\r\n"), CLIENT("CAPA\r\n"),
                SERVER("+OK\r\nTOP\r\nXSTLS\r\nSTLSX\r\nUIDL\r\n.\r\n"), CLIENT("USER asha\r\n"));
    CHECK_NOTED(&tt_proto_pop3, 110, code, false, SERVER("+OK hi\r\n"), CLIENT("CAPA\r\n"),
                SERVER("+OK\r\nSTLS\r\n.\r\n"), CLIENT("STLS\r\n"), SERVER("-ERR no\r\n"),
                CLIENT("USER asha\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starttls_unused),
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_auth),
        cmocka_unit_test(test_stls),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_many_commands),
        cmocka_unit_test(test_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
