#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "support/flush.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct flush flush_make(struct tt_span bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (bytes.len + page - 1) / page * page + page;
    uint8_t *map =
        mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + room, page, PROT_NONE) != 0)
        abort();
    uint8_t *at = map + room - bytes.len;
    if (bytes.len > 0)
        memcpy(at, bytes.data, bytes.len);
    return (struct flush){.span = tt_span_of(at, bytes.len), .map = map, .map_len = room + page};
}

void flush_free(struct flush *flush)
{
    if (flush->map != NULL)
        (void)munmap(flush->map, flush->map_len);
    flush->map = NULL;
}
