/* MessagePack, msgpack.org. */
#include "content/msgpack.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "application/msgpack"};
    return fuzz_content(&tt_decoder_msgpack, &body, data, size, true);
}
