#include "content/token.h"

#include <stdlib.h>

#include "content/alphabet.h"
#include "content/base64.h"
#include "content/binary.h"
#include "content/outlet.h"
#include "content/plausible.h"
#include "content/token_find.h"
#include "content/token_part.h"
#include "model/limits.h"

enum {
    HELD_MAX = 256, /* characters looked at before it is decided what a run is */
    OUT_MAX = 4096,
    STEP = 4096,    /* characters decoded at a time; a multiple of 4 */
    TEXT_HEAD = 32, /* decoded bytes that must be text to convince */
    TAIL_MIN = 64,  /* characters behind the last separator that may be a token of their own */
    LINE_MIN = 60,  /* of wrapped base64: RFC 7468 has 64, RFC 2045 has 76 */
    LINE_MAX = 76,
    MARK_LEN = 7 /* "base64," of RFC 2397 */
};

enum mode {
    SEEKING,   /* between runs */
    HOLDING,   /* in a run that is not decided yet: held */
    IN_BASE64, /* in a long run */
    IN_HEX,
    IN_ALPHABET, /* in a long run in another alphabet */
    AT_BREAK,    /* behind a line of wrapped base64 */
    IN_LINE      /* in a line that may go on with it: held */
};

struct tt_tokens {
    struct tt_outlet out;
    enum mode mode;
    bool carriage; /* AT_BREAK: the CR was there */
    bool declared; /* the held run stands in a data URL: it begins and ends where it seems to */
    uint64_t piece_at;
    uint8_t before[MARK_LEN]; /* the bytes in front of the piece */
    uint64_t next;            /* offset behind the last piece */
    uint64_t run_at;          /* of the first held character */
    bool escaped;             /* behind a '%' */
    uint8_t after;            /* follows the run that has just ended; 0 when nothing does */
    size_t line_len;          /* of wrapped base64 */
    uint64_t end_at;          /* of wrapped base64: behind its last line so far */
    struct tt_base64 base64;
    const struct tt_alphabet *alphabet;
    int nibble; /* the first digit of a pair, or -1 */
    size_t held_len;
    uint8_t held[HELD_MAX];
    uint8_t bytes[OUT_MAX];
};

/* ---- looking at characters ---- */

static bool in_run(uint8_t c)
{
    return (tt_token_classes[c] & TT_IN_RUN) != 0;
}

/* The number of characters of a run at the front, at most `max`. */
static size_t run_len(struct tt_span in, size_t max)
{
    if (max > in.len)
        max = in.len;
    size_t len = 0;
    while (len < max && in_run(in.data[len]))
        len++;
    return len;
}

static size_t hex_len(struct tt_span in)
{
    size_t len = 0;
    while (len < in.len && (tt_token_classes[in.data[len]] & (TT_IN_RUN | TT_NOT_HEX)) == TT_IN_RUN)
        len++;
    return len;
}

/* All that the characters are, together. */
static unsigned look(struct tt_span run)
{
    unsigned all = 0;
    for (size_t i = 0; i < run.len; i++)
        all |= tt_token_classes[run.data[i]];
    return all;
}

/* No alphabet has the extra characters of both. */
static bool is_mixed(unsigned all)
{
    return (all & TT_STANDARD) != 0 && (all & TT_URL) != 0;
}

/* The offset of the first character with one of `bits`, or the length. */
static size_t find_class(struct tt_span in, unsigned bits)
{
    size_t at = 0;
    while (at < in.len && (tt_token_classes[in.data[at]] & bits) == 0)
        at++;
    return at;
}

/* Does this look like something that a person or a program meant? */
static bool is_plausible(struct tt_span decoded)
{
    if (tt_binary_is_packed(decoded))
        return true;
    if (decoded.len > 2 && decoded.data[0] == 0x78 && (0x7800 | decoded.data[1]) % 31 == 0)
        return true;
    for (size_t i = 0; i < decoded.len && i < TEXT_HEAD; i++) {
        uint8_t c = decoded.data[i];
        if ((c < 0x20 || c > 0x7e) && c != '\t' && c != '\r' && c != '\n')
            return false;
    }
    return true;
}

