/* JSON, RFC 8259. */
#include "content/json.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "application/json"};
    return fuzz_content(&tt_decoder_json, &body, data, size, true);
}
