/* Reading contacts from vCard files: versions 2.1 (versit), 3.0 (RFC 2426) and 4.0 (RFC 6350), as
 * phones export them. Lines that cannot be read are skipped and counted: an address book of years
 * always holds some. */
#ifndef TT_IDENTIFY_VCARD_H
#define TT_IDENTIFY_VCARD_H

#include "base/arena.h"
#include "base/err.h"

enum { TT_VCARD_VALUES_MAX = 64 }; /* numbers, and addresses, of one contact */

/* One contact; texts are UTF-8 in the arena. */
struct tt_vcard {
    unsigned line;       /* of BEGIN:VCARD, from 1 */
    struct tt_span name; /* FN, else N as "given family"; may be empty */
    struct tt_span numbers[TT_VCARD_VALUES_MAX];
    size_t number_count;
    struct tt_span emails[TT_VCARD_VALUES_MAX];
    size_t email_count;
};

/* Gets each contact that holds anything; an error ends the reading and is passed on. */
typedef enum tt_err tt_vcard_fn(void *context, const struct tt_vcard *card);

/* `*ret_skipped` counts properties that were of interest but could not be read. TT_ERR_FORMAT when
 * there is no contact at all. */
TT_MUST_USE enum tt_err tt_vcard_read(struct tt_span text, struct tt_arena *arena,
                                      tt_vcard_fn *contact, void *context, size_t *ret_skipped);

#endif
