#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/token.h"
#include "recorder.h"

/* What is found in a text; with `base` as the offset of its first byte. Free it. */
static char *say(struct tt_tokens *tokens, struct recorder *rec, struct cutting cutting)
{
    size_t at = 0;
    while (at < rec->input.len) {
        struct tt_span part = tt_span_sub(rec->input, at, at == 0 ? cutting.first : cutting.step);
        struct flush flush = flush_make(part);
        struct tt_piece piece = {.bytes = flush.span, .at = at};
        at += part.len;
        rec->fed = at;
        tt_tokens_feed(tokens, &piece);
        flush_free(&flush);
    }
    tt_tokens_end(tokens);
    return rec_text(rec);
}

static char *tokens_of(struct tt_span input, struct cutting cutting)
{
    struct recorder rec;
    rec_init(&rec, input);
    struct tt_tokens *tokens = tt_tokens_new(&rec.sink);
    assert_non_null(tokens);
    char *text = say(tokens, &rec, cutting);
    tt_tokens_free(tokens);
    rec_free(&rec);
    return text;
}

/* The same by two objects: the second one goes on where the first one held something at `cut`. */
static char *tokens_in_two(struct tt_span input, size_t cut)
{
    struct recorder rec;
    rec_init(&rec, input);
    struct tt_tokens *first = tt_tokens_new(&rec.sink);
    struct tt_tokens *second = tt_tokens_new(&rec.sink);
    assert_non_null(first);
    assert_non_null(second);
    struct flush front = flush_make(tt_span_sub(input, 0, cut));
    struct tt_piece piece = {.bytes = front.span};
    rec.fed = cut;
    tt_tokens_feed(first, &piece);
    struct tt_span held;
    uint64_t at = 0;
    bool can = tt_tokens_held(first, &held, &at);
    char *text = NULL;
    if (can) {
        assert_true(held.len == 0 || at + held.len == cut);
        piece = (struct tt_piece){.bytes = held, .at = cut - held.len};
        tt_tokens_feed(second, &piece);
        tt_tokens_drop(first);
        tt_tokens_end(first);
        struct flush back = flush_make(tt_span_from(input, cut));
        piece = (struct tt_piece){.bytes = back.span, .at = cut};
        rec.fed = input.len;
        tt_tokens_feed(second, &piece);
        tt_tokens_end(second);
        flush_free(&back);
        text = rec_text(&rec);
    }
    flush_free(&front);
    tt_tokens_free(first);
    tt_tokens_free(second);
    rec_free(&rec);
    return text;
}

static void assert_tokens(struct tt_span input, const char *expected)
{
    char *whole = tokens_of(input, whole_input);
    assert_string_equal(whole, expected);
    char *text = tokens_of(input, single_bytes);
    assert_string_equal(text, expected);
    free(text);
    size_t step = input.len / 400 + 1;
    for (size_t at = 1; at < input.len; at += step) {
        text = tokens_of(input, cut_at(at));
        assert_string_equal(text, expected);
        free(text);
        /* What stands in front of a run is not handed over. */
        text = tt_span_find(input, '%') < input.len ? NULL : tokens_in_two(input, at);
        if (text != NULL)
            assert_string_equal(text, expected);
        free(text);
    }
    free(whole);
}

static void assert_tokens_in(const char *text, const char *expected)
{
    assert_tokens(tt_span_str(text), expected);
}

