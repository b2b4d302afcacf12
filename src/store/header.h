/* The first bytes of a case file, read before SQLite sees them
 * (https://www.sqlite.org/fileformat.html, 1.3). */
#ifndef TT_STORE_HEADER_H
#define TT_STORE_HEADER_H

#include "base/span.h"

enum { TT_CASE_HEADER_LEN = 100 };

struct tt_case_header {
    uint32_t version; /* of the schema, from 1 */
    uint64_t bytes;   /* that the whole file must have at least */
};

/* False when `bytes` (TT_CASE_HEADER_LEN of them, fewer never fit) do not begin a case file. */
bool tt_case_header_read(struct tt_span bytes, struct tt_case_header *ret_header);

#endif
