/* Percent-encoding of a whole text, RFC 3986. */
#include "content/percent.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.step = "body"};
    return fuzz_content(&tt_decoder_percent, &body, data, size, true);
}
