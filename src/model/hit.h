/* tt_hit: one place in the traffic where one form of one identifier stands. Made by run/ from what
 * identify/ matched and content/ explained; used by judge/. */
#ifndef TT_MODEL_HIT_H
#define TT_MODEL_HIT_H

#include "model/body.h"
#include "model/form.h"

/* One step of the way from the stream to the value (the contract's `proof`): apply the step's
 * decoding (none for a slice), then take `length` bytes at `offset` of the result. Slices count in
 * the bytes of the step before. */
struct tt_proof_step {
    const char *step; /* exact: "json:$.contacts[3].number" */
    uint64_t offset;
    uint64_t length;
    bool framing; /* how a version of the protocol carries it ("hpack"): not part of a path */
};

struct tt_hit {
    const struct tt_flow *flow;
    enum tt_direction direction;
    const struct tt_form *form;
    /* Codings whose whole content is the value; joined behind form->transform. Innermost first. */
    const char *const *codings;
    size_t coding_count;
    const struct tt_proof_step *proof;
    size_t proof_count;
    const char *protocol;    /* "http", "dns", "tcp", "udp", "ethernet" */
    const char *host;        /* said by the message (HTTP Host), or NULL */
    const char *host_source; /* "http", or NULL */
    const char *encryption;  /* "none", "tls1.3" */
    const char *cipher;      /* or NULL */
    const char *opened_with; /* or NULL */
    struct tt_origin origin;
    const uint64_t *frames; /* all of them when they are more than the origin's two; in any order */
    size_t frame_count;
    bool relayed;  /* passed on beyond the flow's other end (enum tt_relay) */
    bool in_place; /* a weak form stands in a fitting place: it is a whole field, word or string */
};

#endif
