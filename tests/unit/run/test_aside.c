/* Searches that wait while others have their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hits.h"
#include "model/limits.h"
#include "run/search_node.h"

static const char sheet[] = "identifiers: {imei: [358240051111110], android_id: 9f86d081884c7d65, "
                            "email: asha.rao@example.org}\n";

static void begin_text(struct hits *hits)
{
    tt_buf_clear(&hits->out);
    tt_buf_clear(&hits->notes);
    hits->count = 0;
    hits->note_count = 0;
    memset(hits->counted, 0, sizeof(hits->counted));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of a text in one order: in which hits are told does not matter. */
static char *sorted(const char *text)
{
    enum { LINES_MAX = 16 };
    char *lines[LINES_MAX];
    size_t count = 0;
    char *copy = strdup(text);
    char *result = strdup(text);
    assert_non_null(copy);
    assert_non_null(result);
    for (char *at = copy; *at != '\0'; at = strchr(at, '\0') + 1) {
        assert_true(count < LINES_MAX);
        lines[count++] = at;
        *strchr(at, '\n') = '\0';
    }
    qsort(lines, count, sizeof(lines[0]), by_text);
    char *to = result;
    for (size_t i = 0; i < count; i++)
        to += sprintf(to, "%s\n", lines[i]);
    free(copy);
    return result;
}

/* A body in two pieces, the first in frame 1, the second in frame 2. `waits`: it is set aside
 * between them. The result is the caller's to free. */
static char *found(struct hits *hits, enum tt_format format, struct tt_span text, size_t cut,
                   bool waits)
{
    begin_text(hits);
    struct tt_search *search = begin_body(hits, format, "body");
    feed_part(search, tt_span_sub(text, 0, cut), 0, 1);
    if (waits)
        tt_search_set_aside(hits->searcher->newest);
    if (cut < text.len)
        feed_part(search, tt_span_from(text, cut), cut, 2);
    tt_search_close(search, TT_BODY_COMPLETE, 100 + text.len);
    assert_int_equal(tt_buf_append_u8(&hits->out, 0), TT_OK);
    return sorted((const char *)hits->out.data);
}

/* The same hits and accounts, with and without waiting, wherever the body is cut from `from` on. */
static void expect_same(enum tt_format format, struct tt_span text, size_t from, size_t notes)
{
    struct hits hits;
    hits_begin(&hits, sheet);
    for (size_t cut = from; cut <= text.len; cut++) {
        uint64_t counted[TT_BUCKET_COUNT];
        char *expected = found(&hits, format, text, cut, false);
        memcpy(counted, hits.counted, sizeof(counted));
        char *result = found(&hits, format, text, cut, true);
        if (strcmp(result, expected) != 0)
            print_error("cut at %zu of %.*s\n", cut, (int)text.len, (const char *)text.data);
        assert_string_equal(result, expected);
        assert_memory_equal(hits.counted, counted, sizeof(counted));
        assert_int_equal(hits.note_count, notes);
        assert_int_equal(hits.searcher->aside_bytes, 0);
        free(result);
        free(expected);
    }
    assert_int_not_equal(hits.count, 0);
    hits_end(&hits);
}

/* ---- small bodies ---- */

static void test_small_bodies(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"a\":[1,{\"k\":\"358240051111110\"}],\"b\":\"asha.rao@example.org\"}",
        "{\"s\":\"{\\\"k\\\":\\\"9f86d081884c7d65\\\"}\"}",
        "a=1&u=YXNoYS5yYW9AZXhhbXBsZS5vcmc&v=asha.rao%40example.org&w=2",
        "id 358240051111110, mail asha.rao@example.org and nothing else that anybody wants to know",
        "358240051111110",
        "3582400511111101 is none, nor is 1358240051111110, but 358240051111110 is one of them...",
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(texts); i++) {
        expect_same(TT_FORMAT_UNKNOWN, tt_span_str(texts[i]), 0, 0);
        expect_same(TT_FORMAT_OPAQUE, tt_span_str(texts[i]), 0, 0);
    }
}

