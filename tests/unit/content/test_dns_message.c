/* DNS messages as bodies: the names that are written out, in any cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/dns_message.h"
#include "recorder.h"

#define BYTES(text) tt_span_of((text), sizeof(text) - 1)

#define QUESTION "\4asha\7example\0\0\1\0\1"

static const char query[] = "\0\0\1\0\0\1\0\0\0\0\0\0" QUESTION;
static const char query_opt[] = "\0\0\1\0\0\1\0\0\0\0\0\1" QUESTION "\0\0\x29\x10\0\0\0\0\0\0\0";
static const char answer[] =
    "\0\0\x81\x80\0\1\0\2\0\0\0\0" QUESTION "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4\1c\xc0\x11"
    "\1d\7example\0\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1";

static const struct tt_body declared = {.media_type = "application/dns-message"};

static void names(void **state)
{
    (void)state;
    char *text = rec_say(&tt_decoder_dns_message, &declared, BYTES(answer), whole_input);
    assert_non_null(strstr(text, "coding dns-name at 12\n  [asha.example]\n  complete at 26\n"));
    assert_non_null(strstr(text, "coding dns-name at 46\n  [d.example]\n  complete at 57\n"));
    free(text);
    assert_survives_damage(&tt_decoder_dns_message, &declared, BYTES(answer));
    for (size_t len = 0; len < sizeof(answer) - 1; len++) {
        text = rec_say(&tt_decoder_dns_message, &declared, tt_span_sub(BYTES(answer), 0, len),
                       single_bytes);
        assert_int_equal(strstr(text, "asha.example") != NULL, len >= 30);
        free(text);
    }
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    return tt_decoder_dns_message.claims(body, head, whole);
}

/* Without a type, only what a coding yields is looked at, and only a query will do. */
static void recognition(void **state)
{
    (void)state;
    const struct tt_body outer = {0};
    const struct tt_body inner = {.parent = &outer, .kind = TT_STEP_CODING, .step = "base64"};
    assert_true(claims(&declared, BYTES(answer), true));
    assert_false(claims(&declared, tt_span_sub(BYTES(answer), 0, 12), true));
    assert_true(claims(&inner, BYTES(query), true));
    assert_true(claims(&inner, BYTES(query_opt), true));
    assert_false(claims(&inner, BYTES(query), false));
    assert_false(claims(&inner, BYTES(answer), true));
    assert_false(claims(&outer, BYTES(query), true));
    for (size_t len = 0; len < sizeof(query) - 1; len++)
        assert_false(claims(&inner, tt_span_sub(BYTES(query), 0, len), true));
    char copy[sizeof(query)];
    memcpy(copy, query, sizeof(query));
    copy[14] = ' ';
    assert_false(claims(&inner, tt_span_of(copy, sizeof(query) - 1), true));
}

/* More than a message can hold is searched as it stands. */
static void too_long(void **state)
{
    (void)state;
    static char text[70000];
    memcpy(text, query, sizeof(query) - 1);
    struct recorder rec;
    rec_init(&rec, tt_span_of(text, sizeof(text)));
    rec_run(&rec, &tt_decoder_dns_message, &declared, cut_at(1000), TT_BODY_COMPLETE, false);
    assert_int_equal(rec.inner_count, 1);
    rec_free(&rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(recognition),
        cmocka_unit_test(too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
