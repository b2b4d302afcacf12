/* gzip, RFC 1952. */
#include "content/inflate.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.codings = "gzip"};
    return fuzz_content(&tt_decoder_gzip, &body, data, size, false);
}
