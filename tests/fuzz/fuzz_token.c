/* Base64 and hexadecimal runs inside text. */
#include "content/token.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.step = "body"};
    return fuzz_content(NULL, &body, data, size, true);
}
