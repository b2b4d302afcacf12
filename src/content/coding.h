/* Inside content/: what the codings have in common. A body's declared codings (RFC 9110, section
 * 8.4: a list, the one applied last at its end), and the one inner body that a coding yields. */
#ifndef TT_CONTENT_CODING_H
#define TT_CONTENT_CODING_H

#include "content/outlet.h"
#include "model/limits.h"

enum {
    TT_CODINGS_MAX = 128, /* bytes of a list of codings that are kept */
    TT_CODING_OUT = 32768 /* output handed over at a time */
};

/* The coding that must be undone first. Names that change nothing (identity, 8bit) are passed over;
 * empty when none is left. Borrowed from `codings`, which may be NULL. */
struct tt_span tt_coding_last(const char *codings);

/* Is the coding that must be undone first called `name`, or "x-" and `name`? */
bool tt_coding_declared(const struct tt_body *body, const char *name);

/* Notes that a declared coding is not there. For formats, when they open. */
void tt_coding_note_lie(const struct tt_body *body, const struct tt_content_sink *sink);

struct tt_coding {
    struct tt_outlet out;
    const struct tt_body *body;
    struct tt_body inner;
    char codings[TT_CODINGS_MAX];
    uint64_t next;  /* input consumed up to here, in the body */
    uint64_t total; /* bytes yielded */
    uint64_t frame; /* last one seen, for notes */
    bool complete;  /* compression only: the stream ended as it should */
    bool ended;     /* gave up, or everything behind is not ours */
};

/* Readies the inner body: it inherits type and boundary, and the codings but for the last one. */
void tt_coding_init(struct tt_coding *coding, const struct tt_body *body,
                    const struct tt_content_sink *sink, const char *step, uint8_t *bytes,
                    size_t cap);

/* The inner body, opened when its first byte is there. False: refused or stopped. */
bool tt_coding_open(struct tt_coding *coding);

/* tt_outlet_flush that opens the inner body first. */
bool tt_coding_flush(struct tt_coding *coding, uint64_t upto);

void tt_coding_note(const struct tt_coding *coding, const char *code, uint64_t offset,
                    const char *text);

/* Notes that compressed data ends at `offset` although the body is complete. Not where the body
 * itself came out of a token and nobody declared it: a token may be cut by an escape, and be found
 * again as a whole behind that. */
void tt_coding_note_cut(const struct tt_coding *coding, uint64_t offset);

/* For compression. Ends the decoding of a piece: hands on what is there. Gives the bytes taken;
 * none when the coding gave up before it yielded anything: then they were never ours. */
size_t tt_coding_taken(struct tt_coding *coding, const struct tt_piece *piece);

/* For compression. Ends the inner body as it deserves, with a note where the data ends too early.
 */
void tt_coding_close(struct tt_coding *coding, enum tt_body_end end);

#endif
