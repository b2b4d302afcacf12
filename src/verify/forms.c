#include "verify/forms.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/utf.h"
#include "model/limits.h"
#include "verify/escapes.h"

enum { TEXT_MAX = 65536, WORDS_MAX = 16, HANGUL = 0xac00, HANGUL_END = 0xd7a4 };

/* ---- folding: case and accents do not count ---- */

/* U+00C0 to U+017F as ASCII letters; "*" stands for what has none. */
static const char latin[] = "aaaaaa*ceeeeiiii*nooooo**uuuuy**aaaaaa*ceeeeiiii*nooooo**uuuuy*y"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiii***jjkk*lllllll"
                            "lllnnnnnn***oooooo**rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* Likewise U+0180 to U+024F, and U+1E00 to U+1EFF. */
static const char latin_b[] = "********************************oo*************uu***************"
                              "*************aaiioouuuuuuuuuu*aaaa****ggkkoooo**j***gg**nnaa****"
                              "aaaaeeeeiiiioooorrrruuuusstt**hh******aaeeooooooooyy************"
                              "****************";
static const char latin_more[] = "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
                                 "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
                                 "wwwwwwwwwwxxxxyyzzzzzzhtwy******aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
                                 "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy******";

/* Greek and Cyrillic letters with a mark, and without, in small letters. */
static const struct {
    uint16_t code;
    uint16_t plain;
} marked[] = {
    {0x385, 0xa8},  {0x386, 0x3b1}, {0x388, 0x3b5}, {0x389, 0x3b7}, {0x38a, 0x3b9}, {0x38c, 0x3bf},
    {0x38e, 0x3c5}, {0x38f, 0x3c9}, {0x390, 0x3b9}, {0x3aa, 0x3b9}, {0x3ab, 0x3c5}, {0x3ac, 0x3b1},
    {0x3ad, 0x3b5}, {0x3ae, 0x3b7}, {0x3af, 0x3b9}, {0x3b0, 0x3c5}, {0x3ca, 0x3b9}, {0x3cb, 0x3c5},
    {0x3cc, 0x3bf}, {0x3cd, 0x3c5}, {0x3ce, 0x3c9}, {0x3d3, 0x3d2}, {0x3d4, 0x3d2}, {0x400, 0x435},
    {0x401, 0x435}, {0x403, 0x433}, {0x407, 0x456}, {0x40c, 0x43a}, {0x40d, 0x438}, {0x40e, 0x443},
    {0x419, 0x438}, {0x439, 0x438}, {0x450, 0x435}, {0x451, 0x435}, {0x453, 0x433}, {0x457, 0x456},
    {0x45c, 0x43a}, {0x45d, 0x438}, {0x45e, 0x443}, {0x476, 0x475}, {0x477, 0x475}, {0x4c1, 0x436},
    {0x4c2, 0x436}, {0x4d0, 0x430}, {0x4d1, 0x430}, {0x4d2, 0x430}, {0x4d3, 0x430}, {0x4d6, 0x435},
    {0x4d7, 0x435}, {0x4da, 0x4d9}, {0x4db, 0x4d9}, {0x4dc, 0x436}, {0x4dd, 0x436}, {0x4de, 0x437},
    {0x4df, 0x437}, {0x4e2, 0x438}, {0x4e3, 0x438}, {0x4e4, 0x438}, {0x4e5, 0x438}, {0x4e6, 0x43e},
    {0x4e7, 0x43e}, {0x4ea, 0x4e9}, {0x4eb, 0x4e9}, {0x4ec, 0x44d}, {0x4ed, 0x44d}, {0x4ee, 0x443},
    {0x4ef, 0x443}, {0x4f0, 0x443}, {0x4f1, 0x443}, {0x4f2, 0x443}, {0x4f3, 0x443}, {0x4f4, 0x447},
    {0x4f5, 0x447}, {0x4f8, 0x44b}, {0x4f9, 0x44b}};

static const struct {
    uint32_t code;
    const char *plain;
    const char *digraph;
} special[] = {{0xdf, "ss", "ss"}, {0xe4, "a", "ae"},   {0xf6, "o", "oe"},   {0xfc, "u", "ue"},
               {0xe5, "a", "aa"},  {0xe6, "ae", "ae"},  {0xf8, "o", "oe"},   {0xc4, "a", "ae"},
               {0xd6, "o", "oe"},  {0xdc, "u", "ue"},   {0xc5, "a", "aa"},   {0xc6, "ae", "ae"},
               {0xd8, "o", "oe"},  {0x152, "oe", "oe"}, {0x153, "oe", "oe"}, {0x1e9e, "ss", "ss"},
               {0xf0, "d", "d"},   {0xd0, "d", "d"},    {0xfe, "th", "th"},  {0xde, "th", "th"},
               {0x131, "i", "i"},  {0x2019, "'", "'"}};

