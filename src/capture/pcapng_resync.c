#include "capture/pcapng.h"

/* The least length of the blocks that are worth going on at; 0 for all others. */
static uint32_t least_length(uint32_t type)
{
    switch (type) {
    case TT_BLOCK_SECTION:
        return 28;
    case TT_BLOCK_INTERFACE:
    case TT_BLOCK_SECRETS:
        return 20;
    case TT_BLOCK_ENHANCED_PACKET:
    case TT_BLOCK_OBSOLETE_PACKET:
        return TT_BLOCK_MIN + TT_PACKET_HEADER;
    case TT_BLOCK_STATISTICS:
        return 24;
    case TT_BLOCK_SIMPLE_PACKET:
    case TT_BLOCK_NAMES:
    case TT_BLOCK_JOURNAL:
    case TT_BLOCK_CUSTOM:
    case TT_BLOCK_CUSTOM_NO_COPY:
    case TT_BLOCK_PROCESS:
        return 16;
    default:
        return 0;
    }
}

bool tt_block_is_known(uint32_t type)
{
    return least_length(type) != 0;
}

/* What the header of a block alone tells. */
static bool is_header(const uint8_t *header, bool big, uint32_t *ret_total)
{
    uint32_t least = least_length(tt_load32(header, big));
    uint32_t total = tt_load32(header + 4, big);
    *ret_total = total;
    return least != 0 && total >= least && total <= TT_BLOCK_LIKELY && total % 4 == 0;
}

/* Fields of a whole block that cannot have any value. */
static bool is_sane(const uint8_t *block, bool big, uint32_t total)
{
    uint32_t type = tt_load32(block, big);
    if (type != TT_BLOCK_ENHANCED_PACKET && type != TT_BLOCK_OBSOLETE_PACKET)
        return true;
    return tt_load32(block + 20, big) <= total - TT_BLOCK_MIN - TT_PACKET_HEADER;
}

static bool is_block(struct tt_input *input, size_t at, bool big)
{
    uint32_t total = 0;
    bool section_big = false;
    if (!tt_input_have(input, at + TT_BLOCK_MIN))
        return false;
    const uint8_t *block = tt_input_here(input) + at;
    if (!is_header(block, big, &total))
        return false;
    /* Its type and magic number are sign enough. If its end is damaged, too, then at least the
     * blocks behind it are looked for in the right byte order. */
    if (tt_load32(block, big) == TT_BLOCK_SECTION)
        return tt_section_order(block, &section_big) && section_big == big;
    if (!tt_input_have(input, at + total))
        return false;
    block = tt_input_here(input) + at;
    return tt_load32(block + total - TT_BLOCK_TRAILER, big) == total && is_sane(block, big, total);
}

bool tt_pcapng_plausible(const struct tt_pcapng *pcapng, size_t at)
{
    struct tt_input *input = pcapng->reading->input;
    return is_block(input, at, pcapng->big) ||
           (is_block(input, at, !pcapng->big) &&
            tt_load32(tt_input_here(input) + at, pcapng->big) == TT_BLOCK_SECTION);
}

/* As above, and with `other` also where any block of the other order stands, which is then set. */
static bool goes_on_at(struct tt_pcapng *pcapng, size_t at, bool other)
{
    if (tt_pcapng_plausible(pcapng, at))
        return true;
    if (!other || !is_block(pcapng->reading->input, at, !pcapng->big))
        return false;
    pcapng->big = !pcapng->big;
    return true;
}

/* How many bytes of `bytes` lie before what may be the type of a block, all if there is none; at
 * most `max`. A look at one word decides for nearly every place. */
static size_t find_type(struct tt_span bytes, uint64_t max)
{
    size_t at = 0;
    for (; at + 4 <= bytes.len && at < max; at++) {
        uint32_t word = tt_load32(bytes.data + at, false);
        if (TT_UNLIKELY(
                ((word & 0x3fff0000) == 0 || (word & 0xff3f) == 0 || word == TT_BLOCK_SECTION) &&
                (least_length(word) != 0 || least_length(tt_load32(bytes.data + at, true)) != 0)))
            return at;
    }
    return at;
}

/* Behind the bytes that stay visible: gives them up one by one. Adds them to *bytes. */
static bool go_on(struct tt_pcapng *pcapng, bool any_order, uint32_t total, uint64_t *bytes)
{
    struct tt_input *input = pcapng->reading->input;
    uint64_t end = (((uint64_t)total + 3) & ~UINT64_C(3)) - TT_BLOCK_TRAILER;
    while (tt_input_have(input, TT_BLOCK_TRAILER)) {
        uint64_t max = *bytes < end ? end - *bytes : UINT64_MAX;
        size_t none = find_type(tt_input_rest(input), max);
        tt_input_take(input, none);
        *bytes += none;
        if (!tt_input_have(input, TT_BLOCK_TRAILER))
            break;
        if (goes_on_at(pcapng, 0, any_order && *bytes % 4 == 0))
            return true;
        if (*bytes == end && tt_load32(tt_input_here(input), pcapng->big) == total) {
            tt_input_take(input, TT_BLOCK_TRAILER);
            *bytes += TT_BLOCK_TRAILER;
            return true;
        }
        tt_input_take(input, 1);
        ++*bytes;
    }
    size_t left = tt_input_rest(input).len;
    tt_input_take(input, left);
    *bytes += left;
    return false;
}

bool tt_pcapng_resync(struct tt_pcapng *pcapng, bool any_order, uint32_t total, uint64_t *ret_bytes,
                      struct tt_span *ret_head)
{
    struct tt_input *input = pcapng->reading->input;
    size_t at = any_order ? 4 : 1; /* the damaged section itself looks so, too */
    while (at < TT_RESYNC_SEEN && tt_input_have(input, at + TT_BLOCK_MIN) &&
           !goes_on_at(pcapng, at, any_order && at % 4 == 0))
        at++;
    if (at == TT_RESYNC_SEEN) {
        tt_input_take(input, at);
        *ret_head = (struct tt_span){0};
        *ret_bytes = at;
        return go_on(pcapng, any_order, total, ret_bytes);
    }
    bool found = tt_input_have(input, at + TT_BLOCK_MIN);
    struct tt_span rest = tt_input_rest(input);
    *ret_head = found ? tt_span_sub(rest, 0, at) : rest;
    *ret_bytes = ret_head->len;
    tt_input_take(input, ret_head->len);
    return found;
}
