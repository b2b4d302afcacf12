/* Subject sheets: what is read from good ones, and the exact words about bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/sheet.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct tt_sheet *parse(const char *yaml)
{
    struct tt_sheet *sheet = NULL;
    struct tt_error error = {.code = TT_OK};
    if (tt_sheet_parse(tt_span_str(yaml), "sheet.yaml", &sheet, &error) != TT_OK)
        fail_msg("%s", error.text);
    return sheet;
}

static void expect_error_of(struct tt_span yaml, const char *expected)
{
    struct tt_sheet *sheet = NULL;
    struct tt_error error = {.code = TT_OK};
    assert_int_not_equal(tt_sheet_parse(yaml, "sheet.yaml", &sheet, &error), TT_OK);
    assert_null(sheet);
    assert_string_equal(error.text, expected);
}

static void expect_error(const char *yaml, const char *expected)
{
    expect_error_of(tt_span_str(yaml), expected);
}

/* The sheet is read, with this one warning. */
static void expect_warning(const char *yaml, const char *expected)
{
    struct tt_sheet *sheet = parse(yaml);
    assert_non_null(tt_sheet_warning(sheet, 0));
    assert_string_equal(tt_sheet_warning(sheet, 0), expected);
    assert_null(tt_sheet_warning(sheet, 1));
    tt_sheet_free(sheet);
}

static void expect_identifier(const struct tt_subject *subject, size_t at, enum tt_kind kind,
                              const char *label, const char *value, const char *masked)
{
    assert_true(at < subject->identifier_count);
    const struct tt_identifier *identifier = &subject->identifiers[at];
    assert_string_equal(tt_kind_name(identifier->kind), tt_kind_name(kind));
    assert_string_equal(identifier->label, label);
    assert_string_equal(identifier->value, value);
    assert_string_equal(identifier->masked, masked);
}

#define DOTS "\u2022\u2022\u2022"

static void test_everything(void **state)
{
    (void)state;
    struct tt_sheet *sheet = parse("device:\n"
                                   "  name: Redmi 1S\n"
                                   "  firmware: MIUI 4.4.2 KHCMIBF19.0\n"
                                   "  addresses: [192.0.2.23, \"64:09:80:01:02:03\"]\n"
                                   "identifiers:\n"
                                   "  imei: [358240051111110]\n"
                                   "  imsi: \"404450123456789\"\n"
                                   "  phone_number: \"+91 98123 45678\"\n"
                                   "  mac_address: 64:09:80:01:02:03\n"
                                   "  email: asha.rao@mail.example\n"
                                   "  password: yes\n"
                                   "  device_model: Redmi 1S\n"
                                   "  location: [{latitude: 28.6139, longitude: 77.2090}]\n"
                                   "  custom: [{name: employee number, value: A-10442}]\n"
                                   "contacts:\n"
                                   "  - {name: Asha Rao, phone_number: \"+358 40 123 4567\"}\n"
                                   "  - phone_number: [\"+358 40 1\", \"+358 40 2\"]\n"
                                   "    email: a@b.example\n"
                                   "messages:\n"
                                   "  - {phone_number: \"+358 40 765 4321\", text: \"Lunch?\"}\n"
                                   "installed_apps: [com.example.game, com.example.map]\n");
    const struct tt_subject *subject = tt_sheet_subject(sheet);
    assert_null(tt_sheet_warning(sheet, 0));
    assert_string_equal(subject->device_name, "Redmi 1S");
    assert_string_equal(subject->device_firmware, "MIUI 4.4.2 KHCMIBF19.0");
    assert_int_equal(subject->address_count, 2);
    assert_int_equal(subject->addresses[0].family, TT_ADDR_IPV4);
    assert_int_equal(subject->addresses[1].family, TT_ADDR_MAC);
    assert_int_equal(strlen(subject->digest), 64);
    static const struct {
        enum tt_kind kind;
        const char *label;
        const char *value;
        const char *masked;
    } expected[] = {
        {TT_KIND_IMEI, "imei[0]", "358240051111110", "35824005" DOTS DOTS "\u2022"},
        {TT_KIND_IMSI, "imsi[0]", "404450123456789", "40445" DOTS DOTS DOTS "\u2022"},
        {TT_KIND_PHONE_NUMBER, "phone_number[0]", "+91 98123 45678", "+91 " DOTS},
        {TT_KIND_MAC_ADDRESS, "mac_address[0]", "64:09:80:01:02:03",
         "64:09:80:\u2022\u2022:\u2022\u2022:\u2022\u2022"},
        {TT_KIND_EMAIL, "email[0]", "asha.rao@mail.example", DOTS "@" DOTS ".example"},
        {TT_KIND_PASSWORD, "password[0]", "yes", DOTS},
        {TT_KIND_DEVICE_MODEL, "device_model[0]", "Redmi 1S", "Redmi 1S"},
        {TT_KIND_LOCATION, "location[0]", "28.6139,77.2090", DOTS},
        {TT_KIND_CUSTOM, "employee number", "A-10442", DOTS},
        {TT_KIND_CONTACT_NAME, "contacts[0].name", "Asha Rao", DOTS},
        {TT_KIND_CONTACT_NUMBER, "contacts[0].phone_number", "+358 40 123 4567", "+358 " DOTS},
        {TT_KIND_CONTACT_NUMBER, "contacts[1].phone_number[0]", "+358 40 1", DOTS},
        {TT_KIND_CONTACT_NUMBER, "contacts[1].phone_number[1]", "+358 40 2", DOTS},
        {TT_KIND_CONTACT_EMAIL, "contacts[1].email", "a@b.example", DOTS "@" DOTS ".example"},
        {TT_KIND_MESSAGE_NUMBER, "messages[0].phone_number", "+358 40 765 4321", "+358 " DOTS},
        {TT_KIND_MESSAGE_TEXT, "messages[0].text", "Lunch?", DOTS},
        {TT_KIND_INSTALLED_APP, "installed_apps[0]", "com.example.game", DOTS},
        {TT_KIND_INSTALLED_APP, "installed_apps[1]", "com.example.map", DOTS},
    };
    assert_int_equal(subject->identifier_count, TT_ARRAY_LEN(expected));
    for (size_t i = 0; i < TT_ARRAY_LEN(expected); i++)
        expect_identifier(subject, i, expected[i].kind, expected[i].label, expected[i].value,
                          expected[i].masked);
    assert_int_equal(subject->identifiers[0].line, 6);
    assert_int_equal(subject->identifiers[0].owner, TT_OWNER_DEVICE);
    assert_int_equal(subject->identifiers[9].owner, TT_OWNER_CONTACT);
    assert_int_equal(subject->identifiers[15].owner, TT_OWNER_MESSAGE);
    tt_sheet_free(sheet);
    tt_sheet_free(NULL);
}

