#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lz4frame.h>

#include "content/lz4.h"
#include "recorder.h"

static const char plain[] =
    "{\"imei\":\"358240051111110\",\"contacts\":[\"+358401234567\",\"+358407654321\"],"
    "\"text\":\"Lunch at noon? Lunch at noon?\"}";

static const struct tt_body body = {.media_type = "application/json"};

struct packed {
    uint8_t bytes[2 << 20];
    size_t len;
};

static void pack(struct packed *packed, struct tt_span text, int checksum)
{
    LZ4F_preferences_t how = LZ4F_INIT_PREFERENCES;
    how.frameInfo.contentChecksumFlag =
        checksum ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum;
    size_t len = LZ4F_compressFrame(packed->bytes + packed->len,
                                    sizeof(packed->bytes) - packed->len, text.data, text.len, &how);
    assert_false(LZ4F_isError(len));
    packed->len += len;
}

static struct tt_span packed_span(const struct packed *packed)
{
    return tt_span_of(packed->bytes, packed->len);
}

static void unpacked(void **state)
{
    (void)state;
    static struct packed packed;
    packed.len = 0;
    pack(&packed, tt_span_str(plain), 1);
    struct recorder rec;
    rec_init(&rec, packed_span(&packed));
    rec_run(&rec, &tt_decoder_lz4, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, packed.len);
    assert_true(tt_span_eq(rec_bytes(&rec, 0), tt_span_str(plain)));
    assert_int_equal(rec.notes.len, 0);
    rec_free(&rec);
    assert_cut_anywhere(&tt_decoder_lz4, &body, packed_span(&packed));
    assert_cut_short(&tt_decoder_lz4, &body, packed_span(&packed));
    assert_survives_damage(&tt_decoder_lz4, &body, packed_span(&packed));
}

static void frames_follow_each_other(void **state)
{
    (void)state;
    static struct packed packed;
    packed.len = 0;
    pack(&packed, tt_span_str("first, "), 1);
    /* A skippable frame of 3 bytes, which LZ4 and Zstandard share. */
    memcpy(packed.bytes + packed.len, "\x5a\x2a\x4d\x18\x03\0\0\0xyz", 11);
    packed.len += 11;
    pack(&packed, tt_span_str("second"), 0);
    size_t end = packed.len;
    memcpy(packed.bytes + packed.len, "rest", 4);
    packed.len += 4;
    struct recorder rec;
    rec_init(&rec, packed_span(&packed));
    rec_run(&rec, &tt_decoder_lz4, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, end);
    assert_true(tt_span_eq(rec_bytes(&rec, 0), tt_span_str("first, second")));
    assert_memory_equal(rec.inner[0].tail.data, "complete", 8);
    rec_free(&rec);
    assert_cut_anywhere(&tt_decoder_lz4, &body, packed_span(&packed));
}

static void damage_is_noted(void **state)
{
    (void)state;
    static struct packed packed;
    packed.len = 0;
    pack(&packed, tt_span_str(plain), 1);
    packed.bytes[packed.len - 1] ^= 1;
    char *text = rec_say(&tt_decoder_lz4, &body, packed_span(&packed), whole_input);
    assert_non_null(strstr(text, "note content.checksum\n"));
    free(text);
    struct tt_span front = tt_span_sub(packed_span(&packed), 0, packed.len - 10);
    text = rec_say(&tt_decoder_lz4, &body, front, whole_input);
    assert_non_null(strstr(text, "note content.cut\n"));
    free(text);
}

static void long_output_stops_when_told(void **state)
{
    (void)state;
    static struct packed packed;
    static uint8_t zeros[1 << 20];
    packed.len = 0;
    pack(&packed, tt_span_of(zeros, sizeof(zeros)), 1);
    struct recorder rec;
    rec_init(&rec, packed_span(&packed));
    rec_run(&rec, &tt_decoder_lz4, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_true(tt_span_eq(rec_bytes(&rec, 0), tt_span_of(zeros, sizeof(zeros))));
    rec_free(&rec);
    rec_init(&rec, packed_span(&packed));
    rec.stop_after = 1000;
    rec_run(&rec, &tt_decoder_lz4, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_true(rec.inner[0].bytes.len < 1000000);
    assert_memory_equal(rec.inner[0].tail.data, "broken", 6);
    rec_free(&rec);
}

static void recognised(void **state)
{
    (void)state;
    static struct packed packed;
    packed.len = 0;
    pack(&packed, tt_span_str(plain), 0);
    struct tt_span head = tt_span_sub(packed_span(&packed), 0, TT_BODY_PROBE_MAX);
    assert_ptr_equal(tt_decoder_pick(&body, head, false), &tt_decoder_lz4);
    assert_null(tt_decoder_pick(&body, tt_span_sub(head, 0, 3), true));
    /* Another version of the format. */
    packed.bytes[4] ^= 0x80;
    assert_ptr_not_equal(tt_decoder_pick(&body, head, true), &tt_decoder_lz4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpacked),        cmocka_unit_test(frames_follow_each_other),
        cmocka_unit_test(damage_is_noted), cmocka_unit_test(long_output_stops_when_told),
        cmocka_unit_test(recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
