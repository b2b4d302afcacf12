/* Thrift compact protocol. */
#include "content/thrift.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "application/vnd.apache.thrift.compact"};
    return fuzz_content(&tt_decoder_thrift, &body, data, size, true);
}
