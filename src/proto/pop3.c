/* POP3: RFC 1939, RFC 2449 (CAPA), RFC 5034 (AUTH), RFC 2595 (STLS). */
#include "proto/list.h"

#include "base/compiler.h"
#include "model/limits.h"
#include "proto/line.h"

#include <stdlib.h>

static const char COMMAND[] = "pop3.command";
static const char REPLY[] = "pop3.reply";
static const char AUTH[] = "pop3.auth";

static const uint16_t ports[] = {110, 995};

enum { WAITING_MAX = 32 };

/* What the answer to a command is. */
enum answer {
    ANSWER_LINE,
    ANSWER_LINES,   /* behind "+OK", lines up to a dot */
    ANSWER_MESSAGE, /* likewise, and they are a message */
    ANSWER_TLS      /* behind "+OK", TLS */
};

struct pop3 {
    struct tt_lines lines;        /* first: tt_lines_feed */
    uint8_t waiting[WAITING_MAX]; /* enum answer, of commands that no reply was seen to */
    size_t first;
    size_t count;
    uint8_t matched; /* characters of "STLS" that a line of a listing begins with */
    bool auth;
    bool client_known;
    enum tt_direction client;
};

/* ---- recognition ---- */

static const char *const openings[] = {"CAPA", "USER", "APOP", "STLS", "AUTH", "PASS",
                                       "STAT", "LIST", "UIDL", "RETR", "QUIT", NULL};

static bool says_pop(struct tt_span line)
{
    for (size_t at = 0; at + 3 <= line.len; at++)
        if (tt_span_is(tt_span_sub(line, at, 3), "POP"))
            return true;
    return false;
}

/* "+OK POP3 ready <1896.697170952@mail.example>": others say "+OK", too. */
static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    bool known = tt_line_port(flow, ports, TT_ARRAY_LEN(ports));
    enum tt_probe answer = tt_line_begins(head, "+OK");
    if (answer == TT_PROBE_NO && known)
        answer = tt_line_begins_any(head, openings);
    size_t end = tt_span_find(head, '\n');
    if (answer != TT_PROBE_YES || known || says_pop(tt_span_sub(head, 0, end)))
        return answer;
    return end < head.len || head.len >= TT_PROBE_MAX ? TT_PROBE_NO : TT_PROBE_MORE;
}

/* ---- commands ---- */

struct verb {
    const char *name;
    const char *step;
    enum answer answer;
};

static const struct verb *find_verb(struct tt_span word)
{
    static const struct verb verbs[] = {
        {"USER", "pop3.user", ANSWER_LINE}, {"PASS", "pop3.pass", ANSWER_LINE},
        {"APOP", "pop3.apop", ANSWER_LINE}, {"AUTH", "pop3.auth", ANSWER_LINE},
        {"RETR", NULL, ANSWER_MESSAGE},     {"TOP", NULL, ANSWER_MESSAGE},
        {"LIST", NULL, ANSWER_LINES},       {"UIDL", NULL, ANSWER_LINES},
        {"CAPA", NULL, ANSWER_LINES},       {"STLS", NULL, ANSWER_TLS},
        {"STAT", NULL, ANSWER_LINE},        {"DELE", NULL, ANSWER_LINE},
        {"NOOP", NULL, ANSWER_LINE},        {"RSET", NULL, ANSWER_LINE},
        {"QUIT", NULL, ANSWER_LINE}};
    for (size_t i = 0; i < TT_ARRAY_LEN(verbs); i++)
        if (tt_span_is(word, verbs[i].name))
            return &verbs[i];
    return NULL;
}

/* Of one message, LIST and UIDL tell in a line; all of AUTH's mechanisms are lines. */
static enum answer answer_of(const struct verb *verb, struct tt_span argument)
{
    if (verb == NULL)
        return ANSWER_LINE;
    if (tt_span_is(tt_span_str(verb->name), "AUTH"))
        return argument.len == 0 ? ANSWER_LINES : ANSWER_LINE;
    return verb->answer == ANSWER_LINES && argument.len > 0 ? ANSWER_LINE : verb->answer;
}

/* More than that many at once are not told apart. */
static void await(struct pop3 *pop3, enum answer answer)
{
    if (pop3->count == WAITING_MAX)
        return;
    pop3->waiting[(pop3->first + pop3->count) % WAITING_MAX] = (uint8_t)answer;
    pop3->count++;
}

