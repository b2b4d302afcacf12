/* The decryption secrets of one capture: copies, wiped when they are freed. */
#ifndef TT_CAPTURE_SECRETS_H
#define TT_CAPTURE_SECRETS_H

#include "base/err.h"
#include "base/span.h"

struct tt_secret;

struct tt_secrets {
    struct tt_secret *items;
    size_t count;
    size_t room;
    size_t bytes; /* held, the items' own size included */
};

/* Keeps a copy. TT_ERR_LIMIT over TT_SECRETS_MAX. */
TT_MUST_USE enum tt_err tt_secrets_add(struct tt_secrets *secrets, uint32_t type,
                                       struct tt_span data);

/* See tt_capture_secret. */
bool tt_secrets_at(const struct tt_secrets *secrets, size_t at, uint32_t *ret_type,
                   struct tt_span *ret_data);

void tt_secrets_free(struct tt_secrets *secrets);

#endif
