#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/exif.h"
#include "content/picture.h"
#include "recorder.h"

static const struct tt_body body = {0};

struct file {
    uint8_t bytes[4096];
    size_t len;
    bool little;
};

static void put(struct file *file, const void *bytes, size_t len)
{
    assert_true(len <= sizeof(file->bytes) - file->len);
    memcpy(file->bytes + file->len, bytes, len);
    file->len += len;
}

static void put_int(struct file *file, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t shift = 8 * (file->little ? i : len - 1 - i);
        put(file, &(uint8_t){(uint8_t)(value >> shift)}, 1);
    }
}

static void put_entry(struct file *file, unsigned tag, unsigned type, unsigned count,
                      uint32_t value)
{
    put_int(file, tag, 2);
    put_int(file, type, 2);
    put_int(file, count, 4);
    put_int(file, value, 4);
}

static void put_degrees(struct file *file, unsigned degrees, unsigned minutes, unsigned hundredths)
{
    put_int(file, degrees, 4);
    put_int(file, 1, 4);
    put_int(file, minutes, 4);
    put_int(file, 1, 4);
    put_int(file, hundredths, 4);
    put_int(file, 100, 4);
}

/* CIPA DC-008: a TIFF header, three directories, their values. Offsets by hand. */
static void put_tiff(struct file *file, bool little)
{
    file->little = little;
    put(file, little ? "II" : "MM", 2);
    put_int(file, 42, 2);
    put_int(file, 8, 4);
    put_int(file, 3, 2); /* at 8, up to 50 */
    put_entry(file, 0x010f, 2, 8, 100);
    put_entry(file, 0x8769, 4, 1, 50);
    put_entry(file, 0x8825, 4, 1, 170);
    put_int(file, 0, 4);
    put_int(file, 2, 2); /* at 50, up to 80 */
    put_entry(file, 0xa431, 2, 11, 110);
    put_entry(file, 0xa430, 2, 9, 130);
    put_int(file, 0, 4);
    put(file, "....................", 20);
    put(file, "Example\0..", 10);                                   /* at 100 */
    put(file, "GLD7Q2X9K4\0.........", 20);                         /* at 110 */
    put(file, "Asha Rao\0...................................", 40); /* at 130 */
    put_int(file, 4, 2);                                            /* at 170, up to 224 */
    put_entry(file, 1, 2, 2, little ? 'N' : 'N' << 24);
    put_entry(file, 2, 5, 3, 230);
    put_entry(file, 3, 2, 2, little ? 'W' : (uint32_t)'W' << 24);
    put_entry(file, 4, 5, 3, 254);
    put_int(file, 0, 4);
    put(file, "......", 6);
    put_degrees(file, 28, 36, 5004); /* at 230: 28.6139 */
    put_degrees(file, 77, 12, 3240); /* at 254: 77.209 */
}

static void position_and_texts(void **state)
{
    (void)state;
    for (int little = 0; little < 2; little++) {
        static struct file file;
        file.len = 0;
        put_tiff(&file, little == 1);
        struct flush flush = flush_make(tt_span_of(file.bytes, file.len));
        struct tt_exif exif;
        tt_exif_read(flush.span, &exif);
        assert_string_equal(exif.position, "28.6139,-77.2090");
        assert_int_equal(exif.count, 3);
        assert_string_equal(exif.fields[0].step, "exif:Make");
        assert_string_equal(exif.fields[1].step, "exif:BodySerialNumber");
        assert_int_equal(exif.fields[1].at, 110);
        assert_int_equal(exif.fields[1].len, 10);
        assert_string_equal(exif.fields[2].step, "exif:CameraOwnerName");
        flush_free(&flush);
        /* Cut anywhere and damaged anywhere: whatever it says lies inside. */
        for (size_t len = 0; len < file.len; len++) {
            flush = flush_make(tt_span_of(file.bytes, len));
            tt_exif_read(flush.span, &exif);
            flush_free(&flush);
        }
        for (size_t at = 0; at < file.len; at++) {
            file.bytes[at] ^= 0xff;
            flush = flush_make(tt_span_of(file.bytes, file.len));
            tt_exif_read(flush.span, &exif);
            size_t end = 0;
            for (size_t i = 0; i < exif.count; i++) {
                assert_true(exif.fields[i].at >= end);
                end = exif.fields[i].at + exif.fields[i].len;
            }
            assert_true(end <= file.len);
            flush_free(&flush);
            file.bytes[at] ^= 0xff;
        }
    }
}

