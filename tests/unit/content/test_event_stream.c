#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/event_stream.h"
#include "recorder.h"

static const struct tt_body body = {.media_type = "text/event-stream"};

static void assert_events(const char *input, const char *expected)
{
    char *text = rec_say(&tt_decoder_event_stream, &body, tt_span_str(input), whole_input);
    assert_string_equal(text, expected);
    free(text);
    assert_cut_anywhere(&tt_decoder_event_stream, &body, tt_span_str(input));
    assert_survives_damage(&tt_decoder_event_stream, &body, tt_span_str(input));
}

static void events(void **state)
{
    (void)state;
    assert_events(": hello\nevent: state\nid: 7\ndata: {\"k\": 1}\n\ndata: {\"k\": 2}\n\n",
                  "slice event-stream.fields at 0 opaque\n"
                  "  [: hello\\x0aevent: state\\x0aid: 7\\x0a]\n  complete at 27\n"
                  "coding event-stream at 33\n  [{\"k\": 1}]\n  complete at 41\n"
                  "coding event-stream at 49\n  [{\"k\": 2}]\n  complete at 57\n"
                  "taken 59\n");
}

static void lines_joined(void **state)
{
    (void)state;
    assert_events("data: {\ndata:  \"k\":\ndata:2}\n\n", "coding event-stream at 6\n"
                                                         "  [{\\x0a \"k\":\\x0a2}]\n"
                                                         "  complete at 27\ntaken 29\n");
    /* Another line between them is no data, and parts them. */
    assert_events("data: a\nid: 1\ndata: b\n\n",
                  "coding event-stream at 6\n  [a]\n  complete at 7\n"
                  "slice event-stream.fields at 8 opaque\n  [id: 1\\x0a]\n  complete at 14\n"
                  "coding event-stream at 20\n  [b]\n  complete at 21\ntaken 23\n");
}

/* The three line breaks, a byte order mark, names that only look like one. */
static void line_breaks(void **state)
{
    (void)state;
    assert_events("\xef\xbb\xbf"
                  "data: a\r\ndata: b\r\n\r\ndata: c\rdata: d\r\rdat\rdatum: x\n",
                  "coding event-stream at 9\n  [a\\x0ab]\n  complete at 19\n"
                  "coding event-stream at 29\n  [c\\x0ad]\n  complete at 38\n"
                  "slice event-stream.fields at 40 opaque\n  [dat\\x0ddatum: x\\x0a]\n"
                  "  complete at 53\ntaken 53\n");
}

static void ends_anywhere(void **state)
{
    (void)state;
    assert_events("data: no end",
                  "coding event-stream at 6\n  [no end]\n  complete at 12\ntaken 12\n");
    assert_events("id: 1\r\n\r\ndat",
                  "slice event-stream.fields at 0 opaque\n"
                  "  [id: 1\\x0d\\x0a\\x0d\\x0adat]\n  complete at 12\ntaken 12\n");
    assert_events("data:\n\n", "coding event-stream at 5\n  []\n  complete at 5\ntaken 7\n");
}

static void claims(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "data: x\n", ":\n", "id", "event:", "retry: 1", "\ndata: x", "\xef\xbb\xbf:"};
    static const char *const no[] = {"{\"data\": 1}", "dates: x\n", "x", "data: \x01"};
    static const struct tt_body other = {.media_type = "text/plain"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(tt_decoder_event_stream.claims(&body, tt_span_str(yes[i]), true));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(tt_decoder_event_stream.claims(&body, tt_span_str(no[i]), true));
    assert_false(tt_decoder_event_stream.claims(&other, tt_span_str(yes[0]), true));
    assert_ptr_equal(tt_decoder_pick(&body, tt_span_str(yes[0]), true), &tt_decoder_event_stream);
}

static void refused(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, tt_span_str("data: {\"k\": 1}\n\nid: 1\ndata: 2\n\n"));
    rec.refuse = true;
    rec_run(&rec, &tt_decoder_event_stream, &body, single_bytes, TT_BODY_COMPLETE, false);
    assert_int_equal(rec.taken, rec.input.len);
    rec_free(&rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events),      cmocka_unit_test(lines_joined),
        cmocka_unit_test(line_breaks), cmocka_unit_test(ends_anywhere),
        cmocka_unit_test(claims),      cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
