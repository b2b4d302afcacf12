/* A growing buffer that is born with its cap: it never holds more than `max` bytes, whatever is
 * appended, so that no input can make it grow without bound. */
#ifndef TT_BASE_BUF_H
#define TT_BASE_BUF_H

#include "base/err.h"
#include "base/span.h"

struct tt_buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;
};

/* An empty buffer that may grow to `max` bytes. Allocates nothing. */
static inline struct tt_buf tt_buf_make(size_t max)
{
    return (struct tt_buf){.max = max};
}

static inline struct tt_span tt_buf_span(const struct tt_buf *buf)
{
    return (struct tt_span){.data = buf->data, .len = buf->len};
}

static inline void tt_buf_clear(struct tt_buf *buf)
{
    buf->len = 0;
}

/* All or nothing: TT_ERR_LIMIT when the cap would be passed, TT_ERR_MEMORY without memory. */
TT_MUST_USE enum tt_err tt_buf_append(struct tt_buf *buf, struct tt_span bytes);
TT_MUST_USE enum tt_err tt_buf_append_str(struct tt_buf *buf, const char *text);
TT_MUST_USE enum tt_err tt_buf_append_u8(struct tt_buf *buf, uint8_t byte);
TT_MUST_USE enum tt_err tt_buf_printf(struct tt_buf *buf, const char *format, ...) TT_PRINTF(2, 3);

/* Makes room for `more` bytes behind the content, so that a decoder can write there and add to len.
 */
TT_MUST_USE enum tt_err tt_buf_reserve(struct tt_buf *buf, size_t more);

/* Forgets the first `n` bytes (all, if fewer). */
void tt_buf_drop(struct tt_buf *buf, size_t n);

void tt_buf_free(struct tt_buf *buf);

/* tt_buf_free for secrets: overwrites the content first. */
void tt_buf_wipe(struct tt_buf *buf);

#endif
