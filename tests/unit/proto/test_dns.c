/* DNS messages in datagrams and on TCP: names, texts, addresses learned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns_maker.h"
#include "model/limits.h"
#include "proto/list.h"
#include "recorder.h"

/* Feeds datagrams of the responder; checks that every byte went out once. */
static struct recorder *play_datagram(struct tt_span bytes, uint16_t port, unsigned flags)
{
    struct recorder *rec = rec_new();
    struct tt_flow flow = play_flow(TT_TRANSPORT_UDP, port);
    struct player player = {.proto = &tt_proto_dns, .rec = rec, .flow = &flow, .frame = 1};
    player.state = tt_proto_dns.open(&flow, &rec->sink);
    assert_non_null(player.state);
    play_chunk(&player, TT_FROM_RESPONDER, bytes, TT_CHUNK_DATAGRAM | flags);
    tt_proto_dns.close(player.state);
    rec_end_raw(rec, TT_FROM_RESPONDER);
    assert_int_equal(rec->open_bodies, 0);
    assert_int_equal(rec->out[1], rec->fed[1]);
    return rec;
}

static void check_datagram(struct tt_buf *message, uint16_t port, const char *expected)
{
    struct recorder *rec = play_datagram(tt_buf_span(message), port, 0);
    assert_string_equal(rec_log(rec), expected);
    assert_int_equal(rec->note_count, 0);
    rec_free(rec);
    tt_buf_free(message);
}

static void test_query(void **state)
{
    (void)state;
    struct tt_buf buf = dns_message(0x0100, 1, 0, 0, 1);
    dns_question(&buf, "Api.a.example", 28);
    dns_bytes(&buf, "\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x05\x00\x0a\x00\x01x", 16);
    check_datagram(&buf, 53,
                   "1 dns.question.name @12 coding type=- codings=- boundary=- framing=- host=- "
                   "complete end=27 \"Api.a.example\"\n"
                   "1 dns.opt @42 opaque type=- codings=- boundary=- framing=- host=- complete "
                   "end=47 \"\\x00\\n\\x00\\x01x\"\n"
                   "1 message dns query method=- host=- url=- name=Api.a.example type=- status=0 "
                   "bytes=47 whole\n");
}

/* Data that was cut into labels goes out in one piece too. */
static void test_cut_data(void **state)
{
    (void)state;
    struct tt_buf buf = dns_message(0x0100, 1, 0, 0, 0);
    dns_question(&buf, "abcdefghijklmnopqrstuvwx.0123.a.example", 16);
    check_datagram(&buf, 53,
                   "1 dns.question.name @12 coding type=- codings=- boundary=- framing=- host=- "
                   "complete end=53 \"abcdefghijklmnopqrstuvwx.0123.a.example\"\n"
                   "1 dns.question.name @12 coding type=- codings=- boundary=- framing=- host=- "
                   "complete end=53 \"abcdefghijklmnopqrstuvwx0123\"\n"
                   "1 message dns query method=- host=- url=- "
                   "name=abcdefghijklmnopqrstuvwx.0123.a.example type=- status=0 bytes=57 whole\n");
}

