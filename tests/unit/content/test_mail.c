/* Messages of mail: header and body, in any cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/mail.h"
#include "recorder.h"

static const struct tt_body body = {.media_type = "message/rfc822"};

static const char letter[] = "From: asha@mail.example\r\n"
                             "Subject: a\r\n folded\r\n"
                             "Content-Type: Multipart/Mixed;\r\n boundary=\"x y\"\r\n"
                             "Content-Transfer-Encoding: base64\r\n"
                             "\r\n"
                             "first\r\n\r\nsecond";

static void header_and_body(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(letter);
    char *text = rec_say(&tt_decoder_mail, &body, input, whole_input);
    assert_non_null(strstr(text, "slice mail.header at 0 opaque\n  [From: asha@mail.example"));
    assert_non_null(strstr(text, "slice mail.body at 132 type=multipart/mixed codings=base64 "
                                 "boundary=x y\n  [first\\x0d\\x0a\\x0d\\x0asecond]\n"
                                 "  complete at 147\n"));
    free(text);
    assert_cut_anywhere(&tt_decoder_mail, &body, input);
    assert_survives_damage(&tt_decoder_mail, &body, input);
}

static void header_alone(void **state)
{
    (void)state;
    char *text = rec_say(&tt_decoder_mail, &body, tt_span_str("Subject: a\n"), whole_input);
    assert_string_equal(text, "slice mail.header at 0 opaque\n  [Subject: a\\x0a]\n"
                              "  complete at 11\ntaken 11\n");
    free(text);
    text = rec_say(&tt_decoder_mail, &body, tt_span_str("Subject: a\n\nb"), whole_input);
    assert_non_null(strstr(text, "slice mail.body at 12\n  [b]\n"));
    free(text);
}

/* A header that is too long is searched, but says nothing of the body. */
static void huge_header(void **state)
{
    (void)state;
    static char text[TT_HTTP_HEADER_MAX * 2];
    memset(text, 'h', sizeof(text));
    memcpy(text, "Subject:", 8);
    memcpy(text + sizeof(text) - 8, "\r\n\r\nbody", 8);
    struct recorder rec;
    rec_init(&rec, tt_span_of(text, sizeof(text)));
    rec_run(&rec, &tt_decoder_mail, &body, cut_at(1000), TT_BODY_COMPLETE, false);
    assert_int_equal(rec.inner_count, 2);
    assert_true(tt_span_eq(rec_bytes(&rec, 1), tt_span_str("body")));
    rec_free(&rec);
}

static void claims(void **state)
{
    (void)state;
    const struct tt_body other = {.media_type = "text/plain"};
    assert_true(tt_decoder_mail.claims(&body, tt_span_str("X-A: b\r\n"), true));
    assert_true(tt_decoder_mail.claims(&body, tt_span_str("Receiv"), false));
    assert_false(tt_decoder_mail.claims(&body, tt_span_str(" a: b"), true));
    assert_false(tt_decoder_mail.claims(&body, tt_span_str("\r\nhello"), true));
    assert_false(tt_decoder_mail.claims(&other, tt_span_str("A: b\r\n"), true));
    assert_false(tt_decoder_mail.claims(&(struct tt_body){0}, tt_span_str("A: b\r\n"), true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_and_body),
        cmocka_unit_test(header_alone),
        cmocka_unit_test(huge_header),
        cmocka_unit_test(claims),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
