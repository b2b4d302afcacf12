/* Bond Compact Binary, version 1 (first byte even) or 2. */
#include "content/bond.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "application/bond-compact-binary"};
    if (size == 0)
        return 0;
    const struct tt_decoder *decoder = data[0] % 2 == 0 ? &tt_decoder_bond_v1 : &tt_decoder_bond_v2;
    return fuzz_content(decoder, &body, data + 1, size - 1, true);
}
