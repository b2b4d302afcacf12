#include "identify/edge.h"

#include <string.h>

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

/* Does the neighbour make the match's outermost word longer? A capital beside a small letter begins
 * a word: "nameAsha". */
static bool joins_word(uint8_t own, uint8_t neighbour, bool on_left)
{
    if (!tt_is_alpha(own) || !tt_is_alpha(neighbour))
        return false;
    uint8_t first = on_left ? neighbour : own;
    uint8_t second = on_left ? own : neighbour;
    return !(first == tt_lower(first) && second != tt_lower(second));
}

/* Does the neighbour make an identifier of letters and digits longer? */
static bool joins_token(uint8_t own, uint8_t neighbour, bool on_left)
{
    if (tt_is_alpha(own) && tt_is_alpha(neighbour))
        return joins_word(own, neighbour, on_left);
    return tt_is_alnum(own) && tt_is_alnum(neighbour);
}

static bool is_hex(uint8_t c)
{
    return tt_hex_value(c) >= 0;
}

/* Before the match stands an escaped character, "%20" or "\\n" or "\\x20": its letters and digits
 * are not neighbours. */
static bool is_escaped(struct tt_neighbours before)
{
    if (before.count >= 2 && before.far == '\\')
        return before.near == 'n' || before.near == 'r' || before.near == 't' ||
               before.near == 'b' || before.near == 'f';
    if (before.count < 3 || !is_hex(before.near) || !is_hex(before.far))
        return false;
    return before.third == '%' ||
           (before.count >= 4 && before.third == 'x' && before.fourth == '\\');
}

/* A letter or digit with a control character behind it is the tag of a next field and its length,
 * as in protobuf. */
static bool is_tag(struct tt_neighbours behind)
{
    uint8_t c = behind.far;
    return behind.framing != TT_IN_LONGER && behind.count >= 2 && c > 0 && c < 0x20 && c != '\t' &&
           c != '\n' && c != '\r';
}

/* The tag of a field that holds a text, in protobuf. */
static bool is_text_tag(uint8_t c)
{
    enum { TYPE = 7, SIZED = 2 };
    return (c & TYPE) == SIZED && c != '\n' && c < 0x7f;
}

/* A count stands in front, and counts up to here. */
static bool ends_framed(struct tt_neighbours behind)
{
    return behind.framing == TT_FRAMED ||
           (behind.framing == TT_FRAMED_BY_TAB && is_text_tag(behind.near));
}

static enum tt_framing framing_of(const struct tt_pattern *pattern, struct tt_neighbours before)
{
    enum { CBOR_MAX = 23, FIXSTR_MAX = 31, BPLIST_MAX = 14, ONE_BYTE_MAX = 0x7f };
    size_t len = pattern->bytes.len;
    uint8_t c = before.near;
    /* What stands in front of words in texts is no count. */
    static const char signs[] = "\t\n\r \"'(,/:=>";
    if (before.count == 0)
        return TT_UNFRAMED;
    if (c == '\t' && len == c && before.count >= 2 && is_text_tag(before.far))
        return TT_FRAMED_BY_TAB;
    if (memchr(signs, c, sizeof(signs) - 1) != NULL)
        return c > len && c < ' ' ? TT_IN_LONGER : TT_UNFRAMED;
    if (c == len || (len <= CBOR_MAX && c == (0x60 | len)) ||
        (len <= FIXSTR_MAX && c == (0xa0 | len)) || (len <= BPLIST_MAX && c == (0x50 | len)))
        return TT_FRAMED;
    bool fixstr = c >= 0xa0 && c <= (0xa0 | FIXSTR_MAX) && (c & FIXSTR_MAX) > len;
    return fixstr || (c > len && c <= ONE_BYTE_MAX) ? TT_IN_LONGER : TT_UNFRAMED;
}

/* May the match begin there? Some counts include a NUL behind it, or type and length themselves. */
static bool is_framed(const struct tt_pattern *pattern, struct tt_neighbours before)
{
    enum tt_framing framing = framing_of(pattern, before);
    return framing == TT_FRAMED ||
           (framing == TT_IN_LONGER && before.near <= pattern->bytes.len + 2);
}

