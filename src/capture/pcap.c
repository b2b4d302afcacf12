#include "base/compiler.h"
#include "base/time.h"
#include "capture/format.h"
#include "capture/records.h"
#include "model/limits.h"

#include <stdlib.h>

enum {
    FILE_HEADER = 24,
    LCAP_SIZE = 4, /* length of all records, behind the file header of an lcap file */
    RECORD_HEADER = 16,
    NOKIA_HEADER = 20,   /* with four bytes whose meaning is not known */
    PATCHED_HEADER = 24, /* with interface index, protocol, packet type and padding */
    SMP_HEADER = 28,     /* with two processor numbers more */
    PACKET_USUAL = 262144,
    LINK_MASK = 0xffff,
    FCS_PRESENT = 0x04000000
};

/* The kinds of file that the magic number tells apart. */
static const struct variant {
    uint32_t magic;
    uint32_t fraction; /* ns of one unit of the time's second half */
    size_t header;
    size_t extra; /* bytes behind the file header */
} variants[] = {
    {0xa1b2c3d4, 1000, RECORD_HEADER, 0},         {0xa1b23c4d, 1, RECORD_HEADER, 0},
    {0xa1b2cd34, 1000, PATCHED_HEADER, 0},        {0x1c0001ac, 1000, RECORD_HEADER, LCAP_SIZE},
    {0x1c0001ab, 1000, RECORD_HEADER, LCAP_SIZE},
};

/* The same magic numbers before records of another layout, which only the records tell. In the
 * order of how little they differ from the usual ones. */
static const struct layout {
    uint32_t magic;
    size_t header;
    const char *news;
} layouts[] = {
    {0xa1b2c3d4, NOKIA_HEADER, "read with the record headers of Nokia's pcap (4 bytes more)"},
    {0xa1b2c3d4, PATCHED_HEADER,
     "read with the record headers of the patched libpcap of 1999-04-17 (8 bytes more)"},
    {0xa1b2cd34, SMP_HEADER,
     "read with the record headers of the patched libpcap of 1999-09-15 (12 bytes more)"},
};

/* Link types of AIX, which are those of SNMP's interface table. */
static const struct {
    uint32_t type;
    uint32_t link;
} aix_links[] = {{6, 1}, {9, 6}, {15, 10}, {24, 0}};

/* Which of a record's two lengths is the captured one. Files before version 2.3 have them the other
 * way round, and those of 2.3 may. */
enum order { CAPTURED_FIRST, CAPTURED_SECOND, CAPTURED_IS_LESS };

struct pcap {
    struct tt_reading *reading;
    struct tt_records records;
    uint32_t magic;
    bool big;
    bool started;    /* the layout of the records is known */
    bool time_noted; /* fractions of more than a second are noted once */
    enum order order;
    uint32_t fraction;
    uint32_t limit; /* largest captured length that is believed */
    uint32_t link;
    uint32_t interface;
    uint8_t fcs_len;
};

static const struct variant *find_variant(struct tt_span head, bool *ret_big)
{
    if (head.len < 4)
        return NULL;
    for (size_t i = 0; i < TT_ARRAY_LEN(variants); i++) {
        bool big = tt_load32(head.data, true) == variants[i].magic;
        if (!big && tt_load32(head.data, false) != variants[i].magic)
            continue;
        *ret_big = big;
        return &variants[i];
    }
    return NULL;
}

static bool is_pcap(struct tt_span head)
{
    bool big = false;
    return find_variant(head, &big) != NULL;
}

static bool is_joined_pcap(struct tt_span head)
{
    bool big = false;
    return head.len >= 8 && find_variant(head, &big) != NULL &&
           tt_load16(head.data + 4, big) == 2 && tt_load16(head.data + 6, big) <= 4;
}

/* Wrong lengths are the only sign of damage that this format has. Few packets are larger than
 * PACKET_USUAL, and files that hold them say so in their header. */
static uint32_t believable(uint32_t snaplen)
{
    if (snaplen > TT_FRAME_MAX)
        return TT_FRAME_MAX;
    return snaplen < PACKET_USUAL ? PACKET_USUAL : snaplen;
}

static enum order order_of(unsigned major, unsigned minor)
{
    if (major != 2 || minor > 3)
        return CAPTURED_FIRST;
    return minor == 3 ? CAPTURED_IS_LESS : CAPTURED_SECOND;
}

/* AIX writes version 2.2, link types of its own and nanoseconds. No other writer of that version
 * had these link types for anything that IP runs over. */
static void look_for_aix(struct pcap *pcap, unsigned major, unsigned minor)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(aix_links) && major == 2 && minor == 2; i++) {
        if (aix_links[i].type != pcap->link)
            continue;
        pcap->link = aix_links[i].link;
        pcap->fraction = 1;
        tt_reading_note(pcap->reading, "pcap.variant", 0, 4, 0,
                        "read as a capture of AIX (its link types, times in nanoseconds)");
        return;
    }
}

/* Section 4 of the draft: the link type, and above it the length of the frame check sequence. */
static void read_link(struct pcap *pcap, uint32_t field)
{
    pcap->link = field & LINK_MASK;
    if ((field & FCS_PRESENT) != 0)
        pcap->fcs_len = (uint8_t)(field >> 28 << 1);
}