static void base64_runs(void **state)
{
    (void)state;
    /* Padded, unpadded, URL alphabet; RFC 4648 has no longer vectors. */
    assert_tokens_in("x=MzU4MjQwMDUxMTExMTEw&", "coding base64 at 2\n  [358240051111110]\n"
                                                "  complete at 22\ntaken 0\n");
    assert_tokens_in("\"MzU4MjQwMDUxMTExMTE=\"", "coding base64 at 1\n  [35824005111111]\n"
                                                 "  complete at 20\ntaken 0\n");
    assert_tokens_in("MzU4MjQwMDUxMTExMTExMQ", "coding base64 at 0\n  [3582400511111111]\n"
                                               "  complete at 22\ntaken 0\n");
    assert_tokens_in("c29tZT90ZXh0Pj8_fn5-", "coding base64 at 0\n  [some?text>??~~~]\n"
                                             "  complete at 20\ntaken 0\n");
    assert_tokens_in("MzU4MjQwMDUxMTE one word too short: MzU4MjQwMDUxMTE", "taken 0\n");
    assert_tokens_in("", "taken 0\n");
}

/* What ends within a byte, or has padding that it needs not, goes on behind that. */
static void cut_base64(void **state)
{
    (void)state;
    assert_tokens_in("x=MzU4MjQwMDUxMTExMTEw=\r\nMTEx", "coding base64 at 2\n  [358240051111110]\n"
                                                        "  cut at 22\ntaken 0\n");
    assert_tokens_in("x=MzU4MjQwMDUxMTExMTEwM=\r\nTEx", "coding base64 at 2\n  [358240051111110]\n"
                                                        "  cut at 23\ntaken 0\n");
    assert_tokens_in("x=MzU4MjQwMDUxMTExMTEwMT=", "coding base64 at 2\n  [3582400511111101]\n"
                                                  "  cut at 24\ntaken 0\n");
}

/* A run behind an escape, or in front of one, is whole where the escape is undone. */
static void beside_escapes(void **state)
{
    (void)state;
    assert_tokens_in("x=MzU4MjQwMDUxMTExMTEw%0AMzU4MjQwMDUxMTExMTEw&",
                     "coding base64 at 2\n  [358240051111110]\n  cut at 22\ntaken 0\n");
    assert_tokens_in("x%3D333538323430303531313131313130%20", "taken 0\n");
    assert_tokens_in("x%253D333538323430303531313131313130", "taken 0\n");
    assert_tokens_in("=333538323430303531313131313130%25", "coding hex at 1\n  [358240051111110]\n"
                                                           "  cut at 31\ntaken 0\n");
    /* No escape. */
    assert_tokens_in("%=333538323430303531313131313130;", "coding hex at 2\n  [358240051111110]\n"
                                                          "  complete at 32\ntaken 0\n");
    /* A long one passes by. */
    char text[700] = "%2F";
    for (size_t i = 3; i < 600; i++)
        text[i] = "QUFB"[i % 4];
    memcpy(text + 600, ",MzU4MjQwMDUxMTExMTEw", 22);
    assert_tokens_in(text,
                     "coding base64 at 601\n  [358240051111110]\n  complete at 621\ntaken 0\n");
}

static void hexadecimal_runs(void **state)
{
    (void)state;
    assert_tokens_in("id=333538323430303531313131313130;",
                     "coding hex at 3\n  [358240051111110]\n  complete at 33\ntaken 0\n");
    assert_tokens_in("0x414243444546474849", "coding hex at 2\n  [ABCDEFGHI]\n"
                                             "  complete at 20\ntaken 0\n");
    /* An odd number of digits is not hexadecimal of bytes, a letter beside it neither. */
    char *text = tokens_of(tt_span_str("33353832343030353131313131313"), whole_input);
    assert_memory_equal(text, "coding base64 at 0", 18);
    free(text);
    text = tokens_of(tt_span_str("333538323430303531313131313130z"), whole_input);
    assert_memory_equal(text, "coding base64 at 0", 18);
    free(text);
    text = tokens_of(tt_span_str("414243444546474G"), whole_input);
    assert_null(strstr(text, "hex"));
    free(text);
}

