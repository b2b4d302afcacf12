/* Base64 and hexadecimal runs inside text that is searched as it stands.
 *
 * Runs of at least TT_TOKEN_MIN characters of an alphabet are decoded into inner bodies ("base64",
 * "hex"; kind TT_STEP_CODING) and given to the sink: what stands in them (a value, JSON, gzip) is
 * found there. The text around them stays with the plain search. Works over any cut of the input.
 */
#ifndef TT_CONTENT_TOKEN_H
#define TT_CONTENT_TOKEN_H

#include "content/content.h"

struct tt_tokens;

/* NULL without memory. `sink` is borrowed until tt_tokens_free. */
struct tt_tokens *tt_tokens_new(const struct tt_content_sink *sink);

void tt_tokens_feed(struct tt_tokens *tokens, const struct tt_piece *piece);

/* Is there a run, long enough for a token, that more bytes may go on with? `*ret_at`: where it
 * begins (of wrapped base64: where its current line does), else where the last run began. */
bool tt_tokens_in_run(const struct tt_tokens *tokens, uint64_t *ret_at);

/* The inner body of a run that more bytes may go on with, as the sink gave it; or NULL. */
void *tt_tokens_inner(const struct tt_tokens *tokens);

/* The characters of a run that nothing has been told of yet, and where they begin: fed again to an
 * object that is ready for a text, they lead to where this one is. Empty between runs. False in a
 * run of which a part was told. Borrowed until the next call. */
bool tt_tokens_held(const struct tt_tokens *tokens, struct tt_span *ret_held, uint64_t *ret_at);

/* Forgets what tt_tokens_held gives. The object can be used for another text then. */
void tt_tokens_drop(struct tt_tokens *tokens);

/* The text is over: ends an open run. The object can be used for another text then. */
void tt_tokens_end(struct tt_tokens *tokens);

void tt_tokens_free(struct tt_tokens *tokens);

#endif
