/* vCard files: what is handed over is UTF-8 and holds something. */
#include "base/utf.h"
#include "identify/vcard.h"

#include <stdlib.h>

static void check(struct tt_span text)
{
    if (!tt_utf8_valid(text) || tt_span_find(text, 0) < text.len)
        abort();
}

static enum tt_err on_card(void *context, const struct tt_vcard *card)
{
    (void)context;
    if (card->name.len + card->number_count + card->email_count == 0)
        abort();
    check(card->name);
    for (size_t i = 0; i < card->number_count; i++)
        check(card->numbers[i]);
    for (size_t i = 0; i < card->email_count; i++)
        check(card->emails[i]);
    return TT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_arena arena = tt_arena_make(67108864);
    size_t skipped = 0;
    enum tt_err err = tt_vcard_read(tt_span_of(data, size), &arena, on_card, NULL, &skipped);
    if (err != TT_OK && err != TT_ERR_FORMAT && err != TT_ERR_MEMORY)
        abort();
    tt_arena_wipe(&arena);
    return 0;
}
