/* NetBIOS names in first-level encoding, RFC 1001. */
#include "content/netbios.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.codings = "netbios"};
    return fuzz_content(&tt_decoder_netbios, &body, data, size, true);
}
