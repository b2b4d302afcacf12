/* Heads of HTTP messages, RFC 9112. */
#include "content/http_head.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.format = TT_FORMAT_HTTP_HEAD};
    return fuzz_content(&tt_decoder_http_head, &body, data, size, true);
}
