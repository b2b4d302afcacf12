#include "capture/records.h"

#include "base/compiler.h"
#include "capture/chains.h"
#include "model/limits.h"

enum {
    FIT_RECORDS = 4,     /* looked at to tell layouts apart */
    GOES_ON_RECORDS = 3, /* looked at to believe a doubtful header */
    FIT_BYTES = TT_RESYNC_BYTES / 2,
    SECONDS_1973 = 100000000
};

struct tt_records tt_records_make(struct tt_reading *reading, const struct tt_record_kind *kind,
                                  const void *context, size_t header)
{
    return (struct tt_records){
        .reading = reading, .kind = kind, .context = context, .header = header};
}

void tt_records_free(struct tt_records *records)
{
    tt_chains_free(records->chains);
    records->chains = NULL;
}

/* Up to `n` bytes, `at` bytes ahead of the reader, without waiting for a packet that is not there
 * yet. */
static struct tt_span ahead(struct tt_input *input, size_t at, size_t n)
{
    if (input->patient)
        (void)tt_input_have(input, at + n);
    return tt_span_sub(tt_input_rest(input), at, n);
}

static bool ends_at(const struct tt_input *input, size_t at)
{
    return tt_input_rest(input).len == at;
}

static size_t record_len(size_t header, const struct tt_record *record)
{
    return header + record->captured + record->padding;
}

bool tt_records_fit(const struct tt_records *records, size_t header)
{
    struct tt_input *input = records->reading->input;
    uint64_t seconds = 0;
    size_t at = 0;
    for (size_t i = 0; i < FIT_RECORDS && at < FIT_BYTES; i++) {
        struct tt_span head = ahead(input, at, header);
        if (head.len < header)
            return !input->patient || (i > 1 && ends_at(input, at));
        struct tt_record record = {0};
        if (records->kind->read(records->context, head.data, &record) != TT_RECORD_LIKELY ||
            (i > 0 && !tt_chains_near(record.seconds, seconds)))
            return false;
        seconds = record.seconds;
        at += record_len(header, &record);
    }
    return true;
}

/* Whether the headers `at` bytes ahead lead to one another, though something about them is odd. */
static bool goes_on(const struct tt_records *records, size_t at)
{
    struct tt_input *input = records->reading->input;
    for (size_t i = 0; i < GOES_ON_RECORDS && at < FIT_BYTES; i++) {
        struct tt_span head = ahead(input, at, records->header);
        if (head.len < records->header)
            return i > 0 && ends_at(input, at);
        struct tt_record record = {0};
        if (records->kind->read(records->context, head.data, &record) == TT_RECORD_IMPOSSIBLE ||
            record.captured == 0)
            return false;
        at += record_len(records->header, &record);
    }
    return true;
}

/* Whether what stands behind `record`, `at` bytes ahead, is as it should be. */
static bool is_followed(const struct tt_records *records, const struct tt_record *record, size_t at)
{
    struct tt_input *input = records->reading->input;
    struct tt_span head = ahead(input, at, records->header);
    if (head.len < records->header)
        return !input->patient || ends_at(input, at);
    struct tt_record next = {0};
    bool likely = records->kind->read(records->context, head.data, &next) == TT_RECORD_LIKELY;
    bool near = tt_chains_near(record->seconds, next.seconds);
    bool trusted = !records->any || tt_chains_near(record->seconds, records->seconds);
    if (TT_LIKELY(likely && near && trusted))
        return true;
    if (tt_format_begins(ahead(input, at, TT_HEAD_BYTES)))
        return true;
    /* Four bytes off, the original length reads like the captured one, and such headers lead on;
     * but not to the same times. */
    return (near || likely) && trusted && goes_on(records, at);
}

static const char skipped[] =
    "a packet record is damaged: reading went on at the next ones that make "
    "sense";

/* Ends `record`, which claims `*len` bytes, where it has swallowed others. That may be inside its
 * header; then it is none. */
static enum tt_err end_early(struct tt_records *records, const struct tt_record *record,
                             size_t *len, struct tt_error *error)
{
    enum tt_err err = tt_chains_look(records, error);
    size_t at = 0;
    if (err != TT_OK || !tt_chains_inside(records, *len, record->sight == TT_RECORD_DOUBTFUL, &at))
        return err;
    if (at < records->header)
        tt_reading_note(records->reading, records->kind->damaged_code, 0, record->offset, at,
                        skipped);
    else
        tt_reading_note(records->reading, records->kind->damaged_code, records->reading->number + 1,
                        record->offset, *len - at,
                        "a packet record claims more bytes than it has: it was ended where the "
                        "next one begins");
    *len = at;
    return TT_OK;
}