/* ---- inner bodies ---- */

static void open_token(struct tt_tokens *tokens, const char *step, uint64_t at)
{
    struct tt_body inner = {.kind = TT_STEP_CODING, .step = step, .at = at};
    (void)tt_outlet_open(&tokens->out, &inner, NULL, 0);
    tokens->base64 = (struct tt_base64){0};
    tokens->nibble = -1;
}

/* Decodes to the outlet; handed over when it is full. */
static void put_base64(struct tt_tokens *tokens, struct tt_span run, uint64_t at)
{
    struct tt_outlet *out = &tokens->out;
    for (size_t i = 0; i < run.len && out->state == TT_OUTLET_OPEN; i += STEP) {
        struct tt_span part = tt_span_sub(run, i, STEP);
        if (out->cap - out->len < part.len && !tt_outlet_flush(out, at + i))
            return;
        out->len += tt_base64_decode(&tokens->base64, part, out->bytes + out->len);
    }
}

static void put_hex(struct tt_tokens *tokens, struct tt_span run, uint64_t at)
{
    for (size_t i = 0; i < run.len; i++) {
        int digit = tt_hex_value(run.data[i]);
        if (tokens->nibble < 0) {
            tokens->nibble = digit;
            continue;
        }
        (void)tt_outlet_byte(&tokens->out, (uint8_t)(tokens->nibble << 4 | digit), at + i);
        tokens->nibble = -1;
    }
}

static void put_alphabet(struct tt_tokens *tokens, struct tt_span run, uint64_t at)
{
    struct tt_outlet *out = &tokens->out;
    for (size_t i = 0; i < run.len && out->state == TT_OUTLET_OPEN; i += STEP) {
        struct tt_span part = tt_span_sub(run, i, STEP);
        if (out->cap - out->len < part.len && !tt_outlet_flush(out, at + i))
            return;
        out->len +=
            tt_alphabet_decode(tokens->alphabet, &tokens->base64, part, out->bytes + out->len);
    }
}

static void close_token(struct tt_tokens *tokens, uint64_t end_at)
{
    tt_outlet_close(&tokens->out, TT_BODY_COMPLETE, end_at);
}

/* A run that "%" ends goes on behind it, where the escape is undone. */
static void close_run(struct tt_tokens *tokens, uint64_t end_at)
{
    tt_outlet_close(&tokens->out, tokens->after == '%' ? TT_BODY_CUT : TT_BODY_COMPLETE, end_at);
}

/* Base64 that ends within a byte, or that has padding where there is none, goes on behind something
 * that is none of its letters, such as the "=" and the line break of quoted-printable. `after`
 * follows it. */
static void close_base64(struct tt_tokens *tokens, uint8_t after, uint64_t end_at)
{
    const struct tt_base64 *state = &tokens->base64;
    bool within = (state->bits & ((1U << state->count) - 1)) != 0 || state->count == 6;
    bool cut = within || (state->count == 0 && after == '=') || after == '%';
    tt_outlet_close(&tokens->out, cut ? TT_BODY_CUT : TT_BODY_COMPLETE, end_at);
}

/* ---- runs that are known from end to end ---- */

/* The digits of a hexadecimal token, behind a "0x" if there is one; empty when it is none. */
static struct tt_span hex_digits(struct tt_span run)
{
    if (run.len > 2 && run.data[0] == '0' && tt_lower(run.data[1]) == 'x')
        run = tt_span_from(run, 2);
    bool fits = run.len >= TT_TOKEN_MIN && run.len % 2 == 0 && hex_len(run) == run.len;
    return fits ? run : tt_span_sub(run, 0, 0);
}