static void separated_runs(void **state)
{
    (void)state;
    /* A path: the whole is garbage, its last segment is the digest. */
    char *text = tokens_of(tt_span_str("/v1/41424344454647484142434445464748/x"), whole_input);
    assert_non_null(strstr(text, "coding base64 at 0\n"));
    assert_non_null(strstr(text, "coding hex at 4\n  [ABCDEFGHABCDEFGH]\n  complete at 36\n"));
    free(text);
    /* Both alphabets at once: no base64 of the whole. */
    assert_tokens_in("a/b_c/MzU4MjQwMDUxMTExMTEw/d",
                     "coding base64 at 6\n  [358240051111110]\n  complete at 26\ntaken 0\n");
    char *nested = tokens_of(tt_span_str("a+b/user-MzU4MjQwMDUxMTExMTEw"), whole_input);
    assert_non_null(strstr(nested, "coding base64 at 4\n"));
    assert_non_null(strstr(nested, "coding base64 at 9\n  [358240051111110]\n  complete at 29\n"));
    free(nested);
    /* A slash inside of a token that makes sense does not split it. */
    assert_tokens_in("Pz8/Pz8/Pz8/Pz8/Pz8/Pz8/", "coding base64 at 0\n  [??????????????????]\n"
                                                 "  complete at 24\ntaken 0\n");
}

/* Longer than what is held: decided by its start, decoded as it comes. */
static void long_runs(void **state)
{
    (void)state;
    static char text[3000];
    static char expected[4000];
    memset(text, ' ', sizeof(text));
    for (size_t i = 0; i < 2400; i++)
        text[100 + i] = "Zm9vYmFy"[i % 8];
    size_t len = (size_t)snprintf(expected, sizeof(expected), "coding base64 at 100\n  [");
    for (size_t i = 0; i < 1800; i++)
        expected[len++] = "foobar"[i % 6];
    (void)snprintf(expected + len, sizeof(expected) - len, "]\n  complete at 2500\ntaken 0\n");
    assert_tokens(tt_span_of(text, sizeof(text)), expected);

    for (size_t i = 0; i < 2400; i++)
        text[100 + i] = "414a"[i % 4];
    len = (size_t)snprintf(expected, sizeof(expected), "coding hex at 100\n  [");
    for (size_t i = 0; i < 1200; i++)
        expected[len++] = "AJ"[i % 2];
    (void)snprintf(expected + len, sizeof(expected) - len, "]\n  complete at 2500\ntaken 0\n");
    assert_tokens(tt_span_of(text, sizeof(text)), expected);
}

/* A long digest-like segment behind a path is a token of its own. */
static void long_path(void **state)
{
    (void)state;
    static char text[1200];
    memset(text, 'p', 150);
    for (size_t i = 0; i < 150; i += 11)
        text[i] = '/';
    text[149] = '/';
    for (size_t i = 150; i < 1150; i++)
        text[i] = "414a"[(i - 150) % 4];
    char *whole = tokens_of(tt_span_of(text, 1150), whole_input);
    assert_non_null(strstr(whole, "coding hex at 150\n  [AJAJAJ"));
    assert_non_null(strstr(whole, "complete at 1150\n"));
    for (size_t at = 1; at < 1150; at += 7) {
        char *cut = tokens_of(tt_span_of(text, 1150), cut_at(at));
        assert_string_equal(cut, whole);
        free(cut);
    }
    char *single = tokens_of(tt_span_of(text, 1150), single_bytes);
    assert_string_equal(single, whole);
    free(single);
    free(whole);
    /* Both alphabets in a long run: it is taken apart from the front. */
    memcpy(text + 3, "MzU4MjQwMDUxMTExMTEw/a-b/", 25);
    whole = tokens_of(tt_span_of(text, 1150), whole_input);
    assert_non_null(strstr(whole, "[AJAJAJ"));
    single = tokens_of(tt_span_of(text, 1150), single_bytes);
    assert_string_equal(single, whole);
    free(single);
    free(whole);
}

