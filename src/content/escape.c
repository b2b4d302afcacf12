#include "content/escape.h"

#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "content/value.h"

/* What ends a run. */
enum {
    STOP_ALL = 1,  /* quotes, angle brackets, control characters */
    STOP_WORD = 2, /* a space, in a percent-encoded word */
    STOP_UNIT = 4  /* what escape() writes as an escape */
};

#define EIGHT_STOPS(from)                                                                          \
    [(from)] = STOP_ALL, [(from) + 1] = STOP_ALL, [(from) + 2] = STOP_ALL,                         \
    [(from) + 3] = STOP_ALL, [(from) + 4] = STOP_ALL, [(from) + 5] = STOP_ALL,                     \
    [(from) + 6] = STOP_ALL, [(from) + 7] = STOP_ALL

static const uint8_t stops[256] = {EIGHT_STOPS(0),    EIGHT_STOPS(8),    EIGHT_STOPS(16),
                                   EIGHT_STOPS(24),   [' '] = STOP_WORD, ['"'] = STOP_ALL,
                                   ['\''] = STOP_ALL, ['`'] = STOP_ALL,  ['<'] = STOP_ALL,
                                   ['>'] = STOP_ALL,  [0x7f] = STOP_ALL};

#undef EIGHT_STOPS

static bool is_stop(uint8_t c, uint8_t which)
{
    if ((stops[c] & which) != 0)
        return true;
    return (which & STOP_UNIT) != 0 && !tt_is_alnum(c) &&
           (c == '\0' || strchr("@*_+-./%", c) == NULL);
}

struct tt_escapes {
    bool in_run;
    enum tt_escape_kind kind; /* of the run */
    unsigned undone;
    uint64_t next; /* offset behind the last piece */
    size_t held_len;
    uint8_t held[TT_ESCAPE_LONGEST]; /* what may be an escape, cut by a piece */
    struct tt_value value;           /* what stands in front of the first escape, then the run */
};

/* A kind whose escapes begin with this character, or 0. */
static unsigned kind_of(uint8_t c)
{
    return c == '%'    ? TT_ESCAPE_PERCENT
           : c == '&'  ? TT_ESCAPE_REFERENCE
           : c == '\\' ? TT_ESCAPE_BACKSLASH
           : c == '='  ? TT_ESCAPE_QUOTED
                       : 0;
}

/* The kind whose escapes begin as `in` does, which is not empty, or 0. */
static unsigned kind_at(struct tt_span in)
{
    bool unit = in.len > 1 && in.data[0] == '%' && in.data[1] == 'u';
    return unit ? TT_ESCAPE_UNIT : kind_of(in.data[0]);
}

/* May an escape of this kind begin with this character? */
static bool may_start(uint8_t c, enum tt_escape_kind kind)
{
    return kind_of(c) == (kind == TT_ESCAPE_UNIT ? TT_ESCAPE_PERCENT : kind);
}

static uint8_t stops_of(enum tt_escape_kind kind)
{
    return kind == TT_ESCAPE_PERCENT ? STOP_ALL | STOP_WORD
           : kind == TT_ESCAPE_UNIT  ? STOP_ALL | STOP_UNIT
                                     : STOP_ALL;
}

enum { QUOTED = 3 }; /* characters of "=40" */

#ifdef __SSE2__

enum { LANE = 16, BLOCK = 4 * LANE };

/* At which of 16 bytes may an escape begin? Of "=", where another one stands QUOTED bytes on. */
static __m128i starts_at(const uint8_t *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i behind = _mm_loadu_si128((const __m128i *)(const void *)(p + QUOTED));
    __m128i quoted = _mm_cmpeq_epi8(_mm_and_si128(bytes, behind), _mm_set1_epi8('='));
    __m128i percent = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('%'));
    __m128i ampersand = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('&'));
    __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return _mm_or_si128(_mm_or_si128(percent, quoted), _mm_or_si128(ampersand, backslash));
}

