/* Where destinations stand: rows in are rows out, in their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"

static struct tt_timing_row timing_row(void)
{
    struct tt_timing_row row = {.port = 443,
                                .host = "api.cloud.example",
                                .names = "api.cloud.example\ncdn.cloud.example",
                                .country = "SG",
                                .network = "AS64500 Example",
                                .handshake = "tcp",
                                .least = 12345678,
                                .error = 1000,
                                .handshakes = 3,
                                .refused = 2,
                                .capture = "a.pcap",
                                .flow = 17,
                                .frame = 99,
                                .vacuum_km = 1850.5,
                                .fibre_km = 1234.5,
                                .signs = "one\ntwo"};
    assert_true(tt_addr_parse("198.51.100.7", &row.address));
    return row;
}

static struct tt_claim_row claim_row(enum tt_claim_outcome outcome)
{
    struct tt_claim_row row = {.source = "policy",
                               .claimant = "cloud",
                               .place = "SG",
                               .port = 443,
                               .outcome = outcome,
                               .distance_km = -1};
    assert_true(tt_addr_parse("2001:db8::7", &row.address));
    return row;
}

static enum tt_err check_timing(void *context, const struct tt_timing_row *row)
{
    const struct tt_timing_row wanted = timing_row();
    ++*(size_t *)context;
    assert_true(tt_addr_eq(row->address, wanted.address));
    assert_int_equal(row->port, wanted.port);
    assert_string_equal(row->host, wanted.host);
    assert_string_equal(row->names, wanted.names);
    assert_string_equal(row->country, wanted.country);
    assert_string_equal(row->network, wanted.network);
    assert_string_equal(row->handshake, wanted.handshake);
    assert_int_equal(row->least, wanted.least);
    assert_int_equal(row->error, wanted.error);
    assert_int_equal(row->handshakes, wanted.handshakes);
    assert_int_equal(row->refused, wanted.refused);
    assert_string_equal(row->capture, wanted.capture);
    assert_int_equal(row->flow, wanted.flow);
    assert_int_equal(row->frame, wanted.frame);
    assert_true(row->vacuum_km == wanted.vacuum_km && row->fibre_km == wanted.fibre_km);
    assert_string_equal(row->signs, wanted.signs);
    return TT_OK;
}

static enum tt_err check_claim(void *context, const struct tt_claim_row *row)
{
    size_t *at = context;
    assert_int_equal(row->outcome, (*at)++);
    assert_string_equal(row->source, "policy");
    assert_string_equal(row->claimant, "cloud");
    assert_string_equal(row->place, "SG");
    assert_int_equal(row->port, 443);
    assert_null(row->host);
    assert_true(row->distance_km == -1);
    return TT_OK;
}

static enum tt_err check_residency(void *context, const struct tt_residency_row *row)
{
    size_t *at = context;
    assert_int_equal(row->outcome, (*at)++);
    assert_string_equal(row->service, "cloud");
    assert_string_equal(row->places, "SG or IN");
    assert_string_equal(row->reason, "because\nof this");
    assert_int_equal(row->destinations, 5);
    return TT_OK;
}

static void rows_come_back(void **state)
{
    (void)state;
    struct tt_error error = {0};
    struct tt_case *c = NULL;
    size_t count = 0;
    assert_int_equal(tt_case_create(NULL, &c, &error), TT_OK);
    const struct tt_timing_row timing = timing_row();
    assert_int_equal(tt_case_put_timing(c, &timing, &error), TT_OK);
    for (enum tt_claim_outcome i = TT_CLAIM_CONFIRMED; i <= TT_CLAIM_REFUTED; i++) {
        const struct tt_claim_row claim = claim_row(i);
        assert_int_equal(tt_case_put_claim(c, &claim, &error), TT_OK);
    }
    for (enum tt_residency_outcome i = TT_RESIDENCY_HOLDS; i <= TT_RESIDENCY_VIOLATED; i++) {
        const struct tt_residency_row row = {.service = "cloud",
                                             .places = "SG or IN",
                                             .outcome = i,
                                             .reason = "because\nof this",
                                             .destinations = 5};
        assert_int_equal(tt_case_put_residency(c, &row, &error), TT_OK);
    }
    const struct tt_case_view view = tt_case_rows(c);
    assert_int_equal(view.timings(view.store, check_timing, &count), TT_OK);
    assert_int_equal(count, 1);
    count = 0;
    assert_int_equal(view.claims(view.store, check_claim, &count), TT_OK);
    assert_int_equal(count, 5);
    count = 0;
    assert_int_equal(view.residencies(view.store, check_residency, &count), TT_OK);
    assert_int_equal(count, 3);
    tt_case_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_come_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
