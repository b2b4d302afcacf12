#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/coding.h"
#include "recorder.h"

static void entries_are_complete(void **state)
{
    (void)state;
    size_t count = 0;
    for (; tt_decoder_at(count) != NULL; count++) {
        const struct tt_decoder *decoder = tt_decoder_at(count);
        assert_true(decoder->name[0] != '\0' && decoder->title[0] != '\0');
        assert_true(strlen(decoder->spec) >= 4);
        assert_true(decoder->claims != NULL && decoder->open != NULL && decoder->feed != NULL &&
                    decoder->close != NULL);
        for (size_t other = 0; other < count; other++)
            assert_string_not_equal(decoder->name, tt_decoder_at(other)->name);
    }
    assert_true(count > 20);
    assert_null(tt_decoder_at(SIZE_MAX));
}

static void nothing_claims_nothing(void **state)
{
    (void)state;
    const struct tt_body declared = {
        .media_type = "application/json", .codings = "gzip, deflate, br, base64", .boundary = "x"};
    assert_null(tt_decoder_pick(&declared, tt_span_of(NULL, 0), true));
    assert_null(tt_decoder_pick(&(struct tt_body){.format = TT_FORMAT_HTTP_HEAD},
                                tt_span_of(NULL, 0), true));
}

/* Any bytes, any declaration: no claim reads behind the head, and whatever is picked survives. */
static void noise(void **state)
{
    (void)state;
    static const struct tt_body bodies[] = {
        {0},
        {.media_type = "application/json", .codings = "deflate"},
        {.media_type = "application/x-www-form-urlencoded", .codings = "br"},
        {.media_type = "multipart/form-data", .boundary = "b", .codings = "base64"},
        {.media_type = "multipart/mixed", .codings = "quoted-printable"},
        {.format = TT_FORMAT_HTTP_HEAD},
        {.codings = "zstd, x-gzip"}};
    static const char letters[] =
        "{}[]\":,%&=+;-\r\n\\u0041aAzZ \x1f\x8b\x08\x78\x9c\x28\xb5\x2f\xfd";
    uint32_t seed = 3;
    for (size_t round = 0; round < 4000; round++) {
        uint8_t bytes[200];
        size_t len = round % sizeof(bytes) + 1;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = round % 3 == 0 ? (uint8_t)(seed >> 24)
                                      : (uint8_t)letters[(seed >> 16) % (sizeof(letters) - 1)];
        }
        for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
            struct tt_span head = tt_span_sub(tt_span_of(bytes, len), 0, TT_BODY_PROBE_MAX);
            struct flush flush = flush_make(head);
            const struct tt_decoder *decoder =
                tt_decoder_pick(&bodies[i], flush.span, len <= TT_BODY_PROBE_MAX);
            flush_free(&flush);
            if (decoder == NULL)
                continue;
            char *text = rec_say(decoder, &bodies[i], tt_span_of(bytes, len), cut_at(len / 2 + 1));
            free(text);
        }
    }
}

static void declared_codings(void **state)
{
    (void)state;
    static const struct {
        const char *list, *last;
    } all[] = {{"gzip", "gzip"},
               {"gzip, br", "br"},
               {" br , identity,", "br"},
               {"identity", ""},
               {"", ""},
               {",,", ""},
               {"7bit", ""},
               {"gzip,quoted-printable", "quoted-printable"}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        assert_true(tt_span_is(tt_coding_last(all[i].list), all[i].last));
    assert_int_equal(tt_coding_last(NULL).len, 0);
    assert_true(tt_coding_declared(&(struct tt_body){.codings = "X-GZip"}, "gzip"));
    assert_false(tt_coding_declared(&(struct tt_body){.codings = "gzip, br"}, "gzip"));
}

/* What is left of a list: the coding that was undone is gone, an endless list is shortened. */
static void codings_left(void **state)
{
    (void)state;
    static const struct {
        const char *list, *left;
    } all[] = {{"gzip, br", "gzip"}, {"gzip,br , identity", "gzip"}, {"br", NULL}, {"", NULL}};
    struct recorder rec;
    rec_init(&rec, tt_span_of(NULL, 0));
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct tt_body body = {.codings = all[i].list};
        struct tt_coding coding;
        uint8_t out[16];
        tt_coding_init(&coding, &body, &rec.sink, "br", out, sizeof(out));
        if (all[i].left == NULL)
            assert_null(coding.inner.codings);
        else
            assert_string_equal(coding.inner.codings, all[i].left);
    }
    static char endless[5000];
    for (size_t i = 0; i < sizeof(endless) - 1; i++)
        endless[i] = "gzip,"[i % 5];
    struct tt_body body = {.codings = endless};
    struct tt_coding coding;
    uint8_t out[16];
    tt_coding_init(&coding, &body, &rec.sink, "gzip", out, sizeof(out));
    assert_int_equal(strlen(coding.inner.codings), TT_CODINGS_MAX - 1);
    rec_free(&rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_complete),
        cmocka_unit_test(nothing_claims_nothing),
        cmocka_unit_test(noise),
        cmocka_unit_test(declared_codings),
        cmocka_unit_test(codings_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
