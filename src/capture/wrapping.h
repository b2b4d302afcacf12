/* Compressions around a capture file. One file and one line in the list of capture.c each. */
#ifndef TT_CAPTURE_WRAPPING_H
#define TT_CAPTURE_WRAPPING_H

#include "capture/input.h"
#include "model/note.h"

struct tt_wrapping {
    const char *name; /* "gzip" */
    const char *spec;
    /* Whether a file that begins with `head` (shorter than TT_HEAD_BYTES only where the file is) is
     * wrapped so. */
    bool (*probe)(struct tt_span head);
    /* A source of what is inside. `inner` and `notes` are borrowed until it is freed. Damage is a
     * note with the offset in the file, and the end of the source; never an error. */
    enum tt_err (*open)(struct tt_input *inner, const struct tt_note_sink *notes,
                        struct tt_source **ret_source);
};

/* RFC 1952; members one behind the other are one file (section 2.2). Notes: gzip.cut, gzip.damaged,
 * gzip.trailing. */
extern const struct tt_wrapping tt_wrapping_gzip;

#endif
