#include "content/binary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf.h"
#include "content/brotli.h"
#include "content/coding.h"
#include "content/inflate.h"
#include "content/plausible.h"
#include "content/prefixed.h"
#include "content/token_find.h"
#include "model/limits.h"

_Static_assert(TT_BINARY_DEPTH_MAX <= TT_JSON_DEPTH_MAX, "a path is as deep as the containers");

enum {
    DIGEST_MIN = 8, /* lengths of raw values that are looked up as a whole */
    DIGEST_MAX = 64,
    BODY_MIN = 8,  /* shorter payloads hold nothing that could be unwrapped */
    ENDED_BITS = 6 /* evidence of an end where it should be */
};

/* ---- evidence ---- */

/* Bits that a character of ASCII is worth: 95 of 256 byte values are one, which is 1.4 bits. */
static unsigned ascii_bits(size_t at)
{
    return at % 5 < 2 ? 2 : 1;
}

bool tt_binary_is_text(struct tt_span bytes, bool cut, unsigned *bits)
{
    unsigned sum = 0;
    for (size_t at = 0; at < bytes.len;) {
        uint8_t c = bytes.data[at];
        bool space = c == '\t' || c == '\n' || c == '\r';
        uint32_t code = 0;
        size_t len = 1;
        if (c == 0x7f || (c < 0x20 && !space))
            return false;
        if (c >= 0x80 && !tt_utf8_read(tt_span_from(bytes, at), &code, &len)) {
            if (!cut || bytes.len - at >= 4)
                return false;
            break;
        }
        if (!space)
            sum += c < 0x80 ? ascii_bits(at) : (unsigned)len;
        at += len;
    }
    *bits += sum;
    return true;
}

bool tt_binary_is_name(struct tt_span bytes, bool cut, unsigned *bits)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.data[i];
        if (c < 0x80 && !tt_is_alnum(c) && (c == 0 || strchr("_-.:/$@#", c) == NULL))
            return false;
    }
    return tt_binary_is_text(bytes, cut, bits);
}

bool tt_binary_may_be_digest(struct tt_span look, uint64_t len)
{
    size_t plain = 0;
    if (len != look.len || !tt_is_digest_len(look.len))
        return false;
    for (size_t i = 0; i < look.len; i++)
        plain += look.data[i] == 0 || (look.data[i] >= 0x20 && look.data[i] < 0x7f);
    /* Of random bytes 38 % are: five of eight would be bad luck, on top of what a format shows. */
    return plain * 8 < look.len * 5;
}

/* The first bytes of what tt_binary_is_packed knows. */
static const bool may_be_packed[256] = {[0x04] = true, [0x1f] = true, [0x28] = true, ['P'] = true,
                                        ['b'] = true,  [0x78] = true, [0xff] = true};

bool tt_binary_is_packed(struct tt_span bytes)
{
    static const struct {
        const char *bytes;
        size_t len;
    } magics[] = {{"\x1f\x8b\x08", 3},     {"\x28\xb5\x2f\xfd", 4}, {"PK\x03\x04", 4},
                  {"\x04\x22\x4d\x18", 4}, {"bplist00", 8},         {"\xff\xd8\xff", 3}};
    if (bytes.len == 0 || !may_be_packed[bytes.data[0]])
        return false;
    for (size_t i = 0; i < TT_ARRAY_LEN(magics); i++)
        if (tt_span_starts(bytes, tt_span_of(magics[i].bytes, magics[i].len)))
            return true;
    /* zlib with a window of 32 KiB: RFC 1950, section 2.2 */
    return bytes.len >= 8 && bytes.data[0] == 0x78 &&
           (bytes.data[0] * 256U + bytes.data[1]) % 31 == 0 && (bytes.data[1] & 0x20) == 0;
}

/* ---- containers ---- */

static void put_note(const struct tt_binary *bin, const char *code, const char *text)
{
    if (bin->sink == NULL)
        return;
    struct tt_note note = {.layer = "content",
                           .code = code,
                           .flow = bin->body->flow,
                           .frame = bin->frame,
                           .offset = bin->at,
                           .text = text};
    tt_note_put(&bin->sink->notes, &note);
}

