/* Does a conversation look like TLS? Pure functions. */
#ifndef TT_DECRYPT_PROBE_H
#define TT_DECRYPT_PROBE_H

#include "base/span.h"

enum tt_looks { TT_LOOKS_NO, TT_LOOKS_MORE, TT_LOOKS_YES };

/* `head`: the first bytes of one direction. `whole`: they are its very first ones; else the
 * conversation may have begun before. MORE: a few more bytes would tell. */
enum tt_looks tt_tls_looks(struct tt_span head, bool whole);

/* Do these bytes begin with a record that begins with a hello? Strict enough to be asked of the
 * middle of a stream: by chance it is so once in 2^50. */
bool tt_tls_is_hello(struct tt_span bytes);

/* Can these bytes (perhaps fewer than a header) begin a record? */
bool tt_tls_is_record_start(struct tt_span bytes);

#endif
