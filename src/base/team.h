/* Work that is the same for each of very many things, done by a few threads at once.
 *
 * Each thread gets a slice of the things and writes to places of that slice alone, so that the
 * result does not depend on the number of threads. Called where a run is made ready, by whoever has
 * a hundred thousand of something. */
#ifndef TT_BASE_TEAM_H
#define TT_BASE_TEAM_H

#include <stddef.h>

enum {
    TT_TEAM_MAX = 4,         /* threads, the caller's included; no more than there are processors */
    TT_TEAM_SLICE_MIN = 4096 /* things that are worth a thread */
};

/* Does things `first` to `end` (exclusive). Must not use what another slice writes. */
typedef void tt_team_fn(void *context, size_t first, size_t end);

/* Does things 0 to `count` (exclusive), each once; returns when all are done. Slices do not overlap
 * and may be done in any order; where the system gives no thread the caller does the work. */
void tt_team_run(size_t count, tt_team_fn *work, void *context);

#endif
