/* What stands at addresses: kept once, by address, within limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "judge/hints.h"

struct scene {
    struct tt_texts *texts;
    struct tt_hints *hints;
};

static struct scene begin(void)
{
    struct scene scene = {.texts = tt_texts_new()};
    assert_non_null(scene.texts);
    scene.hints = tt_hints_new(scene.texts);
    assert_non_null(scene.hints);
    return scene;
}

static void end(struct scene *scene)
{
    tt_hints_free(scene->hints);
    tt_texts_free(scene->texts);
}

static struct tt_addr addr(const char *text)
{
    struct tt_addr addr;
    assert_true(tt_addr_parse(text, &addr));
    return addr;
}

static enum tt_err add(struct scene *scene, enum tt_name_source source, const char *to,
                       const char *name, const char *place)
{
    const struct tt_name_record record = {
        .source = source, .addr = addr(to), .name = name, .place = place};
    return tt_hints_add(scene->hints, &record);
}

static void each_is_kept_once(void **state)
{
    (void)state;
    struct scene scene = begin();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(add(&scene, TT_NAME_VIA, "192.0.2.1", "CF-Ray", "sin"), TT_OK);
        assert_int_equal(add(&scene, TT_NAME_ALIAS, "192.0.2.1", "E1.Edge.example.", NULL), TT_OK);
        assert_int_equal(add(&scene, TT_NAME_VIA, "192.0.2.1", "CF-Ray", "del"), TT_OK);
        assert_int_equal(add(&scene, TT_NAME_HOLDER, "192.0.2.2", NULL, NULL), TT_OK);
    }
    const struct tt_hint *hint = tt_hints_at(scene.hints, addr("192.0.2.1"), 0);
    assert_int_equal(hint->source, TT_NAME_VIA);
    assert_string_equal(hint->text, "CF-Ray");
    assert_string_equal(hint->place, "sin");
    hint = tt_hints_at(scene.hints, addr("192.0.2.1"), 1);
    assert_int_equal(hint->source, TT_NAME_ALIAS);
    assert_string_equal(hint->text, "e1.edge.example");
    assert_null(hint->place);
    assert_string_equal(tt_hints_at(scene.hints, addr("192.0.2.1"), 2)->place, "del");
    assert_null(tt_hints_at(scene.hints, addr("192.0.2.1"), 3));
    assert_null(tt_hints_at(scene.hints, addr("192.0.2.2"), 0));
    end(&scene);
}

/* "Georgia" is a state where the country is the USA, and elsewhere a word. */
static void a_holder_may_name_a_state(void **state)
{
    (void)state;
    static const struct {
        const char *country;
        const char *state;
        const char *place;
    } cases[] = {{"US", "Oregon", "US-OR"},
                 {"US", "new york", "US-NY"},
                 {"US", "OR", "US-OR"},
                 {"US", "us-or", "US-OR"},
                 {"US", "West Virginia", "US-WV"},
                 {"US", "Virginia", "US-VA"},
                 {"US", "District of Columbia", "US-DC"},
                 {"US", "Ontario", "US"},
                 {"US", "Oregon City", "US"},
                 {"US", "", "US"},
                 {"US", NULL, "US"},
                 {"CA", "CA", "CA"},
                 {"GE", "Georgia", "GE"}};
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        struct scene scene = begin();
        const struct tt_name_record record = {.source = TT_NAME_HOLDER,
                                              .addr = addr("192.0.2.1"),
                                              .name = "Example Cloud",
                                              .place = cases[i].country,
                                              .state = cases[i].state};
        assert_int_equal(tt_hints_add(scene.hints, &record), TT_OK);
        assert_string_equal(tt_hints_at(scene.hints, addr("192.0.2.1"), 0)->place, cases[i].place);
        end(&scene);
    }
}

static void a_shared_address_has_no_holder(void **state)
{
    (void)state;
    struct scene scene = begin();
    assert_null(tt_hints_holder(scene.hints, addr("192.0.2.1")));
    assert_int_equal(add(&scene, TT_NAME_VIA, "192.0.2.1", "Via", NULL), TT_OK);
    assert_int_equal(add(&scene, TT_NAME_HOLDER, "192.0.2.1", NULL, "SG"), TT_OK);
    assert_null(tt_hints_holder(scene.hints, addr("192.0.2.1")));
    assert_int_equal(add(&scene, TT_NAME_HOLDER, "192.0.2.1", "Example Cloud", "SG"), TT_OK);
    assert_int_equal(add(&scene, TT_NAME_HOLDER, "192.0.2.1", "Example Cloud", "FI"), TT_OK);
    assert_string_equal(tt_hints_holder(scene.hints, addr("192.0.2.1")), "Example Cloud");
    assert_int_equal(add(&scene, TT_NAME_HOLDER, "192.0.2.1", "Other", "SG"), TT_OK);
    assert_null(tt_hints_holder(scene.hints, addr("192.0.2.1")));
    end(&scene);
}

static void limits_hold(void **state)
{
    (void)state;
    struct scene scene = begin();
    char text[32];
    for (int i = 0; i < TT_HINTS_EACH_MAX; i++) {
        (void)snprintf(text, sizeof(text), "n%d.example", i);
        assert_int_equal(add(&scene, TT_NAME_ALIAS, "192.0.2.1", text, NULL), TT_OK);
    }
    assert_int_equal(add(&scene, TT_NAME_ALIAS, "192.0.2.1", "n0.example", NULL), TT_OK);
    assert_int_equal(add(&scene, TT_NAME_ALIAS, "192.0.2.1", "more.example", NULL), TT_ERR_LIMIT);
    for (unsigned i = 1; i < TT_HINTS_MAX; i++) {
        (void)snprintf(text, sizeof(text), "198.18.%u.%u", i >> 8, i & 255);
        assert_int_equal(add(&scene, TT_NAME_VIA, text, "Via", NULL), TT_OK);
    }
    assert_int_equal(add(&scene, TT_NAME_VIA, "203.0.113.1", "Via", NULL), TT_ERR_LIMIT);
    assert_null(tt_hints_at(scene.hints, addr("203.0.113.1"), 0));
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_kept_once),
        cmocka_unit_test(a_holder_may_name_a_state),
        cmocka_unit_test(a_shared_address_has_no_holder),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
