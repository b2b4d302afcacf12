#include "content/embedded.h"

#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/compiler.h"
#include "content/ntlmssp.h"
#include "model/limits.h"

static const struct tt_embedded_format *const formats[] = {
    &tt_embedded_ntlmssp, /* the only one; where two signatures overlap, the first one counts */
};

const struct tt_embedded_format *tt_embedded_format_at(size_t at)
{
    return at < TT_ARRAY_LEN(formats) ? formats[at] : NULL;
}

enum { TAIL_MAX = TT_SIGNATURE_MAX - 1 };

struct tt_embedded {
    const struct tt_content_sink *sink;
    uint64_t next; /* offset behind the last piece */
    size_t tail_len;
    uint8_t tail[TAIL_MAX]; /* the last bytes before the piece: a signature may begin there */
    const struct tt_embedded_format *format; /* of the message that is gathered; or NULL */
    uint64_t message_at;
    size_t want; /* bytes of it, as far as is known */
    size_t held_len;
    uint8_t *held; /* TT_EMBEDDED_MAX while there is a message */
};

/* ---- signatures ---- */

static bool stands_at(const struct tt_embedded_format *format, struct tt_span in, size_t at)
{
    return in.data[at] == format->signature[0] &&
           memcmp(in.data + at, format->signature, format->signature_len) == 0;
}

#ifdef __SSE2__

enum { LANE = 16, BLOCK = 4 * LANE };

/* The first and the last byte of a signature, in every lane. */
struct probe {
    size_t reach; /* from the first to the last */
    __m128i first;
    __m128i last;
};

/* Where of 16 bytes may it begin? */
static __m128i probe_at(const struct probe *probe, const uint8_t *p)
{
    __m128i first = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i last = _mm_loadu_si128((const __m128i *)(const void *)(p + probe->reach));
    return _mm_and_si128(_mm_cmpeq_epi8(first, probe->first), _mm_cmpeq_epi8(last, probe->last));
}

static unsigned mask_of(__m128i bytes)
{
    return (unsigned)_mm_movemask_epi8(bytes);
}

/* Passes over bytes at which the signature does not begin. Gives where it may, or where too few
 * bytes are left to look at many at a time. */
static size_t skip_plain(const struct tt_embedded_format *format, struct tt_span in, size_t at)
{
    size_t reach = format->signature_len - 1;
    const struct probe probe = {.reach = reach,
                                .first = _mm_set1_epi8(format->signature[0]),
                                .last = _mm_set1_epi8(format->signature[reach])};
    while (in.len - at >= BLOCK + reach) {
        const uint8_t *p = in.data + at;
        __m128i front = _mm_or_si128(probe_at(&probe, p), probe_at(&probe, p + LANE));
        __m128i back = _mm_or_si128(probe_at(&probe, p + 2 * LANE), probe_at(&probe, p + 3 * LANE));
        if (TT_UNLIKELY(mask_of(_mm_or_si128(front, back)) != 0))
            break;
        at += BLOCK;
    }
    for (; in.len - at >= LANE + reach; at += LANE) {
        unsigned mask = mask_of(probe_at(&probe, in.data + at));
        if (TT_UNLIKELY(mask != 0))
            return at + (size_t)__builtin_ctz(mask);
    }
    return at;
}

#else

static size_t skip_plain(const struct tt_embedded_format *format, struct tt_span in, size_t at)
{
    (void)format;
    (void)in;
    return at;
}

#endif

/* Where the signature stands first from `at` on, or SIZE_MAX. */
static size_t find_one(const struct tt_embedded_format *format, struct tt_span in, size_t at)
{
    while (at < in.len && in.len - at >= format->signature_len) {
        at = skip_plain(format, in, at);
        if (in.len - at < format->signature_len)
            break;
        if (stands_at(format, in, at))
            return at;
        at++;
    }
    return SIZE_MAX;
}

/* The first signature from `at` on; SIZE_MAX when there is none. */
static size_t find(struct tt_span in, size_t at, const struct tt_embedded_format **ret_format)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < TT_ARRAY_LEN(formats); i++) {
        size_t found = find_one(formats[i], in, at);
        if (found >= first)
            continue;
        first = found;
        *ret_format = formats[i];
    }
    return first;
}

/* ---- messages ---- */

static void drop(struct tt_embedded *embedded)
{
    embedded->format = NULL;
    free(embedded->held);
    embedded->held = NULL;
}

/* What is there of the message is all of it that will be read. */
static void finish(struct tt_embedded *embedded)
{
    if (embedded->format == NULL)
        return;
    struct tt_span message = tt_span_of(embedded->held, embedded->held_len);
    embedded->format->read(message, embedded->message_at, embedded->sink);
    drop(embedded);
}

