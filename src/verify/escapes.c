#include "verify/escapes.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/utf.h"

static enum tt_err put_code(struct tt_buf *out, uint32_t code)
{
    uint8_t bytes[4];
    size_t len = tt_utf8_write(code, bytes);
    if (len == 0)
        len = tt_utf8_write(0xfffd, bytes);
    return tt_buf_append(out, tt_span_of(bytes, len));
}

/* `count` hexadecimal digits at `at`; -1 when there are not. */
static int64_t hex_at(struct tt_span in, size_t at, size_t count)
{
    int64_t value = 0;
    if (at + count > in.len)
        return -1;
    for (size_t i = at; i < at + count; i++) {
        int digit = tt_hex_value(in.data[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* ---- percent, quoted-printable ---- */

static enum tt_err unpercent(struct tt_span in, bool plus, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK;) {
        int64_t byte = in.data[i] == '%' ? hex_at(in, i + 1, 2) : -1;
        if (byte >= 0) {
            err = tt_buf_append_u8(out, (uint8_t)byte);
            i += 3;
        } else {
            err = tt_buf_append_u8(out, plus && in.data[i] == '+' ? ' ' : in.data[i]);
            i++;
        }
    }
    return err;
}

enum tt_err tt_verify_unpercent(struct tt_span in, struct tt_buf *out)
{
    return unpercent(in, false, out);
}

enum tt_err tt_verify_unpercent_plus(struct tt_span in, struct tt_buf *out)
{
    return unpercent(in, true, out);
}

/* The functions escape() and unescape() of browsers: each escape is a unit of UTF-16. */
enum tt_err tt_verify_unpercent_u(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK;) {
        bool wide = in.data[i] == '%' && i + 1 < in.len && in.data[i + 1] == 'u';
        int64_t unit = in.data[i] != '%' ? -1 : wide ? hex_at(in, i + 2, 4) : hex_at(in, i + 1, 2);
        if (unit < 0) {
            err = tt_buf_append_u8(out, in.data[i++]);
            continue;
        }
        i += wide ? 6 : 3;
        int64_t low = -1;
        if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < in.len && in.data[i] == '%' &&
            in.data[i + 1] == 'u')
            low = hex_at(in, i + 2, 4);
        if (low >= 0xdc00 && low < 0xe000) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            i += 6;
        }
        err = put_code(out, (uint32_t)unit);
    }
    return err;
}

/* The length of a soft line break behind "=", 0 for none. */
static size_t soft_break(struct tt_span in, size_t at)
{
    size_t from = at;
    while (at < in.len && (in.data[at] == ' ' || in.data[at] == '\t'))
        at++;
    if (at < in.len && in.data[at] == '\r')
        at++;
    if (at < in.len && in.data[at] == '\n')
        return at + 1 - from;
    return 0;
}

enum tt_err tt_verify_unquote(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK;) {
        int64_t byte = in.data[i] == '=' ? hex_at(in, i + 1, 2) : -1;
        size_t gone = in.data[i] == '=' ? soft_break(in, i + 1) : 0;
        if (byte >= 0) {
            err = tt_buf_append_u8(out, (uint8_t)byte);
            i += 3;
        } else if (gone > 0) {
            i += 1 + gone;
        } else {
            err = tt_buf_append_u8(out, in.data[i]);
            i++;
        }
    }
    return err;
}

/* ---- backslashes ---- */

/* The escape at `at`, which is a backslash: its code or byte, and its length; 0 for none. */
static size_t backslash_at(struct tt_span in, size_t at, uint32_t *ret_code, bool *ret_byte)
{
    static const char letters[] = "nrtbf\"'\\/`";
    static const char meanings[] = "\n\r\t\b\f\"'\\/`";
    uint8_t c = at + 1 < in.len ? in.data[at + 1] : 0;
    int64_t value = -1;
    *ret_byte = false;
    if (c == 'x' && (value = hex_at(in, at + 2, 2)) >= 0) {
        *ret_code = (uint32_t)value;
        *ret_byte = true;
        return 4;
    }
    if (c == 'u' && (value = hex_at(in, at + 2, 4)) >= 0) {
        *ret_code = (uint32_t)value;
        if (value < 0xd800 || value >= 0xdc00 || at + 7 >= in.len || in.data[at + 6] != '\\' ||
            in.data[at + 7] != 'u')
            return 6;
        int64_t low = hex_at(in, at + 8, 4);
        if (low < 0xdc00 || low >= 0xe000)
            return 6;
        *ret_code = (uint32_t)(0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00));
        return 12;
    }
    const char *found = c == 0 ? NULL : strchr(letters, c);
    if (found == NULL)
        return 0;
    *ret_code = (uint8_t)meanings[found - letters];
    return 2;
}

