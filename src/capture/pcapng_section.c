#include "capture/pcapng.h"

#include <stdlib.h>

enum { SECTION_BODY = 16, MICROSECONDS = 6 /* if_tsresol where the option is left out */ };

enum { OPTION_SHB_USERAPPL = 4 };

enum interface_option {
    OPTION_IF_NAME = 2,
    OPTION_IF_TSRESOL = 9,
    OPTION_IF_FILTER = 11,
    OPTION_IF_FCSLEN = 13,
    OPTION_IF_TSOFFSET = 14
};

enum statistics_option { OPTION_ISB_IFDROP = 5, OPTION_ISB_OSDROP = 7 };

void tt_pcapng_section(struct tt_pcapng *pcapng, const struct tt_block *block)
{
    pcapng->reading->interfaces += (uint32_t)pcapng->interface_count;
    pcapng->interface_count = 0;
    pcapng->process_count = 0;
    pcapng->same_link = true;
    pcapng->skipping = false;
    pcapng->pcapdroid = false;
    if (block->body.len < SECTION_BODY) {
        tt_block_note(pcapng, block, "pcapng.block", "a section header is too short");
        return;
    }
    /* Minor versions are compatible: 1.2 was written by mistake and means 1.0. The section length
     * is not looked at: it may lie, and nothing needs it. */
    if (tt_load16(block->body.data + 4, pcapng->big) != 1) {
        tt_block_note(pcapng, block, "pcapng.version",
                      "a section has an unknown version: it was not read");
        pcapng->skipping = true;
        return;
    }
    struct tt_reader reader = tt_reader_of(block->body);
    tt_read_skip(&reader, SECTION_BODY);
    uint16_t code = 0;
    struct tt_span value = {0};
    while (tt_next_option(pcapng, block, 0, 0, &reader, &code, &value))
        if (code == OPTION_SHB_USERAPPL && tt_span_starts(value, tt_span_str("PCAPdroid")))
            pcapng->pcapdroid = true;
}

static enum tt_err add_interface(struct tt_pcapng *pcapng,
                                 const struct tt_pcapng_interface *interface)
{
    if (pcapng->interface_count == pcapng->interface_room) {
        size_t room = pcapng->interface_room == 0 ? 4 : pcapng->interface_room * 2;
        struct tt_pcapng_interface *more = realloc(pcapng->interfaces, room * sizeof(*more));
        if (more == NULL)
            return TT_ERR_MEMORY;
        pcapng->interfaces = more;
        pcapng->interface_room = room;
    }
    if (pcapng->interface_count > 0 && pcapng->interfaces[0].link != interface->link)
        pcapng->same_link = false;
    tt_reading_tick(pcapng->reading, tt_clock_tick(&interface->clock));
    pcapng->interfaces[pcapng->interface_count++] = *interface;
    return TT_OK;
}

/* The draft says bits; what is written are bytes, as Wireshark reads them. */
static uint8_t fcs_bytes(uint64_t length)
{
    enum { BYTES_MAX = 8 };
    uint64_t bytes = length > BYTES_MAX ? length / 8 : length;
    return bytes > BYTES_MAX ? 0 : (uint8_t)bytes;
}

static void read_interface_options(const struct tt_pcapng *pcapng, const struct tt_block *block,
                                   struct tt_reader *reader, struct tt_pcapng_interface *interface)
{
    uint64_t resolution = MICROSECONDS;
    uint64_t offset = 0;
    uint64_t fcs_len = 0;
    uint16_t code = 0;
    struct tt_span value = {0};
    while (tt_next_option(pcapng, block, 0, 0, reader, &code, &value)) {
        switch (code) {
        case OPTION_IF_NAME:
            interface->named = value.len > 0;
            break;
        case OPTION_IF_TSRESOL:
            (void)tt_option_uint(pcapng, block, value, 1, &resolution);
            break;
        case OPTION_IF_FILTER:
            if (value.len > 1)
                tt_block_note(pcapng, block, "pcapng.filter",
                              "the capture was made with a filter: packets that did not pass it "
                              "are not in it");
            break;
        case OPTION_IF_FCSLEN:
            (void)tt_option_uint(pcapng, block, value, 1, &fcs_len);
            break;
        case OPTION_IF_TSOFFSET:
            (void)tt_option_uint(pcapng, block, value, 8, &offset);
            break;
        default:
            break;
        }
    }
    interface->fcs_len = fcs_bytes(fcs_len);
    interface->clock = tt_clock_make((uint8_t)resolution, (int64_t)offset);
}

