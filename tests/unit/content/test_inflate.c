#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#include "content/inflate.h"
#include "model/limits.h"
#include "recorder.h"

enum { BITS_GZIP = 31, BITS_ZLIB = 15, BITS_RAW = -15 };

static const char sample[] =
    "{\"imei\":\"358240051111110\",\"contacts\":[\"+358401234567\",\"+358407654321\"],"
    "\"imei2\":\"358240051111110\",\"text\":\"Lunch at noon? Lunch at noon? Lunch at noon?\"}";

struct packed {
    uint8_t bytes[1 << 18];
    size_t len;
};

static void pack(struct packed *packed, struct tt_span plain, int bits, int strategy)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, strategy), Z_OK);
    uint8_t *copy = malloc(plain.len + 1);
    assert_non_null(copy);
    memcpy(copy, plain.data, plain.len);
    z.next_in = copy;
    z.avail_in = (uInt)plain.len;
    z.next_out = packed->bytes + packed->len;
    z.avail_out = (uInt)(sizeof(packed->bytes) - packed->len);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed->len = sizeof(packed->bytes) - z.avail_out;
    assert_int_equal(deflateEnd(&z), Z_OK);
    free(copy);
}

static struct tt_span packed_span(const struct packed *packed)
{
    return tt_span_of(packed->bytes, packed->len);
}

static const struct tt_body plain_body = {.media_type = "application/json"};
static const struct tt_body deflate_body = {.codings = "deflate"};

static void inflates(const struct tt_decoder *decoder, int bits)
{
    static struct packed packed;
    packed.len = 0;
    struct tt_span plain = tt_span_str(sample);
    pack(&packed, plain, bits, Z_DEFAULT_STRATEGY);
    struct recorder rec;
    rec_init(&rec, packed_span(&packed));
    rec_run(&rec, decoder, &plain_body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, packed.len);
    assert_int_equal(rec.inner_count, 1);
    assert_true(tt_span_eq(rec_bytes(&rec, 0), plain));
    assert_int_equal(rec.inner[0].calls, 1);
    assert_int_equal(rec.notes.len, 0);
    rec_free(&rec);
    assert_cut_anywhere(decoder, &plain_body, packed_span(&packed));
    assert_cut_short(decoder, &plain_body, packed_span(&packed));
    assert_survives_damage(decoder, &plain_body, packed_span(&packed));
}

static void gzip_is_unpacked(void **state)
{
    (void)state;
    inflates(&tt_decoder_gzip, BITS_GZIP);
}

static void zlib_is_unpacked(void **state)
{
    (void)state;
    inflates(&tt_decoder_zlib, BITS_ZLIB);
}

static void raw_deflate_is_unpacked(void **state)
{
    (void)state;
    inflates(&tt_decoder_deflate, BITS_RAW);
}

static void inner_body_inherits(void **state)
{
    (void)state;
    static struct packed packed;
    packed.len = 0;
    pack(&packed, tt_span_str("x=1"), BITS_GZIP, Z_DEFAULT_STRATEGY);
    struct tt_body body = {
        .media_type = "multipart/form-data", .boundary = "b", .codings = "br, identity, gzip"};
    char *text = rec_say(&tt_decoder_gzip, &body, packed_span(&packed), whole_input);
    assert_string_equal(
        text, "coding gzip at 0 type=multipart/form-data codings=br, identity boundary=b\n"
              "  [x=1]\n  complete at 23\ntaken 23\n");
    free(text);
}

static void members_follow_each_other(void **state)
{
    (void)state;
    static struct packed packed;
    packed.len = 0;
    pack(&packed, tt_span_str("first and "), BITS_GZIP, Z_DEFAULT_STRATEGY);
    pack(&packed, tt_span_str("second"), BITS_GZIP, Z_DEFAULT_STRATEGY);
    struct recorder rec;
    rec_init(&rec, packed_span(&packed));
    rec_run(&rec, &tt_decoder_gzip, &plain_body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.inner_count, 1);
    assert_true(tt_span_eq(rec_bytes(&rec, 0), tt_span_str("first and second")));
    rec_free(&rec);
    assert_cut_anywhere(&tt_decoder_gzip, &plain_body, packed_span(&packed));
}