bool tt_binary_push(struct tt_binary *bin, uint8_t kind, uint64_t at, uint64_t left)
{
    if (bin->depth == TT_BINARY_DEPTH_MAX) {
        bin->gave_up = true;
        put_note(
            bin, "content.binary.depth",
            "a binary format is nested deeper than the limit: places in the rest are not named");
        return false;
    }
    bin->levels[bin->depth++] = (struct tt_binary_level){.left = left,
                                                         .end = TT_BINARY_OPEN_END,
                                                         .at = at,
                                                         .atoms = bin->atoms,
                                                         .odd_atoms = bin->odd_atoms,
                                                         .bits = bin->bits,
                                                         .kind = kind};
    return true;
}

void tt_binary_pop(struct tt_binary *bin)
{
    bin->depth--;
    bin->path.depth = bin->depth < bin->path.depth ? bin->depth : bin->path.depth;
}

bool tt_binary_enter(struct tt_binary *bin, uint8_t kind, uint64_t at, uint64_t left)
{
    if (!tt_binary_push(bin, kind, at, left))
        return false;
    bin->path.levels[bin->path.depth++] =
        (struct tt_json_level){.object = kind == TT_BINARY_MAP, .at = at};
    if (left == 0) {
        tt_binary_pop(bin);
        tt_binary_item(bin);
    }
    return true;
}

bool tt_binary_at_name(struct tt_binary *bin)
{
    if (bin->depth == 0)
        return false;
    const struct tt_binary_level *top = tt_binary_top(bin);
    return top->kind == TT_BINARY_MAP && top->number % 2 == 0;
}

void tt_binary_name(struct tt_binary *bin, struct tt_span name)
{
    if (bin->sink == NULL)
        return;
    tt_json_path_name(&bin->path, name);
    tt_json_path_save(&bin->path);
}

void tt_binary_name_number(struct tt_binary *bin, bool negative, uint64_t magnitude)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "%s%" PRIu64, negative ? "-" : "", magnitude);
    tt_binary_name(bin, tt_span_of(text, (size_t)len));
}

void tt_binary_item(struct tt_binary *bin)
{
    while (bin->depth > 0) {
        struct tt_binary_level *top = tt_binary_top(bin);
        top->number++;
        bin->path.levels[bin->path.depth - 1].index = top->number;
        if (top->left == TT_BINARY_OPEN_END || --top->left > 0)
            return;
        tt_binary_pop(bin);
    }
}

bool tt_binary_enter_fields(struct tt_binary *bin, uint64_t at)
{
    if (!tt_binary_push(bin, 0, at, 0))
        return false;
    tt_binary_top(bin)->numbered = true;
    bin->stage = TT_BINARY_AT_FIELD;
    return true;
}

void tt_binary_leave_fields(struct tt_binary *bin)
{
    tt_binary_pop(bin);
    tt_binary_value_over(bin);
}

bool tt_binary_enter_list(struct tt_binary *bin, uint8_t key, uint8_t type, uint64_t at,
                          uint64_t count)
{
    if (count == 0) {
        tt_binary_value_over(bin);
        return true;
    }
    if (count > UINT32_MAX || !tt_binary_push(bin, 0, at, key != 0 ? count * 2 : count))
        return false;
    struct tt_binary_level *top = tt_binary_top(bin);
    top->paired = key != 0;
    top->key = key;
    top->type = type;
    bin->type = key != 0 ? key : type;
    bin->stage = TT_BINARY_AT_VALUE;
    return true;
}

void tt_binary_value_over(struct tt_binary *bin)
{
    bin->stage = TT_BINARY_AT_FIELD;
    while (bin->depth > 0) {
        struct tt_binary_level *top = tt_binary_top(bin);
        if (top->numbered) {
            top->number = 0;
            return;
        }
        top->number++;
        if (--top->left > 0) {
            bin->type = top->paired && top->number % 2 == 0 ? top->key : top->type;
            bin->stage = TT_BINARY_AT_VALUE;
            return;
        }
        tt_binary_pop(bin);
    }
}

/* ---- places ---- */

void tt_binary_place_names(struct tt_binary *bin, const char *prefix, const char *key_prefix)
{
    bool name = tt_binary_at_name(bin);
    size_t depth = name ? bin->path.depth - 1 : bin->path.depth;
    tt_json_path_text(&bin->path, name ? key_prefix : prefix, depth, &bin->text);
}

