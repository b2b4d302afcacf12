#include "content/framed.h"

void tt_framed_init(struct tt_framed *framed, const struct tt_framed_library *library,
                    void *context, const struct tt_body *body, const struct tt_content_sink *sink,
                    const char *step)
{
    framed->library = library;
    framed->context = context;
    framed->between = false;
    framed->wanted = library->frame_start;
    tt_coding_init(&framed->coding, body, sink, step, framed->out, sizeof(framed->out));
}

static void fail(struct tt_framed *framed, bool bad_digest)
{
    struct tt_coding *coding = &framed->coding;
    if (bad_digest)
        tt_coding_note(coding, "content.checksum", coding->next,
                       "compressed data does not fit its checksum");
    else
        tt_coding_note(coding, "content.broken", coding->next,
                       "compressed data is damaged: the rest is searched as it stands");
    coding->ended = true;
}

/* A frame, or a skippable one: magic 0x184D2A50 to 0x184D2A5F in little endian, both in RFC 8878,
 * section 3.1.2, and in the LZ4 frame format. */
static bool may_begin_frame(const struct tt_framed *framed, uint8_t first)
{
    return first == framed->library->magic || (first & 0xf0) == 0x50;
}

/* One call of the library. False when nothing more can come of this input. It gets no more than it
 * wants, so that blocks in front of damage are given out before the damage is met. */
static bool decode_some(struct tt_framed *framed, struct tt_span input, size_t *at)
{
    struct tt_coding *coding = &framed->coding;
    struct tt_outlet *out = &coding->out;
    if (framed->between && *at < input.len) {
        framed->between = false;
        if (!may_begin_frame(framed, input.data[*at])) {
            coding->ended = true;
            return false;
        }
        coding->complete = false;
    }
    const struct tt_framed_step step =
        framed->library->step(framed->context, tt_span_sub(input, *at, framed->wanted),
                              out->bytes + out->len, out->cap - out->len);
    coding->next += step.used;
    *at += step.used;
    coding->total += step.made;
    out->len += step.made;
    if (step.failed) {
        fail(framed, step.bad_digest);
        return false;
    }
    framed->wanted = step.left == 0 ? framed->library->frame_start : step.left;
    if (step.left == 0) {
        coding->complete = true;
        framed->between = true;
    }
    if (out->len < out->cap)
        return *at < input.len;
    if (!tt_coding_flush(coding, coding->next)) {
        coding->ended = true;
        return false;
    }
    return !framed->between || *at < input.len;
}

size_t tt_framed_feed(struct tt_framed *framed, const struct tt_piece *piece)
{
    struct tt_coding *coding = &framed->coding;
    if (coding->ended)
        return 0;
    coding->frame = piece->origin.last_frame;
    coding->next = piece->at;
    size_t at = 0;
    bool more = piece->bytes.len > 0;
    while (more)
        more = decode_some(framed, piece->bytes, &at);
    return tt_coding_taken(coding, piece);
}
