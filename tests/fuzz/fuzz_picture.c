/* JPEG and HEIF with Exif. */
#include "content/picture.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {0};
    bool jpeg = size > 2 && data[2] == 0xff;
    return fuzz_content(jpeg ? &tt_decoder_jpeg : &tt_decoder_heif, &body, data, size, true);
}
