#include "identify/recipe.h"

#include "base/compiler.h"
#include "identify/recipe_salt.h"
#include "identify/recipe_xor.h"
#include "identify/recipe_xor_value.h"
#include "model/limits.h"

enum { FIELD_MIN = 4 }; /* characters; shorter ones are flags and counters, unless a name tells */

static const struct tt_recipe *const recipes[] = {
    &tt_recipe_salt,      /* a digest is known by its length */
    &tt_recipe_xor,       /* anything else that is no text */
    &tt_recipe_xor_value, /* and text: only what holds a value is */
};

bool tt_recipe_claims(const struct tt_matcher *matcher, struct tt_span token)
{
    if (token.len < TT_RECIPE_TOKEN_MIN || token.len > TT_RECIPE_TOKEN_MAX)
        return false;
    for (size_t i = 0; i < TT_ARRAY_LEN(recipes); i++) {
        if (recipes[i]->claims(matcher, token))
            return true;
    }
    return false;
}

enum tt_err tt_recipe_run(struct tt_recipe_try *attempt)
{
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < TT_ARRAY_LEN(recipes) && result == TT_OK; i++) {
        if (recipes[i]->claims(attempt->matcher, attempt->token))
            result = recipes[i]->run(attempt);
    }
    return result;
}

/* ---- fields ---- */

static bool is_value_char(uint8_t c)
{
    return tt_is_alnum(c) || c >= 0x80;
}

static bool is_word_char(uint8_t c)
{
    return is_value_char(c) || (c >= '+' && c <= ':' && c != ',') || c == '_' || c == '@';
}

/* Without the signs at both ends: they belong to the text around. */
static struct tt_span trim(struct tt_span word)
{
    while (word.len > 0 && !is_value_char(word.data[0]))
        word = tt_span_from(word, 1);
    while (word.len > 0 && !is_value_char(word.data[word.len - 1]))
        word.len--;
    return word;
}

/* The padding of base64 and the end of its text, not a name's "=". */
static bool is_padding(struct tt_span after)
{
    return after.len < 2 || after.data[1] == '=' || after.data[1] == '&' ||
           (after.data[1] == '"' && after.len > 2 &&
            (after.data[2] == ',' || after.data[2] == '}' || after.data[2] == ']'));
}

/* Does a name end here: before "=", or before a quotation mark and a colon? */
static bool is_name(struct tt_span text, size_t end)
{
    struct tt_span after = tt_span_sub(text, end, 3);
    return (after.len > 0 && after.data[0] == '=' && !is_padding(after)) ||
           (after.len > 1 && after.data[0] == '"' && after.data[1] == ':');
}

static bool is_known(const struct tt_span *fields, size_t count, struct tt_span word)
{
    for (size_t i = 0; i < count; i++) {
        if (tt_span_eq(fields[i], word))
            return true;
    }
    return false;
}

/* Does the name say that a salt, a key or something that is never twice the same follows? */
static bool tells_salt(struct tt_span name)
{
    static const char *const parts[] = {"salt", "nonce", "rand", "seed", "secret", "key", "time"};
    static const char *const whole[] = {"ts", "t", "iv", "n", "r", "s", "sid"};
    for (size_t i = 0; i < TT_ARRAY_LEN(whole); i++) {
        if (tt_span_ieq(name, tt_span_str(whole[i])))
            return true;
    }
    for (size_t at = 0; at < name.len; at++) {
        for (size_t i = 0; i < TT_ARRAY_LEN(parts); i++) {
            if (tt_lower(name.data[at]) == (uint8_t)parts[i][0] &&
                tt_span_ieq(tt_span_sub(name, at, strlen(parts[i])), tt_span_str(parts[i])))
                return true;
        }
    }
    return false;
}

/* Fields, as they are gathered. */
struct gathered {
    struct tt_span *fields;
    size_t count;
    size_t max;
};

static void add_field(struct gathered *to, struct tt_span word, size_t min)
{
    if (to->count < to->max && word.len >= min && word.len <= TT_RECIPE_FIELD_LEN_MAX &&
        !is_known(to->fields, to->count, word))
        to->fields[to->count++] = word;
}

/* A part of the word that may be the salt instead: the name of "com.example.app/1.2", the seconds
 * of a time in milliseconds. Empty where there is none. */
static struct tt_span part_of(struct tt_span word)
{
    enum { SECONDS = 10, MILLISECONDS = 13 };
    size_t slash = tt_span_find(word, '/');
    if (slash < word.len)
        return tt_span_sub(word, 0, tt_span_find(word, '.') < slash ? slash : 0);
    size_t digits = 0;
    while (digits < word.len && tt_is_digit(word.data[digits]))
        digits++;
    bool is_time = word.len == MILLISECONDS && digits == word.len && word.data[0] == '1';
    return tt_span_sub(word, 0, is_time ? SECONDS : 0);
}

/* The values in the text; `told`: only those behind a name that tells of a salt, which may be
 * short.
 */
static void read_words(struct tt_span text, bool told, struct gathered *to)
{
    size_t min = told ? 1 : FIELD_MIN;
    bool follows = false; /* such a name came last */
    for (size_t at = 0; at < text.len && to->count < to->max;) {
        size_t end = at;
        while (end < text.len && is_word_char(text.data[end]))
            end++;
        struct tt_span word = trim(tt_span_sub(text, at, end - at));
        bool is_tag = end < text.len && text.data[end] == '>';
        if (!is_name(text, end) && (!told || (follows && !is_tag))) {
            add_field(to, word, min);
            add_field(to, part_of(word), min);
        }
        if (word.len > 0)
            follows = told && (is_tag || is_name(text, end)) && tells_salt(word);
        at = end + 1;
    }
}

size_t tt_recipe_read_fields(struct tt_span text, struct tt_span *ret_fields, size_t max)
{
    struct gathered to = {.fields = ret_fields, .max = max};
    read_words(text, true, &to);
    read_words(text, false, &to);
    return to.count;
}
