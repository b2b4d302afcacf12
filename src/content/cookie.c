#include "content/cookie.h"

void tt_cookies_read(struct tt_pairs *pairs, struct tt_span value, uint64_t at, bool set,
                     bool decode, const struct tt_place_step *outer, size_t outer_count,
                     struct tt_marks *marks)
{
    size_t len = set ? tt_span_find(value, ';') : value.len;
    tt_pairs_begin(pairs, TT_PAIRS_COOKIE, decode, outer, outer_count, at);
    tt_pairs_feed(pairs, tt_span_sub(value, 0, len), at, marks);
    tt_pairs_end(pairs, TT_BODY_COMPLETE, at + len);
    tt_marks_answer(marks, pairs->value.out.sink, at + value.len, outer, outer_count, false);
}
