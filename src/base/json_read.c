#include "base/json_read.h"

#include "base/utf.h"

enum { REPLACEMENT = 0xfffd, ROOM = 4096 };

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_spaces(struct tt_span text, size_t at)
{
    while (at < text.len && is_space(text.data[at]))
        at++;
    return at;
}

/* Offset of the quote that ends the string which begins at `at`, or text.len. */
static size_t find_quote(struct tt_span text, size_t at)
{
    for (size_t from = at; from < text.len;) {
        size_t quote = from + tt_span_find(tt_span_from(text, from), '"');
        size_t slashes = 0;
        while (quote - slashes > from && text.data[quote - slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0 || quote == text.len)
            return quote;
        from = quote + 1;
    }
    return text.len;
}

static size_t skip_container(struct tt_span text, size_t at, bool *ret_whole)
{
    size_t depth = 0;
    while (at < text.len) {
        uint8_t c = text.data[at++];
        if (c == '"') {
            at = find_quote(text, at);
            at += at < text.len ? 1 : 0;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            *ret_whole = true;
            break;
        }
    }
    return at;
}

static bool is_bare(uint8_t c)
{
    return tt_is_alnum(c) || c == '-' || c == '+' || c == '.';
}

struct tt_json_value tt_json_value_at(struct tt_span text, size_t *ret_end)
{
    struct tt_json_value value = {.kind = TT_JSON_NONE};
    size_t at = skip_spaces(text, 0);
    size_t end = at;
    uint8_t first = at < text.len ? text.data[at] : 0;
    if (first == '"') {
        end = find_quote(text, ++at);
        value = (struct tt_json_value){.kind = TT_JSON_STRING,
                                       .text = tt_span_sub(text, at, end - at),
                                       .whole = end < text.len};
        end += value.whole ? 1 : 0;
    } else if (first == '{' || first == '[') {
        end = skip_container(text, at, &value.whole);
        value.kind = first == '{' ? TT_JSON_OBJECT : TT_JSON_ARRAY;
        value.text = tt_span_sub(text, at, end - at);
    } else if (is_bare(first)) {
        while (end < text.len && is_bare(text.data[end]))
            end++;
        value = (struct tt_json_value){
            .kind = TT_JSON_BARE, .text = tt_span_sub(text, at, end - at), .whole = end < text.len};
    }
    if (ret_end != NULL)
        *ret_end = end;
    return value;
}

struct tt_json_walk tt_json_walk(struct tt_json_value container)
{
    struct tt_json_walk walk = {.object = container.kind == TT_JSON_OBJECT};
    if (container.kind == TT_JSON_OBJECT || container.kind == TT_JSON_ARRAY)
        walk.rest = tt_span_from(container.text, 1);
    return walk;
}

static void skip_comma(struct tt_json_walk *walk)
{
    size_t at = skip_spaces(walk->rest, 0);
    if (at < walk->rest.len && walk->rest.data[at] == ',')
        at++;
    walk->rest = tt_span_from(walk->rest, at);
}

bool tt_json_walk_next(struct tt_json_walk *walk, struct tt_span *ret_name,
                       struct tt_json_value *ret_value)
{
    struct tt_span name = {0};
    size_t end = 0;
    skip_comma(walk);
    if (walk->object) {
        struct tt_json_value key = tt_json_value_at(walk->rest, &end);
        size_t colon = skip_spaces(walk->rest, end);
        if (key.kind != TT_JSON_STRING || colon == walk->rest.len ||
            walk->rest.data[colon] != ':') {
            walk->rest = (struct tt_span){0};
            return false;
        }
        name = key.text;
        walk->rest = tt_span_from(walk->rest, colon + 1);
    }
    *ret_value = tt_json_value_at(walk->rest, &end);
    walk->rest = tt_span_from(walk->rest, end);
    if (ret_name != NULL)
        *ret_name = name;
    if (ret_value->kind == TT_JSON_NONE)
        walk->rest = (struct tt_span){0};
    return ret_value->kind != TT_JSON_NONE;
}

struct tt_json_value tt_json_member(struct tt_json_value object, const char *name)
{
    struct tt_json_walk walk = tt_json_walk(object);
    struct tt_span found;
    struct tt_json_value value;
    while (walk.object && tt_json_walk_next(&walk, &found, &value))
        if (tt_span_eq(found, tt_span_str(name)))
            return value;
    return (struct tt_json_value){.kind = TT_JSON_NONE};
}

/* ---- escapes ---- */

/* The four digits of \u at `at`; false when they are none. */
static bool read_unit(struct tt_span in, size_t at, uint32_t *ret_unit)
{
    uint32_t unit = 0;
    if (in.len < at + 6 || in.data[at] != '\\' || in.data[at + 1] != 'u')
        return false;
    for (size_t i = 2; i < 6; i++) {
        int digit = tt_hex_value(in.data[at + i]);
        if (digit < 0)
            return false;
        unit = unit << 4 | (uint32_t)digit;
    }
    *ret_unit = unit;
    return true;
}

/* A \u escape, or a pair of them; returns the bytes it took, 0 when it is none. */
static size_t read_code(struct tt_span in, size_t at, uint32_t *ret_code)
{
    uint32_t low = 0;
    if (!read_unit(in, at, ret_code))
        return 0;
    if (*ret_code >= 0xd800 && *ret_code < 0xdc00 && read_unit(in, at + 6, &low) && low >= 0xdc00 &&
        low < 0xe000) {
        *ret_code = 0x10000 + ((*ret_code - 0xd800) << 10) + (low - 0xdc00);
        return 12;
    }
    if (*ret_code >= 0xd800 && *ret_code < 0xe000)
        *ret_code = REPLACEMENT;
    return 6;
}

/* The escape at `at`: what it says goes to `out`; returns the bytes it took, 0 when it is none. */
static size_t read_escape(struct tt_span in, size_t at, uint8_t out[4], size_t *ret_len)
{
    static const char letters[] = "bfnrt\"\\/";
    static const char meant[] = "\b\f\n\r\t\"\\/";
    uint32_t code = 0;
    size_t used = read_code(in, at, &code);
    if (used > 0) {
        *ret_len = tt_utf8_write(code, out);
        return used;
    }
    uint8_t letter = at + 1 < in.len ? in.data[at + 1] : 0;
    const char *found = letter == 0 ? NULL : strchr(letters, letter);
    if (found == NULL)
        return 0;
    out[0] = (uint8_t)meant[found - letters];
    *ret_len = 1;
    return 2;
}

size_t tt_json_unescape(struct tt_span string, size_t *at, uint8_t *out, size_t room)
{
    size_t len = 0;
    while (*at < string.len && len + 4 <= room) {
        size_t made = 0;
        size_t used = string.data[*at] == '\\' ? read_escape(string, *at, out + len, &made) : 0;
        if (used > 0) {
            len += made;
            *at += used;
            continue;
        }
        /* Up to the next escape, and at least this byte. */
        struct tt_span rest = tt_span_sub(string, *at + 1, room - len - 1);
        size_t run = 1 + tt_span_find(rest, '\\');
        memcpy(out + len, string.data + *at, run);
        len += run;
        *at += run;
    }
    return len;
}

enum tt_err tt_json_unescape_all(struct tt_span string, struct tt_buf *out)
{
    uint8_t room[ROOM];
    size_t at = 0;
    size_t len = 0;
    enum tt_err err = TT_OK;
    while (err == TT_OK && (len = tt_json_unescape(string, &at, room, sizeof(room))) > 0)
        err = tt_buf_append(out, tt_span_of(room, len));
    return err;
}

/* ---- values ---- */

bool tt_json_number(struct tt_json_value value, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (value.kind != TT_JSON_BARE || value.text.len == 0)
        return false;
    for (size_t i = 0; i < value.text.len; i++) {
        uint8_t c = value.text.data[i];
        if (c == '.' && i > 0)
            break;
        if (!tt_is_digit(c) || number > (UINT64_MAX - 9) / 10)
            return false;
        number = number * 10 + (uint64_t)(c - '0');
    }
    *ret_number = number;
    return true;
}

bool tt_json_says(struct tt_json_value value, const char *text)
{
    return value.kind == TT_JSON_STRING && tt_span_is(value.text, text);
}
