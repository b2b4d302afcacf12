#include "content/utf16.h"

#include "base/reader.h"
#include "base/utf.h"

enum { REPLACEMENT = 0xfffd };

const char *tt_utf16_name(enum tt_utf16_order order)
{
    return order == TT_UTF16_BIG ? "utf-16be" : "utf-16le";
}

static uint32_t read_unit(struct tt_reader *reader, enum tt_utf16_order order)
{
    return order == TT_UTF16_BIG ? tt_read_u16(reader) : (uint32_t)tt_read_le(reader, 2);
}

/* One code point, half of a surrogate pair included. */
static uint32_t read_code(struct tt_reader *reader, enum tt_utf16_order order)
{
    uint32_t unit = read_unit(reader, order);
    if (unit < 0xd800 || unit >= 0xdc00 || tt_reader_left(reader) < 2)
        return unit;
    struct tt_reader behind = *reader;
    uint32_t low = read_unit(&behind, order);
    if (low < 0xdc00 || low >= 0xe000)
        return unit;
    *reader = behind;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

void tt_utf16_put(struct tt_outlet *out, struct tt_span text, enum tt_utf16_order order,
                  uint64_t at)
{
    struct tt_reader reader = tt_reader_of(text);
    while (tt_reader_left(&reader) >= 2) {
        uint64_t unit_at = at + reader.at;
        uint8_t bytes[4];
        size_t len = tt_utf8_write(read_code(&reader, order), bytes);
        if (len == 0)
            len = tt_utf8_write(REPLACEMENT, bytes);
        (void)tt_outlet_put(out, tt_span_of(bytes, len), unit_at);
    }
}
