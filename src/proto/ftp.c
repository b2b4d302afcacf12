/* The control connection of FTP: RFC 959, RFC 2428 (EPRT, EPSV), RFC 3659, RFC 4217 (AUTH TLS).
 * What its data connections carry is read as any stream is; where they go to is announced. */
#include "proto/list.h"

#include "base/addr.h"
#include "base/compiler.h"
#include "model/limits.h"
#include "proto/line.h"

#include <stdlib.h>

static const char COMMAND[] = "ftp.command";
static const char REPLY[] = "ftp.reply";

static const uint16_t ports[] = {21, 990, 2121};

enum { PASSIVE = 227, PASSIVE_EXTENDED = 229, PROCEED = 234 };

struct ftp {
    struct tt_lines lines; /* first: tt_lines_feed */
    bool starttls;
    bool client_known;
    enum tt_direction client;
};

/* ---- recognition ---- */

static const char *const openings[] = {"USER", "AUTH", "FEAT", "PBSZ", "PASS", "PASV",
                                       "EPSV", "STOR", "RETR", "SYST", NULL};

static bool says_ftp(struct tt_span line)
{
    for (size_t at = 0; at + 3 <= line.len; at++)
        if (tt_span_is(tt_span_sub(line, at, 3), "FTP"))
            return true;
    return false;
}

/* "220 (vsFTPd 3.0.3)": SMTP greets with the same number. */
static enum tt_probe probe_greeting(const struct tt_flow *flow, struct tt_span head)
{
    enum tt_probe greets = tt_line_greets(head);
    if (greets != TT_PROBE_YES)
        return greets;
    size_t end = tt_span_find(head, '\n');
    if (tt_line_port(flow, ports, TT_ARRAY_LEN(ports)) || says_ftp(tt_span_sub(head, 0, end)))
        return TT_PROBE_YES;
    return end < head.len || head.len >= TT_PROBE_MAX ? TT_PROBE_NO : TT_PROBE_MORE;
}

/* Its commands are those of others, too: they count at its ports. */
static enum tt_probe probe(const struct tt_flow *flow, enum tt_direction direction,
                           struct tt_span head)
{
    (void)direction;
    enum tt_probe answer = TT_PROBE_NO;
    if (tt_line_port(flow, ports, TT_ARRAY_LEN(ports)))
        answer = tt_line_begins_any(head, openings);
    return answer != TT_PROBE_NO ? answer : probe_greeting(flow, head);
}

/* ---- data connections ---- */

static void announce(const struct tt_line_side *side, struct tt_addr addr, uint64_t port)
{
    const struct tt_proto_announced announced = {
        .addr = addr, .port = (uint16_t)port, .protocol = "ftp-data", .step = "ftp-data.payload"};
    const struct tt_proto_sink *sink = side->stream.sink;
    if (port > 0 && port <= UINT16_MAX)
        sink->calls->announce(sink->context, side->stream.direction, &announced);
}

/* RFC 959, section 4.1.2: "192,0,2,5,156,65", in a reply anywhere behind its code. */
static void announce_numbers(const struct tt_line_side *side, struct tt_span text)
{
    enum { NUMBERS = 6 };
    uint8_t bytes[NUMBERS];
    size_t count = 0;
    while (count < NUMBERS && text.len > 0) {
        uint64_t value = 0;
        size_t digits = 0;
        if (!tt_line_number(text, &value, &digits)) {
            text = tt_span_from(text, 1);
            count = 0;
            continue;
        }
        text = tt_span_from(text, digits);
        bool last = count == NUMBERS - 1;
        bool goes_on = text.len > 0 && text.data[0] == ',';
        bool fits = value <= UINT8_MAX && (last || goes_on);
        if (fits)
            bytes[count] = (uint8_t)value;
        count = fits ? count + 1 : 0;
        if (goes_on && !last)
            text = tt_span_from(text, 1);
    }
    if (count == NUMBERS)
        announce(side, tt_addr_make(TT_ADDR_IPV4, bytes), (uint64_t)bytes[4] << 8 | bytes[5]);
}

/* RFC 2428: "|2|2001:db8::5|40001|", and "(|||40001|)" with neither family nor address. The first
 * character of three that are the same parts the fields. */
static void announce_fields(const struct tt_line_side *side, struct tt_span text)
{
    enum { FIELDS = 3 };
    struct tt_span fields[FIELDS];
    char address[TT_ADDR_TEXT_MAX];
    struct tt_addr addr = side->stream.flow->ends[side->stream.direction].addr;
    uint64_t port = 0;
    size_t digits = 0;
    if (text.len == 0)
        return;
    uint8_t mark = text.data[0];
    text = tt_span_from(text, 1);
    for (size_t i = 0; i < FIELDS; i++) {
        size_t len = tt_span_find(text, mark);
        if (len == text.len)
            return;
        fields[i] = tt_span_sub(text, 0, len);
        text = tt_span_from(text, len + 1);
    }
    if (fields[1].len >= sizeof(address) || !tt_line_number(fields[2], &port, &digits))
        return;
    memcpy(address, fields[1].data, fields[1].len);
    address[fields[1].len] = '\0';
    if (fields[1].len == 0 || tt_addr_parse(address, &addr))
        announce(side, addr, port);
}

/* ---- commands ---- */

struct verb {
    const char *name;
    const char *step;
};

