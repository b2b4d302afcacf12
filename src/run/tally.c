#include "run/tally.h"

#include <stdlib.h>
#include <string.h>

struct tt_tally_capture {
    uint64_t missing;
    uint64_t buckets[TT_BUCKET_COUNT];
};

void tt_tally_free(struct tt_tally *tally)
{
    free(tally->captures);
    *tally = (struct tt_tally){.captures = NULL};
}

static enum tt_err get(struct tt_tally *tally, uint32_t at, struct tt_tally_capture **ret_capture)
{
    if (TT_UNLIKELY(at >= tally->count)) {
        size_t count = (size_t)at + 1;
        struct tt_tally_capture *captures = realloc(tally->captures, count * sizeof(*captures));
        if (captures == NULL)
            return TT_ERR_MEMORY;
        memset(captures + tally->count, 0, (count - tally->count) * sizeof(*captures));
        tally->captures = captures;
        tally->count = count;
    }
    *ret_capture = &tally->captures[at];
    return TT_OK;
}

enum tt_err tt_tally_account(struct tt_tally *tally, const struct tt_account *account)
{
    struct tt_tally_capture *capture = NULL;
    enum tt_err err = get(tally, account->capture, &capture);
    if (err != TT_OK)
        return err;
    capture->buckets[account->bucket] += account->bytes;
    /* A packet of QUIC that came twice: net/ took it for a new one. */
    if (account->bucket == TT_BUCKET_DUPLICATE)
        tally->of_flows[TT_BUCKET_DUPLICATE] += account->bytes;
    return TT_OK;
}

enum tt_err tt_tally_flow(struct tt_tally *tally, const struct tt_flow *flow)
{
    struct tt_tally_capture *capture = NULL;
    enum tt_err err = get(tally, flow->capture, &capture);
    if (err != TT_OK)
        return err;
    uint64_t lost = flow->lost[0] + flow->lost[1];
    capture->missing += lost;
    capture->buckets[TT_BUCKET_LOST] += lost;
    tally->of_flows[TT_BUCKET_DUPLICATE] += flow->repeated[0] + flow->repeated[1];
    tally->of_flows[TT_BUCKET_OVERHEAD] += (uint64_t)flow->overhead[0] + flow->overhead[1];
    return TT_OK;
}

void tt_tally_input(struct tt_tally *tally, uint32_t at, struct tt_case_input *input)
{
    static const struct tt_tally_capture nothing = {0};
    const struct tt_tally_capture *capture = at < tally->count ? &tally->captures[at] : &nothing;
    input->missing_bytes = capture->missing;
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++) {
        input->buckets[i] += capture->buckets[i];
        tally->buckets[i] += input->buckets[i];
    }
    tally->captured += input->captured_bytes;
    tally->missing += input->missing_bytes;
}

uint64_t tt_tally_unattributed(const struct tt_tally *tally, enum tt_bucket bucket)
{
    uint64_t all = tally->buckets[bucket];
    uint64_t of_flows = tally->of_flows[bucket];
    return all > of_flows ? all - of_flows : 0;
}

uint64_t tt_tally_difference(const struct tt_tally *tally)
{
    uint64_t told = 0;
    uint64_t excess = 0; /* of what the flows say */
    for (size_t i = 0; i < TT_BUCKET_COUNT; i++) {
        told += tally->buckets[i];
        if (tally->of_flows[i] > tally->buckets[i])
            excess += tally->of_flows[i] - tally->buckets[i];
    }
    uint64_t known = tally->captured + tally->missing;
    return (told > known ? told - known : known - told) + excess;
}
