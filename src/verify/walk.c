#include "verify/walk.h"

#include "base/compiler.h"
#include "verify/decode.h"
#include "verify/escapes.h"
#include "verify/forms.h"
#include "verify/har.h"
#include "verify/head.h"
#include "verify/keys.h"
#include "verify/lines.h"
#include "verify/names.h"
#include "verify/socket.h"
#include "verify/socks.h"

enum {
    NO_STEP = TT_PATH_STEPS_MAX,
    NEAR = 8192,       /* bytes in front of the range in which keys are sought first */
    WORK_MAX = 1 << 26 /* bytes undone under all keys of one step */
};

struct walk {
    const struct tt_finding *finding;
    struct tt_verify_form form;
    const struct tt_verify_window *window;
    struct tt_verify_result *result;
    struct tt_span bytes;                     /* of the last step */
    struct tt_span around;                    /* those that the last step counted in */
    const uint8_t *known;                     /* of `bytes`; NULL: all are there */
    struct tt_buf rooms[TT_PATH_STEPS_MAX];   /* what codings gave, by step */
    struct tt_span levels[TT_PATH_STEPS_MAX]; /* `around`, by step */
    size_t keyed; /* the step that needs a key of the message; NO_STEP: none so far */
    bool inside;  /* the window is a stream of HTTP/2 */
    bool plus;    /* "+" is a space under percent */
};

static bool fail(struct walk *walk, size_t step, const char *why)
{
    walk->result->holds = false;
    walk->result->step = step;
    walk->result->why = why;
    return false;
}

static bool is_dns_name(const char *step)
{
    size_t len = strlen(step);
    return strncmp(step, "dns.", 4) == 0 && len > 5 && strcmp(step + len - 5, ".name") == 0;
}

/* All of it was captured. */
static bool is_whole(const struct walk *walk)
{
    return walk->known == NULL || walk->bytes.len == 0 ||
           memchr(walk->known, 0, walk->bytes.len) == NULL;
}

static enum tt_verify_check check_of(enum tt_verify_named named)
{
    return named == TT_VERIFY_NAME_FITS ? TT_VERIFY_WALKED : TT_VERIFY_RANGE;
}

/* MQTT: its packets, from the first one on, in the stream or in the messages of a WebSocket, whose
 * handshake is a head of HTTP/2's where that carries it. */
static bool begin_mqtt(struct walk *walk)
{
    const struct tt_proof_step *step = &walk->finding->proof[0];
    struct tt_buf *room = &walk->rooms[0];
    enum tt_err err = TT_OK;
    struct tt_span stream = walk->window->bytes;
    tt_buf_clear(room);
    bool inside = walk->inside;
    if (inside)
        err = tt_verify_unframe_all(stream, room);
    else
        inside = tt_verify_unframe_stream(stream, room, &err);
    if (err != TT_OK)
        return fail(walk, 0, "it decodes to more than is looked at");
    if (inside)
        stream = tt_buf_span(room);
    if (step->offset > stream.len || step->length > stream.len - step->offset)
        return fail(walk, 0, "the range lies outside of what the capture holds");
    enum tt_verify_named named = tt_verify_mqtt(step->step, stream, (size_t)step->offset);
    if (named == TT_VERIFY_NAME_WRONG)
        return fail(walk, 0, "this part of an MQTT packet does not stand there");
    walk->around = stream;
    walk->bytes = tt_span_sub(stream, (size_t)step->offset, (size_t)step->length);
    walk->known = inside || walk->window->known == NULL ? NULL : walk->window->known + step->offset;
    walk->result->checks[0] = check_of(named);
    return true;
}

/* A message of HTTP/2 or HTTP/3. */
static bool is_carried(const struct walk *walk)
{
    static const char *const steps[] = {"hpack", "http2", "qpack", "http3"};
    const char *next = walk->finding->proof_count > 1 ? walk->finding->proof[1].step : "";
    for (size_t i = 0; i < TT_ARRAY_LEN(steps); i++)
        if (strcmp(next, steps[i]) == 0)
            return true;
    return false;
}

/* The record, or hello of SSL 2, whose body begins at `from`: where its header does. */
static bool record_at(struct tt_span in, size_t from, size_t header, size_t *ret_at)
{
    enum { SSL2 = 2 }; /* a length, and then a hello: RFC 5246, appendix E.2 */
    bool ssl2 =
        from >= SSL2 && from < in.len && (in.data[from - SSL2] & 0x80U) != 0 && in.data[from] == 1;
    if (from >= header && in.data[from - header] >= 20 && in.data[from - header] <= 22)
        *ret_at = from - header;
    else if (ssl2 && header == 5)
        *ret_at = from - SSL2;
    else
        return false;
    return true;
}