static const struct verb *find_verb(struct tt_span word)
{
    static const struct verb verbs[] = {
        {"USER", "ftp.user"}, {"PASS", "ftp.pass"}, {"ACCT", "ftp.user"}, {"CWD", "ftp.path"},
        {"RETR", "ftp.path"}, {"STOR", "ftp.path"}, {"STOU", "ftp.path"}, {"APPE", "ftp.path"},
        {"RNFR", "ftp.path"}, {"RNTO", "ftp.path"}, {"DELE", "ftp.path"}, {"RMD", "ftp.path"},
        {"MKD", "ftp.path"},  {"LIST", "ftp.path"}, {"NLST", "ftp.path"}, {"SIZE", "ftp.path"},
        {"MDTM", "ftp.path"}, {"MLSD", "ftp.path"}, {"MLST", "ftp.path"}, {"PORT", NULL},
        {"EPRT", NULL},       {"PASV", NULL},       {"EPSV", NULL},       {"TYPE", NULL},
        {"AUTH", NULL},       {"PBSZ", NULL},       {"PROT", NULL},       {"QUIT", NULL},
        {"FEAT", NULL},       {"OPTS", NULL},       {"SYST", NULL},       {"PWD", NULL},
        {"CDUP", NULL},       {"NOOP", NULL},       {"SITE", NULL},       {"ABOR", NULL}};
    for (size_t i = 0; i < TT_ARRAY_LEN(verbs); i++)
        if (tt_span_is(word, verbs[i].name))
            return &verbs[i];
    return NULL;
}

static void take_command(struct ftp *ftp, const struct tt_line_side *side,
                         const struct tt_extent *line)
{
    struct tt_span argument = tt_line_text(line);
    struct tt_line_telling telling = {.kind = "command", .other_step = COMMAND};
    struct tt_span word = tt_line_word(&argument);
    const struct verb *verb = find_verb(word);
    if (verb != NULL) {
        telling.method = verb->name;
        telling.step = verb->step;
        telling.field = argument;
        telling.secret = tt_span_is(word, "PASS");
    }
    tt_line_tell(side, tt_proto_ftp.name, line, &telling);
    /* RFC 4217, section 4; "AUTH SSL" of its drafts. */
    ftp->starttls = tt_span_is(word, "AUTH");
    if (ftp->starttls)
        ftp->lines.offers_tls = false;
    if (telling.step != NULL)
        tt_lines_go_on(&ftp->lines, side);
    if (tt_span_is(word, "PORT"))
        announce_numbers(side, argument);
    else if (tt_span_is(word, "EPRT"))
        announce_fields(side, argument);
    ftp->lines.awaits_tls = ftp->starttls;
}

/* ---- replies ---- */

static enum tt_next take_reply(struct ftp *ftp, const struct tt_line_side *side,
                               const struct tt_extent *line)
{
    struct tt_span text = tt_line_text(line);
    uint64_t code = 0;
    size_t digits = 0;
    bool coded = tt_line_number(text, &code, &digits) && digits == 3;
    const struct tt_line_telling telling = {
        .kind = "reply", .status = coded ? (int)code : 0, .other_step = REPLY};
    tt_line_tell(side, tt_proto_ftp.name, line, &telling);
    /* RFC 4217, section 6: a line of what FEAT lists. */
    if (!coded && tt_span_starts(tt_span_trim(text), tt_span_str("AUTH ")) &&
        tt_line_says(text, "TLS"))
        ftp->lines.offers_tls = true;
    if (!coded || (text.len > digits && text.data[digits] == '-'))
        return TT_NEXT_STAY;
    if (code == PASSIVE)
        announce_numbers(side, tt_span_from(text, digits));
    else if (code == PASSIVE_EXTENDED)
        announce_fields(side, tt_span_from(text, tt_span_find(text, '(') + 1));
    bool tls = ftp->starttls && code == PROCEED;
    ftp->starttls = false;
    ftp->lines.awaits_tls = tls;
    return tls ? TT_NEXT_PROBE : TT_NEXT_STAY;
}

static enum tt_next take_line(void *owner, struct tt_line_side *side, const struct tt_extent *line)
{
    struct ftp *ftp = owner;
    enum tt_direction direction = side->stream.direction;
    if (!ftp->client_known) {
        bool reply = line->bytes.len > 0 && tt_is_digit(line->bytes.data[0]);
        ftp->client_known = true;
        ftp->client = reply ? (enum tt_direction)(1 - direction) : direction;
    }
    if (direction != ftp->client)
        return take_reply(ftp, side, line);
    take_command(ftp, side, line);
    return TT_NEXT_STAY;
}

/* ---- the table's calls ---- */

static void *open_flow(const struct tt_flow *flow, const struct tt_proto_sink *sink)
{
    static const struct tt_line_kind kind = {.protocol = "ftp",
                                             .gap_code = "ftp.gap",
                                             .limit_code = "ftp.limit",
                                             .cut_code = "ftp.cut",
                                             .clear_code = "ftp.starttls_unused",
                                             .line = take_line};
    struct ftp *ftp = calloc(1, sizeof(*ftp));
    if (ftp != NULL)
        tt_lines_init(&ftp->lines, &kind, ftp, flow, sink);
    return ftp;
}

const struct tt_proto tt_proto_ftp = {.name = "ftp",
                                      .title = "the control connection of FTP",
                                      .spec = "RFC 959",
                                      .transports = TT_PROTO_TCP,
                                      .probe = probe,
                                      .open = open_flow,
                                      .feed = tt_lines_feed,
                                      .close = tt_lines_close};
