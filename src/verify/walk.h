/* Inside verify/: the steps of one proof, from the stream to the value. */
#ifndef TT_VERIFY_WALK_H
#define TT_VERIFY_WALK_H

#include "verify/recipe.h"
#include "verify/verify.h"

/* The part of a stream (or the datagram) in which a proof begins. */
struct tt_verify_window {
    struct tt_span bytes;
    uint64_t at;            /* offset of the first byte in the stream */
    const uint8_t *known;   /* a byte for each byte: 0 where nothing was captured; NULL: all was */
    struct tt_span opened;  /* what the sealed bytes at the first step's range hold; or no data */
    struct tt_span encoder; /* QPACK: the sender's encoder stream, and the table allowed */
    size_t table;
    bool inside; /* the range counts in a stream of HTTP/2 that the bytes carry */
};

/* `identifier`, one of the subject's, is what the finding speaks of. */
void tt_verify_walk(const struct tt_finding *finding, const struct tt_subject *subject,
                    const struct tt_identifier *identifier, const struct tt_verify_recipes *recipes,
                    const struct tt_verify_window *window, struct tt_verify_result *ret_result);

#endif
