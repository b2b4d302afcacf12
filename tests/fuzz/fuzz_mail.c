/* Messages of mail, RFC 5322. */
#include "content/mail.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "message/rfc822"};
    return fuzz_content(&tt_decoder_mail, &body, data, size, true);
}
