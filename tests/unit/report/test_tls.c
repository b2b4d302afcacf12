/* What TLS says of destinations, in the text report, the ledger and the listing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/fake.h"
#include "report/formats.h"

#include <stdio.h>

static const struct tt_tls_facts facts = {
    .server_name = "api.example",
    .version = "tls1.3",
    .cipher = "TLS_AES_128_GCM_SHA256",
    .ja4 = "t13d0412h2_16476d049b0b_85302d7e289e",
    .alpn_offered = "h2\nhttp/1.1",
    .alpn = "h2",
    .has_certificate = true,
    .certificate = {.subject = "CN=api.example,O=Example\\, Inc.,C=SG",
                    .issuer = "CN=Example CA",
                    .organisation = "Example, Inc.",
                    .country = "SG",
                    .names = "api.example\n*.cdn.example",
                    .names_left_out = 3,
                    .not_before = 1767225600,
                    .not_after = 253402300799}};

static const char certificate_json[] =
    "\"certificate\":{\"subject\":\"CN=api.example,O=Example\\\\, Inc.,C=SG\",\"organisation\":"
    "\"Example, Inc.\",\"country\":\"SG\",\"state\":null,\"locality\":null,\"issuer\":"
    "\"CN=Example CA\",\"names\":[\"api.example\",\"*.cdn.example\"],\"names_left_out\":3,"
    "\"not_before\":\"2026-01-01T00:00:00Z\",\"not_after\":\"9999-12-31T23:59:59Z\"}";

static struct tt_tls_row row_of(const char *host)
{
    struct tt_tls_row row = {.protocol = "tls",
                             .facts = facts,
                             .host = host,
                             .port = 443,
                             .heading = TT_HEADING_SENT,
                             .scope = TT_ADDR_SCOPE_INTERNET,
                             .connections = 2,
                             .capture = "a.pcap",
                             .flow = 3,
                             .frame = 4};
    assert_true(tt_addr_parse("198.51.100.7", &row.address));
    return row;
}

static void expect(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("missing: %s\nin:\n%s", part, text);
}

static void render(struct fake *fake, bool json, struct kept *kept)
{
    const struct tt_report_options options = {.width = 200};
    const struct tt_case_view view = fake_view(fake);
    const struct tt_report_sink sink = kept_sink(kept);
    fake->info = (struct tt_case_info){
        .tool_version = "0", .subject_digest = "0", .policy_name = "default", .geo_sources = ""};
    enum tt_err err =
        json ? tt_report_json(&view, &options, &sink) : tt_report_text(&view, &options, &sink);
    assert_int_equal(err, TT_OK);
}

static void the_ledger_has_every_field(void **state)
{
    (void)state;
    struct kept kept = kept_make();
    char wanted[2048];
    struct tt_tls_row rows[2] = {row_of("api.example"), {.protocol = "quic", .capture = "b.pcap"}};
    struct fake fake = {.tls = rows, .tls_count = 2};
    render(&fake, true, &kept);
    (void)snprintf(
        wanted, sizeof(wanted),
        "\"tls\":[{\"host\":\"api.example\",\"address\":\"198.51.100.7\",\"port\":443,"
        "\"protocol\":\"tls\",\"scope\":\"internet\",\"direction\":\"sent\","
        "\"connections\":2,\"server_name\":\"api.example\",\"version\":\"tls1.3\","
        "\"cipher\":\"TLS_AES_128_GCM_SHA256\",\"ja4\":\"t13d0412h2_16476d049b0b_85302d7e289e\","
        "\"alpn_offered\":[\"h2\",\"http/1.1\"],\"alpn\":\"h2\",\"encrypted_client_hello\":false,"
        "%s,\"capture\":\"a.pcap\",\"flow\":3,\"frame\":4},{\"host\":null,\"address\":null,"
        "\"port\":null,\"protocol\":\"quic\",\"scope\":\"link\",\"direction\":\"sent\","
        "\"connections\":0,\"server_name\":null,\"version\":null,\"cipher\":null,\"ja4\":null,"
        "\"alpn_offered\":null,\"alpn\":null,\"encrypted_client_hello\":false,"
        "\"certificate\":null,\"capture\":\"b.pcap\",\"flow\":0,\"frame\":0}]",
        certificate_json);
    expect(kept_text(&kept), wanted);
    tt_buf_clear(&kept.buf);
    fake.tls_count = 0;
    render(&fake, true, &kept);
    assert_null(strstr(kept_text(&kept), "\"tls\""));
    tt_buf_free(&kept.buf);
}

/* One line for each certificate of a name; none for those of others, or without. */
static void the_text_report_is_short(void **state)
{
    (void)state;
    enum { MANY = 25 };
    struct kept kept = kept_make();
    struct tt_tls_row rows[MANY + 3];
    char names[MANY][32];
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "host-%c.example", (char)('a' + i));
        rows[i + 3] = row_of(names[i]);
    }
    rows[0] = row_of("api.example");
    rows[1] = row_of("api.example");
    rows[1].facts.ja4 = "t12i";
    rows[2] = row_of("api.example");
    rows[2].facts.certificate.organisation = NULL;
    rows[2].facts.certificate.country = NULL;
    rows[2].facts.certificate.subject = "CN=other.example";
    rows[3].heading = TT_HEADING_BETWEEN;
    rows[4].facts.has_certificate = false;
    struct fake fake = {.tls = rows, .tls_count = 3};
    render(&fake, false, &kept);
    expect(kept_text(&kept),
           "WHOM THE CERTIFICATES NAME\n"
           "  api.example: O=Example, Inc., C=SG, valid 2026-01-01 to 9999-12-31, issuer "
           "CN=Example CA\n"
           "  api.example: CN=other.example, valid 2026-01-01 to 9999-12-31, issuer CN=Example "
           "CA\n\n");
    tt_buf_clear(&kept.buf);
    fake.tls_count = MANY + 3;
    render(&fake, false, &kept);
    expect(kept_text(&kept), "  5 more: the JSON output lists them all.\n");
    assert_null(strstr(kept_text(&kept), "host-a.example"));
    assert_null(strstr(kept_text(&kept), "host-b.example"));
    expect(kept_text(&kept), "host-c.example: O=");
    tt_buf_free(&kept.buf);
}

