/* Escapes inside text. */
#include "content/escape.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *make(const struct tt_content_sink *sink)
{
    return tt_escapes_new(sink);
}

static void feed(void *reader, const struct tt_piece *piece)
{
    tt_escapes_feed(reader, piece, 0);
}

static void end(void *reader)
{
    tt_escapes_end(reader);
    tt_escapes_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fuzz_reader kind = {.make = make, .feed = feed, .end = end};
    return fuzz_reader(&kind, data, size, true);
}
