#include "report/width.h"

#include "base/compiler.h"
#include "base/time.h"
#include "base/utf.h"

#include <inttypes.h>
#include <stdio.h>

struct range {
    uint32_t first;
    uint32_t last;
};

static bool in_ranges(uint32_t code, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count && code >= ranges[i].first; i++) {
        if (code <= ranges[i].last)
            return true;
    }
    return false;
}

unsigned tt_code_width(uint32_t code)
{
    /* The marks of the common scripts (Unicode general category Mn); an uncommon one puts a column
     * out of line, no more. */
    static const struct range marks[] = {
        {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
        {0x0670, 0x0670}, {0x06d6, 0x06dc}, {0x0900, 0x0902}, {0x093a, 0x093a}, {0x093c, 0x093c},
        {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},
        {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
    static const struct range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x4dbf},
                                        {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
                                        {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                                        {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
                                        {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    if (code < 0x300)
        return 1;
    if (in_ranges(code, marks, TT_ARRAY_LEN(marks)))
        return 0;
    return in_ranges(code, wide, TT_ARRAY_LEN(wide)) ? 2 : 1;
}

/* The first code point; a byte that is none counts as one column. */
static unsigned first_width(struct tt_span text, size_t *ret_len)
{
    uint32_t code = 0;
    *ret_len = 1;
    return tt_utf8_read(text, &code, ret_len) ? tt_code_width(code) : 1;
}

size_t tt_text_width(struct tt_span text)
{
    size_t width = 0;
    size_t len = 0;
    for (; text.len > 0; text = tt_span_from(text, len))
        width += first_width(text, &len);
    return width;
}

size_t tt_text_head(struct tt_span text, size_t columns)
{
    size_t width = 0;
    size_t at = 0;
    while (at < text.len) {
        size_t len = 0;
        width += first_width(tt_span_from(text, at), &len);
        if (width > columns)
            break;
        at += len;
    }
    return at;
}

size_t tt_text_tail(struct tt_span text, size_t columns)
{
    size_t width = tt_text_width(text);
    size_t at = 0;
    while (at < text.len && width > columns) {
        size_t len = 0;
        width -= first_width(tt_span_from(text, at), &len);
        at += len;
    }
    return text.len - at;
}

const char *tt_human_bytes(uint64_t bytes, char text[TT_HUMAN_MAX])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    uint64_t tenths = 0; /* of the unit, rounded down */
    uint64_t whole = bytes;
    while (whole >= 1000 && unit + 1 < TT_ARRAY_LEN(units)) {
        tenths = whole % 1000 / 100;
        whole /= 1000;
        unit++;
    }
    if (unit > 0 && whole < 10)
        (void)snprintf(text, TT_HUMAN_MAX, "%" PRIu64 ".%" PRIu64 " %s", whole, tenths,
                       units[unit]);
    else
        (void)snprintf(text, TT_HUMAN_MAX, "%" PRIu64 " %s", whole, units[unit]);
    return text;
}

const char *tt_human_count(uint64_t count, char text[TT_HUMAN_MAX])
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%" PRIu64, count);
    size_t at = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

const char *tt_human_share(uint64_t part, uint64_t all, char text[TT_HUMAN_MAX])
{
    unsigned percent = (unsigned)((double)part / (double)(all == 0 ? 1 : all) * 100);
    if (part >= all)
        percent = 100;
    else if (percent > 99)
        percent = 99;
    if (all == 0)
        (void)snprintf(text, TT_HUMAN_MAX, "-");
    else if (percent == 0 && part > 0)
        (void)snprintf(text, TT_HUMAN_MAX, "<1 %%");
    else
        (void)snprintf(text, TT_HUMAN_MAX, "%u %%", percent);
    return text;
}

const char *tt_human_time(uint64_t time, char text[TT_HUMAN_MAX])
{
    enum { SECONDS_LEN = 19 };
    char full[TT_TIME_TEXT_MAX];
    if (time == 0) {
        (void)snprintf(text, TT_HUMAN_MAX, "no time");
        return text;
    }
    (void)snprintf(text, TT_HUMAN_MAX, "%.*s", (int)SECONDS_LEN, tt_time_text(time, full));
    char *separator = strchr(text, 'T');
    if (separator != NULL)
        *separator = ' ';
    return text;
}