static void take_command(struct pop3 *pop3, const struct tt_line_side *side,
                         const struct tt_extent *line)
{
    struct tt_span argument = tt_line_text(line);
    struct tt_line_telling telling = {.kind = "command", .other_step = COMMAND};
    if (pop3->auth) {
        telling.step = AUTH;
        telling.coding = "base64";
        telling.field = argument;
        telling.secret = true;
        tt_line_tell(side, tt_proto_pop3.name, line, &telling);
        return;
    }
    struct tt_span word = tt_line_word(&argument);
    const struct verb *verb = find_verb(word);
    bool auth = tt_span_is(word, "AUTH");
    if (verb != NULL) {
        telling.method = verb->name;
        telling.step = verb->step;
        telling.field = argument;
        telling.secret = auth || tt_span_is(word, "PASS");
    }
    if (auth) {
        (void)tt_line_word(&telling.field); /* the mechanism */
        telling.coding = "base64";
    }
    tt_line_tell(side, tt_proto_pop3.name, line, &telling);
    await(pop3, answer_of(verb, argument));
    pop3->auth = auth && argument.len > 0;
    pop3->lines.awaits_tls = tt_span_is(word, "STLS");
    if (pop3->lines.awaits_tls)
        pop3->lines.offers_tls = false;
    if (auth || tt_span_is(word, "USER") || tt_span_is(word, "APOP"))
        tt_lines_go_on(&pop3->lines, side);
}

/* ---- replies ---- */

static enum answer next_answer(struct pop3 *pop3)
{
    if (pop3->count == 0)
        return ANSWER_LINE; /* the greeting */
    enum answer answer = (enum answer)pop3->waiting[pop3->first];
    pop3->first = (pop3->first + 1) % WAITING_MAX;
    pop3->count--;
    return answer;
}

static enum tt_next act(struct pop3 *pop3, struct tt_line_side *side, enum answer answer)
{
    switch (answer) {
    case ANSWER_LINE:
        break;
    case ANSWER_LINES:
        tt_line_dotted(side, "pop3.listing", NULL);
        break;
    case ANSWER_MESSAGE:
        tt_line_dotted(side, "pop3.message", "message/rfc822");
        break;
    case ANSWER_TLS:
        pop3->lines.awaits_tls = true;
        return TT_NEXT_PROBE;
    }
    return TT_NEXT_STAY;
}

static enum tt_next take_reply(struct pop3 *pop3, struct tt_line_side *side,
                               const struct tt_extent *line)
{
    const struct tt_line_telling telling = {.kind = "reply", .other_step = REPLY};
    struct tt_span text = tt_line_text(line);
    tt_line_tell(side, tt_proto_pop3.name, line, &telling);
    if (text.len > 0 && text.data[0] != '+' && text.data[0] != '-')
        return TT_NEXT_STAY; /* of a listing whose beginning was not seen */
    if (tt_span_is(tt_span_sub(text, 0, 2), "+ ") || tt_span_is(text, "+"))
        return TT_NEXT_STAY; /* AUTH goes on */
    pop3->auth = false;
    pop3->lines.awaits_tls = false;
    enum answer answer = next_answer(pop3);
    return tt_span_is(tt_span_sub(text, 0, 3), "+OK") ? act(pop3, side, answer) : TT_NEXT_STAY;
}

/* "STLS" is a line of what CAPA lists (RFC 2595, section 4); the pieces may be cut anywhere. */
static void take_content(void *owner, const struct tt_line_side *side, struct tt_span bytes)
{
    enum { WORD = 4, LINE = 5, NO_MATCH = 0xff };
    static const char offer[LINE + 1] = "STLS\r";
    struct pop3 *pop3 = owner;
    if (side->media_type != NULL) /* a mail */
        return;
    if (side->at == 0)
        pop3->matched = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.data[i];
        if (c == '\n') {
            if (pop3->matched == WORD || pop3->matched == LINE)
                pop3->lines.offers_tls = true;
            pop3->matched = 0;
        } else if (pop3->matched < LINE && tt_lower(c) == tt_lower((uint8_t)offer[pop3->matched])) {
            pop3->matched++;
        } else {
            pop3->matched = NO_MATCH;
        }
    }
}

static enum tt_next take_line(void *owner, struct tt_line_side *side, const struct tt_extent *line)
{
    struct pop3 *pop3 = owner;
    enum tt_direction direction = side->stream.direction;
    if (!pop3->client_known) {
        bool reply =
            line->bytes.len > 0 && (line->bytes.data[0] == '+' || line->bytes.data[0] == '-');
        pop3->client_known = true;
        pop3->client = reply ? (enum tt_direction)(1 - direction) : direction;
    }
    if (direction != pop3->client)
        return take_reply(pop3, side, line);
    take_command(pop3, side, line);
    return TT_NEXT_STAY;
}

/* ---- the table's calls ---- */

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    static const struct tt_line_kind kind = {.protocol = "pop3",
                                             .gap_code = "pop3.gap",
                                             .limit_code = "pop3.limit",
                                             .cut_code = "pop3.cut",
                                             .clear_code = "pop3.starttls_unused",
                                             .line = take_line,
                                             .content = take_content};
    struct pop3 *pop3 = calloc(1, sizeof(*pop3));
    if (pop3 != NULL)
        tt_lines_init(&pop3->lines, &kind, pop3, flow, sink);
    return pop3;
}

const struct tt_proto tt_proto_pop3 = {.name = "pop3",
                                       .title = "POP3, with AUTH and STLS",
                                       .spec = "RFC 1939",
                                       .transports = TT_PROTO_TCP,
                                       .probe = probe,
                                       .open = open_flow,
                                       .feed = tt_lines_feed,
                                       .close = tt_lines_close};