/* Runs that end exactly where holding ends. */
/* A path in front of hexadecimal digits and one behind them. */
static void digits_in_a_path(void **state)
{
    (void)state;
    char text[300] = "/v1/";
    for (size_t i = 0; i < 248; i++)
        text[4 + i] = "414a"[i % 4];
    memcpy(text + 252, "/list", 5);
    struct tt_span in = tt_span_of(text, 257);
    char *whole = tokens_of(in, whole_input);
    assert_non_null(strstr(whole, "coding hex at 4\n  [AJAJAJ"));
    for (size_t at = 1; at < in.len; at++) {
        char *cut = tokens_of(in, cut_at(at));
        assert_string_equal(cut, whole);
        free(cut);
    }
    free(whole);
}

/* In a data URL, base64 begins where it says; elsewhere a path may stand in front. */
static void in_data_urls(void **state)
{
    (void)state;
    for (size_t declared = 0; declared < 2; declared++) {
        char text[400] = ";base64,AP8/";
        text[6] = declared != 0 ? '4' : '5';
        for (size_t i = 0; i < 320; i++)
            text[12 + i] = "QUFB"[i % 4];
        struct tt_span in = tt_span_of(text, 332);
        char *whole = tokens_of(in, whole_input);
        assert_non_null(strstr(whole, declared != 0 ? "base64 at 8\n" : "base64 at 12\n"));
        for (size_t at = 1; at < in.len; at++) {
            char *cut = tokens_of(in, cut_at(at));
            assert_string_equal(cut, whole);
            free(cut);
        }
        char *single = tokens_of(in, single_bytes);
        assert_string_equal(single, whole);
        free(single);
        free(whole);
    }
}

static void runs_of_every_length(void **state)
{
    (void)state;
    static char text[700];
    for (size_t len = 1; len < 600; len += len < 20 || (len > 250 && len < 262) ? 1 : 37) {
        memset(text, '.', sizeof(text));
        for (size_t i = 0; i < len; i++)
            text[40 + i] = "QUJDREVGR0hJSktMTU5P"[i % 20];
        for (size_t after = 0; after < 2; after++) {
            struct tt_span input = tt_span_of(text, 40 + len + after * 40);
            char *whole = tokens_of(input, whole_input);
            assert_int_equal(strstr(whole, "coding base64 at 40\n") != NULL, len >= TT_TOKEN_MIN);
            static const struct cutting cuttings[] = {
                {1, 1}, {41, 7}, {56, 256}, {296, 1}, {3, 16}};
            for (size_t i = 0; i < sizeof(cuttings) / sizeof(cuttings[0]); i++) {
                char *cut = tokens_of(input, cuttings[i]);
                assert_string_equal(cut, whole);
                free(cut);
            }
            free(whole);
        }
    }
}

/* Lines as RFC 7468 and RFC 2045 wrap them. */
static void wrapped(void **state)
{
    (void)state;
    static const char *const breaks[] = {"\n", "\r\n"};
    static const size_t widths[] = {64, 76};
    for (size_t b = 0; b < 2; b++) {
        for (size_t w = 0; w < 2; w++) {
            char text[1000] = "-----BEGIN X-----\n";
            size_t len = strlen(text);
            size_t chars = 0;
            while (chars < 3 * widths[w] + 20) {
                text[len++] = "Zm9vYmFy"[chars++ % 8];
                if (chars % widths[w] == 0) {
                    memcpy(text + len, breaks[b], strlen(breaks[b]));
                    len += strlen(breaks[b]);
                }
            }
            size_t end = len;
            (void)snprintf(text + len, sizeof(text) - len, "\n-----END X-----\n");
            char expected[1000];
            size_t n = (size_t)snprintf(expected, sizeof(expected), "coding base64 at 18\n  [");
            for (size_t i = 0; i < chars / 4 * 3; i++)
                expected[n++] = "foobar"[i % 6];
            (void)snprintf(expected + n, sizeof(expected) - n, "]\n  complete at %zu\ntaken 0\n",
                           end);
            assert_tokens_in(text, expected);
        }
    }
}

