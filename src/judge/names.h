/* Names of destinations by time: which name an address had at a frame, and what flows were called
 * by their own handshakes. */
#ifndef TT_JUDGE_NAMES_H
#define TT_JUDGE_NAMES_H

#include "judge/texts.h"
#include "model/name.h"

struct tt_names;

/* `texts` is borrowed until tt_names_free. NULL without memory. */
struct tt_names *tt_names_new(struct tt_texts *texts);
void tt_names_free(struct tt_names *names);

/* SNI and certificate name their flow (the first told of each counts), DNS and capture their
 * address from record->frame (in other captures: record->time) on; where one frame gives an address
 * several names, the first told counts. TT_ERR_LIMIT at TT_NAMES_MAX or when the texts are full:
 * the name is not learned. */
TT_MUST_USE enum tt_err tt_names_add(struct tt_names *names, const struct tt_name_record *record);

/* NULL when it has none. `source`: TT_NAME_SNI or TT_NAME_CERTIFICATE. */
const char *tt_names_of_flow(const struct tt_names *names, enum tt_name_source source,
                             uint64_t flow);

/* The name that the address was given last, at `frame` (tt_frame_id) or before; where its capture
 * says none, the one that any capture of the run gave it at `time` or before. NULL when it has
 * none. `source`: TT_NAME_DNS or TT_NAME_CAPTURE. A capture's own list of names holds for all of
 * it, so there the first later one is taken where no earlier one is. */
const char *tt_names_of_addr(const struct tt_names *names, enum tt_name_source source,
                             struct tt_addr addr, uint64_t frame, uint64_t time);

/* Was the address given names by DNS in the run, and none of them `name`, which is kept? */
bool tt_names_deny(const struct tt_names *names, struct tt_addr addr, const char *name);

#endif
