/* How long matches wait, of the patterns that sheets give: never shorter than what a comparison of
 * all pairs, place by place, says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/err.h"
#include "identify/engine.h"
#include "identify/hold.h"
#include "identify/sheet.h"

#include <stdlib.h>

struct made {
    struct tt_sheet *sheet;
    struct tt_forms forms;
    uint32_t *hold;
};

static struct made make(const char *yaml)
{
    struct tt_error error = {.code = TT_OK};
    struct made made = {.hold = NULL};
    assert_int_equal(tt_sheet_parse(tt_span_str(yaml), "test.yaml", &made.sheet, &error), TT_OK);
    assert_int_equal(tt_forms_make(&made.forms, tt_sheet_subject(made.sheet), SIZE_MAX), TT_OK);
    assert_int_equal(tt_hold_make(&made.forms, &made.hold), TT_OK);
    return made;
}

static void done(struct made *made)
{
    free(made->hold);
    tt_forms_free(&made->forms);
    tt_sheet_free(made->sheet);
}

static bool is_same(const struct tt_pattern *a, const struct tt_pattern *b, uint8_t x, uint8_t y)
{
    return x == y || ((a->caseless || b->caseless) && tt_lower(x) == tt_lower(y));
}

/* With `longer` beginning `shift` bytes behind the start of `pattern`: do both fit? */
static bool fits(const struct tt_pattern *pattern, const struct tt_pattern *longer, long shift)
{
    for (size_t i = 0; i < longer->bytes.len; i++) {
        long at = shift + (long)i;
        if (at >= 0 && at < (long)pattern->bytes.len &&
            !is_same(pattern, longer, pattern->bytes.data[at], longer->bytes.data[i]))
            return false;
    }
    return true;
}

/* The bytes behind `pattern` that tell of every longer match that would be told in its stead. */
static size_t least(const struct tt_forms *forms, size_t at, size_t first, size_t end)
{
    const struct tt_pattern *pattern = &forms->patterns[at];
    size_t hold = tt_right_context(pattern);
    for (size_t other = first; other < end; other++) {
        const struct tt_pattern *longer = &forms->patterns[other];
        if (other == at || tt_pattern_rank(longer) == 2 || tt_pattern_rank(pattern) == 2 ||
            !tt_pattern_beats(forms, other, at))
            continue;
        for (long shift = 1 - (long)longer->bytes.len; shift < (long)pattern->bytes.len; shift++) {
            long behind = shift + (long)longer->bytes.len - (long)pattern->bytes.len;
            size_t need = (size_t)(behind > 0 ? behind : 0) + tt_right_context(longer);
            if (behind > 0 && need > hold && fits(pattern, longer, shift))
                hold = need;
        }
    }
    return hold;
}

static void expect_enough(const char *yaml)
{
    struct made made = make(yaml);
    const struct tt_forms *forms = &made.forms;
    size_t longer = 0;
    for (size_t at = 0; at < forms->class_count; at++) {
        const struct tt_form_class *class = &forms->classes[at];
        size_t end = class->first_pattern + class->pattern_count;
        for (size_t i = class->first_pattern; i < end; i++) {
            size_t wanted = least(forms, i, class->first_pattern, end);
            if (made.hold[i] < wanted)
                fail_msg("pattern %zu of %zu bytes waits for %u, not %zu", i,
                         forms->patterns[i].bytes.len, made.hold[i], wanted);
            longer += made.hold[i] > tt_right_context(&forms->patterns[i]);
        }
    }
    assert_true(longer > 0); /* some do wait */
    done(&made);
}

static void test_enough(void **state)
{
    (void)state;
    expect_enough("identifiers: {phone_number: '+358 40 555 7013'}");
    expect_enough("identifiers: {imei: 358240051111110, mac_address: '02:00:5e:71:c3:4d'}");
    expect_enough("identifiers: {name: Asha Raonen, email: asha.raonen@example.org}");
    expect_enough("contacts: [{name: Tovilda Marquen, phone_number: '+49 30 23125 044'}]");
    expect_enough("messages: [{text: aaaa aaaa aaaa aaaa bring the blue folder at noon}]");
}

/* The number with its country code is told alone: the one without waits for no digit in front, and
 * for nothing of other values. */
static void test_no_longer_than_its_class(void **state)
{
    (void)state;
    struct made alone = make("identifiers: {username: mirkolan_77}");
    struct made beside = make("identifiers: {username: mirkolan_77, hostname: mirkolan_77-phone}");
    for (size_t i = 0; i < alone.forms.classes[0].pattern_count; i++)
        assert_int_equal(alone.hold[i], beside.hold[i]);
    done(&alone);
    done(&beside);
}

static void test_empty(void **state)
{
    (void)state;
    struct made made = make("device: {name: nothing}");
    assert_int_equal(made.forms.pattern_count, 0);
    done(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enough),
        cmocka_unit_test(test_no_longer_than_its_class),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