static void what_follows_is_left(void **state)
{
    (void)state;
    static struct packed packed;
    for (int bits = BITS_GZIP; bits >= BITS_ZLIB; bits -= BITS_GZIP - BITS_ZLIB) {
        packed.len = 0;
        pack(&packed, tt_span_str(sample), bits, Z_DEFAULT_STRATEGY);
        size_t end = packed.len;
        memcpy(packed.bytes + packed.len, "imei=358240051111110", 20);
        packed.len += 20;
        const struct tt_decoder *decoder = bits == BITS_GZIP ? &tt_decoder_gzip : &tt_decoder_zlib;
        struct recorder rec;
        rec_init(&rec, packed_span(&packed));
        rec_run(&rec, decoder, &plain_body, whole_input, TT_BODY_COMPLETE, false);
        assert_int_equal(rec.taken, end);
        assert_memory_equal(rec.inner[0].tail.data, "complete", 8);
        rec_free(&rec);
        assert_cut_anywhere(decoder, &plain_body, packed_span(&packed));
    }
}

/* The range that comes with each piece of output is the input of one feed. */
static void output_goes_with_its_input(void **state)
{
    (void)state;
    static struct packed packed;
    packed.len = 0;
    pack(&packed, tt_span_str(sample), BITS_GZIP, Z_HUFFMAN_ONLY);
    struct recorder rec;
    rec_init(&rec, packed_span(&packed));
    rec_run(&rec, &tt_decoder_gzip, &plain_body, single_bytes, TT_BODY_COMPLETE, false);
    assert_true(rec.inner[0].calls > 50);
    rec_free(&rec);
}

static void bomb_is_stopped(void **state)
{
    (void)state;
    static struct packed packed;
    static uint8_t zeros[8 << 20];
    packed.len = 0;
    pack(&packed, tt_span_of(zeros, sizeof(zeros)), BITS_GZIP, Z_DEFAULT_STRATEGY);
    struct recorder rec;
    rec_init(&rec, packed_span(&packed));
    rec.stop_after = 100000;
    rec_run(&rec, &tt_decoder_gzip, &plain_body, whole_input, TT_BODY_COMPLETE, false);
    assert_true(rec.taken < packed.len);
    assert_true(rec.inner[0].bytes.len < 200000);
    assert_memory_equal(rec.inner[0].tail.data, "broken", 6);
    rec_free(&rec);
    rec_init(&rec, packed_span(&packed));
    rec.refuse = true;
    rec_run(&rec, &tt_decoder_gzip, &plain_body, whole_input, TT_BODY_COMPLETE, false);
    assert_true(rec.taken < packed.len);
    rec_free(&rec);
}

static void damage_is_noted(void **state)
{
    (void)state;
    static struct packed packed;
    packed.len = 0;
    pack(&packed, tt_span_str(sample), BITS_GZIP, Z_DEFAULT_STRATEGY);
    packed.bytes[packed.len - 6] ^= 1;
    char *text = rec_say(&tt_decoder_gzip, &plain_body, packed_span(&packed), whole_input);
    assert_non_null(strstr(text, "358240051111110"));
    assert_non_null(strstr(text, "note content.checksum\n"));
    assert_non_null(strstr(text, "broken at "));
    free(text);
    struct tt_span front = tt_span_sub(packed_span(&packed), 0, packed.len / 2);
    text = rec_say(&tt_decoder_gzip, &plain_body, front, whole_input);
    assert_non_null(strstr(text, "note content.cut\n"));
    assert_non_null(strstr(text, "cut at "));
    free(text);
    /* A token may be a part of one: its end says nothing. */
    const struct tt_body token = {.kind = TT_STEP_CODING, .step = "base64"};
    text = rec_say(&tt_decoder_gzip, &token, front, whole_input);
    assert_null(strstr(text, "note"));
    free(text);
    /* Nothing came out: all of it goes back to the plain search. */
    assert_says(&tt_decoder_gzip, &plain_body,
                tt_span_of("\x1f\x8b\x08\0\0\0\0\0\0\x03\xff\xff\xff\xff", 14),
                "note content.broken\ntaken 0\n");
}

