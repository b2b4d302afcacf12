/* SMTP, and LMTP: RFC 5321 (commands and replies), RFC 4954 (AUTH), RFC 3030 (BDAT), RFC 3207
 * (STARTTLS), RFC 2920 (pipelining). */
#include "proto/list.h"

#include "base/compiler.h"
#include "model/limits.h"
#include "proto/line.h"

#include <stdlib.h>

static const char COMMAND[] = "smtp.command";
static const char REPLY[] = "smtp.reply";
static const char AUTH[] = "smtp.auth";
static const char DATA[] = "smtp.data";
static const char MAIL_TYPE[] = "message/rfc822";

static const uint16_t ports[] = {25, 465, 587, 2525};
static const uint16_t ports_of_ftp[] = {21, 990, 2121};

enum { READY_FOR_TLS = 220, DONE = 250, GO_ON_AUTH = 334, REFUSED = 400 };

struct smtp {
    struct tt_lines lines; /* first: tt_lines_feed */
    unsigned waiting;      /* commands that no reply was seen to */
    bool auth;             /* lines of the client are answers of an AUTH exchange */
    bool starttls;         /* asked for */
    bool bdat;             /* the content came by BDAT: it had its command */
    bool client_known;     /* who is who */
    enum tt_direction client;
};

/* ---- recognition ---- */

static const char *const openings[] = {"EHLO", "HELO", "LHLO", NULL};
static const char *const middles[] = {"MAIL FROM:", "RCPT TO:", NULL};

/* MAIL and RCPT go on with "<". */
static bool begins_with(struct tt_span head, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        size_t len = strlen(words[i]);
        if (head.len >= len && tt_span_is(tt_span_sub(head, 0, len), words[i]))
            return true;
    }
    return false;
}

static bool says_smtp(struct tt_span line)
{
    for (size_t at = 0; at + 4 <= line.len; at++)
        if (tt_span_is(tt_span_sub(line, at, 4), "SMTP") ||
            tt_span_is(tt_span_sub(line, at, 4), "LMTP"))
            return true;
    return false;
}

/* "220 mx.example ESMTP": FTP greets with the same number. */
static enum tt_probe probe_greeting(const struct tt_flow *flow, struct tt_span head)
{
    enum tt_probe greets = tt_line_greets(head);
    if (greets != TT_PROBE_YES)
        return greets;
    if (tt_line_port(flow, ports, TT_ARRAY_LEN(ports)))
        return TT_PROBE_YES;
    if (tt_line_port(flow, ports_of_ftp, TT_ARRAY_LEN(ports_of_ftp)))
        return TT_PROBE_NO;
    size_t end = tt_span_find(head, '\n');
    if (says_smtp(tt_span_sub(head, 0, end)))
        return TT_PROBE_YES;
    return end < head.len || head.len >= TT_PROBE_MAX ? TT_PROBE_NO : TT_PROBE_MORE;
}

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    enum tt_probe answer = tt_line_begins_any(head, openings);
    if (answer == TT_PROBE_NO && begins_with(head, middles))
        answer = TT_PROBE_YES;
    return answer != TT_PROBE_NO ? answer : probe_greeting(flow, head);
}

/* ---- commands ---- */

struct verb {
    const char *name;
    const char *step;
    bool path; /* its argument is an address in angle brackets behind a colon */
};

static const struct verb *find_verb(struct tt_span word)
{
    static const struct verb verbs[] = {
        {"EHLO", "smtp.ehlo", false}, {"HELO", "smtp.ehlo", false}, {"LHLO", "smtp.ehlo", false},
        {"MAIL", "smtp.mail", true},  {"RCPT", "smtp.rcpt", true},  {"VRFY", "smtp.vrfy", false},
        {"EXPN", "smtp.vrfy", false}, {"AUTH", "smtp.auth", false}, {"DATA", NULL, false},
        {"BDAT", NULL, false},        {"RSET", NULL, false},        {"NOOP", NULL, false},
        {"QUIT", NULL, false},        {"HELP", NULL, false},        {"STARTTLS", NULL, false},
        {"XCLIENT", NULL, false}};
    for (size_t i = 0; i < TT_ARRAY_LEN(verbs); i++)
        if (tt_span_is(word, verbs[i].name))
            return &verbs[i];
    return NULL;
}

/* "FROM:<asha@mail.example> SIZE=10": what stands in the brackets. */
static struct tt_span path_of(struct tt_span argument)
{
    size_t from = tt_span_find(argument, '<');
    if (from == argument.len)
        return argument;
    struct tt_span path = tt_span_from(argument, from + 1);
    return tt_span_sub(path, 0, tt_span_find(path, '>'));
}

/* RFC 3030, section 2: "BDAT 86 LAST", and as many bytes. */
static void begin_bdat(struct smtp *smtp, struct tt_line_side *side, struct tt_span argument)
{
    uint64_t len = 0;
    size_t digits = 0;
    if (!tt_line_number(argument, &len, &digits))
        return;
    smtp->bdat = true;
    tt_line_counted(side, DATA, MAIL_TYPE, len);
}

