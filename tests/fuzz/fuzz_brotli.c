/* Brotli, RFC 7932. */
#include "content/brotli.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.codings = "br"};
    return fuzz_content(&tt_decoder_brotli, &body, data, size, false);
}