static void test_every_kind_can_stand_alone(void **state)
{
    (void)state;
    for (enum tt_kind kind = 0; kind < TT_KIND_LOCATION; kind++) {
        char yaml[128];
        (void)snprintf(yaml, sizeof(yaml), "identifiers: {%s: some value}", tt_kind_name(kind));
        struct tt_sheet *sheet = parse(yaml);
        assert_int_equal(tt_sheet_subject(sheet)->identifier_count, 1);
        assert_int_equal(tt_sheet_subject(sheet)->identifiers[0].kind, kind);
        tt_sheet_free(sheet);
    }
}

/* ---- errors ---- */

static void test_unknown_keys(void **state)
{
    (void)state;
    expect_error("identifiers:\n  imie: \"358240051111110\"\n",
                 "sheet.yaml:2:3: unknown key \"imie\"; did you mean \"imei\"?\n"
                 "    imie: " DOTS "\n"
                 "    ^");
    expect_error("device: {name: x}\nidentifier: {}\n",
                 "sheet.yaml:2:1: unknown key \"identifier\"; did you mean \"identifiers\"?\n"
                 "  identifier: {}\n"
                 "  ^");
    expect_error("contacts:\n- {name: Asha Rao, number: \"+91 98123 45678\"}\n",
                 "sheet.yaml:2:20: unknown key \"number\"; did you mean \"phone_number\"?\n"
                 "  - {name: " DOTS ", number: " DOTS "}\n"
                 "                ^");
    expect_error("identifiers: {xyzzyplugh: 1}\n", "sheet.yaml:1:15: unknown key \"xyzzyplugh\"\n"
                                                   "  identifiers: {xyzzyplugh: " DOTS "}\n"
                                                   "                ^");
    /* A value in the place of a key is not repeated. */
    expect_error("identifiers: {358240051111110: imei}\n",
                 "sheet.yaml:1:15: this key is not known here\n"
                 "  identifiers: {" DOTS ": " DOTS "}\n"
                 "                ^");
}

static void test_wrong_types(void **state)
{
    (void)state;
    expect_error("identifiers:\n  imei: {a: 1}\n", "sheet.yaml:2:9: expected a single value\n"
                                                   "    imei: {a: " DOTS "}\n"
                                                   "          ^");
    expect_error("contacts: Asha\n",
                 "sheet.yaml:1:11: expected a list (\"- value\" lines, or [value, value])\n"
                 "  contacts: " DOTS "\n"
                 "            ^");
    expect_error("- imei\n", "sheet.yaml:1:1: expected a map (\"key: value\" lines)\n"
                             "  - " DOTS "\n"
                             "  ^");
}

