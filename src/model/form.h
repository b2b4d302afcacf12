/* tt_form: one way in which an identifier may be written on the wire. Made by identify/ from the
 * subject, referred to by hits and by the chance calculation of judge/. */
#ifndef TT_MODEL_FORM_H
#define TT_MODEL_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TT_FORM_TRANSFORMS_MAX = 4 };

/* A form with fewer bits is weak: of 2^30 things that look like it luck makes one the owner's. */
#define TT_WEAK_BITS 30.0

/* What luck needs to write a form (judge/chance.h). Zero is "not known" for all but `bits`. */
struct tt_strength {
    double bits;    /* entropy: a value that looks so is this one with chance 2^-bits */
    double noise;   /* the same for any place in random bytes; never fewer than `bits` */
    uint16_t len;   /* bytes of the shortest way to write it */
    uint8_t digits; /* of a number in decimal digits: it stands where numbers stand */
    bool is_digest;
};

struct tt_form {
    uint32_t identifier; /* position in tt_subject.identifiers */
    bool weak; /* too short or too common to prove anything: whole tokens only, suspected only */
    uint8_t digits; /* these two: see struct tt_strength */
    uint16_t len;
    const char *name; /* "digits", "e164", "dashed", "utf-16le", "raw" */
    /* What was done to the form, innermost first: {"md5", "hex"}. Unused places are NULL. */
    const char *transform[TT_FORM_TRANSFORMS_MAX];
    double bits;          /* entropy, see struct tt_strength */
    double reversal_cost; /* candidates to try to undo a digest; 0 where nothing needs undoing */
    double noise;         /* see struct tt_strength */
};

#endif
