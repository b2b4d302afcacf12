/* Bodies that are made to cost time end, and get the note that they must get. What they cost is
 * told by bench/bounds.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hits.h"
#include "support/hard.h"

enum { ROOM = 1 << 17, SEGMENT = 1448 };

static const char sheet[] = "identifiers: {imei: 358240051111110, email: asha.rao@example.org}\n";

static bool has_note(const struct hits *hits, const char *code)
{
    return code == NULL || strstr((const char *)hits->notes.data, code) != NULL;
}

static void test_hard_bodies(void **state)
{
    (void)state;
    struct hits hits;
    const struct hard_body *body = NULL;
    for (size_t i = 0; (body = hard_body_at(i)) != NULL; i++) {
        struct hard_text text = hard_make(body, ROOM);
        hits_begin(&hits, sheet);
        hits.all_notes = true;
        (void)hits_in(&hits, TT_FORMAT_UNKNOWN, "tcp.payload", tt_span_of(text.bytes, text.len),
                      SEGMENT, SEGMENT);
        if (!has_note(&hits, body->note))
            print_error("%s: no note %s\n", body->name, body->note);
        assert_true(has_note(&hits, body->note));
        hits_end(&hits);
        free(text.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hard_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