void tt_binary_place_numbers(struct tt_binary *bin, const char *prefix)
{
    tt_step_start(&bin->text, prefix);
    bool any = false;
    for (size_t i = 0; i < bin->depth; i++) {
        const struct tt_binary_level *level = &bin->levels[i];
        if (level->numbered && level->number == 0)
            continue;
        char number[32];
        int len = 0;
        if (level->numbered)
            len = snprintf(number, sizeof(number), "%s%" PRIu64, any ? "." : "", level->number);
        else
            len = snprintf(number, sizeof(number), "[%" PRIu64 "]",
                           level->paired ? level->number / 2 : level->number);
        tt_step_put(&bin->text, tt_span_of(number, (size_t)len));
        any = true;
    }
    if (!any)
        tt_step_start(&bin->text, "");
}

/* The steps to what is read next, which begins at `at`; their texts are bin's. Gives the number of
 * them. */
static size_t make_steps(struct tt_binary *bin, uint64_t at, struct tt_place_step steps[2])
{
    size_t count = 0;
    if (bin->framed)
        steps[count++] = bin->outer;
    bin->format->place(bin);
    if (bin->text.len > 0)
        steps[count++] = (struct tt_place_step){.step = bin->text.bytes, .at = at, .len = 0};
    return count;
}

static void settle(struct tt_binary *bin)
{
    if (bin->format->settle != NULL && bin->left == 0)
        bin->format->settle(bin);
}

static void answer(struct tt_binary *bin, uint64_t end)
{
    if (bin->sink == NULL || !tt_marks_before(&bin->marks, end))
        return;
    settle(bin);
    struct tt_place_step steps[2];
    size_t count = make_steps(bin, bin->left > 0 ? bin->item_at : bin->at, steps);
    tt_marks_answer(&bin->marks, bin->sink, end, steps, count, false);
}

/* ---- payloads ---- */

static bool is_word(uint8_t c)
{
    return tt_token_classes[c] != 0;
}

/* May a text seem longer than it is? Lengths and types look like letters and digits: what counts as
 * a whole word only would not be seen behind one or in front of one, and a token would not end.
 * `before`: the byte in front; `whole`: no more of the text follows. */
static bool is_joined(uint8_t before, struct tt_span look, bool whole)
{
    size_t word = 0;
    while (word < look.len && word < TT_TOKEN_MIN && is_word(look.data[word]))
        word++;
    bool letter = word > 0 || look.data[0] >= 0x80; /* "Ł" is one, too */
    return word == TT_TOKEN_MIN || (letter && is_word(before)) ||
           (whole && tt_is_digit(look.data[look.len - 1]));
}

/* Bytes as long as a digest that another format or coding is surer to be than luck brings. */
static bool is_meant(const struct tt_body *body, struct tt_span bytes)
{
    return tt_binary_is_packed(bytes) || tt_decoder_prefixed.claims(body, bytes, true) ||
           tt_decoder_deflate.claims(body, bytes, true) ||
           tt_decoder_brotli.claims(body, bytes, true);
}

/* Opens an inner body for what begins at `used`, if it is something. */
static void open_inner(struct tt_binary *bin, struct tt_span in, size_t used, uint64_t len)
{
    uint64_t at = bin->at + used;
    struct tt_span look =
        tt_span_sub(in, used, len < TT_BINARY_LOOK ? (size_t)len : TT_BINARY_LOOK);
    struct tt_body inner = {.kind = TT_STEP_SLICE, .step = "", .at = at};
    unsigned bits = 0;
    bool text = tt_binary_is_text(look, look.len < len, &bits);
    bool joined = text && used > 0 && look.len >= TT_FORM_MIN &&
                  is_joined(in.data[used - 1], look, look.len == len);
    if (look.len == 0 || (len < BODY_MIN && !joined))
        return;
    bool whole_value = len >= DIGEST_MIN && len <= DIGEST_MAX && !text;
    bool digest = whole_value && tt_binary_may_be_digest(look, len) && !is_meant(&inner, look);
    const struct tt_decoder *decoder =
        digest ? NULL : tt_decoder_pick(&inner, look, look.len == len);
    if (decoder == NULL && !whole_value && !joined)
        return;
    if (decoder == NULL && whole_value)
        inner.format = TT_FORMAT_OPAQUE;
    struct tt_place_step steps[2];
    size_t count = make_steps(bin, bin->at, steps);
    if (count > 0)
        (void)tt_outlet_open(&bin->out, &inner, steps, count);
}

static bool weigh(struct tt_binary *bin, enum tt_payload sort, struct tt_span look, uint64_t len)
{
    unsigned bits = 0;
    bool text = tt_binary_is_text(look, look.len < len, &bits);
    if (sort == TT_PAYLOAD_TEXT) {
        bin->bits += bits;
        return text;
    }
    /* Of bytes, two letters are no text yet. */
    if (text && look.len >= 4)
        bin->bits += bits;
    else if (tt_binary_is_packed(look))
        bin->bits += TT_BINARY_MAGIC_BITS;
    return true;
}

