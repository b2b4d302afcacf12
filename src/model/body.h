/* tt_body and its neighbours: streams of bytes on their way to the search. A body opens, receives
 * pieces, ends. Made by proto/ (bodies of messages) and content/ (bodies inside bodies), used by
 * content/ and identify/. Joined by run/. */
#ifndef TT_MODEL_BODY_H
#define TT_MODEL_BODY_H

#include "model/flow.h"

/* tt_origin: the frames that carried some bytes, and when. */
struct tt_origin {
    uint64_t first_frame;
    uint64_t last_frame;
    uint64_t time; /* ns, of last_frame */
};

/* A piece of a body. `at` counts in the body's own bytes, without holes. */
struct tt_piece {
    struct tt_span bytes; /* borrowed for the call */
    uint64_t at;
    struct tt_origin origin;
};

/* How a body came from its parent. */
enum tt_step_kind {
    TT_STEP_SLICE, /* bytes of the parent as they stand: a header value, a JSON string, a part */
    TT_STEP_CODING /* decoded: gzip, base64, percent; its bytes differ from the parent's */
};

/* How a body ended. */
enum tt_body_end {
    TT_BODY_COMPLETE, /* as its framing or coding says */
    TT_BODY_CUT,      /* the stream ended, or bytes are missing */
    TT_BODY_BROKEN    /* malformed, or a limit was reached */
};

/* The formats that a maker of a body may name outright. Everything else is told by `media_type` or
 * recognised from the bytes. */
enum tt_format {
    TT_FORMAT_UNKNOWN = 0, /* recognise it */
    TT_FORMAT_HTTP_HEAD,   /* start line and header fields of one HTTP message, whole */
    TT_FORMAT_OPAQUE,      /* read by the protocol itself: search the bytes as they are */
    TT_FORMAT_REST         /* what is left of a body behind a hole: nobody can unwrap it without its
                            * beginning */
};

struct tt_body {
    const struct tt_flow *flow;
    enum tt_direction direction;
    const struct tt_body *parent; /* NULL for the outermost body */
    unsigned depth;               /* 0 for the outermost */
    enum tt_step_kind kind;
    enum tt_format format;
    const char *step; /* path element: "http.request.body", "gzip", "json:$.d.k", "tcp.payload" */
    const char *media_type; /* lower case, without parameters; NULL when not told */
    const char *codings;    /* Content-Encoding as declared, or NULL */
    const char *boundary;   /* of multipart, or NULL */
    uint64_t at;            /* where it begins, in the parent's bytes (outermost: in the stream) */
    uint64_t len;           /* of the parent's bytes that went into it so far */
    uint64_t out_len;       /* bytes it has yielded so far; equal to len for a slice */
};

#endif