/* A digest is told from how long the body is as a whole. */
static void test_digest(void **state)
{
    (void)state;
    static const uint8_t md5[16] = {0xe5, 0xa3, 0xd0, 0x0a, 0xb4, 0xdd, 0xb2, 0x52,
                                    0x58, 0xfc, 0x96, 0x33, 0xa7, 0x6d, 0xd1, 0x6d};
    expect_same(TT_FORMAT_UNKNOWN, tt_span_of(md5, sizeof(md5)), 0, 0);
    expect_same(TT_FORMAT_OPAQUE, tt_span_of(md5, sizeof(md5)), 0, 0);
}

/* ---- larger ones ---- */

static struct tt_buf long_text(const char *tail)
{
    struct tt_buf text = tt_buf_make(TEXT_MAX);
    while (text.len < TT_ASIDE_WHOLE_MAX + 100)
        assert_int_equal(tt_buf_append_str(&text, "lorem ipsum 17 dolor; "), TT_OK);
    assert_int_equal(tt_buf_append_str(&text, tail), TT_OK);
    return text;
}

/* What nothing reads goes on as if it had never waited, however long it is. */
static void test_long_texts(void **state)
{
    (void)state;
    static const char *const tails[] = {
        "id 358240051111110, mail asha.rao@example.org and so on and on and on",
        "1358240051111110 358240051111110",
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(tails); i++) {
        struct tt_buf text = long_text(tails[i]);
        expect_same(TT_FORMAT_OPAQUE, tt_buf_span(&text), text.len - strlen(tails[i]) - 1, 0);
        tt_buf_free(&text);
    }
}

/* A token over the border is put together. */
static void test_long_text_with_token(void **state)
{
    (void)state;
    struct hits hits;
    hits_begin(&hits, sheet);
    static const char tail[] = "u: eyJhIjoiYXNoYS5yYW9AZXhhbXBsZS5vcmcifQ== w";
    struct tt_buf text = long_text(tail);
    char expected[128];
    (void)snprintf(expected, sizeof(expected), "body@%zu+38 base64@0+28 json:$.a@6+20",
                   100 + text.len - strlen(tail) + 3);
    for (size_t cut = text.len - strlen(tail); cut <= text.len; cut++) {
        char *result = found(&hits, TT_FORMAT_OPAQUE, tt_buf_span(&text), cut, true);
        if (strstr(result, expected) == NULL)
            print_error("cut at %zu: %s\n", cut, result);
        assert_non_null(strstr(result, expected));
        assert_int_equal(hits.note_count, 0);
        free(result);
    }
    tt_buf_free(&text);
    hits_end(&hits);
}

/* A long one waits after every piece of three bytes. */
static void test_again_and_again(void **state)
{
    (void)state;
    struct hits hits;
    hits_begin(&hits, sheet);
    struct tt_buf text = long_text("id 358240051111110, YXNoYS5yYW9AZXhhbXBsZS5vcmc= !");
    struct tt_search *search = begin_body(&hits, TT_FORMAT_OPAQUE, "body");
    uint64_t frame = 1;
    for (size_t at = 0; at < text.len; at += 3) {
        feed_part(search, tt_span_sub(tt_buf_span(&text), at, 3), at, frame++);
        tt_search_set_aside(hits.searcher->newest);
        assert_null(hits.searcher->newest);
        assert_int_equal(tt_search_next(search), 100 + (at + 3 < text.len ? at + 3 : text.len));
    }
    tt_search_close(search, TT_BODY_COMPLETE, 100 + text.len);
    /* The address as letters and as what they hold: one is told when the other is not yet sure. */
    assert_int_equal(hits.count, 3);
    assert_int_equal(hits.note_count, 0);
    assert_int_equal(hits.counted[TT_BUCKET_DECODED], text.len);
    assert_int_equal(hits.searcher->aside_bytes, 0);
    tt_buf_free(&text);
    hits_end(&hits);
}

