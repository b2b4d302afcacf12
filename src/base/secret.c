#include "base/secret.h"

#include <string.h>

void tt_wipe(void *data, size_t len)
{
    if (len == 0)
        return;
    memset(data, 0, len);
    /* The compiler must assume that this statement reads the memory. */
    __asm__ __volatile__("" : : "r"(data) : "memory");
}
