#include "identify/strength.h"

#include "base/compiler.h"
#include "base/utf.h"

#include <math.h>

#define BITS_LETTER 4.7
#define BITS_LATER_LETTER 2.0
#define BITS_REPEATED 0.5
#define BITS_COMMON 8.0
#define BITS_IDEOGRAPH 8.0
#define BITS_SIGN 1.0
#define BITS_HEX 3.8
#define BITS_HEX_UNKNOWN 4.0
#define BITS_UUID 122.0 /* RFC 9562 section 5.4 */
#define BITS_NAME_WORD 18.0
#define BITS_SHORT_WORD 8.0 /* of a sentence */

enum {
    SHORT_WORD = 4,   /* letters: there are few such words, and every sentence has some */
    FULL_LETTERS = 3, /* letters of a word that count in full */
    COMMON_MIN = 3,   /* letters of the words that everybody uses */
    COMMON_MAX = 8,
    TRIVIAL_RUN = 3,    /* digits from which a row (111, 123) is looked for */
    HEX_MIN = 8,        /* shorter strings are counted as text */
    IDEOGRAPHS = 0x2e80 /* first code point of the CJK blocks */
};

/* Words that stand in the traffic of people who have nothing to do with each other, and words of
 * the language that are names as well: "will mark pay the bill". Sorted. */
static const char *const common_words[] = {
    "admin",    "android", "angel",    "april",  "art",      "august",    "autumn",  "baker",
    "bank",     "banks",   "bell",     "berry",  "bill",     "bishop",    "black",   "blue",
    "bond",     "brook",   "brooks",   "brown",  "bush",     "carpenter", "chance",  "chase",
    "church",   "clay",    "cliff",    "cook",   "crystal",  "daisy",     "dale",    "dawn",
    "day",      "dean",    "diamond",  "drew",   "duke",     "earl",      "english", "fair",
    "faith",    "farmer",  "field",    "fields", "fisher",   "flower",    "ford",    "forest",
    "fox",      "frank",   "french",   "gene",   "gold",     "good",      "grace",   "grant",
    "gray",     "green",   "grey",     "guest",  "guy",      "hall",      "harmony", "hazel",
    "heart",    "heath",   "heather",  "hello",  "hill",     "home",      "hope",    "house",
    "hunter",   "iphone",  "ivy",      "jack",   "jewel",    "joy",       "june",    "justice",
    "king",     "knight",  "lake",     "lane",   "letmein",  "lily",      "little",  "login",
    "london",   "long",    "love",     "major",  "march",    "mark",      "mason",   "max",
    "may",      "melody",  "merry",    "miles",  "miller",   "mobile",    "moon",    "network",
    "nick",     "noble",   "office",   "olive",  "owner",    "page",      "parks",   "pass",
    "password", "pearl",   "penny",    "pepper", "phone",    "pierce",    "pool",    "poppy",
    "porter",   "potter",  "power",    "powers", "price",    "prince",    "private", "public",
    "queen",    "qwerty",  "ray",      "read",   "reed",     "rich",      "ridge",   "rivers",
    "rob",      "robin",   "rock",     "root",   "rose",     "ruby",      "rush",    "sage",
    "samsung",  "sand",    "savage",   "secret", "server",   "sharp",     "short",   "silver",
    "singer",   "sky",     "small",    "smart",  "snow",     "star",      "stark",   "stone",
    "storm",    "strong",  "summer",   "sunny",  "swift",    "system",    "taylor",  "test",
    "thorn",    "user",    "username", "violet", "virginia", "walker",    "wall",    "waters",
    "weaver",   "welcome", "west",     "white",  "wifi",     "wild",      "will",    "winter",
    "wireless", "wise",    "wlan",     "wolf",   "wood",     "woods",     "work",    "world",
    "young",
};

/* As strcmp, the word's letters in lower case. */
static int compare_word(struct tt_span word, const char *with)
{
    for (size_t i = 0; i < word.len; i++) {
        int order = tt_lower(word.data[i]) - (uint8_t)with[i];
        if (order != 0)
            return order;
    }
    return with[word.len] == 0 ? 0 : -1;
}

