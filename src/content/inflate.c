#define ZLIB_CONST
#include "content/inflate.h"

#include <stdlib.h>
#include <zlib.h>

#include "content/coding.h"
#include "content/printable.h"

enum {
    BITS_ZLIB = 15,
    BITS_GZIP = 15 + 16,
    BITS_RAW = -15,
    FEED_MAX = 1 << 30, /* zlib counts in unsigned int */
    TRIAL_OUT = 1024
};

struct inflater {
    struct tt_coding coding;
    z_stream z;
    int bits;
    bool between; /* gzip: a member is over, another may follow */
    uint8_t out[TT_CODING_OUT];
};

/* ---- recognition ---- */

struct trial {
    int status;
    size_t out;
};

static struct trial try_inflate(struct tt_span head, int bits)
{
    uint8_t out[TRIAL_OUT];
    z_stream z = {.next_in = head.data,
                  .avail_in = (uInt)head.len,
                  .next_out = out,
                  .avail_out = sizeof(out)};
    struct trial trial = {.status = Z_MEM_ERROR};
    if (inflateInit2(&z, bits) != Z_OK)
        return trial;
    trial.status = inflate(&z, Z_SYNC_FLUSH);
    trial.out = sizeof(out) - z.avail_out;
    (void)inflateEnd(&z);
    return trial;
}

static bool survived(struct trial trial)
{
    return trial.status == Z_OK || trial.status == Z_BUF_ERROR || trial.status == Z_STREAM_END;
}

static bool gzip_claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)body;
    (void)whole;
    return head.len >= 4 && head.data[0] == 0x1f && head.data[1] == 0x8b && head.data[2] == 8 &&
           (head.data[3] & 0xe0) == 0;
}

/* CMF and FLG of RFC 1950, without a preset dictionary (nobody could know it). */
static bool has_zlib_header(struct tt_span head)
{
    return head.len >= 3 && (head.data[0] & 0x0f) == 8 && head.data[0] >> 4 <= 7 &&
           (head.data[0] << 8 | head.data[1]) % 31 == 0 && (head.data[1] & 0x20) == 0;
}

/* The header of a dynamic block may be longer than the head; the levels that zlib itself writes
 * and a header that is valid so far must do then. */
static bool is_begun_dynamic(struct tt_span head)
{
    uint8_t level = head.data[1];
    bool usual =
        head.data[0] == 0x78 && (level == 0x01 || level == 0x5e || level == 0x9c || level == 0xda);
    return usual && (head.data[2] >> 1 & 3) == 2 && head.len >= 16;
}

static bool zlib_claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    if (!has_zlib_header(head))
        return false;
    struct trial trial = try_inflate(head, BITS_ZLIB);
    if (!survived(trial))
        return false;
    if (tt_coding_declared(body, "deflate"))
        return true;
    if (trial.status == Z_STREAM_END)
        return trial.out > 0;
    return !whole && (trial.out > 0 || is_begun_dynamic(head));
}

static bool deflate_claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    if (head.len == 0 || !tt_coding_declared(body, "deflate"))
        return false;
    struct trial trial = try_inflate(head, BITS_RAW);
    if (!survived(trial))
        return false;
    /* A few bytes of plain text may inflate by luck: only a clean end convinces. */
    return trial.status == Z_STREAM_END || !(whole && tt_is_printable(head));
}

/* ---- unwrapping ---- */

static void *open_with(const struct tt_body *body, const struct tt_content_sink *sink, int bits,
                       const char *step)
{
    struct inflater *inflater = malloc(sizeof(*inflater));
    if (inflater == NULL)
        return NULL;
    inflater->z = (z_stream){0};
    if (inflateInit2(&inflater->z, bits) != Z_OK) {
        free(inflater);
        return NULL;
    }
    inflater->bits = bits;
    inflater->between = false;
    tt_coding_init(&inflater->coding, body, sink, step, inflater->out, sizeof(inflater->out));
    return inflater;
}

static void *gzip_open(const struct tt_body *body, const struct tt_content_sink *sink)
{
    return open_with(body, sink, BITS_GZIP, tt_decoder_gzip.name);
}

static void *zlib_open(const struct tt_body *body, const struct tt_content_sink *sink)
{
    return open_with(body, sink, BITS_ZLIB, tt_decoder_zlib.name);
}

