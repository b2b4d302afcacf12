#include "base/compiler.h"
#include "base/time.h"
#include "capture/format.h"
#include "capture/records.h"
#include "model/limits.h"

#include <stdlib.h>

enum {
    FILE_HEADER = 16,
    RECORD_HEADER = 24,
    PACKET_USUAL = 262144,
    PADDING_USUAL =
        64, /* the format needs 3 bytes at most; some writers put notes of their own there */
    MICROSECONDS = 1000000,
    VERSION_FIRST = 2,
    VERSION_LAST = 5 /* 3 to 5 are those of Shomiti's and Finisar's Surveyor */
};

static const char magic[8] = "snoop\0\0";

/* RFC 1761, section 3, and the numbers that Solaris added in its header file dlpi.h. */
static const struct {
    uint32_t type;
    uint32_t link;
} links[] =
    {
        {0, 1},            /* IEEE 802.3 */
        {2, 6},            /* token ring */
        {4, 1},            /* Ethernet */
        {8, 10},           /* FDDI */
        {14, 0},           /* loopback */
        {16, 122},         /* IP over Fibre Channel */
        {18, 123},         /* classical IP over ATM */
        {0x80000005, 226}, /* ipnet */
},
  surveyor_links[] = {
      {0, 1},  {2, 6},  {4, 1},  {8, 10}, {10, 1}, /* fast Ethernet */
      {11, 6}, {12, 1}, {13, 6}, {14, 6}, {19, 1},
};

struct snoop {
    struct tt_reading *reading;
    struct tt_records records;
    uint32_t link;
    uint32_t interface;
    uint64_t dropped; /* by the files before this one */
    uint32_t drops;   /* as the newest record says */
};

static bool is_snoop(struct tt_span head)
{
    return tt_span_starts(head, tt_span_of(magic, sizeof(magic)));
}

static uint32_t find_link(uint32_t version, uint32_t type)
{
    if (version > VERSION_FIRST) {
        for (size_t i = 0; i < TT_ARRAY_LEN(surveyor_links); i++)
            if (surveyor_links[i].type == type)
                return surveyor_links[i].link;
        return TT_LINK_UNKNOWN;
    }
    for (size_t i = 0; i < TT_ARRAY_LEN(links); i++)
        if (links[i].type == type)
            return links[i].link;
    return TT_LINK_UNKNOWN;
}

static enum tt_record_sight read_record(const void *context, const uint8_t *header,
                                        struct tt_record *ret_record)
{
    (void)context;
    uint32_t original = tt_load32(header, true);
    uint32_t captured = tt_load32(header + 4, true);
    uint32_t len = tt_load32(header + 8, true);
    uint32_t microseconds = tt_load32(header + 20, true);
    ret_record->seconds = tt_load32(header + 16, true);
    ret_record->original = original;
    ret_record->captured = captured;
    ret_record->padding = 0;
    if (captured > PACKET_USUAL || len < RECORD_HEADER + captured || len - captured > PACKET_USUAL)
        return TT_RECORD_IMPOSSIBLE;
    ret_record->padding = len - RECORD_HEADER - captured;
    bool likely =
        captured <= original && microseconds < MICROSECONDS && ret_record->padding <= PADDING_USUAL;
    return TT_LIKELY(likely) ? TT_RECORD_LIKELY : TT_RECORD_DOUBTFUL;
}

static const struct tt_record_kind record_kind = {
    .cut_code = "snoop.cut", .damaged_code = "snoop.damaged", .read = read_record};

static void read_file_header(struct snoop *snoop, const uint8_t *header)
{
    uint32_t version = tt_load32(header + 8, true);
    snoop->link = find_link(version, tt_load32(header + 12, true));
    snoop->interface = snoop->reading->interfaces++;
    snoop->dropped = snoop->reading->dropped;
    if (version < VERSION_FIRST || version > VERSION_LAST)
        tt_reading_note(snoop->reading, "snoop.version", 0, 8, 0,
                        "an unknown snoop version: read as version 2");
    if (snoop->link == TT_LINK_UNKNOWN)
        tt_reading_note(snoop->reading, "snoop.link", 0, 12, 0,
                        "a snoop file of an unknown network: its packets were searched as they "
                        "stand");
}

static enum tt_err open_snoop(struct tt_reading *reading, void **ret_state, struct tt_error *error)
{
    struct tt_input *input = reading->input;
    if (!tt_input_have(input, FILE_HEADER)) {
        enum tt_err err = tt_input_failure(input, error);
        return err != TT_OK ? err
                            : tt_error_set(error, TT_ERR_FORMAT,
                                           "%s ends inside its snoop header: it holds no packet, "
                                           "capture again",
                                           reading->name);
    }
    struct snoop *snoop = calloc(1, sizeof(*snoop));
    if (snoop == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", reading->name);
    snoop->reading = reading;
    tt_reading_tick(reading, TT_NS_PER_SECOND / MICROSECONDS);
    snoop->records = tt_records_make(reading, &record_kind, snoop, RECORD_HEADER);
    read_file_header(snoop, tt_input_here(input));
    tt_input_take(input, FILE_HEADER);
    *ret_state = snoop;
    return TT_OK;
}

static enum tt_err next_snoop(void *state, struct tt_frame *ret_frame, bool *ret_more,
                              struct tt_error *error)
{
    struct snoop *snoop = state;
    struct tt_record record;
    enum tt_err err = tt_records_next(&snoop->records, &record, ret_more, error);
    if (err != TT_OK || !*ret_more)
        return err;
    /* Counted from the start of the capture: a smaller number is no news. */
    uint32_t drops = tt_load32(record.header + 12, true);
    if (drops > snoop->drops)
        snoop->drops = drops;
    snoop->reading->dropped = snoop->dropped + snoop->drops;
    uint64_t microseconds = tt_load32(record.header + 20, true);
    *ret_frame = (struct tt_frame){
        .time = record.seconds * TT_NS_PER_SECOND + microseconds * 1000,
        .link = snoop->link,
        .interface = snoop->interface,
        .original_len = record.original,
        .bytes = record.bytes,
    };
    return TT_OK;
}

static void free_snoop(void *state)
{
    struct snoop *snoop = state;
    if (snoop == NULL)
        return;
    tt_records_free(&snoop->records);
    free(snoop);
}

const struct tt_capture_format tt_format_snoop = {
    .name = "snoop",
    .spec = "RFC 1761",
    .probe = is_snoop,
    .open = open_snoop,
    .next = next_snoop,
    .free = free_snoop,
};
