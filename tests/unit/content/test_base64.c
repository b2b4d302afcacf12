#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/base64.h"
#include "recorder.h"

static const struct tt_body body = {.codings = "gzip, base64", .media_type = "image/png"};

/* RFC 4648, section 10. */
static void vectors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain;
    } all[] = {{"Zg", "f"},
               {"Zm8", "fo"},
               {"Zm9v", "foo"},
               {"Zm9vYg", "foob"},
               {"Zm9vYmE", "fooba"},
               {"Zm9vYmFy", "foobar"},
               {"-_-_", "\xfb\xff\xbf"},
               {"+/+/", "\xfb\xff\xbf"},
               {"Z", ""},
               {"", ""}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct flush text = flush_make(tt_span_str(all[i].text));
        for (size_t cut = 0; cut <= text.span.len; cut++) {
            uint8_t out[16];
            struct tt_base64 decoder = {0};
            size_t len = tt_base64_decode(&decoder, tt_span_sub(text.span, 0, cut), out);
            len += tt_base64_decode(&decoder, tt_span_from(text.span, cut), out + len);
            assert_true(tt_span_eq(tt_span_of(out, len), tt_span_str(all[i].plain)));
        }
        flush_free(&text);
    }
}

static void declared_body(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str("eyJpbWVpIjoi\r\nMzU4MjQwMDUxMTExMTEwIn0=\r\n");
    assert_says(&tt_decoder_base64, &body, input,
                "coding base64 at 0 type=image/png codings=gzip\n"
                "  [{\"imei\":\"358240051111110\"}]\n  complete at 40\ntaken 40\n");
    assert_cut_anywhere(&tt_decoder_base64, &body, input);
    assert_cut_short(&tt_decoder_base64, &body, input);
    assert_survives_damage(&tt_decoder_base64, &body, input);
}

static void joined_and_foreign(void **state)
{
    (void)state;
    /* Two padded texts in one. */
    assert_says(&tt_decoder_base64, &(struct tt_body){.codings = "base64"}, tt_span_str("Zg==Zm8="),
                "coding base64 at 0\n  [ffo]\n  complete at 8\ntaken 8\n");
    assert_says(&tt_decoder_base64, &(struct tt_body){.codings = "base64"},
                tt_span_str("Zm9v{not}"), "coding base64 at 0\n  [foo]\n  broken at 4\ntaken 4\n");
}

static void long_input(void **state)
{
    (void)state;
    static uint8_t text[300000];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t) "Zm9v"[i % 4];
    struct recorder rec;
    rec_init(&rec, tt_span_of(text, sizeof(text)));
    rec_run(&rec, &tt_decoder_base64, &body, cut_at(70001), TT_BODY_COMPLETE, false);
    struct tt_span out = rec_bytes(&rec, 0);
    assert_int_equal(out.len, sizeof(text) / 4 * 3);
    for (size_t i = 0; i < out.len; i++)
        assert_int_equal(out.data[i], (uint8_t) "foo"[i % 3]);
    rec_free(&rec);
}

static void picked(void **state)
{
    (void)state;
    assert_ptr_equal(tt_decoder_pick(&body, tt_span_str("Zm9v\r\nYmFy"), true), &tt_decoder_base64);
    assert_null(tt_decoder_pick(&body, tt_span_str("Zm9v, and more"), true));
    assert_null(tt_decoder_pick(&(struct tt_body){0}, tt_span_str("Zm9vYmFy"), true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(declared_body),
        cmocka_unit_test(joined_and_foreign),
        cmocka_unit_test(long_input),
        cmocka_unit_test(picked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
