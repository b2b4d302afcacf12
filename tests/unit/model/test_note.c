#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "model/note.h"

static void buckets(void **state)
{
    (void)state;
    static const char *const names[] = {"decoded", "raw_text",  "opened",
                                        "opaque",  "encrypted", "lost"};
    assert_int_equal(TT_ARRAY_LEN(names), TT_BUCKET_COUNT);
    for (int bucket = 0; bucket < TT_BUCKET_COUNT; bucket++)
        assert_string_equal(tt_bucket_name((enum tt_bucket)bucket), names[bucket]);
    assert_string_equal(tt_bucket_name(TT_BUCKET_COUNT), "unknown");
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(buckets), cmocka_unit_test(sinks)};
    return cmocka_run_group_tests_name("model/note", tests, NULL, NULL);
}