static enum tt_err put_code(struct tt_buf *out, uint32_t code)
{
    uint8_t bytes[4];
    size_t len = tt_utf8_write(code, bytes);
    return tt_buf_append(out, tt_span_of(bytes, len));
}

/* A Hangul syllable as its letters (Unicode Standard, section 3.12). */
static enum tt_err put_jamo(struct tt_buf *out, uint32_t code)
{
    enum { VOWELS = 21, TAILS = 28 };
    uint32_t at = code - HANGUL;
    enum tt_err err = put_code(out, 0x1100 + at / (VOWELS * TAILS));
    if (err == TT_OK)
        err = put_code(out, 0x1161 + at / TAILS % VOWELS);
    return err == TT_OK && at % TAILS > 0 ? put_code(out, 0x11a7 + at % TAILS) : err;
}

/* The letter without its mark; 0 for what has none. */
static uint32_t unmarked(uint32_t code)
{
    char letter = '*';
    if (code >= 0xc0 && code < 0xc0 + sizeof(latin) - 1)
        letter = latin[code - 0xc0];
    else if (code >= 0x180 && code < 0x180 + sizeof(latin_b) - 1)
        letter = latin_b[code - 0x180];
    else if (code >= 0x1e00 && code < 0x1e00 + sizeof(latin_more) - 1)
        letter = latin_more[code - 0x1e00];
    if (letter != '*')
        return (uint8_t)letter;
    for (size_t i = 0; i < TT_ARRAY_LEN(marked); i++)
        if (marked[i].code == code)
            return marked[i].plain;
    return 0;
}

/* Kana without the mark of voice (U+3099, U+309A). */
static uint32_t unvoiced(uint32_t code)
{
    uint32_t kana = code >= 0x30a0 ? code - 0x60 : code;
    bool voiced = (kana >= 0x304b && kana <= 0x3062 && kana % 2 == 0) ||
                  (kana >= 0x3065 && kana <= 0x3069 && kana % 2 == 1);
    if (kana >= 0x306f && kana <= 0x307d)
        return code - (kana - 0x306f) % 3;
    return kana == 0x3094 ? code - 0x4e : voiced ? code - 1 : code;
}

static enum tt_err put_folded(struct tt_buf *out, uint32_t code, bool digraphs)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(special); i++)
        if (special[i].code == code)
            return tt_buf_append_str(out, digraphs ? special[i].digraph : special[i].plain);
    if ((code >= 0x300 && code < 0x370) || code == 0x3099 || code == 0x309a) /* combining marks */
        return TT_OK;
    if (code < 0x80)
        return tt_buf_append_u8(out, tt_lower((uint8_t)code));
    if (unmarked(code) != 0)
        return put_code(out, unmarked(code));
    if (code >= HANGUL && code < HANGUL_END)
        return put_jamo(out, code);
    if (code >= 0x3040 && code < 0x3100)
        code = unvoiced(code);
    if (code >= 0x391 && code <= 0x3a9)
        code += 0x20;
    else if (code >= 0x410 && code <= 0x42f)
        code += 0x20;
    else if (code >= 0x400 && code <= 0x40f)
        code += 0x50;
    return put_code(out, code);
}

/* False for what is no UTF-8. */
static bool fold(struct tt_span text, bool digraphs, struct tt_buf *out)
{
    while (text.len > 0) {
        uint32_t code = 0;
        size_t len = 0;
        if (!tt_utf8_read(text, &code, &len) || put_folded(out, code, digraphs) != TT_OK)
            return false;
        text = tt_span_from(text, len);
    }
    return true;
}

typedef bool compare_fn(struct tt_span found, struct tt_span value);

/* Both folded; also with umlauts as two letters. */
static bool folded(struct tt_span bytes, struct tt_span value, compare_fn *compare)
{
    bool same = false;
    for (unsigned digraphs = 0; digraphs < 2 && !same; digraphs++) {
        struct tt_buf a = tt_buf_make(TEXT_MAX);
        struct tt_buf b = tt_buf_make(TEXT_MAX);
        same = fold(bytes, digraphs == 1, &a) && fold(value, digraphs == 1, &b) &&
               compare(tt_buf_span(&a), tt_buf_span(&b));
        tt_buf_wipe(&a);
        tt_buf_wipe(&b);
    }
    return same;
}

