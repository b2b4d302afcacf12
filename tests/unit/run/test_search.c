#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hits.h"
#include "model/frame.h"
#include "model/limits.h"

static const char sheet[] = "identifiers: {imei: [358240051111110], android_id: 9f86d081884c7d65, "
                            "email: asha.rao@example.org}\n";

/* What stands before " frames": those depend on the cut. */
static char *without_frames(const char *text)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    char *to = copy;
    for (const char *from = text; *from != '\0';) {
        const char *frames = strstr(from, " frames");
        const char *end = strchr(from, '\n');
        assert_true(frames != NULL && end != NULL);
        memcpy(to, from, (size_t)(frames - from));
        to += frames - from;
        *to++ = '\n';
        from = end + 1;
    }
    *to = '\0';
    return copy;
}

/* The same hits whole, byte by byte, and cut at every point. */
static void expect_everywhere(enum tt_format format, const char *step, const char *text,
                              const char *expected)
{
    struct hits hits;
    hits_begin(&hits, sheet);
    struct tt_span span = tt_span_str(text);
    for (size_t cut = 0; cut <= span.len; cut++) {
        bool bytes = cut == 0;
        const char *found =
            hits_in(&hits, format, step, span, bytes ? 1 : cut, bytes ? 1 : span.len);
        char *plain = without_frames(found);
        if (strcmp(plain, expected) != 0)
            print_error("cut at %zu of %s\n", cut, text);
        assert_string_equal(plain, expected);
        free(plain);
    }
    hits_end(&hits);
}

#define BODY TT_FORMAT_UNKNOWN, "http.request.body"
#define HEAD TT_FORMAT_HTTP_HEAD, "http.request.head"

/* ---- places and proofs: each step counts in the bytes of the step before ---- */

static void test_places(void **state)
{
    (void)state;
    expect_everywhere(BODY, "{\"a\":[1,{\"k\":\"358240051111110\"}]}",
                      "imei[0] digits http.request.body@100+33 json:$.a[1].k@14+15\n");
    expect_everywhere(HEAD, "GET /v1/a?x=1&u=358240051111110 HTTP/1.1\r\n\r\n",
                      "imei[0] digits http.request.uri@104+27 query:u@12+15\n");
    expect_everywhere(HEAD, "GET / HTTP/1.1\r\nCookie: lang=en; id=358240051111110\r\n\r\n",
                      "imei[0] digits http.request.header:cookie@124+27 cookie:id@12+15\n");
    expect_everywhere(BODY,
                      "--bnd\r\nContent-Disposition: form-data; name=\"s\"\r\n\r\n"
                      "id 358240051111110\r\n--bnd--\r\n",
                      "imei[0] digits http.request.body@100+80 multipart:s@54+15\n");
}

/* A token that ends where the piece or the body does still stands in its field. */
static void test_places_of_tokens(void **state)
{
    (void)state;
    expect_everywhere(BODY, "a=1&u=YXNoYS5yYW9AZXhhbXBsZS5vcmc",
                      "email[0] text base64 http.request.body@100+33 form:u@6+27\n");
    expect_everywhere(BODY, "a=1&u=9b1dcd34fc5aaa3a8f6a6f9a4c5ad6a8&b=2", "");
    expect_everywhere(HEAD, "GET /x/YXNoYS5yYW9AZXhhbXBsZS5vcmc/y HTTP/1.1\r\n\r\n",
                      "email[0] text base64 http.request.uri@107+27\n");
}

/* Of one that is long, what it holds is known only when it is over, which may be with the body. */
static void test_places_of_long_tokens(void **state)
{
    (void)state;
    expect_everywhere(
        BODY,
        "\203\241v\003\244note\275lorem amber paper north "
        "lorem\241d\201\243ids\222\244none\332\001HYW1iZ"
        "XIgbm9ydGggcXVpZXQgcGFwZXIgYW1iZXIgbm9ydGggcXVpZXQgcGFwZXIgY"
        "W1iZXIgbm9ydGggcXVpZXQgcGFwZXIgYW1iZXIgbm9ydGggcXVpZXQgcGFwZ"
        "XIgYW1iZXIgbm9ydGggcXVpZXQgcGFwZXIgaWQgMzU4MjQwMDUxMTExMTEwI"
        "HNldmVuIGxvcmVtIHBhcGVyIHF1aWV0IHNldmVuIGxvcmVtIHBhcGVyIHF1a"
        "WV0IHNldmVuIGxvcmVtIHBhcGVyIHF1aWV0IHNldmVuIGxvcmVtIHBhcGVyI"
        "HF1aWV0IHNldmVuIGxvcmVt",
        "imei[0] digits http.request.body@100+383 msgpack:$.d.ids[1]@55+328 base64@123+15\n");
}

