/* Frames of HTTP/2: RFC 9113, sections 4 and 6. Pure functions over bytes. */
#ifndef TT_PROTO_HTTP2_FRAME_H
#define TT_PROTO_HTTP2_FRAME_H

#include "base/span.h"

enum {
    TT_HTTP2_HEADER_LEN = 9,
    TT_HTTP2_PREFACE_LEN = 24,
    TT_HTTP2_SETTING_LEN = 6,
    TT_HTTP2_SETTINGS_MAX = 64 * TT_HTTP2_SETTING_LEN /* payload of a SETTINGS frame that is read */
};

enum tt_http2_type {
    TT_HTTP2_DATA = 0,
    TT_HTTP2_HEADERS = 1,
    TT_HTTP2_PRIORITY = 2,
    TT_HTTP2_RST_STREAM = 3,
    TT_HTTP2_SETTINGS = 4,
    TT_HTTP2_PUSH_PROMISE = 5,
    TT_HTTP2_PING = 6,
    TT_HTTP2_GOAWAY = 7,
    TT_HTTP2_WINDOW_UPDATE = 8,
    TT_HTTP2_CONTINUATION = 9
};

enum tt_http2_flag {
    TT_HTTP2_ACK = 0x1,
    TT_HTTP2_END_STREAM = 0x1,
    TT_HTTP2_END_HEADERS = 0x4,
    TT_HTTP2_PADDED = 0x8,
    TT_HTTP2_WITH_PRIORITY = 0x20
};

struct tt_http2_frame {
    uint32_t length; /* of the payload */
    uint32_t stream; /* without the reserved bit */
    uint8_t type;    /* enum tt_http2_type, or one of an extension */
    uint8_t flags;
    bool reserved; /* the reserved bit is set */
};

/* "PRI * HTTP/2.0", what a client sends first (section 3.4). */
extern const uint8_t tt_http2_preface[TT_HTTP2_PREFACE_LEN];

/* Reads the header at the front of at least TT_HTTP2_HEADER_LEN bytes. */
struct tt_http2_frame tt_http2_frame_read(struct tt_span bytes);

/* May this frame stand where a frame is expected? False when its length or stream contradicts its
 * type: then the bytes are no frame. Unknown types may say anything. */
bool tt_http2_frame_fits(const struct tt_http2_frame *frame);

/* Would a sender write just this? Asked where nobody knows that a frame begins. `max_stream`: the
 * highest stream seen so far, or 0. */
bool tt_http2_frame_usual(const struct tt_http2_frame *frame, uint32_t max_stream);

/* Do the bytes begin with frames, although nobody knows that one begins here? Looks for frames that
 * follow each other. */
bool tt_http2_frames_here(struct tt_span bytes, uint32_t max_stream);

/* The offset from which on frames follow each other, or SIZE_MAX. At offset 0, where a segment or
 * record begins, less is asked of them. */
size_t tt_http2_frames_find(struct tt_span bytes, uint32_t max_stream);

#endif
