/* The keys of a run: key files, pre-shared keys, and what the captures hold themselves. */
#ifndef TT_RUN_KEYRING_H
#define TT_RUN_KEYRING_H

#include "capture/capture.h"
#include "decrypt/keylog.h"

#include <telltale/telltale.h>

/* Reads all keys that can be had before the first packet: config->keys, config->psks, and the
 * secrets of the captures that are files. The caller frees `*ret_keys`. TT_ERR_IO, TT_ERR_FORMAT: a
 * file that cannot be read, or that is no file of keys; lines that fit nothing are a warning, and
 * counted in `*ret_counts` (of all files together). */
TT_MUST_USE enum tt_err tt_keyring_make(const struct tt_test_config *config,
                                        struct tt_keys **ret_keys,
                                        struct tt_keylog_counts *ret_counts,
                                        struct tt_error *error);

/* A note for what was left out of the files of keys. */
void tt_keyring_note(const struct tt_keylog_counts *counts, const struct tt_note_sink *notes);

/* Adds the secrets of a capture from number `*at` on, and moves `*at` behind them: of a capture
 * that is no file they are known only as they come. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_keyring_follow(struct tt_keys *keys, const struct tt_capture *capture,
                                          size_t *at);

/* Adds the secrets of what was kept of a pipe, and counts them in `*ret_count`. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_keyring_ahead(struct tt_keys *keys, struct tt_spool *spool,
                                         size_t *ret_count);

/* Keys of all sorts that there are now. */
size_t tt_keyring_count(const struct tt_keys *keys);

/* Was there anything to open with? */
bool tt_keyring_any(const struct tt_keys *keys);

#endif
