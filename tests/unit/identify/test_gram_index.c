/* The index of literals: against a plain search, and as an engine against Vectorscan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/engine.h"
#include "identify/matches.h"
#include "model/limits.h"

static uint32_t draw(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525U + 1013904223U;
    return (uint32_t)((uint64_t)*state * below >> 32);
}

/* ---- against a plain search ---- */

enum { LITERALS = 300, LITERAL_MAX = 90, TEXT = 4000, FOUND_MAX = 65536 };

struct world {
    uint8_t bytes[LITERALS][LITERAL_MAX];
    struct tt_gram_literal literals[LITERALS];
    uint8_t text[TEXT];
};

struct seen {
    size_t piece_at;
    size_t count;
    uint64_t places[FOUND_MAX]; /* end and literal */
};

static void on_found(void *context, uint32_t literal, size_t end)
{
    struct seen *seen = context;
    assert_true(seen->count < FOUND_MAX);
    seen->places[seen->count++] = (uint64_t)(seen->piece_at + end) << 32 | literal;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* Few letters, so that literals overlap, share grams and occur. */
static uint8_t draw_byte(uint32_t *state)
{
    static const uint8_t alphabet[] = "abAB01 -%\0\xc3\xa9";
    return alphabet[draw(state, sizeof(alphabet) - 1)];
}

static void make_world(struct world *world, uint32_t seed)
{
    uint32_t state = seed;
    for (size_t i = 0; i < TEXT; i++)
        world->text[i] = draw_byte(&state);
    for (size_t i = 0; i < LITERALS; i++) {
        /* Most stand in the text somewhere; every length, more short ones. */
        size_t len = 3 + draw(&state, draw(&state, 3) == 0 ? LITERAL_MAX - 3 : 12);
        size_t at = draw(&state, (uint32_t)(TEXT - len));
        memcpy(world->bytes[i], world->text + at, len);
        world->literals[i] = (struct tt_gram_literal){.bytes = tt_span_of(world->bytes[i], len),
                                                      .caseless = draw(&state, 2) == 0,
                                                      .word = draw(&state, 2) == 0};
    }
}

static bool is_word_char(uint8_t c)
{
    return tt_is_alnum(c) || c == '-' || c == '_';
}

/* What the caller of an index would keep of a literal with `word`. */
static bool word_begins(const uint8_t *text, size_t at)
{
    return at == 0 || !is_word_char(text[at - 1]) || (at >= 3 && text[at - 3] == '%');
}

static void search_plainly(const struct world *world, struct seen *seen)
{
    seen->count = 0;
    seen->piece_at = 0;
    for (uint32_t i = 0; i < LITERALS; i++) {
        struct tt_span wanted = world->literals[i].bytes;
        for (size_t at = 0; at + wanted.len <= TEXT; at++) {
            struct tt_span here = tt_span_of(world->text + at, wanted.len);
            if ((world->literals[i].caseless ? tt_span_ieq(here, wanted)
                                             : tt_span_eq(here, wanted)) &&
                (!world->literals[i].word || word_begins(world->text, at)))
                on_found(seen, i, at + wanted.len);
        }
    }
    qsort(seen->places, seen->count, sizeof(seen->places[0]), by_number);
}

static void search_in_pieces(const struct tt_gram_index *index, const struct world *world,
                             size_t piece_len, size_t past_len, struct seen *seen)
{
    seen->count = 0;
    for (size_t at = 0; at < TEXT; at += piece_len) {
        size_t before = at < past_len ? at : past_len;
        struct flush past = flush_make(tt_span_of(world->text + at - before, before));
        struct flush piece = flush_make(tt_span_sub(tt_span_of(world->text, TEXT), at, piece_len));
        seen->piece_at = at;
        tt_gram_index_scan(index, at, past.span, piece.span, on_found, seen);
        flush_free(&past);
        flush_free(&piece);
    }
    qsort(seen->places, seen->count, sizeof(seen->places[0]), by_number);
}

/* Matches of literals with `word` where no word begins may be told or not. */
static void drop_inner_words(const struct world *world, struct seen *seen)
{
    size_t count = 0;
    for (size_t i = 0; i < seen->count; i++) {
        const struct tt_gram_literal *literal = &world->literals[seen->places[i] & UINT32_MAX];
        size_t end = (size_t)(seen->places[i] >> 32);
        if (!literal->word || word_begins(world->text, end - literal->bytes.len))
            seen->places[count++] = seen->places[i];
    }
    seen->count = count;
}

static void test_finds_what_a_plain_search_finds(void **state)
{
    (void)state;
    static const size_t pieces[] = {TEXT, 1, 2, 3, 7, 8, 9, 16, 17, 40, 41, 1448};
    static struct world world;
    static struct seen plain;
    static struct seen found;
    for (uint32_t seed = 1; seed <= 6; seed++) {
        struct tt_gram_index *index = NULL;
        make_world(&world, seed);
        search_plainly(&world, &plain);
        assert_true(plain.count > LITERALS / 2);
        assert_int_equal(tt_gram_index_new(world.literals, LITERALS, &index), TT_OK);
        for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
            search_in_pieces(index, &world, pieces[i], i % 2 == 0 ? LITERAL_MAX : TEXT, &found);
            drop_inner_words(&world, &found);
            assert_int_equal(found.count, plain.count);
            assert_memory_equal(found.places, plain.places, plain.count * sizeof(uint64_t));
        }
        tt_gram_index_free(index);
    }
}

