/* Reads the text of a key log into a key store: any cut, both line endings, a file that still
 * grows. Lines that fit nothing are counted, never an error. */
#ifndef TT_DECRYPT_KEYLOG_H
#define TT_DECRYPT_KEYLOG_H

#include "decrypt/keys.h"

/* Type of a decryption secrets block of pcapng that holds the text of a key log ("TLSK"). */
enum { TT_SECRETS_TLS_KEY_LOG = 0x544c534b };

struct tt_keylog_counts {
    uint64_t lines;     /* without empty ones and comments */
    uint64_t taken;     /* secrets that went into the store */
    uint64_t unneeded;  /* known, but they open nothing: exporter secrets and the like */
    uint64_t bad;       /* neither */
    uint64_t damaged;   /* of those: lines that begin as one of a key log does */
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

/* A file of keys, told apart by its content: private keys (tt_keys_add_private) or a key log.
 * TT_ERR_FORMAT when it is neither; a key log without any line is one, or whose lines are all
 * damaged. `ret_counts` (may be NULL)
 * is all zero for private keys. */
TT_MUST_USE enum tt_err tt_keys_add_file(struct tt_keys *keys, struct tt_span bytes,
                                         struct tt_keylog_counts *ret_counts,
                                         struct tt_error *error);

#endif
