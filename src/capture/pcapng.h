/* Inside capture/: what the files of the pcapng reader share. Sections are those of
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng.html.
 *
 * pcapng.c reads one block after the other and gives the packets; pcapng_resync.c finds the next
 * block behind a damaged place; pcapng_options.c reads lists of options; pcapng_section.c sections,
 * interfaces and statistics; pcapng_packet.c packets; pcapng_names.c names; pcapng_extra.c what is
 * beside the packets: secrets, journals, custom blocks, Apple's processes. */
#ifndef TT_CAPTURE_PCAPNG_H
#define TT_CAPTURE_PCAPNG_H

#include "base/reader.h"
#include "capture/clock.h"
#include "capture/format.h"
#include "model/limits.h"

enum {
    TT_BLOCK_MIN = 12,    /* type, length, length again */
    TT_BLOCK_HEADER = 8,  /* type, length */
    TT_BLOCK_TRAILER = 4, /* length again */
    TT_BLOCK_MAX = TT_FRAME_MAX + 4096,
    TT_BLOCK_LIKELY = 1048576, /* larger ones are no place to go on at behind a damage, */
    TT_BLOCK_LIES_MAX = 16,    /* and after so many of them whose second length is not where it
                                  should be, none is taken in one piece: looking ahead for it
                                  each time would take time without end */
    TT_PACKET_HEADER = 20      /* of enhanced and obsolete packet blocks */
};

enum tt_block_type {
    TT_BLOCK_SECTION = 0x0a0d0d0a,
    TT_BLOCK_INTERFACE = 1,
    TT_BLOCK_OBSOLETE_PACKET = 2,
    TT_BLOCK_SIMPLE_PACKET = 3,
    TT_BLOCK_NAMES = 4,
    TT_BLOCK_STATISTICS = 5,
    TT_BLOCK_ENHANCED_PACKET = 6,
    TT_BLOCK_JOURNAL = 9, /* draft-richardson-opsawg-pcapng-extras, section 3.1 */
    TT_BLOCK_SECRETS = 10,
    TT_BLOCK_SYSDIG_EVENT = 0x204,
    TT_BLOCK_SYSDIG_EVENT_2 = 0x216,
    TT_BLOCK_SYSDIG_EVENT_2_LARGE = 0x221,
    TT_BLOCK_CUSTOM = 0xbad,
    TT_BLOCK_CUSTOM_NO_COPY = 0x40000bad
};

/* Of Apple, outside the registry: too large for an enum. */
#define TT_BLOCK_PROCESS UINT32_C(0x80000001)

/* Options of every list (section 3.5). */
enum tt_common_option {
    TT_OPTION_END = 0,
    TT_OPTION_COMMENT = 1,
    TT_OPTION_CUSTOM_TEXT = 2988,
    TT_OPTION_CUSTOM_BYTES = 2989,
    TT_OPTION_CUSTOM_TEXT_NO_COPY = 19372,
    TT_OPTION_CUSTOM_BYTES_NO_COPY = 19373
};

struct tt_pcapng_interface {
    uint32_t link;
    uint32_t snaplen; /* 0 for no limit */
    struct tt_clock clock;
    uint8_t fcs_len;
    bool named;             /* if_name */
    uint64_t drops[2];      /* as its newest statistics say; as its packets add up to */
    uint64_t drops_counted; /* the greater of them */
};

struct tt_pcapng {
    struct tt_reading *reading;
    bool big;       /* byte order of the section */
    bool skipping;  /* the section is of a version that nobody knows */
    bool same_link; /* all interfaces of the section have one link type */
    bool pcapdroid; /* PCAPdroid wrote the section */
    unsigned lies;  /* large blocks whose second length was not where it should be */
    struct tt_pcapng_interface *interfaces; /* of the section */
    size_t interface_count;
    size_t interface_room;
    const char **processes; /* names of the section's processes, kept by reading->apps; or NULL */
    size_t process_count;
    size_t process_room;
    uint32_t enterprises[TT_ENTERPRISES_MAX]; /* of custom blocks that were told */
    size_t enterprise_count;
    char custom_text[96];
    enum tt_err failure;
};

struct tt_block {
    uint32_t type;
    uint64_t offset;
    struct tt_span body;
};

/* What reading one block came to. */
enum tt_step {
    TT_STEP_BLOCK, /* there is one */
    TT_STEP_SKIP,  /* there was one, or a damaged place, that gives nothing */
    TT_STEP_END,   /* of the capture, or of this format in it */
    TT_STEP_FAILED /* `failure` says why, and the error is set */
};

/* ---- pcapng.c ---- */

static inline bool tt_block_is_packet(uint32_t type)
{
    return type == TT_BLOCK_ENHANCED_PACKET || type == TT_BLOCK_SIMPLE_PACKET ||
           type == TT_BLOCK_OBSOLETE_PACKET;
}