/* The addresses at the end of a CNAME chain get the name that was asked for. */
static struct tt_buf make_response(void)
{
    struct tt_buf buf = dns_message(0x8180, 1, 4, 0, 1);
    dns_question(&buf, "WWW.a.example", 1);
    dns_record_name(&buf, "@12", 5, "", 0, "x.cdn.example");
    dns_record_name(&buf, "X.CDN.example", 5, "", 0, "edge@45");
    dns_record(&buf, "edge.cdn.example", 1, "\xc6\x33\x64\x07", 4);
    dns_record(&buf, "other.example", 28, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
    dns_record(&buf, "ns.example", 1, "\xc6\x33\x64\x08", 4);
    return buf;
}

static void test_response(void **state)
{
    (void)state;
    struct tt_buf buf = make_response();
    struct recorder *rec = play_datagram(tt_buf_span(&buf), 53, 0);
    assert_true(rec_has(rec, "name dns www.a.example 198.51.100.7 flow=0\n"));
    assert_true(rec_has(rec, "name dns other.example 2001:db8::1 flow=0\n"));
    assert_true(rec_has(rec, "name dns ns.example 198.51.100.8 flow=0\n"));
    assert_int_equal(rec_count(rec, "name dns"), 3);
    assert_true(rec_has(rec, "name alias x.cdn.example 198.51.100.7 flow=0\n"
                             "name alias edge.cdn.example 198.51.100.7 flow=0\n"));
    assert_int_equal(rec_count(rec, "name alias"), 2);
    /* The owner of the first record is the question again: it goes out once. */
    assert_int_equal(rec_count(rec, "WWW.a.example\""), 1);
    assert_true(rec_has(rec, "1 dns.rdata.name @43 coding"));
    assert_true(rec_has(rec, "\"edge.cdn.example\""));
    assert_true(rec_has(rec, "1 dns.answer.name"));
    assert_true(rec_has(rec, "1 dns.additional.name"));
    assert_true(rec_has(rec, "message dns response method=- host=- url=- name=WWW.a.example"));
    rec_free(rec);
    /* Nothing is learned from failures and from queries. */
    buf.data[3] = 0x83;
    rec = play_datagram(tt_buf_span(&buf), 53, 0);
    assert_int_equal(rec_count(rec, "name dns"), 0);
    assert_int_equal(rec_count(rec, "name alias"), 0);
    rec_free(rec);
    buf.data[2] = 0x01;
    buf.data[3] = 0x00;
    rec = play_datagram(tt_buf_span(&buf), 53, 0);
    assert_int_equal(rec_count(rec, "name dns"), 0);
    assert_int_equal(rec_count(rec, "name alias"), 0);
    rec_free(rec);
    tt_buf_free(&buf);
}

static void test_texts_and_other_data(void **state)
{
    (void)state;
    struct tt_buf buf = dns_message(0x8400, 0, 5, 0, 0);
    dns_record(&buf, "Phone of Asha.local", 16, "\x05id=17\x00\x02xy", 10);
    dns_record_name(&buf, "_x._tcp.local", 33, "\x00\x00\x00\x00\x1f\x90", 6, "phone@26");
    dns_record(&buf, "a.local", 99999 % 65536, "secret", 6);
    dns_record_name(&buf, "a.local", 47, "", 0, "b.local");
    dns_record(&buf, "a.local", 1, "abc", 3);
    struct recorder *rec = play_datagram(tt_buf_span(&buf), 5353, 0);
    assert_true(rec_has(rec, "1 dns.txt @44 type=- codings=- boundary=- framing=- host=- complete "
                             "end=49 \"id=17\"\n"));
    assert_true(rec_has(rec, "1 dns.txt @51 type=- codings=- boundary=- framing=- host=- complete "
                             "end=53 \"xy\"\n"));
    assert_true(rec_has(rec, "\"Phone of Asha.local\""));
    assert_true(rec_has(rec, "\"phone.local\""));
    assert_true(rec_has(rec, "1 dns.rdata @"));
    assert_true(rec_has(rec, "\"secret\"\n"));
    assert_true(rec_has(rec, "\"abc\"\n"));
    assert_true(
        rec_has(rec, "message mdns response method=- host=- url=- name=Phone of Asha.local"));
    assert_int_equal(rec->note_count, 0);
    rec_free(rec);
    tt_buf_free(&buf);
}

static void test_protocol_names(void **state)
{
    (void)state;
    static const struct {
        uint16_t port;
        const char *expected;
    } cases[] = {{53, "message dns query"},
                 {5353, "message mdns query"},
                 {5355, "message llmnr query"},
                 {4242, "message dns query"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct tt_buf buf = dns_message(0, 1, 0, 0, 0);
        dns_question(&buf, "a", 1);
        struct recorder *rec = play_datagram(tt_buf_span(&buf), cases[i].port, 0);
        assert_true(rec_has(rec, cases[i].expected));
        rec_free(rec);
        tt_buf_free(&buf);
    }
}

static void test_damaged_messages(void **state)
{
    (void)state;
    /* Cut anywhere: what is left is still told, the rest is searched raw. */
    struct tt_buf buf = make_response();
    for (size_t len = 1; len < buf.len; len++) {
        struct recorder *rec = play_datagram(tt_span_of(buf.data, len), 53, TT_CHUNK_CUT);
        assert_true(rec_noted(rec, "dns.cut"));
        if (len >= 31)
            assert_true(rec_has(rec, "\"WWW.a.example\""));
        if (len >= 12)
            assert_true(rec_has(rec, "cut\n"));
        rec_free(rec);
    }
    /* Every byte set to every extreme: no harm, and nothing lost. */
    for (size_t i = 0; i < buf.len; i++) {
        static const uint8_t values[] = {0, 1, 0x3f, 0x40, 0xc0, 0xff};
        uint8_t kept = buf.data[i];
        for (size_t k = 0; k < sizeof(values); k++) {
            buf.data[i] = values[k];
            rec_free(play_datagram(tt_buf_span(&buf), 53, 0));
        }
        buf.data[i] = kept;
    }
    dns_bytes(&buf, "trailing", 8);
    struct recorder *rec = play_datagram(tt_buf_span(&buf), 53, 0);
    assert_true(rec_noted(rec, "dns.trailing"));
    assert_true(rec_has(rec, "\"trailing\"\n"));
    rec_free(rec);
    tt_buf_free(&buf);
}

static void test_bad_rdata(void **state)
{
    (void)state;
    struct tt_buf buf = dns_message(0x8400, 0, 3, 0, 0);
    dns_record(&buf, "a", 16, "\x02xy\x09z", 5);
    dns_record(&buf, "b", 5, "\xc0\xff", 2);
    dns_record(&buf, "c", 1, "\x01\x02\x03\x04", 4);
    struct recorder *rec = play_datagram(tt_buf_span(&buf), 53, 0);
    assert_true(rec_has(rec, "\"xy\"\n"));
    assert_true(rec_has(rec, "\"\\x09z\"\n"));
    assert_true(rec_has(rec, "\"\\xc0\\xff\"\n"));
    assert_true(rec_has(rec, "name dns c 1.2.3.4"));
    assert_int_equal(rec->note_count, 2);
    assert_true(rec_has(rec, "bytes=62 cut\n"));
    rec_free(rec);
    tt_buf_free(&buf);
}

static void test_no_dns_message(void **state)
{
    (void)state;
    struct recorder *rec = play_datagram(tt_span_str("\xff\xff\xff\xff tunnel on port 53"), 53, 0);
    assert_true(rec_has(rec, "1 raw @0 \"\\xff\\xff\\xff\\xff tunnel on port 53\"\n"));
    assert_true(rec_noted(rec, "dns.malformed"));
    assert_int_equal(rec_count(rec, "message"), 0);
    rec_free(rec);
}

static void test_too_many_records(void **state)
{
    (void)state;
    struct tt_buf buf = dns_message(0x8400, 0, TT_DNS_RECORDS_MAX + 1, 0, 0);
    for (unsigned i = 0; i < TT_DNS_RECORDS_MAX + 1; i++)
        dns_record(&buf, "", 1, "", 0);
    struct recorder *rec = play_datagram(tt_buf_span(&buf), 53, 0);
    assert_true(rec_noted(rec, "dns.malformed"));
    assert_true(rec_has(rec, "1 raw @45068 "));
    rec_free(rec);
    tt_buf_free(&buf);
}

/* ---- TCP ---- */

static void put_prefixed(struct tt_buf *stream, struct tt_buf *message)
{
    dns_u16(stream, (unsigned)message->len);
    dns_bytes(stream, message->data, message->len);
    tt_buf_free(message);
}

static struct tt_buf make_stream(void)
{
    struct tt_buf stream = tt_buf_make(1U << 20);
    struct tt_buf buf = make_response();
    put_prefixed(&stream, &buf);
    buf = dns_message(0x8180, 1, 1, 0, 0);
    dns_question(&buf, "b.example", 16);
    dns_record(&buf, "@12", 16, "\x05hello", 6);
    put_prefixed(&stream, &buf);
    buf = dns_message(0x8180, 1, 0, 0, 0);
    dns_question(&buf, "last.example", 16);
    put_prefixed(&stream, &buf);
    return stream;
}

static void test_stream_in_any_cut(void **state)
{
    (void)state;
    struct tt_buf stream = make_stream();
    struct turn turn = {.direction = TT_FROM_RESPONDER, .bytes = tt_buf_span(&stream)};
    struct recorder *rec = play(&tt_proto_dns, 53, &turn, 1, (struct cut){0});
    assert_int_equal(rec_count(rec, "1 message dns response"), 3);
    assert_int_equal(rec->note_count, 0);
    play_cuts(&tt_proto_dns, 53, &turn, 1, rec_log(rec));
    rec_free(rec);
    tt_buf_free(&stream);
}

static void test_stream_frames(void **state)
{
    (void)state;
    struct tt_buf stream = make_stream();
    struct turn turn = {.direction = TT_FROM_RESPONDER, .bytes = tt_buf_span(&stream)};
    struct recorder *rec =
        play(&tt_proto_dns, 53, &turn, 1, (struct cut){.every = 16, .frames = true});
    /* Its wire bytes are 14 to 29 of the stream. */
    assert_true(rec_has(rec, "1 dns.question.name @14 coding type=- codings=- boundary=- framing=- "
                             "host=- f1-2 complete"));
    rec_free(rec);
    tt_buf_free(&stream);
}

/* A gap inside a message leaves the next ones readable; one over a length ends the reading. */
static void test_stream_gaps(void **state)
{
    (void)state;
    struct tt_buf stream = make_stream();
    size_t first = 2 + ((size_t)stream.data[0] << 8 | stream.data[1]);
    struct turn turn = {.direction = TT_FROM_RESPONDER, .bytes = tt_buf_span(&stream)};
    for (size_t at = 0; at < stream.len; at++) {
        for (size_t len = 1; len < 40 && at + len < stream.len; len += 3) {
            struct recorder *rec =
                play(&tt_proto_dns, 53, &turn, 1, (struct cut){.gap_at = at, .gap_len = len});
            assert_true(rec_noted(rec, "dns.gap"));
            if (at >= 2 && at + len <= first)
                assert_true(rec_has(rec, "\"last.example\""));
            rec_free(rec);
        }
    }
    tt_buf_free(&stream);
}

static void test_stream_that_is_no_dns(void **state)
{
    (void)state;
    static const struct turn turns[] = {SERVER("\x00\x03"
                                               "abcmore and more"),
                                        SERVER("still")};
    struct recorder *rec = play(&tt_proto_dns, 53, turns, COUNT(turns), (struct cut){0});
    assert_true(rec_has(rec, "1 raw @0 \"\\x00\\x03abcmore and morestill\"\n"));
    assert_true(rec_noted(rec, "dns.malformed"));
    play_cuts(&tt_proto_dns, 53, turns, COUNT(turns), rec_log(rec));
    rec_free(rec);
    static const struct turn cut[] = {SERVER("\x00\x20"
                                             "abc")};
    rec = play(&tt_proto_dns, 53, cut, COUNT(cut), (struct cut){0});
    assert_true(rec_has(rec, "1 raw @0 \"\\x00 abc\"\n"));
    rec_free(rec);
}

/* ---- recognition ---- */

static enum tt_probe probe(enum tt_transport transport, uint16_t port, struct tt_span head)
{
    struct tt_flow flow = play_flow(transport, port);
    return tt_proto_dns.probe(&flow, TT_FROM_RESPONDER, head);
}

static void test_probe(void **state)
{
    (void)state;
    struct tt_buf buf = make_response();
    struct tt_span whole = tt_buf_span(&buf);
    assert_int_equal(probe(TT_TRANSPORT_UDP, 53, whole), TT_PROBE_YES);
    assert_int_equal(probe(TT_TRANSPORT_UDP, 53, tt_span_sub(whole, 0, 40)), TT_PROBE_YES);
    assert_int_equal(probe(TT_TRANSPORT_UDP, 53, tt_span_sub(whole, 0, 11)), TT_PROBE_NO);
    assert_int_equal(probe(TT_TRANSPORT_UDP, 9999, whole), TT_PROBE_YES);
    assert_int_equal(probe(TT_TRANSPORT_UDP, 9999, tt_span_sub(whole, 0, 40)), TT_PROBE_NO);
    assert_int_equal(probe(TT_TRANSPORT_UDP, 137, whole), TT_PROBE_NO);
    assert_int_equal(probe(TT_TRANSPORT_TCP, 80, whole), TT_PROBE_NO);
    assert_int_equal(probe(TT_TRANSPORT_TCP, 53, tt_span_of("", 0)), TT_PROBE_MORE);
    assert_int_equal(probe(TT_TRANSPORT_TCP, 853, tt_span_of("", 0)), TT_PROBE_MORE);
    assert_int_equal(probe(TT_TRANSPORT_UDP, 853, whole), TT_PROBE_NO); /* a stream of QUIC */
    assert_int_equal(probe(TT_TRANSPORT_TCP, 53, tt_span_of("\0", 1)), TT_PROBE_MORE);
    assert_int_equal(probe(TT_TRANSPORT_TCP, 53, tt_span_of("\0\x0b", 2)), TT_PROBE_NO);
    tt_buf_free(&buf);
    buf = make_stream();
    assert_int_equal(probe(TT_TRANSPORT_TCP, 53, tt_span_of(buf.data, 13)), TT_PROBE_MORE);
    assert_int_equal(probe(TT_TRANSPORT_TCP, 53, tt_span_of(buf.data, 14)), TT_PROBE_YES);
    tt_buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_cut_data),
        cmocka_unit_test(test_response),
        cmocka_unit_test(test_texts_and_other_data),
        cmocka_unit_test(test_protocol_names),
        cmocka_unit_test(test_damaged_messages),
        cmocka_unit_test(test_bad_rdata),
        cmocka_unit_test(test_no_dns_message),
        cmocka_unit_test(test_too_many_records),
        cmocka_unit_test(test_stream_in_any_cut),
        cmocka_unit_test(test_stream_frames),
        cmocka_unit_test(test_stream_gaps),
        cmocka_unit_test(test_stream_that_is_no_dns),
        cmocka_unit_test(test_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
