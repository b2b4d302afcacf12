#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/time.h"

#include <string.h>

#define S TT_NS_PER_SECOND

static void writes(void **state)
{
    (void)state;
    char text[TT_TIME_TEXT_MAX];
    assert_string_equal(tt_time_text(0, text), "1970-01-01T00:00:00.000000000Z");
    assert_string_equal(tt_time_text(1, text), "1970-01-01T00:00:00.000000001Z");
    assert_string_equal(tt_time_text(S - 1, text), "1970-01-01T00:00:00.999999999Z");
    assert_string_equal(tt_time_text(1407402602 * S + 123456789, text),
                        "2014-08-07T09:10:02.123456789Z");
    assert_string_equal(tt_time_text(951782399 * S, text), "2000-02-28T23:59:59.000000000Z");
    assert_string_equal(tt_time_text(951782400 * S, text), "2000-02-29T00:00:00.000000000Z");
    assert_string_equal(tt_time_text(UINT64_MAX, text), "2554-07-21T23:34:33.709551615Z");
    assert_string_equal(tt_seconds_text(253402300799, text), "9999-12-31T23:59:59Z");
    assert_string_equal(tt_seconds_text(-1, text), "1969-12-31T23:59:59Z");
}

static void reads(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t time;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01", 0},
        {"1970-01-01T00:00:00.000000001Z", 1},
        {"2014-08-07T09:10:02Z", 1407402602 * S},
        {"2014-08-07t09:10:02z", 1407402602 * S},
        {"2014-08-07 09:10:02Z", 1407402602 * S},
        {"2014-08-07T09:10:02.5Z", 1407402602 * S + S / 2},
        {"2014-08-07T09:10:02.123456789Z", 1407402602 * S + 123456789},
        {"2014-08-07T09:10:02.1234567899999999999999Z", 1407402602 * S + 123456789},
        {"2014-08-07T14:40:02+05:30", 1407402602 * S},
        {"2014-08-07T01:10:02-08:00", 1407402602 * S},
        {"2014-08-06T09:11:02-23:59", 1407402602 * S},
        {"2014-08-07T09:10:02+00:00", 1407402602 * S},
        {"2014-08-07T09:10:02-00:00", 1407402602 * S},
        {"1969-12-31T23:00:00-01:00", 0},
        {"2014-08-07", 1407369600 * S},
        {"1972-02-29", 68169600 * S},
        {"2000-02-29", 951782400 * S},
        {"2000-03-01", 951868800 * S},
        {"2016-02-29T23:59:59Z", 1456790399 * S},
        {"2100-03-01", UINT64_C(4107542400) * S},
        {"2015-06-30T23:59:60Z", 1435708800 * S}, /* a leap second */
        {"2554-07-21T23:34:33.709551615Z", UINT64_MAX},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        uint64_t time = 7;
        assert_true(tt_time_parse(cases[i].text, &time));
        assert_true(time == cases[i].time);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const char *const cases[] = {"",
                                        "2014",
                                        "2014-08",
                                        "2014-08-7",
                                        "2014-8-07",
                                        "14-08-07",
                                        "2014/08/07",
                                        "2014-08-07T",
                                        "2014-08-07T09",
                                        "2014-08-07T09:10",
                                        "2014-08-07T09:10Z",
                                        "2014-08-07T09:10:02",
                                        "2014-08-07T9:10:02Z",
                                        "2014-08-07T09:10:02,5Z",
                                        "2014-08-07T09:10:02.Z",
                                        "2014-08-07T09:10:02.5",
                                        "2014-08-07T09:10:02Z ",
                                        " 2014-08-07",
                                        "2014-08-07 ",
                                        "2014-08-07  09:10:02Z",
                                        "2014-08-07T09:10:02+5:30",
                                        "2014-08-07T09:10:02+0530",
                                        "2014-08-07T09:10:02+05:60",
                                        "2014-08-07T09:10:02+24:00",
                                        "2014-08-07T09:10:02+05:3",
                                        "2014-08-07T24:00:00Z",
                                        "2014-08-07T09:60:00Z",
                                        "2014-08-07T09:10:61Z",
                                        "2014-00-07",
                                        "2014-13-07",
                                        "2014-08-00",
                                        "2014-08-32",
                                        "2014-04-31",
                                        "2014-06-31",
                                        "2014-09-31",
                                        "2014-11-31",
                                        "2014-02-29",
                                        "2014-02-30",
                                        "2016-02-30",
                                        "2100-02-29",
                                        "1969-12-31",
                                        "1969-12-31T23:59:59Z",
                                        "1970-01-01T00:00:00+00:01",
                                        "0000-01-01",
                                        "2554-07-21T23:34:33.709551616Z",
                                        "2554-07-21T23:34:34Z",
                                        "2555-01-01",
                                        "9999-12-31",
                                        "-2014-08-07",
                                        "+2014-08-07",
                                        "2014-08-07T-9:10:02Z",
                                        "2014-08-07X09:10:02Z",
                                        "2014-08-07T09:10:02Zjunk"};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        uint64_t time = 7;
        if (tt_time_parse(cases[i], &time))
            fail_msg("\"%s\" was taken for a time", cases[i]);
        assert_true(time == 7);
    }
}