/* Sets `*ret_big` from the header of a section block (12 bytes). False without a known order. */
bool tt_section_order(const uint8_t *header, bool *ret_big);

/* A note about one block, after which the reading goes on. */
void tt_block_note(const struct tt_pcapng *pcapng, const struct tt_block *block, const char *code,
                   const char *text);

/* A note about the packet that is about to be given. */
void tt_block_note_packet(const struct tt_pcapng *pcapng, const struct tt_block *block,
                          const char *code, uint64_t length, const char *text);

static inline uint64_t tt_pcapng_uint(const struct tt_pcapng *pcapng, struct tt_reader *reader,
                                      size_t len)
{
    return pcapng->big ? tt_read_be(reader, len) : tt_read_le(reader, len);
}

/* ---- pcapng_resync.c ---- */

/* Whether blocks of this type tell something that a reader must know. */
bool tt_block_is_known(uint32_t type);

/* Whether a block stands `at` bytes behind the reader's place: its type is known, its two lengths
 * are equal and multiples of 4, and what can be checked of its body is sane; or it has the type and
 * the magic number of a section. */
bool tt_pcapng_plausible(const struct tt_pcapng *pcapng, size_t at);

/* Goes to the first plausible block behind the reader's place, or to the end of
 * the input; or, where `total` is more than TT_RESYNC_SEEN and the second length of a block so long
 * stands where it should, behind that. `*ret_bytes` is how many bytes lie between; they are still
 * visible in `*ret_head` until the next tt_input_have where they are no more than TT_RESYNC_SEEN,
 * else `*ret_head` is empty. False at the end. `any_order`: also goes to a block in the other byte
 * order, which is then set; such a one must lie at a multiple of 4, since a block that is read
 * three bytes early looks like one of the other order. */
bool tt_pcapng_resync(struct tt_pcapng *pcapng, bool any_order, uint32_t total, uint64_t *ret_bytes,
                      struct tt_span *ret_head);

enum { TT_RESYNC_SEEN = 1048576 };

/* ---- pcapng_options.c ---- */

/* The next option of a list (section 3.5). False at its end; a note where it lies. Comments and
 * custom texts become events of frame `frame` (0 for none) and `time`. */
bool tt_next_option(const struct tt_pcapng *pcapng, const struct tt_block *block, uint64_t frame,
                    uint64_t time, struct tt_reader *reader, uint16_t *ret_code,
                    struct tt_span *ret_value);

/* An option that holds one integer of `len` bytes; false, with a note, when it has another length.
 */
bool tt_option_uint(const struct tt_pcapng *pcapng, const struct tt_block *block,
                    struct tt_span value, size_t len, uint64_t *ret_number);

/* ---- pcapng_section.c ---- */

/* Section 4.1. */
void tt_pcapng_section(struct tt_pcapng *pcapng, const struct tt_block *block);

/* Section 4.2. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_pcapng_interface(struct tt_pcapng *pcapng, const struct tt_block *block);

/* Section 4.6. */
void tt_pcapng_statistics(struct tt_pcapng *pcapng, const struct tt_block *block);

/* Which of an interface's two counts of drops. Both run from the start of the capture. */
enum tt_drops { TT_DROPS_STATISTICS, TT_DROPS_PACKETS };

/* The interface has dropped `drops` packets by now: raises (or corrects) the capture's count, with
 * a note when it is the interface's first. */
void tt_pcapng_drops(struct tt_pcapng *pcapng, struct tt_pcapng_interface *interface,
                     const struct tt_block *block, enum tt_drops which, uint64_t drops);

/* ---- pcapng_packet.c ---- */

/* Sections 4.3, 4.4 and A: TT_STEP_BLOCK with a frame, or TT_STEP_SKIP with a note. */
enum tt_step tt_pcapng_packet(struct tt_pcapng *pcapng, const struct tt_block *block,
                              struct tt_frame *ret_frame);

/* ---- pcapng_names.c ---- */

/* Section 4.5. */
void tt_pcapng_names(struct tt_pcapng *pcapng, const struct tt_block *block);

/* ---- pcapng_extra.c ---- */

/* Section 4.7. TT_ERR_MEMORY; so below. */
TT_MUST_USE enum tt_err tt_pcapng_secrets(struct tt_pcapng *pcapng, const struct tt_block *block);

/* Section 4.8. */
TT_MUST_USE enum tt_err tt_pcapng_custom(struct tt_pcapng *pcapng, const struct tt_block *block);

/* An entry of the systemd journal becomes an event. */
void tt_pcapng_journal(struct tt_pcapng *pcapng, const struct tt_block *block);

/* Apple's process information block: process id (4), then options (2 name, 3 path, 4 UUID); packets
 * refer to it by its number in the section. Public source: pcap/pcap-ng.h of Apple's libpcap. */
TT_MUST_USE enum tt_err tt_pcapng_process(struct tt_pcapng *pcapng, const struct tt_block *block);

#endif
