/* DNS messages as bodies, RFC 8484. */
#include "content/dns_message.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "application/dns-message"};
    return fuzz_content(&tt_decoder_dns_message, &body, data, size, true);
}
