#include "base/buf.h"

#include "base/secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAP = 64 };

enum tt_err tt_buf_reserve(struct tt_buf *buf, size_t more)
{
    if (more > buf->max - buf->len)
        return TT_ERR_LIMIT;
    size_t need = buf->len + more;
    if (need <= buf->cap)
        return TT_OK;
    size_t cap = buf->cap < FIRST_CAP ? FIRST_CAP : buf->cap;
    while (cap < need)
        cap = cap > buf->max / 2 ? buf->max : cap * 2;
    uint8_t *data = realloc(buf->data, cap);
    if (data == NULL)
        return TT_ERR_MEMORY;
    buf->data = data;
    buf->cap = cap;
    return TT_OK;
}

enum tt_err tt_buf_append(struct tt_buf *buf, struct tt_span bytes)
{
    enum tt_err err = tt_buf_reserve(buf, bytes.len);
    if (err != TT_OK || bytes.len == 0)
        return err;
    memcpy(buf->data + buf->len, bytes.data, bytes.len);
    buf->len += bytes.len;
    return TT_OK;
}

enum tt_err tt_buf_append_str(struct tt_buf *buf, const char *text)
{
    return tt_buf_append(buf, tt_span_str(text));
}

enum tt_err tt_buf_append_u8(struct tt_buf *buf, uint8_t byte)
{
    return tt_buf_append(buf, tt_span_of(&byte, 1));
}

enum tt_err tt_buf_printf(struct tt_buf *buf, const char *format, ...)
{
    char small[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    if (n < 0)
        return TT_ERR_INTERNAL;
    if ((size_t)n < sizeof(small))
        return tt_buf_append(buf, tt_span_of(small, (size_t)n));
    if ((size_t)n > buf->max - buf->len)
        return TT_ERR_LIMIT;
    /* vsnprintf insists on a terminator, for which a buffer that is just large enough has no room.
     */
    char *large = malloc((size_t)n + 1);
    if (large == NULL)
        return TT_ERR_MEMORY;
    va_start(args, format);
    (void)vsnprintf(large, (size_t)n + 1, format, args);
    va_end(args);
    enum tt_err err = tt_buf_append(buf, tt_span_of(large, (size_t)n));
    tt_wipe(large, (size_t)n); /* the buffer may be one that is wiped */
    free(large);
    return err;
}

void tt_buf_drop(struct tt_buf *buf, size_t n)
{
    if (n >= buf->len) {
        buf->len = 0;
        return;
    }
    memmove(buf->data, buf->data + n, buf->len - n);
    buf->len -= n;
}

void tt_buf_free(struct tt_buf *buf)
{
    if (buf == NULL)
        return;
    free(buf->data);
    *buf = (struct tt_buf){.max = buf->max};
}

void tt_buf_wipe(struct tt_buf *buf)
{
    if (buf == NULL)
        return;
    if (buf->data != NULL)
        tt_wipe(buf->data, buf->cap);
    tt_buf_free(buf);
}
