#include "capture/text.h"

#include "base/utf.h"

/* C0, DEL and C1. */
static bool is_control(uint32_t code)
{
    return code < ' ' || (code >= 0x7f && code < 0xa0);
}

/* Bytes of the character in front, 1 for a byte that begins none; whether it stays as it is. */
static size_t measure(struct tt_span text, bool *ret_keep)
{
    uint32_t code = 0;
    size_t len = 1;
    *ret_keep = tt_utf8_read(text, &code, &len) && !is_control(code) && code != ' ';
    return len;
}

bool tt_text_clean(struct tt_span text, char *out, size_t room)
{
    text = tt_span_sub(text, 0, tt_span_find(text, 0));
    size_t len = 0;
    size_t end = 0; /* behind the last character that is no space */
    bool whole = true;
    for (size_t at = 0; at < text.len && whole;) {
        bool keep = false;
        size_t size = measure(tt_span_from(text, at), &keep);
        size_t need = keep ? size : len > 0;
        whole = need < room - len;
        if (whole && keep) {
            memcpy(out + len, text.data + at, size);
            end = len + size;
        } else if (whole && need > 0) {
            out[len] = ' ';
        }
        len += whole ? need : 0;
        at += size;
    }
    out[end] = '\0';
    return whole;
}
