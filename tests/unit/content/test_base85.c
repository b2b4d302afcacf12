#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/base85.h"
#include "recorder.h"

static const struct tt_body body = {0};
static const char plain[] =
    "{\"imei\":\"358240051111110\",\"n\":[1,2,3],\"text\":\"Lunch at noon?\"}";

/* As Python's base64 module writes it; Z85 by exchanging the characters. */
static const char base85[] =
    "dm?FVWoaThA~Q8OGBhwSH8C+UF)=YPA}k_qB05_!EHW%JT`VGWWq5QVIwDMUZewU5VRRsFZ*OitB7F";
static const char ascii85[] =
    "HQm0@ASE>L+u;)91,L[=2)-g?0ekC:+tOpU,!&p_/2Ab4>q@1AAU&;@3[.7?DI[?&@<<W0Df9MX,(0";
static const char z85[] =
    "DM)fvwOAtHa#q8ogbHWsh8c*uf!>ypa$K{Qb05{.ehw+jt}vgwwQ5qviWdmuzEWu5vrrSfz/oITb7gNR";

static void assert_read(const char *text, const char *step, const char *expected)
{
    struct tt_span input = tt_span_str(text);
    struct flush flush = flush_make(input);
    assert_true(tt_decoder_base85.claims(&body, flush.span, true));
    flush_free(&flush);
    struct recorder rec;
    rec_init(&rec, input);
    rec_run(&rec, &tt_decoder_base85, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, input.len);
    assert_int_equal(rec.inner_count, 1);
    assert_true(tt_span_starts(tt_buf_span(&rec.inner[0].head), tt_span_str(step)));
    assert_true(tt_span_starts(rec_bytes(&rec, 0), tt_span_str(expected)));
    assert_true(rec_bytes(&rec, 0).len <= strlen(expected) + 2);
    rec_free(&rec);
    assert_cut_anywhere(&tt_decoder_base85, &body, input);
    assert_places_cut_anywhere(&tt_decoder_base85, &body, input);
    assert_survives_damage(&tt_decoder_base85, &body, input);
}

static void variants(void **state)
{
    (void)state;
    assert_read(base85, "coding base85 at 0", plain);
    assert_read(z85, "coding z85 at 0", plain);
    assert_read(ascii85, "coding ascii85 at 0", plain);
    char text[300];
    (void)snprintf(text, sizeof(text), "<~%s~> behind", ascii85);
    assert_read(text, "coding ascii85 at 2", plain);
    (void)snprintf(text, sizeof(text), "%.40s\r\n%s", ascii85, ascii85 + 40);
    assert_read(text, "coding ascii85 at 0", plain);
    /* Between its marks it may be short, and hold anything. */
    assert_true(tt_decoder_base85.claims(&body, tt_span_str("<~!!,@c+[]i7~>"), true));
    /* A number, of 15 digits. */
    assert_read("Gc`CeG%zqVF)=YQF)=U", "coding base85 at 0", "358240051111110");
    assert_read("1Gq-I1b^U@0ekC;0ek?", "coding ascii85 at 0", "358240051111110");
}

/* "z" is four zeros: the first characters may mean far more bytes than they are. */
static void zeros(void **state)
{
    (void)state;
    char text[128];
    (void)snprintf(text, sizeof(text), "%.20s", ascii85);
    memset(text + 20, 'z', 80);
    text[100] = '\0';
    for (size_t len = 1; len <= 100; len++) {
        struct tt_span input = tt_span_sub(tt_span_str(text), 0, len);
        (void)tt_decoder_base85.claims(&body, input, true);
        assert_cut_anywhere(&tt_decoder_base85, &body, input);
    }
    (void)memcpy(text, "<~", 2);
    (void)tt_decoder_base85.claims(&body, tt_span_str(text), true);
    assert_cut_anywhere(&tt_decoder_base85, &body, tt_span_str(text));
}

static void not_claimed(void **state)
{
    (void)state;
    static const char *const texts[] = {"plain text is not base85, or is it?",
                                        "imei=358240051111110&n=1&lang=en&version=3",
                                        "{\"imei\":\"358240051111110\"}",
                                        "358240051111110358240051111110",
                                        "<html><head><title>hello</title></head></html>",
                                        "GETElementByIdAndClassNameAndTitle",
                                        "dm?FVWoaThA~Q8O",
                                        ""};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(tt_decoder_base85.claims(&body, tt_span_str(texts[i]), true));
    uint32_t seed = 17;
    size_t taken = 0;
    for (size_t round = 0; round < 300000; round++) {
        uint8_t bytes[20];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (uint8_t)('!' + (seed >> 24) % 85);
        }
        taken += tt_decoder_base85.claims(&body, tt_span_of(bytes, sizeof(bytes)), true);
    }
    assert_true(taken < 30);
}

static void anything(void **state)
{
    (void)state;
    assert_says(&tt_decoder_base85, &body, tt_span_str("nothing to be seen here"), "taken 23\n");
    assert_says(&tt_decoder_base85, &body, tt_span_str(""), "taken 0\n");
    for (int mode = 0; mode < 2; mode++) {
        struct recorder rec;
        rec_init(&rec, tt_span_str(base85));
        rec.refuse = mode == 0;
        rec.stop_after = 10;
        rec_run(&rec, &tt_decoder_base85, &body, single_bytes, TT_BODY_COMPLETE, true);
        assert_int_equal(rec.taken, strlen(base85));
        rec_free(&rec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variants),
        cmocka_unit_test(zeros),
        cmocka_unit_test(not_claimed),
        cmocka_unit_test(anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