static void begin_payload(struct tt_binary *bin, uint64_t len, bool in_value)
{
    bin->left = len;
    bin->item_at = bin->at;
    bin->in_value = in_value;
    if (len == 0 && in_value)
        bin->format->ended(bin);
}

void tt_binary_skip(struct tt_binary *bin, uint64_t len)
{
    begin_payload(bin, len, false);
}

bool tt_binary_payload(struct tt_binary *bin, enum tt_payload sort, struct tt_span in, size_t used,
                       uint64_t len)
{
    struct tt_span look =
        tt_span_sub(in, used, len < TT_BINARY_LOOK ? (size_t)len : TT_BINARY_LOOK);
    bool fits = true;
    if (sort != TT_PAYLOAD_PLAIN && bin->sink == NULL)
        fits = weigh(bin, sort, look, len);
    else if (sort != TT_PAYLOAD_PLAIN)
        open_inner(bin, in, used, len);
    begin_payload(bin, len, true);
    return fits;
}

/* ---- reading ---- */

enum tt_atom tt_binary_varint(struct tt_span in, uint64_t *ret_value, size_t *ret_used)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 10; i++) {
        if (i == in.len)
            return TT_ATOM_CUT;
        uint8_t c = in.data[i];
        if (i == 9 && c > 1)
            return TT_ATOM_BAD;
        value |= (uint64_t)(c & 0x7f) << (7 * i);
        if (c < 0x80) {
            *ret_value = value;
            *ret_used = i + 1;
            return TT_ATOM_DONE;
        }
    }
    return TT_ATOM_BAD;
}

/* Passes a part of the payload by. */
static size_t pass(struct tt_binary *bin, struct tt_span in)
{
    size_t len = bin->left < in.len ? (size_t)bin->left : in.len;
    answer(bin, bin->at + len);
    if (bin->out.state == TT_OUTLET_OPEN)
        (void)tt_outlet_slice(&bin->out, tt_span_sub(in, 0, len), bin->at);
    bin->at += len;
    bin->left -= len;
    return len;
}

static void end_payload(struct tt_binary *bin)
{
    if (bin->out.state != TT_OUTLET_IDLE)
        tt_outlet_close(&bin->out, TT_BODY_COMPLETE, bin->at);
    if (bin->in_value)
        bin->format->ended(bin);
}

static void give_up(struct tt_binary *bin)
{
    if (!bin->gave_up)
        put_note(bin, "content.binary.malformed",
                 "a binary format does not go on as it began: places in the rest are not named");
    bin->gave_up = true;
}

static enum tt_atom read_atom(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    settle(bin);
    /* What the atom does to the state must not change its own place. */
    uint64_t next =
        tt_marks_before(&bin->marks, UINT64_MAX) ? bin->marks.at[bin->marks.next] : UINT64_MAX;
    struct tt_place_step steps[2];
    size_t count = 0;
    bool marked = bin->sink != NULL && next < bin->at + TT_BINARY_HEAD;
    struct tt_step_text text;
    if (marked) {
        count = make_steps(bin, bin->at, steps);
        text = bin->text;
        if (count > 0 && steps[count - 1].step == bin->text.bytes)
            steps[count - 1].step = text.bytes;
    }
    enum tt_atom atom = bin->format->atom(bin, in, ret_used);
    if (atom == TT_ATOM_DONE) {
        if (marked)
            tt_marks_answer(&bin->marks, bin->sink, bin->at + *ret_used, steps, count, false);
        bool odd = in.data[0] < 0x20 || in.data[0] >= 0x7f;
        bin->odd_atoms += bin->atoms > 0 && odd;
        bin->at += *ret_used;
        bin->atoms++;
    } else if (atom == TT_ATOM_BAD && !bin->gave_up && bin->format->recover != NULL &&
               bin->format->recover(bin)) {
        *ret_used = 0;
        return TT_ATOM_DONE;
    }
    return atom;
}

/* One step in bytes that lie together. */
static enum tt_atom read_some(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    if (bin->left == 0)
        return read_atom(bin, in, ret_used);
    *ret_used = pass(bin, in);
    if (bin->left == 0)
        end_payload(bin);
    return TT_ATOM_DONE;
}

