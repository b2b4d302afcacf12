/* Protocol Buffers, bare (first byte even) or framed by gRPC. */
#include "content/protobuf.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "application/x-protobuf"};
    if (size == 0)
        return 0;
    const struct tt_decoder *decoder = data[0] % 2 == 0 ? &tt_decoder_protobuf : &tt_decoder_grpc;
    return fuzz_content(decoder, &body, data + 1, size - 1, true);
}
