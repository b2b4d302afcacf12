#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#include "content/prefixed.h"
#include "recorder.h"

enum { BITS_ZLIB = 15, BITS_GZIP = 31 };

static const char plain[] = "{\"imei\":\"358240051111110\",\"n\":[1,2,3]}";
static const struct tt_body body = {0};

struct packed {
    uint8_t bytes[4096];
    size_t len;
};

static struct tt_span span_of(const struct packed *packed)
{
    return tt_span_of(packed->bytes, packed->len);
}

/* `prefix` bytes that count up, then the packed text. */
static void pack(struct packed *packed, size_t prefix, int bits)
{
    for (size_t i = 0; i < prefix; i++)
        packed->bytes[i] = (uint8_t)(0x80 + i);
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    uint8_t copy[sizeof(plain)];
    memcpy(copy, plain, sizeof(plain));
    z.next_in = copy;
    z.avail_in = sizeof(plain) - 1;
    z.next_out = packed->bytes + prefix;
    z.avail_out = (uInt)(sizeof(packed->bytes) - prefix);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed->len = sizeof(packed->bytes) - z.avail_out;
    assert_int_equal(deflateEnd(&z), Z_OK);
}

static void every_length(void **state)
{
    (void)state;
    static struct packed packed;
    for (size_t prefix = 1; prefix <= TT_PREFIX_MAX + 1; prefix++) {
        for (int bits = BITS_ZLIB; bits <= BITS_GZIP; bits += BITS_GZIP - BITS_ZLIB) {
            pack(&packed, prefix, bits);
            bool fits = prefix <= TT_PREFIX_MAX;
            assert_int_equal(tt_decoder_prefixed.claims(&body, span_of(&packed), true), fits);
            if (!fits)
                continue;
            struct recorder rec;
            rec_init(&rec, span_of(&packed));
            rec_run(&rec, &tt_decoder_prefixed, &body, small_pieces, TT_BODY_COMPLETE, false);
            assert_int_equal(rec.taken, packed.len);
            assert_int_equal(rec.inner_count, 2);
            char head[64];
            (void)snprintf(head, sizeof(head), "slice offset:%zu at %zu", prefix, prefix);
            assert_true(tt_span_eq(tt_buf_span(&rec.inner[1].head), tt_span_str(head)));
            assert_true(tt_span_eq(rec_bytes(&rec, 1), tt_span_from(span_of(&packed), prefix)));
            rec_free(&rec);
            assert_cut_anywhere(&tt_decoder_prefixed, &body, span_of(&packed));
        }
    }
}

static void not_claimed(void **state)
{
    (void)state;
    static struct packed packed;
    pack(&packed, 0, BITS_GZIP);
    assert_false(tt_decoder_prefixed.claims(&body, span_of(&packed), true));
    pack(&packed, 4, BITS_ZLIB);
    packed.bytes[packed.len / 2] ^= 0xff;
    packed.bytes[packed.len / 2 + 1] ^= 0xff;
    assert_false(tt_decoder_prefixed.claims(&body, span_of(&packed), true));
    assert_false(tt_decoder_prefixed.claims(&body, tt_span_sub(span_of(&packed), 0, 10), true));
    uint32_t seed = 11;
    size_t taken = 0;
    for (size_t round = 0; round < 200000; round++) {
        uint8_t bytes[128];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (uint8_t)(seed >> 24);
        }
        taken += tt_decoder_prefixed.claims(&body, tt_span_of(bytes, sizeof(bytes)), false);
    }
    assert_true(taken < 5);
}

/* Whatever is fed: also what nobody would have claimed. */
static void anything(void **state)
{
    (void)state;
    assert_says(&tt_decoder_prefixed, &body, tt_span_str("short"),
                "slice prefix at 0\n  [short]\n  complete at 5\ntaken 5\n");
    assert_says(&tt_decoder_prefixed, &body, tt_span_str(""), "taken 0\n");
    assert_cut_anywhere(&tt_decoder_prefixed, &body,
                        tt_span_str("nothing is compressed in here, all of it is prefix"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length),
        cmocka_unit_test(not_claimed),
        cmocka_unit_test(anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