static void long_output_comes_in_pieces(void **state)
{
    (void)state;
    static struct packed packed;
    static uint8_t plain[1 << 20];
    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (uint8_t)('a' + i % 8 + i / 65536 % 7);
    packed.len = 0;
    pack(&packed, tt_span_of(plain, sizeof(plain)), BITS_GZIP, Z_DEFAULT_STRATEGY);
    struct recorder rec;
    rec_init(&rec, packed_span(&packed));
    rec_run(&rec, &tt_decoder_gzip, &plain_body, whole_input, TT_BODY_COMPLETE, false);
    assert_true(tt_span_eq(rec_bytes(&rec, 0), tt_span_of(plain, sizeof(plain))));
    assert_true(rec.inner[0].calls > 1);
    rec_free(&rec);
}

static bool picks(const struct tt_body *body, struct tt_span input, const char *name)
{
    bool whole = input.len <= TT_BODY_PROBE_MAX;
    struct flush head = flush_make(tt_span_sub(input, 0, TT_BODY_PROBE_MAX));
    const struct tt_decoder *decoder = tt_decoder_pick(body, head.span, whole);
    bool same = decoder == NULL ? name == NULL : name != NULL && strcmp(decoder->name, name) == 0;
    flush_free(&head);
    return same;
}

static void recognised_undeclared(void **state)
{
    (void)state;
    static struct packed packed;
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE};
    const struct tt_body nothing = {0};
    char text[3000];
    for (size_t len = 1; len < sizeof(text); len += len < 200 ? 1 : 97) {
        for (size_t i = 0; i < len; i++)
            text[i] = (char)(' ' + (i * i + i / 7) % 90);
        for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
            packed.len = 0;
            pack(&packed, tt_span_of(text, len), BITS_ZLIB, strategies[i]);
            assert_true(picks(&nothing, packed_span(&packed), "zlib"));
            packed.len = 0;
            pack(&packed, tt_span_of(text, len), BITS_GZIP, strategies[i]);
            assert_true(picks(&nothing, packed_span(&packed), "gzip"));
            packed.len = 0;
            pack(&packed, tt_span_of(text, len), BITS_RAW, strategies[i]);
            assert_true(picks(&deflate_body, packed_span(&packed), "deflate"));
        }
    }
}

/* One that ends with the last byte that is looked at: whether more follows is not known then. */
static void as_long_as_the_look(void **state)
{
    (void)state;
    enum { HEAD = 5, TEXT = TT_BODY_PROBE_MAX - HEAD }; /* a stored block, RFC 1951 section 3.2.4 */
    uint8_t bytes[TT_BODY_PROBE_MAX] = {1, TEXT & 0xff, TEXT >> 8, ~TEXT & 0xff, ~TEXT >> 8 & 0xff};
    for (size_t i = 0; i < TEXT; i++)
        bytes[HEAD + i] = (uint8_t) "amber north quiet paper "[i % 24];
    const struct tt_body nothing = {0};
    struct tt_span all = tt_span_of(bytes, sizeof(bytes));
    assert_true(tt_decoder_deflate.claims(&nothing, all, false));
    assert_true(tt_decoder_deflate.claims(&nothing, all, true));
    bytes[0] = 0; /* another block follows */
    assert_true(tt_decoder_deflate.claims(&nothing, all, false));
}