/* Handshake messages and alerts in records, whose headers are taken out: the range of the step
 * before begins in the body of the first. */
static enum tt_err unpack_records(struct tt_span in, size_t from, size_t end, size_t header,
                                  struct tt_buf *room)
{
    enum { CHANGE_CIPHER_SPEC = 20, ALERT = 21, RECORD_HANDSHAKE = 22 };
    size_t next = 0;
    enum tt_err err = record_at(in, from, header, &next) ? TT_OK : TT_ERR_FORMAT;
    while (err == TT_OK && next < end) {
        const uint8_t *p = in.data + next;
        bool ssl2 = (p[0] & 0x80U) != 0;
        size_t skip = ssl2 ? 2 : header;
        if (end - next < skip)
            return TT_ERR_FORMAT;
        size_t len =
            ssl2 ? (size_t)(p[0] & 0x7fU) << 8 | p[1] : (size_t)p[header - 2] << 8 | p[header - 1];
        next += skip;
        if (len > end - next || (!ssl2 && (p[0] < CHANGE_CIPHER_SPEC || p[0] > RECORD_HANDSHAKE)))
            return TT_ERR_FORMAT;
        if (ssl2 || p[0] != CHANGE_CIPHER_SPEC)
            err = tt_buf_append(room, tt_span_of(p + skip, len));
        next += len;
    }
    return err;
}

/* Handshake messages: of QUIC they stand in the window as they are, and what was sealed is given
 * with it. */
static bool take_records(struct walk *walk, size_t at, struct tt_buf *room, enum tt_err *ret_err)
{
    const struct tt_proof_step *first = &walk->finding->proof[0];
    const char *name = walk->finding->proof[at].step;
    size_t header = strcmp(name, "tls.record") == 0 ? 5 : strcmp(name, "dtls.record") == 0 ? 13 : 0;
    size_t from = (size_t)(first->offset - walk->window->at);
    bool quic = strcmp(name, "quic.packet") == 0;
    if (at != 1 || (header == 0 && !quic))
        return false;
    if (quic || walk->window->opened.data != NULL)
        *ret_err = tt_buf_append(room, walk->bytes);
    else
        *ret_err = unpack_records(walk->window->bytes, from, from + walk->bytes.len, header, room);
    return true;
}

/* A header block, which says by itself whether it is a request. */
static bool unpack_head(struct walk *walk, size_t at, struct tt_buf *room, enum tt_err *ret_err)
{
    const struct tt_proof_step *first = &walk->finding->proof[0];
    const struct tt_verify_window *window = walk->window;
    const char *name = walk->finding->proof[at].step;
    if (at == 1 && strcmp(name, "hpack") == 0 && window->at == 0)
        *ret_err = tt_verify_hpack(window->bytes, (size_t)first->offset, room);
    else if (at == 1 && strcmp(name, "qpack") == 0)
        *ret_err = tt_verify_qpack(walk->bytes, window->encoder, window->table, room);
    else
        return false;
    bool response = tt_span_starts(tt_buf_span(room), tt_span_str("HTTP/"));
    if (*ret_err == TT_OK && response && strncmp(first->step, "http.request.", 13) == 0)
        *ret_err = TT_ERR_FORMAT;
    return true;
}

