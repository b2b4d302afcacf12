#include "capture/pcapng.h"

#include <stdlib.h>

static const uint32_t byte_order_magic = 0x1a2b3c4d;

/* Whether Wireshark numbers such a block as a frame. Frame numbers are for looking things up there,
 * so these take one, though there is nothing in them for net/. */
static bool has_number(uint32_t type)
{
    switch (type) {
    case TT_BLOCK_JOURNAL:
    case TT_BLOCK_SYSDIG_EVENT:
    case TT_BLOCK_SYSDIG_EVENT_2:
    case TT_BLOCK_SYSDIG_EVENT_2_LARGE:
    case TT_BLOCK_CUSTOM:
    case TT_BLOCK_CUSTOM_NO_COPY:
        return true;
    default:
        return tt_block_is_packet(type);
    }
}

bool tt_section_order(const uint8_t *header, bool *ret_big)
{
    bool big = tt_load32(header + TT_BLOCK_HEADER, true) == byte_order_magic;
    if (!big && tt_load32(header + TT_BLOCK_HEADER, false) != byte_order_magic)
        return false;
    *ret_big = big;
    return true;
}

static bool is_pcapng(struct tt_span head)
{
    /* The block type reads the same in both byte orders, and tells transfers in text mode apart. */
    bool big = false;
    return head.len >= TT_BLOCK_MIN && tt_load32(head.data, true) == TT_BLOCK_SECTION &&
           tt_section_order(head.data, &big);
}

