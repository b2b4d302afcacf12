/* IMAP: RFC 9051 and RFC 3501, with literals (RFC 7888), AUTHENTICATE (RFC 4959), ID (RFC 2971),
 * COMPRESS (RFC 4978). */
#include "proto/list.h"

#include "base/compiler.h"
#include "proto/line.h"

#include <stdlib.h>

static const char COMMAND[] = "imap.command";
static const char RESPONSE[] = "imap.response";
static const char AUTH[] = "imap.auth";
static const char LITERAL[] = "imap.literal";
static const char MAIL_TYPE[] = "message/rfc822";

static const uint16_t ports[] = {143, 993};

/* A command, or the response, that a literal may interrupt. */
struct verb {
    const char *name;
    const char *step;    /* of its arguments; NULL: they have no name */
    const char *literal; /* of its literals */
};

struct imap {
    struct tt_lines lines;      /* first: tt_lines_feed */
    const struct verb *verb[2]; /* of the line that goes on behind a literal; NULL: none known */
    bool goes_on[2];            /* the next line goes on with one in front of a literal */
    bool auth;                  /* lines of the client are answers of an AUTHENTICATE exchange */
    bool starttls;
    bool packs; /* COMPRESS was asked for */
    bool client_known;
    enum tt_direction client;
};

/* ---- recognition ---- */

static const char *const openings[] = {"CAPABILITY", "LOGIN",  "AUTHENTICATE", "STARTTLS", "ID",
                                       "NOOP",       "SELECT", "NAMESPACE",    "ENABLE",   NULL};

/* "a1 LOGIN asha secret": RFC 9051, section 2.2.1. */
static enum tt_probe probe_command(struct tt_span head)
{
    enum { TAG_MAX = 16 };
    size_t len = 0;
    while (len < head.len && len < TAG_MAX &&
           (tt_is_alnum(head.data[len]) || head.data[len] == '.'))
        len++;
    if (len == head.len && len < TAG_MAX)
        return TT_PROBE_MORE;
    if (len == 0 || len == head.len || head.data[len] != ' ')
        return TT_PROBE_NO;
    return tt_line_begins_any(tt_span_from(head, len + 1), openings);
}

static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    static const char *const greetings[] = {"* OK", "* PREAUTH", "* BYE", NULL};
    (void)direction;
    bool known = tt_line_port(flow, ports, TT_ARRAY_LEN(ports));
    enum tt_probe answer = tt_line_begins_any(head, greetings);
    return answer == TT_PROBE_NO && known ? probe_command(head) : answer;
}

/* ---- literals ---- */

/* "{86}", "{86+}", "~{86}" at the end of a line: as many bytes follow, then the line goes on. */
static bool ends_in_literal(struct tt_span text, uint64_t *ret_len, size_t *ret_at)
{
    enum { DIGITS_MAX = 12 };
    if (text.len < 3 || text.data[text.len - 1] != '}')
        return false;
    size_t at = text.len - 1;
    while (at > 0 && text.len - at < DIGITS_MAX && text.data[at] != '{')
        at--;
    size_t digits = 0;
    if (text.data[at] != '{' || !tt_line_number(tt_span_from(text, at + 1), ret_len, &digits))
        return false;
    size_t behind = at + 1 + digits;
    if (text.data[behind] == '+' || text.data[behind] == '-')
        behind++;
    *ret_at = at;
    return behind == text.len - 1;
}

/* "... BODY[] {86}": is it a whole message, or the header of one? */
static bool is_message(struct tt_span before)
{
    static const char *const items[] = {"BODY[]", "RFC822", "RFC822.HEADER", "BODY[HEADER]"};
    before = tt_span_trim(before);
    if (before.len > 0 && before.data[before.len - 1] == '>') /* a part: "BODY[]<0>" */
        while (before.len > 0 && before.data[before.len - 1] != ']')
            before.len--;
    for (size_t i = 0; i < TT_ARRAY_LEN(items); i++) {
        size_t len = strlen(items[i]);
        if (before.len >= len && tt_span_is(tt_span_from(before, before.len - len), items[i]))
            return true;
    }
    return false;
}