/* Every day to the year 2400, by counting. */
static void every_day(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t day = 0;
    for (int year = 1970; year <= 2400; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (int month = 1; month <= 12; month++) {
            int days = lengths[month - 1] + (leap && month == 2);
            for (int d = 1; d <= days; d++, day++) {
                char text[TT_TIME_TEXT_MAX];
                uint64_t time = 0;
                (void)tt_time_text(day * 86400 * S, text);
                assert_int_equal(strspn(text + 11, "0:."), 18);
                assert_true(tt_time_parse(text, &time));
                assert_true(time == day * 86400 * S);
                char date[16] = "";
                (void)memcpy(date, text, 10);
                assert_true(tt_time_parse(date, &time));
                assert_true(time == day * 86400 * S);
                assert_int_equal((text[8] - '0') * 10 + text[9] - '0', d);
                assert_int_equal((text[5] - '0') * 10 + text[6] - '0', month);
            }
        }
    }
}

static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"0s", 0},
        {"1ns", 1},
        {"1us", 1000},
        {"1ms", 1000000},
        {"1s", 1000000000},
        {"1m", INT64_C(60000000000)},
        {"1h", INT64_C(3600000000000)},
        {"1.5s", 1500000000},
        {"-200ms", -200000000},
        {"+2s", 2000000000},
        {"-0.5h", INT64_C(-1800000000000)},
        {"0.000000001s", 1},
        {"1.001ms", 1001000},
        {"4.35s", INT64_C(4350000000)},
        {"2.675us", 2675},
        {"0.7s", 700000000},
        {"007s", INT64_C(7000000000)},
        {"0.1h", INT64_C(360000000000)},
        {"9000000000000000000ns", INT64_C(9000000000000000000)},
        {"-2500000h", INT64_C(-9000000000000000000)},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        int64_t ns = 7;
        assert_true(tt_duration_parse(cases[i].text, &ns));
        assert_true(ns == cases[i].ns);
    }
}

static void no_durations(void **state)
{
    (void)state;
    static const char *const cases[] = {"",
                                        "s",
                                        "-",
                                        "-s",
                                        "5",
                                        "5 s",
                                        " 5s",
                                        "5s ",
                                        "5sec",
                                        "5S",
                                        "5d",
                                        "1.s",
                                        ".s",
                                        "1,5s",
                                        "1..5s",
                                        "1.5.5s",
                                        "--5s",
                                        "+-5s",
                                        "0x10s",
                                        "1e3s",
                                        "1e400s",
                                        "infs",
                                        "nans",
                                        "inf",
                                        "nan(s)",
                                        "5n",
                                        "9000000000000000001ns",
                                        "99999999999999999999999999999999s",
                                        "2500001h",
                                        "-2500001h",
                                        "10000000000s"};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        int64_t ns = 7;
        if (tt_duration_parse(cases[i], &ns))
            fail_msg("\"%s\" was taken for a duration", cases[i]);
        assert_true(ns == 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes),    cmocka_unit_test(reads),     cmocka_unit_test(refuses),
        cmocka_unit_test(every_day), cmocka_unit_test(durations), cmocka_unit_test(no_durations),
    };
    return cmocka_run_group_tests_name("base/time", tests, NULL, NULL);
}
