/* What two tests had in common before they are compared: values of the sheet, keys, recipes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "judge/compare_told.h"
#include "model/limits.h"

/* Two contacts, in two orders; one of them twice. */
static const struct tt_case_identifier contacts[] = {
    {"contact_number", "contact", "contacts[0].phone_number", "c0"},
    {"contact_number", "contact", "contacts[1].phone_number", "c1"},
    {"contact_number", "contact", "contacts[2].phone_number", "c1"}};
static const struct tt_case_identifier turned[] = {
    {"contact_number", "contact", "contacts[0].phone_number", "c1"},
    {"contact_number", "contact", "contacts[1].phone_number", "c1"},
    {"contact_number", "contact", "contacts[2].phone_number", "c0"}};
static const struct tt_case_identifier mistyped[] = {{"imei", "device", "imei[0]", "dd"},
                                                     {"imsi", "device", "imsi[0]", "ee"}};
static const struct tt_case_identifier untold[] = {{"imei", "device", "imei[0]", NULL},
                                                   {"imsi", "device", "imsi[0]", NULL}};

static void entries_of_another_sheet(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    b.fake.info.subject_digest = "11ee"; /* its firmware line, say */
    b.fake.info.device_firmware = "JHCMIBH45";
    expect(&a, &b, "gone => ok");
    a.findings[0].label = "imei[7]"; /* of which no case knows */
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "does not name this entry");
    expect(&b, &a, "new+not_comparable => left");
    a.findings[0].label = "imei[0]";
    b.fake.searched = sheet + 1;
    b.fake.searched_count = 1;
    b.fake.info.identifier_count = 1;
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "do not have the same values");
    b.fake.searched_count = 0; /* a case of an older telltale */
    expect(&a, &b, "not_comparable => unsaid");
    b.fake.info.identifier_count = 2;
    b.fake.searched_count = 2;
    b.fake.searched = untold; /* of one a little younger */
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "does not tell whether their values are the same");
    b.fake.info.subject_digest = a.fake.info.subject_digest;
    expect(&a, &b, "gone => ok");
}

/* A label is no value: the same one may name two. */
static void a_mistyped_value_is_not_gone(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    b.fake.info.subject_digest = "11ee";
    b.fake.searched = mistyped;
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "do not have the same values");
    /* Seen under one label, what is shown of it speaks against one value, or does not. */
    b.fake.finding_count = 1;
    b.fake.info.verdict = TT_VERDICT_VIOLATION;
    expect(&a, &b, "unchanged => left");
    b.findings[0].masked = "49015420•••••••";
    expect(&a, &b, "new+not_comparable not_comparable => left");
}

/* So are two labels of one value. */
static void the_order_of_the_sheet_does_not_matter(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    a.fake.searched = contacts;
    b.fake.searched = turned;
    a.fake.searched_count = b.fake.searched_count = 3;
    a.fake.info.identifier_count = b.fake.info.identifier_count = 3;
    b.fake.info.subject_digest = "11ee";
    a.findings[0].kind = b.findings[0].kind = "contact_number";
    static const char *const pairs[][2] = {
        {"contacts[0].phone_number", "contacts[2].phone_number"},
        {"contacts[1].phone_number", "contacts[0].phone_number"},
        {"contacts[2].phone_number", "contacts[1].phone_number"}};
    for (size_t i = 0; i < TT_ARRAY_LEN(pairs); i++) {
        a.findings[0].label = pairs[i][0];
        b.findings[0].label = pairs[i][1];
        expect(&a, &b, "unchanged => left");
        struct tt_compare *c = compare(&a, &b);
        assert_string_equal(tt_compare_result(c)->rows[0]->label, pairs[i][0]);
        tt_compare_free(c);
    }
    /* The stimuli of contacts[1] are now those of contacts[0], which there are as many of. */
    clear(&b);
    a.findings[0].label = "contacts[1].phone_number";
    expect(&a, &b, "gone => ok");
    b.fake.info.timeline_json =
        other_contact; /* both events are of contacts[1], which is another */
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "this entry");
}

/* What keys opened is not gone where there were none. */
static void keys_must_have_been_there(void **state)
{
    (void)state;
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    a.findings[0].opened_with = "keylog";
    a.fake.info.key_count = 3;
    expect(&a, &b, "not_comparable => unsaid");
    expect_why(&a, &b, "keys: what keys opened");
    b.fake.info.key_count = 1;
    expect(&a, &b, "gone => ok");
    b.fake.info.key_count = 0;
    b.input.format = "har"; /* which seals nothing */
    expect(&a, &b, "gone => ok");
    b.input.format = "pcap";
    a.findings[0].opened_with = NULL; /* keys that opened none of it */
    expect(&a, &b, "gone => ok");
    expect(&b, &a, "new => left");
    a.findings[0].opened_with = "psk";
    expect(&b, &a, "new+not_comparable => left");
}

static void recipes_must_have_been_there(void **state)
{
    (void)state;
    static const char *const steps[] = {"http.request.body", "recipe:acme"};
    static const struct {
        const char *before, *after;
        const char *wanted;
    } cases[] = {
        {"acme 0011", "", "not_comparable => unsaid"},
        {"acme 0011", "acme 0011", "gone => ok"},
        {"acme 0011", "other 22\nacme 0011\nlast 33", "gone => ok"},
        {"acme 0011", "acme 9911", "not_comparable => unsaid"}, /* another of that name */
        {"acme 0011", "acme-2 0011", "not_comparable => unsaid"},
        {"acme 0011", NULL, "not_comparable => unsaid"}, /* an older case */
        {NULL, "", "not_comparable => unsaid"},
        {NULL, "acme 0011", "gone => ok"},
        {"other 22", "", "gone => ok"}, /* a built-in one */
    };
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    a.findings[0].path = steps;
    a.findings[0].path_count = TT_ARRAY_LEN(steps);
    for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
        a.fake.info.recipes = cases[i].before;
        b.fake.info.recipes = cases[i].after;
        expect(&a, &b, cases[i].wanted);
        if (cases[i].wanted[0] == 'n')
            expect_why(&a, &b, "recipes: a recipe that led to findings");
    }
    a.findings[0].path_count = 1; /* a salt that it tells */
    a.findings[0].transform = steps + 1;
    a.findings[0].transform_count = 1;
    a.fake.info.recipes = "acme 0011";
    b.fake.info.recipes = "";
    expect(&a, &b, "not_comparable => unsaid");
}

static void the_cap_on_recipes(void **state)
{
    (void)state;
    static char names[TT_COMPARE_RECIPES_MAX + 1][24];
    static const char *steps[TT_COMPARE_RECIPES_MAX + 1];
    struct told a;
    struct told b;
    tell(&a);
    tell(&b);
    clear(&b);
    for (size_t i = 0; i < TT_ARRAY_LEN(steps); i++) {
        (void)snprintf(names[i], sizeof(names[i]), "recipe:r%zu", i);
        steps[i] = names[i];
    }
    b.findings[0].label = "imsi[0]"; /* its recipes count, too */
    b.findings[0].path = steps;
    b.fake.finding_count = 1;
    b.findings[0].path_count = TT_COMPARE_RECIPES_MAX;
    expect(&a, &b, "new gone => left");
    b.findings[0].path_count++;
    expect(&a, &b, "new not_comparable => left");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_of_another_sheet),
        cmocka_unit_test(a_mistyped_value_is_not_gone),
        cmocka_unit_test(the_order_of_the_sheet_does_not_matter),
        cmocka_unit_test(keys_must_have_been_there),
        cmocka_unit_test(recipes_must_have_been_there),
        cmocka_unit_test(the_cap_on_recipes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
