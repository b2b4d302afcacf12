#include "base/buf.h"
#include "base/time.h"
#include "capture/format.h"
#include "model/limits.h"

#include <stdlib.h>

/* An entry of a HAR file is what a frame is to other captures: it is cut out of the text without
 * being understood, but for its time. What it says, proto/har_entry.h reads. */

enum {
    TEXT_MAX = 48,   /* of a name or a time */
    LOG_DEPTH = 2,   /* inside {"log": { */
    LIST_DEPTH = 3,  /* inside "entries": [ */
    ENTRY_DEPTH = 4, /* inside one of its elements */
    PREFIX_MAX = 3   /* a byte order mark */
};

/* The last name at a depth. */
enum name { NAME_OTHER, NAME_LOG, NAME_ENTRIES, NAME_STARTED };

struct har {
    struct tt_reading *reading;
    struct tt_buf entry;
    uint64_t entry_at;
    uint64_t entry_len;  /* of it, those beyond the limit included */
    uint64_t entry_time; /* 0: not told yet */
    uint64_t depth;      /* open containers */
    enum name names[ENTRY_DEPTH + 1];
    bool fits[ENTRY_DEPTH + 1]; /* the container at that depth leads to entries, or is one */
    bool in_string;
    bool escaped; /* the last byte was a backslash that counts */
    bool ended;
    bool strange; /* a byte was met that no JSON has there */
    uint64_t strange_at;
    uint8_t text[TEXT_MAX]; /* the last string, in the upper depths */
    size_t text_len;
    uint32_t interface;
};

static size_t skip_spaces(struct tt_span text, size_t at)
{
    while (at < text.len && strchr(" \t\r\n", text.data[at]) != NULL && text.data[at] != 0)
        at++;
    return at;
}

static bool is_har(struct tt_span head)
{
    size_t at = tt_span_starts(head, tt_span_str("\xef\xbb\xbf")) ? PREFIX_MAX : 0;
    at = skip_spaces(head, at);
    if (at == head.len || head.data[at] != '{')
        return false;
    at = skip_spaces(head, at + 1);
    if (!tt_span_starts(tt_span_from(head, at), tt_span_str("\"log\"")))
        return false;
    at = skip_spaces(head, at + 5);
    return at < head.len && head.data[at] == ':';
}

