/* Names of steps in conversations in lines, and in mails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/flush.h"
#include "verify/lines.h"

static const char talk[] =
    "EHLO phone\r\nAUTH PLAIN AGEAYg==\r\nMAIL FROM:<a@b.example>\r\nDATA\r\n"
    "Subject: x\r\n.\r\na1 LOGIN asha secret\r\n<iq/>";

static void lines(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *at;
        enum tt_verify_named answer;
    } asked[] = {
        {"smtp.ehlo", "phone", TT_VERIFY_NAME_FITS},
        {"smtp.mail", "a@b", TT_VERIFY_NAME_FITS},
        {"smtp.rcpt", "a@b", TT_VERIFY_NAME_WRONG},
        {"smtp.auth", "AGEA", TT_VERIFY_NAME_FITS},
        {"smtp.auth", "Subject", TT_VERIFY_NAME_OPEN},
        {"smtp.data", "Subject", TT_VERIFY_NAME_FITS},
        {"smtp.data", "phone", TT_VERIFY_NAME_OPEN},
        {"smtp.data", "EHLO", TT_VERIFY_NAME_OPEN},
        {"imap.login", "asha", TT_VERIFY_NAME_FITS},
        {"imap.id", "asha", TT_VERIFY_NAME_OPEN},
        {"ftp.user", "phone", TT_VERIFY_NAME_WRONG},
        {"xmpp.stanza", "<iq", TT_VERIFY_NAME_FITS},
        {"xmpp.stanza", "iq/", TT_VERIFY_NAME_OPEN},
        {"ldap.value", "iq/", TT_VERIFY_NAME_OPEN},
    };
    struct flush flush = flush_make(tt_span_str(talk));
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        size_t at = tt_span_search(flush.span, tt_span_str(asked[i].at));
        assert_int_equal(tt_verify_line(asked[i].name, flush.span, at), asked[i].answer);
        assert_int_equal(tt_verify_named(asked[i].name, flush.span, at), TT_VERIFY_NAME_OPEN);
        for (at = 0; at <= flush.span.len; at++)
            (void)tt_verify_line(asked[i].name, flush.span, at);
    }
    flush_free(&flush);
}

static void mails(void **state)
{
    (void)state;
    struct flush flush = flush_make(tt_span_str("Subject: a\r\n\r\nbody\r\n\r\nmore"));
    assert_int_equal(tt_verify_named("mail.header", flush.span, 9), TT_VERIFY_NAME_FITS);
    assert_int_equal(tt_verify_named("mail.header", flush.span, 14), TT_VERIFY_NAME_WRONG);
    assert_int_equal(tt_verify_named("mail.body", flush.span, 14), TT_VERIFY_NAME_FITS);
    assert_int_equal(tt_verify_named("mail.body", flush.span, 22), TT_VERIFY_NAME_FITS);
    assert_int_equal(tt_verify_named("mail.body", flush.span, 3), TT_VERIFY_NAME_WRONG);
    flush_free(&flush);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(mails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
