#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/bplist.h"
#include "recorder.h"

static const struct tt_body nothing = {0};

/* {"l": [data {"a":1}, 1.5], "n": 358240051111110, "serial": "GLD7Q2X9K4", "who": "José 😀"}, as
 * Python's plistlib writes it. */
static const char sample[] = "\x62\x70\x6c\x69\x73\x74\x30\x30\xd4\x01\x02\x03\x04\x05\x08\x09"
                             "\x0a\x51\x6c\x51\x6e\x56\x73\x65\x72\x69\x61\x6c\x53\x77\x68\x6f"
                             "\xa2\x06\x07\x47\x7b\x22\x61\x22\x3a\x31\x7d\x23\x3f\xf8\x00\x00"
                             "\x00\x00\x00\x00\x13\x00\x01\x45\xd1\x42\xfd\xa4\xc6\x5a\x47\x4c"
                             "\x44\x37\x51\x32\x58\x39\x4b\x34\x67\x00\x4a\x00\x6f\x00\x73\x00"
                             "\xe9\x00\x20\xd8\x3d\xde\x00\x08\x11\x13\x15\x1c\x20\x23\x2b\x34"
                             "\x3d\x48\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00"
                             "\x00\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                             "\x00\x57";

static struct tt_span sample_span(void)
{
    return tt_span_of(sample, sizeof(sample) - 1);
}

static void values_open(void **state)
{
    (void)state;
    assert_ptr_equal(tt_decoder_pick(&nothing, sample_span(), true), &tt_decoder_bplist);
    assert_says(&tt_decoder_bplist, &nothing, sample_span(),
                "slice plist:$.l[0] at 36\n  [{\"a\":1}]\n  complete at 43\n"
                "slice plist:$.l[1] at 44\n  [?\\xf8\\x00\\x00\\x00\\x00\\x00\\x00]\n"
                "  complete at 52\n"
                "slice plist:$.n at 53\n  [\\x00\\x01E\\xd1B\\xfd\\xa4\\xc6]\n  complete at 61\n"
                "slice plist:$.serial at 62\n  [GLD7Q2X9K4]\n  complete at 72\n"
                "coding utf-16be at 73 <plist:$.who@73>\n  [Jos\\xc3\\xa9 \\xf0\\x9f\\x98\\x80]\n"
                "  complete at 87\n"
                "taken 130\n");
    assert_cut_anywhere(&tt_decoder_bplist, &nothing, sample_span());
    assert_survives_damage(&tt_decoder_bplist, &nothing, sample_span());
}

static void places(void **state)
{
    (void)state;
    assert_place(&tt_decoder_bplist, &nothing, sample_span(), "GLD7Q2X9K4", " <plist:$@0> claimed");
    assert_places_cut_anywhere(&tt_decoder_bplist, &nothing, sample_span());
}

static void cut_short(void **state)
{
    (void)state;
    for (size_t len = 8; len < sizeof(sample) - 1; len++) {
        char *text =
            rec_say(&tt_decoder_bplist, &nothing, tt_span_sub(sample_span(), 0, len), whole_input);
        assert_null(strstr(text, "slice plist:$.serial"));
        free(text);
    }
}

/* Writes the offset table of `count` objects at `at` for all of them, and the trailer. */
static size_t finish(uint8_t *list, size_t len, size_t count, size_t (*where)(size_t number))
{
    size_t table = len;
    for (size_t i = 0; i < count; i++) {
        size_t at = where(i);
        list[len++] = (uint8_t)(at >> 16);
        list[len++] = (uint8_t)(at >> 8);
        list[len++] = (uint8_t)at;
    }
    memset(list + len, 0, 32);
    list[len + 6] = 3;
    list[len + 7] = 3;
    for (size_t i = 0; i < 8; i++) {
        list[len + 8 + i] = (uint8_t)((uint64_t)count >> (56 - 8 * i));
        list[len + 24 + i] = (uint8_t)((uint64_t)table >> (56 - 8 * i));
    }
    return len + 32;
}

static size_t all_at_nine(size_t number)
{
    return number == 0 ? 8 : 9;
}

/* An array of itself, and strings that lie on top of each other: read once. */
static void overlapping(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    static uint8_t list[4096];
    memcpy(list, "bplist00", 8);
    list[8] = 0xae; /* an array of 14, whose references begin with the string's marker */
    list[9] = 0x5c; /* a string of 12 */
    size_t len = 10;
    for (size_t i = 0; i < 41; i++)
        list[len++] = (uint8_t)(i % 3 == 1 ? i / 3 : 0);
    len = finish(list, len, COUNT, all_at_nine);
    char *text = rec_say(&tt_decoder_bplist, &nothing, tt_span_of(list, len), whole_input);
    size_t told = 0;
    for (const char *at = text; (at = strstr(at, "slice plist")) != NULL; at++)
        told += 12;
    assert_true(told <= len);
    free(text);
}

static size_t next_array(size_t number)
{
    return 8 + 4 * number;
}

/* Arrays inside arrays, deeper than a path goes: named without the way to them, in linear time. */
static void deep(void **state)
{
    (void)state;
    enum { COUNT = 30000 };
    uint8_t *list = malloc(COUNT * 7 + 64);
    assert_non_null(list);
    memcpy(list, "bplist00", 8);
    for (size_t i = 0; i < COUNT - 1; i++) {
        list[8 + 4 * i] = 0xa1;
        list[9 + 4 * i] = (uint8_t)((i + 1) >> 16);
        list[10 + 4 * i] = (uint8_t)((i + 1) >> 8);
        list[11 + 4 * i] = (uint8_t)(i + 1);
    }
    memcpy(list + next_array(COUNT - 1), "\x53xyz", 4);
    size_t len = finish(list, next_array(COUNT), COUNT, next_array);
    char *text = rec_say(&tt_decoder_bplist, &nothing, tt_span_of(list, len), whole_input);
    assert_non_null(strstr(text, "slice plist:$ at 120005\n  [xyz]"));
    free(text);
    free(list);
}

static void too_long(void **state)
{
    (void)state;
    uint8_t *list = calloc(1, TT_PLIST_BYTES_MAX + 1);
    assert_non_null(list);
    memcpy(list, "bplist00", 8);
    assert_says(&tt_decoder_bplist, &nothing, tt_span_of(list, TT_PLIST_BYTES_MAX),
                "taken 1048576\n");
    assert_says(&tt_decoder_bplist, &nothing, tt_span_of(list, TT_PLIST_BYTES_MAX + 1),
                "note content.plist.limit\ntaken 1048577\n");
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_open), cmocka_unit_test(places), cmocka_unit_test(cut_short),
        cmocka_unit_test(overlapping), cmocka_unit_test(deep),   cmocka_unit_test(too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
