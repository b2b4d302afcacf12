#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/secrets.h"
#include "model/limits.h"

#include <stdlib.h>

static void test_kept_in_order(void **state)
{
    (void)state;
    struct tt_secrets secrets = {0};
    char text[] = "CLIENT_RANDOM 00";
    for (unsigned i = 0; i < 100; i++) {
        text[15] = (char)('0' + i % 10);
        assert_int_equal(tt_secrets_add(&secrets, i, tt_span_str(text)), TT_OK);
    }
    assert_int_equal(tt_secrets_add(&secrets, 100, tt_span_of(NULL, 0)), TT_OK);
    uint32_t type = 0;
    struct tt_span data = {0};
    assert_true(tt_secrets_at(&secrets, 57, &type, &data));
    assert_int_equal(type, 57);
    assert_true(tt_span_eq(data, tt_span_str("CLIENT_RANDOM 07")));
    assert_true(tt_secrets_at(&secrets, 100, &type, &data));
    assert_int_equal(data.len, 0);
    assert_false(tt_secrets_at(&secrets, 101, &type, &data));
    tt_secrets_free(&secrets);
    assert_false(tt_secrets_at(&secrets, 0, &type, &data));
}

static void test_cap_on_bytes(void **state)
{
    (void)state;
    struct tt_secrets secrets = {0};
    size_t len = TT_SECRETS_MAX / 2;
    uint8_t *big = calloc(1, len);
    assert_non_null(big);
    assert_int_equal(tt_secrets_add(&secrets, 0, tt_span_of(big, len)), TT_OK);
    assert_int_equal(tt_secrets_add(&secrets, 0, tt_span_of(big, len)), TT_ERR_LIMIT);
    assert_int_equal(tt_secrets_add(&secrets, 0, tt_span_of(big, 100)), TT_OK);
    tt_secrets_free(&secrets);
    free(big);
}

static void test_cap_on_empty_ones(void **state)
{
    (void)state;
    struct tt_secrets secrets = {0};
    size_t count = 0;
    while (tt_secrets_add(&secrets, 0, tt_span_of(NULL, 0)) == TT_OK)
        count++;
    assert_true(count > 1000);
    assert_true(count <= TT_SECRETS_MAX / 16);
    tt_secrets_free(&secrets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_in_order),
        cmocka_unit_test(test_cap_on_bytes),
        cmocka_unit_test(test_cap_on_empty_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