/* The first step counts in the stream. */
static bool begin(struct walk *walk)
{
    if (strncmp(walk->finding->proof[0].step, "mqtt.", 5) == 0 && walk->window->at == 0)
        return begin_mqtt(walk);
    const struct tt_proof_step *step = &walk->finding->proof[0];
    const struct tt_verify_window *window = walk->window;
    uint64_t from = step->offset - window->at;
    if (window->opened.data != NULL) {
        walk->around = window->opened;
        walk->bytes = window->opened;
        walk->result->checks[0] = TT_VERIFY_WALKED;
        return true;
    }
    if (step->offset < window->at || from > window->bytes.len ||
        step->length > window->bytes.len - from)
        return fail(walk, 0, "the range lies outside of what the capture holds");
    walk->around = window->bytes;
    walk->bytes = tt_span_sub(window->bytes, (size_t)from, (size_t)step->length);
    walk->known = window->known == NULL ? NULL : window->known + from;
    enum tt_verify_check check = TT_VERIFY_WALKED;
    if (is_carried(walk)) {
        check = TT_VERIFY_WALKED; /* its frames are walked by the next step */
    } else if (strncmp(step->step, "http.", 5) == 0) {
        enum tt_verify_named named = tt_verify_http(step->step, window->bytes, (size_t)from);
        if (named == TT_VERIFY_NAME_WRONG)
            return fail(walk, 0, "this part of an HTTP message does not stand there");
        check = check_of(named);
    } else if (strncmp(step->step, "har.", 4) == 0) {
        if (from != 0 || step->length != window->bytes.len)
            return fail(walk, 0, "the entry of the HAR file is another one");
    } else if (strcmp(step->step, "tls.handshake") != 0 && strstr(step->step, ".payload") == NULL) {
        /* A named field of a protocol. */
        bool socks = strncmp(step->step, "socks.", 6) == 0 && window->at == 0;
        enum tt_verify_named named = socks
                                         ? tt_verify_socks(step->step, window->bytes, (size_t)from)
                                         : tt_verify_line(step->step, window->bytes, (size_t)from);
        if (named == TT_VERIFY_NAME_WRONG)
            return fail(walk, 0, "this part of a conversation does not stand there");
        check = check_of(named);
    }
    walk->result->checks[0] = check;
    return true;
}

/* What a coding gave becomes what the next step counts in. */
static bool take_made(struct walk *walk, size_t at)
{
    const struct tt_proof_step *step = &walk->finding->proof[at];
    struct tt_span made = tt_buf_span(&walk->rooms[at]);
    if (step->offset > made.len || step->length > made.len - step->offset)
        return fail(walk, at, "it does not decode to that many bytes");
    walk->around = made;
    walk->known = NULL;
    walk->bytes = tt_span_sub(made, (size_t)step->offset, (size_t)step->length);
    walk->result->checks[at] = TT_VERIFY_WALKED;
    return true;
}

static bool is_recipe(const char *step)
{
    return strncmp(step, "recipe:", 7) == 0;
}

/* A coding: false when the step is none. */
static bool decode(struct walk *walk, size_t at, bool *ret_ok)
{
    const char *name = walk->finding->proof[at].step;
    struct tt_buf *room = &walk->rooms[at];
    enum tt_err err = TT_OK;
    tt_buf_clear(room);
    *ret_ok = false;
    if (walk->plus && strcmp(name, "percent") == 0)
        err = tt_verify_unpercent_plus(walk->bytes, room);
    else if (is_recipe(name) &&
             !tt_verify_recipe(walk->form.recipes, name, walk->bytes, walk->window->bytes, room))
        return fail(walk, at, "the recipe does not undo these bytes"), true;
    else if (strcmp(name, "permessage-deflate") == 0)
        err = tt_verify_unframe_packed(
            walk->window->bytes, (size_t)(walk->finding->proof[0].offset - walk->window->at), room);
    else if (at == 1 && strcmp(name, "http2") == 0)
        err = tt_verify_http2(walk->bytes, room);
    else if (at == 1 && strcmp(name, "http3") == 0)
        err = tt_verify_http3(walk->bytes, room);
    else if (unpack_head(walk, at, room, &err) || take_records(walk, at, room, &err))
        ;
    else if (strcmp(name, "har") == 0)
        err = tt_verify_har_head(walk->bytes, walk->window->bytes, room);
    else if (!is_recipe(name) && !tt_verify_decode(name, walk->bytes, room, &err))
        return false;
    if (!is_whole(walk))
        return fail(walk, at, "bytes that it was made from are missing in the capture"), true;
    if (err == TT_ERR_FORMAT)
        return fail(walk, at, "it does not decode"), true;
    if (err != TT_OK)
        return fail(walk, at, "it decodes to more than is looked at"), true;
    *ret_ok = take_made(walk, at);
    return true;
}

/* A value whose parts stand in several fields: the range covers all of them. */
static bool is_spread(const struct walk *walk, size_t at)
{
    const struct tt_finding *finding = walk->finding;
    return at + 1 == finding->proof_count && finding->proof[at].length > 0 &&
           (strcmp(finding->form, "apart") == 0 || strncmp(finding->form, "pair", 4) == 0);
}

