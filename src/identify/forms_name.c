/* Names of people: the order of their parts, and their letters with and without accents. */
#include "identify/forms.h"
#include "identify/gsm7.h"
#include "identify/transform.h"
#include "identify/unicode.h"

enum { SEPTET_OFFSETS = 8 };

/* "Asha Rao" -> "Rao, Asha": the last word in front. */
static struct tt_span write_last_first(struct tt_forms *forms, struct tt_span value,
                                       const char *between)
{
    size_t space = value.len;
    while (space > 0 && value.data[space - 1] != ' ')
        space--;
    if (space == 0 || tt_span_find(value, ',') < value.len)
        return tt_span_of("", 0);
    struct tt_span first = tt_span_trim(tt_span_sub(value, 0, space));
    struct tt_span last = tt_span_from(value, space);
    size_t between_len = strlen(between);
    uint8_t *out = tt_arena_bytes(&forms->arena, value.len + between_len + 1);
    if (out == NULL)
        return tt_span_of(NULL, 0);
    memcpy(out, last.data, last.len);
    memcpy(out + last.len, between, between_len);
    memcpy(out + last.len + between_len, first.data, first.len);
    return tt_span_of(out, last.len + between_len + first.len);
}

/* "Rao, Asha" -> "Asha Rao": the sheet has it as an address book sorts it. */
static struct tt_span write_first_last(struct tt_forms *forms, struct tt_span value)
{
    size_t comma = tt_span_find(value, ',');
    struct tt_span first = tt_span_trim(tt_span_from(value, comma + 1));
    if (comma >= value.len || first.len == 0 || tt_span_find(first, ',') < first.len)
        return tt_span_of("", 0);
    uint8_t *out = tt_arena_bytes(&forms->arena, value.len + 1);
    if (out == NULL)
        return tt_span_of(NULL, 0);
    memcpy(out, first.data, first.len);
    out[first.len] = ' ';
    memcpy(out + first.len + 1, value.data, comma);
    return tt_span_of(out, first.len + 1 + comma);
}

/* The parts run together or joined by signs that account names have: with more letters or digits it
 * is the name of somebody else's account ("kofikhan438"). */
static void add_run(struct tt_forms *forms, const char *name, struct tt_span bytes, double bits)
{
    struct tt_writing writing = {.name = name,
                                 .bytes = bytes,
                                 .bits = bits,
                                 .caseless = true,
                                 .left = TT_EDGE_WORD,
                                 .right = TT_EDGE_WORD};
    tt_forms_add(forms, &writing);
}

static void add_orders(struct tt_forms *forms, struct tt_span value, double bits)
{
    static const char *const between[] = {" ", ", ", ",", "+", "%20", "_", ".", "-", ""};
    enum { SPACED = 5 }; /* the first ones part words, the others join them */
    /* An address book has thousands: each form of a contact costs speed. */
    size_t count = forms->tier == TT_TIER_OWN ? TT_ARRAY_LEN(between) : 2;
    for (size_t i = 0; i < count; i++) {
        struct tt_span text = write_last_first(forms, value, between[i]);
        if (i < SPACED)
            tt_forms_text(forms, "last name first", text, bits, true);
        else
            add_run(forms, "last name first", text, bits);
    }
    tt_forms_text(forms, "first name first", write_first_last(forms, value), bits, true);
}

static void add_joined(struct tt_forms *forms, struct tt_span value, double bits)
{
    static const char joints[] = {'.', '_', '-', 0};
    for (size_t i = 0; i < sizeof(joints); i++)
        add_run(forms, "joined", tt_write_replaced(&forms->arena, value, ' ', (uint8_t)joints[i]),
                bits);
}

/* The same characters otherwise composed, and what is left of them without marks. */
static void add_letters(struct tt_forms *forms, struct tt_span value, double bits)
{
    struct tt_arena *arena = &forms->arena;
    struct tt_span plain = tt_write_unaccented(arena, value, false);
    struct tt_span digraphs = tt_write_unaccented(arena, value, true);
    tt_forms_text(forms, "nfc", tt_write_nfc(arena, value), bits, true);
    tt_forms_text(forms, "nfd", tt_write_nfd(arena, value), bits, true);
    tt_forms_text(forms, "unaccented", plain, bits, true);
    tt_forms_text(forms, "unaccented", digraphs, bits, true);
    if (forms->tier == TT_TIER_FAR)
        return;
    if (plain.len > 0)
        add_orders(forms, plain, bits);
    if (digraphs.len > 0)
        add_orders(forms, digraphs, bits);
}

static void add_packed(struct tt_forms *forms, struct tt_span value, double bits)
{
    for (unsigned before = 0; before < SEPTET_OFFSETS; before++) {
        double share = 1;
        struct tt_span packed = tt_write_gsm7(&forms->arena, value, before, &share);
        tt_forms_raw(forms, "gsm-7", packed, bits * share);
    }
}

void tt_forms_of_name(struct tt_forms *forms, struct tt_span value)
{
    double bits = tt_bits_of_name(value);
    tt_forms_of_text_with(forms, value, bits);
    add_orders(forms, value, bits);
    add_letters(forms, value, bits);
    if (forms->tier != TT_TIER_OWN)
        return;
    add_joined(forms, value, bits);
    add_packed(forms, value, bits);
}
