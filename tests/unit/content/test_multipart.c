#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/multipart.h"
#include "content/part_header.h"
#include "recorder.h"

static const struct tt_body body = {.media_type = "multipart/form-data", .boundary = "AaB03x"};
static const struct tt_body nothing = {0};

static const char form[] = "--AaB03x\r\n"
                           "Content-Disposition: form-data; name=\"imei\"\r\n"
                           "\r\n"
                           "358240051111110\r\n"
                           "--AaB03x\r\n"
                           "content-disposition: form-data; filename=\"a;b\"; name=data\r\n"
                           "Content-Type: Application/JSON; charset=utf-8\r\n"
                           "Content-Encoding: gzip\r\n"
                           "Content-Transfer-Encoding: base64\r\n"
                           "\r\n"
                           "{\r\n--AaB03\r\n\r\r\n\n--AaB03xy\r\n}\r\n"
                           "--AaB03x\r\n"
                           "\r\n"
                           "third\n"
                           "--AaB03x--\r\n"
                           "after";

/* Every byte lies in exactly one inner body, and they follow each other. */
static void assert_all_covered(const struct tt_body *of, struct tt_span input)
{
    struct recorder rec;
    rec_init(&rec, input);
    rec_run(&rec, &tt_decoder_multipart, of, single_bytes, TT_BODY_COMPLETE, false);
    size_t at = 0;
    for (size_t i = 0; i < rec.inner_count; i++) {
        assert_int_equal(rec.inner[i].at, at);
        at += rec.inner[i].bytes.len;
    }
    assert_int_equal(at, input.len);
    rec_free(&rec);
}

static void parts(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(form);
    char *text = rec_say(&tt_decoder_multipart, &body, input, whole_input);
    static const char expected[] =
        "slice multipart.header at 0 opaque\n"
        "  [--AaB03x\\x0d\\x0aContent-Disposition: form-data; name=\"imei\"\\x0d\\x0a\\x0d\\x0a]\n"
        "  complete at 57\n"
        "slice multipart:imei at 57\n  [358240051111110]\n  complete at 72\n"
        "slice multipart.header at 72 opaque\n"
        "  [\\x0d\\x0a--AaB03x\\x0d\\x0acontent-disposition: form-data; filename=\"a;b\"; "
        "name=data\\x0d\\x0aContent-Type: Application/JSON; charset=utf-8\\x0d\\x0a"
        "Content-Encoding: gzip\\x0d\\x0aContent-Transfer-Encoding: base64\\x0d\\x0a\\x0d\\x0a]\n"
        "  complete at 251\n"
        "slice multipart:data at 251 type=application/json codings=gzip, base64\n"
        "  [{\\x0d\\x0a--AaB03\\x0d\\x0a\\x0d\\x0d\\x0a\\x0a--AaB03xy\\x0d\\x0a}]\n"
        "  complete at 279\n"
        "slice multipart.header at 279 opaque\n  [\\x0d\\x0a--AaB03x\\x0d\\x0a\\x0d\\x0a]\n"
        "  complete at 293\n"
        "slice multipart:[2] at 293\n  [third]\n  complete at 298\n"
        "slice multipart.header at 298 opaque\n  [\\x0a--AaB03x--\\x0d\\x0a]\n  complete at 311\n"
        "slice multipart.epilogue at 311 opaque\n  [after]\n  complete at 316\n"
        "taken 316\n";
    assert_string_equal(text, expected);
    free(text);
    assert_cut_anywhere(&tt_decoder_multipart, &body, input);
    assert_cut_anywhere(&tt_decoder_multipart, &nothing, input);
    assert_survives_damage(&tt_decoder_multipart, &body, input);
    assert_all_covered(&body, input);
    for (size_t len = 0; len < input.len; len++)
        assert_all_covered(&body, tt_span_sub(input, 0, len));
}

/* RFC 2046, section 5.1.1: a preamble and an epilogue around implicitly typed parts. */
static void mail(void **state)
{
    (void)state;
    struct tt_span input =
        tt_span_str("This is the preamble.\r\n\r\n--simple b\r\n\r\nfirst\r\n\r\n"
                    "--simple b\r\nContent-Type: multipart/mixed;\r\n boundary="
                    "\"x y\"\r\n\r\nsecond\r\n--simple b--\r\nepilogue\r\n");
    const struct tt_body mixed = {.media_type = "multipart/mixed", .boundary = "simple b"};
    char *text = rec_say(&tt_decoder_multipart, &mixed, input, whole_input);
    assert_non_null(strstr(text, "slice multipart.preamble at 0 opaque\n"));
    assert_non_null(strstr(text, "slice multipart:[0] at 39\n  [first\\x0d\\x0a]\n"));
    assert_non_null(strstr(text, "type=multipart/mixed boundary=x y\n  [second]\n"));
    assert_non_null(strstr(text, "slice multipart.epilogue"));
    free(text);
    assert_cut_anywhere(&tt_decoder_multipart, &mixed, input);
    assert_all_covered(&mixed, input);
}

