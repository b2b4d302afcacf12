/* Salted digests that were computed lately, kept by their salt.
 *
 * The fields of a message are mostly those of the message before it: its host, its user agent, the
 * words of its header. So the digests of all of the owner's values with one field are a *row*,
 * which is computed once: of each digest the first 8 bytes. An unknown token is compared with the
 * row; what fits is computed again to be sure. Rows of other fields are overwritten.
 *
 * Used by recipe_salt.c, borrowed from the digest set. One thread at a time. */
#ifndef TT_IDENTIFY_SALT_TABLE_H
#define TT_IDENTIFY_SALT_TABLE_H

#include "base/span.h"

struct tt_salt_table;

/* `row_len`: digests of one row. NULL without memory. */
struct tt_salt_table *tt_salt_table_new(size_t row_len);
void tt_salt_table_free(struct tt_salt_table *table);

/* The row for digests by method number `method` with `field` (at most TT_RECIPE_FIELD_LEN_MAX
 * bytes). It is borrowed until the next call. `*ret_known`: it was computed before; else the caller
 * writes all of it now. */
uint64_t *tt_salt_table_row(struct tt_salt_table *table, size_t method, struct tt_span field,
                            bool *ret_known);

#endif
