#include "judge/test_quality.h"

#include "base/time.h"
#include "judge/timeline_data.h"

#include <inttypes.h>
#include <stdlib.h>

void tt_test_quality_free(struct tt_test_quality *quality)
{
    free(quality->stretches);
}

enum tt_err tt_test_quality_input(struct tt_test_quality *quality,
                                  const struct tt_case_input *input)
{
    quality->dropped += input->dropped;
    quality->missing += input->missing_bytes;
    quality->damaged += input->damaged;
    if (input->frames == 0 || input->last_time < input->first_time)
        return TT_OK;
    struct tt_stretch *stretches =
        realloc(quality->stretches, (quality->stretch_count + 1) * sizeof(*quality->stretches));
    if (stretches == NULL)
        return TT_ERR_MEMORY;
    quality->stretches = stretches;
    stretches[quality->stretch_count++] =
        (struct tt_stretch){.first = input->first_time, .last = input->last_time};
    return TT_OK;
}

void tt_test_quality_bytes(struct tt_test_quality *quality, enum tt_heading heading,
                           enum tt_addr_scope scope, uint64_t framing,
                           const uint64_t bytes[TT_BUCKET_COUNT])
{
    bool may_be_sent = heading == TT_HEADING_SENT || heading == TT_HEADING_UNKNOWN;
    if (!may_be_sent || scope != TT_ADDR_SCOPE_INTERNET)
        return;
    uint64_t read =
        bytes[TT_BUCKET_DECODED] - framing + bytes[TT_BUCKET_RAW_TEXT] + bytes[TT_BUCKET_OPENED];
    quality->sent_read += read;
    quality->sent += read + bytes[TT_BUCKET_OPAQUE] + bytes[TT_BUCKET_ENCRYPTED] +
                     bytes[TT_BUCKET_LOST] + bytes[TT_BUCKET_NOT_IP];
}

static int compare_stretches(const void *left, const void *right)
{
    const struct tt_stretch *a = left;
    const struct tt_stretch *b = right;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return (a->last > b->last) - (a->last < b->last);
}

uint64_t tt_test_quality_duration(struct tt_test_quality *quality)
{
    uint64_t all = 0;
    uint64_t until = 0;
    if (quality->stretch_count > 0)
        qsort(quality->stretches, quality->stretch_count, sizeof(*quality->stretches),
              compare_stretches);
    for (size_t i = 0; i < quality->stretch_count; i++) {
        const struct tt_stretch *stretch = &quality->stretches[i];
        uint64_t from = stretch->first > until ? stretch->first : until;
        if (stretch->last > from)
            all += stretch->last - from;
        if (stretch->last > until)
            until = stretch->last;
    }
    return all;
}

/* Whether a capture was recording at some time from `from` to `until`. */
static bool was_recorded(const struct tt_test_quality *quality, uint64_t from, uint64_t until)
{
    for (size_t i = 0; i < quality->stretch_count; i++)
        if (quality->stretches[i].first <= until && quality->stretches[i].last >= from)
            return true;
    return false;
}

unsigned tt_test_quality_consents(const struct tt_test_quality *quality)
{
    unsigned states = quality->stretch_count == 0 ? 1U << TT_CONSENT_UNKNOWN : 0;
    for (size_t i = 0; i < quality->stretch_count; i++)
        states |= tt_timeline_states(quality->timeline, quality->stretches[i].first,
                                     quality->stretches[i].last);
    return states;
}

/* Whether a capture was recording in a phase for PHASE_MIN, or for all of a shorter one: what only
 * touches it has not tested it. */
static bool was_tested(const struct tt_test_quality *quality, uint64_t from, uint64_t until)
{
    enum { PHASE_MIN = 1000000000 };
    uint64_t least = until - from < PHASE_MIN ? until - from : PHASE_MIN;
    for (size_t i = 0; i < quality->stretch_count; i++) {
        const struct tt_stretch *stretch = &quality->stretches[i];
        uint64_t first = stretch->first > from ? stretch->first : from;
        uint64_t last = stretch->last < until ? stretch->last : until;
        if (last >= first && last - first >= least)
            return true;
    }
    return false;
}

