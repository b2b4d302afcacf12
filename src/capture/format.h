/* Capture file formats. One file and one line in the list of capture.c each. */
#ifndef TT_CAPTURE_FORMAT_H
#define TT_CAPTURE_FORMAT_H

#include "capture/apps.h"
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
    struct tt_capture_sink sink;
    struct tt_secrets secrets;
    struct tt_apps *apps; /* names that frames carry; live as long as the capture */
    uint64_t number;     /* of the last record that has one; raised by the caller of `next` for each
                            frame, by the format for records that have a number and are no frame */
    uint64_t dropped;    /* see tt_capture_summary */
    uint64_t tick;       /* ns: the coarsest resolution of the times so far */
    uint32_t interfaces; /* of the pcapng sections and the joined files that are over */
    uint32_t events;     /* told, and those above the limit */
};

struct tt_capture_format {
    const char *name; /* "pcap" */
    const char *spec;
    bool (*probe)(struct tt_span head);
    /* The same in the middle of a file, where chance counts; NULL where `probe` is safe enough. */
    bool (*joined)(struct tt_span head);
    /* Reads the file header. `reading` is borrowed until `free`. */
    enum tt_err (*open)(struct tt_reading *reading, void **ret_state, struct tt_error *error);
    /* As tt_capture_next, but without the frame's number; not called again after the end. */
    enum tt_err (*next)(void *state, struct tt_frame *ret_frame, bool *ret_more,
                        struct tt_error *error);
    void (*free)(void *state); /* takes NULL */
};

/* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap.html in both byte orders, with times in µs
 * and ns; and variants, most of them told in
 * https://wiki.wireshark.org/Development/LibpcapFileFormat: with a magic number of their own Alexey
 * Kuznetzov's patched libpcap (record headers with 8 or 12 bytes more) and Ixia's lcap; told by
 * their records or link types an older patch of his, Nokia's (4 bytes more) and AIX's. The length
 * of a frame check sequence in the link type field is read. Notes: pcap.cut, pcap.damaged,
 * pcap.version, pcap.variant, pcap.time. */
extern const struct tt_capture_format tt_format_pcap;

/* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng.html; see capture/pcapng.h. Notes that
 * something could not be read: pcapng.cut, pcapng.damaged (it goes on behind the damage),
 * pcapng.version, pcapng.block, pcapng.packet, pcapng.interface, pcapng.interfaces, pcapng.limit,
 * pcapng.option, pcapng.secrets, pcapng.time, pcapng.apps; that tell how the capture was made:
 * pcapng.drops, pcapng.filter, pcapng.link_error, pcapng.custom, pcapng.events,
 * pcapng.event_text. */
extern const struct tt_capture_format tt_format_pcapng;

/* RFC 1761. Notes: snoop.cut, snoop.damaged, snoop.version, snoop.link. */
extern const struct tt_capture_format tt_format_snoop;

/* The log of Bluetooth stacks (Android's btsnoop_hci.log, BlueZ), the snoop format with other links
 * and times. Notes: btsnoop.cut, btsnoop.damaged, btsnoop.version, btsnoop.link. */
extern const struct tt_capture_format tt_format_btsnoop;

/* HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/): what browsers and proxies
 * write. There are no packets: each element of log.entries is a frame of TT_LINK_HAR, whose time is
 * its startedDateTime. Notes: har.cut, har.damaged, har.entry_limit. */
extern const struct tt_capture_format tt_format_har;

/* A note of this layer about `length` bytes at `offset` of the unwrapped file. `frame` is 0, or
 * reading->number + 1 for the frame that is about to be given. */
void tt_reading_note(const struct tt_reading *reading, const char *code, uint64_t frame,
                     uint64_t offset, uint64_t length, const char *text);

/* Whether a capture file of any format begins with `head` (TT_HEAD_BYTES of it, or what there is).
 * Where one stands at a place at which a record or block should begin, files were put one behind
 * the other: the format's `next` ends there without a note, and capture.c reads on with it. */
bool tt_format_begins(struct tt_span head);

/* Tells an event: the text that is `text` made valid and short. `time` in ns or 0, `frame` a number
 * or 0; `offset` is where it stands, for the note that counts those above the limit. */
void tt_reading_event(struct tt_reading *reading, const char *source, uint64_t frame, uint64_t time,
                      struct tt_span text, uint64_t offset);

/* Tells the name of an address; ones that are empty, too long or no text are left out, the latter
 * two with a note "capture.name". */
void tt_reading_name(struct tt_reading *reading, struct tt_addr addr, struct tt_span name,
                     uint64_t offset);

/* Times from here on come in steps of `ns`. */
static inline void tt_reading_tick(struct tt_reading *reading, uint64_t ns)
{
    if (ns > reading->tick)
        reading->tick = ns;
}

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
