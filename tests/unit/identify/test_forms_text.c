/* Names, messages and e-mail addresses: letters, order, charsets, packing. The expected bytes come
 * from a script of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/forms.h"
#include "identify/samples.h"
#include "model/limits.h"

static void test_contact_name(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"Jos\303\251 M\303\274ller-\303\230st", 18, "contacts[0].name text 0+18\n"},
        {"Jose\314\201 Mu\314\210ller-\303\230st", 20, "contacts[0].name nfd 0+20\n"},
        {"JOS\303\211 M\303\234LLER-\303\230ST", 18, "contacts[0].name text+upper 0+18\n"},
        {"Jose Muller-Ost", 15, "contacts[0].name unaccented 0+15\n"},
        {"JOSE MUELLER-OEST", 17, "contacts[0].name unaccented 0+17\n"},
        {"Muller-Ost, Jose", 16, "contacts[0].name last name first 0+16\n"},
        {"Jos\351 M\374ller-\330st", 15, "contacts[0].name latin-1 0+15\n"},
        {"ts\303\230-rell\303\274M \303\251soJ", 18, "contacts[0].name text+reversed 0+18\n"},
        {"J\000o\000s\000\351\000 \000M\000\374\000l\000l\000e\000r\000-\000\330\000s\000t\000", 30,
         "contacts[0].name utf-16le 0+30\n"},
        {"Jose Miller-Ost", 15, ""},
    };
    RUN("contacts: [{name: \"Jos\303\251 M\303\274ller-\303\230st\"}]", samples);
}

static void test_own_name(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"\3019:\014\222\206\337\356\262\333\005", 11, "name[0] gsm-7 0+9\n"},
        {"\3104\013\024\234\243\303 i\370\355.\273A\350\262\274\014", 18, "name[0] gsm-7 4+9\n"},
        {"\304rX\016\012\316\321a\2204\374v\227\335!", 15, "name[0] gsm-7 5+9\n"},
        {"\3104\013\024\234\243\303 i\370\355.\267A\350\262\274\014", 18, ""},
        {"Nfun Enbara", 11, "name[0] text+rot13 0+11\n"},
        {"raonen.asha", 11, "name[0] last name first 0+11\n"},
        {"asharaonen@", 11, "name[0] joined 0+10\n"},
        {"Raonen-Asha", 11, "name[0] last name first 0+11\n"},
        {"{\"firstName\":\"Asha\",\"lastName\":\"Raonen\"}", 40, "name[0] apart 13+26\n"},
        {"{\"last_name\": \"Raonen\", \"first_name\": \"Asha\"}", 45, "name[0] apart 14+30\n"},
        {"first_name=Asha&last_name=Raonen", 32, "name[0] apart 11+21\n"},
        {"first_name=Asha&last_name=Raonens", 33, ""},
    };
    RUN("identifiers: {name: Asha Raonen}", samples);
}

static void test_name_of_three_words(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"Ni Cheallaigh, Orla", 19, "contacts[0].name last name first 0+19\n"},
        {"Cheallaigh, Orla Ni", 19, "contacts[0].name last name first 0+19\n"},
        {"{\"firstName\":\"Orla\",\"lastName\":\"Ni Cheallaigh\"}", 47,
         "contacts[0].name apart 13+33\n"},
    };
    RUN("contacts: [{name: Orla Ni Cheallaigh}]", samples);
}

static void test_japanese(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"\215\262\223\241 \214\222\221\276\230Y", 11, "name[0] shift-jis 0+11\n"},
        {"\327\364\314\331 \275\241\314\253\300\311", 11, "name[0] gbk 0+11\n"},
        {"\272\264\306\243 \267\362\302\300\317\272", 11, "name[0] euc-jp 0+11\n"},
        {"OP\205\344\000 PeY*\220\316", 12, "name[0] utf-16be 0+12\n"},
    };
    RUN("identifiers: {name: \"\344\275\220\350\227\244 \345\201\245\345\244\252\351\203\216\"}",
        samples);
}

static void test_cyrillic(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"\320\230\320\240\320\230\320\235\320\220 "
         "\320\231\320\236\320\240\320\224\320\220\320\235\320\236\320\222\320\220",
         29, "name[0] text+upper 0+29\n"},
        {"\310\360\350\355\340 \311\356\360\344\340\355\356\342\340", 15,
         "name[0] windows-1251 0+15\n"},
        {"\320\230\321\200\320\270\320\275\320\260 "
         "\320\230\314\206\320\276\321\200\320\264\320\260\320\275\320\276\320\262\320\260",
         31, "name[0] nfd 0+31\n"},
    };
    RUN("identifiers: {name: \"\320\230\321\200\320\270\320\275\320\260 "
        "\320\231\320\276\321\200\320\264\320\260\320\275\320\276\320\262\320\260\"}",
        samples);
}

static void test_message(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"The spare key lies under the blue flower pot, please water the tomatoes and feed both "
         "cats before Friday",
         104, "messages[0].text text 0+104\n"},
        {"x The spare key lies under the and", 34, "messages[0].text fragment 2+28\n"},
        {"The spare key lies under thex and", 33, ""},
        {"> blue flower pot, please water the", 35, "messages[0].text fragment 2+33\n"},
        {"\000\012\000b\000l\000u\000e\000 \000f\000l\000o\000w\000e\000r\000 "
         "\000p\000o\000t\000,\000 \000p\000l\000e\000a\000s\000e\000 "
         "\000w\000a\000t\000e\000r\000 \000t\000h\000e",
         68, "messages[0].text fragment, utf-16be 2+66\n"},
        {"lies under the blue flower pot ok", 33, "messages[0].text fragment 0+30\n"},
        {"\310\162\236\005\132\227\363\040\166\272\074\007\325\335\344\262\034\104\107\227\101\142"
         "\166\275\014\062\263\337\367\262\034\004\177\323\101\357\065",
         37, "messages[0].text gsm-7 8+26\n"},
        {"The spare key lies under", 24, ""},
        {"\005\000Tt\0314\207\207\345e\320\272\234\007\261\323\3459\250\356&\227\345 "
         ":\272\014\022\263\353e\220\231\375\276\227\345 "
         "\370\233\316\002\301\331\345\360\274\014\272\207\351e9\210\216.\203\350\357v\230\376."
         "\317Aa7\031d.\227\311 \361\233\216\006\215\303\3649H\\6\277\345e\220Q\236&\207\363",
         93, "messages[0].text gsm-7 2+91\n"},
        {"SHpV4\022", 6, "messages[0].phone_number tbcd 0+6\n"},
    };
    RUN("messages: [{phone_number: \"+358 40 765 4321\", text: \"The spare key lies under the blue "
        "flower pot, please water the tomatoes and feed both cats before Friday\"}]",
        samples);
}

static void test_short_message(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"Lunch at noon by the river!", 27, ""},
        {"lunch at noon by the river\077", 27, "messages[0].text text 0+27\n"},
    };
    RUN("messages: [{phone_number: \"+358 40 765 4321\", text: \"Lunch at noon by the "
        "river\077\"}]",
        samples);
}

static void test_email(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"user=kirsikka.jokinen58&", 24, "email[0] local part 5+18\n"},
        {"kirsikka.jokinen58@example.net", 30, ""},
        {"kirsikka.jokinen58%40example.net", 32, ""},
        {"x.kirsikka.jokinen58 ", 21, ""},
        {"KIRSIKKA.JOKINEN58@EXAMPLE.ORG", 30, "email[0] text 0+30\n"},
        {"aino ", 5, ""},
        {"gro.elpmaxe@85nenikoj.akkisrik", 30, "email[0] text+reversed 0+30\n"},
        {"xvefvxxn.wbxvara58@rknzcyr.bet", 30, "email[0] text+rot13 0+30\n"},
    };
    RUN("identifiers: {email: kirsikka.jokinen58@example.org}\ncontacts: [{email: "
        "aino@example.org}]",
        samples);
}

/* Contacts beyond the first thousand get the usual forms, and few patterns. */
static void test_tiers(void **state)
{
    (void)state;
    enum { CONTACTS = TT_FORMS_NEAR_MAX + 1 };
    struct tt_buf yaml = tt_buf_make(1048576);
    assert_int_equal(tt_buf_append_str(&yaml, "contacts:\n"), TT_OK);
    for (unsigned i = 0; i < CONTACTS; i++)
        assert_int_equal(tt_buf_printf(&yaml,
                                       "  - {name: Aino Korpi%04u, phone_number: \"+35840%07u\", "
                                       "email: korpi%04u@example.org}\n",
                                       i, i * 7 + 1234567, i),
                         TT_OK);
    assert_int_equal(tt_buf_append_u8(&yaml, 0), TT_OK);
    struct finder finder = finder_of((const char *)yaml.data);
    static const struct sample samples[] = {
        {"Aino Korpi0999", 0, "contacts[999].name text 0+14\n"},
        {"9990iproK oniA", 0, "contacts[999].name text+reversed 0+14\n"},
        {"Aino Korpi1000", 0, "contacts[1000].name text 0+14\n"},
        {"Korpi1000, Aino", 0, "contacts[1000].name last name first 0+15\n"},
        {"+358401241567", 0, "contacts[1000].phone_number e164 0+13\n"},
        {"0401241567", 0, "contacts[1000].phone_number national 0+10\n"},
        {"korpi1000@example.org", 0, "contacts[1000].email text 0+21\n"},
        {"0001iproK oniA", 0, ""},
        {"0401/235260", 0, "contacts[99].phone_number grouped 0+11\n"},
        {"0401/235267", 0, ""},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(samples); i++)
        assert_string_equal(find_all_cuts(&finder, tt_span_str(samples[i].stream)),
                            samples[i].expected);
    finder_free(&finder);
    tt_buf_free(&yaml);
}

