/* Form fields. */
#include "content/form.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "application/x-www-form-urlencoded"};
    return fuzz_content(&tt_decoder_form, &body, data, size, true);
}
