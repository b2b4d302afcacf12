/* Bodies made to cost time: nested, expanding, full of candidates. For bench/bounds.c, which tells
 * what a byte of each costs, and for the unit tests of the bounds. The same size gives the same
 * bytes. */
#ifndef TEST_SUPPORT_HARD_H
#define TEST_SUPPORT_HARD_H

#include "base/span.h"

/* Bytes being made: no more than `room`. */
struct hard_text {
    uint8_t *bytes;
    size_t len;
    size_t room;
};

struct hard_body {
    const char *name;
    const char *note; /* code of the note that it must get; or NULL */
    void (*make)(struct hard_text *out);
};

/* Number `at`; NULL past the end. Number 0 is plain text: what the others are held against. */
const struct hard_body *hard_body_at(size_t at);

/* Makes it, of at most `room` bytes. Free the bytes. */
struct hard_text hard_make(const struct hard_body *body, size_t room);

/* The bytes as base64; frees nothing. */
void hard_put_base64(struct hard_text *out, struct tt_span in);

void hard_put(struct hard_text *out, const void *bytes, size_t len);

#endif
