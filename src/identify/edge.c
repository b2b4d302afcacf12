#include "identify/edge.h"

/* Lead bytes of two-byte UTF-8 sequences from U+00C0 on: letters of the alphabets. Ideographs stand
 * without spaces between words, so they count as borders. */
static bool is_lead(uint8_t c)
{
    return c >= 0xc3 && c <= 0xdf;
}

static bool is_continuation(uint8_t c)
{
    return (c & 0xc0U) == 0x80;
}

static bool is_word_char(uint8_t c)
{
    return tt_is_alnum(c) || c == '-' || c == '_';
}

static int sextet_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (tt_is_digit(c))
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

static bool sextet_ok(struct tt_sextet wanted, uint8_t c)
{
    int value = sextet_of(c);
    return value >= 0 && ((unsigned)value & wanted.mask) == wanted.bits;
}

/* A UTF-16 unit, or an ASCII byte. */
static bool unit_forbidden(enum tt_edge edge, unsigned unit)
{
    uint8_t c = unit < 0x80 ? (uint8_t)unit : 0;
    switch (edge) {
    case TT_EDGE_ANY:
    case TT_EDGE_SEXTET:
        return false;
    case TT_EDGE_DIGIT:
        return tt_is_digit(c);
    case TT_EDGE_NUMBER:
        return tt_is_digit(c) || c == '.' || c == '-';
    case TT_EDGE_WORD:
        return is_word_char(c) || (unit >= 0xc0 && unit < 0x250);
    case TT_EDGE_LOCAL:
        return is_word_char(c) || c == '@' || c == '.' || c == '+' || c == '%';
    }
    return false;
}

static bool utf16_ok(const struct tt_pattern *pattern, enum tt_edge edge, unsigned first,
                     unsigned second)
{
    unsigned unit = pattern->unit == TT_UNIT_16LE ? first | second << 8 : second | first << 8;
    return !unit_forbidden(edge, unit);
}

bool tt_edge_left_ok(const struct tt_pattern *pattern, struct tt_neighbours before)
{
    enum tt_edge edge = (enum tt_edge)pattern->left;
    if (edge == TT_EDGE_SEXTET)
        return before.count > 0 && sextet_ok(pattern->left_sextet, before.near);
    if (edge == TT_EDGE_ANY || before.count == 0)
        return true;
    if (pattern->unit != TT_UNIT_BYTE && before.count >= 2)
        return utf16_ok(pattern, edge, before.far, before.near);
    if (pattern->unit != TT_UNIT_BYTE) /* half a character */
        return !unit_forbidden(edge, before.near);
    /* What stands before is an escaped character (%20): its digits are not neighbours. */
    if (before.count >= 3 && before.third == '%' && tt_hex_value(before.far) >= 0 &&
        tt_hex_value(before.near) >= 0)
        return true;
    if (edge == TT_EDGE_WORD && before.near >= 0x80)
        return pattern->bytes.data[0] < 0x80 &&
               !(before.count >= 2 && is_continuation(before.near) && is_lead(before.far));
    return before.near >= 0x80 || !unit_forbidden(edge, before.near);
}

bool tt_edge_right_ok(const struct tt_pattern *pattern, struct tt_neighbours behind)
{
    enum tt_edge edge = (enum tt_edge)pattern->right;
    if (edge == TT_EDGE_SEXTET)
        return behind.count > 0 && sextet_ok(pattern->right_sextet, behind.near);
    if (edge == TT_EDGE_ANY || behind.count == 0)
        return true;
    if (pattern->unit != TT_UNIT_BYTE && behind.count >= 2)
        return utf16_ok(pattern, edge, behind.near, behind.far);
    if (pattern->unit != TT_UNIT_BYTE)
        return !unit_forbidden(edge, behind.near);
    if (edge == TT_EDGE_WORD && behind.near >= 0x80)
        return pattern->bytes.data[pattern->bytes.len - 1] < 0x80 &&
               !(behind.count >= 2 && is_lead(behind.near) && is_continuation(behind.far));
    return behind.near >= 0x80 || !unit_forbidden(edge, behind.near);
}