static bool sextet_ok(struct tt_sextet wanted, uint8_t c)
{
    int value = tt_base64_digit(c);
    return value >= 0 && ((unsigned)value & wanted.mask) == wanted.bits;
}

/* A UTF-16 unit, or an ASCII byte. */
static bool unit_forbidden(enum tt_edge edge, unsigned unit)
{
    uint8_t c = unit < 0x80 ? (uint8_t)unit : 0;
    switch (edge) {
    case TT_EDGE_ANY:
    case TT_EDGE_LETTER: /* looked at before: it depends on the match */
    case TT_EDGE_TOKEN:
    case TT_EDGE_HEX:
    case TT_EDGE_SEXTET:
        return false;
    case TT_EDGE_DIGIT:
    case TT_EDGE_DOTTED: /* what stands behind the point is looked at before */
        return tt_is_digit(c);
    case TT_EDGE_NUMBER:
        return tt_is_digit(c) || c == '.' || c == '-';
    case TT_EDGE_WORD:
        return is_word_char(c) || (unit >= 0xc0 && unit < 0x250);
    case TT_EDGE_MAIL:
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

/* A letter beyond ASCII, in UTF-8, that stands beside an ASCII letter. */
static bool joins_letter(uint8_t own, uint8_t first, uint8_t second)
{
    return tt_is_alpha(own) && is_lead(first) && is_continuation(second);
}

static bool letter_left_ok(const struct tt_pattern *pattern, struct tt_neighbours before)
{
    if (pattern->unit == TT_UNIT_BYTE)
        return is_escaped(before) || is_framed(pattern, before) ||
               !(joins_word(before.own, before.near, true) ||
                 (before.count >= 2 && joins_letter(before.own, before.far, before.near)));
    uint8_t low = pattern->unit == TT_UNIT_16LE ? before.far : before.near;
    uint8_t high = pattern->unit == TT_UNIT_16LE ? before.near : before.far;
    return before.count < 2 || high != 0 || !joins_word(before.own, low, true);
}

/* `mail`: a further label of a domain (".au") makes another address, too. */
static bool letter_right_ok(const struct tt_pattern *pattern, struct tt_neighbours behind,
                            bool mail)
{
    uint8_t near = behind.near;
    if (pattern->unit != TT_UNIT_BYTE) {
        near = pattern->unit == TT_UNIT_16LE ? behind.near : behind.far;
        uint8_t high = pattern->unit == TT_UNIT_16LE ? behind.far : behind.near;
        return behind.count < 2 || high != 0 || !joins_word(behind.own, near, false);
    }
    if (mail && near == '.' && behind.count >= 2 && tt_is_alnum(behind.far))
        return false;
    if (ends_framed(behind) || is_tag(behind))
        return true;
    return !joins_word(behind.own, near, false) &&
           !(behind.count >= 2 && joins_letter(behind.own, near, behind.far));
}

static bool token_left_ok(const struct tt_pattern *pattern, struct tt_neighbours before)
{
    if (pattern->unit != TT_UNIT_BYTE) {
        uint8_t low = pattern->unit == TT_UNIT_16LE ? before.far : before.near;
        uint8_t high = pattern->unit == TT_UNIT_16LE ? before.near : before.far;
        return before.count < 2 || high != 0 || !joins_token(before.own, low, true);
    }
    return is_escaped(before) || is_framed(pattern, before) ||
           !(joins_token(before.own, before.near, true) ||
             (before.count >= 2 && joins_letter(before.own, before.far, before.near)));
}

static bool token_right_ok(const struct tt_pattern *pattern, struct tt_neighbours behind)
{
    if (pattern->unit != TT_UNIT_BYTE) {
        uint8_t low = pattern->unit == TT_UNIT_16LE ? behind.near : behind.far;
        uint8_t high = pattern->unit == TT_UNIT_16LE ? behind.far : behind.near;
        return behind.count < 2 || high != 0 || !joins_token(behind.own, low, false);
    }
    return ends_framed(behind) || is_tag(behind) ||
           !(joins_token(behind.own, behind.near, false) ||
             (behind.count >= 2 && joins_letter(behind.own, behind.near, behind.far)));
}

/* A digit, and not the letter of a word like "id" or "mac". */
static bool is_further_digit(struct tt_neighbours beside)
{
    const uint8_t others[] = {beside.far, beside.third};
    if (tt_is_alpha(beside.near)) {
        for (unsigned i = 0; i + 1 < beside.count && i < 2 && tt_is_alpha(others[i]); i++) {
            if (!is_hex(others[i]))
                return false;
        }
    }
    return is_hex(beside.near);
}

/* Without the first `len`. */
static struct tt_neighbours past(struct tt_neighbours beside, unsigned len)
{
    memmove(beside.all, beside.all + len, TT_NEIGHBOURS_MAX - len);
    beside.count -= len;
    return beside;
}

/* What stands beyond the end of a line that quoted-printable breaks ("=" and a line break): RFC
 * 2045, section 6.7. */
static struct tt_neighbours past_soft_break(struct tt_neighbours beside, bool on_left)
{
    static const char *const breaks[] = {"=\r\n", "=\n"};
    for (size_t i = 0; i < 2; i++) {
        unsigned len = (unsigned)strlen(breaks[i]);
        unsigned same = 0;
        while (same < len && same < beside.count &&
               beside.all[same] == (uint8_t)breaks[i][on_left ? len - 1 - same : same])
            same++;
        if (same == len)
            return past(beside, len);
    }
    return beside;
}

/* One more pair of digits, behind the separator that the match has between its own: ':', '-', ' ',
 * ',' or "%3A". */
static bool is_further_pair(const struct tt_pattern *pattern, struct tt_neighbours beside,
                            bool on_left)
{
    const uint8_t *separator = pattern->bytes.data + 2;
    unsigned len = *separator == '%' ? 3 : 1;
    beside = past_soft_break(beside, on_left);
    bool separates = *separator != '\0' && strchr(":- ,%", *separator) != NULL;
    if (!separates || beside.count < len + 1)
        return false;
    for (unsigned i = 0; i < len; i++) {
        if (tt_lower(beside.all[i]) != tt_lower(separator[on_left ? len - 1 - i : i]))
            return false;
    }
    beside = past_soft_break(past(beside, len), on_left);
    if (beside.count < 2) /* one digit at most, and the end of what is known */
        return !on_left && beside.count == 1 && is_hex(beside.near);
    if (!is_hex(beside.near) || !is_hex(beside.far))
        return false;
    /* The end of a word like "mac:", or of an escape: "%3D11%3A", "=3D11:". */
    bool escape = on_left && beside.count >= 5 && (beside.all[4] == '%' || beside.all[4] == '=');
    return beside.count < 3 || !tt_is_alnum(beside.third) || escape;
}

static bool hex_left_ok(const struct tt_pattern *pattern, struct tt_neighbours before)
{
    if (pattern->unit != TT_UNIT_BYTE) {
        uint8_t low = pattern->unit == TT_UNIT_16LE ? before.far : before.near;
        uint8_t high = pattern->unit == TT_UNIT_16LE ? before.near : before.far;
        return before.count < 2 || high != 0 || !is_hex(low);
    }
    if (is_further_pair(pattern, before, true))
        return false;
    return is_escaped(before) || is_framed(pattern, before) || !is_further_digit(before);
}

static bool hex_right_ok(const struct tt_pattern *pattern, struct tt_neighbours behind)
{
    if (pattern->unit != TT_UNIT_BYTE) {
        uint8_t low = pattern->unit == TT_UNIT_16LE ? behind.near : behind.far;
        uint8_t high = pattern->unit == TT_UNIT_16LE ? behind.far : behind.near;
        return behind.count < 2 || high != 0 || !is_hex(low);
    }
    if (ends_framed(behind) || is_tag(behind))
        return true;
    return !is_further_digit(behind) && !is_further_pair(pattern, behind, false);
}

/* "0." or "12.": what follows is a fraction, not a number of its own. */
static bool is_fraction(struct tt_neighbours before)
{
    return before.count >= 2 && before.near == '.' && tt_is_digit(before.far);
}

static bool left_ok(const struct tt_pattern *pattern, struct tt_neighbours before)
{
    enum tt_edge edge = (enum tt_edge)pattern->left;
    if (edge == TT_EDGE_SEXTET)
        return before.count > 0 && sextet_ok(pattern->left_sextet, before.near);
    if (edge == TT_EDGE_ANY || before.count == 0)
        return true;
    if (edge == TT_EDGE_LETTER)
        return letter_left_ok(pattern, before);
    if (edge == TT_EDGE_TOKEN)
        return token_left_ok(pattern, before);
    if (edge == TT_EDGE_HEX)
        return hex_left_ok(pattern, before);
    if (pattern->unit != TT_UNIT_BYTE && before.count >= 2)
        return utf16_ok(pattern, edge, before.far, before.near);
    if (pattern->unit != TT_UNIT_BYTE) /* half a character */
        return !unit_forbidden(edge, before.near);
    if (is_escaped(before))
        return true;
    if (edge == TT_EDGE_DIGIT && is_fraction(before))
        return false;
    if (edge == TT_EDGE_WORD && before.near >= 0x80)
        return pattern->bytes.data[0] < 0x80 &&
               !(before.count >= 2 && is_continuation(before.near) && is_lead(before.far));
    return before.near >= 0x80 || !unit_forbidden(edge, before.near);
}

static bool right_ok(const struct tt_pattern *pattern, struct tt_neighbours behind)
{
    enum tt_edge edge = (enum tt_edge)pattern->right;
    if (edge == TT_EDGE_SEXTET)
        return behind.count > 0 && sextet_ok(pattern->right_sextet, behind.near);
    if (edge == TT_EDGE_ANY || behind.count == 0)
        return true;
    if (edge == TT_EDGE_LETTER || edge == TT_EDGE_MAIL)
        return letter_right_ok(pattern, behind, edge == TT_EDGE_MAIL);
    if (edge == TT_EDGE_TOKEN)
        return token_right_ok(pattern, behind);
    if (edge == TT_EDGE_HEX)
        return hex_right_ok(pattern, behind);
    if (edge == TT_EDGE_WORD && pattern->unit == TT_UNIT_BYTE && ends_framed(behind))
        return true;
    if (pattern->unit != TT_UNIT_BYTE && behind.count >= 2)
        return utf16_ok(pattern, edge, behind.near, behind.far);
    if (edge == TT_EDGE_DOTTED && behind.count >= 2 && behind.near == '.' &&
        tt_is_digit(behind.far))
        return false;
    if (pattern->unit != TT_UNIT_BYTE)
        return !unit_forbidden(edge, behind.near);
    if (edge == TT_EDGE_WORD && behind.near >= 0x80)
        return pattern->bytes.data[pattern->bytes.len - 1] < 0x80 &&
               !(behind.count >= 2 && is_lead(behind.near) && is_continuation(behind.far));
    return behind.near >= 0x80 || !unit_forbidden(edge, behind.near);
}

/* ---- in letters of base64 or hexadecimal digits ---- */

static int letter_value(unsigned letters, uint8_t c)
{
    return letters == 6 ? tt_base64_digit(c) : tt_hex_value(c);
}

/* The bits of a character of base64 that are the value's own. */
static unsigned own_bits(struct tt_sextet sextet)
{
    return (unsigned)__builtin_popcount(sextet.mask);
}

/* The value as it was before it was written in letters, with the edges that it has there. */
static struct tt_pattern inner_pattern(const struct tt_pattern *pattern)
{
    return (struct tt_pattern){
        .bytes = pattern->inner, .left = pattern->inner_left, .right = pattern->inner_right};
}

/* base64 goes on in the next line. */
static bool is_line_break(const struct tt_pattern *pattern, uint8_t c)
{
    return pattern->letters == 6 && (c == '\r' || c == '\n');
}

/* The bytes that the letters before the match hold. What is no letter ends them. */
static struct tt_neighbours decoded_left(const struct tt_pattern *pattern,
                                         struct tt_neighbours before)
{
    struct tt_neighbours inner = {.own = pattern->inner.data[0]};
    unsigned skip = own_bits(pattern->left_sextet);
    uint64_t bits = 0;
    unsigned count = 0;
    for (unsigned i = 0; i < before.count; i++) {
        if (is_line_break(pattern, before.all[i]))
            continue;
        int value = letter_value(pattern->letters, before.all[i]);
        if (value < 0)
            break;
        bits |= (uint64_t)((unsigned)value >> skip) << count;
        count += pattern->letters - skip;
        skip = 0;
    }
    for (inner.count = 0; inner.count < count / 8; inner.count++)
        inner.all[inner.count] = (uint8_t)(bits >> 8 * inner.count);
    return inner;
}

/* Quoted-printable breaks lines with a "=" in front. It is padding where that fits: behind two or
 * three of four letters. `at`: how many there are. */
static bool is_soft_break(const struct tt_pattern *pattern, struct tt_neighbours behind,
                          unsigned at, unsigned letters)
{
    if (pattern->letters != 6 || behind.all[at] != '=' || at + 1 >= behind.count)
        return false;
    return letters % 4 < 3 && is_line_break(pattern, behind.all[at + 1]);
}

static struct tt_neighbours decoded_right(const struct tt_pattern *pattern,
                                          struct tt_neighbours behind)
{
    struct tt_neighbours inner = {.own = pattern->inner.data[pattern->inner.len - 1],
                                  .framing = behind.framing};
    unsigned skip = own_bits(pattern->right_sextet);
    uint64_t bits = 0;
    unsigned count = 0;
    unsigned letters = skip / 2; /* of the last four that hold the match */
    for (unsigned i = 0; i < behind.count; i++) {
        if (is_line_break(pattern, behind.all[i]) || is_soft_break(pattern, behind, i, letters))
            continue;
        int value = letter_value(pattern->letters, behind.all[i]);
        if (value < 0)
            break;
        bits = bits << pattern->letters | (unsigned)value;
        count += pattern->letters - skip;
        letters++;
        skip = 0;
    }
    for (inner.count = 0; inner.count < count / 8; inner.count++)
        inner.all[inner.count] = (uint8_t)(bits >> (count - 8 * (inner.count + 1)));
    return inner;
}

/* Letters that go on behind an escape ("%0A", where lines are wrapped) are read where it is undone:
 * here nobody knows what stands beside the value. One letter is less than a byte. */
static bool meets_escape(const struct tt_pattern *pattern, struct tt_neighbours beside,
                         bool on_left)
{
    enum { LEN = 3 };
    if (beside.count > LEN && letter_value(pattern->letters, beside.near) >= 0 &&
        beside.all[on_left ? LEN : 1] == '%')
        beside = past(beside, 1);
    return beside.count >= LEN && beside.all[on_left ? LEN - 1 : 0] == '%' && is_hex(beside.far) &&
           is_hex(beside.all[on_left ? 0 : LEN - 1]);
}

enum tt_framing tt_edge_framing(const struct tt_pattern *pattern, struct tt_neighbours before)
{
    if (pattern->letters == 0)
        return framing_of(pattern, before);
    const struct tt_pattern inner = inner_pattern(pattern);
    return framing_of(&inner, decoded_left(pattern, before));
}

bool tt_edge_left_ok(const struct tt_pattern *pattern, struct tt_neighbours before)
{
    if (!left_ok(pattern, before))
        return false;
    if (pattern->letters == 0 || pattern->inner_left == TT_EDGE_ANY)
        return true;
    const struct tt_pattern inner = inner_pattern(pattern);
    return !meets_escape(pattern, before, true) && left_ok(&inner, decoded_left(pattern, before));
}

bool tt_edge_right_ok(const struct tt_pattern *pattern, struct tt_neighbours behind)
{
    if (!right_ok(pattern, behind))
        return false;
    if (pattern->letters == 0 || pattern->inner_right == TT_EDGE_ANY)
        return true;
    const struct tt_pattern inner = inner_pattern(pattern);
    return !meets_escape(pattern, behind, false) &&
           right_ok(&inner, decoded_right(pattern, behind));
}