static void not_wrapped(void **state)
{
    (void)state;
    /* Prose behind a line of that length, and a longer line. */
    char text[400];
    memset(text, 'a', 64);
    (void)snprintf(text + 64, sizeof(text) - 64, "\nHello world\n");
    char *whole = tokens_of(tt_span_str(text), whole_input);
    assert_non_null(strstr(whole, "complete at 64\n"));
    free(whole);
    memset(text + 65, 'Q', 100);
    text[165] = '\0';
    whole = tokens_of(tt_span_str(text), whole_input);
    assert_non_null(strstr(whole, "complete at 64\n"));
    assert_non_null(strstr(whole, "coding base64 at 65\n"));
    char *single = tokens_of(tt_span_str(text), single_bytes);
    assert_string_equal(single, whole);
    free(single);
    free(whole);
    /* A list of digests is one token a line. */
    char list[200];
    (void)snprintf(list, sizeof(list), "%032d%032d\n%032d%032d\n", 11, 22, 33, 44);
    whole = tokens_of(tt_span_str(list), whole_input);
    assert_non_null(strstr(whole, "coding hex at 0\n"));
    assert_non_null(strstr(whole, "coding hex at 65\n"));
    free(whole);
}

static void sink_refuses(void **state)
{
    (void)state;
    static char text[2000];
    memset(text, 'Q', sizeof(text));
    for (int mode = 0; mode < 2; mode++) {
        struct recorder rec;
        rec_init(&rec, tt_span_of(text, sizeof(text)));
        rec.refuse = mode == 0;
        rec.stop_after = 10;
        struct tt_tokens *tokens = tt_tokens_new(&rec.sink);
        char *said = say(tokens, &rec, single_bytes);
        assert_int_equal(rec.inner_count, mode);
        free(said);
        tt_tokens_free(tokens);
        rec_free(&rec);
    }
}

/* The same object serves another text, and a text with a hole. */
static void used_again(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, tt_span_str("MzU4MjQwMDUxMTExMTEw"));
    struct tt_tokens *tokens = tt_tokens_new(&rec.sink);
    rec.fed = 20;
    tt_tokens_feed(tokens, &(struct tt_piece){.bytes = rec.input, .at = 0});
    tt_tokens_end(tokens);
    tt_tokens_feed(tokens, &(struct tt_piece){.bytes = rec.input, .at = 0});
    tt_tokens_end(tokens);
    tt_tokens_end(tokens);
    assert_int_equal(rec.inner_count, 2);
    rec.fed = 520;
    tt_tokens_feed(tokens, &(struct tt_piece){.bytes = tt_span_sub(rec.input, 0, 10), .at = 0});
    tt_tokens_feed(tokens, &(struct tt_piece){.bytes = tt_span_from(rec.input, 10), .at = 500});
    tt_tokens_end(tokens);
    assert_int_equal(rec.inner_count, 2);
    char *text = rec_text(&rec);
    free(text);
    tt_tokens_free(tokens);
    rec_free(&rec);
    tt_tokens_free(NULL);
}

/* Whatever the bytes and the cut: the same tokens. */
static void noise(void **state)
{
    (void)state;
    static const char letters[] = "AZaz09+/-_=\r\n .QUJDabcdef0123456789ABCDEF";
    uint32_t seed = 1;
    static uint8_t text[6000];
    for (size_t round = 0; round < 200; round++) {
        size_t span = round % 4 == 0 ? 10 : sizeof(letters) - 1;
        for (size_t i = 0; i < sizeof(text); i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = (uint8_t)letters[(seed >> 16) % span];
            if (round % 3 == 0 && (text[i] == ' ' || text[i] == '.' || text[i] == '='))
                text[i] = 'q';
            if (round % 5 == 0 && i % 65 == 64)
                text[i] = '\n';
            else if (round % 5 == 0)
                text[i] = (uint8_t) "ABCDabcdxyz0123456789"[(seed >> 16) % 21];
        }
        struct tt_span input = tt_span_of(text, round * 30);
        char *whole = tokens_of(input, whole_input);
        struct cutting cutting = {.first = seed % 300 + 1, .step = round % 90 + 1};
        char *cut = tokens_of(input, cutting);
        assert_string_equal(cut, whole);
        free(cut);
        free(whole);
    }
}

