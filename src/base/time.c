#include "base/time.h"

#include "base/span.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static struct tm civil(int64_t seconds)
{
    time_t time = (time_t)seconds;
    struct tm tm;
    if (gmtime_r(&time, &tm) == NULL)
        tm = (struct tm){.tm_year = 70, .tm_mday = 1};
    return tm;
}

const char *tt_seconds_text(int64_t seconds, char text[TT_TIME_TEXT_MAX])
{
    struct tm tm = civil(seconds);
    (void)snprintf(text, TT_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return text;
}

const char *tt_time_text(uint64_t time, char text[TT_TIME_TEXT_MAX])
{
    struct tm tm = civil((int64_t)(time / TT_NS_PER_SECOND));
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

/* The digits behind a decimal point, in parts of `unit`; what is smaller than one is dropped. -1
 * when there are none. */
static int64_t fraction(const char **text, int64_t unit)
{
    if (!tt_is_digit((uint8_t) * *text))
        return -1;
    int64_t parts = 0;
    while (tt_is_digit((uint8_t) * *text)) {
        unit /= 10;
        parts += (*(*text)++ - '0') * unit;
    }
    return parts;
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

static int64_t days_in_month(int64_t year, int64_t month)
{
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month == 2)
        return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
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
    if (day < 1 || day > days_in_month(year, month))
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
            ns = fraction(&text, (int64_t)TT_NS_PER_SECOND);
        int64_t east = 0;
        if (ns < 0 || !zone(&text, &east) || *text != '\0')
            return false;
        seconds += hour * 3600 + minute * 60 + second - east;
    }
    if (seconds < 0 || (uint64_t)seconds > (UINT64_MAX - (uint64_t)ns) / TT_NS_PER_SECOND)
        return false;
    *ret_time = (uint64_t)seconds * TT_NS_PER_SECOND + (uint64_t)ns;
    return true;
}

/* Nanoseconds in the unit of that name; 0 when there is none. */
static int64_t unit_ns(const char *name)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"ns", 1},         {"us", 1000},       {"ms", 1000000},
                 {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(name, units[i].name) == 0)
            return units[i].ns;
    return 0;
}

/* In whole numbers, so that "4.35s" is exact and no locale has a say. */
bool tt_duration_parse(const char *text, int64_t *ret_ns)
{
    static const int64_t most = INT64_C(9000000000000000000);
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    int64_t unit = unit_ns(text + strspn(text, "0123456789."));
    if (unit == 0 || !tt_is_digit((uint8_t)*text))
        return false;
    int64_t whole = 0;
    while (tt_is_digit((uint8_t)*text)) {
        int64_t digit = *text++ - '0';
        if (whole > (most / unit - digit) / 10)
            return false;
        whole = whole * 10 + digit;
    }
    int64_t parts = expect(&text, '.') ? fraction(&text, unit) : 0;
    if (parts < 0 || parts > most - whole * unit || *text == '.')
        return false;
    int64_t ns = whole * unit + parts;
    *ret_ns = negative ? -ns : ns;
    return true;
}
