/* Texts by which two cases tell whether entries of their sheets have the same value, without
 * holding one.
 *
 * The text of an entry is an HMAC-SHA-256 (RFC 2104) of its kind, owner and value, cut to 128 bits.
 * Its key is made of all values of the sheet at once (their digests in order, so that the order and
 * the labels of the sheet do not matter) and stretched with scrypt (RFC 7914: N 16384, r 8, p 1;
 * some 50 ms and 16 MB). So who does not know all values of the sheet can try none of them alone,
 * and each try costs a stretching; and texts of two sheets are alike only where both have the same
 * values throughout. The salt is the same everywhere, since two cases must agree.
 *
 * Made by run/pipeline.c for a case that is kept, compared by judge/compare_case.c. */
#ifndef TT_IDENTIFY_LIKENESS_H
#define TT_IDENTIFY_LIKENESS_H

#include "base/err.h"
#include "model/subject.h"

/* With the 0 at its end. */
enum { TT_LIKENESS_TEXT = 33 };

/* A secret: wipe it (base/secret.h). */
struct tt_likeness {
    uint8_t key[32];
};

TT_MUST_USE enum tt_err tt_likeness_make(const struct tt_subject *subject,
                                         struct tt_likeness *ret_likeness);

/* Of an entry of that sheet. */
TT_MUST_USE enum tt_err tt_likeness_of(const struct tt_likeness *likeness,
                                       const struct tt_identifier *identifier,
                                       char ret_text[TT_LIKENESS_TEXT]);

#endif
