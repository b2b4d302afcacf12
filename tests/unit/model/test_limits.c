#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/span.h"
#include "model/form.h"
#include "model/limits.h"

static const struct {
    const char *name;
    long long value;
    const char *unit;
    const char *why;
} limits[] = {
#define ROW(name, value, unit, why) {#name, value, unit, why},
    TT_LIMITS(ROW)
#undef ROW
};

/* What `telltale list limits` prints must be of use: a value, a unit, a reason. */
static void each_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_ARRAY_LEN(limits); i++) {
        assert_true(tt_span_starts(tt_span_str(limits[i].name), tt_span_str("TT_")));
        assert_true(limits[i].value > 0);
        assert_true(limits[i].value <= INT32_MAX);
        assert_true(strlen(limits[i].unit) > 0);
        assert_true(strlen(limits[i].why) >= 15);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(limits[i].why, limits[j].why);
    }
}

/* Caps that only make sense together. */
static void fit_together(void **state)
{
    (void)state;
    assert_true(TT_FORM_MIN < TT_FORM_MAX);
    assert_true(TT_REORDER_FLOW_MAX <= TT_REORDER_ALL_MAX);
    assert_true(TT_FINDING_FRAMES_MAX <= TT_FINDING_FRAMES_KEPT);
    assert_true(TT_FINDING_FRAMES_MAX == 64); /* the contract of the JSON lines */
    assert_true(TT_BODY_HEAD_MAX == 64);
    assert_true(TT_HTTP_LINE_MAX <= TT_HTTP_HEADER_MAX);
    assert_true(TT_EXPANSION_FREE_BYTES <= TT_EXPANSION_BYTES_MAX);
    assert_true(TT_EXPANSION_RATIO_MAX > 1032); /* what zlib may really do */
    assert_true(TT_FORM_TRANSFORMS_MAX >= 2);
    /* What is held of packets at most leaves room for the rest of a run in 100 MB. */
    assert_true(TT_REORDER_ALL_MAX + TT_FRAGMENT_BYTES_MAX + TT_WINDOW_BYTES <= 100 * 1024 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_says_why),
        cmocka_unit_test(fit_together),
    };
    return cmocka_run_group_tests_name("model/limits", tests, NULL, NULL);
}