/* One step in what was held and what follows it. Gives the bytes of `in` that were taken. */
static size_t read_held(struct tt_binary *bin, struct tt_span in)
{
    size_t before = bin->held_len;
    size_t room = sizeof(bin->held) - before;
    size_t take = in.len < room ? in.len : room;
    memcpy(bin->held + before, in.data, take);
    size_t used = 0;
    enum tt_atom atom = read_some(bin, tt_span_of(bin->held, before + take), &used);
    if (atom == TT_ATOM_DONE && used >= before) {
        bin->held_len = 0;
        return used - before;
    }
    if (atom == TT_ATOM_DONE) {
        bin->held_len = before - used;
        memmove(bin->held, bin->held + used, bin->held_len);
        return 0;
    }
    bin->held_len = before + take;
    if (atom == TT_ATOM_BAD || bin->held_len == sizeof(bin->held))
        give_up(bin);
    return take;
}

/* One step in a piece. Gives the bytes of `in` that were taken. */
static size_t read_piece(struct tt_binary *bin, struct tt_span in)
{
    size_t used = 0;
    enum tt_atom atom = read_some(bin, in, &used);
    if (atom == TT_ATOM_DONE)
        return used;
    if (atom == TT_ATOM_BAD || in.len >= sizeof(bin->held)) {
        give_up(bin);
        return 0;
    }
    memcpy(bin->held, in.data, in.len);
    bin->held_len = in.len;
    return in.len;
}

size_t tt_binary_feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                      size_t mark_count)
{
    struct tt_binary *bin = state;
    bin->marks = (struct tt_marks){.at = marks, .count = mark_count};
    bin->frame = piece->origin.last_frame;
    size_t at = 0;
    while (at < piece->bytes.len && !bin->gave_up) {
        struct tt_span in = tt_span_from(piece->bytes, at);
        at += bin->held_len > 0 ? read_held(bin, in) : read_piece(bin, in);
    }
    if (!bin->gave_up)
        answer(bin, UINT64_MAX);
    else if (bin->sink != NULL)
        tt_marks_answer(&bin->marks, bin->sink, UINT64_MAX, NULL, 0, false);
    if (!bin->gave_up)
        return piece->bytes.len;
    return bin->at > piece->at ? (size_t)(bin->at - piece->at) : 0;
}

/* What is held of a payload that never came in whole is looked at all the same. */
static void drain(struct tt_binary *bin)
{
    bin->final = true;
    bin->marks = (struct tt_marks){0};
    for (size_t at = 0; at < bin->held_len && !bin->gave_up;) {
        size_t used = 0;
        struct tt_span in = tt_span_of(bin->held + at, bin->held_len - at);
        if (read_some(bin, in, &used) != TT_ATOM_DONE)
            break;
        at += used;
    }
    bin->held_len = 0;
}

/* ---- the decoder ---- */

void tt_binary_init(struct tt_binary *bin, const struct tt_binary_format *format,
                    const struct tt_body *body, const struct tt_content_sink *sink)
{
    bin->format = format;
    bin->body = body;
    bin->sink = sink;
    bin->final = sink == NULL;
    bin->gave_up = false;
    bin->at = 0;
    bin->item_at = 0;
    bin->left = 0;
    bin->in_value = false;
    bin->bits = 0;
    bin->atoms = 0;
    bin->odd_atoms = 0;
    bin->count = 0;
    bin->frame = 0;
    bin->stage = 0;
    bin->type = 0;
    bin->version = 0;
    bin->floor = 0;
    bin->depth = 0;
    bin->framed = false;
    bin->held_len = 0;
    bin->marks = (struct tt_marks){0};
    tt_json_path_init(&bin->path);
    tt_outlet_init(&bin->out, sink, NULL, 0);
}

