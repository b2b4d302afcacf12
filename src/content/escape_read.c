/* What one escape means. */
#include "content/escape.h"

#include "base/compiler.h"
#include "base/utf.h"

enum { NAME_MAX = 8, DIGITS_MAX = 7 };

/* The references that every XML reader knows (XML 1.0, section 4.6), and those of HTML for ASCII
 * characters that identifiers are written with. */
static const struct {
    const char *name;
    char meaning;
} ascii[] = {{"amp", '&'},    {"lt", '<'},     {"gt", '>'},      {"quot", '"'},   {"apos", '\''},
             {"commat", '@'}, {"period", '.'}, {"colon", ':'},   {"plus", '+'},   {"lowbar", '_'},
             {"equals", '='}, {"sol", '/'},    {"num", '#'},     {"percnt", '%'}, {"comma", ','},
             {"semi", ';'},   {"lpar", '('},   {"rpar", ')'},    {"lsqb", '['},   {"rsqb", ']'},
             {"lcub", '{'},   {"rcub", '}'},   {"quest", '?'},   {"excl", '!'},   {"ast", '*'},
             {"dollar", '$'}, {"Tab", '\t'},   {"NewLine", '\n'}};

/* From U+00A0 on, in order. */
static const char *const latin[] = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",
    "copy",   "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn",
    "sup2",   "sup3",   "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",
    "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
    "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave",
    "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
    "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
    "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
    "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",
    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
    "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

_Static_assert(TT_ARRAY_LEN(latin) == 96, "U+00A0 to U+00FF");

const char *tt_escape_name(enum tt_escape_kind kind)
{
    switch (kind) {
    case TT_ESCAPE_PERCENT:
        return "percent";
    case TT_ESCAPE_UNIT:
        return "percent-u";
    case TT_ESCAPE_REFERENCE:
        return "char-ref";
    case TT_ESCAPE_BACKSLASH:
        return "backslash";
    case TT_ESCAPE_QUOTED:
        return "quoted-printable";
    }
    return "";
}

static enum tt_escape_found means_byte(struct tt_escape *escape, size_t used, unsigned byte)
{
    escape->used = used;
    escape->len = 1;
    escape->bytes[0] = (uint8_t)byte;
    return TT_ESCAPE_FOUND;
}

static enum tt_escape_found means_code(struct tt_escape *escape, size_t used, uint32_t code)
{
    escape->used = used;
    escape->len = tt_utf8_write(code, escape->bytes);
    if (escape->len == 0)
        escape->len = tt_utf8_write(0xfffd, escape->bytes);
    return TT_ESCAPE_FOUND;
}

/* `count` hexadecimal digits behind `from`. */
static enum tt_escape_found read_hex(struct tt_span in, size_t from, size_t count,
                                     uint32_t *ret_value)
{
    uint32_t value = 0;
    for (size_t i = from; i < from + count; i++) {
        if (i >= in.len)
            return TT_ESCAPE_CUT;
        int digit = tt_hex_value(in.data[i]);
        if (digit < 0)
            return TT_ESCAPE_NONE;
        value = value << 4 | (uint32_t)digit;
    }
    *ret_value = value;
    return TT_ESCAPE_FOUND;
}

static enum tt_escape_found read_percent(struct tt_span in, struct tt_escape *escape)
{
    uint32_t value = 0;
    enum tt_escape_found found = read_hex(in, 1, 2, &value);
    return found == TT_ESCAPE_FOUND ? means_byte(escape, 3, value) : found;
}

/* "\u" or "%u" and four digits at `from`: what `in` begins with. */
static enum tt_escape_found read_unit(struct tt_span in, size_t from, uint32_t *ret_unit)
{
    const uint8_t front[] = {in.data[0], 'u'};
    for (size_t i = 0; i < sizeof(front); i++) {
        if (from + i >= in.len)
            return TT_ESCAPE_CUT;
        if (in.data[from + i] != front[i])
            return TT_ESCAPE_NONE;
    }
    return read_hex(in, from + 2, 4, ret_unit);
}

/* "\u{40}"; `in` begins with "\u{". */
static enum tt_escape_found read_braced(struct tt_span in, struct tt_escape *escape)
{
    enum { FROM = 3, BRACED_MAX = 6 };
    uint32_t code = 0;
    size_t at = FROM;
    for (; at < in.len && at - FROM < BRACED_MAX && tt_hex_value(in.data[at]) >= 0; at++)
        code = code << 4 | (uint32_t)tt_hex_value(in.data[at]);
    if (at == in.len)
        return TT_ESCAPE_CUT;
    return at > FROM && in.data[at] == '}' ? means_code(escape, at + 1, code) : TT_ESCAPE_NONE;
}

/* "\100": three octal digits of a byte. */
static enum tt_escape_found read_octal(struct tt_span in, struct tt_escape *escape)
{
    enum { LEN = 4 };
    unsigned value = 0;
    for (size_t i = 1; i < LEN; i++) {
        if (i >= in.len)
            return TT_ESCAPE_CUT;
        if (in.data[i] < '0' || in.data[i] > (i == 1 ? '3' : '7'))
            return TT_ESCAPE_NONE;
        value = value << 3 | (unsigned)(in.data[i] - '0');
    }
    return means_byte(escape, LEN, value);
}

