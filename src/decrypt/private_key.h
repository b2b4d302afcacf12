/* Inside decrypt/: the RSA private keys of a key store. See keys.h for what each function does. */
#ifndef TT_DECRYPT_PRIVATE_KEY_H
#define TT_DECRYPT_PRIVATE_KEY_H

#include "decrypt/schedule.h"

struct tt_private_keys;

TT_MUST_USE enum tt_err tt_private_keys_new(struct tt_private_keys **ret_keys);
/* Wipes them. Takes NULL. */
void tt_private_keys_free(struct tt_private_keys *keys);

TT_MUST_USE enum tt_err tt_private_keys_add(struct tt_private_keys *keys, struct tt_span bytes,
                                            struct tt_error *error);
bool tt_private_key_looks(struct tt_span bytes);
size_t tt_private_keys_count(const struct tt_private_keys *keys);
TT_MUST_USE bool tt_private_keys_decrypt(const struct tt_private_keys *keys,
                                         struct tt_span encrypted, uint16_t offered,
                                         uint16_t agreed, uint8_t ret_premaster[TT_PREMASTER_LEN]);

#endif
