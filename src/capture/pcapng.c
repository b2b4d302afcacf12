#include "base/reader.h"
#include "capture/clock.h"
#include "capture/format.h"
#include "model/limits.h"

#include <stdlib.h>

enum {
    BLOCK_MIN = 12,    /* type, length, length again */
    BLOCK_HEADER = 8,  /* type, length */
    BLOCK_TRAILER = 4, /* length again */
    BLOCK_MAX = TT_FRAME_MAX + 4096,
    SECTION_MIN = 28,
    PACKET_HEADER = 20 /* of enhanced and obsolete packet blocks */
};

enum block_type {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_OBSOLETE_PACKET = 2,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_STATISTICS = 5,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_JOURNAL = 9, /* an entry of the systemd journal */
    BLOCK_SECRETS = 10,
    BLOCK_SYSDIG_EVENT = 0x204,
    BLOCK_SYSDIG_EVENT_2 = 0x216,
    BLOCK_SYSDIG_EVENT_2_LARGE = 0x221,
    BLOCK_CUSTOM = 0xbad,
    BLOCK_CUSTOM_NO_COPY = 0x40000bad
};

enum option_code {
    OPTION_END = 0,
    OPTION_IF_TSRESOL = 9,
    OPTION_IF_TSOFFSET = 14,
    OPTION_ISB_IFDROP = 5,
    OPTION_ISB_OSDROP = 7
};

static const uint32_t byte_order_magic = 0x1a2b3c4d;
static const uint8_t microseconds = 6; /* if_tsresol where the option is left out */

struct interface {
    uint32_t link;
    uint32_t snaplen; /* 0 for no limit */
    struct tt_clock clock;
    uint64_t dropped; /* as its newest statistics say */
};

struct pcapng {
    struct tt_reading *reading;
    bool big;                     /* byte order of the section */
    bool same_link;               /* all interfaces of the section have one link type */
    struct interface *interfaces; /* of the section */
    size_t interface_count;
    size_t interface_room;
    uint32_t interface_base; /* interfaces of the sections before */
    enum tt_err failure;
};

struct block {
    uint32_t type;
    uint64_t offset;
    struct tt_span body;
};

/* What reading one block came to. */
enum step {
    STEP_BLOCK, /* there is one */
    STEP_SKIP,  /* there was one, too large to look at */
    STEP_END,   /* of the capture, with a note unless it is a clean end */
    STEP_FAILED /* `failure` says why, and the error is set */
};

static bool is_packet(uint32_t type)
{
    return type == BLOCK_ENHANCED_PACKET || type == BLOCK_SIMPLE_PACKET ||
           type == BLOCK_OBSOLETE_PACKET;
}

/* Whether Wireshark numbers such a block as a frame. Frame numbers are for looking things up there,
 * so these take one, though there is nothing in them for net/. */
static bool has_number(uint32_t type)
{
    switch (type) {
    case BLOCK_JOURNAL:
    case BLOCK_SYSDIG_EVENT:
    case BLOCK_SYSDIG_EVENT_2:
    case BLOCK_SYSDIG_EVENT_2_LARGE:
    case BLOCK_CUSTOM:
    case BLOCK_CUSTOM_NO_COPY:
        return true;
    default:
        return is_packet(type);
    }
}

static bool is_pcapng(struct tt_span head)
{
    /* The block type reads the same in both byte orders, and tells transfers in text mode apart. */
    return head.len >= BLOCK_MIN && tt_load32(head.data, true) == BLOCK_SECTION &&
           (tt_load32(head.data + BLOCK_HEADER, true) == byte_order_magic ||
            tt_load32(head.data + BLOCK_HEADER, false) == byte_order_magic);
}

