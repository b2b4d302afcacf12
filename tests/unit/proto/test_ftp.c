/* FTP: the control connection. */
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
        SERVER("220 files.b.example\r\n"),
        CLIENT("USER asha\r\n"),
        SERVER("331 pass\r\n"),
        CLIENT("PASS secret\r\n"),
        SERVER("230 in\r\n"),
        CLIENT("EPSV\r\n"),
        SERVER("229 on (|||40001|)\r\n"),
        CLIENT("STOR my list.vcf\r\n"),
        SERVER("150 go\r\n226 done\r\n"),
        CLIENT("XYZW a\r\n"),
        SERVER("500 what\r\n"),
    };
    CHECK_LINES(&tt_proto_ftp, 21, turns, "0 ftp.user @5 ", "\"asha\"\n",
                "0 message ftp command method=USER host=- url=- name=asha ", "0 ftp.pass @16 ",
                "\"secret\"\n", "method=PASS host=- url=- name=- ", "0 ftp.path @35 ",
                "\"my list.vcf\"\n", "status=226 ", "1 ftp.reply @", "0 ftp.command @48 ",
                "\"XYZW a\"\n");
}

static void test_auth_tls(void **state)
{
    (void)state;
    static const struct turn turns[] = {SERVER("220-files\r\n220 b\r\n"), CLIENT("AUTH TLS\r\n"),
                                        SERVER("234 go\r\n"), CLIENT("\x16\x03\x01")};
    CHECK_LINES(&tt_proto_ftp, 21, turns, "method=AUTH", "1 probe @26");
    static const struct turn refused[] = {SERVER("220 a\r\n"), CLIENT("AUTH TLS\r\n"),
                                          SERVER("530 no\r\n"), CLIENT("USER asha\r\n")};
    CHECK_LINES(&tt_proto_ftp, 21, refused, "name=asha");
}

static void test_probe(void **state)
{
    (void)state;
    assert_int_equal(probe_text(&tt_proto_ftp, 21, "220 files\r\n"), TT_PROBE_YES);
    assert_int_equal(probe_text(&tt_proto_ftp, 9, "220 (vsFTPd 3.0.3)\r\n"), TT_PROBE_YES);
    assert_int_equal(probe_text(&tt_proto_ftp, 9, "220 mail\r\n"), TT_PROBE_NO);
    assert_int_equal(probe_text(&tt_proto_ftp, 9, "220"), TT_PROBE_MORE);
    assert_int_equal(probe_text(&tt_proto_ftp, 21, "USER asha\r\n"), TT_PROBE_YES);
    assert_int_equal(probe_text(&tt_proto_ftp, 9, "USER asha\r\n"), TT_PROBE_NO);
    assert_int_equal(probe_text(&tt_proto_ftp, 9, "22x"), TT_PROBE_NO);
    assert_int_equal(probe_text(&tt_proto_ftp, 9, "220x"), TT_PROBE_NO);
}

static void test_gaps(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("220 files.b.example\r\n"), CLIENT("USER asha\r\n"), SERVER("331 pass\r\n"),
        CLIENT("PASS secret\r\n"),         CLIENT("CWD last\r\n"),  SERVER("250 ok\r\n")};
    play_gaps(&tt_proto_ftp, 21, turns, COUNT(turns), 50, "last");
    check_long_line(&tt_proto_ftp, 21, "USER asha\r\n", "ftp.limit", "name=asha");
}

/* Where data connections go to: RFC 959, section 4.1.2; RFC 2428. */
static void test_data_connections(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        SERVER("220 files.b.example\r\n"),
        CLIENT("PASV\r\n"),
        SERVER("227 Entering Passive Mode (192,0,2,5,156,65).\r\n"),
        CLIENT("PASV\r\n"),
        SERVER("227 Sure, 3 of 7: =192,0,2,6,0,80\r\n"),
        CLIENT("PORT 198,51,100,7,4,1\r\n"),
        CLIENT("EPRT |2|2001:db8::5|40003|\r\n"),
        CLIENT("EPSV\r\n"),
        SERVER("229 on (!!!40004!)\r\n"),
    };
    CHECK_LINES(&tt_proto_ftp, 21, turns,
                "1 announces ftp-data ftp-data.payload at 192.0.2.5:40001\n", " at 192.0.2.6:80\n",
                "0 announces ftp-data ftp-data.payload at 198.51.100.7:1025\n",
                "0 announces ftp-data ftp-data.payload at 2001:db8::5:40003\n", ":40004\n");
    static const struct turn wrong[] = {
        SERVER("220 files.b.example\r\n"),
        SERVER("227 no (192,0,2,5,156)\r\n227 no (192,0,256,5,156,65)\r\n227 "
               "(1,2,3,4,0,0)\r\n227\r\n"),
        CLIENT("PORT 192,0,2,5,156,x\r\nPORT\r\n"),
        CLIENT("EPRT |1|192.0.2.5|99999|\r\nEPRT |1|a.example|4000|\r\nEPRT |1|192.0.2.5|4000\r\n"),
        SERVER("229 on 40004\r\n229 (|||)\r\n229 (\r\n229\r\n"),
    };
    struct recorder *rec = play(&tt_proto_ftp, 21, wrong, COUNT(wrong), (struct cut){0});
    assert_false(rec_has(rec, "announces"));
    rec_free(rec);
}

/* TLS is offered: what of it is used is the client's choice. */
static void test_starttls_unused(void **state)
{
    static const char code[] = "ftp.starttls_unused";
    (void)state;
    CHECK_NOTED(&tt_proto_ftp, 21, code, true, SERVER("220 hi\r\n"), CLIENT("FEAT\r\n"),
                SERVER("211-Features\r\n AUTH TLS\r\n UTF8\r\n211 End\r\n"),
                CLIENT("USER asha\r\n"));
    CHECK_NOTED(&tt_proto_ftp, 21, code, false, SERVER("220 hi\r\n"), CLIENT("FEAT\r\n"),
                SERVER("211-Features\r\n UTF8\r\n211 End\r\n"), CLIENT("USER asha\r\n"));
    CHECK_NOTED(&tt_proto_ftp, 21, code, false, SERVER("220 hi\r\n"), CLIENT("FEAT\r\n"),
                SERVER("211-Features\r\n AUTH TLS\r\n211 End\r\n"), CLIENT("AUTH TLS\r\n"),
                SERVER("500 no\r\n"), CLIENT("USER asha\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starttls_unused), cmocka_unit_test(test_data_connections),
        cmocka_unit_test(test_session),         cmocka_unit_test(test_auth_tls),
        cmocka_unit_test(test_probe),           cmocka_unit_test(test_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