/* The file ends before the record does. */
static enum tt_err cut_record(struct tt_records *records, const struct tt_record *record,
                              size_t *len, struct tt_error *error)
{
    struct tt_input *input = records->reading->input;
    size_t left = tt_input_rest(input).len;
    /* What agrees with itself and with the time is believed: a packet may itself hold records. */
    bool believed = record->sight == TT_RECORD_LIKELY && record->captured == record->original &&
                    (!records->any || tt_chains_near(record->seconds, records->seconds));
    if (!believed) {
        size_t claimed = *len;
        enum tt_err err = end_early(records, record, len, error);
        if (err != TT_OK || *len < claimed)
            return err;
    }
    uint64_t frame = left > records->header ? records->reading->number + 1 : 0;
    tt_reading_note(records->reading, records->kind->cut_code, frame, record->offset, *len - left,
                    "the file ends inside a packet record");
    *len = left;
    return TT_OK;
}

/* How many bytes of the input `record` has: what it says, less where the file ends before it or
 * where it has swallowed others. */
static enum tt_err measure(struct tt_records *records, const struct tt_record *record,
                           size_t *ret_len, struct tt_error *error)
{
    struct tt_input *input = records->reading->input;
    size_t len = record_len(records->header, record);
    if (!records->any && record->seconds >= SECONDS_1973)
        records->earliest = SECONDS_1973;
    enum tt_err err = TT_OK;
    if (!tt_input_have(input, len)) {
        err = tt_input_failure(input, error);
        if (err == TT_OK)
            err = cut_record(records, record, &len, error);
    } else if (!is_followed(records, record, len) && input->patient) {
        err = end_early(records, record, &len, error);
    }
    *ret_len = len;
    return err;
}

static void give(struct tt_records *records, struct tt_record *record, size_t len, bool *ret_more)
{
    struct tt_input *input = records->reading->input;
    records->any = true;
    records->seconds = record->seconds;
    record->header = tt_input_here(input);
    record->bytes = tt_span_sub(tt_span_of(record->header, len), records->header, record->captured);
    tt_input_take(input, len);
    /* Of a packet that was cut right behind its header there is nothing. */
    *ret_more = len > records->header || record->captured + record->padding == 0 ||
                tt_input_rest(input).len > 0;
}

/* Goes on behind an impossible header: at the next chain, or capture file. */
static enum tt_err step_over(struct tt_records *records, bool *ret_found, struct tt_error *error)
{
    struct tt_input *input = records->reading->input;
    uint64_t start = tt_input_offset(input);
    bool found = false;
    while (!found && tt_input_have(input, 1)) {
        enum tt_err err = tt_chains_look(records, error);
        if (err != TT_OK)
            return err;
        size_t at = 0;
        found = tt_chains_next(records, &at);
        tt_input_take(input, at);
    }
    enum tt_err err = found ? TT_OK : tt_input_failure(input, error);
    if (err != TT_OK)
        return err;
    *ret_found = found;
    if (tt_input_offset(input) == start)
        return TT_OK;
    tt_reading_note(records->reading, records->kind->damaged_code, 0, start,
                    tt_input_offset(input) - start,
                    found ? skipped : "a packet record is damaged: the rest was not read");
    return TT_OK;
}

/* Fewer bytes are left than a header has. */
static enum tt_err end_of_records(const struct tt_records *records, struct tt_error *error)
{
    const struct tt_input *input = records->reading->input;
    enum tt_err err = tt_input_failure(input, error);
    size_t left = tt_input_rest(input).len;
    if (err == TT_OK && left > 0 && !tt_format_begins(tt_input_rest(input)))
        tt_reading_note(records->reading, records->kind->cut_code, 0, tt_input_offset(input),
                        records->header - left, "the file ends inside a packet record");
    return err;
}

enum tt_err tt_records_next(struct tt_records *records, struct tt_record *ret_record,
                            bool *ret_more, struct tt_error *error)
{
    struct tt_input *input = records->reading->input;
    *ret_more = false;
    for (bool found = true; found;) {
        if (!tt_input_have(input, records->header))
            return end_of_records(records, error);
        struct tt_record record = {.offset = tt_input_offset(input)};
        record.sight = records->kind->read(records->context, tt_input_here(input), &record);
        bool strange = record.sight != TT_RECORD_LIKELY || !records->any ||
                       !tt_chains_near(record.seconds, records->seconds);
        if (TT_UNLIKELY(strange) && tt_format_begins(ahead(input, 0, TT_HEAD_BYTES)))
            return TT_OK;
        size_t len = 0;
        enum tt_err err = TT_LIKELY(record.sight != TT_RECORD_IMPOSSIBLE)
                              ? measure(records, &record, &len, error)
                              : step_over(records, &found, error);
        if (err != TT_OK)
            return err;
        if (len >= records->header) {
            give(records, &record, len, ret_more);
            *ret_record = record;
            return TT_OK;
        }
        tt_input_take(input, len);
    }
    return TT_OK;
}
