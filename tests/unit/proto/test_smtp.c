/* SMTP: commands, replies, AUTH, mails by DATA and BDAT, and what follows STARTTLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line_check.h"

#define OPENING                                                                                    \
    SERVER("220 mx.mail.example ESMTP\r\n"), CLIENT("EHLO phone.lan\r\n"),                         \
        SERVER("250-mx.mail.example\r\n250 AUTH PLAIN LOGIN\r\n")

static void test_mail(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        OPENING,
        CLIENT("MAIL FROM:<asha.rao@mail.example> SIZE=99\r\n"),
        SERVER("250 ok\r\n"),
        CLIENT("RCPT TO:<kin@b.example>\r\n"),
        SERVER("250 ok\r\n"),
        CLIENT("DATA\r\n"),
        SERVER("354 go on\r\n"),
        CLIENT("Subject: a\r\n\r\n..one\r\n.\rtwo\r\n. three\r\nfour\r\n.\r\nNOOP\r\n"),
        SERVER("250 queued\r\n250 ok\r\n"),
        CLIENT("QUIT\r\n"),
        SERVER("221 bye\r\n"),
    };
    CHECK_LINES(
        &tt_proto_smtp, 25, turns, "1 smtp.reply @0 opaque", "0 smtp.ehlo @5 ",
        "complete end=14 \"phone.lan\"\n",
        "0 message smtp command method=EHLO host=- url=- name=phone.lan ", "0 smtp.mail @27 ",
        "\"asha.rao@mail.example\"\n", "\"> SIZE=99\"\n", "0 smtp.rcpt @", "\"kin@b.example\"\n",
        "1 message smtp reply method=- host=- url=- name=- type=- status=354 ",
        "0 smtp.data @90 type=message/rfc822 codings=- boundary=- framing=dot-stuffing host=- "
        "complete end=136 \"Subject: a\\r\\n\\r\\n.one\\r\\n\\rtwo\\r\\n three\\r\\nfour\\r\\n\"\n",
        "0 message smtp content method=- host=- url=- name=- type=message/rfc822 status=0 bytes=40 "
        "whole\n",
        "0 message smtp command method=NOOP ", "status=221 ");
}

/* DATA that is refused has no content; commands in one segment are counted. */
static void test_refused_data(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        OPENING,
        CLIENT("MAIL FROM:<a@mail.example>\r\nRCPT TO:<b@mail.example>\r\nDATA\r\n"),
        SERVER("250 ok\r\n550 no\r\n554 no\r\n"),
        CLIENT("RSET\r\n"),
        SERVER("250 ok\r\n"),
    };
    CHECK_LINES(&tt_proto_smtp, 25, turns, "method=RSET");
}

static void test_chunking(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        OPENING,
        CLIENT("BDAT 12\r\nSubject: a\r\nBDAT 0 LAST\r\n"),
        SERVER("250 ok\r\n250 ok\r\n"),
        CLIENT("VRFY asha\r\n"),
    };
    CHECK_LINES(
        &tt_proto_smtp, 25, turns,
        "0 smtp.data @25 type=message/rfc822 codings=- boundary=- framing=- host=- complete "
        "end=37 \"Subject: a\\r\\n\"\n",
        "\"BDAT 12\"\n", "\"asha\"\n");
}

static void test_auth(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        OPENING,
        CLIENT("AUTH LOGIN\r\n"),
        SERVER("334 VXNlcm5hbWU6\r\n"),
        CLIENT("YXNoYQ==\r\n"),
        SERVER("334 UGFzc3dvcmQ6\r\n"),
        CLIENT("c2VjcmV0\r\n"),
        SERVER("535 no\r\n"),
        CLIENT("AUTH PLAIN AGFzaGEAc2VjcmV0\r\n"),
        SERVER("235 ok\r\n"),
        CLIENT("HELP\r\n"),
    };
    CHECK_LINES(&tt_proto_smtp, 587, turns, "0 smtp.auth @28 type=- codings=base64 ",
                "\"YXNoYQ==\"\n", "\"c2VjcmV0\"\n", "\"AGFzaGEAc2VjcmV0\"\n",
                "command method=AUTH host=- url=- name=- ", "method=HELP");
}

static void test_starttls(void **state)
{
    (void)state;
    static const struct turn turns[] = {OPENING, CLIENT("STARTTLS\r\n"), SERVER("220 go\r\n"),
                                        CLIENT("\x16\x03\x01")};
    CHECK_LINES(&tt_proto_smtp, 25, turns, "method=STARTTLS", "1 probe @");
    static const struct turn refused[] = {OPENING, CLIENT("STARTTLS\r\n"), SERVER("454 no\r\n"),
                                          CLIENT("QUIT\r\n")};
    CHECK_LINES(&tt_proto_smtp, 25, refused, "method=QUIT");
    /* Only the client was captured. */
    static const struct turn deaf[] = {CLIENT("EHLO a\r\nSTARTTLS\r\n"), CLIENT("\x16\x03\x01")};
    CHECK_LINES(&tt_proto_smtp, 25, deaf, "0 probe @18");
}

