/* Values under XOR with one byte: every key, any neighbours, both cases of letters; and what is
 * none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identify/engine.h"
#include "identify/matches.h"
#include "identify/xor_values.h"

static const char sheet[] = "identifiers: {imei: '358240051111110', email: venla.k@posti.example, "
                            "serial: R58M42ABCDE, hostname: pc07}\n"
                            "contacts: [{name: Asha Rao, email: asha.rao@mail.example}]";

/* The key that is found in `text` under `key`, with `skip` other bytes around. */
static unsigned key_in(const struct finder *finder, const char *text, unsigned key, size_t skip)
{
    uint8_t bytes[128];
    size_t len = strlen(text);
    assert_true(len + 2 * skip <= sizeof(bytes));
    for (size_t i = 0; i < len + 2 * skip; i++)
        bytes[i] = (uint8_t)(i * 29 + 7);
    for (size_t i = 0; i < len; i++)
        bytes[skip + i] = (uint8_t)text[i] ^ (uint8_t)key;
    struct flush token = flush_make(tt_span_of(bytes, len + 2 * skip));
    unsigned found = tt_xor_values_key(finder->matcher->xor_values, token.span);
    flush_free(&token);
    return found;
}

static void every_key(void **state)
{
    (void)state;
    struct finder finder = finder_of(sheet);
    for (unsigned key = 1; key < 256; key++) {
        assert_int_equal(key_in(&finder, "358240051111110", key, 0), key);
        assert_int_equal(key_in(&finder, "358240051111110", key, 9), key);
    }
    assert_int_equal(key_in(&finder, "R58M42ABCDE", 0x5a, 3), 0x5a);
    assert_int_equal(key_in(&finder, "VENLA.K@POSTI.EXAMPLE", 0x5a, 3), 0x5a);
    assert_int_equal(key_in(&finder, "venla.k@posti.example", 0x5a, 0), 0x5a);
    assert_int_equal(key_in(&finder, "Venla.K@posti.example", 0x81, 0), 0);
    finder_free(&finder);
}

/* The value as it is; one character less, or another; what is weak, or a contact's. */
static void no_values(void **state)
{
    (void)state;
    struct finder finder = finder_of(sheet);
    assert_int_equal(key_in(&finder, "358240051111110", 0, 0), 0);
    assert_int_equal(key_in(&finder, "3582400511111", 0x5a, 0), 0);
    assert_int_equal(key_in(&finder, "358240061111110", 0x5a, 0), 0);
    assert_int_equal(key_in(&finder, "358240051111120", 0x5a, 4), 0);
    assert_int_equal(key_in(&finder, "pc07", 0x5a, 4), 0);
    assert_int_equal(key_in(&finder, "asha.rao@mail.example", 0x5a, 4), 0);
    assert_int_equal(key_in(&finder, "", 0x5a, 0), 0);
    assert_int_equal(key_in(&finder, "aaaaaaaaaaaaaaaaaaaaaa", 0x5a, 0), 0);
    finder_free(&finder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_key), cmocka_unit_test(no_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
