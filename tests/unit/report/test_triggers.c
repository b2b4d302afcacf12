/* What events triggered, as the reports tell it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/fake.h"
#include "report/formats.h"

#include <jansson.h>

static struct tt_trigger own_number(void)
{
    return (struct tt_trigger){.what = "contact added",
                               .outcome = TT_TRIGGER_TRIGGERED,
                               .kind = "contact_number",
                               .owner = "contact",
                               .label = "contacts[*].phone_number",
                               .identifier = UINT32_MAX,
                               .own = true,
                               .host = "api.example",
                               .address = fake_addr("198.51.100.7"),
                               .window = UINT64_C(5000000000),
                               .told = 6,
                               .repetitions = 5,
                               .followed = 5,
                               .controls = 118,
                               .delay = 800000000,
                               .chance = 0.0021};
}

static struct tt_trigger silence(const char *what, enum tt_trigger_outcome outcome)
{
    return (struct tt_trigger){.what = what,
                               .outcome = outcome,
                               .identifier = UINT32_MAX,
                               .window = UINT64_C(5000000000),
                               .uncertainty = UINT64_C(2500000000),
                               .told = 1,
                               .repetitions = 1,
                               .chance = 1};
}

static const char *render(const struct tt_trigger *triggers, size_t count, bool as_json,
                          const struct tt_subject *reveal, struct kept *kept)
{
    const struct tt_finding finding = fake_finding();
    const struct tt_coverage_row coverage = fake_coverage_row();
    const struct tt_device_view device = {.addr = fake_addr("192.168.1.23"), .from_sheet = true};
    struct fake fake = fake_case(&finding, &coverage, &device);
    fake.triggers = triggers;
    fake.trigger_count = count;
    const struct tt_case_view view = fake_view(&fake);
    const struct tt_report_options options = {.reveal = reveal};
    const struct tt_report_sink sink = kept_sink(kept);
    enum tt_err err =
        as_json ? tt_report_json(&view, &options, &sink) : tt_report_text(&view, &options, &sink);
    assert_int_equal(err, TT_OK);
    return kept_text(kept);
}

/* The text with every run of spaces and line ends as one space. */
static const char *flat(const char *text)
{
    static char room[65536];
    size_t len = 0;
    for (; *text != '\0' && len < sizeof(room) - 1; text++) {
        bool is_space = *text == ' ' || *text == '\n';
        if (!is_space || (len > 0 && room[len - 1] != ' '))
            room[len++] = is_space ? ' ' : *text;
    }
    room[len] = '\0';
    return room;
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("missing: %s\nin:\n%s", part, text);
}

static void test_text(void **state)
{
    (void)state;
    struct kept kept = kept_make();
    struct tt_trigger rows[] = {own_number(), own_number(), own_number(), own_number()};
    rows[1].kind = NULL;
    rows[1].own = false;
    rows[1].host = NULL;
    rows[1].bytes = 3400;
    rows[1].unread = 3000;
    rows[2].own = false;
    rows[2].kind = "imei";
    rows[2].label = "imei[0]";
    rows[2].outcome = TT_TRIGGER_UNCLEAR;
    rows[2].chance = 0.03;
    rows[2].controls = 0;
    rows[2].delay = UINT64_C(1234000000);
    rows[3] = rows[2];
    rows[3].chance = 0.2;
    const char *text = flat(render(rows, 4, false, NULL, &kept));
    has(text,
        "WHAT EVENTS TRIGGERED contact added: 5 times within the captures, of 6; window 5 s ");
    has(text, "- that contact's number to api.example 0.8 s later, 5 of 5, controls 0 of 118, "
              "p = 0.0021: triggered");
    has(text, "- 3.4 kB, 3.0 kB of it not read, to 198.51.100.7 0.8 s later, 5 of 5");
    has(text, "- IMEI (imei[0]) to api.example 1.23 s later, 5 of 5, p = 0.03: may be by chance");
    has(text, "1 more within the windows, as may come at any time");
    tt_buf_free(&kept.buf);
}