#endif

/* The first character from `at` on that an escape may begin with, or the length. */
static size_t find_start(struct tt_span in, size_t at)
{
#ifdef __SSE2__
    for (; in.len - at >= BLOCK + QUOTED; at += BLOCK) {
        const uint8_t *p = in.data + at;
        __m128i front = _mm_or_si128(starts_at(p), starts_at(p + LANE));
        __m128i back = _mm_or_si128(starts_at(p + 2 * LANE), starts_at(p + 3 * LANE));
        if (_mm_movemask_epi8(_mm_or_si128(front, back)) != 0)
            break;
    }
    for (; in.len - at >= LANE + QUOTED; at += LANE) {
        unsigned mask = (unsigned)_mm_movemask_epi8(starts_at(in.data + at));
        if (mask != 0)
            return at + (size_t)__builtin_ctz(mask);
    }
#endif
    while (at < in.len && kind_of(in.data[at]) == 0)
        at++;
    return at;
}

/* Where what follows the last stop begins; only the last TT_FORM_MAX bytes are looked at. */
static size_t behind_stop(struct tt_span in, uint8_t which)
{
    size_t least = in.len > TT_FORM_MAX ? in.len - TT_FORM_MAX : 0;
    size_t from = in.len;
    while (from > least && !is_stop(in.data[from - 1], which))
        from--;
    return from;
}

/* Plain bytes outside of a run: those behind the last stop may belong to one. */
static void keep(struct tt_escapes *escapes, struct tt_span plain)
{
    size_t from = behind_stop(plain, STOP_ALL);
    if (from > 0)
        tt_value_begin(&escapes->value);
    tt_value_keep(&escapes->value, tt_span_from(plain, from));
}

/* A run of this kind begins with the escape at `at`; `plain` stands in front of it. */
static void open_run(struct tt_escapes *escapes, enum tt_escape_kind kind, struct tt_span plain,
                     uint64_t at)
{
    struct tt_value *value = &escapes->value;
    uint8_t which = stops_of(kind);
    size_t from = behind_stop(plain, which);
    if (from > 0) {
        tt_value_begin(value);
    } else {
        size_t drop = behind_stop(tt_span_of(value->kept, value->kept_len), which);
        value->kept_len -= drop;
        memmove(value->kept, value->kept + drop, value->kept_len);
    }
    plain = tt_span_from(plain, from);
    tt_value_open(value, tt_escape_name(kind), NULL, 0, plain, at - plain.len);
    escapes->in_run = true;
    escapes->kind = kind;
}

static void close_run(struct tt_escapes *escapes, uint64_t at)
{
    escapes->in_run = false;
    tt_value_end(&escapes->value, TT_BODY_COMPLETE, at);
}

static void hold(struct tt_escapes *escapes, struct tt_span cut)
{
    memcpy(escapes->held, cut.data, cut.len);
    escapes->held_len = cut.len;
}

/* Does a run begin with this escape? Not with those that are common in any source text. */
static bool may_begin(enum tt_escape_kind kind, const struct tt_escape *escape)
{
    return kind != TT_ESCAPE_BACKSLASH || escape->used > 2;
}

static void put_escape(struct tt_escapes *escapes, const struct tt_escape *escape, uint64_t at)
{
    (void)tt_outlet_put(&escapes->value.out, tt_span_of(escape->bytes, escape->len), at);
}

/* Do three escapes of quoted-printable stand at the front, or the two of a letter beyond ASCII? */
static enum tt_escape_found begins_quoted(struct tt_span in)
{
    enum { IN_ROW = 3 };
    struct tt_escape escape;
    uint8_t first = 0;
    for (size_t i = 0; i < IN_ROW; i++) {
        if (i * QUOTED == in.len)
            return TT_ESCAPE_CUT;
        if (in.data[i * QUOTED] != '=')
            return TT_ESCAPE_NONE;
        enum tt_escape_found found =
            tt_escape_read(TT_ESCAPE_QUOTED, tt_span_from(in, i * QUOTED), &escape);
        if (found != TT_ESCAPE_FOUND)
            return found;
        if (i == 1 && first >= 0xc3 && (escape.bytes[0] & 0xc0) == 0x80)
            return TT_ESCAPE_FOUND;
        first = escape.bytes[0];
    }
    return TT_ESCAPE_FOUND;
}

