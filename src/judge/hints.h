/* What stands at addresses and whose it says to be, beside their names: what DNS made of the names
 * that were asked for, fields of responses that an edge or a proxy wrote, and whom the server's
 * certificate was made for. All of it may lie: it is evidence beside other evidence. Kept by
 * address for the whole run, each once. */
#ifndef TT_JUDGE_HINTS_H
#define TT_JUDGE_HINTS_H

#include "judge/texts.h"
#include "model/limits.h"
#include "model/name.h"

struct tt_hint {
    enum tt_name_source source; /* TT_NAME_ALIAS, TT_NAME_VIA or TT_NAME_HOLDER */
    const char *text;           /* both kept */
    const char *place;          /* "sin"; of a holder "SG", "US-OR"; or NULL */
};

struct tt_hints;

/* `texts` is borrowed until tt_hints_free. NULL without memory. */
struct tt_hints *tt_hints_new(struct tt_texts *texts);
void tt_hints_free(struct tt_hints *hints);

/* Is a record of such a source? */
bool tt_hints_are_of(enum tt_name_source source);

/* TT_ERR_LIMIT at TT_HINTS_MAX addresses, at TT_HINTS_EACH_MAX of one, or when the texts are full:
 * the hint is not kept. */
TT_MUST_USE enum tt_err tt_hints_add(struct tt_hints *hints, const struct tt_name_record *record);

/* Number `at` of an address, in the order in which they came; NULL past the last,
 * and where `hints` is NULL. */
const struct tt_hint *tt_hints_at(const struct tt_hints *hints, struct tt_addr addr, size_t at);

/* The organisation that all certificates of an address name; NULL where there is none, or where
 * they name several: then the address is shared, and tells nothing of one of its hosts. */
const char *tt_hints_holder(const struct tt_hints *hints, struct tt_addr addr);

#endif
