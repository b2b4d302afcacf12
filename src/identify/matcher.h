/* The search engine: a subject's written forms, found in streams of bytes.
 *
 * What can stand at any offset is a literal: the owner's are in one Vectorscan database (streaming
 * mode), those of many contacts and messages in an index of our own (gram_index.h). Digests are a
 * set, looked up for bodies that are as long as a digest as a whole (content/ decodes hexadecimal
 * and base64 tokens to such bodies). Weak forms match as whole tokens only.
 *
 * The matcher is read-only after tt_matcher_new and may be shared by threads; a scan belongs to
 * one. */
#ifndef TT_IDENTIFY_MATCHER_H
#define TT_IDENTIFY_MATCHER_H

#include "base/err.h"
#include "base/span.h"
#include "model/form.h"
#include "model/subject.h"

struct tt_matcher;

/* `subject` is borrowed until tt_matcher_free. TT_ERR_LIMIT: more forms than TT_PATTERNS_MAX. */
TT_MUST_USE enum tt_err tt_matcher_new(const struct tt_subject *subject,
                                       struct tt_matcher **ret_matcher, struct tt_error *error);
void tt_matcher_free(struct tt_matcher *matcher);

size_t tt_matcher_form_count(const struct tt_matcher *matcher);
const struct tt_form *tt_matcher_form(const struct tt_matcher *matcher, size_t at);

struct tt_match {
    const struct tt_form *form;
    uint64_t at; /* of the first byte, in the scanned stream */
    size_t len;
    bool in_place; /* for a weak form: it stands as a whole token */
};

typedef void tt_match_fn(void *context, const struct tt_match *match);

/* The state of one stream being searched: values are found across its pieces. */
struct tt_scan;

/* NULL without memory. */
struct tt_scan *tt_scan_new(const struct tt_matcher *matcher);

/* Searches the next piece. A match is told as soon as the byte behind it is known (at the latest by
 * tt_scan_end), in the order of its end; overlapping matches of one identifier are told once, the
 * longest. */
TT_MUST_USE enum tt_err tt_scan_feed(struct tt_scan *scan, struct tt_span bytes, tt_match_fn *match,
                                     void *context);

/* Ends (offsets behind the last byte) of at most `max` matches that wait for what follows,
 * ascending: so that a caller can look at their surroundings while it has the bytes. Not all of
 * them need be told later. Gives their number. */
size_t tt_scan_held(const struct tt_scan *scan, uint64_t *ends, size_t max);

/* More of the stream follows that nobody can see: of what touches its end and counts only as a word
 * or number of its own it is not known whether it is one. Before tt_scan_end, which does not tell
 * it then. */
void tt_scan_cut(struct tt_scan *scan);

/* The stream is over: tells what was waiting for the next byte, and digests. The scan is ready for
 * another stream then. */
TT_MUST_USE enum tt_err tt_scan_end(struct tt_scan *scan, tt_match_fn *match, void *context);

/* For streams that wait while very many others are searched: what another scan needs to go on where
 * this one stops, as bytes. It is little: the last bytes of the stream, not longer than the longest
 * form, and the matches that wait for what follows. Writes them to `room` unless that is NULL;
 * gives their number. */
size_t tt_scan_keep(const struct tt_scan *scan, uint8_t *room);

/* Does it wait for something that tt_scan_end could tell? */
bool tt_scan_waits(const struct tt_scan *scan);

/* Forgets the stream, and tells nothing. The scan is ready for another stream then. */
TT_MUST_USE enum tt_err tt_scan_drop(struct tt_scan *scan);

/* Goes on with the stream that `kept` was made of, by a scan of the same matcher that is ready for
 * a stream: what follows is found, and told, as if the two were one. */
TT_MUST_USE enum tt_err tt_scan_go_on(struct tt_scan *scan, struct tt_span kept);

/* Bytes of the stream that were searched so far, and how many of the last ones a match that is told
 * from now on can begin in. */
uint64_t tt_scan_known(const struct tt_scan *scan);
size_t tt_scan_reach(const struct tt_scan *scan);

void tt_scan_free(struct tt_scan *scan);

#endif