static void test_text_without_a_claim(void **state)
{
    (void)state;
    struct kept kept = kept_make();
    struct tt_trigger rows[] = {silence("screen on", TT_TRIGGER_CLOCK),
                                silence("call made", TT_TRIGGER_NOT_CAPTURED),
                                silence("reboot", TT_TRIGGER_NOTHING), own_number()};
    rows[3].outcome = TT_TRIGGER_UNCLEAR;
    rows[3].followed = 2;
    const char *text = flat(render(rows, 4, false, NULL, &kept));
    has(text, "screen on: 1 time; window 5 s, and 2.5 s on either side for the clock - clock too "
              "uncertain for this window: nothing is claimed");
    has(text, "- none of them lies within the captures: nothing is claimed");
    has(text, "- nothing was seen to leave within the window");
    has(text,
        "p = 0.0021 (0.0042 for all 2 kinds of events): may be by chance, since it came fewer "
        "than 3 times");
    tt_buf_free(&kept.buf);
}

static void test_nothing_without_events(void **state)
{
    (void)state;
    struct kept kept = kept_make();
    assert_null(strstr(render(NULL, 0, false, NULL, &kept), "EVENTS"));
    tt_buf_free(&kept.buf);
    kept = kept_make();
    assert_null(strstr(render(NULL, 0, true, NULL, &kept), "{\"events\""));
    tt_buf_free(&kept.buf);
}

/* The line before the ledger. */
static void test_json(void **state)
{
    (void)state;
    struct kept kept = kept_make();
    struct tt_trigger rows[] = {own_number(), own_number(), silence("reboot", TT_TRIGGER_NOTHING)};
    rows[1].own = false;
    rows[1].kind = "imei";
    rows[1].owner = "device";
    rows[1].label = "imei[0]";
    rows[1].masked = "3582";
    rows[1].identifier = 0;
    has(render(rows, 3, true, NULL, &kept),
        "\n{\"events\":[{\"what\":\"contact added\",\"outcome\":\"triggered\",\"identifier\":{"
        "\"kind\":\"contact_number\",\"owner\":\"contact\",\"label\":\"contacts[*].phone_number\","
        "\"value\":null,\"own\":true},\"destination\":{\"host\":\"api.example\",\"address\":"
        "\"198.51.100.7\"},\"window_ms\":5000,\"uncertainty_ms\":0,\"told\":6,\"repetitions\":5,"
        "\"followed\":5,\"controls\":118,\"controls_followed\":0,\"delay_ms\":800,\"bytes\":0,"
        "\"unread_bytes\":0,\"chance\":0.0021,\"kinds_judged\":2,\"chance_all\":0.0042},");
    const char *text = kept_text(&kept);
    has(text, "\"value\":\"3582\",\"own\":false}");
    has(text,
        "{\"what\":\"reboot\",\"outcome\":\"nothing\",\"identifier\":null,\"destination\":"
        "null,\"window_ms\":5000,\"uncertainty_ms\":2500,\"told\":1,\"repetitions\":1,"
        "\"followed\":0,\"controls\":0,\"controls_followed\":0,\"delay_ms\":null,\"bytes\":0,"
        "\"unread_bytes\":0,\"chance\":1,\"kinds_judged\":2,\"chance_all\":1}]}\n{\"coverage\":");
    json_error_t error;
    const char *line = strstr(text, "{\"events\"");
    json_t *read = json_loadb(line, strcspn(line, "\n"), 0, &error);
    assert_non_null(read);
    json_decref(read);
    tt_buf_free(&kept.buf);
    kept = kept_make();
    has(render(rows, 3, true, &fake_subject, &kept),
        "\"value\":\"358240051111110\",\"own\":false}");
    tt_buf_free(&kept.buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_without_a_claim),
        cmocka_unit_test(test_nothing_without_events),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