static void test_empty_values(void **state)
{
    (void)state;
    expect_error("identifiers:\n  imei:\n",
                 "sheet.yaml:2:3: expected a single value, found nothing\n"
                 "    imei:\n"
                 "    ^");
    expect_error("identifiers:\n  imei: \" \"\n", "sheet.yaml:2:9: the value is empty\n"
                                                  "    imei: " DOTS "\n"
                                                  "          ^");
    expect_error("", "sheet.yaml: the file is empty");
    expect_error("# nothing but a remark\n", "sheet.yaml: the file is empty");
    expect_error("contacts: [{}]\n", "sheet.yaml:1:12: this contact is empty\n"
                                     "  contacts: [{}]\n"
                                     "             ^");
}

static void test_locations(void **state)
{
    (void)state;
    expect_error("identifiers:\n  location: [{latitude: 91, longitude: 5}]\n",
                 "sheet.yaml:2:25: expected decimal degrees between -90 and 90, such as 28.6139\n"
                 "    location: [{latitude: " DOTS ", longitude: " DOTS "}]\n"
                 "                          ^");
    expect_error("identifiers:\n  location: [{latitude: 1.5, longitude: 180.1}]\n",
                 "sheet.yaml:2:41: expected decimal degrees between -180 and 180, such as 28.6139\n"
                 "    location: [{latitude: " DOTS ", longitude: " DOTS "}]\n"
                 "                                          ^");
    expect_error("identifiers:\n  location: [{latitude: 1.5}]\n",
                 "sheet.yaml:2:14: a location needs latitude and longitude; there is no "
                 "\"longitude\"\n"
                 "    location: [{latitude: " DOTS "}]\n"
                 "               ^");
    struct tt_sheet *sheet = parse("identifiers: {location: {latitude: -90, longitude: +180.0}}");
    assert_string_equal(tt_sheet_subject(sheet)->identifiers[0].value, "-90,180.0");
    tt_sheet_free(sheet);
}

static void test_broken_yaml(void **state)
{
    (void)state;
    expect_error("identifiers:\n  imei: \"3582400\n  imsi: 1\n",
                 "sheet.yaml:2:9: not valid YAML: while scanning a quoted scalar: found unexpected "
                 "end of stream\n"
                 "    imei: " DOTS "\n"
                 "          ^");
    expect_error("identifiers:\n  imei: 1\n  imei: 2\n",
                 "sheet.yaml:3:3: the key \"imei\" stands twice (first in line 2)\n"
                 "    imei: " DOTS "\n"
                 "    ^");
    expect_error("identifiers:\n  name: secret: thing\n",
                 "sheet.yaml:2:15: not valid YAML: mapping values are not allowed in this context\n"
                 "    name: " DOTS ": " DOTS "\n"
                 "             ^");
    expect_error("a: &x 1\nb: *x\n", "sheet.yaml:2:4: aliases (*) are not used here: write the "
                                     "value out\n"
                                     "  b: " DOTS "\n"
                                     "     ^");
    expect_error_of(tt_span_of("identifiers:\n  name: J\xf6rg\n", 24),
                    "sheet.yaml:2:10: not UTF-8: save the file with that encoding\n"
                    "    " DOTS "\n"
                    "    ^");
    expect_error_of(tt_span_of("identifiers: {name: \"a\\0b\"}", 27),
                    "sheet.yaml:1:21: a NUL character is not allowed\n"
                    "  identifiers: {name: " DOTS "}\n"
                    "                      ^");
}

static void test_addresses(void **state)
{
    (void)state;
    expect_error("device: {addresses: [phone]}\n",
                 "sheet.yaml:1:22: expected an IPv4, IPv6 or hardware address (in quotes)\n"
                 "  device: {addresses: [" DOTS "]}\n"
                 "                       ^");
}

/* ---- warnings ---- */

static void test_warnings(void **state)
{
    (void)state;
    expect_warning("identifiers: {imei: 358240051111111}",
                   "sheet.yaml:1:21: the check digit of this IMEI does not fit: look for a typing "
                   "error");
    expect_warning("identifiers: {imei: 35824005}", "sheet.yaml:1:21: an IMEI has 15 digits");
    expect_warning("identifiers: {imsi: 40445012345}",
                   "sheet.yaml:1:21: an IMSI has 15 digits (14 in a few networks)");
    expect_warning("identifiers: {iccid: 89910000}",
                   "sheet.yaml:1:22: a SIM card number has 19 or 20 digits");
    expect_warning("identifiers: {phone_number: 98123 45678}",
                   "sheet.yaml:1:29: a telephone number without country (+ or 00 in front): other "
                   "ways of writing it are not searched for");
    expect_warning("identifiers: {mac_address: kitchen}",
                   "sheet.yaml:1:28: a hardware address has 12 hexadecimal digits; this is "
                   "searched for as text");
    expect_warning("identifiers: {email: nobody}", "sheet.yaml:1:22: an e-mail address has an @");
    expect_warning("contacts:\n- {name: Asha, phone_number: \"+91 98123 45678\"}\n"
                   "- {name: Mika, phone_number: \"+91 98123 45678\"}\n"
                   "- {name: Asha, phone_number: \"+919812345678\"}\n",
                   "sheet.yaml:4:3: this contact stands in the sheet already; it is kept once");
    expect_warning("device: {name: x}", "sheet.yaml:1: the sheet holds no value to search for");
}

