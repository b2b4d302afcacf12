/* Inside decrypt/: the compression of TLS 1.2 and before: RFC 3749. */
#ifndef TT_DECRYPT_UNPACK_H
#define TT_DECRYPT_UNPACK_H

#include "decrypt/opener_state.h"

enum { TT_COMPRESSION_NONE = 0, TT_COMPRESSION_DEFLATE = 1 };

struct tt_unpacker;

/* TT_ERR_LIMIT over TT_TLS_INFLATES_MAX, TT_ERR_UNSUPPORTED for another method. */
TT_MUST_USE enum tt_err tt_unpacker_new(struct tt_opener *opener, uint8_t method,
                                        struct tt_unpacker **ret_unpacker);
/* Takes NULL. */
void tt_unpacker_free(struct tt_opener *opener, struct tt_unpacker *unpacker);

/* The content of one record, which must all come out; borrowed until the next call for any
 * unpacker of the opener. False when it is malformed or too long. */
TT_MUST_USE bool tt_unpack(struct tt_opener *opener, struct tt_unpacker *unpacker,
                           struct tt_span packed, struct tt_span *ret_bytes);

#endif
