/* Overwriting secrets so that no compiler may leave it out. */
#ifndef TT_BASE_SECRET_H
#define TT_BASE_SECRET_H

#include <stddef.h>

void tt_wipe(void *data, size_t len);

#endif