static bool is_same(struct tt_span found, struct tt_span value)
{
    return tt_span_eq(found, value);
}

static bool is_part(struct tt_span found, struct tt_span value)
{
    enum { PART_MIN = 6 };
    return found.len >= PART_MIN && tt_span_search(value, found) != SIZE_MAX;
}

/* The words of a text: what stands between signs. */
static size_t words_of(struct tt_span text, struct tt_span out[WORDS_MAX])
{
    size_t count = 0;
    for (size_t at = 0; at < text.len && count < WORDS_MAX;) {
        size_t end = at;
        while (end < text.len && (tt_is_alnum(text.data[end]) || text.data[end] >= 0x80))
            end++;
        if (end > at)
            out[count++] = tt_span_sub(text, at, end - at);
        at = end + 1;
    }
    return count;
}

/* All words of `value`, once each, one behind the other in any order and with any signs. */
static bool is_words(struct tt_span found, struct tt_span value)
{
    struct tt_span words[WORDS_MAX];
    bool used[WORDS_MAX] = {false};
    size_t count = words_of(value, words);
    size_t left = count;
    while (found.len > 0) {
        if (!tt_is_alnum(found.data[0]) && found.data[0] < 0x80) {
            found = tt_span_from(found, 1);
            continue;
        }
        size_t best = WORDS_MAX;
        for (size_t i = 0; i < count; i++)
            if (!used[i] && tt_span_starts(found, words[i]) &&
                (best == WORDS_MAX || words[i].len > words[best].len))
                best = i;
        if (best == WORDS_MAX)
            return false;
        used[best] = true;
        left--;
        found = tt_span_from(found, words[best].len);
    }
    return left == 0 && count > 0;
}

static bool is_first(struct tt_span found, struct tt_span value)
{
    struct tt_span words[WORDS_MAX];
    return words_of(value, words) > 0 && tt_span_eq(found, words[0]);
}

static bool is_last(struct tt_span found, struct tt_span value)
{
    struct tt_span words[WORDS_MAX];
    size_t count = words_of(value, words);
    return count > 0 && tt_span_eq(found, words[count - 1]);
}

/* ---- rules for texts ---- */

/* A UUID (RFC 4122) with its dashes: it is the same text without them. */
static bool is_uuid(struct tt_span value)
{
    enum { DASHES = 4, DIGITS = 32 };
    return value.len == DIGITS + DASHES && value.data[8] == '-' && value.data[23] == '-';
}

static bool text_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    if (is_uuid(form->value) && tt_verify_hex(form, bytes))
        return true;
    return tt_span_ieq(bytes, form->value) || folded(bytes, form->value, is_same);
}

static bool written_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    return text_rule(form, bytes) || tt_verify_number(form, bytes);
}

static bool words_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    struct tt_buf plain = tt_buf_make(TEXT_MAX);
    bool same = tt_verify_unpercent_plus(bytes, &plain) == TT_OK &&
                folded(tt_buf_span(&plain), form->value, is_words);
    tt_buf_wipe(&plain);
    return same;
}

/* Two values of neighbouring fields, with the name of the second field between them: together the
 * words of the name. */
static bool name_fields_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    size_t quote = bytes.len > 0 && bytes.data[0] == '"' ? 1 : 0;
    bytes = tt_span_sub(bytes, quote, bytes.len - 2 * quote);
    size_t first = 0;
    size_t last = bytes.len;
    while (first < bytes.len && bytes.data[first] != '"' && bytes.data[first] != '&')
        first++;
    while (last > first && bytes.data[last - 1] != '"' && bytes.data[last - 1] != '=')
        last--;
    struct tt_buf both = tt_buf_make(TEXT_MAX);
    bool same = first < last && tt_buf_append(&both, tt_span_sub(bytes, 0, first)) == TT_OK &&
                tt_buf_append_u8(&both, ' ') == TT_OK &&
                tt_buf_append(&both, tt_span_from(bytes, last)) == TT_OK &&
                folded(tt_buf_span(&both), form->value, is_words);
    tt_buf_wipe(&both);
    return same;
}

static bool first_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    return folded(bytes, form->value, is_first);
}

static bool last_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    return folded(bytes, form->value, is_last);
}

static bool part_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    return folded(bytes, form->value, is_part);
}

