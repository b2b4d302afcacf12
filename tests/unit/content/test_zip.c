#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#include "content/zip.h"
#include "recorder.h"

static const char plain[] = "imei=358240051111110, and once more: imei=358240051111110";
static const struct tt_body body = {.media_type = "application/zip"};

struct archive {
    uint8_t bytes[1 << 17];
    size_t len;
};

static void put(struct archive *archive, const void *bytes, size_t len)
{
    assert_true(len <= sizeof(archive->bytes) - archive->len);
    memcpy(archive->bytes + archive->len, bytes, len);
    archive->len += len;
}

static void put_le(struct archive *archive, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put(archive, &(uint8_t){(uint8_t)(value >> 8 * i)}, 1);
}

static struct tt_span span_of(const struct archive *archive)
{
    return tt_span_of(archive->bytes, archive->len);
}

static void deflate_into(struct archive *packed, struct tt_span text)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    uint8_t *copy = malloc(text.len + 1);
    assert_non_null(copy);
    memcpy(copy, text.data, text.len);
    z.next_in = copy;
    z.avail_in = (uInt)text.len;
    z.next_out = packed->bytes;
    z.avail_out = sizeof(packed->bytes);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed->len = sizeof(packed->bytes) - z.avail_out;
    assert_int_equal(deflateEnd(&z), Z_OK);
    free(copy);
}

/* APPNOTE 4.3.7. */
static void local(struct archive *archive, unsigned flags, unsigned method, uint64_t size,
                  const char *name, struct tt_span extra)
{
    put(archive, "PK\3\4\x14\0", 6);
    put_le(archive, flags, 2);
    put_le(archive, method, 2);
    put_le(archive, 0, 8);
    put_le(archive, size, 4);
    put_le(archive, size, 4);
    put_le(archive, strlen(name), 2);
    put_le(archive, extra.len, 2);
    put(archive, name, strlen(name));
    put(archive, extra.data, extra.len);
}

static const struct tt_span none = {.data = (const uint8_t *)"", .len = 0};

/* A central directory, as far as it matters: APPNOTE 4.3.12 and 4.3.16. */
static void directory(struct archive *archive)
{
    put(archive, "PK\1\2 names again PK\5\6 end", 25);
}

static void stored_and_deflated(void **state)
{
    (void)state;
    static struct archive archive;
    static struct archive packed;
    deflate_into(&packed, tt_span_str(plain));
    archive.len = 0;
    local(&archive, 0, 0, strlen(plain), "a.txt", none);
    size_t at = archive.len;
    put(&archive, plain, strlen(plain));
    local(&archive, 0, 8, packed.len, "d/b\x1b.txt", none);
    put(&archive, packed.bytes, packed.len);
    local(&archive, 0, 0, 0, "d/", none);
    directory(&archive);
    struct recorder rec;
    rec_init(&rec, span_of(&archive));
    rec_run(&rec, &tt_decoder_zip, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, archive.len);
    assert_int_equal(rec.notes.len, 0);
    char head[100];
    (void)snprintf(head, sizeof(head), "slice zip:a.txt at %zu", at);
    assert_true(tt_span_eq(tt_buf_span(&rec.inner[1].head), tt_span_str(head)));
    assert_true(tt_span_eq(rec_bytes(&rec, 1), tt_span_str(plain)));
    assert_memory_equal(rec.inner[3].head.data, "slice zip:d/b?.txt at ", 22);
    assert_true(tt_span_search(tt_buf_span(&rec.inner[3].head), tt_span_str("codings=deflate")) !=
                SIZE_MAX);
    assert_true(tt_span_eq(rec_bytes(&rec, 3), span_of(&packed)));
    assert_memory_equal(rec.inner[4].head.data, "slice zip.header", 16);
    /* Not an archive in the archive. */
    assert_memory_equal(rec.inner[0].head.data, "slice zip.header at 0 opaque", 28);
    rec_free(&rec);
    assert_cut_anywhere(&tt_decoder_zip, &body, span_of(&archive));
    assert_survives_damage(&tt_decoder_zip, &body, span_of(&archive));
}