static void messages_say_what_they_hold(void **state)
{
    (void)state;
    static const struct tt_tls_facts hello = {.version = "tls1.3", .ja4 = "t13i"};
    static const struct tt_tls_facts answer = {.version = "tls1.2", .cipher = "X", .alpn = "h2"};
    const struct tt_case_message messages[] = {
        {.protocol = "tls", .kind = "client_hello", .encryption = "none", .tls = &hello},
        {.protocol = "tls", .kind = "server_hello", .encryption = "none", .tls = &answer},
        {.protocol = "tls", .kind = "certificate", .encryption = "none", .tls = &facts}};
    struct fake fake = {.messages = messages, .message_count = TT_ARRAY_LEN(messages)};
    struct kept kept = kept_make();
    const struct tt_case_view view = fake_view(&fake);
    const struct tt_report_sink sink = kept_sink(&kept);
    assert_int_equal(tt_report_messages(&view, true, false, &sink), TT_OK);
    expect(kept_text(&kept), "\"kind\":\"client_hello\",\"tls\":{\"version\":\"tls1.3\",\"ja4\":"
                             "\"t13i\",\"alpn_offered\":null,\"encrypted_client_hello\":false},");
    expect(kept_text(&kept), "\"kind\":\"server_hello\",\"tls\":{\"version\":\"tls1.2\",\"cipher\":"
                             "\"X\",\"alpn\":\"h2\"},");
    expect(kept_text(&kept), certificate_json);
    tt_buf_clear(&kept.buf);
    assert_int_equal(tt_report_messages(&view, false, false, &sink), TT_OK);
    expect(kept_text(&kept), "CN=api.example,O=");
    tt_buf_free(&kept.buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ledger_has_every_field),
        cmocka_unit_test(the_text_report_is_short),
        cmocka_unit_test(messages_say_what_they_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