static void test_nothing_to_find(void **state)
{
    (void)state;
    static struct seen seen;
    struct tt_gram_index *index = NULL;
    const struct tt_gram_literal two = {.bytes = tt_span_of("ab", 2)};
    assert_int_equal(tt_gram_index_new(NULL, 0, &index), TT_OK);
    tt_gram_index_scan(index, 0, tt_span_of("", 0), tt_span_of("some text", 9), on_found, &seen);
    tt_gram_index_free(index);
    /* Too short: not found, and nothing is read beyond it. */
    assert_int_equal(tt_gram_index_new(&two, 1, &index), TT_OK);
    tt_gram_index_scan(index, 0, tt_span_of("", 0), tt_span_of("abab", 4), on_found, &seen);
    assert_int_equal(seen.count, 0);
    tt_gram_index_free(index);
    tt_gram_index_free(NULL);
}

/* What many literals share is no anchor. */
static void test_common_ends_cost_nothing(void **state)
{
    (void)state;
    enum { COUNT = 20000, ROOM = 40 };
    static char bytes[COUNT][ROOM];
    static struct tt_gram_literal literals[COUNT];
    static struct seen seen;
    struct tt_gram_index *index = NULL;
    for (size_t i = 0; i < COUNT; i++) {
        int len = snprintf(bytes[i], ROOM, "person%zu@post.example", i * 7919);
        literals[i] =
            (struct tt_gram_literal){.bytes = tt_span_of(bytes[i], (size_t)len), .caseless = true};
    }
    assert_int_equal(tt_gram_index_new(literals, COUNT, &index), TT_OK);
    char *text = malloc(1048576);
    assert_non_null(text);
    for (size_t i = 0; i < 1048576; i++)
        text[i] = "@post.example "[i % 14];
    memcpy(text + 1000, "PERSON15838@post.example", 24);
    seen.count = seen.piece_at = 0;
    tt_gram_index_scan(index, 0, tt_span_of("", 0), tt_span_of(text, 1048576), on_found, &seen);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.places[0], (uint64_t)1024 << 32 | 2);
    free(text);
    tt_gram_index_free(index);
}

/* ---- as an engine against the other one ---- */

enum { CONTACTS = TT_FORMS_NEAR_MAX + 40, STREAM_MAX = 600 };

static const char *const names[] = {"Kim",
                                    "Asha Rao",
                                    "J\xc3\xb6rg M\xc3\xbcller",
                                    "Li",
                                    "mirko",
                                    "\xd0\x98\xd1\x80\xd0\xb8\xd0\xbd\xd0\xb0",
                                    "\xe7\x8e\x8b\xe4\xbc\x9f",
                                    "Anna-Lena Okafor",
                                    "Zoe Q. Tanaka"};

