#include "identify/gsm7.h"

#include "base/compiler.h"
#include "base/utf.h"

enum { ESCAPE = 0x1b, SEPTET = 7 };

static const struct tt_span nothing = {.data = (const uint8_t *)"", .len = 0};
static const struct tt_span no_memory = {.data = NULL, .len = 0};

/* The default alphabet, by septet; 0xffff is the escape to the extension. */
static const uint16_t alphabet[] = {
    0x40,  0xa3,   0x24, 0xa5,  0xe8, 0xe9,  0xf9,  0xec,  0xf2,  0xc7,  0x0a,  0xd8,  0xf8,
    0x0d,  0xc5,   0xe5, 0x394, 0x5f, 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398,
    0x39e, 0xffff, 0xc6, 0xe6,  0xdf, 0xc9,  0x20,  0x21,  0x22,  0x23,  0xa4,  0x25,  0x26,
    0x27,  0x28,   0x29, 0x2a,  0x2b, 0x2c,  0x2d,  0x2e,  0x2f,  0x30,  0x31,  0x32,  0x33,
    0x34,  0x35,   0x36, 0x37,  0x38, 0x39,  0x3a,  0x3b,  0x3c,  0x3d,  0x3e,  0x3f,  0xa1,
    0x41,  0x42,   0x43, 0x44,  0x45, 0x46,  0x47,  0x48,  0x49,  0x4a,  0x4b,  0x4c,  0x4d,
    0x4e,  0x4f,   0x50, 0x51,  0x52, 0x53,  0x54,  0x55,  0x56,  0x57,  0x58,  0x59,  0x5a,
    0xc4,  0xd6,   0xd1, 0xdc,  0xa7, 0xbf,  0x61,  0x62,  0x63,  0x64,  0x65,  0x66,  0x67,
    0x68,  0x69,   0x6a, 0x6b,  0x6c, 0x6d,  0x6e,  0x6f,  0x70,  0x71,  0x72,  0x73,  0x74,
    0x75,  0x76,   0x77, 0x78,  0x79, 0x7a,  0xe4,  0xf6,  0xf1,  0xfc,  0xe0,
};

/* Behind an escape. */
static const struct {
    uint8_t septet;
    uint16_t code;
} extension[] = {{0x0a, 0x0c}, {0x14, '^'}, {0x28, '{'}, {0x29, '}'}, {0x2f, '\\'},
                 {0x3c, '['},  {0x3d, '~'}, {0x3e, ']'}, {0x40, '|'}, {0x65, 0x20ac}};

/* The septets of a character: 1 or 2, 0 when it has none. */
static size_t septets_of(uint32_t code, uint8_t septets[2])
{
    if (code < TT_ARRAY_LEN(alphabet) && alphabet[code] == code) {
        septets[0] = (uint8_t)code; /* as of nearly all letters and digits */
        return 1;
    }
    for (size_t i = 0; i < TT_ARRAY_LEN(alphabet); i++) {
        if (alphabet[i] == code && i != ESCAPE) {
            septets[0] = (uint8_t)i;
            return 1;
        }
    }
    for (size_t i = 0; i < TT_ARRAY_LEN(extension); i++) {
        if (extension[i].code == code) {
            septets[0] = ESCAPE;
            septets[1] = extension[i].septet;
            return 2;
        }
    }
    return 0;
}

/* Puts the septet at bit `bit`, the lowest bit first. */
static void put(uint8_t *out, size_t bit, uint8_t septet)
{
    unsigned shifted = (unsigned)septet << (bit % 8);
    out[bit / 8] |= (uint8_t)shifted;
    out[bit / 8 + 1] |= (uint8_t)(shifted >> 8);
}

struct tt_span tt_write_gsm7(struct tt_arena *arena, struct tt_span text, unsigned before,
                             double *ret_share)
{
    size_t first_bit = (size_t)before * SEPTET % 8;
    size_t bit = first_bit;
    size_t room = text.len * 2 + 2;
    uint8_t *out = tt_arena_alloc(arena, room);
    if (out == NULL)
        return no_memory;
    memset(out, 0, room);
    while (text.len > 0) {
        uint32_t code = 0;
        size_t used = 0;
        uint8_t septets[2] = {0, 0};
        size_t count = tt_utf8_read(text, &code, &used) ? septets_of(code, septets) : 0;
        if (count == 0)
            return nothing;
        for (size_t i = 0; i < count; i++, bit += SEPTET)
            put(out, bit, septets[i]);
        text = tt_span_from(text, used);
    }
    size_t first = (first_bit + 7) / 8;
    size_t end = bit / 8;
    if (end <= first)
        return nothing;
    if (ret_share != NULL)
        *ret_share = (double)(end - first) * 8 / (double)(bit - first_bit);
    return tt_span_of(out + first, end - first);
}
