#include "content/json_path.h"

#include "base/utf.h"

void tt_json_path_init(struct tt_json_path *path)
{
    path->depth = 0;
    path->names = tt_buf_make((size_t)TT_JSON_DEPTH_MAX * TT_JSON_NAME_MAX);
}

void tt_json_path_free(struct tt_json_path *path)
{
    tt_buf_free(&path->names);
}

void tt_json_path_save(struct tt_json_path *path)
{
    /* Below a level that is saved, all are: they are older than it. */
    size_t first = path->depth;
    while (first > 0 && !path->levels[first - 1].saved)
        first--;
    path->names.len = 0;
    if (first > 0)
        path->names.len = path->levels[first - 1].name_at + path->levels[first - 1].name_len;
    for (size_t i = first; i < path->depth; i++) {
        struct tt_json_level *level = &path->levels[i];
        struct tt_span name = tt_span_of(level->name, level->object ? level->name_len : 0);
        level->name_at = (uint32_t)path->names.len;
        level->name_len = tt_buf_append(&path->names, name) == TT_OK ? (uint32_t)name.len : 0;
        level->saved = true;
    }
}

static size_t read_hex4(struct tt_span in, uint32_t *ret_unit)
{
    if (in.len < 6 || in.data[0] != '\\' || in.data[1] != 'u')
        return 0;
    uint32_t unit = 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = tt_hex_value(in.data[i]);
        if (digit < 0)
            return 0;
        unit = unit << 4 | (uint32_t)digit;
    }
    *ret_unit = unit;
    return 6;
}

/* A raw name without its escapes, as far as they make printable text. Returns the length. */
static size_t unescape(struct tt_span raw, uint8_t plain[TT_JSON_NAME_MAX])
{
    size_t len = 0;
    for (size_t at = 0; at < raw.len;) {
        struct tt_span left = tt_span_from(raw, at);
        uint32_t unit = 0;
        uint32_t low = 0;
        size_t used = read_hex4(left, &unit);
        if (used > 0 && unit >= 0xd800 && unit < 0xdc00 &&
            read_hex4(tt_span_from(left, used), &low) > 0 && low >= 0xdc00 && low < 0xe000) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            used *= 2;
        }
        if (used > 0) {
            len += tt_utf8_write(unit, plain + len);
            at += used;
            continue;
        }
        if (left.data[0] == '\\' && left.len > 1 && strchr("\"\\/", left.data[1]) != NULL &&
            left.data[1] != '\0')
            at++;
        plain[len++] = raw.data[at++];
    }
    return len;
}

/* What RFC 9535 lets stand behind a dot (member-name-shorthand), in ASCII. */
static bool is_plain_name(struct tt_span name)
{
    if (name.len == 0 || tt_is_digit(name.data[0]))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!tt_is_alnum(name.data[i]) && name.data[i] != '_')
            return false;
    return true;
}

static void put_text(struct tt_step_text *text, const char *words)
{
    tt_step_put(text, tt_span_str(words));
}

static void put_name(struct tt_step_text *text, struct tt_span raw)
{
    uint8_t plain[TT_JSON_NAME_MAX];
    struct tt_span name = tt_span_of(plain, unescape(raw, plain));
    if (is_plain_name(name)) {
        put_text(text, ".");
        tt_step_put(text, name);
        return;
    }
    put_text(text, "[\"");
    size_t from = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (plain[i] != '"' && plain[i] != '\\')
            continue;
        tt_step_put(text, tt_span_sub(name, from, i - from));
        put_text(text, "\\");
        from = i;
    }
    tt_step_put(text, tt_span_from(name, from));
    put_text(text, "\"]");
}

static void put_index(struct tt_step_text *text, uint64_t index)
{
    uint8_t digits[24];
    size_t at = sizeof(digits);
    digits[--at] = ']';
    do {
        digits[--at] = (uint8_t)('0' + index % 10);
        index /= 10;
    } while (index > 0);
    digits[--at] = '[';
    tt_step_put(text, tt_span_of(digits + at, sizeof(digits) - at));
}

void tt_json_path_text(const struct tt_json_path *path, const char *prefix, size_t depth,
                       struct tt_step_text *text)
{
    tt_step_start(text, prefix);
    put_text(text, "$");
    for (size_t i = 0; i < depth; i++) {
        const struct tt_json_level *level = &path->levels[i];
        if (level->object) {
            struct tt_span saved =
                tt_span_sub(tt_buf_span(&path->names), level->name_at, level->name_len);
            put_name(text, level->saved ? saved : tt_span_of(level->name, level->name_len));
            continue;
        }
        put_index(text, level->index);
    }
}
