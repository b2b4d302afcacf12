/* The control connection of FTP: RFC 959, RFC 2428 (EPRT, EPSV), RFC 3659, RFC 4217 (AUTH TLS).
 * What its data connections carry is read as any stream is. */
#include "proto/list.h"

#include "base/compiler.h"
#include "model/limits.h"
#include "proto/line.h"

#include <stdlib.h>

static const char COMMAND[] = "ftp.command";
static const char REPLY[] = "ftp.reply";

static const uint16_t ports[] = {21, 990, 2121};

enum { PROCEED = 234 };

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
    if (!coded || (text.len > digits && text.data[digits] == '-'))
        return TT_NEXT_STAY;
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
