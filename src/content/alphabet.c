#include "content/alphabet.h"

#include "base/compiler.h"
#include "content/plausible.h"
#include "model/limits.h"

enum {
    LOOK = 64,    /* characters that are decoded to see whether they say something */
    TEXT_MIN = 8, /* bytes that must be text */
    UTF8_FIRST_MAX = 0xf4,
    LIMB_BITS = 32
};

/* RFC 4648, sections 6 and 7, then orders of the base64 characters that are in use: published with
 * crypt (and xxencode, which only differs in the first two characters) and bcrypt, and as the
 * sorted one of push identifiers. */
static const struct tt_alphabet alphabets[] = {
    {"base32", 5, {{'A', 'Z', 0}, {'2', '7', 26}}},
    {"base32", 5, {{'a', 'z', 0}, {'2', '7', 26}}},
    {"base32hex", 5, {{'0', '9', 0}, {'A', 'V', 10}}},
    {"base32hex", 5, {{'0', '9', 0}, {'a', 'v', 10}}},
    {"base64:lower-first",
     6,
     {{'a', 'z', 0},
      {'A', 'Z', 26},
      {'0', '9', 52},
      {'+', '+', 62},
      {'-', '-', 62},
      {'/', '/', 63},
      {'_', '_', 63}}},
    {"base64:digits-first",
     6,
     {{'0', '9', 0},
      {'A', 'Z', 10},
      {'a', 'z', 36},
      {'+', '+', 62},
      {'-', '-', 62},
      {'/', '/', 63},
      {'_', '_', 63}}},
    {"base64:digits-lower-first",
     6,
     {{'0', '9', 0},
      {'a', 'z', 10},
      {'A', 'Z', 36},
      {'+', '+', 62},
      {'-', '-', 62},
      {'/', '/', 63},
      {'_', '_', 63}}},
    {"base64:rot13",
     6,
     {{'N', 'Z', 0},
      {'A', 'M', 13},
      {'n', 'z', 26},
      {'a', 'm', 39},
      {'0', '9', 52},
      {'+', '+', 62},
      {'/', '/', 63}}},
    {"base64:sorted",
     6,
     {{'-', '-', 0}, {'0', '9', 1}, {'A', 'Z', 11}, {'_', '_', 37}, {'a', 'z', 38}}},
    {"base64:crypt",
     6,
     {{'+', '+', 0}, {'-', '-', 1}, {'/', '/', 1}, {'0', '9', 2}, {'A', 'Z', 12}, {'a', 'z', 38}}},
    {"base64:bcrypt", 6, {{'/', '/', 1}, {'A', 'Z', 2}, {'a', 'z', 28}, {'0', '9', 54}}},
};

/* The value of a character, or -1. */
static int value_of(const struct tt_alphabet *alphabet, uint8_t c)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(alphabet->ranges) && alphabet->ranges[i].last != 0; i++)
        if (c >= (uint8_t)alphabet->ranges[i].first && c <= (uint8_t)alphabet->ranges[i].last)
            return alphabet->ranges[i].value + (c - (uint8_t)alphabet->ranges[i].first);
    return -1;
}

size_t tt_alphabet_len(const struct tt_alphabet *alphabet, struct tt_span in)
{
    size_t len = 0;
    while (len < in.len && value_of(alphabet, in.data[len]) >= 0)
        len++;
    return len;
}

size_t tt_alphabet_decode(const struct tt_alphabet *alphabet, struct tt_base64 *state,
                          struct tt_span in, uint8_t *out)
{
    size_t len = 0;
    for (size_t i = 0; i < in.len; i++) {
        int value = value_of(alphabet, in.data[i]);
        state->bits = state->bits << alphabet->bits | (uint32_t)(value < 0 ? 0 : value);
        state->count += alphabet->bits;
        if (state->count < 8)
            continue;
        state->count -= 8;
        out[len++] = (uint8_t)(state->bits >> state->count);
    }
    return len;
}

/* `ascii`: text beyond ASCII is not meant. One order of letters that gives UTF-8 is luck where many
 * orders are tried. */