static bool whole_hex(struct tt_tokens *tokens, struct tt_span run, uint64_t at)
{
    struct tt_span digits = hex_digits(run);
    if (digits.len == 0)
        return false;
    at += (uint64_t)(digits.data - run.data);
    open_token(tokens, "hex", at);
    put_hex(tokens, digits, at);
    close_run(tokens, at + digits.len);
    return true;
}

static void whole_base64(struct tt_tokens *tokens, struct tt_span run, uint64_t at)
{
    open_token(tokens, tt_decoder_base64.name, at);
    put_base64(tokens, run, at);
    close_base64(tokens, tokens->after, at + run.len);
}

/* In base32, base58 and what else alphabet.h knows, where that says something. */
static void whole_other(struct tt_tokens *tokens, struct tt_span run, uint64_t at)
{
    struct tt_outlet *out = &tokens->out;
    tokens->alphabet = tt_alphabet_pick(run, true);
    if (tokens->alphabet != NULL) {
        open_token(tokens, tokens->alphabet->step, at);
        put_alphabet(tokens, run, at);
        close_run(tokens, at + run.len);
    }
    uint8_t bytes[TT_BASE58_MAX];
    size_t len = tt_base58_decode(run, bytes);
    if (len == 0)
        return;
    open_token(tokens, "base58", at);
    memcpy(out->bytes, bytes, len);
    out->len = out->state == TT_OUTLET_OPEN ? len : 0;
    close_run(tokens, at + run.len);
}

/* The parts between separators, where the whole does not convince: path segments, words of a slug.
 */
static void split_run(struct tt_tokens *tokens, struct tt_span run, uint64_t at)
{
    for (size_t i = 0; i < run.len;) {
        size_t len = find_class(tt_span_from(run, i), TT_SEPARATOR);
        struct tt_span part = tt_span_sub(run, i, len);
        if (len >= TT_TOKEN_MIN && !whole_hex(tokens, part, at + i)) {
            whole_base64(tokens, part, at + i);
            whole_other(tokens, part, at + i);
        }
        i += len + 1;
    }
}

static bool run_is_plausible(struct tt_span run)
{
    uint8_t decoded[HELD_MAX];
    struct tt_base64 state = {0};
    size_t len = tt_base64_decode(&state, tt_span_sub(run, 0, HELD_MAX), decoded);
    return is_plausible(tt_span_of(decoded, len));
}

/* Is one of the segments something by itself? */
static bool has_plausible_segment(struct tt_span part)
{
    for (size_t i = 0; i < part.len;) {
        size_t len = find_class(tt_span_from(part, i), TT_SEPARATOR);
        if (len >= TT_TOKEN_MIN && run_is_plausible(tt_span_sub(part, i, len)))
            return true;
        i += len + 1;
    }
    return false;
}

/* The parts with separators of their own, if they have a character of the class `must`. */
static void find_parts(struct tt_tokens *tokens, struct tt_span run, uint64_t at, unsigned must)
{
    struct tt_token_part parts[TT_TOKEN_PARTS_MAX];
    size_t count = tt_token_parts(run, parts);
    for (size_t i = 0; i < count; i++) {
        struct tt_span part = tt_span_sub(run, parts[i].at, parts[i].len);
        if ((look(part) & must) != 0 && !has_plausible_segment(part))
            whole_base64(tokens, part, at + parts[i].at);
    }
}

/* A run in one alphabet. */
static void one_run(struct tt_tokens *tokens, struct tt_span run, uint64_t at)
{
    if (run.len < TT_TOKEN_MIN || whole_hex(tokens, run, at))
        return;
    whole_base64(tokens, run, at);
    if (!run_is_plausible(run))
        whole_other(tokens, run, at);
    if ((look(run) & TT_SEPARATOR) != 0 && !run_is_plausible(run)) {
        split_run(tokens, run, at);
        find_parts(tokens, run, at, TT_IN_RUN);
    }
}

