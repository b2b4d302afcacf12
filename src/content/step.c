#include "content/step.h"

#include "base/compiler.h"
#include "base/utf.h"

enum { HEAD_KEPT = 240, ELLIPSIS_LEN = 3 };

static const char ellipsis[] = "\xe2\x80\xa6";

/* Code points that a terminal or a page would not show as what they are. */
static bool is_hidden(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {{0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},
                  {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
                  {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < TT_ARRAY_LEN(hidden); i++)
        if (code >= hidden[i].first && code <= hidden[i].last)
            return true;
    return false;
}

static bool is_tail_byte(char c)
{
    return ((uint8_t)c & 0xc0) == 0x80;
}

/* Makes room for `more` bytes (a few) by dropping what follows the kept head. */
static void elide(struct tt_step_text *text, size_t more)
{
    size_t head = HEAD_KEPT;
    while (is_tail_byte(text->bytes[head]))
        head--;
    size_t room = TT_PATH_MAX - 1 - head - ELLIPSIS_LEN;
    size_t from = text->len + more - room;
    while (from < text->len && is_tail_byte(text->bytes[from]))
        from++;
    size_t kept = text->len - from;
    memmove(text->bytes + head + ELLIPSIS_LEN, text->bytes + from, kept);
    memcpy(text->bytes + head, ellipsis, ELLIPSIS_LEN);
    text->len = head + ELLIPSIS_LEN + kept;
}

static void append(struct tt_step_text *text, const void *bytes, size_t len)
{
    if (text->len + len > TT_PATH_MAX - 1)
        elide(text, len);
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len] = '\0';
}

/* The number of bytes at the front that are printable ASCII. */
static size_t plain_len(struct tt_span name)
{
    size_t len = 0;
    while (len < name.len && name.data[len] >= 0x20 && name.data[len] < 0x7f)
        len++;
    return len;
}

void tt_step_start(struct tt_step_text *text, const char *prefix)
{
    text->len = 0;
    text->bytes[0] = '\0';
    tt_step_put(text, tt_span_str(prefix));
}

void tt_step_put(struct tt_step_text *text, struct tt_span name)
{
    for (size_t at = 0; at < name.len;) {
        /* Nearly all names are ASCII and fit. */
        size_t plain = plain_len(tt_span_from(name, at));
        if (plain > 0 && plain <= TT_PATH_MAX - 1 - text->len) {
            append(text, name.data + at, plain);
            at += plain;
            continue;
        }
        uint32_t code = 0;
        size_t len = 1;
        bool valid = tt_utf8_read(tt_span_from(name, at), &code, &len);
        if (valid && !is_hidden(code))
            append(text, name.data + at, len);
        else
            append(text, "?", 1);
        at += valid ? len : 1;
    }
}
