/* The table of open flows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "model/limits.h"
#include "net/flow_table.h"
#include "net/tcp.h"

/* A million flows are open at the same time: what one takes is part of the design (ARCHITECTURE.md,
 * "What bounds a run"). */
static void test_size(void **state)
{
    (void)state;
    assert_true(sizeof(struct tt_tcp) <= 400);
    assert_true(TT_FLOWS_MAX >= 1000000);
}

static struct tt_flow_key key_of(uint32_t number)
{
    struct tt_flow_key key = {.transport = TT_TRANSPORT_TCP, .port = {(uint16_t)number, 80}};
    const uint8_t from[4] = {10, (uint8_t)(number >> 24), (uint8_t)(number >> 16), 1};
    const uint8_t to[4] = {198, 51, 100, 7};
    key.addr[0] = tt_addr_make(TT_ADDR_IPV4, from);
    key.addr[1] = tt_addr_make(TT_ADDR_IPV4, to);
    return key;
}

static struct tt_conn *add(struct tt_flow_table *table, uint32_t number, uint32_t second)
{
    struct tt_conn *conn = calloc(1, sizeof(*conn));
    assert_non_null(conn);
    struct tt_flow_key key = key_of(number);
    conn->flow.id = number;
    for (size_t i = 0; i < 2; i++)
        conn->flow.ends[i] = (struct tt_endpoint){.addr = key.addr[i], .port = key.port[i]};
    assert_int_equal(tt_flow_table_add(table, tt_flow_table_hash(table, &key), conn, second),
                     TT_OK);
    return conn;
}

/* However they were touched and closed: sorted they follow each other by their ids, forwards and
 * backwards, and can still be found and removed. */
static void expect_sorted(uint32_t count, uint32_t touches)
{
    struct tt_flow_table table = {.seed = 5};
    struct tt_conn **conns = calloc((size_t)count + 1, sizeof(struct tt_conn *));
    assert_non_null(conns);
    for (uint32_t i = 0; i < count; i++)
        conns[i] = add(&table, i * 7919 % count + 1, 1);
    uint64_t chance = 1;
    for (uint32_t i = 0; i < touches; i++) {
        chance = chance * UINT64_C(6364136223846793005) + 1442695040888963407U;
        struct tt_conn *conn = conns[(chance >> 33) % count];
        tt_flow_table_touch(&table, conn, i + 2);
        if (i % 5 == 0)
            tt_flow_table_set_closing(&table, conn);
    }
    tt_flow_table_sort(&table);
    assert_null(table.closing.oldest);
    uint64_t id = 0;
    const struct tt_conn *before = NULL;
    for (struct tt_conn *conn = table.active.oldest; conn != NULL; conn = conn->newer) {
        assert_int_equal(conn->flow.id, ++id);
        assert_ptr_equal(conn->older, before);
        before = conn;
    }
    assert_int_equal(id, count);
    assert_ptr_equal(table.active.newest, before);
    while (table.active.oldest != NULL) {
        struct tt_conn *oldest = table.active.oldest;
        struct tt_flow_key key = key_of((uint32_t)oldest->flow.id);
        enum tt_direction direction;
        assert_ptr_equal(
            tt_flow_table_find(&table, tt_flow_table_hash(&table, &key), &key, &direction), oldest);
        tt_flow_table_remove(&table, oldest);
        free(oldest);
    }
    assert_int_equal(tt_flow_table_count(&table), 0);
    tt_flow_table_free(&table);
    free(conns);
}

static void test_sort(void **state)
{
    (void)state;
    for (uint32_t count = 0; count < 40; count++)
        expect_sorted(count, count == 0 ? 0 : 3 * count);
    expect_sorted(4096, 0);
    expect_sorted(10007, 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_sort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
