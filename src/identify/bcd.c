#include "identify/bcd.h"

enum { IMEISV_DIGITS = 16, PLMN_BYTES = 3, MCC_DIGITS = 3 };

static const struct tt_span nothing = {.data = (const uint8_t *)"", .len = 0};
static const struct tt_span no_memory = {.data = NULL, .len = 0};

static unsigned digit_at(struct tt_span digits, size_t at, unsigned filler)
{
    return at < digits.len ? (unsigned)(digits.data[at] - '0') : filler;
}

static uint8_t halves(unsigned low, unsigned high)
{
    return (uint8_t)(low | high << 4);
}

struct tt_span tt_write_bcd(struct tt_arena *arena, struct tt_span digits, bool swapped,
                            unsigned filler)
{
    size_t len = (digits.len + 1) / 2;
    uint8_t *out = tt_arena_alloc(arena, len + 1);
    if (out == NULL)
        return no_memory;
    for (size_t i = 0; i < len; i++) {
        unsigned first = digit_at(digits, i * 2, filler);
        unsigned second = digit_at(digits, i * 2 + 1, filler);
        out[i] = swapped ? halves(first, second) : halves(second, first);
    }
    return tt_span_of(out, len);
}

struct tt_span tt_write_bcd_right(struct tt_arena *arena, struct tt_span digits)
{
    uint8_t *padded = tt_arena_alloc(arena, digits.len + 1);
    if (padded == NULL)
        return no_memory;
    size_t pad = digits.len % 2;
    padded[0] = '0';
    if (digits.len > 0)
        memcpy(padded + pad, digits.data, digits.len);
    return tt_write_bcd(arena, tt_span_of(padded, digits.len + pad), false, 0);
}

struct tt_span tt_write_imeisv_identity(struct tt_arena *arena, struct tt_span digits)
{
    enum { TYPE_IMEISV = 3, FILLER = 15 };
    if (digits.len != IMEISV_DIGITS)
        return nothing;
    uint8_t *out = tt_arena_alloc(arena, IMEISV_DIGITS / 2 + 1);
    if (out == NULL)
        return no_memory;
    out[0] = halves(TYPE_IMEISV, digit_at(digits, 0, FILLER));
    for (size_t i = 1; i <= IMEISV_DIGITS / 2; i++)
        out[i] = halves(digit_at(digits, i * 2 - 1, FILLER), digit_at(digits, i * 2, FILLER));
    return tt_span_of(out, IMEISV_DIGITS / 2 + 1);
}

struct tt_span tt_write_plmn(struct tt_arena *arena, struct tt_span mcc, struct tt_span mnc)
{
    enum { FILLER = 15 };
    if (mcc.len != MCC_DIGITS || mnc.len < 2 || mnc.len > 3)
        return nothing;
    uint8_t *out = tt_arena_alloc(arena, PLMN_BYTES);
    if (out == NULL)
        return no_memory;
    out[0] = halves(digit_at(mcc, 0, 0), digit_at(mcc, 1, 0));
    out[1] = halves(digit_at(mcc, 2, 0), digit_at(mnc, 2, FILLER));
    out[2] = halves(digit_at(mnc, 0, 0), digit_at(mnc, 1, 0));
    return tt_span_of(out, PLMN_BYTES);
}
