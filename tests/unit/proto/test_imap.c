/* IMAP: commands, responses, literals in both directions, AUTHENTICATE and STARTTLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line_check.h"

static void test_login(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("* OK ready\r\n"),
        CLIENT("a1 LOGIN asha {6}\r\n"),
        SERVER("+ go\r\n"),
        CLIENT("sec\r\n\r\r\n"),
        SERVER("a1 OK in\r\n"),
        CLIENT("a2 ID (\"name\" \"mail 1.0\")\r\n"),
        SERVER("* ID NIL\r\na2 OK\r\n"),
        CLIENT("a3 SELECT INBOX\r\n"),
    };
    CHECK_LINES(&tt_proto_imap, 143, turns, "0 imap.login @9 ", "\"asha {6}\"\n",
                "0 imap.login @19 type=- codings=- boundary=- framing=- host=- complete end=25 "
                "\"sec\\r\\n\\r\"\n",
                "method=LOGIN host=- url=- name=- ", "0 imap.id @",
                "\"(\\x22name\\x22 \\x22mail 1.0\\x22)\"\n",
                "method=SELECT host=- url=- name=INBOX ");
}

static void test_mails(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("* OK ready\r\n"),
        CLIENT("a1 APPEND Sent (\\Seen) {12+}\r\nSubject: a\r\n\r\na2 UID FETCH 1 BODY[]\r\n"),
        SERVER("a1 OK\r\n* 1 FETCH (UID 1 BODY[]<0> {12}\r\nSubject: b\r\n FLAGS () BODY[1] "
               "{3}\r\nabc)\r\na2 OK\r\n"),
        CLIENT("a3 LOGOUT\r\n"),
    };
    CHECK_LINES(
        &tt_proto_imap, 143, turns,
        "0 imap.append @30 type=message/rfc822 codings=- boundary=- framing=- host=- complete "
        "end=42 \"Subject: a\\r\\n\"\n",
        "1 imap.fetch @52 type=message/rfc822 ", "\"Subject: b\\r\\n\"\n",
        "1 imap.fetch @87 type=- ", "\"abc\"\n", "1 message imap content ", "method=LOGOUT");
}

static void test_authenticate(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("* OK ready\r\n"), CLIENT("a1 AUTHENTICATE PLAIN\r\n"),
        SERVER("+ \r\n"),         CLIENT("AGFzaGEAc2VjcmV0\r\n"),
        SERVER("a1 NO\r\n"),      CLIENT("a2 AUTHENTICATE PLAIN AGFzaGEAc2VjcmV0\r\n"),
        SERVER("a2 OK\r\n"),      CLIENT("a3 NOOP\r\n"),
    };
    CHECK_LINES(&tt_proto_imap, 143, turns, "0 imap.auth @23 type=- codings=base64 ",
                "0 imap.auth @63 type=- codings=base64 ", "method=NOOP");
}

/* A literal that the server does not want is not sent. */
static void test_refused_literal(void **state)
{
    (void)state;
    static const struct turn turns[] = {SERVER("* OK ready\r\n"),
                                        CLIENT("a1 APPEND Sent {999}\r\n"),
                                        SERVER("a1 NO full\r\n"), CLIENT("a2 LOGOUT\r\n")};
    struct recorder *rec = play(&tt_proto_imap, 143, turns, COUNT(turns), (struct cut){0});
    assert_true(rec_has(rec, "a2 LOGOUT"));
    assert_false(rec_has(rec, "message imap content"));
    rec_free(rec);
}

static void test_starttls(void **state)
{
    (void)state;
    static const struct turn turns[] = {SERVER("* OK ready\r\n"), CLIENT("a STARTTLS\r\n"),
                                        SERVER("a OK go\r\n"), CLIENT("\x16\x03\x01")};
    CHECK_LINES(&tt_proto_imap, 143, turns, "method=STARTTLS", "1 probe @21");
}