static void begin_literal(struct imap *imap, struct tt_line_side *side, struct tt_span text)
{
    enum tt_direction direction = side->stream.direction;
    uint64_t len = 0;
    size_t at = 0;
    imap->goes_on[direction] = ends_in_literal(text, &len, &at);
    if (!imap->goes_on[direction])
        return;
    const struct verb *verb = imap->verb[direction];
    bool message = direction == imap->client
                       ? verb != NULL && tt_span_is(tt_span_str(verb->name), "APPEND")
                       : is_message(tt_span_sub(text, 0, at));
    tt_line_counted(side, verb == NULL ? LITERAL : verb->literal, message ? MAIL_TYPE : NULL, len);
}

/* ---- commands ---- */

static const struct verb *find_verb(struct tt_span word)
{
    static const struct verb verbs[] = {{"LOGIN", "imap.login", "imap.login"},
                                        {"AUTHENTICATE", "imap.auth", "imap.auth"},
                                        {"ID", "imap.id", "imap.id"},
                                        {"APPEND", NULL, "imap.append"},
                                        {"SEARCH", "imap.search", "imap.search"},
                                        {"SELECT", "imap.mailbox", "imap.mailbox"},
                                        {"EXAMINE", "imap.mailbox", "imap.mailbox"},
                                        {"CREATE", "imap.mailbox", "imap.mailbox"},
                                        {"LIST", "imap.mailbox", "imap.mailbox"},
                                        {"STATUS", "imap.mailbox", "imap.mailbox"},
                                        {"FETCH", NULL, "imap.literal"},
                                        {"STORE", NULL, "imap.literal"},
                                        {"COPY", NULL, "imap.literal"},
                                        {"UID", NULL, "imap.literal"},
                                        {"STARTTLS", NULL, "imap.literal"},
                                        {"COMPRESS", NULL, "imap.literal"},
                                        {"CAPABILITY", NULL, "imap.literal"},
                                        {"NAMESPACE", NULL, "imap.literal"},
                                        {"ENABLE", NULL, "imap.literal"},
                                        {"IDLE", NULL, "imap.literal"},
                                        {"NOOP", NULL, "imap.literal"},
                                        {"EXPUNGE", NULL, "imap.literal"},
                                        {"CLOSE", NULL, "imap.literal"},
                                        {"LOGOUT", NULL, "imap.literal"}};
    for (size_t i = 0; i < TT_ARRAY_LEN(verbs); i++)
        if (tt_span_is(word, verbs[i].name))
            return &verbs[i];
    return NULL;
}

/* An answer of an exchange; "*" cancels it. */
static void take_answer(const struct tt_line_side *side, const struct tt_extent *line)
{
    const struct tt_line_telling telling = {.kind = "command",
                                            .other_step = COMMAND,
                                            .step = AUTH,
                                            .coding = "base64",
                                            .field = tt_line_text(line),
                                            .secret = true};
    tt_line_tell(side, tt_proto_imap.name, line, &telling);
}

/* What stands behind a literal belongs to the command in front of it. */
static void take_rest(struct imap *imap, struct tt_line_side *side, const struct tt_extent *line)
{
    enum tt_direction direction = side->stream.direction;
    const struct verb *verb = imap->verb[direction];
    struct tt_span text = tt_line_text(line);
    const struct tt_line_telling telling = {
        .kind = direction == imap->client ? "command" : "response",
        .other_step = direction == imap->client ? COMMAND : RESPONSE,
        .step = verb == NULL ? NULL : verb->step,
        .field = text,
        .secret = true};
    tt_line_tell(side, tt_proto_imap.name, line, &telling);
    begin_literal(imap, side, text);
}

static void take_command(struct imap *imap, struct tt_line_side *side, const struct tt_extent *line)
{
    struct tt_span text = tt_line_text(line);
    struct tt_span argument = text;
    struct tt_line_telling telling = {.kind = "command", .other_step = COMMAND};
    (void)tt_line_word(&argument); /* the tag */
    struct tt_span word = tt_line_word(&argument);
    const struct verb *verb = find_verb(word);
    imap->verb[side->stream.direction] = verb;
    if (verb != NULL) {
        telling.method = verb->name;
        telling.step = verb->step;
        telling.field = argument;
        telling.secret = verb->step != NULL && !tt_span_is(tt_span_str(verb->step), "imap.mailbox");
    }
    if (tt_span_is(word, "AUTHENTICATE")) {
        (void)tt_line_word(&telling.field); /* the mechanism; behind it a first answer */
        telling.coding = "base64";
        imap->auth = true;
    }
    imap->starttls = tt_span_is(word, "STARTTLS");
    if (imap->starttls)
        imap->lines.offers_tls = false;
    if (imap->auth || tt_span_is(word, "LOGIN"))
        tt_lines_go_on(&imap->lines, side);
    imap->packs = tt_span_is(word, "COMPRESS");
    imap->lines.awaits_tls = imap->starttls;
    tt_line_tell(side, tt_proto_imap.name, line, &telling);
    begin_literal(imap, side, text);
}