/* ---- files ---- */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void test_files(void **state)
{
    (void)state;
    char folder[] = "/tmp/tt-sheet-XXXXXX";
    char sheet_path[128];
    char card_path[128];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(sheet_path, sizeof(sheet_path), "%s/subject.yaml", folder);
    (void)snprintf(card_path, sizeof(card_path), "%s/contacts.vcf", folder);
    write_file(sheet_path, "contacts:\n- {name: Asha Rao}\ncontacts_file: contacts.vcf\n");

    struct tt_sheet *sheet = NULL;
    struct tt_error error = {.code = TT_OK};
    assert_int_equal(tt_sheet_load(sheet_path, &sheet, &error), TT_ERR_IO);
    assert_non_null(strstr(error.text, "subject.yaml:3:16: the contacts file: cannot read "));
    assert_non_null(strstr(error.text, "No such file"));

    write_file(card_path, "BEGIN:VCARD\nFN:Mika Virtanen\nTEL:040 123\nEND:VCARD\n"
                          "BEGIN:VCARD\nFN:Asha Rao\nEND:VCARD\n");
    error = (struct tt_error){.code = TT_OK};
    assert_int_equal(tt_sheet_load(sheet_path, &sheet, &error), TT_OK);
    const struct tt_subject *subject = tt_sheet_subject(sheet);
    assert_int_equal(subject->identifier_count, 3);
    expect_identifier(subject, 1, TT_KIND_CONTACT_NAME, "contacts_file[0].name", "Mika Virtanen",
                      DOTS);
    expect_identifier(subject, 2, TT_KIND_CONTACT_NUMBER, "contacts_file[0].phone_number",
                      "040 123", DOTS);
    assert_string_equal(tt_sheet_warning(sheet, 0),
                        "contacts.vcf:1: a telephone number without country (+ or 00 in front): "
                        "other ways of writing it are not searched for");
    assert_string_equal(tt_sheet_warning(sheet, 1),
                        "contacts.vcf:5: this contact was there already; it is kept once");
    char digest[65];
    memcpy(digest, subject->digest, sizeof(digest));
    tt_sheet_free(sheet);

    /* The digest covers both files. */
    write_file(card_path, "BEGIN:VCARD\nFN:Mika Virtanen\nEND:VCARD\n");
    assert_int_equal(tt_sheet_load(sheet_path, &sheet, &error), TT_OK);
    assert_string_not_equal(tt_sheet_subject(sheet)->digest, digest);
    tt_sheet_free(sheet);

    write_file(card_path, "no vCard\n");
    assert_int_equal(tt_sheet_load(sheet_path, &sheet, &error), TT_ERR_FORMAT);
    assert_int_equal(unlink(card_path), 0);
    assert_int_equal(unlink(sheet_path), 0);

    error = (struct tt_error){.code = TT_OK};
    assert_int_equal(tt_sheet_load(sheet_path, &sheet, &error), TT_ERR_IO);
    assert_non_null(strstr(error.text, "subject.yaml: No such file"));
    error = (struct tt_error){.code = TT_OK};
    assert_int_equal(tt_sheet_load(folder, &sheet, &error), TT_ERR_IO);
    assert_int_equal(rmdir(folder), 0);

    /* From memory no file is opened. */
    expect_error("contacts_file: /etc/passwd\n",
                 "sheet.yaml:1:16: a sheet that is not a file cannot name a contacts file\n"
                 "  contacts_file: " DOTS "\n"
                 "                 ^");
}

/* A known digest: sha256sum of the text. */
static void test_digest(void **state)
{
    (void)state;
    struct tt_sheet *sheet = parse("device: {name: x}");
    assert_string_equal(tt_sheet_subject(sheet)->digest,
                        "2fa8b3affd41b3a95ffa92b5b49a6c0c7c4e60caad0ce8985e03867603bf2eda");
    tt_sheet_free(sheet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),   cmocka_unit_test(test_every_kind_can_stand_alone),
        cmocka_unit_test(test_unknown_keys), cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_empty_values), cmocka_unit_test(test_locations),
        cmocka_unit_test(test_broken_yaml),  cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_warnings),     cmocka_unit_test(test_files),
        cmocka_unit_test(test_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