static void mixed_run(struct tt_tokens *tokens, struct tt_span run, uint64_t at)
{
    find_parts(tokens, run, at, TT_STANDARD);
    for (size_t i = 0; i < run.len;) {
        size_t len = find_class(tt_span_from(run, i), TT_STANDARD);
        one_run(tokens, tt_span_sub(run, i, len), at + i);
        i += len + 1;
    }
}

static bool is_break(uint8_t c)
{
    return c == '\r' || c == '\n';
}

/* Digits of an escape in front of a run: "%22", "%2522". What follows is a part of something that
 * is whole where the escape is undone (content/escape.h, or the format), and is read there. */
static size_t escape_len(const struct tt_tokens *tokens, struct tt_span run)
{
    size_t len = 0;
    if (!tokens->escaped)
        return 0;
    while (run.len - len >= 2 && tt_hex_value(run.data[len]) >= 0 &&
           tt_hex_value(run.data[len + 1]) >= 0) {
        len += 2;
        if (run.data[len - 2] != '2' || run.data[len - 1] != '5')
            break;
    }
    return len;
}

/* A run of at most HELD_MAX characters with `after` behind it (0 at the end of the text). */
static void end_run(struct tt_tokens *tokens, struct tt_span run, uint64_t at, uint8_t after)
{
    size_t escape = escape_len(tokens, run);
    tokens->mode = SEEKING;
    tokens->escaped = false;
    tokens->after = after;
    if (run.len < TT_TOKEN_MIN || escape > 0)
        return;
    unsigned all = look(run);
    if (is_mixed(all)) {
        mixed_run(tokens, run, at);
        return;
    }
    bool is_line = is_break(after) && run.len >= LINE_MIN && run.len <= LINE_MAX &&
                   run.len % 4 == 0 && (all & TT_NOT_HEX) != 0 &&
                   (run_is_plausible(run) || tt_alphabet_pick(run, true) == NULL);
    if (!is_line) {
        one_run(tokens, run, at);
        return;
    }
    open_token(tokens, tt_decoder_base64.name, at);
    put_base64(tokens, run, at);
    tokens->mode = AT_BREAK;
    tokens->carriage = false;
    tokens->line_len = run.len;
    tokens->end_at = at + run.len;
}

/* ---- runs that are longer ---- */

static void drop_held(struct tt_tokens *tokens, size_t len)
{
    tokens->held_len -= len;
    memmove(tokens->held, tokens->held + len, tokens->held_len);
    tokens->run_at += len;
}

/* The first `len` held characters are a run of their own, and a separator ends it. */
static void cut_held(struct tt_tokens *tokens, size_t len)
{
    uint8_t front[HELD_MAX];
    memcpy(front, tokens->held, len);
    tokens->after = 0;
    one_run(tokens, tt_span_of(front, len), tokens->run_at);
    drop_held(tokens, len + 1);
    tokens->declared = false;
}

/* Where a token of its own begins behind the last separator, or 0. */
static size_t find_tail(struct tt_span run)
{
    size_t from = run.len;
    while (from > 0 && (tt_token_classes[run.data[from - 1]] & TT_SEPARATOR) == 0)
        from--;
    struct tt_span tail = tt_span_from(run, from);
    if (from == 0 || tail.len < TAIL_MIN)
        return 0;
    return hex_len(tail) == tail.len || run_is_plausible(tail) ? from : 0;
}

/* The first run of hexadecimal digits between separators that is long enough to be meant. */
static struct tt_span find_digits(struct tt_span run)
{
    for (size_t i = 0; i < run.len;) {
        size_t len = find_class(tt_span_from(run, i), TT_SEPARATOR);
        struct tt_span part = tt_span_sub(run, i, len);
        if (len >= TAIL_MIN && hex_len(part) == len)
            return part;
        i += len + 1;
    }
    return tt_span_sub(run, 0, 0);
}

/* Cuts a path off that stands in front of a token, or a token off in front of one. False where
 * there is none. */
