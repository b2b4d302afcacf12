#include "capture/pcapng.h"

#include "capture/pcapdroid.h"

enum packet_option {
    OPTION_EPB_FLAGS = 2, /* of obsolete packet blocks, too */
    OPTION_EPB_DROPCOUNT = 4,
    OPTION_EPB_PROCESS = 0x8001,          /* Apple: number of the process in the section, */
    OPTION_EPB_EFFECTIVE_PROCESS = 0x8003 /* and of the one that it works for */
};

/* Section 4.3.1. */
enum { FLAG_INBOUND = 1, FLAG_OUTBOUND = 2, FLAG_DIRECTION = 3, FLAG_FCS_SHIFT = 5, FLAG_FCS = 15 };
static const uint32_t flag_errors = 0xff000000; /* symbol error to CRC error */

/* What the options of a packet say. */
struct packet {
    uint32_t flags;
    uint64_t drops;
    const char *app;
    bool effective; /* `app` is of OPTION_EPB_EFFECTIVE_PROCESS */
};

/* The interface of a packet. Where it is not there, one that agrees with all that are. */
static const struct tt_pcapng_interface *find_interface(const struct tt_pcapng *pcapng,
                                                        const struct tt_block *block, uint32_t id,
                                                        uint32_t *ret_number)
{
    static const struct tt_pcapng_interface unknown = {.link = TT_LINK_UNKNOWN,
                                                       .clock = {.multiply = 1000, .divide = 1}};
    if (TT_LIKELY(id < pcapng->interface_count)) {
        *ret_number = pcapng->reading->interfaces + id;
        return &pcapng->interfaces[id];
    }
    tt_block_note_packet(pcapng, block, "pcapng.interface", 0,
                         "a packet of an interface that is not there");
    *ret_number = TT_INTERFACE_UNKNOWN;
    if (pcapng->interface_count > 0 && pcapng->same_link)
        return &pcapng->interfaces[0];
    return &unknown;
}

/* `captured` bytes of `data`, or what of them the block holds. */
static struct tt_span packet_bytes(const struct tt_pcapng *pcapng, const struct tt_block *block,
                                   struct tt_span data, uint32_t captured)
{
    if (TT_UNLIKELY(captured > data.len))
        tt_block_note_packet(pcapng, block, "pcapng.packet", captured - data.len,
                             "a packet block claims more bytes than it holds");
    return tt_span_sub(data, 0, captured);
}

static enum tt_step skip_short(const struct tt_pcapng *pcapng, const struct tt_block *block)
{
    pcapng->reading->number++;
    tt_reading_note(pcapng->reading, "pcapng.block", pcapng->reading->number, block->offset,
                    block->body.len, "a packet block is too short");
    return TT_STEP_SKIP;
}

static void take_process(const struct tt_pcapng *pcapng, const struct tt_block *block,
                         struct tt_span value, bool effective, struct packet *packet)
{
    uint64_t number = 0;
    if (!tt_option_uint(pcapng, block, value, 4, &number) || number >= pcapng->process_count ||
        pcapng->processes[number] == NULL || (packet->effective && !effective))
        return;
    packet->app = pcapng->processes[number];
    packet->effective = effective;
}

static void take_option(const struct tt_pcapng *pcapng, const struct tt_block *block, uint16_t code,
                        struct tt_span value, struct packet *packet)
{
    uint64_t number = 0;
    switch (code) {
    case TT_OPTION_COMMENT: {
        uint32_t uid = 0;
        if (pcapng->pcapdroid && tt_pcapdroid_comment(value, &uid))
            packet->app = tt_apps_of_number(pcapng->reading->apps, uid);
        break;
    }
    case OPTION_EPB_FLAGS:
        if (tt_option_uint(pcapng, block, value, 4, &number))
            packet->flags = (uint32_t)number;
        break;
    case OPTION_EPB_DROPCOUNT:
        if (block->type == TT_BLOCK_ENHANCED_PACKET)
            (void)tt_option_uint(pcapng, block, value, 8, &packet->drops);
        break;
    case OPTION_EPB_PROCESS:
    case OPTION_EPB_EFFECTIVE_PROCESS:
        take_process(pcapng, block, value, code == OPTION_EPB_EFFECTIVE_PROCESS, packet);
        break;
    default:
        break;
    }
}

static void read_options(const struct tt_pcapng *pcapng, const struct tt_block *block,
                         const struct tt_frame *frame, struct packet *packet)
{
    size_t padded = (frame->bytes.len + 3) & ~(size_t)3;
    struct tt_reader reader = tt_reader_of(tt_span_from(block->body, TT_PACKET_HEADER + padded));
    uint16_t code = 0;
    struct tt_span value = {0};
    while (tt_next_option(pcapng, block, pcapng->reading->number + 1, frame->time, &reader, &code,
                          &value))
        take_option(pcapng, block, code, value, packet);
}

