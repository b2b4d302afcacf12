/* Inside decrypt/: what is in an opener. */
#ifndef TT_DECRYPT_OPENER_STATE_H
#define TT_DECRYPT_OPENER_STATE_H

#include "base/buf.h"
#include "base/map.h"
#include "decrypt/opener.h"
#include "decrypt/record.h"
#include "model/limits.h"

/* Bytes that wait for more: of a record or a handshake message. NULL where nothing waits. Whoever
 * waits longest gives way when all together are too many. */
struct tt_opener;

struct tt_held {
    struct tt_buf buf;
    uint64_t at; /* stream offset of the first byte */
    struct tt_origin origin;
    struct tt_held *older;
    struct tt_held *newer;
    void (*give_up)(struct tt_opener *opener, void *owner); /* must drop it */
    void *owner;
};

/* A master secret that may be resumed. */
struct tt_session {
    uint8_t master[TT_MASTER_LEN];
    enum tt_key_source source;
};

/* Where a record is opened. What is told of it may be TLS again, which is opened meanwhile: one for
 * each connection that is in the middle of telling. */
struct tt_scratch {
    uint8_t out[TT_RECORD_OUT_MAX];
    uint8_t unpacked[TT_RECORD_PLAIN_MAX + 1024]; /* RFC 3749 */
};

struct tt_opener {
    const struct tt_keys *keys;
    struct tt_crypto *crypto;
    struct tt_map *sessions; /* by 'I' and session id, or 'T' and SHA-256 of a ticket */
    struct tt_held *oldest;
    struct tt_held *newest;
    struct tt_held *spare;                          /* for the next one that waits, or NULL */
    size_t held;                                    /* bytes of memory */
    size_t inflates;                                /* directions with compression */
    struct tt_scratch *scratch[TT_TLS_NESTING_MAX]; /* made when first needed */
    size_t depth;                                   /* connections that are telling something */
};

/* The scratch for this depth; NULL over TT_TLS_NESTING_MAX, or without memory. */
struct tt_scratch *tt_opener_scratch(struct tt_opener *opener);

/* Adds bytes that came in `origin`; `at`, `give_up` and `owner` are looked at when nothing was held
 * before. TT_ERR_LIMIT over `max`, TT_ERR_MEMORY: then nothing changes. */
TT_MUST_USE enum tt_err tt_held_add(struct tt_opener *opener, struct tt_held **held, size_t max,
                                    uint64_t at, struct tt_span bytes,
                                    const struct tt_origin *origin,
                                    void (*give_up)(struct tt_opener *opener, void *owner),
                                    void *owner);
/* Forgets all of it. */
void tt_held_drop(struct tt_opener *opener, struct tt_held **held);

static inline size_t tt_held_len(const struct tt_held *held)
{
    return held == NULL ? 0 : held->buf.len;
}

static inline struct tt_span tt_held_bytes(const struct tt_held *held)
{
    return held == NULL ? (struct tt_span){0} : tt_buf_span(&held->buf);
}

/* Remembers a master secret under a session id, or under a ticket. */
TT_MUST_USE enum tt_err tt_session_put(struct tt_opener *opener, char kind, struct tt_span id,
                                       const struct tt_session *session);
const struct tt_session *tt_session_find(const struct tt_opener *opener, char kind,
                                         struct tt_span id);

/* Widens `origin` to take in `more`. */
static inline void tt_origin_add(struct tt_origin *origin, const struct tt_origin *more)
{
    if (more->first_frame < origin->first_frame || origin->first_frame == 0)
        origin->first_frame = more->first_frame;
    if (more->last_frame >= origin->last_frame) {
        origin->last_frame = more->last_frame;
        origin->time = more->time;
    }
}

#endif
