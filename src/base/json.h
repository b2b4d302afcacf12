/* Writing JSON (RFC 8259) into a buffer: one value, compact, keys in the order given.
 *
 * The first failure of the buffer (its cap, no memory) sticks in `err`; later calls do nothing, and
 * one check at the end suffices. Bytes that are not UTF-8 become U+FFFD. */
#ifndef TT_BASE_JSON_H
#define TT_BASE_JSON_H

#include "base/buf.h"

struct tt_json {
    struct tt_buf *out; /* borrowed */
    enum tt_err err;
    bool need_comma;
};

static inline struct tt_json tt_json_make(struct tt_buf *out)
{
    return (struct tt_json){.out = out};
}

/* Containers. `key` is NULL inside an array and at the top. */
void tt_json_open_object(struct tt_json *json, const char *key);
void tt_json_close_object(struct tt_json *json);
void tt_json_open_array(struct tt_json *json, const char *key);
void tt_json_close_array(struct tt_json *json);

/* Values. A NULL text is written as null. */
void tt_json_text(struct tt_json *json, const char *key, const char *text);
void tt_json_span(struct tt_json *json, const char *key, struct tt_span text);
void tt_json_uint(struct tt_json *json, const char *key, uint64_t value);
void tt_json_int(struct tt_json *json, const char *key, int64_t value);
/* Six significant digits; null when not finite. */
void tt_json_double(struct tt_json *json, const char *key, double value);
/* Nanoseconds as seconds, none of them lost: 1407402602.000000001. */
void tt_json_seconds(struct tt_json *json, const char *key, uint64_t ns);
void tt_json_bool(struct tt_json *json, const char *key, bool value);
void tt_json_null(struct tt_json *json, const char *key);

/* A line feed after the top value, for JSON Lines. */
void tt_json_end_line(struct tt_json *json);

#endif
