/* Ways to write one text in Unicode: composed or not, with accents or without, in capitals or not.
 * As in transform.h: results live in the arena; an empty span means that there is nothing to search
 * for (no UTF-8, or the text as it was), data is NULL without memory. */
#ifndef TT_IDENTIFY_UNICODE_H
#define TT_IDENTIFY_UNICODE_H

#include "base/arena.h"
#include "base/span.h"

/* Normalization forms C and D (Unicode Standard Annex 15) for the scripts up to U+30FF and Hangul;
 * more than one mark on a letter keeps the order that it has. */
struct tt_span tt_write_nfc(struct tt_arena *arena, struct tt_span text);
struct tt_span tt_write_nfd(struct tt_arena *arena, struct tt_span text);

/* Letters without their marks ("e" for U+00E9), and Latin letters of other shapes by the ones that
 * stand for them ("ss", "o"). `digraphs`: "ae", "oe", "ue" and "aa" as Germans and Scandinavians
 * write them. */
struct tt_span tt_write_unaccented(struct tt_arena *arena, struct tt_span text, bool digraphs);

/* Every letter that has one in its other case: also beyond ASCII. */
struct tt_span tt_write_capitals(struct tt_arena *arena, struct tt_span text);
struct tt_span tt_write_small(struct tt_arena *arena, struct tt_span text);

#endif
