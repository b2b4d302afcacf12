#include "identify/unicode.h"

#include "base/compiler.h"
#include "base/utf.h"
#include "identify/unicode_table.h"

/* Hangul syllables are arithmetic: Unicode Standard, section 3.12. */
enum {
    HANGUL = 0xac00,
    HANGUL_COUNT = 11172,
    HANGUL_LEAD = 0x1100,
    HANGUL_VOWEL = 0x1161,
    HANGUL_TAIL = 0x11a7,
    LEADS = 19,
    VOWELS = 21,
    TAILS = 28
};

enum {
    FIRST_MARK = 0x300,
    LAST_MARK = 0x36f,
    PARTS_MAX = 4, /* characters that one is made of */
    GROWTH = 6     /* bytes that one byte may become: two become a letter and three marks */
};

static const struct tt_span nothing = {.data = (const uint8_t *)"", .len = 0};
static const struct tt_span no_memory = {.data = NULL, .len = 0};

/* ---- characters ---- */

/* The position of `code` in compositions, or their number. */
static size_t find_composition(uint32_t code)
{
    size_t low = 0;
    size_t high = TT_ARRAY_LEN(compositions);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compositions[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < TT_ARRAY_LEN(compositions) && compositions[low].code == code
               ? low
               : TT_ARRAY_LEN(compositions);
}

static size_t decompose_hangul(uint32_t code, uint32_t parts[PARTS_MAX])
{
    uint32_t at = code - HANGUL;
    parts[0] = HANGUL_LEAD + at / (VOWELS * TAILS);
    parts[1] = HANGUL_VOWEL + at / TAILS % VOWELS;
    parts[2] = HANGUL_TAIL + at % TAILS;
    return at % TAILS == 0 ? 2 : 3;
}

/* The characters that `code` is made of, itself when it is one; returns their number. */
static size_t decompose(uint32_t code, uint32_t parts[PARTS_MAX])
{
    if (code >= HANGUL && code < HANGUL + HANGUL_COUNT)
        return decompose_hangul(code, parts);
    uint32_t marks[PARTS_MAX];
    size_t count = 0;
    size_t at = find_composition(code);
    while (at < TT_ARRAY_LEN(compositions) && count + 1 < PARTS_MAX) {
        marks[count++] = compositions[at].second;
        code = compositions[at].first;
        at = find_composition(code);
    }
    parts[0] = code;
    for (size_t i = 0; i < count; i++)
        parts[i + 1] = marks[count - 1 - i];
    return count + 1;
}

static uint32_t compose_hangul(uint32_t first, uint32_t second)
{
    if (first >= HANGUL_LEAD && first < HANGUL_LEAD + LEADS && second >= HANGUL_VOWEL &&
        second < HANGUL_VOWEL + VOWELS)
        return HANGUL + ((first - HANGUL_LEAD) * VOWELS + (second - HANGUL_VOWEL)) * TAILS;
    if (first >= HANGUL && first < HANGUL + HANGUL_COUNT && (first - HANGUL) % TAILS == 0 &&
        second > HANGUL_TAIL && second < HANGUL_TAIL + TAILS)
        return first + (second - HANGUL_TAIL);
    return 0;
}

/* Hardly any letter: whoever has a long text asks for each of them. */
static bool is_second(uint32_t code)
{
    size_t low = 0;
    size_t high = TT_ARRAY_LEN(seconds);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (seconds[middle] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < TT_ARRAY_LEN(seconds) && seconds[low] == code;
}

/* One character for two, 0 when there is none. */
static uint32_t compose(uint32_t first, uint32_t second)
{
    if (!is_second(second))
        return compose_hangul(first, second);
    for (size_t i = 0; i < TT_ARRAY_LEN(compositions); i++) {
        if (compositions[i].first == first && compositions[i].second == second)
            return compositions[i].code;
    }
    return compose_hangul(first, second);
}

/* ---- texts ---- */

struct writer {
    uint8_t *out;
    size_t len;
};

static void put(struct writer *writer, uint32_t code)
{
    writer->len += tt_utf8_write(code, writer->out + writer->len);
}

static void put_text(struct writer *writer, const char *text)
{
    size_t len = strlen(text);
    memcpy(writer->out + writer->len, text, len);
    writer->len += len;
}

/* What differs from the text as it was. The writer's bytes are the arena's newest. */
static struct tt_span written(struct tt_arena *arena, const struct writer *writer,
                              struct tt_span text)
{
    struct tt_span result = tt_span_of(writer->out, writer->len);
    bool same = tt_span_eq(result, text);
    tt_arena_trim(arena, writer->out, same ? 0 : writer->len);
    return same ? nothing : result;
}

static bool is_ascii(struct tt_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= 0x80)
            return false;
    }
    return true;
}

