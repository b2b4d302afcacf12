/* Inside verify/: the codings of a proof, each a function from bytes to bytes.
 *
 * They give what they can: a body that is cut decodes to its beginning, as the proof counts in it.
 * Sources: RFC 1950 to 1952, RFC 7932, RFC 8878, the LZ4 frame format, RFC 4648, RFC 2045, RFC
 * 3986, RFC 8259, RFC 6350, HTML 5, RFC 9112. */
#ifndef TT_VERIFY_DECODE_H
#define TT_VERIFY_DECODE_H

#include "base/buf.h"

/* Appends what `bytes` decode to under the step `name`. False: there is no such coding. An error
 * is the buffer's (TT_ERR_LIMIT, TT_ERR_MEMORY). */
bool tt_verify_decode(const char *name, struct tt_span bytes, struct tt_buf *out,
                      enum tt_err *ret_err);

/* The other way, as far as transforms need it. */
TT_MUST_USE enum tt_err tt_verify_write_hex(struct tt_span bytes, bool upper, struct tt_buf *out);

#endif
