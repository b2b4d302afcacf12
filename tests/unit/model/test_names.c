#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/span.h"
#include "model/finding.h"
#include "model/name.h"
#include "model/subject.h"

/* Reports, sheets and policies rely on these words: a change breaks them. */
static void kinds(void **state)
{
    (void)state;
    static const char *const names[] = {"imei",
                                        "imeisv",
                                        "imsi",
                                        "iccid",
                                        "phone_number",
                                        "carrier",
                                        "serial",
                                        "android_id",
                                        "advertising_id",
                                        "mac_address",
                                        "bluetooth_address",
                                        "ssid",
                                        "bssid",
                                        "hostname",
                                        "email",
                                        "username",
                                        "password",
                                        "account_id",
                                        "device_model",
                                        "name",
                                        "address",
                                        "location",
                                        "custom",
                                        "contact_name",
                                        "contact_number",
                                        "contact_email",
                                        "message_number",
                                        "message_text",
                                        "installed_app"};
    assert_int_equal(TT_ARRAY_LEN(names), TT_KIND_COUNT);
    for (int kind = 0; kind < TT_KIND_COUNT; kind++) {
        assert_string_equal(tt_kind_name((enum tt_kind)kind), names[kind]);
        assert_true(strlen(tt_kind_title((enum tt_kind)kind)) >= 3);
        for (int other = 0; other < kind; other++)
            assert_string_not_equal(tt_kind_title((enum tt_kind)kind),
                                    tt_kind_title((enum tt_kind)other));
    }
    assert_string_equal(tt_kind_title(TT_KIND_ICCID), "SIM card number");
    assert_string_equal(tt_kind_name(TT_KIND_COUNT), "unknown");
    assert_string_equal(tt_kind_title(TT_KIND_COUNT), "unknown");
    assert_string_equal(tt_kind_name((enum tt_kind)9999), "unknown");
}

static void owners(void **state)
{
    (void)state;
    assert_string_equal(tt_owner_name(TT_OWNER_DEVICE), "device");
    assert_string_equal(tt_owner_name(TT_OWNER_CONTACT), "contact");
    assert_string_equal(tt_owner_name(TT_OWNER_MESSAGE), "message");
    assert_string_equal(tt_owner_name((enum tt_owner)9), "unknown");
}

static void findings(void **state)
{
    (void)state;
    assert_string_equal(tt_certainty_name(TT_PROVEN), "proven");
    assert_string_equal(tt_certainty_name(TT_SUSPECTED), "suspected");
    assert_string_equal(tt_heading_name(TT_HEADING_SENT), "sent");
    assert_string_equal(tt_heading_name(TT_HEADING_RECEIVED), "received");
    assert_string_equal(tt_heading_name(TT_HEADING_BETWEEN), "between");
    assert_string_equal(tt_heading_name(TT_HEADING_UNKNOWN), "unknown");
    assert_string_equal(tt_scope_name(TT_ADDR_SCOPE_LINK), "link");
    assert_string_equal(tt_scope_name(TT_ADDR_SCOPE_PRIVATE), "private");
    assert_string_equal(tt_scope_name(TT_ADDR_SCOPE_INTERNET), "internet");
    assert_string_equal(tt_consent_name(TT_CONSENT_GIVEN), "given");
    assert_string_equal(tt_consent_name(TT_CONSENT_NOT_GIVEN), "not_given");
    assert_string_equal(tt_consent_name(TT_CONSENT_WITHDRAWN), "withdrawn");
    assert_string_equal(tt_consent_name(TT_CONSENT_NOT_REQUIRED), "not_required");
    assert_string_equal(tt_consent_name(TT_CONSENT_UNKNOWN), "unknown");
    assert_string_equal(tt_verdict_name(TT_VERDICT_ALLOWED), "allowed");
    assert_string_equal(tt_verdict_name(TT_VERDICT_UNDECIDED), "undecided");
    assert_string_equal(tt_verdict_name(TT_VERDICT_VIOLATION), "violation");
}

/* The worst verdict of several is the largest: judge and the exit status rely on the order. */
static void verdicts_in_order(void **state)
{
    (void)state;
    assert_true(TT_VERDICT_ALLOWED < TT_VERDICT_UNDECIDED);
    assert_true(TT_VERDICT_UNDECIDED < TT_VERDICT_VIOLATION);
}

static void name_sources(void **state)
{
    (void)state;
    assert_string_equal(tt_name_source_name(TT_NAME_HTTP), "http");
    assert_string_equal(tt_name_source_name(TT_NAME_SNI), "sni");
    assert_string_equal(tt_name_source_name(TT_NAME_CERTIFICATE), "certificate");
    assert_string_equal(tt_name_source_name(TT_NAME_DNS), "dns");
    assert_string_equal(tt_name_source_name(TT_NAME_CAPTURE), "capture");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),        cmocka_unit_test(owners),
        cmocka_unit_test(findings),     cmocka_unit_test(verdicts_in_order),
        cmocka_unit_test(name_sources),
    };
    return cmocka_run_group_tests_name("model/names", tests, NULL, NULL);
}
