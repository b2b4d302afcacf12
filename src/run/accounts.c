/* In which bucket of the ledger the bytes of an outermost body end.
 *
 * By what the outermost body is; but what it carries in base64, hexadecimal digits or another
 * coding may be understood by nobody, as where an app encrypts what it says. The bytes that such a
 * text was written in are taken out again, and count as opaque. Short ones are left: digests,
 * random names of sessions, and what else says no more than who it is. */
#include "content/plausible.h"
#include "content/printable.h"
#include "identify/digest.h"
#include "model/frame.h"
#include "run/search_node.h"

#include <stdlib.h>

enum { SIGNATURE_MAX = 512 }; /* bytes: RSA with 4096 bits */

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

/* ---- what decoded bytes say ---- */

/* Letters and digits that are no base64, such as a path, decode to something, too. Of random bytes
 * 41 characters in a hundred are capital letters, 41 small ones and 16 digits; 16 pairs of
 * neighbours are both small, where words have far more. */
static bool was_base64(struct tt_span bytes)
{
    enum { UPPER, LOWER, DIGIT, OTHER, SORTS };
    enum { ENOUGH = 96 }; /* bytes: then luck spares one in ten thousand */
    if (bytes.len > ENOUGH)
        bytes.len = ENOUGH;
    size_t count[SORTS] = {0};
    size_t pairs[SORTS] = {0}; /* of the same sort, but not of the same character: a filling */
    size_t all = bytes.len / 3 * 4;
    uint32_t last = UINT32_MAX;
    unsigned last_sort = OTHER;
    for (size_t i = 0; i + 3 <= bytes.len; i += 3) {
        uint32_t group = (uint32_t)bytes.data[i] << 16 | (uint32_t)bytes.data[i + 1] << 8 |
                         (uint32_t)bytes.data[i + 2];
        for (unsigned shift = 24; shift > 0; shift -= 6) {
            uint32_t value = group >> (shift - 6) & 0x3f;
            unsigned sort = value < 26 ? UPPER : value < 52 ? LOWER : value < 62 ? DIGIT : OTHER;
            count[sort]++;
            pairs[sort] += sort == last_sort && value != last;
            last = value;
            last_sort = sort;
        }
    }
    return count[UPPER] * 8 >= all && count[LOWER] * 8 >= all && count[DIGIT] * 25 >= all &&
           pairs[UPPER] * 3 <= all && pairs[LOWER] * 3 <= all;
}

/* Digits that repeat are a filling or a number. */
static bool was_hex(struct tt_span bytes)
{
    enum { VALUES_MIN = 16 };
    bool seen[256] = {false};
    size_t values = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        values += !seen[bytes.data[i]];
        seen[bytes.data[i]] = true;
    }
    return values >= VALUES_MIN;
}

static bool was_meant(const struct node *node, struct tt_span head)
{
    const char *step = node->body.step;
    if (node->is_value || step == NULL)
        return true;
    if (strcmp(step, "base64") == 0)
        return was_base64(head);
    return strcmp(step, "hex") != 0 || was_hex(head);
}

void tt_accounts_judge(struct node *node, struct tt_span head)
{
    bool told = node->body.format == TT_FORMAT_OPAQUE || node->body.format == TT_FORMAT_REST;
    if (node->parent == NULL || told)
        return;
    if (head.len > TT_DIGEST_LEN_MAX && !tt_is_printable(head) && was_meant(node, head))
        node->sense = TT_SENSE_UNKNOWN;
    else if (node->search->unread_count > 0 && head.len > 0 && tt_is_text(head))
        node->sense = TT_SENSE_MEANT;
}

/* ---- where they stand ---- */

/* The bytes of the root that a node was made from. Exact where all between them is text; where a
 * coding lies between, as much of its bytes as of what it gave; but nothing compresses bytes that
 * cannot be told from random ones. */
static void find_range(const struct node *node, struct unread_run *ret_run)
{
    double from = (double)node->body.at;
    double len = (double)node->body.len;
    const double least = node->body.kind == TT_STEP_CODING ? (double)node->body.out_len : len;
    for (const struct node *up = node->parent; up->parent != NULL; up = up->parent) {
        double in = (double)up->body.len;
        double out = (double)up->body.out_len;
        if (out > 0 && in != out) {
            from = from * in / out;
            len = len * in / out;
            if (in < out && len < least)
                len = least < in ? least : in;
            if (from + len > in)
                from = in > len ? in - len : 0;
        }
        from += (double)up->body.at;
    }
    ret_run->from = (uint64_t)from;
    ret_run->to = (uint64_t)(from + len);
}

