/* TLS in a channel: joins decrypt/ to the channels. To a channel it is a protocol like others,
 * whose messages are a channel inside it. */
#ifndef TT_RUN_SECURE_H
#define TT_RUN_SECURE_H

#include "proto/proto.h"

/* Opener number `at`, in the order in which they are asked; NULL past the end. They come before all
 * of tt_proto_at, and the context of their sink is a struct channel. */
const struct tt_proto *tt_secure_at(size_t at);

#endif
