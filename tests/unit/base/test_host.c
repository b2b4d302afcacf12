#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/host.h"

static void test_beyond(void **state)
{
    (void)state;
    static const char *const names[] = {
        "api.cloud.example", "API.Cloud.Example.", "a.b",
        "198.51.100.7",      "2001:db8::7",        "notlocal.example",
        "x.mylan",           "lan.cloud.example",  "home.arpa.example"};
    for (size_t i = 0; i < TT_ARRAY_LEN(names); i++)
        if (!tt_host_is_beyond(names[i]))
            fail_msg("%s", names[i]);
}

static void test_local(void **state)
{
    (void)state;
    static const char *const names[] = {"",
                                        ".",
                                        "printer",
                                        "printer.",
                                        "printer.local",
                                        "Printer.LOCAL.",
                                        "nas.lan",
                                        "tv.home.arpa",
                                        "1.1.168.192.in-addr.arpa",
                                        "8.b.d.0.1.0.0.2.ip6.arpa",
                                        "db.internal",
                                        "localhost",
                                        "127.0.0.1",
                                        "192.168.1.5",
                                        "fe80::1",
                                        "fd00::1"};
    for (size_t i = 0; i < TT_ARRAY_LEN(names); i++)
        if (tt_host_is_beyond(names[i]))
            fail_msg("%s", names[i]);
    assert_false(tt_host_is_beyond(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beyond),
        cmocka_unit_test(test_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