/* One unit of UTF-16, or the two of a pair. */
static enum tt_escape_found read_units(struct tt_span in, struct tt_escape *escape)
{
    uint32_t unit = 0;
    enum tt_escape_found found = read_unit(in, 0, &unit);
    if (found != TT_ESCAPE_FOUND)
        return found;
    if (unit < 0xd800 || unit >= 0xdc00)
        return means_code(escape, 6, unit);
    uint32_t low = 0;
    found = read_unit(in, 6, &low);
    if (found == TT_ESCAPE_CUT)
        return found;
    if (found == TT_ESCAPE_NONE || low < 0xdc00 || low >= 0xe000)
        return means_code(escape, 6, 0xfffd);
    return means_code(escape, 12, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
}

/* Behind the first "%u", "%e9" is a character, too. */
static enum tt_escape_found read_percent_unit(struct tt_span in, struct tt_escape *escape)
{
    uint32_t code = 0;
    if (in.len < 2)
        return TT_ESCAPE_CUT;
    if (in.data[1] == 'u')
        return read_units(in, escape);
    enum tt_escape_found found = read_hex(in, 1, 2, &code);
    return found == TT_ESCAPE_FOUND ? means_code(escape, 3, code) : found;
}

static enum tt_escape_found read_backslash(struct tt_span in, struct tt_escape *escape)
{
    static const char letters[] = "nrt\"'\\/`";
    static const char meanings[] = "\n\r\t\"'\\/`";
    if (in.len < 2)
        return TT_ESCAPE_CUT;
    uint8_t c = in.data[1];
    if (c == 'u')
        return in.len > 2 && in.data[2] == '{' ? read_braced(in, escape) : read_units(in, escape);
    if (c == 'x') {
        uint32_t value = 0;
        enum tt_escape_found found = read_hex(in, 2, 2, &value);
        return found == TT_ESCAPE_FOUND ? means_byte(escape, 4, value) : found;
    }
    if (c >= '0' && c <= '3')
        return read_octal(in, escape);
    const char *found = c == '\0' ? NULL : strchr(letters, c);
    if (found == NULL)
        return TT_ESCAPE_NONE;
    return means_byte(escape, 2, (uint8_t)meanings[found - letters]);
}

/* "&#64;" or "&#x40;"; `in` begins with "&#". */
static enum tt_escape_found read_numeric(struct tt_span in, struct tt_escape *escape)
{
    if (in.len < 3)
        return TT_ESCAPE_CUT;
    bool hex = tt_lower(in.data[2]) == 'x';
    size_t from = hex ? 3 : 2;
    size_t at = from;
    uint32_t code = 0;
    for (; at < in.len && at - from < DIGITS_MAX; at++) {
        int digit = tt_hex_value(in.data[at]);
        if (digit < 0 || (!hex && digit > 9))
            break;
        code = code * (hex ? 16 : 10) + (uint32_t)digit;
    }
    if (at == in.len)
        return TT_ESCAPE_CUT;
    if (at == from || in.data[at] != ';')
        return TT_ESCAPE_NONE;
    return means_code(escape, at + 1, code == 0 ? 0xfffd : code);
}

static uint32_t code_of(struct tt_span name)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(ascii); i++)
        if (tt_span_eq(name, tt_span_str(ascii[i].name)))
            return (uint32_t)ascii[i].meaning;
    for (size_t i = 0; i < TT_ARRAY_LEN(latin); i++)
        if (tt_span_eq(name, tt_span_str(latin[i])))
            return 0xa0 + (uint32_t)i;
    return 0;
}

static enum tt_escape_found read_reference(struct tt_span in, struct tt_escape *escape)
{
    if (in.len < 2)
        return TT_ESCAPE_CUT;
    if (in.data[1] == '#')
        return read_numeric(in, escape);
    size_t at = 1;
    while (at < in.len && at <= NAME_MAX && tt_is_alnum(in.data[at]))
        at++;
    if (at == in.len)
        return TT_ESCAPE_CUT;
    uint32_t code = in.data[at] == ';' ? code_of(tt_span_sub(in, 1, at - 1)) : 0;
    return code != 0 ? means_code(escape, at + 1, code) : TT_ESCAPE_NONE;
}

enum tt_escape_found tt_escape_read(enum tt_escape_kind kind, struct tt_span in,
                                    struct tt_escape *ret_escape)
{
    switch (kind) {
    case TT_ESCAPE_PERCENT:
        return read_percent(in, ret_escape);
    case TT_ESCAPE_UNIT:
        return read_percent_unit(in, ret_escape);
    case TT_ESCAPE_REFERENCE:
        return read_reference(in, ret_escape);
    case TT_ESCAPE_BACKSLASH:
        return read_backslash(in, ret_escape);
    case TT_ESCAPE_QUOTED:
        return read_percent(in, ret_escape); /* written as in URLs, but for the sign in front */
    }
    return TT_ESCAPE_NONE;
}