static enum tt_err open_pcapng(struct tt_reading *reading, void **ret_state, struct tt_error *error)
{
    struct pcapng *pcapng = calloc(1, sizeof(*pcapng));
    if (pcapng == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", reading->name);
    pcapng->reading = reading;
    *ret_state = pcapng;
    return TT_OK;
}

static void free_pcapng(void *state)
{
    struct pcapng *pcapng = state;
    if (pcapng == NULL)
        return;
    free(pcapng->interfaces);
    free(pcapng);
}

/* A note about one block, after which the reading goes on. */
static void note_block(const struct pcapng *pcapng, const struct block *block, const char *code,
                       const char *text)
{
    tt_reading_note(pcapng->reading, code, 0, block->offset, block->body.len, text);
}

/* A note about the packet that is about to be given. */
static void note_packet(const struct pcapng *pcapng, const struct block *block, const char *code,
                        uint64_t length, const char *text)
{
    tt_reading_note(pcapng->reading, code, pcapng->reading->number + 1, block->offset, length,
                    text);
}

static enum step stop(const struct pcapng *pcapng, const char *code, uint64_t offset,
                      const char *text)
{
    tt_reading_note(pcapng->reading, code, 0, offset, tt_reading_left(pcapng->reading, offset),
                    text);
    return STEP_END;
}

/* `missing` bytes of the block at `offset` are not there. */
static enum step stop_cut(struct pcapng *pcapng, uint64_t offset, uint64_t missing,
                          struct tt_error *error)
{
    pcapng->failure = tt_input_failure(pcapng->reading->input, error);
    if (pcapng->failure != TT_OK)
        return STEP_FAILED;
    tt_reading_note(pcapng->reading, "pcapng.cut", 0, offset, missing,
                    "the file ends inside a block");
    return STEP_END;
}

/* Steps over a block of `size` bytes whose header says `total`, without looking inside. */
static enum step skip_block(struct pcapng *pcapng, const struct block *block, uint64_t size,
                            uint32_t total, struct tt_error *error)
{
    if (block->type == BLOCK_SECTION || block->type == BLOCK_INTERFACE)
        return stop(pcapng, "pcapng.limit", block->offset,
                    "a header block is larger than the limit: the rest was not read");
    struct tt_input *input = pcapng->reading->input;
    uint64_t missing = tt_input_skip(input, size - BLOCK_TRAILER);
    if (missing == 0 && !tt_input_have(input, BLOCK_TRAILER))
        missing = BLOCK_TRAILER - tt_input_rest(input).len;
    else if (missing > 0)
        missing += BLOCK_TRAILER;
    if (missing > 0)
        return stop_cut(pcapng, block->offset, missing, error);
    if (tt_load32(tt_input_here(input), pcapng->big) != total)
        return stop(pcapng, "pcapng.damaged", block->offset,
                    "the two lengths of a block differ: the rest was not read");
    tt_input_take(input, BLOCK_TRAILER);
    if (has_number(block->type))
        pcapng->reading->number++;
    if (is_packet(block->type))
        tt_reading_note(pcapng->reading, "pcapng.limit", pcapng->reading->number, block->offset,
                        size, "a packet is larger than the limit: it was not read");
    else if (block->type == BLOCK_STATISTICS || block->type == BLOCK_SECRETS)
        tt_reading_note(pcapng->reading, "pcapng.limit", 0, block->offset, size,
                        "a block is larger than the limit: it was not read");
    return STEP_SKIP;
}

/* Sets the byte order of the section that begins here. */
static bool read_byte_order(struct pcapng *pcapng, const uint8_t *header)
{
    pcapng->big = tt_load32(header + BLOCK_HEADER, true) == byte_order_magic;
    return pcapng->big || tt_load32(header + BLOCK_HEADER, false) == byte_order_magic;
}

static enum step read_block(struct pcapng *pcapng, struct block *ret_block, struct tt_error *error)
{
    struct tt_input *input = pcapng->reading->input;
    struct block block = {.offset = tt_input_offset(input)};
    if (!tt_input_have(input, BLOCK_MIN)) {
        size_t left = tt_input_rest(input).len;
        if (left == 0 && tt_input_failure(input, NULL) == TT_OK)
            return STEP_END;
        return stop_cut(pcapng, block.offset, BLOCK_MIN - left, error);
    }
    const uint8_t *header = tt_input_here(input);
    block.type = tt_load32(header, pcapng->big);
    if (block.type == BLOCK_SECTION && !read_byte_order(pcapng, header))
        return stop(pcapng, "pcapng.damaged", block.offset,
                    "a section has no known byte order: the rest was not read");
    uint32_t total = tt_load32(header + 4, pcapng->big);
    if (total < BLOCK_MIN)
        return stop(pcapng, "pcapng.damaged", block.offset,
                    "a block has an impossible length: the rest was not read");
    /* Some writers leave the padding out of the length, though not out of the file. */
    uint64_t size = ((uint64_t)total + 3) & ~UINT64_C(3);
    if (size > BLOCK_MAX)
        return skip_block(pcapng, &block, size, total, error);
    if (!tt_input_have(input, (size_t)size))
        return stop_cut(pcapng, block.offset, size - tt_input_rest(input).len, error);
    header = tt_input_here(input);
    if (tt_load32(header + size - BLOCK_TRAILER, pcapng->big) != total)
        return stop(pcapng, "pcapng.damaged", block.offset,
                    "the two lengths of a block differ: the rest was not read");
    block.body = tt_span_of(header + BLOCK_HEADER, (size_t)size - BLOCK_HEADER - BLOCK_TRAILER);
    tt_input_take(input, (size_t)size);
    *ret_block = block;
    return STEP_BLOCK;
}

static uint64_t read_uint(struct tt_reader *reader, size_t len, bool big)
{
    return big ? tt_read_be(reader, len) : tt_read_le(reader, len);
}

/* The next option of a list (section 3.5). False at its end. */
static bool next_option(const struct pcapng *pcapng, const struct block *block,
                        struct tt_reader *reader, uint16_t *ret_code, struct tt_span *ret_value)
{
    if (tt_reader_left(reader) == 0)
        return false;
    uint16_t code = (uint16_t)read_uint(reader, 2, pcapng->big);
    size_t len = (size_t)read_uint(reader, 2, pcapng->big);
    if (code == OPTION_END && !reader->failed)
        return false;
    *ret_value = tt_read_span(reader, len);
    *ret_code = code;
    if (reader->failed) {
        note_block(pcapng, block, "pcapng.option", "an option is longer than its block");
        return false;
    }
    size_t padding = -len & 3U;
    tt_read_skip(reader, padding < tt_reader_left(reader) ? padding : tt_reader_left(reader));
    return true;
}

/* An option that holds one integer of `len` bytes; false, with a note, when it has another length.
 */
static bool option_uint(const struct pcapng *pcapng, const struct block *block,
                        struct tt_span value, size_t len, uint64_t *ret_number)
{
    if (value.len != len) {
        note_block(pcapng, block, "pcapng.option", "an option has a wrong length");
        return false;
    }
    struct tt_reader reader = tt_reader_of(value);
    *ret_number = read_uint(&reader, len, pcapng->big);
    return true;
}

static enum step read_section(struct pcapng *pcapng, const struct block *block)
{
    if (block->body.len < SECTION_MIN - BLOCK_MIN)
        return stop(pcapng, "pcapng.damaged", block->offset,
                    "a section header is too short: the rest was not read");
    /* Minor versions are compatible: 1.2 was written by mistake and means 1.0. */
    if (tt_load16(block->body.data + 4, pcapng->big) != 1)
        return stop(pcapng, "pcapng.version", block->offset,
                    "a section has an unknown version: the rest was not read");
    pcapng->interface_base += (uint32_t)pcapng->interface_count;
    pcapng->interface_count = 0;
    pcapng->same_link = true;
    return STEP_BLOCK;
}

static enum tt_err add_interface(struct pcapng *pcapng, const struct interface *interface)
{
    if (pcapng->interface_count == pcapng->interface_room) {
        size_t room = pcapng->interface_room == 0 ? 4 : pcapng->interface_room * 2;
        struct interface *more = realloc(pcapng->interfaces, room * sizeof(*more));
        if (more == NULL)
            return TT_ERR_MEMORY;
        pcapng->interfaces = more;
        pcapng->interface_room = room;
    }
    if (pcapng->interface_count > 0 && pcapng->interfaces[0].link != interface->link)
        pcapng->same_link = false;
    pcapng->interfaces[pcapng->interface_count++] = *interface;
    return TT_OK;
}

static enum tt_err read_interface(struct pcapng *pcapng, const struct block *block)
{
    if (pcapng->interface_count == TT_SECTION_INTERFACES_MAX) {
        note_block(pcapng, block, "pcapng.interfaces",
                   "a section has more interfaces than the limit");
        return TT_OK;
    }
    struct tt_reader reader = tt_reader_of(block->body);
    struct interface interface = {.link = (uint32_t)read_uint(&reader, 2, pcapng->big)};
    tt_read_skip(&reader, 2);
    interface.snaplen = (uint32_t)read_uint(&reader, 4, pcapng->big);
    if (reader.failed) {
        /* It still counts, or the ids of those behind it would shift. */
        note_block(pcapng, block, "pcapng.block", "an interface block is too short");
        interface.link = TT_LINK_UNKNOWN;
    }
    uint64_t resolution = microseconds;
    uint64_t offset = 0;
    uint16_t code = 0;
    struct tt_span value = {0};
    while (next_option(pcapng, block, &reader, &code, &value)) {
        if (code == OPTION_IF_TSRESOL)
            (void)option_uint(pcapng, block, value, 1, &resolution);
        else if (code == OPTION_IF_TSOFFSET)
            (void)option_uint(pcapng, block, value, 8, &offset);
    }
    interface.clock = tt_clock_make((uint8_t)resolution, (int64_t)offset);
    return add_interface(pcapng, &interface);
}

/* The counters run from the start of the capture, so the newest replace the ones before. */
static void read_statistics(struct pcapng *pcapng, const struct block *block)
{
    struct tt_reader reader = tt_reader_of(block->body);
    uint64_t id = read_uint(&reader, 4, pcapng->big);
    tt_read_skip(&reader, 8);
    if (reader.failed) {
        note_block(pcapng, block, "pcapng.block", "a statistics block is too short");
        return;
    }
    uint64_t by_interface = 0;
    uint64_t by_system = 0;
    uint16_t code = 0;
    struct tt_span value = {0};
    while (next_option(pcapng, block, &reader, &code, &value)) {
        if (code == OPTION_ISB_IFDROP)
            (void)option_uint(pcapng, block, value, 8, &by_interface);
        else if (code == OPTION_ISB_OSDROP)
            (void)option_uint(pcapng, block, value, 8, &by_system);
    }
    if (id >= pcapng->interface_count) {
        note_block(pcapng, block, "pcapng.interface",
                   "statistics of an interface that is not there");
        return;
    }
    uint64_t dropped = by_interface + by_system;
    pcapng->reading->dropped += dropped - pcapng->interfaces[id].dropped;
    pcapng->interfaces[id].dropped = dropped;
}

static enum tt_err read_secrets(struct pcapng *pcapng, const struct block *block)
{
    struct tt_reader reader = tt_reader_of(block->body);
    uint32_t type = (uint32_t)read_uint(&reader, 4, pcapng->big);
    size_t len = (size_t)read_uint(&reader, 4, pcapng->big);
    if (reader.failed) {
        note_block(pcapng, block, "pcapng.block", "a secrets block is too short");
        return TT_OK;
    }
    if (len > tt_reader_left(&reader)) {
        note_block(pcapng, block, "pcapng.block", "a secrets block claims more than it holds");
        len = tt_reader_left(&reader);
    }
    enum tt_err err = tt_secrets_add(&pcapng->reading->secrets, type, tt_read_span(&reader, len));
    if (err != TT_ERR_LIMIT)
        return err;
    note_block(pcapng, block, "pcapng.secrets", "more secrets than the limit: some were left out");
    return TT_OK;
}

/* The interface of a packet. Where it is not there, one that agrees with all that are. */
static struct interface find_interface(const struct pcapng *pcapng, const struct block *block,
                                       uint32_t id, uint32_t *ret_number)
{
    if (TT_LIKELY(id < pcapng->interface_count)) {
        *ret_number = pcapng->interface_base + id;
        return pcapng->interfaces[id];
    }
    note_packet(pcapng, block, "pcapng.interface", 0, "a packet of an interface that is not there");
    *ret_number = TT_INTERFACE_UNKNOWN;
    if (pcapng->interface_count > 0 && pcapng->same_link)
        return pcapng->interfaces[0];
    return (struct interface){.link = TT_LINK_UNKNOWN, .clock = tt_clock_make(microseconds, 0)};
}

/* `captured` bytes of `data`, or what of them the block holds. */
static struct tt_span packet_bytes(const struct pcapng *pcapng, const struct block *block,
                                   struct tt_span data, uint32_t captured)
{
    if (TT_UNLIKELY(captured > data.len))
        note_packet(pcapng, block, "pcapng.packet", captured - data.len,
                    "a packet block claims more bytes than it holds");
    return tt_span_sub(data, 0, captured);
}

static enum step skip_short_packet(const struct pcapng *pcapng, const struct block *block)
{
    pcapng->reading->number++;
    tt_reading_note(pcapng->reading, "pcapng.block", pcapng->reading->number, block->offset,
                    block->body.len, "a packet block is too short");
    return STEP_SKIP;
}

/* Sections 4.3 and A: they differ in the first four bytes only. */
static enum step read_packet(const struct pcapng *pcapng, const struct block *block,
                             struct tt_frame *ret_frame)
{
    if (block->body.len < PACKET_HEADER)
        return skip_short_packet(pcapng, block);
    const uint8_t *body = block->body.data;
    bool big = pcapng->big;
    uint32_t id =
        block->type == BLOCK_ENHANCED_PACKET ? tt_load32(body, big) : tt_load16(body, big);
    uint64_t ticks = (uint64_t)tt_load32(body + 4, big) << 32 | tt_load32(body + 8, big);
    struct tt_frame frame = {.original_len = tt_load32(body + 16, big)};
    struct interface interface = find_interface(pcapng, block, id, &frame.interface);
    frame.link = interface.link;
    if (TT_UNLIKELY(!tt_clock_time(&interface.clock, ticks, &frame.time)))
        note_packet(pcapng, block, "pcapng.time", 0, "a time before 1970 or after 2554");
    frame.bytes = packet_bytes(pcapng, block, tt_span_from(block->body, PACKET_HEADER),
                               tt_load32(body + 12, big));
    *ret_frame = frame;
    return STEP_BLOCK;
}

/* Section 4.4: of the first interface, without time and captured length. */
static enum step read_simple_packet(const struct pcapng *pcapng, const struct block *block,
                                    struct tt_frame *ret_frame)
{
    if (block->body.len < 4)
        return skip_short_packet(pcapng, block);
    struct tt_frame frame = {.original_len = tt_load32(block->body.data, pcapng->big)};
    struct interface interface = find_interface(pcapng, block, 0, &frame.interface);
    uint32_t captured = frame.original_len;
    if (interface.snaplen != 0 && interface.snaplen < captured)
        captured = interface.snaplen;
    frame.link = interface.link;
    frame.bytes = packet_bytes(pcapng, block, tt_span_from(block->body, 4), captured);
    *ret_frame = frame;
    return STEP_BLOCK;
}

/* Acts on one block. STEP_SKIP: no frame came of it. */
static enum step take_block(struct pcapng *pcapng, const struct block *block,
                            struct tt_frame *ret_frame, struct tt_error *error)
{
    switch (block->type) {
    case BLOCK_ENHANCED_PACKET:
    case BLOCK_OBSOLETE_PACKET:
        return read_packet(pcapng, block, ret_frame);
    case BLOCK_SIMPLE_PACKET:
        return read_simple_packet(pcapng, block, ret_frame);
    case BLOCK_SECTION:
        return read_section(pcapng, block) == STEP_END ? STEP_END : STEP_SKIP;
    case BLOCK_INTERFACE:
        pcapng->failure = read_interface(pcapng, block);
        break;
    case BLOCK_STATISTICS:
        read_statistics(pcapng, block);
        break;
    case BLOCK_SECRETS:
        pcapng->failure = read_secrets(pcapng, block);
        break;
    default:
        /* Unknown kinds say nothing that a reader must know (section 3.1). */
        pcapng->reading->number += has_number(block->type);
        break;
    }
    if (pcapng->failure == TT_OK)
        return STEP_SKIP;
    (void)tt_error_set(error, pcapng->failure, "no memory to read %s", pcapng->reading->name);
    return STEP_FAILED;
}

static enum tt_err next_pcapng(void *state, struct tt_frame *ret_frame, bool *ret_more,
                               struct tt_error *error)
{
    struct pcapng *pcapng = state;
    enum step step = STEP_SKIP;
    while (step == STEP_SKIP) {
        struct block block = {0};
        step = read_block(pcapng, &block, error);
        if (step == STEP_BLOCK)
            step = take_block(pcapng, &block, ret_frame, error);
    }
    *ret_more = step == STEP_BLOCK;
    return step == STEP_FAILED ? pcapng->failure : TT_OK;
}

const struct tt_capture_format tt_format_pcapng = {
    .name = "pcapng",
    .spec = "draft-ietf-opsawg-pcapng",
    .probe = is_pcapng,
    .open = open_pcapng,
    .next = next_pcapng,
    .free = free_pcapng,
};
