/* What is seldom done to a value, tried on every way in which the owner's own values are written: a
 * text backwards or in ROT13, bytes in letters. Texts in letters are read by content/, which knows
 * them by what they say; bytes say nothing that would tell them. */
#include "identify/forms.h"
#include "identify/letters.h"
#include "identify/transform.h"
#include "model/limits.h"

#include "base/compiler.h"
#include "base/utf.h"

enum {
    LETTERS_MIN = 8, /* fewer are too often a word or a number */
    RAW_MAX = 48,    /* bytes of a form that are written in letters */
    DUMP_MAX = 64    /* bytes of a form that are written one by one */
};

/* `ret_ascii`: of ASCII alone, which content/ takes for text. */
static bool is_text(struct tt_span bytes, bool *ret_ascii)
{
    *ret_ascii = true;
    for (size_t at = 0; at < bytes.len;) {
        uint32_t code = 0;
        size_t len = 0;
        if (!tt_utf8_read(tt_span_from(bytes, at), &code, &len) || code < 0x20 || code == 0x7f)
            return false;
        *ret_ascii = *ret_ascii && code < 0x7f;
        at += len;
    }
    return true;
}

/* Backwards, then in letters too few for a token that would be decoded. */
static void add_mirrored_letters(struct tt_forms *forms, const struct tt_writing *mirrored)
{
    struct tt_writing writing = *mirrored;
    writing.then = "base64";
    writing.bytes = tt_write_base64_whole(&forms->arena, mirrored->bytes);
    writing.caseless = false;
    writing.lone = true;
    writing.left = writing.right = TT_EDGE_WORD;
    bool fits = writing.bytes.len >= LETTERS_MIN && writing.bytes.len < TT_TOKEN_MIN;
    if (fits && !mirrored->grouped)
        tt_forms_add(forms, &writing);
}

static void add_mirrored(struct tt_forms *forms, const struct tt_writing *like)
{
    struct tt_writing writing = *like;
    writing.mirrored = true;
    writing.transform = "reversed";
    writing.bytes = tt_write_reversed(&forms->arena, like->bytes);
    writing.caseless = true;
    writing.left =
        like->right == TT_EDGE_HEX ? like->right : tt_forms_mirrored_edge(forms, like->right);
    writing.right =
        like->left == TT_EDGE_HEX ? like->left : tt_forms_mirrored_edge(forms, like->left);
    tt_forms_add(forms, &writing);
    add_mirrored_letters(forms, &writing);
    writing.transform = "rot13";
    writing.bytes = tt_write_rot13(&forms->arena, like->bytes);
    writing.left = tt_forms_mirrored_edge(forms, like->left);
    writing.right = tt_forms_mirrored_edge(forms, like->right);
    tt_forms_add(forms, &writing);
}

static void add_letters(struct tt_forms *forms, const struct tt_writing *like,
                        const char *transform, struct tt_span letters, bool caseless)
{
    struct tt_writing writing = *like;
    if (letters.data != NULL && letters.len < LETTERS_MIN)
        return;
    writing.transform = transform;
    writing.bytes = letters;
    writing.caseless = caseless;
    writing.lone = true;
    writing.unit = TT_UNIT_BYTE;
    writing.left = writing.right = TT_EDGE_WORD;
    tt_forms_add(forms, &writing);
}

static void add_sums_of(struct tt_forms *forms, const struct tt_writing *like, struct tt_span bytes)
{
    struct tt_arena *arena = &forms->arena;
    add_letters(forms, like, "base58", tt_write_base58(arena, bytes), false);
    add_letters(forms, like, "base85", tt_write_base85(arena, bytes, TT_BASE85_RFC1924), false);
    add_letters(forms, like, "ascii85", tt_write_base85(arena, bytes, TT_BASE85_ASCII), false);
    add_letters(forms, like, "z85", tt_write_base85(arena, bytes, TT_BASE85_Z), false);
}

/* Letters that content/ reads only from the start of a body, and when they say enough: a short
 * value does not. */
static void add_sums(struct tt_forms *forms, const struct tt_writing *like)
{
    add_sums_of(forms, like, like->bytes);
    if (like->caseless)
        add_sums_of(forms, like, tt_write_lower(&forms->arena, like->bytes));
}

/* A run that is long enough is decoded by content/; this is about shorter ones, and about alphabets
 * in which only texts and digests are. */
static void add_in_letters(struct tt_forms *forms, const struct tt_writing *like)
{
    struct tt_arena *arena = &forms->arena;
    struct tt_span bytes = like->bytes;
    struct tt_span base64 = tt_write_base64_whole(arena, bytes);
    if (base64.data == NULL || base64.len < TT_TOKEN_MIN) {
        add_letters(forms, like, "base64", base64, false);
        struct tt_span url = tt_write_replaced(arena, base64, '+', '-');
        add_letters(forms, like, "base64",
                    url.data == NULL ? url : tt_write_replaced(arena, url, '/', '_'), false);
    }
    if (bytes.len * 2 < TT_TOKEN_MIN)
        add_letters(forms, like, "hex", tt_write_hex(arena, bytes), true);
    add_letters(forms, like, "base32", tt_write_base32(arena, bytes), true);
    add_sums(forms, like);
}

void tt_forms_rare(struct tt_forms *forms, const struct tt_writing *writing)
{
    if (forms->tier != TT_TIER_OWN || writing->plain || writing->transform != NULL ||
        writing->bits < TT_WEAK_BITS || writing->bytes.data == NULL)
        return;
    bool ascii = false;
    bool text = writing->unit == TT_UNIT_BYTE && is_text(writing->bytes, &ascii);
    if (text)
        add_mirrored(forms, writing);
    if (writing->bytes.len > RAW_MAX || writing->grouped)
        return;
    if (text && ascii)
        add_sums(forms, writing);
    else
        add_in_letters(forms, writing);
}

void tt_forms_dumps(struct tt_forms *forms, const struct tt_writing *plain)
{
    static const char between[] = {' ', ':', '-', ','};
    if (forms->tier != TT_TIER_OWN || plain->bits < TT_WEAK_BITS || plain->bytes.len > DUMP_MAX)
        return;
    /* What goes on is a dump of something else. */
    struct tt_writing writing = {.name = plain->name,
                                 .transform = "hex",
                                 .bits = plain->bits,
                                 .caseless = true,
                                 .left = TT_EDGE_HEX,
                                 .right = TT_EDGE_HEX};
    for (size_t i = 0; i < TT_ARRAY_LEN(between); i++) {
        writing.bytes = tt_write_hex_pairs(&forms->arena, plain->bytes, between[i]);
        tt_forms_add(forms, &writing);
    }
    writing.transform = "byte-list";
    writing.left = writing.right = TT_EDGE_ANY; /* the brackets are borders */
    for (unsigned space = 0; space < 2; space++) {
        writing.bytes = tt_write_byte_list(&forms->arena, plain->bytes, space != 0);
        tt_forms_add(forms, &writing);
    }
}
