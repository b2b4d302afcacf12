/* BSON, bsonspec.org. */
#include "content/bson.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "application/bson"};
    return fuzz_content(&tt_decoder_bson, &body, data, size, true);
}
