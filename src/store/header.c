#include "store/header.h"

#include "base/reader.h"
#include "store/case.h"

enum { PAGE_COUNT_AT = 28, USER_VERSION_AT = 60, APPLICATION_ID_AT = 68 };

bool tt_case_header_read(struct tt_span bytes, struct tt_case_header *ret_header)
{
    static const char magic[16] = "SQLite format 3";
    struct tt_reader reader = tt_reader_of(bytes);
    bool sqlite =
        tt_span_eq(tt_read_span(&reader, sizeof(magic)), tt_span_of(magic, sizeof(magic)));
    uint64_t page_size = tt_read_u16(&reader);
    tt_read_skip(&reader, PAGE_COUNT_AT - sizeof(magic) - 2);
    uint64_t pages = tt_read_u32(&reader);
    tt_read_skip(&reader, USER_VERSION_AT - PAGE_COUNT_AT - 4);
    uint32_t version = tt_read_u32(&reader);
    tt_read_skip(&reader, APPLICATION_ID_AT - USER_VERSION_AT - 4);
    uint32_t application = tt_read_u32(&reader);
    if (reader.failed || !sqlite || application != TT_CASE_APPLICATION_ID || version == 0)
        return false;
    if (page_size == 1) /* 65536 does not fit */
        page_size = 65536;
    *ret_header = (struct tt_case_header){.version = version, .bytes = page_size * pages};
    return true;
}
