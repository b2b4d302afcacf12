/* LDAP: bind, search, StartTLS; in any cut, and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line_check.h"

#define BIND                                                                                       \
    "\x30\x21\x02\x01\x01\x60\x1c\x02\x01\x03\x04\x0f"                                             \
    "uid=asha,o=home"                                                                              \
    "\x80\x06"                                                                                     \
    "secret"
#define BOUND "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"
#define SEARCH                                                                                     \
    "\x30\x2c\x02\x01\x02\x63\x27\x04\x06"                                                         \
    "o=home"                                                                                       \
    "\x0a\x01\x02\x0a\x01\x00\x02\x01\x00"                                                         \
    "\x02\x01\x00\x01\x01\x00\xa3\x0c\x04\x04"                                                     \
    "mail"                                                                                         \
    "\x04\x04"                                                                                     \
    "asha"                                                                                         \
    "\x30\x00"
#define START                                                                                      \
    "\x30\x1d\x02\x01\x03\x77\x18\x80\x16"                                                         \
    "1.3.6.1.4.1.1466.20037"
#define STARTED "\x30\x0c\x02\x01\x03\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
#define REFUSED "\x30\x0c\x02\x01\x03\x78\x07\x0a\x01\x02\x04\x00\x04\x00"

static void test_session(void **state)
{
    (void)state;
    static const struct turn turns[] = {CLIENT(BIND), SERVER(BOUND), CLIENT(SEARCH)};
    CHECK_LINES(&tt_proto_ldap, 389, turns, "0 ldap.bind.name @12 ", "\"uid=asha,o=home\"\n",
                "0 ldap.bind.password @29 ", "\"secret\"\n",
                "0 message ldap bind method=- host=- url=- name=uid=asha,o=home ",
                "1 message ldap response ", "0 ldap.value @", "\"mail\"\n", "\"asha\"\n",
                "0 message ldap search ");
}

static void test_starttls(void **state)
{
    (void)state;
    static const struct turn turns[] = {CLIENT(START), SERVER(STARTED), CLIENT("\x16\x03\x01")};
    CHECK_LINES(&tt_proto_ldap, 389, turns, "\"1.3.6.1.4.1.1466.20037\"", "1 probe @14");
    static const struct turn refused[] = {CLIENT(START), SERVER(REFUSED), CLIENT(BIND)};
    CHECK_LINES(&tt_proto_ldap, 389, refused, "ldap.bind.name");
    static const struct turn deaf[] = {CLIENT(START), CLIENT("\x16\x03\x01")};
    CHECK_LINES(&tt_proto_ldap, 389, deaf, "0 probe @31");
}

static enum tt_probe probe(uint16_t port, const char *text, size_t len)
{
    struct tt_flow flow = play_flow(TT_TRANSPORT_TCP, port);
    struct flush flush = flush_make(tt_span_of(text, len));
    enum tt_probe answer = tt_proto_ldap.probe(&flow, TT_FROM_INITIATOR, flush.span);
    flush_free(&flush);
    return answer;
}

static void test_probe(void **state)
{
    (void)state;
    assert_int_equal(probe(9, BIND, sizeof(BIND) - 1), TT_PROBE_YES);
    assert_int_equal(probe(9, START, sizeof(START) - 1), TT_PROBE_NO);
    assert_int_equal(probe(389, START, sizeof(START) - 1), TT_PROBE_YES);
    for (size_t len = 0; len < 7; len++)
        assert_int_equal(probe(389, BIND, len), TT_PROBE_MORE);
    assert_int_equal(probe(389, "\x30\x80\x02\x01\x01\x60\x01", 7), TT_PROBE_NO);
    assert_int_equal(probe(389, "\x30\x05\x02\x01\x01\x60\x01", 7), TT_PROBE_YES);
    assert_int_equal(probe(9, "\x30\x05\x02\x01\x01\x60\x01", 7), TT_PROBE_NO);
    assert_int_equal(probe(389, "\x31", 1), TT_PROBE_NO);
}

/* Cut short, and with every byte changed: each byte still goes out once. */
static void test_damage(void **state)
{
    (void)state;
    static const char whole[] = BIND SEARCH;
    static const uint8_t values[] = {0x00, 0x01, 0x30, 0x80, 0x84, 0xff};
    char copy[sizeof(whole)];
    for (size_t at = 0; at < sizeof(whole) - 1; at++) {
        for (size_t i = 0; i < sizeof(values); i++) {
            memcpy(copy, whole, sizeof(whole));
            copy[at] = (char)values[i];
            const struct turn turn = {.bytes = tt_span_of(copy, sizeof(whole) - 1)};
            rec_free(play(&tt_proto_ldap, 389, &turn, 1, (struct cut){0}));
            rec_free(play(&tt_proto_ldap, 389, &turn, 1, (struct cut){.every = 3}));
        }
    }
    static const struct turn turns[] = {CLIENT(BIND), CLIENT(SEARCH " last")};
    play_gaps(&tt_proto_ldap, 389, turns, COUNT(turns), 60, NULL);
}