/* Bit 3: the sizes stand behind the member, with and without a signature, in 4 bytes or 8. */
static void sizes_behind(void **state)
{
    (void)state;
    static struct archive packed;
    deflate_into(&packed, tt_span_str(plain));
    for (unsigned form = 0; form < 4; form++) {
        static struct archive archive;
        archive.len = 0;
        for (int i = 0; i < 2; i++) {
            local(&archive, 8, 8, 0, "a", none);
            put(&archive, packed.bytes, packed.len);
            put(&archive, "PK\7\10", form % 2 == 0 ? 4 : 0);
            put_le(&archive, 0x12345678, 4);
            put_le(&archive, packed.len, form < 2 ? 4 : 8);
            put_le(&archive, strlen(plain), form < 2 ? 4 : 8);
        }
        directory(&archive);
        struct recorder rec;
        rec_init(&rec, span_of(&archive));
        rec_run(&rec, &tt_decoder_zip, &body, whole_input, TT_BODY_COMPLETE, false);
        assert_int_equal(rec.notes.len, 0);
        assert_int_equal(rec.inner_count, 5);
        assert_true(tt_span_eq(rec_bytes(&rec, 1), span_of(&packed)));
        assert_true(tt_span_eq(rec_bytes(&rec, 3), span_of(&packed)));
        rec_free(&rec);
        assert_cut_anywhere(&tt_decoder_zip, &body, span_of(&archive));
    }
}

static void stored_without_size(void **state)
{
    (void)state;
    static struct archive archive;
    archive.len = 0;
    local(&archive, 8, 0, 0, "a", none);
    size_t at = archive.len;
    /* An archive in an archive: only the descriptor with the right length ends it. */
    local(&archive, 0, 0, strlen(plain), "inner", none);
    put(&archive, plain, strlen(plain));
    put(&archive, "PK\7\10xxxxyyyyzzzz", 16);
    size_t end = archive.len;
    put(&archive, "PK\7\10", 4);
    put_le(&archive, 0, 4);
    put_le(&archive, end - at, 4);
    put_le(&archive, end - at, 4);
    local(&archive, 0, 0, 3, "b", none);
    put(&archive, "xyz", 3);
    directory(&archive);
    struct recorder rec;
    rec_init(&rec, span_of(&archive));
    rec_run(&rec, &tt_decoder_zip, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.inner_count, 5);
    assert_int_equal(rec.inner[1].bytes.len, end - at + 16);
    assert_true(tt_span_eq(rec_bytes(&rec, 3), tt_span_str("xyz")));
    rec_free(&rec);
    assert_cut_anywhere(&tt_decoder_zip, &body, span_of(&archive));
}

/* APPNOTE 4.5.3: original size, then compressed size, behind another field. */
static void long_sizes(void **state)
{
    (void)state;
    static struct archive archive;
    static struct archive extra;
    archive.len = 0;
    extra.len = 0;
    put(&extra, "\x55\x54\5\0\1....", 9);
    put_le(&extra, 1, 2);
    put_le(&extra, 16, 2);
    put_le(&extra, 77, 8);
    put_le(&extra, strlen(plain), 8);
    local(&archive, 0, 0, UINT32_MAX, "a", span_of(&extra));
    put(&archive, plain, strlen(plain));
    directory(&archive);
    struct recorder rec;
    rec_init(&rec, span_of(&archive));
    rec_run(&rec, &tt_decoder_zip, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.inner_count, 3);
    assert_true(tt_span_eq(rec_bytes(&rec, 1), tt_span_str(plain)));
    rec_free(&rec);
    assert_cut_anywhere(&tt_decoder_zip, &body, span_of(&archive));
}

