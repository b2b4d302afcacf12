#define ZLIB_CONST
#include "content/zip.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/reader.h"
#include "content/coding.h"
#include "content/step.h"

enum {
    SIGNATURE_LEN = 4,
    LOCAL_LEN = 30,    /* of a local file header, APPNOTE 4.3.7 */
    TAIL_MAX = 24 + 4, /* a descriptor with signature and sizes of 8 bytes (APPNOTE 4.3.9), and
                          the next signature */
    FLAG_ENCRYPTED = 1,
    FLAG_UNSIZED = 1 << 3,
    METHOD_STORED = 0,
    METHOD_DEFLATE = 8,
    METHOD_ZSTD = 93,
    BITS_RAW = -15,
    SCRAP = 16384
};

enum where {
    AT_BORDER,   /* looking for the next signature */
    IN_HEADER,   /* gathering a local header */
    IN_MEMBER,   /* of a known length */
    IN_DEFLATED, /* until its deflate stream ends */
    IN_STORED,   /* until its descriptor */
    IN_REST,     /* behind the members, or in one whose end cannot be found */
};

struct member {
    uint64_t len;
    unsigned flags;
    unsigned method;
};

struct unzip {
    const struct tt_body *body;
    const struct tt_content_sink *sink;
    struct tt_outlet out; /* the inner body that gets the bytes now */
    enum where where;
    bool gave_up;
    uint64_t next;
    uint64_t frame;
    struct tt_buf header;
    size_t wanted; /* bytes of the header */
    struct member member;
    uint64_t member_at;
    uint64_t left;     /* of a member of known length */
    uint64_t measured; /* bytes that came out of an unsized one */
    bool measuring;    /* z is in use */
    z_stream z;
    size_t tail_len; /* the last bytes seen while a signature is looked for */
    uint8_t tail[TAIL_MAX];
    struct tt_step_text step;
    uint8_t scrap[SCRAP];
};

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)body;
    (void)whole;
    /* The version that is needed to extract has no high byte. */
    return head.len >= LOCAL_LEN && memcmp(head.data, "PK\3\4", SIGNATURE_LEN) == 0 &&
           head.data[5] == 0;
}

