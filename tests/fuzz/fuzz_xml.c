/* XML, HTML and XML property lists. */
#include "content/xml.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {0};
    return fuzz_content(&tt_decoder_xml, &body, data, size, true);
}