/* Whether the timeline has the phase, and whether some of it was recorded. */
static void find_phase(const struct tt_test_quality *quality, const char *name, bool *ret_told,
                       bool *ret_recorded)
{
    const struct tt_timeline *timeline = quality->timeline;
    size_t count = timeline == NULL ? 0 : timeline->phase_count;
    *ret_told = false;
    *ret_recorded = false;
    for (size_t i = 0; i < count; i++) {
        if (!tt_glob_match(name, timeline->phases[i].name))
            continue;
        uint64_t until = i + 1 < count ? timeline->phases[i + 1].from - 1 : UINT64_MAX;
        *ret_told = true;
        *ret_recorded = *ret_recorded || was_tested(quality, timeline->phases[i].from, until);
    }
}

static enum tt_err check_phases(const struct tt_test_quality *quality,
                                const struct tt_requires *requires, struct tt_buf *lines)
{
    enum tt_err result = TT_OK;
    for (size_t i = 0; result == TT_OK && i < requires->phases.count; i++) {
        const char *name = requires->phases.items[i];
        bool told = false;
        bool recorded = false;
        find_phase(quality, name, &told, &recorded);
        if (!recorded)
            result = tt_buf_printf(
                lines,
                told ? "required: phase \"%s\"; no capture was recording for a second of it\n"
                     : "required: phase \"%s\"; the timeline has none\n",
                name);
    }
    return result;
}

static uint64_t count_events(const struct tt_test_quality *quality, const char *what)
{
    const struct tt_timeline *timeline = quality->timeline;
    uint64_t count = 0;
    for (size_t i = 0; timeline != NULL && i < timeline->event_count; i++)
        count += tt_glob_match(what, timeline->events[i].what) &&
                 was_recorded(quality, timeline->events[i].at, timeline->events[i].at);
    return count;
}

static enum tt_err check_events(const struct tt_test_quality *quality,
                                const struct tt_requires *requires, struct tt_buf *lines)
{
    enum tt_err result = TT_OK;
    for (size_t i = 0; result == TT_OK && i < requires->event_count; i++) {
        const struct tt_needed_event *event = &requires->events[i];
        uint64_t count = count_events(quality, event->what);
        if (count < event->times)
            result = tt_buf_printf(lines,
                                   "required: event \"%s\" %" PRIu64 " times; the captures hold "
                                   "%" PRIu64 "\n",
                                   event->what, event->times, count);
    }
    return result;
}

static enum tt_err check_readable(const struct tt_test_quality *quality,
                                  const struct tt_requires *requires, struct tt_buf *lines)
{
    if (requires->readable <= 0)
        return TT_OK;
    if (quality->sent == 0)
        return tt_buf_printf(lines,
                             "required: %.6g%% of the bytes sent to the internet read; no such "
                             "bytes were seen\n",
                             requires->readable);
    double share = 100.0 * (double)quality->sent_read / (double)quality->sent;
    if (share >= requires->readable)
        return TT_OK;
    /* Rounded down, so that 79.99 is never shown as the 80 that it is not. */
    double shown = (double)(uint64_t)(share * 10) / 10;
    return tt_buf_printf(lines,
                         "required: %.6g%% of the bytes sent to the internet read; it was %.1f%% "
                         "(%" PRIu64 " of %" PRIu64 ")\n",
                         requires->readable, shown, quality->sent_read, quality->sent);
}

static enum tt_err check_drops(const struct tt_test_quality *quality,
                               const struct tt_requires *requires, struct tt_buf *lines)
{
    if (!requires->no_drops || (quality->dropped == 0 && quality->missing == 0))
        return TT_OK;
    return tt_buf_printf(lines,
                         "required: a capture without drops; %" PRIu64 " frames were dropped and "
                         "%" PRIu64 " bytes of payload are missing\n",
                         quality->dropped, quality->missing);
}

static enum tt_err check_duration(struct tt_test_quality *quality,
                                  const struct tt_requires *requires, struct tt_buf *lines)
{
    uint64_t duration = requires->duration == 0 ? 0 : tt_test_quality_duration(quality);
    if (duration >= requires->duration)
        return TT_OK;
    return tt_buf_printf(lines,
                         "required: a test of %" PRIu64 " s; the captures cover %" PRIu64 " s\n",
                         requires->duration / 1000000000, duration / 1000000000);
}

enum tt_err tt_test_quality_unmet(struct tt_test_quality *quality,
                                  const struct tt_requires *requires, struct tt_buf *lines)
{
    enum tt_err result = check_phases(quality, requires, lines);
    if (result == TT_OK)
        result = check_events(quality, requires, lines);
    if (result == TT_OK)
        result = check_readable(quality, requires, lines);
    if (result == TT_OK)
        result = check_drops(quality, requires, lines);
    if (result == TT_OK)
        result = check_duration(quality, requires, lines);
    return result;
}