static char *write_sheet(void)
{
    struct tt_buf yaml = tt_buf_make(1048576);
    bool ok = tt_buf_append_str(&yaml, "identifiers: {imei: \"358240051111110\", "
                                       "username: mirko, email: asha.rao@post.example}\n"
                                       "contacts:\n") == TT_OK;
    for (unsigned i = 0; i < CONTACTS && ok; i++) {
        bool first_or_far = i < 20 || i >= TT_FORMS_NEAR_MAX;
        ok = tt_buf_printf(&yaml, "- {name: \"%s%.0u\", phone_number: \"+47 9%.7u\"",
                           first_or_far ? names[i % 9] : "Somebody ",
                           first_or_far && i % 2 == 0 ? 0 : i + 1000, i * 7919 % 10000000) == TT_OK;
        ok = ok && tt_buf_printf(&yaml, ", email: \"person.%u@post.example\"}\n", i) == TT_OK;
    }
    ok = ok &&
         tt_buf_append_str(&yaml, "messages: [{text: \"Lunch at noon behind the old lighthouse, "
                                  "bring the blue umbrella please\"}]\n") == TT_OK &&
         tt_buf_append_u8(&yaml, 0) == TT_OK;
    assert_true(ok);
    char *text = strdup((const char *)yaml.data);
    tt_buf_free(&yaml);
    return text;
}

static struct finder finder_with(const char *yaml, size_t index_from)
{
    struct finder finder = {.out = tt_buf_make(1048576)};
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_sheet_parse(tt_span_str(yaml), "test.yaml", &finder.sheet, &error), TT_OK);
    assert_int_equal(tt_matcher_build(tt_sheet_subject(finder.sheet), index_from, TT_PATTERNS_MAX,
                                      &finder.matcher, &error),
                     TT_OK);
    finder.scan = tt_scan_new(finder.matcher);
    assert_non_null(finder.scan);
    return finder;
}

/* Patterns, some damaged or in capitals, with all sorts of neighbours. */
static size_t make_stream(const struct tt_forms *forms, uint32_t *state, uint8_t *stream)
{
    static const struct {
        const char *bytes;
        size_t len;
    } joints[] = {{"", 0},   {" ", 1}, {"\"", 1},       {"=", 1},        {"%20", 3}, {"a", 1},
                  {"Z", 1},  {"7", 1}, {"-", 1},        {".", 1},        {"@", 1},   {"+47", 3},
                  {"\0", 1}, {"_", 1}, {"\xc3\xa9", 2}, {"\xe4\xbc", 2}, {"00", 2},  {"%2", 2}};
    size_t len = 0;
    for (;;) {
        size_t joint = draw(state, sizeof(joints) / sizeof(joints[0]));
        /* Half of them of those that stand last: the far tier. */
        uint32_t far = (uint32_t)(forms->pattern_count - 300);
        size_t at = draw(state, 2) == 0 ? draw(state, (uint32_t)forms->pattern_count)
                                        : far + draw(state, 300);
        struct tt_span bytes = forms->patterns[at].bytes;
        if (len + joints[joint].len + bytes.len > STREAM_MAX)
            return len;
        memcpy(stream + len, joints[joint].bytes, joints[joint].len);
        len += joints[joint].len;
        memcpy(stream + len, bytes.data, bytes.len);
        if (draw(state, 4) == 0)
            stream[len + draw(state, (uint32_t)bytes.len)] ^= 1U << draw(state, 6);
        for (size_t i = 0; draw(state, 3) == 0 && i < bytes.len; i++)
            stream[len + i] =
                tt_is_alpha(stream[len + i]) ? stream[len + i] ^ 0x20 : stream[len + i];
        len += bytes.len;
    }
}