/* Only what may still become a token is told of. */
static void runs_that_go_on(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool goes_on;
        uint64_t at;
    } samples[] = {{"", false, 0},
                   {"u=abcdefghijklmno", false, 2}, /* one short of a token */
                   {"u=abcdefghijklmnop", true, 2},
                   {"u=abcdefghijklmnop&", false, 2},
                   {"u=abcdefghijklmnop&v=0123456789abcdef0", true, 21}};
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct recorder rec;
        rec_init(&rec, tt_span_str(samples[i].text));
        struct tt_tokens *tokens = tt_tokens_new(&rec.sink);
        assert_non_null(tokens);
        struct tt_piece piece = {.bytes = rec.input};
        rec.fed = rec.input.len;
        tt_tokens_feed(tokens, &piece);
        uint64_t at = 0;
        assert_int_equal(tt_tokens_in_run(tokens, &at), samples[i].goes_on);
        assert_int_equal(at, samples[i].at);
        tt_tokens_free(tokens);
        rec_free(&rec);
    }
}

static void assert_found(const char *input, const char *expected)
{
    char *whole = tokens_of(tt_span_str(input), whole_input);
    assert_non_null(strstr(whole, expected));
    for (size_t at = 0; at < strlen(input); at++) {
        char *cut = tokens_of(tt_span_str(input), at == 0 ? single_bytes : cut_at(at));
        assert_string_equal(cut, whole);
        free(cut);
    }
    free(whole);
}

/* Runs that say something in another alphabet (test_alphabet.c has them all). */
static void other_alphabets(void **state)
{
    (void)state;
    assert_found("a=PMRGS3LFNERDUIRTGU4DENBQGA2TCMJRGEYTCMBCPU======&",
                 "coding base32 at 2\n  [{\"imei\":\"358240051111110\"}]\n  complete at 44\n");
    assert_found("/x/EYjPBwvPiJOImZu4mJqWmduXmteXmteWiN0/y",
                 "coding base64:lower-first at 3\n  [{\"imei\":\"358240051111110\"}]\n"
                 "  complete at 38\n");
    assert_found("\"2NEpo7TZRRrLZSi2U\"",
                 "coding base58 at 1\n  [Hello World!]\n  complete at 18\n");
    /* Longer than what is held. */
    static char text[1000];
    for (size_t i = 0; i < 900; i++)
        text[i] = "MZXW6YTBOI4TKNRV"[i % 16];
    char *whole = tokens_of(tt_span_of(text, 900), whole_input);
    assert_memory_equal(whole, "coding base32 at 0\n  [foobar9565foobar9565", 42);
    char *cut = tokens_of(tt_span_of(text, 900), single_bytes);
    assert_string_equal(cut, whole);
    free(cut);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_runs),     cmocka_unit_test(cut_base64),
        cmocka_unit_test(beside_escapes),  cmocka_unit_test(hexadecimal_runs),
        cmocka_unit_test(separated_runs),  cmocka_unit_test(long_runs),
        cmocka_unit_test(long_path),       cmocka_unit_test(runs_of_every_length),
        cmocka_unit_test(wrapped),         cmocka_unit_test(not_wrapped),
        cmocka_unit_test(sink_refuses),    cmocka_unit_test(used_again),
        cmocka_unit_test(other_alphabets), cmocka_unit_test(noise),
        cmocka_unit_test(runs_that_go_on), cmocka_unit_test(digits_in_a_path),
        cmocka_unit_test(in_data_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