/* Bare deflate has no magic: text inside it must show. */
static void bare_and_undeclared(void **state)
{
    (void)state;
    static struct packed packed;
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE};
    const struct tt_body nothing = {0};
    static char text[6000];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = "{\"imei\":\"358240051111110\",\"n\":[1,2,3]},\n"[(i + i / 97) % 40];
    for (size_t len = 15; len < sizeof(text); len += len < 200 ? 1 : 97) {
        for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
            packed.len = 0;
            pack(&packed, tt_span_of(text, len), BITS_RAW, strategies[i]);
            assert_true(picks(&nothing, packed_span(&packed), "deflate"));
        }
    }
    size_t taken = 0;
    uint32_t seed = 9;
    for (size_t round = 0; round < 300000; round++) {
        uint8_t bytes[TT_BODY_PROBE_MAX];
        size_t len = round % 7 == 0 ? sizeof(bytes) : round % 60 + 1;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = round % 2 == 0 ? (uint8_t)(seed >> 24) : (uint8_t)(' ' + (seed >> 24) % 95);
        }
        taken += tt_decoder_deflate.claims(&nothing, tt_span_of(bytes, len), len < sizeof(bytes));
    }
    assert_int_equal(taken, 0);
}

/* Text and noise that begin like a zlib header are not taken for one. */
static void not_recognised(void **state)
{
    (void)state;
    const struct tt_body nothing = {0};
    uint32_t seed = 7;
    size_t taken = 0;
    for (size_t round = 0; round < 200000; round++) {
        uint8_t bytes[TT_BODY_PROBE_MAX];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = round % 2 == 0 ? (uint8_t)(seed >> 24) : (uint8_t)(' ' + (seed >> 24) % 95);
        }
        bytes[0] = 0x78;
        bytes[1] = round % 4 < 2 ? 0x5e : 0x9c;
        bool whole = round % 3 == 0;
        size_t len = whole ? round % sizeof(bytes) + 1 : sizeof(bytes);
        if (tt_decoder_zlib.claims(&nothing, tt_span_of(bytes, len), whole))
            taken++;
    }
    /* Chance, with the header given: one in thousands. */
    assert_true(taken < 200);
    assert_true(picks(&nothing, tt_span_str("x^2 + y^2 = z^2 is what it says"), NULL));
    assert_true(picks(&nothing, tt_span_of("\x78\x9c", 2), NULL));
    assert_true(picks(&nothing, tt_span_of("\x1f\x8b", 2), NULL));
}

static void lies_are_not_believed(void **state)
{
    (void)state;
    const struct tt_body gzip = {.codings = "gzip"};
    const struct tt_body both = {.codings = "gzip, deflate"};
    assert_true(picks(&gzip, tt_span_str("{\"a\":1}"), "json"));
    assert_true(picks(&both, tt_span_str("{\"a\":1}"), "json"));
    assert_true(picks(&deflate_body, tt_span_str("plain text, and not even short enough"), NULL));
    static struct packed packed;
    packed.len = 0;
    pack(&packed, tt_span_str(sample), BITS_GZIP, Z_DEFAULT_STRATEGY);
    const struct tt_body brotli = {.codings = "br"};
    assert_true(picks(&brotli, packed_span(&packed), "gzip"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_is_unpacked),
        cmocka_unit_test(zlib_is_unpacked),
        cmocka_unit_test(raw_deflate_is_unpacked),
        cmocka_unit_test(as_long_as_the_look),
        cmocka_unit_test(inner_body_inherits),
        cmocka_unit_test(members_follow_each_other),
        cmocka_unit_test(what_follows_is_left),
        cmocka_unit_test(output_goes_with_its_input),
        cmocka_unit_test(bomb_is_stopped),
        cmocka_unit_test(damage_is_noted),
        cmocka_unit_test(long_output_comes_in_pieces),
        cmocka_unit_test(recognised_undeclared),
        cmocka_unit_test(bare_and_undeclared),
        cmocka_unit_test(not_recognised),
        cmocka_unit_test(lies_are_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