/* Escapes that no format undoes: in the string that they stand in, wherever the pieces are cut. */
static void test_places_of_escapes(void **state)
{
    (void)state;
    expect_everywhere(BODY, "{\"a\":1,\"u\":\"asha.rao%40example.org\",\"b\":\"%41\"}",
                      "email[0] text percent http.request.body@100+46 json:$.u@12+22\n");
    expect_everywhere(BODY, "{\"u\":\"\\/asha.rao%40example.org\"}",
                      "email[0] text http.request.body@100+32 json:$.u@6+24 json-string@0+23 "
                      "percent@1+20\n");
    expect_everywhere(BODY, "<a><b c='asha.rao&#64;example.org'/></a>",
                      "email[0] text char-ref http.request.body@100+40 xml:/a/b/@c@9+24\n");
    expect_everywhere(BODY, "x = \"asha.rao\\x40example.org\";",
                      "email[0] text backslash http.request.body@105+23\n");
}

/* ---- one value, one hit ---- */

static void test_readings_of_one_stretch(void **state)
{
    (void)state;
    /* It is hexadecimal as it stands, also inside an escaped string. */
    expect_everywhere(BODY, "{\"a\":\"9f86d081884c7d65\"}",
                      "android_id[0] text http.request.body@100+24 json:$.a@6+16\n");
    expect_everywhere(BODY, "{\"s\":\"{\\\"k\\\":\\\"9f86d081884c7d65\\\"}\"}",
                      "android_id[0] text http.request.body@100+36 json:$.s@6+28 "
                      "json-string@0+24 json:$.k@6+16\n");
    /* The token in the escaped bytes, and the one in what they stand for. */
    expect_everywhere(BODY, "a=YXNoYS5yYW9AZXhhbXBsZS5vcmc%3D&b=1",
                      "email[0] text base64 http.request.body@100+36 form:a@2+30 percent@0+27\n");
    /* The form with its escapes, and what they stand for. */
    expect_everywhere(BODY, "a=asha.rao%40example.org&b=1",
                      "email[0] text percent http.request.body@100+28 form:a@2+22\n");
    expect_everywhere(HEAD, "GET / HTTP/1.1\r\nX: asha.rao%40example.org\r\n\r\n",
                      "email[0] text percent http.request.header:x@119+22\n");
}

/* A token with a separator in it is read as a whole and apart: the whole is a message. */
static void test_message_with_a_separator(void **state)
{
    (void)state;
    expect_everywhere(
        BODY,
        "d=CkMIBxo_Ej1hPTEmdWlkPTM1ODI0MDA1MTExMTExMCZsYW5nPWVueHh4eH"
        "h4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4EilwYXBlciBub3J0aCBwYXBlci"
        "BwYXBlciBhbWJlciBub3J0aCBxdWlldCCWAQ",
        "imei[0] digits http.request.body@100+156 form:d@2+154 base64@0+115 protobuf:1.3.2@8+61 "
        "form:uid@8+15\n");
}

/* A path and a token in one run of letters. It is read as one and apart, and each reading holds
 * hexadecimal digits that are the value once more: what gave way takes nothing along. */
static void test_readings_in_readings(void **state)
{
    (void)state;
    expect_everywhere(BODY, "/v1/OWY4NmQwODE4ODRjN2Q2NQ",
                      "android_id[0] text base64 http.request.body@104+22\n");
}