struct tt_span tt_write_nfc(struct tt_arena *arena, struct tt_span text)
{
    if (is_ascii(text) || !tt_utf8_valid(text))
        return nothing;
    struct writer writer = {.out = tt_arena_bytes(arena, text.len + 4)};
    if (writer.out == NULL)
        return no_memory;
    uint32_t before = 0;
    uint32_t code = 0;
    size_t used = 0;
    for (struct tt_span rest = text; tt_utf8_read(rest, &code, &used);) {
        uint32_t both = before == 0 ? 0 : compose(before, code);
        if (both == 0 && before != 0)
            put(&writer, before);
        before = both != 0 ? both : code;
        rest = tt_span_from(rest, used);
    }
    put(&writer, before);
    return written(arena, &writer, text);
}

struct tt_span tt_write_nfd(struct tt_arena *arena, struct tt_span text)
{
    if (is_ascii(text) || !tt_utf8_valid(text))
        return nothing;
    struct writer writer = {.out = tt_arena_bytes(arena, text.len * GROWTH + 4)};
    if (writer.out == NULL)
        return no_memory;
    uint32_t code = 0;
    size_t used = 0;
    for (struct tt_span rest = text; tt_utf8_read(rest, &code, &used);) {
        uint32_t parts[PARTS_MAX];
        size_t count = decompose(code, parts);
        for (size_t i = 0; i < count; i++)
            put(&writer, parts[i]);
        rest = tt_span_from(rest, used);
    }
    return written(arena, &writer, text);
}

/* Letters that no mark makes: what is written for them without. NULL for all others. */
static const char *plain_of(uint32_t code, bool digraphs)
{
    static const struct {
        uint32_t code;
        const char *plain;
        const char *digraph;
    } letters[] = {
        {0xc4, NULL, "Ae"},  {0xc5, NULL, "Aa"},  {0xc6, "AE", "Ae"}, {0xd0, "D", "D"},
        {0xd6, NULL, "Oe"},  {0xd8, "O", "Oe"},   {0xdc, NULL, "Ue"}, {0xde, "Th", "Th"},
        {0xdf, "ss", "ss"},  {0xe4, NULL, "ae"},  {0xe5, NULL, "aa"}, {0xe6, "ae", "ae"},
        {0xf0, "d", "d"},    {0xf6, NULL, "oe"},  {0xf8, "o", "oe"},  {0xfc, NULL, "ue"},
        {0xfe, "th", "th"},  {0x110, "D", "D"},   {0x111, "d", "d"},  {0x126, "H", "H"},
        {0x127, "h", "h"},   {0x131, "i", "i"},   {0x141, "L", "L"},  {0x142, "l", "l"},
        {0x152, "OE", "Oe"}, {0x153, "oe", "oe"},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(letters); i++) {
        if (letters[i].code == code)
            return digraphs ? letters[i].digraph : letters[i].plain;
    }
    return NULL;
}

struct tt_span tt_write_unaccented(struct tt_arena *arena, struct tt_span text, bool digraphs)
{
    struct tt_span composed = tt_write_nfc(arena, text);
    if (composed.len > 0)
        text = composed;
    if (is_ascii(text) || !tt_utf8_valid(text))
        return nothing;
    struct writer writer = {.out = tt_arena_bytes(arena, text.len * GROWTH + 4)};
    if (writer.out == NULL)
        return no_memory;
    uint32_t code = 0;
    size_t used = 0;
    for (struct tt_span rest = text; tt_utf8_read(rest, &code, &used);) {
        uint32_t parts[PARTS_MAX];
        const char *plain = plain_of(code, digraphs);
        size_t count = plain != NULL ? 0 : decompose(code, parts);
        if (plain != NULL)
            put_text(&writer, plain);
        for (size_t i = 0; i < count; i++) {
            if (parts[i] < FIRST_MARK || parts[i] > LAST_MARK)
                put(&writer, parts[i]);
        }
        rest = tt_span_from(rest, used);
    }
    return written(arena, &writer, text);
}

static uint32_t other_case(uint32_t code, bool capital)
{
    if (code < 0x80) {
        bool other = capital ? code >= 'a' && code <= 'z' : code >= 'A' && code <= 'Z';
        return other ? code ^ 0x20U : code;
    }
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        if ((capital ? cases[i].lower : cases[i].upper) == code)
            return capital ? cases[i].upper : cases[i].lower;
    }
    return code;
}

static struct tt_span write_case(struct tt_arena *arena, struct tt_span text, bool capital)
{
    if (!tt_utf8_valid(text))
        return nothing;
    struct writer writer = {.out = tt_arena_bytes(arena, text.len * 2 + 4)};
    if (writer.out == NULL)
        return no_memory;
    uint32_t code = 0;
    size_t used = 0;
    for (struct tt_span rest = text; tt_utf8_read(rest, &code, &used);) {
        if (capital && code == 0xdf)
            put_text(&writer, "SS"); /* Unicode's SpecialCasing: in all languages */
        else
            put(&writer, other_case(code, capital));
        rest = tt_span_from(rest, used);
    }
    return written(arena, &writer, text);
}

struct tt_span tt_write_capitals(struct tt_arena *arena, struct tt_span text)
{
    return write_case(arena, text, true);
}

struct tt_span tt_write_small(struct tt_arena *arena, struct tt_span text)
{
    return write_case(arena, text, false);
}