struct tt_binary *tt_binary_open(const struct tt_binary_format *format, const struct tt_body *body,
                                 const struct tt_content_sink *sink)
{
    struct tt_binary *bin = malloc(sizeof(*bin));
    if (bin == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    tt_binary_init(bin, format, body, sink);
    return bin;
}

void tt_binary_close(void *state, enum tt_body_end end)
{
    struct tt_binary *bin = state;
    if (!bin->gave_up)
        drain(bin);
    if (bin->out.state != TT_OUTLET_IDLE)
        tt_outlet_close(&bin->out, end == TT_BODY_COMPLETE ? TT_BODY_CUT : end, bin->at);
    tt_json_path_free(&bin->path);
    free(bin);
}

/* One step of a trial, which has all its bytes at hand: nothing is held or answered. False at an
 * atom that is cut or bad. */
static bool try_step(struct tt_binary *bin, struct tt_span in, size_t *ret_used)
{
    if (bin->left > 0) {
        *ret_used = bin->left < in.len ? (size_t)bin->left : in.len;
        bin->at += *ret_used;
        bin->left -= *ret_used;
        if (bin->left == 0 && bin->in_value)
            bin->format->ended(bin);
        return true;
    }
    settle(bin);
    enum tt_atom atom = bin->format->atom(bin, in, ret_used);
    if (atom == TT_ATOM_DONE) {
        bin->odd_atoms += bin->atoms > 0 && (in.data[0] < 0x20 || in.data[0] >= 0x7f);
        bin->at += *ret_used;
        bin->atoms++;
        return true;
    }
    *ret_used = 0;
    if (atom == TT_ATOM_CUT && in.len < sizeof(bin->held)) {
        bin->held_len = in.len;
        return false;
    }
    if (atom == TT_ATOM_BAD && !bin->gave_up && bin->format->recover != NULL &&
        bin->format->recover(bin))
        return true;
    bin->gave_up = true;
    return false;
}

struct tt_binary_trial tt_binary_try(struct tt_binary *bin, struct tt_span head, bool whole)
{
    size_t used = 0;
    for (size_t at = 0; at < head.len && !bin->gave_up; at += used)
        if (!try_step(bin, tt_span_from(head, at), &used))
            break;
    settle(bin);
    bool ended =
        bin->left == 0 && bin->held_len == 0 && bin->depth == bin->floor && bin->stage == 0;
    struct tt_binary_trial trial = {.good = !bin->gave_up && bin->atoms > 0 && (!whole || ended),
                                    .plain = bin->odd_atoms * 4 < bin->atoms - 1 &&
                                             !bin->format->plain_heads,
                                    .bits = bin->bits};
    /* Random lengths seldom add up. */
    if (whole && ended)
        trial.bits += ENDED_BITS;
    return trial;
}

/* What a byte may be worth at most: as a character, or as the zero that ends a structure. */
#define TEN(from)                                                                                  \
    [(from)] = 2, [(from) + 1] = 2, [(from) + 2] = 2, [(from) + 3] = 2, [(from) + 4] = 2,          \
    [(from) + 5] = 2, [(from) + 6] = 2, [(from) + 7] = 2, [(from) + 8] = 2, [(from) + 9] = 2

static const uint8_t most_bits[256] = {[0] = TT_BINARY_END_BITS,
                                       TEN(0x20),
                                       TEN(0x2a),
                                       TEN(0x34),
                                       TEN(0x3e),
                                       TEN(0x48),
                                       TEN(0x52),
                                       TEN(0x5c),
                                       TEN(0x66),
                                       TEN(0x70),
                                       [0x7a] = 2,
                                       [0x7b] = 2,
                                       [0x7c] = 2,
                                       [0x7d] = 2,
                                       [0x7e] = 2};

#undef TEN

/* How the envelopes of Thrift, CBOR and Bond begin. */
static bool may_be_envelope(uint8_t first)
{
    return first == 0x82 || first == 0xd9 || first == 'C';
}

bool tt_binary_may_show(struct tt_span head)
{
    enum { STEP = 16 };
    size_t bits = ENDED_BITS;
    bool packed = false;
    if (head.len > 0 && may_be_envelope(head.data[0]))
        return true;
    for (size_t at = 0; at < head.len && bits < TT_BINARY_BITS; at += STEP) {
        size_t end = head.len - at < STEP ? head.len : at + STEP;
        /* Without branches: what this is for is random. */
        for (size_t i = at; i < end; i++) {
            uint8_t next = i + 1 < head.len ? head.data[i + 1] : 0;
            bool pair = (head.data[i] >= 0xc2) & ((next & 0xc0) == 0x80); /* of UTF-8 */
            bits += most_bits[head.data[i]] + 4 * (size_t)pair;
            packed |= may_be_packed[head.data[i]];
        }
    }
    for (size_t i = 0; packed && i < head.len && bits < TT_BINARY_BITS; i++)
        if (may_be_packed[head.data[i]] && tt_binary_is_packed(tt_span_from(head, i)))
            return true;
    return bits >= TT_BINARY_BITS;
}

bool tt_binary_sure(const struct tt_binary_trial *trial, bool declared)
{
    return trial->good && (declared || (trial->bits >= TT_BINARY_BITS && !trial->plain));
}