enum tt_err tt_pcapng_interface(struct tt_pcapng *pcapng, const struct tt_block *block)
{
    if (pcapng->interface_count == TT_SECTION_INTERFACES_MAX) {
        tt_block_note(pcapng, block, "pcapng.interfaces",
                      "a section has more interfaces than the limit");
        return TT_OK;
    }
    struct tt_reader reader = tt_reader_of(block->body);
    struct tt_pcapng_interface interface = {.link = (uint32_t)tt_pcapng_uint(pcapng, &reader, 2)};
    tt_read_skip(&reader, 2);
    interface.snaplen = (uint32_t)tt_pcapng_uint(pcapng, &reader, 4);
    if (reader.failed) {
        /* It still counts, or the ids of those behind it would shift. */
        tt_block_note(pcapng, block, "pcapng.block", "an interface block is too short");
        interface.link = TT_LINK_UNKNOWN;
    }
    read_interface_options(pcapng, block, &reader, &interface);
    return add_interface(pcapng, &interface);
}

void tt_pcapng_drops(struct tt_pcapng *pcapng, struct tt_pcapng_interface *interface,
                     const struct tt_block *block, enum tt_drops which, uint64_t drops)
{
    /* No capture lost more; a counter that says so is not one. */
    static const uint64_t credible = UINT64_C(1) << 40;
    if (drops > credible)
        drops = credible;
    interface->drops[which] = drops;
    uint64_t most =
        interface->drops[0] > interface->drops[1] ? interface->drops[0] : interface->drops[1];
    if (interface->drops_counted == 0 && most > 0)
        tt_block_note(pcapng, block, "pcapng.drops",
                      "the capturing system lost packets before they reached the capture");
    pcapng->reading->dropped += most - interface->drops_counted;
    interface->drops_counted = most;
}

/* The counters run from the start of the capture, so the newest replace the ones before. */
void tt_pcapng_statistics(struct tt_pcapng *pcapng, const struct tt_block *block)
{
    struct tt_reader reader = tt_reader_of(block->body);
    uint64_t id = tt_pcapng_uint(pcapng, &reader, 4);
    uint64_t ticks = tt_pcapng_uint(pcapng, &reader, 4) << 32;
    ticks |= tt_pcapng_uint(pcapng, &reader, 4);
    if (reader.failed) {
        tt_block_note(pcapng, block, "pcapng.block", "a statistics block is too short");
        return;
    }
    bool known = id < pcapng->interface_count;
    uint64_t time = 0;
    if (known && ticks != 0)
        (void)tt_clock_time(&pcapng->interfaces[id].clock, ticks, &time);
    uint64_t by_interface = 0;
    uint64_t by_system = 0;
    uint16_t code = 0;
    struct tt_span value = {0};
    while (tt_next_option(pcapng, block, 0, time, &reader, &code, &value)) {
        if (code == OPTION_ISB_IFDROP)
            (void)tt_option_uint(pcapng, block, value, 8, &by_interface);
        else if (code == OPTION_ISB_OSDROP)
            (void)tt_option_uint(pcapng, block, value, 8, &by_system);
    }
    if (!known) {
        tt_block_note(pcapng, block, "pcapng.interface",
                      "statistics of an interface that is not there");
        return;
    }
    /* All bits set stand for a counter that was not kept. */
    by_interface = by_interface == UINT64_MAX ? 0 : by_interface;
    by_system = by_system == UINT64_MAX ? 0 : by_system;
    uint64_t drops = by_interface + by_system;
    tt_pcapng_drops(pcapng, &pcapng->interfaces[id], block, TT_DROPS_STATISTICS,
                    drops < by_interface ? UINT64_MAX : drops);
}