static void begin(struct tt_embedded *embedded, const struct tt_embedded_format *format,
                  uint64_t at)
{
    embedded->held = malloc(TT_EMBEDDED_MAX);
    if (embedded->held == NULL)
        return;
    embedded->format = format;
    embedded->message_at = at;
    embedded->want = format->signature_len;
    embedded->held_len = 0;
}

/* Adds the bytes that belong to the message, as far as they do. */
static void gather(struct tt_embedded *embedded, struct tt_span in)
{
    while (embedded->format != NULL && in.len > 0) {
        struct tt_span more = tt_span_sub(in, 0, embedded->want - embedded->held_len);
        memcpy(embedded->held + embedded->held_len, more.data, more.len);
        embedded->held_len += more.len;
        in = tt_span_from(in, more.len);
        if (embedded->held_len < embedded->want)
            return;
        struct tt_span head = tt_span_of(embedded->held, embedded->held_len);
        size_t want = embedded->format->measure(head);
        embedded->want = want < TT_EMBEDDED_MAX ? want : TT_EMBEDDED_MAX;
        if (want == 0)
            drop(embedded);
        else if (embedded->want <= embedded->held_len)
            finish(embedded);
    }
}

/* A signature that begins in the tail and ends in `in`. Gives how many bytes of it the tail holds;
 * 0 when there is none. */
static size_t find_across(const struct tt_embedded *embedded, struct tt_span in,
                          const struct tt_embedded_format **ret_format)
{
    uint8_t both[2 * TAIL_MAX];
    struct tt_span front = tt_span_sub(in, 0, TAIL_MAX);
    if (embedded->tail_len == 0)
        return 0;
    memcpy(both, embedded->tail, embedded->tail_len);
    memcpy(both + embedded->tail_len, front.data, front.len);
    size_t at = find(tt_span_of(both, embedded->tail_len + front.len), 0, ret_format);
    return at < embedded->tail_len ? embedded->tail_len - at : 0;
}

static void remember(struct tt_embedded *embedded, struct tt_span in)
{
    struct tt_span last = tt_span_from(in, in.len > TAIL_MAX ? in.len - TAIL_MAX : 0);
    size_t room = TAIL_MAX - last.len;
    size_t keep = embedded->tail_len < room ? embedded->tail_len : room;
    memmove(embedded->tail, embedded->tail + embedded->tail_len - keep, keep);
    memcpy(embedded->tail + keep, last.data, last.len);
    embedded->tail_len = keep + last.len;
}

/* A signature of `format` begins a message at `at`. Of the one before, if it is not over, the start
 * of the signature was gathered, because nobody could know. */
static void follow(struct tt_embedded *embedded, const struct tt_embedded_format *format,
                   uint64_t at)
{
    size_t early = format->signature_len - 1;
    if (embedded->format != NULL)
        embedded->held_len -= early < embedded->held_len ? early : embedded->held_len;
    finish(embedded);
    begin(embedded, format, at);
}

static void feed_bytes(struct tt_embedded *embedded, struct tt_span in, uint64_t at)
{
    const struct tt_embedded_format *format = NULL;
    size_t from = 0;
    size_t before = find_across(embedded, in, &format);
    if (before > 0) {
        gather(embedded, tt_span_sub(in, 0, format->signature_len - before - 1));
        follow(embedded, format, at - before);
        gather(embedded, tt_span_of(embedded->tail + embedded->tail_len - before, before));
    }
    for (size_t next = find(in, 0, &format); next != SIZE_MAX; next = find(in, from + 1, &format)) {
        gather(embedded, tt_span_sub(in, from, next + format->signature_len - 1 - from));
        follow(embedded, format, at + next);
        from = next;
    }
    gather(embedded, tt_span_from(in, from));
}

struct tt_embedded *tt_embedded_new(const struct tt_content_sink *sink)
{
    struct tt_embedded *embedded = calloc(1, sizeof(*embedded));
    if (embedded != NULL)
        embedded->sink = sink;
    return embedded;
}

void tt_embedded_feed(struct tt_embedded *embedded, const struct tt_piece *piece)
{
    if (piece->bytes.len == 0)
        return;
    if (piece->at != embedded->next)
        tt_embedded_end(embedded);
    feed_bytes(embedded, piece->bytes, piece->at);
    remember(embedded, piece->bytes);
    embedded->next = piece->at + piece->bytes.len;
}

bool tt_embedded_in_message(const struct tt_embedded *embedded)
{
    return embedded->format != NULL;
}

void tt_embedded_end(struct tt_embedded *embedded)
{
    finish(embedded);
    embedded->tail_len = 0;
}

void tt_embedded_free(struct tt_embedded *embedded)
{
    if (embedded == NULL)
        return;
    free(embedded->held);
    free(embedded);
}
