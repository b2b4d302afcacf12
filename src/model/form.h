/* tt_form: one way in which an identifier may be written on the wire. Made by identify/ from the
 * subject, referred to by hits and by the chance calculation of judge/. */
#ifndef TT_MODEL_FORM_H
#define TT_MODEL_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TT_FORM_TRANSFORMS_MAX = 4 };

struct tt_form {
    uint32_t identifier; /* position in tt_subject.identifiers */
    bool weak; /* too short or too common to prove anything: whole tokens only, suspected only */
    const char *name; /* "digits", "e164", "dashed", "utf-16le", "raw" */
    /* What was done to the form, innermost first: {"md5", "hex"}. Unused places are NULL. */
    const char *transform[TT_FORM_TRANSFORMS_MAX];
    double bits;          /* entropy: luck writes this form at a given place with chance 2^-bits */
    double reversal_cost; /* candidates to try to undo a digest; 0 where nothing needs undoing */
};

#endif