static void wrong_boundary_gives_way(void **state)
{
    (void)state;
    const struct tt_body lie = {.media_type = "multipart/form-data", .boundary = "other"};
    char *text = rec_say(&tt_decoder_multipart, &lie, tt_span_str(form), whole_input);
    assert_non_null(strstr(text, "slice multipart:imei at 57\n"));
    free(text);
    assert_cut_anywhere(&tt_decoder_multipart, &lie, tt_span_str(form));
}

static void ends_early(void **state)
{
    (void)state;
    struct tt_span front = tt_span_sub(tt_span_str(form), 0, 65);
    char *text = rec_say(&tt_decoder_multipart, &body, front, whole_input);
    assert_non_null(strstr(text, "[35824005]\n  cut at 65\nnote content.cut\n"));
    free(text);
    /* The last delimiter needs no line break. */
    text = rec_say(&tt_decoder_multipart, &body, tt_span_str("--AaB03x\n\nx\n--AaB03x--"),
                   whole_input);
    assert_null(strstr(text, "note"));
    free(text);
}

static void huge_header(void **state)
{
    (void)state;
    static char text[TT_HTTP_HEADER_MAX * 2];
    memset(text, 'h', sizeof(text));
    memcpy(text, "--AaB03x\r\n", 10);
    memcpy(text + sizeof(text) - 8, "\r\n\r\nbody", 8);
    struct recorder rec;
    rec_init(&rec, tt_span_of(text, sizeof(text)));
    rec_run(&rec, &tt_decoder_multipart, &body, cut_at(1000), TT_BODY_COMPLETE, false);
    assert_int_equal(rec.inner_count, 2);
    assert_true(tt_span_eq(rec_bytes(&rec, 1), tt_span_str("body")));
    rec_free(&rec);
}

static void refused_parts_are_skipped(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, tt_span_str(form));
    rec.refuse = true;
    rec_run(&rec, &tt_decoder_multipart, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, strlen(form));
    rec_free(&rec);
    rec_init(&rec, tt_span_str(form));
    rec.stop_after = 5;
    rec_run(&rec, &tt_decoder_multipart, &body, whole_input, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, strlen(form));
    rec_free(&rec);
}

static void part_headers(void **state)
{
    (void)state;
    struct tt_part_header header;
    tt_part_header_read(
        tt_span_str("CONTENT-TYPE : Text/Plain ; x=\"a;b\\\"c\"; boundary=\"q\"\r\n"
                    "Content-Disposition: form-data; name=\"\xc3\xa9\x1b\"\r\n\r\n"),
        &header);
    assert_string_equal(header.media_type, "text/plain");
    assert_string_equal(header.boundary, "q");
    assert_int_equal(header.name_len, 3);
    tt_part_header_read(tt_span_str("Content-Type"), &header);
    assert_string_equal(header.media_type, "");
    tt_part_header_read(tt_span_str("Content-Disposition: a; name=\"unclosed; x"), &header);
    tt_part_header_read(tt_span_of("a\0b: c\n\n", 8), &header);
    char longest[1000];
    memset(longest, 'z', sizeof(longest));
    memcpy(longest, "Content-Type: ", 14);
    tt_part_header_read(tt_span_of(longest, sizeof(longest)), &header);
    assert_string_equal(header.media_type, "");
}

static bool is_multipart(const struct tt_body *of, const char *text)
{
    struct tt_span head = tt_span_sub(tt_span_str(text), 0, TT_BODY_PROBE_MAX);
    return tt_decoder_pick(of, head, false) == &tt_decoder_multipart;
}

static void picked(void **state)
{
    (void)state;
    assert_true(is_multipart(&body, form));
    assert_true(is_multipart(&body, "\r\n--AaB03x\r\n"));
    assert_true(is_multipart(&nothing, form));
    assert_true(is_multipart(&nothing, "------Boundary7MA4YWxk\r\nContent-Disposition: form"));
    assert_false(is_multipart(&body, "{\"a\":1}"));
    assert_false(is_multipart(&nothing, "-- \r\nkind regards"));
    assert_false(is_multipart(&nothing, "--x\r\nplain text"));
    assert_false(is_multipart(&nothing, "--x"));
    const struct tt_body bad = {.media_type = "multipart/mixed", .boundary = "bad\nboundary"};
    assert_false(is_multipart(&bad, "text"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts),
        cmocka_unit_test(mail),
        cmocka_unit_test(wrong_boundary_gives_way),
        cmocka_unit_test(ends_early),
        cmocka_unit_test(huge_header),
        cmocka_unit_test(refused_parts_are_skipped),
        cmocka_unit_test(part_headers),
        cmocka_unit_test(picked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
