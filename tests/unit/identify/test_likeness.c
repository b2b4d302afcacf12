/* Two sheets with the same values are told by texts that no value can be tried with alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/likeness.h"

#include <string.h>

enum { ENTRIES = 4 };

static const struct tt_identifier sheet[ENTRIES] = {
    {.kind = TT_KIND_IMEI, .label = "imei[0]", .value = "001014001234566"},
    {.kind = TT_KIND_CONTACT_NUMBER,
     .owner = TT_OWNER_CONTACT,
     .label = "contacts[0].phone_number",
     .value = "+12125550147"},
    {.kind = TT_KIND_CONTACT_NUMBER,
     .owner = TT_OWNER_CONTACT,
     .label = "contacts[1].phone_number",
     .value = "+12125550148"},
    {.kind = TT_KIND_MESSAGE_NUMBER,
     .owner = TT_OWNER_MESSAGE,
     .label = "messages[0].phone_number",
     .value = "+12125550147"},
};

/* The texts of all entries. */
static void tell(const struct tt_identifier *entries, size_t count, char texts[][TT_LIKENESS_TEXT])
{
    const struct tt_subject subject = {.identifiers = entries, .identifier_count = count};
    struct tt_likeness likeness;
    assert_int_equal(tt_likeness_make(&subject, &likeness), TT_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(tt_likeness_of(&likeness, &entries[i], texts[i]), TT_OK);
        assert_int_equal(strspn(texts[i], "0123456789abcdef"), TT_LIKENESS_TEXT - 1);
        assert_int_equal(strlen(texts[i]), TT_LIKENESS_TEXT - 1);
    }
}

static void the_order_and_the_labels_do_not_matter(void **state)
{
    (void)state;
    struct tt_identifier turned[ENTRIES];
    char texts[ENTRIES][TT_LIKENESS_TEXT];
    char others[ENTRIES][TT_LIKENESS_TEXT];
    for (size_t i = 0; i < ENTRIES; i++) {
        turned[i] = sheet[ENTRIES - 1 - i];
        turned[i].label = "another";
    }
    tell(sheet, ENTRIES, texts);
    tell(turned, ENTRIES, others);
    for (size_t i = 0; i < ENTRIES; i++)
        assert_string_equal(texts[i], others[ENTRIES - 1 - i]);
    /* The same number of a contact and of a message are two entries. */
    for (size_t i = 0; i < ENTRIES; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(texts[i], texts[j]);
}

/* Else a sheet of one's own with a guessed value would tell whether it is that one. */
static void one_value_changes_all_texts(void **state)
{
    (void)state;
    struct tt_identifier changed[ENTRIES];
    char texts[ENTRIES][TT_LIKENESS_TEXT];
    char others[ENTRIES][TT_LIKENESS_TEXT];
    memcpy(changed, sheet, sizeof(sheet));
    changed[0].value = "001014001234574";
    tell(sheet, ENTRIES, texts);
    tell(changed, ENTRIES, others);
    for (size_t i = 0; i < ENTRIES; i++)
        assert_string_not_equal(texts[i], others[i]);
    tell(sheet, ENTRIES - 1, others); /* and so does one less */
    for (size_t i = 0; i < ENTRIES - 1; i++)
        assert_string_not_equal(texts[i], others[i]);
}

/* Cases of two machines, and of two years, must agree. Computed apart with Python's hashlib and
 * hmac. */
static void the_texts_stay_as_they_are(void **state)
{
    (void)state;
    char texts[ENTRIES][TT_LIKENESS_TEXT];
    tell(sheet, ENTRIES, texts);
    assert_string_equal(texts[0], "2afaed8cac5353db0b822feea18a1e0c");
    assert_string_equal(texts[3], "148fc2dbbec05958d73b3ef550f183d9");
}

static void a_sheet_without_values(void **state)
{
    (void)state;
    const struct tt_subject subject = {.identifier_count = 0};
    struct tt_likeness likeness;
    assert_int_equal(tt_likeness_make(&subject, &likeness), TT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_and_the_labels_do_not_matter),
        cmocka_unit_test(one_value_changes_all_texts),
        cmocka_unit_test(the_texts_stay_as_they_are),
        cmocka_unit_test(a_sheet_without_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