/* Any text that says it: for charsets, where the name of the form tells no more. */
static bool any_text(const struct tt_verify_form *form, struct tt_span text)
{
    if (text.len == 0)
        return false;
    return text_rule(form, text) || tt_verify_number(form, text) || tt_verify_hex(form, text) ||
           tt_verify_place_text(form, text) ||
           (strncmp(form->name, "fragment", 8) == 0 && part_rule(form, text));
}

static bool escaped_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    struct tt_buf plain = tt_buf_make(TEXT_MAX);
    bool percent = strcmp(form->name, "percent") == 0;
    enum tt_err err =
        percent ? tt_verify_unpercent_plus(bytes, &plain) : tt_verify_unbackslash(bytes, &plain);
    bool same = err == TT_OK && any_text(form, tt_buf_span(&plain));
    if (!same && percent) {
        tt_buf_clear(&plain);
        same = tt_verify_unpercent(bytes, &plain) == TT_OK && any_text(form, tt_buf_span(&plain));
    }
    tt_buf_wipe(&plain);
    return same;
}

static bool utf16_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    struct tt_buf plain = tt_buf_make(TEXT_MAX);
    bool big = strstr(form->name, "16be") != NULL;
    enum tt_err err = big ? tt_verify_utf16be(bytes, &plain) : tt_verify_utf16le(bytes, &plain);
    bool same = err == TT_OK && any_text(form, tt_buf_span(&plain));
    tt_buf_wipe(&plain);
    return same;
}

static bool charset_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    static const struct {
        const char *form;
        const char *charset;
    } charsets[] = {{"latin-1", "ISO-8859-1"}, {"gbk", "GBK"},       {"shift-jis", "CP932"},
                    {"euc-jp", "EUC-JP"},      {"big5", "BIG5"},     {"euc-kr", "EUC-KR"},
                    {"latin-2", "ISO-8859-2"}, {"koi8-r", "KOI8-R"}, {"windows-1251", "CP1251"}};
    char in[1024];
    char out[4096];
    for (size_t i = 0; i < TT_ARRAY_LEN(charsets) && bytes.len <= sizeof(in); i++) {
        if (strcmp(charsets[i].form, form->name) != 0)
            continue;
        iconv_t converter = iconv_open("UTF-8", charsets[i].charset);
        if ((intptr_t)converter == -1)
            return false;
        memcpy(in, bytes.data, bytes.len);
        char *from = in;
        char *to = out;
        size_t left = bytes.len;
        size_t room = sizeof(out);
        bool read = iconv(converter, &from, &left, &to, &room) != (size_t)-1 && left == 0;
        (void)iconv_close(converter);
        return read && any_text(form, tt_span_of(out, sizeof(out) - room));
    }
    return false;
}

/* ---- GSM 7-bit alphabet (3GPP TS 23.038, 6.1.2 and 6.2.1) ---- */

static uint32_t gsm_code(unsigned septet)
{
    static const uint16_t low[32] = {0x40,  0xa3,  0x24,  0xa5,  0xe8,  0xe9,  0xf9,  0xec,
                                     0xf2,  0xc7,  0x0a,  0xd8,  0xf8,  0x0d,  0xc5,  0xe5,
                                     0x394, 0x5f,  0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8,
                                     0x3a3, 0x398, 0x39e, 0x1b,  0xc6,  0xe6,  0xdf,  0xc9};
    switch (septet) {
    case 0x24:
        return 0xa4;
    case 0x40:
        return 0xa1;
    case 0x5b:
        return 0xc4;
    case 0x5c:
        return 0xd6;
    case 0x5d:
        return 0xd1;
    case 0x5e:
        return 0xdc;
    case 0x5f:
        return 0xa7;
    case 0x60:
        return 0xbf;
    case 0x7b:
        return 0xe4;
    case 0x7c:
        return 0xf6;
    case 0x7d:
        return 0xf1;
    case 0x7e:
        return 0xfc;
    case 0x7f:
        return 0xe0;
    default:
        return septet < 32 ? low[septet] : septet;
    }
}

/* The septets that lie whole in the bytes, when the first one begins at bit `shift`. */
static bool gsm_text(struct tt_span bytes, unsigned shift, struct tt_buf *out)
{
    for (size_t bit = shift; bit + 7 <= bytes.len * 8; bit += 7) {
        unsigned pair = bytes.data[bit / 8];
        if (bit / 8 + 1 < bytes.len)
            pair |= (unsigned)bytes.data[bit / 8 + 1] << 8;
        uint8_t utf8[4];
        size_t len = tt_utf8_write(gsm_code(pair >> bit % 8 & 0x7f), utf8);
        if (tt_buf_append(out, tt_span_of(utf8, len)) != TT_OK)
            return false;
    }
    return true;
}

