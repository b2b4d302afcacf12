#include "capture/chains.h"

#include "base/compiler.h"
#include "model/limits.h"

#include <stdlib.h>

enum {
    PROOF = 3,                   /* headers in a row that are no chance */
    MOST = 0x7f,                 /* counted in a row */
    CROSSES = 0x80,              /* mark of a chain that steps over a place */
    REACH = TT_RESYNC_BYTES / 2, /* of a stretch that does not end the input, chains are believed to
                                    be known for this much */
    DAY = 86400
};

struct tt_chains {
    uint64_t base; /* offset of the stretch in the input */
    size_t len;
    bool ends; /* the input ends with it */
    uint8_t run[TT_RESYNC_BYTES];
};

bool tt_chains_near(uint64_t seconds, uint64_t other)
{
    return (seconds > other ? seconds - other : other - seconds) <= DAY;
}

/* The likely header at `at` of the stretch, which begins at `data`. False when it is not likely. */
static bool read_likely(const struct tt_records *records, const uint8_t *data, size_t at,
                        struct tt_record *ret_record, size_t *ret_next)
{
    struct tt_record record = {0};
    if (records->kind->read(records->context, data + at, &record) != TT_RECORD_LIKELY ||
        record.captured == 0 || record.seconds < records->earliest)
        return false;
    *ret_record = record;
    *ret_next = at + records->header + record.captured + record.padding;
    return true;
}

static uint8_t count_run(const struct tt_records *records, const uint8_t *data, size_t at)
{
    const struct tt_chains *chains = records->chains;
    struct tt_record record;
    struct tt_record following;
    size_t next = 0;
    size_t behind = 0;
    if (!read_likely(records, data, at, &record, &next))
        return 0;
    /* Small numbers in a row may end there by chance. */
    if (chains->ends && next == chains->len)
        return records->earliest > 0 ? PROOF : PROOF - 1;
    if (next >= chains->len || chains->run[next] == 0 ||
        !read_likely(records, data, next, &following, &behind) ||
        !tt_chains_near(record.seconds, following.seconds))
        return 1;
    return chains->run[next] < MOST ? (uint8_t)(chains->run[next] + 1) : MOST;
}

static bool covers(const struct tt_chains *chains, uint64_t offset)
{
    if (chains == NULL || offset < chains->base)
        return false;
    return offset - chains->base < (chains->ends ? chains->len : (size_t)REACH);
}

enum tt_err tt_chains_look(struct tt_records *records, struct tt_error *error)
{
    struct tt_input *input = records->reading->input;
    if (covers(records->chains, tt_input_offset(input)))
        return TT_OK;
    bool more = tt_input_have(input, TT_RESYNC_BYTES);
    enum tt_err err = more ? TT_OK : tt_input_failure(input, error);
    if (err != TT_OK)
        return err;
    struct tt_chains *chains = records->chains;
    if (chains == NULL)
        chains = malloc(sizeof(*chains));
    if (chains == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", records->reading->name);
    records->chains = chains;
    struct tt_span seen = tt_span_sub(tt_input_rest(input), 0, TT_RESYNC_BYTES);
    chains->base = tt_input_offset(input);
    chains->len = seen.len;
    chains->ends = !more;
    for (size_t i = seen.len; i > 0; i--) {
        bool whole = seen.len - (i - 1) >= records->header;
        chains->run[i - 1] = whole ? count_run(records, seen.data, i - 1) : 0;
    }
    return TT_OK;
}

/* The stretch from the input's place on. It was looked at from there or from before, so it is
 * visible or can be made so. */
struct view {
    const uint8_t *data;
    uint8_t *run;
    size_t len;
    size_t limit; /* chains are known before it */
};

static bool view(const struct tt_records *records, struct view *ret_view)
{
    struct tt_chains *chains = records->chains;
    struct tt_input *input = records->reading->input;
    size_t place = (size_t)(tt_input_offset(input) - chains->base);
    if (place >= chains->len || !tt_input_have(input, chains->len - place))
        return false;
    size_t limit = chains->ends ? chains->len : (size_t)REACH;
    *ret_view = (struct view){.data = tt_input_here(input),
                              .run = chains->run + place,
                              .len = chains->len - place,
                              .limit = limit > place ? limit - place : 0};
    return true;
}

/* Whether the chain that begins `at` is more than chance. Short ones are where they agree with the
 * time of the last record; not in files whose times are small numbers, as many other things are. */
static bool is_chain(const struct tt_records *records, const struct view *view, size_t at)
{
    unsigned run = view->run[at] & MOST;
    if (run == 0 || run >= PROOF)
        return run > 0;
    struct tt_record record;
    size_t next = 0;
    if (!records->any || records->earliest == 0 ||
        !read_likely(records, view->data, at, &record, &next) ||
        !tt_chains_near(record.seconds, records->seconds))
        return false;
    return run > 1 || (records->chains->ends && next > view->len);
}

bool tt_chains_next(const struct tt_records *records, size_t *ret_at)
{
    struct view stretch;
    *ret_at = 1;
    if (!view(records, &stretch))
        return false;
    for (size_t at = 0; at < stretch.limit; at++) {
        *ret_at = at;
        if (is_chain(records, &stretch, at) ||
            tt_format_begins(tt_span_of(stretch.data + at, stretch.len - at)))
            return true;
    }
    *ret_at = stretch.limit;
    return false;
}

/* Marks the chains from before `end` that step over `to`. */
static void mark_crossing(const struct tt_records *records, const struct view *view, size_t end,
                          size_t to)
{
    for (size_t at = end; at > 0; at--) {
        uint8_t *run = &view->run[at - 1];
        *run &= MOST;
        struct tt_record record;
        size_t next = 0;
        if (*run < 2 || !read_likely(records, view->data, at - 1, &record, &next))
            continue;
        if (next > to || (next < to && (view->run[next] & CROSSES) != 0))
            *run |= CROSSES;
    }
}

/* Whether the header of a capture file stands `at`, and its own records prove that it is more than
 * something in a packet; or it steps over `to` itself. */
static bool is_file(const struct tt_records *records, const struct view *view, size_t at, size_t to,
                    bool any)
{
    static const size_t headers[] = {24, 28, 16}; /* pcap; lcap; snoop, btsnoop */
    if (!tt_format_begins(tt_span_of(view->data + at, view->len - at)))
        return false;
    bool found = at < to && at + TT_HEAD_BYTES > to;
    for (size_t i = 0; i < TT_ARRAY_LEN(headers); i++) {
        size_t next = at + headers[i];
        found = found || (next < view->len && (any || (view->run[next] & CROSSES) != 0) &&
                          is_chain(records, view, next));
    }
    return found;
}

bool tt_chains_inside(const struct tt_records *records, size_t to, bool any, size_t *ret_at)
{
    struct view stretch;
    if (!view(records, &stretch))
        return false;
    size_t end = to < stretch.limit ? to : stretch.limit;
    any = any || to > stretch.len;
    if (!any)
        mark_crossing(records, &stretch, end, to);
    for (size_t at = 1; at < end; at++) {
        bool chain = (any || (stretch.run[at] & CROSSES) != 0) && is_chain(records, &stretch, at);
        if (chain || is_file(records, &stretch, at, to, any)) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

void tt_chains_free(struct tt_chains *chains)
{
    free(chains);
}
