/* Inside content/: one inner body on its way to the sink. Gathers output in a buffer of its owner
 * and remembers from which input it came, so that the sink is called rarely and the ranges that it
 * is told are exact. */
#ifndef TT_CONTENT_OUTLET_H
#define TT_CONTENT_OUTLET_H

#include "content/content.h"

enum tt_outlet_state {
    TT_OUTLET_IDLE, /* no inner body */
    TT_OUTLET_OPEN,
    TT_OUTLET_STOPPED /* refused, or the sink wants no more: output is dropped until close */
};

struct tt_outlet {
    const struct tt_content_sink *sink;
    void *inner;
    enum tt_outlet_state state;
    uint64_t from;    /* input up to here has been told */
    uint64_t last_at; /* the range told last */
    uint64_t last_len;
    uint8_t *bytes; /* the buffer */
    size_t len;
    size_t cap;
    const uint64_t *borders; /* ascending; what is passed is dropped */
    size_t border_count;
};

/* Input that is read late and at once (a line that several pieces brought): no output is told
 * across the borders of the pieces, so that it keeps its frames. Borrowed until they are passed or
 * replaced. */
static inline void tt_outlet_set_borders(struct tt_outlet *out, const uint64_t *borders,
                                         size_t count)
{
    out->borders = borders;
    out->border_count = count;
}

/* `sink` and the buffer are borrowed. */
void tt_outlet_init(struct tt_outlet *out, const struct tt_content_sink *sink, uint8_t *bytes,
                    size_t cap);

/* Opens `inner`; input counts from inner->at. False when the sink refuses it. */
bool tt_outlet_open(struct tt_outlet *out, const struct tt_body *inner,
                    const struct tt_place_step *steps, size_t step_count);

/* Hands over what is gathered, made from the input up to `upto`. Without output nothing is told,
 * and the input counts for the next output. False once the body is stopped; it has been closed as
 * broken then. */
bool tt_outlet_flush(struct tt_outlet *out, uint64_t upto);

/* Input that stands for itself, at `at`. Long runs are handed over without a copy. */
bool tt_outlet_put(struct tt_outlet *out, struct tt_span plain, uint64_t at);

/* One output byte, made from input that begins at `at`. */
bool tt_outlet_byte(struct tt_outlet *out, uint8_t byte, uint64_t at);

/* Flushes and ends the body, if there is one; the outlet is idle afterwards. */
void tt_outlet_close(struct tt_outlet *out, enum tt_body_end end, uint64_t end_at);

/* Input that stands for itself, handed over at once: for slices. */
bool tt_outlet_slice(struct tt_outlet *out, struct tt_span plain, uint64_t at);

#endif
