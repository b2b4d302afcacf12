#define ZLIB_CONST
#include "content/inflate.h"

#include <stdlib.h>
#include <zlib.h>

#include "content/coding.h"
#include "content/plausible.h"
#include "content/printable.h"
#include "model/limits.h"

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
    size_t left; /* of the input */
    size_t out;
    uint8_t bytes[TRIAL_OUT];
};

/* False when the bytes cannot be it. */
static bool try_inflate(struct tt_span head, int bits, struct trial *ret_trial)
{
    struct trial *trial = ret_trial;
    z_stream z = {.next_in = head.data,
                  .avail_in = (uInt)head.len,
                  .next_out = trial->bytes,
                  .avail_out = sizeof(trial->bytes)};
    if (inflateInit2(&z, bits) != Z_OK)
        return false;
    trial->status = inflate(&z, Z_SYNC_FLUSH);
    trial->left = z.avail_in;
    trial->out = sizeof(trial->bytes) - z.avail_out;
    (void)inflateEnd(&z);
    return trial->status == Z_OK || trial->status == Z_BUF_ERROR || trial->status == Z_STREAM_END;
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

static bool zlib_claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    if (!has_zlib_header(head))
        return false;
    struct trial trial;
    if (!try_inflate(head, BITS_ZLIB, &trial))
        return false;
    if (tt_coding_declared(body, "deflate"))
        return true;
    if (trial.status == Z_STREAM_END)
        return trial.out > 0;
    /* The longest header of a dynamic block is shorter than the head. */
    return trial.out == TRIAL_OUT || (!whole && trial.out > 0);
}

/* ---- bare deflate that nobody declared ---- */

/* At most 8 bits, from the lowest of each byte on, RFC 1951, section 3.1.1; zeros behind the end.
 */
static unsigned take_bits(struct tt_span in, size_t *at, unsigned count)
{
    size_t byte = *at / 8;
    unsigned bits = byte < in.len ? in.data[byte] : 0;
    bits |= byte + 1 < in.len ? (unsigned)in.data[byte + 1] << 8 : 0;
    bits >>= *at % 8;
    *at += count;
    return bits & ((1U << count) - 1);
}

/* The literals of a fixed block (section 3.2.6) that are text have codes of 8 bits, from 0x30 on,
 * highest bit first. */
static bool begins_fixed_text(struct tt_span head)
{
    enum { LITERALS = 2 };
    size_t at = 3;
    for (int i = 0; i < LITERALS; i++) {
        unsigned code = 0;
        for (int bit = 0; bit < 8; bit++)
            code = code << 1 | take_bits(head, &at, 1);
        if (code < 0x30 + '\t' || code > 0x30 + '~')
            return false;
    }
    return true;
}

/* The code of the code lengths (section 3.2.7) must use up all its words. */
static bool begins_dynamic(struct tt_span head)
{
    size_t at = 3;
    unsigned literals = take_bits(head, &at, 5);
    unsigned distances = take_bits(head, &at, 5);
    unsigned lengths = take_bits(head, &at, 4) + 4;
    if (literals > 29 || distances > 29)
        return false;
    unsigned used = 0;
    for (unsigned i = 0; i < lengths; i++) {
        unsigned len = take_bits(head, &at, 3);
        used += len == 0 ? 0 : 128U >> len;
    }
    return used == 128;
}

static bool may_begin_deflate(struct tt_span head)
{
    size_t at = 1;
    switch (take_bits(head, &at, 2)) {
    case 0:
        return head.len > 5 && (head.data[1] ^ head.data[3]) == 0xff &&
               (head.data[2] ^ head.data[4]) == 0xff;
    case 1:
        return begins_fixed_text(head);
    case 2:
        return begins_dynamic(head);
    default:
        return false;
    }
}

/* There is no magic number: it must inflate to text, all of it or a good piece. */
static bool deflate_shows(struct tt_span head, bool whole)
{
    enum { WHOLE_MIN = 8, PIECE_MIN = 64 };
    if (head.len < WHOLE_MIN || !may_begin_deflate(head) || tt_is_ascii_text(head))
        return false;
    struct trial trial;
    if (!try_inflate(head, BITS_RAW, &trial) ||
        !tt_is_meant_text(tt_span_of(trial.bytes, trial.out)))
        return false;
    bool seen = whole || head.len == TT_BODY_PROBE_MAX; /* all that there is to see */
    if (trial.status == Z_STREAM_END)
        return seen && trial.left == 0 && trial.out >= WHOLE_MIN;
    return trial.out >= PIECE_MIN && (!whole || trial.out == TRIAL_OUT);
}

static bool deflate_claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    if (!tt_coding_declared(body, "deflate"))
        return deflate_shows(head, whole);
    struct trial trial;
    if (head.len == 0 || !try_inflate(head, BITS_RAW, &trial))
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