static bool says_something(struct tt_span bytes, bool ascii)
{
    return tt_has_magic(bytes) || (bytes.len >= TEXT_MIN && (!ascii || tt_is_ascii_text(bytes)) &&
                                   tt_is_plausible_text(bytes));
}

/* Most runs fail with the first byte, nearly all with the first few: those are looked at before all
 * others. */
static bool starts_well(const struct tt_alphabet *alphabet, struct tt_span run)
{
    enum { FIRST = 8 }; /* letters of base32 for the longest magic number */
    int high = value_of(alphabet, run.data[0]);
    int low = high < 0 ? -1 : value_of(alphabet, run.data[1]);
    if (low < 0)
        return false;
    unsigned byte = ((unsigned)high << alphabet->bits | (unsigned)low) >> (2 * alphabet->bits - 8);
    bool is_magic = byte == 0x1f || byte == 0x04;
    bool ascii = alphabet->bits != 5;
    if (!is_magic && (byte < '\t' || byte > (ascii ? '~' : UTF8_FIRST_MAX)))
        return false;
    uint8_t bytes[FIRST];
    struct tt_base64 state = {0};
    struct tt_span first = tt_span_sub(run, 0, FIRST);
    if (tt_alphabet_len(alphabet, first) < first.len)
        return false;
    struct tt_span decoded = tt_span_of(bytes, tt_alphabet_decode(alphabet, &state, first, bytes));
    return (ascii ? tt_is_ascii_text(decoded) : tt_is_text(decoded)) || tt_has_magic(decoded);
}

static bool fits(const struct tt_alphabet *alphabet, struct tt_span run, bool whole)
{
    uint8_t bytes[LOOK];
    if (run.len < 2)
        return false;
    bool digest = whole && alphabet->bits == 5 && tt_is_digest_len(run.len * alphabet->bits / 8);
    if (!digest && !starts_well(alphabet, run))
        return false;
    if (tt_alphabet_len(alphabet, run) < run.len)
        return false;
    struct tt_base64 state = {0};
    size_t len = tt_alphabet_decode(alphabet, &state, tt_span_sub(run, 0, LOOK), bytes);
    /* What is left at the end of a whole run is padding. */
    bool padded = !whole || run.len > LOOK || (state.bits & ((1U << state.count) - 1)) == 0;
    return padded && (digest || says_something(tt_span_of(bytes, len), alphabet->bits != 5));
}

const struct tt_alphabet *tt_alphabet_pick(struct tt_span run, bool whole)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(alphabets); i++)
        if (fits(&alphabets[i], run, whole))
            return &alphabets[i];
    return NULL;
}

/* ---- base58 ---- */

static int base58_value(uint8_t c)
{
    static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    if (c == '0' || c == 'O' || c == 'I' || c == 'l')
        return -1;
    const char *at = c == 0 ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

/* The number that the run is, as limbs, the lowest first. Gives their count, 0 when it is none. */
static size_t base58_number(struct tt_span run, uint32_t *limbs)
{
    size_t count = 0;
    for (size_t i = 0; i < run.len; i++) {
        int value = base58_value(run.data[i]);
        if (value < 0)
            return 0;
        uint64_t carry = (uint64_t)value;
        for (size_t limb = 0; limb < count; limb++) {
            carry += (uint64_t)limbs[limb] * 58;
            limbs[limb] = (uint32_t)carry;
            carry >>= LIMB_BITS;
        }
        if (carry > 0)
            limbs[count++] = (uint32_t)carry;
    }
    return count;
}

size_t tt_base58_decode(struct tt_span run, uint8_t *out)
{
    uint32_t limbs[TT_BASE58_MAX / 4] = {0};
    if (run.len > TT_BASE58_MAX)
        return 0;
    size_t count = base58_number(run, limbs);
    size_t len = 0;
    /* A leading 1 is a zero byte: there is none in text. */
    for (size_t i = count * 4; i > 0; i--) {
        uint8_t byte = (uint8_t)(limbs[(i - 1) / 4] >> (i - 1) % 4 * 8);
        if (len > 0 || byte != 0)
            out[len++] = byte;
    }
    return tt_is_digest_len(len) || says_something(tt_span_of(out, len), false) ? len : 0;
}
