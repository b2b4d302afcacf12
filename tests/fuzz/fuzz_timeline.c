/* Timelines from strangers: any text is a timeline or a clear error; what it answers is the same
 * for two moments of one epoch. */
#include "judge/timeline.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint64_t first = UINT64_C(1407402000000000000); /* 2014-08-07T09:00:00Z */

static void ask(const struct tt_timeline *timeline)
{
    uint64_t epoch = UINT64_MAX;
    enum tt_consent answer = TT_CONSENT_UNKNOWN;
    size_t phase = 0;
    for (uint64_t i = 0; i < 200; i++) {
        uint64_t time = i < 4 ? i : first + i * UINT64_C(60000000000);
        enum tt_consent consent =
            tt_timeline_consent(timeline, time, TT_KIND_IMEI, "a.cloud.example", NULL);
        size_t index = 0;
        (void)tt_timeline_phase(timeline, time, &index);
        uint64_t now = tt_timeline_epoch(timeline, time);
        if (now == epoch && (consent != answer || index != phase))
            abort();
        epoch = now;
        answer = consent;
        phase = index;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_timeline *timeline = NULL;
    struct tt_error error = {0};
    enum tt_err result =
        tt_timeline_parse(tt_span_of(data, size), "timeline.yaml", &timeline, &error);
    if ((result == TT_OK) != (timeline != NULL) || (result != TT_OK && error.text[0] == '\0'))
        abort();
    if (result != TT_OK)
        return 0;
    ask(timeline);
    if (tt_timeline_json(timeline)[0] != '{')
        abort();
    tt_timeline_free(timeline);
    return 0;
}