static bool is_common(struct tt_span word)
{
    if (word.len < COMMON_MIN || word.len > COMMON_MAX)
        return false;
    size_t low = 0;
    size_t high = TT_ARRAY_LEN(common_words);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_word(word, common_words[middle]);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

/* 000000, 123456, 987654: every step is the same. */
static bool is_row(struct tt_span digits)
{
    if (digits.len < TRIVIAL_RUN)
        return false;
    unsigned step = (digits.data[1] + 10U - digits.data[0]) % 10U;
    if (step != 0 && step != 1 && step != 9)
        return false;
    for (size_t i = 2; i < digits.len; i++) {
        if ((digits.data[i] + 10U - digits.data[i - 1]) % 10U != step)
            return false;
    }
    return true;
}

double tt_bits_of_digits(struct tt_span digits, size_t shared, double shared_bits)
{
    if (is_row(digits))
        return BITS_COMMON;
    if (shared > digits.len)
        shared = digits.len;
    return (double)shared * shared_bits + (double)(digits.len - shared) * TT_BITS_DIGIT;
}

static bool is_hex_string(struct tt_span text)
{
    size_t letters = 0;
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (tt_is_digit(text.data[i]))
            digits++;
        else if (tt_hex_value(text.data[i]) >= 0)
            letters++;
        else if (text.data[i] != '-')
            return false;
    }
    return letters > 0 && digits > 0 && letters + digits >= HEX_MIN;
}

static double bits_of_hex(struct tt_span text)
{
    double bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '-')
            bits += i > 0 && text.data[i] == text.data[i - 1] ? BITS_REPEATED : BITS_HEX;
    }
    return bits;
}

static bool is_letter(uint32_t code)
{
    return code >= 0x80 ? code < IDEOGRAPHS : tt_is_alpha((uint8_t)code);
}

/* A word from the front of the text: letters of which only the first may be a capital, or all are
 * capitals. Sets its bits; returns its length, 0 when no letter stands there. */
static size_t take_word(struct tt_span text, double *ret_bits)
{
    size_t at = 0;
    size_t letters = 0;
    uint32_t before = 0;
    double bits = 0;
    while (at < text.len) {
        uint32_t code = 0;
        size_t len = 0;
        if (!tt_utf8_read(tt_span_from(text, at), &code, &len) || !is_letter(code))
            break;
        bool capital = code >= 'A' && code <= 'Z';
        if (capital && before >= 'a' && before <= 'z')
            break;
        letters++;
        if (code == before)
            bits += BITS_REPEATED;
        else
            bits += letters <= FULL_LETTERS ? BITS_LETTER : BITS_LATER_LETTER;
        before = code;
        at += len;
    }
    if (bits > BITS_COMMON && is_common(tt_span_sub(text, 0, at)))
        bits = BITS_COMMON;
    *ret_bits = bits;
    return at;
}

static size_t take_digits(struct tt_span text, double *ret_bits)
{
    size_t len = 0;
    while (len < text.len && tt_is_digit(text.data[len]))
        len++;
    *ret_bits = tt_bits_of_digits(tt_span_sub(text, 0, len), 0, 0);
    return len;
}

static size_t take_other(struct tt_span text, double *ret_bits)
{
    uint32_t code = 0;
    size_t len = 0;
    if (!tt_utf8_read(text, &code, &len))
        len = 1;
    *ret_bits = code >= IDEOGRAPHS ? BITS_IDEOGRAPH : BITS_SIGN;
    return len;
}

/* `short_max`: of words of at most SHORT_WORD bytes. */
static double bits_of_words(struct tt_span text, double word_max, double short_max)
{
    double bits = 0;
    while (text.len > 0) {
        double more = 0;
        size_t len = take_word(text, &more);
        double most = len <= SHORT_WORD && short_max < word_max ? short_max : word_max;
        more = more < most ? more : most;
        if (len == 0)
            len = take_digits(text, &more);
        if (len == 0)
            len = take_other(text, &more);
        bits += more;
        text = tt_span_from(text, len);
    }
    return bits;
}

double tt_bits_of_text(struct tt_span text)
{
    return is_hex_string(text) ? bits_of_hex(text) : bits_of_words(text, HUGE_VAL, HUGE_VAL);
}

double tt_bits_of_name(struct tt_span text)
{
    return bits_of_words(text, BITS_NAME_WORD, BITS_NAME_WORD);
}

double tt_bits_of_sentence(struct tt_span text)
{
    return bits_of_words(text, HUGE_VAL, BITS_SHORT_WORD);
}

double tt_bits_unknown(struct tt_span text)
{
    enum { UUID_DIGITS = 32 };
    size_t digits = 0;
    if (!is_hex_string(text))
        return tt_bits_of_text(text);
    for (size_t i = 0; i < text.len; i++)
        digits += text.data[i] != '-' ? 1 : 0;
    return digits == UUID_DIGITS ? BITS_UUID : (double)digits * BITS_HEX_UNKNOWN;
}

double tt_reversal_cost(double bits)
{
    return exp2(bits < 0 ? 0 : bits > 1000 ? 1000 : bits);
}
