/* Escapes inside text: one character written in several, by one of five conventions that stand in
 * any text, whatever format it is in. A run in quoted-printable needs several escapes in a row to
 * begin: "=40" alone stands everywhere.
 *
 * A *run* is the word or the quoted text around an escape. It is decoded into an inner body
 * ("percent", "percent-u", "char-ref", "backslash", "quoted-printable"; kind TT_STEP_CODING), which
 * begins with what stood in front of the first escape, at most TT_FORM_MAX bytes. The bytes
 * themselves stay with the plain search. Formats that undo a convention value by value say so
 * (tt_decoder.escapes); it is not looked for in them. Works over any cut of the input. */
#ifndef TT_CONTENT_ESCAPE_H
#define TT_CONTENT_ESCAPE_H

#include "content/content.h"

enum tt_escape_kind {
    TT_ESCAPE_PERCENT = 1,   /* %40; RFC 3986, section 2.1 */
    TT_ESCAPE_REFERENCE = 2, /* &#64; &#x40; &amp; ; XML 1.0, section 4.1; WHATWG HTML, 13.1.4 */
    TT_ESCAPE_BACKSLASH = 4, /* \x40 \u0040 \u{40} \100; ECMA-262, sections 12.9.4 and B.1.2 */
    TT_ESCAPE_UNIT = 16,     /* %u0040, and %40 behind it: a character; ECMA-262, section B.2.1.2 */
    TT_ESCAPE_QUOTED = 8     /* =40; RFC 2045, section 6.7; RFC 2047, section 4.2 */
};

enum {
    TT_ESCAPE_LONGEST = 12, /* of an escape: two halves of a surrogate pair */
    TT_ESCAPE_BYTES_MAX = 4 /* that one means */
};

enum tt_escape_found {
    TT_ESCAPE_NONE, /* the first byte stands for itself */
    TT_ESCAPE_CUT,  /* the span ends before this is known */
    TT_ESCAPE_FOUND
};

struct tt_escape {
    size_t used; /* characters of the escape */
    size_t len;  /* bytes that it means */
    uint8_t bytes[TT_ESCAPE_BYTES_MAX];
};

/* Reads the escape at the front of `in`, which is not empty. Sets `ret_escape` when it is found. */
enum tt_escape_found tt_escape_read(enum tt_escape_kind kind, struct tt_span in,
                                    struct tt_escape *ret_escape);

/* The name of its coding, for steps. */
const char *tt_escape_name(enum tt_escape_kind kind);

struct tt_escapes;

/* NULL without memory. `sink` is borrowed until tt_escapes_free. */
struct tt_escapes *tt_escapes_new(const struct tt_content_sink *sink);

/* `undone`: the kinds that something else takes care of (of enum tt_escape_kind). */
void tt_escapes_feed(struct tt_escapes *escapes, const struct tt_piece *piece, unsigned undone);

/* The inner body of a run that more bytes may go on with, as the sink gave it; or NULL. */
void *tt_escapes_inner(const struct tt_escapes *escapes);

/* The text is over: ends an open run. The object can be used for another text then. */
void tt_escapes_end(struct tt_escapes *escapes);

void tt_escapes_free(struct tt_escapes *escapes);

#endif