static void test_probe(void **state)
{
    (void)state;
    const struct tt_proto *proto = &tt_proto_smtp;
    assert_int_equal(probe_text(proto, 9, "220 a.example ESMTP\r\n"), TT_PROBE_YES);
    assert_int_equal(probe_text(proto, 25, "220 a"), TT_PROBE_YES);
    assert_int_equal(probe_text(proto, 9, "220 a"), TT_PROBE_MORE);
    assert_int_equal(probe_text(proto, 9, "22"), TT_PROBE_MORE);
    assert_int_equal(probe_text(proto, 21, "220 files"), TT_PROBE_NO);
    static const char endless[] =
        "220 a long greeting that says nothing of what it is for, but goes on";
    assert_int_equal(probe_text(proto, 9, endless), TT_PROBE_NO);
    assert_int_equal(probe_text(&tt_proto_ftp, 9, endless), TT_PROBE_NO);
    assert_int_equal(probe_text(proto, 9, "EHLO a\r\n"), TT_PROBE_YES);
    assert_int_equal(probe_text(proto, 9, "EH"), TT_PROBE_MORE);
    assert_int_equal(probe_text(proto, 9, "EHLOX"), TT_PROBE_NO);
    assert_int_equal(probe_text(proto, 9, "mail from:<a@b.example>"), TT_PROBE_YES);
    assert_int_equal(probe_text(proto, 25, "2200"), TT_PROBE_NO);
}

static void test_gaps(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        OPENING,
        CLIENT("MAIL FROM:<asha@mail.example>\r\nDATA\r\n"),
        SERVER("354 go on\r\n"),
        CLIENT("Subject: a\r\n\r\n..one\r\n.\r\nBDAT 5\r\nabcde"),
        CLIENT("NOOP\r\n\r\n.\r\nVRFY last\r\nVRFY last\r\n"),
    };
    size_t limit = play_length(turns, COUNT(turns)) - 24;
    play_gaps(&tt_proto_smtp, 25, turns, COUNT(turns), limit, "VRFY");
    struct recorder *rec =
        play(&tt_proto_smtp, 25, turns, COUNT(turns), (struct cut){.gap_at = 140, .gap_len = 3});
    assert_true(rec_noted(rec, "smtp.gap"));
    assert_true(rec_has(rec, " cut end="));
    rec_free(rec);
}

/* A mail without its end is searched, and a note tells. */
static void test_no_end(void **state)
{
    (void)state;
    static const struct turn turns[] = {OPENING, CLIENT("DATA\r\n"), SERVER("354 go on\r\n"),
                                        CLIENT("Subject: a\r\n\r\none")};
    struct recorder *rec = play(&tt_proto_smtp, 25, turns, COUNT(turns), (struct cut){0});
    assert_true(rec_noted(rec, "smtp.cut"));
    assert_int_equal(rec->note_count, 1);
    assert_true(rec_has(rec, "one"));
    rec_free(rec);
}

static void test_long_line(void **state)
{
    (void)state;
    check_long_line(&tt_proto_smtp, 25, "EHLO phone\r\n", "smtp.limit", "name=phone");
}

/* TLS is offered: what of it is used is the client's choice. */
static void test_starttls_unused(void **state)
{
    static const char code[] = "smtp.starttls_unused";
    (void)state;
    CHECK_NOTED(&tt_proto_smtp, 25, code, true, SERVER("220 mx ESMTP\r\n"), CLIENT("EHLO a\r\n"),
                SERVER("250-mx\r\n250-STARTTLS\r\n250 SIZE\r\n"), CLIENT("MAIL FROM:<a@b>\r\n"));
    CHECK_NOTED(&tt_proto_smtp, 25, code, false, SERVER("220 mx ESMTP\r\n"), CLIENT("EHLO a\r\n"),
                SERVER("250-mx\r\n250 SIZE\r\n"), CLIENT("MAIL FROM:<a@b>\r\n"));
    CHECK_NOTED(&tt_proto_smtp, 25, code, false, SERVER("220 mx ESMTP\r\n"), CLIENT("EHLO a\r\n"),
                SERVER("250-mx\r\n250 STARTTLS\r\n"), CLIENT("NOOP\r\nQUIT\r\n"));
    /* Asked for in vain. */
    CHECK_NOTED(&tt_proto_smtp, 25, code, false, SERVER("220 mx ESMTP\r\n"), CLIENT("EHLO a\r\n"),
                SERVER("250-mx\r\n250 STARTTLS\r\n"), CLIENT("STARTTLS\r\n"),
                SERVER("454 not now\r\n"), CLIENT("MAIL FROM:<a@b>\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starttls_unused),
        cmocka_unit_test(test_mail),
        cmocka_unit_test(test_refused_data),
        cmocka_unit_test(test_chunking),
        cmocka_unit_test(test_auth),
        cmocka_unit_test(test_starttls),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
