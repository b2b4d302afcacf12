/* Inside identify/: the owner's values under XOR with one byte, found without knowing the byte.
 *
 * What two neighbouring bytes differ in is the same under every key. So of each plain form of the
 * owner's identifiers its first differences are kept, sorted; a token is held against them at every
 * offset, and the rest of the value is compared under the key that comes out. Values that prove
 * little are left out: a key is one more thing that luck may choose.
 *
 * Read-only once made; may be shared by threads. */
#ifndef TT_IDENTIFY_XOR_VALUES_H
#define TT_IDENTIFY_XOR_VALUES_H

#include "identify/forms.h"

struct tt_xor_values;

/* `forms` and `subject` are borrowed until tt_xor_values_free. TT_ERR_MEMORY. */
TT_MUST_USE enum tt_err tt_xor_values_new(const struct tt_forms *forms,
                                          const struct tt_subject *subject,
                                          struct tt_xor_values **ret_values);
void tt_xor_values_free(struct tt_xor_values *values);

/* The key under which a value stands in the token, or 0: there is none. The first one, where there
 * are several. Its neighbours are not looked at. */
uint8_t tt_xor_values_key(const struct tt_xor_values *values, struct tt_span token);

#endif