static bool gsm_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    bool same = false;
    for (unsigned shift = 0; shift < 7 && !same; shift++) {
        struct tt_buf text = tt_buf_make(TEXT_MAX);
        same = gsm_text(bytes, shift, &text) && part_rule(form, tt_buf_span(&text));
        tt_buf_wipe(&text);
    }
    return same;
}

/* ---- e-mail, NetBIOS ---- */

static struct tt_span local_of(struct tt_span address)
{
    return tt_span_sub(address, 0, tt_span_find(address, '@'));
}

static bool local_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    return tt_span_ieq(bytes, local_of(form->value));
}

/* An address without dots in the local part, without the tag, or without both: compared without
 * either. */
static bool mailbox_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    struct tt_span texts[2] = {bytes, form->value};
    struct tt_buf plain[2] = {tt_buf_make(TEXT_MAX), tt_buf_make(TEXT_MAX)};
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < 2; i++) {
        struct tt_span local = local_of(texts[i]);
        struct tt_span domain = tt_span_from(texts[i], local.len);
        local = tt_span_sub(local, 0, tt_span_find(local, '+'));
        for (size_t j = 0; j < local.len && err == TT_OK; j++)
            if (local.data[j] != '.')
                err = tt_buf_append_u8(&plain[i], tt_lower(local.data[j]));
        if (err == TT_OK)
            err = tt_buf_append(&plain[i], domain);
    }
    bool same = err == TT_OK && tt_span_ieq(tt_buf_span(&plain[0]), tt_buf_span(&plain[1]));
    tt_buf_wipe(&plain[0]);
    tt_buf_wipe(&plain[1]);
    return same;
}

/* RFC 1001, 14.1: two letters from A on for a byte; 15 characters, filled up with spaces. */
static bool netbios_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    char name[32] = "";
    size_t len = 0;
    for (size_t i = 0; i + 1 < bytes.len && len + 1 < sizeof(name); i += 2) {
        unsigned high = bytes.data[i] - (unsigned)'A';
        unsigned low = bytes.data[i + 1] - (unsigned)'A';
        if (high > 15 || low > 15)
            return false;
        name[len++] = (char)(high << 4 | low);
    }
    struct tt_span found = tt_span_trim(tt_span_of(name, len < 15 ? len : 15));
    return found.len > 0 && tt_span_ieq(found, tt_span_sub(form->value, 0, 15));
}

static bool dashed_rule(const struct tt_verify_form *form, struct tt_span bytes)
{
    char room[64] = "";
    if (tt_verify_number(form, bytes) || tt_verify_hex(form, bytes))
        return true;
    if (bytes.len >= sizeof(room))
        return false;
    for (size_t i = 0; i < bytes.len; i++) /* an IPv4 address */
        room[i] = bytes.data[i] == '-' ? '.' : (char)bytes.data[i];
    return tt_span_ieq(tt_span_of(room, bytes.len), form->value);
}

/* ---- the table ---- */