static void unread_members(void **state)
{
    (void)state;
    static struct archive archive;
    archive.len = 0;
    local(&archive, 1, 8, 4, "secret", none);
    put(&archive, "abcd", 4);
    local(&archive, 0, 14, 4, "lzma", none);
    put(&archive, "abcd", 4);
    char *text = rec_say(&tt_decoder_zip, &body, span_of(&archive), whole_input);
    assert_non_null(
        strstr(text, "note content.encrypted\nnote content.method\nnote content.cut\n"));
    assert_null(strstr(text, "codings="));
    free(text);
}

/* What is no header gives the rest back; a header that is too long likewise. */
static void damage(void **state)
{
    (void)state;
    static struct archive archive;
    archive.len = 0;
    local(&archive, 0, 0, 3, "a", none);
    put(&archive, "xyz", 3);
    size_t at = archive.len;
    put(&archive, plain, strlen(plain));
    struct recorder rec;
    rec_init(&rec, span_of(&archive));
    rec_run(&rec, &tt_decoder_zip, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, at + 28);
    assert_true(tt_span_is(tt_buf_span(&rec.notes), "note content.broken\n"));
    rec_free(&rec);
    assert_cut_anywhere(&tt_decoder_zip, &body, span_of(&archive));

    archive.len = 0;
    static char name[TT_ARCHIVE_HEADER_MAX];
    memset(name, 'n', sizeof(name) - 1);
    local(&archive, 0, 0, 3, name, none);
    char *text = rec_say(&tt_decoder_zip, &body, span_of(&archive), whole_input);
    assert_non_null(strstr(text, "note content.header\nnote content.broken\n"));
    free(text);
}

/* A bomb whose length is not told is measured no further than the ratio allows. */
static void bomb(void **state)
{
    (void)state;
    static struct archive archive;
    static struct archive packed;
    static uint8_t zeros[16 << 20];
    deflate_into(&packed, tt_span_of(zeros, sizeof(zeros)));
    archive.len = 0;
    local(&archive, 8, 8, 0, "zeros", none);
    put(&archive, packed.bytes, packed.len);
    put(&archive, "behind", 6);
    struct recorder rec;
    rec_init(&rec, span_of(&archive));
    rec_run(&rec, &tt_decoder_zip, &body, small_pieces, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, archive.len);
    assert_int_equal(rec.inner_count, 2);
    assert_int_equal(rec.inner[1].bytes.len, packed.len + 6);
    assert_true(tt_span_is(tt_buf_span(&rec.notes), "note content.measure\n"));
    rec_free(&rec);
}

static void recognised(void **state)
{
    (void)state;
    static struct archive archive;
    archive.len = 0;
    local(&archive, 0, 0, 3, "a", none);
    put(&archive, "xyz", 3);
    assert_ptr_equal(tt_decoder_pick(&body, span_of(&archive), true), &tt_decoder_zip);
    assert_ptr_not_equal(tt_decoder_pick(&body, tt_span_sub(span_of(&archive), 0, 29), true),
                         &tt_decoder_zip);
}

static void refused(void **state)
{
    (void)state;
    static struct archive archive;
    archive.len = 0;
    local(&archive, 0, 0, 3, "a", none);
    put(&archive, "xyz", 3);
    directory(&archive);
    for (int mode = 0; mode < 2; mode++) {
        struct recorder rec;
        rec_init(&rec, span_of(&archive));
        rec.refuse = mode == 0;
        rec.stop_after = 2;
        rec_run(&rec, &tt_decoder_zip, &body, single_bytes, TT_BODY_COMPLETE, false);
        assert_int_equal(rec.taken, archive.len);
        rec_free(&rec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_and_deflated),
        cmocka_unit_test(sizes_behind),
        cmocka_unit_test(stored_without_size),
        cmocka_unit_test(long_sizes),
        cmocka_unit_test(unread_members),
        cmocka_unit_test(damage),
        cmocka_unit_test(bomb),
        cmocka_unit_test(recognised),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
