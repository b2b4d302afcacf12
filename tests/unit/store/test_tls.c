/* What TLS says of destinations: rows in are rows out, in their order, and those of messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"

static const struct tt_tls_facts facts = {
    .server_name = "api.example",
    .version = "tls1.3",
    .cipher = "TLS_AES_128_GCM_SHA256",
    .ja4 = "t13d0412h2_16476d049b0b_85302d7e289e",
    .alpn_offered = "h2\nhttp/1.1",
    .alpn = "h2",
    .encrypted_client_hello = true,
    .has_certificate = true,
    .certificate = {.subject = "CN=api.example,O=Example,C=SG",
                    .issuer = "CN=Example CA",
                    .organisation = "Example",
                    .country = "SG",
                    .state = "Central Region",
                    .locality = "Singapore",
                    .names = "api.example\n*.cdn.example",
                    .names_left_out = 3,
                    .not_before = -86400,
                    .not_after = 253402300799}};

static void check_facts(const struct tt_tls_facts *got)
{
    assert_string_equal(got->version, facts.version);
    assert_string_equal(got->cipher, facts.cipher);
    assert_string_equal(got->ja4, facts.ja4);
    assert_string_equal(got->alpn_offered, facts.alpn_offered);
    assert_string_equal(got->alpn, facts.alpn);
    assert_true(got->encrypted_client_hello && got->has_certificate);
    assert_string_equal(got->certificate.subject, facts.certificate.subject);
    assert_string_equal(got->certificate.issuer, facts.certificate.issuer);
    assert_string_equal(got->certificate.organisation, facts.certificate.organisation);
    assert_string_equal(got->certificate.country, facts.certificate.country);
    assert_string_equal(got->certificate.state, facts.certificate.state);
    assert_string_equal(got->certificate.locality, facts.certificate.locality);
    assert_string_equal(got->certificate.names, facts.certificate.names);
    assert_int_equal(got->certificate.names_left_out, 3);
    assert_true(got->certificate.not_before == -86400);
    assert_true(got->certificate.not_after == 253402300799);
}

static enum tt_err check_row(void *context, const struct tt_tls_row *row)
{
    size_t *at = context;
    if ((*at)++ == 0) {
        check_facts(&row->facts);
        assert_string_equal(row->facts.server_name, facts.server_name);
        assert_string_equal(row->protocol, "quic");
        assert_string_equal(row->host, "api.example");
        assert_true(tt_addr_eq(row->address, sample_addr("2001:db8::7")));
        assert_int_equal(row->port, 443);
        assert_int_equal(row->heading, TT_HEADING_BETWEEN);
        assert_int_equal(row->scope, TT_ADDR_SCOPE_PRIVATE);
        assert_int_equal(row->connections, 5);
        assert_string_equal(row->capture, "a.pcap");
        assert_int_equal(row->flow, 17);
        assert_int_equal(row->frame, 99);
        return TT_OK;
    }
    assert_null(row->host);
    assert_null(row->facts.server_name);
    assert_null(row->facts.version);
    assert_null(row->facts.alpn_offered);
    assert_false(row->facts.encrypted_client_hello || row->facts.has_certificate);
    assert_null(row->facts.certificate.organisation);
    return TT_OK;
}

static void rows_come_back(void **state)
{
    (void)state;
    struct tt_error error = {0};
    struct tt_case *c = NULL;
    size_t count = 0;
    const struct tt_tls_row full = {.protocol = "quic",
                                    .facts = facts,
                                    .host = "api.example",
                                    .address = sample_addr("2001:db8::7"),
                                    .port = 443,
                                    .heading = TT_HEADING_BETWEEN,
                                    .scope = TT_ADDR_SCOPE_PRIVATE,
                                    .connections = 5,
                                    .capture = "a.pcap",
                                    .flow = 17,
                                    .frame = 99};
    const struct tt_tls_row bare = {.protocol = "tls", .capture = ""};
    assert_int_equal(tt_case_create(NULL, &c, &error), TT_OK);
    assert_int_equal(tt_case_put_tls(c, &full, &error), TT_OK);
    assert_int_equal(tt_case_put_tls(c, &bare, &error), TT_OK);
    const struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.tls(view.store, check_row, &count), TT_OK);
    assert_int_equal(count, 2);
    tt_case_free(c);
}

static enum tt_err check_message(void *context, const struct tt_case_message *message)
{
    size_t *at = context;
    if ((*at)++ == 0)
        check_facts(message->tls);
    else
        assert_null(message->tls);
    return TT_OK;
}

static void messages_come_back(void **state)
{
    (void)state;
    struct tt_error error = {0};
    struct tt_case *c = NULL;
    size_t count = 0;
    struct tt_case_message message = {
        .flow = 1, .protocol = "tls", .kind = "certificate", .first_frame = 1, .tls = &facts};
    assert_int_equal(tt_case_create(NULL, &c, &error), TT_OK);
    assert_int_equal(tt_case_put_message(c, &message, &error), TT_OK);
    message = (struct tt_case_message){
        .flow = 1, .protocol = "http", .kind = "request", .first_frame = 2};
    assert_int_equal(tt_case_put_message(c, &message, &error), TT_OK);
    const struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.messages(view.store, check_message, &count), TT_OK);
    assert_int_equal(count, 2);
    tt_case_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back),
        cmocka_unit_test(messages_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