static bool cut_path(struct tt_tokens *tokens, struct tt_span run)
{
    size_t from = find_tail(run);
    struct tt_span digits = find_digits(run);
    if (from == 0 && digits.len > 0)
        from = digits.data > run.data ? (size_t)(digits.data - run.data) : digits.len + 1;
    if (from > 0)
        cut_held(tokens, from - 1);
    return from > 0;
}

/* There is no more room to hold, and the run goes on: decides by its first HELD_MAX characters. */
static void decide(struct tt_tokens *tokens)
{
    struct tt_span run = tt_span_of(tokens->held, tokens->held_len);
    bool behind_escape = escape_len(tokens, run) > 0;
    unsigned all = look(run);
    tokens->escaped = false;
    if (behind_escape) { /* passes by, as nothing is opened */
        tokens->mode = IN_BASE64;
        tokens->base64 = (struct tt_base64){0};
        return;
    }
    if ((all & TT_NOT_HEX) == 0) {
        tokens->mode = IN_HEX;
        open_token(tokens, "hex", tokens->run_at);
        put_hex(tokens, run, tokens->run_at);
        return;
    }
    if (is_mixed(all)) {
        cut_held(tokens, find_class(run, TT_STANDARD));
        return;
    }
    bool meant = tokens->declared || run_is_plausible(run);
    if ((all & TT_SEPARATOR) != 0 && !meant && cut_path(tokens, run))
        return;
    tokens->alphabet = meant ? NULL : tt_alphabet_pick(run, false);
    if (tokens->alphabet != NULL) {
        tokens->mode = IN_ALPHABET;
        open_token(tokens, tokens->alphabet->step, tokens->run_at);
        put_alphabet(tokens, run, tokens->run_at);
        return;
    }
    tokens->mode = IN_BASE64;
    open_token(tokens, tt_decoder_base64.name, tokens->run_at);
    put_base64(tokens, run, tokens->run_at);
}

/* ---- wrapped base64 ---- */

/* May a shorter line that `after` follows be the last of a token? Not where prose goes on. */
static bool may_end_token(uint8_t after)
{
    return after == '\0' || strchr(" .,:;!?(", after) == NULL;
}

/* A line behind a wrapped one is known: `after` follows it. */
static void end_line(struct tt_tokens *tokens, uint8_t after)
{
    struct tt_span line = tt_span_of(tokens->held, tokens->held_len);
    bool fits = line.len > 0 && line.len <= tokens->line_len && line.data[0] != '-' &&
                !is_mixed(look(line));
    bool full = line.len == tokens->line_len && is_break(after);
    if (!fits || (!full && !may_end_token(after))) {
        close_token(tokens, tokens->end_at);
        end_run(tokens, line, tokens->run_at, after);
        return;
    }
    put_base64(tokens, line, tokens->run_at);
    tokens->end_at = tokens->run_at + line.len;
    if (full) {
        tokens->mode = AT_BREAK;
        tokens->carriage = false;
        return;
    }
    close_token(tokens, tokens->end_at);
    tokens->mode = SEEKING;
}

/* Takes one byte of a line break. Gives the bytes taken. */
static size_t read_break(struct tt_tokens *tokens, uint8_t c, uint64_t at)
{
    if (c == '\r' && !tokens->carriage) {
        tokens->carriage = true;
        return 1;
    }
    if (c == '\n') {
        tokens->mode = IN_LINE;
        tokens->held_len = 0;
        tokens->run_at = at + 1;
        tokens->escaped = false;
        return 1;
    }
    close_token(tokens, tokens->end_at);
    tokens->mode = SEEKING;
    return 0;
}

/* ---- feeding ---- */

/* Adds to what is held, up to `max` characters in all. Gives the bytes taken. */
static size_t hold(struct tt_tokens *tokens, struct tt_span in, size_t max)
{
    size_t len = run_len(in, max - tokens->held_len);
    memcpy(tokens->held + tokens->held_len, in.data, len);
    tokens->held_len += len;
    return len;
}

