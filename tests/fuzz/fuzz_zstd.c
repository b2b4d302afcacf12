/* Zstandard, RFC 8878. */
#include "content/zstd.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.codings = "zstd"};
    return fuzz_content(&tt_decoder_zstd, &body, data, size, false);
}
