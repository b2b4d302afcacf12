/* tt_note: something that the reader of a report must know about what was not, or not surely, read;
 * and the buckets of the coverage ledger. Any layer makes notes, store/ keeps them. */
#ifndef TT_MODEL_NOTE_H
#define TT_MODEL_NOTE_H

#include "model/flow.h"

/* Where a byte ended. Every captured byte ends in exactly one of these, so that they add up:
 *
 *     all nine = captured bytes + missing bytes
 *
 * where missing bytes are those of payload that are known to have been on the wire and stand in no
 * capture (a snaplen, a gap of a stream): they are lost, too. X(enum, name) */
#define TT_BUCKETS(X)                                                                              \
    X(TT_BUCKET_DECODED, "decoded")     /* read by a protocol or format */                         \
    X(TT_BUCKET_RAW_TEXT, "raw_text")   /* searched as it stands, and looks like text */           \
    X(TT_BUCKET_OPENED, "opened")       /* compressed or encoded, and opened */                    \
    X(TT_BUCKET_OPAQUE, "opaque")       /* searched as it stands, but not understood */            \
    X(TT_BUCKET_ENCRYPTED, "encrypted") /* by TLS or another protocol, not opened */               \
    X(TT_BUCKET_LOST, "lost")           /* missing, or captured but beyond what could be read */   \
    X(TT_BUCKET_NOT_IP, "not_ip")       /* carried by no IP packet (ARP, 802.11), but searched */  \
    X(TT_BUCKET_DUPLICATE, "duplicate") /* seen before: read once, in its other bucket */          \
    X(TT_BUCKET_OVERHEAD, "overhead")   /* headers up to the transport's, padding, checksums */

enum tt_bucket {
#define TT_BUCKET_ENUM(id, name) id,
    TT_BUCKETS(TT_BUCKET_ENUM)
#undef TT_BUCKET_ENUM
        TT_BUCKET_COUNT
};

const char *tt_bucket_name(enum tt_bucket bucket);

/* `code` is a stable word for programs ("tcp.gap", "pcap.cut", "gzip.checksum"), `text` a fixed
 * sentence for people: it never holds captured bytes. Notes with the same code are counted
 * together. */
struct tt_note {
    const char *layer; /* "capture", "net", "proto", "content", "run" */
    const char *code;
    const struct tt_flow *flow; /* or NULL */
    uint64_t frame;             /* 0 when it is about no frame */
    uint64_t offset;            /* in the file (capture) or the stream (the rest) */
    uint64_t length;            /* bytes concerned, 0 when it is about none */
    const char *text;
};

/* Where a layer hands its notes. */
struct tt_note_sink {
    void *context;
    void (*note)(void *context, const struct tt_note *note);
};

static inline void tt_note_put(const struct tt_note_sink *sink, const struct tt_note *note)
{
    if (sink != NULL && sink->note != NULL)
        sink->note(sink->context, note);
}

#endif
