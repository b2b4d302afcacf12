#include "identify/recipe.h"

#include "base/compiler.h"
#include "identify/recipe_salt.h"
#include "identify/recipe_xor.h"
#include "model/limits.h"

enum { FIELD_MIN = 4 }; /* characters; shorter ones are flags and counters */

static const struct tt_recipe *const recipes[] = {
    &tt_recipe_salt, /* a digest is known by its length */
    &tt_recipe_xor,  /* anything else */
};

const struct tt_recipe *tt_recipe_at(size_t at)
{
    return at < TT_ARRAY_LEN(recipes) ? recipes[at] : NULL;
}

bool tt_recipe_claims(struct tt_span token)
{
    if (token.len < TT_RECIPE_TOKEN_MIN || token.len > TT_RECIPE_TOKEN_MAX)
        return false;
    for (size_t i = 0; i < TT_ARRAY_LEN(recipes); i++) {
        if (recipes[i]->claims(token))
            return true;
    }
    return false;
}

enum tt_err tt_recipe_run(struct tt_recipe_try *attempt)
{
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < TT_ARRAY_LEN(recipes) && result == TT_OK; i++) {
        if (recipes[i]->claims(attempt->token))
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

static void add_field(struct tt_span word, struct tt_span *fields, size_t *count, size_t max)
{
    if (*count < max && word.len >= FIELD_MIN && word.len <= TT_RECIPE_FIELD_LEN_MAX &&
        !is_known(fields, *count, word))
        fields[(*count)++] = word;
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

size_t tt_recipe_read_fields(struct tt_span text, struct tt_span *ret_fields, size_t max)
{
    size_t count = 0;
    for (size_t at = 0; at < text.len && count < max;) {
        size_t end = at;
        while (end < text.len && is_word_char(text.data[end]))
            end++;
        struct tt_span word = trim(tt_span_sub(text, at, end - at));
        if (!is_name(text, end)) {
            add_field(word, ret_fields, &count, max);
            add_field(part_of(word), ret_fields, &count, max);
        }
        at = end + 1;
    }
    return count;
}
