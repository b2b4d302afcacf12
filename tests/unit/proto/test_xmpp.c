/* XMPP: elements in any cut, SASL, STARTTLS, compression. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line_check.h"

#define OPEN "<?xml version='1.0'?><stream:stream to='b.example' xmlns='jabber:client'>"

static void test_stanzas(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT(OPEN),
        SERVER(OPEN "<stream:features/>"),
        CLIENT(" <message to='kin@b.example'><body a=\"1>2\">hello <b/> x</body></message>\n"
               "<presence/></stream:stream>"),
    };
    CHECK_LINES(
        &tt_proto_xmpp, 5222, turns, "0 xmpp.stream @0 ", "\"<?xml version='1.0'?>\"\n",
        "0 xmpp.stream @21 ", "\"<stream:stream to='b.example' xmlns='jabber:client'>\"\n",
        "0 xmpp.stanza @74 ",
        "\"<message to='kin@b.example'><body a=\\x221>2\\x22>hello <b/> x</body></message>\"\n",
        "0 message xmpp message ", "\"<presence/>\"\n", "\"<stream:features/>\"\n",
        "\"</stream:stream>\"\n");
}

static void test_sasl(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT(OPEN "<auth mechanism='PLAIN'>AGFzaGEAc2VjcmV0</auth>"),
        SERVER(OPEN "<success/>"),
        CLIENT(OPEN "<iq/>"),
    };
    CHECK_LINES(&tt_proto_xmpp, 5222, turns, "0 xmpp.auth @97 type=- codings=base64 ",
                "\"AGFzaGEAc2VjcmV0\"\n", "\"<auth mechanism='PLAIN'>\"\n", "0 message xmpp iq ");
}

static void test_starttls(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("<stream:stream><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        SERVER("<stream:stream><proceed xmlns='a'/>"), CLIENT("\x16\x03\x01")};
    CHECK_LINES(&tt_proto_xmpp, 5222, turns, "\"<proceed xmlns='a'/>\"", "1 probe @35");
    static const struct turn deaf[] = {CLIENT("<stream:stream><starttls/>"),
                                       CLIENT("\x16\x03\x01")};
    CHECK_LINES(&tt_proto_xmpp, 5222, deaf, "0 probe @26");
}

/* TLS is offered: what of it is used is the client's choice. */
static void test_starttls_unused(void **state)
{
#define OFFERS                                                                                     \
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
    static const char code[] = "xmpp.starttls_unused";
    (void)state;
    CHECK_NOTED(&tt_proto_xmpp, 5222, code, true, CLIENT(OPEN), SERVER(OPEN OFFERS),
                CLIENT("<auth mechanism='PLAIN'>AGEAYg==</auth>"));
    CHECK_NOTED(&tt_proto_xmpp, 5222, code, true, CLIENT(OPEN), SERVER(OPEN OFFERS),
                CLIENT("<iq type='set'><query xmlns='jabber:iq:auth'/></iq>"));
    CHECK_NOTED(&tt_proto_xmpp, 5222, code, false, CLIENT(OPEN), SERVER(OPEN "<stream:features/>"),
                CLIENT("<auth>AGEAYg==</auth>"));
    CHECK_NOTED(&tt_proto_xmpp, 5222, code, false, CLIENT(OPEN), SERVER(OPEN OFFERS),
                CLIENT("<starttls/>"), SERVER("<failure/>"), CLIENT("<auth>AGEAYg==</auth>"));
}

static void test_compression(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("<stream:stream><compress><method>zlib</method></compress>"),
        SERVER("<stream:stream><compressed xmlns='a'/>"), CLIENT("\x78\x9c\x01\x02"),
        SERVER("\x78\x9c\x03\x04")};
    CHECK_LINES(&tt_proto_xmpp, 5222, turns, "0 xmpp.compressed @57 ", "\"x\\x9c\\x01\\x02\"\n",
                "1 xmpp.compressed @38 ");
}

