/* Points in time as nanoseconds since 1970-01-01T00:00:00Z, and their RFC 3339 texts. */
#ifndef TT_BASE_TIME_H
#define TT_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define TT_NS_PER_SECOND UINT64_C(1000000000)

enum { TT_TIME_TEXT_MAX = 88 };

/* "2014-08-07T09:10:02.123456789Z". Returns `text`. */
const char *tt_time_text(uint64_t time, char text[TT_TIME_TEXT_MAX]);

/* "9999-12-31T23:59:59Z" of seconds since 1970, also of negative ones. Returns `text`. */
const char *tt_seconds_text(int64_t seconds, char text[TT_TIME_TEXT_MAX]);

/* Reads RFC 3339 ("2014-08-07T09:10:02.5+05:30", also with a space for the T), or a date alone
 * (midnight UTC). False when it is neither, or before 1970. */
bool tt_time_parse(const char *text, uint64_t *ret_time);

/* Reads a duration: a decimal number with ns, us, ms, s, m or h behind it ("1.5s", "-200ms").
 * False when it is none. */
bool tt_duration_parse(const char *text, int64_t *ret_ns);

#endif