/* A format cannot go on in the middle: a note says so, and the rest is searched as it stands. */
static void test_long_format(void **state)
{
    (void)state;
    struct hits hits;
    hits_begin(&hits, sheet);
    struct tt_buf text = tt_buf_make(TEXT_MAX);
    assert_int_equal(tt_buf_append_str(&text, "{\"a\":\"358240051111110\",\"b\":[1"), TT_OK);
    while (text.len < TT_ASIDE_WHOLE_MAX + 100)
        assert_int_equal(tt_buf_append_str(&text, ",17"), TT_OK);
    size_t value = text.len + strlen("],\"c\":\"");
    assert_int_equal(tt_buf_append_str(&text, "],\"c\":\"asha.rao@example.org\"}"), TT_OK);
    char *result = found(&hits, TT_FORMAT_UNKNOWN, tt_buf_span(&text), value + 7, true);
    char expected[200];
    (void)snprintf(expected, sizeof(expected),
                   "email[0] text body@%zu+20 frames 1 2\n"
                   "imei[0] digits body@100+%zu json:$.a@6+15 frames 1\n",
                   100 + value, value + 7);
    assert_string_equal(result, expected);
    assert_int_equal(hits.note_count, 1);
    assert_true(tt_span_is(tt_buf_span(&hits.notes), "run.bodies"));
    assert_int_equal(hits.counted[TT_BUCKET_DECODED], text.len);
    free(result);
    tt_buf_free(&text);
    hits_end(&hits);
}

/* ---- very many ---- */

/* More than have room at a time: every one of them goes on and is found, in its frames. */
static void test_very_many(void **state)
{
    (void)state;
    enum { BODIES = TT_BODIES_OPEN_MAX + 3000 };
    static struct tt_search *searches[BODIES];
    struct hits hits;
    hits_begin(&hits, sheet);
    static const char first[] = "{\"n\":1,\"text\":\"long enough that it is decided what this is\","
                                "\"mail\":\"asha.ra";
    static const char second[] = "o@example.org\"}";
    for (size_t i = 0; i < BODIES; i++) {
        searches[i] = begin_body(&hits, TT_FORMAT_UNKNOWN, "body");
        feed_part(searches[i], tt_span_str(first), 0, i + 1);
    }
    assert_true(hits.searcher->open_nodes <= TT_BODIES_OPEN_MAX);
    assert_in_range(hits.searcher->aside_bytes, 3000 * strlen(first), 3000 * 1024);
    assert_int_equal(hits.count, 0);
    for (size_t i = 0; i < BODIES; i++) {
        tt_buf_clear(&hits.out);
        feed_part(searches[i], tt_span_str(second), strlen(first), BODIES + i + 1);
        tt_search_close(searches[i], TT_BODY_COMPLETE, 100 + strlen(first) + strlen(second));
        char expected[128];
        (void)snprintf(expected, sizeof(expected),
                       "email[0] text body@100+%zu json:$.mail@%zu+20 frames %zu %zu\n",
                       strlen(first) + strlen(second), strlen(first) - 7, i + 1, BODIES + i + 1);
        assert_int_equal(tt_buf_append_u8(&hits.out, 0), TT_OK);
        assert_string_equal((const char *)hits.out.data, expected);
    }
    assert_int_equal(hits.note_count, 0);
    assert_int_equal(hits.counted[TT_BUCKET_DECODED], BODIES * (strlen(first) + strlen(second)));
    assert_int_equal(hits.searcher->aside_bytes, 0);
    hits_end(&hits);
}

/* Nothing more can be kept: a note says so, once for each; what comes later is still searched. */
static void test_no_room(void **state)
{
    (void)state;
    struct hits hits;
    hits_begin(&hits, sheet);
    static const char text[] =
        "{\"a\":\"358240051111110\",\"b\":1234567890,\"c\":\"asha.rao@example.org\"}";
    const size_t imei = (size_t)(strstr(text, "358240051111110") - text);
    const size_t email = (size_t)(strstr(text, "asha.rao@example.org") - text);
    hits.searcher->aside_max = 0;
    for (size_t cut = 0; cut <= strlen(text); cut++) {
        free(found(&hits, TT_FORMAT_UNKNOWN, tt_span_str(text), cut, true));
        /* Of an IMEI 14 digits are enough: the last one checks the others. */
        bool split = (cut > imei && cut < imei + 14) || (cut > email && cut < email + 20);
        assert_int_equal(hits.count, split ? 1 : 2);
        assert_int_equal(hits.note_count, 1);
        assert_true(tt_span_is(tt_buf_span(&hits.notes), "run.aside"));
        assert_int_equal(hits.counted[TT_BUCKET_DECODED], strlen(text));
    }
    hits_end(&hits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_bodies),    cmocka_unit_test(test_digest),
        cmocka_unit_test(test_long_texts),      cmocka_unit_test(test_long_text_with_token),
        cmocka_unit_test(test_again_and_again), cmocka_unit_test(test_long_format),
        cmocka_unit_test(test_very_many),       cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
