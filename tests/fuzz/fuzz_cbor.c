/* CBOR, RFC 8949. */
#include "content/cbor.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "application/cbor"};
    return fuzz_content(&tt_decoder_cbor, &body, data, size, true);
}