/* RFC 4978: behind the answer both directions are one compressed content. */
static void test_compress(void **state)
{
    (void)state;
    static const struct turn turns[] = {SERVER("* OK ready\r\n"), CLIENT("a COMPRESS DEFLATE\r\n"),
                                        SERVER("a OK go\r\nXY\nZ"), CLIENT("\x16\x03\x01\r\nb"),
                                        SERVER("more")};
    CHECK_LINES(&tt_proto_imap, 143, turns, "method=COMPRESS", "imap.compressed");
    play_gaps(&tt_proto_imap, 143, turns, COUNT(turns), 40, NULL);
    static const struct turn refused[] = {
        SERVER("* OK ready\r\n"), CLIENT("a COMPRESS DEFLATE\r\n"), SERVER("a NO not here\r\n"),
        CLIENT("b LOGIN asha x\r\n")};
    CHECK_LINES(&tt_proto_imap, 143, refused, "method=COMPRESS", "method=LOGIN");
    static const struct turn early[] = {SERVER("* OK ready\r\n"),
                                        CLIENT("a COMPRESS DEFLATE\r\nb LO"), SERVER("a OK go\r\n"),
                                        CLIENT("packed")};
    CHECK_LINES(&tt_proto_imap, 143, early, "imap.compressed", "raw @20 \"b LO");
}

static void test_probe(void **state)
{
    (void)state;
    assert_int_equal(probe_text(&tt_proto_imap, 9, "* OK [CAPABILITY"), TT_PROBE_YES);
    assert_int_equal(probe_text(&tt_proto_imap, 9, "* O"), TT_PROBE_MORE);
    assert_int_equal(probe_text(&tt_proto_imap, 9, "* NO"), TT_PROBE_NO);
    assert_int_equal(probe_text(&tt_proto_imap, 143, "a01 LOGIN x y\r\n"), TT_PROBE_YES);
    assert_int_equal(probe_text(&tt_proto_imap, 143, "a01"), TT_PROBE_MORE);
    assert_int_equal(probe_text(&tt_proto_imap, 143, "a01 WHAT\r\n"), TT_PROBE_NO);
    assert_int_equal(probe_text(&tt_proto_imap, 9, "a01 LOGIN x y\r\n"), TT_PROBE_NO);
}

static void test_gaps(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("* OK ready\r\n"),
        CLIENT("a1 APPEND Sent (\\Seen) {12+}\r\nSubject: a\r\n\r\n"),
        SERVER("a1 OK\r\n"),
        CLIENT("a2 LOGIN asha secret\r\na3 SELECT last\r\n"),
    };
    play_gaps(&tt_proto_imap, 143, turns, COUNT(turns), 80, "last");
    check_long_line(&tt_proto_imap, 143, "a SELECT box\r\n", "imap.limit", "name=box");
}

/* TLS is offered, in a greeting or when asked: what of it is used is the client's choice. */
static void test_starttls_unused(void **state)
{
    static const char code[] = "imap.starttls_unused";
    (void)state;
    CHECK_NOTED(&tt_proto_imap, 143, code, true,
                SERVER("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hi\r\n"),
                CLIENT("a LOGIN asha pw\r\n"));
    CHECK_NOTED(&tt_proto_imap, 143, code, true, SERVER("* OK hi\r\n"), CLIENT("a CAPABILITY\r\n"),
                SERVER("* CAPABILITY IMAP4rev1 STARTTLS\r\na OK\r\n"),
                CLIENT("b AUTHENTICATE PLAIN\r\n"));
    CHECK_NOTED(&tt_proto_imap, 143, code, false, SERVER("* OK hi\r\n"), CLIENT("a CAPABILITY\r\n"),
                SERVER("* CAPABILITY IMAP4rev1\r\na OK\r\n"), CLIENT("b LOGIN asha pw\r\n"));
    CHECK_NOTED(&tt_proto_imap, 143, code, false, SERVER("* OK [CAPABILITY STARTTLS] hi\r\n"),
                CLIENT("a STARTTLS\r\n"), SERVER("a BAD no\r\n"), CLIENT("b LOGIN asha pw\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starttls_unused),
        cmocka_unit_test(test_login),
        cmocka_unit_test(test_mails),
        cmocka_unit_test(test_authenticate),
        cmocka_unit_test(test_refused_literal),
        cmocka_unit_test(test_compress),
        cmocka_unit_test(test_starttls),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
