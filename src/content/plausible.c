#include "content/plausible.h"

#include "base/utf.h"

static bool is_text_byte(uint8_t c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\r' || c == '\n';
}

bool tt_is_plausible_text(struct tt_span bytes)
{
    size_t words = 0;
    for (size_t at = 0; at < bytes.len;) {
        uint8_t c = bytes.data[at];
        size_t len = 1;
        uint32_t code = 0;
        if (c >= 0x80) {
            if (bytes.len - at < 4 && !tt_utf8_read(tt_span_from(bytes, at), &code, &len))
                break;
            if (!tt_utf8_read(tt_span_from(bytes, at), &code, &len))
                return false;
        } else if (!is_text_byte(c)) {
            return false;
        }
        words += c >= 0x80 || tt_is_alnum(c) ? len : 0;
        at += len;
    }
    return words * 3 > bytes.len;
}

bool tt_is_meant_text(struct tt_span bytes)
{
    enum { DISTINCT_MIN = 6, SAMPLES = 256 };
    bool seen[256] = {false};
    size_t distinct = 0;
    for (size_t i = 0; i < bytes.len && i < SAMPLES; i++) {
        distinct += !seen[bytes.data[i]];
        seen[bytes.data[i]] = true;
    }
    return distinct >= DISTINCT_MIN && tt_is_plausible_text(bytes);
}

bool tt_is_text(struct tt_span bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        size_t len = 1;
        uint32_t code = 0;
        if (bytes.data[at] < 0x80 ? !is_text_byte(bytes.data[at])
                                  : !tt_utf8_read(tt_span_from(bytes, at), &code, &len))
            return bytes.data[at] >= 0xc2 && bytes.len - at < 4;
        at += len;
    }
    return true;
}

bool tt_is_ascii_text(struct tt_span bytes)
{
    enum { STEP = 16 };
    size_t at = 0;
    for (; bytes.len - at >= STEP; at += STEP) {
        const uint8_t *step = bytes.data + at;
        unsigned others = 0;
        for (unsigned i = 0; i < STEP; i++) /* without branches: the compiler makes few of it */
            others |= !(((unsigned)step[i] - 0x20 < 0x5f) | (step[i] == '\t') | (step[i] == '\r') |
                        (step[i] == '\n'));
        if (others != 0)
            return false;
    }
    for (; at < bytes.len; at++)
        if (!is_text_byte(bytes.data[at]))
            return false;
    return true;
}

bool tt_has_magic(struct tt_span bytes)
{
    static const struct {
        uint8_t bytes[4];
        size_t len;
    } magics[] = {{{0x1f, 0x8b, 8}, 3},
                  {{0x28, 0xb5, 0x2f, 0xfd}, 4},
                  {{0x04, 0x22, 0x4d, 0x18}, 4},
                  {{'P', 'K', 3, 4}, 4}};
    for (size_t i = 0; bytes.len > 0 && i < sizeof(magics) / sizeof(magics[0]); i++)
        if (bytes.data[0] == magics[i].bytes[0] &&
            tt_span_starts(bytes, tt_span_of(magics[i].bytes, magics[i].len)))
            return true;
    return bytes.len > 2 && bytes.data[0] == 0x78 && (0x7800 | bytes.data[1]) % 31 == 0 &&
           (bytes.data[1] & 0x20) == 0;
}
