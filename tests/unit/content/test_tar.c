#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/tar.h"
#include "recorder.h"

static const char plain[] = "imei=358240051111110\n";
static const struct tt_body body = {0};

struct archive {
    uint8_t bytes[1 << 16];
    size_t len;
};

static struct tt_span span_of(const struct archive *archive)
{
    return tt_span_of(archive->bytes, archive->len);
}

static void seal(uint8_t *block)
{
    memset(block + 148, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += block[i];
    (void)snprintf((char *)block + 148, 8, "%06o", sum);
}

static void put(struct archive *archive, struct tt_span bytes)
{
    assert_true(bytes.len + 512 <= sizeof(archive->bytes) - archive->len);
    memcpy(archive->bytes + archive->len, bytes.data, bytes.len);
    archive->len += (bytes.len + 511) / 512 * 512;
}

/* A header and what it announces. `magic`: "ustar" and a version, GNU's, or none. */
static void entry(struct archive *archive, const char *name, char type, const char *magic,
                  struct tt_span content)
{
    uint8_t block[512] = {0};
    memcpy(block, name, strlen(name));
    (void)snprintf((char *)block + 124, 12, "%011zo", content.len);
    block[156] = (uint8_t)type;
    memcpy(block + 257, magic, magic[0] == '\0' ? 0 : 8);
    if (magic[0] != '\0' && magic[5] == '\0')
        memcpy(block + 345, "some/folder", 11);
    seal(block);
    put(archive, tt_span_of(block, sizeof(block)));
    put(archive, content);
}

static void finish(struct archive *archive)
{
    static const uint8_t zeros[1024];
    put(archive, tt_span_of(zeros, sizeof(zeros)));
}

static void start(struct archive *archive)
{
    memset(archive, 0, sizeof(*archive));
}

static const char *const posix = "ustar\0"
                                 "00";
static const char *const gnu = "ustar  ";

static bool said(const struct recorder *rec, size_t at, const char *head)
{
    return tt_span_starts(tt_buf_span(&rec->inner[at].head), tt_span_str(head));
}

static void files(void **state)
{
    (void)state;
    static struct archive archive;
    start(&archive);
    entry(&archive, "a.txt", '0', posix, tt_span_str(plain));
    entry(&archive, "folder", '5', gnu, tt_span_str(""));
    entry(&archive, "empty", '0', gnu, tt_span_str(""));
    entry(&archive, "old", '\0', "", tt_span_str(plain));
    finish(&archive);
    struct recorder rec;
    rec_init(&rec, span_of(&archive));
    rec_run(&rec, &tt_decoder_tar, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, archive.len);
    assert_int_equal(rec.inner_count, 5);
    assert_true(said(&rec, 0, "slice tar.header at 0 opaque"));
    assert_true(said(&rec, 1, "slice tar:some/folder/a.txt at 512"));
    assert_true(said(&rec, 3, "slice tar:old at 2560"));
    assert_true(tt_span_eq(rec_bytes(&rec, 1), tt_span_str(plain)));
    assert_true(tt_span_eq(rec_bytes(&rec, 3), tt_span_str(plain)));
    assert_int_equal(rec.notes.len, 0);
    rec_free(&rec);
    char *whole = rec_say(&tt_decoder_tar, &body, span_of(&archive), whole_input);
    for (size_t cut = 1; cut < archive.len; cut += 5) {
        char *text = rec_say(&tt_decoder_tar, &body, span_of(&archive),
                             cut == 1 ? single_bytes : cut_at(cut));
        assert_string_equal(text, whole);
        free(text);
    }
    free(whole);
}

/* A pax header (path and size), and a long name as GNU tar writes it. */
static void long_names(void **state)
{
    (void)state;
    static struct archive archive;
    static const char records[] = "30 mtime=1407402000.123456789\n23 path=long/pax/name.x\n"
                                  "11 size=21\n";
    start(&archive);
    entry(&archive, "pax", 'x', posix, tt_span_str(records));
    entry(&archive, "short", '0', posix, tt_span_str(plain));
    entry(&archive, "././@LongLink", 'L', gnu, tt_span_of("long/gnu/name.y", 16));
    entry(&archive, "short", '0', gnu, tt_span_str(plain));
    entry(&archive, "short", '0', gnu, tt_span_str(plain));
    finish(&archive);
    struct recorder rec;
    rec_init(&rec, span_of(&archive));
    rec_run(&rec, &tt_decoder_tar, &body, small_pieces, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.inner_count, 7);
    assert_true(said(&rec, 1, "slice tar:long/pax/name.x at "));
    assert_true(said(&rec, 3, "slice tar:long/gnu/name.y at "));
    assert_true(said(&rec, 5, "slice tar:short at "));
    rec_free(&rec);
}

/* Sizes in binary, and what cannot be a size. */
static void sizes(void **state)
{
    (void)state;
    static struct archive archive;
    start(&archive);
    entry(&archive, "big", '0', gnu, tt_span_str(plain));
    memcpy(archive.bytes + 124, "\x80\0\0\0\0\0\0\0\0\0\0\x15", 12);
    seal(archive.bytes);
    finish(&archive);
    struct recorder rec;
    rec_init(&rec, span_of(&archive));
    rec_run(&rec, &tt_decoder_tar, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_true(tt_span_eq(rec_bytes(&rec, 1), tt_span_str(plain)));
    rec_free(&rec);
    memset(archive.bytes + 124, 0xff, 12);
    seal(archive.bytes);
    char *text = rec_say(&tt_decoder_tar, &body, span_of(&archive), whole_input);
    assert_non_null(strstr(text, "note content.broken\n"));
    free(text);
}

static void damage(void **state)
{
    (void)state;
    static struct archive archive;
    start(&archive);
    entry(&archive, "a", '0', posix, tt_span_str(plain));
    entry(&archive, "b", '0', posix, tt_span_str(plain));
    archive.bytes[1024 + 20] ^= 1;
    struct recorder rec;
    rec_init(&rec, span_of(&archive));
    rec_run(&rec, &tt_decoder_tar, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, 1536);
    assert_true(tt_span_is(tt_buf_span(&rec.notes), "note content.broken\n"));
    rec_free(&rec);
    char *text =
        rec_say(&tt_decoder_tar, &body, tt_span_sub(span_of(&archive), 0, 520), whole_input);
    assert_non_null(strstr(text, "note content.cut\n"));
    free(text);
    /* Noise behind a good block, in pieces and whole. */
    uint32_t seed = 5;
    for (size_t i = 512; i < archive.len; i++) {
        seed = seed * 1664525 + 1013904223;
        archive.bytes[i] = (uint8_t)(seed >> 24);
    }
    char *whole = rec_say(&tt_decoder_tar, &body, span_of(&archive), whole_input);
    text = rec_say(&tt_decoder_tar, &body, span_of(&archive), small_pieces);
    assert_string_equal(text, whole);
    free(text);
    free(whole);
}

/* A name longer than the limit is not kept; the file is searched all the same. */
static void name_is_capped(void **state)
{
    (void)state;
    static struct archive archive;
    static char name[TT_ARCHIVE_HEADER_MAX + 10];
    memset(name, 'n', sizeof(name));
    start(&archive);
    entry(&archive, "././@LongLink", 'L', gnu, tt_span_of(name, sizeof(name)));
    entry(&archive, "short", '0', gnu, tt_span_str(plain));
    finish(&archive);
    struct recorder rec;
    rec_init(&rec, span_of(&archive));
    rec_run(&rec, &tt_decoder_tar, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_true(tt_span_is(tt_buf_span(&rec.notes), "note content.header\n"));
    assert_true(said(&rec, 1, "slice tar:short at "));
    assert_true(tt_span_eq(rec_bytes(&rec, 1), tt_span_str(plain)));
    rec_free(&rec);
}

static void recognised(void **state)
{
    (void)state;
    static struct archive archive;
    start(&archive);
    entry(&archive, "a", '0', posix, tt_span_str(plain));
    struct tt_span head = tt_span_sub(span_of(&archive), 0, 512);
    assert_ptr_equal(tt_decoder_pick(&body, head, false), &tt_decoder_tar);
    assert_ptr_not_equal(tt_decoder_pick(&body, tt_span_sub(head, 0, 511), true), &tt_decoder_tar);
    archive.bytes[0] = 'b';
    assert_ptr_not_equal(tt_decoder_pick(&body, head, false), &tt_decoder_tar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files),  cmocka_unit_test(long_names),     cmocka_unit_test(sizes),
        cmocka_unit_test(damage), cmocka_unit_test(name_is_capped), cmocka_unit_test(recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