/* As tt_escape_read; outside of a run, an escape of quoted-printable has others behind it, and one
 * that is undone by others is none. */
static enum tt_escape_found read_escape(const struct tt_escapes *escapes, enum tt_escape_kind kind,
                                        struct tt_span in, struct tt_escape *ret_escape)
{
    enum tt_escape_found found = TT_ESCAPE_FOUND;
    if (!escapes->in_run && (kind & escapes->undone) != 0) /* "%" alone may be that of "%u" */
        return kind == TT_ESCAPE_PERCENT && in.len == 1 ? TT_ESCAPE_CUT : TT_ESCAPE_NONE;
    if (kind == TT_ESCAPE_QUOTED && !escapes->in_run)
        found = begins_quoted(in);
    return found == TT_ESCAPE_FOUND ? tt_escape_read(kind, in, ret_escape) : found;
}

/* Between runs. Gives the bytes taken: up to the first escape, or all. */
static size_t seek(struct tt_escapes *escapes, struct tt_span in, uint64_t at)
{
    for (size_t i = find_start(in, 0); i < in.len; i = find_start(in, i)) {
        enum tt_escape_kind kind = (enum tt_escape_kind)kind_at(tt_span_from(in, i));
        struct tt_escape escape;
        enum tt_escape_found found = read_escape(escapes, kind, tt_span_from(in, i), &escape);
        if (found == TT_ESCAPE_CUT) {
            keep(escapes, tt_span_sub(in, 0, i));
            hold(escapes, tt_span_from(in, i));
            return in.len;
        }
        if (found == TT_ESCAPE_FOUND && may_begin(kind, &escape)) {
            open_run(escapes, kind, tt_span_sub(in, 0, i), at + i);
            return i;
        }
        i += found == TT_ESCAPE_FOUND ? escape.used : 1;
    }
    keep(escapes, in);
    return in.len;
}

/* In a run. Gives the bytes taken: up to a stop, or all. */
static size_t read_run(struct tt_escapes *escapes, struct tt_span in, uint64_t at)
{
    uint8_t which = stops_of(escapes->kind);
    for (size_t i = 0; i < in.len;) {
        size_t from = i;
        while (i < in.len && !is_stop(in.data[i], which) && !may_start(in.data[i], escapes->kind))
            i++;
        if (i > from)
            (void)tt_outlet_put(&escapes->value.out, tt_span_sub(in, from, i - from), at + from);
        if (i == in.len)
            break;
        if (is_stop(in.data[i], which)) {
            close_run(escapes, at + i);
            return i;
        }
        struct tt_escape escape;
        switch (tt_escape_read(escapes->kind, tt_span_from(in, i), &escape)) {
        case TT_ESCAPE_FOUND:
            put_escape(escapes, &escape, at + i);
            i += escape.used;
            break;
        case TT_ESCAPE_CUT:
            hold(escapes, tt_span_from(in, i));
            return in.len;
        case TT_ESCAPE_NONE:
            (void)tt_outlet_put(&escapes->value.out, tt_span_sub(in, i, 1), at + i);
            i++;
            break;
        }
    }
    return in.len;
}

/* What is held stands for itself. `at`: behind it. */
static void put_held(struct tt_escapes *escapes, size_t len, uint64_t at)
{
    struct tt_span plain = tt_span_of(escapes->held, len);
    if (escapes->in_run)
        (void)tt_outlet_put(&escapes->value.out, plain, at - escapes->held_len);
    else
        tt_value_keep(&escapes->value, plain);
    escapes->held_len -= len;
    memmove(escapes->held, escapes->held + len, escapes->held_len);
}