static size_t read_holding(struct tt_tokens *tokens, struct tt_span in)
{
    size_t len = hold(tokens, in, HELD_MAX);
    if (len == in.len)
        return len;
    if (in_run(in.data[len]))
        decide(tokens);
    else
        end_run(tokens, tt_span_of(tokens->held, tokens->held_len), tokens->run_at, in.data[len]);
    return len;
}

static size_t read_line(struct tt_tokens *tokens, struct tt_span in)
{
    size_t len = hold(tokens, in, tokens->line_len + 1);
    if (tokens->held_len > tokens->line_len) {
        /* Longer than the lines before: another run. */
        close_token(tokens, tokens->end_at);
        tokens->mode = HOLDING;
        tokens->declared = false;
    } else if (len < in.len) {
        end_line(tokens, in.data[len]);
    }
    return len;
}

/* Does "base64," stand in front of in[from]? */
static bool is_declared(const struct tt_tokens *tokens, struct tt_span in, size_t from, uint64_t at)
{
    static const char mark[] = "base64,";
    uint64_t passed = at + from - tokens->piece_at;
    size_t here = passed < MARK_LEN ? (size_t)passed : MARK_LEN; /* in the same piece */
    return memcmp(in.data + from - here, mark + MARK_LEN - here, here) == 0 &&
           memcmp(tokens->before + here, mark, MARK_LEN - here) == 0;
}

/* Between runs. The common run lies in one piece and is not long: it is decoded from there. */
static size_t read_seeking(struct tt_tokens *tokens, struct tt_span in, uint64_t at)
{
    size_t from = tt_token_find(in, 0);
    if (from == in.len)
        return from;
    struct tt_span run = tt_span_from(in, from);
    size_t len = run_len(run, HELD_MAX + 1);
    tokens->run_at = at + from;
    const uint8_t *first = in.data + from; /* `in` may begin inside the piece */
    tokens->escaped =
        (tokens->run_at > tokens->piece_at ? first[-1] : tokens->before[MARK_LEN - 1]) == '%';
    if (len < run.len && len <= HELD_MAX) {
        end_run(tokens, tt_span_sub(run, 0, len), at + from, run.data[len]);
        return from + len;
    }
    tokens->mode = HOLDING;
    tokens->declared = is_declared(tokens, in, from, at);
    tokens->held_len = 0;
    return from;
}

/* In a long run. */
static size_t read_long(struct tt_tokens *tokens, struct tt_span in, uint64_t at)
{
    size_t len = tokens->mode == IN_HEX        ? hex_len(in)
                 : tokens->mode == IN_ALPHABET ? tt_alphabet_len(tokens->alphabet, in)
                                               : run_len(in, in.len);
    struct tt_span run = tt_span_sub(in, 0, len);
    if (tokens->mode == IN_HEX)
        put_hex(tokens, run, at);
    else if (tokens->mode == IN_ALPHABET)
        put_alphabet(tokens, run, at);
    else
        put_base64(tokens, run, at);
    if (len < in.len) {
        if (tokens->mode == IN_BASE64)
            close_base64(tokens, in.data[len], at + len);
        else
            close_token(tokens, at + len);
        tokens->mode = SEEKING;
    }
    return len;
}

static size_t read_some(struct tt_tokens *tokens, struct tt_span in, uint64_t at)
{
    switch (tokens->mode) {
    case SEEKING:
        return read_seeking(tokens, in, at);
    case HOLDING:
        return read_holding(tokens, in);
    case IN_BASE64:
    case IN_HEX:
    case IN_ALPHABET:
        return read_long(tokens, in, at);
    case AT_BREAK:
        return read_break(tokens, in.data[0], at);
    case IN_LINE:
        return read_line(tokens, in);
    }
    return in.len;
}

