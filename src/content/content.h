/* The room for codings and formats: what a decoder is, and what it may say.
 *
 * A decoder is one file with one const struct, and one line in list.c whose place is its priority.
 * There are two sorts. A *coding* (gzip, base64) yields one inner body that is searched in place of
 * its own bytes. A *format* (JSON, form fields) leaves its bytes to be searched as they stand,
 * explains where in it an offset lies, and opens an inner body only where a value is written with
 * escapes. (multipart is a coding in this sense: every byte goes to one of its parts.)
 *
 * Decoders take any cut of their input and give the same events for it. They keep no more than
 * their state; they never recurse: inner bodies go to the sink, and run/ picks the decoder for
 * them. */
#ifndef TT_CONTENT_CONTENT_H
#define TT_CONTENT_CONTENT_H

#include "base/err.h"
#include "model/body.h"
#include "model/note.h"

/* One step of the way to a place, in the body's own offsets. `len` 0: not known yet. */
struct tt_place_step {
    const char *step; /* "json:$.d.k", "http.request.header:cookie", "cookie:id" */
    uint64_t at;      /* of the value that the step names */
    uint64_t len;
};

/* Implemented by run/ (and by the unit tests). Everything handed over is borrowed for the call. */
struct tt_content_sink {
    void *context;
    /* An inner body begins: step, kind, media_type, codings, boundary, format and at are set by the
     * decoder, the rest by the sink. `steps` are further steps between the body and the new one
     * (outermost first; usually none). NULL: refused (depth, budget); then its bytes are not
     * wanted. */
    void *(*open)(void *context, const struct tt_body *inner, const struct tt_place_step *steps,
                  size_t step_count);
    /* Bytes of it, made from `len` bytes at `at` of the decoder's own input. The ranges follow each
     * other; one is told again where more bytes came without more input. False: the sink wants no
     * more of this body (its budget is spent): stop producing. */
    bool (*data)(void *context, void *inner, struct tt_span bytes, uint64_t at, uint64_t len);
    /* `end_at`: offset in the decoder's own input behind its last byte. */
    void (*close)(void *context, void *inner, enum tt_body_end end, uint64_t end_at);
    /* Answers mark number `mark`: the place of that byte. `claimed`: the byte lies in a value for
     * which an inner body was opened, so that a hit in the escaped bytes themselves is not wanted.
     * Every mark is answered; without steps where the bytes have no place of their own. */
    void (*place)(void *context, size_t mark, const struct tt_place_step *steps, size_t step_count,
                  bool claimed);
    struct tt_note_sink notes;
};

enum tt_decoder_sort { TT_CODING, TT_FORMAT };

struct tt_decoder {
    const char *name;  /* "gzip": in paths */
    const char *title; /* "gzip compression" */
    const char *spec;  /* "RFC 1952" */
    enum tt_decoder_sort sort;
    unsigned escapes; /* formats: the escapes that it undoes itself (enum tt_escape_kind) */
    bool by_evidence; /* need not be asked of a body without a type where tt_binary_may_show of
                         content/binary.h says no */

    /* Is it this? By what the body says of itself and by its first bytes: at most
     * TT_BODY_PROBE_MAX; `whole` when the body ends there. Must not depend on anything else. */
    bool (*claims)(const struct tt_body *body, struct tt_span head, bool whole);

    /* NULL without memory. `body` and `sink` are borrowed until close. */
    void *(*open)(const struct tt_body *body, const struct tt_content_sink *sink);

    /* Takes a piece. `marks`: ascending offsets (in the body) inside this piece whose place is
     * asked for (formats only; a coding gets none). Gives the number of bytes taken; fewer than all
     * means that it gave up there: it has closed its inner bodies, and the rest is searched as it
     * stands. */
    size_t (*feed)(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count);

    /* The body is over. Closes inner bodies and frees the state. Also after it gave up. */
    void (*close)(void *state, enum tt_body_end end);
};

/* Decoder number `at` in the order of priority; NULL past the end. */
const struct tt_decoder *tt_decoder_at(size_t at);

/* The decoder for a body, or NULL when its bytes are to be searched as they stand. */
const struct tt_decoder *tt_decoder_pick(const struct tt_body *body, struct tt_span head,
                                         bool whole);

#endif