/* Bytes of the step before it, as they stand. */
static bool slice(struct walk *walk, size_t at)
{
    const struct tt_proof_step *step = &walk->finding->proof[at];
    if (step->offset > walk->bytes.len || step->length > walk->bytes.len - step->offset)
        return fail(walk, at, "the range lies outside of the step before it");
    enum tt_verify_named named =
        strncmp(step->step, "http.", 5) == 0
            ? tt_verify_http(step->step, walk->bytes, (size_t)step->offset)
            : tt_verify_named(step->step, walk->bytes, (size_t)step->offset);
    if (named == TT_VERIFY_NAME_WRONG && is_spread(walk, at)) /* the last field gave the name */
        named = tt_verify_named(step->step, walk->bytes, (size_t)(step->offset + step->length - 1));
    if (named == TT_VERIFY_NAME_WRONG)
        return fail(walk, at, "something else stands at that place");
    if (walk->known != NULL)
        walk->known += step->offset;
    walk->around = walk->bytes;
    walk->bytes = tt_span_sub(walk->bytes, (size_t)step->offset, (size_t)step->length);
    walk->result->checks[at] = check_of(named);
    return true;
}

/* The part of the window that begins a little before the range of the first step. */
static struct tt_span near_words(const struct walk *walk)
{
    struct tt_span window = walk->window->bytes;
    uint64_t from = walk->finding->proof[0].offset - walk->window->at;
    return from > NEAR && from <= window.len ? tt_span_from(window, (size_t)from - NEAR) : window;
}

/* At the end: is it the value? */
static bool conclude(struct walk *walk)
{
    const struct tt_finding *finding = walk->finding;
    size_t end = finding->proof_count;
    if (!is_whole(walk))
        return fail(walk, end, "bytes of the value are missing in the capture");
    /* Salts and keys are near, as a rule; and some stand where only a decoder sees them. */
    const struct tt_span besides[] = {near_words(walk), walk->window->bytes, walk->around};
    enum tt_verify_answer answer = TT_VERIFY_NO;
    for (size_t i = 0; i < TT_ARRAY_LEN(besides) && answer == TT_VERIFY_NO; i++)
        answer = tt_verify_says(&walk->form, finding->transform, finding->transform_count,
                                walk->bytes, besides[i]);
    if (answer == TT_VERIFY_UNKNOWN)
        return fail(walk, end, "this form or transform cannot be checked");
    if (answer == TT_VERIFY_NO)
        return fail(walk, end, "the bytes do not say the value of the sheet in that form");
    walk->result->holds = true;
    walk->result->why = NULL;
    return true;
}

/* From the step `from` to the value, or to the first step that needs a key. */
static bool go_on(struct walk *walk, size_t from)
{
    for (size_t i = from; i < walk->finding->proof_count; i++) {
        bool ok = false;
        walk->levels[i] = walk->bytes;
        if (strncmp(walk->finding->proof[i].step, "xor-field", 9) == 0) {
            bool second = walk->keyed != NO_STEP;
            walk->keyed = second ? walk->keyed : i;
            return fail(walk, i, second ? "a second key is not sought" : "no key in the message");
        }
        if (!decode(walk, i, &ok))
            ok = slice(walk, i);
        if (!ok)
            return false;
    }
    return conclude(walk);
}

/* The nearest words first. */
static void gather_keys(const struct walk *walk, struct tt_verify_keys *keys)
{
    tt_verify_keys_init(keys);
    for (size_t i = walk->keyed; i > 0; i--)
        tt_verify_keys_add(keys, walk->levels[i]);
    tt_verify_keys_add(keys, near_words(walk));
    tt_verify_keys_add(keys, walk->window->bytes);
}

/* XOR with a field: each word of the message may be the key. */
static bool try_keys(struct walk *walk)
{
    struct tt_verify_keys keys;
    size_t at = walk->keyed;
    struct tt_span bytes = walk->bytes;
    size_t work = 0;
    if (!is_whole(walk))
        return fail(walk, at, "bytes that it was made from are missing in the capture");
    gather_keys(walk, &keys);
    for (size_t i = 0; i < keys.count && work < WORK_MAX && !walk->result->holds; i++) {
        struct tt_buf *room = &walk->rooms[at];
        tt_buf_clear(room);
        work += bytes.len;
        if (tt_verify_unxor(bytes, tt_verify_keys_at(&keys, i), room) == TT_OK &&
            take_made(walk, at))
            (void)go_on(walk, at + 1);
    }
    tt_verify_keys_wipe(&keys);
    if (walk->result->holds)
        return true;
    walk->result->checks[at] = TT_VERIFY_NONE;
    return fail(walk, at, "no key in the message gives the value");
}

