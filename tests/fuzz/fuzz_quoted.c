/* Quoted-printable, RFC 2045. */
#include "content/quoted.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.codings = "quoted-printable"};
    return fuzz_content(&tt_decoder_quoted, &body, data, size, true);
}
