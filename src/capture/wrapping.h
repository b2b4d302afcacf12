/* Compressions around a capture file. One file and one line in the list of capture.c each; what
 * they share (members one behind the other, damage, the end) is in wrapping.c. */
#ifndef TT_CAPTURE_WRAPPING_H
#define TT_CAPTURE_WRAPPING_H

#include "capture/input.h"
#include "model/note.h"

/* What one step of decoding came to. */
enum tt_unwrap_step {
    TT_UNWRAP_MORE,
    TT_UNWRAP_MEMBER, /* a member ended; the next one may follow */
    TT_UNWRAP_DAMAGED,
    TT_UNWRAP_LIMIT, /* it asks for more memory than a limit allows */
    TT_UNWRAP_MEMORY /* there is none */
};

struct tt_wrapping {
    const char *name; /* "gzip" */
    const char *spec;
    const char *cut_code; /* codes of notes: "gzip.cut" */
    const char *damaged_code;
    const char *trailing_code;
    const char *limit_code; /* NULL for none */
    size_t magic_bytes;     /* what `member` needs to see */
    size_t padding;         /* zero bytes between members come in multiples of this; 0 for none */
    /* Whether a file that begins with `head` (shorter than TT_HEAD_BYTES only where the file is) is
     * wrapped so. */
    bool (*probe)(struct tt_span head);
    /* Whether another member begins with `head`, at least `magic_bytes` unless the file ends. */
    bool (*member)(struct tt_span head);
    /* NULL without memory. */
    void *(*new_state)(void);
    /* Gets ready for another member. False without memory. */
    bool (*restart)(void *state);
    /* How many bytes the next step gets (fewer only at the end of the file), so that what it makes
     * of them before damage does not depend on how the input arrives; NULL for any number. */
    size_t (*want)(const void *state);
    /* Decodes some of `in` (empty at the end of the file, to get what is still held) to at most
     * `room` bytes at `out`. */
    enum tt_unwrap_step (*step)(void *state, struct tt_span in, size_t *ret_used, uint8_t *out,
                                size_t room, size_t *ret_made);
    void (*free_state)(void *state);
};

/* A stream of what is inside of `inner`, which is borrowed, as are `file` (the outermost input:
 * what is unwrapped is held against what was read of it) and `notes`, until it is freed. Damage is
 * a note with the offset in `inner`, and the end of the stream; never an error. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_unwrap(const struct tt_wrapping *wrapping, struct tt_input *inner,
                                  const struct tt_input *file, const struct tt_note_sink *notes,
                                  struct tt_input **ret_input);

/* RFC 1952; members one behind the other are one file (section 2.2). Notes: gzip.cut, gzip.damaged,
 * gzip.trailing. */
extern const struct tt_wrapping tt_wrapping_gzip;

/* RFC 8878; frames one behind the other are one file, skippable ones (section 3.1.2) say nothing.
 * Notes: zstd.cut, zstd.damaged, zstd.trailing, zstd.limit (TT_WRAPPING_WINDOW_LOG_MAX). */
extern const struct tt_wrapping tt_wrapping_zstd;

/* https://tukaani.org/xz/xz-file-format.txt; streams one behind the other, with padding between
 * them, are one file (section 2.2). Notes: xz.cut, xz.damaged, xz.trailing, xz.limit
 * (TT_WRAPPING_XZ_BYTES_MAX). */
extern const struct tt_wrapping tt_wrapping_xz;

/* https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, not the legacy format; frames one
 * behind the other are one file, skippable ones say nothing. A block holds at most 4 MiB, so that
 * memory is bounded by the format. Notes: lz4.cut, lz4.damaged, lz4.trailing. */
extern const struct tt_wrapping tt_wrapping_lz4;

/* A skippable frame of zstd or lz4 begins with `head`. */
bool tt_wrapping_skippable(struct tt_span head);

/* What stands behind the skippable frames that `head` begins with; empty where they are longer than
 * it. */
struct tt_span tt_wrapping_behind_skippable(struct tt_span head);

#endif
