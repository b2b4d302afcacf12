#include "base/time.h"

#include "base/span.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char *tt_time_text(uint64_t time, char text[TT_TIME_TEXT_MAX])
{
    time_t seconds = (time_t)(time / TT_NS_PER_SECOND);
    struct tm tm;
    if (gmtime_r(&seconds, &tm) == NULL)
        tm = (struct tm){.tm_year = 70, .tm_mday = 1};
    (void)snprintf(text, TT_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%09" PRIu64 "Z",
                   tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                   time % TT_NS_PER_SECOND);
    return text;
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* `count` digits as a number; advances `*text`; -1 when they are not all digits. */
static int64_t digits(const char **text, size_t count)
{
    int64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!tt_is_digit((uint8_t) * *text))
            return -1;
        value = value * 10 + (*(*text)++ - '0');
    }
    return value;
}

static bool expect(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

/* ".5" to nanoseconds; digits behind the ninth are dropped. */
static int64_t fraction(const char **text)
{
    int64_t ns = 0;
    int64_t unit = (int64_t)TT_NS_PER_SECOND / 10;
    while (tt_is_digit((uint8_t) * *text)) {
        ns += (*(*text)++ - '0') * unit;
        unit /= 10;
    }
    return ns;
}

/* "Z", "+05:30", "-08:00": seconds east of UTC, or false. */
static bool zone(const char **text, int64_t *ret_seconds)
{
    if (expect(text, 'Z') || expect(text, 'z')) {
        *ret_seconds = 0;
        return true;
    }
    int64_t sign = **text == '-' ? -1 : 1;
    if (!expect(text, '+') && !expect(text, '-'))
        return false;
    int64_t hours = digits(text, 2);
    if (hours < 0 || hours > 23 || !expect(text, ':'))
        return false;
    int64_t minutes = digits(text, 2);
    if (minutes < 0 || minutes > 59)
        return false;
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool tt_time_parse(const char *text, uint64_t *ret_time)
{
    int64_t year = digits(&text, 4);
    if (year < 0 || !expect(&text, '-'))
        return false;
    int64_t month = digits(&text, 2);
    if (month < 1 || month > 12 || !expect(&text, '-'))
        return false;
    int64_t day = digits(&text, 2);
    if (day < 1 || day > 31)
        return false;
    int64_t seconds = days_from_civil(year, month, day) * 86400;
    int64_t ns = 0;
    if (*text != '\0') {
        if (!expect(&text, 'T') && !expect(&text, 't') && !expect(&text, ' '))
            return false;
        int64_t hour = digits(&text, 2);
        if (hour < 0 || hour > 23 || !expect(&text, ':'))
            return false;
        int64_t minute = digits(&text, 2);
        if (minute < 0 || minute > 59 || !expect(&text, ':'))
            return false;
        int64_t second = digits(&text, 2);
        if (second < 0 || second > 60)
            return false;
        if (expect(&text, '.'))
            ns = fraction(&text);
        int64_t east = 0;
        if (!zone(&text, &east) || *text != '\0')
            return false;
        seconds += hour * 3600 + minute * 60 + second - east;
    }
    if (seconds < 0)
        return false;
    *ret_time = (uint64_t)seconds * TT_NS_PER_SECOND + (uint64_t)ns;
    return true;
}

bool tt_duration_parse(const char *text, int64_t *ret_ns)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || !isfinite(value))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(end, units[i].unit) != 0)
            continue;
        double ns = value * units[i].ns;
        if (ns > 9e18 || ns < -9e18)
            return false;
        *ret_ns = (int64_t)ns;
        return true;
    }
    return false;
}
