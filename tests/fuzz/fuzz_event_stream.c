/* Server-sent events, WHATWG HTML, section 9.2. */
#include "content/event_stream.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tt_body body = {.media_type = "text/event-stream"};
    return fuzz_content(&tt_decoder_event_stream, &body, data, size, true);
}
