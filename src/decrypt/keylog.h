/* Reads the text of a key log into a key store: any cut, both line endings, a file that still
 * grows. Lines that fit nothing are counted, never an error. */
#ifndef TT_DECRYPT_KEYLOG_H
#define TT_DECRYPT_KEYLOG_H

#include "decrypt/keys.h"

struct tt_keylog_counts {
    uint64_t lines;     /* without empty ones and comments */
    uint64_t taken;     /* secrets that went into the store */
    uint64_t unneeded;  /* known, but they open nothing: exporter secrets and the like */
    uint64_t bad;       /* neither */
    uint64_t first_bad; /* number of its line, from 1; 0 without */
    uint64_t refused;   /* the store was full */
};

struct tt_keylog;

/* `keys` is borrowed. NULL without memory. `source`: TT_KEY_FROM_KEYLOG or TT_KEY_FROM_CAPTURE. */
struct tt_keylog *tt_keylog_new(struct tt_keys *keys, enum tt_key_source source);
/* Takes NULL. What stands behind the last line ending is forgotten: see tt_keylog_end. */
void tt_keylog_free(struct tt_keylog *log);

/* The next bytes. Half a line at their end is kept for the next call. Only TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_keylog_feed(struct tt_keylog *log, struct tt_span bytes);

/* The file ends here: takes the last line though it has no ending. More may be fed later. */
TT_MUST_USE enum tt_err tt_keylog_end(struct tt_keylog *log);

struct tt_keylog_counts tt_keylog_counts(const struct tt_keylog *log);

/* The whole of a text at once; `ret_counts` may be NULL. */
TT_MUST_USE enum tt_err tt_keylog_read(struct tt_keys *keys, enum tt_key_source source,
                                       struct tt_span text, struct tt_keylog_counts *ret_counts);

#endif
