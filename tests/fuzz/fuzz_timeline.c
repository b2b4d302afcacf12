/* Timelines from strangers: any text is a timeline or a clear error; what it answers is the same
 * for two moments of one epoch. Its lines as comments of a capture: events stay in the order of
 * time. */
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

/* Each line as a comment, at times that go to and fro. */
static void tell(struct tt_timeline *timeline, struct tt_span text)
{
    struct tt_event_view event;
    uint64_t before = 0;
    uint64_t minutes = 7;
    while (text.len > 0) {
        char comment[256] = "";
        size_t end = tt_span_find(text, '\n');
        struct tt_span line = tt_span_sub(text, 0, end < sizeof(comment) ? end : 255);
        memcpy(comment, line.data, line.len);
        minutes = minutes * 31 % 199;
        enum tt_err result =
            tt_timeline_tell(timeline, comment, first + minutes * UINT64_C(60000000000));
        if (result != TT_OK && result != TT_ERR_LIMIT)
            abort();
        text = tt_span_from(text, end + 1);
    }
    for (size_t i = 0; tt_timeline_event(timeline, i, &event); i++) {
        if (event.at < before || event.what[0] == '\0')
            abort();
        before = event.at;
    }
    if (tt_timeline_settle(timeline) != TT_OK)
        abort();
    ask(timeline);
}

static void tell_empty(struct tt_span text)
{
    struct tt_timeline *timeline = tt_timeline_new();
    if (timeline == NULL)
        abort();
    tell(timeline, text);
    tt_timeline_free(timeline);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tell_empty(tt_span_of(data, size));
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
    tell(timeline, tt_span_of(data, size));
    tt_timeline_free(timeline);
    return 0;
}
