/* Names of apps that frames of one capture carry, each kept once: equal names have equal pointers,
 * which live as long as the table. */
#ifndef TT_CAPTURE_APPS_H
#define TT_CAPTURE_APPS_H

#include "base/err.h"
#include "base/span.h"

struct tt_apps;

/* NULL without memory. */
struct tt_apps *tt_apps_new(void);

/* Keeps `name` as it may be shown (tt_text_clean), at most TT_APP_NAME_MAX bytes of it; NULL for
 * one that is empty then. TT_ERR_LIMIT for the name above TT_CAPTURE_APPS_MAX. */
TT_MUST_USE enum tt_err tt_apps_keep(struct tt_apps *apps, struct tt_span name,
                                     const char **ret_kept);

/* Keeps which app a number stands for (an Android user id), once each: a later name of the same
 * number is ignored. Errors as above. */
TT_MUST_USE enum tt_err tt_apps_number(struct tt_apps *apps, uint32_t number, struct tt_span name);

/* The name that a number stands for, or NULL. */
const char *tt_apps_of_number(const struct tt_apps *apps, uint32_t number);

/* Takes NULL. */
void tt_apps_free(struct tt_apps *apps);

#endif