struct tt_tokens *tt_tokens_new(const struct tt_content_sink *sink)
{
    struct tt_tokens *tokens = malloc(sizeof(*tokens));
    if (tokens == NULL)
        return NULL;
    tt_outlet_init(&tokens->out, sink, tokens->bytes, sizeof(tokens->bytes));
    tokens->mode = SEEKING;
    tokens->carriage = false;
    tokens->declared = false;
    tokens->piece_at = 0;
    memset(tokens->before, 0, sizeof(tokens->before));
    tokens->next = 0;
    tokens->run_at = 0;
    tokens->escaped = false;
    tokens->after = 0;
    tokens->line_len = 0;
    tokens->end_at = 0;
    tokens->base64 = (struct tt_base64){0};
    tokens->alphabet = NULL;
    tokens->nibble = -1;
    tokens->held_len = 0;
    return tokens;
}

/* Keeps the last bytes for the piece that comes next. */
static void keep_before(struct tt_tokens *tokens, struct tt_span in)
{
    size_t new = in.len < MARK_LEN ? in.len : MARK_LEN;
    if (new == 0)
        return;
    memmove(tokens->before, tokens->before + new, MARK_LEN - new);
    memcpy(tokens->before + MARK_LEN - new, in.data + in.len - new, new);
}

void tt_tokens_feed(struct tt_tokens *tokens, const struct tt_piece *piece)
{
    if (piece->at != tokens->next)
        memset(tokens->before, 0, sizeof(tokens->before));
    tokens->piece_at = piece->at;
    if (tokens->mode != SEEKING && piece->at != tokens->next)
        tt_tokens_end(tokens);
    for (size_t at = 0; at < piece->bytes.len;)
        at += read_some(tokens, tt_span_from(piece->bytes, at), piece->at + at);
    keep_before(tokens, piece->bytes);
    tokens->next = piece->at + piece->bytes.len;
    bool wrapped = tokens->mode == AT_BREAK || tokens->mode == IN_LINE;
    if (tokens->out.state == TT_OUTLET_OPEN)
        (void)tt_outlet_flush(&tokens->out, wrapped ? tokens->end_at : tokens->next);
}

bool tt_tokens_in_run(const struct tt_tokens *tokens, uint64_t *ret_at)
{
    *ret_at = tokens->run_at;
    return tokens->mode != SEEKING && (tokens->mode != HOLDING || tokens->held_len >= TT_TOKEN_MIN);
}

void *tt_tokens_inner(const struct tt_tokens *tokens)
{
    return tokens->out.state == TT_OUTLET_OPEN ? tokens->out.inner : NULL;
}

bool tt_tokens_held(const struct tt_tokens *tokens, struct tt_span *ret_held, uint64_t *ret_at)
{
    bool holding = tokens->mode == HOLDING;
    if (!holding && tokens->mode != SEEKING)
        return false;
    *ret_held = tt_span_of(tokens->held, holding ? tokens->held_len : 0);
    *ret_at = tokens->run_at;
    return true;
}

void tt_tokens_drop(struct tt_tokens *tokens)
{
    tokens->mode = SEEKING;
    memset(tokens->before, 0, sizeof(tokens->before));
}

void tt_tokens_end(struct tt_tokens *tokens)
{
    switch (tokens->mode) {
    case HOLDING:
        end_run(tokens, tt_span_of(tokens->held, tokens->held_len), tokens->run_at, 0);
        break;
    case IN_LINE:
        end_line(tokens, 0);
        break;
    case IN_BASE64:
        close_base64(tokens, 0, tokens->next);
        break;
    case IN_HEX:
    case IN_ALPHABET:
    case AT_BREAK:
        close_token(tokens, tokens->mode == AT_BREAK ? tokens->end_at : tokens->next);
        break;
    case SEEKING:
        break;
    }
    tokens->mode = SEEKING;
    memset(tokens->before, 0, sizeof(tokens->before));
}

void tt_tokens_free(struct tt_tokens *tokens)
{
    free(tokens);
}
