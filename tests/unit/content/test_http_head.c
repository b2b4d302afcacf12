#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/http_head.h"
#include "recorder.h"

static const struct tt_body body = {.format = TT_FORMAT_HTTP_HEAD};

static const char request[] =
    "POST /v1/%41sha/reg?imei=358240051111110&name=Asha%20Rao&q=a+b#frag=1 HTTP/1.1\r\n"
    "Host: api.example\r\n"
    "User-Agent: phone (Redmi 1S)\r\n"
    "Cookie: id=abc; mail=asha%40example.org;plain=x+y\r\n"
    "Referer: http://www.example/p?imsi=404450123456789&c=%7B%7D\r\n"
    "Authorization: Basic YXNoYTpzZWNyZXQ=\r\n"
    "X-Folded: first\r\n"
    "\tsecond%21\r\n"
    "X-Device: a%3Db\r\n"
    "Accept: image/svg+xml\r\n"
    "\r\n";

static const char response[] = "HTTP/1.1 302 Found\r\n"
                               "Set-Cookie: sid=%C3%A9x; Path=/a%20b; Secure\r\n"
                               "Location: /cb?tok=abc#access=xyz\r\n"
                               "\r\n";

static void inner_bodies(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(request);
    char *text = rec_say(&tt_decoder_http_head, &body, input, whole_input);
    static const char expected[] =
        "coding percent at 5 <http.request.uri@5>\n  [/v1/Asha/reg]\n  complete at 19\n"
        "coding percent at 46 <http.request.uri@5> <query:name@46>\n"
        "  [Asha Rao]\n  complete at 56\n"
        "coding percent at 59 <http.request.uri@5> <query:q@59>\n  [a b]\n  complete at 62\n"
        "coding percent at 150 <http.request.header:cookie@137> <cookie:mail@150>\n"
        "  [asha@example.org]\n  complete at 168\n"
        "coding percent at 233 <http.request.header:referer@189> <query:c@233>\n"
        "  [{}]\n  complete at 239\n"
        "coding base64 at 262 <http.request.header:authorization@256>\n"
        "  [asha:secret]\n  complete at 277\n"
        "coding percent at 298 <http.request.header:x-folded@298>\n  [second!]\n  complete at 307\n"
        "coding percent at 319 <http.request.header:x-device@319>\n  [a=b]\n  complete at 324\n"
        "taken 351\n";
    assert_string_equal(text, expected);
    free(text);
    assert_cut_anywhere(&tt_decoder_http_head, &body, input);
    assert_survives_damage(&tt_decoder_http_head, &body, input);
    assert_cut_anywhere(&tt_decoder_http_head, &body, tt_span_str(response));
}

static void places_of_request(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(request);
    const struct tt_decoder *head = &tt_decoder_http_head;
    assert_place(head, &body, input, "POST", " <http.request.line@0>");
    assert_place(head, &body, input, "sha/reg", " <http.request.uri@5> claimed");
    assert_place(head, &body, input, "358240051111110", " <http.request.uri@5> <query:imei@25>");
    assert_place(head, &body, input, "Asha%20Rao", " <http.request.uri@5> <query:name@46> claimed");
    assert_place(head, &body, input, "frag", " <http.request.uri@5> <query-name@63>");
    assert_place(head, &body, input, "HTTP/1.1", " <http.request.line@0>");
    assert_place(head, &body, input, "api.example", " <http.request.header:host@86>");
    assert_place(head, &body, input, "Redmi 1S", " <http.request.header:user-agent@111>");
    assert_place(head, &body, input, "abc", " <http.request.header:cookie@137> <cookie:id@140>");
    assert_place(head, &body, input, "asha%40",
                 " <http.request.header:cookie@137> <cookie:mail@150> claimed");
    assert_place(head, &body, input, "x+y", " <http.request.header:cookie@137> <cookie:plain@175>");
    assert_place(head, &body, input, "404450123456789",
                 " <http.request.header:referer@189> <query:imsi@215>");
    assert_place(head, &body, input,
                 "YXNoYTpzZWNyZXQ=", " <http.request.header:authorization@256> claimed");
    assert_place(head, &body, input, "second", " <http.request.header:x-folded@298> claimed");
    assert_place(head, &body, input, "svg+xml", " <http.request.header:accept@334>");
}

static void places_of_response(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(response);
    const struct tt_decoder *head = &tt_decoder_http_head;
    assert_place(head, &body, input, "302", " <http.response.line@0>");
    assert_place(head, &body, input, "%C3%A9x",
                 " <http.response.header:set-cookie@32> <cookie:sid@36> claimed");
    assert_place(head, &body, input, "/a%20b", " <http.response.header:set-cookie@32>");
    assert_place(head, &body, input, "abc", " <http.response.header:location@76> <query:tok@84>");
    assert_place(head, &body, input, "xyz",
                 " <http.response.header:location@76> <query:access@95>");
}