enum tt_err tt_verify_unbackslash(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK;) {
        uint32_t code = in.data[i];
        bool byte = true;
        size_t used = in.data[i] == '\\' ? backslash_at(in, i, &code, &byte) : 0;
        err = byte ? tt_buf_append_u8(out, (uint8_t)code) : put_code(out, code);
        i += used == 0 ? 1 : used;
    }
    return err;
}

/* The escapes that programs have and JSON has not: "\u{40}" and "\100". Gives the length, 0 for
 * none.
 */
static size_t program_escape_at(struct tt_span in, size_t at, uint32_t *ret_code, bool *ret_byte)
{
    static const char digits[] = "01234567";
    const uint8_t *c = in.data + at + 1;
    if (in.len - at >= 4 && c[0] >= '0' && c[0] <= '3' && c[1] != 0 && strchr(digits, c[1]) &&
        c[2] != 0 && strchr(digits, c[2])) {
        *ret_code = (uint32_t)((c[0] - '0') * 64 + (c[1] - '0') * 8 + (c[2] - '0'));
        *ret_byte = true;
        return 4;
    }
    size_t end = at + 3;
    uint32_t code = 0;
    if (in.len - at < 5 || c[0] != 'u' || c[1] != '{')
        return 0;
    for (; end < in.len && end < at + 9 && tt_hex_value(in.data[end]) >= 0; end++)
        code = code << 4 | (uint32_t)tt_hex_value(in.data[end]);
    if (end == in.len || end == at + 3 || in.data[end] != '}')
        return 0;
    *ret_code = code;
    *ret_byte = false;
    return end + 1 - at;
}

enum tt_err tt_verify_unescape(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK;) {
        uint32_t code = in.data[i];
        bool byte = true;
        size_t used = 0;
        if (in.data[i] == '\\')
            used = program_escape_at(in, i, &code, &byte);
        if (in.data[i] == '\\' && used == 0)
            used = backslash_at(in, i, &code, &byte);
        err = byte ? tt_buf_append_u8(out, (uint8_t)code) : put_code(out, code);
        i += used == 0 ? 1 : used;
    }
    return err;
}

enum tt_err tt_verify_unfold(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK; i++) {
        size_t end = i + (in.data[i] == '\r' ? 1 : 0);
        uint8_t after = end + 1 < in.len ? in.data[end + 1] : 0;
        if (end < in.len && in.data[end] == '\n' && (after == ' ' || after == '\t')) {
            i = end + 1;
        } else if (in.data[i] == '\\' && i + 1 < in.len) {
            i++;
            err = tt_buf_append_u8(out, tt_lower(in.data[i]) == 'n' ? '\n' : in.data[i]);
        } else {
            err = tt_buf_append_u8(out, in.data[i]);
        }
    }
    return err;
}

/* ---- character references ---- */

static const struct {
    const char *name;
    uint32_t code;
} references[] = {{"amp", '&'},   {"lt", '<'},     {"gt", '>'},     {"quot", '"'},
                  {"apos", '\''}, {"commat", '@'}, {"period", '.'}, {"colon", ':'},
                  {"plus", '+'},  {"lowbar", '_'}, {"equals", '='}, {"sol", '/'},
                  {"num", '#'},   {"comma", ','},  {"semi", ';'},   {"percnt", '%'},
                  {"lpar", '('},  {"rpar", ')'},   {"lsqb", '['},   {"rsqb", ']'},
                  {"lcub", '{'},  {"rcub", '}'},   {"quest", '?'},  {"excl", '!'},
                  {"ast", '*'},   {"dollar", '$'}, {"Tab", '\t'},   {"NewLine", '\n'}};

