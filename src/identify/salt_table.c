#include "identify/salt_table.h"

#include "model/limits.h"

#include <stdlib.h>

enum { ROWS_MAX = 4096, ROWS_MIN = 16 };

/* What the row of the same number was computed for. */
struct label {
    uint16_t method;
    uint8_t len; /* 0: for nothing yet */
    uint8_t field[TT_RECIPE_FIELD_LEN_MAX];
};

struct tt_salt_table {
    size_t row_len;
    size_t row_count; /* a power of two */
    struct label *labels;
    uint64_t *keys;
};

struct tt_salt_table *tt_salt_table_new(size_t row_len)
{
    struct tt_salt_table *table = calloc(1, sizeof(*table));
    if (table == NULL)
        return NULL;
    if (row_len == 0)
        row_len = 1;
    table->row_len = row_len;
    table->row_count = ROWS_MAX;
    while (table->row_count > ROWS_MIN &&
           table->row_count * row_len * sizeof(*table->keys) > (size_t)TT_RECIPE_TABLE_BYTES_MAX)
        table->row_count /= 2;
    table->labels = calloc(table->row_count, sizeof(*table->labels));
    table->keys = malloc(table->row_count * row_len * sizeof(*table->keys));
    if (table->labels == NULL || table->keys == NULL) {
        tt_salt_table_free(table);
        return NULL;
    }
    return table;
}

void tt_salt_table_free(struct tt_salt_table *table)
{
    if (table == NULL)
        return;
    free(table->keys);
    free(table->labels);
    free(table);
}

/* FNV-1a. Whoever makes rows fall on one place makes them be computed again, within the limits. */
static size_t place_of(const struct tt_salt_table *table, size_t method, struct tt_span field)
{
    uint64_t hash = 14695981039346656037U ^ method;
    for (size_t i = 0; i < field.len; i++)
        hash = (hash ^ field.data[i]) * 1099511628211U;
    return (size_t)(hash ^ hash >> 32) & (table->row_count - 1);
}

uint64_t *tt_salt_table_row(struct tt_salt_table *table, size_t method, struct tt_span field,
                            bool *ret_known)
{
    size_t at = place_of(table, method, field);
    struct label *label = &table->labels[at];
    field = tt_span_sub(field, 0, TT_RECIPE_FIELD_LEN_MAX);
    *ret_known = label->method == method && label->len == field.len && field.len > 0 &&
                 memcmp(label->field, field.data, field.len) == 0;
    if (!*ret_known) {
        label->method = (uint16_t)method;
        label->len = (uint8_t)field.len;
        if (field.len > 0)
            memcpy(label->field, field.data, field.len);
    }
    return table->keys + at * table->row_len;
}
