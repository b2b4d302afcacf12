/* Inside verify/: the words of a message that may be the salt of a digest or the key of an XOR. */
#ifndef TT_VERIFY_KEYS_H
#define TT_VERIFY_KEYS_H

#include "base/buf.h"

typedef bool tt_verify_field_fn(void *context, struct tt_span field);

/* Offers the words of a message until one is taken (`take` answers true). */
bool tt_verify_any_field(struct tt_span beside, tt_verify_field_fn *take, void *context);

enum { TT_VERIFY_KEYS_MAX = 4096 };

/* Keys one behind the other; all zeros but for `bytes` at the beginning. */
struct tt_verify_keys {
    struct tt_buf bytes;
    size_t count;
    size_t ends[TT_VERIFY_KEYS_MAX];
};

/* Makes it empty. */
void tt_verify_keys_init(struct tt_verify_keys *keys);
void tt_verify_keys_wipe(struct tt_verify_keys *keys);

/* Adds the words of a message: as they stand, and as the bytes that their hexadecimal digits or
 * their base64 stand for. What is over TT_VERIFY_KEYS_MAX is left out. */
void tt_verify_keys_add(struct tt_verify_keys *keys, struct tt_span beside);

/* Adds a key as it stands. */
void tt_verify_keys_put(struct tt_verify_keys *keys, struct tt_span key);

/* Key number `at`, from 0; never empty. */
struct tt_span tt_verify_keys_at(const struct tt_verify_keys *keys, size_t at);

/* Appends `bytes` under a key that is repeated as often as needed. TT_ERR_FORMAT: an empty key. */
TT_MUST_USE enum tt_err tt_verify_unxor(struct tt_span bytes, struct tt_span key,
                                        struct tt_buf *out);

#endif
