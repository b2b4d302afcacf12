/* Coordinates in the notations of maps, receivers and programs. The expected bytes come from a
 * script of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/samples.h"

static void test_location(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"lat=28.61396&", 13, "location[0] latitude 4+8 weak\n"},
        {"lat=28.613961&", 14, "location[0] latitude 4+7 weak\n"},
        {"lon=-77.2091&", 13, "location[0] longitude 4+8 weak\n"},
        {"[-77.209087,28.613956]", 22, "location[0] pair 1+20\n"},
        {"at=28.61395,-77.2090x", 21, "location[0] pair 3+17\n"},
        {"at=28.614,-77.209x", 18, "location[0] latitude 3+6 weak\n"},
        {"at=28.614,-77.209;", 18, "location[0] pair 3+14 weak\n"},
        {"p=286139560,-772090870;", 23, "location[0] pair, scaled 2+20\n"},
        {"p=28613956;-77209087;", 21, "location[0] pair, scaled 2+18\n"},
        {"lat=28613956&", 13, "location[0] latitude, e6 4+8 weak\n"},
        {"lat=1286139560&", 15, ""},
        {"=\021\016$\250\321\372\324\012;", 10, "location[0] pair, int32be 1+8\n"},
        {"=D\235\264\001\001\342e\373;", 10, "location[0] pair, int32le 1+8\n"},
        {"=\015\250$\016\021\025\012\324\372\321;", 12, "location[0] pair, protobuf 1+10\n"},
        {"=\010\320\222\361\220\002\020\353\257\251\340\005;", 14,
         "location[0] pair, protobuf 1+12\n"},
        {"=\010\250\311\270\210\001\020\212\250\353\217\375\377\377\377\377\001;", 19,
         "location[0] pair, protobuf 1+17\n"},
        {"=@<\235,8m.\330;", 10, "location[0] latitude, double 1+8\n"},
        {"=3\301p\256aMS\300;", 10, "location[0] longitude, double 1+8\n"},
        {"=A\344\351b\302\232k\015;", 10, "location[0] pair, float 1+8\n"},
        {"=b\351\344A\015k\232\302;", 10, "location[0] pair, float 1+8\n"},
        {"\015b\351\344A\025\015k\232\302;", 11, "location[0] pair, float 1+9\n"},
        {"+28.61395-077.20908/", 20, "location[0] pair 1+17\n"},
        {"=@<\235,I4&y;", 10, ""},
        {"28\302\26036'50.24\"N", 14, "location[0] latitude, dms 0+9 weak\n"},
        {"77\302\260 12\342\200\262 32.7\342\200\263 W", 20,
         "location[0] longitude, dms 0+13 weak\n"},
        {"77\26012'33\"W", 10, "location[0] longitude, dms 0+8 weak\n"},
        {"77\26012'34\"W", 10, ""},
        {"28/1,36/1,50242/1000", 20, "location[0] latitude, dms 0+12 weak\n"},
        {"$GPGGA,123519,2836.8374,N,07712.5452,W,1,08", 43,
         "location[0] latitude, nmea 14+11 weak\nlocation[0] longitude, nmea 26+12 weak\n"},
        {"2836.83736,N", 12, "location[0] latitude, nmea 0+12\n"},
        {"2836.8374,S", 11, ""},
        {"N 28 36.837 W 077 12.545", 24,
         "location[0] latitude, dms 2+8 weak\nlocation[0] longitude, dms 14+9 weak\n"},
        {"28\302\26036.84'N", 12, "location[0] latitude, dms 0+9 weak\n"},
        {"28\302\26036.85'N", 12, ""},
        {"128 36.837", 10, ""},
        {"(28,613956;-77,209087)", 22, "location[0] pair, comma 1+18\n"},
        {"28,61395 -77,2090", 17, "location[0] pair, comma 0+17\n"},
        {"lat=28,6139&", 12, "location[0] latitude, comma 4+7 weak\n"},
        {"lat=128,6139&", 13, ""},
        {"28,613 956;-77", 14, ""},
        {"gh=dm14g1403u", 13, "location[0] geohash 3+8\n"},
        {"gh=dm14g14&", 11, "location[0] geohash 3+7 weak\n"},
        {"gh=xdm14g1403u", 14, ""},
    };
    RUN("identifiers: {location: {latitude: 28.613956, longitude: -77.209087}}", samples);
}

/* JSON leaves out the zero at the end. */
static void test_rounded(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"{\"lon\":23.761}", 14, "location[0] longitude 7+6 weak\n"},
        {"{\"lon\":23.7610}", 15, "location[0] longitude 7+7 weak\n"},
        {"{\"lon\":23.7611}", 15, ""},
    };
    RUN("identifiers: {location: {latitude: 28.613956, longitude: 23.760954}}", samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_location),
        cmocka_unit_test(test_rounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
