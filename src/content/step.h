/* Inside content/: the text of one step of a path, made from names that strangers chose. */
#ifndef TT_CONTENT_STEP_H
#define TT_CONTENT_STEP_H

#include "base/span.h"
#include "model/limits.h"

/* Always terminated, valid UTF-8, printable, and shorter than TT_PATH_MAX: what is too long loses
 * its middle. */
struct tt_step_text {
    char bytes[TT_PATH_MAX];
    size_t len;
};

/* Begins a text with our own words. */
void tt_step_start(struct tt_step_text *text, const char *prefix);

/* Appends a stranger's bytes: what is not printable (controls, direction overrides, bad UTF-8)
 * becomes a question mark. */
void tt_step_put(struct tt_step_text *text, struct tt_span name);

#endif