static enum tt_err open_har(struct tt_reading *reading, void **ret_state, struct tt_error *error)
{
    struct har *har = calloc(1, sizeof(*har));
    if (har == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", reading->name);
    har->reading = reading;
    har->entry = tt_buf_make(TT_HAR_ENTRY_MAX);
    har->interface = reading->interfaces++;
    *ret_state = har;
    return TT_OK;
}

/* ---- the text ---- */

static bool in_entry(const struct har *har)
{
    return har->depth >= ENTRY_DEPTH && har->fits[ENTRY_DEPTH];
}

static enum name name_of(const struct har *har)
{
    struct tt_span text = tt_span_of(har->text, har->text_len);
    if (tt_span_eq(text, tt_span_str("log")))
        return NAME_LOG;
    if (tt_span_eq(text, tt_span_str("entries")))
        return NAME_ENTRIES;
    return tt_span_eq(text, tt_span_str("startedDateTime")) ? NAME_STARTED : NAME_OTHER;
}

static void keep_text(struct har *har, struct tt_span part)
{
    if (har->depth > ENTRY_DEPTH)
        return;
    part = tt_span_sub(part, 0, sizeof(har->text) - 1 - har->text_len);
    if (part.len > 0)
        memcpy(har->text + har->text_len, part.data, part.len);
    har->text_len += part.len;
}

/* The string at a place where a time may stand is over. */
static void take_time(struct har *har)
{
    char text[TEXT_MAX];
    if (har->depth != ENTRY_DEPTH || !in_entry(har) || har->names[ENTRY_DEPTH] != NAME_STARTED)
        return;
    memcpy(text, har->text, har->text_len);
    text[har->text_len] = '\0';
    uint64_t time = 0;
    if (tt_time_parse(text, &time))
        har->entry_time = time;
    har->names[ENTRY_DEPTH] = NAME_OTHER;
}

/* From inside a string to behind its quote, or to the end of what there is. */
static size_t skip_string(struct har *har, struct tt_span in, size_t at)
{
    size_t start = at;
    size_t from = at;
    if (har->escaped && at < in.len)
        from = ++at;
    har->escaped = false;
    while (har->in_string && at < in.len) {
        size_t quote = at + tt_span_find(tt_span_from(in, at), '"');
        size_t slashes = 0;
        while (quote - slashes > from && in.data[quote - slashes - 1] == '\\')
            slashes++;
        bool escaped = slashes % 2 != 0;
        if (quote == in.len)
            har->escaped = escaped;
        else if (!escaped)
            har->in_string = false;
        at = quote == in.len ? quote : quote + 1;
        from = at;
    }
    keep_text(har, tt_span_sub(in, start, at - start - (har->in_string ? 0 : 1)));
    if (!har->in_string)
        take_time(har);
    return at;
}

static void open_container(struct har *har, uint8_t c, uint64_t offset)
{
    uint64_t depth = ++har->depth;
    if (depth > ENTRY_DEPTH)
        return;
    bool object = c == '{';
    enum name under = har->names[depth - 1];
    bool fits = depth == 1 || har->fits[depth - 1];
    if (depth == LOG_DEPTH)
        fits = fits && object && under == NAME_LOG;
    else if (depth == LIST_DEPTH)
        fits = fits && !object && under == NAME_ENTRIES;
    else
        fits = fits && object;
    har->fits[depth] = fits;
    har->names[depth] = NAME_OTHER;
    if (depth == ENTRY_DEPTH && fits) {
        tt_buf_clear(&har->entry);
        har->entry_at = offset;
        har->entry_len = 0;
        har->entry_time = 0;
    }
}

static void note_strange(struct har *har, uint64_t offset)
{
    if (!har->strange)
        tt_reading_note(har->reading, "har.damaged", 0, offset, 0,
                        "the HAR file is damaged here: it goes on as far as it can be understood");
    har->strange = true;
}

/* One byte outside of strings. True when it ends an entry. */
static bool take_byte(struct har *har, uint8_t c, uint64_t offset)
{
    switch (c) {
    case '"':
        har->in_string = true;
        har->text_len = 0;
        break;
    case '{':
    case '[':
        open_container(har, c, offset);
        break;
    case '}':
    case ']': {
        bool ends = har->depth == ENTRY_DEPTH && har->fits[ENTRY_DEPTH];
        if (har->depth > 0)
            har->depth--;
        else
            note_strange(har, offset);
        if (ends)
            har->strange = false;
        return ends;
    }
    case ':':
        if (har->depth <= ENTRY_DEPTH)
            har->names[har->depth] = name_of(har);
        break;
    default:
        if (c < ' ' ? c != '\n' && c != '\r' && c != '\t' : c >= 0x80 && offset >= PREFIX_MAX)
            note_strange(har, offset);
        break;
    }
    return false;
}

/* Adds the bytes of the entry under way. */
static enum tt_err keep(struct har *har, struct tt_span bytes)
{
    struct tt_span fits = tt_span_sub(bytes, 0, TT_HAR_ENTRY_MAX - har->entry.len);
    har->entry_len += bytes.len;
    return tt_buf_append(&har->entry, fits);
}

/* Reads on in what is visible; true when an entry ended. Its bytes are kept as they pass. */
static bool scan(struct har *har, struct tt_span in, size_t *ret_used, enum tt_err *ret_err)
{
    uint64_t base = tt_input_offset(har->reading->input);
    size_t from = 0;
    size_t at = 0;
    bool ends = false;
    while (at < in.len && !ends) {
        bool inside = in_entry(har);
        if (har->in_string) {
            at = skip_string(har, in, at);
            continue;
        }
        ends = take_byte(har, in.data[at], base + at);
        if (!inside && in_entry(har))
            from = at;
        at++;
    }
    *ret_used = at;
    if (ends || in_entry(har))
        *ret_err = keep(har, tt_span_sub(in, from, at - from));
    return ends;
}

/* ---- frames ---- */

static void give(struct har *har, struct tt_frame *ret_frame, bool *ret_more)
{
    if (har->entry_len > har->entry.len)
        tt_reading_note(har->reading, "har.entry_limit", har->reading->number + 1,
                        har->entry_at + har->entry.len, har->entry_len - har->entry.len,
                        "an entry of the HAR file is longer than the limit: its rest was not read");
    *ret_frame = (struct tt_frame){
        .time = har->entry_time,
        .link = TT_LINK_HAR,
        .interface = har->interface,
        .original_len = (uint32_t)har->entry.len,
        .bytes = tt_buf_span(&har->entry),
    };
    *ret_more = true;
}

/* The file ended. What there is of the last entry counts. */
static enum tt_err finish(struct har *har, struct tt_frame *ret_frame, bool *ret_more,
                          struct tt_error *error)
{
    enum tt_err err = tt_input_failure(har->reading->input, error);
    *ret_more = false;
    if (err != TT_OK || har->ended)
        return err;
    har->ended = true;
    if (har->depth > 0)
        tt_reading_note(har->reading, "har.cut", 0, tt_input_offset(har->reading->input), 0,
                        "the HAR file ends before its end: it was cut, or is still being written");
    if (in_entry(har))
        give(har, ret_frame, ret_more);
    return TT_OK;
}

static enum tt_err next_har(void *state, struct tt_frame *ret_frame, bool *ret_more,
                            struct tt_error *error)
{
    struct har *har = state;
    struct tt_input *input = har->reading->input;
    enum tt_err err = TT_OK;
    bool ends = false;
    while (!ends && err == TT_OK) {
        if (har->ended || !tt_input_have(input, 1))
            return finish(har, ret_frame, ret_more, error);
        size_t used = 0;
        ends = scan(har, tt_input_rest(input), &used, &err);
        tt_input_take(input, used);
    }
    if (err != TT_OK)
        return tt_error_set(error, err, "no memory to read %s", har->reading->name);
    give(har, ret_frame, ret_more);
    return TT_OK;
}

static void free_har(void *state)
{
    struct har *har = state;
    if (har == NULL)
        return;
    tt_buf_free(&har->entry);
    free(har);
}

const struct tt_capture_format tt_format_har = {
    .name = "har",
    .spec = "HTTP Archive 1.2",
    .probe = is_har,
    .open = open_har,
    .next = next_har,
    .free = free_har,
};
