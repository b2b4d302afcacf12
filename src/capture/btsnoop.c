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
    MICROSECONDS = 1000000,
    LINK_H1 = 1001,
    LINK_H4 = 1002,
    LINKTYPE_BLUETOOTH_HCI_H4 = 187,
    FLAG_RECEIVED = 1
};

static const char magic[8] = "btsnoop";

/* 1970-01-01 in the format's microseconds, which count from the year 0. */
static const uint64_t epoch = 0x00dcddb30f2f8000;

struct btsnoop {
    struct tt_reading *reading;
    struct tt_records records;
    uint32_t link;
    uint32_t interface;
    bool directed;    /* the flags tell a direction */
    uint64_t dropped; /* by the files before this one */
    uint32_t drops;   /* as the newest record says */
};

static bool is_btsnoop(struct tt_span head)
{
    return tt_span_starts(head, tt_span_of(magic, sizeof(magic)));
}

/* Since 1970; 0 for times before. */
static uint64_t microseconds_of(const uint8_t *header)
{
    uint64_t time = (uint64_t)tt_load32(header + 16, true) << 32 | tt_load32(header + 20, true);
    return time > epoch ? time - epoch : 0;
}

static enum tt_record_sight read_record(const void *context, const uint8_t *header,
                                        struct tt_record *ret_record)
{
    (void)context;
    ret_record->original = tt_load32(header, true);
    ret_record->captured = tt_load32(header + 4, true);
    ret_record->padding = 0;
    ret_record->seconds = microseconds_of(header) / MICROSECONDS;
    if (ret_record->captured > PACKET_USUAL)
        return TT_RECORD_IMPOSSIBLE;
    /* A time of four bytes' worth of seconds is all that a capture will have in this century. */
    bool likely = ret_record->captured <= ret_record->original &&
                  ret_record->original <= TT_FRAME_MAX && ret_record->seconds <= UINT32_MAX;
    return TT_LIKELY(likely) ? TT_RECORD_LIKELY : TT_RECORD_DOUBTFUL;
}

static const struct tt_record_kind record_kind = {
    .cut_code = "btsnoop.cut", .damaged_code = "btsnoop.damaged", .read = read_record};

static void read_file_header(struct btsnoop *btsnoop, const uint8_t *header)
{
    uint32_t type = tt_load32(header + 12, true);
    btsnoop->link = type == LINK_H4 ? LINKTYPE_BLUETOOTH_HCI_H4 : TT_LINK_UNKNOWN;
    btsnoop->directed = type == LINK_H4 || type == LINK_H1;
    btsnoop->interface = btsnoop->reading->interfaces++;
    btsnoop->dropped = btsnoop->reading->dropped;
    if (tt_load32(header + 8, true) != 1)
        tt_reading_note(btsnoop->reading, "btsnoop.version", 0, 8, 0,
                        "an unknown btsnoop version: read as version 1");
    if (btsnoop->link == TT_LINK_UNKNOWN)
        tt_reading_note(btsnoop->reading, "btsnoop.link", 0, 12, 0,
                        "a btsnoop file whose records have no packet type in front: they were "
                        "searched as they stand");
}

static enum tt_err open_btsnoop(struct tt_reading *reading, void **ret_state,
                                struct tt_error *error)
{
    struct tt_input *input = reading->input;
    if (!tt_input_have(input, FILE_HEADER)) {
        enum tt_err err = tt_input_failure(input, error);
        return err != TT_OK ? err
                            : tt_error_set(error, TT_ERR_FORMAT,
                                           "%s ends inside its btsnoop header: it holds no packet, "
                                           "capture again",
                                           reading->name);
    }
    struct btsnoop *btsnoop = calloc(1, sizeof(*btsnoop));
    if (btsnoop == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", reading->name);
    btsnoop->reading = reading;
    tt_reading_tick(reading, TT_NS_PER_SECOND / MICROSECONDS);
    btsnoop->records = tt_records_make(reading, &record_kind, btsnoop, RECORD_HEADER);
    read_file_header(btsnoop, tt_input_here(input));
    tt_input_take(input, FILE_HEADER);
    *ret_state = btsnoop;
    return TT_OK;
}

static enum tt_err next_btsnoop(void *state, struct tt_frame *ret_frame, bool *ret_more,
                                struct tt_error *error)
{
    struct btsnoop *btsnoop = state;
    struct tt_record record;
    enum tt_err err = tt_records_next(&btsnoop->records, &record, ret_more, error);
    if (err != TT_OK || !*ret_more)
        return err;
    uint32_t drops = tt_load32(record.header + 12, true);
    if (drops > btsnoop->drops)
        btsnoop->drops = drops;
    btsnoop->reading->dropped = btsnoop->dropped + btsnoop->drops;
    uint64_t time = microseconds_of(record.header);
    *ret_frame = (struct tt_frame){
        .time = time > UINT64_MAX / 1000 ? UINT64_MAX : time * 1000,
        .link = btsnoop->link,
        .interface = btsnoop->interface,
        .original_len = record.original,
        .bytes = record.bytes,
    };
    bool received = (tt_load32(record.header + 8, true) & FLAG_RECEIVED) != 0;
    if (btsnoop->directed)
        ret_frame->flags = received ? TT_FRAME_INBOUND : TT_FRAME_OUTBOUND;
    return TT_OK;
}

static void free_btsnoop(void *state)
{
    struct btsnoop *btsnoop = state;
    if (btsnoop == NULL)
        return;
    tt_records_free(&btsnoop->records);
    free(btsnoop);
}

const struct tt_capture_format tt_format_btsnoop = {
    .name = "btsnoop",
    .spec = "Frontline, BT Snoop File Format",
    .probe = is_btsnoop,
    .open = open_btsnoop,
    .next = next_btsnoop,
    .free = free_btsnoop,
};
