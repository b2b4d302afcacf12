#include "identify/xor_values.h"

#include <stdlib.h>

enum {
    PRINT = 7, /* differences, of eight bytes */
    LEN_MIN = 10,
    TEXT_KEYS = 0x20, /* from here on, most of a text is none under a key */
    CASES = 3,        /* of a form in any case: as it is, in small letters, in capitals */
    FILTER_BITS = 16, /* of the number of a bit */
    FILTER = 1 << (FILTER_BITS - 6)
};

#define PRINT_MASK ((UINT64_C(1) << 8 * PRINT) - 1)

/* Under a small key text is text again, and a number another number: there the key is a choice that
 * luck has besides. */
#define KEY_BITS 8.0

/* The first bytes of a form, in one case of its letters. */
struct print {
    uint64_t differences;
    uint32_t pattern;
    uint8_t first; /* byte of the form */
};

struct tt_xor_values {
    const struct tt_forms *forms;
    size_t count;
    uint64_t filter[FILTER]; /* of the differences that there are */
    struct print prints[];   /* sorted */
};

static uint8_t in_case(uint8_t c, unsigned which)
{
    uint8_t lower = tt_lower(c);
    return which == 0 ? c : which == 1 || lower < 'a' || lower > 'z' ? lower : lower - ('a' - 'A');
}

static uint64_t differences_of(struct tt_span bytes, unsigned which)
{
    uint64_t print = 0;
    for (size_t i = 0; i < PRINT; i++)
        print = print << 8 | (in_case(bytes.data[i], which) ^ in_case(bytes.data[i + 1], which));
    return print;
}

static unsigned bit_of(uint64_t print)
{
    return (unsigned)(print * UINT64_C(0x9e3779b97f4a7c15) >> (64 - FILTER_BITS));
}

static const struct tt_form *form_of(const struct tt_forms *forms, size_t at)
{
    const struct tt_pattern *pattern = &forms->patterns[at];
    return &forms->forms[forms->classes[pattern->owner_class].first_form + pattern->form];
}

static bool is_searched(const struct tt_forms *forms, const struct tt_subject *subject, size_t at)
{
    const struct tt_pattern *pattern = &forms->patterns[at];
    const struct tt_form_class *class = &forms->classes[pattern->owner_class];
    const struct tt_form *form = form_of(forms, at);
    return pattern->bytes.len >= LEN_MIN && pattern->unit == TT_UNIT_BYTE &&
           pattern->letters == 0 && form->transform[0] == NULL && !form->weak &&
           tt_tier_of(&subject->identifiers[class->first_identifier]) == TT_TIER_OWN;
}

static int by_differences(const void *a, const void *b)
{
    const struct print *x = a;
    const struct print *y = b;
    if (x->differences != y->differences)
        return x->differences < y->differences ? -1 : 1;
    return x->pattern < y->pattern ? -1 : x->pattern > y->pattern ? 1 : x->first - y->first;
}

static void add_prints(struct tt_xor_values *values, size_t at)
{
    const struct tt_pattern *pattern = &values->forms->patterns[at];
    uint64_t before[CASES];
    for (unsigned which = 0; which < (pattern->caseless ? CASES : 1); which++) {
        uint64_t print = differences_of(pattern->bytes, which);
        bool again = false;
        before[which] = print;
        for (unsigned i = 0; i < which; i++)
            again = again || before[i] == print; /* the key tells the cases apart */
        if (again && in_case(pattern->bytes.data[0], which) == pattern->bytes.data[0])
            continue;
        values->prints[values->count++] =
            (struct print){.differences = print,
                           .pattern = (uint32_t)at,
                           .first = in_case(pattern->bytes.data[0], which)};
        values->filter[bit_of(print) / 64] |= UINT64_C(1) << bit_of(print) % 64;
    }
}

enum tt_err tt_xor_values_new(const struct tt_forms *forms, const struct tt_subject *subject,
                              struct tt_xor_values **ret_values)
{
    size_t room = 0;
    for (size_t i = 0; i < forms->pattern_count; i++)
        room += is_searched(forms, subject, i) ? CASES : 0;
    struct tt_xor_values *values = calloc(1, sizeof(*values) + room * sizeof(values->prints[0]));
    if (values == NULL)
        return TT_ERR_MEMORY;
    values->forms = forms;
    for (size_t i = 0; i < forms->pattern_count; i++)
        if (is_searched(forms, subject, i))
            add_prints(values, i);
    if (values->count > 0)
        qsort(values->prints, values->count, sizeof(values->prints[0]), by_differences);
    *ret_values = values;
    return TT_OK;
}

void tt_xor_values_free(struct tt_xor_values *values)
{
    free(values);
}

static bool is_there(const struct tt_pattern *pattern, struct tt_span in, uint8_t key)
{
    if (in.len < pattern->bytes.len)
        return false;
    for (size_t i = 0; i < pattern->bytes.len; i++) {
        uint8_t found = in.data[i] ^ key;
        uint8_t wanted = pattern->bytes.data[i];
        if (found != wanted && !(pattern->caseless && tt_lower(found) == tt_lower(wanted)))
            return false;
    }
    return true;
}

/* The key of a value that begins with `in`, whose differences these are; or 0. */
static uint8_t look_up(const struct tt_xor_values *values, uint64_t differences, struct tt_span in)
{
    size_t from = 0;
    size_t to = values->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (values->prints[middle].differences < differences)
            from = middle + 1;
        else
            to = middle;
    }
    for (; from < values->count && values->prints[from].differences == differences; from++) {
        const struct print *print = &values->prints[from];
        uint8_t key = in.data[0] ^ print->first;
        bool enough = key >= TEXT_KEYS ||
                      form_of(values->forms, print->pattern)->bits >= TT_WEAK_BITS + KEY_BITS;
        if (key != 0 && enough && is_there(&values->forms->patterns[print->pattern], in, key))
            return key;
    }
    return 0;
}

uint8_t tt_xor_values_key(const struct tt_xor_values *values, struct tt_span token)
{
    uint64_t differences = 0;
    for (size_t i = 1; i < token.len; i++) {
        differences = (differences << 8 | (token.data[i - 1] ^ token.data[i])) & PRINT_MASK;
        unsigned bit = bit_of(differences);
        if (i < PRINT || (values->filter[bit / 64] >> bit % 64 & 1) == 0)
            continue;
        uint8_t key = look_up(values, differences, tt_span_from(token, i - PRINT));
        if (key != 0)
            return key;
    }
    return 0;
}