static void apply(const struct tt_pcapng *pcapng, const struct tt_block *block,
                  const struct packet *packet, struct tt_frame *frame)
{
    uint32_t direction = packet->flags & FLAG_DIRECTION;
    uint8_t fcs_len = (uint8_t)(packet->flags >> FLAG_FCS_SHIFT & FLAG_FCS);
    if (direction == FLAG_INBOUND)
        frame->flags |= TT_FRAME_INBOUND;
    else if (direction == FLAG_OUTBOUND)
        frame->flags |= TT_FRAME_OUTBOUND;
    if (fcs_len != 0)
        frame->fcs_len = fcs_len;
    frame->app = packet->app;
    if (TT_UNLIKELY((packet->flags & flag_errors) != 0))
        tt_block_note_packet(pcapng, block, "pcapng.link_error", frame->bytes.len,
                             "the network card found an error in a packet");
}

/* Adds drops that are told packet by packet. */
static void add_drops(struct tt_pcapng *pcapng, const struct tt_block *block, uint32_t id,
                      uint64_t drops)
{
    if (TT_LIKELY(drops == 0) || id >= pcapng->interface_count || drops == UINT64_MAX)
        return;
    struct tt_pcapng_interface *interface = &pcapng->interfaces[id];
    uint64_t all = interface->drops[TT_DROPS_PACKETS] + drops;
    tt_pcapng_drops(pcapng, interface, block, TT_DROPS_PACKETS, all < drops ? UINT64_MAX : all);
}

/* Sections 4.3 and A: they differ in the first four bytes. */
static enum tt_step read_packet(struct tt_pcapng *pcapng, const struct tt_block *block,
                                struct tt_frame *ret_frame)
{
    enum { DROPS_UNKNOWN = 0xffff };
    if (block->body.len < TT_PACKET_HEADER)
        return skip_short(pcapng, block);
    const uint8_t *body = block->body.data;
    bool big = pcapng->big;
    bool enhanced = block->type == TT_BLOCK_ENHANCED_PACKET;
    uint32_t id = enhanced ? tt_load32(body, big) : tt_load16(body, big);
    uint64_t ticks = (uint64_t)tt_load32(body + 4, big) << 32 | tt_load32(body + 8, big);
    struct tt_frame frame = {.original_len = tt_load32(body + 16, big)};
    const struct tt_pcapng_interface *interface =
        find_interface(pcapng, block, id, &frame.interface);
    struct packet packet = {.flags = 0};
    frame.link = interface->link;
    frame.fcs_len = interface->fcs_len;
    if (TT_UNLIKELY(!tt_clock_time(&interface->clock, ticks, &frame.time)))
        tt_block_note_packet(pcapng, block, "pcapng.time", 0, "a time before 1970 or after 2554");
    uint32_t captured = tt_load32(body + 12, big);
    frame.bytes =
        packet_bytes(pcapng, block, tt_span_from(block->body, TT_PACKET_HEADER), captured);
    if (!enhanced && tt_load16(body + 2, big) != DROPS_UNKNOWN)
        packet.drops = tt_load16(body + 2, big);
    if (TT_UNLIKELY(block->body.len - TT_PACKET_HEADER > captured + UINT64_C(3)))
        read_options(pcapng, block, &frame, &packet);
    add_drops(pcapng, block, id, packet.drops);
    apply(pcapng, block, &packet, &frame);
    /* Without root it makes packets up. With it, it tells their direction and their interface. */
    if (TT_UNLIKELY(pcapng->pcapdroid) && (packet.flags & FLAG_DIRECTION) == 0 && !interface->named)
        frame.flags |= TT_FRAME_MADE_UP;
    *ret_frame = frame;
    return TT_STEP_BLOCK;
}

/* Section 4.4: of the first interface, without time and captured length. */
static enum tt_step read_simple_packet(const struct tt_pcapng *pcapng, const struct tt_block *block,
                                       struct tt_frame *ret_frame)
{
    if (block->body.len < 4)
        return skip_short(pcapng, block);
    struct tt_frame frame = {.original_len = tt_load32(block->body.data, pcapng->big)};
    const struct tt_pcapng_interface *interface =
        find_interface(pcapng, block, 0, &frame.interface);
    uint32_t captured = frame.original_len;
    if (interface->snaplen != 0 && interface->snaplen < captured)
        captured = interface->snaplen;
    frame.link = interface->link;
    frame.fcs_len = interface->fcs_len;
    frame.bytes = packet_bytes(pcapng, block, tt_span_from(block->body, 4), captured);
    *ret_frame = frame;
    return TT_STEP_BLOCK;
}

enum tt_step tt_pcapng_packet(struct tt_pcapng *pcapng, const struct tt_block *block,
                              struct tt_frame *ret_frame)
{
    return block->type == TT_BLOCK_SIMPLE_PACKET ? read_simple_packet(pcapng, block, ret_frame)
                                                 : read_packet(pcapng, block, ret_frame);
}
