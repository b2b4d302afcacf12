#include "content/part_header.h"

bool tt_boundary_valid(struct tt_span boundary)
{
    if (boundary.len == 0 || boundary.len > TT_BOUNDARY_MAX)
        return false;
    for (size_t i = 0; i < boundary.len; i++) {
        uint8_t c = boundary.data[i];
        if (!tt_is_alnum(c) && (c == '\0' || strchr("'()+_,-./:=? ", c) == NULL))
            return false;
    }
    return true;
}

static void keep_word(char *room, size_t size, struct tt_span word)
{
    if (word.len >= size)
        return;
    for (size_t i = 0; i < word.len; i++)
        room[i] = (char)(word.data[i] < 0x20 ? '?' : tt_lower(word.data[i]));
    room[word.len] = '\0';
}

/* Cuts the next ";" item off `*rest`; a quoted string may hold semicolons. */
static struct tt_span take_item(struct tt_span *rest)
{
    bool quoted = false;
    size_t at = 0;
    for (; at < rest->len && (quoted || rest->data[at] != ';'); at++) {
        if (quoted && rest->data[at] == '\\' && at + 1 < rest->len)
            at++;
        else if (rest->data[at] == '"')
            quoted = !quoted;
    }
    struct tt_span item = tt_span_trim(tt_span_sub(*rest, 0, at));
    *rest = tt_span_from(*rest, at + 1);
    return item;
}

/* The value of parameter `name` in "text; name=value; name="value"", without its quotes. */
static struct tt_span parameter(struct tt_span value, const char *name)
{
    (void)take_item(&value);
    while (value.len > 0) {
        struct tt_span item = take_item(&value);
        size_t equals = tt_span_find(item, '=');
        if (equals == item.len || !tt_span_is(tt_span_trim(tt_span_sub(item, 0, equals)), name))
            continue;
        struct tt_span found = tt_span_trim(tt_span_from(item, equals + 1));
        if (found.len >= 2 && found.data[0] == '"' && found.data[found.len - 1] == '"')
            found = tt_span_sub(found, 1, found.len - 2);
        return found;
    }
    return tt_span_of(NULL, 0);
}

static void add_coding(struct tt_part_header *header, struct tt_span coding, bool last)
{
    char word[TT_PART_WORD_MAX] = "";
    keep_word(word, sizeof(word), coding);
    char joined[sizeof(header->codings)] = "";
    const char *first = last ? header->codings : word;
    const char *second = last ? word : header->codings;
    size_t len = strlen(first);
    if (len + strlen(second) + 3 > sizeof(joined))
        return;
    memcpy(joined, first, len);
    if (len > 0 && second[0] != '\0') {
        memcpy(joined + len, ", ", 2);
        len += 2;
    }
    memcpy(joined + len, second, strlen(second) + 1);
    memcpy(header->codings, joined, sizeof(joined));
}

static void read_field(struct tt_span line, struct tt_part_header *header)
{
    size_t colon = tt_span_find(line, ':');
    struct tt_span name = tt_span_trim(tt_span_sub(line, 0, colon));
    struct tt_span value = tt_span_trim(tt_span_from(line, colon + 1));
    if (tt_span_is(name, "content-disposition")) {
        struct tt_span field = parameter(value, "name");
        if (field.len > sizeof(header->name))
            field.len = sizeof(header->name);
        if (field.len > 0)
            memcpy(header->name, field.data, field.len);
        header->name_len = field.len;
    } else if (tt_span_is(name, "content-type")) {
        struct tt_span rest = value;
        keep_word(header->media_type, sizeof(header->media_type), take_item(&rest));
        struct tt_span boundary = parameter(value, "boundary");
        if (tt_boundary_valid(boundary)) {
            memcpy(header->boundary, boundary.data, boundary.len);
            header->boundary[boundary.len] = '\0';
        }
    } else if (tt_span_is(name, "content-encoding")) {
        add_coding(header, value, false);
    } else if (tt_span_is(name, "content-transfer-encoding")) {
        add_coding(header, value, true);
    }
}

void tt_part_header_read(struct tt_span block, struct tt_part_header *ret_header)
{
    *ret_header = (struct tt_part_header){0};
    while (block.len > 0) {
        /* A folded line belongs to the one before it. */
        size_t len = 0;
        do
            len += tt_span_find(tt_span_from(block, len), '\n') + 1;
        while (len < block.len && (block.data[len] == ' ' || block.data[len] == '\t'));
        read_field(tt_span_trim(tt_span_sub(block, 0, len)), ret_header);
        block = tt_span_from(block, len);
    }
}
