/* Capture file formats. One file and one line in the list of capture.c each. */
#ifndef TT_CAPTURE_FORMAT_H
#define TT_CAPTURE_FORMAT_H

#include "capture/capture.h"
#include "capture/input.h"
#include "capture/secrets.h"

enum {
    TT_HEAD_BYTES = 24 /* of a file, seen by every probe (fewer only where there are no more); few,
                          since a live pipe gives no more until a packet comes */
};

/* What a format reads from and reports to; one for each open capture. */
struct tt_reading {
    struct tt_input *input; /* unwrapped */
    const char *name;       /* of the file, for error texts */
    const struct tt_note_sink *notes;
    struct tt_secrets secrets;
    uint64_t number;  /* of the last record that has one; raised by the caller of `next` for each
                         frame, by the format for records that have a number and are no frame */
    uint64_t dropped; /* see tt_capture_summary */
};

struct tt_capture_format {
    const char *name; /* "pcap" */
    const char *spec;
    bool (*probe)(struct tt_span head);
    /* Reads the file header. `reading` is borrowed until `free`. */
    enum tt_err (*open)(struct tt_reading *reading, void **ret_state, struct tt_error *error);
    /* As tt_capture_next, but without the frame's number; not called again after the end. */
    enum tt_err (*next)(void *state, struct tt_frame *ret_frame, bool *ret_more,
                        struct tt_error *error);
    void (*free)(void *state); /* takes NULL */
};

/* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap.html in both byte orders, with times in µs
 * and ns; and the variant of Alexey Kuznetzov's patches (magic number 0xa1b2cd34), whose record
 * headers hold 8 bytes more. Notes: pcap.cut, pcap.damaged, pcap.version. */
extern const struct tt_capture_format tt_format_pcap;

/* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng.html. The section length is not looked
 * at: it may lie, and nothing needs it. Notes that end the reading: pcapng.cut, pcapng.damaged,
 * pcapng.version; others: pcapng.block, pcapng.packet, pcapng.interface, pcapng.interfaces,
 * pcapng.limit, pcapng.option, pcapng.secrets, pcapng.time. */
extern const struct tt_capture_format tt_format_pcapng;

/* A note of this layer about `length` bytes at `offset` of the unwrapped file. `frame` is 0, or
 * reading->number + 1 for the frame that is about to be given. */
void tt_reading_note(const struct tt_reading *reading, const char *code, uint64_t frame,
                     uint64_t offset, uint64_t length, const char *text);

/* Bytes from the unwrapped `offset` to the end, 0 where the end is not known. */
uint64_t tt_reading_left(const struct tt_reading *reading, uint64_t offset);

/* Integers of a file that may have either byte order. */
static inline uint16_t tt_load16(const uint8_t *at, bool big)
{
    return (uint16_t)(big ? at[0] << 8 | at[1] : at[1] << 8 | at[0]);
}

static inline uint32_t tt_load32(const uint8_t *at, bool big)
{
    if (big)
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

#endif
