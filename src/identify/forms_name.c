/* Names of people: the order of their parts, and their letters with and without accents. */
#include "identify/forms_number.h"
#include "identify/gsm7.h"
#include "identify/transform.h"
#include "identify/unicode.h"

enum {
    SEPTET_OFFSETS = 8,
    KEYS_CONTACT = 4, /* the usual names of fields, which are looked for with contacts, too */
    KEYS_LATER = 2    /* and with those behind TT_FORMS_FULL_MAX */
};

/* "Asha Rao" -> "Rao, Asha": what stands behind offset `space` in front; nothing unless a word
 * begins there. */
static struct tt_span write_last_first(struct tt_forms *forms, struct tt_span value, size_t space,
                                       const char *between)
{
    if (space == 0 || value.data[space - 1] != ' ')
        return tt_span_of("", 0);
    if (tt_span_find(value, ',') < value.len)
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
    /* A last name may be of several words (Ní Bhriain). */
    for (size_t at = 1; at < value.len; at++) {
        for (size_t i = 0; i < count && value.data[at - 1] == ' '; i++) {
            struct tt_span text = write_last_first(forms, value, at, between[i]);
            if (i < SPACED)
                tt_forms_text(forms, "last name first", text, bits, true);
            else
                add_run(forms, "last name first", text, bits);
        }
    }
    tt_forms_text(forms, "first name first", write_first_last(forms, value), bits, true);
}

/* First and last name as neighbouring fields of a JSON text (`between` holds the quotation marks)
 * or a form. */
static void add_neighbours(struct tt_forms *forms, const struct tt_span *names,
                           const char *const *between, double bits)
{
    struct tt_span parts[] = {
        tt_span_str(between[0]), names[0], tt_span_str(between[1]), tt_span_str(between[2]),
        tt_span_str(between[3]), names[1], tt_span_str(between[0])};
    add_run(forms, "apart", tt_forms_join(forms, parts, TT_ARRAY_LEN(parts), ""), bits);
}

static void add_fields(struct tt_forms *forms, struct tt_span value, double bits)
{
    static const char *const keys[][2] = {
        {"firstName", "lastName"},   {"first_name", "last_name"},
        {"givenName", "familyName"}, {"given_name", "family_name"},
        {"first", "last"},           {"given", "family"},
        {"fname", "lname"},          {"firstName", "surname"},
        {"forename", "surname"},
    };
    static const char *const signs[][3] = {
        {"\"", "\",\"", "\":\""}, {"\"", "\", \"", "\": \""}, {"", "&", "="}};
    size_t space = tt_span_find(value, ' ');
    size_t count = forms->tier == TT_TIER_OWN   ? TT_ARRAY_LEN(keys)
                   : forms->tier == TT_TIER_FAR ? 0
                   : tt_forms_in_full(forms)    ? KEYS_CONTACT
                                                : KEYS_LATER;
    if (space == 0 || space + 1 >= value.len)
        return;
    struct tt_span first = tt_span_sub(value, 0, space);
    struct tt_span last = tt_span_from(value, space + 1);
    for (size_t i = 0; i < count * TT_ARRAY_LEN(signs); i++) {
        const char *const *sign = signs[i % TT_ARRAY_LEN(signs)];
        const char *const *key = keys[i / TT_ARRAY_LEN(signs)];
        const char *const to_last[] = {sign[0], sign[1], key[1], sign[2]};
        const char *const to_first[] = {sign[0], sign[1], key[0], sign[2]};
        add_neighbours(forms, (const struct tt_span[]){first, last}, to_last, bits);
        add_neighbours(forms, (const struct tt_span[]){last, first}, to_first, bits);
    }
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
    add_fields(forms, value, bits);
    add_letters(forms, value, bits);
    if (forms->tier != TT_TIER_OWN)
        return;
    add_joined(forms, value, bits);
    add_packed(forms, value, bits);
}
