/* Bodies in parts, RFC 2046. */
#include "content/multipart.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "multipart/form-data", .boundary = "b"};
    return fuzz_content(&tt_decoder_multipart, &body, data, size, true);
}
