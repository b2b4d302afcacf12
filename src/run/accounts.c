/* In which bucket of the ledger the bytes of an outermost body end. */
#include "model/frame.h"
#include "run/search_node.h"

static bool looks_like_text(struct tt_span bytes)
{
    enum { SAMPLES = 64 };
    size_t step = bytes.len / SAMPLES + 1;
    for (size_t at = 0; at < bytes.len; at += step) {
        uint8_t c = bytes.data[at];
        if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f'))
            return false;
    }
    return true;
}

static enum tt_bucket bucket_of(const struct node *root, struct tt_span bytes)
{
    if (root->search->context.ciphertext)
        return TT_BUCKET_ENCRYPTED;
    if (root->decoder != NULL && root->decoder->sort == TT_CODING)
        return TT_BUCKET_OPENED;
    if (root->decoder != NULL || root->body.format == TT_FORMAT_HTTP_HEAD ||
        root->body.format == TT_FORMAT_OPAQUE)
        return TT_BUCKET_DECODED;
    if (!looks_like_text(bytes))
        return TT_BUCKET_OPAQUE;
    return root->search->context.raw ? TT_BUCKET_RAW_TEXT : TT_BUCKET_DECODED;
}

void tt_accounts_tell(struct sweep *search)
{
    const struct tt_search_sink *sink = search->searcher->sink;
    struct tt_account account = {.flow = search->root->body.flow,
                                 .direction = search->root->body.direction,
                                 .capture = search->capture,
                                 .host = search->context.host};
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++) {
        account.bucket = (enum tt_bucket)i;
        account.bytes = search->buckets[i];
        if (account.bytes == 0)
            continue;
        sink->account(sink->context, &account);
        search->buckets[i] = 0;
        search->spoke = true;
    }
}

void tt_accounts_count(struct node *root, const struct tt_piece *piece)
{
    struct sweep *search = root->search;
    uint32_t capture = tt_frame_capture(piece->origin.first_frame);
    if (TT_UNLIKELY(capture != search->capture)) {
        tt_accounts_tell(search);
        search->capture = capture;
    }
    enum tt_bucket bucket = bucket_of(root, piece->bytes);
    search->buckets[tt_bucket_in_flow(root->body.flow, bucket)] += piece->bytes.len;
}
