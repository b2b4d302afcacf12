/* Where a case file comes to stand: the temporary file beside it, and the move into place. */
#ifndef TT_STORE_TARGET_H
#define TT_STORE_TARGET_H

#include "base/err.h"

/* Looks at the place `path` (a link is followed) and makes an empty file ".NAME.XXXXXX.tmp" in the
 * same folder, readable by its owner alone. Both results are absolute, and yours to free. TT_ERR_IO
 * when there is no such folder, it must not be written, or `path` is a folder or a device. */
TT_MUST_USE enum tt_err tt_target_make(const char *path, char **ret_target, char **ret_temp,
                                       struct tt_error *error);

/* Syncs the finished file `temp` and moves it over `target`, so that after a power cut either the
 * old one or the new one stands there. `path` is for messages. */
TT_MUST_USE enum tt_err tt_target_move(const char *path, const char *temp, const char *target,
                                       struct tt_error *error);

#endif
