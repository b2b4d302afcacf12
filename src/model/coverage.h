/* The coverage ledger. tt_account: bytes on their way into it, from run/ to judge/.
 * tt_coverage_row: one destination's line of it, made by judge/, kept by store/. */
#ifndef TT_MODEL_COVERAGE_H
#define TT_MODEL_COVERAGE_H

#include "model/finding.h"
#include "model/note.h"

/* Bytes of one direction of a flow that ended in one bucket. */
struct tt_account {
    const struct tt_flow *flow;
    enum tt_direction direction;
    uint32_t capture; /* that carried them */
    const char *host; /* said by the message that they belong to, or NULL */
    enum tt_bucket bucket;
    uint64_t bytes;
    bool relayed; /* passed on beyond the flow's other end, as all of the flow (TT_RELAY_CONNECTION)
                   */
};

/* The bucket of payload that whoever read it would put into `bucket`: what no IP carried stays
 * apart, however it was read, but for ciphertext. */
static inline enum tt_bucket tt_bucket_in_flow(const struct tt_flow *flow, enum tt_bucket bucket)
{
    bool apart = flow->transport == TT_TRANSPORT_LINK && bucket != TT_BUCKET_ENCRYPTED;
    return apart ? TT_BUCKET_NOT_IP : bucket;
}

/* One destination's line of the coverage ledger. */
struct tt_coverage_row {
    const char *host; /* or NULL */
    struct tt_addr address;
    uint16_t port;
    const char *country;  /* or NULL */
    const char *network;  /* or NULL */
    const char *protocol; /* "http", "tls", "udp" */
    enum tt_addr_scope scope;
    enum tt_heading heading;
    uint64_t flows;
    uint64_t bytes[TT_BUCKET_COUNT];
    uint64_t rtt_min; /* ns, least handshake time to it; 0 when not seen */
};

/* A note as it is counted: the first one of its code, and how many. */
struct tt_note_row {
    const char *layer;
    const char *code;
    const char *text;
    const char *capture; /* or NULL */
    uint64_t flow;       /* of the first; 0 for none */
    uint64_t frame;
    uint64_t offset;
    uint64_t count;
    uint64_t bytes; /* total length concerned */
};

/* Which side was taken for the device, and why. */
struct tt_device_view {
    struct tt_addr addr;
    bool from_sheet; /* else inferred from who opens connections */
    uint64_t flows_opened;
};

#endif
