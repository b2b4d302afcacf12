/* Texts of messages: whole, in parts, and as a short message packs them (3GPP TS 23.038, 23.040).
 */
#include "identify/forms.h"
#include "identify/gsm7.h"
#include "identify/transform.h"

/* A word in a sentence: its neighbours tell much of it. Sentences that people say often have the
 * same words, so a fragment needs more of them than a name. */
#define BITS_WORD 6.0
#define BITS_FRAGMENT 36.0

enum {
    FRAGMENTS_MAX = 24, /* of one text */
    WORDS_MAX = 512,    /* of one text that are looked at */
    PART_SEPTETS = 153, /* of a message in parts, 3GPP TS 23.040 section 9.2.3.24.1 */
    ONE_PART = 160,     /* septets of a message that is sent at once */
    SEPTET_OFFSETS = 8,
    PACKED_STEP =
        3 /* of messages behind TT_FORMS_FULL_MAX every so many words begin a packed one */
};

struct word {
    size_t at;
    size_t len;
};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static size_t split(struct tt_span text, struct word words[WORDS_MAX])
{
    size_t count = 0;
    size_t at = 0;
    while (at < text.len && count < WORDS_MAX) {
        while (at < text.len && is_space(text.data[at]))
            at++;
        size_t start = at;
        while (at < text.len && !is_space(text.data[at]))
            at++;
        if (at > start)
            words[count++] = (struct word){.at = start, .len = at - start};
    }
    return count;
}

static double bits_of_word(struct tt_span word)
{
    double bits = tt_bits_of_text(word);
    return bits < BITS_WORD ? bits : BITS_WORD;
}

/* The number of words from `first` on that prove something; 0 when there are too few. */
static size_t window(struct tt_span text, const struct word *words, size_t first, size_t count,
                     double *ret_bits)
{
    double bits = 0;
    for (size_t i = first; i < count; i++) {
        bits += bits_of_word(tt_span_sub(text, words[i].at, words[i].len));
        if (bits >= BITS_FRAGMENT) {
            *ret_bits = bits;
            return i - first + 1;
        }
    }
    return 0;
}

static bool is_sign(uint8_t c)
{
    return c < 0x80 && !tt_is_alpha(c) && !tt_is_digit(c);
}

/* Text without the signs around its first and last word: a fragment need not have them. */
static struct tt_span without_signs(struct tt_span text)
{
    while (text.len > 0 && is_sign(text.data[0]))
        text = tt_span_from(text, 1);
    while (text.len > 0 && is_sign(text.data[text.len - 1]))
        text.len--;
    return text;
}

/* What is packed begins at any bit: behind other text, behind a header of parts. */
static void add_septets(struct tt_forms *forms, struct tt_span text, double bits)
{
    for (unsigned before = 0; before < SEPTET_OFFSETS; before++) {
        double share = 1;
        struct tt_span packed = tt_write_gsm7(&forms->arena, text, before, &share);
        tt_forms_raw(forms, "gsm-7", packed, bits * share);
    }
}

static void add_fragment(struct tt_forms *forms, struct tt_span fragment, double bits, bool packed)
{
    struct tt_writing writing = {.name = "fragment",
                                 .bytes = fragment,
                                 .bits = bits,
                                 .caseless = true,
                                 .left = TT_EDGE_WORD,
                                 .right = TT_EDGE_WORD};
    tt_forms_add(forms, &writing);
    tt_forms_utf16(forms, &writing, "fragment, utf-16le", "fragment, utf-16be");
    if (packed)
        add_septets(forms, fragment, bits);
}

/* Runs of words side by side, one from each word on: whoever sends so many words of the text sends
 * one of them as a whole. Of a long text every second, third ... word begins one, so that all of
 * it is covered. */
static void add_fragments(struct tt_forms *forms, struct tt_span text)
{
    struct word words[WORDS_MAX];
    size_t count = split(text, words);
    size_t step = 1 + count / FRAGMENTS_MAX;
    for (size_t first = 0; first < count; first += step) {
        double bits = 0;
        size_t taken = window(text, words, first, count, &bits);
        if (taken == 0 || taken == count)
            return;
        const struct word *last = &words[first + taken - 1];
        size_t len = last->at + last->len - words[first].at;
        add_fragment(forms, without_signs(tt_span_sub(text, words[first].at, len)), bits,
                     tt_forms_in_full(forms) || first / step % PACKED_STEP == 0);
    }
}

/* As one message, or the first part of several. */
static void add_packed(struct tt_forms *forms, struct tt_span text, double bits)
{
    size_t len = text.len > ONE_PART ? PART_SEPTETS : text.len;
    while (len > 0 && len < text.len && (text.data[len] & 0xc0) == 0x80)
        len--; /* no half a character */
    struct tt_span part = tt_span_sub(text, 0, len);
    add_septets(forms, part, bits);
}

void tt_forms_of_message(struct tt_forms *forms, struct tt_span value)
{
    double bits = tt_bits_of_sentence(value);
    tt_forms_of_text_with(forms, value, bits);
    if (forms->tier == TT_TIER_FAR)
        return;
    add_fragments(forms, value);
    add_packed(forms, value, bits);
}