static void *deflate_open(const struct tt_body *body, const struct tt_content_sink *sink)
{
    return open_with(body, sink, BITS_RAW, tt_decoder_deflate.name);
}

static void note_broken(struct inflater *inflater)
{
    const char *cause = inflater->z.msg == NULL ? "" : inflater->z.msg;
    bool checksum =
        strcmp(cause, "incorrect data check") == 0 || strcmp(cause, "incorrect length check") == 0;
    if (checksum)
        tt_coding_note(&inflater->coding, "content.checksum", inflater->coding.next,
                       "compressed data does not fit its checksum");
    else
        tt_coding_note(&inflater->coding, "content.broken", inflater->coding.next,
                       "compressed data is damaged: the rest is searched as it stands");
}

/* One call of inflate. False when nothing more can come of this input. */
static bool inflate_some(struct inflater *inflater)
{
    struct tt_outlet *out = &inflater->coding.out;
    z_stream *z = &inflater->z;
    z->next_out = out->bytes + out->len;
    z->avail_out = (uInt)(out->cap - out->len);
    uInt before = z->avail_in;
    size_t had = out->len;
    int status = inflate(z, Z_SYNC_FLUSH);
    inflater->coding.next += before - z->avail_in;
    out->len = out->cap - z->avail_out;
    inflater->coding.total += out->len - had;
    switch (status) {
    case Z_STREAM_END:
        inflater->coding.complete = true;
        inflater->between = inflater->bits == BITS_GZIP;
        inflater->coding.ended = !inflater->between;
        return inflater->between;
    case Z_OK:
    case Z_BUF_ERROR:
        if (z->avail_out > 0)
            return false;
        if (tt_coding_flush(&inflater->coding, inflater->coding.next))
            return true;
        break;
    default:
        note_broken(inflater);
        break;
    }
    inflater->coding.ended = true;
    return false;
}

/* RFC 1952, section 2.2: a file is a series of members. Anything else behind one is not ours. */
static bool begin_member(struct inflater *inflater)
{
    inflater->between = false;
    if (*inflater->z.next_in != 0x1f || inflateReset(&inflater->z) != Z_OK) {
        inflater->coding.ended = true;
        return false;
    }
    inflater->coding.complete = false;
    return true;
}

static void inflate_span(struct inflater *inflater, struct tt_span in)
{
    inflater->z.next_in = in.data;
    inflater->z.avail_in = (uInt)in.len;
    bool more = true;
    while (more && !inflater->coding.ended) {
        if (inflater->between && (inflater->z.avail_in == 0 || !begin_member(inflater)))
            break;
        more = inflate_some(inflater);
    }
}

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct inflater *inflater = state;
    struct tt_coding *coding = &inflater->coding;
    coding->frame = piece->origin.last_frame;
    inflater->coding.next = piece->at;
    for (size_t at = 0; at < piece->bytes.len && !coding->ended; at += FEED_MAX)
        inflate_span(inflater, tt_span_sub(piece->bytes, at, FEED_MAX));
    return tt_coding_taken(coding, piece);
}

static void close_state(void *state, enum tt_body_end end)
{
    struct inflater *inflater = state;
    tt_coding_close(&inflater->coding, end);
    (void)inflateEnd(&inflater->z);
    free(inflater);
}

const struct tt_decoder tt_decoder_gzip = {.name = "gzip",
                                           .title = "gzip compression",
                                           .spec = "RFC 1952",
                                           .sort = TT_CODING,
                                           .claims = gzip_claims,
                                           .open = gzip_open,
                                           .feed = feed,
                                           .close = close_state};

const struct tt_decoder tt_decoder_zlib = {.name = "zlib",
                                           .title = "deflate compression in a zlib wrapping",
                                           .spec = "RFC 1950",
                                           .sort = TT_CODING,
                                           .claims = zlib_claims,
                                           .open = zlib_open,
                                           .feed = feed,
                                           .close = close_state};

const struct tt_decoder tt_decoder_deflate = {.name = "deflate",
                                              .title = "deflate compression without a wrapping",
                                              .spec = "RFC 1951",
                                              .sort = TT_CODING,
                                              .claims = deflate_claims,
                                              .open = deflate_open,
                                              .feed = feed,
                                              .close = close_state};