static int by_start(const void *left, const void *right)
{
    const struct unread_run *a = left;
    const struct unread_run *b = right;
    return (a->from > b->from) - (a->from < b->from);
}

/* Takes them out of what was read. What says the same bytes twice counts once. */
static void take_out(struct sweep *search)
{
    static const enum tt_bucket buckets[] = {TT_BUCKET_DECODED, TT_BUCKET_RAW_TEXT,
                                             TT_BUCKET_OPENED};
    uint64_t bytes = 0;
    if (search->unread_count > 1)
        qsort(search->unread, search->unread_count, sizeof(search->unread[0]), by_start);
    for (size_t i = 0; i < search->unread_count; i++) {
        const struct unread_run *run = &search->unread[i];
        uint64_t from = run->from > search->unread_done ? run->from : search->unread_done;
        if (run->to <= from)
            continue;
        bytes += run->to - from;
        search->unread_done = run->to;
    }
    search->unread_count = 0;
    for (size_t i = 0; i < TT_ARRAY_LEN(buckets); i++) {
        uint64_t *bucket = &search->buckets[buckets[i]];
        uint64_t part = *bucket < bytes ? *bucket : bytes;
        *bucket -= part;
        search->buckets[TT_BUCKET_OPAQUE] += part;
        bytes -= part;
    }
}

/* What is understood was first taken for something else. Of a part, what is left over is kept where
 * it still is more than any digest. */
static void put_back(struct sweep *search, const struct node *node)
{
    struct unread_run understood = {0};
    find_range(node, &understood);
    size_t kept = 0;
    for (size_t i = 0; i < search->unread_count; i++) {
        struct unread_run run = search->unread[i];
        bool earlier = run.order <= node->unread_before;
        if (earlier && run.from < understood.to && run.to > understood.from) {
            uint64_t before = understood.from > run.from ? understood.from - run.from : 0;
            uint64_t behind = run.to > understood.to ? run.to - understood.to : 0;
            if (before >= behind)
                run.to = run.from + before;
            else
                run.from = run.to - behind;
            if (run.to - run.from <= TT_DIGEST_LEN_MAX)
                continue;
        }
        search->unread[kept++] = run;
    }
    search->unread_count = kept;
}

/* A JSON Web Signature (RFC 7515): two texts in JSON, each in base64 and with a character between,
 * and behind them bytes that say nothing but that they are true. */
static bool is_signature(const struct node *node)
{
    struct sweep *search = node->search;
    if (node->parent != search->signed_in)
        return false;
    if (node->body.at < search->signature_end)
        return true;
    if (search->signed_parts < 2 || node->body.at != search->signed_end + 1 ||
        node->body.out_len > SIGNATURE_MAX)
        return false;
    search->signature_end = node->body.at + node->body.len;
    return true;
}

static void note_signed(const struct node *node)
{
    struct sweep *search = node->search;
    bool follows = node->parent == search->signed_in && node->body.at == search->signed_end + 1;
    search->signed_parts = follows ? search->signed_parts + 1 : 1;
    search->signed_in = node->parent;
    search->signed_end = node->body.at + node->body.len;
    search->signature_end = 0;
}

void tt_accounts_settle(struct node *node)
{
    struct sweep *search = node->search;
    if (node->parent == NULL || search->recipes_at_work)
        return;
    bool coding = node->body.kind == TT_STEP_CODING;
    if (node->decoder != NULL || node->sense == TT_SENSE_MEANT) {
        if (coding && search->unread_count > 0)
            put_back(search, node);
        if (coding && node->decoder != NULL && strcmp(node->decoder->name, "json") == 0)
            note_signed(node);
        return;
    }
    if (node->sense != TT_SENSE_UNKNOWN || is_signature(node))
        return;
    if (search->unread_count == UNREAD_RUNS_MAX)
        take_out(search);
    struct unread_run *run = &search->unread[search->unread_count++];
    find_range(node, run);
    run->order = ++search->unread_order;
}

/* ---- accounts ---- */

void tt_accounts_tell(struct sweep *search)
{
    const struct tt_search_sink *sink = search->searcher->sink;
    struct tt_account account = {.flow = search->root->body.flow,
                                 .direction = search->root->body.direction,
                                 .capture = search->capture,
                                 .host = search->context.host,
                                 .relayed = search->context.relays_all};
    if (search->unread_count > 0)
        take_out(search);
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
