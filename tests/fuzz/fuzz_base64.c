/* Bodies declared as base64, RFC 2045. */
#include "content/base64.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.codings = "base64"};
    return fuzz_content(&tt_decoder_base64, &body, data, size, true);
}
