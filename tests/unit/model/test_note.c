#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "model/coverage.h"

static void buckets(void **state)
{
    (void)state;
    static const char *const names[] = {"decoded", "raw_text", "opened",    "opaque",  "encrypted",
                                        "lost",    "not_ip",   "duplicate", "overhead"};
    assert_int_equal(TT_ARRAY_LEN(names), TT_BUCKET_COUNT);
    for (int bucket = 0; bucket < TT_BUCKET_COUNT; bucket++)
        assert_string_equal(tt_bucket_name((enum tt_bucket)bucket), names[bucket]);
    assert_string_equal(tt_bucket_name(TT_BUCKET_COUNT), "unknown");
}

static void what_no_ip_carried_stays_apart(void **state)
{
    (void)state;
    const struct tt_flow tcp = {.transport = TT_TRANSPORT_TCP};
    const struct tt_flow link = {.transport = TT_TRANSPORT_LINK};
    for (int i = 0; i < TT_BUCKET_COUNT; i++) {
        enum tt_bucket bucket = (enum tt_bucket)i;
        assert_int_equal(tt_bucket_in_flow(&tcp, bucket), bucket);
        assert_int_equal(tt_bucket_in_flow(&link, bucket),
                         bucket == TT_BUCKET_ENCRYPTED ? bucket : TT_BUCKET_NOT_IP);
    }
}

struct seen {
    const struct tt_note *note;
    unsigned count;
};

static void see(void *context, const struct tt_note *note)
{
    struct seen *seen = context;
    seen->note = note;
    seen->count++;
}

static void sinks(void **state)
{
    (void)state;
    const struct tt_note note = {.layer = "net", .code = "tcp.gap", .text = "bytes are missing"};
    struct seen seen = {0};
    const struct tt_note_sink sink = {.context = &seen, .note = see};
    tt_note_put(&sink, &note);
    assert_ptr_equal(seen.note, &note);
    assert_int_equal(seen.count, 1);
    const struct tt_note_sink deaf = {.context = &seen};
    tt_note_put(&deaf, &note);
    tt_note_put(NULL, &note);
    assert_int_equal(seen.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(buckets),
                                       cmocka_unit_test(what_no_ip_carried_stays_apart),
                                       cmocka_unit_test(sinks)};
    return cmocka_run_group_tests_name("model/note", tests, NULL, NULL);
}