static enum tt_record_sight read_record(const void *context, const uint8_t *header,
                                        struct tt_record *ret_record)
{
    const struct pcap *pcap = context;
    uint32_t fraction = tt_load32(header + 4, pcap->big);
    uint32_t captured = tt_load32(header + 8, pcap->big);
    uint32_t original = tt_load32(header + 12, pcap->big);
    if (TT_UNLIKELY(pcap->order != CAPTURED_FIRST) &&
        (pcap->order == CAPTURED_SECOND || captured > original)) {
        uint32_t first = captured;
        captured = original;
        original = first;
    }
    ret_record->seconds = tt_load32(header, pcap->big);
    ret_record->captured = captured;
    ret_record->original = original;
    ret_record->padding = 0;
    if (TT_UNLIKELY(captured > pcap->limit))
        return TT_RECORD_IMPOSSIBLE;
    bool likely = captured <= original && original <= TT_FRAME_MAX &&
                  (uint64_t)fraction * pcap->fraction < TT_NS_PER_SECOND;
    return TT_LIKELY(likely) ? TT_RECORD_LIKELY : TT_RECORD_DOUBTFUL;
}

static const struct tt_record_kind record_kind = {
    .cut_code = "pcap.cut", .damaged_code = "pcap.damaged", .read = read_record};

static void read_file_header(struct pcap *pcap, const struct variant *variant,
                             const uint8_t *header)
{
    bool big = pcap->big;
    unsigned major = tt_load16(header + 4, big);
    unsigned minor = tt_load16(header + 6, big);
    pcap->magic = variant->magic;
    pcap->order = order_of(major, minor);
    pcap->fraction = variant->fraction;
    pcap->limit = believable(tt_load32(header + 16, big));
    pcap->interface = pcap->reading->interfaces++;
    read_link(pcap, tt_load32(header + 20, big));
    look_for_aix(pcap, major, minor);
    tt_reading_tick(pcap->reading, pcap->fraction);
    if (major != 2)
        tt_reading_note(pcap->reading, "pcap.version", 0, 4, 0,
                        "an unknown pcap version: read as version 2.4");
}

static enum tt_err open_pcap(struct tt_reading *reading, void **ret_state, struct tt_error *error)
{
    struct tt_input *input = reading->input;
    bool big = false;
    const struct variant *variant = NULL;
    if (tt_input_have(input, FILE_HEADER))
        variant = find_variant(tt_input_rest(input), &big);
    if (variant == NULL || !tt_input_have(input, FILE_HEADER + variant->extra)) {
        enum tt_err err = tt_input_failure(input, error);
        return err != TT_OK ? err
                            : tt_error_set(error, TT_ERR_FORMAT,
                                           "%s ends inside its pcap header: it holds no packet, "
                                           "capture again",
                                           reading->name);
    }
    struct pcap *pcap = calloc(1, sizeof(*pcap));
    if (pcap == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", reading->name);
    pcap->reading = reading;
    pcap->big = big;
    pcap->records = tt_records_make(reading, &record_kind, pcap, variant->header);
    read_file_header(pcap, variant, tt_input_here(input));
    tt_input_take(input, FILE_HEADER + variant->extra);
    *ret_state = pcap;
    return TT_OK;
}

/* Takes another layout than the magic number's only where its records follow each other well and
 * the usual ones do not. */
static void choose_layout(struct pcap *pcap)
{
    pcap->started = true;
    if (tt_records_fit(&pcap->records, pcap->records.header))
        return;
    for (size_t i = 0; i < TT_ARRAY_LEN(layouts); i++) {
        if (layouts[i].magic != pcap->magic || !tt_records_fit(&pcap->records, layouts[i].header))
            continue;
        pcap->records.header = layouts[i].header;
        tt_reading_note(pcap->reading, "pcap.variant", 0, 0, 0, layouts[i].news);
        return;
    }
}

static void note_time(struct pcap *pcap, uint64_t offset)
{
    pcap->time_noted = true;
    tt_reading_note(pcap->reading, "pcap.time", pcap->reading->number + 1, offset, 0,
                    "the second part of a time is more than a second: it was added all the same");
}

static enum tt_err next_pcap(void *state, struct tt_frame *ret_frame, bool *ret_more,
                             struct tt_error *error)
{
    struct pcap *pcap = state;
    if (TT_UNLIKELY(!pcap->started))
        choose_layout(pcap);
    struct tt_record record;
    enum tt_err err = tt_records_next(&pcap->records, &record, ret_more, error);
    if (err != TT_OK || !*ret_more)
        return err;
    uint64_t fraction = (uint64_t)tt_load32(record.header + 4, pcap->big) * pcap->fraction;
    if (TT_UNLIKELY(fraction >= TT_NS_PER_SECOND && !pcap->time_noted))
        note_time(pcap, record.offset);
    *ret_frame = (struct tt_frame){
        .time = record.seconds * TT_NS_PER_SECOND + fraction,
        .link = pcap->link,
        .interface = pcap->interface,
        .original_len = record.original,
        .fcs_len = pcap->fcs_len,
        .bytes = record.bytes,
    };
    return TT_OK;
}

static void free_pcap(void *state)
{
    struct pcap *pcap = state;
    if (pcap == NULL)
        return;
    tt_records_free(&pcap->records);
    free(pcap);
}

const struct tt_capture_format tt_format_pcap = {
    .name = "pcap",
    .spec = "draft-ietf-opsawg-pcap",
    .probe = is_pcap,
    .joined = is_joined_pcap,
    .open = open_pcap,
    .next = next_pcap,
    .free = free_pcap,
};
