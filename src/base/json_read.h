/* Reading a JSON text (RFC 8259) that lies in memory: values are spans of it, nothing is built.
 *
 * Lenient: what follows a value is not looked at until it is asked for, and a text that is cut
 * gives what is there. Nothing here recurses. For HAR (proto/ and verify/). */
#ifndef TT_BASE_JSON_READ_H
#define TT_BASE_JSON_READ_H

#include "base/buf.h"

enum tt_json_kind {
    TT_JSON_NONE, /* no value stands there */
    TT_JSON_STRING,
    TT_JSON_OBJECT,
    TT_JSON_ARRAY,
    TT_JSON_BARE /* a number, true, false, null */
};

struct tt_json_value {
    enum tt_json_kind kind;
    struct tt_span text; /* of a string: what stands between the quotes, escapes as they are */
    bool whole;          /* false: the text ends inside it */
};

/* The value at the front of `text`, behind spaces. `*ret_end` (may be NULL) is the offset behind
 * it. */
struct tt_json_value tt_json_value_at(struct tt_span text, size_t *ret_end);

/* The members of an object or the elements of an array, in their order. */
struct tt_json_walk {
    struct tt_span rest;
    bool object;
};

/* Of anything else nothing is given. */
struct tt_json_walk tt_json_walk(struct tt_json_value container);

/* False at the end, and where what follows is neither. `*ret_name` (may be NULL) is the member's
 * name as it stands, empty in an array. */
bool tt_json_walk_next(struct tt_json_walk *walk, struct tt_span *ret_name,
                       struct tt_json_value *ret_value);

/* The member of that name; the first of several. */
struct tt_json_value tt_json_member(struct tt_json_value object, const char *name);

/* Undoes the escapes of a string from `*at` on, as far as `out` has room for; returns the bytes
 * written and moves `*at`. 0 at the end (`room` is at least 8). An unpaired surrogate becomes
 * U+FFFD; what is no escape stays as it stands. */
size_t tt_json_unescape(struct tt_span string, size_t *at, uint8_t *out, size_t room);

/* All of it, appended. */
TT_MUST_USE enum tt_err tt_json_unescape_all(struct tt_span string, struct tt_buf *out);

/* A non-negative whole number; false for anything else. */
bool tt_json_number(struct tt_json_value value, uint64_t *ret_number);

/* A string that is `text`, whatever its case. */
bool tt_json_says(struct tt_json_value value, const char *text);

#endif
