/* Inside content/: a value that may turn out to be written with escapes.
 *
 * Most are not, and are searched where they stand. At the first escape an inner body is opened with
 * the value's last TT_FORM_MAX bytes before it: what is earlier is too far away to be part of the
 * same form, and has been searched in place. What is left behind is a multiple of four bytes, so
 * that base64 is read in step. */
#ifndef TT_CONTENT_VALUE_H
#define TT_CONTENT_VALUE_H

#include "content/outlet.h"
#include "content/place.h"
#include "model/limits.h"

enum { TT_VALUE_OUT = 4096 };

struct tt_value {
    struct tt_outlet out;
    bool tried;          /* an escape was seen */
    bool claimed;        /* the sink took the inner body */
    bool shortened;      /* bytes of the value have been left behind */
    uint8_t group;       /* they are a multiple of so many: 4, or 1 where no value begins */
    uint8_t step;        /* their number, modulo that */
    uint64_t claim_from; /* from here on everything is in the inner body */
    size_t kept_len;     /* of the bytes before the piece, while there was no escape */
    uint8_t kept[TT_FORM_MAX];
    uint8_t bytes[TT_VALUE_OUT];
};

void tt_value_init(struct tt_value *value, const struct tt_content_sink *sink);

/* A new value begins. */
static inline void tt_value_begin(struct tt_value *value)
{
    value->tried = false;
    value->claimed = false;
    value->shortened = false;
    value->step = 0;
    value->kept_len = 0;
}

/* The piece ends in a value without escapes so far: remembers its bytes. */
void tt_value_keep(struct tt_value *value, struct tt_span plain);

/* The first escape: opens the inner body, with what is kept and then `plain` (the part of this
 * piece) at `at` in front of it. */
void tt_value_open(struct tt_value *value, const char *step, const struct tt_place_step *steps,
                   size_t step_count, struct tt_span plain, uint64_t at);

/* Answers the marks before offset `end`, which lie in the value. */
void tt_value_answer(const struct tt_value *value, struct tt_marks *marks, uint64_t end,
                     const struct tt_place_step *steps, size_t step_count);

/* The value is over at `end_at`. */
static inline void tt_value_end(struct tt_value *value, enum tt_body_end end, uint64_t end_at)
{
    if (value->tried)
        tt_outlet_close(&value->out, end, end_at);
    tt_value_begin(value);
}

#endif