static void test_probe(void **state)
{
    (void)state;
    const struct tt_proto *proto = &tt_proto_xmpp;
    assert_int_equal(probe_text(proto, 5222, "<?xml version='1.0'?>"), TT_PROBE_YES);
    assert_int_equal(probe_text(proto, 9, "<?xml version='1.0'?>"), TT_PROBE_MORE);
    assert_int_equal(probe_text(proto, 9, OPEN), TT_PROBE_YES);
    assert_int_equal(probe_text(proto, 9, "<stre"), TT_PROBE_MORE);
    assert_int_equal(probe_text(proto, 5222, "<html>"), TT_PROBE_NO);
}

static void test_gaps(void **state)
{
    (void)state;
    static const struct turn turns[] = {
        CLIENT("<stream:stream to='b.example'><message><body>hello</body></message>"),
        SERVER("<stream:stream><compressed/>"), CLIENT("\x78\x9c\x01\x02 last")};
    play_gaps(&tt_proto_xmpp, 5222, turns, COUNT(turns), 90, "last");
}

/* In the middle of a stream, and behind a loss, a chunk that begins with a stanza is read. */
static void test_begins_inside(void **state)
{
    (void)state;
    static const char stanza[] = "<message to='b.example'><body>hello</body></message>";
    static const char *const others[] = {"<message-id>", "<html>", "<iq2>", " <iq>"};
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, 5222);
    const struct tt_span head = tt_span_str("<message to='b'>");
    assert_int_equal(tt_proto_xmpp.probe(&flow, TT_FROM_INITIATOR, head), TT_PROBE_NO);
    flow.initiator_known = false;
    assert_int_equal(tt_proto_xmpp.probe(&flow, TT_FROM_INITIATOR, head), TT_PROBE_YES);
    for (size_t i = 0; i < COUNT(others); i++)
        assert_int_not_equal(tt_proto_xmpp.probe(&flow, TT_FROM_INITIATOR, tt_span_str(others[i])),
                             TT_PROBE_YES);
    flow.ends[1].port = 9;
    assert_int_not_equal(tt_proto_xmpp.probe(&flow, TT_FROM_INITIATOR, head), TT_PROBE_YES);
    const struct turn turns[] = {CLIENT("<stream:stream to='b.example'><iq type='set'"),
                                 CLIENT("><lost/>"),
                                 CLIENT("kept</iq>"),
                                 {.bytes = tt_span_str(stanza)}};
    const struct cut lost = {.gap_at = turns[0].bytes.len, .gap_len = turns[1].bytes.len};
    struct recorder *rec = play(&tt_proto_xmpp, 5222, turns, COUNT(turns), lost);
    assert_true(rec_noted(rec, "xmpp.gap"));
    assert_true(rec_has(rec, "kept</iq>"));
    assert_true(rec_has(rec, "0 message xmpp message "));
    assert_false(rec_has(rec, "message xmpp iq "));
    rec_free(rec);
}

static void test_long_stanza(void **state)
{
    (void)state;
    char *text = malloc(TT_STANZA_MAX + 100);
    assert_non_null(text);
    strcpy(text, "<stream:stream><message>");
    size_t at = strlen(text);
    memset(text + at, 'x', TT_STANZA_MAX);
    strcpy(text + at + TT_STANZA_MAX, "</message><iq/>");
    const struct turn turn = {.direction = TT_FROM_INITIATOR, .bytes = tt_span_str(text)};
    for (size_t every = 1000; every <= 60000; every += 59000) {
        struct recorder *rec = play(&tt_proto_xmpp, 5222, &turn, 1, (struct cut){.every = every});
        assert_true(rec_noted(rec, "xmpp.limit"));
        assert_true(rec_has(rec, "message xmpp iq "));
        rec_free(rec);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begins_inside),
        cmocka_unit_test(test_stanzas),
        cmocka_unit_test(test_sasl),
        cmocka_unit_test(test_starttls),
        cmocka_unit_test(test_starttls_unused),
        cmocka_unit_test(test_compression),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_long_stanza),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
