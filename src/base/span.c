#include "base/span.h"

bool tt_span_ieq(struct tt_span a, struct tt_span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (tt_lower(a.data[i]) != tt_lower(b.data[i]))
            return false;
    return true;
}

bool tt_span_is_ascii(struct tt_span span)
{
    for (size_t i = 0; i < span.len; i++) {
        uint8_t c = span.data[i];
        if (c >= 0x7f || (c < 0x20 && c != '\t' && c != '\r' && c != '\n'))
            return false;
    }
    return true;
}

bool tt_span_is(struct tt_span span, const char *text)
{
    return tt_span_ieq(span, tt_span_str(text));
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct tt_span tt_span_trim(struct tt_span span)
{
    while (span.len > 0 && is_blank(span.data[span.len - 1]))
        span.len--;
    while (span.len > 0 && is_blank(span.data[0])) {
        span.data++;
        span.len--;
    }
    return span;
}

size_t tt_span_search(struct tt_span span, struct tt_span needle)
{
    if (needle.len == 0)
        return 0;
    for (size_t at = 0; span.len - at >= needle.len;) {
        size_t step =
            tt_span_find(tt_span_sub(span, at, span.len - at - needle.len + 1), needle.data[0]);
        at += step;
        if (span.len - at < needle.len)
            break;
        if (memcmp(span.data + at, needle.data, needle.len) == 0)
            return at;
        at++;
    }
    return SIZE_MAX;
}