static enum tt_err open_pcapng(struct tt_reading *reading, void **ret_state, struct tt_error *error)
{
    struct tt_pcapng *pcapng = calloc(1, sizeof(*pcapng));
    if (pcapng == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", reading->name);
    pcapng->reading = reading;
    *ret_state = pcapng;
    return TT_OK;
}

static void free_pcapng(void *state)
{
    struct tt_pcapng *pcapng = state;
    if (pcapng == NULL)
        return;
    pcapng->reading->interfaces += (uint32_t)pcapng->interface_count;
    free(pcapng->interfaces);
    free(pcapng->processes);
    free(pcapng);
}

void tt_block_note(const struct tt_pcapng *pcapng, const struct tt_block *block, const char *code,
                   const char *text)
{
    tt_reading_note(pcapng->reading, code, 0, block->offset, block->body.len, text);
}

void tt_block_note_packet(const struct tt_pcapng *pcapng, const struct tt_block *block,
                          const char *code, uint64_t length, const char *text)
{
    tt_reading_note(pcapng->reading, code, pcapng->reading->number + 1, block->offset, length,
                    text);
}

/* ---- damage ---- */

static void note_damage(const struct tt_pcapng *pcapng, const struct tt_block *block,
                        uint64_t length, const char *text)
{
    tt_reading_note(pcapng->reading, "pcapng.damaged", 0, block->offset, length, text);
}

/* Whether the bytes of a block that is not as long as it says are a whole block all the same. */
static bool is_whole(const struct tt_pcapng *pcapng, struct tt_span head, uint64_t bytes)
{
    return head.len >= TT_BLOCK_MIN &&
           tt_load32(head.data + head.len - TT_BLOCK_TRAILER, pcapng->big) == bytes;
}

/* What a damaged block held can be used where only its first length was wrong; and of an interface
 * as far as it goes, or the packets of it and of those behind it would have no link type. */
static enum tt_step rescue(const struct tt_pcapng *pcapng, const struct tt_block *damaged,
                           struct tt_span head, uint64_t bytes, struct tt_block *ret_block)
{
    if (head.len < TT_BLOCK_MIN || damaged->type == TT_BLOCK_SECTION)
        return TT_STEP_SKIP;
    if (damaged->type != TT_BLOCK_INTERFACE && !is_whole(pcapng, head, bytes))
        return TT_STEP_SKIP;
    *ret_block = *damaged;
    ret_block->body =
        tt_span_sub(head, TT_BLOCK_HEADER, head.len - TT_BLOCK_HEADER - TT_BLOCK_TRAILER);
    return TT_STEP_BLOCK;
}

/* A section whose header is lost has interfaces of its own all the same. */
static void lose_section(struct tt_pcapng *pcapng)
{
    pcapng->reading->interfaces += (uint32_t)pcapng->interface_count;
    pcapng->interface_count = 0;
    pcapng->process_count = 0;
    pcapng->same_link = true;
}

/* Whether another capture file was put behind this one: what seems to be a block is its header. */
static bool another_begins(struct tt_input *input)
{
    return tt_input_have(input, TT_HEAD_BYTES) && tt_format_begins(tt_input_rest(input));
}

/* A block does not end where it says: goes on at the next one, unless another capture file stands
 * here. `missing`: bytes that are not there if the file was cut here, 0 where it was not. */
static enum tt_step resync(struct tt_pcapng *pcapng, const struct tt_block *damaged,
                           uint64_t missing, const char *text, struct tt_block *ret_block,
                           struct tt_error *error)
{
    struct tt_input *input = pcapng->reading->input;
    bool section = damaged->type == TT_BLOCK_SECTION;
    if (!section && another_begins(input))
        return TT_STEP_END;
    uint64_t bytes = 0;
    struct tt_span head = {0};
    bool found = tt_pcapng_resync(pcapng, section, 0, &bytes, &head);
    pcapng->failure = found ? TT_OK : tt_input_failure(input, error);
    if (pcapng->failure != TT_OK)
        return TT_STEP_FAILED;
    if (!found && missing > 0 && !is_whole(pcapng, head, bytes)) {
        tt_reading_note(pcapng->reading, "pcapng.cut", 0, damaged->offset, missing,
                        "the file ends inside a block");
        return TT_STEP_END;
    }
    note_damage(pcapng, damaged, bytes, text);
    if (section)
        lose_section(pcapng);
    return rescue(pcapng, damaged, head, bytes, ret_block);
}

/* A block of `total` bytes, which are more than is taken. It may be a lie, so that what lies behind
 * its header is looked through. */
static enum tt_step pass_large(struct tt_pcapng *pcapng, const struct tt_block *block,
                               uint32_t total, struct tt_block *ret_block, struct tt_error *error)
{
    struct tt_input *input = pcapng->reading->input;
    uint64_t size = ((uint64_t)total + 3) & ~UINT64_C(3);
    if (another_begins(input))
        return TT_STEP_END;
    uint64_t bytes = 0;
    struct tt_span head = {0};
    bool found = tt_pcapng_resync(pcapng, false, total, &bytes, &head);
    pcapng->failure = found ? TT_OK : tt_input_failure(input, error);
    if (pcapng->failure != TT_OK)
        return TT_STEP_FAILED;
    if (!found && bytes < size && !is_whole(pcapng, head, bytes)) {
        tt_reading_note(pcapng->reading, "pcapng.cut", 0, block->offset, size - bytes,
                        "the file ends inside a block");
        return TT_STEP_END;
    }
    if (bytes != size) {
        note_damage(pcapng, block, bytes, "a block has an impossible length");
        return rescue(pcapng, block, head, bytes, ret_block);
    }
    pcapng->reading->number += has_number(block->type);
    uint64_t frame = tt_block_is_packet(block->type) ? pcapng->reading->number : 0;
    if (tt_block_is_known(block->type))
        tt_reading_note(pcapng->reading, "pcapng.limit", frame, block->offset, size,
                        "a block is larger than what is believed: it was not read");
    if (block->type != TT_BLOCK_INTERFACE)
        return TT_STEP_SKIP;
    /* It still counts, or the ids of those behind it would shift. */
    *ret_block = *block;
    return TT_STEP_BLOCK;
}

/* ---- blocks ---- */

static enum tt_step read_block(struct tt_pcapng *pcapng, struct tt_block *ret_block,
                               struct tt_error *error)
{
    struct tt_input *input = pcapng->reading->input;
    struct tt_block block = {.offset = tt_input_offset(input)};
    if (!tt_input_have(input, TT_BLOCK_MIN)) {
        size_t left = tt_input_rest(input).len;
        if (left == 0 && tt_input_failure(input, NULL) == TT_OK)
            return TT_STEP_END;
        return resync(pcapng, &block, TT_BLOCK_MIN - left, "", ret_block, error);
    }
    const uint8_t *header = tt_input_here(input);
    block.type = tt_load32(header, pcapng->big);
    if (block.type == TT_BLOCK_SECTION && !tt_section_order(header, &pcapng->big))
        return resync(pcapng, &block, 0, "a section has no known byte order", ret_block, error);
    uint32_t total = tt_load32(header + 4, pcapng->big);
    /* Some writers leave the padding out of the length, though not out of the file. */
    uint64_t size = ((uint64_t)total + 3) & ~UINT64_C(3);
    if (TT_UNLIKELY(total < TT_BLOCK_MIN ||
                    (size > TT_BLOCK_MAX && block.type == TT_BLOCK_SECTION)))
        return resync(pcapng, &block, 0, "a block has an impossible length", ret_block, error);
    bool large = size > TT_BLOCK_LIKELY;
    if (TT_UNLIKELY(large && (size > TT_BLOCK_MAX || pcapng->lies == TT_BLOCK_LIES_MAX)))
        return pass_large(pcapng, &block, total, ret_block, error);
    if (!tt_input_have(input, (size_t)size))
        return resync(pcapng, &block, size - tt_input_rest(input).len,
                      "a block is longer than the rest of the file", ret_block, error);
    header = tt_input_here(input);
    if (TT_UNLIKELY(tt_load32(header + size - TT_BLOCK_TRAILER, pcapng->big) != total)) {
        /* The second length is wrong where the first one leads to another block, or to the end. */
        bool last = !tt_input_have(input, (size_t)size + 1);
        pcapng->lies += large;
        if (!last && !tt_pcapng_plausible(pcapng, (size_t)size))
            return resync(pcapng, &block, 0, "the two lengths of a block differ", ret_block, error);
        header = tt_input_here(input);
        note_damage(pcapng, &block, TT_BLOCK_TRAILER,
                    "the second length of a block is wrong; the first one was believed");
    }
    block.body =
        tt_span_of(header + TT_BLOCK_HEADER, (size_t)size - TT_BLOCK_HEADER - TT_BLOCK_TRAILER);
    tt_input_take(input, (size_t)size);
    *ret_block = block;
    return TT_STEP_BLOCK;
}

/* What is beside the packets. */
static enum tt_err take_other(struct tt_pcapng *pcapng, const struct tt_block *block)
{
    enum tt_err err = TT_OK;
    switch (block->type) {
    case TT_BLOCK_INTERFACE:
        return tt_pcapng_interface(pcapng, block);
    case TT_BLOCK_SECRETS:
        return tt_pcapng_secrets(pcapng, block);
    case TT_BLOCK_PROCESS:
        return tt_pcapng_process(pcapng, block);
    case TT_BLOCK_STATISTICS:
        tt_pcapng_statistics(pcapng, block);
        break;
    case TT_BLOCK_NAMES:
        tt_pcapng_names(pcapng, block);
        break;
    case TT_BLOCK_JOURNAL:
        tt_pcapng_journal(pcapng, block);
        break;
    case TT_BLOCK_CUSTOM:
    case TT_BLOCK_CUSTOM_NO_COPY:
        err = tt_pcapng_custom(pcapng, block);
        break;
    default:
        /* Unknown kinds say nothing that a reader must know (section 3.1). */
        break;
    }
    pcapng->reading->number += has_number(block->type);
    return err;
}

/* Acts on one block. TT_STEP_SKIP: no frame came of it. */
static enum tt_step take_block(struct tt_pcapng *pcapng, const struct tt_block *block,
                               struct tt_frame *ret_frame, struct tt_error *error)
{
    if (block->type == TT_BLOCK_SECTION) {
        tt_pcapng_section(pcapng, block);
        return TT_STEP_SKIP;
    }
    if (TT_UNLIKELY(pcapng->skipping))
        return TT_STEP_SKIP;
    if (TT_LIKELY(tt_block_is_packet(block->type)))
        return tt_pcapng_packet(pcapng, block, ret_frame);
    pcapng->failure = take_other(pcapng, block);
    if (pcapng->failure == TT_OK)
        return TT_STEP_SKIP;
    (void)tt_error_set(error, pcapng->failure, "no memory to read %s", pcapng->reading->name);
    return TT_STEP_FAILED;
}

static enum tt_err next_pcapng(void *state, struct tt_frame *ret_frame, bool *ret_more,
                               struct tt_error *error)
{
    struct tt_pcapng *pcapng = state;
    enum tt_step step = TT_STEP_SKIP;
    while (step == TT_STEP_SKIP) {
        struct tt_block block = {0};
        step = read_block(pcapng, &block, error);
        if (step == TT_STEP_BLOCK)
            step = take_block(pcapng, &block, ret_frame, error);
    }
    *ret_more = step == TT_STEP_BLOCK;
    return step == TT_STEP_FAILED ? pcapng->failure : TT_OK;
}

const struct tt_capture_format tt_format_pcapng = {
    .name = "pcapng",
    .spec = "draft-ietf-opsawg-pcapng",
    .probe = is_pcapng,
    .open = open_pcapng,
    .next = next_pcapng,
    .free = free_pcapng,
};
