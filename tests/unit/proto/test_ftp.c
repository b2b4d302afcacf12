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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_auth_tls),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
