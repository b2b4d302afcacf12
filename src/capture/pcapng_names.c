#include "capture/pcapng.h"

enum record_type { RECORD_END = 0, RECORD_IPV4 = 1, RECORD_IPV6 = 2, RECORD_EUI48 = 3 };

/* Options of the block: the name server that was asked. */
enum { OPTION_DNS_NAME = 2, OPTION_DNS_IPV4 = 3, OPTION_DNS_IPV6 = 4 };

/* Which addresses there are names for; EUI-64 is not among them, since no flow has such ends. */
static enum tt_addr_family family_of(uint16_t type)
{
    switch (type) {
    case RECORD_IPV4:
        return TT_ADDR_IPV4;
    case RECORD_IPV6:
        return TT_ADDR_IPV6;
    case RECORD_EUI48:
        return TT_ADDR_MAC;
    default:
        return TT_ADDR_NONE;
    }
}

/* An address and its names, each with a NUL byte behind it. */
static void read_record(const struct tt_pcapng *pcapng, const struct tt_block *block, uint16_t type,
                        struct tt_span value)
{
    enum tt_addr_family family = family_of(type);
    if (family == TT_ADDR_NONE)
        return;
    size_t len = tt_addr_len((struct tt_addr){.family = (uint8_t)family});
    if (value.len <= len) {
        tt_block_note(pcapng, block, "pcapng.block", "a name record is too short");
        return;
    }
    struct tt_addr addr = tt_addr_make(family, value.data);
    struct tt_span rest = tt_span_from(value, len);
    while (rest.len > 0) {
        size_t end = tt_span_find(rest, 0);
        tt_reading_name(pcapng->reading, addr, tt_span_sub(rest, 0, end), block->offset);
        rest = tt_span_from(rest, end + 1);
    }
}

static void read_options(const struct tt_pcapng *pcapng, const struct tt_block *block,
                         struct tt_reader *reader)
{
    struct tt_span name = {0};
    struct tt_addr addr[2] = {0};
    uint16_t code = 0;
    struct tt_span value = {0};
    while (tt_next_option(pcapng, block, 0, 0, reader, &code, &value)) {
        if (code == OPTION_DNS_NAME)
            name = value;
        else if (code == OPTION_DNS_IPV4 && value.len == 4)
            addr[0] = tt_addr_make(TT_ADDR_IPV4, value.data);
        else if (code == OPTION_DNS_IPV6 && value.len == 16)
            addr[1] = tt_addr_make(TT_ADDR_IPV6, value.data);
    }
    for (size_t i = 0; i < TT_ARRAY_LEN(addr); i++)
        if (name.len > 0 && addr[i].family != TT_ADDR_NONE)
            tt_reading_name(pcapng->reading, addr[i], name, block->offset);
}

void tt_pcapng_names(struct tt_pcapng *pcapng, const struct tt_block *block)
{
    struct tt_reader reader = tt_reader_of(block->body);
    while (tt_reader_left(&reader) > 0) {
        uint16_t type = (uint16_t)tt_pcapng_uint(pcapng, &reader, 2);
        size_t len = (size_t)tt_pcapng_uint(pcapng, &reader, 2);
        if (type == RECORD_END && !reader.failed) {
            read_options(pcapng, block, &reader);
            return;
        }
        struct tt_span value = tt_read_span(&reader, len);
        if (reader.failed) {
            tt_block_note(pcapng, block, "pcapng.option", "a name record is longer than its block");
            return;
        }
        size_t padding = -len & 3U;
        size_t left = tt_reader_left(&reader);
        tt_read_skip(&reader, padding < left ? padding : left);
        read_record(pcapng, block, type, value);
    }
}
