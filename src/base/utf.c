#include "base/utf.h"

static bool is_scalar(uint32_t code)
{
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

bool tt_utf8_read(struct tt_span text, uint32_t *ret_code, size_t *ret_len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (text.len == 0)
        return false;
    uint8_t first = text.data[0];
    size_t len = first < 0x80             ? 1
                 : (first & 0xe0) == 0xc0 ? 2
                 : (first & 0xf0) == 0xe0 ? 3
                 : (first & 0xf8) == 0xf0 ? 4
                                          : 0;
    if (len == 0 || len > text.len)
        return false;
    uint32_t code = len == 1 ? first : first & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((text.data[i] & 0xc0) != 0x80)
            return false;
        code = code << 6 | (text.data[i] & 0x3fU);
    }
    if (code < least[len] || !is_scalar(code))
        return false;
    *ret_code = code;
    *ret_len = len;
    return true;
}

size_t tt_utf8_write(uint32_t code, uint8_t bytes[4])
{
    if (!is_scalar(code))
        return 0;
    if (code < 0x80) {
        bytes[0] = (uint8_t)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len; i > 1; i--) {
        bytes[i - 1] = (uint8_t)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    bytes[0] = (uint8_t)(lead[len] | code);
    return len;
}

bool tt_utf8_valid(struct tt_span text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t len = 0;
        if (!tt_utf8_read(tt_span_from(text, at), &code, &len))
            return false;
        at += len;
    }
    return true;
}