/* Digits within a longer number are no telephone number in BCD. */
static void test_part_of_a_number(void **state)
{
    (void)state;
    expect_everywhere(BODY, "n=56744770090012384", "");
    struct hits hits;
    hits_begin(&hits, "identifiers: {phone_number: '+358 40 555 7013'}");
    static const struct {
        const char *text;
        size_t count;
    } cases[] = {{"n=1358405557013123;", 0},
                 {"n=7a358405557013ffab;", 2}, /* as they stand, and as half bytes */
                 {"v=358405557013;", 1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tt_span text = tt_span_str(cases[i].text);
        hits.count = 0;
        (void)hits_in(&hits, TT_FORMAT_UNKNOWN, "body", text, text.len, text.len);
        if (hits.count != cases[i].count)
            fail_msg("%s: %zu", cases[i].text, hits.count);
    }
    hits_end(&hits);
}

/* Two values in one escaped field stay two. */
static void test_two_values_stay_two(void **state)
{
    (void)state;
    expect_everywhere(BODY, "a=358240051111110%20358240051111110&b=1",
                      "imei[0] digits http.request.body@100+39 form:a@2+33 percent@0+15\n"
                      "imei[0] digits http.request.body@100+39 form:a@2+33 percent@16+15\n");
}

/* ---- messages known by their signature ---- */

/* Short names that lie side by side: each is a whole value where the message says so, and only
 * there. */
static void test_embedded_messages(void **state)
{
    (void)state;
    static const char text[] = "xraoxy9GOLD7 \xffSMB NTLMSSP\0\3\0\0\0"
                               "\0\0\0\0\x40\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0\x40\0\0\0"
                               "\x0c\0\x0c\0\x40\0\0\0\x0a\0\x0a\0\x4c\0\0\0"
                               "\0\0\0\0\0\0\0\0\1\0\0\0"
                               "r\0a\0o\0x\0y\0009\0G\0O\0L\0D\0007\0behind";
    static const char expected[] =
        "username[0] text utf-16le http.request.body@100+110 ntlmssp:auth.username@82+12\n"
        "hostname[0] text utf-16le http.request.body@100+110 ntlmssp:auth.hostname@94+10\n";
    struct tt_span span = tt_span_of(text, sizeof(text) - 1);
    struct hits hits;
    hits_begin(&hits, "identifiers: {username: raoxy9, hostname: gold7}\n");
    for (size_t cut = 1; cut <= span.len; cut++) {
        char *plain = without_frames(hits_in(&hits, BODY, span, cut, cut % 3 == 0 ? 1 : span.len));
        assert_string_equal(plain, expected);
        free(plain);
    }
    hits_end(&hits);
}

/* ---- frames ---- */

static void expect_frames(const char *text, size_t first, size_t step, const char *expected)
{
    struct hits hits;
    hits_begin(&hits, sheet);
    const char *found = hits_in(&hits, text[0] == 'G' ? TT_FORMAT_HTTP_HEAD : TT_FORMAT_UNKNOWN,
                                "body", tt_span_str(text), first, step);
    const char *frames = strstr(found, " frames");
    assert_non_null(frames);
    assert_string_equal(frames, expected);
    hits_end(&hits);
}

static void test_frames_are_all_of_them(void **state)
{
    (void)state;
    expect_frames("id 358240051111110.", 4, 1, " frames 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n");
    expect_frames("{\"a\":\"358240051111110\"}", 9, 5, " frames 1 2 3 4\n");
    /* What a token decodes to has the frames of its characters. */
    expect_frames("{\"a\":\"YXNoYS5yYW9AZXhhbXBsZS5vcmc\"}", 6, 9, " frames 2 3 4\n");
}

/* A header line is read when it is over; its values keep their frames. */
static void test_frames_in_header_lines(void **state)
{
    (void)state;
    expect_frames(
        "GET /v1/aaaaaaaaaaaaaaaaaaaa/asha.rao%40example.org/bbbbbbbbbbbbbbbb HTTP/1.1\r\n\r\n", 29,
        8, " frames 2 3 4\n");
    expect_frames(
        "GET /?a=%41aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "&m=asha.rao%40example.org HTTP/1.1\r\n\r\n",
        85, 11, " frames 2 3\n");
}

/* ---- very many ---- */

static struct tt_buf repeated(const char *head, const char *unit, size_t times, const char *tail)
{
    struct tt_buf text = tt_buf_make(TEXT_MAX);
    assert_int_equal(tt_buf_append_str(&text, head), TT_OK);
    for (size_t i = 0; i < times; i++)
        assert_int_equal(tt_buf_append_str(&text, unit), TT_OK);
    assert_int_equal(tt_buf_append_str(&text, tail), TT_OK);
    return text;
}

/* More hits than are held at a time, and more than fit a piece: each is told once, in its place. */
static void expect_times(const char *unit, size_t times, size_t step)
{
    struct hits hits;
    hits_begin(&hits, sheet);
    struct tt_buf text = repeated("{\"a\":[1", unit, times, "]}");
    const char *found = hits_in(&hits, TT_FORMAT_UNKNOWN, "body", tt_buf_span(&text), step, step);
    assert_int_equal(hits.count, times);
    size_t placed = 0;
    for (const char *at = found; (at = strstr(at, " json:$.a[")) != NULL; at++)
        placed++;
    assert_int_equal(placed, times);
    tt_buf_free(&text);
    hits_end(&hits);
}

static void test_very_many_hits(void **state)
{
    (void)state;
    enum { TIMES = 3 * TT_HITS_PENDING_MAX };
    expect_times(",\"358240051111110\"", TIMES, 1400);
    expect_times(",\"358240051111110\"", TIMES, 1 << 20);
    expect_times(",\"YXNoYS5yYW9AZXhhbXBsZS5vcmc=\"", TIMES, 1 << 20);
    expect_times(",\"asha.rao\\u0040example.org\"", TIMES, 1400);
}

/* A body that goes on in the next capture counts for both. */
static void test_two_captures(void **state)
{
    (void)state;
    struct hits hits;
    hits_begin(&hits, sheet);
    /* Long enough to be known for what it is before the next capture begins. */
    static char text[TT_BODY_PROBE_MAX + 1];
    memset(text, 'a', sizeof(text) - 1);
    memcpy(text, "{\"a\":\"", 6);
    text[sizeof(text) - 2] = '"';
    struct tt_search *search = begin_body(&hits, TT_FORMAT_UNKNOWN, "body");
    feed_part(search, tt_span_str(text), 0, tt_frame_id(0, 7));
    feed_part(search, tt_span_str(",\"b\":1}"), strlen(text), tt_frame_id(1, 1));
    assert_int_equal(hits.counted[TT_BUCKET_DECODED], strlen(text));
    tt_search_close(search, TT_BODY_COMPLETE, 100 + strlen(text) + 7);
    assert_int_equal(hits.counted[TT_BUCKET_DECODED], strlen(text) + 7);
    assert_int_equal(hits.counted_later, 7);
    hits_end(&hits);
}

/* What no IP packet carried stays apart in the ledger, and is searched all the same. */
static void test_not_ip(void **state)
{
    (void)state;
    struct hits hits;
    hits_begin(&hits, sheet);
    hits.flow.transport = TT_TRANSPORT_LINK;
    const char *told = hits_in(&hits, TT_FORMAT_UNKNOWN, "link.payload",
                               tt_span_str("asha.rao@example.org"), 9, 9);
    assert_string_equal(told, "email[0] text link.payload@100+20 frames 1 2 3\n");
    assert_int_equal(hits.counted[TT_BUCKET_NOT_IP], 20);
    hits_end(&hits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_places_of_tokens),
        cmocka_unit_test(test_places_of_long_tokens),
        cmocka_unit_test(test_message_with_a_separator),
        cmocka_unit_test(test_readings_of_one_stretch),
        cmocka_unit_test(test_places_of_escapes),
        cmocka_unit_test(test_readings_in_readings),
        cmocka_unit_test(test_part_of_a_number),
        cmocka_unit_test(test_two_values_stay_two),
        cmocka_unit_test(test_embedded_messages),
        cmocka_unit_test(test_frames_are_all_of_them),
        cmocka_unit_test(test_frames_in_header_lines),
        cmocka_unit_test(test_very_many_hits),
        cmocka_unit_test(test_two_captures),
        cmocka_unit_test(test_not_ip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
