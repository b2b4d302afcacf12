#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/xored.h"
#include "recorder.h"

static const struct tt_body body = {0};

struct disguised {
    uint8_t bytes[300];
    size_t len;
};

static struct tt_span disguise(struct disguised *to, const char *text, uint8_t key)
{
    to->len = strlen(text);
    assert_true(to->len <= sizeof(to->bytes));
    for (size_t i = 0; i < to->len; i++)
        to->bytes[i] = (uint8_t)text[i] ^ key;
    return tt_span_of(to->bytes, to->len);
}

/* With every key: JSON; and with those that leave no text, prose. */
static void every_key(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"imei\":\"358240051111110\",\"contacts\":[\"+358401234567\",\"+358407654321\"]}",
        "Some lines of a letter that begins with nothing in particular, call 358240051111110"};
    struct disguised disguised;
    for (unsigned key = 1; key < 256; key++) {
        for (size_t i = 0; i < 2; i++) {
            struct tt_span input = disguise(&disguised, texts[i], (uint8_t)key);
            if (i == 1 && key < 0x80)
                continue;
            struct flush flush = flush_make(input);
            assert_true(tt_decoder_xored.claims(&body, flush.span, true));
            flush_free(&flush);
            char expected[300];
            (void)snprintf(expected, sizeof(expected),
                           "coding xor:%02x at 0\n  [%s]\n  complete at %zu\ntaken %zu\n", key,
                           texts[i], input.len, input.len);
            assert_says(&tt_decoder_xored, &body, input, expected);
        }
    }
    struct tt_span input = disguise(&disguised, texts[0], 0x5a);
    assert_cut_anywhere(&tt_decoder_xored, &body, input);
    assert_places_cut_anywhere(&tt_decoder_xored, &body, input);
    assert_survives_damage(&tt_decoder_xored, &body, input);
}

/* Behind a header, JSON is seen with every key, as long as the whole is no text; so is gzip. */
static void behind_and_packed(void **state)
{
    (void)state;
    static const char text[] = "{\"imei\":\"358240051111110\",\"os\":\"android\"}";
    static const uint8_t gzip[] = {0x1f, 0x8b, 8,    0,    0,    0,    0, 0,
                                   0,    3,    0xab, 0x56, 0xca, 0x2d, 0, 1};
    for (unsigned key = 1; key < 256; key++) {
        uint8_t bytes[4 + sizeof(text)] = {1, 2, 0, 0x35};
        uint8_t packed[sizeof(gzip)];
        for (size_t i = 0; i < sizeof(text) - 1; i++)
            bytes[4 + i] = (uint8_t)text[i] ^ (uint8_t)key;
        for (size_t i = 0; i < sizeof(gzip); i++)
            packed[i] = gzip[i] ^ (uint8_t)key;
        assert_true(tt_decoder_xored.claims(&body, tt_span_of(bytes, 4 + sizeof(text) - 1), true));
        assert_true(tt_decoder_xored.claims(&body, tt_span_of(packed, sizeof(packed)), true));
        packed[1] ^= 1;
        assert_false(tt_decoder_xored.claims(&body, tt_span_of(packed, sizeof(packed)), true));
    }
}

static void not_claimed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"imei\":\"358240051111110\",\"contacts\":[]}",
        "plain text is what it is, whatever key is tried on it, isn't it?",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "short \x01"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(tt_decoder_xored.claims(&body, tt_span_str(texts[i]), true));
    static const uint8_t zeros[100];
    assert_false(tt_decoder_xored.claims(&body, tt_span_of(zeros, sizeof(zeros)), true));
    uint32_t seed = 13;
    for (size_t round = 0; round < 300000; round++) {
        uint8_t bytes[24];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = round % 2 == 0 ? (uint8_t)(seed >> 24) : (uint8_t)(' ' + (seed >> 24) % 95);
        }
        assert_false(tt_decoder_xored.claims(&body, tt_span_of(bytes, sizeof(bytes)), true));
    }
}

/* What nobody claimed is left alone; a sink that refuses or stops does no harm. */
static void anything(void **state)
{
    (void)state;
    assert_says(&tt_decoder_xored, &body, tt_span_str("nothing to be seen here"), "taken 23\n");
    assert_says(&tt_decoder_xored, &body, tt_span_str(""), "taken 0\n");
    struct disguised disguised;
    struct tt_span input =
        disguise(&disguised, "{\"imei\":\"358240051111110\",\"contacts\":[1,2,3]}", 0xa5);
    for (int mode = 0; mode < 2; mode++) {
        struct recorder rec;
        rec_init(&rec, input);
        rec.refuse = mode == 0;
        rec.stop_after = 10;
        rec_run(&rec, &tt_decoder_xored, &body, single_bytes, TT_BODY_COMPLETE, true);
        assert_int_equal(rec.taken, input.len);
        rec_free(&rec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key),
        cmocka_unit_test(behind_and_packed),
        cmocka_unit_test(not_claimed),
        cmocka_unit_test(anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