/* The fields behind a chunked body have no start line in front of them. */
static void places_of_trailer(void **state)
{
    (void)state;
    static const struct tt_body trailer = {.format = TT_FORMAT_HTTP_HEAD,
                                           .step = "http.response.trailer"};
    struct tt_span input = tt_span_str("X-Device: 9f86d081884c7d65\r\nX-Sum: abc\r\n\r\n");
    assert_place(&tt_decoder_http_head, &trailer, input, "9f86",
                 " <http.response.header:x-device@10>");
    assert_place(&tt_decoder_http_head, &trailer, input, "abc", " <http.response.header:x-sum@35>");
}

/* A mark in a line that is not over yet is answered with what is known. */
static void places_in_cut_lines(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(request);
    for (size_t cut = 1; cut < input.len; cut++) {
        char **places = rec_places(&tt_decoder_http_head, &body, input, cut_at(cut));
        for (size_t i = 0; i < input.len; i++)
            assert_non_null(places[i]);
        size_t imsi = tt_span_search(input, tt_span_str("404450123456789"));
        if (cut <= imsi || cut > imsi + 15)
            assert_string_equal(places[imsi],
                                " <http.request.header:referer@189> <query:imsi@215>");
        free_places(places, input.len);
    }
}

/* Nothing to unwrap: nothing is opened, whatever the cut. */
static void plain_head(void **state)
{
    (void)state;
    assert_says(&tt_decoder_http_head, &body,
                tt_span_str("GET / HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer x\r\n\r\n"),
                "taken 60\n");
}

static void odd_heads(void **state)
{
    (void)state;
    static const char *const heads[] = {"GET / HTTP/1.1\nx: 2%4\n \n :%41\n",
                                        " GET /\nx: 1\n %41\n",
                                        "GET /a b?x=%41%42 c HTTP/1.0\n\n",
                                        "GET\n\n",
                                        "\r\n\r\nGET /?a=%41 HTTP/1.1\r\n",
                                        "GET /?=&&=%41&%41",
                                        "\x16\x03\x01%41",
                                        "GET / HTTP/1.1\nno colon %41\n: %42\n",
                                        "POST http://h.example/%41?b=%42 HTTP/1.1\n proxy%43\n",
                                        "HTTP/1.1\nProxy-Authorization:basic  \n",
                                        "G / HTTP/1.1\nAuthorization: Basic =%41\n"};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        assert_cut_anywhere(&tt_decoder_http_head, &body, tt_span_str(heads[i]));
        assert_survives_damage(&tt_decoder_http_head, &body, tt_span_str(heads[i]));
        char **places =
            rec_places(&tt_decoder_http_head, &body, tt_span_str(heads[i]), single_bytes);
        free_places(places, strlen(heads[i]));
    }
    assert_place(&tt_decoder_http_head, &body, tt_span_str("GET /a b?x=%41%42 c HTTP/1.0\n\n"), "b",
                 " <http.request.uri@4>");
}

static void longest_line(void **state)
{
    (void)state;
    static char text[TT_HTTP_HEADER_MAX * 2];
    memset(text, 'a', sizeof(text));
    memcpy(text, "GET /%41", 8);
    struct recorder rec;
    rec_init(&rec, tt_span_of(text, sizeof(text)));
    rec_run(&rec, &tt_decoder_http_head, &body, cut_at(TT_HTTP_HEADER_MAX - 1), TT_BODY_COMPLETE,
            false);
    assert_int_equal(rec.taken, TT_HTTP_HEADER_MAX - 1);
    assert_true(tt_span_eq(tt_buf_span(&rec.notes), tt_span_str("note content.http_head.limit\n")));
    rec_free(&rec);
}

static void refused(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, tt_span_str(request));
    rec.refuse = true;
    rec_run(&rec, &tt_decoder_http_head, &body, whole_input, TT_BODY_COMPLETE, true);
    for (size_t i = 0; i < rec.input.len; i++)
        assert_null(strstr(rec.places[i], "claimed"));
    rec_free(&rec);
}

static void picked_by_name_only(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(request);
    assert_ptr_equal(tt_decoder_pick(&body, input, false), &tt_decoder_http_head);
    assert_null(tt_decoder_pick(&(struct tt_body){0}, input, false));
    assert_null(tt_decoder_pick(&(struct tt_body){.format = TT_FORMAT_OPAQUE},
                                tt_span_str("{\"a\":1}"), true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inner_bodies),
        cmocka_unit_test(places_of_request),
        cmocka_unit_test(places_of_trailer),
        cmocka_unit_test(places_of_response),
        cmocka_unit_test(places_in_cut_lines),
        cmocka_unit_test(plain_head),
        cmocka_unit_test(odd_heads),
        cmocka_unit_test(longest_line),
        cmocka_unit_test(refused),
        cmocka_unit_test(picked_by_name_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
