/* Inside content/: percent-encoding (RFC 3986, section 2.1): the streaming decoder that forms,
 * queries and cookies share, and the coding of a body that is percent-encoded as a whole (a value
 * that was encoded twice). */
#ifndef TT_CONTENT_PERCENT_H
#define TT_CONTENT_PERCENT_H

#include "content/outlet.h"

extern const struct tt_decoder tt_decoder_percent;

/* An escape that a piece cuts. */
struct tt_percent {
    uint8_t held[2]; /* "%", "%4" */
    size_t held_len;
};

/* Decodes `in`, which stands at `at`, to the outlet, without a flush; bytes that only look like
 * escapes stand for themselves. `plus`: a plus sign is a space (application/x-www-form-urlencoded).
 */
void tt_percent_feed(struct tt_percent *percent, struct tt_span in, uint64_t at, bool plus,
                     struct tt_outlet *out);

/* The text is over at `at`: what is held stands for itself. */
void tt_percent_end(struct tt_percent *percent, uint64_t at, struct tt_outlet *out);

/* "%" and two hexadecimal digits at the front? `*ret_cut`: so far, but the span ends too early. */
bool tt_percent_at(struct tt_span in, bool *ret_cut);

/* Is there an escape anywhere? */
bool tt_percent_in(struct tt_span in);

#endif
