/* Formats that say by a signature what they are, wherever they stand in bytes that are searched as
 * they stand: in a stream or datagram of a protocol that nobody reads, inside another format, in
 * what a token decodes to.
 *
 * Each is one file with one const struct and one line in the list of embedded.c. It names the
 * values in its message: each becomes an inner body with its place ("ntlmssp:auth.username"),
 * so that a short one counts as a whole. The bytes themselves stay with the plain search.
 *
 * Looking for the signatures is one pass that compares two bytes of each at a time: plain traffic
 * is passed over faster than it can be read. Works over any cut of the input. */
#ifndef TT_CONTENT_EMBEDDED_H
#define TT_CONTENT_EMBEDDED_H

#include "content/content.h"

enum { TT_SIGNATURE_MAX = 8 }; /* bytes of a signature */

struct tt_embedded_format {
    const char *name;      /* "ntlmssp": in paths */
    const char *title;     /* "NTLM authentication messages" */
    const char *spec;      /* "MS-NLMP 2.2.1" */
    const char *signature; /* its first and last byte differ */
    size_t signature_len;  /* 2 to TT_SIGNATURE_MAX */

    /* How long is the message that begins with `head`, its signature included? Asked again, with
     * that many bytes, until the answer is not longer than the head. 0: it is none. */
    size_t (*measure)(struct tt_span head);

    /* Tells the values of the message, which begins at `at`; as far as it came. */
    void (*read)(struct tt_span message, uint64_t at, const struct tt_content_sink *sink);
};

/* Format number `at`; NULL past the end. */
const struct tt_embedded_format *tt_embedded_format_at(size_t at);

struct tt_embedded;

/* NULL without memory. `sink` is borrowed until tt_embedded_free. */
struct tt_embedded *tt_embedded_new(const struct tt_content_sink *sink);

/* Values are told when their message is there as a whole. At most TT_EMBEDDED_MAX bytes of a
 * message are read, and none behind the next signature; without memory, none. */
void tt_embedded_feed(struct tt_embedded *embedded, const struct tt_piece *piece);

/* Is there a message of which more bytes are to come? */
bool tt_embedded_in_message(const struct tt_embedded *embedded);

/* The text is over: reads what is there of a message. The object can be used for another text then.
 */
void tt_embedded_end(struct tt_embedded *embedded);

void tt_embedded_free(struct tt_embedded *embedded);

#endif
