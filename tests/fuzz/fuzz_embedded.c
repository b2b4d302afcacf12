/* Messages known by a signature, in the middle of other bytes. */
#include "content/embedded.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *make(const struct tt_content_sink *sink)
{
    return tt_embedded_new(sink);
}

static void feed(void *reader, const struct tt_piece *piece)
{
    tt_embedded_feed(reader, piece);
}

static void end(void *reader)
{
    tt_embedded_end(reader);
    tt_embedded_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fuzz_reader kind = {.make = make, .feed = feed, .end = end};
    return fuzz_reader(&kind, data, size, false);
}
