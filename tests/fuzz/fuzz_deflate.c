/* zlib (RFC 1950) and bare deflate (RFC 1951). */
#include "content/inflate.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.codings = "deflate"};
    bool wrapped = size > 1 && data[1] < 128;
    return fuzz_content(wrapped ? &tt_decoder_zlib : &tt_decoder_deflate, &body, data, size, false);
}
