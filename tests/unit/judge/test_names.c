#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/names.h"
#include "model/frame.h"
#include "model/limits.h"

#include <stdio.h>

struct scene {
    struct tt_texts *texts;
    struct tt_names *names;
};

static struct scene begin(void)
{
    struct scene scene = {.texts = tt_texts_new()};
    assert_non_null(scene.texts);
    scene.names = tt_names_new(scene.texts);
    assert_non_null(scene.names);
    return scene;
}

static void end(struct scene *scene)
{
    tt_names_free(scene->names);
    tt_texts_free(scene->texts);
}

static struct tt_addr addr(const char *text)
{
    struct tt_addr addr;
    assert_true(tt_addr_parse(text, &addr));
    return addr;
}

static void learn(struct scene *scene, enum tt_name_source source, const char *address,
                  uint64_t frame, const char *name)
{
    struct tt_name_record record = {.source = source,
                                    .frame = tt_frame_id(1, frame),
                                    .time = frame * 1000,
                                    .addr = addr(address),
                                    .name = name};
    assert_int_equal(tt_names_add(scene->names, &record), TT_OK);
}

static const char *asked(const struct scene *scene, enum tt_name_source source, uint64_t frame)
{
    return tt_names_of_addr(scene->names, source, addr("198.51.100.7"), tt_frame_id(1, frame),
                            frame * 1000);
}

static void the_latest_name_before_a_frame(void **state)
{
    (void)state;
    struct scene scene = begin();
    learn(&scene, TT_NAME_DNS, "198.51.100.7", 20, "second.example");
    learn(&scene, TT_NAME_DNS, "198.51.100.7", 10, "first.example"); /* told late */
    learn(&scene, TT_NAME_DNS, "198.51.100.7", 30, "First.Example.");
    assert_null(asked(&scene, TT_NAME_DNS, 9));
    assert_string_equal(asked(&scene, TT_NAME_DNS, 10), "first.example");
    assert_string_equal(asked(&scene, TT_NAME_DNS, 19), "first.example");
    assert_string_equal(asked(&scene, TT_NAME_DNS, 20), "second.example");
    assert_string_equal(asked(&scene, TT_NAME_DNS, 1000), "first.example");
    end(&scene);
}

static void other_captures_name_by_time(void **state)
{
    (void)state;
    struct scene scene = begin();
    learn(&scene, TT_NAME_DNS, "198.51.100.8", 1, "other.example");
    assert_null(asked(&scene, TT_NAME_DNS, 5));
    learn(&scene, TT_NAME_DNS, "198.51.100.7", 1, "api.example");
    const struct tt_addr here = addr("198.51.100.7");
    uint64_t frame = tt_frame_id(2, 1);
    assert_null(tt_names_of_addr(scene.names, TT_NAME_DNS, here, frame, 999));
    assert_string_equal(tt_names_of_addr(scene.names, TT_NAME_DNS, here, frame, 1000),
                        "api.example");
    /* What the capture itself says counts more, whatever its clock says. */
    struct tt_name_record own = {.source = TT_NAME_DNS,
                                 .frame = tt_frame_id(2, 1),
                                 .time = 5,
                                 .addr = here,
                                 .name = "own.example"};
    assert_int_equal(tt_names_add(scene.names, &own), TT_OK);
    assert_string_equal(tt_names_of_addr(scene.names, TT_NAME_DNS, here, frame, 2000),
                        "own.example");
    assert_null(asked(&scene, TT_NAME_CAPTURE, 5));
    assert_string_equal(asked(&scene, TT_NAME_DNS, 5), "api.example");
    end(&scene);
}

static void a_captures_own_list_holds_for_all_of_it(void **state)
{
    (void)state;
    struct scene scene = begin();
    learn(&scene, TT_NAME_CAPTURE, "198.51.100.7", 50, "listed.example");
    assert_string_equal(asked(&scene, TT_NAME_CAPTURE, 1), "listed.example");
    end(&scene);
}

static void of_one_frame_the_first_told_counts(void **state)
{
    (void)state;
    struct scene scene = begin();
    learn(&scene, TT_NAME_DNS, "198.51.100.7", 10, "asked.example");
    learn(&scene, TT_NAME_DNS, "198.51.100.7", 10, "alias.example");
    assert_string_equal(asked(&scene, TT_NAME_DNS, 10), "asked.example");
    end(&scene);
}

static void flows_have_their_own_names(void **state)
{
    (void)state;
    struct scene scene = begin();
    struct tt_name_record record = {.source = TT_NAME_SNI, .flow = 7, .name = "sni.example"};
    assert_int_equal(tt_names_add(scene.names, &record), TT_OK);
    record.name = "later.example";
    assert_int_equal(tt_names_add(scene.names, &record), TT_OK);
    assert_string_equal(tt_names_of_flow(scene.names, TT_NAME_SNI, 7), "sni.example");
    assert_null(tt_names_of_flow(scene.names, TT_NAME_SNI, 8));
    assert_null(tt_names_of_flow(scene.names, TT_NAME_CERTIFICATE, 7));
    end(&scene);
}

static void the_cap_holds(void **state)
{
    (void)state;
    struct scene scene = begin();
    enum tt_err result = TT_OK;
    uint64_t added = 0;
    while (result == TT_OK) {
        struct tt_name_record record = {
            .source = TT_NAME_SNI, .flow = added + 1, .name = "sni.example"};
        result = tt_names_add(scene.names, &record);
        added += result == TT_OK ? 1 : 0;
    }
    assert_int_equal(result, TT_ERR_LIMIT);
    assert_int_equal(added, TT_NAMES_MAX);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_name_before_a_frame),
        cmocka_unit_test(other_captures_name_by_time),
        cmocka_unit_test(a_captures_own_list_holds_for_all_of_it),
        cmocka_unit_test(of_one_frame_the_first_told_counts),
        cmocka_unit_test(flows_have_their_own_names),
        cmocka_unit_test(the_cap_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