static void put_segment(struct file *file, uint8_t mark, struct tt_span content)
{
    file->little = false;
    put(file, (const uint8_t[]){0xff, mark}, 2);
    put_int(file, content.len + 2, 2);
    put(file, content.data, content.len);
}

static const char xmp[] = "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><a>Asha</a></x:xmpmeta>";

static struct tt_span make_jpeg(struct file *file)
{
    static struct file block;
    block.len = 0;
    put(&block, "Exif\0", 6);
    put_tiff(&block, true);
    file->len = 0;
    put(file, "\xff\xd8", 2);
    put_segment(file, 0xe0, tt_span_of("JFIF\0......", 11));
    put_segment(file, 0xe1, tt_span_of(block.bytes, block.len));
    put_segment(file, 0xe1, tt_span_of(xmp, sizeof(xmp) - 1));
    put_segment(file, 0xe1, tt_span_str("something else"));
    put_segment(file, 0xda, tt_span_str("scan"));
    put(file, "\1\2\3\xff\xe1\0\4\xff\xd9", 9);
    return tt_span_of(file->bytes, file->len);
}

/* Every byte of slices is told once, in order. */
static void assert_parted(const struct recorder *rec)
{
    uint64_t next = 0;
    for (size_t i = 0; i < rec->inner_count; i++) {
        if (rec->inner[i].kind == TT_STEP_CODING)
            continue;
        assert_int_equal(rec->inner[i].at, next);
        next += rec->inner[i].bytes.len;
    }
    assert_int_equal(next, rec->input.len);
}

static void jpeg(void **state)
{
    (void)state;
    static struct file file;
    struct tt_span input = make_jpeg(&file);
    struct recorder rec;
    rec_init(&rec, input);
    rec_run(&rec, &tt_decoder_jpeg, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, input.len);
    assert_parted(&rec);
    char *text = rec_text(&rec);
    assert_non_null(strstr(text, "slice exif:BodySerialNumber at "));
    assert_non_null(strstr(text, "\n  [GLD7Q2X9K4]\n"));
    assert_non_null(strstr(text, "coding exif:GPSPosition at "));
    assert_non_null(strstr(text, "\n  [28.6139,-77.2090]\n"));
    assert_non_null(strstr(text, "slice jpeg:xmp at "));
    assert_non_null(strstr(text, "\n  [<x:xmpmeta><a>Asha</a></x:xmpmeta>]\n"));
    free(text);
    rec_free(&rec);
    assert_cut_anywhere(&tt_decoder_jpeg, &body, input);
    assert_survives_damage(&tt_decoder_jpeg, &body, input);
    for (size_t len = 0; len < input.len; len++) {
        rec_init(&rec, tt_span_sub(input, 0, len));
        rec_run(&rec, &tt_decoder_jpeg, &body, small_pieces, TT_BODY_CUT, false);
        assert_parted(&rec);
        rec_free(&rec);
    }
}

static void put_box(struct file *file, const char *type, const struct file *content)
{
    file->little = false;
    put_int(file, content->len + 8, 4);
    put(file, type, 4);
    put(file, content->bytes, content->len);
}

