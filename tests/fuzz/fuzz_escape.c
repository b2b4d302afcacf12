/* Escapes inside text. */
#include "content/escape.h"

#include "fuzz_content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(struct fuzz_sink *fuzz, struct tt_span input, size_t first, size_t step)
{
    struct tt_escapes *escapes = tt_escapes_new(&fuzz->sink);
    fuzz_check(escapes != NULL, "memory");
    for (size_t at = 0; at < input.len;) {
        struct tt_span part = tt_span_sub(input, at, at == 0 ? first : step);
        uint8_t *copy = malloc(part.len);
        fuzz_check(copy != NULL, "memory");
        memcpy(copy, part.data, part.len);
        struct tt_piece piece = {.bytes = tt_span_of(copy, part.len), .at = at};
        fuzz->fed = at + part.len;
        tt_escapes_feed(escapes, &piece, 0);
        at += part.len;
        free(copy);
    }
    tt_escapes_end(escapes);
    tt_escapes_free(escapes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct tt_span input = tt_span_of(data + 2, size - 2);
    struct fuzz_sink *whole = fuzz_sink_new();
    struct fuzz_sink *cut = fuzz_sink_new();
    feed(whole, input, input.len, input.len);
    feed(cut, input, data[0] + 1U, data[1] % 64 + 1U);
    uint64_t hash = fuzz_sink_end(whole);
    uint64_t cut_hash = fuzz_sink_end(cut);
    bool spent = whole->count == BODIES_MAX || whole->total >= OUTPUT_MAX;
    fuzz_check(spent || hash == cut_hash, "the cut makes a difference");
    fuzz_deeper(whole);
    fuzz_sink_free(whole);
    fuzz_sink_free(cut);
    return 0;
}