/* The characters of ISO 8859-1 from U+00A0 on: HTML 4.01, section 24.2. */
static const char latin_references[] =
    "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn "
    "sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave "
    "Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc "
    "Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute "
    "THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml "
    "igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave "
    "uacute ucirc uuml yacute thorn yuml";

/* The character of that name, 0 for none. */
static uint32_t latin_of(struct tt_span name)
{
    struct tt_span rest = tt_span_str(latin_references);
    for (uint32_t code = 0xa0; rest.len > 0; code++) {
        size_t len = tt_span_find(rest, ' ');
        if (tt_span_eq(name, tt_span_sub(rest, 0, len)))
            return code;
        rest = tt_span_from(rest, len + 1);
    }
    return 0;
}

static bool reference_at(struct tt_span name, uint32_t *ret_code)
{
    if (name.len > 1 && name.data[0] == '#') {
        char digits[12] = "";
        bool hex = tt_lower(name.data[1]) == 'x';
        struct tt_span rest = tt_span_from(name, hex ? 2 : 1);
        if (rest.len == 0 || rest.len >= sizeof(digits))
            return false;
        memcpy(digits, rest.data, rest.len);
        char *end = NULL;
        *ret_code = (uint32_t)strtoul(digits, &end, hex ? 16 : 10);
        return *end == '\0';
    }
    for (size_t i = 0; i < TT_ARRAY_LEN(references); i++) {
        if (tt_span_eq(name, tt_span_str(references[i].name))) {
            *ret_code = references[i].code;
            return true;
        }
    }
    *ret_code = latin_of(name);
    return *ret_code != 0;
}

enum tt_err tt_verify_unreference(struct tt_span in, struct tt_buf *out)
{
    enum { NAME_MAX = 12 };
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK; i++) {
        struct tt_span name = tt_span_sub(in, i + 1, NAME_MAX);
        size_t end = tt_span_find(name, ';');
        uint32_t code = 0;
        if (in.data[i] == '&' && end < name.len && reference_at(tt_span_sub(name, 0, end), &code)) {
            err = put_code(out, code);
            i += end + 1;
        } else {
            err = tt_buf_append_u8(out, in.data[i]);
        }
    }
    return err;
}

/* ---- chunks, UTF-16 ---- */

enum tt_err tt_verify_unchunk(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    while (in.len > 0 && err == TT_OK) {
        size_t line = tt_span_find(in, '\n');
        uint64_t size = 0;
        size_t at = 0;
        for (; at < line && at < 15 && tt_hex_value(in.data[at]) >= 0; at++)
            size = size * 16 + (unsigned)tt_hex_value(in.data[at]);
        if (line == in.len || at == 0 || size == 0)
            break;
        in = tt_span_from(in, line + 1);
        struct tt_span chunk = tt_span_sub(in, 0, (size_t)size);
        err = tt_buf_append(out, chunk);
        in = tt_span_from(in, chunk.len);
        size_t end = tt_span_find(in, '\n'); /* the line end behind the chunk */
        in = tt_span_from(in, end < in.len ? end + 1 : in.len);
    }
    return err;
}

/* RFC 5321, section 4.5.2: a dot at the start of a line is one too many; one alone ends the text.
 */
enum tt_err tt_verify_undot(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    while (in.len > 0 && err == TT_OK) {
        size_t end = tt_span_find(in, '\n');
        size_t len = end < in.len ? end + 1 : in.len;
        struct tt_span line = tt_span_sub(in, 0, len);
        in = tt_span_from(in, len);
        if (tt_span_eq(tt_span_trim(line), tt_span_str(".")) && line.len <= 3)
            break;
        if (line.data[0] == '.')
            line = tt_span_from(line, 1);
        err = tt_buf_append(out, line);
    }
    return err;
}

/* HTML, section 9.2.6: from the value of a data line to that of the last one. */
enum tt_err tt_verify_unstream(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    bool first = true;
    while (err == TT_OK && (first || in.len > 0)) {
        size_t len = 0;
        while (len < in.len && in.data[len] != '\n' && in.data[len] != '\r')
            len++;
        struct tt_span line = tt_span_sub(in, 0, len);
        bool pair = len + 1 < in.len && in.data[len] == '\r' && in.data[len + 1] == '\n';
        in = tt_span_from(in, len + (pair ? 2 : 1));
        if (!first) {
            line = tt_span_from(line, 5); /* "data:" */
            line = line.len > 0 && line.data[0] == ' ' ? tt_span_from(line, 1) : line;
            err = tt_buf_append_u8(out, '\n');
        }
        if (err == TT_OK)
            err = tt_buf_append(out, line);
        first = false;
    }
    return err;
}