/* Something is held that the last piece cut. Gives the bytes taken of this one. */
static size_t resolve_held(struct tt_escapes *escapes, struct tt_span in, uint64_t at)
{
    uint8_t both[TT_ESCAPE_LONGEST];
    size_t held_len = escapes->held_len;
    size_t more = sizeof(both) - held_len < in.len ? sizeof(both) - held_len : in.len;
    memcpy(both, escapes->held, held_len);
    memcpy(both + held_len, in.data, more);
    enum tt_escape_kind kind = (enum tt_escape_kind)kind_at(tt_span_of(both, held_len + more));
    struct tt_escape escape;
    if (escapes->in_run)
        kind = escapes->kind;
    switch (read_escape(escapes, kind, tt_span_of(both, held_len + more), &escape)) {
    case TT_ESCAPE_CUT:
        hold(escapes, tt_span_of(both, held_len + more));
        return more;
    case TT_ESCAPE_NONE:
        put_held(escapes, held_len, at);
        return 0;
    case TT_ESCAPE_FOUND:
        break;
    }
    size_t taken = escape.used > held_len ? escape.used - held_len : 0;
    hold(escapes, tt_span_of(both, held_len + taken));
    if (!escapes->in_run && !may_begin(kind, &escape)) {
        put_held(escapes, escape.used, at + taken);
        return taken;
    }
    if (!escapes->in_run)
        open_run(escapes, kind, tt_span_of(both, 0), at - held_len);
    put_escape(escapes, &escape, at - held_len);
    escapes->held_len -= escape.used;
    memmove(escapes->held, both + escape.used, escapes->held_len);
    return taken;
}

struct tt_escapes *tt_escapes_new(const struct tt_content_sink *sink)
{
    struct tt_escapes *escapes = malloc(sizeof(*escapes));
    if (escapes == NULL)
        return NULL;
    escapes->in_run = false;
    escapes->kind = TT_ESCAPE_PERCENT;
    escapes->undone = 0;
    escapes->next = 0;
    escapes->held_len = 0;
    tt_value_init(&escapes->value, sink);
    escapes->value.group = 1; /* where the run begins may not be known any more */
    return escapes;
}

void tt_escapes_feed(struct tt_escapes *escapes, const struct tt_piece *piece, unsigned undone)
{
    if (piece->at != escapes->next)
        tt_escapes_end(escapes);
    escapes->undone = undone;
    for (size_t i = 0; i < piece->bytes.len;) {
        struct tt_span left = tt_span_from(piece->bytes, i);
        if (escapes->held_len > 0)
            i += resolve_held(escapes, left, piece->at + i);
        else if (escapes->in_run)
            i += read_run(escapes, left, piece->at + i);
        else
            i += seek(escapes, left, piece->at + i);
    }
    escapes->next = piece->at + piece->bytes.len;
    if (escapes->in_run)
        (void)tt_outlet_flush(&escapes->value.out, escapes->next - escapes->held_len);
}

void *tt_escapes_inner(const struct tt_escapes *escapes)
{
    return escapes->in_run ? escapes->value.out.inner : NULL;
}

void tt_escapes_end(struct tt_escapes *escapes)
{
    /* Behind half of a surrogate pair there may be more than one escape. */
    for (size_t before = 0; escapes->held_len != before;) {
        before = escapes->held_len;
        if (before > 0)
            (void)resolve_held(escapes, tt_span_str(""), escapes->next);
    }
    put_held(escapes, escapes->held_len, escapes->next);
    if (escapes->in_run)
        close_run(escapes, escapes->next);
    tt_value_begin(&escapes->value);
}

void tt_escapes_free(struct tt_escapes *escapes)
{
    free(escapes);
}