static void test_long_message(void **state)
{
    (void)state;
    enum { LONG = TT_STANZA_MAX + 6 };
    uint8_t *bytes = calloc(1, LONG + sizeof(BIND));
    assert_non_null(bytes);
    memcpy(bytes, "\x30\x84\x00\x01\x00\x00", 6);
    memcpy(bytes + LONG, BIND, sizeof(BIND) - 1);
    const struct turn turn = {.bytes = tt_span_of(bytes, LONG + sizeof(BIND) - 1)};
    for (size_t every = 0; every <= 1000; every += 1000) {
        struct recorder *rec = play(&tt_proto_ldap, 389, &turn, 1, (struct cut){.every = every});
        assert_true(rec_noted(rec, "ldap.limit"));
        assert_true(rec_has(rec, "ldap.bind.name"));
        rec_free(rec);
    }
    free(bytes);
}

/* Lengths that lie: it is LDAP at its port, and what never ends is told. */
static void test_lies(void **state)
{
    (void)state;
    static const char lie[] = "\x30\x84\x7f\xff\xff\xff\x02\x01\x01\xa3\x84\x7f\xff\xff\xff";
    assert_int_equal(probe(389, lie, sizeof(lie) - 1), TT_PROBE_YES);
    assert_int_equal(probe(9, lie, sizeof(lie) - 1), TT_PROBE_NO);
    const struct turn turn = {.bytes = tt_span_of(lie, sizeof(lie) - 1)};
    struct recorder *rec = play(&tt_proto_ldap, 389, &turn, 1, (struct cut){0});
    assert_true(rec_noted(rec, "ldap.limit"));
    assert_true(rec_noted(rec, "ldap.cut"));
    rec_free(rec);
    const struct turn half = {.bytes = tt_span_of(BIND, sizeof(BIND) - 5)};
    rec = play(&tt_proto_ldap, 389, &half, 1, (struct cut){.every = 3});
    assert_true(rec_noted(rec, "ldap.cut"));
    assert_int_equal(rec->note_count, 1);
    rec_free(rec);
}

#define SASL_BIND "\x30\x14\x02\x01\x01\x60\x0f\x02\x01\x03\x04\x00\xa3\x08\x04\x06GSSAPI"

/* Behind a bind by SASL, buffers of its security layer: told, not taken for damage, and each byte
 * goes out raw; what comes between them is read. */
static void test_security_layer(void **state)
{
    (void)state;
    static const struct turn turns[] = {CLIENT(SASL_BIND), SERVER(BOUND),
                                        CLIENT("\0\0\0\x09"
                                               "scrambled"),
                                        SERVER("\0\0\0\x03sig"), CLIENT(SEARCH)};
    for (size_t every = 0; every <= 5; every++) {
        struct recorder *rec =
            play(&tt_proto_ldap, 389, turns, COUNT(turns), (struct cut){.every = every});
        assert_true(rec_noted(rec, "ldap.sasl"));
        assert_false(rec_noted(rec, "ldap.malformed"));
        assert_int_equal(rec->note_count, 2);
        assert_true(rec_has(rec, "scrambled"));
        assert_true(rec_has(rec, "0 message ldap search "));
        rec_free(rec);
    }
    /* Without such a bind it is damage. */
    static const struct turn plain[] = {CLIENT(BIND), CLIENT("\0\0\0\x03sig")};
    struct recorder *rec = play(&tt_proto_ldap, 389, plain, COUNT(plain), (struct cut){0});
    assert_true(rec_noted(rec, "ldap.malformed") && !rec_noted(rec, "ldap.sasl"));
    rec_free(rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session),        cmocka_unit_test(test_starttls),
        cmocka_unit_test(test_probe),          cmocka_unit_test(test_damage),
        cmocka_unit_test(test_security_layer), cmocka_unit_test(test_long_message),
        cmocka_unit_test(test_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