/* ---- responses ---- */

/* A tagged response ends a command (RFC 9051, section 7.1). */
static enum tt_next end_command(struct imap *imap, const struct tt_line_side *side,
                                struct tt_span rest)
{
    bool good = tt_span_is(tt_line_word(&rest), "OK");
    bool tls = imap->starttls && good;
    bool packs = imap->packs && good;
    tt_line_cancel(&imap->lines.sides[imap->client]);
    imap->auth = false;
    imap->starttls = false;
    imap->packs = false;
    imap->lines.awaits_tls = tls;
    if (packs)
        tt_lines_pack(&imap->lines, side, "imap.compressed", "deflate");
    return tls ? TT_NEXT_PROBE : TT_NEXT_STAY;
}

static enum tt_next take_response(struct imap *imap, struct tt_line_side *side,
                                  const struct tt_extent *line)
{
    static const struct verb fetch = {"FETCH", NULL, "imap.fetch"};
    const struct tt_line_telling telling = {.kind = "response", .other_step = RESPONSE};
    struct tt_span text = tt_line_text(line);
    struct tt_span rest = text;
    struct tt_span tag = tt_line_word(&rest);
    imap->verb[side->stream.direction] = &fetch;
    tt_line_tell(side, tt_proto_imap.name, line, &telling);
    begin_literal(imap, side, text);
    /* RFC 9051, sections 6.2.1 and 7.2.2: of its own, or in the code of another response. */
    if (tt_line_says(text, "CAPABILITY"))
        imap->lines.offers_tls = tt_line_says(text, "STARTTLS");
    if (tag.len == 0 || tt_span_is(tag, "*") || tt_span_is(tag, "+"))
        return TT_NEXT_STAY;
    return end_command(imap, side, rest);
}

static enum tt_next take_line(void *owner, struct tt_line_side *side, const struct tt_extent *line)
{
    struct imap *imap = owner;
    enum tt_direction direction = side->stream.direction;
    if (!imap->client_known) {
        bool response = line->bytes.len > 0 && line->bytes.data[0] == '*';
        imap->client_known = true;
        imap->client = response ? (enum tt_direction)(1 - direction) : direction;
    }
    if (imap->goes_on[direction]) {
        take_rest(imap, side, line);
        return TT_NEXT_STAY;
    }
    if (direction != imap->client)
        return take_response(imap, side, line);
    if (imap->auth)
        take_answer(side, line);
    else
        take_command(imap, side, line);
    return TT_NEXT_STAY;
}

/* ---- the table's calls ---- */

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    static const struct tt_line_kind kind = {.protocol = "imap",
                                             .gap_code = "imap.gap",
                                             .limit_code = "imap.limit",
                                             .cut_code = "imap.cut",
                                             .clear_code = "imap.starttls_unused",
                                             .line = take_line};
    struct imap *imap = calloc(1, sizeof(*imap));
    if (imap != NULL)
        tt_lines_init(&imap->lines, &kind, imap, flow, sink);
    return imap;
}

static enum tt_next feed(void *state, const struct tt_chunk *chunk, size_t *ret_used)
{
    struct imap *imap = state;
    struct tt_line_side *side = &imap->lines.sides[chunk->direction];
    if (chunk->gap > 0 && side->mode == TT_LINE_TEXT)
        imap->goes_on[chunk->direction] = false;
    return tt_lines_feed(imap, chunk, ret_used);
}

const struct tt_proto tt_proto_imap = {
    .name = "imap",
    .title = "IMAP, with literals, AUTHENTICATE, STARTTLS and COMPRESS",
    .spec = "RFC 9051",
    .transports = TT_PROTO_TCP,
    .probe = probe,
    .open = open_flow,
    .feed = feed,
    .close = tt_lines_close};