static const struct {
    const char *form;
    tt_verify_rule *rule;
} rules[] = {{"text", text_rule},
             {"lower", text_rule},
             {"upper", text_rule},
             {"nfc", text_rule},
             {"nfd", text_rule},
             {"unaccented", text_rule},
             {"as written", written_rule},
             {"json", escaped_rule},
             {"percent", escaped_rule},
             {"utf-16le", utf16_rule},
             {"utf-16be", utf16_rule},
             {"fragment", part_rule},
             {"fragment, utf-16le", utf16_rule},
             {"fragment, utf-16be", utf16_rule},
             {"gsm-7", gsm_rule},
             {"latin-1", charset_rule},
             {"latin-2", charset_rule},
             {"gbk", charset_rule},
             {"big5", charset_rule},
             {"shift-jis", charset_rule},
             {"euc-jp", charset_rule},
             {"euc-kr", charset_rule},
             {"koi8-r", charset_rule},
             {"windows-1251", charset_rule},
             {"last name first", words_rule},
             {"first name first", words_rule},
             {"joined", words_rule},
             {"apart", name_fields_rule},
             {"first name", first_rule},
             {"last name", last_rule},
             {"local part", local_rule},
             {"without tag", mailbox_rule},
             {"without dots", mailbox_rule},
             {"without dots and tag", mailbox_rule},
             {"netbios", netbios_rule},
             {"digits", tt_verify_number},
             {"e164", tt_verify_number},
             {"00", tt_verify_number},
             {"national", tt_verify_number},
             {"national, short", tt_verify_number},
             {"last nine digits", tt_verify_number},
             {"last seven digits", tt_verify_number},
             {"grouped", tt_verify_number},
             {"spaced", tt_verify_number},
             {"slashed", tt_verify_number},
             {"dashed", dashed_rule},
             {"digits without check digit", tt_verify_unchecked},
             {"check digit 0", tt_verify_spare},
             {"imeisv", tt_verify_imeisv},
             {"imeisv, tbcd", tt_verify_bcd},
             {"tbcd", tt_verify_bcd},
             {"bcd", tt_verify_bcd},
             {"mobile identity", tt_verify_mobile},
             {"apart", tt_verify_apart},
             {"suci", tt_verify_suci},
             {"uint32be", tt_verify_integer},
             {"uint32le", tt_verify_integer},
             {"uint64be", tt_verify_integer},
             {"uint64le", tt_verify_integer},
             {"uint32be pair", tt_verify_integer},
             {"uint32le pair", tt_verify_integer},
             {"decimal", tt_verify_integer},
             {"decimal, signed", tt_verify_integer},
             {"hexadecimal", tt_verify_integer},
             {"varint", tt_verify_integer},
             {"varint, zigzag", tt_verify_integer},
             {"double", tt_verify_integer},
             {"uuid", tt_verify_hex},
             {"without dashes", tt_verify_hex},
             {"colons", tt_verify_hex},
             {"dashes", tt_verify_hex},
             {"dots", tt_verify_hex},
             {"spaces", tt_verify_hex},
             {"underscores", tt_verify_hex},
             {"commas", tt_verify_hex},
             {"bars", tt_verify_hex},
             {"no separators", tt_verify_hex},
             {"lower, colons", tt_verify_hex},
             {"upper, colons", tt_verify_hex},
             {"lower, plain", tt_verify_hex},
             {"upper, plain", tt_verify_hex},
             {"lower, dashes", tt_verify_hex},
             {"upper, dashes", tt_verify_hex},
             {"colons, short", tt_verify_short_colons},
             {"raw", tt_verify_raw},
             {"raw, backwards", tt_verify_raw},
             {"guid", tt_verify_raw},
             {"uint64le pair", tt_verify_raw},
             {"eui-64", tt_verify_eui64},
             {"eui-64, text", tt_verify_eui64},
             {"ipv6", tt_verify_eui64},
             {"ip6.arpa", tt_verify_eui64},
             {"latitude", tt_verify_place_text},
             {"longitude", tt_verify_place_text},
             {"pair", tt_verify_place_text},
             {"latitude, comma", tt_verify_place_comma},
             {"longitude, comma", tt_verify_place_comma},
             {"pair, comma", tt_verify_place_comma},
             {"latitude, e5", tt_verify_place_text},
             {"latitude, e6", tt_verify_place_text},
             {"latitude, e7", tt_verify_place_text},
             {"longitude, e5", tt_verify_place_text},
             {"longitude, e6", tt_verify_place_text},
             {"longitude, e7", tt_verify_place_text},
             {"pair, scaled", tt_verify_place_text},
             {"pair, int32be", tt_verify_place_raw},
             {"pair, int32le", tt_verify_place_raw},
             {"pair, protobuf", tt_verify_place_raw},
             {"pair, float", tt_verify_place_raw},
             {"latitude, double", tt_verify_place_raw},
             {"longitude, double", tt_verify_place_raw},
             {"latitude, dms", tt_verify_place_dms},
             {"longitude, dms", tt_verify_place_dms},
             {"latitude, nmea", tt_verify_place_nmea},
             {"longitude, nmea", tt_verify_place_nmea},
             {"geohash", tt_verify_geohash}};

enum tt_verify_answer tt_verify_form_says(const struct tt_verify_form *form, struct tt_span bytes)
{
    bool known = false;
    if (bytes.data == NULL) /* nothing was decoded */
        bytes = tt_span_str("");
    for (size_t i = 0; i < TT_ARRAY_LEN(rules); i++) {
        if (strcmp(rules[i].form, form->name) != 0)
            continue;
        known = true; /* a name may have several rules: of several kinds */
        if (rules[i].rule(form, bytes))
            return TT_VERIFY_YES;
    }
    return known ? TT_VERIFY_NO : TT_VERIFY_UNKNOWN;
}