/* From the second step to the value. */
static bool finish(struct walk *walk)
{
    walk->keyed = NO_STEP;
    if (go_on(walk, 1))
        return true;
    return walk->keyed != NO_STEP && try_keys(walk);
}

static bool is_value(void *context, struct tt_span value)
{
    struct walk *walk = context;
    walk->bytes = value;
    walk->around = value;
    walk->known = NULL;
    return finish(walk);
}

/* Names in DNS messages have no place of their own in the stream: each name of the section that the
 * step tells is looked at. Over TCP a length stands in front of each message. */
static void walk_dns(struct walk *walk)
{
    const struct tt_proof_step *step = &walk->finding->proof[0];
    struct tt_span rest = walk->window->bytes;
    walk->result->checks[0] = TT_VERIFY_WALKED;
    (void)fail(walk, 0, "no name of a DNS message in these frames says the value");
    if (tt_verify_dns(step->step, rest, step->offset, step->length, is_value, walk))
        return;
    while (rest.len > 2) {
        size_t len = (size_t)rest.data[0] << 8 | rest.data[1];
        if (tt_verify_dns(step->step, tt_span_sub(rest, 2, len), step->offset, step->length,
                          is_value, walk))
            return;
        rest = tt_span_from(rest, 2 + len);
    }
    walk->result->step = 0;
}

static void walk_once(struct walk *walk)
{
    if (is_dns_name(walk->finding->proof[0].step)) {
        walk_dns(walk);
        return;
    }
    if (begin(walk))
        (void)finish(walk);
}

static bool is_inside(void *context, struct tt_span data)
{
    struct walk *walk = context;
    const struct tt_verify_window *outer = walk->window;
    const struct tt_verify_window inner = {.bytes = data};
    walk->window = &inner;
    walk->inside = true;
    walk_once(walk);
    walk->inside = false;
    walk->window = outer;
    return walk->result->holds;
}

/* A WebSocket may stand in a stream of HTTP/2. */
static void walk_streams(struct walk *walk)
{
    const char *name = walk->finding->proof[0].step;
    const struct tt_verify_window *window = walk->window;
    struct tt_verify_result first = *walk->result;
    bool may_be = strncmp(name, "websocket.", 10) == 0 || strncmp(name, "mqtt.", 5) == 0;
    if (window->at > 0 || !may_be || first.holds)
        return;
    /* Behind a hole nobody knows where frames stand. */
    const uint8_t *hole =
        window->known == NULL ? NULL : memchr(window->known, 0, window->bytes.len);
    size_t len = hole == NULL ? window->bytes.len : (size_t)(hole - window->known);
    enum tt_err err = tt_verify_http2_streams(tt_span_sub(window->bytes, 0, len), is_inside, walk);
    if (err != TT_OK || !walk->result->holds)
        *walk->result = first;
}

void tt_verify_walk(const struct tt_finding *finding, const struct tt_subject *subject,
                    const struct tt_identifier *identifier, const struct tt_verify_recipes *recipes,
                    const struct tt_verify_window *window, struct tt_verify_result *ret_result)
{
    *ret_result = (struct tt_verify_result){.check_count = finding->proof_count};
    struct walk walk = {.finding = finding,
                        .form = {.recipes = recipes,
                                 .subject = subject,
                                 .kind = identifier->kind,
                                 .value = tt_span_trim(tt_span_str(identifier->value)),
                                 .name = finding->form},
                        .window = window,
                        .result = ret_result};
    for (size_t i = 0; i < TT_PATH_STEPS_MAX; i++)
        walk.rooms[i] = tt_buf_make(TT_VERIFY_DECODED_MAX);
    if (finding->proof_count == 0 || finding->proof_count > TT_PATH_STEPS_MAX) {
        ret_result->check_count = 0;
        (void)fail(&walk, 0, "there is no proof that can be walked");
        return;
    }
    if (window->inside)
        (void)fail(&walk, 0, "no stream of HTTP/2 holds it");
    else
        walk_once(&walk);
    walk_streams(&walk);
    if (!ret_result->holds && !window->inside && finding->proof_count > 1) {
        struct tt_verify_result first = *ret_result;
        walk.plus = true;
        walk_once(&walk);
        if (!ret_result->holds)
            *ret_result = first;
    }
    for (size_t i = 0; i < TT_PATH_STEPS_MAX; i++)
        tt_buf_wipe(&walk.rooms[i]);
}
