#include "capture/input.h"

#include "capture/digest.h"

#include <stdlib.h>

uint64_t tt_input_skip(struct tt_input *input, uint64_t n)
{
    while (n > 0 && tt_input_have(input, 1)) {
        size_t visible = input->len - input->at;
        size_t step = n < visible ? (size_t)n : visible;
        input->at += step;
        n -= step;
    }
    return n;
}

enum tt_err tt_input_failure(const struct tt_input *input, struct tt_error *error)
{
    if (input->error.code == TT_OK)
        return TT_OK;
    return tt_error_set(error, input->error.code, "%s", input->error.text);
}

void tt_input_free(struct tt_input *input)
{
    if (input != NULL)
        input->kind->free(input);
}

static bool no_more(struct tt_input *input, size_t n)
{
    return input->len - input->at >= n;
}

static void free_bytes(struct tt_input *input)
{
    free(input);
}

static const struct tt_input_kind bytes_kind = {.fill = no_more, .free = free_bytes};

struct tt_input *tt_input_of_bytes(struct tt_span bytes, struct tt_digest *digest)
{
    struct tt_input *input = calloc(1, sizeof(*input));
    if (input == NULL)
        return NULL;
    tt_digest_add(digest, bytes);
    *input = (struct tt_input){.kind = &bytes_kind,
                               .data = bytes.data,
                               .len = bytes.len,
                               .size = bytes.len,
                               .patient = true};
    return input;
}