/* ISO/IEC 14496-12: ftyp, meta with iinf and iloc, mdat. `version` of iloc. */
static struct tt_span make_heif(struct file *file, unsigned version)
{
    static struct file part;
    static struct file meta;
    static struct file infe;
    for (int round = 0; round < 2; round++) {
        size_t item_at = file->len; /* of the first round */
        file->len = 0;
        part.len = 0;
        put(&part, "heic\0\0\0\0mif1heic", 16);
        put_box(file, "ftyp", &part);
        infe.len = 0;
        put(&infe, "\2\0\0\0\0\7\0\0Exif\0", 13);
        part.len = 0;
        put(&part, "\0\0\0\0\0\1", 6);
        put_box(&part, "infe", &infe);
        meta.len = 0;
        put(&meta, "\0\0\0\0", 4);
        put_box(&meta, "iinf", &part);
        part.len = 0;
        part.little = false;
        put_int(&part, version, 1);
        put(&part, "\0\0\0\x44\0", 5);
        put_int(&part, 1, version < 2 ? 2 : 4);
        put_int(&part, 7, version < 2 ? 2 : 4);
        put_int(&part, 0, version == 0 ? 2 : 4);
        put_int(&part, 1, 2);
        put_int(&part, round == 0 ? 0 : item_at, 4);
        put_int(&part, 4 + 2 + 278, 4);
        put_box(&meta, "iloc", &part);
        put_box(file, "meta", &meta);
        part.len = 0;
        put(&part, "pixels", 6);
        size_t in_part = part.len;
        put_int(&part, 2, 4);
        put(&part, "..", 2);
        put_tiff(&part, false);
        put(&part, "more pixels", 11);
        size_t mdat_at = file->len;
        /* A box with a size of 8 bytes. */
        file->little = false;
        put(file, "\0\0\0\1mdat", 8);
        put_int(file, part.len + 16, 8);
        put(file, part.bytes, part.len);
        if (round == 0)
            file->len = mdat_at + 16 + in_part;
    }
    return tt_span_of(file->bytes, file->len);
}

static void heif(void **state)
{
    (void)state;
    static struct file file;
    for (unsigned version = 0; version < 3; version++) {
        struct tt_span input = make_heif(&file, version);
        struct recorder rec;
        rec_init(&rec, input);
        rec_run(&rec, &tt_decoder_heif, &body, whole_input, TT_BODY_COMPLETE, false);
        assert_parted(&rec);
        char *text = rec_text(&rec);
        assert_non_null(strstr(text, "\n  [28.6139,-77.2090]\n"));
        assert_non_null(strstr(text, "slice exif:BodySerialNumber at "));
        assert_non_null(strstr(text, "slice heif.data at "));
        free(text);
        rec_free(&rec);
        assert_cut_anywhere(&tt_decoder_heif, &body, input);
        assert_survives_damage(&tt_decoder_heif, &body, input);
        for (size_t len = 0; len < input.len; len++) {
            rec_init(&rec, tt_span_sub(input, 0, len));
            rec_run(&rec, &tt_decoder_heif, &body, small_pieces, TT_BODY_CUT, false);
            assert_parted(&rec);
            rec_free(&rec);
        }
    }
}

/* A block of Exif that is longer than the limit is told of, and searched as it stands. */
static void long_item(void **state)
{
    (void)state;
    static struct file file;
    struct tt_span input = make_heif(&file, 0);
    size_t at = tt_span_search(input, tt_span_of("\0\0\1\x1c", 4)); /* the item's length */
    assert_true(at != SIZE_MAX);
    file.bytes[at + 1] = (TT_EXIF_MAX >> 16) + 1;
    char *text = rec_say(&tt_decoder_heif, &body, input, whole_input);
    assert_non_null(strstr(text, "note content.exif\n"));
    assert_null(strstr(text, "exif:"));
    free(text);
}

static void recognised(void **state)
{
    (void)state;
    static struct file file;
    struct tt_span input = make_jpeg(&file);
    assert_ptr_equal(tt_decoder_pick(&body, input, true), &tt_decoder_jpeg);
    input = make_heif(&file, 0);
    assert_ptr_equal(tt_decoder_pick(&body, input, true), &tt_decoder_heif);
    assert_null(tt_decoder_pick(&body, tt_span_of("\xff\xd8\xff", 3), true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(position_and_texts), cmocka_unit_test(jpeg),       cmocka_unit_test(heif),
        cmocka_unit_test(long_item),          cmocka_unit_test(recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