static void test_engines_agree(void **state)
{
    (void)state;
    enum { STREAMS = 400, CUT_EVERY = 50 };
    char *yaml = write_sheet();
    struct finder with = finder_with(yaml, 0);
    struct finder without = finder_with(yaml, SIZE_MAX);
    struct finder usual = finder_with(yaml, 1024);
    uint32_t seed = 5;
    size_t matches = 0;
    assert_non_null(with.matcher->index);
    for (size_t i = 0; i < STREAMS; i++) {
        uint8_t stream[STREAM_MAX];
        size_t len = make_stream(&without.matcher->forms, &seed, stream);
        tt_buf_clear(&with.out);
        tt_buf_clear(&without.out);
        tt_buf_clear(&usual.out);
        feed_flush(&without, tt_span_of(stream, len));
        feed_flush(&usual, tt_span_of(stream, len));
        const char *expected = finish(&without);
        assert_string_equal(finish(&usual), expected);
        matches += *expected != 0;
        if (i % CUT_EVERY == 0) {
            assert_string_equal(find_all_cuts(&with, tt_span_of(stream, len)), expected);
        } else {
            feed_flush(&with, tt_span_of(stream, len));
            assert_string_equal(finish(&with), expected);
        }
    }
    assert_true(matches > STREAMS / 2);
    finder_free(&with);
    finder_free(&without);
    finder_free(&usual);
    free(yaml);
}

/* One pattern more than the cap: refused, and said why. */
static void test_patterns_limit(void **state)
{
    (void)state;
    struct tt_sheet *sheet = NULL;
    struct tt_matcher *matcher = NULL;
    struct tt_error error = {.code = TT_OK};
    char *yaml = write_sheet();
    assert_int_equal(tt_sheet_parse(tt_span_str(yaml), "test.yaml", &sheet, &error), TT_OK);
    const struct tt_subject *subject = tt_sheet_subject(sheet);
    assert_int_equal(tt_matcher_build(subject, 0, TT_PATTERNS_MAX, &matcher, &error), TT_OK);
    const struct tt_forms *forms = &matcher->forms;
    size_t most =
        matcher->row_count > forms->pattern_count ? matcher->row_count : forms->pattern_count;
    tt_matcher_free(matcher);
    assert_int_equal(tt_matcher_build(subject, 0, most, &matcher, &error), TT_OK);
    tt_matcher_free(matcher);
    assert_int_equal(tt_matcher_build(subject, 0, most - 1, &matcher, &error), TT_ERR_LIMIT);
    assert_int_equal(error.code, TT_ERR_LIMIT);
    assert_non_null(strstr(error.text, "the subject sheet gives more than"));
    assert_int_equal(tt_matcher_build(subject, 0, 10, &matcher, &error), TT_ERR_LIMIT);
    tt_sheet_free(sheet);
    free(yaml);
}

/* More of the owner's own than the database takes: the index has the rest. */
static void test_literals_limit(void **state)
{
    (void)state;
    enum { VALUES = 1500 };
    struct tt_buf yaml = tt_buf_make(1048576);
    assert_int_equal(tt_buf_append_str(&yaml, "identifiers:\n  account_id:\n"), TT_OK);
    for (unsigned i = 0; i < VALUES; i++)
        assert_int_equal(tt_buf_printf(&yaml, "  - kestrel-%u-harbour\n", i * 7919), TT_OK);
    assert_int_equal(tt_buf_append_u8(&yaml, 0), TT_OK);
    struct finder finder = finder_of((const char *)yaml.data);
    assert_true(finder.matcher->forms.pattern_count > TT_LITERALS_MAX);
    assert_non_null(finder.matcher->database);
    assert_non_null(finder.matcher->index);
    feed_flush(&finder, tt_span_str("kestrel-0-harbour kestrel-11870581-harbour"));
    assert_string_equal(finish(&finder), "account_id[0] text 0+17\naccount_id[1499] text 18+24\n");
    tt_buf_free(&yaml);
    finder_free(&finder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_a_plain_search_finds),
        cmocka_unit_test(test_nothing_to_find),
        cmocka_unit_test(test_common_ends_cost_nothing),
        cmocka_unit_test(test_engines_agree),
        cmocka_unit_test(test_patterns_limit),
        cmocka_unit_test(test_literals_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
