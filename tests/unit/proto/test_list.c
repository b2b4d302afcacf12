/* The list of protocols: every entry is whole, and what one takes no other would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "proto/list.h"

static void test_entries(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct tt_proto *proto = NULL; (proto = tt_proto_at(count)) != NULL; count++) {
        assert_true(strlen(proto->name) > 0);
        assert_true(strlen(proto->title) > 0);
        bool rfc = strncmp(proto->spec, "RFC ", 4) == 0;
        assert_true(rfc || strncmp(proto->spec, "IEEE ", 5) == 0 ||
                    strstr(proto->spec, "OASIS") != NULL);
        assert_true(proto->transports != 0);
        assert_non_null(proto->probe);
        assert_non_null(proto->open);
        assert_non_null(proto->feed);
        assert_non_null(proto->close);
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(tt_proto_at(i)->name, proto->name);
    }
    assert_true(count >= 14);
    assert_null(tt_proto_at(count + 1));
}

/* Nobody says yes, or asks for more, without a byte of its own. */
static void test_probes_tell_apart(void **state)
{
    (void)state;
    struct tt_flow flow = {.transport = TT_TRANSPORT_TCP, .initiator_known = true};
    flow.ends[1].port = 53;
    static const struct {
        struct tt_span head;
        const char *name;
    } cases[] = {
        {{(const uint8_t *)"GET / HTTP/1.1\r\n", 16}, "http"},
        {{(const uint8_t *)"\x16\x03\x01\x00\x80\x01\x00\x00", 8}, NULL}, /* decrypt/'s */
        {{(const uint8_t *)"\x00\x11\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 14}, "dns"},
        {{(const uint8_t *)"SSH-2.0-OpenSSH_9\r\n", 19}, NULL},
        {{(const uint8_t *)"\x80\x2e\x01\x00\x02\x00\x15\x00", 8}, NULL}, /* an SSLv2 hello */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct tt_proto *proto = NULL;
        for (size_t at = 0; (proto = tt_proto_at(at)) != NULL; at++) {
            bool mine = cases[i].name != NULL && strcmp(proto->name, cases[i].name) == 0;
            enum tt_probe answer = proto->probe(&flow, TT_FROM_INITIATOR, cases[i].head);
            if (mine)
                assert_int_equal(answer, TT_PROBE_YES);
            else
                assert_int_not_equal(answer, TT_PROBE_YES);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_probes_tell_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
