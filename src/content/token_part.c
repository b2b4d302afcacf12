#include "content/token_part.h"

#include "base/compiler.h"
#include "content/base64.h"
#include "content/token_find.h"

enum { SEPARATORS_MAX = 3 };

/* How many characters of each sort stand before an offset. */
struct counts {
    unsigned upper;
    unsigned lower;
    unsigned separators;
    unsigned standard; /* characters of one alphabet only */
    unsigned url;
};

static bool is_separator(uint8_t c)
{
    return (tt_token_classes[c] & TT_SEPARATOR) != 0;
}

static void count(struct tt_span run, struct counts *counts)
{
    counts[0] = (struct counts){0};
    for (size_t i = 0; i < run.len; i++) {
        uint8_t c = run.data[i];
        struct counts next = counts[i];
        next.upper += c >= 'A' && c <= 'Z';
        next.lower += c >= 'a' && c <= 'z';
        next.separators += is_separator(c);
        next.standard += (tt_token_classes[c] & TT_STANDARD) != 0;
        next.url += (tt_token_classes[c] & TT_URL) != 0;
        counts[i + 1] = next;
    }
}

static bool may_be_token(const struct counts *from, const struct counts *to)
{
    size_t separators = (size_t)(to->separators - from->separators);
    bool mixed = to->standard > from->standard && to->url > from->url;
    return separators >= 1 && separators <= SEPARATORS_MAX && to->upper > from->upper &&
           to->lower > from->lower && !mixed;
}

/* The bits of the last character that are left over are zero. */
static bool ends_well(struct tt_span token)
{
    unsigned left = (unsigned)(token.len * 6 % 8);
    return (tt_base64_value[token.data[token.len - 1]] & ((1U << left) - 1)) == 0;
}

size_t tt_token_parts(struct tt_span run, struct tt_token_part *ret_parts)
{
    static const size_t lengths[] = {22, 27, 38, 43, 64, 86};
    struct counts counts[TT_TOKEN_PART_RUN_MAX + 1];
    run = tt_span_sub(run, 0, TT_TOKEN_PART_RUN_MAX);
    if (run.len < lengths[0])
        return 0;
    count(run, counts);
    size_t found = 0;
    for (size_t at = 0; at < run.len; at++) {
        if (at > 0 && !is_separator(run.data[at - 1]))
            continue;
        for (size_t i = 0; i < TT_ARRAY_LEN(lengths) && lengths[i] <= run.len - at; i++) {
            size_t end = at + lengths[i];
            if ((end < run.len && !is_separator(run.data[end])) || lengths[i] == run.len ||
                !may_be_token(&counts[at], &counts[end]) ||
                !ends_well(tt_span_sub(run, at, lengths[i])))
                continue;
            ret_parts[found++] = (struct tt_token_part){.at = at, .len = lengths[i]};
            if (found == TT_TOKEN_PARTS_MAX)
                return found;
        }
    }
    return found;
}
