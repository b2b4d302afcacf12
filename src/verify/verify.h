/* Walks the proof of a finding again, by an implementation that shares nothing with the engine: not
 * net/, proto/, content/ or identify/. What a finding claims is that certain bytes of a capture,
 * decoded as its proof says, are a value of the sheet, written as its form and transforms say.
 *
 * Shared are base/, model/, the reader of capture containers (a proof begins at a frame's number;
 * how frames lie in a file is no claim of a finding) and libraries: zlib, brotli, zstd, lz4,
 * libcrypto, iconv.
 *
 * Called by run/verify.c: make one, give it the findings, then every frame of every capture twice
 * (the first time to see which connections are needed, the second time to gather them), and ask. */
#ifndef TT_VERIFY_VERIFY_H
#define TT_VERIFY_VERIFY_H

#include "base/err.h"
#include "model/finding.h"
#include "model/frame.h"
#include "model/limits.h"
#include "model/subject.h"

struct tt_verifier;

/* How a step was checked. */
enum tt_verify_check {
    TT_VERIFY_NONE,  /* not reached */
    TT_VERIFY_RANGE, /* its bytes lie inside those of the step before it; its name was not checked
                      */
    TT_VERIFY_WALKED /* found, or decoded, anew */
};

/* What came out for one finding. All texts are static. */
struct tt_verify_result {
    bool holds;
    bool closed;     /* neither holds nor is refused: what is sealed could not be opened here */
    bool keyless;    /* `closed` for want of a key */
    const char *why; /* NULL when it holds */
    size_t step;     /* at which it broke: a step of the proof; their number: the value itself */
    enum tt_verify_check checks[TT_PATH_STEPS_MAX];
    size_t check_count;
};

/* `subject` is borrowed. NULL without memory. */
struct tt_verifier *tt_verifier_new(const struct tt_subject *subject);
void tt_verifier_free(struct tt_verifier *verifier);

/* Adds a file of recipes (docs/recipes.md); its text and name are borrowed until the end. */
TT_MUST_USE enum tt_err tt_verifier_add_recipes(struct tt_verifier *verifier, struct tt_span text,
                                                const char *name, struct tt_error *error);

/* Is there a recipe for the step, or is it none of a recipe? */
bool tt_verifier_knows(const struct tt_verifier *verifier, const char *step);

/* Adds the text of a key log or of private keys; and a pre-shared key in hexadecimal. */
TT_MUST_USE enum tt_err tt_verifier_add_keys(struct tt_verifier *verifier, struct tt_span text);
TT_MUST_USE enum tt_err tt_verifier_add_psk(struct tt_verifier *verifier, const char *hex);

/* Adds a finding of the capture number `capture` of the run; copied. Findings are numbered from 0
 * in this order. TT_ERR_LIMIT: more than TT_FINDINGS_MAX. */
TT_MUST_USE enum tt_err tt_verifier_add(struct tt_verifier *verifier, uint32_t capture,
                                        const struct tt_finding *finding);

/* A pass over all captures begins: 1 or 2. */
TT_MUST_USE enum tt_err tt_verifier_begin(struct tt_verifier *verifier, unsigned pass);

/* The next frame, in any order of captures; frame->number is a tt_frame_id. */
TT_MUST_USE enum tt_err tt_verifier_frame(struct tt_verifier *verifier,
                                          const struct tt_frame *frame);

/* After both passes. */
TT_MUST_USE enum tt_err tt_verifier_ask(struct tt_verifier *verifier, size_t finding,
                                        struct tt_verify_result *ret_result);

#endif