/* A header begins as the archive does: it must not be taken for another one. */
static void open_header(struct unzip *unzip, uint64_t at)
{
    struct tt_body inner = {
        .kind = TT_STEP_SLICE, .format = TT_FORMAT_OPAQUE, .step = "zip.header", .at = at};
    (void)tt_outlet_open(&unzip->out, &inner, NULL, 0);
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct unzip *unzip = malloc(sizeof(*unzip));
    if (unzip == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    unzip->body = body;
    unzip->sink = sink;
    tt_outlet_init(&unzip->out, sink, NULL, 0);
    unzip->where = AT_BORDER;
    unzip->gave_up = false;
    unzip->next = 0;
    unzip->frame = 0;
    unzip->header = tt_buf_make(TT_ARCHIVE_HEADER_MAX);
    unzip->measuring = false;
    unzip->tail_len = 0;
    open_header(unzip, 0);
    return unzip;
}

static void note(const struct unzip *unzip, const char *code, uint64_t offset, const char *text)
{
    struct tt_note told = {.layer = "content",
                           .code = code,
                           .flow = unzip->body->flow,
                           .frame = unzip->frame,
                           .offset = offset,
                           .text = text};
    tt_note_put(&unzip->sink->notes, &told);
}

/* ---- members ---- */

/* The sizes of 8 bytes, APPNOTE 4.5.3: the original one, then the compressed one. */
static uint64_t long_size(struct tt_span extra)
{
    struct tt_reader reader = tt_reader_of(extra);
    while (tt_reader_left(&reader) > 0) {
        uint64_t kind = tt_read_le(&reader, 2);
        struct tt_reader data = tt_reader_of(tt_read_span(&reader, tt_read_le(&reader, 2)));
        if (kind != 1 || reader.failed)
            continue;
        tt_read_skip(&data, 8);
        uint64_t size = tt_read_le(&data, 8);
        return data.failed ? UINT32_MAX : size;
    }
    return UINT32_MAX;
}

/* What the gathered header says. Gives the member's name. */
static struct tt_span read_local(struct unzip *unzip)
{
    struct tt_reader reader = tt_reader_of(tt_buf_span(&unzip->header));
    struct member *member = &unzip->member;
    tt_read_skip(&reader, SIGNATURE_LEN + 2);
    member->flags = (unsigned)tt_read_le(&reader, 2);
    member->method = (unsigned)tt_read_le(&reader, 2);
    tt_read_skip(&reader, 8); /* time, date, checksum */
    member->len = tt_read_le(&reader, 4);
    tt_read_skip(&reader, 4);
    size_t name_len = tt_read_le(&reader, 2);
    size_t extra_len = tt_read_le(&reader, 2);
    struct tt_span name = tt_read_span(&reader, name_len);
    struct tt_span extra = tt_read_span(&reader, extra_len);
    if (member->len == UINT32_MAX)
        member->len = long_size(extra);
    return name;
}

static const char *coding_of(const struct unzip *unzip)
{
    if ((unzip->member.flags & FLAG_ENCRYPTED) != 0)
        return NULL;
    switch (unzip->member.method) {
    case METHOD_DEFLATE:
        return "deflate";
    case METHOD_ZSTD:
        return "zstd";
    default:
        return NULL;
    }
}

static void note_unread(const struct unzip *unzip)
{
    if ((unzip->member.flags & FLAG_ENCRYPTED) != 0)
        note(unzip, "content.encrypted", unzip->member_at,
             "a member of an archive is encrypted: not read");
    else if (unzip->member.method != METHOD_STORED && coding_of(unzip) == NULL)
        note(unzip, "content.method", unzip->member_at,
             "a member of an archive is compressed in a way that is not known: not read");
}

/* How the end of the member is found. */
static enum where find_end(struct unzip *unzip)
{
    const struct member *member = &unzip->member;
    if ((member->flags & FLAG_UNSIZED) == 0 || member->len > 0)
        return IN_MEMBER;
    unzip->measured = 0;
    bool plain = (member->flags & FLAG_ENCRYPTED) == 0;
    if (plain && member->method == METHOD_DEFLATE) {
        unzip->z = (z_stream){0};
        unzip->measuring = inflateInit2(&unzip->z, BITS_RAW) == Z_OK;
        if (unzip->measuring)
            return IN_DEFLATED;
    }
    return IN_STORED;
}

static void begin_border(struct unzip *unzip, uint64_t at)
{
    tt_outlet_close(&unzip->out, TT_BODY_COMPLETE, at);
    open_header(unzip, at);
    unzip->where = AT_BORDER;
    unzip->tail_len = 0;
}

static void begin_member(struct unzip *unzip, uint64_t at)
{
    struct tt_span name = read_local(unzip);
    tt_outlet_close(&unzip->out, TT_BODY_COMPLETE, at);
    unzip->member_at = at;
    unzip->left = unzip->member.len;
    unzip->tail_len = 0;
    note_unread(unzip);
    tt_step_start(&unzip->step, "zip:");
    tt_step_put(&unzip->step, name);
    struct tt_body inner = {
        .kind = TT_STEP_SLICE, .step = unzip->step.bytes, .codings = coding_of(unzip), .at = at};
    (void)tt_outlet_open(&unzip->out, &inner, NULL, 0);
    unzip->where = find_end(unzip);
    if (unzip->where == IN_MEMBER && unzip->left == 0)
        begin_border(unzip, at);
}

static void push_tail(struct unzip *unzip, uint8_t byte)
{
    if (unzip->tail_len == TAIL_MAX) {
        memmove(unzip->tail, unzip->tail + 1, TAIL_MAX - 1);
        unzip->tail_len--;
    }
    unzip->tail[unzip->tail_len++] = byte;
}

/* ---- reading; each gives the bytes taken ---- */

/* Between members. Up to a descriptor's length may stand in front of the next signature. */
static size_t read_border(struct unzip *unzip, struct tt_span in, uint64_t at)
{
    size_t used = 0;
    while (used < in.len) {
        push_tail(unzip, in.data[used++]);
        if (unzip->tail_len < SIGNATURE_LEN)
            continue;
        const uint8_t *last = unzip->tail + unzip->tail_len - SIGNATURE_LEN;
        bool local = memcmp(last, "PK\3\4", SIGNATURE_LEN) == 0;
        if (local || memcmp(last, "PK\1\2", SIGNATURE_LEN) == 0) {
            unzip->where = local ? IN_HEADER : IN_REST;
            break;
        }
        unzip->gave_up = unzip->tail_len == TAIL_MAX;
        if (unzip->gave_up)
            break;
    }
    (void)tt_outlet_slice(&unzip->out, tt_span_sub(in, 0, used), at);
    if (unzip->where == IN_HEADER) {
        tt_buf_clear(&unzip->header);
        unzip->wanted = LOCAL_LEN;
        unzip->gave_up = tt_buf_append(&unzip->header, tt_span_str("PK\3\4")) != TT_OK;
    }
    return used;
}

static size_t read_header(struct unzip *unzip, struct tt_span in, uint64_t at)
{
    struct tt_span part = tt_span_sub(in, 0, unzip->wanted - unzip->header.len);
    (void)tt_outlet_slice(&unzip->out, part, at);
    if (tt_buf_append(&unzip->header, part) != TT_OK) {
        note(unzip, "content.header", at, "a header of an archive is longer than the limit");
        unzip->gave_up = true;
        return part.len;
    }
    if (unzip->header.len < unzip->wanted)
        return part.len;
    if (unzip->wanted == LOCAL_LEN) {
        struct tt_reader reader = tt_reader_of(tt_buf_span(&unzip->header));
        tt_read_skip(&reader, LOCAL_LEN - 4);
        unzip->wanted += tt_read_le(&reader, 2);
        unzip->wanted += tt_read_le(&reader, 2);
    }
    if (unzip->header.len == unzip->wanted)
        begin_member(unzip, at + part.len);
    return part.len;
}

static size_t read_member(struct unzip *unzip, struct tt_span in, uint64_t at)
{
    struct tt_span part = in.len > unzip->left ? tt_span_sub(in, 0, (size_t)unzip->left) : in;
    (void)tt_outlet_slice(&unzip->out, part, at);
    unzip->left -= part.len;
    if (unzip->left == 0)
        begin_border(unzip, at + part.len);
    return part.len;
}

static void stop_measuring(struct unzip *unzip)
{
    if (unzip->measuring)
        (void)inflateEnd(&unzip->z);
    unzip->measuring = false;
}

/* Inflates without keeping what comes out. Gives the bytes used; `*ret_ended`: the stream is over,
 * or where it ends cannot be told. */
static size_t measure(struct unzip *unzip, struct tt_span in, uint64_t at, bool *ret_ended)
{
    z_stream *z = &unzip->z;
    z->next_in = in.data;
    z->avail_in = (uInt)in.len;
    int status = Z_OK;
    do {
        z->next_out = unzip->scrap;
        z->avail_out = sizeof(unzip->scrap);
        status = inflate(z, Z_SYNC_FLUSH);
        unzip->measured += sizeof(unzip->scrap) - z->avail_out;
        uint64_t fed = at - unzip->member_at + in.len - z->avail_in;
        if (unzip->measured > TT_EXPANSION_FREE_BYTES + fed * TT_ZIP_MEASURE_RATIO_MAX) {
            note(unzip, "content.measure", at,
                 "the length of a member of an archive is not told, and it unwraps to more than "
                 "the limit: the rest was taken for part of it");
            status = Z_DATA_ERROR;
        }
    } while (status == Z_OK && z->avail_out == 0);
    *ret_ended = status != Z_OK && status != Z_BUF_ERROR;
    if (status != Z_STREAM_END && *ret_ended)
        unzip->where = IN_REST;
    return in.len - z->avail_in;
}

static size_t read_deflated(struct unzip *unzip, struct tt_span in, uint64_t at)
{
    enum { STEP = 1 << 20 };
    struct tt_span part = tt_span_sub(in, 0, STEP);
    bool ended = false;
    size_t used = measure(unzip, part, at, &ended);
    (void)tt_outlet_slice(&unzip->out, tt_span_sub(part, 0, used), at);
    if (!ended)
        return used;
    stop_measuring(unzip);
    if (unzip->where == IN_DEFLATED)
        begin_border(unzip, at + used);
    return used;
}

/* A descriptor that fits ends the member: its signature, a checksum, and twice the length so far.
 */
static bool ends_stored(const struct unzip *unzip, uint64_t len)
{
    enum { SHORT = 16 };
    if (unzip->tail_len < SHORT)
        return false;
    struct tt_span last = tt_span_of(unzip->tail + unzip->tail_len - SHORT, SHORT);
    if (memcmp(last.data, "PK\7\10", SIGNATURE_LEN) != 0)
        return false;
    struct tt_reader reader = tt_reader_of(tt_span_from(last, 8));
    return tt_read_le(&reader, 4) == (uint32_t)(len - SHORT);
}

/* The descriptor itself goes to the member: it is not worth a step back. */
static size_t read_stored(struct unzip *unzip, struct tt_span in, uint64_t at)
{
    size_t used = 0;
    bool ended = false;
    while (used < in.len && !ended) {
        push_tail(unzip, in.data[used++]);
        ended = ends_stored(unzip, at + used - unzip->member_at);
    }
    (void)tt_outlet_slice(&unzip->out, tt_span_sub(in, 0, used), at);
    if (ended)
        begin_border(unzip, at + used);
    return used;
}

static size_t read_some(struct unzip *unzip, struct tt_span in, uint64_t at)
{
    switch (unzip->where) {
    case AT_BORDER:
        return read_border(unzip, in, at);
    case IN_HEADER:
        return read_header(unzip, in, at);
    case IN_MEMBER:
        return read_member(unzip, in, at);
    case IN_DEFLATED:
        return read_deflated(unzip, in, at);
    case IN_STORED:
        return read_stored(unzip, in, at);
    case IN_REST:
        (void)tt_outlet_slice(&unzip->out, in, at);
        return in.len;
    }
    return in.len;
}

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct unzip *unzip = state;
    unzip->frame = piece->origin.last_frame;
    size_t at = 0;
    while (at < piece->bytes.len && !unzip->gave_up)
        at += read_some(unzip, tt_span_from(piece->bytes, at), piece->at + at);
    unzip->next = piece->at + at;
    return at;
}

static void close_state(void *state, enum tt_body_end end)
{
    struct unzip *unzip = state;
    if (unzip->where != IN_REST && end == TT_BODY_COMPLETE && !unzip->gave_up)
        note(unzip, "content.cut", unzip->next, "an archive ends too early");
    if (unzip->gave_up)
        note(unzip, "content.broken", unzip->next,
             "an archive is damaged: the rest is searched as it stands");
    stop_measuring(unzip);
    tt_outlet_close(&unzip->out, unzip->where == IN_REST ? end : TT_BODY_CUT, unzip->next);
    tt_buf_free(&unzip->header);
    free(unzip);
}

const struct tt_decoder tt_decoder_zip = {.name = "zip",
                                          .title = "ZIP archive",
                                          .spec = "ISO/IEC 21320-1; PKWARE APPNOTE 6.3.10",
                                          .sort = TT_CODING,
                                          .claims = claims,
                                          .open = open_state,
                                          .feed = feed,
                                          .close = close_state};