/* What each contact costs: without its digests, which are no patterns. */
static void test_patterns_of_a_contact(void **state)
{
    (void)state;
    struct tt_identifier contact[] = {
        {.kind = TT_KIND_CONTACT_NAME, .label = "contacts[1000].name", .value = "Aino Korpi"},
        {.kind = TT_KIND_CONTACT_NUMBER,
         .label = "contacts[1000].phone_number",
         .value = "+358 40 123 4567"},
        {.kind = TT_KIND_CONTACT_EMAIL,
         .label = "contacts[1000].email",
         .value = "aino.korpi@example.org"}};
    for (size_t i = 0; i < TT_ARRAY_LEN(contact); i++)
        contact[i].owner = TT_OWNER_CONTACT;
    struct tt_subject subject = {.identifiers = contact, .identifier_count = TT_ARRAY_LEN(contact)};
    struct tt_forms forms = {.err = TT_OK};
    assert_int_equal(tt_forms_make(&forms, &subject, TT_PATTERNS_MAX), TT_OK);
    assert_in_range(forms.pattern_count, 6, 10);
    tt_forms_free(&forms);
}

/* What goes on with a digit or a label is somebody else's, in letters of base64, too. */
static void test_beside(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"kite-17b042 ", 12, "hostname[0] text 0+11\n"},
        {"kite-17b0421", 12, ""},
        {"198.51.100.7.", 13, "home text 0+12\n"},
        {"198.51.100.7.1", 14, ""},
        {"PGFkYS5iZWxsQG1haWwuZXhhbXBsZT4gMTI=", 36, "email[0] text+base64 2+27\n"},
        {"emFkYS5iZWxsQG1haWwuZXhhbXBsZT4gMTI=", 36, ""},
        {"PGFkYS5iZWxsQG1haWwuZXhhbXBsZS5vcmc=", 36, ""},
    };
    RUN("identifiers: {hostname: kite-17b042, email: ada.bell@mail.example, "
        "custom: [{name: home, value: 198.51.100.7}]}",
        samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contact_name),
        cmocka_unit_test(test_own_name),
        cmocka_unit_test(test_name_of_three_words),
        cmocka_unit_test(test_japanese),
        cmocka_unit_test(test_cyrillic),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_short_message),
        cmocka_unit_test(test_email),
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_tiers),
        cmocka_unit_test(test_patterns_of_a_contact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