static enum tt_err read_utf16(struct tt_span in, bool big, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i + 1 < in.len && err == TT_OK; i += 2) {
        uint32_t unit = big ? (uint32_t)in.data[i] << 8 | in.data[i + 1]
                            : (uint32_t)in.data[i + 1] << 8 | in.data[i];
        if (unit >= 0xd800 && unit < 0xdc00 && i + 3 < in.len) {
            uint32_t low = big ? (uint32_t)in.data[i + 2] << 8 | in.data[i + 3]
                               : (uint32_t)in.data[i + 3] << 8 | in.data[i + 2];
            unit = 0x10000 + ((unit - 0xd800) << 10) + ((low - 0xdc00) & 0x3ff);
            i += 2;
        }
        if (unit != 0xfeff) /* a byte order mark says nothing */
            err = put_code(out, unit);
    }
    return err;
}

enum tt_err tt_verify_utf16be(struct tt_span in, struct tt_buf *out)
{
    return read_utf16(in, true, out);
}

enum tt_err tt_verify_utf16le(struct tt_span in, struct tt_buf *out)
{
    return read_utf16(in, false, out);
}

/* ---- Exif ---- */

struct tiff {
    struct tt_span in;
    bool little;
};

/* An integer of `len` bytes at `at`; 0 behind the end. */
static uint64_t tiff_at(const struct tiff *tiff, uint64_t at, size_t len)
{
    if (at > tiff->in.len)
        return 0;
    struct tt_reader reader = tt_reader_of(tt_span_from(tiff->in, (size_t)at));
    return tiff->little ? tt_read_le(&reader, len) : tt_read_be(&reader, len);
}

/* Where the value of `tag` stands in the directory at `directory`; 0: it is not there. */
static uint64_t find_tag(const struct tiff *tiff, uint64_t directory, uint64_t tag)
{
    uint64_t count = tiff_at(tiff, directory, 2);
    for (uint64_t i = 0; i < count && directory != 0; i++) {
        uint64_t entry = directory + 2 + 12 * i;
        if (tiff_at(tiff, entry, 2) == tag)
            return entry + 8;
    }
    return 0;
}

static double degrees_of(const struct tiff *tiff, uint64_t place, uint64_t sign)
{
    double parts[3] = {0, 0, 0};
    uint64_t at = tiff_at(tiff, place, 4);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t divisor = tiff_at(tiff, at + 8 * i + 4, 4);
        if (divisor != 0)
            parts[i] = (double)tiff_at(tiff, at + 8 * i, 4) / (double)divisor;
    }
    double value = parts[0] + parts[1] / 60 + parts[2] / 3600;
    uint64_t letter = tiff_at(tiff, sign, 1);
    return letter == 'S' || letter == 'W' ? -value : value;
}

enum tt_err tt_verify_position(struct tt_span in, struct tt_buf *out)
{
    enum { GPS_DIRECTORY = 0x8825, LATITUDE = 2, LONGITUDE = 4 };
    struct tiff tiff = {.in = in, .little = tt_span_starts(in, tt_span_str("II"))};
    uint64_t pointer = find_tag(&tiff, tiff_at(&tiff, 4, 4), GPS_DIRECTORY);
    uint64_t gps = pointer == 0 ? 0 : tiff_at(&tiff, pointer, 4);
    uint64_t latitude = find_tag(&tiff, gps, LATITUDE);
    uint64_t longitude = find_tag(&tiff, gps, LONGITUDE);
    if (latitude == 0 || longitude == 0)
        return TT_OK;
    return tt_buf_printf(out, "%.6f,%.6f",
                         degrees_of(&tiff, latitude, find_tag(&tiff, gps, LATITUDE - 1)),
                         degrees_of(&tiff, longitude, find_tag(&tiff, gps, LONGITUDE - 1)));
}
