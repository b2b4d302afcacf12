/* Inside content/: codings whose data is frames, one behind the other, that a library decodes block
 * by block (zstd, LZ4). */
#ifndef TT_CONTENT_FRAMED_H
#define TT_CONTENT_FRAMED_H

#include "content/coding.h"

/* What one call of the library did. */
struct tt_framed_step {
    size_t used;     /* bytes of the input */
    size_t made;     /* bytes put out */
    size_t left;     /* input that it wants next; 0: the frame is over */
    bool failed;     /* `used` and `made` hold all the same */
    bool bad_digest; /* because what came out does not fit its checksum */
};

struct tt_framed_library {
    size_t frame_start; /* bytes that begin a frame */
    uint8_t magic;      /* the first of them; of a skippable frame it is 0x50 to 0x5f */
    struct tt_framed_step (*step)(void *context, struct tt_span input, uint8_t *out, size_t room);
};

struct tt_framed {
    struct tt_coding coding;
    const struct tt_framed_library *library;
    void *context; /* the library's; the owner makes and frees it */
    bool between;  /* a frame is over, another may follow */
    size_t wanted; /* input that the library can use at once */
    uint8_t out[TT_CODING_OUT];
};

/* `library` and `context` are borrowed; `step` names the inner body. */
void tt_framed_init(struct tt_framed *framed, const struct tt_framed_library *library,
                    void *context, const struct tt_body *body, const struct tt_content_sink *sink,
                    const char *step);

/* As tt_decoder.feed, without marks. */
size_t tt_framed_feed(struct tt_framed *framed, const struct tt_piece *piece);

#endif
