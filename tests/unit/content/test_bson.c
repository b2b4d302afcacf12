#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "binary_checks.h"
#include "content/bson.h"

static const struct tt_body body = {.media_type = "application/bson"};
static const struct tt_body nothing = {0};

/* The second example of bsonspec.org's FAQ: {"BSON": ["awesome", 5.05, 1986]} */
static const char example[] = "\x31\x00\x00\x00\x04"
                              "BSON\x00\x26\x00\x00\x00\x02"
                              "0\x00\x08\x00\x00\x00"
                              "awesome\x00\x01"
                              "1\x00\x33\x33\x33\x33\x33\x33\x14\x40\x10"
                              "2\x00\xc2\x07\x00\x00\x00\x00";

static struct tt_buf document;

static void put(const void *bytes, size_t len)
{
    assert_int_equal(tt_buf_append(&document, tt_span_of(bytes, len)), TT_OK);
}

static void put_length(size_t at, size_t len)
{
    document.data[at] = (uint8_t)len;
    document.data[at + 1] = (uint8_t)(len >> 8);
}

/* Every type of element. */
static struct tt_span all_types(void)
{
    static const char front[] = "\x00\x00\x00\x00"
                                "\x02imei\x00\x10\x00\x00\x00"
                                "358240051111110\x00"
                                "\x05raw\x00\x10\x00\x00\x00\x05"
                                "\xf0\x01\xf2\x03\xf4\x05\xf6\x07\xf8\x09\xfa\x0b\xfc\x0d\xfe\x0f"
                                "\x07id\x00qrstuvwxyzab"
                                "\x08yes\x00\x01"
                                "\x09when\x00\x00\x00\x00\x00\x00\x01\x00\x00"
                                "\x0anil\x00"
                                "\x0bregex\x00^a.*\x00i\x00"
                                "\x0dscript\x00\x07\x00\x00\x00return\x00"
                                "\x10n\x00\x2a\x00\x00\x00"
                                "\x12long\x00\x01\x02\x03\x04\x05\x06\x07\x08"
                                "\x13many\x00"
                                "0123456789abcdef"
                                "\xffmin\x00";
    static const char inner[] = "\x03owner\x00\x00\x00\x00\x00"
                                "\x02mail\x00\x12\x00\x00\x00"
                                "asha@mail.example\x00"
                                "\x00";
    static const char back[] = "\x02in\x00\x1d\x00\x00\x00{\"mail\":\"asha@mail.example\"}\x00";
    document = tt_buf_make(4096);
    put(front, sizeof(front) - 1);
    size_t at = document.len + 7;
    put(inner, sizeof(inner) - 1);
    put_length(at, document.len - at);
    put(back, sizeof(back) - 1);
    put("", 1);
    put_length(0, document.len);
    return tt_buf_span(&document);
}

static void published_example(void **state)
{
    (void)state;
    struct tt_span in = tt_span_of(example, sizeof(example) - 1);
    assert_ptr_equal(pick_whole(in), &tt_decoder_bson);
    assert_step(&tt_decoder_bson, &nothing, in, "awesome", "bson:$.BSON[0]");
    assert_step(&tt_decoder_bson, &nothing, in, "\x33\x33\x14", "bson:$.BSON[1]");
    assert_step(&tt_decoder_bson, &nothing, in, "\xc2\x07", "bson:$.BSON[2]");
    assert_step(&tt_decoder_bson, &nothing, in, "BSON", "bson:$");
    assert_places_cut_anywhere(&tt_decoder_bson, &nothing, in);
    assert_binary_cut_anywhere(&tt_decoder_bson, &nothing, in);
}

static void types(void **state)
{
    (void)state;
    struct tt_span in = all_types();
    assert_ptr_equal(pick_whole(in), &tt_decoder_bson);
    assert_step(&tt_decoder_bson, &body, in, "358240051111110", "bson:$.imei");
    assert_step(&tt_decoder_bson, &body, in, "qrstuv", "bson:$.id");
    assert_step(&tt_decoder_bson, &body, in, "^a.", "bson:$.regex");
    assert_step(&tt_decoder_bson, &body, in, "return", "bson:$.script");
    assert_step(&tt_decoder_bson, &body, in, "asha@mail", "bson:$.owner.mail");
    assert_step(&tt_decoder_bson, &body, in, "{\"mail", "bson:$.in");
    char *text = say(&tt_decoder_bson, &body, in, whole_input);
    assert_non_null(strstr(text, " opaque <bson:$.raw@"));
    assert_non_null(strstr(text, "[{\"mail\":\"asha@mail.example\"}]\n  complete"));
    assert_null(strstr(text, "note"));
    free(text);
    assert_places_cut_anywhere(&tt_decoder_bson, &body, in);
    assert_binary_cut_anywhere(&tt_decoder_bson, &body, in);
    assert_binary_survives_damage(&tt_decoder_bson, &body, in);
    tt_buf_free(&document);
}

static void depth_is_capped(void **state)
{
    (void)state;
    document = tt_buf_make(4096);
    for (size_t i = 0; i <= TT_BINARY_DEPTH_MAX; i++) {
        put("\x00\x08\x00\x00\x03\x61\x00", 7);
        put_length(document.len - 7, 2000 - 8 * i);
    }
    struct recorder rec;
    rec_init(&rec, tt_buf_span(&document));
    rec_run(&rec, &tt_decoder_bson, &body, whole_input, TT_BODY_COMPLETE, true);
    assert_true(tt_span_eq(tt_buf_span(&rec.notes), tt_span_str("note content.binary.depth\n")));
    rec_free(&rec);
    tt_buf_free(&document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_example),
        cmocka_unit_test(types),
        cmocka_unit_test(depth_is_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
