#include "base/time.h"
#include "capture/format.h"
#include "model/limits.h"

#include <stdlib.h>

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    PATCHED_HEADER = 24, /* with interface index, protocol, packet type and padding */
    PACKET_USUAL = 262144
};

/* The kinds of file that the magic number tells apart. */
static const struct variant {
    uint32_t magic;
    uint32_t fraction; /* ns of one unit of the time's second half */
    size_t header;
} variants[] = {
    {0xa1b2c3d4, 1000, RECORD_HEADER},
    {0xa1b23c4d, 1, RECORD_HEADER},
    {0xa1b2cd34, 1000, PATCHED_HEADER},
};

/* Which of a record's two lengths is the captured one. Files before version 2.3 have them the other
 * way round, and those of 2.3 may. */
enum order { CAPTURED_FIRST, CAPTURED_SECOND, CAPTURED_IS_LESS };

struct pcap {
    struct tt_reading *reading;
    bool big;
    enum order order;
    size_t header;
    uint32_t fraction;
    uint32_t limit; /* largest captured length that is believed */
    uint32_t link;
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

static enum tt_err open_pcap(struct tt_reading *reading, void **ret_state, struct tt_error *error)
{
    struct tt_input *input = reading->input;
    if (!tt_input_have(input, FILE_HEADER)) {
        enum tt_err err = tt_input_failure(input, error);
        return err != TT_OK ? err
                            : tt_error_set(error, TT_ERR_FORMAT,
                                           "%s ends inside its pcap header: it holds no packet, "
                                           "capture again",
                                           reading->name);
    }
    bool big = false;
    const struct variant *variant = find_variant(tt_input_rest(input), &big);
    if (variant == NULL)
        return tt_error_set(error, TT_ERR_FORMAT, "%s is no pcap file", reading->name);
    struct pcap *pcap = calloc(1, sizeof(*pcap));
    if (pcap == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", reading->name);
    const uint8_t *header = tt_input_here(input);
    unsigned major = tt_load16(header + 4, big);
    unsigned minor = tt_load16(header + 6, big);
    pcap->reading = reading;
    pcap->big = big;
    pcap->order = order_of(major, minor);
    pcap->header = variant->header;
    pcap->fraction = variant->fraction;
    pcap->limit = believable(tt_load32(header + 16, big));
    /* Above are the length of the frame check sequence and reserved bits, which readers ignore. */
    pcap->link = tt_load32(header + 20, big) & 0xffffU;
    if (major != 2)
        tt_reading_note(reading, "pcap.version", 0, 4, 0,
                        "an unknown pcap version: read as version 2.4");
    tt_input_take(input, FILE_HEADER);
    *ret_state = pcap;
    return TT_OK;
}

/* There are fewer than `need` bytes: the end, a cut record, or a failed read. */
static enum tt_err end_of_records(const struct pcap *pcap, size_t need, struct tt_error *error)
{
    const struct tt_input *input = pcap->reading->input;
    enum tt_err err = tt_input_failure(input, error);
    size_t left = tt_input_rest(input).len;
    if (err == TT_OK && left > 0)
        tt_reading_note(pcap->reading, "pcap.cut", 0, tt_input_offset(input), need - left,
                        "the file ends inside a packet record");
    return err;
}

static enum tt_err next_pcap(void *state, struct tt_frame *ret_frame, bool *ret_more,
                             struct tt_error *error)
{
    const struct pcap *pcap = state;
    struct tt_input *input = pcap->reading->input;
    *ret_more = false;
    if (!tt_input_have(input, pcap->header))
        return end_of_records(pcap, pcap->header, error);
    const uint8_t *record = tt_input_here(input);
    uint32_t seconds = tt_load32(record, pcap->big);
    uint32_t fraction = tt_load32(record + 4, pcap->big);
    uint32_t captured = tt_load32(record + 8, pcap->big);
    uint32_t original = tt_load32(record + 12, pcap->big);
    if (TT_UNLIKELY(pcap->order != CAPTURED_FIRST) &&
        (pcap->order == CAPTURED_SECOND || captured > original)) {
        uint32_t first = captured;
        captured = original;
        original = first;
    }
    if (TT_UNLIKELY(captured > pcap->limit)) {
        uint64_t offset = tt_input_offset(input);
        tt_reading_note(pcap->reading, "pcap.damaged", 0, offset,
                        tt_reading_left(pcap->reading, offset),
                        "a packet record has an impossible length: the rest was not read");
        return TT_OK;
    }
    size_t need = pcap->header + captured;
    if (!tt_input_have(input, need))
        return end_of_records(pcap, need, error);
    *ret_frame = (struct tt_frame){
        .time = seconds * TT_NS_PER_SECOND + (uint64_t)fraction * pcap->fraction,
        .link = pcap->link,
        .original_len = original,
        .bytes = {.data = tt_input_here(input) + pcap->header, .len = captured},
    };
    tt_input_take(input, need);
    *ret_more = true;
    return TT_OK;
}

static void free_pcap(void *state)
{
    free(state);
}

const struct tt_capture_format tt_format_pcap = {
    .name = "pcap",
    .spec = "draft-ietf-opsawg-pcap",
    .probe = is_pcap,
    .open = open_pcap,
    .next = next_pcap,
    .free = free_pcap,
};