static void act(struct smtp *smtp, struct tt_line_side *side, struct tt_span word,
                struct tt_span argument)
{
    if (tt_span_is(word, "DATA") && argument.len == 0) {
        smtp->bdat = false;
        tt_line_dotted(side, DATA, MAIL_TYPE);
    } else if (tt_span_is(word, "BDAT")) {
        begin_bdat(smtp, side, argument);
    } else if (tt_span_is(word, "STARTTLS")) {
        smtp->lines.offers_tls = false;
        smtp->starttls = true;
        smtp->lines.awaits_tls = true;
    } else if (tt_span_is(word, "AUTH")) {
        smtp->auth = true;
    }
}

static void take_command(struct smtp *smtp, struct tt_line_side *side, const struct tt_extent *line)
{
    struct tt_span argument = tt_line_text(line);
    struct tt_line_telling telling = {.kind = "command", .other_step = COMMAND};
    smtp->waiting++;
    if (smtp->auth) {
        telling.step = AUTH;
        telling.coding = "base64";
        telling.field = argument;
        telling.secret = true;
        tt_line_tell(side, tt_proto_smtp.name, line, &telling);
        return;
    }
    struct tt_span word = tt_line_word(&argument);
    const struct verb *verb = find_verb(word);
    if (verb != NULL) {
        telling.method = verb->name;
        telling.step = verb->step;
        telling.field = verb->path ? path_of(argument) : argument;
    }
    if (verb != NULL && verb->step != NULL && tt_span_is(word, "AUTH")) {
        (void)tt_line_word(&telling.field); /* the mechanism */
        telling.coding = "base64";
        telling.secret = true;
    }
    if (tt_span_is(word, "AUTH") || tt_span_is(word, "MAIL"))
        tt_lines_go_on(&smtp->lines, side);
    tt_line_tell(side, tt_proto_smtp.name, line, &telling);
    act(smtp, side, word, argument);
}

/* ---- replies ---- */

/* What a whole reply changes. */
static enum tt_next take_code(struct smtp *smtp, uint64_t code)
{
    struct tt_line_side *client = &smtp->lines.sides[smtp->client];
    bool tls = smtp->starttls && code == READY_FOR_TLS;
    if (smtp->waiting > 0)
        smtp->waiting--;
    smtp->auth = smtp->auth && code == GO_ON_AUTH;
    smtp->starttls = false;
    smtp->lines.awaits_tls = tls;
    /* While there are others, it answers an earlier command. */
    if (smtp->waiting == 0 && code >= REFUSED && client->mode == TT_LINE_DOTTED)
        tt_line_cancel(client);
    return tls ? TT_NEXT_PROBE : TT_NEXT_STAY;
}

static enum tt_next take_reply(struct smtp *smtp, struct tt_line_side *side,
                               const struct tt_extent *line)
{
    struct tt_span text = tt_line_text(line);
    uint64_t code = 0;
    size_t digits = 0;
    bool coded = tt_line_number(text, &code, &digits) && digits == 3;
    const struct tt_line_telling telling = {
        .kind = "reply", .status = coded ? (int)code : 0, .other_step = REPLY};
    tt_line_tell(side, tt_proto_smtp.name, line, &telling);
    if (coded && code == DONE && tt_span_is(tt_span_from(text, digits + 1), "STARTTLS"))
        smtp->lines.offers_tls = true; /* RFC 3207, section 2 */
    if (!coded || (text.len > digits && text.data[digits] == '-'))
        return TT_NEXT_STAY;
    return take_code(smtp, code);
}

/* Is this a reply? Its first line tells who serves. */
static bool is_reply(struct tt_span text)
{
    return text.len >= 3 && tt_is_digit(text.data[0]) && tt_is_digit(text.data[1]) &&
           tt_is_digit(text.data[2]) &&
           (text.len == 3 || text.data[3] == ' ' || text.data[3] == '-');
}

static enum tt_next take_line(void *owner, struct tt_line_side *side, const struct tt_extent *line)
{
    struct smtp *smtp = owner;
    enum tt_direction direction = side->stream.direction;
    struct tt_span text = tt_line_text(line);
    if (!smtp->client_known) {
        smtp->client_known = true;
        smtp->client = is_reply(text) ? (enum tt_direction)(1 - direction) : direction;
        smtp->waiting = is_reply(text); /* the greeting answers the opening */
    }
    if (direction != smtp->client)
        return take_reply(smtp, side, line);
    take_command(smtp, side, line);
    return TT_NEXT_STAY;
}

/* The dot at the end of DATA is answered as a command is. */
static void end_content(void *owner, struct tt_line_side *side)
{
    struct smtp *smtp = owner;
    (void)side;
    smtp->waiting += !smtp->bdat;
    smtp->bdat = false;
}

/* ---- the table's calls ---- */

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    static const struct tt_line_kind kind = {.protocol = "smtp",
                                             .gap_code = "smtp.gap",
                                             .limit_code = "smtp.limit",
                                             .cut_code = "smtp.cut",
                                             .clear_code = "smtp.starttls_unused",
                                             .line = take_line,
                                             .content_end = end_content};
    struct smtp *smtp = calloc(1, sizeof(*smtp));
    if (smtp != NULL)
        tt_lines_init(&smtp->lines, &kind, smtp, flow, sink);
    return smtp;
}

const struct tt_proto tt_proto_smtp = {.name = "smtp",
                                       .title = "SMTP and LMTP, with AUTH, BDAT and STARTTLS",
                                       .spec = "RFC 5321",
                                       .transports = TT_PROTO_TCP,
                                       .probe = probe,
                                       .open = open_flow,
                                       .feed = tt_lines_feed,
                                       .close = tt_lines_close};
